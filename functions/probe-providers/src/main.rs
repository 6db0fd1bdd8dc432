//! Wires `probe-providers`.

use domain::ports::{PortError, RequestSigner};
use domain::{Capability, Code, Failure};
use jiff::Timestamp;
use probe_providers::Offers;
use providers::Secret;
use providers::chain::breaker_name;
use providers::image::ImageProvider;
use providers::script::{Prompts, ScriptProvider};
use providers::settings::{InvalidSettings, ProviderSettings, parse};
use providers::speech::SpeechProvider;
use stage::settings::{optional, required};
use std::sync::Arc;

/// Nobody is told anything here.
const NO_PROMPTS: Prompts = Prompts { version: "", write: "", repair: "", condense: "" };

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("probe-providers");
    let aws = aws::Config::load().await;
    let catalogues = aws.providers(required("LECTERN_TABLE")?);
    let scripts = parse(Capability::Script, optional("LECTERN_SCRIPT_PROVIDERS").as_deref())?;
    let speech = parse(Capability::Speech, optional("LECTERN_SPEECH_PROVIDERS").as_deref())?;
    let images = parse(Capability::Image, optional("LECTERN_IMAGE_PROVIDERS").as_deref())?;
    let signer: Arc<dyn RequestSigner> = Arc::new(aws.signer());
    stage::run_event("probe-providers", async |_| {
        let mut providers = Vec::new();
        for settings in scripts.iter().filter(|settings| !settings.is_embedded()) {
            let key = key(&aws, ScriptProvider::key_reference(settings)).await;
            providers.push(Provider::script(settings, key, &signer).map_err(misconfigured)?);
        }
        for settings in speech.iter().filter(|settings| !settings.is_embedded()) {
            let key = key(&aws, SpeechProvider::key_reference(settings)).await;
            providers.push(Provider::speech(settings, key, &signer).map_err(misconfigured)?);
        }
        for settings in images.iter().filter(|settings| !settings.is_embedded()) {
            let key = key(&aws, ImageProvider::key_reference(settings)).await;
            providers.push(Provider::image(settings, key).map_err(misconfigured)?);
        }
        probe_providers::handle(&catalogues, &providers, Timestamp::now()).await
    })
    .await
}

async fn key(aws: &aws::Config, reference: Option<String>) -> Result<Option<Secret>, PortError> {
    match reference {
        Some(reference) => Ok(Some(Secret::new(aws.secret(&reference).await?))),
        None => Ok(None),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it on")]
fn misconfigured(error: InvalidSettings) -> Failure {
    Failure::new(Code::Internal, error.to_string())
}

/// A provider, or why its key cannot be had.
struct Provider {
    name: String,
    offers: Result<Vendor, String>,
}

enum Vendor {
    Script(ScriptProvider),
    Speech(SpeechProvider),
    Image(ImageProvider),
}

impl Provider {
    fn script(
        settings: &ProviderSettings,
        key: Result<Option<Secret>, PortError>,
        signer: &Arc<dyn RequestSigner>,
    ) -> Result<Self, InvalidSettings> {
        let name = breaker_name(Capability::Script, settings);
        let offers = match key {
            Ok(key) => Ok(Vendor::Script(ScriptProvider::new(settings, key, signer, NO_PROMPTS, |_, _| Vec::new())?)),
            Err(error) => Err(error.to_string()),
        };
        Ok(Self { name, offers })
    }

    fn speech(
        settings: &ProviderSettings,
        key: Result<Option<Secret>, PortError>,
        signer: &Arc<dyn RequestSigner>,
    ) -> Result<Self, InvalidSettings> {
        let name = breaker_name(Capability::Speech, settings);
        let offers = match key {
            Ok(key) => Ok(Vendor::Speech(SpeechProvider::new(settings, key, signer)?)),
            Err(error) => Err(error.to_string()),
        };
        Ok(Self { name, offers })
    }

    fn image(settings: &ProviderSettings, key: Result<Option<Secret>, PortError>) -> Result<Self, InvalidSettings> {
        let name = breaker_name(Capability::Image, settings);
        let offers = match key {
            Ok(key) => Ok(Vendor::Image(ImageProvider::new(settings, key)?)),
            Err(error) => Err(error.to_string()),
        };
        Ok(Self { name, offers })
    }
}

impl Offers for Provider {
    fn name(&self) -> &str {
        &self.name
    }

    async fn models(&self) -> Result<Vec<String>, PortError> {
        match &self.offers {
            Ok(Vendor::Script(script)) => script.models().await,
            Ok(Vendor::Speech(speech)) => speech.models().await,
            Ok(Vendor::Image(image)) => image.models().await,
            Err(reason) => {
                Err(PortError::Misused { service: "the provider", message: format!("its key cannot be read: {reason}") })
            }
        }
    }
}
