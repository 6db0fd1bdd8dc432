//! Joins finished streams, for the benchmark: `assemble FFMPEG PICTURE.h264 SOUND.aac OUT.mp4` copies packets and does nothing else.

use media::{Ffmpeg, Tracks, mux};
use std::error::Error;
use std::path::Path;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [ffmpeg, video, audio, output] = words.as_slice() else {
        return Err("expected FFMPEG PICTURE.h264 SOUND.aac OUT.mp4".into());
    };
    let tracks = Tracks {
        video: video.into(),
        audio: audio.into(),
        captions: None,
        title: "Assembly".to_owned(),
        language: "en".to_owned(),
        output: output.into(),
    };
    mux(&Ffmpeg::locate(Some(Path::new(ffmpeg)))?, &tracks).await?;
    Ok(())
}
