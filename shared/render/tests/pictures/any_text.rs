//! Whatever the texts, a picture comes out: of the right size, opaque, and with nothing cut, covered or out of place.

use crate::common;

use domain::{Axis, Branch, Column, Diagram, Edge, EdgeStyle, FrameSize, Graph, GraphForm, Moment, Node, NodeShape};
use domain::{Series, Shape, Theme, Visual};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use render::{Footer, Picture, Violation};

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 120,
        rng_seed: RngSeed::Fixed(12),
        failure_persistence: None,
        max_shrink_iters: 100,
        ..ProptestConfig::default()
    }
}

/// Texts as documents have them, and as they should not have them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-zA-Z ,.]{1,80}",
        "\\PC{0,120}",
        any::<String>(),
        vec(any::<char>(), 0..200).prop_map(|signs| signs.into_iter().collect()),
        "[`$\\\\{}^_a-z ]{0,60}",
        ("[a-zA-Z\u{5d0}-\u{5ea}\u{4e00}-\u{4e20}W﷽\u{301}]{1,4}", 1..1500usize).prop_map(|(word, times)| word.repeat(times)),
        ("[\u{5d0}-\u{5ea}\u{627}-\u{64a} ]{1,12}", 1..60usize).prop_map(|(word, times)| format!("{word} ").repeat(times)),
        (1..40usize).prop_map(|times| format!("$\\begin{{pmatrix}}{}\\end{{pmatrix}}$", "a & b \\\\ ".repeat(times))),
        (1..1000usize).prop_map(|times| format!("$x{}$", "+y".repeat(times))),
    ]
}

fn visual() -> impl Strategy<Value = Visual> {
    let maybe = || proptest::option::of(text());
    let texts = |most: usize| vec(text(), 0..most);
    prop_oneof![
        (text(), maybe(), maybe()).prop_map(|(title, subtitle, byline)| Visual::Title { title, subtitle, byline }),
        (maybe(), text(), texts(50)).prop_map(|(eyebrow, title, bullets)| Visual::Slide { eyebrow, title, bullets }),
        (maybe(), text(), texts(8)).prop_map(|(eyebrow, title, bullets)| Visual::Slide { eyebrow, title, bullets }),
        (text(), text(), texts(6)).prop_map(|(title, caption, bullets)| match common::figure(1, common::CURVE, &[]) {
            Visual::Figure { eyebrow, mut figure, .. } => {
                figure.label = Some(caption.chars().rev().collect());
                figure.caption = Some(caption);
                Visual::Figure { eyebrow, title, figure, bullets }
            }
            other => other,
        }),
        (text(), maybe(), vec(text(), 0..40), vec(any::<u32>(), 0..4)).prop_map(|(title, language, lines, highlight)| {
            Visual::Code { eyebrow: None, title, language, text: lines.join("\n"), highlight }
        }),
        (text(), text(), texts(6)).prop_map(|(title, latex, explanation)| Visual::Formula {
            eyebrow: Some(latex.clone()),
            title,
            latex,
            steps: Vec::new(),
            explanation
        }),
        (text(), texts(14), vec(texts(14), 0..40), maybe()).prop_map(|(title, header, rows, caption)| Visual::Table {
            eyebrow: None,
            title,
            header,
            rows,
            caption
        }),
        graph_visual(),
        (maybe(), text(), diagram()).prop_map(|(eyebrow, title, diagram)| Visual::Diagram { eyebrow, title, diagram }),
        (text(), text()).prop_map(|(title, description)| Visual::Illustration { title, description }),
        (maybe(), text(), text(), maybe()).prop_map(|(eyebrow, title, text, attribution)| Visual::Quote {
            eyebrow,
            title,
            text,
            attribution
        }),
        (text(), text(), maybe(), text()).prop_map(|(title, number, unit, text)| Visual::Number {
            eyebrow: None,
            title,
            number,
            unit,
            text
        }),
        (text(), texts(8), text(), texts(8)).prop_map(|(title, one, text, other)| Visual::Columns {
            eyebrow: None,
            left: Column { heading: title.clone(), items: one },
            right: Column { heading: text, items: other },
            title,
        }),
        (text(), texts(4)).prop_map(|(title, steps)| Visual::Formula {
            eyebrow: None,
            latex: title.clone(),
            title,
            steps,
            explanation: Vec::new(),
        }),
        (maybe(), text(), text()).prop_map(|(eyebrow, title, meaning)| Visual::Definition { eyebrow, title, meaning }),
        (text(), texts(12)).prop_map(|(title, points)| Visual::Summary { title, points }),
        (text(), text()).prop_map(|(title, text)| Visual::Placeholder { title, text }),
    ]
}

fn graph_visual() -> impl Strategy<Value = Visual> {
    (text(), graph(), proptest::option::of(text())).prop_map(|(title, graph, caption)| Visual::Graph {
        eyebrow: None,
        title,
        graph,
        caption,
    })
}

/// Numbers as they are measured, and any others.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![-10.0..1000.0, any::<f64>(), Just(0.0), (0..2000i32).prop_map(f64::from)]
}

