//! What a brand brings along beside its colours: a logo and fonts.

use crate::{RenderError, figure};
use domain::Colour;
use typst::foundations::Bytes;
use typst::text::{Font, FontInfo};

/// The families under which templates find the fonts of a brand, whatever these are called.
const HEADING: &str = "Brand Heading";
const BODY: &str = "Brand Body";

/// The least contrast of a logo and its ground; a mark needs less than a text.
const LEAST_CONTRAST: f32 = 1.8;

/// A logo and fonts, read.
#[derive(Debug, Clone, Default)]
pub struct Kit {
    pub(crate) logo: Option<Logo>,
    /// Each with the family under which it is found.
    fonts: Vec<(&'static str, Font)>,
}

/// A logo as pixels.
#[derive(Debug, Clone)]
pub(crate) struct Logo {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Straight, not premultiplied.
    pub(crate) rgba: Vec<u8>,
    mean: Colour,
}

impl Kit {
    /// Reads a logo (PNG, JPEG, WebP or GIF), a font for headings and one for text (TTF or OTF).
    ///
    /// # Errors
    /// [`RenderError::Image`] and [`RenderError::Font`] if one of them is none.
    pub fn read(logo: Option<&[u8]>, heading: Option<Vec<u8>>, body: Option<Vec<u8>>) -> Result<Self, RenderError> {
        let font = |(family, bytes): (&'static str, Option<Vec<u8>>)| {
            bytes.map(|bytes| Font::new(Bytes::new(bytes), 0).map(|font| (family, font)).ok_or(RenderError::Font))
        };
        let fonts = [(HEADING, heading), (BODY, body)].into_iter().filter_map(font).collect::<Result<_, _>>()?;
        Ok(Self { logo: logo.map(Logo::read).transpose()?, fonts })
    }

    pub(crate) fn heading_family(&self) -> Option<&'static str> {
        self.family(HEADING)
    }

    pub(crate) fn body_family(&self) -> Option<&'static str> {
        self.family(BODY)
    }

    fn family(&self, wanted: &'static str) -> Option<&'static str> {
        self.fonts.iter().any(|(family, _)| *family == wanted).then_some(wanted)
    }

    /// The fonts, and what is said of them.
    pub(crate) fn fonts(&self) -> impl Iterator<Item = (FontInfo, Font)> {
        self.fonts.iter().map(|(family, font)| (FontInfo { family: (*family).to_owned(), ..font.info().clone() }, font.clone()))
    }
}

impl Logo {
    fn read(bytes: &[u8]) -> Result<Self, RenderError> {
        let image = figure::decode(bytes).map_err(RenderError::Image)?.to_rgba8();
        let (mut sum, mut weight) = ([0_u64; 3], 0_u64);
        for pixel in image.pixels() {
            let [colour @ .., alpha] = pixel.0;
            weight += u64::from(alpha);
            for (sum, part) in sum.iter_mut().zip(colour) {
                *sum += u64::from(part) * u64::from(alpha);
            }
        }
        let mean = Colour(sum.map(|sum| sum.checked_div(weight).unwrap_or(0) as u8));
        Ok(Self { width: image.width(), height: image.height(), rgba: image.into_raw(), mean })
    }

    /// The ground that a logo needs to be seen on another one; none where it needs none.
    pub(crate) fn plate(&self, background: Colour) -> Option<Colour> {
        let grounds = [Colour([255; 3]), Colour([17; 3])];
        let best = grounds.into_iter().max_by(|one, other| self.mean.contrast(*one).total_cmp(&self.mean.contrast(*other)));
        best.filter(|_| self.mean.contrast(background) < LEAST_CONTRAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
    use std::io::Cursor;

    fn png(pixel: [u8; 4]) -> Vec<u8> {
        let mut png = Cursor::new(Vec::new());
        let image = DynamicImage::from(RgbaImage::from_pixel(20, 10, Rgba(pixel)));
        image.write_to(&mut png, ImageFormat::Png).expect("in memory");
        png.into_inner()
    }

    #[test]
    fn a_logo_stands_on_a_plate_where_it_would_not_be_seen() {
        let plate = |pixel, ground| Logo::read(&png(pixel)).expect("an image").plate(Colour(ground)).map(|colour| colour.0);
        assert_eq!(plate([20, 30, 60, 255], [13, 20, 36]), Some([255; 3]));
        assert_eq!(plate([250, 250, 250, 255], [255; 3]), Some([17; 3]));
        assert_eq!(plate([200, 30, 60, 255], [13, 20, 36]), None);
        assert_eq!(plate([200, 30, 60, 0], [255; 3]), None, "what is transparent does not count");
    }

    #[test]
    fn a_kit_names_the_fonts_it_has() {
        let font = include_bytes!("../fonts/Vollkorn-SemiBold.ttf").to_vec();
        let kit = Kit::read(None, Some(font), None).expect("a font");
        assert_eq!((kit.heading_family(), kit.body_family()), (Some(HEADING), None));
        let infos: Vec<String> = kit.fonts().map(|(info, _)| info.family).collect();
        assert_eq!(infos, [HEADING], "not by its own name, which an embedded font may have too");
        assert!(matches!(Kit::read(None, None, Some(b"no font".to_vec())), Err(RenderError::Font)));
        assert!(matches!(Kit::read(Some(b"<svg/>"), None, None), Err(RenderError::Image(_))));
    }
}
