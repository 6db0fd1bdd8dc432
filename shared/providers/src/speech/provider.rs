//! The voices, chosen by settings.

use super::openai_compatible::{OpenAiCompatible, Settings};
use crate::Secret;
use crate::settings::{InvalidSettings, ProviderSettings};
use domain::ports::{PortError, Speech, SpeechClip, SpeechRequest};
use domain::{Capability, Meter};

/// A vendor's voice.
#[derive(Debug, Clone)]
pub enum SpeechProvider {
    /// Any server that speaks the `/audio/speech` of `OpenAI`.
    OpenAiCompatible(OpenAiCompatible),
}

impl SpeechProvider {
    /// The words of the adapters.
    pub const KNOWN: [&str; 1] = ["openai-compatible"];

    /// Where a provider's key is kept; none where it needs none.
    pub fn key_reference(settings: &ProviderSettings) -> Option<String> {
        settings.key.clone()
    }

    /// The provider that settings ask for.
    ///
    /// # Errors
    /// What is missing in the settings, or that there is no such provider.
    pub fn new(settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let required = |setting, value| settings.required(Capability::Speech, setting, value);
        match settings.provider.as_str() {
            "openai-compatible" => {
                let base_url = required("base_url", settings.base_url.as_ref())?;
                let (model, voice) = (required("model", settings.model.as_ref())?, required("voice", settings.voice.as_ref())?);
                let mut own = Settings::new(base_url, key, model, voice);
                own.timeout = settings.timeout(own.timeout);
                Ok(Self::OpenAiCompatible(OpenAiCompatible::new(own)?))
            }
            other => Err(InvalidSettings::Unknown {
                capability: Capability::Speech,
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

impl Speech for SpeechProvider {
    fn identity(&self) -> String {
        match self {
            Self::OpenAiCompatible(server) => server.identity(),
        }
    }

    async fn speak(&self, request: &SpeechRequest, meter: &Meter) -> Result<SpeechClip, PortError> {
        match self {
            Self::OpenAiCompatible(server) => server.speak(request, meter).await,
        }
    }
}
