//! The embedded fonts: their bytes, which signs they and those of the layer hold, and how wide a text will be.

use crate::layer;
use std::sync::LazyLock;
use typst::foundations::Bytes;
use typst::layout::Abs;
use typst::text::{Font, FontInstance, FontVariations};

/// The files in `fonts/`; `fonts/README.md` names their versions and licences.
const FILES: [&[u8]; 10] = [
    include_bytes!("../fonts/Inter-SemiBold.otf"),
    include_bytes!("../fonts/DejaVuSans-Bold.ttf"),
    include_bytes!("../fonts/JetBrainsMono-Regular.ttf"),
    include_bytes!("../fonts/Inter-Regular.otf"),
    include_bytes!("../fonts/Inter-Medium.otf"),
    include_bytes!("../fonts/InterDisplay-SemiBold.otf"),
    include_bytes!("../fonts/JetBrainsMono-Bold.ttf"),
    include_bytes!("../fonts/JetBrainsMono-Italic.ttf"),
    include_bytes!("../fonts/DejaVuSans.ttf"),
    include_bytes!("../fonts/Vollkorn-SemiBold.ttf"),
];
/// The widest face of running text and the one behind it.
const PROSE: [usize; 2] = [0, 1];
/// The face of code and the one behind it.
const CODE: [usize; 2] = [2, 1];

static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| FILES.iter().flat_map(|file| Font::iter(Bytes::new(*file))).collect());

/// The faces by which widths are estimated, by index.
static MEASURED: LazyLock<Vec<FontInstance>> = LazyLock::new(|| {
    let instance = |font: &Font| font.clone().instantiate(font.info().variant, Abs::pt(16.0), &FontVariations::default());
    FONTS.iter().take(3).map(instance).collect()
});

/// Every embedded font.
pub(crate) fn all() -> &'static [Font] {
    &FONTS
}

/// Which faces a text is set in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Prose,
    Code,
}

/// Whether some font can draw the sign.
pub(crate) fn can_draw(sign: char) -> bool {
    is_embedded(sign) || layer::can_draw(sign)
}

/// Whether some embedded font can draw the sign.
pub(crate) fn is_embedded(sign: char) -> bool {
    embedded_advance_em(sign, Face::Prose).is_some() || embedded_advance_em(sign, Face::Code).is_some()
}

/// An upper estimate of the width of a text, in multiples of the font size.
pub(crate) fn width_em(text: &str, face: Face) -> f64 {
    // A sign that no font has is drawn as a box no wider than an em.
    text.chars().map(|sign| if is_joiner(sign) { 0.0 } else { advance_em(sign, face).unwrap_or(1.0) }).sum()
}

/// Joiners and breaks have no width.
fn is_joiner(sign: char) -> bool {
    matches!(sign, '\u{200B}'..='\u{200D}')
}

fn advance_em(sign: char, face: Face) -> Option<f64> {
    // Some foreign letters are in an embedded font too, but the one that is made for them draws them.
    layer::advance_em(sign).or_else(|| embedded_advance_em(sign, face))
}

fn embedded_advance_em(sign: char, face: Face) -> Option<f64> {
    let faces = match face {
        Face::Prose => PROSE,
        Face::Code => CODE,
    };
    faces.iter().find_map(|index| {
        let font = MEASURED.get(*index)?;
        let glyph = font.ttf().glyph_index(sign)?;
        Some(font.x_advance(glyph.0)?.get())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_holds_one_font() {
        assert_eq!(all().len(), FILES.len());
    }

    #[test]
    fn the_signs_of_technical_prose_can_be_drawn() {
        let signs = "→←↔⇒⇐⇔↦↑↓∇∑∏∫∂√∞≤≥≠≈≡∈∉⊂⊆∪∩∀∃¬∧∨⊕⊗×÷±·∘∅ℝℕℤℚℂℓℏ′″‖⟨⟩⌊⌋⌈⌉αβγδεζηθλμπστφψωΓΔΘΛΞΠΣΦΨΩ✓✗✔✘★☆●○■□▲△◆…–—“”‘’«»€£§¶†‡•‰™©®°µ½⅓₀₁₂²³ⁿ⁻ᵢⱼₙ⊥∥∝∼≪≫⊤⊢⊨├└│─┌┐█▓①②③ⅠⅡⅢ";
        let missing: String = signs.chars().filter(|sign| !can_draw(*sign)).collect();
        assert_eq!(missing, "");
    }

    #[test]
    fn widths_are_those_of_the_face() {
        assert!((width_em("abc", Face::Code) - 1.8).abs() < 0.01);
        assert!(width_em("WW", Face::Prose) > width_em("ii", Face::Prose) * 2.0);
    }
}
