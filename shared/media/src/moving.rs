//! Scenes that move: states that appear one after another, encoded with nothing but the frames in which something changes.
//!
//! A scene is a series of states, each a whole picture. It comes in, changes from state to state, and leaves; on each [`Way`] there
//! are a few frames, blended here from the two states. [`encode`] encodes one frame of each state and the frames between them,
//! without knowing when they are seen; [`schedule`] places them in time by copying packets. So the same scene may be spoken anew
//! without being drawn or encoded anew.
//!
//! ```text
//! encoded    in in in A  ab ab ab B  bc bc bc C  out out out      A, B, C are IDR frames, the others lead to the next
//! scheduled  in in in A - - - ab ab ab B - - bc bc bc C - - - - out out out
//! ```

use crate::blend::{Planes, enter, fade, leave, rise};
use crate::ffmpeg::limits;
use crate::picture::{Effort, command};
use crate::{Ffmpeg, MediaError, colour, h264};
use domain::{Cells, SCENE_FRAMES, TRANSITION_FRAMES};
use std::time::Duration;
use tokio::sync::mpsc;

/// Changes whenever what moves, or how, changes.
const CALLS: &str = "moving-picture-2";

/// How a scene moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Movement {
    /// Whether it comes in over its first frames; otherwise it is there at once.
    pub enters: bool,
    /// Whether it leaves over its last frames; otherwise it stays.
    pub leaves: bool,
    /// Whether it also comes from one side a little, and leaves to the other.
    pub slides: bool,
}

impl Movement {
    /// The frames in which it comes in.
    pub(crate) fn entrance(self) -> u32 {
        if self.enters { SCENE_FRAMES } else { 0 }
    }
}

/// A picture of a scene, and how it follows the one before.
#[derive(Debug)]
pub struct State {
    /// Its pixels, as for [`crate::picture::encode_held`].
    pub rgba: Vec<u8>,
    /// How it comes about; without meaning for the first.
    pub way: Way,
}

/// How one state becomes the next.
#[derive(Debug)]
pub enum Way {
    /// At once.
    Cut,
    /// What differs fades over.
    Fade,
    /// What is new rises to its place, what was there fades over.
    Rise {
        /// The pixels of the state without what is new, where that differs from the state before.
        behind: Option<Vec<u8>>,
    },
}

/// When a state begins to come about, and how many frames that takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// The frame of the scene.
    pub frame: u64,
    /// The frames until it is there: 0 for a cut, else [`TRANSITION_FRAMES`].
    pub takes: u32,
}

/// What tells moving pictures from different encoders or settings apart: part of the address of a picture.
pub async fn identity(ffmpeg: &Ffmpeg) -> Result<String, MediaError> {
    Ok(format!("{CALLS} {}", crate::picture::identity(ffmpeg).await?))
}

/// Encodes the states of a scene and what lies between them: Annex B, one closed group for each state and one more for its
/// entrance.
///
/// There is one state more than there are `ways`, the frames from each to the next. They are taken one by one as they are drawn,
/// and at most two are kept.
///
/// # Errors
/// [`MediaError::FrameSize`] if the bytes of a state do not make up a picture of that size; [`h264::H264Error::GroupCount`] if fewer
/// or more states came than were announced, or not as announced.
pub async fn encode(
    ffmpeg: &Ffmpeg,
    (width, height): (u32, u32),
    movement: Movement,
    ways: &[u32],
    states: mpsc::Receiver<State>,
) -> Result<Vec<u8>, MediaError> {
    let (sender, frames) = mpsc::channel(2);
    let feeding = tokio::task::spawn_blocking(move || {
        feed((width, height), movement, states, &mut |frame| sender.blocking_send(frame).is_ok())
    });
    let encoded = encode_fed(ffmpeg, (width, height), movement, ways, Effort::Held, frames).await;
    feeding.await.expect("blending does not panic")?;
    encoded
}

