//! Runs a handler for a job and reports on it: what began, what goes on, what ended and how.

use crate::desk::{Made, RunJobs};
use crate::metrics;
use domain::ports::{JobStore, PortError};
use domain::{Bill, Charge, Code, Event, Failure, Money, Status, Usage, Work, price};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::future::Future;
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval_at};

/// How often a working stage says so; users are promised an event at least every five seconds.
const HEARTBEAT: Duration = Duration::from_secs(4);

/// What is left of the time of an invocation when the handler is stopped, so that the failure can still be reported.
const GRACE: Duration = Duration::from_millis(1500);

/// The input of a stage that works on a job.
pub trait Input: serde::de::DeserializeOwned {
    /// The scene from 0, for stages that work on one.
    fn scene(&self) -> Option<u32> {
        None
    }
}

/// What the platform gives to one invocation.
#[derive(Debug, Clone, Copy)]
pub struct Invocation {
    /// The time that is left.
    pub remaining: Duration,
    /// The memory of the function, in megabytes.
    pub memory_mb: u64,
    /// How often the state machine has tried before.
    pub attempt: u64,
}

/// Lets a handler work on a run for as long as the invocation lasts, writes the job's log and its bill, and gives the handler's
/// answer. `made` says at the end which kinds of objects the handler wrote.
///
/// Fails with what the handler fails with, with [`Code::CancelledByUser`] as soon as the job is seen to be cancelled, with
/// [`Code::Conflict`] if it has a newer version, and with [`Code::TimedOut`] shortly before the time is over.
pub async fn perform<O>(
    stage: &'static str,
    jobs: &RunJobs<'_, impl JobStore>,
    scene: Option<u32>,
    invocation: Invocation,
    made: &Made,
    work: impl Future<Output = Result<O, Failure>>,
) -> Result<O, Failure> {
    let started = Instant::now();
    let remaining = invocation.remaining;
    let job = &jobs.run().job;
    let log = Log { stage, jobs, scene, made };
    log.write("started", None, None).await;
    let result = tokio::select! {
        result = work => result,
        failure = log.watch() => Err(failure),
        () = tokio::time::sleep(remaining.saturating_sub(GRACE)) => {
            Err(Failure::new(Code::TimedOut, format!("`{stage}` took longer than {} s", remaining.as_secs())))
        }
    };
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let attempt = invocation.attempt;
    let bill = log.bill(duration_ms, &invocation).await;
    metrics::invocation(duration_ms, &bill, result.as_ref().err().map(|failure| failure.code));
    match &result {
        Ok(_) => {
            tracing::info!(stage, job = job.as_str(), scene, attempt, duration_ms, "finished");
            log.write("finished", Some(duration_ms), None).await;
        }
        Err(failure) => {
            tracing::error!(
                stage,
                job = job.as_str(),
                scene,
                attempt,
                duration_ms,
                code = failure.code.word(),
                message = failure.message,
                "failed"
            );
            log.write("failed", Some(duration_ms), Some(failure.clone())).await;
        }
    }
    result
}

/// The log of one stage of one run.
struct Log<'a, J> {
    stage: &'static str,
    jobs: &'a RunJobs<'a, J>,
    scene: Option<u32>,
    made: &'a Made,
}

impl<J: JobStore> Log<'_, J> {
    /// Writes a line. The log is a courtesy: that it cannot be written never fails the work itself.
    async fn write(&self, name: &str, duration_ms: Option<u64>, failure: Option<Failure>) {
        let run = self.jobs.run();
        // What is written while the stage works is its own until it has ended.
        let made = if duration_ms.is_some() { self.made.words() } else { BTreeSet::new() };
        let event = Event {
            at: Timestamp::now(),
            stage: self.stage.to_owned(),
            scene: self.scene,
            name: name.to_owned(),
            duration_ms,
            failure,
            version: run.version,
            made,
        };
        if let Err(error) = self.jobs.record(&run.job, &event).await {
            tracing::warn!(stage = self.stage, job = run.job.as_str(), %error, "the job's log cannot be written");
        }
    }

    /// Writes the bill and gives it back. As the log, it never fails the work itself.
    async fn bill(&self, duration_ms: u64, invocation: &Invocation) -> Bill {
        let run = self.jobs.run();
        let mut work = self.jobs.tally().work();
        work += Work {
            mb_ms: duration_ms * invocation.memory_mb,
            requests: 1,
            transitions: transitions(self.stage),
            ..Work::default()
        };
        // The bill itself, and the line that says how it ended.
        work.table_writes += 2;
        let charges = self.jobs.meter().take();
        for charge in &charges {
            self.tell(charge, invocation.attempt);
        }
        let bill =
            Bill { at: Timestamp::now(), version: run.version, stage: self.stage.to_owned(), scene: self.scene, charges, work };
        if let Err(error) = self.jobs.bill(&run.job, &bill).await {
            tracing::warn!(stage = self.stage, job = run.job.as_str(), %error, "the job's bill cannot be written");
        }
        bill
    }

    /// One line for each call to a vendor.
    fn tell(&self, charge: &Charge, attempt: u64) {
        let Usage { input_tokens, cached_input_tokens, output_tokens, characters, images, audio_ms } = charge.usage;
        tracing::info!(
            stage = self.stage,
            job = self.jobs.run().job.as_str(),
            scene = self.scene,
            attempt,
            capability = charge.capability.word(),
            provider = charge.provider,
            model = charge.model,
            request_id = charge.request_id,
            input_tokens,
            cached_input_tokens,
            output_tokens,
            characters,
            images,
            audio_ms,
            cost_usd = price(charge).map(Money::as_usd),
            "{}",
            if charge.saved { "found instead of asked" } else { "asked" }
        );
    }

    /// Says that the work goes on, until the job is seen to be cancelled.
    async fn watch(&self) -> Failure {
        let mut ticks = interval_at(tokio::time::Instant::now() + HEARTBEAT, HEARTBEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.write("working", None, None).await;
            match self.jobs.load(&self.jobs.run().job).await {
                Ok(job) if job.status == Status::Cancelled => {
                    return Failure::new(Code::CancelledByUser, "the owner cancelled the job");
                }
                Err(refused @ PortError::Transition(_)) => return refused.into(),
                Err(PortError::NotFound { what }) => return Failure::new(Code::Internal, format!("there is no {what}")),
                Ok(_) | Err(_) => {}
            }
        }
    }
}

