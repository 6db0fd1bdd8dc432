//! A warm function that serves one owner after another keeps nothing of either: no file, no handle, no memory, no word.

use crate::cloud::Cloud;
use crate::function::{Function, Outcome, kill};
use domain::ports::{AssetStore, JobStore};
use domain::{
    AssetKey, Cue, FrameSize, Job, JobOptions, SCRIPT_SCHEMA, Scene, Script, ScriptSummary, Transition, Visual, Writer,
};
use fakes::trials::{tell, times};
use serde_json::{Value, json};
use std::fs;
use std::pin::Pin;
use std::time::Duration;

/// Words that nothing else says; each owner's documents are full of them.
const CANARIES: [(&str, &str); 2] = [("owner-a", "zanzibarlike"), ("owner-b", "quokkaesque")];

/// After so many calls a function has what it keeps for itself: fonts, connections, caches.
const WARM_AFTER: usize = 8;

/// How much more memory it may have at the end: a tenth, or what an allocator keeps in reserve.
fn most_resident_kb(before: u64) -> u64 {
    before + (before / 10).max(8 * 1024)
}

/// What a call is like.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Good,
    /// What it is to work on is not there or is broken.
    Failing,
    /// The programs that it runs are killed while they work.
    ChildKilled,
}

/// Prepares a call for an owner, by its number, and gives its input.
type Prepare = for<'a> fn(&'a Cloud, &'a mut Before, usize, Kind) -> Pin<Box<dyn Future<Output = Value> + 'a>>;

/// The functions that make what others begin with.
struct Before {
    narrate: Function,
    render: Function,
}

fn owner(number: usize) -> (&'static str, &'static str) {
    CANARIES[number % CANARIES.len()]
}

fn sentence(number: usize) -> String {
    format!("The {} tide number {number} rises below the Moon and falls again", owner(number).1)
}

fn options() -> JobOptions {
    JobOptions { size: FrameSize::P480, ..JobOptions::default() }
}

async fn to_read(cloud: &Cloud, number: usize, kind: Kind) -> Value {
    let text = match kind {
        Kind::Failing => format!("# {}\n\nFew words.", owner(number).1),
        Kind::Good | Kind::ChildKilled => format!("# Tides\n\n{}\n", format!("{}. ", sentence(number)).repeat(4_000)),
    };
    let job = cloud.text_job(&format!("read-{number}"), owner(number).0, &text, options()).await;
    json!({ "job": job.id, "version": 1 })
}

/// A job whose script says and shows one sentence.
async fn scripted(cloud: &Cloud, id: &str, number: usize) -> Job {
    let job = cloud.text_job(id, owner(number).0, "# Tides\n", options()).await;
    let scene = Scene {
        narration: format!("{}.", sentence(number)),
        visual: Visual::Slide {
            eyebrow: None,
            title: "Tides".to_owned(),
            bullets: vec![sentence(number), "The oceans follow".to_owned()],
        },
        cues: Vec::<Cue>::new(),
        sources: vec![],
        retake: 0,
    };
    let script = Script {
        schema: SCRIPT_SCHEMA,
        title: format!("The {} tide", owner(number).1),
        language: "en".to_owned(),
        writer: Writer { provider: "embedded".to_owned(), model: None, fallback: None },
        scenes: vec![scene],
    };
    let body = serde_json::to_vec(&script).expect("has a form");
    cloud.assets().put(&AssetKey::Script(job.owner.clone(), job.id.clone(), 1), body).await.expect("is written");
    let summary = ScriptSummary {
        title: script.title.clone(),
        scenes: 1,
        hash: script.address(),
        writer: "embedded".to_owned(),
        fallback: None,
    };
    cloud.jobs().change(&job.id, &Transition::Scripted(summary), job.created_at).await.expect("it is processing")
}

async fn to_narrate(cloud: &Cloud, number: usize, kind: Kind) -> Value {
    let job = scripted(cloud, &format!("narrate-{number}"), number).await;
    let scene = if kind == Kind::Failing { 7 } else { 0 };
    json!({ "job": job.id, "version": 1, "scene": scene })
}

async fn to_render(cloud: &Cloud, before: &mut Before, number: usize, kind: Kind) -> Value {
    let job = scripted(cloud, &format!("render-{number}"), number).await;
    let scene = if kind == Kind::Failing { 7 } else { 0 };
    let take = before.narrate.call(&json!({ "job": job.id, "version": 1, "scene": 0 })).await.answer()["take"].clone();
    json!({ "job": job.id, "version": 1, "scene": scene, "take": take })
}

