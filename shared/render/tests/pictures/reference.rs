//! Pictures of every kind in every theme, and of every script in two, against stored ones. `LECTERN_BLESS=1` stores what is drawn
//! now. Those of other scripts need the fonts layer, and are compared where there is one.

use crate::{captions, common, languages, scripts};

use domain::captions::CaptionWord;
use domain::{CaptionStyle, Shape, Theme, Visual};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageEncoder, RgbaImage, imageops};
use render::{CaptionPicture, Frame, Picture};
use std::path::{Path, PathBuf};

/// The mean difference of two colour values, of 255, up to which pictures count as equal: other processors may round otherwise.
const TOLERANCE: f64 = 0.25;

/// The shapes that are compared: the two that differ most.
const SHAPES: [Shape; 2] = [Shape::Wide, Shape::Tall];

/// The themes in which other scripts are compared.
const SCRIPT_THEMES: [Theme; 2] = [Theme::Midnight, Theme::Paper];

#[test]
#[expect(clippy::disallowed_methods, reason = "a test has no settings; this one is for the person who runs it")]
fn pictures_look_as_they_did() {
    let mut changed = Vec::new();
    let mut compare = |name: &str, theme, shape, frame: &Frame| {
        let (frame, path) = (halved(frame), reference(&file_name(name, theme, shape)));
        if std::env::var_os("LECTERN_BLESS").is_some() {
            store(&frame, &path);
        } else if difference(&frame, &path) > TOLERANCE {
            store(&frame, &path.with_extension("new.png"));
            changed.push(path);
        }
    };
    let has_fonts = scripts::with_fonts();
    for Sample { name, language, visual, theme, shape, .. } in samples().filter(|sample| has_fonts || !sample.needs_fonts) {
        let picture = Picture { language, ..common::picture(&visual, theme, shape) };
        compare(name, theme, shape, &render::draw(&picture).unwrap_or_else(|error| panic!("{name}: {error}")));
    }
    for (theme, shape) in looks() {
        let visual = common::slide(&["The Moon pulls at the water", "The water follows", "Every coast sees two tides a day"]);
        let picture = common::picture(&visual, theme, shape);
        let lines = captions::words(&captions::LINES);
        for style in CaptionStyle::ALL {
            compare(&captioned_name(style), theme, shape, &captioned(&picture, &lines, style));
        }
    }
    for (name, language, visual, lines) in foreign_captioned().into_iter().filter(|_| has_fonts) {
        for (theme, shape) in SCRIPT_THEMES.into_iter().flat_map(|theme| SHAPES.map(|shape| (theme, shape))) {
            let picture = Picture { language, ..common::picture(&visual, theme, shape) };
            compare(&name, theme, shape, &captioned(&picture, &lines, CaptionStyle::Karaoke));
        }
    }
    assert!(changed.is_empty(), "these differ; the new ones lie beside them as *.new.png: {changed:?}");
}

#[test]
fn every_reference_is_compared() {
    let plain = samples().map(|one| file_name(one.name, one.theme, one.shape));
    let captioned =
        looks().flat_map(|(theme, shape)| CaptionStyle::ALL.map(|style| file_name(&captioned_name(style), theme, shape)));
    let foreign = foreign_captioned().into_iter().flat_map(|(name, ..)| {
        let looks = SCRIPT_THEMES.into_iter().flat_map(|theme| SHAPES.map(|shape| (theme, shape)));
        looks.map(move |(theme, shape)| file_name(&name, theme, shape))
    });
    let names: Vec<String> = plain.chain(captioned).chain(foreign).map(|name| format!("{name}.png")).collect();
    for entry in std::fs::read_dir(reference("x").parent().expect("a folder")).expect("the folder is there") {
        let file = entry.expect("readable").file_name().into_string().expect("a plain name");
        assert!(names.contains(&file) || file.ends_with(".new.png"), "{file} has no sample");
    }
}

/// Every theme in every shape that is compared.
fn looks() -> impl Iterator<Item = (Theme, Shape)> {
    Theme::ALL.into_iter().flat_map(|theme| SHAPES.map(|shape| (theme, shape)))
}

