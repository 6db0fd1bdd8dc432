//! Scenes that move with something over them, such as captions.
//!
//! What lies over a scene changes at times of its own, also while a part of the scene appears. So the times are known here before
//! anything is encoded, and each frame is that differs from the one before, whatever changed in it: the frames of
//! [`crate::moving`], each as often as something else lies over it while it is seen.
//!
//! ```text
//! scene    in in in A - - - ab ab ab B - - - -
//! words    - - - - 1 - - - 2 - 3 - - - 4 - -
//! encoded  in in in A 1     2  ab 3  B   4      A, B are IDR frames
//! ```

use crate::blend::Planes;
use crate::ffmpeg::limits;
use crate::moving::{Change, Movement, State, feed};
use crate::overlay::{Overlay, Veil};
use crate::picture::{Effort, command};
use crate::{Ffmpeg, MediaError, h264};
use domain::{Cells, SCENE_FRAMES};
use std::time::Duration;
use tokio::sync::mpsc;

/// Changes whenever what is encoded, or how, changes.
const CALLS: &str = "overlaid-picture-3";

/// Frames of the encoder from one IDR frame to the next: fewer than the 64 after which it makes one by itself.
const LONGEST_GROUP: usize = 60;

/// What tells scenes with something over them from different encoders or settings apart: part of the address of a segment.
pub async fn identity(ffmpeg: &Ffmpeg) -> Result<String, MediaError> {
    Ok(format!("{CALLS} {}", crate::moving::identity(ffmpeg).await?))
}

/// What lies over a scene, and when.
pub struct Overlays {
    /// The frames of the scene at which something else begins to lie over it, rising.
    pub starts: Vec<u64>,
    /// What lies over it from each of these frames on, in order; none where nothing does.
    pub drawn: mpsc::Receiver<Option<Overlay>>,
}

/// Encodes a scene with something over it: Annex B, exactly as long as asked.
///
/// `states` are those of [`crate::moving::encode`], one more than there are `changes`, which are those of
/// [`crate::moving::schedule`]. Only frames that differ from the one before are encoded, whether a part appears in them, or a
/// caption, or a word of it stands out.
///
/// # Errors
/// [`MediaError::FrameSize`] if a state or an overlay does not make up a picture of this size or rows of one;
/// [`h264::H264Error::FrameCount`] if changes do not leave time for each other, or if fewer states or overlays came than were
/// announced.
pub async fn encode(
    ffmpeg: &Ffmpeg,
    (width, height): (u32, u32),
    movement: Movement,
    changes: &[Change],
    duration: Cells,
    states: mpsc::Receiver<State>,
    overlays: Overlays,
) -> Result<Vec<u8>, MediaError> {
    let end = duration.frames();
    let (of_states, wholes) = starts(movement, changes, end);
    if of_states.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(h264::H264Error::FrameCount { found: of_states.len() as u64, expected: end }.into());
    }
    let mut starts = [of_states.clone(), overlays.starts.clone()].concat();
    starts.retain(|&start| start < end);
    starts.sort_unstable();
    starts.dedup();
    let keys = keys(&starts, &wholes, end);
    let encoded = encode_frames(ffmpeg, (width, height), &keys, move |sender| {
        let size = Planes { width: width as usize, height: height as usize };
        let mut covering = Covering { size, starts: of_states, end, sent: 0, overlays, begun: 0, veil: None, failure: None };
        feed((width, height), movement, states, &mut |frame| covering.send(&frame, &sender))?;
        covering.failure.map_or(Ok(()), Err)
    });
    Ok(h264::place(&encoded.await?, &starts, end)?)
}

