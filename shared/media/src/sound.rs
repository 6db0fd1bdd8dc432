//! Narrations on the common grid: AAC that may be joined frame by frame and stays in step with the picture.
//!
//! A scene begins and ends in silence, so the overlap of AAC between the last frame of one scene and the first of the next is
//! silence too: each scene can be encoded alone, and what the encoder puts before the sound is simply left out.
//!
//! ```text
//! | lead-in 0.25 s | speech, -16 LUFS | tail 0.45 s, and on to the end of the cell |
//! ```

mod loudness;
mod resample;
mod weighting;

pub use loudness::{Loudness, Meter, TARGET_LUFS, TRUE_PEAK_DBTP, integrated_of};

use crate::check::decode_sounds;
use crate::ffmpeg::limits;
use crate::{Ffmpeg, MediaError, adts};
use domain::ports::SPEECH_RATES_HZ;
use domain::{Cells, SAMPLE_RATE_HZ};
use loudness::{Speech, TOLERANCE_LU, amplitude, integrated};
use resample::resample;
use std::sync::Arc;
use std::time::Duration;

/// Changes whenever anything below changes what is heard.
const CALLS: &str = "narration-4";

/// Silence before the speech: 0.25 s.
const LEAD_IN: usize = SAMPLE_RATE_HZ as usize / 4;
/// Silence after the speech, at least: 0.45 s, the pause between two thoughts.
const TAIL: usize = SAMPLE_RATE_HZ as usize * 45 / 100;
/// Bits per second that the encoder is asked for; it takes about 80 kb/s. What it changes of speech lies 34 dB below it on average.
const BIT_RATE: &str = "64k";
/// Frames of silence that the encoder hears first, so that its state at the first frame of the scene is that of silence.
const PRE_ROLL_FRAMES: usize = 2;
/// The frame that every AAC encoder puts before the sound: the first half of the first overlap.
const PRIMING_FRAMES: usize = 1;
/// Tools of the encoder that are left out. Temporal noise shaping lifts a peak of speech by up to 3 dB once in some thousand words, and
/// what is substituted for noise differs with all that was decoded before. Without both, as many bits come 1 dB closer to the speech.
const WITHOUT: [&str; 4] = ["-aac_tns", "0", "-aac_pns", "0"];
/// Room under [`TRUE_PEAK_DBTP`] for what the encoder adds to peaks: 0.2 dB with speech.
const PEAK_ROOM_DB: f64 = 0.4;
/// So often a sound is encoded, each time for a lower ceiling, as long as the encoder lifts it above [`TRUE_PEAK_DBTP`].
const MOST_ENCODINGS: usize = 3;
/// What is quieter than the loudest sample by so much, at the edges, is not speech.
const SILENCE_BELOW_PEAK_DB: f64 = -50.0;
/// How much a scene is raised for the silence in it.
const MOST_RAISE_LU: f64 = 1.0;

/// A clip that cannot become a narration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SoundError {
    /// Nothing can be heard.
    #[error("the speech is silent")]
    Silent,
    /// There are samples that are no numbers.
    #[error("the speech holds samples that are no finite numbers")]
    NotFinite,
    /// The sample rate is none that speech comes in.
    #[error("`{rate_hz}` Hz is not a sample rate of speech")]
    SampleRate {
        /// The rate.
        rate_hz: u32,
    },
    /// The sound that was encoded does not decode to its length.
    #[error("the sound decodes to {found} samples, expected {expected}")]
    Length {
        /// Samples it decodes to.
        found: u64,
        /// Samples it should have.
        expected: u64,
    },
}

/// A finished narration.
#[derive(Debug, Clone, PartialEq)]
pub struct Narration {
    /// AAC-LC in ADTS frames, 48 kHz, mono: 25 frames for each cell.
    pub adts: Vec<u8>,
    /// How long it lasts, the silence at both edges included.
    pub duration: Cells,
    /// How loud it is, measured after encoding and decoding.
    pub loudness: Loudness,
    /// Where the samples of the clip are heard in it.
    pub clock: Clock,
}

