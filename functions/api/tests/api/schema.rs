//! Holds what is sent against the document that describes it: statuses, media types, codes, and every field of every body.

use crate::world::{Answer, InMemory};
use serde_json::Value;
use std::sync::LazyLock;

pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(api::openapi::<InMemory>()).expect("the document has a JSON form"));

/// Checks an answer of a route that is in the document; others have nothing to be held against.
pub(crate) fn check_answer(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else { return };
    let status = answer.status.as_u16();
    if status == 405 {
        return;
    }
    let described = &operation["responses"][status.to_string()];
    assert!(described.is_object(), "{method} {path} answers {status}, which is not in the document: {}", answer.text);
    if answer.text.is_empty() {
        return;
    }
    let media_type = answer.header("content-type").split(';').next().unwrap_or_default();
    let content = &described["content"][media_type];
    assert!(content.is_object(), "{method} {path} {status} sends `{media_type}`, which is not in the document");
    if media_type.ends_with("json") {
        let body = answer.json();
        if let Err(error) = check(&content["schema"], &body, "body") {
            panic!("{method} {path} {status}: {error}\n{body:#}");
        }
        if let (Some(code), "application/problem+json") = (body["code"].as_str(), media_type) {
            let description = described["description"].as_str().unwrap_or_default();
            assert!(description.contains(&format!("`{code}`")), "{method} {path} {status} with {code} is not in the document");
        }
    }
}

fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object()?;
    let matches = |template: &str| {
        let (given, wanted): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
        given.len() == wanted.len() && given.iter().zip(wanted).all(|(given, wanted)| wanted.starts_with('{') || *given == wanted)
    };
    paths.iter().find(|(template, _)| matches(template))?.1.get(method.to_lowercase())
}

/// Checks a value against a schema. A field that the schema does not know is an error, unless it allows others.
pub(crate) fn check(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let target = &DOCUMENT["components"]["schemas"][name];
        return if target.is_object() {
            check(target, value, place)
        } else {
            Err(format!("{place}: there is no schema `{name}`"))
        };
    }
    for one_of in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[one_of].as_array() {
            let errors: Vec<_> = choices.iter().filter_map(|choice| check(choice, value, place).err()).collect();
            return if errors.len() < choices.len() { Ok(()) } else { Err(errors.join("; ")) };
        }
    }
    if schema.is_object() && schema["type"].is_null() {
        return Ok(());
    }
    check_type(schema, value, place)?;
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Err(format!("{place}: {value} is none of {words:?}"));
    }
    match value {
        Value::Object(fields) => check_fields(schema, fields, place),
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| check(&schema["items"], item, &format!("{place}[{index}]")))
        }
        _ => Ok(()),
    }
}

fn check_type(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::String(word) => vec![word.as_str()],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => return Err(format!("{place}: nothing describes it")),
    };
    let fits = allowed.contains(&actual) || (actual == "integer" && allowed.contains(&"number"));
    if fits { Ok(()) } else { Err(format!("{place}: is {actual}, described as {allowed:?}")) }
}

fn check_fields(schema: &Value, fields: &serde_json::Map<String, Value>, place: &str) -> Result<(), String> {
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(required) {
            return Err(format!("{place}: `{required}` is missing"));
        }
    }
    for (name, value) in fields {
        let place = format!("{place}.{name}");
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, Value::Null | Value::Bool(false)) => return Err(format!("{place}: is not described")),
            (Value::Null, Value::Bool(true)) => {}
            (Value::Null, others) => check(others, value, &place)?,
            (described, _) => check(described, value, &place)?,
        }
    }
    Ok(())
}
