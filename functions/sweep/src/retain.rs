//! Deletes what is older than it may be, and what belongs to no job.

use crate::{Output, Retention, stale};
use domain::ports::{Housekeeping, JobStore, PortError};
use domain::{AssetKey, Failure, JobId, OwnerId, Status};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// A job writes its record before its first object; an object this old without a record is an orphan.
const ORPHAN_AGE: SignedDuration = SignedDuration::from_hours(1);

/// What belongs to a job whose record cannot be read is kept.
pub(crate) async fn retain(
    jobs: &impl JobStore,
    housekeeping: &impl Housekeeping,
    retention: Retention,
    now: Timestamp,
) -> Result<Output, Failure> {
    let mut output = Output::default();
    let busy = busy_owners(jobs, now, &mut output).await?;
    let mut old = housekeeping.list_before(AssetKey::CACHE_PREFIX, now - retention.intermediates).await?;
    // A running job may just have found an old piece of work and rely on it.
    old.retain(|path| owner_of(path).is_none_or(|owner| !busy.contains(&owner)));
    old.extend(unneeded(jobs, housekeeping, retention, now, &mut output).await?);
    housekeeping.delete(&old).await?;
    output.deleted = u32::try_from(old.len()).unwrap_or(u32::MAX);
    Ok(output)
}

/// The owners of all jobs under way, however many there are.
async fn busy_owners(jobs: &impl JobStore, now: Timestamp, output: &mut Output) -> Result<BTreeSet<OwnerId>, PortError> {
    let mut owners = BTreeSet::new();
    for status in [Status::Processing, Status::Pending] {
        let busy = stale::list(jobs, status, now, usize::MAX).await?;
        output.unreadable += busy.unreadable;
        owners.extend(busy.jobs.into_iter().map(|job| job.owner));
    }
    Ok(owners)
}

/// What belongs to jobs that are expired or gone.
async fn unneeded(
    jobs: &impl JobStore,
    housekeeping: &impl Housekeeping,
    retention: Retention,
    now: Timestamp,
    output: &mut Output,
) -> Result<Vec<String>, PortError> {
    let mut unneeded = housekeeping.list_before(AssetKey::JOBS_PREFIX, now - retention.videos.min(ORPHAN_AGE)).await?;
    let named: BTreeSet<JobId> = unneeded.iter().filter_map(|path| job_of(path)).collect();
    let mut over = BTreeSet::new();
    for id in named {
        let is_over = match jobs.load(&id).await {
            Ok(job) => job.expires_at <= now,
            Err(PortError::NotFound { .. }) => true,
            Err(error @ PortError::Misused { .. }) => {
                tracing::error!(stage = "sweep", job = id.as_str(), %error, "a record cannot be read");
                output.unreadable += 1;
                false
            }
            Err(error) => return Err(error),
        };
        if is_over {
            over.insert(id);
        }
    }
    unneeded.retain(|path| job_of(path).is_some_and(|job| over.contains(&job)));
    Ok(unneeded)
}

fn owner_of(path: &str) -> Option<OwnerId> {
    path.split('/').nth(1).and_then(|owner| OwnerId::new(owner).ok())
}

fn job_of(path: &str) -> Option<JobId> {
    path.split('/').nth(2).and_then(|job| JobId::new(job).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Job, Transition};
    use fakes::{MemoryAssets, MemoryJobs, at};

    const HOUR: i64 = 3600;
    const RETENTION: Retention =
        Retention { intermediates: SignedDuration::from_hours(24), videos: SignedDuration::from_hours(720) };

    async fn run(jobs: &MemoryJobs, assets: &MemoryAssets, hour: i64) -> u32 {
        retain(jobs, assets, RETENTION, at(hour * HOUR)).await.expect("nothing is away").deleted
    }

    #[tokio::test]
    async fn intermediates_go_after_a_day_but_not_under_a_running_job() {
        let (jobs, id) = fakes::processing_job().await;
        let assets = MemoryAssets::default();
        assets.put_at("cache/owner-1/take/a.json", at(0));
        assets.put_at("cache/owner-2/take/a.json", at(0));
        assets.put_at("cache/owner-2/take/b.json", at(20 * HOUR));
        assert_eq!(run(&jobs, &assets, 23).await, 0);
        assert_eq!(run(&jobs, &assets, 25).await, 1);
        jobs.change(&id, &Transition::Cancel, at(25 * HOUR)).await.expect("it is processing");
        assert_eq!(run(&jobs, &assets, 26).await, 1);
        assert_eq!(assets.paths(), ["cache/owner-2/take/b.json"]);
    }

    #[tokio::test]
    async fn videos_go_with_their_jobs() {
        let (jobs, _) = fakes::processing_job().await;
        let assets = MemoryAssets::default();
        assets.put_at("jobs/owner-1/job-1/v1/video.mp4", at(0));
        assert_eq!(run(&jobs, &assets, 719).await, 0);
        assert_eq!(run(&jobs, &assets, 721).await, 1);
    }

    #[tokio::test]
    async fn what_any_busy_owner_may_rely_on_stays_however_many_are_busy() {
        const OWNERS: i64 = 1500;
        let (jobs, assets) = (MemoryJobs::default(), MemoryAssets::default());
        for number in 0..OWNERS {
            let owner = OwnerId::new(format!("owner-{number}")).expect("well formed");
            let id = JobId::new(format!("job-{number}")).expect("well formed");
            let job = Job { id, owner, updated_at: at(number), ..fakes::pending_job() };
            jobs.create(&job).await.expect("memory does not fail");
            assets.put_at(&format!("cache/owner-{number}/take/a.json"), at(0));
        }
        assert_eq!(run(&jobs, &assets, 30).await, 0);
        assert_eq!(assets.paths().len(), 1500);
    }

    #[tokio::test]
    async fn what_belongs_to_a_record_that_cannot_be_read_is_kept_and_the_rest_goes() {
        let (jobs, id) = fakes::processing_job().await;
        jobs.spoil(&id);
        let assets = MemoryAssets::default();
        assets.put_at("jobs/owner-1/job-1/v1/video.mp4", at(0));
        assets.put_at("jobs/owner-1/gone/v1/video.mp4", at(0));
        let output = retain(&jobs, &assets, RETENTION, at(721 * HOUR)).await.expect("nothing is away");
        // Once among the busy ones, once with its files.
        assert_eq!((output.deleted, output.unreadable), (1, 2));
        assert_eq!(assets.paths(), ["jobs/owner-1/job-1/v1/video.mp4"]);
    }

    #[tokio::test]
    async fn orphans_go() {
        let assets = MemoryAssets::default();
        assets.put_at("jobs/owner-1/gone/document.json", at(0));
        let jobs = MemoryJobs::default();
        assert_eq!(run(&jobs, &assets, 1).await, 0);
        assert_eq!(run(&jobs, &assets, 2).await, 1);
    }
}
