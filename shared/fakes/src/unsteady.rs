//! The ports on a bad day: others come in between two calls, calls fail, answers are lost although the work was done, and the caller
//! may be ended at any point. Everything follows from a seed, so that what went wrong once goes wrong again.
//!
//! ```
//! # use domain::ports::JobStore;
//! # use fakes::{MemoryJobs, Unsteady, Weather, pending_job};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let jobs = MemoryJobs::default();
//! // Points are counted from 0: before the first call, after it, before the second.
//! let weather = Weather::new(7).ending_at(1);
//! let cut = weather.until_end(Unsteady::new(&jobs, &weather).create(&pending_job())).await;
//! assert!(cut.is_none(), "the caller was ended");
//! assert!(jobs.load(&pending_job().id).await.is_ok(), "but the job was made");
//! # }
//! ```

use crate::store::lock;
use domain::ports::{
    AssetStore, ExecutionState, Executions, Housekeeping, JobStore, Page, PageRequest, Peek, PortError, RememberedRequest,
    StalePage, UploadStore,
};
use domain::{AssetKey, Bill, Event, Job, JobId, OwnerId, Run, Source, Status, Transition, UploadedObject};
use fastrand::Rng;
use jiff::Timestamp;
use std::future::Future;
use std::sync::Mutex;
use tokio::sync::Notify;

/// The most steps that others take between two of ours.
const MOST_STEPS_OF_OTHERS: u32 = 3;

/// How bad the day is.
#[derive(Debug)]
pub struct Weather {
    state: Mutex<State>,
    ended: Notify,
    paused: Notify,
    resumed: Notify,
}

#[derive(Debug)]
struct State {
    rng: Rng,
    faults_per_mille: u32,
    ends_at: Option<usize>,
    pauses_before: Option<&'static str>,
    points: Vec<String>,
    faults: u32,
}

impl Weather {
    /// A day on which nothing fails, but others come in between.
    pub fn new(seed: u64) -> Self {
        let state = State {
            rng: Rng::with_seed(seed),
            faults_per_mille: 0,
            ends_at: None,
            pauses_before: None,
            points: Vec::new(),
            faults: 0,
        };
        Self { state: Mutex::new(state), ended: Notify::new(), paused: Notify::new(), resumed: Notify::new() }
    }

    /// So many calls of a thousand fail; in half of them the work is done and only the answer is lost.
    pub fn with_faults(self, per_mille: u32) -> Self {
        lock(&self.state).faults_per_mille = per_mille;
        self
    }

    /// The caller is ended at this point; each call has one before it and one after it.
    pub fn ending_at(self, point: usize) -> Self {
        lock(&self.state).ends_at = Some(point);
        self
    }

    /// The next call of this name waits, until [`Self::go_on`].
    pub fn pause_before(&self, call: &'static str) {
        lock(&self.state).pauses_before = Some(call);
    }

    /// Waits until the call that is to wait does so.
    pub async fn reached_pause(&self) {
        self.paused.notified().await;
    }

    /// Lets the call that waits go on.
    pub fn go_on(&self) {
        self.resumed.notify_one();
    }

    /// Lets a caller work to its end; none if it was ended on the way, as a process is that is killed.
    pub async fn until_end<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.ended.notified() => None,
            answer = work => Some(answer),
        }
    }

    /// The points that were passed, in order, such as `before put`.
    pub fn points(&self) -> Vec<String> {
        lock(&self.state).points.clone()
    }

    /// How many calls failed.
    pub fn faults(&self) -> u32 {
        lock(&self.state).faults
    }

    async fn through<T>(&self, call: &'static str, work: impl Future<Output = Result<T, PortError>>) -> Result<T, PortError> {
        self.pass("before", call).await?;
        let answer = work.await;
        self.pass("after", call).await?;
        answer
    }

    async fn pass(&self, side: &str, call: &'static str) -> Result<(), PortError> {
        let is_pause = {
            let mut state = lock(&self.state);
            side == "before" && state.pauses_before.take_if(|name| *name == call).is_some()
        };
        if is_pause {
            self.paused.notify_one();
            self.resumed.notified().await;
        }
        let (is_end, is_fault, steps) = {
            let mut state = lock(&self.state);
            let point = state.points.len();
            state.points.push(format!("{side} {call}"));
            // Each call has two points, either of which may fail.
            let is_fault = state.rng.u32(0..2000) < state.faults_per_mille;
            state.faults += u32::from(is_fault);
            (state.ends_at == Some(point), is_fault, state.rng.u32(0..=MOST_STEPS_OF_OTHERS))
        };
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
        if is_end {
            self.ended.notify_one();
            std::future::pending::<()>().await;
        }
        if is_fault {
            return Err(PortError::Unavailable { service: "the weather", message: format!("{side} `{call}`") });
        }
        Ok(())
    }
}

