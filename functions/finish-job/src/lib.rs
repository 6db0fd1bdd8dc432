//! Ends a job whose execution has ended, however it ended: failed, stopped, timed out, crashed.
//!
//! In: a `Step Functions Execution Status Change` event by way of EventBridge; it names the execution, and with it the run:
//! the job and its version.
//! Out: the status the job has now. A job that was completed or cancelled stays as it is, and so does one that has a newer version.
//! What vendors still do for the run is given up: nobody waits for it any more.
//! Fails only if something is away; the event then comes again.

use domain::ports::{ExecutionState, Executions, JobStore, PortError, Tickets};
use domain::{Code, Failure, Run, Status, Transition};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod errands;

pub use errands::GivesUp;

/// The status of the job now; none if there is no such job.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The status.
    pub status: Option<Status>,
}

#[derive(Deserialize)]
struct Event {
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    name: String,
}

/// Reads which run an event is about; none for executions that are not named like one.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>
pub fn run_of_event(event: &Value) -> Option<Run> {
    let event = Event::deserialize(event).ok()?;
    event.detail.name.parse().ok()
}

/// Ends the job of an event. What the execution says is asked for and not taken from the event, so that a late or repeated event
/// does no harm.
///
/// Fails with `DEPENDENCY_UNAVAILABLE` if the execution is still said to run: answers about executions may be some seconds old
/// (<https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>), and the event is not to be lost
/// for that.
pub async fn handle(
    jobs: &impl JobStore,
    executions: &impl Executions,
    tickets: &impl Tickets,
    vendors: &impl GivesUp,
    now: Timestamp,
    run: Option<Run>,
) -> Result<Output, Failure> {
    let Some(run) = run else { return Ok(Output { status: None }) };
    let status = end_if_over(jobs, executions, now, &run).await?;
    errands::give_up(tickets, vendors, &run).await;
    tracing::info!(
        stage = "finish-job",
        job = run.job.as_str(),
        version = run.version,
        status = status.map(Status::word),
        "finished"
    );
    match status {
        Some(status) if !status.is_final() && executions.state(&run).await? == ExecutionState::Running => {
            Err(Failure::new(Code::DependencyUnavailable, format!("the execution `{run}` is said to run although it has ended")))
        }
        status => Ok(Output { status }),
    }
}

