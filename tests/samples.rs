//! Every function has sample events, each of which its own tests parse; and there are documents to try.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_function_has_a_sample_event_and_every_event_its_function() {
    let with_samples: BTreeSet<String> =
        tests::folders(&tests::root().join("events")).into_iter().filter(|name| name != "samples").collect();
    assert_eq!(with_samples, tests::functions().into_iter().collect());
    for name in with_samples {
        assert!(!tests::files(&tests::root().join("events").join(&name)).is_empty(), "{name}");
    }
}

#[test]
fn every_sample_event_is_parsed_by_its_stage() {
    for name in tests::functions() {
        let function = tests::root().join("functions").join(&name);
        let sources: String = ["src", "tests"].iter().map(|folder| sources_below(&function.join(folder))).collect();
        for sample in tests::files(&tests::root().join("events").join(&name)) {
            let file = sample.file_name().expect("has a name").to_string_lossy().into_owned();
            assert!(sources.contains(&format!("events/{name}/{file}")), "no test of `{name}` reads `{file}`");
        }
    }
}

/// All source text below a folder, which may be missing.
fn sources_below(folder: &Path) -> String {
    if !folder.is_dir() {
        return String::new();
    }
    let own = tests::files(folder).into_iter().map(|file| std::fs::read_to_string(file).expect("can be read"));
    own.chain(tests::folders(folder).iter().map(|name| sources_below(&folder.join(name)))).collect()
}

#[test]
fn there_is_a_sample_of_every_kind_of_document() {
    let samples = tests::files(&tests::root().join("events/samples"));
    for extension in ["pdf", "md", "txt"] {
        assert!(samples.iter().any(|sample| sample.extension().is_some_and(|found| found == extension)), "{extension}");
    }
}

#[test]
fn every_deliberate_bug_can_still_be_put_in() {
    let bugs: serde_json::Value = serde_json::from_str(&tests::read("tests/sabotage.json")).expect("the list is JSON");
    let bugs = bugs.as_array().expect("it is a list");
    assert!(bugs.len() >= 12);
    for bug in bugs {
        let text = |field: &str| bug[field].as_str().unwrap_or_else(|| panic!("{bug} has no `{field}`"));
        let source = tests::read(text("file"));
        assert_eq!(source.matches(text("from")).count(), 1, "{}", text("bug"));
        assert_ne!(text("from"), text("to"), "{}", text("bug"));
        assert!(bug["test"].as_array().is_some_and(|words| words.len() > 1), "{}", text("bug"));
    }
}
