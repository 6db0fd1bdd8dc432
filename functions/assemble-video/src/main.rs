//! Wires `assemble-video`.

use jiff::Timestamp;
use media::Ffmpeg;
use stage::settings::{optional, required};
use std::path::Path;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("assemble-video");
    let aws = aws::Config::load().await;
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(required("LECTERN_TABLE")?);
    let ffmpeg = Ffmpeg::locate(optional("LECTERN_FFMPEG").as_deref().map(Path::new))?;
    render::find_fonts(optional("LECTERN_FONTS").as_deref().map(Path::new));
    stage::run("assemble-video", &jobs, &assets, async |jobs, assets, input| {
        assemble_video::handle(&assets, &jobs, &ffmpeg, Timestamp::now(), input).await
    })
    .await
}