/// Encodes the frames of a scene, each state as an IDR frame: it is seen for long, and what follows moves away from it.
pub(crate) async fn encode_fed(
    ffmpeg: &Ffmpeg,
    (width, height): (u32, u32),
    movement: Movement,
    ways: &[u32],
    effort: Effort,
    frames: mpsc::Receiver<Vec<u8>>,
) -> Result<Vec<u8>, MediaError> {
    let mut command = command(ffmpeg, width, height, effort);
    command.args(["-forced-idr", "1", "-force_key_frames", &key_frames(movement, ways)]);
    command.format("h264").output("pipe:1");
    let most = (ways.len() + 3) * (width * height) as usize * 3 / 2 + (1 << 16);
    let report = ffmpeg.run_fed(&command, frames, &limits(Duration::from_secs(120), most)).await;
    let encoded = report?.output;
    let expected = ways.len() + 1 + usize::from(movement.enters);
    match h264::count_groups(&encoded) {
        found if found == expected => Ok(encoded),
        found => Err(h264::H264Error::GroupCount { found, expected }.into()),
    }
}

/// Which frames are states, as ffmpeg is told: <https://ffmpeg.org/ffmpeg.html#Advanced-Video-options>, `force_key_frames`.
fn key_frames(movement: Movement, ways: &[u32]) -> String {
    let mut at = movement.entrance();
    let mut terms = vec![format!("eq(n,{at})")];
    for way in ways {
        at += way + 1;
        terms.push(format!("eq(n,{at})"));
    }
    format!("expr:{}", terms.join("+"))
}

