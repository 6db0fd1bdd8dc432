//! Metrics: one JSON object a line on standard output, in the form in which `CloudWatch` takes metrics out of logs
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
//!
//! | Metric | Dimensions | Unit |
//! |---|---|---|
//! | `duration` | `stage` | milliseconds |
//! | `failures` | `stage`, `code` | count |
//! | `calls`, `saved_calls` | `capability`, `provider` | count |
//! | `spent` | none | US dollars |
//! | `stuck_jobs`, `unreadable_records` | none | count |
//!
//! Their namespace is the setting `LECTERN_METRICS`; without it nothing is written.

use domain::{Bill, Code, price};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::io::Write;

/// A number that is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Metric {
    name: &'static str,
    unit: &'static str,
    value: f64,
}

/// Jobs that nothing but the sweep has ended.
pub fn stuck_jobs(count: u32) {
    write(&[counted("stuck_jobs", count)]);
}

/// Records that the sweep came upon and could not read.
pub fn unreadable_records(count: u32) {
    write(&[counted("unreadable_records", count)]);
}

fn counted(name: &'static str, count: u32) -> Value {
    line(&[], &[Metric { name, unit: "Count", value: f64::from(count) }])
}

/// What an invocation of a stage took, used, and failed with.
pub(crate) fn invocation(duration_ms: u64, bill: &Bill, failure: Option<Code>) {
    write(&lines(duration_ms, bill, failure));
}

fn lines(duration_ms: u64, bill: &Bill, failure: Option<Code>) -> Vec<Value> {
    let stage = ("stage", bill.stage.as_str());
    let mut lines = vec![line(&[stage], &[Metric { name: "duration", unit: "Milliseconds", value: duration_ms as f64 }])];
    if let Some(code) = failure {
        lines.push(line(&[stage, ("code", code.word())], &[Metric { name: "failures", unit: "Count", value: 1.0 }]));
    }
    for charge in &bill.charges {
        let name = if charge.saved { "saved_calls" } else { "calls" };
        let dimensions = [("capability", charge.capability.word()), ("provider", charge.provider.as_str())];
        lines.push(line(&dimensions, &[Metric { name, unit: "Count", value: 1.0 }]));
    }
    let paid = bill.charges.iter().filter(|charge| !charge.saved).filter_map(price).sum::<domain::Money>();
    if paid > domain::Money::ZERO {
        lines.push(line(&[], &[Metric { name: "spent", unit: "None", value: paid.as_usd() }]));
    }
    lines
}

/// An object without its namespace and time.
fn line(dimensions: &[(&str, &str)], metrics: &[Metric]) -> Value {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let described: Vec<Value> = metrics.iter().map(|metric| json!({"Name": metric.name, "Unit": metric.unit})).collect();
    let mut line: Map<String, Value> = dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    line.extend(metrics.iter().map(|metric| (metric.name.to_owned(), json!(metric.value))));
    line.insert("_aws".to_owned(), json!({"CloudWatchMetrics": [{"Dimensions": [names], "Metrics": described}]}));
    Value::Object(line)
}

fn write(lines: &[Value]) {
    let Some(namespace) = crate::settings::optional("LECTERN_METRICS") else { return };
    let now = Timestamp::now().as_millisecond();
    let mut out = std::io::stdout().lock();
    for line in lines {
        let mut line = line.clone();
        line["_aws"]["Timestamp"] = json!(now);
        line["_aws"]["CloudWatchMetrics"][0]["Namespace"] = json!(namespace);
        // A metric that cannot be written is no reason to fail, and there is nowhere else to say so.
        let _ = writeln!(out, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Capability, Charge, Usage, Work};
    use fakes::at;

    fn charge(saved: bool) -> Charge {
        Charge {
            capability: Capability::Speech,
            provider: "polly".to_owned(),
            model: Some("neural".to_owned()),
            usage: Usage { characters: 500, ..Usage::default() },
            request_id: None,
            saved,
        }
    }

    #[test]
    fn an_invocation_is_measured_in_the_form_that_cloudwatch_takes() {
        let charges = vec![charge(false), charge(true)];
        let bill =
            Bill { at: at(7), version: 1, stage: "narrate-scene".to_owned(), scene: Some(2), charges, work: Work::default() };
        let lines = lines(420, &bill, Some(Code::Internal));
        let described = |line: &Value| line["_aws"]["CloudWatchMetrics"][0].clone();
        assert_eq!(
            (described(&lines[0]), &lines[0]["stage"], &lines[0]["duration"]),
            (
                json!({"Dimensions": [["stage"]], "Metrics": [{"Name": "duration", "Unit": "Milliseconds"}]}),
                &json!("narrate-scene"),
                &json!(420.0)
            )
        );
        assert_eq!((&lines[1]["code"], &lines[1]["failures"]), (&json!("INTERNAL"), &json!(1.0)));
        assert_eq!(
            (&lines[2]["provider"], &lines[2]["calls"], &lines[3]["saved_calls"]),
            (&json!("polly"), &json!(1.0), &json!(1.0))
        );
        assert_eq!((described(&lines[4])["Dimensions"].clone(), &lines[4]["spent"]), (json!([[]]), &json!(0.016)));
        assert_eq!(lines.len(), 5);
        for line in &lines {
            for metric in described(line)["Metrics"].as_array().expect("they are described") {
                assert!(line[metric["Name"].as_str().expect("a metric has a name")].is_number(), "{line}");
            }
        }
    }
}
