//! A script that a model or a person wrote: it is sound or has faults that can be told.
#![no_main]

use domain::{Document, DocumentKind, Script};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(script) = serde_json::from_slice::<Script>(bytes) else { return };
    let document = Document {
        kind: DocumentKind::Text,
        title: None,
        authors: Vec::new(),
        language: None,
        pages: 1,
        words: 0,
        sections: Vec::new(),
        warnings: Vec::new(),
    };
    if domain::check::faults(&script, &document).is_empty() {
        for scene in &script.scenes {
            let _ = domain::propose(&scene.narration, &scene.visual);
        }
    }
});
