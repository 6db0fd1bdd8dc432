//! The fonts layer: a folder with fonts for the scripts that the embedded fonts do not hold.
//!
//! A font is read when a text first needs it, stays for later pictures, and gives way to others where together they would take too
//! much memory. A layer that is not there, or a font missing from it, is no failure: [`crate::Layout::unwritten`] tells what could
//! not be written.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use typst::foundations::Bytes;
use typst::layout::Abs;
use typst::text::{Font, FontInstance, FontStretch, FontStyle, FontVariant, FontVariations, FontWeight};
use unicode_script::{Script, UnicodeScript};

/// Where the layer lies in a function.
const LAYER: &str = "/opt/fonts";

/// The fonts that are kept take no more bytes than this together, unless one picture needs more.
const KEPT_BYTES: usize = 24 << 20;

/// Letters below this are in every embedded font: Latin, Greek and Cyrillic.
const FIRST: char = '\u{530}';

/// The weight in which widths are estimated: the widest of running text, semi-bold.
const WIDEST: FontVariant = FontVariant { style: FontStyle::Normal, weight: FontWeight::SEMIBOLD, stretch: FontStretch::NORMAL };

/// A font of the layer: the name of its file without the ending, its family, and the scripts it is made for.
struct Face {
    file: &'static str,
    family: &'static str,
    scripts: &'static [Script],
}

const fn face(file: &'static str, family: &'static str, scripts: &'static [Script]) -> Face {
    Face { file, family, scripts }
}

/// The fonts that `infra/layers/fonts/build.sh` puts into the layer.
const FACES: [Face; 24] = [
    face("NotoSansSC", "Noto Sans SC", &[Script::Han, Script::Bopomofo]),
    face("NotoSansTC", "Noto Sans TC", &[Script::Han, Script::Bopomofo]),
    face("NotoSansJP", "Noto Sans JP", &[Script::Hiragana, Script::Katakana, Script::Han]),
    face("NotoSansKR", "Noto Sans KR", &[Script::Hangul, Script::Han]),
    face("NotoSansArabic", "Noto Sans Arabic", &[Script::Arabic]),
    face("NotoSansHebrew", "Noto Sans Hebrew", &[Script::Hebrew]),
    face("NotoSansDevanagari", "Noto Sans Devanagari", &[Script::Devanagari]),
    face("NotoSansThai", "Noto Sans Thai", &[Script::Thai]),
    face("NotoSansArmenian", "Noto Sans Armenian", &[Script::Armenian]),
    face("NotoSansBengali", "Noto Sans Bengali", &[Script::Bengali]),
    face("NotoSansEthiopic", "Noto Sans Ethiopic", &[Script::Ethiopic]),
    face("NotoSansGeorgian", "Noto Sans Georgian", &[Script::Georgian]),
    face("NotoSansGujarati", "Noto Sans Gujarati", &[Script::Gujarati]),
    face("NotoSansGurmukhi", "Noto Sans Gurmukhi", &[Script::Gurmukhi]),
    face("NotoSansKannada", "Noto Sans Kannada", &[Script::Kannada]),
    face("NotoSansKhmer", "Noto Sans Khmer", &[Script::Khmer]),
    face("NotoSansLao", "Noto Sans Lao", &[Script::Lao]),
    face("NotoSansMalayalam", "Noto Sans Malayalam", &[Script::Malayalam]),
    face("NotoSansMyanmar", "Noto Sans Myanmar", &[Script::Myanmar]),
    face("NotoSansOriya", "Noto Sans Oriya", &[Script::Oriya]),
    face("NotoSansSinhala", "Noto Sans Sinhala", &[Script::Sinhala]),
    face("NotoSansTamil", "Noto Sans Tamil", &[Script::Tamil]),
    face("NotoSansTelugu", "Noto Sans Telugu", &[Script::Telugu]),
    face("NotoEmoji", "Noto Emoji", &[]),
];
/// The fonts of Chinese, Japanese and Korean, which are large and share their letters, by index.
const SIMPLIFIED: usize = 0;
const TRADITIONAL: usize = 1;
const JAPANESE: usize = 2;
const KOREAN: usize = 3;
const OTHERS: usize = KOREAN + 1;
const EMOJI: usize = FACES.len() - 1;