/// A port on a bad day.
#[derive(Debug)]
pub struct Unsteady<'a, P> {
    port: &'a P,
    weather: &'a Weather,
}

impl<'a, P> Unsteady<'a, P> {
    /// The port in this weather.
    pub fn new(port: &'a P, weather: &'a Weather) -> Self {
        Self { port, weather }
    }
}

impl<P: AssetStore> AssetStore for Unsteady<'_, P> {
    async fn get(&self, key: &AssetKey) -> Result<Vec<u8>, PortError> {
        self.weather.through("get", self.port.get(key)).await
    }

    async fn put(&self, key: &AssetKey, body: Vec<u8>) -> Result<(), PortError> {
        self.weather.through("put", self.port.put(key, body)).await
    }

    async fn exists(&self, key: &AssetKey) -> Result<bool, PortError> {
        self.weather.through("exists", self.port.exists(key)).await
    }
}

impl<P: Housekeeping + Sync> Housekeeping for Unsteady<'_, P> {
    async fn list_before(&self, prefix: &str, before: Timestamp) -> Result<Vec<String>, PortError> {
        self.weather.through("list_before", self.port.list_before(prefix, before)).await
    }

    async fn delete(&self, paths: &[String]) -> Result<(), PortError> {
        self.weather.through("delete", self.port.delete(paths)).await
    }
}

impl<P: UploadStore> UploadStore for Unsteady<'_, P> {
    async fn read(&self, source: &Source) -> Result<Vec<u8>, PortError> {
        self.weather.through("read", self.port.read(source)).await
    }

    async fn peek(&self, key: &str, version: Option<&str>, bytes: u32) -> Result<Peek, PortError> {
        self.weather.through("peek", self.port.peek(key, version, bytes)).await
    }

    async fn list_between(&self, from: Timestamp, to: Timestamp) -> Result<Vec<UploadedObject>, PortError> {
        self.weather.through("list_between", self.port.list_between(from, to)).await
    }
}

impl<P: Executions> Executions for Unsteady<'_, P> {
    async fn start(&self, run: &Run) -> Result<(), PortError> {
        self.weather.through("start", self.port.start(run)).await
    }

    async fn stop(&self, run: &Run) -> Result<(), PortError> {
        self.weather.through("stop", self.port.stop(run)).await
    }

    async fn state(&self, run: &Run) -> Result<ExecutionState, PortError> {
        self.weather.through("state", self.port.state(run)).await
    }
}

impl<P: JobStore> JobStore for Unsteady<'_, P> {
    async fn create(&self, job: &Job) -> Result<bool, PortError> {
        self.weather.through("create", self.port.create(job)).await
    }

    async fn load(&self, id: &JobId) -> Result<Job, PortError> {
        self.weather.through("load", self.port.load(id)).await
    }

    async fn change(&self, id: &JobId, transition: &Transition, now: Timestamp) -> Result<Job, PortError> {
        self.weather.through("change", self.port.change(id, transition, now)).await
    }

    async fn former_versions(&self, id: &JobId) -> Result<Vec<Job>, PortError> {
        self.weather.through("former_versions", self.port.former_versions(id)).await
    }

    async fn record(&self, id: &JobId, event: &Event) -> Result<(), PortError> {
        self.weather.through("record", self.port.record(id, event)).await
    }

    async fn events(&self, id: &JobId) -> Result<Vec<Event>, PortError> {
        self.weather.through("events", self.port.events(id)).await
    }

    async fn bill(&self, id: &JobId, bill: &Bill) -> Result<(), PortError> {
        self.weather.through("bill", self.port.bill(id, bill)).await
    }

    async fn bills(&self, id: &JobId) -> Result<Vec<Bill>, PortError> {
        self.weather.through("bills", self.port.bills(id)).await
    }

    async fn list(&self, owner: &OwnerId, page: &PageRequest) -> Result<Page, PortError> {
        self.weather.through("list", self.port.list(owner, page)).await
    }

    async fn list_stale(&self, status: Status, before: Timestamp, after: Option<&str>) -> Result<StalePage, PortError> {
        self.weather.through("list_stale", self.port.list_stale(status, before, after)).await
    }

    async fn remember(
        &self,
        owner: &OwnerId,
        key: &str,
        request: &RememberedRequest,
    ) -> Result<Option<RememberedRequest>, PortError> {
        self.weather.through("remember", self.port.remember(owner, key, request)).await
    }
}
