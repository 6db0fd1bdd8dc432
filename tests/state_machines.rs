//! The state machine is code too: every name in it must mean something, and no wait may be without end.

use domain::Kind;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::{panic, thread};

/// Error names of Step Functions and Lambda that may be caught or tried again.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
const PLATFORM_ERRORS: [&str; 11] = [
    "States.ALL",
    "States.Timeout",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Runtime.Unknown",
    "Sandbox.Timedout",
    "States.TaskFailed",
];

fn machine() -> Value {
    serde_json::from_str(&tests::read("infra/state-machines/produce.asl.json")).expect("the state machine is JSON")
}

/// Every set of states: the machine itself and what its maps and branches hold.
fn scopes(value: &Value) -> Vec<&Map<String, Value>> {
    let mut found = Vec::new();
    collect_scopes(value, &mut found);
    found
}

fn collect_scopes<'a>(value: &'a Value, found: &mut Vec<&'a Map<String, Value>>) {
    match value {
        Value::Object(object) => {
            if object.contains_key("StartAt") {
                found.push(object);
            }
            object.values().for_each(|inner| collect_scopes(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect_scopes(inner, found)),
        _ => {}
    }
}

fn states(machine: &Value) -> Vec<(&String, &Value)> {
    scopes(machine).into_iter().flat_map(|scope| scope["States"].as_object().expect("states are an object")).collect()
}

fn tasks(machine: &Value) -> Vec<(&String, &Value)> {
    states(machine).into_iter().filter(|(_, state)| state["Type"] == "Task").collect()
}

fn errors_in<'a>(state: &'a Value, field: &str) -> Vec<&'a str> {
    let entries = state[field].as_array().into_iter().flatten();
    entries.flat_map(|entry| entry["ErrorEquals"].as_array().expect("an entry names errors")).filter_map(Value::as_str).collect()
}

/// A check of one machine; panics at what it finds.
type Check = fn(&Value);

/// Every check, so that it can be shown that together they miss nothing.
const CHECKS: [Check; 11] = [
    tasks_have_timeouts,
    retries_are_bounded_and_jittered,
    the_whole_has_a_timeout,
    error_names_can_be_raised,
    what_passes_is_tried_again,
    failures_of_the_platform_are_tried_again,
    cancellation_is_caught_first,
    no_scene_ends_the_job,
    tasks_are_told_their_run,
    tasks_call_functions_that_exist,
    states_are_reached_and_lead_somewhere,
];

#[test]
fn every_wait_has_an_end() {
    tasks_have_timeouts(&machine());
    the_whole_has_a_timeout(&machine());
}

#[test]
fn retries_are_bounded_and_jittered_everywhere() {
    retries_are_bounded_and_jittered(&machine());
}

#[test]
fn every_error_name_can_be_raised() {
    error_names_can_be_raised(&machine());
}

#[test]
fn what_passes_is_tried_again_and_what_stays_is_not() {
    what_passes_is_tried_again(&machine());
    failures_of_the_platform_are_tried_again(&machine());
}

#[test]
fn a_cancelled_job_is_never_taken_for_a_broken_scene() {
    cancellation_is_caught_first(&machine());
}

#[test]
fn a_scene_that_fails_is_left_out_and_never_ends_the_job() {
    no_scene_ends_the_job(&machine());
}

#[test]
fn every_task_is_told_which_version_of_which_job() {
    tasks_are_told_their_run(&machine());
}

#[test]
fn every_task_calls_a_function_that_exists() {
    tasks_call_functions_that_exist(&machine());
}

#[test]
fn every_state_is_reached_and_leads_somewhere() {
    states_are_reached_and_lead_somewhere(&machine());
}

/// Takes away each timeout, each retry, each catch and each of their fields in turn: some check must miss it.
#[test]
fn nothing_that_keeps_a_job_from_hanging_can_be_lost_unseen() {
    let whole = machine();
    let places = places(&whole, "");
    let unseen: Vec<&String> = quietly(|| places.iter().filter(|place| passes(&without(&whole, place))).collect());
    fakes::trials::tell(&format!(
        "{} fields taken away, {} of them missed by a check",
        places.len(),
        places.len() - unseen.len()
    ));
    assert!(places.len() > 100, "there are timeouts, retries and catches: {}", places.len());
    assert!(unseen.is_empty(), "no check misses {unseen:?}");
}

