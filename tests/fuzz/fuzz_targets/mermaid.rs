//! A diagram that somebody wrote: it is read or refused, and one that is read can be checked.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    if let Ok(diagram) = domain::mermaid::parse(source) {
        let _ = domain::check::diagram_faults(&diagram);
    }
    let _ = domain::inline::plain(source);
});
