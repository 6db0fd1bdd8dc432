//! A picture that drifts: part of a frame seen from a little closer at first, and from ever further off until it rests as it stands in
//! the frame. Ken Burns made films of photographs so.
//!
//! Nothing of the picture is missing once it rests, and the frame that rests is the very one that stands without movement. All frames
//! on the way are sampled from that one, between its pixels, so that nothing jumps from pixel to pixel.

use crate::blend::{Planes, enter, leave};
use crate::moving::{Movement, encode_fed};
use crate::picture::Effort;
use crate::{Ffmpeg, MediaError, colour};
use domain::SCENE_FRAMES;
use tokio::sync::mpsc;

/// Changes whenever what is drawn or encoded changes.
const CALLS: &str = "drift-1";

/// Frames between two states of a drift: groups stay below the longest that the encoder makes by itself.
pub const PIECE_FRAMES: u32 = 49;

/// Fractions of a pixel that are told apart.
const PHASES: usize = 256;

/// A rectangle of a frame, in whole pixels; all four are even, because two rows or columns share their colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Window {
    /// From the left edge of the frame.
    pub left: u32,
    /// From its upper edge.
    pub top: u32,
    /// Its width, more than 0.
    pub width: u32,
    /// Its height, more than 0.
    pub height: u32,
}

/// How a picture drifts.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Drift {
    /// Where in the frame it is.
    pub window: Window,
    /// How much larger it is at first, such as 0.08.
    pub closer: f32,
    /// Which part of it is seen at first, from -1 (left, upper) to 1 (right, lower); 0 is its middle.
    pub towards: (f32, f32),
    /// How long it drifts, in pieces of [`PIECE_FRAMES`] and the state behind them.
    pub pieces: u32,
}

/// What tells drifting pictures from different encoders or settings apart: part of the address of a picture.
pub async fn identity(ffmpeg: &Ffmpeg) -> Result<String, MediaError> {
    Ok(format!("{CALLS} {}", crate::moving::identity(ffmpeg).await?))
}

/// Encodes a scene whose picture drifts, as [`crate::moving::encode`] does of one that changes: a state before the first piece and one
/// behind each.
///
/// # Errors
/// [`MediaError::FrameSize`] if the bytes do not make up a picture of that size, or the window does not lie in it.
pub async fn encode(
    ffmpeg: &Ffmpeg,
    (width, height): (u32, u32),
    movement: Movement,
    drift: Drift,
    rgba: Vec<u8>,
) -> Result<Vec<u8>, MediaError> {
    let size_error = || MediaError::FrameSize { width, height, bytes: rgba.len() };
    let Window { left, top, width: wide, height: high } = drift.window;
    if left + wide > width || top + high > height || [left, top, wide, high].iter().any(|side| side % 2 != 0) || wide * high == 0
    {
        return Err(size_error());
    }
    let frame = colour::yuv420(&rgba, width, height).ok_or_else(size_error)?;
    drop(rgba);
    let planes = Planes { width: width as usize, height: height as usize };
    let (sender, frames) = mpsc::channel(2);
    let feeding = tokio::task::spawn_blocking(move || feed(planes, &frame, movement, drift, &sender));
    let first = movement.entrance();
    let effort = Effort::Drifting { first: first + 1, last: first + drift.pieces * (PIECE_FRAMES + 1) - 1 };
    let ways = vec![PIECE_FRAMES; drift.pieces as usize];
    let encoded = encode_fed(ffmpeg, (width, height), movement, &ways, effort, frames).await;
    feeding.await.expect("sampling does not panic");
    encoded
}

