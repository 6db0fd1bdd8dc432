//! Any server that speaks the `/audio/speech` of `OpenAI`: <https://platform.openai.com/docs/api-reference/audio>, Chatterbox,
//! speaches, Kokoro and others. They say nothing about when a word is heard. `OpenAI` itself ends this on 2027-01-06.

use super::voice::{MOST_BYTES, MOST_LIST_BYTES, Piece, Spoken, Voice, characters, sound};
use crate::Secret;
use crate::http::Endpoint;
use crate::models;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::Capability;
use domain::ports::PortError;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const SERVICE: &str = "the speech server";

/// Changes whenever the same request gives another sound.
const FORM: &str = "openai-compatible-2";

/// The time for one piece; a Chatterbox speaks one after another.
const TIMEOUT: Duration = Duration::from_secs(100);

/// Chatterbox takes 3000 characters, `OpenAI` 4096.
const MOST_CHARACTERS: usize = 3000;

/// The rate of `pcm`, which has no header.
const PCM_RATE_HZ: u32 = 24_000;

/// A server, where it is if that is known, and its voices where they are known and it has no list of them.
pub(super) struct Known {
    word: &'static str,
    base_url: Option<&'static str>,
    voices: &'static [&'static str],
}

const KNOWN: [Known; 4] = [
    Known { word: "openai", base_url: Some("https://api.openai.com/v1"), voices: &OPENAI_VOICES },
    Known { word: "chatterbox", base_url: Some("http://127.0.0.1:4123/v1"), voices: &[] },
    Known { word: "speaches", base_url: Some("http://127.0.0.1:8000/v1"), voices: &[] },
    Known { word: "openai-compatible", base_url: None, voices: &[] },
];

/// <https://platform.openai.com/docs/guides/text-to-speech#voice-options>.
const OPENAI_VOICES: [&str; 13] =
    ["alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"];

/// Where servers list their voices: Chatterbox, and Kokoro and those after it.
const LISTS: [&str; 2] = ["voices", "audio/voices"];

/// The server that goes by a word.
pub(super) fn known_as(word: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.word == word)
}

/// What only such servers know.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The form in which sound is asked for. Some servers always send WAV; that is understood in any case.
    format: SoundFormat,
    /// 0.25 to 4. Chatterbox takes it and does not heed it.
    speed: Option<f64>,
    /// How the voice shall sound, in words.
    instructions: Option<String>,
    /// How much feeling is in it, 0.25 to 2, at Chatterbox.
    exaggeration: Option<f64>,
    /// How closely it keeps to the pace of the sample, 0 to 1, at Chatterbox.
    cfg_weight: Option<f64>,
    /// How much chance is in it, 0.05 to 5, at Chatterbox.
    temperature: Option<f64>,
}

impl Options {
    /// The numbers that are sent, with their ranges.
    fn numbers(&self) -> [(&'static str, Option<f64>, f64, f64); 4] {
        [
            ("speed", self.speed, 0.25, 4.0),
            ("exaggeration", self.exaggeration, 0.25, 2.0),
            ("cfg_weight", self.cfg_weight, 0.0, 1.0),
            ("temperature", self.temperature, 0.05, 5.0),
        ]
    }
}

/// A form of sound that needs no decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SoundFormat {
    /// A WAV file.
    #[default]
    Wav,
    /// 16 bits, little-endian, mono, 24 kHz, without a header.
    Pcm,
}

impl SoundFormat {
    fn word(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Pcm => "pcm",
        }
    }
}

/// A voice behind such a server.
#[derive(Debug, Clone)]
pub(super) struct OpenAiCompatible {
    endpoint: Endpoint,
    model: Option<String>,
    voice: String,
    known_voices: &'static [&'static str],
    options: Options,
}

impl OpenAiCompatible {
    /// A voice by its settings, at a server we know.
    pub(super) fn new(known: &Known, settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let options: Options = settings.with(Capability::Speech)?;
        for (name, value, least, most) in options.numbers() {
            settings.check_number(Capability::Speech, name, value, least..=most)?;
        }
        // Chatterbox has one model and ignores its name.
        let model = if known.word == "chatterbox" { settings.model.clone() } else { Some(settings.model(Capability::Speech)?) };
        let server = Server { service: SERVICE, own_address: known.base_url, timeout: TIMEOUT };
        let endpoint = settings.endpoint(Capability::Speech, server, key)?;
        Ok(Self { endpoint, model, voice: settings.voice()?, known_voices: known.voices, options })
    }

    fn body(&self, piece: &Piece<'_>) -> Value {
        let mut body = json!({"input": piece.text, "voice": piece.voice, "response_format": self.options.format.word()});
        if let Some(model) = &self.model {
            body["model"] = json!(model);
        }
        if let Some(instructions) = &self.options.instructions {
            body["instructions"] = json!(instructions);
        }
        for (name, value, ..) in self.options.numbers() {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        body
    }
}

impl Voice for OpenAiCompatible {
    fn identity(&self) -> String {
        let model = self.model.as_deref().unwrap_or("-");
        let numbers =
            self.options.numbers().map(|(_, value, ..)| value.map_or_else(|| "-".to_owned(), |value| value.to_string()));
        let instructions = self.options.instructions.as_deref().unwrap_or("-");
        let (host, format) = (self.endpoint.host(), self.options.format.word());
        format!("{FORM} {host} {model} {} {format} {} {instructions}", self.voice, numbers.join(" "))
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn voice_for(&self, _language: &str) -> Option<String> {
        Some(self.voice.clone())
    }

    fn most_characters(&self) -> usize {
        MOST_CHARACTERS
    }

    async fn speak(&self, piece: &Piece<'_>) -> Result<Spoken, PortError> {
        let answer = self.endpoint.post("audio/speech", &self.body(piece), MOST_BYTES).await?;
        let raw_rate_hz = (self.options.format == SoundFormat::Pcm).then_some(PCM_RATE_HZ);
        Ok(Spoken {
            sound: sound(SERVICE, &answer, raw_rate_hz),
            words: Vec::new(),
            usage: characters(piece.text),
            request_id: answer.request_id,
        })
    }

    async fn models(&self) -> Result<Vec<String>, PortError> {
        models::list(&self.endpoint).await
    }

    /// Those we know, or the first list that the server has; none where it has no list.
    async fn voices(&self) -> Result<Vec<String>, PortError> {
        if !self.known_voices.is_empty() {
            return Ok(self.known_voices.iter().map(|&voice| voice.to_owned()).collect());
        }
        for path in LISTS {
            match self.endpoint.get(path, &[], MOST_LIST_BYTES).await {
                Ok(answer) => return names(&answer.body),
                Err(PortError::Misused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Vec::new())
    }
}

/// The names in a list, whose entries are names or carry one.
fn names(list: &[u8]) -> Result<Vec<String>, PortError> {
    let list: Value =
        serde_json::from_slice(list).map_err(|_| PortError::unusable(SERVICE, "the answer is no list of voices"))?;
    let entries = list.get("voices").unwrap_or(&list).as_array().cloned().unwrap_or_default();
    let name = |entry: &Value| {
        entry.as_str().or_else(|| ["name", "id"].iter().find_map(|key| entry.get(key)?.as_str())).map(str::to_owned)
    };
    Ok(entries.iter().filter_map(name).collect())
}
