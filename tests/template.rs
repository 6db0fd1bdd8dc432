//! The template holds every function under its one name, and lets each do no more than it must.

use std::collections::BTreeSet;
use tests::resources::{functions, template};
use yaml_serde::Value;

/// What a function may do: pairs of an action and a resource as the template writes it.
fn permissions(function: &Value) -> BTreeSet<(String, String)> {
    let statements =
        function["Policies"].as_sequence().into_iter().flatten().filter_map(|policy| policy["Statement"].as_sequence());
    statements.flatten().flat_map(|statement| pairs(statement).into_iter().chain(conditional(statement))).collect()
}

fn pairs(statement: &Value) -> Vec<(String, String)> {
    let (actions, resources) = (texts(&statement["Action"]), texts(&statement["Resource"]));
    actions.iter().flat_map(|action| resources.iter().map(move |resource| (action.clone(), resource.clone()))).collect()
}

/// `!If [condition, statement, nothing]` without its tag is a sequence.
fn conditional(statement: &Value) -> Vec<(String, String)> {
    statement.as_sequence().into_iter().flatten().flat_map(pairs).collect()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Sequence(items) => items.iter().flat_map(texts).collect(),
        _ => vec![],
    }
}

#[test]
fn every_function_stands_in_the_template_under_its_name() {
    let template = template();
    let declared: BTreeSet<String> = functions(&template).into_keys().collect();
    let expected: BTreeSet<String> = tests::functions().iter().map(|name| tests::pascal_case(name)).collect();
    assert_eq!(declared, expected);
    for name in tests::functions() {
        let code = functions(&template)[&tests::pascal_case(&name)]["CodeUri"].as_str().map(str::to_owned);
        assert!(code.as_deref().is_some_and(|code| code.trim_end_matches('/').ends_with(&name)), "{name}: {code:?}");
    }
}

#[test]
fn only_the_api_can_write_where_writing_starts_a_job() {
    let template = template();
    for (name, function) in functions(&template) {
        let writes = permissions(function)
            .into_iter()
            .any(|(action, resource)| (action == "s3:PutObject" || action.contains('*')) && resource.contains("Uploads"));
        assert_eq!(writes, name == "Api", "{name}");
    }
}

/// Actions that IAM can restrict to nothing of ours
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonpolly.html>).
const HAS_NO_RESOURCES: [&str; 2] = ["polly:SynthesizeSpeech", "polly:DescribeVoices"];

#[test]
fn no_function_may_do_everything_anywhere() {
    for (name, function) in functions(&template()) {
        for (action, resource) in permissions(function) {
            assert!(!action.contains('*'), "{name} may `{action}`");
            assert!(resource != "*" || HAS_NO_RESOURCES.contains(&action.as_str()), "{name} may `{action}` anywhere");
        }
        assert!(!permissions(function).is_empty(), "{name} has no statements of its own");
    }
}

#[test]
fn the_state_machine_waits_for_each_function_until_it_ends_by_itself() {
    let template = template();
    let machine: serde_json::Value =
        serde_json::from_str(&tests::read("infra/state-machines/produce.asl.json")).expect("the state machine is JSON");
    let mut tasks = Vec::new();
    collect_tasks(&machine, &mut tasks);
    assert!(tasks.len() >= 6, "{tasks:?}");
    for (function, patience) in tasks {
        let timeout = functions(&template)[&function]["Timeout"].as_u64().expect("functions have a timeout");
        assert!(patience > timeout, "{function} may take {timeout} s and is waited for {patience} s");
    }
}

/// The functions that are called anywhere in a state machine, and how long they are waited for.
fn collect_tasks(value: &serde_json::Value, found: &mut Vec<(String, u64)>) {
    let name = value["Arguments"]["FunctionName"].as_str().map(|name| name.trim_matches(['$', '{', '}']).to_owned());
    found.extend(name.zip(value["TimeoutSeconds"].as_u64()));
    match value {
        serde_json::Value::Object(object) => object.values().for_each(|inner| collect_tasks(inner, found)),
        serde_json::Value::Array(items) => items.iter().for_each(|inner| collect_tasks(inner, found)),
        _ => {}
    }
}

#[test]
fn only_the_sweep_deletes() {
    for (name, function) in functions(&template()) {
        let deletes = permissions(function).iter().any(|(action, _)| action.contains("Delete"));
        assert_eq!(deletes, name == "Sweep", "{name}");
    }
}

