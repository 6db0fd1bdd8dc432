//! Joins finished streams, for the benchmark: `assemble PICTURE.h264 SOUND.aac OUT.mp4` copies packets and does nothing else.

use media::{Film, mux};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [video, audio, output] = words.as_slice() else {
        return Err("expected PICTURE.h264 SOUND.aac OUT.mp4".into());
    };
    let (video, audio) = (std::fs::read(video)?, std::fs::read(audio)?);
    let film = Film { video: &video, audio: &audio, captions: &[], chapters: &[], title: "Assembly", language: "en" };
    std::fs::write(output, mux(&film)?)?;
    Ok(())
}
