//! Takes down what a page draws: glyphs with their places, and where pictures and paths lie.

use super::fonts::{DeclaredFont, Face, Fonts};
use super::geometry::Area;
use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Shape};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings,
    Paint, RenderContent, SoftMask, TransformExt, interpret_page,
};

/// What one page draws, in points from its top left corner.
#[derive(Debug)]
pub(crate) struct DrawnPage {
    /// Its number from 1.
    pub(crate) number: u32,
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) glyphs: Vec<Letter>,
    /// Number of glyphs, also after they were taken away.
    pub(crate) glyph_count: usize,
    pub(crate) images: Vec<Area>,
    pub(crate) paths: Vec<DrawnPath>,
    /// Glyphs without a known character.
    pub(crate) unknown: u32,
}

/// One character on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Letter {
    pub(crate) character: char,
    /// Left edge.
    pub(crate) x: f32,
    /// Base line.
    pub(crate) y: f32,
    pub(crate) width: f32,
    /// Font size.
    pub(crate) size: f32,
    pub(crate) face: Face,
    /// Whether a space character was drawn just before it.
    pub(crate) spaced: bool,
}

/// A path that is filled or stroked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DrawnPath {
    pub(crate) area: Area,
    /// Number of its segments, at least 1.
    pub(crate) segments: u32,
}

/// Glyphs, paths and images of one page beyond these numbers are not taken down, to bound the work on one page.
const MOST_LETTERS: usize = 200_000;
const MOST_PATHS: usize = 100_000;

/// Interprets a page.
pub(crate) fn draw<'a>(page: &Page<'a>, number: u32, cache: &InterpreterCache<'a>, fonts: &mut Fonts<'a>) -> DrawnPage {
    let (width, height) = page.render_dimensions();
    let sheet = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let settings = InterpreterSettings { render_content: RenderContent::PAGE, ..InterpreterSettings::default() };
    let mut context = Context::new(page.initial_transform(true).to_kurbo(), sheet, cache, page.xref(), settings);
    let on_page = fonts.declared(page.resources());
    let drawn = DrawnPage {
        number,
        width,
        height,
        glyphs: Vec::new(),
        glyph_count: 0,
        images: Vec::new(),
        paths: Vec::new(),
        unknown: 0,
    };
    let mut pen = Pen { drawn, fonts, on_page, clips: vec![sheet], space_at: None };
    interpret_page(page, &mut context, &mut pen);
    pen.drawn.glyph_count = pen.drawn.glyphs.len();
    pen.drawn
}

struct Pen<'f, 'a> {
    drawn: DrawnPage,
    fonts: &'f mut Fonts<'a>,
    on_page: Vec<DeclaredFont<'a>>,
    clips: Vec<Rect>,
    /// Base line of a space that was just drawn.
    space_at: Option<f32>,
}

impl Pen<'_, '_> {
    fn visible(&self, bounds: Rect) -> Option<Area> {
        let clip = self.clips.last()?;
        let seen = bounds.intersect(*clip);
        // Rules have no height or no width, so an empty rectangle may still be seen.
        let inside = bounds.x0 <= clip.x1 && clip.x0 <= bounds.x1 && bounds.y0 <= clip.y1 && clip.y0 <= bounds.y1;
        (inside && seen.x0.is_finite() && seen.y0.is_finite() && seen.x1.is_finite() && seen.y1.is_finite()).then(|| Area {
            x0: narrow(seen.x0),
            y0: narrow(seen.y0),
            x1: narrow(seen.x1),
            y1: narrow(seen.y1),
        })
    }

    fn push_clip(&mut self, bounds: Rect) {
        let clip = self.clips.last().map_or(bounds, |clip| bounds.intersect(*clip));
        self.clips.push(clip);
    }

    fn take_letter(&mut self, glyph: &Glyph<'_>, to_page: Affine) {
        let advance = match glyph {
            Glyph::Outline(outline) => outline.advance_width(),
            Glyph::Type3(drawn) => drawn.advance_width(),
        };
        let origin = to_page * Point::ZERO;
        let along = to_page * Point::new(f64::from(advance.unwrap_or(500.0)), 0.0) - origin;
        let up = to_page * Point::new(0.0, 1000.0) - origin;
        let rotated = along.y.abs() > 0.15 * along.x.abs().max(0.01) || along.x < 0.0 || up.y > 0.0;
        let size = up.hypot();
        if rotated || !(0.5..2000.0).contains(&size) || !origin.x.is_finite() || !origin.y.is_finite() {
            return;
        }
        let face = match glyph {
            Glyph::Outline(outline) => self.fonts.face(outline, &self.on_page),
            Glyph::Type3(_) => Face::default(),
        };
        let text = match glyph.as_unicode() {
            Some(BfString::Char(character)) => character.to_string(),
            Some(BfString::String(text)) => text,
            None => {
                self.drawn.unknown += 1;
                '\u{FFFD}'.to_string()
            }
        };
        let text = split_ligatures(&text);
        let count = text.chars().count().max(1);
        let width = along.x / count as f64;
        for (index, character) in text.chars().enumerate() {
            if character.is_whitespace() || character == '\u{0}' {
                self.space_at = Some(narrow(origin.y));
                continue;
            }
            let y = narrow(origin.y);
            let spaced = self.space_at.take().is_some_and(|space| (space - y).abs() < 0.5);
            let x = narrow(origin.x + width * index as f64);
            self.drawn.glyphs.push(Letter { character, x, y, width: narrow(width), size: narrow(size), face, spaced });
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "page coordinates need no more than 24 bits")]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// Latin ligatures as letters; everything else as it is, because other compatibility forms carry meaning (`²`, `ℝ`).
fn split_ligatures(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let letters = match character {
                '\u{FB00}' => "ff",
                '\u{FB01}' => "fi",
                '\u{FB02}' => "fl",
                '\u{FB03}' => "ffi",
                '\u{FB04}' => "ffl",
                '\u{FB05}' | '\u{FB06}' => "st",
                '\u{0132}' => "IJ",
                '\u{0133}' => "ij",
                '\u{AD}' => "-",
                other => return vec![other],
            };
            letters.chars().collect()
        })
        .filter(|character| !is_invisible(*character))
        .collect()
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{1}'..='\u{8}')
}

impl<'a> Device<'a> for Pen<'_, 'a> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        if self.drawn.paths.len() >= MOST_PATHS || is_white(&props.paint) || matches!(mode, DrawMode::Invisible) {
            return;
        }
        let segments = u32::try_from(path.elements().len()).unwrap_or(u32::MAX).max(1);
        if let Some(area) = self.visible((props.transform * path.clone()).bounding_box()) {
            self.drawn.paths.push(DrawnPath { area, segments });
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.push_clip(clip.path.bounding_box());
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.push_clip(*rect);
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        if self.drawn.glyphs.len() >= MOST_LETTERS {
            return;
        }
        for glyph in run.glyphs() {
            self.take_letter(glyph, props.transform * glyph.transform());
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let unit = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        if let Some(area) = self.visible(props.transform.transform_rect_bbox(unit)) {
            self.drawn.images.push(area);
        }
    }

    fn pop_clip(&mut self) {
        if self.clips.len() > 1 {
            self.clips.pop();
        }
    }

    fn pop_transparency_group(&mut self) {}
}

fn is_white(paint: &Paint<'_>) -> bool {
    match paint {
        Paint::Color(color) => {
            let [red, green, blue, alpha] = color.to_rgba().to_rgba8();
            alpha == 0 || (red > 250 && green > 250 && blue > 250)
        }
        Paint::Pattern(_) => false,
    }
}