static FOLDER: OnceLock<Option<Folder>> = OnceLock::new();

/// The fonts in memory, the one used last at the end.
static LOADED: Mutex<Vec<Loaded>> = Mutex::new(Vec::new());

/// The layer, and which of its fonts are there.
struct Folder {
    path: PathBuf,
    /// The sizes of the fonts in bytes, 0 for those that are not there.
    bytes: [u64; FACES.len()],
}

#[derive(Clone)]
struct Loaded {
    face: usize,
    font: Font,
    /// The font as widths are estimated by.
    measured: FontInstance,
}

/// Finds the fonts in the folder of a setting, else in the layer. Called once, before the first picture; without it, and where there
/// is no such folder, pictures have the embedded fonts only. Gives whether any font was found.
pub fn find_fonts(setting: Option<&Path>) -> bool {
    let path = setting.unwrap_or(Path::new(LAYER));
    let bytes = FACES.each_ref().map(|face| file(path, face).metadata().map_or(0, |found| found.len()));
    let found = bytes.iter().any(|bytes| *bytes > 0).then(|| Folder { path: path.to_owned(), bytes });
    FOLDER.get_or_init(|| found).is_some()
}

/// Tells one layer from another, by the sizes of its fonts: part of the address of a picture. Empty without a layer.
pub(crate) fn identity() -> String {
    let folder = FOLDER.get().and_then(Option::as_ref);
    folder.map(|folder| folder.bytes.map(|bytes| format!("{bytes:x}")).join(" ")).unwrap_or_default()
}

fn file(folder: &Path, face: &Face) -> PathBuf {
    folder.join(face.file).with_extension("ttf")
}

fn is_present(face: usize) -> bool {
    FOLDER.get().and_then(Option::as_ref).is_some_and(|folder| folder.bytes[face] > 0)
}

/// A font, from memory or from its file; none where it is missing or broken.
fn load(face: usize) -> Option<Loaded> {
    let folder = FOLDER.get()?.as_ref().filter(|folder| folder.bytes[face] > 0)?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let found = match loaded.iter().position(|known| known.face == face) {
        Some(at) => loaded.remove(at),
        None => {
            let font = Font::new(Bytes::new(std::fs::read(file(&folder.path, &FACES[face])).ok()?), 0)?;
            let measured = font.clone().instantiate(WIDEST, Abs::pt(16.0), &FontVariations::default());
            Loaded { face, font, measured }
        }
    };
    let mut bytes = found.font.data().len();
    // From the one used last on, as many are kept as there is room for.
    let kept = loaded.iter().rev().take_while(|known| {
        bytes += known.font.data().len();
        bytes <= KEPT_BYTES
    });
    let dropped = loaded.len() - kept.count();
    loaded.drain(..dropped);
    loaded.push(found.clone());
    Some(found)
}

/// Whether a font of the layer is made for the sign and holds it. The large ones are not read for this: they are taken to hold all
/// signs of their scripts.
pub(crate) fn can_draw(sign: char) -> bool {
    advance_em(sign).is_some()
}

/// The fonts of Chinese, Japanese and Korean.
fn east_asian() -> impl Iterator<Item = usize> {
    SIMPLIFIED..OTHERS
}

/// Whether a font of the layer is made for a letter. Emoji are no letters.
pub(crate) fn is_foreign(sign: char) -> bool {
    if is_east_asian(sign) { east_asian().any(is_present) } else { faces_of(sign).any(|face| face != EMOJI) }
}

/// The width of a sign in the font that is made for it, in multiples of the font size.
pub(crate) fn advance_em(sign: char) -> Option<f64> {
    if is_east_asian(sign) {
        return east_asian().any(is_present).then_some(1.0);
    }
    faces_of(sign).find_map(|face| advance_in(&load(face)?, sign))
}

