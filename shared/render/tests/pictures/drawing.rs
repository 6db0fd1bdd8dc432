//! Drawing as a whole: the same every time, from any thread, without growing, and safe from hostile figures.

use crate::common;

use domain::{ContentHash, Figure, FigureSource, FrameSize, Rect, Shape, Theme, Visual};
use image::{ImageFormat, Rgba, RgbaImage};
use render::{Footer, Kit, Picture, PictureSource, RenderError};
use std::io::Cursor;

fn draw_from(visual: &Visual, source: PictureSource<'_>) -> Result<render::Frame, RenderError> {
    render::draw(&Picture {
        visual,
        language: "en",
        theme: Theme::Midnight,
        brand: None,
        size: FrameSize::P480,
        shape: Shape::Wide,
        footer: Footer::default(),
        source,
        step: None,
        leaves_room_for_captions: false,
        marked: None,
        kit: None,
    })
}

fn image_visual() -> Visual {
    let source = FigureSource::Image { hash: ContentHash::of(["image"]), media_type: "image/png".to_owned() };
    Visual::Figure {
        eyebrow: None,
        title: "An image".to_owned(),
        figure: Figure { caption: None, label: None, source },
        bullets: Vec::new(),
    }
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    RgbaImage::from_pixel(width, height, Rgba([200, 30, 30, 255])).write_to(&mut png, ImageFormat::Png).expect("in memory");
    png.into_inner()
}

#[test]
fn the_same_picture_has_the_same_pixels() {
    render::warm();
    for (name, visual) in common::samples() {
        let once = common::draw(&visual, Theme::Paper, Shape::Wide).expect(name);
        let again = common::draw(&visual, Theme::Paper, Shape::Wide).expect(name);
        assert!(once == again, "{name}");
    }
}

#[test]
fn threads_draw_side_by_side() {
    let samples = common::samples();
    let alone: Vec<_> =
        samples.iter().map(|(name, visual)| common::draw(visual, Theme::Midnight, Shape::Wide).expect(name)).collect();
    let together = std::thread::scope(|scope| {
        let draw = |visual| scope.spawn(move || common::draw(visual, Theme::Midnight, Shape::Wide).expect("drawn"));
        let threads: Vec<_> = samples.iter().map(|(_, visual)| draw(visual)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread breaks")).collect::<Vec<_>>()
    });
    assert!(alone == together);
}

#[test]
fn a_frame_becomes_a_png_of_its_size() {
    let frame = common::draw(&common::slide(&["One"]), Theme::Paper, Shape::Wide).expect("drawn");
    let decoded = image::load_from_memory(&frame.png().expect("encoded")).expect("a valid PNG").to_rgba8();
    assert_eq!(decoded.dimensions(), (frame.width, frame.height));
    assert!(decoded.into_raw() == frame.rgba);
}

#[test]
fn an_image_is_drawn_in_its_colours() {
    let frame = draw_from(&image_visual(), PictureSource::Image(&png(400, 200))).expect("drawn");
    let red = frame.rgba.chunks_exact(4).filter(|pixel| pixel[0] == 200 && pixel[1] == 30).count();
    assert!(red > 20_000, "{red} red pixels");
}

#[test]
fn a_figure_needs_the_bytes_it_is_drawn_from() {
    let page = common::figure(1, common::CURVE, &[]);
    for (visual, source) in [
        (&page, PictureSource::None),
        (&page, PictureSource::Image(common::PAPER)),
        (&image_visual(), PictureSource::Pdf(common::PAPER)),
    ] {
        assert!(matches!(draw_from(visual, source), Err(RenderError::SourceMissing)));
    }
}

#[test]
fn pages_that_are_not_there_are_refused() {
    for page in [0, 3, u32::MAX] {
        let result = draw_from(&common::figure(page, common::CURVE, &[]), PictureSource::Pdf(common::PAPER));
        assert!(matches!(result, Err(RenderError::Pdf { .. })), "page {page}");
    }
}

#[test]
fn odd_regions_are_drawn_all_the_same() {
    let rect = |x, y, width, height| Rect { x, y, width, height };
    for rect in [
        rect(0.0, 0.0, 0.0, 0.0),
        rect(-50.0, -50.0, 1e9, 1e9),
        rect(f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::NAN),
        rect(594.0, 0.0, 4.0, 800.0),
        rect(0.0, 500.0, 595.0, 5.0),
    ] {
        draw_from(&common::figure(1, rect, &[]), PictureSource::Pdf(common::PAPER)).expect("a region is found");
    }
}

#[test]
fn damaged_documents_end_in_a_picture_or_an_error() {
    let visual = common::figure(1, common::CURVE, &[]);
    let mut drawn = 0;
    for at in (0..common::PAPER.len()).step_by(97) {
        let mut flipped = common::PAPER.to_vec();
        flipped[at] ^= 0x55;
        drawn += usize::from(draw_from(&visual, PictureSource::Pdf(&flipped)).is_ok());
        drawn += usize::from(draw_from(&visual, PictureSource::Pdf(&common::PAPER[..at])).is_ok());
    }
    assert!(drawn > 0);
    assert!(matches!(draw_from(&visual, PictureSource::Pdf(b"no document")), Err(RenderError::Pdf { .. })));
}

#[test]
fn hostile_images_are_refused() {
    let mut bomb = png(8, 8);
    // The width of the header says 65,000 pixels; its checksum is made right again.
    bomb[16..24].copy_from_slice(&[0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe8]);
    let checksum = crc(&bomb[12..29]).to_be_bytes();
    bomb[29..33].copy_from_slice(&checksum);
    let whole = png(64, 64);
    for bytes in [&bomb[..], &whole[..40], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"GIF89a"] {
        let result = draw_from(&image_visual(), PictureSource::Image(bytes));
        assert!(matches!(result, Err(RenderError::Image(_))), "{} bytes: {result:?}", bytes.len());
    }
}

/// CRC-32 as PNG has it: <https://www.w3.org/TR/png-3/#D-CRCAppendix>.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_bounded_over_many_pictures() {
    let resident_mb = || {
        let status = std::fs::read_to_string("/proc/self/status").expect("the system reports memory");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line about resident memory");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("a number") / 1024
    };
    let draw = |number: usize| {
        let visual = common::slide(&[&format!("Picture number {number} with $x_{{{number}}}$ and `code_{number}`"), "Another"]);
        common::draw(&visual, Theme::Paper, Shape::Wide).expect("drawn");
    };
    (0..60).for_each(draw);
    let before = resident_mb();
    (60..300).for_each(draw);
    let after = resident_mb();
    assert!(after < 300 && after < before + 30, "{before} MB, then {after} MB");
}