/// Encodes frames as they are fed, those of these numbers as IDR frames.
async fn encode_frames(
    ffmpeg: &Ffmpeg,
    (width, height): (u32, u32),
    keys: &[usize],
    feed: impl FnOnce(mpsc::Sender<Vec<u8>>) -> Result<(), MediaError> + Send + 'static,
) -> Result<Vec<u8>, MediaError> {
    let (sender, frames) = mpsc::channel(2);
    // By their numbers: versions of ffmpeg differ in which frame they take for a time.
    let terms: Vec<String> = keys.iter().map(|key| format!("eq(n,{key})")).collect();
    let mut command = command(ffmpeg, width, height, Effort::Held);
    command.args(["-forced-idr", "1", "-force_key_frames", &format!("expr:{}", terms.join("+"))]);
    command.format("h264").output("pipe:1");
    let most = (keys.len() + 2) * (width * height) as usize * 3 / 2 + (1 << 16);
    let limits = limits(Duration::from_secs(120), most);
    let feeding = tokio::task::spawn_blocking(move || feed(sender));
    let report = ffmpeg.run_fed(&command, frames, &limits).await;
    feeding.await.expect("blending does not panic")?;
    Ok(report?.output)
}

/// The frame of the scene at which each frame of [`feed`] is seen first, and those of them that show a whole state.
fn starts(movement: Movement, changes: &[Change], end: u64) -> (Vec<u64>, Vec<u64>) {
    let entrance = u64::from(movement.entrance());
    let ways: Vec<(u64, u64)> = std::iter::once((0, entrance))
        .chain(changes.iter().map(|change| (change.frame, change.frame + u64::from(change.takes))))
        .collect();
    let mut starts: Vec<u64> = ways.iter().flat_map(|&(begin, whole)| begin..=whole).collect();
    if movement.leaves {
        starts.extend(end.saturating_sub(u64::from(SCENE_FRAMES))..end);
    }
    (starts, ways.into_iter().map(|(_, whole)| whole).collect())
}

/// Which frames are to be IDR frames: those that show a whole state, and so many of the others that a player can begin often.
fn keys(starts: &[u64], wholes: &[u64], end: u64) -> Vec<usize> {
    let mut keys: Vec<usize> = vec![0];
    for (at, start) in starts.iter().enumerate().skip(1) {
        let last = keys[keys.len() - 1];
        let next = starts.get(at + 1).copied().unwrap_or(end);
        if wholes.contains(start) || next - starts[last] > h264::LONGEST_RUN || at - last >= LONGEST_GROUP {
            keys.push(at);
        }
    }
    keys
}

/// Lays overlays over frames on their way to the encoder.
struct Covering {
    size: Planes,
    /// When each frame that comes is seen first.
    starts: Vec<u64>,
    end: u64,
    /// How many frames came.
    sent: usize,
    overlays: Overlays,
    /// How many overlays came.
    begun: usize,
    veil: Option<Veil>,
    failure: Option<MediaError>,
}

impl Covering {
    /// Sends a frame as often as something else lies over it while it is seen. Gives back whether more can come.
    fn send(&mut self, frame: &[u8], sender: &mpsc::Sender<Vec<u8>>) -> bool {
        let Some(&start) = self.starts.get(self.sent) else { return false };
        self.sent += 1;
        let until = self.starts.get(self.sent).copied().unwrap_or(self.end);
        let mut at = start;
        loop {
            if !self.lift_to(at) {
                return false;
            }
            let mut covered = frame.to_vec();
            if let Some(veil) = &self.veil {
                veil.cover(&mut covered, self.size);
            }
            if sender.blocking_send(covered).is_err() {
                return false;
            }
            match self.overlays.starts.get(self.begun) {
                Some(&next) if next < until => at = next,
                _ => return true,
            }
        }
    }