/// Tells when a sample of the clip is heard, in the time of the scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    rate_hz: u32,
    speech_begins: u64,
    speech_ends: u64,
}

impl Clock {
    /// The clock of a clip that is speech from its first sample to its last.
    pub fn of_whole_clip(samples: u64, rate_hz: u32) -> Self {
        Self { rate_hz, speech_begins: 0, speech_ends: samples }
    }

    /// When a sample of the clip is heard, in milliseconds from the start of the scene. Silence that was cut from the edges
    /// falls onto the edges.
    pub fn milliseconds(&self, sample: u64) -> u32 {
        let since = sample.clamp(self.speech_begins, self.speech_ends) - self.speech_begins;
        let lead_in = LEAD_IN as u64 * 1000 / u64::from(SAMPLE_RATE_HZ);
        u32::try_from(lead_in + since * 1000 / u64::from(self.rate_hz)).unwrap_or(u32::MAX)
    }

    /// The first sample of the clip that is speech.
    pub fn speech_begins(&self) -> u64 {
        self.speech_begins
    }

    /// The sample of the clip behind the last that is speech.
    pub fn speech_ends(&self) -> u64 {
        self.speech_ends
    }
}

/// What tells narrations from different encoders or settings apart: part of the address of a take.
pub async fn identity(ffmpeg: &Ffmpeg) -> Result<String, MediaError> {
    ffmpeg.identity(CALLS).await
}

/// Turns mono speech, samples from -1 to 1 at any usual rate, into a narration: silence cut from the edges, brought to
/// [`TARGET_LUFS`] with a true peak of at most [`TRUE_PEAK_DBTP`], laid onto the grid, encoded, decoded again and measured.
///
/// # Errors
/// [`SoundError`] if the clip cannot be used; otherwise what ffmpeg says.
pub async fn encode_narration(ffmpeg: &Ffmpeg, samples: Vec<f32>, rate_hz: u32) -> Result<Narration, MediaError> {
    let (speech, clock) = off_thread(move || isolate(&samples, rate_hz)).await?;
    let Encoded { adts, duration, loudness } = encode_below_peak(ffmpeg, move |ceiling| level_scene(&speech, ceiling)).await?;
    Ok(Narration { adts, duration, loudness, clock })
}

