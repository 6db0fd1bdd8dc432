//! Frames between pictures, blended in the colours of video: planar Y, U, V, one U and V for every 2 x 2 pixels.

use domain::{SCENE_FRAMES, TRANSITION_FRAMES};

/// Weights are shares of this.
const WHOLE: u32 = 256;

/// How far a part rises as it appears: a sixtieth of the height.
const RISE: usize = 60;
/// How far a scene comes from the side: a fortieth of the width.
const SLIDE: usize = 40;

/// The size of a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planes {
    /// Pixels in a row.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
}

impl Planes {
    /// The three planes: where each begins, its row length and its rows, and by how much it is smaller than the picture.
    pub(crate) fn each(self) -> [(usize, usize, usize, usize); 3] {
        let luma = self.width * self.height;
        let (width, height) = (self.width / 2, self.height / 2);
        [(0, self.width, self.height, 1), (luma, width, height, 2), (luma + luma / 4, width, height, 2)]
    }
}

/// A frame of the way from nothing but the ground to a picture, from 1 to [`SCENE_FRAMES`].
pub(crate) fn enter(planes: Planes, picture: &[u8], frame: u32, slides: bool) -> Vec<u8> {
    let offset = if slides { even(planes.width / SLIDE, SCENE_FRAMES + 1 - frame, SCENE_FRAMES) } else { 0 };
    over_ground(planes, picture, weight(frame, SCENE_FRAMES), offset.cast_signed())
}

/// A frame of the way from a picture to nothing but the ground, from 1 to [`SCENE_FRAMES`].
pub(crate) fn leave(planes: Planes, picture: &[u8], frame: u32, slides: bool) -> Vec<u8> {
    let offset = if slides { even(planes.width / SLIDE, frame, SCENE_FRAMES) } else { 0 };
    over_ground(planes, picture, weight(SCENE_FRAMES + 1 - frame, SCENE_FRAMES), -offset.cast_signed())
}

/// A frame of the way from one picture to another, from 1 to [`TRANSITION_FRAMES`].
pub(crate) fn fade(planes: Planes, from: &[u8], to: &[u8], frame: u32) -> Vec<u8> {
    let mut blended = from.to_vec();
    blend_in(planes, &mut blended, (from, to), 0, weight(frame, TRANSITION_FRAMES));
    blended
}

/// The same where something is new: what the picture has in common with `behind`, which is without it, fades from what it was, and the
/// new rises to its place.
pub(crate) fn rise(planes: Planes, from: &[u8], behind: &[u8], to: &[u8], frame: u32) -> Vec<u8> {
    let mut blended = fade(planes, from, behind, frame);
    let below = even(planes.height / RISE, TRANSITION_FRAMES + 1 - frame, TRANSITION_FRAMES);
    blend_in(planes, &mut blended, (behind, to), below, weight(frame, TRANSITION_FRAMES));
    blended
}

/// Adds a share of what differs between two pictures to a third, so many rows below its place.
fn blend_in(planes: Planes, blended: &mut [u8], (from, to): (&[u8], &[u8]), below: usize, weight: u32) {
    for (begin, width, height, share) in planes.each() {
        let end = begin + width * height;
        let into = blended[begin + width * (below / share)..end].chunks_exact_mut(width);
        let rows = from[begin..end].chunks_exact(width).zip(to[begin..end].chunks_exact(width));
        for (into, (from, to)) in into.zip(rows) {
            if from != to {
                add_difference(into, from, to, weight);
            }
        }
    }
}

/// A picture that is there by a share, moved sideways by pixels, over the ground that it has in its corner.
fn over_ground(planes: Planes, picture: &[u8], weight: u32, offset: isize) -> Vec<u8> {
    let mut blended = Vec::with_capacity(picture.len());
    for (begin, width, height, share) in planes.each() {
        let ground = picture[begin];
        let by = offset.unsigned_abs() / share;
        for row in picture[begin..begin + width * height].chunks_exact(width) {
            let mix =
                |pixel: &u8| ((u32::from(*pixel) * weight + u32::from(ground) * (WHOLE - weight) + WHOLE / 2) / WHOLE) as u8;
            if offset >= 0 {
                blended.extend(std::iter::repeat_n(ground, by));
                blended.extend(row[..width - by].iter().map(mix));
            } else {
                blended.extend(row[by..].iter().map(mix));
                blended.extend(std::iter::repeat_n(ground, by));
            }
        }
    }
    blended
}

/// Adds a share of what differs between two rows to a third.
fn add_difference(into: &mut [u8], from: &[u8], to: &[u8], weight: u32) {
    for ((into, from), to) in into.iter_mut().zip(from).zip(to) {
        let difference = (i32::from(*to) - i32::from(*from)) * weight.cast_signed();
        let shifted = i32::from(*into) + (difference + WHOLE.cast_signed() / 2).div_euclid(WHOLE.cast_signed());
        *into = shifted.clamp(0, 255) as u8;
    }
}

