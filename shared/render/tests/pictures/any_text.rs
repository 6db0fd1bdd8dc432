//! Whatever the texts, a picture comes out: of the right size, opaque, and empty at the edges.

use crate::common;

use domain::{Axis, Branch, Column, Diagram, Edge, EdgeStyle, FrameSize, Graph, GraphForm, Moment, Node, NodeShape};
use domain::{Series, Theme, Visual};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use render::{Footer, Frame, Picture, PictureSource};
use std::sync::LazyLock;

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
        (text(), graph(), maybe()).prop_map(|(title, graph, caption)| Visual::Graph { eyebrow: None, title, graph, caption }),
        (maybe(), text(), diagram()).prop_map(|(eyebrow, title, diagram)| Visual::Diagram { eyebrow, title, diagram }),
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
    fn any_text_gives_a_whole_picture_with_empty_edges(visual in visual(), paper in any::<bool>()) {
        let theme = if paper { Theme::Paper } else { Theme::Midnight };
        let frame = common::draw(&visual, theme).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!((frame.width, frame.height), (FrameSize::P480.width(), FrameSize::P480.height()));
        prop_assert_eq!(frame.rgba.len(), (frame.width * frame.height * 4) as usize);
        prop_assert!(frame.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255));
        prop_assert!(allowed_edges(theme).contains(&edge(&frame)), "something is drawn outside the safe area");
    }

    #[test]
    fn any_footer_stays_within_its_line(source in text(), at in any::<u32>(), of in any::<u32>()) {
        let visual = common::slide(&["One"]);
        let footer = Footer { source: Some(source), position: Some((at, of)) };
        let source = PictureSource::None;
        let picture = Picture { visual: &visual, theme: Theme::Paper, size: FrameSize::P480, footer, source, step: None };
        let frame = render::draw(&picture).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(allowed_edges(Theme::Paper).contains(&edge(&frame)));
    }
}

/// The pixels outside the safe area: five per cent at each side, less one pixel for the edge itself.
fn edge(frame: &Frame) -> Vec<u8> {
    let (across, down) = (frame.width / 20 - 1, frame.height / 20 - 1);
    let outside = |x: u32, y: u32| x < across || x >= frame.width - across || y < down || y >= frame.height - down;
    let places = (0..frame.height).flat_map(|y| (0..frame.width).map(move |x| (x, y)));
    places
        .filter(|(x, y)| outside(*x, *y))
        .flat_map(|(x, y)| {
            let at = ((y * frame.width + x) * 4) as usize;
            frame.rgba[at..at + 3].to_vec()
        })
        .collect()
}

/// The edges of pictures as designed: plain, or with the ornament of one of the kinds that have one.
fn allowed_edges(theme: Theme) -> &'static [Vec<u8>] {
    static EDGES: LazyLock<[Vec<Vec<u8>>; 2]> = LazyLock::new(|| Theme::ALL.map(designed_edges));
    &EDGES[Theme::ALL.iter().position(|known| *known == theme).expect("a theme of the list")]
}

fn designed_edges(theme: Theme) -> Vec<Vec<u8>> {
    let title = Visual::Title { title: "T".to_owned(), subtitle: None, byline: None };
    let placeholder = Visual::Placeholder { title: "T".to_owned(), text: "x".to_owned() };
    let definition = Visual::Definition { eyebrow: None, title: "T".to_owned(), meaning: "x".to_owned() };
    [title, placeholder, definition, common::slide(&["One"])]
        .iter()
        .map(|visual| edge(&common::draw(visual, theme).expect("a plain picture can be drawn")))
        .collect()
}

#[test]
fn plain_edges_are_the_ground_alone() {
    for theme in Theme::ALL {
        let edge = edge(&common::draw(&common::slide(&["One"]), theme).expect("drawn"));
        assert!(edge.chunks_exact(3).all(|pixel| pixel == &edge[..3]), "{}", theme.name());
    }
}

#[test]
fn every_size_is_exact() {
    for size in [FrameSize::P480, FrameSize::P720, FrameSize::P1080, FrameSize::P2160] {
        for (name, visual) in common::samples() {
            if size == FrameSize::P2160 && name != "slide-3" {
                continue;
            }
            let source = PictureSource::Pdf(common::PAPER);
            let picture =
                Picture { visual: &visual, theme: Theme::Midnight, size, footer: Footer::default(), source, step: None };
            let frame = render::draw(&picture).expect(name);
            assert_eq!((frame.width, frame.height), (size.width(), size.height()), "{name}");
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
        let frame = common::draw(&visual, Theme::Paper).expect("any text can be drawn");
        assert!(allowed_edges(Theme::Paper).contains(&edge(&frame)), "{}", visual.kind());
    }
}
