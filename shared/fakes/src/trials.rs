//! Tests that try many times: how often, with which seeds, and what they counted.
//!
//! A trial follows from its seed, which is part of what it prints. `LECTERN_SEED` replays one; `LECTERN_SOAK`, which `infra/lectern
//! test --soak` sets, asks for the long form.

/// Whether the long form is asked for.
pub fn is_soak() -> bool {
    setting("LECTERN_SOAK").is_some()
}

/// How often something is tried.
pub fn times<T>(usual: T, soak: T) -> T {
    if is_soak() { soak } else { usual }
}

/// The seeds of a test: the one to be replayed, or from 1 as many as it usually tries, or those of the long form.
pub fn seeds(usual: u64, soak: u64) -> Vec<u64> {
    match setting("LECTERN_SEED").and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => (1..=times(usual, soak)).collect(),
    }
}

/// Prints what was counted.
#[expect(clippy::print_stdout, reason = "the counts of a test are what it is about")]
pub fn tell(counts: &str) {
    println!("{counts}");
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment how long they may take")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
