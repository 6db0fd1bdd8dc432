//! Which face a glyph is set in: its name tells whether it is bold, fixed in width or made for formulas.
//!
//! The interpreter tells the program of a glyph but, for Type 1 fonts, not its name. The name is found by the widths: each
//! run of glyphs fits the width tables of few of the fonts that the page declares, and all runs with the same program agree.

use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_syntax::object::{Array, Dict, Name, Stream};
use hayro_interpret::hayro_syntax::page::Resources;
use hayro_interpret::CacheKey;
use std::collections::HashMap;

/// What a face looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Face {
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) monospace: bool,
    pub(crate) math: bool,
}

/// A glyph shape of the document; glyphs with the same number have the same shape and face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ShapeId(pub(crate) u32);

/// The fonts of one document, filled page by page.
#[derive(Debug, Default)]
pub(crate) struct Fonts {
    declared: Vec<Declared>,
    by_declaration: HashMap<Declared, u16>,
    shapes: HashMap<u128, ShapeId>,
    candidates: Vec<Candidates>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Declared {
    name: String,
    flags: u32,
    weight: u32,
    first: u32,
    /// Thousandths of the font size, in sixteenths; empty if the dictionary has no widths for single bytes.
    widths: Vec<i32>,
}

#[derive(Debug, Clone)]
enum Candidates {
    Known(Face),
    AnyOf(Vec<u16>),
}

const NESTING: u32 = 4;

impl Fonts {
    /// Reads the fonts that a page and its forms declare, and gives their numbers.
    pub(crate) fn declare(&mut self, resources: &Resources<'_>) -> Vec<u16> {
        let mut numbers = Vec::new();
        self.declare_all(&resources.fonts, &resources.x_objects, NESTING, &mut numbers);
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    fn declare_all(&mut self, fonts: &Dict<'_>, forms: &Dict<'_>, nesting: u32, numbers: &mut Vec<u16>) {
        for key in fonts.keys() {
            if let Some(font) = fonts.get::<Dict<'_>>(&*key) {
                numbers.extend(self.number(read_font(&font)));
            }
        }
        if nesting == 0 {
            return;
        }
        for key in forms.keys() {
            let Some(form) = forms.get::<Stream<'_>>(&*key) else { continue };
            if let Some(inner) = form.dict().get::<Dict<'_>>(b"Resources".as_slice()) {
                let fonts = inner.get(b"Font".as_slice()).unwrap_or_default();
                let forms = inner.get(b"XObject".as_slice()).unwrap_or_default();
                self.declare_all(&fonts, &forms, nesting - 1, numbers);
            }
        }
    }

    fn number(&mut self, font: Declared) -> Option<u16> {
        if let Some(number) = self.by_declaration.get(&font) {
            return Some(*number);
        }
        let number = u16::try_from(self.declared.len()).ok()?;
        self.by_declaration.insert(font.clone(), number);
        self.declared.push(font);
        Some(number)
    }

    /// Gives every glyph of a run its shape and learns from the run which font that shape can belong to.
    pub(crate) fn shapes_of(&mut self, run: &GlyphRun<'_, '_>, on_page: &[u16]) -> Vec<ShapeId> {
        let shapes: Vec<ShapeId> = run.glyphs().iter().map(|glyph| self.shape(glyph, on_page)).collect();
        let mut common: Option<Vec<u16>> = None;
        for shape in &shapes {
            if let Candidates::AnyOf(fonts) = &self.candidates[shape.0 as usize] {
                common = Some(match common {
                    None => fonts.clone(),
                    Some(common) => common.into_iter().filter(|font| fonts.contains(font)).collect(),
                });
            }
        }
        if let Some(common) = common.filter(|common| !common.is_empty()) {
            for shape in &shapes {
                if let Candidates::AnyOf(fonts) = &mut self.candidates[shape.0 as usize]
                    && fonts.len() > common.len()
                {
                    fonts.clone_from(&common);
                }
            }
        }
        shapes
    }

    fn shape(&mut self, glyph: &Glyph<'_>, on_page: &[u16]) -> ShapeId {
        let key = match glyph {
            Glyph::Outline(outline) => outline.identifier().cache_key(),
            Glyph::Type3(drawn) => drawn.cache_key(),
        };
        if let Some(shape) = self.shapes.get(&key) {
            return *shape;
        }
        let shape = ShapeId(u32::try_from(self.candidates.len()).unwrap_or(u32::MAX));
        self.shapes.insert(key, shape);
        let named = match glyph {
            Glyph::Outline(outline) => outline.font_data().and_then(|font| {
                let named = face(font.postscript_name.as_deref()?, 0, font.weight.unwrap_or(0));
                Some(Face { monospace: named.monospace || font.is_monospace, italic: named.italic || font.is_italic, ..named })
            }),
            Glyph::Type3(_) => Some(Face::default()),
        };
        let candidates = named.map_or_else(|| Candidates::AnyOf(self.that_fit(glyph, on_page)), Candidates::Known);
        self.candidates.push(candidates);
        shape
    }

