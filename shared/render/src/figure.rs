//! Figures of the document: a region of a PDF page or an embedded image, as pixels on white.
//!
//! Both are foreign and perhaps hostile. They are decoded here, under limits, and reach the page only as plain pixels.

use crate::{PictureSource, RenderError};
use domain::{Figure, FigureSource, Rect};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::font::{FontData, FontQuery, StandardFont};
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbaImage, imageops};
use std::io::Cursor;
use std::sync::Arc;

/// The largest raster of a whole page that is made to cut a region out of it: 80 MB.
const MAX_PAGE_PIXELS: f32 = 20_000_000.0;
/// The longest side of a raster the PDF library takes.
const MAX_PAGE_SIDE: f32 = 16_000.0;
/// The largest side of an image that is decoded.
const MAX_IMAGE_SIDE: u32 = 12_000;
/// The most memory that decoding an image may take.
const MAX_IMAGE_BYTES: u64 = 128 * 1024 * 1024;
/// How far a pixel may be from white and still be margin, of 255.
const NEARLY_WHITE: u8 = 250;

/// Pixels of a figure on white.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgba: Vec<u8>,
    /// How much larger than one layout unit per pixel it may be drawn before it looks coarse.
    pub(crate) max_scale: f64,
}

/// Draws a figure so that it fills a box of that many pixels without being enlarged later.
pub(crate) fn draw(figure: &Figure, source: &PictureSource<'_>, width: u32, height: u32) -> Result<Pixels, RenderError> {
    match (&figure.source, source) {
        (FigureSource::Page { page, page_width, page_height, rect }, PictureSource::Pdf(pdf)) => {
            let share = share_of_page(*rect, *page_width, *page_height);
            let region = page_region(pdf, *page, share, width as f32, height as f32)?;
            Ok(pixels(without_margins(region), f64::INFINITY))
        }
        (FigureSource::Image { .. }, PictureSource::Image(bytes)) => {
            let image = decode(bytes).map_err(RenderError::Image)?;
            let max_scale = 2.5;
            let image = if image.width() > width || image.height() > height {
                image.resize(width, height, imageops::FilterType::Triangle)
            } else {
                image
            };
            Ok(pixels(without_margins(on_white(&image)), max_scale))
        }
        _ => Err(RenderError::SourceMissing),
    }
}

