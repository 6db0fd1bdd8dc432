//! A voice as its adapter makes it usable: one piece of text, one piece of sound.

use crate::http::Answer;
use crate::ogg;
use crate::wav::{self, Sound};
use domain::ports::{PortError, WordOnset};
use domain::{Phonemes, Usage};
use std::future::Future;

/// Ten minutes of 48 kHz stereo in 32 bits are 230 MB; a narration lasts about a minute.
pub(super) const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A list of voices is long where everybody may add some.
pub(super) const MOST_LIST_BYTES: usize = 8 * 1024 * 1024;

/// Sound that is shorter says nothing.
const LEAST_SECONDS: f32 = 0.05;

/// A voice behind a vendor's interface.
pub(super) trait Voice: Send + Sync {
    /// What tells its sound from another's, without the word of the adapter and the name of the voice: version, server, settings.
    fn identity(&self) -> String;
    /// The model, where the vendor has several.
    fn model(&self) -> Option<&str>;
    /// The name of the voice where a job names none: what the settings say, else the vendor's choice for a language (BCP 47); none
    /// where it has none.
    fn voice_for(&self, language: &str) -> Option<String>;
    /// The most characters the vendor takes at once.
    fn most_characters(&self) -> usize;
    /// Speaks one piece. An error means that nothing was used; sound that is unusable is in the answer.
    fn speak(&self, piece: &Piece<'_>) -> impl Future<Output = Result<Spoken, PortError>> + Send;
    /// The ids of the models there are; none where it has no choice of them.
    fn models(&self) -> impl Future<Output = Result<Vec<String>, PortError>> + Send {
        async { Ok(Vec::new()) }
    }
    /// The names of the voices there are.
    fn voices(&self) -> impl Future<Output = Result<Vec<String>, PortError>> + Send;
}

/// A piece of a narration.
pub(super) struct Piece<'a> {
    /// What is to be spoken.
    pub(super) text: &'a str,
    /// Words of it that are said by their sounds, in order.
    pub(super) phonemes: Vec<Phonemes>,
    /// The name of the voice.
    pub(super) voice: &'a str,
    /// The language, a BCP 47 tag.
    pub(super) language: &'a str,
    /// What stands before it in the narration, and what behind; for a voice that keeps its melody.
    pub(super) around: (&'a str, &'a str),
}

/// What came of a piece that was spoken, and so is paid for.
pub(super) struct Spoken {
    /// The sound, or why there is none.
    pub(super) sound: Result<Sound, PortError>,
    /// Where words begin, by their offsets in the piece; empty where the vendor does not say.
    pub(super) words: Vec<WordOnset>,
    /// What it used.
    pub(super) usage: Usage,
    /// How the vendor names the call.
    pub(super) request_id: Option<String>,
}

/// What a piece used where the vendor does not say: its characters.
pub(super) fn characters(text: &str) -> Usage {
    Usage { characters: text.chars().count() as u64, ..Usage::default() }
}

/// The sound in an answer, judged by its first bytes and not by what it claims to be. Samples without a header, of 16 bits and mono,
/// are taken only where they were asked for, at their rate.
pub(super) fn sound(service: &'static str, answer: &Answer, raw_rate_hz: Option<u32>) -> Result<Sound, PortError> {
    let claims_text = answer.media_type.starts_with("text/") || answer.media_type.ends_with("json");
    if claims_text && ![wav::MAGIC, ogg::MAGIC].iter().any(|magic| answer.body.starts_with(magic)) {
        return Err(PortError::unusable(service, "the answer is text"));
    }
    sound_of(service, &answer.body, raw_rate_hz)
}

/// The sound in a file.
pub(super) fn sound_of(service: &'static str, body: &[u8], raw_rate_hz: Option<u32>) -> Result<Sound, PortError> {
    let unusable = |message: &str| PortError::unusable(service, message);
    let sound = match raw_rate_hz {
        _ if body.starts_with(wav::MAGIC) => wav::read(body).map_err(unusable)?,
        _ if body.starts_with(ogg::MAGIC) => ogg::read(body).map_err(unusable)?,
        _ if is_text(body) => return Err(unusable("the answer is text")),
        _ if is_compressed(body) => return Err(unusable("the sound is compressed, which was not asked for")),
        Some(rate) => wav::from_pcm16(body, rate),
        None => return Err(unusable("the answer is neither WAV nor Ogg Vorbis")),
    };
    let seconds = sound.samples.len() as f32 / sound.sample_rate_hz as f32;
    let is_silent = sound.samples.iter().all(|sample| sample.abs() < 1e-4);
    if seconds < LEAST_SECONDS || is_silent { Err(unusable("the sound is empty")) } else { Ok(sound) }
}

fn is_compressed(body: &[u8]) -> bool {
    let magics = [b"ID3".as_slice(), b"fLaC", b"\x1aE\xdf\xa3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1"];
    magics.iter().any(|magic| body.starts_with(magic))
}

fn is_text(body: &[u8]) -> bool {
    let start = &body[..body.len().min(64)];
    !start.is_empty() && start.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e))
}
