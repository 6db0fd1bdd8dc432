//! All scenes of a video on one sheet, as photographers lay out a film: each small, whole, with the time at which it begins.

use crate::scene::Data;
use crate::theme::Style;
use crate::world::Scene;
use crate::{Frame, REMEMBERED_PICTURES, RenderError, brand, compile, figure, layer, rasterize, reading, text, unbroken};
use domain::{Brand, Shape, Theme, outline};
use image::{RgbaImage, imageops};
use serde::Serialize;

/// The width of a sheet, in units of layout, of which three are two pixels.
const WIDTH: u32 = 1920;
const SCALE: f64 = 2.0 / 3.0;
const MARGIN: u32 = 72;
/// Where the first row begins, below title and length.
const HEAD: u32 = 232;
const TITLE: text::Limits = text::Limits { characters: 160, word_em: 34.0 };
const HEADING: text::Limits = text::Limits { characters: 90, word_em: 34.0 };

/// What stands on a sheet.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    /// The title of the video.
    pub title: &'a str,
    /// How long it is, in milliseconds.
    pub duration_ms: u64,
    /// Its colours.
    pub theme: Theme,
    /// Colours in place of the theme's.
    pub brand: Option<&'a Brand>,
    /// The shape of its pictures.
    pub shape: Shape,
    /// Its scenes in order.
    pub tiles: Vec<Tile<'a>>,
}

/// A scene on a sheet.
#[derive(Debug, Clone)]
pub struct Tile<'a> {
    /// Its heading, plain text.
    pub heading: String,
    /// When it begins, in milliseconds.
    pub begin_ms: u64,
    /// Its picture as JPEG; an empty field where there is none or where it cannot be read.
    pub picture: Option<&'a [u8]>,
}

/// What the template reads.
#[derive(Serialize)]
struct Page<'a> {
    width: u32,
    height: u32,
    theme: &'a Style,
    lang: &'static str,
    region: Option<&'static str>,
    right_to_left: bool,
    line_air: f64,
    /// The families of the fonts layer that its texts need.
    fonts: Vec<&'static str>,
    /// No room is kept for captions.
    captions: Option<f64>,
    margin: u32,
    title: String,
    length: String,
    size: f64,
    tiles: Vec<Field>,
}

/// Where a scene stands, and what is said below it.
#[derive(Serialize)]
struct Field {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
    time: String,
    heading: String,
}

/// How scenes are laid out.
struct Grid {
    columns: u32,
    gap: u32,
    width: u32,
    height: u32,
    /// The room for the words below a picture.
    words: u32,
    /// Their size.
    size: f64,
}

impl Grid {
    /// As large as the number of scenes allows without the sheet growing much higher than wide.
    fn of(scenes: usize, shape: Shape) -> Self {
        let fewest = if shape == Shape::Tall { 5 } else { 3 };
        let columns = match scenes {
            0..=9 => fewest,
            10..=20 => fewest + 1,
            21..=42 => fewest + 2,
            43..=84 => fewest + 3,
            _ => fewest + 5,
        };
        let gap = 150 / columns;
        let width = (WIDTH - 2 * MARGIN - (columns - 1) * gap) / columns;
        let (across, down) = (domain::FrameSize::P1080.width(shape), domain::FrameSize::P1080.height(shape));
        let size = f64::from(width) / if shape == Shape::Tall { 13.0 } else { 21.0 };
        let size = size.clamp(15.0, 27.0);
        Self { columns, gap, width, height: width * down / across, words: (size * 1.9) as u32, size }
    }

    fn field(&self, at: usize) -> (u32, u32) {
        let (column, row) = (at as u32 % self.columns, at as u32 / self.columns);
        (MARGIN + column * (self.width + self.gap), HEAD + row * self.row())
    }

    /// Puts a picture into its field.
    fn place(&self, picture: &RgbaImage, at: usize, frame: &mut Frame) {
        let pixels = |units: u32| (f64::from(units) * SCALE).round() as u32;
        let (left, top) = self.field(at);
        let (left, top, right, bottom) = (pixels(left), pixels(top), pixels(left + self.width), pixels(top + self.height));
        let small = imageops::thumbnail(picture, right - left, bottom - top);
        for (row, shown) in (top..).zip(small.as_raw().chunks_exact((right - left) as usize * 4)) {
            let begin = (row * frame.width + left) as usize * 4;
            frame.rgba[begin..begin + shown.len()].copy_from_slice(shown);
        }
    }

    fn row(&self) -> u32 {
        self.height + self.words + self.gap
    }

    fn sheet_height(&self, scenes: usize) -> u32 {
        let rows = (scenes as u32).div_ceil(self.columns).max(1);
        HEAD + rows * self.row() - self.gap + MARGIN
    }
}

