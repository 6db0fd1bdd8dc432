//! Captions that are drawn into a picture: where they stand, and what they look like there.
//!
//! Captions have a strip of the picture to themselves, above its last line; content is laid out in what they leave ([`strip`]). At
//! 9:16 the strip ends above the lowest fifth, where apps on phones put their controls.

use crate::check::EMPTY_TALL;
use crate::diagram::Extent;
use crate::scene::{Data, KitFonts, UNITS};
use crate::text;
use crate::theme::Style;
use crate::world::Scene;
use crate::{Kit, RenderError, brand, compile, layer, reading, unbroken};
use domain::captions::CaptionWord;
use domain::{Brand, CaptionStyle, FrameSize, Shape, Theme};
use serde::Serialize;
use std::ops::Range;
use typst::layout::{Abs, Frame, FrameItem, Point};
use typst::model::Destination;
use typst_layout::PagedDocument;
use typst_render::RenderOptions;

/// The share of an upright frame at its lower end where apps put their controls.
const APP_CONTROLS: f64 = 0.2;
/// The share of other frames that captions keep off the sides, the title-safe area (SMPTE ST 2046-1).
const EMPTY: f64 = 0.05;
/// Where captions end in a frame that is not upright: a little above the last line, in units.
const LAST_LINE: f64 = 980.0;
/// The height of a line, in multiples of the font size.
const LINE: f64 = 1.28;
/// What lies above and below the text within its band, in units.
const AIR: f64 = 12.0;

/// What rounding to whole pixels may move an edge by, in units.
const ROUNDING: f64 = 2.0;

/// A caption to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct CaptionPicture<'a> {
    /// One or two lines of words.
    pub lines: &'a [Vec<CaptionWord>],
    /// How it looks.
    pub style: CaptionStyle,
    /// The colours.
    pub theme: Theme,
    /// Colours in place of the theme's.
    pub brand: Option<&'a Brand>,
    /// The size of the frame.
    pub size: FrameSize,
    /// The shape of the frame.
    pub shape: Shape,
    /// The language of the words, a BCP 47 tag such as `en`.
    pub language: &'a str,
    /// The fonts of the brand; the captions are set in that for text.
    pub kit: Option<&'a Kit>,
}

/// A drawn caption: rows of pixels as wide as the frame, transparent where nothing of it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionStrip {
    /// The row of the frame on which the first row of the strip lies. Even.
    pub top: u32,
    /// Pixels in a row.
    pub width: u32,
    /// Rows, an even number.
    pub height: u32,
    /// The caption with no word standing out: `width * height * 4` bytes, colours multiplied by their opacity.
    plain: Vec<u8>,
    /// The caption with every word standing out.
    lit: Vec<u8>,
    /// Where each word is.
    words: Vec<Area>,
}

/// Columns and rows of a strip.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Area {
    columns: Range<usize>,
    rows: Range<usize>,
}

/// Where captions may stand, in layout units from the top left corner: across, and down.
pub(crate) fn strip(frame: Extent) -> (Range<f64>, Range<f64>) {
    let is_tall = frame.height > 1.2 * frame.width;
    let sides = if is_tall { EMPTY_TALL } else { EMPTY };
    let end = if is_tall { frame.height * (1.0 - APP_CONTROLS) } else { LAST_LINE };
    let begin = end - (2.0 * LINE * type_size(frame) + 2.0 * AIR);
    let side = frame.width * sides + ROUNDING;
    (side..frame.width - side, begin..end)
}

/// The size of the type in layout units; a caption whose signs are uncommonly wide is set smaller.
fn type_size(frame: Extent) -> f64 {
    if frame.height > 1.2 * frame.width { 52.0 } else { 44.0 }
}

/// What the template reads.
#[derive(Serialize)]
struct Page<'a> {
    theme: &'a Style,
    style: &'a str,
    width: f64,
    height: f64,
    /// There is no other caption below.
    captions: Option<f64>,
    text_width: f64,
    size: f64,
    /// The language and its region, as Typst takes them.
    lang: &'a str,
    region: Option<&'a str>,
    right_to_left: bool,
    /// Lines of captions stand as close as the strip allows, in any script.
    line_air: f64,
    /// The families of the layer that its words need, best first.
    fonts: &'a [&'static str],
    own_fonts: KitFonts,
    lit: bool,
    lines: Vec<Vec<(usize, bool, String)>>,
}

