//! The look of whoever a video is made for.

use serde::{Deserialize, Serialize};

/// The least contrast of text and ground, by WCAG 2.2 (<https://www.w3.org/TR/WCAG22/#contrast-minimum>).
const LEAST_CONTRAST: f32 = 4.5;
/// The most characters of a footer.
const LONGEST_FOOTER: usize = 60;

/// Colours and a footer that take the place of the theme's. What is not given stays the theme's, or follows from what is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Brand {
    /// The colour that guides the eye. Moved towards black or white where it would not stand out from the ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<Colour>,
    /// The ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<Colour>,
    /// The text; black or white, whichever stands out more, where only the ground is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Colour>,
    /// What stands at the bottom of every picture, before the source of the content, such as a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

impl Brand {
    /// Says in one phrase what is wrong, if anything.
    pub fn check(&self) -> Result<(), String> {
        if let (Some(text), Some(background)) = (self.text, self.background)
            && text.contrast(background) < LEAST_CONTRAST
        {
            let contrast = text.contrast(background);
            return Err(format!(
                "the contrast of `brand.text` and `brand.background` is {contrast:.1}, expected at least {LEAST_CONTRAST}"
            ));
        }
        if let Some(footer) = &self.footer
            && !(1..=LONGEST_FOOTER).contains(&footer.trim().chars().count())
        {
            return Err(format!("`brand.footer` is not 1 to {LONGEST_FOOTER} characters long"));
        }
        Ok(())
    }
}

/// A colour, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// Black.
    pub const BLACK: Self = Self([0; 3]);
    /// White.
    pub const WHITE: Self = Self([255; 3]);

    /// The contrast ratio of two colours, 1 to 21: <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>.
    pub fn contrast(self, other: Self) -> f32 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// A share of the way from this colour to another one, from 0 to 1.
    pub fn towards(self, other: Self, share: f32) -> Self {
        let part = |at: usize| {
            let (from, to) = (f32::from(self.0[at]), f32::from(other.0[at]));
            (from + (to - from) * share).round() as u8
        };
        Self([part(0), part(1), part(2)])
    }

    /// Moves towards another colour until it stands out from every ground as text has to, and no further.
    pub fn standing_out(self, grounds: &[Self], towards: Self) -> Self {
        let steps = (0..=20_u8).map(|step| self.towards(towards, f32::from(step) / 20.0));
        let stands_out = |colour: &Self| grounds.iter().all(|ground| colour.contrast(*ground) >= LEAST_CONTRAST);
        steps.into_iter().find(stands_out).unwrap_or(towards)
    }

    /// Relative luminance, 0 to 1: <https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>.
    pub fn luminance(self) -> f32 {
        let [r, g, b] = self.0.map(|part| {
            let part = f32::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }
}

impl TryFrom<String> for Colour {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, r, g, b] = number.ok_or_else(|| format!("`{text}` is not a colour: expected `#rrggbb`"))?.to_be_bytes();
        Ok(Self([r, g, b]))
    }
}

impl From<Colour> for String {
    fn from(Colour([r, g, b]): Colour) -> Self {
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brand(json: &str) -> Result<Brand, String> {
        let brand: Brand = serde_json::from_str(json).map_err(|error| error.to_string())?;
        brand.check().map(|()| brand)
    }

    #[test]
    fn colours_are_written_as_on_the_web() {
        let given = brand(r##"{"accent":"#FF8000"}"##).expect("is a colour");
        assert_eq!(given.accent, Some(Colour([255, 128, 0])));
        assert_eq!(serde_json::to_string(&given).expect("has a JSON form"), r##"{"accent":"#ff8000"}"##);
        for wrong in ["red", "#fff", "#12345g", "#+12345", "#ff80001"] {
            assert!(brand(&format!("{{\"accent\":\"{wrong}\"}}")).is_err_and(|message| message.contains(wrong)), "{wrong}");
        }
    }

    #[test]
    fn text_that_cannot_be_read_is_refused() {
        let message = brand(r##"{"text":"#888888","background":"#999999"}"##).expect_err("is grey on grey");
        assert!(message.contains("brand.text"), "{message}");
        assert!(brand(r##"{"text":"#222222","background":"#ffffff"}"##).is_ok());
        assert!(brand(r#"{"footer":"  "}"#).is_err());
    }

    #[test]
    fn a_colour_moves_no_further_than_it_must() {
        let white = [Colour::WHITE];
        let dark = Colour([10, 90, 168]);
        assert_eq!(dark.standing_out(&white, Colour::BLACK), dark);
        let yellow = Colour([255, 220, 0]).standing_out(&white, Colour::BLACK);
        assert!((4.5..6.5).contains(&yellow.contrast(Colour::WHITE)), "{yellow:?}");
    }
}
