//! `kill -9` before and after every effect, and at any time: the job ends as it would have, for at most one more paid call a kill.

use crate::cloud::Cloud;
use crate::function::{Function, Outcome};
use crate::production::{Fate, Production, STAGES};
use crate::wire::{Point, Side, is_effect};
use domain::ports::{AssetStore, ExecutionState, Executions, JobStore};
use domain::{AssetKey, ContentHash, FrameSize, Job, JobId, JobOptions, OwnerId, Run, Scene, Script, Status, Visual};
use fakes::trials::{is_soak, seeds, tell, times};
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Enough for the least of a video: a title, a scene that moves, and a closing.
const NOTES: &str = "# Tides\n\nThe water of the oceans follows the Moon, which pulls at it from far away. So the level of the sea rises and \
                     falls twice on every day of the year at nearly every coast of the whole wide world.\n";

fn options() -> JobOptions {
    JobOptions { scenes: Some(3), size: FrameSize::P480, ..JobOptions::default() }
}

/// Every job is of an owner of its own, so that nothing is found that another one made.
async fn job(cloud: &Cloud, name: &str) -> Job {
    cloud.text_job(name, &format!("owner-{name}"), NOTES, options()).await
}

/// The objects of a job, and how many there are of each kind that lies under the hash of what makes it.
#[derive(Debug, PartialEq)]
struct Objects {
    of_the_job: BTreeSet<String>,
    made: BTreeMap<String, usize>,
}

async fn objects(cloud: &Cloud, job: &Job) -> Objects {
    let mut objects = Objects { of_the_job: BTreeSet::new(), made: BTreeMap::new() };
    let of_the_job = format!("jobs/{}/{}/", job.owner, job.id);
    let made = format!("cache/{}/", job.owner);
    for path in cloud.media_paths().await {
        if let Some(name) = path.strip_prefix(&of_the_job) {
            objects.of_the_job.insert(name.to_owned());
        } else if let Some(kind) = path.strip_prefix(&made).and_then(|rest| rest.split('/').next()) {
            *objects.made.entry(kind.to_owned()).or_default() += 1;
        }
    }
    objects
}

/// The job is there as it should be. Gives its objects.
async fn is_whole(cloud: &Cloud, job: &Job) -> Objects {
    let job = cloud.jobs().load(&job.id).await.expect("there");
    assert_eq!((job.status, job.warnings.as_slice()), (Status::Completed, [].as_slice()), "{}: {:?}", job.id, job.failure);
    let video = job.video.as_ref().expect("a completed job has a video");
    let file = cloud.media(&format!("jobs/{}/{}/v1/video.mp4", job.owner, job.id)).await;
    assert_eq!((file.len() as u64, &file[4..8]), (video.bytes, b"ftyp".as_slice()));
    objects(cloud, &job).await
}

#[tokio::test]
async fn a_stage_killed_before_or_after_any_effect_is_made_up_for() {
    let cloud = Cloud::new("effects").await;
    let mut stages = Production::new(&cloud).await;
    let undisturbed = job(&cloud, "undisturbed").await;
    stages.produce(&undisturbed.id, |_, _| Fate::Peace).await.expect("nothing is in its way");
    let whole = is_whole(&cloud, &undisturbed).await;
    let least_paid = stages.paid();
    let effects = stages.effects.clone();
    assert_eq!(effects.keys().copied().collect::<BTreeSet<_>>(), STAGES.into(), "every stage does something");
    let points: BTreeMap<&str, Vec<Point>> = effects
        .iter()
        .map(|(stage, effects)| {
            (*stage, (0..effects.len()).flat_map(|effect| [Side::Before, Side::After].map(|side| (effect, side))).collect())
        })
        .collect();

    // In the short form one job meets a point in each of its stages, in the long form one job meets one point.
    let jobs = if is_soak() { points.values().map(Vec::len).sum() } else { points.values().map(Vec::len).max().unwrap_or(0) };
    let mut met = BTreeSet::new();
    for number in 0..jobs {
        let mut plan: BTreeMap<&str, Point> = BTreeMap::new();
        if is_soak() {
            let all: Vec<(&str, Point)> =
                points.iter().flat_map(|(stage, points)| points.iter().map(|point| (*stage, *point))).collect();
            plan.extend([all[number]]);
        } else {
            plan.extend(points.iter().filter_map(|(stage, points)| Some((*stage, *points.get(number)?))));
        }
        met.extend(plan.iter().map(|(stage, point)| (*stage, *point)));
        let (paid, kills) = (stages.paid(), stages.kills);
        let expected = u32::try_from(plan.len()).expect("few");
        let job = job(&cloud, &format!("killed-{number}")).await;
        let produced = stages.produce(&job.id, |stage, attempt| match plan.remove(stage) {
            Some(point) if attempt == 0 => Fate::KilledAt(point),
            _ => Fate::Peace,
        });
        produced.await.unwrap_or_else(|outcome| panic!("job {number} ended with {outcome:?}"));
        assert_eq!(is_whole(&cloud, &job).await, whole, "there is what there would be, and nothing else");
        assert_eq!(stages.kills - kills, expected, "each point was met");
        assert!(stages.paid() - paid <= least_paid + expected, "{} paid calls for {expected} kills", stages.paid() - paid);
    }
    let all: usize = points.values().map(Vec::len).sum();
    for (stage, effects) in &effects {
        tell(&format!("{stage}: {}", effects.join(", ")));
    }
    tell(&format!(
        "{} of {all} points met in {jobs} jobs, {} kills, {} paid calls of {least_paid} a job",
        met.len(),
        stages.kills,
        stages.paid()
    ));
    assert_eq!(met.len(), all);
    drop(stages);
    cloud.delete().await;
}

