//! Scenes that move: states that appear one after another, encoded with nothing but the frames in which something changes.
//!
//! A scene is a series of states, each a whole picture. It comes in, changes from state to state, and leaves; each change takes
//! [`domain::TRANSITION_FRAMES`] frames, blended here from the two states. [`encode`] encodes one frame of each state and the frames
//! between them, without knowing when they are seen; [`schedule`] places them in time by copying packets. So the same scene may be
//! spoken anew without being drawn or encoded anew.
//!
//! ```text
//! encoded    in in in A  ab ab ab B  bc bc bc C  out out out      A, B, C are IDR frames, the others lead to the next
//! scheduled  in in in A - - - ab ab ab B - - bc bc bc C - - - - out out out
//! ```

use crate::blend::{Planes, change, enter};
use crate::ffmpeg::limits;
use crate::picture::command;
use crate::{Ffmpeg, MediaError, colour, h264};
use domain::{Cells, TRANSITION_FRAMES};
use std::time::Duration;
use tokio::sync::mpsc;

/// Changes whenever what moves, or how, changes.
const CALLS: &str = "moving-picture-1";

/// How a scene moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Movement {
    /// Whether it comes in over its first frames; otherwise it is there at once.
    pub enters: bool,
    /// Whether it leaves over its last frames; otherwise it stays.
    pub leaves: bool,
    /// Whether what appears also moves a little: a scene from the side, a part from below.
    pub glides: bool,
}

/// What tells moving pictures from different encoders or settings apart: part of the address of a picture.
pub async fn identity(ffmpeg: &Ffmpeg) -> Result<String, MediaError> {
    Ok(format!("{CALLS} {}", crate::picture::identity(ffmpeg).await?))
}

/// Encodes the states of a scene and what lies between them: Annex B, one closed group for each state and one more for its
/// entrance.
///
/// Each of the `count` `states` has `width` x `height` pixels of RGBA as for [`crate::picture::encode_held`]; they are taken one by
/// one as they are drawn, and at most two are kept.
///
/// # Errors
/// [`MediaError::FrameSize`] if the bytes of a state do not make up such a picture; [`h264::H264Error::GroupCount`] if fewer or more
/// states came than were announced.
pub async fn encode(
    ffmpeg: &Ffmpeg,
    (width, height): (u32, u32),
    movement: Movement,
    count: u32,
    states: mpsc::Receiver<Vec<u8>>,
) -> Result<Vec<u8>, MediaError> {
    let (sender, frames) = mpsc::channel(2);
    let entrance = if movement.enters { TRANSITION_FRAMES } else { 0 };
    let period = TRANSITION_FRAMES + 1;
    let mut command = command(ffmpeg, width, height);
    // Each state is an IDR frame: it is seen for long, and what follows moves away from it.
    command.args(["-forced-idr", "1", "-force_key_frames", &format!("expr:eq(mod(n-{entrance},{period}),0)*gte(n,{entrance})")]);
    command.format("h264").output("pipe:1");
    let most = (count as usize + 2) * (width * height) as usize * 3 / 2 + (1 << 16);
    let limits = limits(Duration::from_secs(120), most);
    let feeding = tokio::task::spawn_blocking(move || {
        feed((width, height), movement, states, &mut |frame| sender.blocking_send(frame).is_ok())
    });
    let report = ffmpeg.run_fed(&command, frames, &limits).await;
    feeding.await.expect("blending does not panic")?;
    let encoded = report?.output;
    let expected = count as usize + usize::from(movement.enters);
    match h264::count_groups(&encoded) {
        found if found == expected => Ok(encoded),
        found => Err(h264::H264Error::GroupCount { found, expected }.into()),
    }
}

