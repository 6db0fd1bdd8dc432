//! What the longest video that may be asked for takes of the limits of Step Functions, so that one execution with one inline map is
//! enough: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.

use domain::{ContentHash, JobId, MAX_SCENES};
use serde_json::{Value, json};

/// The most events the history of one execution may have; the execution fails when it would have more.
const MOST_EVENTS: u64 = 25_000;

/// The most characters of JSON that a state may take or give.
const MOST_PAYLOAD: usize = 262_144;

fn machine() -> Value {
    serde_json::from_str(&tests::read("infra/state-machines/produce.asl.json")).expect("the state machine is JSON")
}

/// Counts the events of an execution in which one task, where there is one, fails at every attempt and every other succeeds at once.
struct Execution<'a> {
    fails: Option<&'a str>,
}

impl Execution<'_> {
    /// The events of a scope from its first state to its end.
    fn of_scope(&self, scope: &Value) -> u64 {
        let mut events = 0;
        let mut next = scope["StartAt"].as_str();
        while let Some(name) = next {
            let state = &scope["States"][name];
            events += self.of_state(name, state);
            next = if self.fails == Some(name) { caught(state) } else { state["Next"].as_str() };
        }
        events
    }

    /// `<Type>StateEntered`, `<Type>StateExited` and what lies between them.
    fn of_state(&self, name: &str, state: &Value) -> u64 {
        2 + match state["Type"].as_str() {
            // `TaskScheduled`, `TaskStarted`, and `TaskSucceeded` or `TaskFailed`, for each attempt.
            Some("Task") if self.fails == Some(name) => 3 * (1 + retries(state)),
            Some("Task") => 3,
            // `ParallelStateStarted`, `ParallelStateSucceeded`.
            Some("Parallel") => 2 + branches(state).map(|branch| self.of_scope(branch)).sum::<u64>(),
            // `MapStateStarted`, `MapStateSucceeded`; `MapIterationStarted`, `MapIterationSucceeded` for each scene.
            Some("Map") => 2 + u64::from(MAX_SCENES) * (2 + self.of_scope(&state["ItemProcessor"])),
            _ => 0,
        }
    }

    /// All of it, `ExecutionStarted` and `ExecutionSucceeded` included.
    fn events(&self) -> u64 {
        2 + self.of_scope(&machine())
    }
}

fn branches(state: &Value) -> impl Iterator<Item = &Value> {
    state["Branches"].as_array().into_iter().flatten()
}

/// How often a task is tried again if every one of its retriers is used up: each counts for itself.
fn retries(state: &Value) -> u64 {
    state["Retry"].as_array().into_iter().flatten().filter_map(|retrier| retrier["MaxAttempts"].as_u64()).sum()
}

/// Where it goes on if a task fails for good.
fn caught(state: &Value) -> Option<&str> {
    let mut catchers = state["Catch"].as_array().into_iter().flatten();
    catchers.find(|catcher| catcher["ErrorEquals"][0] == "States.ALL")?["Next"].as_str()
}

/// The tasks that are run for each scene, by name.
fn tasks_of_a_scene(scope: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for (name, state) in scope["States"].as_object().expect("states are an object") {
        if state["Type"] == "Task" {
            names.push(name.clone());
        }
        names.extend(branches(state).flat_map(tasks_of_a_scene));
    }
    names
}

#[test]
fn the_longest_video_stays_far_below_the_limit_of_events() {
    let events = Execution { fails: None }.events();
    assert_eq!(events, 6921, "README and infra/README say so");
    assert!(events * 3 < MOST_EVENTS);
}

#[test]
fn the_longest_video_ends_even_if_a_stage_fails_to_the_last_attempt_in_every_scene() {
    let machine = machine();
    let of_scenes = tasks_of_a_scene(&machine["States"]["Scenes"]["ItemProcessor"]);
    assert!(of_scenes.iter().any(|name| name == "RenderScene"), "{of_scenes:?}");
    let fewest = Execution { fails: None }.events();
    // Those that stand in for another are not reached unless that has failed.
    let of_first_choice = of_scenes.iter().filter(|name| !["NarrateSceneFallback", "RenderPlaceholder"].contains(&name.as_str()));
    for task in of_first_choice {
        let events = Execution { fails: Some(task) }.events();
        assert!((2 * fewest..=MOST_EVENTS).contains(&events), "{task}: {events}");
    }
}

#[test]
fn the_largest_payload_stays_far_below_the_limit() {
    let address = ContentHash::of(["any"]);
    let id = JobId::new("x".repeat(64)).or_else(|_| JobId::new("x".repeat(32))).expect("well formed");
    let scene = |scene: u16| json!({ "scene": scene, "take": address, "segment": address });
    // Every number of a scene in as many digits as the last one has.
    let scenes: Vec<Value> = (0..MAX_SCENES).map(|_| scene(MAX_SCENES - 1)).collect();
    let characters = json!({ "job": id, "version": u32::MAX, "scenes": scenes }).to_string().len();
    assert!(characters * 4 < MOST_PAYLOAD, "{characters}");
    assert!(characters > usize::from(MAX_SCENES) * 100, "the addresses are in it");
}
