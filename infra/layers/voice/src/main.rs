//! The embedded voice: speaks one text with espeak-ng and tells when each word begins.
//!
//! `espeak-voice [FOLDER]`: the folder holds `libespeak-ng.so` and `espeak-ng-data/`; without it they lie beside the program.
//!
//! One request comes in on standard input, as JSON:
//! `{"text": "...", "voice": "en-gb", "language": "en", "words_per_minute": 160}`; voice and language may be left out.
//!
//! The answer goes to standard output: one line of JSON
//! `{"sample_rate_hz": 22050, "voice": "en-us", "words": [{"text_offset": 0, "sample": 512}, ...]}`, where offsets are bytes of
//! the text, then the samples to the end: 16 bits, little-endian, one channel.
//!
//! Exit status 2: there is no such voice, and standard error says in one line which there are. 1: anything else.
//!
//! # Licence
//!
//! espeak-ng is under the GNU General Public License, version 3 or later. It is loaded into this program only, so this program
//! is distributed under the same licence. Everything else of this project talks to it through pipes and stays independent.

mod choice;
mod espeak;
mod offsets;

use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// What is to be spoken.
#[derive(Debug, Deserialize)]
struct Request {
    text: String,
    #[serde(default)]
    voice: Option<String>,
    #[serde(default)]
    language: Option<String>,
    words_per_minute: u16,
}

/// What comes before the samples.
#[derive(Debug, Serialize)]
struct Header<'a> {
    sample_rate_hz: u32,
    voice: &'a str,
    words: Vec<Word>,
}

/// Where a word begins.
#[derive(Debug, Serialize)]
struct Word {
    text_offset: usize,
    sample: u64,
}

/// Why nothing was spoken.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the request cannot be read: {0}")]
    Request(#[from] serde_json::Error),
    #[error("no input or output: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Espeak(#[from] espeak::EspeakError),
    #[error(transparent)]
    Voice(#[from] choice::UnknownVoice),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to be told if even this cannot be written.
            let _ = writeln!(io::stderr(), "{failure}");
            ExitCode::from(if matches!(failure, Failure::Voice(_)) { 2 } else { 1 })
        }
    }
}

fn run() -> Result<(), Failure> {
    let folder = match std::env::args_os().nth(1) {
        Some(folder) => PathBuf::from(folder),
        None => std::env::current_exe()?.parent().map(PathBuf::from).unwrap_or_default(),
    };
    let mut request = String::new();
    io::stdin().read_to_string(&mut request)?;
    let request: Request = serde_json::from_str(&request)?;

    let engine = espeak::Engine::start(&folder)?;
    let voice = choice::choose(request.voice.as_deref(), request.language.as_deref(), &engine.voices(), &engine.variants())?;
    let spoken = engine.speak(&request.text, &voice, request.words_per_minute)?;

    let starts = offsets::byte_offsets(&request.text);
    let place = |word: &espeak::WordEvent| Word { text_offset: starts.byte(word.character), sample: word.sample };
    let header =
        Header { sample_rate_hz: engine.sample_rate_hz(), voice: &voice, words: spoken.words.iter().map(place).collect() };
    let mut output = serde_json::to_vec(&header)?;
    output.push(b'\n');
    output.extend(spoken.samples.iter().flat_map(|sample| sample.to_le_bytes()));
    io::stdout().write_all(&output)?;
    Ok(())
}