/// Hands on each frame that is to be encoded, in order. Ends early once nobody takes them.
pub(crate) fn feed(
    (width, height): (u32, u32),
    movement: Movement,
    mut states: mpsc::Receiver<Vec<u8>>,
    send: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Result<(), MediaError> {
    let planes = Planes { width: width as usize, height: height as usize };
    let mut before: Option<Vec<u8>> = None;
    while let Some(rgba) = states.blocking_recv() {
        let size_error = MediaError::FrameSize { width, height, bytes: rgba.len() };
        let state = colour::yuv420(&rgba, width, height).ok_or(size_error)?;
        drop(rgba);
        let reaches = (1..=TRANSITION_FRAMES).all(|frame| match &before {
            None if movement.enters => send(enter(planes, &state, frame, movement.glides)),
            None => true,
            Some(before) => send(change(planes, before, &state, frame, movement.glides)),
        });
        if !reaches || !send(state.clone()) {
            return Ok(());
        }
        before = Some(state);
    }
    if let Some(last) = before.filter(|_| movement.leaves) {
        (1..=TRANSITION_FRAMES).all(|frame| send(crate::blend::leave(planes, &last, frame, movement.glides)));
    }
    Ok(())
}

/// Places an encoded scene in time: each state but the first begins to appear at its frame in `changes`, and the whole lasts exactly
/// as long as asked.
///
/// # Errors
/// [`h264::H264Error::GroupCount`] unless there is one change for each state but the first, [`h264::H264Error::FrameCount`] if they
/// do not leave time for each other.
pub fn schedule(encoded: &[u8], movement: Movement, changes: &[u64], duration: Cells) -> Result<Vec<u8>, MediaError> {
    let transition = u64::from(TRANSITION_FRAMES);
    let entrance = movement.enters.then_some(transition);
    let ends = changes.iter().map(|change| change + transition).chain([duration.frames()]);
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
    use crate::testing::{decode_frames, ffmpeg};

    const WIDTH: u32 = 322;
    const HEIGHT: u32 = 182;
    const TRANSITION: usize = TRANSITION_FRAMES as usize;
    const STILL: Movement = Movement { enters: false, leaves: false, glides: false };
    const FADING: Movement = Movement { enters: true, leaves: true, glides: false };
    const GLIDING: Movement = Movement { glides: true, ..FADING };

    /// A flat ground with a textured bar for each step.
    fn state(steps: u32) -> Vec<u8> {
        let pixel = |x: u32, y: u32| {
            let is_shown = y % 40 > 14 && y / 40 < steps && (20..300).contains(&x);
            if is_shown { [220, (x * 7 % 256) as u8, (y * 13 % 256) as u8, 255] } else { [20, 30, 60, 255] }
        };
        (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect()
    }

    async fn encoded(movement: Movement, first: u32, last: u32) -> Vec<u8> {
        let (sender, states) = mpsc::channel(1);
        let draw = async move {
            for steps in first..=last {
                sender.send(state(steps)).await.expect("is taken");
            }
        };
        let ffmpeg = ffmpeg();
        let (encoded, ()) = tokio::join!(encode(&ffmpeg, (WIDTH, HEIGHT), movement, last - first + 1, states), draw);
        encoded.expect("encodes")
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
        assert_eq!(frames.len(), TRANSITION + 4 + 3 * TRANSITION + TRANSITION);
    }

    #[tokio::test]
    async fn a_scene_lasts_exactly_as_long_as_its_take() {
        let encoded = encoded(GLIDING, 0, 2).await;
        for cells in [4, 5, 20, 97] {
            let scheduled = schedule(&encoded, GLIDING, &[20, 40], Cells(cells)).expect("there is time");
            assert_eq!(h264::count_frames(&scheduled), Cells(cells).frames());
            assert_eq!(decoded(&scheduled).await.len() as u64, Cells(cells).frames());
        }
    }

    #[tokio::test]
    async fn states_change_exactly_at_their_frames() {
        for movement in [STILL, FADING, GLIDING] {
            let changes = [33, 45, 200];
            let scheduled = schedule(&encoded(movement, 1, 4).await, movement, &changes, Cells(20)).expect("there is time");
            let frames = decoded(&scheduled).await;
            let differing: Vec<usize> = (1..frames.len()).filter(|&at| frames[at] != frames[at - 1]).collect();
            let ways = |begin: usize| begin..=begin + TRANSITION;
            let mut expected: Vec<usize> = if movement.enters { (1..=TRANSITION).collect() } else { vec![] };
            expected.extend(changes.iter().flat_map(|&change| ways(change as usize)));
            expected.extend(if movement.leaves { 320 - TRANSITION..320 } else { 320..320 });
            assert_eq!(differing, expected, "{movement:?}");
        }
    }

    #[tokio::test]
    async fn every_frame_of_a_state_looks_like_the_state() {
        let scheduled = schedule(&encoded(GLIDING, 0, 2).await, GLIDING, &[100, 120], Cells(30)).expect("there is time");
        let frames = decoded(&scheduled).await;
        for (steps, shown) in [(0, TRANSITION..100), (1, 100 + TRANSITION..120), (2, 120 + TRANSITION..480 - TRANSITION)] {
            let original = colour::yuv420(&state(steps), WIDTH, HEIGHT).expect("fits");
            for at in shown {
                let psnr = psnr(&frames[at], &original);
                assert!(psnr > 38.0, "frame {at}: {psnr} dB");
            }
        }
    }

    #[tokio::test]
    async fn what_stands_still_does_not_flicker_while_something_appears() {
        let scheduled = schedule(&encoded(FADING, 1, 3).await, FADING, &[100, 120], Cells(30)).expect("there is time");
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
        let moving = schedule(&encoded(FADING, 0, 1).await, FADING, &[20], Cells(5)).expect("there is time");
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
    async fn the_same_scene_gives_the_same_bytes() {
        assert_eq!(encoded(GLIDING, 0, 2).await, encoded(GLIDING, 0, 2).await);
    }

    #[tokio::test]
    async fn states_that_are_no_pictures_or_too_few_are_refused() {
        let (sender, states) = mpsc::channel(2);
        sender.send(vec![0; 100]).await.expect("has room");
        drop(sender);
        let error = encode(&ffmpeg(), (WIDTH, HEIGHT), STILL, 1, states).await.expect_err("too few bytes");
        assert!(matches!(error, MediaError::FrameSize { bytes: 100, .. }), "{error}");
        let (sender, states) = mpsc::channel(2);
        sender.send(state(0)).await.expect("has room");
        drop(sender);
        let error = encode(&ffmpeg(), (WIDTH, HEIGHT), STILL, 2, states).await.expect_err("one of two");
        assert!(matches!(error, MediaError::H264(h264::H264Error::GroupCount { found: 1, expected: 2 })), "{error}");
    }

    #[tokio::test]
    async fn changes_without_time_for_them_are_refused() {
        let encoded = encoded(FADING, 0, 1).await;
        assert!(schedule(&encoded, FADING, &[7], Cells(5)).is_err(), "the scene has not come in");
        assert!(schedule(&encoded, FADING, &[70], Cells(5)).is_err(), "it leaves at once");
        assert!(schedule(&encoded, FADING, &[], Cells(5)).is_err(), "a change is missing");
        assert!(schedule(&encoded, FADING, &[8], Cells(5)).is_ok());
    }
}
