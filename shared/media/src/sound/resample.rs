//! Brings sound to another sample rate with a windowed sinc, one set of weights per phase.

use std::f64::consts::PI;

/// Zero crossings of the sinc on either side, at the lower of the two rates.
const CROSSINGS: u32 = 24;
/// Shape of the Kaiser window: 90 dB of rejection.
const KAISER_BETA: f64 = 9.0;
/// Where the band ends, as a share of the lower rate's half: leaves room for the slope of the filter.
const BAND: f64 = 0.93;

/// The sound at another rate. Sample 0 stays sample 0; the length is scaled and rounded up.
pub(super) fn resample(samples: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    if from_hz == to_hz {
        return samples.to_vec();
    }
    let divisor = greatest_common_divisor(from_hz, to_hz);
    let (step, phases) = ((from_hz / divisor) as usize, (to_hz / divisor) as usize);
    let filter = Filter::new(from_hz, to_hz, CROSSINGS);
    let length = (samples.len() * phases).div_ceil(step);
    // Counted on, because a division for each sample takes as long as half of its sum.
    let (mut position, mut phase) = (0, 0);
    let mut next = || {
        let sample = filter.apply(samples, position, phase);
        phase += step;
        while phase >= phases {
            phase -= phases;
            position += 1;
        }
        sample
    };
    (0..length).map(|_| next()).collect()
}

/// The weights for one pair of rates.
#[derive(Debug)]
pub(super) struct Filter {
    /// Samples on either side of a position.
    reach: usize,
    /// For each phase the weights of the `2 * reach` samples around it.
    weights: Vec<f32>,
}

impl Filter {
    /// With as many zero crossings of the sinc on either side as told.
    pub(super) fn new(from_hz: u32, to_hz: u32, crossings: u32) -> Self {
        let phases = to_hz / greatest_common_divisor(from_hz, to_hz);
        let narrowing = (f64::from(to_hz) / f64::from(from_hz)).min(1.0);
        let half_width = f64::from(crossings) / narrowing;
        let reach = half_width.ceil() as usize;
        let cutoff = BAND * narrowing;
        let weights = (0..phases)
            .flat_map(|phase| {
                let fraction = f64::from(phase) / f64::from(phases);
                (0..2 * reach).map(move |tap| {
                    let distance = tap as f64 - (reach as f64 - 1.0) - fraction;
                    (cutoff * sinc(cutoff * distance) * kaiser(distance / half_width)) as f32
                })
            })
            .collect();
        Self { reach, weights }
    }

    /// The sound so many phases behind a sample.
    pub(super) fn apply(&self, samples: &[f32], position: usize, phase: usize) -> f32 {
        let taps = 2 * self.reach;
        let weights = &self.weights[phase * taps..(phase + 1) * taps];
        // The first tap lies `reach - 1` samples before the position.
        let begin = (position + 1).saturating_sub(self.reach);
        let unheard = (self.reach - 1).saturating_sub(position);
        let heard = &samples[begin.min(samples.len())..(position + 1 + self.reach).min(samples.len())];
        product(heard, &weights[unheard..])
    }
}

/// The sum of products, in sixteen sums side by side: added up in one line they could not be computed at once.
fn product(samples: &[f32], weights: &[f32]) -> f32 {
    const LANES: usize = 16;
    let length = samples.len().min(weights.len());
    let (samples, rest) = samples[..length].as_chunks::<LANES>();
    let (weights, rest_weights) = weights[..length].as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (samples, weights) in samples.iter().zip(weights) {
        for lane in 0..LANES {
            sums[lane] += samples[lane] * weights[lane];
        }
    }
    sums.iter().sum::<f32>() + rest.iter().zip(rest_weights).map(|(sample, weight)| sample * weight).sum::<f32>()
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The Kaiser window from -1 to 1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel(KAISER_BETA * (1.0 - x * x).sqrt()) / bessel(KAISER_BETA) }
}

/// The modified Bessel function of order zero, by its series.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut n = 1.0;
    while term > sum * 1e-12 {
        term *= (x / (2.0 * n)).powi(2);
        sum += term;
        n += 1.0;
    }
    sum
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, rate: u32, seconds: f64) -> Vec<f32> {
        let length = (seconds * f64::from(rate)) as usize;
        (0..length).map(|n| (2.0 * PI * hz * n as f64 / f64::from(rate)).sin() as f32 * 0.5).collect()
    }

    #[test]
    fn a_tone_stays_the_same_tone() {
        for rate in [8_000, 16_000, 22_050, 24_000, 44_100, 96_000] {
            let heard = resample(&sine(1000.0, rate, 0.5), rate, 48_000);
            let expected = sine(1000.0, 48_000, 0.5);
            assert_eq!(heard.len(), expected.len(), "{rate}");
            let edge = 2000;
            let worst = (edge..expected.len() - edge).map(|n| (heard[n] - expected[n]).abs()).fold(0.0, f32::max);
            assert!(worst < 0.001, "{rate}: {worst}");
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_is_gone() {
        let heard = resample(&sine(30_000.0, 96_000, 0.2), 96_000, 48_000);
        let worst = heard[2000..7000].iter().map(|sample| sample.abs()).fold(0.0, f32::max);
        assert!(worst < 0.0005, "{worst}");
    }

    #[test]
    fn a_click_stays_where_it_is() {
        let mut click = vec![0.0; 2205];
        click[1102] = 1.0;
        let heard = resample(&click, 22_050, 48_000);
        let loudest = (0..heard.len()).max_by(|&a, &b| heard[a].total_cmp(&heard[b])).expect("not empty");
        assert!(loudest.abs_diff(1102 * 320 / 147) <= 1, "{loudest}");
    }

    #[test]
    fn nothing_stays_nothing() {
        assert_eq!(resample(&[], 22_050, 48_000), Vec::<f32>::new());
        assert_eq!(resample(&[0.0; 10], 22_050, 48_000), vec![0.0; 22]);
    }
}
