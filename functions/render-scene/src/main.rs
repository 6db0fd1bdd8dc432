//! Wires `render-scene`.

use media::Ffmpeg;
use stage::settings::{optional, required};
use std::path::Path;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("render-scene");
    let aws = aws::Config::load().await;
    let uploads = aws.uploads(required("LECTERN_UPLOADS_BUCKET")?);
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(required("LECTERN_TABLE")?);
    let ffmpeg = Ffmpeg::locate(optional("LECTERN_FFMPEG").as_deref().map(Path::new))?;
    render::find_fonts(optional("LECTERN_FONTS").as_deref().map(Path::new));
    stage::run("render-scene", &jobs, &assets, async |jobs, assets, input| {
        render_scene::handle(&uploads, &assets, &jobs, &ffmpeg, input).await
    })
    .await
}
