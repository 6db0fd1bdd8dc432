//! The common grid of sound and picture.
//!
//! At 48 kHz an AAC frame lasts 1024/48000 s and a video frame at 30 fps 1/30 s, so both end together every 8/15 s: 25 audio
//! frames, 16 video frames, 25,600 samples. Every scene lasts a whole number of such cells, which is why scenes can be
//! joined by copying packets without sound and picture ever drifting apart.

use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::Add;

/// Video frames per second.
pub const FRAME_RATE: u32 = 30;
/// Audio samples per second.
pub const SAMPLE_RATE_HZ: u32 = 48_000;
/// Video frames in one cell.
pub const FRAMES_PER_CELL: u32 = 16;
/// Audio samples in one cell, per channel.
pub const SAMPLES_PER_CELL: u32 = 25_600;

/// A duration in cells of 8/15 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cells(pub u32);

impl Cells {
    /// The fewest cells that hold so many samples at 48 kHz.
    pub fn covering(samples: u64) -> Self {
        Self(u32::try_from(samples.div_ceil(u64::from(SAMPLES_PER_CELL))).unwrap_or(u32::MAX))
    }

    /// Video frames.
    pub fn frames(self) -> u64 {
        u64::from(self.0) * u64::from(FRAMES_PER_CELL)
    }

    /// Audio samples per channel.
    pub fn samples(self) -> u64 {
        u64::from(self.0) * u64::from(SAMPLES_PER_CELL)
    }

    /// Milliseconds, rounded to the nearest. For people and captions; sums are made in cells.
    pub fn milliseconds(self) -> u64 {
        (u64::from(self.0) * 1600 + 1) / 3
    }
}

impl Add for Cells {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for Cells {
    fn sum<I: Iterator<Item = Self>>(cells: I) -> Self {
        cells.fold(Self(0), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_and_picture_end_together() {
        for n in [1, 7, 6_750] {
            let cells = Cells(n);
            let picture_ends = cells.frames() * u64::from(SAMPLE_RATE_HZ);
            let sound_ends = cells.samples() * u64::from(FRAME_RATE);
            assert_eq!(picture_ends, sound_ends);
        }
    }

    #[test]
    fn a_scene_covers_its_samples() {
        assert_eq!(Cells::covering(0), Cells(0));
        assert_eq!(Cells::covering(1), Cells(1));
        assert_eq!(Cells::covering(25_600), Cells(1));
        assert_eq!(Cells::covering(25_601), Cells(2));
    }

    #[test]
    fn milliseconds_round_to_the_nearest() {
        assert_eq!(Cells(1).milliseconds(), 533);
        assert_eq!(Cells(2).milliseconds(), 1067);
        assert_eq!(Cells(15).milliseconds(), 8000);
    }
}