fn advance_in(loaded: &Loaded, sign: char) -> Option<f64> {
    let glyph = loaded.measured.ttf().glyph_index(sign)?;
    Some(loaded.measured.x_advance(glyph.0)?.get())
}

/// The fonts that are made for a sign and are there, East Asian ones aside.
fn faces_of(sign: char) -> impl Iterator<Item = usize> {
    let is_made_for = move |face: &usize| {
        let scripts = FACES[*face].scripts;
        scripts.contains(&sign.script()) || scripts.iter().any(|script| sign.script_extension().contains_script(*script))
    };
    let by_script = (OTHERS..EMOJI).filter(move |face| is_shared(sign) && is_made_for(face));
    by_script.chain(is_emoji(sign).then_some(EMOJI)).filter(|face| is_present(*face))
}

/// Whether a sign is not one that every font may hold: below the first foreign script, or common to all scripts.
fn is_shared(sign: char) -> bool {
    sign >= FIRST && !sign.script_extension().is_common() && !sign.script_extension().is_inherited()
}

/// The families and fonts of the layer that a text needs, best first. Which of the East Asian fonts draws what they share is up to
/// the language, a BCP 47 tag, or else to the text itself.
pub(crate) fn needed(text: &str, language: &str) -> Vec<(&'static str, Font)> {
    if FOLDER.get().is_none_or(Option::is_none) {
        return Vec::new();
    }
    let mut chosen: Vec<Loaded> = Vec::new();
    let add = |face: usize, chosen: &mut Vec<Loaded>| {
        if chosen.iter().all(|known| known.face != face) {
            chosen.extend(load(face));
        }
    };
    let foreign: Vec<char> = text.chars().filter(|sign| *sign >= FIRST).collect();
    let regional = regional(text, language);
    for sign in &foreign {
        if is_east_asian(*sign) {
            add(regional, &mut chosen);
            // What one language's font lacks, such as a rare name, is in another's.
            let lacks = |chosen: &[Loaded]| !chosen.iter().any(|known| known.measured.ttf().glyph_index(*sign).is_some());
            for other in east_asian() {
                if lacks(&chosen) {
                    add(other, &mut chosen);
                }
            }
        } else if !chosen.iter().any(|known| advance_in(known, *sign).is_some()) && !crate::fonts::is_embedded(*sign)
            || FACES.iter().any(|face| face.scripts.contains(&sign.script()))
        {
            faces_of(*sign).take(1).for_each(|face| add(face, &mut chosen));
        }
    }
    chosen.into_iter().map(|loaded| (FACES[loaded.face].family, loaded.font)).collect()
}

/// The East Asian font for a text, or one that is there.
fn regional(text: &str, language: &str) -> usize {
    let best = best_for(text, language);
    if is_present(best) { best } else { east_asian().find(|face| is_present(*face)).unwrap_or(best) }
}

/// The East Asian font for a language, or for what a text in another one holds.
fn best_for(text: &str, language: &str) -> usize {
    let subtags: Vec<String> = language.split('-').map(str::to_ascii_lowercase).collect();
    let has = |tag: &str| subtags.iter().any(|subtag| subtag == tag);
    let holds = |scripts: &[Script]| text.chars().any(|sign| scripts.contains(&sign.script()));
    match subtags.first().map(String::as_str) {
        Some("ja") => JAPANESE,
        Some("ko") => KOREAN,
        Some("zh" | "yue" | "nan") if has("hant") || has("tw") || has("hk") || has("mo") => TRADITIONAL,
        Some("yue" | "nan") => TRADITIONAL,
        Some("zh" | "cmn") => SIMPLIFIED,
        _ if holds(&[Script::Hiragana, Script::Katakana]) => JAPANESE,
        _ if holds(&[Script::Hangul]) => KOREAN,
        _ if holds(&[Script::Bopomofo]) => TRADITIONAL,
        _ => SIMPLIFIED,
    }
}

