//! A take: one narration as it was spoken, measured from the sound itself.

use crate::Cells;
use serde::{Deserialize, Serialize};

/// What was spoken and when. The sound lies beside it, encoded on the common grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Take {
    /// The speech provider, such as `espeak-ng`.
    pub provider: String,
    /// The voice, as the provider names it.
    pub voice: String,
    /// How long the scene lasts, the silence at both edges included.
    pub duration: Cells,
    /// The words in order, with the text they were spoken from.
    pub words: Vec<SpokenWord>,
    /// Integrated loudness of the finished sound, in LUFS (ITU-R BS.1770).
    pub loudness_lufs: f64,
    /// True peak of the finished sound, in dBTP.
    pub true_peak_dbtp: f64,
    /// Characters that were sent to the provider.
    pub characters: u32,
    /// Why the embedded voice took over from another one, where it did.
    pub fallback: Option<String>,
}

/// One word and when it is heard, from the start of the scene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpokenWord {
    /// Byte offset of its first character in the narration.
    pub start: u32,
    /// Byte offset behind its last character, punctuation included.
    pub end: u32,
    /// When it begins, in milliseconds from the start of the scene.
    pub begin_ms: u32,
    /// When it ends, in milliseconds from the start of the scene.
    pub end_ms: u32,
}
