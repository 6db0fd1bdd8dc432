//! Which face a glyph is set in: the name of its font tells whether it is bold, fixed in width or made for formulas.
//!
//! The interpreter gives a glyph's font program but not the name of its font. The fonts that a page declares are therefore
//! loaded here too, and the one that gives the very same glyph for the same code is the one it is set in.

use hayro_font::{Font, FontCache, FontGlyph, OutlineGlyph};
use hayro_interpret::InterpreterSettings;
use hayro_interpret::hayro_syntax::object::{Array, Dict, Name, Stream};
use hayro_interpret::hayro_syntax::page::Resources;
use std::collections::HashMap;

/// What a face looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Face {
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) monospace: bool,
    pub(crate) math: bool,
}

/// The fonts of one document.
pub(crate) struct Fonts<'a> {
    cache: FontCache<'a>,
    settings: InterpreterSettings,
    /// The face of every glyph shape seen so far, by the key of the shape.
    faces: HashMap<u128, Face>,
}

/// A font that a page declares.
pub(crate) struct DeclaredFont<'a> {
    font: Font<'a>,
    /// Whether its codes may be larger than a byte.
    is_composite: bool,
    face: Face,
}

/// Forms inside forms are searched for fonts this deep.
const NESTING: u32 = 4;

impl<'a> Fonts<'a> {
    pub(crate) fn new() -> Self {
        Self { cache: FontCache::new(), settings: InterpreterSettings::default(), faces: HashMap::new() }
    }

    /// Loads the fonts that a page and its forms declare.
    pub(crate) fn declared(&self, resources: &Resources<'a>) -> Vec<DeclaredFont<'a>> {
        let mut fonts = Vec::new();
        self.load(&resources.fonts, &resources.x_objects, NESTING, &mut fonts);
        fonts
    }

    fn load(&self, fonts: &Dict<'a>, forms: &Dict<'a>, nesting: u32, loaded: &mut Vec<DeclaredFont<'a>>) {
        for key in fonts.keys() {
            loaded.extend(fonts.get::<Dict<'a>>(&*key).and_then(|font| self.load_one(&font)));
        }
        if nesting == 0 {
            return;
        }
        for key in forms.keys() {
            let form = forms.get::<Stream<'a>>(&*key);
            if let Some(inner) = form.and_then(|form| form.dict().get::<Dict<'a>>(b"Resources".as_slice())) {
                let fonts = inner.get(b"Font".as_slice()).unwrap_or_default();
                let forms = inner.get(b"XObject".as_slice()).unwrap_or_default();
                self.load(&fonts, &forms, nesting - 1, loaded);
            }
        }
    }

    fn load_one(&self, font: &Dict<'a>) -> Option<DeclaredFont<'a>> {
        let kind = font.get::<Name<'_>>(b"Subtype".as_slice())?;
        let is_composite = kind.as_str() == "Type0";
        // Fonts of drawn glyphs have no names worth reading.
        if kind.as_str() == "Type3" {
            return None;
        }
        let face = declared_face(font);
        let font = self.cache.font(font, &self.settings.font_resolver, &self.settings.cmap_resolver)?;
        Some(DeclaredFont { font, is_composite, face })
    }

    /// The face of a glyph on a page that declares these fonts.
    pub(crate) fn face(&mut self, glyph: &OutlineGlyph, on_page: &[DeclaredFont<'a>]) -> Face {
        let shape = glyph.identifier();
        let gives_it = |declared: &&DeclaredFont<'a>| {
            let code = glyph.char_code();
            (declared.is_composite || code <= 0xFF)
                && match declared.font.glyph(declared.font.map_code(code), code) {
                    FontGlyph::Outline(own) => own.identifier() == shape,
                    FontGlyph::Type3(_) => false,
                }
        };
        *self
            .faces
            .entry(shape.cache_key())
            .or_insert_with(|| on_page.iter().find(gives_it).map(|declared| declared.face).unwrap_or_default())
    }
}

fn declared_face(font: &Dict<'_>) -> Face {
    let name = font.get::<Name<'_>>(b"BaseFont".as_slice()).map(|name| name.as_str().to_owned()).unwrap_or_default();
    let descendant = font.get::<Array<'_>>(b"DescendantFonts".as_slice()).and_then(|fonts| fonts.iter::<Dict<'_>>().next());
    let descriptor: Dict<'_> = descendant.as_ref().unwrap_or(font).get(b"FontDescriptor".as_slice()).unwrap_or_default();
    let number = |key: &[u8]| descriptor.get::<u32>(key).unwrap_or(0);
    face(&name, number(b"Flags"), number(b"FontWeight"))
}

/// `FixedPitch` and `ForceBold` of the font flags, PDF 1.7 table 123.
const FIXED_PITCH: u32 = 1;
const FORCE_BOLD: u32 = 1 << 18;

const BOLD: &[&str] = &["bold", "black", "heavy", "demi", "-medi", "cmbx", "cmssbx", "sfbx", "ecbx", "cmb10", "cmcsb", "-bd"];
const ITALIC: &[&str] = &["italic", "oblique", "cmti", "cmsl", "-it", "slant", "sfti", "ecti", "cmbxti", "ital"];
const MONOSPACE: &[&str] = &[
    "mono",
    "courier",
    "consol",
    "typewriter",
    "cmtt",
    "cmsltt",
    "sftt",
    "ectt",
    "menlo",
    "lmtt",
    "inconsolata",
    "lettergothic",
    "txtt",
    "nimbusmon",
    "cmitt",
    "monaco",
    "-code",
    "sourcecode",
    "beramono",
    "lucidaconsole",
    "cousine",
    "dejavusansm",
];
const MATH: &[&str] = &[
    "cmmi",
    "cmsy",
    "cmex",
    "msam",
    "msbm",
    "math",
    "symbol",
    "mtsy",
    "mtmi",
    "mtex",
    "rsfs",
    "eufm",
    "euex",
    "eusm",
    "stmary",
    "txsy",
    "txmi",
    "txex",
    "pxsy",
    "pxmi",
    "pxex",
    "lasy",
    "cmbsy",
    "mtextra",
    "bbold",
    "dsrom",
    "fourier-m",
    "rmtmi",
    "esint",
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