/// JSON pointers to all that bounds, repeats or catches.
fn places(value: &Value, at: &str) -> Vec<String> {
    let is_guard = |path: &str| path.ends_with("/TimeoutSeconds") || path.contains("/Retry/") || path.contains("/Catch/");
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(name, inner)| (format!("{at}/{name}"), inner)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, inner)| (format!("{at}/{index}"), inner)).collect(),
        _ => Vec::new(),
    };
    inner
        .into_iter()
        .flat_map(|(path, inner)| {
            let own = is_guard(&path).then(|| path.clone());
            own.into_iter().chain(places(inner, &path)).collect::<Vec<_>>()
        })
        .collect()
}

fn without(machine: &Value, place: &str) -> Value {
    let mut machine = machine.clone();
    let (parent, last) = place.rsplit_once('/').expect("pointers begin with a slash");
    match machine.pointer_mut(parent).expect("it was found there") {
        Value::Object(object) => drop(object.remove(last)),
        Value::Array(items) => drop(items.remove(last.parse().expect("an index"))),
        _ => unreachable!("only objects and arrays hold anything"),
    }
    machine
}

fn passes(machine: &Value) -> bool {
    CHECKS.iter().all(|check| panic::catch_unwind(|| check(machine)).is_ok())
}

/// Does something in which panics are expected, of which this thread tells nobody meanwhile.
fn quietly<T>(act: impl FnOnce() -> T) -> T {
    let (own, loud) = (thread::current().id(), Arc::new(panic::take_hook()));
    let elsewhere = loud.clone();
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() != own {
            elsewhere(panic);
        }
    }));
    let made = act();
    panic::set_hook(Box::new(move |panic| loud(panic)));
    made
}

fn tasks_have_timeouts(machine: &Value) {
    for (name, task) in tasks(machine) {
        assert!(task["TimeoutSeconds"].as_u64().is_some_and(|seconds| seconds > 0), "{name}");
    }
}

fn retries_are_bounded_and_jittered(machine: &Value) {
    for (name, task) in tasks(machine) {
        for retry in task["Retry"].as_array().unwrap_or_else(|| panic!("{name} has no retries")) {
            assert_eq!(retry["JitterStrategy"], "FULL", "{name}");
            for field in ["IntervalSeconds", "BackoffRate", "MaxAttempts", "MaxDelaySeconds"] {
                assert!(retry[field].as_u64().is_some_and(|number| (1..=60).contains(&number)), "{name}: {field}");
            }
            assert!(retry["MaxAttempts"].as_u64().is_some_and(|attempts| attempts <= 6), "{name}");
        }
    }
}

fn the_whole_has_a_timeout(machine: &Value) {
    assert!(machine["TimeoutSeconds"].is_u64());
}

fn error_names_can_be_raised(machine: &Value) {
    let kinds = Kind::ALL.map(Kind::word);
    for (name, state) in states(machine) {
        for error in errors_in(state, "Retry").into_iter().chain(errors_in(state, "Catch")) {
            assert!(kinds.contains(&error) || PLATFORM_ERRORS.contains(&error), "{name} names `{error}`");
        }
    }
}

fn what_passes_is_tried_again(machine: &Value) {
    for (name, task) in tasks(machine) {
        let retried = errors_in(task, "Retry");
        for kind in Kind::ALL {
            let is_passing = matches!(kind, Kind::Throttled | Kind::Unavailable);
            assert_eq!(retried.contains(&kind.word()), is_passing, "{name}: {}", kind.word());
        }
        assert!(!retried.contains(&"States.ALL"), "{name} would try the user's mistakes again");
    }
}