/// One colour value of so many may change where smooth edges of two parts meet.
const MEETING: usize = 400;

#[test]
fn a_step_only_adds_to_what_stands_there() {
    let mut with_steps = 0;
    for (name, visual) in common::samples() {
        let steps = render::steps(&visual);
        with_steps += usize::from(steps > 0);
        for shape in Shape::ALL {
            let draw = |step| {
                let picture = Picture { step, ..common::picture(&visual, Theme::Paper, shape) };
                render::draw(&picture).expect(name).rgba
            };
            let name = format!("{name} at {}", shape.name());
            let (bare, whole) = (draw(Some(0)), draw(None));
            assert!(draw(Some(steps)) == whole, "{name}: after its last step a picture is whole");
            let mut before = bare.clone();
            for step in 1..=steps {
                let after = draw(Some(step));
                assert!(after != before, "{name}: step {step} shows nothing new");
                let moved = (0..after.len()).filter(|at| after[*at] != bare[*at] && after[*at] != whole[*at]).count();
                assert!(moved <= after.len() / MEETING, "{name}: step {step} moves things");
                before = after;
            }
        }
    }
    assert!(with_steps > 5);
}

#[test]
fn a_mark_is_seen_and_moves_nothing() {
    let mut with_parts = 0;
    for (name, visual) in common::samples() {
        let parts = render::parts(&visual);
        with_parts += usize::from(parts > 0);
        for shape in [Shape::Wide, Shape::Tall] {
            let picture = |marked| Picture { marked, ..common::picture(&visual, Theme::Chalk, shape) };
            let draw = |marked| render::draw(&picture(marked)).expect(name).rgba;
            let mut before = draw(None);
            // The lines of a listing that are too many are not shown, and the last rows of a table.
            for part in 1..=parts.min(3) {
                assert_eq!(render::check(&picture(Some(part))).expect(name), [], "{name}: part {part}");
                let after = draw(Some(part));
                assert!(after != before, "{name}: part {part} does not stand out at {}", shape.name());
                before = after;
            }
        }
    }
    assert!(with_parts > 8);
}

#[test]
fn a_brand_brings_its_logo_and_its_fonts() {
    let kit = |logo: Option<&[u8]>, font: Option<&[u8]>| {
        Kit::read(logo, font.map(<[u8]>::to_vec), font.map(<[u8]>::to_vec)).expect("can be read")
    };
    let font: &[u8] = include_bytes!("../../fonts/JetBrainsMono-Bold.ttf");
    let visual = common::slide(&["Momentum", "Ελληνικά, Кириллица, → ∇ ✓"]);
    for shape in Shape::ALL {
        let plain = common::picture(&visual, Theme::Paper, shape);
        let draw = |kit: &Kit| {
            let picture = Picture { kit: Some(kit), ..plain.clone() };
            assert_eq!(render::check(&picture).expect("laid out"), [], "{}", shape.name());
            render::draw(&picture).expect("drawn").rgba
        };
        let bare = render::draw(&plain).expect("drawn").rgba;
        assert!(draw(&Kit::default()) == bare, "nothing in the kit, nothing in the picture");
        let logo = draw(&kit(Some(&png(400, 200)), None));
        let red = logo.chunks_exact(4).filter(|pixel| pixel[0] == 200 && pixel[1] == 30).count();
        assert!(red > 100, "{red} red pixels at {}", shape.name());
        assert!(draw(&kit(None, Some(font))) != bare);
    }
}
