//! What must hold for every script of the world. The fonts come from the layer that `LECTERN_FONTS` names, which `infra/lectern test`
//! sets; without it the same pictures are drawn and must say what they lack.

use crate::{common, languages};

use domain::{Diagram, Shape, Theme, Visual};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use render::Picture;
use std::path::PathBuf;

/// Whether there is a layer; it is found for all pictures from here on.
#[expect(clippy::disallowed_methods, reason = "the tests are told where the fonts are")]
pub(crate) fn with_fonts() -> bool {
    let setting = std::env::var_os("LECTERN_FONTS").map(PathBuf::from);
    let found = render::find_fonts(setting.as_deref());
    assert!(found || setting.is_none(), "there are no fonts in `LECTERN_FONTS`");
    found
}

/// A picture at 480p in a language.
fn picture<'a>(visual: &'a Visual, language: &'a str, theme: Theme, shape: Shape) -> Picture<'a> {
    Picture { language, ..common::picture(visual, theme, shape) }
}

#[test]
fn every_script_stands_well_in_every_theme_and_shape() {
    let has_fonts = with_fonts();
    for (name, language, visual) in languages::samples() {
        for (theme, shape) in Theme::ALL.into_iter().flat_map(|theme| Shape::ALL.map(|shape| (theme, shape))) {
            let picture = picture(&visual, language, theme, shape);
            let found = render::check(&picture).expect(name);
            assert_eq!(found, [], "{name} in {} at {}", theme.name(), shape.name());
            if has_fonts {
                assert_eq!(render::unwritten(&picture), [], "{name}");
            }
        }
    }
}

#[test]
fn what_no_font_has_is_named() {
    let has_fonts = with_fonts();
    let found = |text: &str| {
        let visual = common::slide(&[text]);
        let unwritten = render::unwritten(&common::picture(&visual, Theme::Paper, Shape::Wide));
        unwritten.into_iter().map(|found| (found.script, found.signs)).collect::<Vec<_>>()
    };
    assert_eq!(found("Ελληνικά, Кириллица, 𝑥 → ∑\u{202e}\u{301}"), []);
    assert_eq!(found("ᏣᎳᎩ and ཀ"), [("Cherokee", 3), ("Tibetan", 1)]);
    let elsewhere = found("中文 🚀 हि");
    assert_eq!(elsewhere, if has_fonts { vec![] } else { vec![("Han", 2), ("emoji", 1), ("Devanagari", 1)] });
}

#[test]
fn a_layer_changes_no_picture_that_does_not_need_it() {
    with_fonts();
    let plain = common::slide(&["One", "Two"]);
    let before = common::draw(&plain, Theme::Paper, Shape::Wide).expect("drawn");
    for (name, language, visual) in languages::samples().into_iter().step_by(5) {
        render::draw(&picture(&visual, language, Theme::Paper, Shape::Wide)).expect(name);
        assert!(common::draw(&plain, Theme::Paper, Shape::Wide).expect("drawn") == before, "after {name}");
    }
}

/// Texts of these scripts as documents have them, mixed with Latin, numbers and notation.
fn text() -> impl Strategy<Value = String> {
    let words = prop_oneof![
        "[\u{627}-\u{64a}]{1,9}[،؟.]?",
        "[\u{5d0}-\u{5ea}]{1,8}",
        "[一-龥]{1,40}[，。！]?",
        "[ぁ-んァ-ン一-龥]{1,30}[、。]?",
        "[가-힣]{1,6}",
        "[\u{905}-\u{939}][\u{93e}-\u{94d}]?[\u{905}-\u{939}]{0,5}।?",
        "[\u{e01}-\u{e2e}\u{e30}\u{e32}\u{e40}-\u{e44}]{1,40}",
        select(&["🚀", "👩‍💻", "🇩🇪", "ﷺ", "GPU", "3.5%", "`f(x)`", "$x^2$", "(a)", "«b»", "「引」"]).prop_map(str::to_owned),
        "[a-zA-Z]{1,12}",
    ];
    vec(words, 0..16).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: proptest::test_runner::RngSeed::Fixed(7), failure_persistence: None, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_text_of_any_script_stands_whole_and_readable(
        (title, texts, kind) in (text(), vec(text(), 1..7), 0..6usize),
        language in select(&["ar", "he", "zh", "ja", "ko", "hi", "th", "en"]),
        shape in select(&Shape::ALL),
    ) {
        with_fonts();
        let eyebrow = Some(title.clone());
        let all = texts.join(" ");
        let visual = match kind {
            0 => Visual::Slide { eyebrow, title, bullets: texts },
            1 => Visual::Summary { title, points: texts },
            2 => Visual::Quote { eyebrow, title: title.clone(), text: all, attribution: Some(title) },
            3 => Visual::Table { eyebrow, title: title.clone(), header: texts.clone(), rows: vec![texts.clone(), texts], caption: Some(title) },
            4 => Visual::Definition { eyebrow, title, meaning: all },
            _ => Visual::Diagram { eyebrow, title, diagram: Diagram::Cycle { stages: texts } },
        };
        let picture = picture(&visual, language, Theme::Chalk, shape);
        let found = render::check(&picture).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(found, []);
    }
}
