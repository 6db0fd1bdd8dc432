//! A finished picture.

use crate::RenderError;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

/// A finished picture: rows from the top, four bytes a pixel (red, green, blue, 255), sRGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 4` bytes. Every pixel is opaque.
    pub rgba: Vec<u8>,
}

impl Frame {
    /// Writes the frame as PNG without an alpha channel, for speed rather than size.
    pub fn png(&self) -> Result<Vec<u8>, RenderError> {
        let mut rgb = vec![0; self.rgba.len() / 4 * 3];
        for (rgb, rgba) in rgb.chunks_exact_mut(3).zip(self.rgba.chunks_exact(4)) {
            rgb.copy_from_slice(&rgba[..3]);
        }
        let mut png = Vec::with_capacity(rgb.len() / 16);
        PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Up)
            .write_image(&rgb, self.width, self.height, ExtendedColorType::Rgb8)
            .map_err(RenderError::Png)?;
        Ok(png)
    }
}
