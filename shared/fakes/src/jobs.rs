//! Job records in memory.

use crate::store::lock;
use domain::ports::{JobStore, Page, PageRequest, PortError, Quotas, RememberedRequest, StalePage};
use domain::{Bill, Counted, Event, Job, JobId, Minute, OwnerId, Status, Transition};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// The jobs table.
#[derive(Debug, Default)]
pub struct MemoryJobs {
    jobs: Mutex<BTreeMap<JobId, Job>>,
    former: Mutex<BTreeMap<JobId, Vec<Job>>>,
    events: Mutex<BTreeMap<JobId, Vec<Event>>>,
    bills: Mutex<BTreeMap<JobId, Vec<Bill>>>,
    counts: Mutex<BTreeMap<(OwnerId, Counted, Minute), u32>>,
    held: Mutex<BTreeMap<OwnerId, BTreeSet<JobId>>>,
    requests: Mutex<BTreeMap<(OwnerId, String), RememberedRequest>>,
    spoiled: Mutex<BTreeSet<JobId>>,
}

/// So many jobs are on one page of the list of stale ones.
const STALE_PAGE: usize = 100;

impl MemoryJobs {
    /// Every job, by id.
    pub fn all(&self) -> Vec<Job> {
        lock(&self.jobs).values().cloned().collect()
    }

    /// Lets nobody read the record of a job any more.
    pub fn spoil(&self, id: &JobId) {
        lock(&self.spoiled).insert(id.clone());
    }

    /// Copies of jobs, and what cannot be read of them.
    fn readable(&self, found: &[&Job]) -> (Vec<Job>, Vec<String>) {
        let spoiled = lock(&self.spoiled);
        let (unreadable, readable): (Vec<&Job>, Vec<&Job>) = found.iter().partition(|job| spoiled.contains(&job.id));
        let reasons = unreadable.into_iter().map(|job| format!("`{}`: a job has another form", job.id));
        (readable.into_iter().cloned().collect(), reasons.collect())
    }
}

impl JobStore for MemoryJobs {
    async fn create(&self, job: &Job) -> Result<bool, PortError> {
        let mut jobs = lock(&self.jobs);
        let is_new = !jobs.contains_key(&job.id);
        if is_new {
            jobs.insert(job.id.clone(), job.clone());
        }
        Ok(is_new)
    }

    async fn load(&self, id: &JobId) -> Result<Job, PortError> {
        if lock(&self.spoiled).contains(id) {
            return Err(PortError::Misused { service: "jobs", message: "a job has another form".to_owned() });
        }
        lock(&self.jobs).get(id).cloned().ok_or_else(|| missing(id))
    }

    async fn change(&self, id: &JobId, transition: &Transition, now: Timestamp) -> Result<Job, PortError> {
        let mut jobs = lock(&self.jobs);
        let job = jobs.get_mut(id).ok_or_else(|| missing(id))?;
        let new = job.apply(transition, now)?;
        if new.version > job.version {
            lock(&self.former).entry(id.clone()).or_default().push(job.clone());
        }
        *job = new;
        if job.status.is_final() {
            lock(&self.held).entry(job.owner.clone()).or_default().remove(id);
        }
        Ok(job.clone())
    }

    async fn former_versions(&self, id: &JobId) -> Result<Vec<Job>, PortError> {
        Ok(lock(&self.former).get(id).cloned().unwrap_or_default())
    }

    async fn record(&self, id: &JobId, event: &Event) -> Result<(), PortError> {
        lock(&self.events).entry(id.clone()).or_default().push(event.clone());
        Ok(())
    }

    async fn events(&self, id: &JobId) -> Result<Vec<Event>, PortError> {
        Ok(lock(&self.events).get(id).cloned().unwrap_or_default())
    }

    async fn bill(&self, id: &JobId, bill: &Bill) -> Result<(), PortError> {
        lock(&self.bills).entry(id.clone()).or_default().push(bill.clone());
        Ok(())
    }