/// Sends each frame that is to be encoded, in order. Ends early if nobody takes them.
fn feed(planes: Planes, frame: &[u8], movement: Movement, drift: Drift, sender: &mpsc::Sender<Vec<u8>>) {
    let send = |frame: Vec<u8>| sender.blocking_send(frame).is_ok();
    let count = drift.pieces * (PIECE_FRAMES + 1);
    let mut sampler = Sampler::default();
    let mut at = |nth: u32| drifted(planes, frame, drift, eased(nth as f32 / count as f32), &mut sampler);
    let first = at(0);
    let _all_taken = (1..=movement.entrance()).all(|nth| send(enter(planes, &first, nth, movement.slides)))
        && send(first)
        && (1..=count).all(|nth| send(at(nth)))
        && (!movement.leaves || (1..=SCENE_FRAMES).all(|nth| send(leave(planes, frame, nth, movement.slides))));
}

/// How far a movement has come at a share of its time: it begins and ends at rest.
fn eased(share: f32) -> f32 {
    share * share * (3.0 - 2.0 * share)
}

/// The frame with its picture as far on its way as a share says; at 1 the frame itself.
fn drifted(planes: Planes, frame: &[u8], drift: Drift, share: f32, sampler: &mut Sampler) -> Vec<u8> {
    let mut drifted = frame.to_vec();
    let zoom = 1.0 + drift.closer * (1.0 - share);
    if zoom <= 1.0 {
        return drifted;
    }
    let Window { left, top, width, height } = drift.window;
    let begin = |side: u32, towards: f32| side as f32 * (1.0 - 1.0 / zoom) * (0.5 + 0.5 * towards.clamp(-1.0, 1.0));
    let (from_x, from_y) = (begin(width, drift.towards.0), begin(height, drift.towards.1));
    for (offset, row_length, _, share) in planes.each() {
        let (wide, high) = (width as usize / share, height as usize / share);
        let corner = offset + top as usize / share * row_length + left as usize / share;
        // A sample of colour stands on the left one of two columns and between two rows (chroma sample location type 0).
        let columns = taps(wide, zoom, from_x, share, if share == 2 { 0.5 } else { 0.0 });
        let rows = taps(high, zoom, from_y, share, 0.0);
        sampler.plane(&frame[corner..], &mut drifted[corner..], row_length, &columns, &rows);
    }
    drifted
}

/// Where a sample is taken from: the first of four neighbours that may lie outside, and their weights, which make 128.
#[derive(Clone, Copy)]
struct Tap {
    first: isize,
    weights: [i16; 4],
}

/// The taps of one side of a window in a plane that is smaller than the picture by `share`; its samples stand `shift` of a pixel of
/// the picture before their middle.
fn taps(count: usize, zoom: f32, from: f32, share: usize, shift: f32) -> Vec<Tap> {
    let share = share as f32;
    (0..count)
        .map(|at| {
            let seen = (at as f32 + 0.5) * share - shift;
            let place = ((from + seen / zoom + shift) / share - 0.5).clamp(0.0, count as f32 - 1.0);
            let phase = (place.fract() * PHASES as f32) as usize;
            Tap { first: place as isize - 1, weights: WEIGHTS[phase.min(PHASES - 1)] }
        })
        .collect()
}

