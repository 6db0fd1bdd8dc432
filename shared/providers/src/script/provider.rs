//! The writers of scripts, chosen by settings.

use super::openai_compatible::{Check, OpenAiCompatible, Prompts, Settings};
use crate::Secret;
use crate::settings::{InvalidSettings, ProviderSettings};
use domain::ports::{PortError, ScriptWriter};
use domain::{Capability, Document, JobOptions, Meter, Script};

/// A vendor's model.
#[derive(Debug, Clone)]
pub enum ScriptProvider {
    /// Any server that speaks the chat completions of `OpenAI`.
    OpenAiCompatible(OpenAiCompatible),
}

impl ScriptProvider {
    /// The words of the adapters.
    pub const KNOWN: [&str; 1] = ["openai-compatible"];

    /// Where a provider's key is kept; none where it needs none.
    pub fn key_reference(settings: &ProviderSettings) -> Option<String> {
        settings.key.clone()
    }

    /// The provider that settings ask for, what it is told, and what its scripts must stand up to.
    ///
    /// # Errors
    /// What is missing in the settings, or that there is no such provider.
    pub fn new(
        settings: &ProviderSettings,
        key: Option<Secret>,
        prompts: Prompts,
        check: Check,
    ) -> Result<Self, InvalidSettings> {
        let required = |setting, value| settings.required(Capability::Script, setting, value);
        match settings.provider.as_str() {
            "openai-compatible" => {
                let base_url = required("base_url", settings.base_url.as_ref())?;
                let mut own = Settings::new(base_url, key, required("model", settings.model.as_ref())?);
                own.timeout = settings.timeout(own.timeout);
                Ok(Self::OpenAiCompatible(OpenAiCompatible::new(own, prompts, check)?))
            }
            other => Err(InvalidSettings::Unknown {
                capability: Capability::Script,
                provider: other.to_owned(),
                known: Self::KNOWN.join(", "),
            }),
        }
    }

    /// The ids of the models that the provider offers, in its order.
    pub async fn models(&self) -> Result<Vec<String>, PortError> {
        match self {
            Self::OpenAiCompatible(server) => server.models().await,
        }
    }
}

impl ScriptWriter for ScriptProvider {
    async fn write(&self, document: &Document, options: &JobOptions, meter: &Meter) -> Result<Script, PortError> {
        match self {
            Self::OpenAiCompatible(server) => server.write(document, options, meter).await,
        }
    }
}
