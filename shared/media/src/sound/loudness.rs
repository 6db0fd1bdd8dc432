//! How loud sound is (ITU-R BS.1770), and how it is brought to a loudness and kept under a peak.

use super::resample::Filter;
use super::weighting::Weighted;
use domain::SAMPLE_RATE_HZ;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::LazyLock;

/// What a programme should measure, in LUFS.
pub const TARGET_LUFS: f64 = -16.0;
/// What its true peak should not exceed, in dBTP.
pub const TRUE_PEAK_DBTP: f64 = -1.5;
/// How far the loudness of a scene may be off before it is corrected, in LU.
pub(super) const TOLERANCE_LU: f64 = 0.3;

/// The most that a narration is amplified. What is quieter than this allows is noise, not speech.
const MOST_GAIN_DB: f64 = 40.0;
/// Integrated loudness is made of blocks of 400 ms, so shorter sound has none.
const BLOCK: usize = SAMPLE_RATE_HZ as usize * 4 / 10;
/// Blocks that are quieter are silence (BS.1770-5, annex 1).
pub(super) const ABSOLUTE_GATE_LUFS: f64 = -70.0;
/// Blocks that are so much quieter than the others are pauses.
const RELATIVE_GATE_LU: f64 = 10.0;
/// How long before and after a peak the limiter lowers the sound: 5 ms.
const LOOK_AHEAD: usize = SAMPLE_RATE_HZ as usize / 200;
/// True peaks are looked for at four times the rate (BS.1770-5, annex 2),
const OVERSAMPLING: u32 = 4;
/// between samples by so many of them on either side: twice as many as the recommendation takes.
const CROSSINGS: u32 = 12;
/// More than the interpolation between samples reaches.
const MARGIN: usize = 32;

/// How loud mono sound at 48 kHz is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loudness {
    /// Integrated loudness in LUFS; negative infinity for silence and for less than 400 ms.
    pub integrated_lufs: f64,
    /// True peak in dBTP; negative infinity for silence.
    pub true_peak_dbtp: f64,
}

/// Measures mono sound at 48 kHz. The one channel counts once, as in a mono programme.
#[cfg(test)]
pub(super) fn measure(samples: &[f32]) -> Loudness {
    let mut meter = Meter::new();
    samples.chunks(Meter::STRETCH).for_each(|piece| meter.hear(piece));
    meter.read()
}

/// Measures mono sound at 48 kHz that comes piece by piece, however long it is. Between samples it is only looked where they are
/// at least half as high as the highest peak so far, which is a fifth of the work for speech.
#[derive(Debug, Default)]
pub struct Meter {
    loudness: Weighted,
    highest: f32,
    /// What was not looked at yet, behind [`MARGIN`] samples of what was.
    recent: Vec<f32>,
    /// How many samples at the start of `recent` were looked at.
    known: usize,
}

impl Meter {
    /// So many samples are looked at together.
    const STRETCH: usize = 1 << 16;

    /// A meter that has heard nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hears the next piece.
    pub fn hear(&mut self, samples: &[f32]) {
        self.loudness.hear(samples);
        self.recent.extend_from_slice(samples);
        if self.recent.len() >= Self::STRETCH {
            // The last samples wait for what follows: cut off there, the interpolation would overshoot.
            self.highest = self.highest_until(self.recent.len() - MARGIN);
            self.recent.drain(..self.recent.len() - 2 * MARGIN);
            self.known = MARGIN;
        }
    }

    /// The loudness of every block of 400 ms that is not silent, in LUFS, a new one each 100 ms: what [`integrated_of`] is made from.
    pub fn blocks(&self) -> Vec<f32> {
        self.loudness.blocks()
    }

    /// How loud all of it was.
    pub fn read(&self) -> Loudness {
        Loudness {
            integrated_lufs: integrated_of(&self.blocks()),
            true_peak_dbtp: decibels(f64::from(self.highest_until(self.recent.len()))),
        }
    }

    /// The highest peak of all that was heard up to a place in `recent`.
    fn highest_until(&self, end: usize) -> f32 {
        let heard = self.recent.iter().fold(self.highest, |top, sample| top.max(sample.abs()));
        peaks(&self.recent, heard / 2.0)[self.known..end].iter().fold(self.highest, |top, &peak| top.max(peak))
    }
}

