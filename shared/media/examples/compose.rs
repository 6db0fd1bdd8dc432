//! Composes a video from finished pictures and speech, as the stages do, for the benchmark and for a look at the crate:
//! `compose FFMPEG WIDTH HEIGHT OUT.mp4 PICTURE.rgba SPEECH.f32 [PICTURE SPEECH]...`
//!
//! A picture is raw RGBA, a speech is raw mono `f32` at 22,050 Hz, or a narration that is encoded already (`.aac`), so that only
//! pictures are encoded and packets copied. Beside the video the narrations (`OUT.0.aac`, ...) and both streams (`OUT.h264`,
//! `OUT.aac`) are left, for the cases that begin with them.

#![expect(clippy::print_stdout, reason = "this program reports to a person")]

use domain::{Cells, SAMPLES_PER_CELL};
use media::{Ffmpeg, Film, adts, h264, mux, picture, sound};
use std::error::Error;
use std::path::{Path, PathBuf};

const SPEECH_RATE_HZ: u32 = 22_050;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [ffmpeg, width, height, output, parts @ ..] = words.as_slice() else {
        return Err("expected FFMPEG WIDTH HEIGHT OUT.mp4 and pairs of picture and speech".into());
    };
    let ffmpeg = Ffmpeg::locate(Some(Path::new(ffmpeg)))?;
    let (width, height) = (width.parse()?, height.parse()?);

    // Scenes are made side by side, as the state machine does.
    let scenes: Vec<_> = parts
        .chunks_exact(2)
        .map(|pair| tokio::spawn(compose_scene(ffmpeg.clone(), width, height, pair[0].clone().into(), pair[1].clone().into())))
        .collect();
    let output = Path::new(output);
    let (mut video, mut audio) = (Vec::new(), Vec::new());
    for (number, scene) in scenes.into_iter().enumerate() {
        let (segment, narration) = scene.await?.map_err(|error| -> Box<dyn Error> { error })?;
        std::fs::write(output.with_extension(format!("{number}.aac")), &narration)?;
        video.extend(segment);
        audio.extend(narration);
    }
    join(&video, &audio, output)?;
    println!("{} frames", h264::count_frames(&video));
    Ok(())
}

/// The segment and the narration of one scene.
async fn compose_scene(
    ffmpeg: Ffmpeg,
    width: u32,
    height: u32,
    pixels: PathBuf,
    speech: PathBuf,
) -> Result<(Vec<u8>, Vec<u8>), Box<dyn Error + Send + Sync>> {
    let bytes = std::fs::read(&speech)?;
    let narrate = async {
        if speech.extension().is_some_and(|extension| extension == "aac") {
            let cells = adts::count_samples(&bytes)? / u64::from(SAMPLES_PER_CELL);
            return Ok::<_, Box<dyn Error + Send + Sync>>((bytes, Cells(u32::try_from(cells)?)));
        }
        let samples = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let narration = sound::encode_narration(&ffmpeg, samples, SPEECH_RATE_HZ).await?;
        Ok((narration.adts, narration.duration))
    };
    let rgba = std::fs::read(&pixels)?;
    let (narration, group) = tokio::join!(narrate, picture::encode_held(&ffmpeg, &rgba, width, height));
    let (narration, duration) = narration?;
    Ok((h264::hold(&group?, duration)?, narration))
}

fn join(video: &[u8], audio: &[u8], output: &Path) -> Result<(), Box<dyn Error>> {
    let film = Film { video, audio, captions: &[], chapters: &[], title: "Composition", language: "en" };
    std::fs::write(output, mux(&film)?)?;
    std::fs::write(output.with_extension("h264"), video)?;
    std::fs::write(output.with_extension("aac"), audio)?;
    Ok(())
}
