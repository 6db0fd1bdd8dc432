//! The state machine is code too: every name in it must mean something, and no wait may be without end.

use domain::Kind;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

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

#[test]
fn every_task_has_a_timeout_and_jittered_bounded_retries() {
    for (name, task) in tasks(&machine()) {
        assert!(task["TimeoutSeconds"].as_u64().is_some_and(|seconds| seconds > 0), "{name}");
        let retries = task["Retry"].as_array().unwrap_or_else(|| panic!("{name} has no retries"));
        for retry in retries {
            assert_eq!(retry["JitterStrategy"], "FULL", "{name}");
            assert!(retry["MaxDelaySeconds"].is_u64() && retry["MaxAttempts"].is_u64(), "{name}");
        }
    }
}

#[test]
fn the_whole_execution_has_a_timeout() {
    assert!(machine()["TimeoutSeconds"].is_u64());
}

#[test]
fn every_error_name_can_be_raised() {
    let machine = machine();
    let kinds = Kind::ALL.map(Kind::word);
    for (name, state) in states(&machine) {
        for error in errors_in(state, "Retry").into_iter().chain(errors_in(state, "Catch")) {
            assert!(kinds.contains(&error) || PLATFORM_ERRORS.contains(&error), "{name} names `{error}`");
        }
    }
}

#[test]
fn what_passes_is_tried_again_and_what_stays_is_not() {
    for (name, task) in tasks(&machine()) {
        let retried = errors_in(task, "Retry");
        for kind in Kind::ALL {
            let is_passing = matches!(kind, Kind::Throttled | Kind::Unavailable);
            assert_eq!(retried.contains(&kind.word()), is_passing, "{name}: {}", kind.word());
        }
        assert!(!retried.contains(&"States.ALL"), "{name} would try the user's mistakes again");
    }
}

#[test]
fn a_cancelled_job_is_never_taken_for_a_broken_scene() {
    for (name, task) in tasks(&machine()) {
        let caught = errors_in(task, "Catch");
        if caught.contains(&"States.ALL") {
            assert_eq!(caught.first(), Some(&"Cancelled"), "{name}");
        }
    }
}

#[test]
fn every_task_is_told_which_version_of_which_job_and_how_often_it_was_tried() {
    for (name, task) in tasks(&machine()) {
        let payload = &task["Arguments"]["Payload"];
        assert!(payload["job"].is_string(), "{name}");
        assert_eq!(payload["version"], "{% $states.context.Execution.Input.version %}", "{name}");
        assert_eq!(payload["attempt"], "{% $states.context.State.RetryCount %}", "{name}");
    }
}

#[test]
fn every_task_calls_a_function_that_exists() {
    let functions: Vec<String> = tests::functions().iter().map(|name| format!("${{{}}}", tests::pascal_case(name))).collect();
    for (name, task) in tasks(&machine()) {
        let called = task["Arguments"]["FunctionName"].as_str().unwrap_or_default().to_owned();
        assert!(functions.contains(&called), "{name} calls `{called}`");
    }
}

#[test]
fn every_state_is_reached_and_leads_somewhere() {
    let machine = machine();
    for scope in scopes(&machine) {
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
            reached.extend(next);
        }
        let known: BTreeSet<&str> = states.keys().map(String::as_str).collect();
        assert_eq!(reached, known);
    }
}
