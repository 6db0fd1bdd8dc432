//! Wires `narrate-scene`.

use aws::dynamodb::ProviderTable;
use domain::ports::RequestSigner;
use domain::{Budget, Capability, Code, Failure};
use jiff::Timestamp;
use media::Ffmpeg;
use media::voice::EspeakVoice;
use providers::Secret;
use providers::chain::{Chain, Choice, Link};
use providers::settings::{self, InvalidSettings, ProviderSettings};
use providers::speech::SpeechProvider;
use stage::settings::{dollars, optional, required};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The function may take 120 s; our own voice and the encoding take a few of them.
const PATIENCE: Duration = Duration::from_secs(100);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("narrate-scene");
    let aws = aws::Config::load().await;
    let table = required("LECTERN_TABLE")?;
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(&table);
    let store = aws.providers(&table);
    let budget = Budget { job: dollars("LECTERN_JOB_BUDGET", 1.0)?, day: dollars("LECTERN_OWNER_BUDGET", 10.0)? };
    let ffmpeg = Ffmpeg::locate(optional("LECTERN_FFMPEG").as_deref().map(Path::new))?;
    let embedded = EspeakVoice::locate(optional("LECTERN_VOICE").as_deref().map(Path::new))?;
    let list = settings::parse(Capability::Speech, optional("LECTERN_SPEECH_PROVIDERS").as_deref())?;
    // A wrong setting stops the start.
    voices(&aws, &list, &embedded, &store, budget).await?;
    stage::run("narrate-scene", &jobs, &assets, async |jobs, assets, input: narrate_scene::Input| {
        // Anew for each scene, because keys change.
        let voices = voices(&aws, &list, &embedded, &store, budget)
            .await
            .map_err(|error| Failure::new(Code::Internal, error.to_string()))?
            .waiting(input.waits());
        narrate_scene::handle(&assets, &jobs, &voices, &ffmpeg, jobs.meter(), Timestamp::now(), input).await
    })
    .await
}

/// The voices that settings ask for. One whose key cannot be read is passed over.
async fn voices(
    aws: &aws::Config,
    list: &[ProviderSettings],
    embedded: &EspeakVoice,
    store: &ProviderTable,
    budget: Budget,
) -> Result<Chain<Choice<EspeakVoice, SpeechProvider>, ProviderTable>, InvalidSettings> {
    let signer: Arc<dyn RequestSigner> = Arc::new(aws.signer());
    let mut links = Vec::new();
    for settings in list {
        let reference = SpeechProvider::key_reference(settings);
        let key = match &reference {
            Some(reference) => aws.secret(reference).await.map(|key| Some(Secret::new(key))),
            None => Ok(None),
        };
        let voice = match key {
            _ if settings.is_embedded() => Choice::Embedded(embedded.clone()),
            Ok(key) => Choice::Vendor(SpeechProvider::new(settings, key, &signer)?),
            Err(error) => Choice::Unusable(format!("its key cannot be read: {error}")),
        };
        links.push(Link::new(Capability::Speech, settings.clone(), voice));
    }
    Ok(Chain::new(links, store.clone(), budget, PATIENCE, Timestamp::now))
}
