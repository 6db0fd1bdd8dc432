//! What lies over a picture, such as a caption: transparent where the picture shows.

use crate::blend::Planes;
use crate::colour;

/// Rows of pixels over a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// The row of the picture on which its first row lies. Even.
    pub top: u32,
    /// Rows as wide as the picture, an even number of them: RGBA with colours multiplied by their opacity.
    pub rgba: Vec<u8>,
}

/// An overlay in the colours of video, ready to be laid over many frames.
pub(crate) struct Veil {
    top: usize,
    rows: usize,
    /// Planar Y, U, V, where what is transparent has the values of black.
    planes: Vec<u8>,
    /// How opaque each of these values is.
    opacity: Vec<u8>,
}

impl Veil {
    /// None if the overlay does not lie within a picture of this size.
    pub(crate) fn new(overlay: &Overlay, size: Planes) -> Option<Self> {
        let (top, rows) = (overlay.top as usize, overlay.rgba.len() / 4 / size.width.max(1));
        if top % 2 != 0 || rows == 0 || top + rows > size.height {
            return None;
        }
        let (width, height) = (u32::try_from(size.width).ok()?, u32::try_from(rows).ok()?);
        let planes = colour::yuv420(&overlay.rgba, width, height)?;
        Some(Self { top, rows, planes, opacity: colour::opacity420(&overlay.rgba, size.width) })
    }

    /// Lays it over a frame of the size it was made for.
    pub(crate) fn cover(&self, frame: &mut [u8], size: Planes) {
        let mut at = 0;
        for (begin, width, _, share) in size.each() {
            let (first, count) = (begin + self.top / share * width, self.rows / share * width);
            let black = if share == 1 { 16 } else { 128 };
            let over = self.planes[at..at + count].iter().zip(&self.opacity[at..at + count]);
            for (pixel, (&over, &opacity)) in frame[first..first + count].iter_mut().zip(over) {
                if opacity > 0 {
                    let shows = (i32::from(*pixel) - black) * (255 - i32::from(opacity));
                    *pixel = (i32::from(over) + (shows + 127).div_euclid(255)).clamp(0, 255) as u8;
                }
            }
            at += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Planes = Planes { width: 8, height: 12 };

    fn frame() -> Vec<u8> {
        colour::yuv420(&[200, 40, 90, 255].repeat(8 * 12), 8, 12).expect("fits")
    }

    fn covered(pixel: [u8; 4]) -> Vec<u8> {
        let overlay = Overlay { top: 4, rgba: pixel.repeat(8 * 4) };
        let mut frame = frame();
        Veil::new(&overlay, SIZE).expect("fits").cover(&mut frame, SIZE);
        frame
    }

    #[test]
    fn what_is_opaque_hides_the_picture_in_its_rows_only() {
        let (covered, white) = (covered([255; 4]), colour::yuv420(&[255; 8 * 12 * 4], 8, 12).expect("fits"));
        for (begin, width, _, share) in SIZE.each() {
            for row in 0..12 / share {
                let row_of = |frame: &[u8]| frame[begin + row * width..begin + (row + 1) * width].to_vec();
                let expected = if (4 / share..8 / share).contains(&row) { &white } else { &frame() };
                assert_eq!(row_of(&covered), row_of(expected), "row {row} of the plane at {begin}");
            }
        }
    }

    #[test]
    fn what_is_transparent_changes_nothing() {
        assert_eq!(covered([0; 4]), frame());
    }

    #[test]
    fn what_is_half_opaque_lets_half_of_the_picture_through() {
        let mixed = colour::yuv420(&[100, 20, 45, 255].repeat(8 * 12), 8, 12).expect("fits");
        let covered = covered([0, 0, 0, 128]);
        for at in [8 * 5, 8 * 12 + 4 * 3, 8 * 12 + 4 * 6 + 4 * 3] {
            assert!(covered[at].abs_diff(mixed[at]) <= 1, "{} for {}", covered[at], mixed[at]);
        }
    }

    #[test]
    fn what_does_not_lie_within_the_picture_is_refused() {
        for (top, rows) in [(3, 4), (10, 4), (0, 3), (0, 0)] {
            assert!(Veil::new(&Overlay { top, rgba: vec![0; 8 * 4 * rows] }, SIZE).is_none(), "{rows} rows from {top}");
        }
    }
}
