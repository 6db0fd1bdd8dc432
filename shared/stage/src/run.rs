//! The loop of a Lambda function: takes invocations from the runtime and answers with the handler's answer, or with the word on
//! which the state machine acts.

use crate::desk::{Made, NotedAssets, RunJobs};
use crate::report::{Input, Invocation, perform};
use domain::ports::{AssetStore, JobStore};
use domain::{Code, Failure, Run};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

/// Why a function cannot go on: its settings or the runtime.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A failure on its way to the state machine.
#[derive(Debug)]
struct Reported(Failure);

impl From<Reported> for Diagnostic {
    fn from(Reported(failure): Reported) -> Self {
        Self { error_type: failure.code.kind().word().to_owned(), error_message: failure.to_string() }
    }
}

/// Serves a stage that works on jobs. The handler gets the stores as its run may use them: see [`RunJobs`] and
/// [`NotedAssets`]. Which version is meant stands beside the job in every payload, and how often it was tried before, so no stage
/// reads that by itself.
pub async fn run<'a, I: Input, O: Serialize, J: JobStore, A: AssetStore>(
    stage: &'static str,
    jobs: &'a J,
    assets: &'a A,
    handle: impl AsyncFn(RunJobs<'a, J>, NotedAssets<'a, A>, I) -> Result<O, Failure>,
) -> Result<(), Error> {
    serve(async |event: LambdaEvent<Value>| {
        let memory_mb = u64::try_from(event.context.env_config.memory).unwrap_or_default();
        let attempt = event.payload["attempt"].as_u64().unwrap_or_default();
        let invocation = Invocation { remaining: remaining(event.context.deadline), memory_mb, attempt };
        let run: Run = parse(stage, event.payload.clone())?;
        let input: I = parse(stage, event.payload)?;
        let scene = input.scene();
        let made = Made::default();
        let jobs = RunJobs::new(jobs, run);
        let assets = NotedAssets::new(assets, made.clone(), jobs.tally().clone());
        let work = handle(jobs.clone(), assets, input);
        perform(stage, &jobs, scene, invocation, &made, work).await
    })
    .await
}

/// Serves a function that works on events of the platform, each for itself.
pub async fn run_event<O: Serialize>(
    stage: &'static str,
    handle: impl AsyncFn(Value) -> Result<O, Failure>,
) -> Result<(), Error> {
    serve(async |event: LambdaEvent<Value>| {
        let result = handle(event.payload).await;
        if let Err(failure) = &result {
            tracing::error!(stage, code = failure.code.word(), message = failure.message, "failed");
        }
        result
    })
    .await
}

/// The answer to one invocation. Boxed, so that the compiler need not lay out all that a stage awaits as one type.
type Answer<'a, O> = Pin<Box<dyn Future<Output = Result<O, Reported>> + 'a>>;

async fn serve<O: Serialize>(answer: impl AsyncFn(LambdaEvent<Value>) -> Result<O, Failure>) -> Result<(), Error> {
    let answer = &answer;
    lambda_runtime::run(service_fn(|event| -> Answer<'_, O> { Box::pin(async move { answer(event).await.map_err(Reported) }) }))
        .await
}

fn parse<I: DeserializeOwned>(stage: &str, payload: Value) -> Result<I, Failure> {
    serde_json::from_value(payload)
        .map_err(|error| Failure::new(Code::Internal, format!("the input of `{stage}` has another form: {error}")))
}

fn remaining(deadline_ms: u64) -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(deadline_ms).saturating_sub(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Kind;

    #[test]
    fn the_state_machine_sees_the_kind_and_the_code() {
        let diagnostic = Diagnostic::from(Reported(Failure::new(Code::Encrypted, "the PDF asks for a password")));
        assert_eq!(diagnostic.error_type, Kind::InvalidInput.word());
        assert_eq!(Failure::from_text(&diagnostic.error_message).code, Code::Encrypted);
    }
}
