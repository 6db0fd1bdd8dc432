//! Holds records, executions and uploads against each other.

use crate::{Output, stale};
use domain::ports::{ExecutionState, Executions, JobStore, PortError, UploadStore};
use domain::{Failure, Job, JobId, Run, Status, Transition, UploadedObject};
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

/// So many jobs of a status are looked at in one run, those first that did not change for longest.
const MOST_JOBS: usize = 1000;

/// Puts every job and upload right, each for itself: what goes wrong with one is told at the end and does not keep the others from
/// their turn.
pub(crate) async fn reconcile(
    jobs: &impl JobStore,
    executions: &impl Executions,
    uploads: &impl UploadStore,
    video_retention: SignedDuration,
    now: Timestamp,
) -> Result<Output, Failure> {
    let mut tally = Tally::default();
    let processing = stale::list(jobs, Status::Processing, now - SETTLING, MOST_JOBS).await?;
    tally.output.unreadable += processing.unreadable;
    for job in processing.jobs {
        tally.count(end(jobs, executions, &job, now).await);
    }
    let failed_before = tally.failures;
    for object in uploads.list_between(now - LOOK_BACK, now - SETTLING).await? {
        tally.count(take_in(jobs, executions, uploads, video_retention, object, now).await);
    }
    // The upload of a reservation may be here although its event was lost; nothing expires before it is taken in.
    let all_taken_in = tally.failures == failed_before;
    let pending = stale::list(jobs, Status::Pending, now - SETTLING, MOST_JOBS).await?;
    tally.output.unreadable += pending.unreadable;
    for job in pending.jobs {
        tally.count(match job.source {
            Some(_) => wake(jobs, executions, &job.run(), now).await,
            None if all_taken_in && job.created_at < now - UPLOAD_WINDOW => expire(jobs, &job.id, now).await,
            None => Ok(Output::default()),
        });
    }
    tally.close()
}

/// What was done, and the first thing that went wrong.
#[derive(Default)]
struct Tally {
    output: Output,
    failures: u32,
    first: Option<Failure>,
}

impl Tally {
    fn count<E: Into<Failure>>(&mut self, result: Result<Output, E>) {
        match result {
            Ok(Output { ended, started, expired, taken_in, deleted, unreadable }) => {
                self.output.ended += ended;
                self.output.started += started;
                self.output.expired += expired;
                self.output.taken_in += taken_in;
                self.output.deleted += deleted;
                self.output.unreadable += unreadable;
            }
            Err(error) => {
                self.failures += 1;
                self.first.get_or_insert(error.into());
            }
        }
    }

    /// Fails where anything did, so that it is seen; the next run tries again.
    fn close(self) -> Result<Output, Failure> {
        match self.first {
            None => Ok(self.output),
            Some(failure) => {
                tracing::warn!(stage = "sweep", failures = self.failures, output = ?self.output, "went on after failures");
                Err(failure)
            }
        }
    }
}

/// A job that is worked on: its execution may be over, or run for too long.
async fn end(jobs: &impl JobStore, executions: &impl Executions, job: &Job, now: Timestamp) -> Result<Output, PortError> {
    stop_if_too_long(executions, job, now).await?;
    let status = finish_job::end_if_over(jobs, executions, now, &job.run()).await?;
    Ok(Output { ended: u32::from(status.is_some_and(Status::is_final)), ..Output::default() })
}

async fn stop_if_too_long(executions: &impl Executions, job: &Job, now: Timestamp) -> Result<(), PortError> {
    if job.begun_at() < now - LONGEST_RUN && executions.state(&job.run()).await? == ExecutionState::Running {
        executions.stop(&job.run()).await?;
    }
    Ok(())
}

/// An upload whose event may have been lost.
async fn take_in(
    jobs: &impl JobStore,
    executions: &impl Executions,
    uploads: &impl UploadStore,
    video_retention: SignedDuration,
    object: UploadedObject,
    now: Timestamp,
) -> Result<Output, Failure> {
    // What the fingerprint would tell apart has a version here: the bucket keeps versions.
    let arrival = Arrival::new(object.key, object.version, String::new());
    let taken = ingest_upload::handle(uploads, jobs, executions, video_retention, now, arrival).await?;
    Ok(Output { taken_in: u32::from(matches!(taken, ingest_upload::Output::Started { .. })), ..Output::default() })
}