/// Letters, marks and full-width forms of Chinese, Japanese and Korean.
pub(crate) fn is_east_asian(sign: char) -> bool {
    matches!(sign, '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{303F}' | '\u{3041}'..='\u{33FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE4F}' | '\u{FF01}'..='\u{FFEF}' | '\u{20000}'..='\u{323AF}')
}

/// Pictures of emoji, in the blocks where they stand.
pub(crate) fn is_emoji(sign: char) -> bool {
    matches!(sign, '\u{1F000}'..='\u{1FBFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{2300}'..='\u{23FF}')
}

/// The name of the script of a sign, for people: such as `Thai` or `Han`.
pub(crate) fn script_name(sign: char) -> &'static str {
    match sign.script() {
        Script::Common | Script::Inherited if is_emoji(sign) => "emoji",
        Script::Common | Script::Inherited | Script::Unknown => "symbols",
        script => script.full_name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether there is a layer to test. `infra/lectern test` names one; without it nothing may be found.
    #[expect(clippy::disallowed_methods, reason = "the tests are told where the fonts are")]
    fn with_fonts() -> bool {
        let setting = std::env::var_os("LECTERN_FONTS").map(PathBuf::from);
        let found = find_fonts(setting.as_deref());
        assert!(found || setting.is_none(), "there are no fonts in `LECTERN_FONTS`");
        assert!(found || needed("中文", "zh").is_empty());
        found
    }

    #[test]
    fn the_language_decides_which_form_shared_letters_take() {
        let has_fonts = with_fonts();
        for (text, language, family) in [
            ("東京", "ja", JAPANESE),
            ("東京", "zh-TW", TRADITIONAL),
            ("東京", "zh-Hant-HK", TRADITIONAL),
            ("东京", "zh-CN", SIMPLIFIED),
            ("東京", "ko", KOREAN),
            ("東京の塔", "en", JAPANESE),
            ("서울 東京", "en", KOREAN),
            ("北京", "en", SIMPLIFIED),
        ] {
            assert_eq!(best_for(text, language), family, "{text} {language}");
            assert_eq!(needed(text, language).first().map(|(name, _)| *name), has_fonts.then_some(FACES[family].family));
        }
    }

    #[test]
    fn a_text_gets_the_fonts_of_its_scripts_and_no_others() {
        if !with_fonts() {
            return;
        }
        let families = |text: &str| needed(text, "en").into_iter().map(|(family, _)| family).collect::<Vec<_>>();
        assert_eq!(families("Latin, Ελληνικά, Кириллица → ∑ ✔"), Vec::<&str>::new());
        assert_eq!(families("عربي،"), ["Noto Sans Arabic"]);
        assert_eq!(families("नमस्ते।"), ["Noto Sans Devanagari"]);
        assert_eq!(families("สวัสดี 🚀"), ["Noto Sans Thai", "Noto Emoji"]);
        assert_eq!(families("日本語のテキスト。"), ["Noto Sans JP"]);
        assert_eq!(families("汉语，句号。"), ["Noto Sans SC"]);
    }

    #[test]
    fn every_font_of_the_layer_is_what_it_is_taken_for() {
        if !with_fonts() {
            return;
        }
        for (at, face) in FACES.iter().enumerate() {
            let loaded = load(at).unwrap_or_else(|| panic!("{} is missing or broken", face.file));
            assert_eq!(loaded.font.info().family, face.family);
        }
    }

    #[test]
    fn the_fonts_that_are_kept_stay_bounded() {
        if !with_fonts() {
            return;
        }
        for face in east_asian().chain(east_asian()) {
            load(face).expect("is there");
            let loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
            let bytes: usize = loaded.iter().map(|known| known.font.data().len()).sum();
            assert!(bytes <= KEPT_BYTES || loaded.len() == 1, "{bytes}");
        }
    }
}
