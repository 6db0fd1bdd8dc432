//! What a handler sees of the stores: its own version of the job, and objects of which it is noted what kinds it writes. What it
//! asks of them is counted for the bill.

use domain::ports::{AssetStore, JobStore, Page, PageRequest, PortError, RememberedRequest, StalePage};
use domain::{AssetKey, Bill, Event, Job, JobId, Meter, OwnerId, Run, Status, Transition, Work};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The records of jobs, as one run may touch them: its job only while the run's version is the newest. A stage that comes too
/// late, because its execution was stopped and the job was revised, can neither read the new version nor change it.
#[derive(Debug)]
pub struct RunJobs<'a, J> {
    jobs: &'a J,
    run: Run,
    tally: Tally,
}

impl<J> Clone for RunJobs<'_, J> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs, run: self.run.clone(), tally: self.tally.clone() }
    }
}

/// What one invocation uses. Its copies count together.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    meter: Meter,
    work: Arc<Mutex<Work>>,
}

impl Tally {
    /// Where calls to vendors are noted.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// What AWS counted so far.
    pub fn work(&self) -> Work {
        *self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, change: impl FnOnce(&mut Work)) {
        change(&mut self.work.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl<'a, J: JobStore> RunJobs<'a, J> {
    /// The records as this run may touch them.
    pub fn new(jobs: &'a J, run: Run) -> Self {
        Self { jobs, run, tally: Tally::default() }
    }

    /// What this invocation uses.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Where calls to vendors are noted.
    pub fn meter(&self) -> &Meter {
        self.tally.meter()
    }

    /// The run.
    pub fn run(&self) -> &Run {
        &self.run
    }
}

impl<J: JobStore> JobStore for RunJobs<'_, J> {
    async fn create(&self, job: &Job) -> Result<bool, PortError> {
        self.jobs.create(job).await
    }

    async fn load(&self, id: &JobId) -> Result<Job, PortError> {
        self.tally.count(|work| work.table_reads += 1);
        let job = self.jobs.load(id).await?;
        job.in_version(self.run.version)?;
        Ok(job)
    }

    async fn change(&self, id: &JobId, transition: &Transition, now: Timestamp) -> Result<Job, PortError> {
        self.tally.count(|work| {
            work.table_reads += 1;
            work.table_writes += 1;
        });
        let of_run = Transition::InVersion(self.run.version, Box::new(transition.clone()));
        self.jobs.change(id, &of_run, now).await
    }

    async fn former_versions(&self, id: &JobId) -> Result<Vec<Job>, PortError> {
        self.jobs.former_versions(id).await
    }

    async fn record(&self, id: &JobId, event: &Event) -> Result<(), PortError> {
        self.tally.count(|work| work.table_writes += 1);
        self.jobs.record(id, event).await
    }

    async fn bill(&self, id: &JobId, bill: &Bill) -> Result<(), PortError> {
        self.jobs.bill(id, bill).await
    }

    async fn bills(&self, id: &JobId) -> Result<Vec<Bill>, PortError> {
        self.jobs.bills(id).await
    }

    async fn events(&self, id: &JobId) -> Result<Vec<Event>, PortError> {
        self.jobs.events(id).await
    }

    async fn list(&self, owner: &OwnerId, page: &PageRequest) -> Result<Page, PortError> {
        self.jobs.list(owner, page).await
    }

    async fn list_stale(&self, status: Status, before: Timestamp, after: Option<&str>) -> Result<StalePage, PortError> {
        self.jobs.list_stale(status, before, after).await
    }

    async fn remember(
        &self,
        owner: &OwnerId,
        key: &str,
        request: &RememberedRequest,
    ) -> Result<Option<RememberedRequest>, PortError> {
        self.jobs.remember(owner, key, request).await
    }
}

/// The objects we derive, with a note of the kinds that were written: what a stage did not write, it found.
#[derive(Debug)]
pub struct NotedAssets<'a, A> {
    assets: &'a A,
    made: Made,
    tally: Tally,
}

/// The kinds of objects that were written, see [`AssetKey::kind`].
#[derive(Debug, Clone, Default)]
pub struct Made(Arc<Mutex<BTreeSet<&'static str>>>);

impl Made {
    /// The words of the kinds.
    pub fn words(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|word| (*word).to_owned()).collect()
    }

    fn note(&self, key: &AssetKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.kind());
    }
}

impl<'a, A: AssetStore> NotedAssets<'a, A> {
    /// Objects whose writing is noted in `made` and counted in `tally`.
    pub fn new(assets: &'a A, made: Made, tally: Tally) -> Self {
        Self { assets, made, tally }
    }
}

impl<A: AssetStore> AssetStore for NotedAssets<'_, A> {
    async fn get(&self, key: &AssetKey) -> Result<Vec<u8>, PortError> {
        self.tally.count(|work| work.object_reads += 1);
        self.assets.get(key).await
    }

    async fn put(&self, key: &AssetKey, body: Vec<u8>) -> Result<(), PortError> {
        self.tally.count(|work| work.object_writes += 1);
        self.assets.put(key, body).await?;
        self.made.note(key);
        Ok(())
    }

    async fn exists(&self, key: &AssetKey) -> Result<bool, PortError> {
        self.tally.count(|work| work.object_reads += 1);
        self.assets.exists(key).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Change, ContentHash, Failure, JobOptions, Revision};
    use fakes::{MemoryAssets, at, owner_id};

    #[tokio::test]
    async fn a_run_cannot_touch_a_newer_version() {
        let (jobs, id) = fakes::scripted_job(&fakes::script(&["One."])).await;
        let first = RunJobs::new(&jobs, Run::first(id.clone()));
        first.change(&id, &Transition::Cancel, at(1)).await.expect("it is the newest");
        let revision =
            Revision { from: 1, change: Change::Options, draft: ContentHash::of(["d"]), options: JobOptions::default() };
        let revised = jobs.change(&id, &Transition::Revise(Box::new(revision)), at(2)).await.expect("it has ended");
        assert!(matches!(first.load(&id).await, Err(PortError::Transition(_))));
        for late in [Transition::Narrated(0), Transition::Fail(Failure::new(domain::Code::Stopped, "x"))] {
            assert!(matches!(first.change(&id, &late, at(3)).await, Err(PortError::Transition(_))));
        }
        assert_eq!(jobs.load(&id).await.expect("there"), revised);
        assert_eq!(RunJobs::new(&jobs, revised.run()).load(&id).await.expect("it is the newest"), revised);
    }

    #[tokio::test]
    async fn what_is_written_is_noted_and_what_is_found_is_not() {
        let (memory, made) = (MemoryAssets::default(), Made::default());
        let tally = Tally::default();
        let assets = NotedAssets::new(&memory, made.clone(), tally.clone());
        let take = AssetKey::Take(owner_id(), ContentHash::of(["t"]));
        assert!(!assets.exists(&take).await.expect("memory does not fail"));
        assets.put(&take, vec![1]).await.expect("memory does not fail");
        assets.get(&take).await.expect("it is there");
        assert_eq!(made.words(), ["take".to_owned()].into());
        assert_eq!(tally.work(), Work { object_writes: 1, object_reads: 2, ..Work::default() });
    }
}
