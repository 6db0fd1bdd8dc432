//! Captions that are drawn into pictures: within the safe area, clear of content, and with one word standing out.

use crate::{common, scripts};

use domain::captions::CaptionWord;
use domain::{Brand, CaptionStyle, Colour, FrameSize, Shape, Theme};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use render::{CaptionPicture, CaptionStrip, Kit, Picture};

/// What a caption is drawn of.
pub(crate) fn words(lines: &[&str]) -> Vec<Vec<CaptionWord>> {
    let word = |(at, text): (usize, &str)| CaptionWord { text: text.to_owned(), after_blank: at > 0, begin_ms: 0, end_ms: 1 };
    lines.iter().map(|line| line.split(' ').enumerate().map(word).collect()).collect()
}

pub(crate) const LINES: [&str; 2] = ["sees two high tides", "and two low tides a day,"];

fn drawn(lines: &[&str], style: CaptionStyle, theme: Theme, size: FrameSize, shape: Shape) -> CaptionStrip {
    let lines = words(lines);
    render::draw_caption(&CaptionPicture { lines: &lines, style, theme, brand: None, size, shape, language: "en", kit: None })
        .expect("any text can be drawn")
}

/// The pixels of the frame in which something of a strip is: the least and the greatest column and row.
fn extent(strip: &CaptionStrip, pixels: &[u8]) -> Option<[u32; 4]> {
    let opaque = pixels.chunks_exact(4).enumerate().filter(|(_, pixel)| pixel[3] > 0);
    let places = opaque.map(|(at, _)| (at as u32 % strip.width, strip.top + at as u32 / strip.width));
    places.fold(None, |extent, (x, y)| {
        let [left, top, right, bottom] = extent.unwrap_or([x, y, x, y]);
        Some([left.min(x), top.min(y), right.max(x), bottom.max(y)])
    })
}

/// Whether what is drawn lies within the title-safe area and, upright, above the controls of apps.
fn is_safe([left, top, right, bottom]: [u32; 4], size: FrameSize, shape: Shape) -> bool {
    let (width, height) = (f64::from(size.width(shape)), f64::from(size.height(shape)));
    let lowest = if shape == Shape::Tall { 0.8 } else { 0.95 };
    f64::from(left) >= 0.05 * width
        && f64::from(right) < 0.95 * width
        && f64::from(top) >= 0.05 * height
        && f64::from(bottom) < lowest * height
}

#[test]
fn a_caption_has_room_in_every_style_size_and_shape() {
    let wide = "W".repeat(42);
    let texts: [&[&str]; 6] = [
        &LINES,
        &["Yes."],
        &[&wide, &wide],
        &["月は海の水を引き寄せ、水はそれに従い、", "月の下で盛り上がります。"],
        &["שלום עולם, זה קו אחד", "וזה קו שני."],
        &["\u{1f393}\u{1f393} x\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}", "a"],
    ];
    for style in CaptionStyle::ALL {
        for shape in Shape::ALL {
            for (lines, size) in texts.into_iter().flat_map(|lines| [FrameSize::P480, FrameSize::P1080].map(|size| (lines, size)))
            {
                let strip = drawn(lines, style, Theme::Paper, size, shape);
                let all: Vec<usize> = (0..lines.iter().flat_map(|line| line.split(' ')).count()).collect();
                for pixels in [strip.saying(&[]), strip.saying(&all)] {
                    assert_eq!(pixels.len(), (strip.width * strip.height * 4) as usize);
                    let extent = extent(&strip, &pixels).expect("something is drawn");
                    let name = format!("{} at {} in {}: {extent:?} for {lines:?}", style.name(), shape.name(), size.name());
                    assert!(is_safe(extent, size, shape), "{name}");
                    // Nothing is cut off: the strip has air on all its sides, or just ends.
                    assert!(extent[1] >= strip.top && extent[3] < strip.top + strip.height, "{name}");
                }
                let is_even = strip.top.is_multiple_of(2) && strip.height.is_multiple_of(2);
                assert!(is_even && strip.width == size.width(shape));
            }
        }
    }
}

