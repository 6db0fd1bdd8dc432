//! Wires `probe-providers`.

use domain::ports::{PortError, RequestSigner};
use domain::{Capability, Code, Failure, Offer};
use jiff::Timestamp;
use probe_providers::Offers;
use providers::chain::{Choice, Link, Nobody, breaker_name, links};
use providers::image::ImageProvider;
use providers::script::{Prompts, ScriptProvider};
use providers::settings::{self, InvalidSettings, ProviderSettings};
use providers::speech::SpeechProvider;
use providers::transcript::TranscriptProvider;
use stage::settings::{optional, required};
use std::sync::Arc;

/// Nobody is told anything here.
const NO_PROMPTS: Prompts = Prompts { version: "", write: "", repair: "", condense: "" };

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("probe-providers");
    let aws = aws::Config::load().await;
    let catalogues = aws.providers(required("LECTERN_TABLE")?);
    let scripts = vendors(Capability::Script)?;
    let speech = vendors(Capability::Speech)?;
    let transcripts = vendors(Capability::Transcript)?;
    let images = vendors(Capability::Image)?;
    stage::run_event("probe-providers", async |_| {
        let signer: Arc<dyn RequestSigner> = Arc::new(aws.signer());
        let key = async |reference| aws.secret_of(reference).await;
        let script_key = async |settings: &ProviderSettings| key(ScriptProvider::key_reference(settings)).await;
        let script = |settings: &ProviderSettings, key| {
            let provider = ScriptProvider::new(settings, key, &signer, NO_PROMPTS, |_, _| Vec::new())?;
            Ok(Vendor::Script(Box::new(provider)))
        };
        let speech_key = async |settings: &ProviderSettings| key(SpeechProvider::key_reference(settings)).await;
        let voice = |settings: &ProviderSettings, key| SpeechProvider::new(settings, key, &signer).map(Vendor::Speech);
        let transcript_key = async |settings: &ProviderSettings| key(TranscriptProvider::key_reference(settings)).await;
        let transcriber = |settings: &ProviderSettings, key| TranscriptProvider::new(settings, key).map(Vendor::Transcript);
        let image_key = async |settings: &ProviderSettings| key(ImageProvider::key_reference(settings)).await;
        let painter = |settings: &ProviderSettings, key| ImageProvider::new(settings, key).map(Vendor::Image);
        let mut all = links(Capability::Script, &scripts, None, script_key, script).await.map_err(misconfigured)?;
        all.extend(links(Capability::Speech, &speech, None, speech_key, voice).await.map_err(misconfigured)?);
        all.extend(links(Capability::Transcript, &transcripts, None, transcript_key, transcriber).await.map_err(misconfigured)?);
        all.extend(links(Capability::Image, &images, None, image_key, painter).await.map_err(misconfigured)?);
        let providers: Vec<Provider> = all.into_iter().map(Provider::from).collect();
        probe_providers::handle(&catalogues, &providers, Timestamp::now()).await
    })
    .await
}

/// The vendors of a list; our own have nothing to be asked for.
fn vendors(capability: Capability) -> Result<Vec<ProviderSettings>, InvalidSettings> {
    let list = settings::read(capability, optional)?;
    Ok(list.into_iter().filter(|settings| !settings.is_embedded()).collect())
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it on")]
fn misconfigured(error: InvalidSettings) -> Failure {
    Failure::new(Code::Internal, error.to_string())
}

/// A provider, by what its breaker is called.
struct Provider {
    name: String,
    choice: Choice<Nobody, Vendor>,
}

enum Vendor {
    Script(Box<ScriptProvider>),
    Speech(SpeechProvider),
    Image(ImageProvider),
    Transcript(TranscriptProvider),
}

impl From<Link<Choice<Nobody, Vendor>>> for Provider {
    fn from(link: Link<Choice<Nobody, Vendor>>) -> Self {
        Self { name: breaker_name(link.capability, &link.settings), choice: link.provider }
    }
}

impl Offers for Provider {
    fn name(&self) -> &str {
        &self.name
    }

    async fn offer(&self) -> Result<Offer, PortError> {
        let vendor = match &self.choice {
            Choice::Embedded(nobody) => match *nobody {},
            Choice::Vendor(vendor) => vendor,
            Choice::Absent(reason) => {
                return Err(PortError::Misused { service: "the provider", message: reason.clone() });
            }
        };
        Ok(match vendor {
            Vendor::Script(script) => Offer { models: script.models().await?, voices: Vec::new() },
            Vendor::Speech(speech) => Offer { models: speech.models().await?, voices: speech.voices().await? },
            Vendor::Image(image) => Offer { models: image.models().await?, voices: Vec::new() },
            Vendor::Transcript(transcript) => Offer { models: transcript.models().await?, voices: Vec::new() },
        })
    }
}
