//! Zonos at Zyphra, which can speak with the voice of a sample: <https://playground.zyphra.com>. The vendor's own libraries send the
//! key in clear text; here, as everywhere, only https will do.

use super::voice::{MOST_BYTES, Piece, Spoken, Voice, characters, sound};
use crate::Secret;
use crate::http::Endpoint;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::ports::PortError;
use domain::{Capability, ContentHash};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const SERVICE: &str = "Zyphra";
const BASE_URL: &str = "https://api.zyphra.com";
const TIMEOUT: Duration = Duration::from_secs(100);

/// Changes whenever the same request gives another sound.
const FORM: &str = "zyphra-1";

/// The models; the first where the settings name none. It speaks all its languages but Japanese well.
const MODELS: [&str; 2] = ["zonos-v0.1-transformer", "zonos-v0.1-hybrid"];

/// The model stops after 30 s of sound, which are about 400 characters.
const MOST_CHARACTERS: usize = 300;

/// The voices everybody may use.
const VOICES: [&str; 9] = [
    "american_female",
    "american_male",
    "anime_girl",
    "british_female",
    "british_male",
    "energetic_boy",
    "energetic_girl",
    "japanese_female",
    "japanese_male",
];

/// The languages, by the start of their BCP 47 tag.
const LANGUAGES: [(&str, &str); 6] = [("en", "en-us"), ("fr", "fr-fr"), ("de", "de"), ("ja", "ja"), ("ko", "ko"), ("zh", "cmn")];

/// What only Zyphra knows.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// A sample of the voice to speak with, in base64. Ask its owner first.
    speaker_audio: Option<String>,
    /// Sounds a second, 5 to 35.
    speaking_rate: Option<f64>,
    /// How much the pitch moves, 0 to 500.
    pitch_std: Option<f64>,
    /// The quality to aim at, 0.6 to 0.8.
    vqscore: Option<f64>,
}

/// A voice of Zyphra.
#[derive(Debug, Clone)]
pub(super) struct Zyphra {
    endpoint: Endpoint,
    model: String,
    voice: String,
    options: Options,
}

impl Zyphra {
    /// A voice by its settings.
    pub(super) fn new(settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let options: Options = settings.with(Capability::Speech)?;
        for (name, value, least, most) in [
            ("speaking_rate", options.speaking_rate, 5.0, 35.0),
            ("pitch_std", options.pitch_std, 0.0, 500.0),
            ("vqscore", options.vqscore, 0.6, 0.8),
        ] {
            settings.check_number(Capability::Speech, name, value, least..=most)?;
        }
        if options.speaker_audio.as_deref().is_some_and(|audio| STANDARD.decode(audio).is_err()) {
            return Err(settings.fault(Capability::Speech, "speaker_audio", "is not base64"));
        }
        let server = Server { service: SERVICE, own_address: Some(BASE_URL), timeout: TIMEOUT };
        let endpoint = settings.endpoint(Capability::Speech, server, key)?.key_in_header("x-api-key");
        let model = settings.model.clone().unwrap_or_else(|| MODELS[0].to_owned());
        let voice = settings.voice.clone().unwrap_or_else(|| VOICES[0].to_owned());
        Ok(Self { endpoint, model, voice, options })
    }

    fn body(&self, piece: &Piece<'_>) -> Value {
        let mut body = json!({"text": piece.text, "model": self.model, "mime_type": "audio/wav"});
        match &self.options.speaker_audio {
            Some(audio) => body["speaker_audio"] = json!(audio),
            None if VOICES.contains(&piece.voice) => body["default_voice_name"] = json!(piece.voice),
            None => body["voice_name"] = json!(piece.voice),
        }
        let start = piece.language.split('-').next().unwrap_or_default();
        if let Some((_, language)) = LANGUAGES.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(start)) {
            body["language_iso_code"] = json!(language);
        }
        for (name, value) in [
            ("speaking_rate", self.options.speaking_rate),
            ("pitch_std", self.options.pitch_std),
            ("vqscore", self.options.vqscore),
        ] {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        body
    }
}

impl Voice for Zyphra {
    fn identity(&self) -> String {
        let Options { speaker_audio, speaking_rate, pitch_std, vqscore } = &self.options;
        let sample = speaker_audio.as_ref().map(|audio| ContentHash::of([audio]));
        let options = json!([sample, speaking_rate, pitch_std, vqscore]);
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
        let answer = self.endpoint.post("v1/audio/text-to-speech", &self.body(piece), MOST_BYTES).await?;
        let sound = sound(SERVICE, &answer, None);
        let mut usage = characters(piece.text);
        // It bills the minutes of sound.
        usage.audio_ms = sound.as_ref().map_or(0, |sound| sound.samples.len() as u64 * 1000 / u64::from(sound.sample_rate_hz));
        Ok(Spoken { sound, words: Vec::new(), usage, request_id: answer.request_id })
    }

    async fn models(&self) -> Result<Vec<String>, PortError> {
        Ok(MODELS.map(str::to_owned).to_vec())
    }

    /// It has no list; these everybody may use.
    async fn voices(&self) -> Result<Vec<String>, PortError> {
        Ok(VOICES.map(str::to_owned).to_vec())
    }
}
