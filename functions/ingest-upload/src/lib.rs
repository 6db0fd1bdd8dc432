//! Takes in what was uploaded: one job and one execution for every version of every object in the inbox.
//!
//! In: an `Object Created` event of S3 by way of EventBridge. Such events come at least once and in any order.
//! Out: what became of it, for the log.
//!
//! A file that cannot become a video (wrong type, too large, empty) gets a job too, a failed one, so that whoever uploaded it can
//! see why. Fails only if something is away; the event then comes again, and everything here may be done twice.

mod arrival;
mod decide;

pub use arrival::{Arrival, NotAnUpload};
pub use decide::{Claim, claim};

use domain::ports::{Executions, JobStore, PortError, UploadStore};
use domain::{Code, Failure, Job, JobId, MAX_UPLOAD_BYTES, Source, Status, Transition};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::fmt::Display;

/// How much of a file is looked at to tell its type. The header of a PDF may stand within its first 1024 bytes.
const PEEK_BYTES: u32 = 4096;

/// How often it is looked which job an upload belongs to, when others change that job meanwhile. What takes a job keeps it, so the
/// second look mostly finds another one.
const LOOKS: u32 = 3;

/// What became of an upload.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Output {
    /// Its job is started, now or before.
    Started {
        /// The job.
        job: JobId,
    },
    /// It cannot become a video; its job says why.
    Refused {
        /// The job.
        job: JobId,
        /// Why.
        code: Code,
    },
    /// It is none of our business.
    Ignored {
        /// Why, in one phrase.
        reason: String,
    },
}

/// Takes in one upload. The job's files are kept for `retention`.
pub async fn handle(
    uploads: &impl UploadStore,
    jobs: &impl JobStore,
    executions: &impl Executions,
    retention: SignedDuration,
    now: Timestamp,
    arrival: Result<Arrival, NotAnUpload>,
) -> Result<Output, Failure> {
    let arrival = match arrival {
        Ok(arrival) => arrival,
        Err(reason) => return Ok(ignored(reason)),
    };
    for _ in 0..LOOKS {
        let Some(job) = claim_job(jobs, &arrival, retention, now).await? else {
            return Ok(ignored("the job it was meant for has ended"));
        };
        if let Some(job) = give_upload(uploads, jobs, &arrival, job, now).await? {
            return begin(executions, job).await;
        }
    }
    Err(Failure::new(Code::DependencyUnavailable, "others were faster each time"))
}

/// Finds or makes the job of this version of this object; none if it was reserved for a job that has ended.
async fn claim_job(
    jobs: &impl JobStore,
    arrival: &Arrival,
    retention: SignedDuration,
    now: Timestamp,
) -> Result<Option<Job>, PortError> {
    let reserved = match &arrival.reserved {
        Some(id) => found(jobs.load(id).await)?,
        None => None,
    };
    match claim(arrival, reserved.as_ref()) {
        Claim::Reserved => Ok(reserved),
        Claim::Ended => Ok(None),
        Claim::Own(id) => {
            let job = Job::new(id, arrival.owner.clone(), domain::JobOptions::default(), now, now + retention);
            if jobs.create(&job).await? { Ok(Some(job)) } else { jobs.load(&job.id).await.map(Some) }
        }
    }
}

