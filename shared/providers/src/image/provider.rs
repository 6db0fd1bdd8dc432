//! Chooses among the vendors of pictures.

use super::openai::OpenAi;
use super::painter::{Painter, media_type};
use super::presenton::Presenton;
use super::replicate::Replicate;
use crate::Secret;
use crate::settings::{InvalidSettings, ProviderSettings};
use domain::ports::{Errand, Illustration, Illustrator, ImageRequest, PortError, Ticket};
use domain::{Capability, Charge, Meter};

const SERVICE: &str = "the painter";

/// One of the vendors of pictures.
#[derive(Debug, Clone)]
pub struct ImageProvider {
    word: String,
    vendor: Vendor,
}

#[derive(Debug, Clone)]
enum Vendor {
    Replicate(Replicate),
    OpenAi(OpenAi),
    Presenton(Presenton),
}

/// Runs the same words on any vendor.
macro_rules! of_any {
    ($vendor:expr, $painter:ident => $words:expr) => {
        match $vendor {
            Vendor::Replicate($painter) => $words,
            Vendor::OpenAi($painter) => $words,
            Vendor::Presenton($painter) => $words,
        }
    };
}

impl ImageProvider {
    /// The words of the adapters.
    pub const KNOWN: [&str; 4] = ["replicate", "openai", "presenton", "presenton-cloud"];

    /// The model of a provider where its settings name none; none where it has no choice of them.
    pub fn usual_model(provider: &str) -> Option<&'static str> {
        match provider {
            "replicate" => Some("black-forest-labs/flux-schnell"),
            "openai" => Some("gpt-image-1-mini"),
            _ => None,
        }
    }

    /// Where a provider's key is kept; none where it needs none. Those that cannot do without have it under their own word, such as
    /// `lectern/image/replicate`, unless the settings say otherwise.
    pub fn key_reference(settings: &ProviderSettings) -> Option<String> {
        match settings.provider.as_str() {
            "replicate" | "openai" | "presenton-cloud" => Some(settings.key_or_own(Capability::Image)),
            _ => settings.key.clone(),
        }
    }

    /// The provider that settings ask for.
    ///
    /// # Errors
    /// What is missing in the settings or not known, or that there is no such provider.
    pub fn new(settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let word = settings.provider.clone();
        let vendor = match word.as_str() {
            "replicate" => Vendor::Replicate(Replicate::new(settings, key)?),
            "openai" => Vendor::OpenAi(OpenAi::new(settings, key)?),
            "presenton" => Vendor::Presenton(Presenton::self_hosted(settings, key)?),
            "presenton-cloud" => Vendor::Presenton(Presenton::cloud(settings, key)?),
            other => return Err(InvalidSettings::unknown(Capability::Image, other, &Self::KNOWN)),
        };
        Ok(Self { word, vendor })
    }

    /// The ids of the models that the provider offers, in its order; none where it has no choice of them.
    pub async fn models(&self) -> Result<Vec<String>, PortError> {
        of_any!(&self.vendor, painter => painter.models().await)
    }
}

impl Illustrator for ImageProvider {
    fn identity(&self) -> String {
        format!("{} {}", self.word, of_any!(&self.vendor, painter => painter.identity()))
    }

    fn model(&self) -> Option<&str> {
        of_any!(&self.vendor, painter => painter.model())
    }

    async fn illustrate(&self, request: &ImageRequest, errand: &impl Errand, meter: &Meter) -> Result<Illustration, PortError> {
        let drawn = of_any!(&self.vendor, painter => painter.draw(request, errand).await)?;
        meter.note(Charge {
            capability: Capability::Image,
            provider: self.word.clone(),
            model: self.model().map(str::to_owned),
            usage: drawn.usage,
            request_id: drawn.request_id,
            saved: false,
        });
        let bytes = drawn.file?;
        let media_type = media_type(&bytes).ok_or_else(|| PortError::unusable(SERVICE, "the file is no picture"))?;
        Ok(Illustration { bytes, media_type })
    }

    async fn give_up(&self, ticket: &Ticket) -> Result<(), PortError> {
        of_any!(&self.vendor, painter => painter.give_up(&ticket.id).await)
    }
}
