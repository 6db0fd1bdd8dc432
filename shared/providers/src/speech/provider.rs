//! Chooses among the vendors of voices.

use super::elevenlabs::ElevenLabs;
use super::openai_compatible::{OpenAiCompatible, known_as};
use super::piper::Piper;
use super::polly::Polly;
use super::voice::{Piece, Spoken, Voice};
use super::zyphra::Zyphra;
use crate::Secret;
use crate::settings::{InvalidSettings, ProviderSettings};
use domain::Capability;
use domain::ports::{PortError, RequestSigner};
use std::sync::Arc;

/// A voice of one of the vendors.
#[derive(Debug, Clone)]
pub struct SpeechProvider {
    word: String,
    vendor: Vendor,
}

#[derive(Debug, Clone)]
enum Vendor {
    OpenAiCompatible(OpenAiCompatible),
    Polly(Polly),
    ElevenLabs(ElevenLabs),
    Zyphra(Zyphra),
    Piper(Piper),
}

/// Runs the same words on the voice of any vendor.
macro_rules! of_any {
    ($vendor:expr, $voice:ident => $words:expr) => {
        match $vendor {
            Vendor::OpenAiCompatible($voice) => $words,
            Vendor::Polly($voice) => $words,
            Vendor::ElevenLabs($voice) => $words,
            Vendor::Zyphra($voice) => $words,
            Vendor::Piper($voice) => $words,
        }
    };
}

impl SpeechProvider {
    /// The words of the adapters.
    pub const KNOWN: [&str; 8] =
        ["polly", "openai", "elevenlabs", "zyphra", "chatterbox", "piper", "speaches", "openai-compatible"];

    /// Where a provider's key is kept; none where it needs none. Those that cannot do without have it under their own word, such as
    /// `lectern/speech/elevenlabs`, unless the settings say otherwise.
    pub fn key_reference(settings: &ProviderSettings) -> Option<String> {
        match settings.provider.as_str() {
            "openai" | "elevenlabs" | "zyphra" => Some(settings.key_or_own(Capability::Speech)),
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
    ) -> Result<Self, InvalidSettings> {
        let word = settings.provider.clone();
        let vendor = match word.as_str() {
            "polly" => Vendor::Polly(Polly::new(settings, signer)?),
            "elevenlabs" => Vendor::ElevenLabs(ElevenLabs::new(settings, key)?),
            "zyphra" => Vendor::Zyphra(Zyphra::new(settings, key)?),
            "piper" => Vendor::Piper(Piper::new(settings, key)?),
            other => match known_as(other) {
                Some(known) => Vendor::OpenAiCompatible(OpenAiCompatible::new(known, settings, key)?),
                None => return Err(InvalidSettings::unknown(Capability::Speech, other, &Self::KNOWN)),
            },
        };
        Ok(Self { word, vendor })
    }

    /// The word of its adapter.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// The ids of the models that the provider offers, in its order; none where it has no choice of them.
    pub async fn models(&self) -> Result<Vec<String>, PortError> {
        of_any!(&self.vendor, voice => voice.models().await)
    }

    /// The id of the model, where the vendor has several.
    pub fn model(&self) -> Option<&str> {
        of_any!(&self.vendor, voice => voice.model())
    }

    /// The names of the voices the vendor offers, as it lists them.
    pub async fn voices(&self) -> Result<Vec<String>, PortError> {
        of_any!(&self.vendor, voice => voice.voices().await)
    }

    pub(super) fn voice_identity(&self) -> String {
        of_any!(&self.vendor, voice => voice.identity())
    }

    pub(super) fn voice_for(&self, language: &str) -> Option<String> {
        of_any!(&self.vendor, voice => voice.voice_for(language))
    }

    pub(super) fn most_characters(&self) -> usize {
        of_any!(&self.vendor, voice => voice.most_characters())
    }

    pub(super) async fn speak_piece(&self, piece: &Piece<'_>) -> Result<Spoken, PortError> {
        of_any!(&self.vendor, voice => voice.speak(piece).await)
    }
}