/// Kills a function at each of its effects in turn, each time with fresh work, and lets it be called again. Gives the effects.
async fn killed_at_each_effect(
    function: &mut Function,
    payload: impl AsyncFn(usize) -> Value,
    is_done: impl AsyncFn(usize),
) -> Vec<String> {
    function.wire.begin(None);
    function.call(&payload(0).await).await.answer();
    is_done(0).await;
    let effects = function.wire.effects();
    for (effect, side) in (0..effects.len()).flat_map(|effect| [Side::Before, Side::After].map(|side| (effect, side))) {
        let number = 1 + 2 * effect + usize::from(side == Side::After);
        let payload = payload(number).await;
        function.wire.begin(Some((effect, side)));
        assert_eq!(function.call(&payload).await, Outcome::Died, "{} {side:?} {}", function.name, effects[effect]);
        function.wire.begin(None);
        function.call(&payload).await.answer();
        is_done(number).await;
    }
    effects
}

#[tokio::test]
async fn who_takes_in_finishes_or_sweeps_is_made_up_for_when_killed_too() {
    let cloud = Cloud::new("around").await;
    let mut met = BTreeMap::new();

    let mut ingest = Function::new(&cloud, "ingest-upload", &[]).await;
    let arrive = async |number: usize| {
        let key = format!("inbox/owner-1/{number}.txt");
        let version = cloud.upload(&key, b"some words").await;
        json!({ "detail-type": "Object Created", "detail": { "object": { "key": key, "version-id": version } } })
    };
    let is_started = async |number: usize| {
        assert_eq!((cloud.all_jobs().await.len(), cloud.execution_names().await.len()), (number + 1, number + 1));
    };
    met.insert("ingest-upload", killed_at_each_effect(&mut ingest, arrive, is_started).await);

    let mut finish = Function::new(&cloud, "finish-job", &[]).await;
    let id = |what: &str, number: usize| JobId::new(format!("{what}-{number}")).expect("well formed");
    let has_failed = async |what: &str, number: usize| {
        assert_eq!(cloud.jobs().load(&id(what, number)).await.expect("there").status, Status::Failed, "{what} {number}");
    };
    let stop = async |number: usize| {
        let job = cloud.old_job(&id("finish", number), true).await;
        cloud.executions().stop(&job.run()).await.expect("it stops");
        json!({ "detail": { "name": job.run().to_string() } })
    };
    met.insert("finish-job", killed_at_each_effect(&mut finish, stop, async |number| has_failed("finish", number).await).await);

    let mut sweep = Function::new(&cloud, "sweep", &[("LECTERN_RETENTION_HOURS", "0")]).await;
    let neglect = async |number: usize| {
        cloud.old_job(&id("endless", number), true).await;
        cloud.old_job(&id("asleep", number), false).await;
        json!({ "task": "reconcile" })
    };
    let is_mended = async |number: usize| {
        has_failed("endless", number).await;
        let run = Run::first(id("asleep", number));
        assert_eq!(cloud.executions().state(&run).await.expect("it answers"), ExecutionState::Running);
    };
    met.insert("sweep reconcile", killed_at_each_effect(&mut sweep, neglect, is_mended).await);

    let leave = async |number: usize| {
        let owner = OwnerId::new(format!("gone-{number}")).expect("well formed");
        cloud.assets().put(&AssetKey::Take(owner, ContentHash::of(["take"])), vec![1]).await.expect("is written");
        // Objects are as old as the second in which they were written.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        json!({ "task": "retain" })
    };
    let is_gone = async |_| assert_eq!(cloud.media_paths().await, [""; 0]);
    met.insert("sweep retain", killed_at_each_effect(&mut sweep, leave, is_gone).await);

    for (function, effects) in &met {
        tell(&format!("{function}: {}", effects.join(", ")));
    }
    let operations: BTreeSet<&str> =
        met.values().flatten().map(|effect| effect.split(' ').next().expect("an effect has a name")).collect();
    assert_eq!(operations, ["DeleteObjects", "PutItem", "StartExecution", "StopExecution", "UpdateItem"].into());
    drop((ingest, finish, sweep));
    cloud.delete().await;
}

