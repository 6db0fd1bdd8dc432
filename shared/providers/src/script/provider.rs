//! The writers of scripts, chosen by settings.

use super::anthropic::Anthropic;
use super::bedrock::Bedrock;
use super::gemini::Gemini;
use super::model::{Limits, Model, Question, Reply};
use super::ollama::Ollama;
use super::openai_compatible::{OpenAiCompatible, known_as};
use super::writer::{Check, Prompts};
use crate::Secret;
use crate::settings::{InvalidSettings, ProviderSettings};
use domain::Capability;
use domain::ports::{PortError, RequestSigner};
use std::sync::Arc;
use std::time::Duration;

/// A vendor's model, what it is told, and what its scripts must stand up to.
#[derive(Debug, Clone)]
pub struct ScriptProvider {
    /// The word of its adapter.
    pub(super) word: String,
    vendor: Vendor,
    pub(super) prompts: Prompts,
    pub(super) check: Check,
}

#[derive(Debug, Clone)]
enum Vendor {
    OpenAiCompatible(OpenAiCompatible),
    Anthropic(Anthropic),
    Gemini(Gemini),
    Ollama(Ollama),
    Bedrock(Box<Bedrock>),
}

/// Runs the same words on the model of any vendor.
macro_rules! of_any {
    ($provider:expr, $model:ident => $words:expr) => {
        match &$provider.vendor {
            Vendor::OpenAiCompatible($model) => $words,
            Vendor::Anthropic($model) => $words,
            Vendor::Gemini($model) => $words,
            Vendor::Ollama($model) => $words,
            Vendor::Bedrock($model) => $words,
        }
    };
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
        let vendor = match word.as_str() {
            "anthropic" => Vendor::Anthropic(Anthropic::new(own, key)?),
            "gemini" => Vendor::Gemini(Gemini::new(own, key)?),
            "ollama" => Vendor::Ollama(Ollama::new(own, key)?),
            "bedrock" => Vendor::Bedrock(Box::new(Bedrock::new(own, signer)?)),
            other => match known_as(other) {
                Some(known) => Vendor::OpenAiCompatible(OpenAiCompatible::new(known, own, key)?),
                None => return Err(InvalidSettings::unknown(Capability::Script, other, &Self::KNOWN)),
            },
        };
        Ok(Self { word, vendor, prompts, check })
    }

    /// The id of the model.
    pub fn model(&self) -> &str {
        of_any!(self, model => model.model())
    }

    /// The ids of the models that the provider offers, in its order.
    pub async fn models(&self) -> Result<Vec<String>, PortError> {
        of_any!(self, model => model.models().await)
    }

    pub(super) fn limits(&self) -> Limits {
        of_any!(self, model => model.limits())
    }

    pub(super) fn timeout(&self) -> Duration {
        of_any!(self, model => model.timeout())
    }

    pub(super) async fn question(&self, question: &Question<'_>) -> Result<Reply, PortError> {
        of_any!(self, model => model.ask(question).await)
    }
}
