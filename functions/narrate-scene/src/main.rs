//! Wires `narrate-scene`.

use aws::dynamodb::ProviderTable;
use domain::ports::RequestSigner;
use domain::{Budget, Capability, Code, Failure};
use jiff::Timestamp;
use media::Ffmpeg;
use media::voice::EspeakVoice;
use narrate_scene::Studio;
use providers::chain::{Chain, Choice, Nobody, links};
use providers::settings::{self, InvalidSettings, ProviderSettings};
use providers::speech::SpeechProvider;
use providers::transcript::TranscriptProvider;
use stage::settings::{dollars, optional, required};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The function may take 120 s; our own voice and the encoding take a few of them.
const PATIENCE: Duration = Duration::from_secs(100);

/// A take that was written down late is not worth the time of another voice.
const PATIENCE_OF_LISTENERS: Duration = Duration::from_secs(25);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("narrate-scene");
    let aws = aws::Config::load().await;
    let table = required("LECTERN_TABLE")?;
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(&table);
    let ffmpeg = Ffmpeg::locate(optional("LECTERN_FFMPEG").as_deref().map(Path::new))?;
    let cast = Cast {
        store: aws.providers(&table),
        budget: Budget { job: dollars("LECTERN_JOB_BUDGET", 1.0)?, day: dollars("LECTERN_OWNER_BUDGET", 10.0)? },
        embedded: EspeakVoice::locate(optional("LECTERN_VOICE").as_deref().map(Path::new))?,
        speech: settings::read(Capability::Speech, optional)?,
        transcript: settings::read(Capability::Transcript, optional)?,
        aws,
    };
    // A wrong setting stops the start.
    cast.voices().await?;
    cast.transcribers().await?;
    stage::run("narrate-scene", &jobs, &assets, async |jobs, assets, input: narrate_scene::Input| {
        // Anew for each scene, because keys change.
        let voices = cast.voices().await.map_err(misconfigured)?.in_attempt(input.attempt);
        let transcribers = cast.transcribers().await.map_err(misconfigured)?;
        let studio = Studio { voices: &voices, transcribers: &transcribers, ffmpeg: &ffmpeg };
        narrate_scene::handle(&assets, &jobs, &studio, jobs.meter(), Timestamp::now(), input).await
    })
    .await
}

/// Those that settings ask for. One whose key cannot be read is passed over.
struct Cast {
    aws: aws::Config,
    store: ProviderTable,
    budget: Budget,
    embedded: EspeakVoice,
    speech: Vec<ProviderSettings>,
    transcript: Vec<ProviderSettings>,
}

impl Cast {
    async fn voices(&self) -> Result<Chain<Choice<EspeakVoice, SpeechProvider>, ProviderTable>, InvalidSettings> {
        let signer: Arc<dyn RequestSigner> = Arc::new(self.aws.signer());
        let key = async |settings: &ProviderSettings| self.aws.secret_of(SpeechProvider::key_reference(settings)).await;
        let make = |settings: &ProviderSettings, key| SpeechProvider::new(settings, key, &signer);
        let voices = links(Capability::Speech, &self.speech, Some(&self.embedded), key, make).await?;
        Ok(Chain::new(voices, self.store.clone(), self.budget, PATIENCE, Timestamp::now))
    }

    async fn transcribers(&self) -> Result<Chain<Choice<Nobody, TranscriptProvider>, ProviderTable>, InvalidSettings> {
        let key = async |settings: &ProviderSettings| self.aws.secret_of(TranscriptProvider::key_reference(settings)).await;
        let transcribers = links(Capability::Transcript, &self.transcript, None, key, TranscriptProvider::new).await?;
        Ok(Chain::new(transcribers, self.store.clone(), self.budget, PATIENCE_OF_LISTENERS, Timestamp::now))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it on")]
fn misconfigured(error: InvalidSettings) -> Failure {
    Failure::new(Code::Internal, error.to_string())
}