/// Silence on the grid, as it stands between narrations: of the loudness at which the meter begins to hear.
pub async fn encode_silence(ffmpeg: &Ffmpeg, duration: Cells) -> Result<Narration, MediaError> {
    /// Where loudness is no longer measured (ITU-R BS.1770-5, annex 1, the absolute gate).
    const INAUDIBLE_LUFS: f64 = -70.0;
    let silence = vec![0.0; usize::try_from(duration.samples()).expect("a scene fits into memory")];
    let adts = encode(ffmpeg, &silence, duration).await?;
    let loudness = Loudness { integrated_lufs: INAUDIBLE_LUFS, true_peak_dbtp: INAUDIBLE_LUFS };
    Ok(Narration { adts, duration, loudness, clock: Clock::of_whole_clip(0, SAMPLE_RATE_HZ) })
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// The speech alone at 48 kHz, and where it was.
fn isolate(samples: &[f32], rate_hz: u32) -> Result<(Vec<f32>, Clock), SoundError> {
    if !SPEECH_RATES_HZ.contains(&rate_hz) {
        return Err(SoundError::SampleRate { rate_hz });
    }
    if !samples.iter().all(|sample| sample.is_finite()) {
        return Err(SoundError::NotFinite);
    }
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let threshold = peak * amplitude(SILENCE_BELOW_PEAK_DB) as f32;
    let audible = |sample: &f32| sample.abs() > threshold;
    let (Some(first), Some(last)) = (samples.iter().position(audible), samples.iter().rposition(audible)) else {
        return Err(SoundError::Silent);
    };
    let breath = rate_hz as usize / 50;
    let (begin, end) = (first.saturating_sub(breath), (last + 1 + breath).min(samples.len()));
    let clock = Clock { rate_hz, speech_begins: begin as u64, speech_ends: end as u64 };
    let mut speech = resample(&samples[begin..end], rate_hz, SAMPLE_RATE_HZ);
    soften_edges(&mut speech);
    Ok((speech, clock))
}

/// Fades 5 ms in and out, so that a cut does not click.
fn soften_edges(speech: &mut [f32]) {
    let length = (SAMPLE_RATE_HZ as usize / 200).min(speech.len() / 2);
    for n in 0..length {
        let gain = n as f32 / length as f32;
        speech[n] *= gain;
        let mirrored = speech.len() - 1 - n;
        speech[mirrored] *= gain;
    }
}

/// Sound that was encoded, and how loud it is when decoded again.
struct Encoded {
    adts: Vec<u8>,
    duration: Cells,
    loudness: Loudness,
}

/// Encodes sound that `level` makes with a true peak of at most a ceiling. Where the encoder lifts it above [`TRUE_PEAK_DBTP`] all the
/// same, the ceiling is lowered; the lowest of all is given back.
async fn encode_below_peak(
    ffmpeg: &Ffmpeg,
    level: impl Fn(f64) -> Vec<f32> + Send + Sync + 'static,
) -> Result<Encoded, MediaError> {
    let level = Arc::new(level);
    let mut ceiling = TRUE_PEAK_DBTP - PEAK_ROOM_DB;
    let mut lowest = encode_at(ffmpeg, &level, ceiling).await?;
    for _ in 1..MOST_ENCODINGS {
        let excess = lowest.loudness.true_peak_dbtp - TRUE_PEAK_DBTP;
        if excess <= 0.0 {
            break;
        }
        ceiling -= excess + 0.1;
        let next = encode_at(ffmpeg, &level, ceiling).await?;
        if next.loudness.true_peak_dbtp < lowest.loudness.true_peak_dbtp {
            lowest = next;
        }
    }
    Ok(lowest)
}

async fn encode_at(
    ffmpeg: &Ffmpeg,
    level: &Arc<impl Fn(f64) -> Vec<f32> + Send + Sync + 'static>,
    ceiling_dbtp: f64,
) -> Result<Encoded, MediaError> {
    let level = Arc::clone(level);
    let sound = off_thread(move || level(ceiling_dbtp)).await;
    let duration = Cells::covering(sound.len() as u64);
    let adts = encode(ffmpeg, &sound, duration).await?;
    let heard = decode_sounds(ffmpeg, &[&adts], 0.0).await?.scenes;
    let (found, expected) = (heard[0].samples, duration.samples());
    if found != expected {
        return Err(SoundError::Length { found, expected }.into());
    }
    let loudness = Loudness { integrated_lufs: integrated_of(&heard[0].blocks), true_peak_dbtp: heard[0].true_peak_dbtp };
    Ok(Encoded { adts, duration, loudness })
}

/// Brings a finished narration to [`TARGET_LUFS`] and [`TRUE_PEAK_DBTP`] once more. It lasts as long as before and every word stays
/// where it is.
pub async fn relevel(ffmpeg: &Ffmpeg, narration: &[u8]) -> Result<Vec<u8>, MediaError> {
    let heard = decode(ffmpeg, narration).await?;
    let levelled = encode_below_peak(ffmpeg, move |ceiling| Speech::new(&heard).level(TARGET_LUFS, ceiling)).await?;
    Ok(levelled.adts)
}

/// The scene with its silence, brought to [`TARGET_LUFS`] as it is measured: with the silence. A short scene is raised a
/// little for that, so that many of them make up a programme of the right loudness.
fn level_scene(speech: &[f32], ceiling_dbtp: f64) -> Vec<f32> {
    let speech = Speech::new(speech);
    let scene = lay_onto_grid(&speech.level(TARGET_LUFS, ceiling_dbtp));
    let missing = TARGET_LUFS - integrated(&scene);
    if missing.abs() <= TOLERANCE_LU || !missing.is_finite() {
        return scene;
    }
    let raised = TARGET_LUFS + missing.clamp(-MOST_RAISE_LU, MOST_RAISE_LU);
    lay_onto_grid(&speech.level(raised, ceiling_dbtp))
}

fn lay_onto_grid(speech: &[f32]) -> Vec<f32> {
    let duration = Cells::covering((LEAD_IN + speech.len() + TAIL) as u64);
    let mut scene = vec![0.0; LEAD_IN];
    scene.extend_from_slice(speech);
    scene.resize(usize::try_from(duration.samples()).expect("made from a length in memory"), 0.0);
    scene
}

async fn encode(ffmpeg: &Ffmpeg, scene: &[f32], duration: Cells) -> Result<Vec<u8>, MediaError> {
    let silence = PRE_ROLL_FRAMES * adts::SAMPLES_PER_FRAME as usize;
    // Four bytes of 0 are silence.
    let mut input = vec![0; (silence + scene.len()) * size_of::<f32>()];
    let places = input.as_chunks_mut().0.iter_mut().skip(silence);
    places.zip(scene).for_each(|(place, sample)| *place = sample.to_le_bytes());
    let most = input.len() + (1 << 16);
    let mut command = ffmpeg.command();
    command
        .format("f32le")
        .args(["-ar", &SAMPLE_RATE_HZ.to_string(), "-ac", "1"])
        .input("pipe:0")
        .codec_audio("aac")
        .args(["-aac_coder", "fast", "-profile:a", "aac_low", "-b:a", BIT_RATE, "-flags:a", "+bitexact"])
        .args(WITHOUT)
        .format("adts")
        .output("pipe:1");
    let encoded = ffmpeg.run(&command, input, &limits(Duration::from_secs(60), most)).await?.output;
    Ok(adts::cut(&encoded, PRIMING_FRAMES + PRE_ROLL_FRAMES, duration)?)
}

/// The samples of an ADTS stream, 48 kHz, mono.
pub(crate) async fn decode(ffmpeg: &Ffmpeg, stream: &[u8]) -> Result<Vec<f32>, MediaError> {
    let samples = adts::count_samples(stream)?;
    let mut command = ffmpeg.command();
    command.format("aac").input("pipe:0").codec_audio("pcm_f32le").format("f32le").output("pipe:1");
    let most = usize::try_from(samples * 4).unwrap_or(usize::MAX).saturating_add(1 << 16);
    let report = ffmpeg.run(&command, stream.to_vec(), &limits(Duration::from_secs(60), most)).await?;
    Ok(samples_of(&report.output))
}

/// Samples from raw 32-bit floats, little-endian.
pub(crate) fn samples_of(raw: &[u8]) -> Vec<f32> {
    raw.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::loudness::measure;
    use super::*;
    use crate::testing::{ffmpeg, spoken};

    fn correlation(a: &[f32], b: &[f32]) -> f64 {
        let product = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum::<f64>();
        product(a, b) / (product(a, a) * product(b, b)).sqrt()
    }

    async fn narrations(ffmpeg: &Ffmpeg) -> Vec<Narration> {
        let mut made = Vec::new();
        for (seed, seconds, rate) in [(1, 1.3, 22_050), (2, 2.9, 24_000), (3, 0.2, 16_000), (4, 4.1, 48_000), (5, 0.9, 44_100)] {
            made.push(encode_narration(ffmpeg, spoken(seed, seconds, rate), rate).await.expect("speech"));
        }
        made
    }

    #[tokio::test]
    async fn scenes_joined_frame_by_frame_last_exactly_as_long_as_their_cells() {
        let ffmpeg = ffmpeg();
        let made = narrations(&ffmpeg).await;
        let joined: Vec<u8> = made.iter().flat_map(|narration| narration.adts.clone()).collect();
        let total: Cells = made.iter().map(|narration| narration.duration).sum();
        assert_eq!(adts::count_samples(&joined), Ok(total.samples()));
        assert_eq!(decode(&ffmpeg, &joined).await.expect("decodes").len() as u64, total.samples());
    }

    #[tokio::test]
    async fn scenes_joined_sound_as_if_they_were_encoded_in_one_pass_and_are_silent_at_every_seam() {
        let ffmpeg = ffmpeg();
        let mut joined = Vec::new();
        let mut reference = Vec::new();
        let mut seams = vec![0];
        for (seed, seconds, rate) in [(1, 1.3, 22_050), (2, 2.9, 24_000), (3, 0.2, 16_000), (4, 4.1, 48_000)] {
            let narration = encode_narration(&ffmpeg, spoken(seed, seconds, rate), rate).await.expect("speech");
            joined.extend_from_slice(&narration.adts);
            let (speech, _) = isolate(&spoken(seed, seconds, rate), rate).expect("speech");
            reference.extend(level_scene(&speech, TRUE_PEAK_DBTP - PEAK_ROOM_DB));
            seams.push(reference.len());
        }
        let in_one_pass = encode(&ffmpeg, &reference, Cells::covering(reference.len() as u64)).await.expect("encodes");
        let in_one_pass = decode(&ffmpeg, &in_one_pass).await.expect("decodes");
        let heard = decode(&ffmpeg, &joined).await.expect("decodes");
        assert_eq!(heard.len(), in_one_pass.len());
        for part in seams.windows(2) {
            let similar = correlation(&heard[part[0]..part[1]], &in_one_pass[part[0]..part[1]]);
            assert!(similar > 0.99, "{similar} in {part:?}");
            let true_to_source = correlation(&heard[part[0]..part[1]], &reference[part[0]..part[1]]);
            assert!(true_to_source > 0.99, "{true_to_source} in {part:?}");
        }
        for seam in seams {
            let around = &heard[seam.saturating_sub(4096)..(seam + 4096).min(heard.len())];
            let loudest = around.iter().fold(0.0_f32, |top, sample| top.max(sample.abs()));
            assert!(loudest < 1e-3, "{loudest} at {seam}");
        }
    }

    #[tokio::test]
    async fn every_narration_has_the_loudness_of_all_and_no_peak_above_the_limit() {
        for narration in narrations(&ffmpeg()).await {
            let Loudness { integrated_lufs, true_peak_dbtp } = narration.loudness;
            assert!(true_peak_dbtp <= TRUE_PEAK_DBTP, "{narration:?}");
            // Less than a second of speech is thinned by more silence than it is raised for.
            if narration.duration > Cells(3) {
                assert!((integrated_lufs - TARGET_LUFS).abs() < 0.5, "{integrated_lufs}");
            }
        }
    }

    #[tokio::test]
    async fn the_encoder_leaves_peaks_as_high_as_they_are() {
        /// Speech by espeak-ng, signed 16-bit little-endian, that temporal noise shaping changes by 0.25 in one place.
        const SPEECH: &[u8] = include_bytes!("../samples/lifted-peak.s16le");
        let ffmpeg = ffmpeg();
        let speech: Vec<f32> =
            SPEECH.as_chunks().0.iter().map(|&bytes| f32::from(i16::from_le_bytes(bytes)) / 32_768.0).collect();
        let encoded = encode(&ffmpeg, &speech, Cells(1)).await.expect("encodes");
        let heard = decode(&ffmpeg, &encoded).await.expect("decodes");
        // The end is cut off within a word.
        let whole = speech.len() - adts::SAMPLES_PER_FRAME as usize;
        let changed = speech[..whole].iter().zip(&heard).map(|(said, heard)| (said - heard).abs()).fold(0.0, f32::max);
        assert!(changed < 0.1, "{changed}");
    }

    #[tokio::test]
    async fn a_scene_sounds_the_same_behind_any_other() {
        let ffmpeg = ffmpeg();
        let adts = encode_narration(&ffmpeg, spoken(4, 2.0, 22_050), 22_050).await.expect("speech").adts;
        let alone = decode(&ffmpeg, &adts).await.expect("decodes");
        let behind = decode(&ffmpeg, &[adts.as_slice(), &adts].concat()).await.expect("decodes");
        assert!(behind == [alone.as_slice(), &alone].concat());
    }

    /// A tone of four cells with a peak of so many dBFS.
    fn tone(peak_db: f64) -> Vec<f32> {
        (0..Cells(4).samples()).map(|n| (amplitude(peak_db) * (n as f64 * 0.05).sin()) as f32).collect()
    }

    #[tokio::test]
    async fn what_comes_out_too_high_is_encoded_lower() {
        let once_more = encode_below_peak(&ffmpeg(), |ceiling| tone(ceiling + 2.0)).await.expect("encodes");
        let peak = once_more.loudness.true_peak_dbtp;
        assert!((TRUE_PEAK_DBTP - 0.5..=TRUE_PEAK_DBTP).contains(&peak), "{peak}");
        let deaf = encode_below_peak(&ffmpeg(), |ceiling| tone(if ceiling < -2.0 { 1.0 } else { -0.5 })).await.expect("encodes");
        let peak = deaf.loudness.true_peak_dbtp;
        assert!((peak + 0.5).abs() < 0.3, "{peak}: the lowest there was");
    }

    #[tokio::test]
    async fn the_clock_tells_when_a_sample_is_heard() {
        let ffmpeg = ffmpeg();
        let mut clip = vec![0.0; 22_050];
        clip.extend(spoken(1, 1.0, 22_050));
        let narration = encode_narration(&ffmpeg, clip, 22_050).await.expect("speech");
        let begins = narration.clock.milliseconds(22_050);
        assert!((240..290).contains(&begins), "{begins}");
        assert!(narration.clock.milliseconds(2 * 22_050).abs_diff(begins + 1000) <= 15);
        assert_eq!(narration.clock.milliseconds(0), 250);
        let heard = decode(&ffmpeg, &narration.adts).await.expect("decodes");
        let first = heard.iter().position(|sample| sample.abs() > 0.01).expect("speech") as u32 / 48;
        assert!(first.abs_diff(begins) < 30, "{first} and {begins}");
    }

    #[tokio::test]
    async fn a_narration_that_is_too_quiet_or_too_loud_is_levelled_without_moving() {
        let ffmpeg = ffmpeg();
        let narration = encode_narration(&ffmpeg, spoken(2, 3.1, 24_000), 24_000).await.expect("speech");
        let original = decode(&ffmpeg, &narration.adts).await.expect("decodes");
        for gain in [0.4, 1.7] {
            let wrong: Vec<f32> = original.iter().map(|sample| sample * gain).collect();
            let wrong = encode(&ffmpeg, &wrong, narration.duration).await.expect("encodes");
            let levelled = relevel(&ffmpeg, &wrong).await.expect("levels");
            let heard = decode(&ffmpeg, &levelled).await.expect("decodes");
            let read = measure(&heard);
            assert!((read.integrated_lufs - TARGET_LUFS).abs() < 0.5 && read.true_peak_dbtp <= TRUE_PEAK_DBTP, "{read:?}");
            assert_eq!(heard.len(), original.len());
            assert!(correlation(&heard, &original) > 0.99);
        }
    }

    #[tokio::test]
    async fn a_scene_ends_with_a_pause() {
        let narration = encode_narration(&ffmpeg(), spoken(1, 1.5, 24_000), 24_000).await.expect("speech");
        let end = u64::from(narration.clock.milliseconds(u64::MAX));
        let pause = narration.duration.milliseconds() - end;
        assert!((450..450 + 534).contains(&pause), "{pause}");
    }

    #[tokio::test]
    async fn what_is_no_speech_is_refused() {
        let ffmpeg = ffmpeg();
        for (samples, rate, expected) in [
            (vec![0.0; 22_050], 22_050, SoundError::Silent),
            (Vec::new(), 22_050, SoundError::Silent),
            (vec![0.1, f32::NAN], 22_050, SoundError::NotFinite),
            (vec![0.1; 10], 0, SoundError::SampleRate { rate_hz: 0 }),
        ] {
            let error = encode_narration(&ffmpeg, samples, rate).await.expect_err("no speech");
            assert!(matches!(&error, MediaError::Sound(found) if *found == expected), "{error}");
        }
    }
}