/// Integrated loudness in LUFS from the loudness of blocks (ITU-R BS.1770-5, annex 1): the mean of those that are no more than 10 LU
/// below the mean of all that are not silent. So a programme is measured by its scenes, of which only those are heard that are new.
/// Negative infinity where no block is heard.
pub fn integrated_of<'a>(blocks: impl IntoIterator<Item = &'a f32, IntoIter: Clone>) -> f64 {
    let blocks = blocks.into_iter().map(|&block| f64::from(block));
    let audible = mean_loudness(blocks.clone().filter(|&block| block > ABSOLUTE_GATE_LUFS));
    mean_loudness(blocks.filter(|&block| block > ABSOLUTE_GATE_LUFS && block > audible - RELATIVE_GATE_LU))
}

/// The loudness of the mean power of blocks.
fn mean_loudness(blocks: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = blocks.fold((0, 0.0), |(count, sum), block| (count + 1, sum + 10_f64.powf(block / 10.0)));
    if count == 0 { f64::NEG_INFINITY } else { 10.0 * (sum / f64::from(count)).log10() }
}

/// Integrated loudness alone, which is the smaller part of the work.
pub(super) fn integrated(samples: &[f32]) -> f64 {
    let mut weighted = Weighted::default();
    weighted.hear(samples);
    integrated_of(&weighted.blocks())
}

/// The loudness of speech without the silence around it; what is too short for a block is measured as if it went on and on.
fn speech_loudness(samples: &[f32]) -> f64 {
    if samples.is_empty() || samples.len() >= 2 * BLOCK {
        return integrated(samples);
    }
    integrated(&samples.repeat((2 * BLOCK).div_ceil(samples.len())))
}

/// Speech as it came, and how loud it is.
#[derive(Debug)]
pub(super) struct Speech<'a> {
    samples: &'a [f32],
    lufs: f64,
}

impl<'a> Speech<'a> {
    /// Measures speech.
    pub(super) fn new(samples: &'a [f32]) -> Self {
        Self { samples, lufs: speech_loudness(samples) }
    }

    /// The speech brought to a loudness without a true peak above `ceiling_dbtp`: gain, limiter, and once more with what the limiter
    /// took away.
    pub(super) fn level(&self, target_lufs: f64, ceiling_dbtp: f64) -> Vec<f32> {
        if !self.lufs.is_finite() {
            return self.samples.to_vec();
        }
        let gain = (target_lufs - self.lufs).min(MOST_GAIN_DB);
        let mut levelled = amplify(self.samples, gain);
        // What needs no limit is as loud as it was made.
        if !limit(&mut levelled, ceiling_dbtp) {
            return levelled;
        }
        let missing = target_lufs - speech_loudness(&levelled);
        if missing.abs() > TOLERANCE_LU && gain + missing <= MOST_GAIN_DB {
            levelled = amplify(self.samples, gain + missing);
            limit(&mut levelled, ceiling_dbtp);
        }
        levelled
    }
}

fn amplify(samples: &[f32], gain_db: f64) -> Vec<f32> {
    let factor = amplitude(gain_db) as f32;
    samples.iter().map(|sample| sample * factor).collect()
}

/// Lowers the sound around every true peak above the ceiling, smoothly and before it comes; tells whether there was one.
fn limit(samples: &mut [f32], ceiling_dbtp: f64) -> bool {
    let ceiling = amplitude(ceiling_dbtp) as f32;
    let allowed: Vec<f32> =
        peaks(samples, ceiling / 2.0).into_iter().map(|peak| if peak > ceiling { ceiling / peak } else { 1.0 }).collect();
    let stretches = lowered(&allowed);
    for stretch in &stretches {
        // The mean of minima that all include a sample is never above what that sample allows.
        let gains = sliding_mean(&sliding_minimum(&allowed[stretch.clone()]));
        samples[stretch.clone()].iter_mut().zip(gains).for_each(|(sample, gain)| *sample *= gain);
    }
    !stretches.is_empty()
}