/// How much of the new is there in a frame of so many.
fn weight(frame: u32, frames: u32) -> u32 {
    WHOLE * frame / (frames + 1)
}

/// How far something still is from its place, so many frames before it is there: fast first, then slow. Even, because two rows or
/// columns share their colours.
fn even(distance: usize, frames_left: u32, frames: u32) -> usize {
    let whole = (frames + 1) as usize;
    let left = frames_left as usize;
    distance * left * left / (whole * whole) / 2 * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANES: Planes = Planes { width: 320, height: 240 };

    /// A picture of one colour with a bright bar in some rows.
    fn picture(bar: std::ops::Range<usize>) -> Vec<u8> {
        let mut picture = vec![30; PLANES.width * PLANES.height];
        picture[bar.start * PLANES.width..bar.end * PLANES.width].fill(230);
        picture.resize(PLANES.width * PLANES.height * 3 / 2, 128);
        picture
    }

    /// The rows in which a frame differs from a picture.
    fn changed_rows(frame: &[u8], picture: &[u8]) -> Vec<usize> {
        let row = |plane: &[u8], at: usize| plane[at * PLANES.width..(at + 1) * PLANES.width].to_vec();
        (0..PLANES.height).filter(|&at| row(frame, at) != row(picture, at)).collect()
    }

    #[test]
    fn a_change_grows_with_every_frame() {
        let (from, to) = (picture(0..0), picture(100..120));
        let level = |frame| fade(PLANES, &from, &to, frame)[110 * PLANES.width];
        let levels: Vec<u8> = (1..=TRANSITION_FRAMES).map(level).collect();
        assert_eq!(levels, [55, 80, 105, 130, 155, 180, 205]);
    }

    #[test]
    fn a_part_rises_to_its_place_and_all_else_stands_still() {
        let (from, to) =
            (picture(20..40), [&picture(20..40)[..100 * PLANES.width], &picture(100..120)[100 * PLANES.width..]].concat());
        let first = changed_rows(&rise(PLANES, &from, &from, &to, 1), &from);
        assert_eq!(first, (102..122).collect::<Vec<_>>());
        let last = changed_rows(&rise(PLANES, &from, &from, &to, TRANSITION_FRAMES), &from);
        assert_eq!(last, (100..120).collect::<Vec<_>>());
        assert_eq!(changed_rows(&fade(PLANES, &from, &to, 1), &from), (100..120).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_softened_while_another_part_rises_stays_in_its_place() {
        let soft = |bar: std::ops::Range<usize>| -> Vec<u8> {
            picture(bar).iter().map(|&pixel| if pixel == 230 { 180 } else { pixel }).collect()
        };
        let (from, behind) = (picture(20..40), soft(20..40));
        let to = [&behind[..100 * PLANES.width], &picture(100..120)[100 * PLANES.width..]].concat();
        let rows = changed_rows(&rise(PLANES, &from, &behind, &to, 1), &from);
        assert_eq!(rows, (20..40).chain(102..122).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_changes_between_equal_pictures() {
        let picture = picture(20..40);
        assert_eq!(rise(PLANES, &picture, &picture, &picture, 3), picture);
    }

    #[test]
    fn a_scene_comes_out_of_its_ground_and_goes_back_into_it() {
        let picture = picture(20..40);
        for slides in [false, true] {
            let level = |frame: Vec<u8>| frame[30 * PLANES.width + 160];
            let entering: Vec<u8> = (1..=SCENE_FRAMES).map(|at| level(enter(PLANES, &picture, at, slides))).collect();
            let leaving: Vec<u8> = (1..=SCENE_FRAMES).rev().map(|at| level(leave(PLANES, &picture, at, slides))).collect();
            assert_eq!(entering, [63, 96, 130, 163, 196]);
            assert_eq!(leaving, entering);
        }
    }

    #[test]
    fn a_scene_that_slides_comes_from_one_side_and_leaves_to_the_other() {
        let mut picture = picture(0..0);
        for row in picture[..PLANES.width * PLANES.height].chunks_exact_mut(PLANES.width) {
            row[160] = 230;
        }
        let place = |frame: Vec<u8>| frame[..PLANES.width].iter().position(|&pixel| pixel > 30);
        assert_eq!(place(enter(PLANES, &picture, 1, true)), Some(164));
        assert_eq!(place(enter(PLANES, &picture, SCENE_FRAMES, true)), Some(160));
        assert_eq!(place(leave(PLANES, &picture, 1, true)), Some(160));
        assert_eq!(place(leave(PLANES, &picture, SCENE_FRAMES, true)), Some(156));
    }
}
