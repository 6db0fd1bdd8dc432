//! A finished picture.

use crate::RenderError;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

/// The longer side of a small picture, in pixels: a quarter of 1080p.
const SMALL_SIDE: u32 = 480;
/// At this quality letters have no visible fringes; a slide at 1080p takes some 150 kB.
const JPEG_QUALITY: u8 = 88;

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
        let rgb = self.rgb();
        let mut png = Vec::with_capacity(rgb.len() / 16);
        PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Up)
            .write_image(&rgb, self.width, self.height, ExtendedColorType::Rgb8)
            .map_err(RenderError::Png)?;
        Ok(png)
    }

    /// Writes the frame as JPEG.
    pub fn jpeg(&self) -> Result<Vec<u8>, RenderError> {
        jpeg(&self.rgb(), self.width, self.height)
    }

    /// Writes the frame as a small JPEG, its longer side 480 pixels.
    pub fn thumbnail(&self) -> Result<Vec<u8>, RenderError> {
        let longer = self.width.max(self.height);
        if longer <= SMALL_SIDE {
            return self.jpeg();
        }
        let side = |pixels: u32| (pixels * SMALL_SIDE / longer).max(1);
        let (width, height) = (side(self.width), side(self.height));
        jpeg(&self.shrunk(width, height), width, height)
    }

    fn rgb(&self) -> Vec<u8> {
        let mut rgb = vec![0; self.rgba.len() / 4 * 3];
        for (rgb, rgba) in rgb.chunks_exact_mut(3).zip(self.rgba.chunks_exact(4)) {
            rgb.copy_from_slice(&rgba[..3]);
        }
        rgb
    }

    /// A smaller picture, three bytes a pixel, each the mean of those that it stands for.
    fn shrunk(&self, width: u32, height: u32) -> Vec<u8> {
        let (from, to) = (self.width as usize, width as usize);
        let column: Vec<usize> = (0..from).map(|x| x * to / from).collect();
        let mut rgb = Vec::with_capacity(to * height as usize * 3);
        let mut sums = vec![[0_u32; 4]; to];
        for row in 0..height as usize {
            let edge = |row: usize| row * self.height as usize / height as usize;
            sums.fill([0; 4]);
            for pixels in self.rgba.chunks_exact(from * 4).skip(edge(row)).take(edge(row + 1) - edge(row)) {
                for (pixel, &at) in pixels.chunks_exact(4).zip(&column) {
                    let sum = &mut sums[at];
                    for part in 0..3 {
                        sum[part] += u32::from(pixel[part]);
                    }
                    sum[3] += 1;
                }
            }
            rgb.extend(sums.iter().flat_map(|&[r, g, b, count]| [r, g, b].map(|sum| ((sum + count / 2) / count.max(1)) as u8)));
        }
        rgb
    }
}

fn jpeg(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>, RenderError> {
    let mut jpeg = Vec::with_capacity(rgb.len() / 16);
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .write_image(rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(RenderError::Jpeg)?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red on the left, blue on the right.
    fn halves(width: u32, height: u32) -> Frame {
        let pixel = |x: u32| if x < width / 2 { [200, 20, 20, 255] } else { [20, 20, 200, 255] };
        let rgba = (0..height).flat_map(|_| (0..width).flat_map(pixel)).collect();
        Frame { width, height, rgba }
    }

    fn decoded(jpeg: &[u8]) -> image::RgbImage {
        image::load_from_memory_with_format(jpeg, image::ImageFormat::Jpeg).expect("a JPEG").to_rgb8()
    }

    #[test]
    fn a_small_picture_has_the_shape_and_the_colours_of_the_large_one() {
        for ((width, height), small) in
            [((1920, 1080), (480, 270)), ((1080, 1920), (270, 480)), ((854, 480), (480, 269)), ((320, 240), (320, 240))]
        {
            let picture = decoded(&halves(width, height).thumbnail().expect("writes"));
            assert_eq!(picture.dimensions(), small);
            let (left, right) = (picture.get_pixel(10, 10).0, picture.get_pixel(small.0 - 10, small.1 - 10).0);
            assert!(left[0].abs_diff(200) < 6 && left[2] < 40, "{left:?}");
            assert!(right[2].abs_diff(200) < 6 && right[0] < 40, "{right:?}");
        }
    }

    #[test]
    fn a_jpeg_has_the_size_of_its_frame() {
        assert_eq!(decoded(&halves(854, 480).jpeg().expect("writes")).dimensions(), (854, 480));
    }
}