/// Draws a sheet, 1280 pixels wide and as high as its scenes need. Computes for some 50 ms, so keep it off threads that wait for
/// others.
///
/// # Errors
/// About our own mistakes only: a picture that cannot be read leaves its field empty.
pub fn draw_sheet(sheet: &Sheet<'_>) -> Result<Frame, RenderError> {
    let grid = Grid::of(sheet.tiles.len(), sheet.shape);
    let style = brand::style(sheet.theme, sheet.brand);
    let mut page = page(sheet, &grid, &style);
    let headings: String = sheet.tiles.iter().map(|tile| tile.heading.as_str()).collect();
    // The sheet is in no one language, so its texts decide.
    let (families, fonts) = layer::needed(&format!("{}{headings}", sheet.title), "").into_iter().unzip();
    page.fonts = families;
    let json = serde_json::to_vec(&page).expect("our own data types always have a JSON form");
    let words = unbroken("sheet", || {
        let document = compile(&Scene::new("sheet", Data { json, fonts, ..Data::default() }, None), "sheet")?;
        rasterize(&document, SCALE, "sheet")
    });
    typst::comemo::evict(REMEMBERED_PICTURES);
    let mut frame = words?;
    for (at, tile) in sheet.tiles.iter().enumerate() {
        // Laid over the words, whose fields it leaves free, because what Typst scales it scales with more care than this needs.
        if let Some(picture) = tile.picture.and_then(|jpeg| figure::decode(jpeg).ok()) {
            grid.place(&picture.to_rgba8(), at, &mut frame);
        }
    }
    Ok(frame)
}

fn page<'a>(sheet: &Sheet<'_>, grid: &Grid, style: &'a Style) -> Page<'a> {
    let count = sheet.tiles.len();
    let scenes = if count == 1 { "scene" } else { "scenes" };
    let fields = sheet.tiles.iter().enumerate().map(|(at, tile)| {
        let (left, top) = grid.field(at);
        let heading = text::plain(&tile.heading, HEADING);
        Field { left, top, width: grid.width, height: grid.height, time: outline::clock(tile.begin_ms), heading }
    });
    Page {
        width: WIDTH,
        height: grid.sheet_height(count),
        theme: style,
        lang: "en",
        region: None,
        right_to_left: reading::begins_right_to_left(sheet.title) == Some(true),
        line_air: 0.0,
        fonts: Vec::new(),
        captions: None,
        margin: MARGIN,
        title: text::plain(sheet.title, TITLE),
        length: format!("{}  ·  {count} {scenes}", outline::clock(sheet.duration_ms)),
        size: grid.size,
        tiles: fields.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(colour: [u8; 3]) -> Vec<u8> {
        let rgba = [colour[0], colour[1], colour[2], 255].repeat(640 * 360);
        Frame { width: 640, height: 360, rgba }.jpeg().expect("writes")
    }

    fn sheet(tiles: Vec<Tile<'_>>) -> Sheet<'_> {
        Sheet { title: "Tides", duration_ms: 144_000, theme: Theme::Midnight, brand: None, shape: Shape::Wide, tiles }
    }

    /// The pixel at a place in units.
    fn pixel(frame: &Frame, x: u32, y: u32) -> [u8; 3] {
        let [x, y] = [x, y].map(|units| (f64::from(units) * SCALE) as u32);
        let at = ((y * frame.width + x) * 4) as usize;
        [frame.rgba[at], frame.rgba[at + 1], frame.rgba[at + 2]]
    }

    #[test]
    fn every_scene_stands_in_its_place() {
        let colours = [[200, 30, 30], [30, 200, 30], [30, 30, 200], [200, 200, 30]];
        let pictures = colours.map(picture);
        let tiles = pictures.iter().map(|jpeg| Tile { heading: "The Moon".to_owned(), begin_ms: 0, picture: Some(jpeg) });
        let frame = draw_sheet(&sheet(tiles.collect())).expect("draws");
        let grid = Grid::of(4, Shape::Wide);
        assert_eq!((frame.width, frame.height), (1280, (f64::from(grid.sheet_height(4)) * SCALE).round() as u32));
        for (at, colour) in colours.iter().enumerate() {
            let (left, top) = grid.field(at);
            let middle = pixel(&frame, left + grid.width / 2, top + grid.height / 2);
            assert!(middle.iter().zip(colour).all(|(found, meant)| found.abs_diff(*meant) < 8), "{at}: {middle:?}");
        }
    }

    #[test]
    fn words_stand_below_the_pictures() {
        let tiles = |heading: &str| vec![Tile { heading: heading.to_owned(), begin_ms: 65_000, picture: None }; 3];
        let (with, without) = (draw_sheet(&sheet(tiles("Water"))).expect("draws"), draw_sheet(&sheet(tiles(""))).expect("draws"));
        let grid = Grid::of(3, Shape::Wide);
        let below = (0..WIDTH).flat_map(|x| (0..grid.words).map(move |y| (x, HEAD + grid.height + y)));
        assert!(below.clone().any(|(x, y)| pixel(&with, x, y) != pixel(&without, x, y)));
        assert!(below.clone().any(|(x, y)| pixel(&without, x, y) != pixel(&without, 0, 0)), "the time");
    }

    #[test]
    fn any_number_of_scenes_in_any_shape_fits_its_sheet() {
        for shape in Shape::ALL {
            for scenes in [0, 1, 9, 10, 21, 60, 85, 300] {
                let grid = Grid::of(scenes, shape);
                let (left, top) = grid.field(scenes.saturating_sub(1));
                assert!(left + grid.width <= WIDTH - MARGIN, "{scenes} {shape:?}");
                assert!(top + grid.row() - grid.gap <= grid.sheet_height(scenes) - MARGIN, "{scenes} {shape:?}");
                assert!(
                    grid.width >= 150 && grid.sheet_height(scenes) < 12_000,
                    "{scenes} {shape:?}: {}",
                    grid.sheet_height(scenes)
                );
            }
        }
    }

    #[test]
    fn a_picture_that_cannot_be_read_leaves_its_field_empty() {
        let tiles = vec![Tile { heading: "Water".to_owned(), begin_ms: 0, picture: Some(b"no picture") }];
        assert!(draw_sheet(&sheet(tiles)).is_ok());
    }
}