    /// Takes overlays until the one that lies over a frame. Gives back whether it came and fits.
    fn lift_to(&mut self, frame: u64) -> bool {
        while self.overlays.starts.get(self.begun).is_some_and(|&start| start <= frame) {
            let Some(overlay) = self.overlays.drawn.blocking_recv() else { return false };
            self.begun += 1;
            self.veil = match overlay {
                None => None,
                Some(overlay) => match Veil::new(&overlay, self.size) {
                    Some(veil) => Some(veil),
                    None => {
                        let (width, height) = (self.size.width as u32, self.size.height as u32);
                        self.failure = Some(MediaError::FrameSize { width, height, bytes: overlay.rgba.len() });
                        return false;
                    }
                },
            };
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moving::Way;
    use crate::testing::{HEIGHT, WIDTH, decode_frames, ffmpeg, psnr, state};
    use domain::TRANSITION_FRAMES;

    const TRANSITION: usize = TRANSITION_FRAMES as usize;
    const STILL: Movement = Movement { enters: false, leaves: false, slides: false };
    const FADING: Movement = Movement { enters: true, leaves: true, slides: false };
    const SLIDING: Movement = Movement { slides: true, ..FADING };

    fn as_state(steps: u32, movement: Movement) -> State {
        State { rgba: state(steps), way: if movement.slides { Way::Rise { behind: None } } else { Way::Fade } }
    }

    fn as_changes(frames: &[u64]) -> Vec<Change> {
        frames.iter().map(|&frame| Change { frame, takes: TRANSITION_FRAMES }).collect()
    }

    async fn decoded(stream: &[u8]) -> Vec<Vec<u8>> {
        let (frames, complaints) = decode_frames(&ffmpeg(), stream, WIDTH, HEIGHT).await;
        assert_eq!(complaints, Vec::<String>::new());
        frames
    }

    const BAND: u32 = 40;

    /// Rows of one opaque grey at the lower end of the picture.
    fn overlay(grey: u8) -> Overlay {
        let rgba = [grey, grey, grey, 255].repeat((WIDTH * BAND) as usize);
        Overlay { top: HEIGHT - BAND - 2, rgba }
    }

    /// A scene of so many states over which overlays of these greys lie, or nothing, from these frames on.
    async fn overlaid(
        movement: Movement,
        changes: &[u64],
        cells: u32,
        overlays: &[(u64, Option<u8>)],
    ) -> Result<Vec<u8>, MediaError> {
        let (state_sender, states) = mpsc::channel(1);
        let (overlay_sender, drawn) = mpsc::channel(1);
        let last = changes.len() as u32;
        let draw_states = async move {
            for steps in 0..=last {
                // Whoever takes them may have failed.
                if state_sender.send(as_state(steps, movement)).await.is_err() {
                    break;
                }
            }
        };
        let (starts, greys): (Vec<u64>, Vec<Option<u8>>) = overlays.iter().copied().unzip();
        let draw_overlays = async move {
            for grey in greys {
                if overlay_sender.send(grey.map(overlay)).await.is_err() {
                    break;
                }
            }
        };
        let (ffmpeg, overlays) = (ffmpeg(), Overlays { starts, drawn });
        let changes = as_changes(changes);
        let encode = encode(&ffmpeg, (WIDTH, HEIGHT), movement, &changes, Cells(cells), states, overlays);
        tokio::join!(encode, draw_states, draw_overlays).0
    }

    /// The brightness in the middle of the overlay, and of the same column above it.
    fn levels(frame: &[u8]) -> (u8, u8) {
        let at = |row: u32| frame[(row * WIDTH + WIDTH / 2) as usize];
        (at(HEIGHT - BAND / 2 - 2), at(5))
    }

    #[tokio::test]
    async fn overlays_change_exactly_at_their_frames_also_while_something_appears() {
        let overlays = [(3, Some(200)), (35, Some(40)), (36, Some(120)), (52, None), (90, Some(220)), (150, None)];
        for movement in [STILL, FADING, SLIDING] {
            let stream = overlaid(movement, &[33, 100], 12, &overlays).await.expect("encodes");
            let frames = decoded(&stream).await;
            assert_eq!(frames.len(), 192);
            for (at, frame) in frames.iter().enumerate() {
                let expected = overlays.iter().rev().find(|(start, _)| *start <= at as u64).and_then(|(_, grey)| *grey);
                let expected = expected.map_or(44, |grey| 16 + (u32::from(grey) * 219 / 255) as u8);
                let shown = levels(frame).0;
                let is_whole = !movement.enters || (7..185).contains(&at) || expected != 44;
                assert!(!is_whole || shown.abs_diff(expected) <= 3, "{movement:?}: {shown} at frame {at}, not {expected}");
            }
        }
    }

    #[tokio::test]
    async fn only_frames_that_differ_are_encoded_and_a_player_can_begin_often() {
        let words: Vec<(u64, Option<u8>)> = (0..80).map(|word| (10 + word * 9, Some(100 + word as u8))).collect();
        let stream = overlaid(FADING, &[33, 300], 48, &words).await.expect("encodes");
        assert_eq!(h264::count_frames(&stream), 768);
        let frames: Vec<_> = h264::nals(&stream).filter(h264::Nal::begins_picture).collect();
        let encoded = frames.iter().filter(|nal| nal.framed.len() > 30).count();
        // A word each, and what comes in, appears and leaves.
        assert!((80..80 + 4 * (TRANSITION + 1)).contains(&encoded), "{encoded} of 768");
        let keys: Vec<usize> = (0..768).filter(|&at| frames[at].kind() == h264::kind::IDR_SLICE).collect();
        assert!(keys.windows(2).all(|pair| pair[1] - pair[0] <= 150), "{keys:?}");
        assert!(keys.contains(&40) && keys.contains(&307), "{keys:?}");
    }

    #[tokio::test]
    async fn a_scene_under_nothing_looks_as_it_does_without() {
        let with = decoded(&overlaid(SLIDING, &[40, 60], 12, &[]).await.expect("encodes")).await;
        let without = {
            let (sender, states) = mpsc::channel(3);
            for steps in 0..=2 {
                sender.send(as_state(steps, SLIDING)).await.expect("has room");
            }
            drop(sender);
            let ways = [TRANSITION_FRAMES; 2];
            let encoded = crate::moving::encode(&ffmpeg(), (WIDTH, HEIGHT), SLIDING, &ways, states).await.expect("encodes");
            decoded(&crate::moving::schedule(&encoded, SLIDING, &as_changes(&[40, 60]), Cells(12)).expect("fits")).await
        };
        assert!(with == without);
    }

    #[tokio::test]
    async fn what_stands_still_does_not_flicker_under_captions() {
        let words: Vec<(u64, Option<u8>)> = (0..60).map(|word| (10 + word * 10, Some(60 + 3 * word as u8))).collect();
        let frames = decoded(&overlaid(FADING, &[33], 40, &words).await.expect("encodes")).await;
        let still = |frame: &[u8]| frame[..130 * WIDTH as usize].to_vec();
        for at in 42..600 {
            let psnr = psnr(&still(&frames[at]), &still(&frames[at - 1]));
            assert!(psnr >= 40.0, "frame {at}: {psnr} dB");
        }
    }

    #[tokio::test]
    async fn overlays_that_do_not_fit_or_come_too_late_are_refused() {
        assert!(overlaid(FADING, &[4], 5, &[]).await.is_err(), "the scene has not come in");
        assert!(overlaid(FADING, &[70], 5, &[]).await.is_err(), "it leaves at once");
        let (sender, states) = mpsc::channel(1);
        sender.send(as_state(0, FADING)).await.expect("has room");
        drop(sender);
        let (sender, drawn) = mpsc::channel(1);
        sender.send(Some(Overlay { top: HEIGHT, rgba: vec![0; 8 * WIDTH as usize] })).await.expect("has room");
        let overlays = Overlays { starts: vec![3], drawn };
        let ffmpeg = ffmpeg();
        let encode = encode(&ffmpeg, (WIDTH, HEIGHT), STILL, &[], Cells(2), states, overlays);
        let error = encode.await.expect_err("lies below the picture");
        assert!(matches!(error, MediaError::FrameSize { .. }), "{error}");
    }
}
