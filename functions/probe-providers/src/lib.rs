//! Asks the providers which models and voices they offer, and keeps the answers, so that nobody who looks has to wait.
//!
//! **In**: nothing that matters; it runs on a schedule.
//!
//! **Out**: how many answered and how many did not. Stored: a [`Catalogue`] for each provider. A provider that does not answer
//! keeps what it said before, with the reason, and counts as degraded. Breakers are not touched: a list of models proves little.
//!
//! **May fail** with what the store says.

use domain::ports::{Catalogues, PortError};
use domain::{Catalogue, Failure, Offer};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The name of this stage.
pub const STAGE: &str = "probe-providers";

/// How long one provider is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A provider that can be asked.
pub trait Offers {
    /// What its breaker is called.
    fn name(&self) -> &str;
    /// What there is to choose from.
    fn offer(&self) -> impl Future<Output = Result<Offer, PortError>>;
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Providers that answered.
    pub answered: usize,
    /// Providers that did not.
    pub silent: usize,
}

/// Asks each provider once.
pub async fn handle<O: Offers>(catalogues: &impl Catalogues, providers: &[O], now: Timestamp) -> Result<Output, Failure> {
    let mut answered = 0;
    for provider in providers {
        let answer = ask(provider).await;
        if let Err(failure) = &answer {
            tracing::warn!(
                stage = STAGE,
                provider = provider.name(),
                code = failure.code.word(),
                message = failure.message,
                "silent"
            );
        }
        answered += usize::from(answer.is_ok());
        let before = catalogues.load(provider.name()).await?;
        catalogues.save(provider.name(), &Catalogue::after(before, answer, now)).await?;
    }
    Ok(Output { answered, silent: providers.len() - answered })
}

async fn ask(provider: &impl Offers) -> Result<Offer, Failure> {
    let slow = || PortError::Unavailable { service: "the provider", message: format!("no answer in {} s", PATIENCE.as_secs()) };
    let answer = tokio::time::timeout(PATIENCE, provider.offer()).await.unwrap_or_else(|_| Err(slow()));
    Ok(answer?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Code;
    use fakes::{MemoryProviders, at};

    struct Offering(&'static str, fn() -> Result<Offer, PortError>);

    impl Offers for Offering {
        fn name(&self) -> &str {
            self.0
        }

        async fn offer(&self) -> Result<Offer, PortError> {
            if self.0 == "slow" {
                std::future::pending::<()>().await;
            }
            (self.1)()
        }
    }

    fn offer() -> Offer {
        Offer { models: vec!["m-1".to_owned()], voices: vec!["ada".to_owned()] }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_offered_is_kept_and_silence_is_told() {
        let store = MemoryProviders::default();
        let away = || Err(PortError::Unavailable { service: "the model", message: "x".to_owned() });
        let there = Offering("script/anthropic", || Ok(offer()));
        let providers = [there, Offering("script/gemini", away), Offering("slow", away)];
        let output = handle(&store, &providers, at(7)).await.expect("memory does not fail");
        assert_eq!(output, Output { answered: 1, silent: 2 });
        let kept = store.load("script/anthropic").await.expect("memory does not fail").expect("it was asked");
        assert_eq!((kept.at, kept.offer, kept.failure), (at(7), offer(), None));
        for name in ["script/gemini", "slow"] {
            let kept = store.load(name).await.expect("memory does not fail").expect("it was asked");
            assert_eq!(kept.failure.map(|failure| failure.code), Some(Code::DependencyUnavailable));
        }
        handle(&store, &[Offering("script/anthropic", away)], at(8)).await.expect("memory does not fail");
        let kept = store.load("script/anthropic").await.expect("memory does not fail").expect("it was asked");
        assert_eq!((kept.offer, kept.failure.is_some()), (offer(), true));
    }

    #[test]
    fn the_sample_is_json() {
        let sample = include_str!("../../../events/probe-providers/hourly.json");
        assert!(serde_json::from_str::<serde_json::Value>(sample).is_ok_and(|value| value.is_object()));
    }
}
