//! Decodes finished scenes as a player would: what is seen and heard in them.
//!
//! Several scenes are decoded in one go, because starting a program costs as much as decoding a short scene.

use crate::ffmpeg::{Report, limits};
use crate::sound::{Meter, samples_of};
use crate::{Ffmpeg, MediaError, adts, h264};
use domain::SAMPLE_RATE_HZ;
use ffmpeg_sidecar::command::FfmpegCommand;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Key frames are looked at in this size.
const SMALL_WIDTH: usize = 64;
const SMALL_HEIGHT: usize = 36;

/// What a decoder made of scenes.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded<T> {
    /// What each decoded to.
    pub scenes: Vec<T>,
    /// What it complained about; empty for sound streams.
    pub complaints: Vec<String>,
}

/// A key frame seen small: the brightness of 64 x 36 patches, row by row, from 0 (black) to 255 (white).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glimpse(Vec<u8>);

impl Glimpse {
    /// The mean brightness.
    pub fn brightness(&self) -> f64 {
        self.0.iter().map(|&patch| f64::from(patch)).sum::<f64>() / self.0.len() as f64
    }

    /// By how much the patch differs that differs most.
    pub fn difference(&self, other: &Self) -> u8 {
        self.0.iter().zip(&other.0).map(|(one, other)| one.abs_diff(*other)).max().unwrap_or(0)
    }
}

/// What is heard in the sound of a scene, measured while it is decoded: the sound itself is kept by nobody, however long it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// Samples at 48 kHz.
    pub samples: u64,
    /// For how many samples it is silent at the start: no sample is louder than the level that was given.
    pub silent_before: u64,
    /// For how many it is silent at the end.
    pub silent_behind: u64,
    /// The longest silent stretch anywhere.
    pub longest_silence: u64,
    /// The loudness of its blocks, see [`crate::sound::integrated_of`].
    pub blocks: Vec<f32>,
    /// True peak in dBTP; negative infinity for silence.
    pub true_peak_dbtp: f64,
}

/// Listens to sound piece by piece.
#[derive(Debug)]
pub struct Listener {
    /// What counts as silence, as an amplitude.
    silence: f32,
    samples: u64,
    silent_before: Option<u64>,
    silent_for: u64,
    longest_silence: u64,
    meter: Meter,
}

impl Listener {
    /// A listener to whom everything up to an amplitude is silence.
    pub fn new(silence: f32) -> Self {
        Self { silence, samples: 0, silent_before: None, silent_for: 0, longest_silence: 0, meter: Meter::new() }
    }

    /// Hears the next samples.
    pub fn hear(&mut self, samples: &[f32]) {
        for sample in samples {
            if sample.abs() > self.silence {
                self.silent_before.get_or_insert(self.silent_for);
                self.silent_for = 0;
            } else {
                self.silent_for += 1;
            }
            self.longest_silence = self.longest_silence.max(self.silent_for);
        }
        self.samples += samples.len() as u64;
        self.meter.hear(samples);
    }

    /// What was heard.
    pub fn heard(&self) -> Heard {
        Heard {
            samples: self.samples,
            silent_before: self.silent_before.unwrap_or(self.samples),
            silent_behind: self.silent_for,
            longest_silence: self.longest_silence,
            blocks: self.meter.blocks(),
            true_peak_dbtp: self.meter.read().true_peak_dbtp,
        }
    }
}

/// Listens to scenes that come one behind the other: to each for as long as it should last, to the last one for all that is left.
struct Audience {
    /// Scenes and the samples that are still to come of each.
    scenes: Vec<(Listener, u64)>,
    now: usize,
    /// The first bytes of a sample whose others come with the next piece.
    begun: Vec<u8>,
}

impl Audience {
    fn new(silence: f32, lengths: &[u64]) -> Self {
        let scenes = lengths.iter().map(|&samples| (Listener::new(silence), samples)).collect();
        Self { scenes, now: 0, begun: Vec::new() }
    }

    /// Hears the next bytes of little-endian samples, which may end within a sample.
    fn hear_bytes(&mut self, bytes: &[u8]) {
        self.begun.extend_from_slice(bytes);
        let whole = self.begun.len() / size_of::<f32>() * size_of::<f32>();
        let samples = samples_of(&self.begun[..whole]);
        self.begun.drain(..whole);
        let mut rest = samples.as_slice();
        let last = self.scenes.len().saturating_sub(1);
        while let Some((listener, left)) = self.scenes.get_mut(self.now).filter(|_| !rest.is_empty()) {
            let is_last = self.now == last;
            let of_scene = if is_last { rest.len() } else { rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX)) };
            listener.hear(&rest[..of_scene]);
            *left = left.saturating_sub(of_scene as u64);
            rest = &rest[of_scene..];
            self.now += usize::from(*left == 0 && !is_last);
        }
    }
}