/// A function that was killed, throttled or out of reach is called again, and so is one that took too long.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html>
fn failures_of_the_platform_are_tried_again(machine: &Value) {
    for (name, task) in tasks(machine) {
        let retried = errors_in(task, "Retry");
        for error in PLATFORM_ERRORS.iter().filter(|error| !["States.ALL", "States.TaskFailed"].contains(error)) {
            assert!(retried.contains(error), "{name} gives up at `{error}`");
        }
    }
}

fn cancellation_is_caught_first(machine: &Value) {
    for (name, state) in states(machine) {
        let caught = errors_in(state, "Catch");
        if caught.contains(&"States.ALL") {
            assert_eq!(caught.first(), Some(&"Cancelled"), "{name}");
        }
    }
}

/// Within the scenes, whatever may fail is caught where it stands or by the branches around it, and what is handed on then is what
/// the state itself was given.
fn no_scene_ends_the_job(machine: &Value) {
    let scenes = &machine["States"]["Scenes"]["ItemProcessor"];
    all_caught(scenes, false);
}

fn all_caught(scope: &Value, is_caught_around: bool) {
    for (name, state) in scope["States"].as_object().expect("states are an object") {
        let catches = state["Catch"].as_array().into_iter().flatten();
        let catches_all = catches.clone().any(|entry| entry["ErrorEquals"][0] == "States.ALL");
        for entry in catches.filter(|entry| entry["ErrorEquals"][0] == "States.ALL") {
            assert_eq!(entry["Output"], "{% $states.input %}", "{name}");
        }
        let is_caught = catches_all || is_caught_around;
        match state["Type"].as_str() {
            Some("Task") => {
                assert!(is_caught, "{name} may end the job");
                // What stands in for a failed task is the last word; the task itself has something that stands in for it.
                let is_stand_in = name.ends_with("Fallback");
                assert!(catches_all || is_stand_in, "nothing stands in for {name}");
            }
            Some("Parallel") => {
                assert!(is_caught, "{name} may end the job");
                state["Branches"].as_array().expect("branches are a list").iter().for_each(|branch| all_caught(branch, true));
            }
            _ => {}
        }
    }
}

fn tasks_are_told_their_run(machine: &Value) {
    for (name, task) in tasks(machine) {
        let payload = &task["Arguments"]["Payload"];
        assert!(payload["job"].is_string(), "{name}");
        assert_eq!(payload["version"], "{% $states.context.Execution.Input.version %}", "{name}");
        assert_eq!(payload["attempt"], "{% $states.context.State.RetryCount %}", "{name}");
    }
}

fn tasks_call_functions_that_exist(machine: &Value) {
    let functions: Vec<String> = tests::functions().iter().map(|name| format!("${{{}}}", tests::pascal_case(name))).collect();
    for (name, task) in tasks(machine) {
        let called = task["Arguments"]["FunctionName"].as_str().unwrap_or_default().to_owned();
        assert!(functions.contains(&called), "{name} calls `{called}`");
    }
}

fn states_are_reached_and_lead_somewhere(machine: &Value) {
    for scope in scopes(machine) {
        let states = scope["States"].as_object().expect("states are an object");
        let mut reached: BTreeSet<&str> = scope["StartAt"].as_str().into_iter().collect();
        for (name, state) in states {
            let branches = ["Choices", "Catch"].into_iter().flat_map(|field| state[field].as_array().into_iter().flatten());
            let next: Vec<&str> = branches
                .map(|branch| &branch["Next"])
                .chain([&state["Next"], &state["Default"]])
                .filter_map(Value::as_str)
                .collect();
            let is_end = state["End"] == true || ["Fail", "Succeed"].contains(&state["Type"].as_str().unwrap_or_default());
            assert!(is_end || !next.is_empty(), "{name} leads nowhere");
            let catches = state["Catch"].as_array().into_iter().flatten();
            assert!(catches.clone().all(|entry| entry["Next"].is_string()), "{name} catches and leads nowhere");
            reached.extend(next);
        }
        let known: BTreeSet<&str> = states.keys().map(String::as_str).collect();
        assert_eq!(reached, known);
    }
}