/// The weights of four neighbours for each fraction of a pixel: cubic, through the samples (Catmull and Rom, 1974).
static WEIGHTS: [[i16; 4]; PHASES] = {
    let mut table = [[0; 4]; PHASES];
    let mut phase = 0;
    while phase < PHASES {
        let t = phase as f32 / PHASES as f32;
        let exact = [
            ((-0.5 * t + 1.0) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1.0,
            ((-1.5 * t + 2.0) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        ];
        let mut k = 0;
        while k < 4 {
            let scaled = exact[k] * 128.0;
            table[phase][k] = if scaled < 0.0 { (scaled - 0.5) as i16 } else { (scaled + 0.5) as i16 };
            k += 1;
        }
        // Rounding must not change how bright a plain ground is.
        let nearer = if t < 0.5 { 1 } else { 2 };
        table[phase][nearer] += 128 - (table[phase][0] + table[phase][1] + table[phase][2] + table[phase][3]);
        phase += 1;
    }
    table
};

/// Room for one row between its two passes.
#[derive(Default)]
struct Sampler {
    /// Samples less 128, times 128, with two more on either side.
    row: Vec<i16>,
}

impl Sampler {
    /// Samples a window of a plane: rows first, since whole rows are mixed at once, then columns.
    fn plane(&mut self, from: &[u8], into: &mut [u8], row_length: usize, columns: &[Tap], rows: &[Tap]) {
        const EDGE: usize = 2;
        let width = columns.len();
        self.row.resize(width + 2 * EDGE, 0);
        let last = rows.len() as isize - 1;
        for (y, tap) in rows.iter().enumerate() {
            let source = |nth: isize| {
                let begin = (tap.first + nth).clamp(0, last) as usize * row_length;
                &from[begin..begin + width]
            };
            let [a, b, c, d] = [source(0), source(1), source(2), source(3)];
            let [wa, wb, wc, wd] = tap.weights;
            let centred = |sample: u8| i16::from(sample) - 128;
            let mixed = self.row[EDGE..EDGE + width].iter_mut();
            for ((((mixed, a), b), c), d) in mixed.zip(a).zip(b).zip(c).zip(d) {
                *mixed = centred(*a) * wa + centred(*b) * wb + centred(*c) * wc + centred(*d) * wd;
            }
            let edges = (self.row[EDGE], self.row[EDGE + width - 1]);
            self.row[..EDGE].fill(edges.0);
            self.row[EDGE + width..].fill(edges.1);
            let out = &mut into[y * row_length..y * row_length + width];
            for (out, tap) in out.iter_mut().zip(columns) {
                let begin = (tap.first + EDGE as isize) as usize;
                let near = &self.row[begin..begin + 4];
                let sum: i32 = near.iter().zip(tap.weights).map(|(sample, weight)| i32::from(*sample) * i32::from(weight)).sum();
                *out = (((sum + (1 << 13)) >> 14) + 128).clamp(0, 255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::h264;
    use crate::moving::{Change, schedule};
    use crate::testing::{decode_frames, ffmpeg};
    use domain::Cells;

    const WIDTH: u32 = 320;
    const HEIGHT: u32 = 180;
    const PLANES: Planes = Planes { width: WIDTH as usize, height: HEIGHT as usize };
    const WINDOW: Window = Window { left: 20, top: 10, width: 240, height: 120 };
    const DRIFT: Drift = Drift { window: WINDOW, closer: 0.1, towards: (0.5, -0.5), pieces: 2 };
    const MOVEMENT: Movement = Movement { enters: true, leaves: true, slides: false };

    /// A grey frame with a bright upright edge in its middle.
    fn rgba() -> Vec<u8> {
        let pixel = |x: u32, y: u32| [if x < 140 { 40 } else { 220 }, (x % 97) as u8 * 2, (y % 61) as u8 * 4, 255];
        (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect()
    }

    fn frame() -> Vec<u8> {
        colour::yuv420(&rgba(), WIDTH, HEIGHT).expect("fits")
    }

    fn at(share: f32) -> Vec<u8> {
        drifted(PLANES, &frame(), DRIFT, share, &mut Sampler::default())
    }

    #[test]
    fn a_drift_ends_with_the_frame_itself_and_stays_in_its_window() {
        assert_eq!(at(1.0), frame());
        let (begin, whole) = (at(0.0), frame());
        assert_ne!(begin, whole);
        for y in 0..HEIGHT as usize {
            for x in 0..WIDTH as usize {
                let is_inside = (20..260).contains(&x) && (10..130).contains(&y);
                let at = y * WIDTH as usize + x;
                assert!(is_inside || begin[at] == whole[at], "{x} {y}");
            }
        }
    }

    #[test]
    fn a_plain_ground_stays_as_bright_as_it_is() {
        let plain = vec![77; (WIDTH * HEIGHT * 3 / 2) as usize];
        assert_eq!(drifted(PLANES, &plain, DRIFT, 0.3, &mut Sampler::default()), plain);
    }

    /// Where the edge of [`frame`] is in a row, between pixels.
    fn edge(frame: &[u8]) -> f32 {
        let row = &frame[60 * WIDTH as usize..61 * WIDTH as usize];
        let (low, high) = (f32::from(row[60]).min(90.0), f32::from(row[200]));
        let x = (100..200).find(|&x| f32::from(row[x]) > (low + high) / 2.0).expect("there is an edge");
        let (before, behind) = (f32::from(row[x - 1]), f32::from(row[x]));
        x as f32 - 1.0 + ((low + high) / 2.0 - before) / (behind - before)
    }

    #[test]
    fn nothing_jumps_from_pixel_to_pixel() {
        let mut plain = frame();
        for row in plain[..(WIDTH * HEIGHT) as usize].chunks_exact_mut(WIDTH as usize) {
            row[..140].fill(60);
            row[140..].fill(200);
        }
        let mut sampler = Sampler::default();
        let places: Vec<f32> =
            (0..=100).map(|nth| edge(&drifted(PLANES, &plain, DRIFT, eased(nth as f32 / 100.0), &mut sampler))).collect();
        let steps: Vec<f32> = places.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!((places[0] - places[100]).abs() > 3.0, "{places:?}");
        assert!(steps.iter().all(|step| step.abs() < 0.25), "{steps:?}");
        let turns = steps.windows(2).filter(|pair| pair[0] * pair[1] < -0.000_5).count();
        assert_eq!(turns, 0, "it never goes back: {steps:?}");
    }

    #[tokio::test]
    async fn a_drift_is_encoded_once_and_rests_for_as_long_as_the_scene_lasts() {
        let ffmpeg = ffmpeg();
        let encoded = encode(&ffmpeg, (WIDTH, HEIGHT), MOVEMENT, DRIFT, rgba()).await.expect("encodes");
        assert_eq!(h264::count_frames(&encoded), 5 + 1 + 100 + 5);
        let changes = [6, 56].map(|frame| Change { frame, takes: PIECE_FRAMES });
        let scheduled = schedule(&encoded, MOVEMENT, &changes, Cells(20)).expect("there is time");
        let (frames, complaints) = decode_frames(&ffmpeg, &scheduled, WIDTH, HEIGHT).await;
        assert_eq!((frames.len(), complaints), (320, vec![]));
        let differing: Vec<usize> = (1..frames.len()).filter(|&at| frames[at] != frames[at - 1]).collect();
        // It sets off so slowly that its first frames differ by less than the encoder keeps.
        assert!((12..100).all(|at| differing.contains(&at)), "it moves in every frame: {differing:?}");
        assert!(differing.iter().all(|at| *at <= 105 || *at >= 315), "then it rests: {differing:?}");
    }

    #[tokio::test]
    async fn drifting_and_held_pictures_are_joined_by_copying() {
        let ffmpeg = ffmpeg();
        let drifting = encode(&ffmpeg, (WIDTH, HEIGHT), MOVEMENT, DRIFT, rgba()).await.expect("encodes");
        let held = crate::picture::encode_held(&ffmpeg, &rgba(), WIDTH, HEIGHT).await.expect("encodes");
        let sets = |stream: &[u8]| -> Vec<Vec<u8>> {
            let is_set = |nal: &h264::Nal<'_>| matches!(nal.kind(), h264::kind::SPS | h264::kind::PPS);
            let mut sets: Vec<_> = h264::nals(stream).filter(is_set).map(|nal| nal.unit.to_vec()).collect();
            sets.sort();
            sets.dedup();
            sets
        };
        assert_eq!(sets(&[held.clone(), drifting].concat()), sets(&held));
    }

    #[tokio::test]
    async fn a_window_that_does_not_lie_in_the_frame_is_refused() {
        for window in [Window { left: 200, ..WINDOW }, Window { top: 11, ..WINDOW }, Window { width: 0, ..WINDOW }] {
            let drift = Drift { window, ..DRIFT };
            assert!(encode(&ffmpeg(), (WIDTH, HEIGHT), MOVEMENT, drift, rgba()).await.is_err(), "{window:?}");
        }
    }
}