/// Decodes the sound of scenes, ADTS frames as [`crate::sound::encode_narration`] makes them, and says what is heard in each.
/// Everything up to the amplitude `silence` is silence.
///
/// # Errors
/// [`MediaError::Adts`] if a stream has another form.
pub async fn decode_sounds(ffmpeg: &Ffmpeg, narrations: &[&[u8]], silence: f32) -> Result<Decoded<Heard>, MediaError> {
    let lengths = narrations.iter().map(|narration| adts::count_samples(narration)).collect::<Result<Vec<u64>, _>>()?;
    let mut command = ffmpeg.command();
    command.args(["-err_detect", "+crccheck+explode"]).format("aac").input("pipe:0");
    command.codec_audio("pcm_f32le").format("f32le").output("pipe:1");
    // One second more than there should be, so that too much is seen as well.
    let most = (lengths.iter().sum::<u64>() + u64::from(SAMPLE_RATE_HZ)) * size_of::<f32>() as u64;
    let limits = limits(Duration::from_secs(120), usize::try_from(most).unwrap_or(usize::MAX));
    let mut audience = Audience::new(silence, &lengths);
    let complaints = ffmpeg.run_streamed(&command, narrations.concat(), &limits, &mut |bytes| audience.hear_bytes(bytes)).await?;
    Ok(Decoded { scenes: audience.scenes.iter().map(|(listener, _)| listener.heard()).collect(), complaints })
}

/// Decodes the key frames of scenes, H.264 in Annex B form. What lies between them are repetitions and short ways from one to the
/// next. A scene of which some cannot be decoded has fewer, or those behind it have.
pub async fn decode_key_frames(ffmpeg: &Ffmpeg, segments: &[&[u8]]) -> Result<Decoded<Vec<Glimpse>>, MediaError> {
    let is_needed = |nal: &h264::Nal<'_>| matches!(nal.kind(), h264::kind::SPS | h264::kind::PPS | h264::kind::IDR_SLICE);
    let key_frames: Vec<u8> =
        segments.iter().flat_map(|segment| h264::nals(segment)).filter(is_needed).flat_map(|nal| nal.framed).copied().collect();
    let limits = limits(Duration::from_secs(120), 64 << 20);
    let Report { output, complaints } = ffmpeg.run(&key_frames_command(ffmpeg), key_frames, &limits).await?;
    let mut glimpses = output.chunks(SMALL_WIDTH * SMALL_HEIGHT).map(|patches| Glimpse(patches.to_vec()));
    let last = segments.len().saturating_sub(1);
    let scenes = segments.iter().enumerate().map(|(at, segment)| {
        let most = if at == last { usize::MAX } else { h264::count_groups(segment) };
        glimpses.by_ref().take(most).collect()
    });
    Ok(Decoded { scenes: scenes.collect(), complaints })
}

