//! One picture of some: rows of small copies that show every kind, theme and shape in little room.

use super::Drawn;
use domain::Shape::{self, Square, Tall, Wide};
use domain::Theme::{self, Chalk, Daylight, Midnight, Paper};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{RgbImage, RgbaImage, imageops};
use std::error::Error;
use std::path::Path;

/// The name of a sample, and how it is shown.
type Pick = (&'static str, Theme, Shape);

/// The rows: their height in pixels, and what stands in them.
const ROWS: [(u32, &[Pick]); 3] = [
    (212, &[("title", Midnight, Wide), ("slide-3", Paper, Wide), ("code", Chalk, Wide), ("formula", Daylight, Wide)]),
    (
        212,
        &[
            ("figure-beside", Daylight, Wide),
            ("graph-grouped", Midnight, Wide),
            ("diagram-mind-map", Paper, Wide),
            ("quote", Chalk, Wide),
        ],
    ),
    (
        390,
        &[
            ("title", Chalk, Tall),
            ("summary-3", Midnight, Tall),
            ("figure-beside", Paper, Tall),
            ("diagram-flow", Daylight, Tall),
            ("graph-donut", Chalk, Tall),
            ("title", Paper, Square),
        ],
    ),
];
/// What divides the copies, in pixels.
const GAP: u32 = 8;
/// The ground of the sheet.
const GROUND: image::Rgba<u8> = image::Rgba([120, 124, 132, 255]);

/// Writes the sheet. Pictures that were not drawn are left out.
pub(crate) fn write(drawn: &[Drawn], file: &Path) -> Result<(), Box<dyn Error>> {
    let mut placed = Vec::new();
    let (mut width, mut y) = (0, GAP);
    for (height, row) in ROWS {
        let mut x = GAP;
        for (name, theme, shape) in row {
            let is_meant = |one: &&Drawn| one.name == *name && one.theme == *theme && one.shape == *shape;
            let Some(picture) = drawn.iter().find(is_meant) else { continue };
            let frame = &picture.frame;
            let whole = RgbaImage::from_raw(frame.width, frame.height, frame.rgba.clone()).ok_or("a frame lacks pixels")?;
            let small = imageops::resize(&whole, frame.width * height / frame.height, height, imageops::FilterType::CatmullRom);
            let right = x + small.width() + GAP;
            placed.push((x, y, small));
            x = right;
        }
        (width, y) = (width.max(x), y + height + GAP);
    }
    let mut sheet = RgbaImage::from_pixel(width, y, GROUND);
    for (x, y, small) in placed {
        imageops::overlay(&mut sheet, &small, i64::from(x), i64::from(y));
    }
    let sheet: RgbImage = image::DynamicImage::from(sheet).to_rgb8();
    let png = PngEncoder::new_with_quality(std::fs::File::create(file)?, CompressionType::Best, FilterType::Adaptive);
    Ok(sheet.write_with_encoder(png)?)
}
