//! What can be made anew in assembly, once, where a video does not pass its gate: how loud each scene is, and when captions stand.
//! All else is at fault where it was made; the job then says which scene that is.

use crate::Scene;
use crate::gate::{Check, Rejection};
use domain::Failure;
use domain::captions::Caption;
use media::Ffmpeg;
use media::sound::relevel;
use std::collections::BTreeSet;

/// What was taken up so far.
#[derive(Debug, Default)]
pub(crate) struct Mending {
    /// How loud all scenes are.
    levels: bool,
    /// The scenes whose peaks were lowered.
    peaks: BTreeSet<u32>,
    captions: bool,
}

impl Mending {
    /// Whether what was rejected can be mended and was not before; it then counts as taken up.
    pub(crate) fn takes_up(&mut self, rejection: &Rejection) -> bool {
        match rejection.check {
            Check::Loudness => !std::mem::replace(&mut self.levels, true),
            // Peaks are lowered with the rest where all scenes are levelled.
            Check::TruePeak => !self.levels && rejection.scene.is_some_and(|scene| self.peaks.insert(scene)),
            Check::Captions => !std::mem::replace(&mut self.captions, true),
            _ => false,
        }
    }

    /// Whether captions are to stand only where they may.
    pub(crate) fn retimes_captions(&self) -> bool {
        self.captions
    }
}

/// Brings all scenes to their loudness where the whole has not got its own, or the one that has too high a peak; does nothing where
/// something else was rejected.
pub(crate) async fn level(ffmpeg: &Ffmpeg, rejection: &Rejection, scenes: &mut [Scene]) -> Result<(), Failure> {
    let is_meant = |scene: &Scene| match rejection.check {
        Check::Loudness => true,
        Check::TruePeak => rejection.scene == Some(scene.index),
        _ => false,
    };
    for scene in scenes.iter_mut().filter(|scene| is_meant(scene)) {
        scene.narration = relevel(ffmpeg, &scene.narration).await?;
    }
    Ok(())
}

/// The captions in order, none before another has gone, none longer than the video. What has no time left is gone.
pub(crate) fn retimed(mut captions: Vec<Caption>, video_ms: u64) -> Vec<Caption> {
    captions.sort_by_key(|caption| caption.begin_ms);
    let latest: Vec<u64> = captions.iter().skip(1).map(|next| next.begin_ms).chain([video_ms]).collect();
    for (caption, latest) in captions.iter_mut().zip(latest) {
        caption.end_ms = caption.end_ms.min(latest).min(video_ms);
    }
    captions.retain(|caption| caption.begin_ms < caption.end_ms && !caption.lines.is_empty());
    captions
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::captions::{CaptionWord, broken_rule};

    fn rejection(check: Check) -> Rejection {
        Rejection { check, scene: Some(1), found: String::new() }
    }

    #[test]
    fn everything_is_mended_at_most_once() {
        let mut mending = Mending::default();
        let too_high = |scene| Rejection { scene: Some(scene), ..rejection(Check::TruePeak) };
        assert!(mending.takes_up(&too_high(1)) && mending.takes_up(&too_high(2)), "each scene has peaks of its own");
        assert!(!mending.takes_up(&too_high(1)));
        assert!(mending.takes_up(&rejection(Check::Loudness)));
        assert!(!mending.takes_up(&too_high(3)), "peaks are lowered where all is levelled");
        assert!(!mending.retimes_captions());
        assert!(mending.takes_up(&rejection(Check::Captions)));
        assert!(mending.retimes_captions());
        assert!(!mending.takes_up(&rejection(Check::Captions)));
    }

    #[test]
    fn what_is_at_fault_elsewhere_is_not_mended_here() {
        for check in [Check::Black, Check::Freeze, Check::Silence, Check::PictureDecodes, Check::FrameCount, Check::Container] {
            assert!(!Mending::default().takes_up(&rejection(check)), "{check}");
        }
    }

    #[test]
    fn captions_that_overlap_stand_one_after_the_other() {
        let caption = |begin_ms, end_ms| {
            let word = CaptionWord { text: "Tides".to_owned(), after_blank: false, begin_ms, end_ms };
            Caption { begin_ms, end_ms, lines: vec![vec![word]] }
        };
        let captions =
            vec![caption(500, 900), caption(0, 700), caption(800, 1_700), caption(1_600, 1_650), caption(1_600, 2_000)];
        assert!(broken_rule(&captions, 42, 1_600).is_some());
        let retimed = retimed(captions, 1_600);
        assert_eq!(broken_rule(&retimed, 42, 1_600), None);
        let times: Vec<(u64, u64)> = retimed.iter().map(|caption| (caption.begin_ms, caption.end_ms)).collect();
        assert_eq!(times, [(0, 500), (500, 800), (800, 1_600)]);
        let heard: Vec<(u64, u64)> =
            retimed.iter().map(|caption| &caption.lines[0][0]).map(|word| (word.begin_ms, word.end_ms)).collect();
        assert_eq!(heard, [(0, 700), (500, 900), (800, 1_700)], "when words are heard stays as it is");
    }
}