#[test]
fn the_word_that_is_said_stands_out_and_nothing_else_changes() {
    for style in CaptionStyle::ALL {
        for (theme, shape) in Theme::ALL.into_iter().flat_map(|theme| Shape::ALL.map(|shape| (theme, shape))) {
            let strip = drawn(&LINES, style, theme, FrameSize::P720, shape);
            let plain = strip.saying(&[]);
            let changed = |said: &[usize]| -> Vec<usize> {
                let pixels = strip.saying(said);
                (0..plain.len() / 4).filter(|at| pixels[at * 4..at * 4 + 4] != plain[at * 4..at * 4 + 4]).collect()
            };
            let name = format!("{} in {} at {}", style.name(), theme.name(), shape.name());
            let mut before: Option<(usize, usize)> = None;
            for word in 0..9 {
                let places = changed(&[word]);
                let columns = places.iter().map(|at| at % strip.width as usize);
                let (left, right) = (columns.clone().min().expect("stands out"), columns.max().expect("stands out"));
                let row = places.iter().map(|at| at / strip.width as usize).min().expect("stands out");
                assert!(places.len() > 40 && right - left < strip.width as usize / 4, "{name}: word {word}");
                // Words of a line follow each other from the left, the second line below the first.
                if let Some((former_row, former_right)) = before {
                    let is_next_line = word == 4;
                    assert!(if is_next_line { row > former_row + 5 } else { left > former_right }, "{name}: word {word}");
                }
                before = Some((row, right));
            }
            let each: usize = (0..9).map(|word| changed(&[word]).len()).sum();
            assert_eq!(each, changed(&[0, 1, 2, 3, 4, 5, 6, 7, 8]).len(), "{name}: words overlap");
            assert_eq!(changed(&[99]), Vec::<usize>::new());
        }
    }
}

/// A caption in a script of the layer, by language.
pub(crate) fn foreign() -> Vec<(&'static str, Vec<Vec<CaptionWord>>)> {
    let spaced = |lines: &[&str]| words(lines);
    let unspaced = |lines: &[&str]| {
        let word = |text: &str| CaptionWord { text: text.to_owned(), after_blank: false, begin_ms: 0, end_ms: 1 };
        lines.iter().map(|line| domain::words(line).into_iter().map(word).collect()).collect()
    };
    vec![
        ("ar", spaced(&["يجذب القمر مياه المحيطات إليه،", "فتتبعه المياه في GPU 3.5 مرّات."])),
        ("he", spaced(&["הירח מושך אליו את מי הים,", "והמים עולים תחתיו."])),
        ("hi", spaced(&["चाँद समुद्र के पानी को खींचता है,", "और पानी उसके पीछे उठता है।"])),
        ("zh-CN", unspaced(&["月球吸引着海洋里的海水，", "海水随之上涨。"])),
        ("ja", unspaced(&["月の引力が海水を引き寄せ、", "水は盛り上がります。"])),
        ("th", unspaced(&["ดวงจันทร์ดึงดูดน้ำทะเล", "ให้สูงขึ้นทุกวัน"])),
    ]
}

fn drawn_in(language: &str, lines: &[Vec<CaptionWord>], style: CaptionStyle, shape: Shape) -> CaptionStrip {
    let (theme, size) = (Theme::Midnight, FrameSize::P720);
    render::draw_caption(&CaptionPicture { lines, style, theme, brand: None, size, shape, language, kit: None }).expect("drawn")
}

#[test]
fn captions_of_every_script_have_room_and_say_their_words_in_order() {
    scripts::with_fonts();
    for (language, lines) in foreign() {
        let is_from_right = ["ar", "he"].contains(&language);
        for (style, shape) in CaptionStyle::ALL.into_iter().flat_map(|style| Shape::ALL.map(|shape| (style, shape))) {
            let strip = drawn_in(language, &lines, style, shape);
            let name = format!("{language} as {} at {}", style.name(), shape.name());
            let all: Vec<usize> = (0..lines.iter().flatten().count()).collect();
            let found = extent(&strip, &strip.saying(&all)).expect("something is drawn");
            assert!(is_safe(found, FrameSize::P720, shape), "{name}: {found:?}");
            assert!(found[1] >= strip.top && found[3] < strip.top + strip.height, "{name}: {found:?}");
            let plain = strip.saying(&[]);
            let middle = |word: usize| {
                let said = strip.saying(&[word]);
                let differs = |at: &usize| plain[at * 4..at * 4 + 4] != said[at * 4..at * 4 + 4];
                let columns: Vec<usize> = (0..plain.len() / 4).filter(differs).map(|at| at % strip.width as usize).collect();
                columns.iter().sum::<usize>() / columns.len().max(1)
            };
            let first_line: Vec<usize> = (0..lines[0].len()).map(middle).collect();
            let is_ordered = first_line.windows(2).all(|pair| if is_from_right { pair[0] > pair[1] } else { pair[0] < pair[1] });
            assert!(is_ordered, "{name}: {first_line:?}");
        }
    }
}

