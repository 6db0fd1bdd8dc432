//! Decodes a finished MP4 as a player would.

use crate::ffmpeg::{Report, limits};
use crate::sound::samples_of;
use crate::{Ffmpeg, MediaError};
use ffmpeg_sidecar::command::FfmpegCommand;
use std::path::Path;
use std::time::Duration;

/// Key frames are looked at in this size.
const SMALL_WIDTH: usize = 64;
const SMALL_HEIGHT: usize = 36;

/// What a decoder made of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded<T> {
    /// What it decoded to.
    pub content: T,
    /// What it complained about; empty for a sound stream.
    pub complaints: Vec<String>,
}

/// Decodes the sound of an MP4: its samples, 48 kHz, mono. `most_samples` bounds what is taken.
pub async fn decode_sound(ffmpeg: &Ffmpeg, video: &Path, most_samples: u64) -> Result<Decoded<Vec<f32>>, MediaError> {
    let mut command = ffmpeg.command();
    command.args(["-err_detect", "+crccheck+explode"]).format("mov").input(video).map("0:a:0");
    command.codec_audio("pcm_f32le").format("f32le").output("pipe:1");
    let most = usize::try_from(most_samples * 4).unwrap_or(usize::MAX);
    let Report { output, complaints } = ffmpeg.run(&command, Vec::new(), &limits(Duration::from_secs(120), most)).await?;
    Ok(Decoded { content: samples_of(&output), complaints })
}

/// Decodes the key frames of an MP4: the mean brightness of each, from 0 (black) to 255 (white).
pub async fn decode_key_frames(ffmpeg: &Ffmpeg, video: &Path) -> Result<Decoded<Vec<f64>>, MediaError> {
    let Report { output, complaints } =
        ffmpeg.run(&key_frames_command(ffmpeg, video), Vec::new(), &limits(Duration::from_secs(120), 64 << 20)).await?;
    let mean = |frame: &[u8]| frame.iter().map(|&luma| f64::from(luma)).sum::<f64>() / frame.len() as f64;
    Ok(Decoded { content: output.chunks(SMALL_WIDTH * SMALL_HEIGHT).map(mean).collect(), complaints })
}

fn key_frames_command(ffmpeg: &Ffmpeg, video: &Path) -> FfmpegCommand {
    let mut command = ffmpeg.command();
    command.args(["-err_detect", "+crccheck+explode", "-skip_frame", "nokey"]).format("mov").input(video).map("0:v:0");
    command
        .filter(format!("scale={SMALL_WIDTH}:{SMALL_HEIGHT}:flags=area:out_range=pc,format=gray"))
        .args(["-fps_mode", "passthrough"])
        .format("rawvideo")
        .output("pipe:1");
    command
}
