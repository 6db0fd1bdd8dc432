//! Wires `narrate-scene`.

use jiff::Timestamp;
use media::Ffmpeg;
use media::voice::EspeakVoice;
use stage::settings::{optional, required};
use std::path::Path;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("narrate-scene");
    let aws = aws::Config::load().await;
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(required("LECTERN_TABLE")?);
    let ffmpeg = Ffmpeg::locate(optional("LECTERN_FFMPEG").as_deref().map(Path::new))?;
    let embedded = EspeakVoice::locate(optional("LECTERN_VOICE").as_deref().map(Path::new))?;
    stage::run("narrate-scene", &jobs, |input| {
        narrate_scene::handle(&assets, &jobs, &embedded, &embedded, &ffmpeg, Timestamp::now(), input)
    })
    .await
}