    fn that_fit(&self, glyph: &Glyph<'_>, on_page: &[u16]) -> Vec<u16> {
        let Glyph::Outline(outline) = glyph else { return Vec::new() };
        let code = outline.char_code();
        let fits = |font: &Declared| match (outline.advance_width(), font.widths.is_empty()) {
            (_, true) | (None, _) => true,
            (Some(advance), false) => code
                .checked_sub(font.first)
                .and_then(|index| font.widths.get(index as usize))
                .is_some_and(|width| (width - sixteenths(advance)).abs() <= 1),
        };
        on_page.iter().copied().filter(|number| fits(&self.declared[usize::from(*number)])).collect()
    }

    /// The face of a shape.
    pub(crate) fn face(&self, shape: ShapeId) -> Face {
        match self.candidates.get(shape.0 as usize) {
            Some(Candidates::Known(face)) => *face,
            Some(Candidates::AnyOf(fonts)) => fonts
                .first()
                .map(|number| &self.declared[usize::from(*number)])
                .map(|font| face(&font.name, font.flags, font.weight))
                .unwrap_or_default(),
            None => Face::default(),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "widths are a few thousand at most; others never fit")]
fn sixteenths(width: f32) -> i32 {
    (width * 16.0).round() as i32
}

fn read_font(font: &Dict<'_>) -> Declared {
    let descriptor: Dict<'_> = font.get(b"FontDescriptor".as_slice()).unwrap_or_default();
    let name = font.get::<Name<'_>>(b"BaseFont".as_slice()).map(|name| name.as_str().to_owned()).unwrap_or_default();
    let widths = font
        .get::<Array<'_>>(b"Widths".as_slice())
        .map(|widths| widths.iter::<f32>().map(sixteenths).collect())
        .unwrap_or_default();
    Declared {
        name,
        flags: descriptor.get(b"Flags".as_slice()).unwrap_or(0),
        weight: descriptor.get(b"FontWeight".as_slice()).unwrap_or(0),
        first: font.get(b"FirstChar".as_slice()).unwrap_or(0),
        widths,
    }
}

/// `FixedPitch` and `ForceBold` of the font flags, PDF 1.7 table 123.
const FIXED_PITCH: u32 = 1;
const FORCE_BOLD: u32 = 1 << 18;

const BOLD: &[&str] = &["bold", "black", "heavy", "demi", "-medi", "cmbx", "cmssbx", "sfbx", "ecbx", "cmb10", "cmcsb", "-bd"];
const ITALIC: &[&str] = &["italic", "oblique", "cmti", "cmsl", "-it", "slant", "sfti", "ecti", "cmbxti", "ital"];
const MONOSPACE: &[&str] = &[
    "mono", "courier", "consol", "typewriter", "cmtt", "cmsltt", "sftt", "ectt", "menlo", "lmtt", "inconsolata", "lettergothic",
    "txtt", "nimbusmon", "cmitt", "monaco", "-code", "sourcecode", "beramono", "lucidaconsole", "cousine", "dejavusansm",
];
const MATH: &[&str] = &[
    "cmmi", "cmsy", "cmex", "msam", "msbm", "math", "symbol", "mtsy", "mtmi", "mtex", "rsfs", "eufm", "euex", "eusm", "stmary",
    "txsy", "txmi", "txex", "pxsy", "pxmi", "pxex", "lasy", "cmbsy", "mtextra", "bbold", "dsrom", "fourier-m", "rmtmi", "esint",
];

fn face(name: &str, flags: u32, weight: u32) -> Face {
    let name = name.to_ascii_lowercase();
    let name = name.split_once('+').map_or(name.as_str(), |(_, name)| name);
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let monospace = has(MONOSPACE) || flags & FIXED_PITCH != 0;
    Face {
        bold: has(BOLD) || weight >= 600 || flags & FORCE_BOLD != 0,
        italic: has(ITALIC),
        monospace,
        math: has(MATH) && !monospace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_face() {
        let check = |name: &str, bold: bool, italic: bool, monospace: bool, math: bool| {
            assert_eq!(face(name, 0, 0), Face { bold, italic, monospace, math }, "{name}");
        };
        check("ABCDEF+CMBX10", true, false, false, false);
        check("NimbusRomNo9L-Medi", true, false, false, false);
        check("NimbusRomNo9L-Regu", false, false, false, false);
        check("CMMI7", false, false, false, true);
        check("CMTT9", false, false, true, false);
        check("TimesNewRomanPS-BoldItalicMT", true, true, false, false);
        check("CMSY10", false, false, false, true);
    }
}