    async fn bills(&self, id: &JobId) -> Result<Vec<Bill>, PortError> {
        Ok(lock(&self.bills).get(id).cloned().unwrap_or_default())
    }

    async fn list(&self, owner: &OwnerId, page: &PageRequest) -> Result<Page, PortError> {
        let jobs = lock(&self.jobs);
        let mut found: Vec<&Job> =
            jobs.values().filter(|job| job.owner == *owner && page.status.is_none_or(|status| status == job.status)).collect();
        found.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        let start = match &page.after {
            None => 0,
            Some(after) => {
                let at = found.iter().position(|job| job.id.as_str() == after);
                at.ok_or_else(|| PortError::Misused { service: "jobs", message: "the page mark is not one of ours".to_owned() })?
                    + 1
            }
        };
        let end = found.len().min(start + page.limit as usize);
        let next = found[..end].last().filter(|_| end < found.len()).map(|job| job.id.to_string());
        let (jobs, unreadable) = self.readable(&found[start..end]);
        Ok(Page { jobs, unreadable, next })
    }

    async fn list_stale(&self, status: Status, before: Timestamp, after: Option<&str>) -> Result<StalePage, PortError> {
        let jobs = lock(&self.jobs);
        let place = |job: &Job| format!("{}#{}", job.updated_at, job.id);
        let is_listed = |job: &&Job| job.status == status && job.updated_at < before;
        let mut found: Vec<&Job> = jobs.values().filter(is_listed).collect();
        found.sort_by_key(|job| (job.updated_at, &job.id));
        let start = after.map_or(0, |after| found.iter().take_while(|job| place(job) != after).count() + 1);
        let rest = found.get(start..).unwrap_or_default();
        let (page, behind) = rest.split_at(rest.len().min(STALE_PAGE));
        let (jobs, unreadable) = self.readable(page);
        Ok(StalePage { jobs, unreadable, next: page.last().filter(|_| !behind.is_empty()).map(|job| place(job)) })
    }

    async fn remember(
        &self,
        owner: &OwnerId,
        key: &str,
        request: &RememberedRequest,
    ) -> Result<Option<RememberedRequest>, PortError> {
        let mut requests = lock(&self.requests);
        let slot = (owner.clone(), key.to_owned());
        let before = requests.get(&slot).cloned();
        if before.is_none() {
            requests.insert(slot, request.clone());
        }
        Ok(before)
    }
}

impl Quotas for MemoryJobs {
    async fn count(&self, owner: &OwnerId, what: Counted, minute: Minute, limit: u32) -> Result<bool, PortError> {
        let mut counts = lock(&self.counts);
        let count = counts.entry((owner.clone(), what, minute)).or_default();
        let fits = *count < limit;
        *count += u32::from(fits);
        Ok(fits)
    }

    async fn uncount(&self, owner: &OwnerId, what: Counted, minute: Minute) -> Result<(), PortError> {
        let mut counts = lock(&self.counts);
        let count = counts.entry((owner.clone(), what, minute)).or_default();
        *count = count.saturating_sub(1);
        Ok(())
    }

    async fn hold(&self, owner: &OwnerId, job: &JobId, limit: u32) -> Result<bool, PortError> {
        let mut held = lock(&self.held);
        let jobs = held.entry(owner.clone()).or_default();
        let fits = jobs.contains(job) || jobs.len() < limit as usize;
        if fits {
            jobs.insert(job.clone());
        }
        Ok(fits)
    }

    async fn held(&self, owner: &OwnerId) -> Result<Vec<JobId>, PortError> {
        Ok(lock(&self.held).get(owner).into_iter().flatten().cloned().collect())
    }

    async fn release(&self, owner: &OwnerId, job: &JobId) -> Result<(), PortError> {
        lock(&self.held).entry(owner.clone()).or_default().remove(job);
        Ok(())
    }
}

fn missing(id: &JobId) -> PortError {
    PortError::NotFound { what: format!("job `{id}`") }
}
