//! `ElevenLabs`, by `with-timestamps`: <https://elevenlabs.io/docs/api-reference/text-to-speech/convert-with-timestamps>. It says when
//! every character is heard.

use super::voice::{MOST_BYTES, MOST_LIST_BYTES, Piece, Spoken, Voice, characters, sound_of};
use crate::Secret;
use crate::http::{Answer, Endpoint};
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Capability;
use domain::ports::{PortError, WordOnset};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

const SERVICE: &str = "ElevenLabs";
const BASE_URL: &str = "https://api.elevenlabs.io";
const TIMEOUT: Duration = Duration::from_secs(100);

/// Changes whenever the same request gives another sound.
const FORM: &str = "elevenlabs-1";

/// The model where the settings name none.
const MODEL: &str = "eleven_multilingual_v2";

/// The smallest cap among the models is 10,000; shorter pieces keep their melody better and lose less when one fails.
const MOST_CHARACTERS: usize = 2500;

/// 16 bits, mono, without a header: every subscription may have it.
const OUTPUT_FORMAT: &str = "pcm_24000";
const RATE_HZ: u32 = 24_000;

/// So much of the narration around a piece is told, for the melody.
const MOST_AROUND: usize = 300;

/// What only `ElevenLabs` knows.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    voice_settings: VoiceSettings,
    /// The same number makes the same sound, as far as the vendor can.
    seed: Option<u32>,
    /// `auto`, `on` or `off`: whether numbers and the like are written out first.
    apply_text_normalization: Option<String>,
}

/// How a voice shall speak.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct VoiceSettings {
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    stability: Option<f64>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    similarity_boost: Option<f64>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    use_speaker_boost: Option<bool>,
    /// 0.7 to 1.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    speed: Option<f64>,
}

/// A voice of `ElevenLabs`, by its id.
#[derive(Debug, Clone)]
pub(super) struct ElevenLabs {
    endpoint: Endpoint,
    model: String,
    voice: String,
    options: Options,
}

impl ElevenLabs {
    /// A voice by its settings.
    pub(super) fn new(settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let options = settings.with(Capability::Speech)?;
        let server = Server { service: SERVICE, own_address: Some(BASE_URL), timeout: TIMEOUT };
        let endpoint = settings.endpoint(Capability::Speech, server, key)?.key_in_header("xi-api-key");
        let model = settings.model.clone().unwrap_or_else(|| MODEL.to_owned());
        Ok(Self { endpoint, model, voice: settings.voice()?, options })
    }

    fn body(&self, piece: &Piece<'_>) -> Value {
        let mut body = json!({"text": piece.text, "model_id": self.model});
        if self.options.voice_settings != VoiceSettings::default() {
            body["voice_settings"] = json!(self.options.voice_settings);
        }
        if let Some(seed) = self.options.seed {
            body["seed"] = json!(seed);
        }
        if let Some(normalization) = &self.options.apply_text_normalization {
            body["apply_text_normalization"] = json!(normalization);
        }
        let (before, after) = piece.around;
        if !before.is_empty() {
            let skipped = before.chars().count().saturating_sub(MOST_AROUND);
            body["previous_text"] = json!(before.chars().skip(skipped).collect::<String>());
        }
        if !after.is_empty() {
            body["next_text"] = json!(after.chars().take(MOST_AROUND).collect::<String>());
        }
        body
    }
}

impl Voice for ElevenLabs {
    fn identity(&self) -> String {
        let options = json!([self.options.voice_settings, self.options.seed, self.options.apply_text_normalization]);
        format!("{FORM} {} {} {} {options}", self.endpoint.host(), self.model, self.voice)
    }

    fn model(&self) -> Option<&str> {
        Some(&self.model)
    }

    fn voice_for(&self, _language: &str) -> Option<String> {
        Some(self.voice.clone())
    }

    fn most_characters(&self) -> usize {
        MOST_CHARACTERS
    }

    async fn speak(&self, piece: &Piece<'_>) -> Result<Spoken, PortError> {
        let path = ["v1", "text-to-speech", piece.voice, "with-timestamps"];
        let query = [("output_format", OUTPUT_FORMAT)];
        let answer = self.endpoint.post_to(&path, &query, &self.body(piece), MOST_BYTES).await?;
        let mut usage = characters(piece.text);
        usage.characters = answer.number("character-cost").unwrap_or(usage.characters);
        let (sound, words) = match Timed::read(&answer, piece.text) {
            Ok(timed) => (sound_of(SERVICE, &timed.bytes, Some(RATE_HZ)), timed.words),
            Err(error) => (Err(error), Vec::new()),
        };
        Ok(Spoken { sound, words, usage, request_id: answer.request_id })
    }

    async fn models(&self) -> Result<Vec<String>, PortError> {
        #[derive(Deserialize)]
        struct Entry {
            model_id: String,
        }
        let answer = self.endpoint.get("v1/models", &[], MOST_LIST_BYTES).await?;
        let list: Vec<Entry> =
            serde_json::from_slice(&answer.body).map_err(|_| PortError::unusable(SERVICE, "the answer is no list of models"))?;
        Ok(list.into_iter().map(|entry| entry.model_id).collect())
    }

    async fn voices(&self) -> Result<Vec<String>, PortError> {
        #[derive(Deserialize)]
        struct List {
            voices: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            voice_id: String,
        }
        let answer = self.endpoint.get("v1/voices", &[], MOST_LIST_BYTES).await?;
        let list: List =
            serde_json::from_slice(&answer.body).map_err(|_| PortError::unusable(SERVICE, "the answer is no list of voices"))?;
        Ok(list.voices.into_iter().map(|entry| entry.voice_id).collect())
    }
}

/// Sound with its times.
struct Timed {
    bytes: Vec<u8>,
    words: Vec<WordOnset>,
}

impl Timed {
    fn read(answer: &Answer, text: &str) -> Result<Self, PortError> {
        #[derive(Deserialize)]
        struct Body {
            audio_base64: String,
            alignment: Option<Alignment>,
        }
        let body: Body =
            serde_json::from_slice(&answer.body).map_err(|_| PortError::unusable(SERVICE, "the answer is no speech"))?;
        let bytes =
            STANDARD.decode(body.audio_base64).map_err(|_| PortError::unusable(SERVICE, "the sound cannot be decoded"))?;
        Ok(Self { bytes, words: body.alignment.map(|alignment| alignment.words(text)).unwrap_or_default() })
    }
}

#[derive(Deserialize)]
struct Alignment {
    characters: Vec<String>,
    character_start_times_seconds: Vec<f64>,
}

impl Alignment {
    /// A word begins with the first character behind a blank. Nothing is said where the characters are not those of the text.
    fn words(&self, text: &str) -> Vec<WordOnset> {
        let mut words = Vec::new();
        let mut offset = 0;
        let mut is_between = true;
        for (character, seconds) in self.characters.iter().zip(&self.character_start_times_seconds) {
            if !text[offset.min(text.len())..].starts_with(character.as_str()) {
                return Vec::new();
            }
            let is_blank = character.chars().all(char::is_whitespace);
            if is_between && !is_blank {
                let sample = (seconds.max(0.0) * f64::from(RATE_HZ)) as u64;
                words.push(WordOnset { text_offset: u32::try_from(offset).unwrap_or(u32::MAX), sample });
            }
            is_between = is_blank;
            offset += character.len();
        }
        words
    }
}
