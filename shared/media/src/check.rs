//! Decodes a finished MP4 as a player would.

use crate::ffmpeg::{Report, limits};
use crate::sound::{Loudness, Meter, samples_of};
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

/// What is heard in a sound track, measured while it is decoded: the sound itself is kept by nobody, however long it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Samples at 48 kHz.
    pub samples: u64,
    /// The longest stretch in which no sample is louder than the level that was given, in samples.
    pub longest_silence: u64,
    /// How loud the whole is.
    pub loudness: Loudness,
}

/// Listens to sound piece by piece.
#[derive(Debug)]
pub struct Listener {
    /// What counts as silence, as an amplitude.
    silence: f32,
    samples: u64,
    silent_for: u64,
    longest_silence: u64,
    meter: Meter,
    /// The first bytes of a sample whose others come with the next piece.
    begun: Vec<u8>,
}

impl Listener {
    /// A listener to whom everything up to an amplitude is silence.
    pub fn new(silence: f32) -> Self {
        Self { silence, samples: 0, silent_for: 0, longest_silence: 0, meter: Meter::new(), begun: Vec::new() }
    }

    /// Hears the next samples.
    pub fn hear(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        for sample in samples {
            self.silent_for = if sample.abs() > self.silence { 0 } else { self.silent_for + 1 };
            self.longest_silence = self.longest_silence.max(self.silent_for);
        }
        self.meter.hear(samples);
    }

    /// Hears the next bytes of little-endian samples, which may end within a sample.
    fn hear_bytes(&mut self, bytes: &[u8]) {
        self.begun.extend_from_slice(bytes);
        let whole = self.begun.len() / size_of::<f32>() * size_of::<f32>();
        let samples = samples_of(&self.begun[..whole]);
        self.begun.drain(..whole);
        self.hear(&samples);
    }

    /// What was heard.
    pub fn heard(&self) -> Heard {
        Heard { samples: self.samples, longest_silence: self.longest_silence, loudness: self.meter.read() }
    }
}

/// Decodes the sound of an MP4, 48 kHz, mono, and says what is heard. Everything up to the amplitude `silence` is silence;
/// `most_samples` bounds what is taken.
pub async fn decode_sound(ffmpeg: &Ffmpeg, video: &Path, silence: f32, most_samples: u64) -> Result<Decoded<Heard>, MediaError> {
    let mut command = ffmpeg.command();
    command.args(["-err_detect", "+crccheck+explode"]).format("mov").input(video).map("0:a:0");
    command.codec_audio("pcm_f32le").format("f32le").output("pipe:1");
    let most = usize::try_from(most_samples * 4).unwrap_or(usize::MAX);
    let mut listener = Listener::new(silence);
    let limits = limits(Duration::from_secs(120), most);
    let complaints = ffmpeg.run_streamed(&command, &limits, &mut |bytes| listener.hear_bytes(bytes)).await?;
    Ok(Decoded { content: listener.heard(), complaints })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_does_not_depend_on_the_pieces_it_comes_in() {
        let mut samples: Vec<f32> = (0..96_000).map(|n| 0.2 * (n as f32 * 0.06).sin()).collect();
        samples[20_000..68_000].fill(0.001);
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut at_once = Listener::new(0.003);
        at_once.hear(&samples);
        let whole = at_once.heard().loudness;
        for piece in [1, 3, 4, 1000, 65_536, bytes.len()] {
            let mut listener = Listener::new(0.003);
            bytes.chunks(piece).for_each(|piece| listener.hear_bytes(piece));
            let heard = listener.heard();
            assert_eq!((heard.samples, heard.longest_silence), (96_000, 48_000), "in pieces of {piece}");
            let read = heard.loudness;
            assert!((read.integrated_lufs - whole.integrated_lufs).abs() < 1e-6, "in pieces of {piece}: {read:?}, {whole:?}");
            assert!((read.true_peak_dbtp - whole.true_peak_dbtp).abs() < 0.01, "in pieces of {piece}: {read:?}, {whole:?}");
        }
    }

    #[test]
    fn nothing_is_no_silence() {
        let heard = Listener::new(0.003).heard();
        assert_eq!((heard.samples, heard.longest_silence), (0, 0));
    }
}