#[tokio::test]
async fn a_picture_is_paid_once_whenever_its_stage_is_killed() {
    let cloud = Cloud::new("pictures").await;
    let list = r#"[{"provider": "presenton", "base_url": "{wire}/provider", "with": {"poll_s": 0.05}}]"#;
    let mut illustrate = Function::new(&cloud, "illustrate-scene", &[("LECTERN_IMAGE_PROVIDERS", list)]).await;
    let owner = |number: usize| OwnerId::new(format!("owner-{number}")).expect("well formed");
    let wish = async |number: usize| {
        let job = cloud.text_job(&format!("wish-{number}"), owner(number).as_str(), NOTES, options()).await;
        let visual = Visual::Illustration { title: "Tides".to_owned(), description: "A harbour at low tide".to_owned() };
        let script = Script { scenes: vec![Scene { visual, ..fakes::scene("One.") }], ..fakes::script(&[]) };
        let key = AssetKey::Script(job.owner, job.id.clone(), job.version);
        cloud.assets().put(&key, serde_json::to_vec(&script).expect("it has a JSON form")).await.expect("is written");
        json!({ "job": job.id, "version": job.version, "scene": 0 })
    };
    let is_made = async |number: usize| {
        let prefix = format!("cache/{}/", owner(number));
        let paths = cloud.media_paths().await;
        let made: Vec<&str> = paths.iter().filter_map(|path| path.strip_prefix(&prefix)?.split('/').next()).collect();
        assert_eq!(made, ["credit", "image"], "{number}");
    };
    let effects = killed_at_each_effect(&mut illustrate, wish, is_made).await;
    let (jobs, paid) = (1 + 2 * effects.len(), illustrate.wire.paid());
    tell(&format!("illustrate-scene: {}; {paid} paid calls for {jobs} pictures, {} kills", effects.join(", "), jobs - 1));
    assert!(["provider", "PutItem ticket", "PutObject image"].iter().all(|effect| effects.iter().any(|met| met == effect)));
    // What was begun is lost where it was killed before its ticket was written: with the vendor's answer, or with the ticket.
    assert_eq!(paid as usize, jobs + 2);
    drop(illustrate);
    cloud.delete().await;
}

/// What the adapters can do to the world, read from their source, is what was killed at: an effect that nobody meets is no point
/// that was forgotten.
#[test]
fn every_effect_of_the_adapters_is_one_that_the_wire_knows() {
    let mut operations = BTreeSet::new();
    for folder in ["shared/aws/src", "shared/aws/src/s3", "shared/aws/src/dynamodb"] {
        for file in tests::files(&tests::root().join(folder)) {
            let source = std::fs::read_to_string(file).expect("can be read");
            for line in source.lines().map(str::trim) {
                let call = line.rsplit_once("client").map_or(line, |(_, call)| call).trim_start_matches('.');
                let Some((name, _)) = call.split_once("()") else { continue };
                let is_call = ["put_", "update_", "delete_", "start_", "stop_", "get_", "head_", "list_", "describe_", "query"]
                    .iter()
                    .any(|verb| name.starts_with(verb));
                if is_call && name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                    operations.insert(tests::pascal_case(&name.replace('_', "-")));
                }
            }
        }
    }
    let effects: BTreeSet<&str> = operations.iter().map(String::as_str).filter(|name| is_effect(name)).collect();
    tell(&format!("operations of the adapters: {operations:?}"));
    assert_eq!(effects, ["DeleteObjects", "PutItem", "PutObject", "StartExecution", "StopExecution", "UpdateItem"].into());
}

#[tokio::test]
async fn a_stage_killed_at_any_time_is_made_up_for() {
    let cloud = Cloud::new("any-time").await;
    let mut stages = Production::new(&cloud).await;
    let undisturbed = job(&cloud, "undisturbed").await;
    stages.produce(&undisturbed.id, |_, _| Fate::Peace).await.expect("nothing is in its way");
    let whole = is_whole(&cloud, &undisturbed).await;
    let least_paid = stages.paid();
    let (paid_before, wanted) = (stages.paid(), times(12, 200));
    let mut jobs = 0;
    let first_seed = seeds(1, 1)[0];
    while stages.kills < wanted {
        let seed = first_seed + jobs;
        let mut rng = Rng::with_seed(seed);
        let job = job(&cloud, &format!("seed-{seed}")).await;
        // The state machine calls three times; the third is left alone.
        let produced = stages.produce(&job.id, |_, attempt| match attempt {
            0 | 1 if rng.u8(0..3) > 0 => Fate::KilledAfter(Duration::from_millis(rng.u64(1..400))),
            _ => Fate::Peace,
        });
        produced.await.unwrap_or_else(|outcome| panic!("seed {seed} ended with {outcome:?}"));
        assert_eq!(is_whole(&cloud, &job).await, whole, "there is what there would be, and nothing else");
        jobs += 1;
    }
    let more_paid = stages.paid() - paid_before - u32::try_from(jobs).expect("few") * least_paid;
    tell(&format!("seeds from {first_seed}: {} kills in {jobs} jobs, all completed, {more_paid} paid calls more", stages.kills));
    assert!(more_paid <= stages.kills);
    drop(stages);
    cloud.delete().await;
}