/// A job whose upload is there but which nothing has begun: its start was lost, or its execution ended before its first stage.
async fn wake(jobs: &impl JobStore, executions: &impl Executions, run: &Run, now: Timestamp) -> Result<Output, PortError> {
    if executions.state(run).await? == ExecutionState::Missing {
        executions.start(run).await?;
        return Ok(Output { started: 1, ..Output::default() });
    }
    let status = finish_job::end_if_over(jobs, executions, now, run).await?;
    Ok(Output { ended: u32::from(status.is_some_and(Status::is_final)), ..Output::default() })
}

async fn expire(jobs: &impl JobStore, id: &JobId, now: Timestamp) -> Result<Output, PortError> {
    match jobs.change(id, &Transition::Expire, now).await {
        Ok(_) => Ok(Output { expired: 1, ..Output::default() }),
        // The upload arrived just now.
        Err(PortError::Transition(_)) => Ok(Output::default()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fakes::{MemoryExecutions, MemoryJobs, MemoryUploads, at};

    const RETENTION: SignedDuration = SignedDuration::from_hours(24);

    /// Executions of which one cannot be looked at.
    struct OneIsUnknown(MemoryExecutions, Run);

    impl Executions for OneIsUnknown {
        async fn start(&self, run: &Run) -> Result<(), PortError> {
            self.0.start(run).await
        }

        async fn stop(&self, run: &Run) -> Result<(), PortError> {
            self.0.stop(run).await
        }

        async fn state(&self, run: &Run) -> Result<ExecutionState, PortError> {
            if *run == self.1 {
                return Err(PortError::Misused { service: "the state machine", message: "unknown status".to_owned() });
            }
            self.0.state(run).await
        }
    }

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
    async fn one_job_that_cannot_be_mended_does_not_keep_the_others_from_their_turn() {
        let (jobs, broken) = fakes::processing_job().await;
        let ended = JobId::new("job-2").expect("well formed");
        jobs.create(&Job { id: ended.clone(), ..fakes::pending_job() }).await.expect("memory does not fail");
        jobs.change(&ended, &Transition::Enter(domain::Phase::Scenes), at(0)).await.expect("it is pending");
        let executions = OneIsUnknown(MemoryExecutions::default(), Run::first(broken.clone()));
        executions.0.end(&Run::first(ended.clone()), ExecutionState::TimedOut);
        let uploads = MemoryUploads::default();
        uploads.upload("inbox/owner-1/a.txt", b"some words", at(0));
        let failure = reconcile(&jobs, &executions, &uploads, RETENTION, at(600)).await.expect_err("one cannot be looked at");
        assert_eq!(failure.code, domain::Code::Internal);
        assert_eq!(jobs.load(&ended).await.expect("there").status, Status::Failed);
        assert_eq!(jobs.load(&broken).await.expect("there").status, Status::Processing);
        assert_eq!(executions.0.started().len(), 2, "the upload was taken in");
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_read_is_counted_and_stands_in_nobody_s_way() {
        let (jobs, spoiled) = fakes::processing_job().await;
        let ended = JobId::new("job-2").expect("well formed");
        jobs.create(&Job { id: ended.clone(), ..fakes::pending_job() }).await.expect("memory does not fail");
        jobs.change(&ended, &Transition::Enter(domain::Phase::Scenes), at(0)).await.expect("it is pending");
        jobs.spoil(&spoiled);
        let executions = MemoryExecutions::default();
        executions.end(&Run::first(ended.clone()), ExecutionState::TimedOut);
        let output = run(&jobs, &executions, &MemoryUploads::default(), 10).await;
        assert_eq!((output.ended, output.unreadable), (1, 1));
        assert_eq!(jobs.load(&ended).await.expect("there").status, Status::Failed);
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
