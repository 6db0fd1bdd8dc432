//! Every function has sample events, each of which its own tests parse; and there are documents to try.

use std::collections::BTreeSet;

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
        let sources: String = tests::files(&tests::root().join("functions").join(&name).join("src"))
            .into_iter()
            .chain(test_files(&name))
            .map(|file| std::fs::read_to_string(file).expect("can be read"))
            .collect();
        for sample in tests::files(&tests::root().join("events").join(&name)) {
            let file = sample.file_name().expect("has a name").to_string_lossy().into_owned();
            assert!(sources.contains(&file), "no test of `{name}` reads `{file}`");
        }
    }
}

fn test_files(name: &str) -> Vec<std::path::PathBuf> {
    let folder = tests::root().join("functions").join(name).join("tests");
    if folder.is_dir() { tests::files(&folder) } else { vec![] }
}

#[test]
fn there_is_a_sample_of_every_kind_of_document() {
    let samples = tests::files(&tests::root().join("events/samples"));
    for extension in ["pdf", "md", "txt"] {
        assert!(samples.iter().any(|sample| sample.extension().is_some_and(|found| found == extension)), "{extension}");
    }
}