async fn to_assemble(cloud: &Cloud, before: &mut Before, number: usize, kind: Kind) -> Value {
    let render = to_render(cloud, before, 1_000_000 + number, Kind::Good).await;
    let segment = before.render.call(&render).await.answer()["segment"].clone();
    let take = if kind == Kind::Failing { json!("0".repeat(40)) } else { render["take"].clone() };
    json!({ "job": render["job"], "version": 1, "scenes": [{ "scene": 0, "take": take, "segment": segment }] })
}

/// What a process holds on to.
#[derive(Debug, Clone, Copy)]
struct Held {
    files: usize,
    handles: usize,
    resident_kb: u64,
}

fn held(function: &Function) -> Held {
    let pid = function.pid().expect("it runs");
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("every process has memory");
    Held {
        files: fs::read_dir(function.folder.path()).expect("it is there").count(),
        handles: fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs").count(),
        resident_kb: resident.trim().trim_end_matches(" kB").parse().expect("a number"),
    }
}

fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().filter_map(Result::ok);
    let lists = tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>()).collect()
}

/// Calls a function while the first program that it starts is killed.
async fn call_with_killed_child(function: &mut Function, payload: &Value) -> (Outcome, u32) {
    let pid = function.pid().expect("it is warm");
    let mut killed = 0;
    let mut call = std::pin::pin!(function.call(payload));
    loop {
        tokio::select! {
            outcome = &mut call => return (outcome, killed),
            () = tokio::time::sleep(Duration::from_millis(1)), if killed == 0 => {
                for child in children(pid) {
                    kill(child);
                    killed += 1;
                }
            }
        }
    }
}

async fn keeps_nothing(name: &'static str, prepare: Prepare) {
    let cloud = Cloud::new(name).await;
    let calls = times(16, 200);
    let mut function = Function::new(&cloud, name, &[]).await;
    let [narrate, render] = [Function::new(&cloud, "narrate-scene", &[]).await, Function::new(&cloud, "render-scene", &[]).await];
    let mut before = Before { narrate, render };
    let (mut failed, mut children_killed) = (0, 0);
    let mut baseline = None;
    for number in 0..calls {
        let kind = match number % 10 {
            4 => Kind::Failing,
            9 => Kind::ChildKilled,
            _ => Kind::Good,
        };
        let payload = prepare(&cloud, &mut before, number, kind).await;
        let (outcome, killed) = match kind {
            Kind::ChildKilled => call_with_killed_child(&mut function, &payload).await,
            Kind::Good | Kind::Failing => (function.call(&payload).await, 0),
        };
        children_killed += killed;
        failed += u32::from(matches!(outcome, Outcome::Failed(_)));
        match kind {
            Kind::Good => assert!(matches!(outcome, Outcome::Answered(_)), "{} {number}: {outcome:?}", name),
            Kind::Failing => assert!(matches!(outcome, Outcome::Failed(_)), "{} {number}: {outcome:?}", name),
            Kind::ChildKilled => assert_ne!(outcome, Outcome::Died, "{} {number}", name),
        }
        let held = held(&function);
        assert_eq!(held.files, 0, "{} left files behind after call {number}", name);
        if number == WARM_AFTER {
            baseline = Some(held);
        }
    }
    let (before, after) = (baseline.expect("there were enough calls"), held(&function));
    tell(&format!(
        "{}: {calls} calls of two owners, {failed} failed, {children_killed} programs killed; after call {WARM_AFTER} {before:?}, at the end {after:?}",
        name
    ));
    assert!(children_killed > 0 && failed > 0);
    assert!(after.handles <= before.handles + 2, "{before:?} {after:?}");
    assert!(after.resident_kb <= most_resident_kb(before.resident_kb), "{before:?} {after:?}");
    let log = function.log();
    for (owner, canary) in CANARIES {
        assert!(!log.contains(canary), "the log of {} repeats a document", name);
        let paths = cloud.media_paths().await;
        let foreign = paths.iter().filter(|path| !path.contains(owner));
        for path in foreign {
            let bytes = cloud.media(path).await;
            let has_canary = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!has_canary, "`{path}` holds a word of {owner}");
        }
    }
    drop((function, before));
    cloud.delete().await;
}

#[tokio::test]
async fn reading_keeps_nothing() {
    keeps_nothing("read-document", |cloud, _, number, kind| Box::pin(to_read(cloud, number, kind))).await;
}

#[tokio::test]
async fn narrating_keeps_nothing() {
    keeps_nothing("narrate-scene", |cloud, _, number, kind| Box::pin(to_narrate(cloud, number, kind))).await;
}

#[tokio::test]
async fn rendering_keeps_nothing() {
    keeps_nothing("render-scene", |cloud, before, number, kind| Box::pin(to_render(cloud, before, number, kind))).await;
}

#[tokio::test]
async fn assembling_keeps_nothing() {
    keeps_nothing("assemble-video", |cloud, before, number, kind| Box::pin(to_assemble(cloud, before, number, kind))).await;
}