/// A region in shares of the page, 0 to 1. A region that is none becomes the whole page.
fn share_of_page(rect: Rect, page_width: f32, page_height: f32) -> Rect {
    let whole = Rect { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
    if !(page_width > 0.0 && page_height > 0.0) {
        return whole;
    }
    let within = |value: f32| if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
    let (left, top) = (within(rect.x / page_width), within(rect.y / page_height));
    let (right, bottom) = (within((rect.x + rect.width) / page_width), within((rect.y + rect.height) / page_height));
    let share = Rect { x: left, y: top, width: right - left, height: bottom - top };
    if share.width < 0.005 || share.height < 0.005 { whole } else { share }
}

fn page_region(pdf: &[u8], page: u32, share: Rect, width: f32, height: f32) -> Result<RgbaImage, RenderError> {
    let pdf = Pdf::new(pdf.to_vec()).map_err(|_| RenderError::Pdf { reason: "it cannot be opened" })?;
    let index = (page as usize).checked_sub(1);
    let page = index.and_then(|index| pdf.pages().get(index)).ok_or(RenderError::Pdf { reason: "it has no such page" })?;
    let (page_width, page_height) = page.render_dimensions();
    if !(page_width >= 1.0 && page_height >= 1.0) {
        return Err(RenderError::Pdf { reason: "the page has no size" });
    }
    let wanted = (width / (page_width * share.width)).min(height / (page_height * share.height));
    let scale =
        wanted.min((MAX_PAGE_PIXELS / (page_width * page_height)).sqrt()).min(MAX_PAGE_SIDE / page_width.max(page_height));
    let (left, top) = ((share.x * page_width * scale) as u32, (share.y * page_height * scale) as u32);
    let side = |units: f32| ((units * scale).ceil() as u32).max(1);
    let (cut_width, cut_height) = (side(share.width * page_width), side(share.height * page_height));
    // What lies right of the region and below it is not drawn at all.
    let settings = RenderSettings {
        x_scale: scale,
        y_scale: scale,
        width: u16::try_from(left + cut_width).ok(),
        height: u16::try_from(top + cut_height).ok(),
        bg_color: WHITE,
    };
    let raster = hayro::render(page, &RenderCache::new(), &interpreter_settings(), &settings);
    cut(raster.data_as_u8_slice(), u32::from(raster.width()), left, top, cut_width, cut_height)
        .ok_or(RenderError::Pdf { reason: "the region has no pixels" })
}

/// Copies a rectangle out of rows of four bytes a pixel. What lies outside is left out.
fn cut(rgba: &[u8], row_width: u32, left: u32, top: u32, width: u32, height: u32) -> Option<RgbaImage> {
    let width = width.min(row_width.saturating_sub(left));
    let rows = rgba.chunks_exact(row_width as usize * 4).skip(top as usize).take(height as usize);
    let pixels: Vec<u8> = rows.flat_map(|row| &row[left as usize * 4..(left + width) as usize * 4]).copied().collect();
    let height = pixels.len().checked_div(width as usize * 4)?;
    RgbaImage::from_raw(width, u32::try_from(height).ok()?, pixels)
}

/// How pages are read: the fourteen standard fonts by the look-alikes that Typst carries, no annotations.
fn interpreter_settings() -> InterpreterSettings {
    InterpreterSettings {
        font_resolver: Arc::new(|query| {
            let font = match query {
                FontQuery::Standard(font) => *font,
                FontQuery::Fallback(fallback) => fallback.pick_standard_font(),
            };
            Some((standard_font(font), 0))
        }),
        cmap_resolver: Arc::new(|_| None),
        warning_sink: Arc::new(|_| {}),
        render_annotations: false,
    }
}

fn standard_font(font: StandardFont) -> FontData {
    use typst_assets::pdf;
    Arc::new(match font {
        StandardFont::Helvetica => pdf::SANS,
        StandardFont::HelveticaBold => pdf::SANS_BOLD,
        StandardFont::HelveticaOblique => pdf::SANS_ITALIC,
        StandardFont::HelveticaBoldOblique => pdf::SANS_BOLD_ITALIC,
        StandardFont::Courier => pdf::FIXED,
        StandardFont::CourierBold => pdf::FIXED_BOLD,
        StandardFont::CourierOblique => pdf::FIXED_ITALIC,
        StandardFont::CourierBoldOblique => pdf::FIXED_BOLD_ITALIC,
        StandardFont::TimesRoman => pdf::SERIF,
        StandardFont::TimesBold => pdf::SERIF_BOLD,
        StandardFont::TimesItalic => pdf::SERIF_ITALIC,
        StandardFont::TimesBoldItalic => pdf::SERIF_BOLD_ITALIC,
        StandardFont::ZapfDingBats => pdf::DING_BATS,
        StandardFont::Symbol => pdf::SYMBOL,
    })
}

pub(crate) fn decode(bytes: &[u8]) -> Result<DynamicImage, image::ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(image::ImageError::IoError)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_IMAGE_SIDE);
    limits.max_image_height = Some(MAX_IMAGE_SIDE);
    limits.max_alloc = Some(MAX_IMAGE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn on_white(image: &DynamicImage) -> RgbaImage {
    let mut image = image.to_rgba8();
    for pixel in image.pixels_mut() {
        let [r, g, b, alpha] = pixel.0;
        let blend = |part: u8| ((u16::from(part) * u16::from(alpha) + 255 * (255 - u16::from(alpha)) + 127) / 255) as u8;
        pixel.0 = [blend(r), blend(g), blend(b), 255];
    }
    image
}

/// Cuts white margins off, so that every figure has the same room around it. A blank picture stays as it is.
fn without_margins(image: RgbaImage) -> RgbaImage {
    let inked = |x: u32, y: u32| image.get_pixel(x, y).0[..3].iter().any(|part| *part < NEARLY_WHITE);
    let (width, height) = image.dimensions();
    let Some(top) = (0..height).find(|y| (0..width).any(|x| inked(x, *y))) else {
        return image;
    };
    let bottom = (top..height).rev().find(|y| (0..width).any(|x| inked(x, *y))).unwrap_or(top);
    let rows = || top..=bottom;
    let left = (0..width).find(|x| rows().any(|y| inked(*x, y))).unwrap_or(0);
    let right = (left..width).rev().find(|x| rows().any(|y| inked(*x, y))).unwrap_or(left);
    let (ink_width, ink_height) = (right - left + 1, bottom - top + 1);
    if ink_width < 8 || ink_height < 8 {
        return image;
    }
    imageops::crop_imm(&image, left, top, ink_width, ink_height).to_image()
}

fn pixels(image: RgbaImage, max_scale: f64) -> Pixels {
    let (width, height) = image.dimensions();
    Pixels { width, height, rgba: image.into_raw(), max_scale }
}