#[test]
fn the_language_of_a_caption_decides_which_form_shared_letters_take() {
    if !scripts::with_fonts() {
        return;
    }
    let lines = words(&["直"]);
    let pixels = |language| drawn_in(language, &lines, CaptionStyle::Bar, Shape::Wide).saying(&[]);
    assert!(pixels("ja") != pixels("zh"));
}

#[test]
fn captions_wear_the_colours_of_a_brand() {
    let lines = words(&LINES);
    let brand = Brand { accent: Some(Colour([0, 70, 140])), ..Brand::default() };
    let strip = |brand| {
        let picture = CaptionPicture {
            lines: &lines,
            style: CaptionStyle::Karaoke,
            theme: Theme::Daylight,
            brand,
            size: FrameSize::P480,
            shape: Shape::Wide,
            language: "en",
            kit: None,
        };
        render::draw_caption(&picture).expect("drawn").saying(&[1])
    };
    let count = |pixels: &[u8]| pixels.chunks_exact(4).filter(|pixel| pixel[..3] == [0, 70, 140]).count();
    assert!(count(&strip(Some(&brand))) > 100 && count(&strip(None)) == 0);
}

#[test]
fn captions_are_set_in_the_font_of_a_brand() {
    let font = include_bytes!("../../fonts/Vollkorn-SemiBold.ttf").to_vec();
    let kit = Kit::read(None, None, Some(font)).expect("a font");
    let lines = words(&LINES);
    let strip = |kit| {
        let (style, theme, size, shape) = (CaptionStyle::Bar, Theme::Daylight, FrameSize::P480, Shape::Wide);
        render::draw_caption(&CaptionPicture { lines: &lines, style, theme, brand: None, size, shape, language: "en", kit })
            .expect("drawn")
    };
    assert_ne!(strip(Some(&kit)), strip(None));
}

#[test]
fn content_leaves_room_for_captions() {
    for (name, visual) in common::samples() {
        for (theme, shape) in Theme::ALL.into_iter().flat_map(|theme| Shape::ALL.map(|shape| (theme, shape))) {
            let picture = Picture { leaves_room_for_captions: true, ..common::picture(&visual, theme, shape) };
            let found = render::check(&picture).expect(name);
            assert_eq!(found, [], "{name} in {} at {}", theme.name(), shape.name());
        }
    }
}

#[test]
fn what_reaches_into_the_captions_is_found() {
    let visual = common::slide(&["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"]);
    for shape in Shape::ALL {
        let picture = common::picture(&visual, Theme::Paper, shape);
        let strip = drawn(&LINES, CaptionStyle::Bar, Theme::Paper, picture.size, shape);
        let rows = |picture: &Picture<'_>| {
            let frame = render::draw(picture).expect("drawn");
            let row = (frame.width * 4) as usize;
            frame.rgba[strip.top as usize * row..(strip.top + strip.height) as usize * row].to_vec()
        };
        let ground = rows(&picture)[..4].to_vec();
        let is_ground = |pixels: &[u8]| pixels.chunks_exact(4).all(|pixel| pixel == ground);
        let with_room = Picture { leaves_room_for_captions: true, ..picture.clone() };
        assert!(is_ground(&rows(&with_room)), "{}", shape.name());
        assert_ne!(render::draw(&picture).expect("drawn"), render::draw(&with_room).expect("drawn"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_caption_leaves_its_place(
        lines in prop::collection::vec(prop::collection::vec("\\PC{1,12}", 1..6), 1..3),
        style in select(&CaptionStyle::ALL),
        shape in select(&Shape::ALL),
        joined in any::<bool>(),
    ) {
        let word = |(at, text): (usize, &String)| CaptionWord {
            text: text.clone(),
            after_blank: at > 0 && !joined,
            begin_ms: 0,
            end_ms: 1,
        };
        let lines: Vec<Vec<CaptionWord>> = lines.iter().map(|line| line.iter().enumerate().map(word).collect()).collect();
        let (theme, size) = (Theme::Chalk, FrameSize::P480);
        let strip = render::draw_caption(&CaptionPicture { lines: &lines, style, theme, brand: None, size, shape, language: "en", kit: None });
        let strip = strip.map_err(|error| TestCaseError::fail(error.to_string()))?;
        if let Some(extent) = extent(&strip, &strip.saying(&[0, 1, 2, 3])) {
            prop_assert!(is_safe(extent, size, shape), "{:?}", extent);
        }
    }
}
