//! Looks whether a font can be used: read, permitted, and with letters in it.

use crate::ForeignError;
use ttf_parser::{Face, Permissions};

/// Checks one TTF or OTF font.
///
/// # Errors
/// [`ForeignError::Font`] if it cannot be read, [`ForeignError::FontWithout`] if it is a collection or holds no letters,
/// [`ForeignError::FontRestricted`] if its OS/2 table says that it may not be embedded:
/// <https://learn.microsoft.com/en-us/typography/opentype/spec/os2#fstype>.
pub fn check_font(bytes: &[u8]) -> Result<(), ForeignError> {
    if ttf_parser::fonts_in_collection(bytes).is_some() {
        return Err(ForeignError::FontWithout("others in the same file"));
    }
    let face = Face::parse(bytes, 0)?;
    if face.permissions() == Some(Permissions::Restricted) {
        return Err(ForeignError::FontRestricted);
    }
    let has_outline = |letter| {
        let glyph = face.glyph_index(letter);
        glyph.and_then(|glyph| face.glyph_bounding_box(glyph)).is_some()
    };
    if ['a', 'e', 'n', 'A', 'E', 'N', '1'].into_iter().all(has_outline) {
        Ok(())
    } else {
        Err(ForeignError::FontWithout("Latin letters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FONT: &[u8] = include_bytes!("../../render/fonts/JetBrainsMono-Regular.ttf");

    /// The font with other bits in `fsType`, 8 bytes into its OS/2 table.
    fn with_permissions(bits: u16) -> Vec<u8> {
        let mut font = FONT.to_vec();
        let record =
            (0..40).map(|nth| 12 + 16 * nth).find(|at| &FONT[*at..*at + 4] == b"OS/2").expect("every font has the table");
        let offset = u32::from_be_bytes(FONT[record + 8..record + 12].try_into().expect("four bytes")) as usize;
        font[offset + 8..offset + 10].copy_from_slice(&bits.to_be_bytes());
        font
    }

    #[test]
    fn fonts_that_may_be_embedded_are_taken() {
        for bits in [0, 4, 8] {
            assert!(check_font(&with_permissions(bits)).is_ok(), "fsType {bits}");
        }
        assert!(matches!(check_font(&with_permissions(2)), Err(ForeignError::FontRestricted)));
    }

    #[test]
    fn what_is_no_font_or_damaged_is_refused() {
        for bytes in [&b""[..], b"wOFF", b"<svg/>", &FONT[..200], &FONT[100..]] {
            assert!(check_font(bytes).is_err(), "{} bytes", bytes.len());
        }
    }

    #[test]
    fn damaged_fonts_end_in_an_answer() {
        for at in (0..FONT.len()).step_by(1009) {
            let mut font = FONT.to_vec();
            font[at] ^= 0x5a;
            let _answer = check_font(&font);
            let _answer = check_font(&FONT[..at]);
        }
    }
}
