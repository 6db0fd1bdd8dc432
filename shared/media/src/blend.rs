//! Frames between pictures, blended in the colours of video: planar Y, U, V, one U and V for every 2 x 2 pixels.

use domain::TRANSITION_FRAMES;

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

/// A frame of the way from nothing but the ground to a picture, from 1 to [`TRANSITION_FRAMES`].
pub(crate) fn enter(planes: Planes, picture: &[u8], frame: u32, glides: bool) -> Vec<u8> {
    let offset = if glides { even(planes.width / SLIDE, TRANSITION_FRAMES + 1 - frame) } else { 0 };
    over_ground(planes, picture, weight(frame), offset.cast_signed())
}

/// A frame of the way from a picture to nothing but the ground, from 1 to [`TRANSITION_FRAMES`].
pub(crate) fn leave(planes: Planes, picture: &[u8], frame: u32, glides: bool) -> Vec<u8> {
    let offset = if glides { even(planes.width / SLIDE, frame) } else { 0 };
    over_ground(planes, picture, weight(TRANSITION_FRAMES + 1 - frame), -offset.cast_signed())
}

/// A frame of the way from one picture to another, from 1 to [`TRANSITION_FRAMES`]. What differs rises to its place if it glides.
pub(crate) fn change(planes: Planes, from: &[u8], to: &[u8], frame: u32, glides: bool) -> Vec<u8> {
    let rise = if glides { even(planes.height / RISE, TRANSITION_FRAMES + 1 - frame) } else { 0 };
    let mut blended = from.to_vec();
    for (begin, width, height, share) in planes.each() {
        let end = begin + width * height;
        let into = blended[begin + width * (rise / share)..end].chunks_exact_mut(width);
        let rows = from[begin..end].chunks_exact(width).zip(to[begin..end].chunks_exact(width));
        for (into, (from, to)) in into.zip(rows) {
            if from != to {
                add_difference(into, from, to, weight(frame));
            }
        }
    }
    blended
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

/// How much of the new is there.
fn weight(frame: u32) -> u32 {
    WHOLE * frame / (TRANSITION_FRAMES + 1)
}

/// How far something still is from its place, so many frames before it is there: fast first, then slow. Even, because two rows or
/// columns share their colours.
fn even(distance: usize, frames_left: u32) -> usize {
    let whole = (TRANSITION_FRAMES + 1) as usize;
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
        let level = |frame| change(PLANES, &from, &to, frame, false)[110 * PLANES.width];
        let levels: Vec<u8> = (1..=TRANSITION_FRAMES).map(level).collect();
        assert_eq!(levels, [55, 80, 105, 130, 155, 180, 205]);
    }

    #[test]
    fn a_part_rises_to_its_place_and_all_else_stands_still() {
        let (from, to) =
            (picture(20..40), [&picture(20..40)[..100 * PLANES.width], &picture(100..120)[100 * PLANES.width..]].concat());
        let first = changed_rows(&change(PLANES, &from, &to, 1, true), &from);
        assert_eq!(first, (102..122).collect::<Vec<_>>());
        let last = changed_rows(&change(PLANES, &from, &to, TRANSITION_FRAMES, true), &from);
        assert_eq!(last, (100..120).collect::<Vec<_>>());
        assert_eq!(changed_rows(&change(PLANES, &from, &to, 1, false), &from), (100..120).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_changes_between_equal_pictures() {
        let picture = picture(20..40);
        assert_eq!(change(PLANES, &picture, &picture, 3, true), picture);
    }

    #[test]
    fn a_scene_comes_out_of_its_ground_and_goes_back_into_it() {
        let picture = picture(20..40);
        for glides in [false, true] {
            let level = |frame: Vec<u8>| frame[30 * PLANES.width + 160];
            let entering: Vec<u8> = (1..=TRANSITION_FRAMES).map(|at| level(enter(PLANES, &picture, at, glides))).collect();
            let leaving: Vec<u8> = (1..=TRANSITION_FRAMES).rev().map(|at| level(leave(PLANES, &picture, at, glides))).collect();
            assert_eq!(entering, [55, 80, 105, 130, 155, 180, 205]);
            assert_eq!(leaving, entering);
        }
    }

    #[test]
    fn a_scene_that_glides_comes_from_one_side_and_leaves_to_the_other() {
        let mut picture = picture(0..0);
        for row in picture[..PLANES.width * PLANES.height].chunks_exact_mut(PLANES.width) {
            row[160] = 230;
        }
        let place = |frame: Vec<u8>| frame[..PLANES.width].iter().position(|&pixel| pixel > 30);
        assert_eq!(place(enter(PLANES, &picture, 1, true)), Some(166));
        assert_eq!(place(enter(PLANES, &picture, TRANSITION_FRAMES, true)), Some(160));
        assert_eq!(place(leave(PLANES, &picture, 1, true)), Some(160));
        assert_eq!(place(leave(PLANES, &picture, TRANSITION_FRAMES, true)), Some(154));
    }
}
