//! Decodes an image within limits, turns it upright, brings it to a size, and writes it as PNG.

use crate::ForeignError;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, imageops::FilterType};
use std::io::Cursor;

/// No side may be longer, whatever the file says. Checked before anything is unpacked.
const MAX_SIDE: u32 = 16_384;
/// What unpacking may allocate: an image of 64 megapixels in 8-bit RGBA.
const MAX_ALLOCATION: u64 = 256 << 20;

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
    let upright = decode(original, format)?;
    let fits = upright.image.width() <= max_width && upright.image.height() <= max_height;
    if fits && format == ImageFormat::Png && !upright.was_turned {
        return Ok(Prepared::AsItIs);
    }
    let image = if fits { upright.image } else { upright.image.resize(max_width, max_height, FilterType::Lanczos3) };
    let mut png = Cursor::new(Vec::new());
    image.write_to(&mut png, ImageFormat::Png)?;
    Ok(Prepared::Png(png.into_inner()))
}

struct Upright {
    image: DynamicImage,
    was_turned: bool,
}

fn decode(original: &[u8], format: ImageFormat) -> Result<Upright, ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
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
    fn a_damaged_image_is_refused() {
        let whole = png(640, 360);
        assert!(prepare(&whole[..whole.len() / 2]).is_err());
        assert!(prepare(b"").is_err());
    }
}
