//! Piper, by its own small server: <https://github.com/OHF-Voice/piper1-gpl/blob/main/docs/API_HTTP.md>. It is under the GPL and so
//! runs beside us; its command would load the voice for every scene anew.

use super::voice::{MOST_BYTES, MOST_LIST_BYTES, Piece, Spoken, Voice, characters, sound};
use crate::Secret;
use crate::http::Endpoint;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::Capability;
use domain::ports::PortError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;

const SERVICE: &str = "Piper";
const BASE_URL: &str = "http://127.0.0.1:5000";
const TIMEOUT: Duration = Duration::from_secs(60);

/// Changes whenever the same request gives another sound.
const FORM: &str = "piper-1";

/// It has no limit; a piece that fails is not too much to lose.
const MOST_CHARACTERS: usize = 3000;

/// What only Piper knows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Who speaks, in a voice of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<String>,
    /// How slowly it speaks; 1 is its own pace.
    #[serde(skip_serializing_if = "Option::is_none")]
    length_scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    noise_scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    noise_w_scale: Option<f64>,
}

/// A voice of Piper, such as `en_US-lessac-medium`.
#[derive(Debug, Clone)]
pub(super) struct Piper {
    endpoint: Endpoint,
    voice: String,
    options: Options,
}

impl Piper {
    /// A voice by its settings.
    pub(super) fn new(settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let options = settings.with(Capability::Speech)?;
        let server = Server { service: SERVICE, own_address: Some(BASE_URL), timeout: TIMEOUT };
        let endpoint = settings.endpoint(Capability::Speech, server, key)?;
        Ok(Self { endpoint, voice: settings.voice()?, options })
    }

    fn body(&self, piece: &Piece<'_>) -> Value {
        let mut body = json!(self.options);
        body["text"] = json!(piece.text);
        body["voice"] = json!(piece.voice);
        body
    }
}

impl Voice for Piper {
    fn identity(&self) -> String {
        format!("{FORM} {} {} {}", self.endpoint.host(), self.voice, json!(self.options))
    }

    fn model(&self) -> Option<&str> {
        None
    }

    fn voice_for(&self, _language: &str) -> Option<String> {
        Some(self.voice.clone())
    }

    fn most_characters(&self) -> usize {
        MOST_CHARACTERS
    }

    async fn speak(&self, piece: &Piece<'_>) -> Result<Spoken, PortError> {
        let answer = self.endpoint.post("synthesize", &self.body(piece), MOST_BYTES).await?;
        Ok(Spoken {
            sound: sound(SERVICE, &answer, None),
            words: Vec::new(),
            usage: characters(piece.text),
            request_id: answer.request_id,
        })
    }

    /// The names are the keys of an object.
    async fn voices(&self) -> Result<Vec<String>, PortError> {
        let answer = self.endpoint.get("voices", &[], MOST_LIST_BYTES).await?;
        let list: Map<String, Value> =
            serde_json::from_slice(&answer.body).map_err(|_| PortError::unusable(SERVICE, "the answer is no list of voices"))?;
        Ok(list.keys().cloned().collect())
    }
}
