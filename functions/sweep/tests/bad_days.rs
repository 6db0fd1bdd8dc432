//! Uploads, events, executions and sweeps on bad days: events come twice, late, in any order or never, calls fail or lose their
//! answers, and whoever handles them is killed anywhere. Each trial follows from a seed, see [`fakes::trials`].

use domain::ports::{ExecutionState, JobStore, PortError, Ticket};
use domain::{Code, DocumentKind, Job, JobId, JobOptions, OwnerId, Phase, Run, Source, Status, Transition};
use fakes::trials::{seeds, tell};
use fakes::{MemoryAssets, MemoryExecutions, MemoryJobs, MemoryTickets, MemoryUploads, Unsteady, Weather, at};
use fastrand::Rng;
use ingest_upload::{Arrival, NotAnUpload};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use sweep::{Input, Output, Retention};
use tokio::task::JoinSet;

const RETENTION: Retention =
    Retention { intermediates: SignedDuration::from_hours(24), videos: SignedDuration::from_hours(24 * 30) };

/// How many events are handled at once.
const AT_ONCE: usize = 16;

/// How often the sweep runs, as the template says.
const SWEEP_EVERY_MIN: i64 = 5;

/// No vendor works for any of these jobs.
struct NoVendors;

impl finish_job::GivesUp for NoVendors {
    async fn give_up(&self, ticket: &Ticket) -> Result<(), PortError> {
        panic!("there is no work such as {ticket:?}")
    }
}

#[derive(Default)]
struct World {
    uploads: MemoryUploads,
    jobs: MemoryJobs,
    executions: MemoryExecutions,
    assets: MemoryAssets,
}

impl World {
    async fn ingest(&self, weather: &Weather, now: Timestamp, arrival: Result<Arrival, NotAnUpload>) -> Result<(), Code> {
        let (uploads, jobs) = (Unsteady::new(&self.uploads, weather), Unsteady::new(&self.jobs, weather));
        let executions = Unsteady::new(&self.executions, weather);
        let answer = ingest_upload::handle(&uploads, &jobs, &executions, RETENTION.videos, now, arrival).await;
        answer.map(|_| ()).map_err(|failure| failure.code)
    }

    async fn sweep(&self, weather: &Weather, minute: i64, input: Input) -> Result<Output, Code> {
        let (uploads, jobs) = (Unsteady::new(&self.uploads, weather), Unsteady::new(&self.jobs, weather));
        let (executions, assets) = (Unsteady::new(&self.executions, weather), Unsteady::new(&self.assets, weather));
        let answer = sweep::handle(&jobs, &executions, &uploads, &assets, RETENTION, at(minute * 60), input).await;
        answer.map_err(|failure| failure.code)
    }

    async fn reserve(&self, id: &str, now: Timestamp) {
        let job = Job::new(job_id(id), owner(), JobOptions::default(), now, now + RETENTION.videos);
        assert!(self.jobs.create(&job).await.expect("memory does not fail"));
    }

    fn upload(&self, key: &str, now: Timestamp) -> Result<Arrival, NotAnUpload> {
        let version = self.uploads.upload(key, b"some words about the tides", now);
        created(key, &version)
    }
}

fn owner() -> OwnerId {
    OwnerId::new("owner-1").expect("well formed")
}

fn job_id(id: &str) -> JobId {
    JobId::new(id).expect("well formed")
}

fn created(key: &str, version: &str) -> Result<Arrival, NotAnUpload> {
    Arrival::from_event(&json!({
        "detail-type": "Object Created",
        "detail": { "object": { "key": key, "version-id": version, "sequencer": version, "etag": "e" } },
    }))
}

fn deleted(key: &str) -> Result<Arrival, NotAnUpload> {
    Arrival::from_event(&json!({ "detail-type": "Object Deleted", "detail": { "object": { "key": key, "sequencer": "00" } } }))
}

/// File names as people have them, and as they should not.
fn name(number: usize) -> String {
    let odd = ["notes", "a b", "a+b", "100%25", "é", "🚲", "..", "%2e%2e%2fx", "a\nb", "\u{202e}fdp", "x".repeat(900).as_str()]
        .map(str::to_owned);
    format!("{}-{number}.txt", odd[number % odd.len()])
}