/// Draws a caption.
///
/// Any text gives a strip that lies within the safe area of its frame. Errors are about our own mistakes. It computes for some
/// 10 ms, so keep it off threads that wait for others.
pub fn draw_caption(caption: &CaptionPicture<'_>) -> Result<CaptionStrip, RenderError> {
    const TEMPLATE: &str = "captions";
    let (width, frame_height) = (caption.size.width(caption.shape), caption.size.height(caption.shape));
    let scale = f64::from(caption.size.shorter_side()) / UNITS;
    let frame = Extent { width: f64::from(width) / scale, height: f64::from(frame_height) / scale };
    let (across, down) = strip(frame);
    let even = |units: f64| ((units * scale / 2.0).round() as u32) * 2;
    let (top, bottom) = (even(down.start), even(down.end));
    let style = brand::style(caption.theme, caption.brand);
    let lines = lines(caption.lines);
    let count = lines.iter().map(Vec::len).sum();
    let text: String = lines.iter().flatten().map(|(_, _, word)| format!("{word} ")).collect();
    let right_to_left = reading::is_right_to_left(std::slice::from_ref(&text), &text, caption.language);
    let (lang, region) = reading::language(caption.language);
    let (families, fonts): (Vec<_>, Vec<_>) = layer::needed(&text, caption.language).into_iter().unzip();
    let document = |lit| {
        let page = Page {
            theme: &style,
            style: caption.style.name(),
            width: frame.width,
            height: f64::from(bottom - top) / scale,
            captions: None,
            text_width: across.end - across.start,
            size: type_size(frame),
            lang,
            region,
            right_to_left,
            line_air: 0.0,
            fonts: &families,
            own_fonts: KitFonts::of(caption.kit),
            lit,
            lines: lines.clone(),
        };
        let json = serde_json::to_vec(&page).expect("our own data types always have a JSON form");
        compile(&Scene::new(TEMPLATE, Data { json, fonts: fonts.clone(), ..Data::default() }, caption.kit), TEMPLATE)
    };
    let strip = unbroken(TEMPLATE, || {
        let (plain, lit) = (document(false)?, document(true)?);
        let words = words(&plain, count, scale, width as usize, (bottom - top) as usize);
        let pixels = |document: &PagedDocument| {
            let page = document.pages().first().ok_or(RenderError::Pages { template: TEMPLATE, pages: 0 })?;
            Ok(typst_render::render(page, &RenderOptions { pixel_per_pt: scale.into(), render_bleed: false }).take())
        };
        Ok(CaptionStrip { top, width, height: bottom - top, plain: pixels(&plain)?, lit: pixels(&lit)?, words })
    });
    typst::comemo::evict(crate::REMEMBERED_PICTURES);
    strip
}

impl CaptionStrip {
    /// The pixels while some of its words are said, which stand out: rows from the top, four bytes a pixel (red, green, blue,
    /// multiplied by the opacity, and that).
    pub fn saying(&self, said: &[usize]) -> Vec<u8> {
        let mut pixels = self.plain.clone();
        for Area { columns, rows } in said.iter().filter_map(|&word| self.words.get(word)) {
            for row in rows.clone() {
                let at = |column: usize| (row * self.width as usize + column) * 4;
                let bytes = at(columns.start)..at(columns.end);
                pixels[bytes.clone()].copy_from_slice(&self.lit[bytes]);
            }
        }
        pixels
    }
}

/// The words of each line by their numbers, cleaned of what cannot be drawn, and whether a blank stands before each.
fn lines(lines: &[Vec<CaptionWord>]) -> Vec<Vec<(usize, bool, String)>> {
    let mut number = 0..;
    let numbered = |word: &CaptionWord| (number.next().unwrap_or_default(), word.after_blank, text::clean(&word.text));
    let mut numbered = numbered;
    lines.iter().map(|line| line.iter().map(&mut numbered).collect()).collect()
}

/// Where each of so many words is, with half of the blanks beside it.
fn words(document: &PagedDocument, count: usize, scale: f64, width: usize, height: usize) -> Vec<Area> {
    let mut areas = vec![Area { columns: 0..0, rows: 0..0 }; count];
    let mut links = Vec::new();
    if let Some(page) = document.pages().first() {
        collect_links(&page.frame, Point::zero(), &mut links);
    }
    for (number, at, to) in links {
        let pixels = |units: Abs, most: usize| ((units.to_pt() * scale).round().max(0.0) as usize).min(most);
        let air = (to.y - at.y) * 0.1;
        let found = Area {
            columns: pixels(at.x - air, width)..pixels(to.x + air, width),
            rows: pixels(at.y, height)..pixels(to.y, height),
        };
        if let Some(area) = areas.get_mut(number) {
            *area = if area.columns.is_empty() { found } else { both(area, &found) };
        }
    }
    areas
}

/// What holds two areas.
fn both(one: &Area, other: &Area) -> Area {
    let hull = |one: &Range<usize>, other: &Range<usize>| one.start.min(other.start)..one.end.max(other.end);
    Area { columns: hull(&one.columns, &other.columns), rows: hull(&one.rows, &other.rows) }
}

/// The number of each word's link and its upper left and lower right corner.
fn collect_links(frame: &Frame, origin: Point, links: &mut Vec<(usize, Point, Point)>) {
    for (at, item) in frame.items() {
        let at = origin + *at;
        match item {
            FrameItem::Group(group) => collect_links(&group.frame, at, links),
            FrameItem::Link(Destination::Url(url), size) => {
                let number = url.as_str().strip_prefix("word:").and_then(|number| number.parse().ok());
                links.extend(number.map(|number| (number, at, at + size.to_point())));
            }
            _ => {}
        }
    }
}
