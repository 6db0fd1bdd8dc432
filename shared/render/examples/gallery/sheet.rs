//! One picture of many: rows of small copies.

use super::Drawn;
use image::{RgbaImage, imageops};
use std::error::Error;
use std::path::Path;

/// Width of the sheet in pixels.
const WIDTH: u32 = 1600;
/// The height of every copy in pixels.
const HEIGHT: u32 = 225;
/// What divides the copies, in pixels.
const GAP: u32 = 8;
/// The ground of the sheet.
const GROUND: image::Rgba<u8> = image::Rgba([120, 124, 132, 255]);

/// Writes the pictures beside and below each other, as many in a row as fit.
pub(crate) fn write(drawn: &[Drawn], file: &Path) -> Result<(), Box<dyn Error>> {
    let mut placed = Vec::new();
    let (mut x, mut y) = (GAP, GAP);
    for picture in drawn {
        let frame = &picture.frame;
        let width = frame.width * HEIGHT / frame.height;
        if x + width + GAP > WIDTH {
            (x, y) = (GAP, y + HEIGHT + GAP);
        }
        placed.push((x, y, width, frame));
        x += width + GAP;
    }
    let mut sheet = RgbaImage::from_pixel(WIDTH, y + HEIGHT + GAP, GROUND);
    for (x, y, width, frame) in placed {
        let whole = RgbaImage::from_raw(frame.width, frame.height, frame.rgba.clone()).ok_or("a frame has all its pixels")?;
        let small = imageops::resize(&whole, width, HEIGHT, imageops::FilterType::CatmullRom);
        imageops::overlay(&mut sheet, &small, i64::from(x), i64::from(y));
    }
    image::DynamicImage::from(sheet).to_rgb8().save(file)?;
    Ok(())
}
