//! Transcribers: they write down what a take says, so that it can be held against what it was to say.
//!
//! All of them take a form with a WAV file and answer with a `text`: `OpenAI`, speaches and others at `/audio/transcriptions`
//! (<https://platform.openai.com/docs/api-reference/audio/createTranscription>), whisper.cpp's own server at `/inference`
//! (<https://github.com/ggml-org/whisper.cpp/tree/master/examples/server>). What differs stands in one table.

#[cfg(test)]
mod tests;

use crate::http::{Endpoint, Form};
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use crate::{Secret, models, wav};
use domain::ports::{PortError, SpeechClip, Transcriber};
use domain::{Capability, Charge, Meter, Usage};
use serde::Deserialize;
use std::time::Duration;

const SERVICE: &str = "the transcriber";

/// The time for one take, which lasts about half a minute.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What is said in ten minutes, and how sure they are of it.
const MOST_BYTES: usize = 256 * 1024;

/// A server, and what is known of it.
struct Known {
    word: &'static str,
    base_url: Option<&'static str>,
    dialect: Dialect,
}

const KNOWN: [Known; 4] = [
    Known { word: "openai", base_url: Some("https://api.openai.com/v1"), dialect: Dialect::OpenAi },
    Known { word: "speaches", base_url: Some("http://127.0.0.1:8000/v1"), dialect: Dialect::OpenAi },
    Known { word: "whispercpp", base_url: Some("http://127.0.0.1:8080"), dialect: Dialect::WhisperCpp },
    Known { word: "openai-compatible", base_url: None, dialect: Dialect::OpenAi },
];

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    OpenAi,
    /// It has one model, chosen when it was started.
    WhisperCpp,
}

/// What only transcribers know.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Whether our own voice is listened to as well.
    embedded: bool,
}

/// A transcriber of one of the vendors.
#[derive(Debug, Clone)]
pub struct TranscriptProvider {
    word: String,
    endpoint: Endpoint,
    dialect: Dialect,
    model: Option<String>,
    options: Options,
}

impl TranscriptProvider {
    /// Where a provider's key is kept; none where it needs none. `openai` has it at `lectern/transcript/openai`, unless the settings
    /// say otherwise.
    pub fn key_reference(settings: &ProviderSettings) -> Option<String> {
        match settings.provider.as_str() {
            "openai" => Some(settings.key_or_own(Capability::Transcript)),
            _ => settings.key.clone(),
        }
    }

    /// The provider that settings ask for.
    ///
    /// # Errors
    /// What is missing in the settings or not known, or that there is no such provider.
    pub fn new(settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let word = settings.provider.clone();
        let known = KNOWN.iter().find(|known| known.word == word);
        let known =
            known.ok_or_else(|| InvalidSettings::unknown(Capability::Transcript, &word, &KNOWN.map(|known| known.word)))?;
        let options = settings.with(Capability::Transcript)?;
        let server = Server { service: SERVICE, own_address: known.base_url, timeout: TIMEOUT };
        let endpoint = settings.endpoint(Capability::Transcript, server, key)?;
        let model = match known.dialect {
            Dialect::OpenAi => Some(settings.model(Capability::Transcript)?),
            Dialect::WhisperCpp => None,
        };
        Ok(Self { word, endpoint, dialect: known.dialect, model, options })
    }

    /// The ids of the models that the provider offers, in its order; none where it has no choice of them.
    pub async fn models(&self) -> Result<Vec<String>, PortError> {
        match self.dialect {
            Dialect::OpenAi => models::list(&self.endpoint).await,
            Dialect::WhisperCpp => self.endpoint.get("health", &[], MOST_BYTES).await.map(|_| Vec::new()),
        }
    }

    fn path(&self) -> &'static str {
        match self.dialect {
            Dialect::OpenAi => "audio/transcriptions",
            Dialect::WhisperCpp => "inference",
        }
    }

    fn form(&self, clip: &SpeechClip, language: &str) -> Form {
        // ISO 639-1, which is what a language tag begins with where the language has such a code.
        let code = language.split('-').next().filter(|code| code.len() == 2).map(str::to_ascii_lowercase);
        let code = match self.dialect {
            Dialect::OpenAi => code,
            // Left alone it takes everything for English.
            Dialect::WhisperCpp => code.or_else(|| Some("auto".to_owned())),
        };
        let format = Some("json".to_owned());
        let fields = [("model", self.model.clone()), ("language", code), ("response_format", format)];
        Form {
            fields: fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            file_name: "take.wav",
            media_type: "audio/wav",
            file: wav::write(&clip.samples, clip.sample_rate_hz),
        }
    }
}

impl Transcriber for TranscriptProvider {
    fn hears_embedded(&self) -> bool {
        self.options.embedded
    }

    async fn transcribe(&self, clip: &SpeechClip, language: &str, meter: &Meter) -> Result<String, PortError> {
        let answer = self.endpoint.post_form(self.path(), &self.form(clip, language), MOST_BYTES).await?;
        let transcript = serde_json::from_slice::<Transcript>(&answer.body).ok();
        meter.note(Charge {
            capability: Capability::Transcript,
            provider: self.word.clone(),
            model: self.model.clone(),
            usage: transcript.as_ref().and_then(|transcript| transcript.usage).unwrap_or_default().in_our_words(clip),
            request_id: answer.request_id,
            saved: false,
        });
        let unusable = || PortError::unusable(SERVICE, "the answer is no transcript");
        Ok(transcript.ok_or_else(unusable)?.text)
    }
}

#[derive(Deserialize)]
struct Transcript {
    text: String,
    usage: Option<Used>,
}

/// What was used: some count seconds, some tokens, and servers of one's own nothing.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Used {
    seconds: Option<f64>,
    input_tokens: u64,
    output_tokens: u64,
}

impl Used {
    fn in_our_words(self, clip: &SpeechClip) -> Usage {
        let seconds = self.seconds.unwrap_or(clip.samples.len() as f64 / f64::from(clip.sample_rate_hz.max(1)));
        Usage {
            audio_ms: (seconds * 1000.0) as u64,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            ..Usage::default()
        }
    }
}