/// Uploads of which some are written over and some are deleted, and all their events, some of them more than once.
fn deliveries(
    world: &World,
    rng: &mut Rng,
    uploads: usize,
    overwrites: usize,
    deletions: usize,
) -> Vec<Result<Arrival, NotAnUpload>> {
    // Every other one goes where a reserved job waits for it.
    let key = |number: usize| match number % 2 {
        0 => format!("inbox/owner-1/{}", name(number)),
        _ => format!("inbox/owner-1/reserved-{number}/{}", name(number)),
    };
    let keys: Vec<String> = (0..uploads).map(key).collect();
    let mut events: Vec<_> = keys.iter().map(|key| world.upload(key, at(0))).collect();
    events.extend((0..overwrites).map(|number| world.upload(&keys[number * uploads / overwrites], at(1))));
    let mut all: Vec<_> = events.iter().flat_map(|event| vec![event.clone(); rng.usize(1..=5)]).collect();
    for number in 0..deletions {
        let key = &keys[(number * 7 + 3) % uploads];
        world.uploads.delete(key);
        all.push(deleted(key));
    }
    rng.shuffle(&mut all);
    all
}

/// Handles all events, many at once. Who fails or is killed gets the event again, as Lambda does it.
async fn deliver(
    world: &Arc<World>,
    weather: &Arc<Weather>,
    events: Vec<Result<Arrival, NotAnUpload>>,
    kills: u32,
    seed: u64,
) -> u32 {
    let waiting = Arc::new(Mutex::new(events));
    let killed = Arc::new(Mutex::new(kills));
    let mut handlers = JoinSet::new();
    for number in 0..AT_ONCE {
        let (world, weather, waiting, killed) = (world.clone(), weather.clone(), waiting.clone(), killed.clone());
        let mut rng = Rng::with_seed(seed ^ (number as u64) << 32);
        handlers.spawn(async move {
            loop {
                let Some(event) = waiting.lock().expect("nobody panicked").pop() else { return };
                let is_to_die = rng.u32(0..8) == 0 && {
                    let mut left = killed.lock().expect("nobody panicked");
                    let is_left = *left > 0;
                    *left = left.saturating_sub(1);
                    is_left
                };
                let own = Weather::new(rng.u64(..));
                let answer = if is_to_die {
                    let own = own.ending_at(rng.usize(0..12));
                    own.until_end(world.ingest(&own, at(2), event.clone())).await
                } else {
                    Some(world.ingest(&weather, at(2), event.clone()).await)
                };
                if answer.is_none_or(|answer| answer.is_err()) {
                    waiting.lock().expect("nobody panicked").insert(0, event);
                }
            }
        });
    }
    handlers.join_all().await;
    kills - *killed.lock().expect("nobody panicked")
}

#[tokio::test]
async fn every_version_of_every_upload_has_exactly_one_job() {
    const UPLOADS: usize = 200;
    const OVERWRITES: usize = 40;
    const DELETIONS: usize = 20;
    for seed in seeds(5, 500) {
        let mut rng = Rng::with_seed(seed);
        let world = Arc::new(World::default());
        for number in (1..UPLOADS).step_by(2) {
            world.reserve(&format!("reserved-{number}"), at(0)).await;
        }
        let events = deliveries(&world, &mut rng, UPLOADS, OVERWRITES, DELETIONS);
        let delivered = events.len();
        let weather = Arc::new(Weather::new(seed).with_faults(30));
        let killed = deliver(&world, &weather, events, 60, seed).await;
        let jobs = world.jobs.all();
        let takers: BTreeSet<_> = jobs.iter().map(|job| job.upload().expect("every job has an upload")).collect();
        let refused = jobs.iter().filter(|job| job.status == Status::Failed).count();
        let executions = world.executions.started();
        tell(&format!(
            "seed {seed}: {UPLOADS} uploads, {OVERWRITES} overwrites, {DELETIONS} deletions, {delivered} deliveries, {} faults, {killed} kills: \
             {} jobs, {} executions, {refused} refused",
            weather.faults(),
            jobs.len(),
            executions.len(),
        ));
        assert_eq!((jobs.len(), takers.len()), (UPLOADS + OVERWRITES, UPLOADS + OVERWRITES), "seed {seed}");
        assert_eq!(executions.len() + refused, jobs.len(), "seed {seed}");
        assert!(executions.iter().all(|run| run.version == 1), "seed {seed}");
        assert!(
            jobs.iter().all(|job| job.failure.as_ref().is_none_or(|failure| failure.code == Code::SourceGone)),
            "seed {seed}"
        );
    }
}

