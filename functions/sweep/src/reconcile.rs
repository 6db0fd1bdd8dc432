//! Holds records, executions and uploads against each other.

use crate::Output;
use domain::ports::{ExecutionState, Executions, JobStore, PortError, UploadStore};
use domain::{Failure, Job, JobId, Run, Status, Transition};
use ingest_upload::Arrival;
use jiff::{SignedDuration, Timestamp};

/// What changed less long ago is left to the events, which usually take a second.
const SETTLING: SignedDuration = SignedDuration::from_mins(1);

/// How long a reservation waits for its upload; the upload address itself is good for 15 minutes.
const UPLOAD_WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// How far back uploads are looked for. Much longer than the interval of the schedule, so that a few runs may fail.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(1);

/// How long an execution may run before it is stopped: the time limit of the state machine and some minutes more, for platforms
/// that do not keep to it.
const LONGEST_RUN: SignedDuration = SignedDuration::from_mins(75);

pub(crate) async fn reconcile(
    jobs: &impl JobStore,
    executions: &impl Executions,
    uploads: &impl UploadStore,
    video_retention: SignedDuration,
    now: Timestamp,
) -> Result<Output, Failure> {
    let mut output = Output::default();
    for job in jobs.list_stale(Status::Processing, now - SETTLING).await? {
        stop_if_too_long(executions, &job, now).await?;
        let status = finish_job::end_if_over(jobs, executions, now, &job.run()).await?;
        output.ended += u32::from(status.is_some_and(Status::is_final));
    }
    for job in jobs.list_stale(Status::Pending, now - SETTLING).await? {
        match job.source {
            Some(_) => wake(jobs, executions, &job.run(), now, &mut output).await?,
            None if job.created_at < now - UPLOAD_WINDOW => expire(jobs, &job.id, now, &mut output).await?,
            None => {}
        }
    }
    for object in uploads.list_between(now - LOOK_BACK, now - SETTLING).await? {
        // What the fingerprint would tell apart has a version here: the bucket keeps versions.
        let arrival = Arrival::new(object.key, object.version, String::new());
        let taken = ingest_upload::handle(uploads, jobs, executions, video_retention, now, arrival).await?;
        output.taken_in += u32::from(matches!(taken, ingest_upload::Output::Started { .. }));
    }
    Ok(output)
}

async fn stop_if_too_long(executions: &impl Executions, job: &Job, now: Timestamp) -> Result<(), PortError> {
    if job.begun_at() < now - LONGEST_RUN && executions.state(&job.run()).await? == ExecutionState::Running {
        executions.stop(&job.run()).await?;
    }
    Ok(())
}

/// A job whose upload is there but which nothing has begun: its start was lost, or its execution ended before its first stage.
async fn wake(
    jobs: &impl JobStore,
    executions: &impl Executions,
    run: &Run,
    now: Timestamp,
    output: &mut Output,
) -> Result<(), PortError> {
    if executions.state(run).await? == ExecutionState::Missing {
        executions.start(run).await?;
        output.started += 1;
    } else {
        let status = finish_job::end_if_over(jobs, executions, now, run).await?;
        output.ended += u32::from(status.is_some_and(Status::is_final));
    }
    Ok(())
}

async fn expire(jobs: &impl JobStore, id: &JobId, now: Timestamp, output: &mut Output) -> Result<(), PortError> {
    match jobs.change(id, &Transition::Expire, now).await {
        Ok(_) => output.expired += 1,
        // The upload arrived just now.
        Err(PortError::Transition(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fakes::{MemoryExecutions, MemoryJobs, MemoryUploads, at};

    const RETENTION: SignedDuration = SignedDuration::from_hours(24);

    async fn run(jobs: &MemoryJobs, executions: &MemoryExecutions, uploads: &MemoryUploads, minute: i64) -> Output {
        reconcile(jobs, executions, uploads, RETENTION, at(minute * 60)).await.expect("nothing is away")
    }

    #[tokio::test]
    async fn a_job_whose_execution_is_over_is_ended_without_any_event() {
        let (jobs, id) = fakes::processing_job().await;
        let executions = MemoryExecutions::default();
        executions.end(&Run::first(id.clone()), ExecutionState::Aborted);
        assert_eq!(run(&jobs, &executions, &MemoryUploads::default(), 10).await.ended, 1);
        assert_eq!(jobs.load(&id).await.expect("there").status, Status::Failed);
        assert_eq!(run(&jobs, &executions, &MemoryUploads::default(), 15).await, Output::default());
    }

    #[tokio::test]
    async fn an_execution_that_never_ends_is_stopped() {
        let (jobs, id) = fakes::processing_job().await;
        let executions = MemoryExecutions::default();
        executions.start(&Run::first(id)).await.expect("reachable");
        assert_eq!(run(&jobs, &executions, &MemoryUploads::default(), 30).await, Output::default());
        assert_eq!(run(&jobs, &executions, &MemoryUploads::default(), 90).await.ended, 1);
    }

    #[tokio::test]
    async fn a_lost_event_is_made_up_for_once() {
        let (jobs, executions, uploads) = (MemoryJobs::default(), MemoryExecutions::default(), MemoryUploads::default());
        uploads.upload("inbox/owner-1/a.txt", b"some words", at(0));
        assert_eq!(run(&jobs, &executions, &uploads, 5).await.taken_in, 1);
        run(&jobs, &executions, &uploads, 10).await;
        assert_eq!(executions.started().len(), 1);
    }

    #[tokio::test]
    async fn a_lost_start_is_made_up_for() {
        let jobs = MemoryJobs::default();
        let job = fakes::pending_job();
        jobs.create(&job).await.expect("memory does not fail");
        let source = domain::Source {
            key: "inbox/owner-1/job-1/a.txt".to_owned(),
            version: None,
            name: "a.txt".to_owned(),
            kind: domain::DocumentKind::Text,
            bytes: 3,
        };
        jobs.change(&job.id, &Transition::Bind(source), at(0)).await.expect("it is pending");
        let executions = MemoryExecutions::default();
        assert_eq!(run(&jobs, &executions, &MemoryUploads::default(), 5).await.started, 1);
        assert_eq!(executions.started(), [Run::first(job.id)]);
    }

    #[tokio::test]
    async fn a_revision_whose_start_was_lost_is_started_and_may_run_as_long_as_the_first() {
        let (jobs, id) = fakes::scripted_job(&fakes::script(&["One."])).await;
        jobs.change(&id, &Transition::Cancel, at(1)).await.expect("it is processing");
        let revised = fakes::revise_at(&jobs, &id, at(300 * 60)).await;
        let executions = MemoryExecutions::default();
        assert_eq!(run(&jobs, &executions, &MemoryUploads::default(), 305).await.started, 1);
        assert_eq!(executions.started(), [revised.run()]);
        let enter = Transition::Enter(domain::Phase::Scenes);
        jobs.change(&id, &enter, at(306 * 60)).await.expect("it is pending");
        assert_eq!(run(&jobs, &executions, &MemoryUploads::default(), 330).await, Output::default());
        assert_eq!(run(&jobs, &executions, &MemoryUploads::default(), 390).await.ended, 1);
    }

    #[tokio::test]
    async fn a_reservation_without_upload_expires_after_an_hour() {
        let jobs = MemoryJobs::default();
        jobs.create(&fakes::pending_job()).await.expect("memory does not fail");
        let executions = MemoryExecutions::default();
        assert_eq!(run(&jobs, &executions, &MemoryUploads::default(), 59).await.expired, 0);
        assert_eq!(run(&jobs, &executions, &MemoryUploads::default(), 61).await.expired, 1);
    }
}
