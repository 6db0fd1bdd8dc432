//! Tests of seams: scenes that were encoded by themselves and joined look like all of their frames encoded in one pass.

use crate::blend::{Planes, change, enter, leave};
use crate::ffmpeg::limits;
use crate::moving::{Movement, encode, schedule};
use crate::picture::{command, encode_held};
use crate::testing::{decode_frames, ffmpeg};
use crate::{Ffmpeg, colour, h264};
use domain::{Cells, TRANSITION_FRAMES};
use std::time::Duration;
use tokio::sync::mpsc;

const WIDTH: u32 = 642;
const HEIGHT: u32 = 362;
const PLANES: Planes = Planes { width: WIDTH as usize, height: HEIGHT as usize };
const GLIDING: Movement = Movement { enters: true, leaves: true, glides: true };
/// When the second state of the moving scene begins to appear.
const CHANGE: u64 = 30;
/// The least likeness of the frames around a seam, in dB.
const LEAST_PSNR: f64 = 40.0;

/// A slide with lines of something like type on a ground that gets lighter, so many lines of it.
fn slide(hue: u8, lines: u32) -> Vec<u8> {
    let pixel = |x: u32, y: u32| {
        let is_type = y % 40 < 14 && y / 40 < lines && (40..600).contains(&x) && (x / 4 * 7 + y / 5 * 3 + u32::from(hue)) % 5 < 3;
        let ground = (y / 16) as u8;
        if is_type { [235, 230, 225, 255] } else { [20 + ground, 30 + hue / 4, 60 + ground, 255] }
    };
    (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect()
}

fn planes(slide: &[u8]) -> Vec<u8> {
    colour::yuv420(slide, WIDTH, HEIGHT).expect("fits")
}

/// A held scene: its stream and its frames.
async fn held(ffmpeg: &Ffmpeg, picture: &[u8], duration: Cells) -> (Vec<u8>, Vec<Vec<u8>>) {
    let group = encode_held(ffmpeg, picture, WIDTH, HEIGHT).await.expect("encodes");
    let frames = vec![planes(picture); duration.frames() as usize];
    (h264::hold(&group, duration).expect("a group"), frames)
}

/// A scene of two states that comes in, changes and leaves: its stream and its frames.
async fn moving(ffmpeg: &Ffmpeg, states: [Vec<u8>; 2], duration: Cells) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (sender, drawn) = mpsc::channel(2);
    for state in &states {
        sender.send(state.clone()).await.expect("has room");
    }
    drop(sender);
    let encoded = encode(ffmpeg, (WIDTH, HEIGHT), GLIDING, 2, drawn).await.expect("encodes");
    let stream = schedule(&encoded, GLIDING, &[CHANGE], duration).expect("there is time");
    let [first, second] = states.map(|state| planes(&state));
    let way = 1..=TRANSITION_FRAMES;
    let mut frames: Vec<Vec<u8>> = way.clone().map(|at| enter(PLANES, &first, at, true)).collect();
    frames.resize(CHANGE as usize, first.clone());
    frames.extend(way.clone().map(|at| change(PLANES, &first, &second, at, true)));
    frames.resize((duration.frames() - u64::from(TRANSITION_FRAMES)) as usize, second.clone());
    frames.extend(way.map(|at| leave(PLANES, &second, at, true)));
    (stream, frames)
}

/// All frames in one pass, as anybody would encode them.
async fn in_one_pass(ffmpeg: &Ffmpeg, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut command = command(ffmpeg, WIDTH, HEIGHT);
    command.format("h264").output("pipe:1");
    ffmpeg.run(&command, frames.concat(), &limits(Duration::from_secs(60), 1 << 26)).await.expect("encodes").output
}

fn psnr(one: &[u8], other: &[u8]) -> f64 {
    let squares: f64 = one.iter().zip(other).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 * one.len() as f64 / squares.max(1e-9)).log10()
}

#[tokio::test]
async fn joined_scenes_look_like_one_pass_around_every_seam() {
    let ffmpeg = ffmpeg();
    let scenes = [
        held(&ffmpeg, &slide(10, 6), Cells(5)).await,
        moving(&ffmpeg, [slide(90, 3), slide(90, 7)], Cells(4)).await,
        held(&ffmpeg, &slide(200, 8), Cells(1)).await,
        held(&ffmpeg, &slide(120, 2), Cells(3)).await,
    ];
    let joined: Vec<u8> = scenes.iter().flat_map(|(stream, _)| stream.clone()).collect();
    let frames: Vec<Vec<u8>> = scenes.iter().flat_map(|(_, frames)| frames.clone()).collect();
    let one_pass = in_one_pass(&ffmpeg, &frames).await;
    let (seen, complaints) = decode_frames(&ffmpeg, &joined, WIDTH, HEIGHT).await;
    let (expected, _) = decode_frames(&ffmpeg, &one_pass, WIDTH, HEIGHT).await;
    assert_eq!(complaints, Vec::<String>::new());
    assert_eq!((seen.len(), expected.len()), (frames.len(), frames.len()));
    let mut seam = 0_usize;
    for (_, frames_of_scene) in &scenes {
        let around = TRANSITION_FRAMES as usize + 2;
        for at in seam.saturating_sub(around)..(seam + around).min(frames.len()) {
            let likeness = psnr(&seen[at], &expected[at]);
            assert!(likeness >= LEAST_PSNR, "frame {at}, {} from the seam at {seam}: {likeness:.1} dB", at as i64 - seam as i64);
        }
        seam += frames_of_scene.len();
    }
}