/// How many states the machine goes through for a stage: its task, and the maps, branches and passes that belong to it.
fn transitions(stage: &str) -> u64 {
    match stage {
        // With the map over the scenes.
        "write-script" => 2,
        // With the branches of the scene and the pass behind them.
        "narrate-scene" => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ports::{Speech, SpeechRequest};
    use domain::{JobId, Run, Transition};
    use fakes::{MemoryJobs, ToneSpeech};

    const HOUR: Invocation = Invocation { remaining: Duration::from_secs(3600), memory_mb: 1024, attempt: 0 };

    async fn names(jobs: &MemoryJobs, job: &JobId) -> Vec<String> {
        jobs.events(job).await.expect("there").into_iter().map(|event| event.name).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_stage_reports_every_few_seconds() {
        let (jobs, job) = fakes::processing_job().await;
        let work = async {
            tokio::time::sleep(Duration::from_secs(13)).await;
            Ok(7)
        };
        assert_eq!(
            perform("write-script", &RunJobs::new(&jobs, Run::first(job.clone())), None, HOUR, &Made::default(), work).await,
            Ok(7)
        );
        assert_eq!(names(&jobs, &job).await, ["started", "working", "working", "working", "finished"]);
    }

    #[tokio::test]
    async fn what_an_invocation_used_is_billed() {
        let (jobs, job) = fakes::processing_job().await;
        let jobs = RunJobs::new(&jobs, Run::first(job.clone()));
        let work = async {
            jobs.load(&job).await?;
            ToneSpeech::default().speak(&request(), jobs.meter()).await?;
            Err::<(), _>(Failure::new(Code::Internal, "x"))
        };
        perform("narrate-scene", &jobs, Some(2), HOUR, &Made::default(), work).await.expect_err("it fails");
        let bills = jobs.bills(&job).await.expect("there");
        assert_eq!((bills.len(), bills[0].scene, bills[0].charges.len()), (1, Some(2), 1));
        let Work { requests, transitions, table_reads, table_writes, .. } = bills[0].work;
        assert_eq!((requests, transitions, table_reads, table_writes), (1, 3, 1, 3));
    }

    fn request() -> SpeechRequest {
        SpeechRequest { text: "Hello".to_owned(), phonemes: vec![], voice: None, language: "en".to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_job_stops_its_stage() {
        let (jobs, job) = fakes::processing_job().await;
        jobs.change(&job, &Transition::Cancel, fakes::at(1)).await.expect("can be cancelled");
        let result: Result<(), _> = perform(
            "write-script",
            &RunJobs::new(&jobs, Run::first(job.clone())),
            None,
            HOUR,
            &Made::default(),
            std::future::pending(),
        )
        .await;
        assert_eq!(result.expect_err("it is stopped").code, Code::CancelledByUser);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stage_reports_before_lambda_ends_it() {
        let (jobs, job) = fakes::processing_job().await;
        let limit = Invocation { remaining: Duration::from_secs(3), memory_mb: 1024, attempt: 0 };
        let result: Result<(), _> = perform(
            "write-script",
            &RunJobs::new(&jobs, Run::first(job.clone())),
            Some(2),
            limit,
            &Made::default(),
            std::future::pending(),
        )
        .await;
        assert_eq!(result.expect_err("it is stopped").code, Code::TimedOut);
        let last = jobs.events(&job).await.expect("there").pop().expect("not empty");
        assert_eq!((last.name.as_str(), last.scene), ("failed", Some(2)));
        assert!(last.failure.is_some());
    }
}