/// Gives a job its upload, unless it has it already, or refuses it; none if somebody else was faster: another version of the upload,
/// or the owner, who cancelled the job. What counts then is what the job says now.
async fn give_upload(
    uploads: &impl UploadStore,
    jobs: &impl JobStore,
    arrival: &Arrival,
    job: Job,
    now: Timestamp,
) -> Result<Option<Job>, PortError> {
    // An upload is looked at once: what was taken is not refused any more because it was deleted since.
    if job.status.is_final() || job.upload().is_some() {
        return Ok(Some(job));
    }
    let change = match inspect(uploads, arrival).await? {
        Ok(source) => Transition::Bind(source),
        Err(failure) => {
            tracing::info!(stage = "ingest-upload", job = job.id.as_str(), code = failure.code.word(), "refused");
            Transition::Refuse { upload: arrival.object(), failure }
        }
    };
    match jobs.change(&job.id, &change, now).await {
        Ok(job) => Ok(Some(job)),
        Err(PortError::Transition(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks at the start of the file; the inner failure is what is wrong with it.
async fn inspect(uploads: &impl UploadStore, arrival: &Arrival) -> Result<Result<Source, Failure>, PortError> {
    let Some(peek) = found(uploads.peek(&arrival.key, arrival.version.as_deref(), PEEK_BYTES).await)? else {
        return Ok(Err(Failure::new(Code::SourceGone, "the upload was deleted before it was read")));
    };
    if peek.size == 0 {
        return Ok(Err(Failure::new(Code::Empty, "the file holds 0 bytes")));
    }
    if peek.size > MAX_UPLOAD_BYTES {
        return Ok(Err(Failure::new(
            Code::TooLarge,
            format!("the file holds {} bytes, at most {MAX_UPLOAD_BYTES} are taken", peek.size),
        )));
    }
    Ok(domain::detect_kind(&peek.start, &arrival.name).map(|kind| Source {
        key: arrival.key.clone(),
        version: arrival.version.clone(),
        name: arrival.name.clone(),
        kind,
        bytes: peek.size,
    }))
}

/// Starts the execution of a job that waits for it. One that is being worked on, or has ended, has had its start.
async fn begin(executions: &impl Executions, job: Job) -> Result<Output, Failure> {
    if job.status == Status::Pending {
        executions.start(&job.run()).await?;
        tracing::info!(stage = "ingest-upload", job = job.id.as_str(), "started");
    }
    Ok(match job.failure {
        Some(failure) => Output::Refused { job: job.id, code: failure.code },
        None => Output::Started { job: job.id },
    })
}

fn ignored(reason: impl Display) -> Output {
    Output::Ignored { reason: reason.to_string() }
}

fn found<T>(result: Result<T, PortError>) -> Result<Option<T>, PortError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(PortError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ports::ExecutionState;
    use domain::{OwnerId, Run};
    use fakes::{MemoryExecutions, MemoryJobs, MemoryUploads, Unsteady, Weather, at};
    use serde_json::json;

    const RETENTION: SignedDuration = SignedDuration::from_hours(24);

    #[derive(Default)]
    struct World {
        uploads: MemoryUploads,
        jobs: MemoryJobs,
        executions: MemoryExecutions,
    }

    impl World {
        fn upload(&self, key: &str, body: &[u8]) -> Result<Arrival, NotAnUpload> {
            let version = self.uploads.upload(key, body, at(0));
            arrival(key, &version)
        }

        async fn deliver(&self, arrival: &Result<Arrival, NotAnUpload>) -> Result<Output, Failure> {
            handle(&self.uploads, &self.jobs, &self.executions, RETENTION, at(1), arrival.clone()).await
        }
    }

    fn arrival(key: &str, version: &str) -> Result<Arrival, NotAnUpload> {
        Arrival::from_event(&json!({
            "detail-type": "Object Created",
            "detail": {
                "bucket": { "name": "uploads" },
                "object": { "key": key, "size": 1, "etag": "e", "version-id": version, "sequencer": "00A1" },
            },
        }))
    }

    #[tokio::test]
    async fn duplicates_in_any_order_make_one_job_a_version() {
        let world = World::default();
        let events: Vec<_> = ["inbox/owner-1/a.txt", "inbox/owner-1/b.md", "inbox/owner-1/a.txt"]
            .map(|key| world.upload(key, b"some words"))
            .into_iter()
            .collect();
        for order in [[2, 0, 1], [0, 0, 2], [1, 2, 0]] {
            for event in order {
                let output = world.deliver(&events[event]).await.expect("nothing is away");
                assert!(matches!(output, Output::Started { .. }));
            }
        }
        assert_eq!(world.executions.started().len(), 3);
    }

    #[tokio::test]
    async fn an_upload_takes_the_job_it_was_reserved_for_and_an_overwrite_takes_its_own() {
        let world = World::default();
        world.jobs.create(&fakes::pending_job()).await.expect("memory does not fail");
        let first = world.upload("inbox/owner-1/job-1/a.txt", b"some words");
        let second = world.upload("inbox/owner-1/job-1/a.txt", b"other words");
        assert_eq!(world.deliver(&first).await, Ok(Output::Started { job: fakes::job_id() }));
        let Ok(Output::Started { job }) = world.deliver(&second).await else { panic!("the overwrite is a job too") };
        assert_ne!(job, fakes::job_id());
        assert_eq!(world.deliver(&first).await, Ok(Output::Started { job: fakes::job_id() }));
    }

    #[tokio::test]
    async fn nobody_takes_the_job_of_another_owner() {
        let world = World::default();
        world.jobs.create(&fakes::pending_job()).await.expect("memory does not fail");
        let foreign = world.upload("inbox/owner-2/job-1/a.txt", b"some words");
        let Ok(Output::Started { job }) = world.deliver(&foreign).await else { panic!("it is a job of its own") };
        let job = world.jobs.load(&job).await.expect("there");
        assert_eq!(job.owner, OwnerId::new("owner-2").expect("well formed"));
        assert_eq!(world.jobs.load(&fakes::job_id()).await.expect("there").source, None);
    }

    #[tokio::test]
    async fn what_cannot_become_a_video_gets_a_job_that_says_why() {
        for (key, body, code) in [
            ("inbox/owner-1/a.txt", b"".as_slice(), Code::Empty),
            ("inbox/owner-1/a.exe", b"MZ\x90\x00", Code::UnsupportedType),
            ("inbox/owner-1/a.pdf", b"PK\x03\x04 a zip", Code::UnsupportedType),
        ] {
            let world = World::default();
            let event = world.upload(key, body);
            let Ok(Output::Refused { job, code: seen }) = world.deliver(&event).await else { panic!("{key} is refused") };
            assert_eq!(seen, code);
            assert_eq!(world.jobs.load(&job).await.expect("there").status, Status::Failed);
            assert!(world.executions.started().is_empty());
        }
    }

    #[tokio::test]
    async fn too_large_a_file_is_refused_by_its_size() {
        let world = World::default();
        let event = world.upload("inbox/owner-1/a.txt", &vec![b'a'; 50 * 1024 * 1024 + 1]);
        assert!(matches!(world.deliver(&event).await, Ok(Output::Refused { code: Code::TooLarge, .. })));
    }

    #[tokio::test]
    async fn a_deleted_upload_ends_its_job() {
        let world = World::default();
        let event = world.upload("inbox/owner-1/a.txt", b"some words");
        world.uploads.delete("inbox/owner-1/a.txt");
        assert!(matches!(world.deliver(&event).await, Ok(Output::Refused { code: Code::SourceGone, .. })));
    }

    #[tokio::test]
    async fn a_version_after_one_that_was_refused_has_a_job_of_its_own() {
        let world = World::default();
        world.jobs.create(&fakes::pending_job()).await.expect("memory does not fail");
        let empty = world.upload("inbox/owner-1/job-1/a.txt", b"");
        let good = world.upload("inbox/owner-1/job-1/a.txt", b"some words");
        assert_eq!(world.deliver(&empty).await, Ok(Output::Refused { job: fakes::job_id(), code: Code::Empty }));
        let Ok(Output::Started { job }) = world.deliver(&good).await else { panic!("the overwrite is a job too") };
        assert_eq!(world.deliver(&empty).await, Ok(Output::Refused { job: fakes::job_id(), code: Code::Empty }));
        assert_eq!(world.executions.started(), [Run::first(job)]);
    }

    #[tokio::test]
    async fn a_version_that_cannot_be_used_does_not_end_the_job_of_another() {
        let world = World::default();
        world.jobs.create(&fakes::pending_job()).await.expect("memory does not fail");
        let empty = world.upload("inbox/owner-1/job-1/a.txt", b"");
        let good = world.upload("inbox/owner-1/job-1/a.txt", b"some words");
        // Both see the job while it waits; the good one is faster.
        let weather = Weather::new(1);
        let late = Unsteady::new(&world.jobs, &weather);
        weather.pause_before("change");
        let (refused, started) = tokio::join!(handle(&world.uploads, &late, &world.executions, RETENTION, at(1), empty), async {
            weather.reached_pause().await;
            let output = world.deliver(&good).await;
            weather.go_on();
            output
        });
        assert_eq!(started, Ok(Output::Started { job: fakes::job_id() }));
        assert!(matches!(refused, Ok(Output::Refused { ref job, code: Code::Empty }) if *job != fakes::job_id()), "{refused:?}");
        assert_eq!(world.jobs.load(&fakes::job_id()).await.expect("there").status, Status::Pending);
    }

    #[tokio::test]
    async fn a_job_that_runs_does_not_end_because_its_upload_is_deleted() {
        let world = World::default();
        let event = world.upload("inbox/owner-1/a.txt", b"some words");
        let Ok(Output::Started { job }) = world.deliver(&event).await else { panic!("it is started") };
        world.uploads.delete("inbox/owner-1/a.txt");
        assert_eq!(world.deliver(&event).await, Ok(Output::Started { job }));
    }

    #[tokio::test]
    async fn a_start_that_failed_is_made_up_for_when_the_event_comes_again() {
        let world = World::default();
        let event = world.upload("inbox/owner-1/a.txt", b"some words");
        world.executions.be_away(true);
        assert_eq!(world.deliver(&event).await.expect_err("it is away").code, Code::DependencyUnavailable);
        world.executions.be_away(false);
        let Ok(Output::Started { job }) = world.deliver(&event).await else { panic!("it is started now") };
        assert_eq!(world.executions.state(&Run::first(job)).await.expect("reachable"), ExecutionState::Running);
    }

    #[tokio::test]
    async fn a_cancelled_job_is_not_woken_by_its_upload() {
        let world = World::default();
        world.jobs.create(&fakes::pending_job()).await.expect("memory does not fail");
        world.jobs.change(&fakes::job_id(), &Transition::Cancel, at(0)).await.expect("it is pending");
        let event = world.upload("inbox/owner-1/job-1/a.txt", b"some words");
        assert!(matches!(world.deliver(&event).await, Ok(Output::Ignored { .. })));
        assert!(world.executions.started().is_empty());
    }

    #[tokio::test]
    async fn what_is_not_an_upload_is_ignored() {
        let world = World::default();
        for event in [json!({}), json!({"detail-type": "Object Deleted", "detail": {}})] {
            let output = world.deliver(&Arrival::from_event(&event)).await;
            assert!(matches!(output, Ok(Output::Ignored { .. })), "{event}");
        }
        for key in ["jobs/o/j/v1/video.mp4", "inbox/file.txt", "inbox/o/", "inbox/o/folder/", "inbox//a.txt", "inbox/o o/a.txt"] {
            assert!(arrival(key, "v1").is_err(), "{key}");
        }
    }

    #[test]
    fn the_sample_event_is_an_upload() {
        let event = serde_json::from_str(include_str!("../../../events/ingest-upload/object-created.json")).expect("is JSON");
        let arrival = Arrival::from_event(&event).expect("is an upload");
        assert_eq!(arrival.name, "Überblick + 100 % 🚲.md");
    }
}
