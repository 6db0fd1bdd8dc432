//! Colours as video wants them: BT.709, limited range, 4:2:0 (ITU-R BT.709-6, items 3.2 to 3.5).

/// Fixed point: 16 bits behind the point.
const ONE: f64 = 65536.0;

/// Shares of red, green and blue in brightness.
const RED: f64 = 0.2126;
const GREEN: f64 = 0.7152;
const BLUE: f64 = 0.0722;

/// From 0..=255 to 16..=235.
const LUMA_SCALE: f64 = 219.0 / 255.0;
/// From 0..=255 to 16..=240 around 128.
const CHROMA_SCALE: f64 = 224.0 / 255.0;

/// Weights for one sample of red, green and blue.
type Weights = [i32; 3];

const LUMA: Weights = weights([RED, GREEN, BLUE], LUMA_SCALE);
const BLUE_DIFFERENCE: Weights = weights([-RED, -GREEN, 1.0 - BLUE], CHROMA_SCALE / (2.0 * (1.0 - BLUE)));
const RED_DIFFERENCE: Weights = weights([1.0 - RED, -GREEN, -BLUE], CHROMA_SCALE / (2.0 * (1.0 - RED)));

const fn weights(shares: [f64; 3], scale: f64) -> Weights {
    // Green takes the rounding error, so that grey stays grey.
    let sum = ((shares[0] + shares[1] + shares[2]) * scale * ONE).round_ties_even() as i32;
    let red = (shares[0] * scale * ONE).round_ties_even() as i32;
    let blue = (shares[2] * scale * ONE).round_ties_even() as i32;
    [red, sum - red - blue, blue]
}

/// Turns RGBA into planar Y, U, V with one U and V for every 2 x 2 pixels, placed at their left edge as H.264 assumes
/// (chroma sample location type 0). None unless `rgba` holds `width` x `height` pixels, both even and not zero.
pub(crate) fn yuv420(rgba: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    let (width, height) = (width as usize, height as usize);
    if width == 0 || width % 2 != 0 || height % 2 != 0 || rgba.len() != width * height * 4 {
        return None;
    }
    let mut planes = vec![0; width * height * 3 / 2];
    let (luma, chroma) = planes.split_at_mut(width * height);
    let (blue, red) = chroma.split_at_mut(width * height / 4);
    let rows = rgba.chunks_exact(2 * width * 4);
    let luma_rows = luma.chunks_exact_mut(2 * width);
    let blue_rows = blue.chunks_exact_mut(width / 2);
    let red_rows = red.chunks_exact_mut(width / 2);
    for (((pair, luma), blue), red) in rows.zip(luma_rows).zip(blue_rows).zip(red_rows) {
        for (pixel, luma) in pair.chunks_exact(4).zip(luma) {
            *luma = sample([pixel[0], pixel[1], pixel[2]].map(i32::from), LUMA, 0, 16);
        }
        let (upper, lower) = pair.split_at(width * 4);
        let column = |x: usize| [0, 1, 2].map(|c| i32::from(upper[x * 4 + c]) + i32::from(lower[x * 4 + c]));
        let mut left = column(0);
        for (at, (blue, red)) in blue.iter_mut().zip(red).enumerate() {
            let centre = column(2 * at);
            let right = column(2 * at + 1);
            // Two rows, and columns weighted 1:2:1 around the sample's place: eight in all.
            let sum = [0, 1, 2].map(|c| left[c] + 2 * centre[c] + right[c]);
            *blue = sample(sum, BLUE_DIFFERENCE, 3, 128);
            *red = sample(sum, RED_DIFFERENCE, 3, 128);
            left = right;
        }
    }
    Some(planes)
}

/// How opaque each of the values is that [`yuv420`] makes of the same pixels, whose rows are so wide.
pub(crate) fn opacity420(rgba: &[u8], width: usize) -> Vec<u8> {
    let mut planes: Vec<u8> = rgba.chunks_exact(4).map(|pixel| pixel[3]).collect();
    let mut chroma = Vec::with_capacity(planes.len() / 4);
    for pair in planes.chunks_exact(2 * width) {
        let (upper, lower) = pair.split_at(width);
        let column = |x: usize| u16::from(upper[x]) + u16::from(lower[x]);
        chroma.extend((0..width).step_by(2).map(|x| {
            let sum = column(x.saturating_sub(1)) + 2 * column(x) + column(x + 1);
            ((sum + 4) / 8) as u8
        }));
    }
    for _ in 0..2 {
        planes.extend_from_slice(&chroma);
    }
    planes
}

/// A weighted sum, brought back from fixed point and from `1 << share` pixels to one.
fn sample(rgb: [i32; 3], weights: Weights, share: u32, offset: i32) -> u8 {
    let shift = 16 + share;
    let sum = rgb[0] * weights[0] + rgb[1] * weights[1] + rgb[2] * weights[2];
    ((sum + (1 << (shift - 1))) >> shift).saturating_add(offset).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a plain colour against the values of ITU-R BT.709.
    fn check(rgb: [u8; 3], expected: [u8; 3]) {
        let rgba = [rgb[0], rgb[1], rgb[2], 255].repeat(4 * 2);
        let planes = yuv420(&rgba, 4, 2).expect("fits");
        assert_eq!(planes[..8], [expected[0]; 8], "{rgb:?}");
        assert_eq!(planes[8..10], [expected[1]; 2], "{rgb:?}");
        assert_eq!(planes[10..], [expected[2]; 2], "{rgb:?}");
    }

    #[test]
    fn plain_colours_have_the_values_of_the_standard() {
        check([0, 0, 0], [16, 128, 128]);
        check([255, 255, 255], [235, 128, 128]);
        check([128, 128, 128], [126, 128, 128]);
        check([255, 0, 0], [63, 102, 240]);
        check([0, 255, 0], [173, 42, 26]);
        check([0, 0, 255], [32, 240, 118]);
    }

    #[test]
    fn bytes_that_do_not_fit_the_size_are_refused() {
        assert_eq!(yuv420(&[0; 4 * 6], 3, 2), None);
        assert_eq!(yuv420(&[0; 4 * 5], 2, 2), None);
        assert_eq!(yuv420(&[], 0, 0), None);
    }
}