/// A picture to compare.
struct Sample {
    name: &'static str,
    language: &'static str,
    visual: Visual,
    theme: Theme,
    shape: Shape,
    needs_fonts: bool,
}

/// Every sample in every theme and every shape that is compared; those of other scripts in one dark and one light theme.
fn samples() -> impl Iterator<Item = Sample> {
    let plain = common::samples().into_iter().map(|(name, visual)| (name, "en", visual, &Theme::ALL[..], false));
    let foreign =
        languages::samples().into_iter().map(|(name, language, visual)| (name, language, visual, &SCRIPT_THEMES[..], true));
    plain.chain(foreign).flat_map(|(name, language, visual, themes, needs_fonts)| {
        let looks = themes.iter().flat_map(|theme| SHAPES.map(|shape| (*theme, shape)));
        looks.map(move |(theme, shape)| Sample { name, language, visual: visual.clone(), theme, shape, needs_fonts })
    })
}

fn captioned_name(style: CaptionStyle) -> String {
    format!("captions-{}", style.name())
}

/// Slides in other scripts under captions in them: name, language, slide, and the caption.
fn foreign_captioned() -> Vec<(String, &'static str, Visual, Vec<Vec<CaptionWord>>)> {
    let slide = |language: &str| {
        let mut slides = languages::samples().into_iter().filter(|(name, of, _)| *of == language && name.ends_with("-slide"));
        slides.next().expect("a slide in every script")
    };
    let captioned = |(language, lines)| {
        let (name, _, visual) = slide(language);
        (format!("captions-{name}"), language, visual, lines)
    };
    captions::foreign().into_iter().map(captioned).collect()
}

/// A picture under a caption of which one word is said.
fn captioned(picture: &Picture<'_>, lines: &[Vec<CaptionWord>], style: CaptionStyle) -> Frame {
    let picture = Picture { leaves_room_for_captions: true, ..picture.clone() };
    let Picture { theme, brand, size, shape, language, kit, .. } = picture;
    let caption = CaptionPicture { lines, style, theme, brand, size, shape, language, kit };
    let mut frame = render::draw(&picture).expect("drawn");
    let strip = render::draw_caption(&caption).expect("drawn");
    // The third word of the last line.
    let said = lines.iter().map(Vec::len).sum::<usize>() - lines.last().map_or(0, Vec::len) + 2;
    let rows = &mut frame.rgba[(strip.top * strip.width * 4) as usize..];
    for (under, over) in rows.iter_mut().zip(strip.saying(&[said]).chunks_exact(4).flat_map(|pixel| {
        let opacity = pixel[3];
        [(pixel[0], opacity), (pixel[1], opacity), (pixel[2], opacity), (255, 255)]
    })) {
        *under = over.0.saturating_add((u16::from(*under) * u16::from(255 - over.1) / 255) as u8);
    }
    frame
}

fn file_name(sample: &str, theme: Theme, shape: Shape) -> String {
    format!("{sample}-{}-{}", theme.name(), shape.name().replace(':', "x"))
}

/// The picture at half its size, which keeps the stored ones small.
fn halved(frame: &Frame) -> RgbaImage {
    let whole = RgbaImage::from_raw(frame.width, frame.height, frame.rgba.clone()).expect("a frame has all its pixels");
    imageops::thumbnail(&whole, frame.width / 2, frame.height / 2)
}

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(format!("{name}.png"))
}

fn difference(picture: &RgbaImage, path: &Path) -> f64 {
    let Ok(stored) = image::open(path) else {
        return f64::INFINITY;
    };
    let stored: RgbaImage = stored.to_rgba8();
    if stored.dimensions() != picture.dimensions() {
        return f64::INFINITY;
    }
    let sum: u64 = stored.iter().zip(picture.iter()).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    sum as f64 / stored.len() as f64
}

fn store(picture: &RgbaImage, path: &Path) {
    let rgb = DynamicImage::from(picture.clone()).to_rgb8();
    let file = std::fs::File::create(path).expect("the folder can be written");
    PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::Adaptive)
        .write_image(&rgb, rgb.width(), rgb.height(), image::ExtendedColorType::Rgb8)
        .expect("a frame is a valid picture");
}