/// The stretches around what is to be lowered, as far as it is felt: sound is left alone elsewhere.
fn lowered(allowed: &[f32]) -> Vec<Range<usize>> {
    // Minima reach so far, means of them again, and at the edges of a stretch they are means of ones.
    let reach = 3 * LOOK_AHEAD;
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for (at, _) in allowed.iter().enumerate().filter(|(_, gain)| **gain < 1.0) {
        let end = (at + reach + 1).min(allowed.len());
        match stretches.last_mut() {
            Some(last) if at.saturating_sub(reach) <= last.end => last.end = end,
            _ => stretches.push(at.saturating_sub(reach)..end),
        }
    }
    stretches
}

/// The highest value around each sample, between the samples included. Only where one of two neighbours exceeds `worth_a_look` is there
/// looked between them.
fn peaks(samples: &[f32], worth_a_look: f32) -> Vec<f32> {
    static FINE: LazyLock<Filter> = LazyLock::new(|| Filter::new(SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * OVERSAMPLING, CROSSINGS));
    let mut peaks: Vec<f32> = samples.iter().map(|sample| sample.abs()).collect();
    for at in 0..samples.len() {
        let next = samples.get(at + 1).map_or(0.0, |sample| sample.abs());
        if samples[at].abs().max(next) <= worth_a_look {
            continue;
        }
        let between = (1..OVERSAMPLING as usize).map(|phase| FINE.apply(samples, at, phase).abs()).fold(0.0, f32::max);
        for peak in peaks.iter_mut().skip(at).take(2) {
            *peak = peak.max(between);
        }
    }
    peaks
}

/// The least value within [`LOOK_AHEAD`] of each.
fn sliding_minimum(values: &[f32]) -> Vec<f32> {
    let mut rising: VecDeque<usize> = VecDeque::new();
    let mut next = 0;
    (0..values.len())
        .map(|at| {
            while next < values.len().min(at + LOOK_AHEAD + 1) {
                while rising.back().is_some_and(|&back| values[back] >= values[next]) {
                    rising.pop_back();
                }
                rising.push_back(next);
                next += 1;
            }
            while rising.front().is_some_and(|&front| front + LOOK_AHEAD < at) {
                rising.pop_front();
            }
            values[rising[0]]
        })
        .collect()
}

/// The mean of the values within [`LOOK_AHEAD`] of each; at the edges, of those there are.
fn sliding_mean(values: &[f32]) -> Vec<f32> {
    let mut sum: f64 = values.iter().take(LOOK_AHEAD).map(|&value| f64::from(value)).sum();
    (0..values.len())
        .map(|at| {
            let (begin, end) = (at.saturating_sub(LOOK_AHEAD), values.len().min(at + LOOK_AHEAD + 1));
            sum += values.get(at + LOOK_AHEAD).map_or(0.0, |&comes| f64::from(comes));
            sum -= at.checked_sub(LOOK_AHEAD + 1).map_or(0.0, |gone| f64::from(values[gone]));
            (sum / (end - begin) as f64) as f32
        })
        .collect()
}

pub(super) fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.log10()
}

