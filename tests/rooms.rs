//! A line knows its room: which crate may name which others. The sentences stand in the README; here they are held to.

use std::collections::{BTreeMap, BTreeSet};
use toml::Table;

/// Our crates and what each one names outside of tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let root = tests::root();
    let mut manifests = vec![root.join("infra/layers/voice/Cargo.toml")];
    for parent in ["functions", "shared"] {
        manifests.extend(tests::folders(&root.join(parent)).iter().map(|name| root.join(parent).join(name).join("Cargo.toml")));
    }
    manifests.iter().map(|path| named_in(&std::fs::read_to_string(path).expect("every room has a manifest"))).collect()
}

fn named_in(manifest: &str) -> (String, BTreeSet<String>) {
    let manifest: Table = manifest.parse().expect("manifests are TOML");
    let name = manifest["package"]["name"].as_str().expect("packages have names").to_owned();
    let named = manifest["dependencies"].as_table().expect("dependencies are a table").keys().cloned().collect();
    (name, named)
}

fn who_names(is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    dependencies().into_iter().filter(|(_, named)| named.iter().any(|name| is_meant(name))).map(|(package, _)| package).collect()
}

#[test]
fn only_aws_names_an_aws_sdk() {
    assert_eq!(who_names(|name| name.starts_with("aws-") || name == "serde_dynamo"), ["aws"]);
}

#[test]
fn only_providers_speaks_http_to_vendors() {
    assert_eq!(who_names(|name| ["reqwest", "ureq"].contains(&name)), ["providers"]);
}

#[test]
fn only_media_starts_processes() {
    assert_eq!(who_names(|name| name == "ffmpeg-sidecar"), ["media"]);
}

#[test]
fn only_render_knows_typst_and_formulas() {
    assert_eq!(who_names(|name| name.starts_with("typst") || name.starts_with("ratex")), ["render"]);
}

#[test]
fn pixels_are_touched_by_the_renderer_and_where_foreign_images_come_in() {
    assert_eq!(who_names(|name| name == "image"), ["foreign", "render"]);
}

#[test]
fn only_the_shell_knows_lambda() {
    assert_eq!(who_names(|name| name == "lambda_runtime"), ["stage"]);
    assert_eq!(who_names(|name| name == "lambda_http"), ["api"]);
}

#[test]
fn the_domain_knows_no_outside_world() {
    let allowed = ["icu_segmenter", "jiff", "serde", "serde_json", "sha2", "thiserror", "unicode-width"];
    let named = dependencies().remove("domain").expect("there is a domain");
    assert!(named.iter().all(|name| allowed.contains(&name.as_str())), "{named:?}");
}

#[test]
fn shared_crates_depend_on_the_domain_and_not_on_each_other() {
    let rooms = tests::folders(&tests::root().join("shared"));
    for (package, named) in dependencies().into_iter().filter(|(package, _)| rooms.contains(package)) {
        let others: Vec<&String> = named.iter().filter(|name| rooms.contains(name) && *name != "domain").collect();
        assert!(others.is_empty(), "`{package}` names {others:?}");
    }
}

#[test]
fn the_gpl_voice_is_linked_into_nothing() {
    let linked = who_names(|name| name == "espeak-voice" || name == "libloading");
    assert_eq!(linked, ["espeak-voice"]);
}

#[test]
fn templates_evaluate_nothing() {
    let templates = tests::files(&tests::root().join("shared/render/templates"));
    assert!(templates.len() > 10);
    for template in templates {
        let source = std::fs::read_to_string(&template).expect("can be read");
        let code = || source.lines().map(|line| line.split("//").next().unwrap_or_default());
        let words = || code().flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_'));
        for word in ["eval", "plugin", "include", "read"] {
            assert!(words().all(|found| found != word), "`{}` says `{word}`", template.display());
        }
    }
}
