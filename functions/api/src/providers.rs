//! `GET /v1/providers`: who is configured for what, how each is, and what each offers.

use crate::caller::Caller;
use crate::problem::Answer;
use crate::schema;
use crate::{Api, Ports};
use axum::Json;
use axum::extract::State;
use domain::breaker::{Breaker, Circuit};
use domain::ports::{Breakers, Catalogues};
use domain::{Capability, Catalogue, EMBEDDED_VOICES, Offer};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use utoipa::ToSchema;

/// What was seen is shown again for so long, however many ask.
const SHOWN_AGAIN: SignedDuration = SignedDuration::from_secs(5);

/// A provider as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// What for.
    pub capability: Capability,
    /// What it is called.
    pub name: String,
    /// The word of its adapter.
    pub provider: String,
    /// The model that is asked.
    pub model: Option<String>,
    /// What its breaker is called; none for our own.
    pub breaker: Option<String>,
}

/// What was seen last, and when.
#[derive(Debug, Default)]
pub struct LastSeen(Mutex<Option<(Timestamp, Vec<ProviderView>)>>);

/// How a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProviderStatus {
    /// It answers.
    Healthy,
    /// It failed lately, or is being tried.
    Degraded,
    /// It failed several times in a row and is left alone for a while.
    CircuitOpen,
    /// Nobody can say.
    Unknown,
}

/// A provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Provider)]
pub(crate) struct ProviderView {
    #[schema(value_type = schema::Capability)]
    pub(crate) capability: Capability,
    /// What it is called in records and warnings.
    #[schema(example = "anthropic")]
    pub(crate) name: String,
    /// The word of its adapter.
    provider: String,
    /// The model that is asked, where it has several.
    #[schema(required = true)]
    model: Option<String>,
    pub(crate) status: ProviderStatus,
    /// Until when it is left alone, where it is.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    left_alone_until: Option<Timestamp>,
    /// The ids of the models it offers, as it said when it was last asked.
    models: Vec<String>,
    /// The names of the voices it offers, likewise; those of `options.voice`. Only of those who speak.
    voices: Vec<String>,
    /// When it was last asked; none if never.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    asked_at: Option<Timestamp>,
}

/// Who is configured for what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Providers)]
pub(crate) struct ProvidersView {
    /// For each capability in the order in which they are tried.
    providers: Vec<ProviderView>,
}

/// Shows the providers in the order in which they are tried, how each is, and the models and voices it offers.
#[utoipa::path(
    get,
    path = "/v1/providers",
    operation_id = "list_providers",
    responses((status = 200, description = "The providers", body = ProvidersView))
)]
pub(crate) async fn list_providers<P: Ports>(State(api): State<Arc<Api<P>>>, _: Caller) -> Answer<Json<ProvidersView>> {
    Ok(Json(ProvidersView { providers: look(&api).await }))
}

/// The providers as they are, or were a few seconds ago.
pub(crate) async fn look<P: Ports>(api: &Api<P>) -> Vec<ProviderView> {
    let now = (api.now)();
    let last = api.last_seen.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((at, seen)) = last.filter(|(at, _)| now.duration_since(*at) < SHOWN_AGAIN) {
        tracing::debug!(%at, "shown again");
        return seen;
    }
    let mut seen = Vec::new();
    for configured in &api.configured {
        seen.push(look_at(api, configured, now).await);
    }
    *api.last_seen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, seen.clone()));
    seen
}

async fn look_at<P: Ports>(api: &Api<P>, configured: &Configured, now: Timestamp) -> ProviderView {
    let (breaker, catalogue) = match &configured.breaker {
        None => (Some(Breaker::default()), None),
        Some(name) => {
            let (breaker, catalogue) = tokio::join!(api.providers.read(name), api.providers.load(name));
            (breaker.ok(), catalogue.ok().flatten())
        }
    };
    let offer = match (&configured.breaker, &catalogue) {
        (None, _) => own_offer(configured.capability),
        (Some(_), Some(catalogue)) => catalogue.offer.clone(),
        (Some(_), None) => Offer::default(),
    };
    let left_alone_until = match breaker {
        Some(Breaker { circuit: Circuit::Open { until }, .. }) => Some(until).filter(|until| *until > now),
        _ => None,
    };
    ProviderView {
        capability: configured.capability,
        name: configured.name.clone(),
        provider: configured.provider.clone(),
        model: configured.model.clone(),
        status: status(breaker, catalogue.as_ref(), now),
        left_alone_until,
        asked_at: catalogue.as_ref().map(|catalogue| catalogue.at),
        models: offer.models,
        voices: offer.voices,
    }
}

/// What we offer ourselves, which nobody has to be asked for.
fn own_offer(capability: Capability) -> Offer {
    let voices = if capability == Capability::Speech { EMBEDDED_VOICES } else { "" };
    Offer { models: Vec::new(), voices: voices.split_whitespace().map(str::to_owned).collect() }
}

fn status(breaker: Option<Breaker>, catalogue: Option<&Catalogue>, now: Timestamp) -> ProviderStatus {
    let did_not_answer = catalogue.is_some_and(|catalogue| catalogue.failure.is_some());
    match breaker.map(|breaker| breaker.circuit) {
        None => ProviderStatus::Unknown,
        Some(Circuit::Open { until }) if until > now => ProviderStatus::CircuitOpen,
        Some(Circuit::Closed { failures: 0 }) if !did_not_answer => ProviderStatus::Healthy,
        Some(_) => ProviderStatus::Degraded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Code, Failure};
    use fakes::at;

    #[test]
    fn a_provider_is_what_its_breaker_and_its_last_answer_say() {
        let breaker = |circuit| Some(Breaker { revision: 1, circuit });
        let failed =
            Catalogue { at: at(0), offer: Offer::default(), failure: Some(Failure::new(Code::DependencyUnavailable, "x")) };
        let open = Circuit::Open { until: at(30) };
        for (breaker, catalogue, second, expected) in [
            (breaker(Circuit::default()), None, 0, ProviderStatus::Healthy),
            (breaker(Circuit::default()), Some(&failed), 0, ProviderStatus::Degraded),
            (breaker(Circuit::Closed { failures: 2 }), None, 0, ProviderStatus::Degraded),
            (breaker(open), None, 29, ProviderStatus::CircuitOpen),
            (breaker(open), None, 30, ProviderStatus::Degraded),
            (breaker(Circuit::HalfOpen { until: at(99) }), None, 31, ProviderStatus::Degraded),
            (None, None, 0, ProviderStatus::Unknown),
        ] {
            assert_eq!(status(breaker, catalogue, at(second)), expected, "{breaker:?} at {second}");
        }
    }
}
