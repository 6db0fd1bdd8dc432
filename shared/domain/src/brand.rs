//! The look of whoever a video is made for.

use crate::ContentHash;
use serde::{Deserialize, Serialize};

/// The least contrast of text and ground, by WCAG 2.2 (<https://www.w3.org/TR/WCAG22/#contrast-minimum>).
const LEAST_CONTRAST: f32 = 4.5;
/// The most characters of a footer.
const LONGEST_FOOTER: usize = 60;

/// The most characters of the title of a card, and of the text below it.
const LONGEST_CARD: usize = 80;

/// What takes the place of the theme's: colours, fonts, a footer, a logo, and a card before and behind the video. What is not given
/// stays the theme's, or follows from what is given.
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
    /// The logo at the bottom of every picture and on the cards: PNG, JPEG, WebP or GIF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<BrandFile>,
    /// The font of headings: TTF or OTF. The theme's stands in for what it lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading_font: Option<BrandFile>,
    /// The font of text, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_font: Option<BrandFile>,
    /// A card before the first scene.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intro: Option<BrandCard>,
    /// A card behind the last scene.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outro: Option<BrandCard>,
}

impl Brand {
    /// Its files by the names of their fields.
    pub fn files(&self) -> [(&'static str, Option<&BrandFile>); 3] {
        [("logo", self.logo.as_ref()), ("heading_font", self.heading_font.as_ref()), ("body_font", self.body_font.as_ref())]
    }

    /// The same, to be put in place of what came.
    pub fn files_mut(&mut self) -> [(&'static str, &mut Option<BrandFile>); 3] {
        [("logo", &mut self.logo), ("heading_font", &mut self.heading_font), ("body_font", &mut self.body_font)]
    }

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
        for (name, card) in [("intro", &self.intro), ("outro", &self.outro)] {
            if let Some(card) = card {
                card.check(self.logo.is_some()).map_err(|fault| format!("`brand.{name}` {fault}"))?;
            }
        }
        Ok(())
    }
}

/// A file of a brand: the address of one that is stored, or in a request the file itself as a data URI in base64
/// (<https://www.rfc-editor.org/rfc/rfc2397>). What the URI says it holds does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum BrandFile {
    /// What is stored under an address.
    Stored(ContentHash),
    /// The part of a data URI behind the comma.
    Given {
        /// Standard base64.
        base64: String,
    },
}

impl BrandFile {
    /// The address, where it is stored.
    pub fn address(&self) -> Option<&ContentHash> {
        match self {
            Self::Stored(address) => Some(address),
            Self::Given { .. } => None,
        }
    }
}

impl TryFrom<String> for BrandFile {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let given = text.strip_prefix("data:").and_then(|uri| uri.split_once(";base64,"));
        if let Some((_, base64)) = given {
            return Ok(Self::Given { base64: base64.to_owned() });
        }
        let address = ContentHash::parse(&text).map(Self::Stored);
        address.ok_or_else(|| "expected a data URI in base64, or the address of what was sent before".to_owned())
    }
}

impl From<BrandFile> for String {
    fn from(file: BrandFile) -> Self {
        match file {
            BrandFile::Stored(address) => address.to_string(),
            BrandFile::Given { base64 } => format!("data:application/octet-stream;base64,{base64}"),
        }
    }
}

/// A card that opens or closes a video: the logo and what is said about it, without a voice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrandCard {
    /// A line in large type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A line below it, such as an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How long it is seen; 4 s where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u8>,
}

impl BrandCard {
    /// How long it may be seen, in seconds.
    pub const SECONDS: std::ops::RangeInclusive<u8> = 2..=8;
    const USUAL_SECONDS: u8 = 4;

    /// How long it is seen, in seconds.
    pub fn seconds(&self) -> u8 {
        self.seconds.unwrap_or(Self::USUAL_SECONDS)
    }

    fn check(&self, has_logo: bool) -> Result<(), String> {
        if !Self::SECONDS.contains(&self.seconds()) {
            return Err(format!("lasts {} s, expected {} to {}", self.seconds(), Self::SECONDS.start(), Self::SECONDS.end()));
        }
        let texts = [&self.title, &self.text].into_iter().flatten();
        if texts.clone().any(|text| !(1..=LONGEST_CARD).contains(&text.trim().chars().count())) {
            return Err(format!("has a text that is not 1 to {LONGEST_CARD} characters long"));
        }
        if self.title.is_none() && !has_logo { Err("has neither a title nor a logo".to_owned()) } else { Ok(()) }
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
    fn files_are_data_or_addresses() {
        let given = brand(r#"{"logo":"data:image/png;base64,aGk="}"#).expect("is a file");
        assert_eq!(given.logo, Some(BrandFile::Given { base64: "aGk=".to_owned() }));
        let address = ContentHash::of(["logo"]);
        let stored = brand(&format!("{{\"logo\":\"{address}\"}}")).expect("is an address");
        assert_eq!(stored.logo.as_ref().and_then(BrandFile::address), Some(&address));
        assert_eq!(serde_json::to_value(&stored).expect("has a JSON form")["logo"], address.to_string());
        for wrong in ["https://example.org/logo.png", "../logo.png", "data:image/png,hi", ""] {
            assert!(brand(&format!("{{\"logo\":\"{wrong}\"}}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn cards_show_something_for_a_few_seconds() {
        assert!(brand(r#"{"intro":{"title":"ACME"}}"#).is_ok());
        for (wrong, named) in [
            (r#"{"intro":{}}"#, "neither"),
            (r#"{"outro":{"title":"ACME","seconds":60}}"#, "60 s"),
            (r#"{"outro":{"title":" "}}"#, "characters"),
        ] {
            assert!(brand(wrong).is_err_and(|message| message.contains(named)), "{wrong}");
        }
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
