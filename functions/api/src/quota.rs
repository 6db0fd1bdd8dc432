//! Lets an owner begin no more than one may: so many jobs a minute, so many uploads, so many at once, so many bytes kept.

use crate::problem::{Answer, Problem};
use crate::{Api, Ports};
use domain::ports::{JobStore, PageRequest, PortError, Quotas};
use domain::{Code, Counted, Excess, JobId, Limits, Minute, OwnerId};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long to wait until one of the jobs under way may have ended, in seconds.
const UNTIL_ONE_ENDS: u64 = 15;

/// How long to wait until something that is kept may have expired, in seconds.
const UNTIL_ONE_EXPIRES: u64 = 3600;

/// How long it is believed how much an owner keeps: it changes slowly, and to count it is to read a thousand records.
const BELIEVED: SignedDuration = SignedDuration::from_secs(60);

/// Within this a job is written that has its place, or never.
const TO_BE_MADE: SignedDuration = SignedDuration::from_secs(60);

/// So many owners are remembered before all are forgotten.
const MOST_OWNERS: usize = 10_000;

/// How much owners keep, in bytes, and when that was counted.
#[derive(Debug, Default)]
pub struct Kept(Mutex<BTreeMap<OwnerId, (Timestamp, u64)>>);

impl Kept {
    async fn of(&self, jobs: &impl JobStore, owner: &OwnerId, now: Timestamp) -> Result<u64, PortError> {
        let known = self.known().get(owner).copied();
        if let Some((_, bytes)) = known.filter(|(at, _)| now.duration_since(*at) < BELIEVED) {
            return Ok(bytes);
        }
        let bytes = stored(jobs, owner).await?;
        let mut known = self.known();
        if known.len() >= MOST_OWNERS {
            known.clear();
        }
        known.insert(owner.clone(), (now, bytes));
        Ok(bytes)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<OwnerId, (Timestamp, u64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that is to be begun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admission<'a> {
    pub(crate) owner: &'a OwnerId,
    pub(crate) job: &'a JobId,
    /// Whether a form for an upload is given out too.
    pub(crate) with_upload: bool,
    pub(crate) now: Timestamp,
}

/// Counts a job, or says which limit is reached. Nothing is counted of what is refused.
pub(crate) async fn admit<P: Ports>(api: &Api<P>, admission: Admission<'_>) -> Answer<()> {
    match count(&api.jobs, &api.limits, &api.kept, admission).await? {
        None => Ok(()),
        Some(excess) => {
            let seconds = match excess {
                Excess::Minute(..) => Minute::seconds_left(admission.now),
                Excess::Active(_) => UNTIL_ONE_ENDS,
                Excess::Stored(_) => UNTIL_ONE_EXPIRES,
            };
            Err(Problem::new(Code::RateLimited, excess.to_string()).retry_after(seconds))
        }
    }
}

/// Takes back what was counted for a job that could not be begun.
pub(crate) async fn refund(store: &impl Quotas, admission: Admission<'_>) {
    let Admission { owner, job, with_upload, now } = admission;
    let minute = Minute::of(now);
    let mut failed = store.release(owner, job).await.err();
    failed = store.uncount(owner, Counted::Jobs, minute).await.err().or(failed);
    if with_upload {
        failed = store.uncount(owner, Counted::Uploads, minute).await.err().or(failed);
    }
    if let Some(error) = failed {
        tracing::warn!(job = job.as_str(), %error, "a job that was not begun stays counted for this minute");
    }
}

async fn count<S: JobStore + Quotas>(
    store: &S,
    limits: &Limits,
    kept: &Kept,
    admission: Admission<'_>,
) -> Result<Option<Excess>, PortError> {
    let Admission { owner, job, with_upload, now } = admission;
    let minute = Minute::of(now);
    if kept.of(store, owner, now).await? >= limits.stored_bytes {
        return Ok(Some(Excess::Stored(limits.stored_bytes)));
    }
    if !hold(store, owner, job, limits.active_jobs, now).await? {
        return Ok(Some(Excess::Active(limits.active_jobs)));
    }
    if !store.count(owner, Counted::Jobs, minute, limits.jobs_a_minute).await? {
        store.release(owner, job).await?;
        return Ok(Some(Excess::Minute(Counted::Jobs, limits.jobs_a_minute)));
    }
    if with_upload && !store.count(owner, Counted::Uploads, minute, limits.uploads_a_minute).await? {
        store.release(owner, job).await?;
        store.uncount(owner, Counted::Jobs, minute).await?;
        return Ok(Some(Excess::Minute(Counted::Uploads, limits.uploads_a_minute)));
    }
    Ok(None)
}

/// Adds a job to those under way. Where there is no place, those that have ended without anybody taking notice make some.
async fn hold<S: JobStore + Quotas>(
    store: &S,
    owner: &OwnerId,
    job: &JobId,
    limit: u32,
    now: Timestamp,
) -> Result<bool, PortError> {
    if store.hold(owner, job, limit).await? {
        return Ok(true);
    }
    let mut is_freed = false;
    for held in store.held(owner).await? {
        let has_ended = match store.load(&held).await {
            Ok(job) => job.status.is_final(),
            Err(PortError::NotFound { .. }) => !is_being_made(&held, now),
            // Nobody can read whether it has; the sweep tells of such a record.
            Err(PortError::Misused { .. }) => false,
            Err(error) => return Err(error),
        };
        if has_ended {
            store.release(owner, &held).await?;
            is_freed = true;
        }
    }
    if is_freed { store.hold(owner, job, limit).await } else { Ok(false) }
}

/// Whether a job that is not there may just be about to be: its place is taken before it is written. The ids that we give tell when
/// they were made, in milliseconds (UUID version 7, <https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7>).
fn is_being_made(job: &JobId, now: Timestamp) -> bool {
    let made_ms = job.as_str().get(..12).and_then(|digits| i64::from_str_radix(digits, 16).ok());
    made_ms.is_some_and(|made_ms| now.as_millisecond() - made_ms < TO_BE_MADE.as_millis() as i64)
}

/// Bytes of documents and videos of an owner, of the newest thousand jobs.
async fn stored(jobs: &impl JobStore, owner: &OwnerId) -> Result<u64, PortError> {
    const PAGES: usize = 10;
    let mut page = PageRequest { status: None, limit: 100, after: None };
    let mut bytes = 0;
    for _ in 0..PAGES {
        let found = jobs.list(owner, &page).await?;
        bytes += found
            .jobs
            .iter()
            .map(|job| job.source.as_ref().map_or(0, |source| source.bytes) + job.video.as_ref().map_or(0, |video| video.bytes))
            .sum::<u64>();
        page.after = found.next;
        if page.after.is_none() {
            break;
        }
    }
    Ok(bytes)
}
