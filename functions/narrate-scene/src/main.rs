//! Wires `narrate-scene`.

use domain::ports::{JobStore, Speech};
use jiff::Timestamp;
use media::Ffmpeg;
use media::voice::EspeakVoice;
use providers::Secret;
use providers::speech::{OpenAiCompatible, Settings};
use stage::settings::{SettingError, optional, required};
use std::path::Path;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("narrate-scene");
    let aws = aws::Config::load().await;
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(required("LECTERN_TABLE")?);
    let ffmpeg = Ffmpeg::locate(optional("LECTERN_FFMPEG").as_deref().map(Path::new))?;
    let embedded = EspeakVoice::locate(optional("LECTERN_VOICE").as_deref().map(Path::new))?;
    match optional("LECTERN_SPEECH_PROVIDER").as_deref() {
        None | Some("embedded") => serve(&assets, &jobs, &embedded, &embedded, &ffmpeg).await,
        Some("openai") => serve(&assets, &jobs, &server(&aws).await?, &embedded, &ffmpeg).await,
        Some(other) => Err(SettingError::Malformed {
            name: "LECTERN_SPEECH_PROVIDER".to_owned(),
            value: other.to_owned(),
            expected: "`embedded` or `openai`",
        }
        .into()),
    }
}

async fn serve(
    assets: &aws::s3::Assets,
    jobs: &impl JobStore,
    speech: &impl Speech,
    embedded: &impl Speech,
    ffmpeg: &Ffmpeg,
) -> Result<(), stage::Error> {
    stage::run("narrate-scene", jobs, assets, async |jobs, assets, input| {
        narrate_scene::handle(&assets, &jobs, speech, embedded, ffmpeg, Timestamp::now(), input).await
    })
    .await
}

/// The voice of a server.
async fn server(aws: &aws::Config) -> Result<OpenAiCompatible, stage::Error> {
    let key = match optional("LECTERN_SPEECH_KEY") {
        Some(name) => Some(Secret::new(aws.secret(&name).await?)),
        None => None,
    };
    let settings = Settings::new(
        required("LECTERN_SPEECH_BASE_URL")?,
        key,
        required("LECTERN_SPEECH_MODEL")?,
        required("LECTERN_SPEECH_VOICE")?,
    );
    Ok(OpenAiCompatible::new(settings)?)
}
