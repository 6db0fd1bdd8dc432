//! Tests that try many times: how often, with which seeds, and what they counted.
//!
//! A trial follows from its seed, which is part of what it prints. `LECTERN_SEED` replays one; `LECTERN_SOAK`, which `infra/lectern
//! test --soak` sets, asks for the long form.

use fastrand::Rng;

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

/// Pieces that parsers stumble over.
const PIECES: [&str; 14] = [
    "null",
    "-1",
    "1e999",
    "18446744073709551616",
    "{}",
    "[]",
    "\"",
    "\\u0000",
    "\\ud800",
    ":",
    "\u{feff}",
    "[[[[[[[[",
    "<<",
    "\n\n",
];

/// Changes a few places of a file or an answer, as a bad line or a bad person would.
pub fn garble(mut bytes: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    for _ in 0..rng.usize(1..=4) {
        // Mostly where a form is said, and not in the middle of what it holds.
        let reach = if rng.bool() { bytes.len().min(400) } else { bytes.len() };
        if reach == 0 {
            break;
        }
        let at = rng.usize(..reach);
        let end = at + rng.usize(..=(bytes.len() - at).min(200));
        match rng.u8(0..6) {
            0 => bytes[at] = rng.u8(..),
            1 => bytes[at] ^= 1 << rng.u8(0..8),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let copied = bytes[at..end].to_vec();
                bytes.splice(at..at, copied);
            }
            4 => {
                let piece = PIECES[rng.usize(..PIECES.len())].repeat(if rng.u8(0..20) == 0 { 10_000 } else { 1 });
                bytes.splice(at..end, piece.into_bytes());
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
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
