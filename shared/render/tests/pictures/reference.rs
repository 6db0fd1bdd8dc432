//! Pictures of every kind in every theme against stored ones. `LECTERN_BLESS=1` stores what is drawn now.

use crate::common;

use domain::Theme;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbaImage};
use render::Frame;
use std::path::{Path, PathBuf};

/// The mean difference of two colour values, of 255, up to which pictures count as equal: other processors may round otherwise.
const TOLERANCE: f64 = 0.25;

#[test]
#[expect(clippy::disallowed_methods, reason = "a test has no settings; this one is for the person who runs it")]
fn pictures_look_as_they_did() {
    let mut changed = Vec::new();
    for (name, visual) in common::samples() {
        for theme in Theme::ALL {
            let frame = common::draw(&visual, theme).unwrap_or_else(|error| panic!("{name}: {error}"));
            let path = reference(&format!("{name}-{}", theme.name()));
            if std::env::var_os("LECTERN_BLESS").is_some() {
                store(&frame, &path);
            } else if difference(&frame, &path) > TOLERANCE {
                store(&frame, &path.with_extension("new.png"));
                changed.push(path);
            }
        }
    }
    assert!(changed.is_empty(), "these differ; the new ones lie beside them as *.new.png: {changed:?}");
}

#[test]
fn every_reference_is_compared() {
    let names: Vec<String> =
        common::samples().iter().flat_map(|(name, _)| Theme::ALL.map(|theme| format!("{name}-{}.png", theme.name()))).collect();
    for entry in std::fs::read_dir(reference("x").parent().expect("a folder")).expect("the folder is there") {
        let file = entry.expect("readable").file_name().into_string().expect("a plain name");
        assert!(names.contains(&file) || file.ends_with(".new.png"), "{file} has no sample");
    }
}

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(format!("{name}.png"))
}

fn difference(frame: &Frame, path: &Path) -> f64 {
    let Ok(stored) = image::open(path) else {
        return f64::INFINITY;
    };
    let stored: RgbaImage = stored.to_rgba8();
    if stored.dimensions() != (frame.width, frame.height) {
        return f64::INFINITY;
    }
    let sum: u64 = stored.iter().zip(&frame.rgba).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    sum as f64 / frame.rgba.len() as f64
}

fn store(frame: &Frame, path: &Path) {
    let rgb: Vec<u8> = frame.rgba.chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
    let file = std::fs::File::create(path).expect("the folder can be written");
    PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::Adaptive)
        .write_image(&rgb, frame.width, frame.height, ExtendedColorType::Rgb8)
        .expect("a frame is a valid picture");
}
