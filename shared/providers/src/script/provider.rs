//! The writers of scripts, chosen by settings, and the one place where a model is asked.

use super::model::{Limits, Model, Question};
use super::writer::{Check, Prompts};
use super::{anthropic, bedrock, gemini, ollama, openai_compatible};
use crate::settings::{InvalidSettings, ProviderSettings};
use crate::{Secret, models};
use domain::ports::{PortError, RequestSigner};
use domain::{Capability, Charge, Meter};
use std::sync::Arc;
use std::time::Duration;

/// The time for one question where the settings say nothing. A model on this machine may have to be loaded first.
pub(super) const TIMEOUT: Duration = Duration::from_secs(80);

/// A script of 60 scenes takes about 100 kB.
const MOST_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// A vendor's model, what it is told, and what its scripts must stand up to.
#[derive(Debug, Clone)]
pub struct ScriptProvider {
    /// The word of its adapter.
    pub(super) word: String,
    model: Model,
    pub(super) prompts: Prompts,
    pub(super) check: Check,
}

impl ScriptProvider {
    /// The words of the adapters.
    pub const KNOWN: [&str; 10] = [
        "openai",
        "anthropic",
        "gemini",
        "bedrock",
        "huggingface",
        "ollama",
        "llamacpp",
        "lmstudio",
        "vllm",
        "openai-compatible",
    ];

    /// Where a provider's key is kept; none where it needs none. Those that cannot do without have it under their own word, such as
    /// `lectern/script/anthropic`, unless the settings say otherwise.
    pub fn key_reference(settings: &ProviderSettings) -> Option<String> {
        match settings.provider.as_str() {
            "openai" | "anthropic" | "gemini" | "huggingface" => Some(settings.key_or_own(Capability::Script)),
            _ => settings.key.clone(),
        }
    }

    /// The provider that settings ask for. `signer` is for vendors whom the rights of the function let in.
    ///
    /// # Errors
    /// What is missing in the settings or not known, or that there is no such provider.
    pub fn new(
        settings: &ProviderSettings,
        key: Option<Secret>,
        signer: &Arc<dyn RequestSigner>,
        prompts: Prompts,
        check: Check,
    ) -> Result<Self, InvalidSettings> {
        let (word, own) = (settings.provider.clone(), settings.clone());
        let model = match word.as_str() {
            "anthropic" => anthropic::model(own, key)?,
            "gemini" => gemini::model(own, key)?,
            "ollama" => ollama::model(own, key)?,
            "bedrock" => bedrock::model(own, signer)?,
            other => match openai_compatible::known_as(other) {
                Some(known) => openai_compatible::model(known, own, key)?,
                None => return Err(InvalidSettings::unknown(Capability::Script, other, &Self::KNOWN)),
            },
        };
        Ok(Self { word, model, prompts, check })
    }

    /// The id of the model.
    pub fn model(&self) -> &str {
        &self.model.id
    }

    /// The ids of the models that the provider offers, in its order.
    pub async fn models(&self) -> Result<Vec<String>, PortError> {
        let Model { catalogue, dialect, .. } = &self.model;
        models::list_at(catalogue, dialect.listing(), |entry| dialect.listed(entry)).await
    }

    pub(super) fn limits(&self) -> Limits {
        self.model.limits
    }

    /// The time for one question.
    pub(super) fn timeout(&self) -> Duration {
        self.model.endpoint.timeout()
    }

    /// Asks one question and notes what it used, also where the answer cannot be used.
    pub(super) async fn ask(&self, question: &Question<'_>, meter: &Meter) -> Result<String, PortError> {
        let Model { id, limits, endpoint, dialect, .. } = &self.model;
        let (path, request) = (dialect.path(id), dialect.request(id, *limits, question));
        let received = endpoint.post_to(&path, &[], &request, MOST_ANSWER_BYTES).await?;
        let answer = serde_json::from_slice(&received.body).and_then(|answer| dialect.answer(answer));
        let answer = answer.map_err(|_| PortError::unusable(endpoint.service(), "the answer has an unknown form"))?;
        meter.note(Charge {
            capability: Capability::Script,
            provider: self.word.clone(),
            model: Some(id.clone()),
            usage: answer.usage,
            request_id: received.request_id.or_else(|| answer.request_id.clone()),
            saved: false,
        });
        answer.whole(endpoint.service())
    }
}
