//! The loudness of blocks of one channel at 48 kHz (ITU-R BS.1770-5, annex 1), of sound that comes piece by piece.
//!
//! Written here because the sound of a video is measured three times on its way: the library that the tests hold this against takes
//! seven times as long, which was a third of all work on a narration.

use super::loudness::ABSOLUTE_GATE_LUFS;
use domain::SAMPLE_RATE_HZ;

/// The filter that stands for the head: a shelf (table 1 of the recommendation).
const SHELF: Coefficients = Coefficients {
    b: [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
    a: [-1.690_659_293_182_41, 0.732_480_774_215_85],
};
/// The filter that leaves out what is too low to be heard as loud (table 2).
const HIGH_PASS: Coefficients = Coefficients { b: [1.0, -2.0, 1.0], a: [-1.990_047_454_833_98, 0.990_072_250_366_21] };
/// A step from one block to the next: 100 ms.
const STEP: usize = SAMPLE_RATE_HZ as usize / 10;
/// A block is four steps, so that blocks overlap by three quarters.
const STEPS_OF_A_BLOCK: usize = 4;
/// What is added to the level of a mean square.
const OFFSET_LU: f64 = -0.691;
/// Below this a filter that rings out is taken to be at rest: numbers that are almost none are slow.
const AT_REST: f64 = 1e-30;

#[derive(Debug)]
struct Coefficients {
    b: [f64; 3],
    a: [f64; 2],
}

/// The two sums that a filter of second order keeps (direct form II, transposed).
#[derive(Debug, Default)]
struct Kept([f64; 2]);

impl Kept {
    fn next(&mut self, by: &Coefficients, sample: f64) -> f64 {
        let filtered = by.b[0] * sample + self.0[0];
        self.0[0] = by.b[1] * sample - by.a[0] * filtered + self.0[1];
        self.0[1] = by.b[2] * sample - by.a[1] * filtered;
        filtered
    }

    fn rest(&mut self) {
        if self.0.iter().all(|kept| kept.abs() < AT_REST) {
            self.0 = [0.0; 2];
        }
    }
}

/// Sound that was heard, as far as its loudness needs it: 80 bytes a second.
#[derive(Debug, Default)]
pub(super) struct Weighted {
    shelf: Kept,
    high_pass: Kept,
    /// The sum of the squares of each whole step.
    steps: Vec<f64>,
    /// The sum of the squares of the step that has begun, and how many samples of it were heard.
    begun: (f64, usize),
}

impl Weighted {
    /// Hears the next samples.
    pub(super) fn hear(&mut self, samples: &[f32]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(STEP - self.begun.1));
            for &sample in now {
                let weighted = self.high_pass.next(&HIGH_PASS, self.shelf.next(&SHELF, f64::from(sample)));
                self.begun.0 += weighted * weighted;
            }
            self.begun.1 += now.len();
            if self.begun.1 == STEP {
                self.steps.push(self.begun.0);
                self.begun = (0.0, 0);
                self.shelf.rest();
                self.high_pass.rest();
            }
            rest = later;
        }
    }

    /// The loudness of every block of 400 ms that is not silent, in LUFS, a new one each 100 ms.
    pub(super) fn blocks(&self) -> Vec<f32> {
        let samples = (STEP * STEPS_OF_A_BLOCK) as f64;
        let loudness = |steps: &[f64]| OFFSET_LU + 10.0 * (steps.iter().sum::<f64>() / samples).log10();
        let audible = |block: &f64| *block > ABSOLUTE_GATE_LUFS;
        self.steps.windows(STEPS_OF_A_BLOCK).map(loudness).filter(audible).map(|block| block as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::integrated_of;
    use crate::testing::spoken;
    use ebur128::{EbuR128, Mode};

    fn of(samples: &[f32], piece: usize) -> f64 {
        let mut weighted = Weighted::default();
        samples.chunks(piece).for_each(|piece| weighted.hear(piece));
        integrated_of(&weighted.blocks())
    }

    fn reference(samples: &[f32]) -> f64 {
        let mut meter = EbuR128::new(1, SAMPLE_RATE_HZ, Mode::I).expect("one channel at 48 kHz");
        meter.add_frames_f32(samples).expect("frames of one channel");
        meter.loudness_global().expect("the meter was made for it")
    }

    #[test]
    fn it_measures_what_the_library_measures() {
        for seed in 1..6 {
            let mut samples = spoken(seed, 0.4 * f64::from(seed * seed), SAMPLE_RATE_HZ);
            samples.extend(vec![0.0; 30_000 * seed as usize]);
            samples.extend(spoken(seed + 3, 3.0, SAMPLE_RATE_HZ).iter().map(|sample| sample * 0.05));
            let (ours, theirs) = (of(&samples, 1 << 16), reference(&samples));
            assert!((ours - theirs).abs() < 0.01, "{ours} and {theirs}");
        }
    }

    #[test]
    fn it_does_not_matter_in_which_pieces_sound_comes() {
        let samples = spoken(2, 2.3, SAMPLE_RATE_HZ);
        let whole = of(&samples, samples.len());
        for piece in [1, 100, 4800, 4801] {
            assert!((of(&samples, piece) - whole).abs() < 1e-9);
        }
    }

    #[test]
    fn what_is_silent_or_too_short_has_no_loudness() {
        assert_eq!(of(&[0.0; 96_000], 1000), f64::NEG_INFINITY);
        assert_eq!(of(&[0.000_01; 96_000], 1000), f64::NEG_INFINITY);
        assert_eq!(of(&spoken(1, 0.39, SAMPLE_RATE_HZ), 1000), f64::NEG_INFINITY);
    }
}