fn diagram() -> impl Strategy<Value = Diagram> {
    let node = |(at, text): (usize, String)| Node { id: at.to_string(), text, shape: NodeShape::Diamond };
    let edge = |(from, to, text): (usize, usize, Option<String>)| Edge {
        from: from.to_string(),
        to: to.to_string(),
        text,
        style: EdgeStyle::Arrow,
    };
    let edges = vec((0..12usize, 0..12usize, proptest::option::of(text())), 0..14);
    prop_oneof![
        (vec(text(), 0..12), edges).prop_map(move |(nodes, edges)| Diagram::Flow {
            direction: None,
            nodes: nodes.into_iter().enumerate().map(node).collect(),
            edges: edges.into_iter().map(edge).collect(),
            groups: Vec::new(),
        }),
        (text(), vec(text(), 0..12)).prop_map(|(text, children)| Diagram::MindMap {
            root: Branch { text, children: children.into_iter().map(|text| Branch { text, children: Vec::new() }).collect() },
        }),
        vec(text(), 0..10).prop_map(|stages| Diagram::Cycle { stages }),
        vec((text(), text()), 0..10).prop_map(|events| Diagram::Timeline {
            events: events.into_iter().map(|(time, text)| Moment { time, text }).collect(),
        }),
    ]
}

fn graph() -> impl Strategy<Value = Graph> {
    let maybe = || proptest::option::of(text());
    let axis = move || (maybe(), maybe()).prop_map(|(title, unit)| Axis { title, unit });
    let series = (maybe(), vec(proptest::option::of(number()), 0..16), vec([number(), number()], 0..30))
        .prop_map(|(name, values, points)| Series { name, values, points });
    let form = (0..GraphForm::ALL.len()).prop_map(|at| GraphForm::ALL[at]);
    (form, vec(text(), 0..16), vec(series, 0..8), axis(), axis()).prop_map(|(form, categories, series, x, y)| Graph {
        form,
        categories,
        series,
        x,
        y,
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_stands_whole_and_readable_in_its_place(visual in visual(), theme in select(&Theme::ALL), shape in select(&Shape::ALL)) {
        let layout = render::lay_out(&common::picture(&visual, theme, shape)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(layout.violations(), []);
        let frame = layout.draw().map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!((frame.width, frame.height), (FrameSize::P480.width(shape), FrameSize::P480.height(shape)));
        prop_assert_eq!(frame.rgba.len(), (frame.width * frame.height * 4) as usize);
        prop_assert!(frame.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255));
    }

    #[test]
    fn no_graph_reaches_into_captions(visual in graph_visual(), theme in select(&Theme::ALL)) {
        for shape in [Shape::Wide, Shape::Tall] {
            let picture = Picture { leaves_room_for_captions: true, ..common::picture(&visual, theme, shape) };
            let found = render::check(&picture).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let reaches = found.iter().any(|violation| matches!(violation, Violation::UnderCaptions { .. }));
            prop_assert!(!reaches, "{}: {found:?}", shape.name());
        }
    }

    #[test]
    fn any_footer_stays_within_its_line(source in text(), at in any::<u32>(), of in any::<u32>(), shape in select(&Shape::ALL)) {
        let visual = common::slide(&["One"]);
        let footer = Footer { source: Some(source), position: Some((at, of)) };
        let picture = Picture { footer, ..common::picture(&visual, Theme::Paper, shape) };
        let found = render::check(&picture).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(found, []);
    }
}

#[test]
fn every_size_is_exact_in_every_shape() {
    let visual = common::slide(&["One", "Two"]);
    for size in [FrameSize::P480, FrameSize::P720, FrameSize::P1080, FrameSize::P2160] {
        for shape in Shape::ALL {
            let picture = Picture { size, ..common::picture(&visual, Theme::Midnight, shape) };
            let frame = render::draw(&picture).expect("drawn");
            assert_eq!((frame.width, frame.height), (size.width(shape), size.height(shape)), "{} {}", size.name(), shape.name());
        }
    }
}

#[test]
fn samples_stand_well_in_every_theme_and_shape() {
    for (name, visual) in common::samples() {
        for (theme, shape) in Theme::ALL.into_iter().flat_map(|theme| Shape::ALL.map(|shape| (theme, shape))) {
            let found = render::check(&common::picture(&visual, theme, shape)).expect(name);
            assert_eq!(found, [], "{name} in {} at {}", theme.name(), shape.name());
        }
    }
}

#[test]
fn very_long_texts_are_drawn() {
    let long = "word ".repeat(1_000);
    let bullets = vec![long.clone(); 50];
    for visual in [
        Visual::Title { title: long.clone(), subtitle: Some(long.clone()), byline: Some(long.clone()) },
        Visual::Slide { eyebrow: Some(long.clone()), title: long.clone(), bullets: bullets.clone() },
        Visual::Summary { title: long.clone(), points: bullets.clone() },
        Visual::Table {
            eyebrow: None,
            title: long.clone(),
            header: bullets.clone(),
            rows: vec![bullets.clone(); 30],
            caption: Some(long.clone()),
        },
        Visual::Code {
            eyebrow: None,
            title: long.clone(),
            language: Some("c".to_owned()),
            text: long.repeat(50),
            highlight: vec![],
        },
        Visual::Placeholder { title: long.clone(), text: long.clone() },
    ] {
        for shape in Shape::ALL {
            let found = render::check(&common::picture(&visual, Theme::Paper, shape)).expect("any text can be drawn");
            assert_eq!(found, [], "{} at {}", visual.kind(), shape.name());
        }
    }
}