/// Gives a job its final status if this run is that of its newest version, its execution is over, and it has none.
pub async fn end_if_over(
    jobs: &impl JobStore,
    executions: &impl Executions,
    now: Timestamp,
    run: &Run,
) -> Result<Option<Status>, PortError> {
    let job = match jobs.load(&run.job).await {
        Ok(job) => job,
        Err(PortError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    if job.status.is_final() || job.run() != *run {
        return Ok(Some(job.status));
    }
    match executions.state(run).await?.failure() {
        None => Ok(Some(job.status)),
        Some(failure) => end(jobs, now, run, failure).await.map(Some),
    }
}

async fn end(jobs: &impl JobStore, now: Timestamp, run: &Run, failure: Failure) -> Result<Status, PortError> {
    let fail = Transition::InVersion(run.version, Box::new(Transition::Fail(failure)));
    match jobs.change(&run.job, &fail, now).await {
        Ok(job) => Ok(job.status),
        // It was completed, cancelled or revised in between.
        Err(PortError::Transition(refused)) => Ok(refused.status),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ContentHash;
    use domain::ports::Ticket;
    use fakes::{MemoryExecutions, MemoryJobs, MemoryTickets, at};
    use std::sync::Mutex;

    /// Notes what was given up; one vendor is away.
    #[derive(Default)]
    struct Vendors(Mutex<Vec<String>>);

    impl GivesUp for Vendors {
        async fn give_up(&self, ticket: &Ticket) -> Result<(), PortError> {
            if ticket.provider == "away" {
                return Err(PortError::Unavailable { service: "the vendor", message: "no connection".to_owned() });
            }
            self.0.lock().expect("nobody panicked").push(ticket.id.clone());
            Ok(())
        }
    }

    async fn handled(jobs: &MemoryJobs, executions: &MemoryExecutions, run: Run) -> Result<Output, Failure> {
        handle(jobs, executions, &MemoryTickets::default(), &Vendors::default(), at(9), Some(run)).await
    }

    async fn finish(jobs: &MemoryJobs, executions: &MemoryExecutions) -> Option<Status> {
        handled(jobs, executions, Run::first(fakes::job_id())).await.expect("nothing is away").status
    }

    #[tokio::test]
    async fn what_vendors_still_do_for_a_run_that_ended_is_given_up() {
        let (jobs, id) = fakes::processing_job().await;
        jobs.change(&id, &Transition::Cancel, at(3)).await.expect("it is processing");
        let executions = MemoryExecutions::default();
        executions.end(&Run::first(id.clone()), ExecutionState::Aborted);
        let (tickets, vendors) = (MemoryTickets::default(), Vendors::default());
        let ticket =
            |provider: &str, version, id: &str| Ticket { provider: provider.to_owned(), version, id: id.to_owned(), end: None };
        for ticket in
            [ticket("replicate", 1, "p1"), ticket("replicate", 2, "p2"), ticket("away", 1, "p3"), ticket("replicate", 1, "p4")]
        {
            tickets.save(&id, &ContentHash::of([&ticket.id]), &ticket).await.expect("memory does not fail");
        }
        let run = Some(Run::first(id.clone()));
        let ended = handle(&jobs, &executions, &tickets, &vendors, at(9), run).await.expect("it ends in any case");
        assert_eq!(ended.status, Some(Status::Cancelled));
        let mut given_up = vendors.0.into_inner().expect("nobody panicked");
        given_up.sort();
        assert_eq!(given_up, ["p1", "p4"]);
        let mut left: Vec<String> =
            tickets.open(&id).await.expect("memory does not fail").into_iter().map(|(_, ticket)| ticket.id).collect();
        left.sort();
        assert_eq!(left, ["p2", "p3"], "that of a newer version is wanted, and the vendor of the other is away");
    }

    #[tokio::test]
    async fn every_end_of_an_execution_ends_the_job_with_a_code() {
        let failed = ExecutionState::Failed {
            error: "InvalidInput".to_owned(),
            cause: r#"{"errorType":"InvalidInput","errorMessage":"NO_TEXT: 4 pages without text"}"#.to_owned(),
        };
        for (state, code) in [
            (failed, Code::NoText),
            (ExecutionState::Aborted, Code::Stopped),
            (ExecutionState::TimedOut, Code::TimedOut),
            (ExecutionState::Succeeded, Code::Internal),
        ] {
            let (jobs, id) = fakes::processing_job().await;
            let executions = MemoryExecutions::default();
            executions.end(&Run::first(id.clone()), state);
            assert_eq!(finish(&jobs, &executions).await, Some(Status::Failed));
            assert_eq!(jobs.load(&id).await.expect("there").failure.map(|failure| failure.code), Some(code));
        }
    }

    #[tokio::test]
    async fn a_cancelled_job_stays_cancelled() {
        let (jobs, id) = fakes::processing_job().await;
        jobs.change(&id, &Transition::Cancel, at(3)).await.expect("it is processing");
        let executions = MemoryExecutions::default();
        executions.end(&Run::first(id.clone()), ExecutionState::Aborted);
        assert_eq!(finish(&jobs, &executions).await, Some(Status::Cancelled));
    }

    #[tokio::test]
    async fn an_event_comes_again_while_its_execution_is_said_to_run() {
        let (jobs, id) = fakes::processing_job().await;
        let executions = MemoryExecutions::default();
        executions.end(&Run::first(id.clone()), ExecutionState::Running);
        let early = handled(&jobs, &executions, Run::first(id.clone())).await;
        assert_eq!(early.expect_err("the answer is old").code.kind(), domain::Kind::Unavailable);
        assert_eq!(jobs.load(&id).await.expect("there").status, Status::Processing);
        executions.end(&Run::first(id), ExecutionState::Aborted);
        assert_eq!(finish(&jobs, &executions).await, Some(Status::Failed));
    }

    #[tokio::test]
    async fn an_unknown_execution_is_none_of_our_business() {
        let (jobs, executions) = (MemoryJobs::default(), MemoryExecutions::default());
        assert_eq!(finish(&jobs, &executions).await, None);
        assert_eq!(run_of_event(&serde_json::json!({"detail": {"name": "not a job"}})), None);
    }

    #[tokio::test]
    async fn the_late_end_of_a_former_version_does_not_end_the_newest() {
        let (jobs, id) = fakes::scripted_job(&fakes::script(&["One."])).await;
        jobs.change(&id, &Transition::Cancel, at(3)).await.expect("it is processing");
        let job = fakes::revise(&jobs, &id).await;
        let executions = MemoryExecutions::default();
        executions.end(&Run::first(id.clone()), ExecutionState::Aborted);
        executions.end(&job.run(), ExecutionState::Running);
        assert_eq!(finish(&jobs, &executions).await, Some(Status::Pending));
        executions.end(&job.run(), ExecutionState::TimedOut);
        let ended = handled(&jobs, &executions, job.run()).await.expect("nothing is away");
        assert_eq!(ended.status, Some(Status::Failed));
    }

    #[test]
    fn the_sample_event_names_its_run() {
        let event = serde_json::from_str(include_str!("../../../events/finish-job/execution-failed.json")).expect("is JSON");
        assert_eq!(run_of_event(&event).map(|run| run.to_string()), Some("01933f5c8a7b7c1e9d2f3a4b5c6d7e8f-v2".to_owned()));
    }
}
