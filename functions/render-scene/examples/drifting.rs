//! Makes one scene whose picture drifts, for the benchmark: `drifting FFMPEG IMAGE SECONDS MOTION OUT.h264` with `full`, `calm` or
//! `none`. The image is a PNG, JPEG, WebP or GIF.

#![expect(clippy::print_stdout, reason = "this program reports to a person")]

use domain::ports::{AssetStore, JobStore};
use domain::{AssetKey, Cells, ContentHash, Figure, FigureSource, Job, JobOptions, Scene, Script, SpokenWord, Take, Visual};
use fakes::{MemoryAssets, MemoryJobs, MemoryUploads};
use media::{Ffmpeg, h264};
use std::error::Error;
use std::path::Path;

type Failed = Box<dyn Error + Send + Sync>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [ffmpeg, image, seconds, motion, output] = words.as_slice() else {
        return Err("expected `FFMPEG IMAGE SECONDS MOTION OUT.h264`".into());
    };
    let (ffmpeg, image) = (Ffmpeg::locate(Some(Path::new(ffmpeg)))?, std::fs::read(image)?);
    let (uploads, assets, jobs) = (MemoryUploads::default(), MemoryAssets::default(), MemoryJobs::default());
    let hash = ContentHash::of([&image]);
    let source = FigureSource::Image { hash: hash.clone(), media_type: "image/png".to_owned() };
    let figure = Figure { caption: Some("How the tides come about".to_owned()), label: Some("Figure 1".to_owned()), source };
    let visual = Visual::Image { title: "The picture as a whole".to_owned(), figure };
    let scene = Scene { visual, ..fakes::scene("This is how the tides come about.") };
    let script = Script { scenes: vec![scene.clone(), scene.clone(), scene], ..fakes::script(&[]) };
    let (scripted, id) = fakes::scripted_job(&script).await;
    let options = JobOptions { motion: serde_json::from_value(motion.as_str().into())?, ..JobOptions::default() };
    let job = Job { options, ..scripted.load(&id).await? };
    jobs.create(&job).await?;
    assets.put(&AssetKey::Script(job.owner.clone(), id.clone(), job.version), serde_json::to_vec(&script)?).await?;
    assets.put(&AssetKey::Image(job.owner.clone(), hash), image).await?;
    let take = Take {
        provider: "hum".to_owned(),
        voice: "hum".to_owned(),
        duration: Cells::covering(seconds.parse::<u64>()? * 48_000),
        words: vec![SpokenWord { start: 0, end: 4, begin_ms: 250, end_ms: 500 }],
        loudness_lufs: -16.0,
        true_peak_dbtp: -2.0,
        characters: 0,
        fallback: None,
    };
    let address = ContentHash::of_json("take", &take);
    assets.put(&AssetKey::Take(job.owner.clone(), address.clone()), serde_json::to_vec(&take)?).await?;
    let input =
        render_scene::Input { job: id, scene: 1, take: address, picture: None, without_picture: false, placeholder: false };
    let made = render_scene::handle(&uploads, &assets, &jobs, &ffmpeg, input).await.map_err(|failure| failure.to_string())?;
    let segment = assets.get(&AssetKey::Segment(job.owner, made.segment)).await?;
    println!("{} frames, {} bytes", h264::count_frames(&segment), segment.len());
    std::fs::write(output, segment)?;
    Ok(())
}