/// Hands on each frame that is to be encoded, in order. Ends early once nobody takes them.
pub(crate) fn feed(
    (width, height): (u32, u32),
    movement: Movement,
    mut states: mpsc::Receiver<State>,
    send: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Result<(), MediaError> {
    let planes = Planes { width: width as usize, height: height as usize };
    let mut before: Option<Vec<u8>> = None;
    let planar =
        |rgba: Vec<u8>| colour::yuv420(&rgba, width, height).ok_or(MediaError::FrameSize { width, height, bytes: rgba.len() });
    while let Some(State { rgba, way }) = states.blocking_recv() {
        let state = planar(rgba)?;
        let mut frames = 1..=TRANSITION_FRAMES;
        let reaches = match (&before, way) {
            (None, _) => (1..=movement.entrance()).all(|frame| send(enter(planes, &state, frame, movement.slides))),
            (Some(_), Way::Cut) => true,
            (Some(before), Way::Fade) => frames.all(|frame| send(fade(planes, before, &state, frame))),
            (Some(before), Way::Rise { behind }) => {
                let behind = behind.map(planar).transpose()?;
                frames.all(|frame| send(rise(planes, before, behind.as_ref().unwrap_or(before), &state, frame)))
            }
        };
        if !reaches || !send(state.clone()) {
            return Ok(());
        }
        before = Some(state);
    }
    if let Some(last) = before.filter(|_| movement.leaves) {
        (1..=SCENE_FRAMES).all(|frame| send(leave(planes, &last, frame, movement.slides)));
    }
    Ok(())
}

/// Places an encoded scene in time: each state but the first comes about with its change, and the whole lasts exactly as long as
/// asked.
///
/// # Errors
/// [`h264::H264Error::GroupCount`] unless there is one change for each state but the first, [`h264::H264Error::FrameCount`] if they
/// do not leave time for each other.
pub fn schedule(encoded: &[u8], movement: Movement, changes: &[Change], duration: Cells) -> Result<Vec<u8>, MediaError> {
    let entrance = movement.enters.then_some(u64::from(SCENE_FRAMES));
    let ends = changes.iter().map(|change| change.frame + u64::from(change.takes)).chain([duration.frames()]);
    let mut lengths = Vec::with_capacity(changes.len() + 2);
    let mut at = 0;
    for end in entrance.into_iter().chain(ends) {
        lengths.push(end.saturating_sub(at));
        at = end;
    }
    Ok(h264::stretch(encoded, &lengths)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{HEIGHT, WIDTH, decode_frames, ffmpeg, state};

    const TRANSITION: usize = TRANSITION_FRAMES as usize;
    const SCENE: usize = SCENE_FRAMES as usize;
    const STILL: Movement = Movement { enters: false, leaves: false, slides: false };
    const FADING: Movement = Movement { enters: true, leaves: true, slides: false };
    const SLIDING: Movement = Movement { slides: true, ..FADING };

    async fn encoded(movement: Movement, first: u32, last: u32) -> Vec<u8> {
        let (sender, states) = mpsc::channel(1);
        let draw = async move {
            for steps in first..=last {
                let way = if movement.slides { Way::Rise { behind: None } } else { Way::Fade };
                sender.send(State { rgba: state(steps), way }).await.expect("is taken");
            }
        };
        let (ffmpeg, ways) = (ffmpeg(), vec![TRANSITION_FRAMES; (last - first) as usize]);
        let (encoded, ()) = tokio::join!(encode(&ffmpeg, (WIDTH, HEIGHT), movement, &ways, states), draw);
        encoded.expect("encodes")
    }

    fn changes(frames: &[u64]) -> Vec<Change> {
        frames.iter().map(|&frame| Change { frame, takes: TRANSITION_FRAMES }).collect()
    }

    async fn decoded(stream: &[u8]) -> Vec<Vec<u8>> {
        let (frames, complaints) = decode_frames(&ffmpeg(), stream, WIDTH, HEIGHT).await;
        assert_eq!(complaints, Vec::<String>::new());
        frames
    }

    fn psnr(one: &[u8], other: &[u8]) -> f64 {
        let squares: f64 = one.iter().zip(other).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
        10.0 * (255.0 * 255.0 * one.len() as f64 / squares.max(1e-9)).log10()
    }

    #[tokio::test]
    async fn only_what_differs_is_encoded() {
        let frames = decoded(&encoded(FADING, 0, 3).await).await;
        assert_eq!(frames.len(), SCENE + 4 + 3 * TRANSITION + SCENE);
    }

    #[tokio::test]
    async fn a_scene_lasts_exactly_as_long_as_its_take() {
        let encoded = encoded(SLIDING, 0, 2).await;
        for cells in [4, 5, 20, 97] {
            let scheduled = schedule(&encoded, SLIDING, &changes(&[20, 40]), Cells(cells)).expect("there is time");
            assert_eq!(h264::count_frames(&scheduled), Cells(cells).frames());
            assert_eq!(decoded(&scheduled).await.len() as u64, Cells(cells).frames());
        }
    }

    #[tokio::test]
    async fn states_change_exactly_at_their_frames() {
        for movement in [STILL, FADING, SLIDING] {
            let begins = [33, 45, 200];
            let scheduled =
                schedule(&encoded(movement, 1, 4).await, movement, &changes(&begins), Cells(20)).expect("there is time");
            let frames = decoded(&scheduled).await;
            let differing: Vec<usize> = (1..frames.len()).filter(|&at| frames[at] != frames[at - 1]).collect();
            let ways = |begin: usize| begin..=begin + TRANSITION;
            let mut expected: Vec<usize> = if movement.enters { (1..=SCENE).collect() } else { vec![] };
            expected.extend(begins.iter().flat_map(|&change| ways(change as usize)));
            expected.extend(if movement.leaves { 320 - SCENE..320 } else { 320..320 });
            assert_eq!(differing, expected, "{movement:?}");
        }
    }

    #[tokio::test]
    async fn every_frame_of_a_state_looks_like_the_state() {
        let scheduled =
            schedule(&encoded(SLIDING, 0, 2).await, SLIDING, &changes(&[100, 120]), Cells(30)).expect("there is time");
        let frames = decoded(&scheduled).await;
        for (steps, shown) in [(0, SCENE..100), (1, 100 + TRANSITION..120), (2, 120 + TRANSITION..480 - SCENE)] {
            let original = colour::yuv420(&state(steps), WIDTH, HEIGHT).expect("fits");
            for at in shown {
                let psnr = psnr(&frames[at], &original);
                assert!(psnr > 38.0, "frame {at}: {psnr} dB");
            }
        }
    }

    #[tokio::test]
    async fn what_stands_still_does_not_flicker_while_something_appears() {
        let scheduled = schedule(&encoded(FADING, 1, 3).await, FADING, &changes(&[100, 120]), Cells(30)).expect("there is time");
        let frames = decoded(&scheduled).await;
        // The first bar, and the ground around it.
        let still = |frame: &[u8]| frame[..48 * WIDTH as usize].to_vec();
        for at in 60..200 {
            let psnr = psnr(&still(&frames[at]), &still(&frames[at - 1]));
            assert!(psnr >= 40.0, "frame {at}: {psnr} dB");
        }
    }

    #[tokio::test]
    async fn moving_and_held_pictures_are_joined_by_copying() {
        let ffmpeg = ffmpeg();
        let held = crate::picture::encode_held(&ffmpeg, &state(2), WIDTH, HEIGHT).await.expect("encodes");
        let held = h264::hold(&held, Cells(3)).expect("a group");
        let moving = schedule(&encoded(FADING, 0, 1).await, FADING, &changes(&[20]), Cells(5)).expect("there is time");
        let sets = |stream: &[u8]| -> Vec<Vec<u8>> {
            let is_set = |nal: &h264::Nal<'_>| matches!(nal.kind(), h264::kind::SPS | h264::kind::PPS);
            let mut sets: Vec<_> = h264::nals(stream).filter(is_set).map(|nal| nal.unit.to_vec()).collect();
            sets.sort();
            sets.dedup();
            sets
        };
        let joined = [held.clone(), moving.clone(), held.clone(), moving].concat();
        assert_eq!(sets(&joined), sets(&held));
        assert_eq!(decoded(&joined).await.len(), 16 * 16);
    }

    #[tokio::test]
    async fn a_cut_is_encoded_as_nothing_but_two_states() {
        let (sender, states) = mpsc::channel(2);
        for steps in [1, 3] {
            sender.send(State { rgba: state(steps), way: Way::Cut }).await.expect("has room");
        }
        drop(sender);
        let encoded = encode(&ffmpeg(), (WIDTH, HEIGHT), STILL, &[0], states).await.expect("encodes");
        let scheduled = schedule(&encoded, STILL, &[Change { frame: 40, takes: 0 }], Cells(5)).expect("there is time");
        let frames = decoded(&scheduled).await;
        let differing: Vec<usize> = (1..frames.len()).filter(|&at| frames[at] != frames[at - 1]).collect();
        assert_eq!((frames.len(), differing), (80, vec![40]));
    }

    #[tokio::test]
    async fn the_same_scene_gives_the_same_bytes() {
        assert_eq!(encoded(SLIDING, 0, 2).await, encoded(SLIDING, 0, 2).await);
    }

    #[tokio::test]
    async fn states_that_are_no_pictures_or_too_few_are_refused() {
        let (sender, states) = mpsc::channel(2);
        sender.send(State { rgba: vec![0; 100], way: Way::Cut }).await.expect("has room");
        drop(sender);
        let error = encode(&ffmpeg(), (WIDTH, HEIGHT), STILL, &[], states).await.expect_err("too few bytes");
        assert!(matches!(error, MediaError::FrameSize { bytes: 100, .. }), "{error}");
        let (sender, states) = mpsc::channel(2);
        sender.send(State { rgba: state(0), way: Way::Cut }).await.expect("has room");
        drop(sender);
        let error = encode(&ffmpeg(), (WIDTH, HEIGHT), STILL, &[TRANSITION_FRAMES], states).await.expect_err("one of two");
        assert!(matches!(error, MediaError::H264(h264::H264Error::GroupCount { found: 1, expected: 2 })), "{error}");
    }

    #[tokio::test]
    async fn changes_without_time_for_them_are_refused() {
        let encoded = encoded(FADING, 0, 1).await;
        assert!(schedule(&encoded, FADING, &changes(&[5]), Cells(5)).is_err(), "the scene has not come in");
        assert!(schedule(&encoded, FADING, &changes(&[70]), Cells(5)).is_err(), "it leaves at once");
        assert!(schedule(&encoded, FADING, &[], Cells(5)).is_err(), "a change is missing");
        assert!(schedule(&encoded, FADING, &changes(&[6]), Cells(5)).is_ok());
    }
}