#[test]
fn keys_are_read_only_by_those_who_use_them() {
    for (name, function) in functions(&template()) {
        let read: BTreeSet<String> = permissions(function)
            .into_iter()
            .filter(|(action, _)| action.starts_with("secretsmanager:") || action.starts_with("ssm:"))
            .map(|(_, resource)| resource.rsplit_once("lectern/").map_or(resource.clone(), |(_, below)| below.to_owned()))
            .collect();
        let expected: &[&str] = match name.as_str() {
            "WriteScript" => &["script/*"],
            "NarrateScene" => &["speech/*", "transcript/*"],
            "IllustrateScene" | "FinishJob" => &["image/*"],
            "ProbeProviders" => &["script/*", "speech/*", "transcript/*", "image/*"],
            "Api" => &["image/replicate-webhook-*"],
            _ => &[],
        };
        assert_eq!(read, expected.iter().map(|below| (*below).to_owned()).collect(), "{name}");
    }
}

#[test]
fn the_schedule_asks_for_tasks_that_the_sweep_knows() {
    let template = template();
    let sweep = functions(&template)["Sweep"];
    let events = sweep["Events"].as_mapping().expect("the sweep runs on a schedule");
    let inputs: BTreeSet<String> = events.values().flat_map(|event| texts(&event["Properties"]["Input"])).collect();
    let samples: BTreeSet<String> = tests::files(&tests::root().join("events/sweep"))
        .iter()
        .map(|sample| std::fs::read_to_string(sample).expect("can be read").split_whitespace().collect())
        .collect();
    assert_eq!(inputs.iter().map(|input| input.split_whitespace().collect::<String>()).collect::<BTreeSet<_>>(), samples);
}

#[test]
fn uploads_need_an_authorized_user_on_every_route_but_the_open_ones() {
    let template = template();
    let resources = template["Resources"].as_mapping().expect("resources are a mapping");
    let mut open = BTreeSet::new();
    for route in resources.values().filter(|resource| resource["Type"] == "AWS::ApiGatewayV2::Route") {
        let properties = &route["Properties"];
        if properties["AuthorizationType"] != "JWT" {
            open.insert(properties["RouteKey"].as_str().unwrap_or_default().to_owned());
        }
    }
    // Browsers ask for leave without a token: what `OPTIONS` answers holds nothing of anybody. A webhook is known by its signature.
    let expected = ["GET /openapi.json", "GET /v1/health", "OPTIONS /{proxy+}", "POST /v1/webhooks/replicate"];
    assert_eq!(open, expected.map(str::to_owned).into());
}

#[test]
fn alarms_stand_for_what_should_never_be_and_name_metrics_that_are_written() {
    let template = template();
    let resources = template["Resources"].as_mapping().expect("resources are a mapping");
    let of_type = |kind: &str| resources.values().filter(|resource| resource["Type"] == kind).collect::<Vec<_>>();
    let alarms: BTreeSet<&str> =
        of_type("AWS::CloudWatch::Alarm").iter().filter_map(|alarm| alarm["Properties"]["MetricName"].as_str()).collect();
    assert_eq!(alarms, ["ApproximateNumberOfMessagesVisible", "opened_breakers", "spent", "stuck_jobs"].into());
    let written = tests::read("shared/stage/src/metrics.rs");
    for metric in ["spent", "stuck_jobs"] {
        assert!(written.contains(&format!("\"{metric}\"")), "nobody writes `{metric}`");
    }
    let filter = of_type("AWS::Logs::MetricFilter")[0]["Properties"]["FilterPattern"].as_str().expect("a filter has a pattern");
    let message = filter.split('"').nth(1).expect("it names a message");
    assert!(tests::read("shared/providers/src/chain.rs").contains(&format!("\"{message}\"")), "nobody logs `{message}`");
    let dashboard =
        of_type("AWS::CloudWatch::Dashboard")[0]["Properties"]["DashboardBody"].as_str().expect("a dashboard has a body");
    let body: serde_json::Value = serde_json::from_str(dashboard).expect("it is JSON");
    assert_eq!(body["widgets"].as_array().map(Vec::len), Some(5));
}

#[test]
fn settings_that_refer_to_nothing_are_fixed() {
    let names = |stage| tests::resources::fixed_settings(stage).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names("render-scene"), ["MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_"]);
    assert_eq!(names("write-script"), Vec::<String>::new());
    assert_eq!(names("read-document"), Vec::<String>::new());
}
