//! A theme in the colours of a brand.

use crate::theme::{self, Style};
use domain::{Brand, Colour, Theme};

/// The style of a theme with a brand's colours in place of its own. All that is set on the ground stands out from it, whatever
/// the colours are; listings keep the ground and the colours of a theme that is as light or as dark as the brand's ground.
pub(crate) fn style(theme: Theme, brand: Option<&Brand>) -> Style {
    let own = theme::style(theme);
    let Some(brand) = brand.filter(|brand| brand.accent.or(brand.background).or(brand.text).is_some()) else {
        return own.clone();
    };
    let background = brand.background.unwrap_or_else(|| colour(&own.background));
    let base = base(own, background);
    let inset = colour(&base.inset);
    let strongest =
        if background.contrast(Colour::WHITE) > background.contrast(Colour::BLACK) { Colour::WHITE } else { Colour::BLACK };
    let wished = brand.text.unwrap_or(if brand.background.is_some() { strongest } else { colour(&own.text) });
    let mixed = |share: f32| background.towards(strongest, share);
    let (surface, ornament, zebra, chip) = (mixed(0.06), mixed(0.03), mixed(0.03), mixed(0.10));
    let grounds = [background, surface, ornament, zebra, chip, inset];
    let text = wished.standing_out(&grounds, strongest);
    let muted = text.towards(background, 0.35).standing_out(&grounds, text);
    let accent = brand.accent.unwrap_or_else(|| colour(&own.accent)).standing_out(&grounds, strongest);
    let on_accent = if accent.contrast(Colour::WHITE) > accent.contrast(Colour::BLACK) { Colour::WHITE } else { Colour::BLACK };
    Style {
        background: background.into(),
        surface: surface.into(),
        line: mixed(0.18).into(),
        ornament: ornament.into(),
        zebra: zebra.into(),
        chip: chip.into(),
        text: text.into(),
        muted: muted.into(),
        accent: accent.into(),
        on_accent: on_accent.into(),
        heading_font: own.heading_font.clone(),
        ..base.clone()
    }
}

/// The theme itself where the ground is as light or as dark as its own, else one that is.
fn base(own: &'static Style, background: Colour) -> &'static Style {
    let is_dark = |ground: Colour| ground.contrast(Colour::WHITE) > ground.contrast(Colour::BLACK);
    match is_dark(background) {
        dark if dark == is_dark(colour(&own.background)) => own,
        true => theme::style(Theme::Midnight),
        false => theme::style(Theme::Daylight),
    }
}

/// A colour of a theme.
pub(crate) fn colour(written: &str) -> Colour {
    Colour(theme::rgb(written).map(|part| (part * 255.0).round() as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_brand_a_theme_is_itself() {
        assert_eq!(&style(Theme::Chalk, None), theme::style(Theme::Chalk));
        let footer = Brand { footer: Some("ACME".to_owned()), ..Brand::default() };
        assert_eq!(&style(Theme::Chalk, Some(&footer)), theme::style(Theme::Chalk));
    }

    #[test]
    fn whatever_the_colours_text_stands_out_from_every_ground() {
        let levels = [0, 90, 128, 200, 255];
        let colours: Vec<Colour> =
            levels.iter().flat_map(|r| levels.iter().map(move |g| Colour([*r, *g, 255 - *r / 2]))).collect();
        for theme in Theme::ALL {
            for (index, background) in colours.iter().enumerate() {
                let accent = Some(colours[(index * 7 + 3) % colours.len()]);
                let brand = Brand { accent, background: Some(*background), ..Brand::default() };
                let style = style(theme, Some(&brand));
                for ground in [&style.background, &style.surface, &style.ornament, &style.zebra] {
                    for ink in [&style.text, &style.muted, &style.accent] {
                        let contrast = colour(ink).contrast(colour(ground));
                        assert!(contrast >= 4.4, "{ink} on {ground} is {contrast} for {background:?} in {}", theme.name());
                    }
                }
                assert!(colour(&style.on_accent).contrast(colour(&style.accent)) >= 4.5);
            }
        }
    }
}
