//! Job records in memory.

use crate::store::lock;
use domain::ports::{JobStore, Page, PageRequest, PortError, RememberedRequest};
use domain::{Event, Job, JobId, OwnerId, Status, Transition};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The jobs table.
#[derive(Debug, Default)]
pub struct MemoryJobs {
    jobs: Mutex<BTreeMap<JobId, Job>>,
    former: Mutex<BTreeMap<JobId, Vec<Job>>>,
    events: Mutex<BTreeMap<JobId, Vec<Event>>>,
    requests: Mutex<BTreeMap<(OwnerId, String), RememberedRequest>>,
}

impl MemoryJobs {
    /// Every job, by id.
    pub fn all(&self) -> Vec<Job> {
        lock(&self.jobs).values().cloned().collect()
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
        let jobs: Vec<Job> = found[start..end].iter().map(|job| (*job).clone()).collect();
        let next = if end < found.len() { jobs.last().map(|job| job.id.to_string()) } else { None };
        Ok(Page { jobs, next })
    }

    async fn list_stale(&self, status: Status, before: Timestamp) -> Result<Vec<Job>, PortError> {
        Ok(lock(&self.jobs).values().filter(|job| job.status == status && job.updated_at < before).cloned().collect())
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

fn missing(id: &JobId) -> PortError {
    PortError::NotFound { what: format!("job `{id}`") }
}
