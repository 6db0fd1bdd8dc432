//! What the template declares.

use std::collections::BTreeMap;
use yaml_serde::Value;

/// The template with the tags of `CloudFormation` taken off: `!Ref X` reads as `X`.
pub fn template() -> Value {
    untagged(read())
}

/// The functions of the template by their names there, such as `ReadDocument`, each with its properties.
pub fn functions(template: &Value) -> BTreeMap<String, &Value> {
    let resources = template["Resources"].as_mapping().expect("resources are a mapping");
    resources
        .iter()
        .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
        .map(|(name, resource)| (name.as_str().expect("names are text").to_owned(), &resource["Properties"]))
        .collect()
}

/// The settings of a stage that are the same wherever the template is deployed.
pub fn fixed_settings(stage: &str) -> Vec<(String, String)> {
    let template = read();
    let variables = functions(&template)[&crate::pascal_case(stage)]["Environment"]["Variables"].as_mapping();
    let fixed = variables.into_iter().flatten().filter(|(_, value)| !matches!(value, Value::Tagged(_)));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    fixed.filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}

fn read() -> Value {
    yaml_serde::from_str(&crate::read("template.yaml")).expect("the template is YAML")
}

fn untagged(value: Value) -> Value {
    match value {
        Value::Tagged(tagged) => untagged(tagged.value),
        Value::Sequence(items) => Value::Sequence(items.into_iter().map(untagged).collect()),
        Value::Mapping(mapping) => Value::Mapping(mapping.into_iter().map(|(key, value)| (key, untagged(value))).collect()),
        other => other,
    }
}
