//! Themes as data: one JSON file with colours and families and one `tmTheme` for code each.

use domain::Theme;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The colours (`#rrggbb` or `#rrggbbaa`) and font families of a theme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Style {
    /// The name, which is also that of its `tmTheme`.
    pub(crate) name: String,
    /// The ground.
    pub(crate) background: String,
    /// Cards on the ground.
    pub(crate) surface: String,
    /// The ground of listings.
    pub(crate) inset: String,
    /// Hairlines.
    pub(crate) line: String,
    /// Large quiet shapes on the ground.
    pub(crate) ornament: String,
    /// Text.
    pub(crate) text: String,
    /// Secondary text.
    pub(crate) muted: String,
    /// The one colour that guides the eye.
    pub(crate) accent: String,
    /// Text on the accent.
    pub(crate) on_accent: String,
    /// The edge of a stressed line of code.
    pub(crate) stress: String,
    /// The ground of a stressed line of code.
    pub(crate) stress_fill: String,
    /// The ground of inline code.
    pub(crate) chip: String,
    /// Every second row of a table.
    pub(crate) zebra: String,
    /// The card behind figures of the document.
    pub(crate) card: String,
    /// What tells the series of a graph apart: six colours, on which text in the colour of the ground can be read.
    pub(crate) series: Vec<String>,
    /// The family of headings.
    pub(crate) heading_font: String,
    /// The family of text.
    pub(crate) text_font: String,
    /// The family of code.
    pub(crate) code_font: String,
    /// The family that stands in for missing signs.
    pub(crate) symbol_font: String,
}

static MIDNIGHT: LazyLock<Style> = LazyLock::new(|| read(include_str!("../themes/midnight.json")));
static PAPER: LazyLock<Style> = LazyLock::new(|| read(include_str!("../themes/paper.json")));
static CHALK: LazyLock<Style> = LazyLock::new(|| read(include_str!("../themes/chalk.json")));
static DAYLIGHT: LazyLock<Style> = LazyLock::new(|| read(include_str!("../themes/daylight.json")));

/// The style of a theme.
pub(crate) fn style(theme: Theme) -> &'static Style {
    match theme {
        Theme::Midnight => &MIDNIGHT,
        Theme::Paper => &PAPER,
        Theme::Chalk => &CHALK,
        Theme::Daylight => &DAYLIGHT,
    }
}

/// The colours of code of every theme, by the path under which templates find them.
pub(crate) const CODE_THEMES: [(&str, &str); 4] = [
    ("/themes/midnight.tmTheme", include_str!("../themes/midnight.tmTheme")),
    ("/themes/paper.tmTheme", include_str!("../themes/paper.tmTheme")),
    ("/themes/chalk.tmTheme", include_str!("../themes/chalk.tmTheme")),
    ("/themes/daylight.tmTheme", include_str!("../themes/daylight.tmTheme")),
];

fn read(json: &str) -> Style {
    serde_json::from_str(json).expect("an embedded theme has every field, as a test shows")
}

/// The red, green and blue parts of a colour, 0 to 1.
pub(crate) fn rgb(colour: &str) -> [f32; 3] {
    let part = |at: usize| colour.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
    [1, 3, 5].map(|at| f32::from(part(at)) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast ratio of two colours, by WCAG 2.2: <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>.
    fn contrast(one: &str, other: &str) -> f32 {
        let luminance = |colour: &str| {
            let [r, g, b] = rgb(colour).map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_stands_out_from_every_ground_it_is_set_on() {
        for theme in Theme::ALL {
            let style = style(theme);
            let grounds = [&style.background, &style.surface, &style.inset, &style.ornament, &style.zebra];
            for ground in grounds {
                for ink in [&style.text, &style.muted, &style.accent] {
                    assert!(contrast(ink, ground) >= 4.5, "{}: {ink} on {ground} is {}", style.name, contrast(ink, ground));
                }
            }
            assert_eq!(style.series.len(), 6, "{}", style.name);
            for colour in &style.series {
                let ratio = contrast(colour, &style.background);
                assert!(ratio >= 4.5, "{}: series {colour} has {ratio}", style.name);
            }
            assert!(contrast(&style.text, &style.chip) >= 4.5, "{}: inline code", style.name);
            assert!(contrast(&style.on_accent, &style.accent) >= 4.5, "{}: on accent", style.name);
        }
    }

    /// What a template makes of a colour that is not text where a part is softened: `faded` in `base.typ`.
    fn faded(colour: &str, background: &str) -> String {
        let (colour, background) = (rgb(colour), rgb(background));
        let part = |at: usize| ((0.3 * colour[at] + 0.7 * background[at]) * 255.0).round() as u8;
        format!("#{:02x}{:02x}{:02x}", part(0), part(1), part(2))
    }

    #[test]
    fn text_stands_out_from_what_is_softened() {
        for theme in Theme::ALL {
            let style = style(theme);
            for colour in style.series.iter().chain([&style.accent]) {
                let ground = faded(colour, &style.background);
                let ratio = contrast(&style.text, &ground);
                assert!(ratio >= 4.5, "{}: text on {ground} has {ratio}", style.name);
            }
        }
    }

    #[test]
    fn code_stands_out_from_its_ground() {
        for (path, xml) in CODE_THEMES {
            let colours: Vec<&str> =
                xml.split("<string>").skip(1).filter_map(|rest| rest.get(..7)).filter(|text| text.starts_with('#')).collect();
            let (ground, inks) = colours.split_first().expect("a theme has colours");
            assert!(inks.len() > 10, "{path}");
            for ink in inks {
                assert!(contrast(ink, ground) >= 4.5, "{path}: {ink} on {ground} is {}", contrast(ink, ground));
            }
        }
    }

    #[test]
    fn every_theme_goes_by_its_own_name() {
        for theme in Theme::ALL {
            assert_eq!(style(theme).name, theme.name());
        }
    }
}
