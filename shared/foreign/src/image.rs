//! Decodes an image within limits, turns it upright, brings it to a size, and writes it as PNG.

use crate::ForeignError;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, imageops::FilterType};
use std::io::Cursor;

/// How large an image may be. Checked before anything is unpacked, whatever the file says.
#[derive(Clone, Copy)]
struct Bounds {
    /// In pixels.
    side: u32,
    /// What unpacking may allocate, in bytes.
    allocation: u64,
}

/// An image that came with a document, perhaps from a camera: 64 megapixels in 8-bit RGBA.
const OF_A_DOCUMENT: Bounds = Bounds { side: 16_384, allocation: 256 << 20 };

/// An image that was made for a frame: the largest that vendors make, in 16-bit RGB.
const OF_A_VENDOR: Bounds = Bounds { side: 4096, allocation: 100 << 20 };

/// A picture that was made to fill a frame has more pixels on its shorter side.
const LEAST_SIDE: u32 = 128;

/// A picture that can be shown.
#[derive(Debug)]
pub enum Prepared {
    /// It was in the right form already.
    AsItIs,
    /// It is now.
    Png(Vec<u8>),
}

/// Prepares an image of which no more than so many pixels across and down are ever seen: PNG, JPEG, WebP or GIF, told by its first
/// bytes.
///
/// # Errors
/// [`ForeignError::Image`].
pub fn prepare_image(original: &[u8], (max_width, max_height): (u32, u32)) -> Result<Prepared, ForeignError> {
    let format = image::guess_format(original)?;
    let upright = decode(original, format, OF_A_DOCUMENT)?;
    let fits = upright.image.width() <= max_width && upright.image.height() <= max_height;
    if fits && format == ImageFormat::Png && !upright.was_turned {
        return Ok(Prepared::AsItIs);
    }
    let image = if fits { upright.image } else { upright.image.resize(max_width, max_height, FilterType::Lanczos3) };
    let mut png = Cursor::new(Vec::new());
    image.write_to(&mut png, ImageFormat::Png)?;
    Ok(Prepared::Png(png.into_inner()))
}

/// Cuts an image to the shape of a frame, as much off either side, and brings it to no more pixels than the frame has. Gives PNG.
///
/// # Errors
/// [`ForeignError::Image`], or [`ForeignError::TooSmall`].
pub fn fill_frame(original: &[u8], (frame_width, frame_height): (u32, u32)) -> Result<Vec<u8>, ForeignError> {
    let image = decode(original, image::guess_format(original)?, OF_A_VENDOR)?.image;
    let (width, height) = (image.width(), image.height());
    if width.min(height) < LEAST_SIDE {
        return Err(ForeignError::TooSmall { width, height });
    }
    // As wide, or else as high, as the image is.
    let wide = (width, scaled(width, frame_height, frame_width));
    let (cut_width, cut_height) = if wide.1 <= height { wide } else { (scaled(height, frame_width, frame_height), height) };
    let mut cut = image.crop_imm((width - cut_width) / 2, (height - cut_height) / 2, cut_width, cut_height);
    if cut_width > frame_width {
        cut = cut.resize_exact(frame_width, frame_height, FilterType::Lanczos3);
    }
    let mut png = Cursor::new(Vec::new());
    cut.write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}

fn scaled(length: u32, by: u32, over: u32) -> u32 {
    let scaled = u64::from(length) * u64::from(by) / u64::from(over.max(1));
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

struct Upright {
    image: DynamicImage,
    was_turned: bool,
}

fn decode(original: &[u8], format: ImageFormat, bounds: Bounds) -> Result<Upright, ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(bounds.side);
    limits.max_image_height = Some(bounds.side);
    limits.max_alloc = Some(bounds.allocation);
    let mut reader = ImageReader::with_format(Cursor::new(original), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(Upright { image, was_turned: orientation != image::metadata::Orientation::NoTransforms })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepare(original: &[u8]) -> Result<Prepared, ForeignError> {
        prepare_image(original, (3840, 2160))
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height).write_to(&mut bytes, ImageFormat::Png).expect("encodes");
        bytes.into_inner()
    }

    #[test]
    fn a_png_that_fits_stays_as_it_is() {
        assert!(matches!(prepare(&png(64, 36)), Ok(Prepared::AsItIs)));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        let mut bomb = png(1, 1);
        // The width of the header, 4 bytes from offset 16; the checksum behind it no longer fits, which must not matter first.
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        assert!(prepare(&bomb).is_err());
    }

    #[test]
    fn a_picture_is_cut_to_the_shape_of_its_frame() {
        for (width, height, frame, expected) in [
            (1536, 1024, (1920, 1080), (1536, 864)),
            (1024, 1536, (1080, 1920), (864, 1536)),
            (1920, 1088, (1920, 1080), (1920, 1080)),
            (3840, 2160, (1920, 1080), (1920, 1080)),
            (1024, 1024, (1080, 1080), (1024, 1024)),
            (200, 4000, (1920, 1080), (200, 112)),
        ] {
            let filled = fill_frame(&png(width, height), frame).expect("it is an image");
            let filled = image::load_from_memory(&filled).expect("it is one still");
            assert_eq!((filled.width(), filled.height()), expected, "{width} x {height}");
        }
    }

    #[test]
    fn a_picture_of_next_to_no_pixels_is_none() {
        for (width, height) in [(1, 1), (4000, 100)] {
            assert!(matches!(fill_frame(&png(width, height), (1920, 1080)), Err(ForeignError::TooSmall { .. })));
        }
        assert!(matches!(fill_frame(&png(4200, 200), (1920, 1080)), Err(ForeignError::Image(_))), "and one of too many neither");
        let mut empty = png(640, 360);
        empty[16..24].fill(0);
        assert!(matches!(fill_frame(&empty, (1920, 1080)), Err(ForeignError::Image(_))));
    }

    #[test]
    fn what_is_cut_off_is_the_same_on_either_side() {
        let mut image = image::RgbImage::new(300, 200);
        // A middle of 200 by 200 pixels.
        image.enumerate_pixels_mut().filter(|(x, ..)| (50..250).contains(x)).for_each(|(.., pixel)| pixel.0 = [255; 3]);
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).expect("encodes");
        let filled = fill_frame(bytes.get_ref(), (1080, 1080)).expect("it is an image");
        assert!(image::load_from_memory(&filled).expect("it is one still").to_rgb8().pixels().all(|pixel| pixel.0 == [255; 3]));
    }

    #[test]
    fn a_damaged_image_is_refused() {
        let whole = png(640, 360);
        assert!(prepare(&whole[..whole.len() / 2]).is_err());
        assert!(prepare(b"").is_err());
    }
}