/// How the execution of a job may go when nobody is told how it went.
#[derive(Debug, Clone, Copy)]
enum Fate {
    NeverStarted,
    EndedBeforeItsFirstStage,
    Ended(usize),
    NeverEnds,
}

fn ends() -> Vec<ExecutionState> {
    let failed = |error: &str, cause: &str| ExecutionState::Failed { error: error.to_owned(), cause: cause.to_owned() };
    vec![
        ExecutionState::Succeeded,
        ExecutionState::Aborted,
        ExecutionState::TimedOut,
        failed("InvalidInput", r#"{"errorType":"InvalidInput","errorMessage":"NO_TEXT: 4 pages without text"}"#),
        failed("Runtime.ExitError", r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: x Error: signal: killed"}"#),
        failed("States.DataLimitExceeded", "the output has more than 262144 characters"),
        failed("States.Runtime", "the path $.scenes does not exist"),
        failed("Lambda.AWSLambdaException", "not authorized to perform: lambda:InvokeFunction"),
        failed("", ""),
    ]
}

/// A job that is bound to an upload, and what became of its execution.
async fn job_with(world: &World, id: &str, fate: Fate) {
    world.reserve(id, at(0)).await;
    let key = format!("inbox/owner-1/{id}/a.txt");
    let source = Source { key, version: Some("v".to_owned()), name: "a.txt".to_owned(), kind: DocumentKind::Text, bytes: 9 };
    let change = async |change: Transition| world.jobs.change(&job_id(id), &change, at(0)).await.expect("it waits");
    change(Transition::Bind(source)).await;
    let run = Run::first(job_id(id));
    match fate {
        Fate::NeverStarted => {}
        Fate::EndedBeforeItsFirstStage => world.executions.end(&run, ExecutionState::Aborted),
        Fate::Ended(how) => {
            change(Transition::Enter(Phase::Scenes)).await;
            world.executions.end(&run, ends()[how].clone());
        }
        Fate::NeverEnds => {
            change(Transition::Enter(Phase::Scenes)).await;
            world.executions.end(&run, ExecutionState::Running);
        }
    }
}

/// Fifty jobs, every fate among them.
async fn unhappy_jobs(world: &World, rng: &mut Rng) -> BTreeMap<JobId, Fate> {
    let mut fates = BTreeMap::new();
    for number in 0..50 {
        let fate = match number % 10 {
            0 => Fate::NeverStarted,
            1 => Fate::EndedBeforeItsFirstStage,
            2 => Fate::NeverEnds,
            _ => Fate::Ended(rng.usize(0..ends().len())),
        };
        let id = format!("unhappy-{number}");
        job_with(world, &id, fate).await;
        fates.insert(job_id(&id), fate);
    }
    fates
}

#[tokio::test]
async fn the_sweep_alone_ends_every_job_with_a_code() {
    for seed in seeds(20, 1000) {
        let mut rng = Rng::with_seed(seed);
        let world = World::default();
        let fates = unhappy_jobs(&world, &mut rng).await;
        // On every other day calls fail, and some sweeps more are needed.
        let (weather, slack) = match seed % 2 {
            0 => (Weather::new(seed), 0),
            _ => (Weather::new(seed).with_faults(20), 9 * SWEEP_EVERY_MIN),
        };
        let (mut sweeps, mut failed) = (0, 0);
        for minute in (SWEEP_EVERY_MIN..=140).step_by(usize::try_from(SWEEP_EVERY_MIN).expect("five")) {
            failed += u32::from(world.sweep(&weather, minute, Input::Reconcile).await.is_err());
            sweeps += 1;
            for (id, fate) in &fates {
                let status = world.jobs.load(id).await.expect("there").status;
                // A job that was never started is started, and then waits for its execution; one that never ends has 75 minutes.
                let is_due = match fate {
                    Fate::NeverStarted => false,
                    Fate::NeverEnds => minute >= 75 + SWEEP_EVERY_MIN + slack,
                    Fate::EndedBeforeItsFirstStage | Fate::Ended(_) => minute >= SWEEP_EVERY_MIN + slack,
                };
                assert!(!is_due || status.is_final(), "seed {seed}, minute {minute}: `{id}` of {fate:?} is {status:?}");
            }
        }
        let jobs = world.jobs.all();
        let ended = jobs.iter().filter(|job| job.status == Status::Failed && job.failure.is_some()).count();
        let started = fates.iter().filter(|(_, fate)| matches!(fate, Fate::NeverStarted)).count();
        tell(&format!(
            "seed {seed}: 50 jobs without one event, {sweeps} sweeps, {failed} of them with failures: {ended} ended, {started} started, {} stopped",
            world.executions.stops()
        ));
        assert_eq!(ended + started, 50, "seed {seed}");
    }
}

#[tokio::test]
async fn every_upload_is_picked_up_although_a_fifth_of_the_events_is_lost() {
    const UPLOADS: usize = 50;
    for seed in seeds(20, 1000) {
        let mut rng = Rng::with_seed(seed);
        let world = World::default();
        // On every other day calls fail, and some sweeps more are needed.
        let (weather, slack) = match seed % 2 {
            0 => (Weather::new(seed), 0),
            _ => (Weather::new(seed).with_faults(20), 6 * SWEEP_EVERY_MIN),
        };
        let (mut lost, mut uploaded) = (0, BTreeMap::new());
        for minute in 0..60 {
            if uploaded.len() < UPLOADS && rng.u8(0..10) > 0 {
                let number = uploaded.len();
                if number % 2 == 1 {
                    // Asked for nearly an hour ago: the reservation is about to expire.
                    world.reserve(&format!("reserved-{number}"), at((minute - 57) * 60)).await;
                }
                let folder = if number % 2 == 1 { format!("reserved-{number}/") } else { String::new() };
                let event = world.upload(&format!("inbox/owner-1/{folder}{}", name(number)), at(minute * 60));
                let object = event.clone().expect("an upload").object();
                uploaded.insert(object, minute);
                if rng.u8(0..5) == 0 {
                    lost += 1;
                } else {
                    while world.ingest(&weather, at(minute * 60), event.clone()).await.is_err() {}
                }
            }
            if minute % SWEEP_EVERY_MIN == 0 {
                // What fails in one sweep is made up for by the next.
                let _ = world.sweep(&weather, minute, Input::Reconcile).await;
            }
            let takers: BTreeSet<_> = world.jobs.all().iter().filter_map(Job::upload).collect();
            let late = uploaded.iter().filter(|(object, at)| **at + 15 + slack < minute && !takers.contains(object)).count();
            assert_eq!(late, 0, "seed {seed}, minute {minute}");
        }
        for minute in [65, 70, 75, 80, 85, 90] {
            let _ = world.sweep(&weather, minute, Input::Reconcile).await;
        }
        let jobs = world.jobs.all();
        tell(&format!(
            "seed {seed}: {} uploads, {lost} events lost: {} executions",
            uploaded.len(),
            world.executions.started().len()
        ));
        assert!(jobs.iter().all(|job| job.status != Status::Expired), "seed {seed}: an upload came in time and its job expired");
        assert_eq!((jobs.len(), world.executions.started().len()), (uploaded.len(), uploaded.len()), "seed {seed}");
    }
}

#[tokio::test]
async fn two_sweeps_at_once_do_what_one_does() {
    for seed in seeds(20, 1000) {
        let (alone, together) = (World::default(), World::default());
        for world in [&alone, &together] {
            unhappy_jobs(world, &mut Rng::with_seed(seed)).await;
            world.reserve("forgotten", at(0)).await;
            for number in 0..20 {
                world.upload(&format!("inbox/owner-1/{}", name(number)), at(60 * 60)).expect("an upload");
            }
        }
        let calm = Weather::new(seed);
        alone.sweep(&calm, 90, Input::Reconcile).await.expect("nothing is away");
        let (one, other) = (Weather::new(seed + 1), Weather::new(seed + 2));
        let (first, second) =
            tokio::join!(together.sweep(&one, 90, Input::Reconcile), together.sweep(&other, 90, Input::Reconcile));
        let (first, second) = (first.expect("nothing is away"), second.expect("nothing is away"));
        tell(&format!(
            "seed {seed}: {} calls of two sweeps, {first:?} and {second:?}",
            one.points().len() / 2 + other.points().len() / 2
        ));
        assert_eq!(together.jobs.all(), alone.jobs.all(), "seed {seed}");
        assert_eq!(together.executions.started(), alone.executions.started(), "seed {seed}");
        assert_eq!(together.executions.stops(), alone.executions.stops(), "seed {seed}");
    }
}

/// Ends a piece of work at each of its points in turn and lets it be done again; what is left must be what is left without any end.
async fn ended_anywhere<S: PartialEq + std::fmt::Debug>(
    what: &str,
    world: impl AsyncFn() -> World,
    work: impl AsyncFn(&World, &Weather),
    left: impl Fn(&World) -> S,
) {
    let calm = Weather::new(0);
    let reference = world().await;
    work(&reference, &calm).await;
    let points = calm.points();
    for (point, name) in points.iter().enumerate() {
        let broken = world().await;
        let weather = Weather::new(0).ending_at(point);
        assert!(weather.until_end(work(&broken, &weather)).await.is_none(), "{what} was not ended {name}");
        work(&broken, &Weather::new(0)).await;
        assert_eq!(left(&broken), left(&reference), "{what}, ended {name}");
    }
    tell(&format!("{what}: ended at each of {} points: {}", points.len(), points.join(", ")));
    assert!(points.len() > 3, "{what} does something");
}

#[tokio::test]
async fn whoever_is_killed_leaves_nothing_that_the_next_does_not_mend() {
    let records = |world: &World| (world.jobs.all(), world.executions.started());
    let upload = "inbox/owner-1/reserved-1/a.txt";
    ended_anywhere(
        "taking in an upload",
        async || {
            let world = World::default();
            world.reserve("reserved-1", at(0)).await;
            world.upload(upload, at(0)).expect("an upload");
            world
        },
        async |world, weather| world.ingest(weather, at(1), created(upload, "v1")).await.expect("nothing is away"),
        records,
    )
    .await;
    ended_anywhere(
        "taking in a copied file",
        async || {
            let world = World::default();
            world.upload("inbox/owner-1/a.txt", at(0)).expect("an upload");
            world
        },
        async |world, weather| world.ingest(weather, at(1), created("inbox/owner-1/a.txt", "v1")).await.expect("nothing is away"),
        records,
    )
    .await;
    ended_anywhere(
        "finishing a job",
        async || {
            let world = World::default();
            job_with(&world, "unhappy", Fate::Ended(2)).await;
            world
        },
        async |world, weather| {
            let (jobs, executions) = (Unsteady::new(&world.jobs, weather), Unsteady::new(&world.executions, weather));
            let (tickets, run) = (MemoryTickets::default(), Some(Run::first(job_id("unhappy"))));
            finish_job::handle(&jobs, &executions, &tickets, &NoVendors, at(9), run).await.expect("nothing is away");
        },
        records,
    )
    .await;
    ended_anywhere(
        "reconciling",
        async || {
            let world = World::default();
            for (number, fate) in
                [Fate::NeverStarted, Fate::EndedBeforeItsFirstStage, Fate::Ended(3), Fate::NeverEnds].into_iter().enumerate()
            {
                job_with(&world, &format!("unhappy-{number}"), fate).await;
            }
            world.reserve("forgotten", at(0)).await;
            world.upload("inbox/owner-1/a.txt", at(80 * 60)).expect("an upload");
            world
        },
        async |world, weather| {
            world.sweep(weather, 90, Input::Reconcile).await.expect("nothing is away");
        },
        records,
    )
    .await;
    ended_anywhere(
        "deleting what is old",
        async || {
            let world = World::default();
            world.assets.put_at("cache/owner-1/take/a.json", at(0));
            world.assets.put_at("jobs/owner-1/gone/document.json", at(0));
            world
        },
        async |world, weather| {
            world.sweep(weather, 60 * 48, Input::Retain).await.expect("nothing is away");
        },
        |world| world.assets.paths(),
    )
    .await;
}
