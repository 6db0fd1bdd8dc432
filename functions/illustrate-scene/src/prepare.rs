//! Decodes an image within limits, turns it upright, brings it to the size of the largest frame, and writes it as PNG.

use domain::{Code, Failure};
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, imageops::FilterType};
use std::io::Cursor;

/// The largest frame; more pixels than that are never seen.
const MAX_WIDTH: u32 = 3840;
const MAX_HEIGHT: u32 = 2160;

/// No side may be longer, whatever the file says. Checked before anything is unpacked.
const MAX_SIDE: u32 = 16_384;
/// What unpacking may allocate: an image of 64 megapixels in 8-bit RGBA.
const MAX_ALLOCATION: u64 = 256 << 20;

/// A picture that can be shown.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// It was in the right form already.
    AsItIs,
    /// It is now.
    Png(Vec<u8>),
}

/// Prepares an image; its type is told by its first bytes.
pub(crate) fn prepare(original: &[u8]) -> Result<Prepared, Failure> {
    let format = image::guess_format(original).map_err(|error| unusable(&error))?;
    let upright = decode(original, format).map_err(|error| unusable(&error))?;
    let fits = upright.image.width() <= MAX_WIDTH && upright.image.height() <= MAX_HEIGHT;
    if fits && format == ImageFormat::Png && !upright.was_turned {
        return Ok(Prepared::AsItIs);
    }
    let image = if fits { upright.image } else { upright.image.resize(MAX_WIDTH, MAX_HEIGHT, FilterType::Lanczos3) };
    let mut png = Cursor::new(Vec::new());
    image.write_to(&mut png, ImageFormat::Png).map_err(|error| unusable(&error))?;
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

fn unusable(error: &ImageError) -> Failure {
    Failure::new(Code::Internal, format!("an image of the document cannot be shown: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