fn key_frames_command(ffmpeg: &Ffmpeg) -> FfmpegCommand {
    let mut command = ffmpeg.command();
    command.args(["-err_detect", "+crccheck+explode"]).format("h264").input("pipe:0");
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
    use crate::sound::{TARGET_LUFS, encode_narration, integrated_of};
    use crate::testing::{ffmpeg, spoken};
    use crate::{moving, picture};
    use domain::Cells;

    /// Two seconds of a tone with a second of silence in it.
    fn tone() -> Vec<f32> {
        let mut samples: Vec<f32> = (0..96_000).map(|n| 0.2 * (n as f32 * 0.06).sin()).collect();
        samples[20_000..68_000].fill(0.001);
        samples
    }

    #[test]
    fn what_is_heard_does_not_depend_on_the_pieces_it_comes_in() {
        let bytes: Vec<u8> = tone().iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut at_once = Listener::new(0.003);
        at_once.hear(&tone());
        let whole = at_once.heard();
        for piece in [1, 3, 4, 1000, 65_536, bytes.len()] {
            let mut audience = Audience::new(0.003, &[96_000]);
            bytes.chunks(piece).for_each(|piece| audience.hear_bytes(piece));
            let heard = audience.scenes[0].0.heard();
            assert_eq!((heard.samples, heard.longest_silence), (96_000, 48_000), "in pieces of {piece}");
            assert_eq!(heard.blocks.len(), whole.blocks.len(), "in pieces of {piece}");
            assert!((integrated_of(&heard.blocks) - integrated_of(&whole.blocks)).abs() < 1e-4, "in pieces of {piece}");
            assert!((heard.true_peak_dbtp - whole.true_peak_dbtp).abs() < 0.01, "in pieces of {piece}");
        }
    }

    #[test]
    fn nothing_is_no_silence() {
        let heard = Listener::new(0.003).heard();
        assert_eq!((heard.samples, heard.longest_silence, heard.silent_before), (0, 0, 0));
    }

    #[test]
    fn silence_at_the_edges_is_told_from_silence_inside() {
        let mut listener = Listener::new(0.003);
        listener.hear(&[0.0; 500]);
        listener.hear(&[0.1, 0.0, 0.0, 0.1]);
        listener.hear(&[0.001; 300]);
        let heard = listener.heard();
        assert_eq!((heard.silent_before, heard.silent_behind, heard.longest_silence), (500, 300, 500));
        let mut silent = Listener::new(0.003);
        silent.hear(&[0.0; 500]);
        assert_eq!((silent.heard().silent_before, silent.heard().silent_behind), (500, 500));
    }

    #[tokio::test]
    async fn scenes_that_are_heard_together_are_heard_each_for_itself() {
        let ffmpeg = ffmpeg();
        let mut narrations = Vec::new();
        for (seed, seconds) in [(1, 1.3), (2, 2.9), (3, 4.1)] {
            narrations.push(encode_narration(&ffmpeg, spoken(seed, seconds, 24_000), 24_000).await.expect("speech"));
        }
        let streams: Vec<&[u8]> = narrations.iter().map(|narration| narration.adts.as_slice()).collect();
        let together = decode_sounds(&ffmpeg, &streams, 0.003).await.expect("decodes");
        assert_eq!(together.complaints, Vec::<String>::new());
        for (narration, heard) in narrations.iter().zip(&together.scenes) {
            assert_eq!(heard.samples, narration.duration.samples());
            assert!(heard.silent_before > 10_000 && heard.silent_behind > 20_000, "{heard:?}");
            let alone = decode_sounds(&ffmpeg, &[&narration.adts], 0.003).await.expect("decodes").scenes.remove(0);
            assert!((integrated_of(&heard.blocks) - integrated_of(&alone.blocks)).abs() < 0.01);
            assert!((heard.true_peak_dbtp - narration.loudness.true_peak_dbtp).abs() < 0.1, "{heard:?}, {narration:?}");
        }
        let blocks: Vec<f32> = together.scenes.iter().flat_map(|heard| heard.blocks.clone()).collect();
        assert!((integrated_of(&blocks) - TARGET_LUFS).abs() < 0.5);
    }

    fn pixels(level: u8) -> Vec<u8> {
        [level, level, level, 255].repeat(322 * 182)
    }

    #[tokio::test]
    async fn every_key_frame_is_seen_and_those_that_differ_are_told_apart() {
        let ffmpeg = ffmpeg();
        let held = picture::encode_held(&ffmpeg, &pixels(120), 322, 182).await.expect("encodes");
        let held = h264::hold(&held, Cells(9)).expect("a group");
        let (sender, states) = tokio::sync::mpsc::channel(3);
        for level in [0, 60, 62] {
            sender.send(pixels(level)).await.expect("has room");
        }
        drop(sender);
        let movement = moving::Movement { enters: false, leaves: false, glides: false };
        let moving = moving::encode(&ffmpeg, (322, 182), movement, 3, states).await.expect("encodes");
        let moving = moving::schedule(&moving, movement, &[20, 60], Cells(9)).expect("there is time");
        let seen = decode_key_frames(&ffmpeg, &[&held, &moving]).await.expect("decodes");
        assert_eq!(seen.complaints, Vec::<String>::new());
        let [first, second] = &seen.scenes[..] else { panic!("two scenes") };
        assert_eq!((first.len(), second.len()), (3, 3));
        assert!(first.iter().all(|glimpse| (glimpse.brightness() - 120.0).abs() < 2.0 && glimpse.difference(&first[0]) == 0));
        assert!(second[0].brightness() < 1.0, "{}", second[0].brightness());
        assert!(second[0].difference(&second[1]) > 50 && second[1].difference(&second[2]) <= 3);
    }
}