pub(super) fn amplitude(decibels: f64) -> f64 {
    10_f64.powf(decibels / 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ebur128::{EbuR128, Mode};

    /// Something like speech: syllables of a rich tone with gaps, so many of them of 200 ms each.
    fn syllables(count: usize, scale: f32) -> Vec<f32> {
        let syllable = |n: usize| {
            let t = n as f32 / 48_000.0;
            let swell = (std::f32::consts::PI * n as f32 / 9600.0).sin().powi(2);
            let tone: f32 = (1..12).map(|h| (t * 130.0 * h as f32 * std::f32::consts::TAU).sin() / h as f32).sum();
            tone * swell * scale
        };
        (0..count).flat_map(|_| (0..9600).map(syllable)).collect()
    }

    /// The library's own measure, which looks between all samples.
    fn reference(samples: &[f32]) -> Loudness {
        let mut meter = EbuR128::new(1, SAMPLE_RATE_HZ, Mode::I | Mode::TRUE_PEAK).expect("one channel at 48 kHz");
        meter.add_frames_f32(samples).expect("frames of one channel");
        Loudness {
            integrated_lufs: meter.loudness_global().expect("the meter was made for it"),
            true_peak_dbtp: decibels(meter.true_peak(0).expect("the meter was made for it")),
        }
    }

    #[test]
    fn a_known_tone_has_its_known_loudness() {
        // ITU-R BS.1770: 997 Hz at full scale in one channel reads -3.01 LKFS.
        let tone: Vec<f32> = (0..96_000).map(|n| (n as f64 * 997.0 * std::f64::consts::TAU / 48_000.0).sin() as f32).collect();
        let read = measure(&tone);
        assert!((read.integrated_lufs + 3.01).abs() < 0.05, "{read:?}");
        assert!(read.true_peak_dbtp.abs() < 0.1, "{read:?}");
    }

    #[test]
    fn a_meter_that_hears_pieces_reads_what_the_whole_measures() {
        for scale in [0.01, 0.2, 0.7] {
            let samples = syllables(30, scale);
            let whole = reference(&samples);
            for piece in [1000, 65_536, 1 << 20] {
                let mut meter = Meter::new();
                samples.chunks(piece).for_each(|piece| meter.hear(piece));
                let read = meter.read();
                assert!((read.integrated_lufs - whole.integrated_lufs).abs() < 1e-4, "{read:?}, {whole:?}");
                assert!((read.true_peak_dbtp - whole.true_peak_dbtp).abs() < 0.1, "{read:?}, {whole:?}");
            }
        }
    }

    #[test]
    fn the_loudness_of_a_programme_is_that_of_its_scenes() {
        // Scenes of other loudness and length, silent at both edges as ours are.
        let scene = |count: usize, scale: f32| [vec![0.0; 12_000], syllables(count, scale), vec![0.0; 30_000]].concat();
        let scenes = [scene(12, 0.2), scene(31, 0.25), scene(7, 0.15), scene(50, 0.02)];
        let mut blocks = Vec::new();
        for scene in &scenes {
            let mut meter = Meter::new();
            meter.hear(scene);
            blocks.extend(meter.blocks());
        }
        let (together, whole) = (integrated_of(&blocks), measure(&scenes.concat()).integrated_lufs);
        assert!((together - whole).abs() < 0.15, "{together} and {whole}");
        assert_eq!(integrated_of(&[]), f64::NEG_INFINITY);
    }

    #[test]
    fn speech_of_any_level_and_length_comes_to_the_target() {
        for count in [1, 2, 3, 8, 40] {
            for scale in [0.004, 0.02, 0.1, 0.4] {
                let levelled = Speech::new(&syllables(count, scale)).level(TARGET_LUFS, -2.0);
                let (lufs, peak) = (speech_loudness(&levelled), reference(&levelled).true_peak_dbtp);
                assert!((lufs - TARGET_LUFS).abs() < TOLERANCE_LU, "{count} at {scale}: {lufs} LUFS");
                assert!(peak < -1.9, "{count} at {scale}: {peak} dBTP");
            }
        }
    }

    #[test]
    fn noise_far_below_speech_is_not_raised_to_speech() {
        let levelled = Speech::new(&syllables(10, 0.000_01)).level(TARGET_LUFS, -2.0);
        assert!(speech_loudness(&levelled) < -30.0);
    }

    #[test]
    fn silence_stays_silence() {
        assert_eq!(Speech::new(&[0.0; 48_000]).level(TARGET_LUFS, -2.0), vec![0.0; 48_000]);
        assert_eq!(measure(&[0.0; 48_000]).integrated_lufs, f64::NEG_INFINITY);
    }

    #[test]
    fn a_single_click_is_lowered_and_the_rest_is_not() {
        let mut samples = syllables(10, 0.05);
        samples[48_000] = 1.5;
        let mut limited = samples.clone();
        assert!(limit(&mut limited, -2.0), "the click is above the limit");
        assert!(decibels(f64::from(limited[48_000])) <= -2.0);
        assert_eq!(limited[..40_000], samples[..40_000]);
        assert_eq!(limited[60_000..], samples[60_000..]);
    }
}
