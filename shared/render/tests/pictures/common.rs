//! What the tests of pictures share: samples of every kind of visual, and drawing them.

use domain::{
    Axis, CardPlace, Column, Diagram, Figure, FigureSource, FrameSize, Graph, GraphForm, Rect, Series, Shape, Theme, Visual,
    mermaid,
};
use render::{Footer, Frame, Picture, PictureSource, RenderError};

/// Two pages made for these tests: a curve in the right column of the first, bars on the second.
pub(crate) const PAPER: &[u8] = include_bytes!("../fixtures/paper.pdf");

/// Draws a visual at 480p, figures from [`PAPER`].
pub(crate) fn draw(visual: &Visual, theme: Theme, shape: Shape) -> Result<Frame, RenderError> {
    render::draw(&picture(visual, theme, shape))
}

/// A visual at 480p with a footer, figures from [`PAPER`].
pub(crate) fn picture(visual: &Visual, theme: Theme, shape: Shape) -> Picture<'_> {
    let source = match visual {
        Visual::Figure { .. } | Visual::Image { .. } => PictureSource::Pdf(PAPER),
        _ => PictureSource::None,
    };
    let footer = Footer { source: Some("Smith 2024, p. 4".to_owned()), position: Some((2, 6)) };
    let (language, size, step, leaves_room_for_captions) = ("en", FrameSize::P480, None, false);
    Picture {
        visual,
        language,
        theme,
        brand: None,
        size,
        shape,
        footer,
        source,
        step,
        marked: None,
        kit: None,
        leaves_room_for_captions,
    }
}

pub(crate) fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub(crate) fn slide(bullets: &[&str]) -> Visual {
    Visual::Slide {
        eyebrow: Some("Chapter 2 · Optimisation".to_owned()),
        title: "Three things decide how fast we arrive".to_owned(),
        bullets: strings(bullets),
    }
}

pub(crate) fn figure(page: u32, rect: Rect, bullets: &[&str]) -> Visual {
    let source = FigureSource::Page { page, page_width: 595.28, page_height: 841.89, rect };
    let caption = Some("Training loss over 100 iterations".to_owned());
    Visual::Figure {
        eyebrow: Some("Experiments".to_owned()),
        title: "Momentum reaches the optimum first".to_owned(),
        figure: Figure { caption, label: Some("Figure 3".to_owned()), source },
        bullets: strings(bullets),
    }
}

/// The curve of the first page.
pub(crate) const CURVE: Rect = Rect { x: 300.0, y: 240.0, width: 262.0, height: 272.0 };
/// The bars of the second page.
pub(crate) const BARS: Rect = Rect { x: 60.0, y: 150.0, width: 480.0, height: 200.0 };

/// A graph with a value for each name and series.
pub(crate) fn graph(form: GraphForm, names: &[&str], series: &[(&str, &[f64])], unit: &str) -> Visual {
    let one = |(name, values): &(&str, &[f64])| Series {
        name: Some((*name).to_owned()).filter(|name| !name.is_empty()),
        values: values.iter().copied().map(Some).collect(),
        points: Vec::new(),
    };
    let axis = |title: &str, unit: &str| Axis {
        title: Some(title.to_owned()),
        unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
    };
    Visual::Graph {
        eyebrow: Some("Measured".to_owned()),
        title: "What it came to in four quarters".to_owned(),
        graph: Graph {
            form,
            categories: strings(names),
            series: series.iter().map(one).collect(),
            x: axis("Quarter", ""),
            y: axis("Amount", unit),
        },
        caption: None,
    }
}

/// A graph of each form.
fn graphs() -> Vec<(&'static str, Visual)> {
    let quarters = ["Q1", "Q2", "Q3", "Q4"];
    let two: [(&str, &[f64]); 2] = [("Cloud", &[120.5, 132.0, 181.0, 234.0]), ("On-premise", &[220.0, 182.0, 151.0, 134.0])];
    let names = ["Salaries", "Machines and their maintenance", "Travel and accommodation", "Rent"];
    let mut scatter = graph(GraphForm::Scatter, &[], &[("First", &[]), ("Second", &[])], "kg");
    if let Visual::Graph { graph, .. } = &mut scatter {
        for (at, series) in graph.series.iter_mut().enumerate() {
            let shift = at as f64 * 3.0;
            series.points = (0..9_u8).map(f64::from).map(|n| [n * 1.7 + shift, 40.0 + n * n * 0.4 + shift * n]).collect();
        }
    }
    vec![
        ("graph-bar", graph(GraphForm::Bar, &quarters, &[("", &[1_205_000.0, 1_320_000.0, 1_810_000.0, -234_000.0])], "$")),
        ("graph-horizontal", graph(GraphForm::HorizontalBar, &names, &[("", &[23.75, 24.6, 27.3, 28.4])], "")),
        ("graph-grouped", graph(GraphForm::Grouped, &quarters, &two, "ms")),
        ("graph-stacked", graph(GraphForm::Stacked, &quarters, &two, "ms")),
        ("graph-line", graph(GraphForm::Line, &quarters, &two, "%")),
        ("graph-area", graph(GraphForm::Area, &quarters, &two, "TWh")),
        ("graph-scatter", scatter),
        ("graph-pie", graph(GraphForm::Pie, &names, &[("", &[56.0, 21.0, 5.0, 18.0])], "%")),
        ("graph-donut", graph(GraphForm::Donut, &names, &[("", &[1.25e6, 4.8e5, 1.2e5, 3.1e5])], "€")),
    ]
}

fn diagram(title: &str, diagram: Diagram) -> Visual {
    Visual::Diagram { eyebrow: Some("How it works".to_owned()), title: title.to_owned(), diagram }
}

/// A diagram of each form.
fn diagrams() -> Vec<(&'static str, Visual)> {
    let read = |source: &str| mermaid::parse(source).expect("it is a diagram");
    let flow = "flowchart LR\n a([User uploads PDF]) --> b{Is it scanned?}\n b -->|yes| c[Run OCR]\n b -->|no| d[Extract text]\n \
                c & d --> e[Chunk and embed] --> f([Vector store])\n f -.-> b";
    let groups = "graph LR\n w[Web client] -->|HTTPS| g\n subgraph Cloud\n g[API gateway] --> l[Functions]\n end\n \
                  subgraph Storage\n t[Table] & s[Bucket]\n end\n l --> t & s";
    let sequence = "sequenceDiagram\n Browser->>Server: POST `/login` with the password\n Server->>Database: find the user\n \
                    Database-->>Server: user and hash\n Server->>Server: compare\n Server-->>Browser: token";
    let map = "mindmap\n Tides\n  Moon\n   Pulls the near side\n   Leaves the far side\n  Sun\n   Half as strong\n  Earth\n   \
               Rotation\n   Shape of the basins\n  Effects\n   Currents";
    let timeline = "timeline\n 1903 : The Wright brothers fly\n 1927 : Lindbergh crosses the Atlantic\n 1947 : Yeager breaks the \
                    sound barrier\n 1969 : Armstrong walks on the Moon";
    let Diagram::MindMap { root } = read(map) else { panic!("a mind map") };
    let chain = (0..9).map(|at| format!("s{at}[Step number {at}]")).collect::<Vec<_>>().join(" --> ");
    let stages = ["Evaporation", "Condensation in clouds", "Precipitation", "Run-off into rivers", "Collection in the sea"];
    vec![
        ("diagram-flow", diagram("From document to answers", read(flow))),
        ("diagram-groups", diagram("Where things run", read(groups))),
        ("diagram-chain", diagram("Nine steps in a row", read(&format!("graph TD\n{chain}")))),
        ("diagram-sequence", diagram("How a token is issued", read(sequence))),
        ("diagram-mind-map", diagram("What moves the tides", read(map))),
        ("diagram-hierarchy", diagram("What moves the tides", Diagram::Hierarchy { root })),
        ("diagram-timeline", diagram("From the first flight to the Moon", read(timeline))),
        ("diagram-cycle", diagram("The water cycle", Diagram::Cycle { stages: strings(&stages) })),
    ]
}

/// What stands large and alone.
fn statements() -> Vec<(&'static str, Visual)> {
    let eyebrow = || Some("Chapter 2".to_owned());
    let column = |heading: &str, items: &[&str]| Column { heading: heading.to_owned(), items: strings(items) };
    let Visual::Figure { figure, .. } = figure(2, BARS, &[]) else { panic!("a figure") };
    vec![
        (
            "quote",
            Visual::Quote {
                eyebrow: eyebrow(),
                title: "What Feynman said".to_owned(),
                text: "The first principle is that you must not fool yourself, and you are the easiest person to fool."
                    .to_owned(),
                attribution: Some("Richard Feynman, 1974".to_owned()),
            },
        ),
        (
            "number",
            Visual::Number {
                eyebrow: eyebrow(),
                title: "A video costs little".to_owned(),
                number: "3.5 M".to_owned(),
                unit: Some("pages".to_owned()),
                text: "were drawn in a year, on two small machines that stand under a desk".to_owned(),
            },
        ),
        (
            "definition",
            Visual::Definition {
                eyebrow: Some("Definition".to_owned()),
                title: "Eigenvector".to_owned(),
                meaning: r"A vector $v \neq 0$ whose direction a linear map leaves as it is: $Av = \lambda v$.".to_owned(),
            },
        ),
        (
            "columns",
            Visual::Columns {
                eyebrow: eyebrow(),
                title: "Should we cache the result?".to_owned(),
                left: column("For", &["Reads become ten times faster", "The database rests at night", "`get` stays pure"]),
                right: column("Against", &["Stale values may be seen for up to a minute", "One more thing to operate"]),
            },
        ),
        (
            "formula-steps",
            Visual::Formula {
                eyebrow: eyebrow(),
                title: "Completing the square".to_owned(),
                latex: "x^2 + 6x + 5 = 0".to_owned(),
                steps: strings(&["(x+3)^2 - 4 = 0", "x + 3 = \\pm 2", "x = -3 \\pm 2"]),
                explanation: strings(&["Both roots are real"]),
            },
        ),
        (
            "card",
            Visual::Card {
                place: CardPlace::Closing,
                title: "Thank you for watching".to_owned(),
                text: Some("www.example.org/tides".to_owned()),
                seconds: 4,
            },
        ),
        ("image", Visual::Image { title: "What the second page shows".to_owned(), figure }),
        illustration("illustration-hills", "Why forests breathe", "A forest on hills under a low sun"),
        illustration("illustration-network", "How ideas travel between people", "A network of people who talk to each other"),
        illustration("illustration-waves", "What a voice does to the air", "Sound waves from two voices meet"),
        illustration("illustration-tiles", "Inside the machine", "A machine that follows a program"),
        illustration("illustration-contours", "Where to look next", "A map of an unknown island"),
    ]
}

fn illustration(name: &'static str, title: &str, description: &str) -> (&'static str, Visual) {
    (name, Visual::Illustration { title: title.to_owned(), description: description.to_owned() })
}

/// One visual of each kind and form, with a name.
pub(crate) fn samples() -> Vec<(&'static str, Visual)> {
    [pages(), graphs(), diagrams(), statements()].concat()
}

/// Titles, slides and what stands on them.
fn pages() -> Vec<(&'static str, Visual)> {
    let title = || "Scaled dot-product attention".to_owned();
    let points = [
        "Smoothness turns a local slope into a global promise",
        "The step size must stay below $1/L$",
        "The gap shrinks like $1/T$, faster when strongly convex",
        "Momentum helps on ill-conditioned problems",
        "Call `zero_grad()` before each pass",
    ];
    let summary = |count: usize| Visual::Summary { title: "What to remember".to_owned(), points: strings(&points[..count]) };
    let formula = |latex: &str, explanation: &[&str]| Visual::Formula {
        eyebrow: Some("Definition".to_owned()),
        title: title(),
        latex: latex.to_owned(),
        steps: Vec::new(),
        explanation: strings(explanation),
    };
    let rows = [["ByteNet", "—", "23.75"], ["Transformer (base)", "65M", "27.3"], ["Transformer (big)", "213M", "28.4"]];
    let code = "use std::collections::HashMap;\n\n/// Counts words.\nfn count(text: &str) -> HashMap<&str, usize> {\n    \
                let mut counts = HashMap::new();\n    for word in text.split(' ') {\n        \
                *counts.entry(word).or_insert(0) += 1;\n    }\n    counts\n}";
    vec![
        (
            "title",
            Visual::Title {
                title: "Why gradient descent converges".to_owned(),
                subtitle: Some("Smoothness, step size and what they promise".to_owned()),
                byline: Some("A. Smith and B. Jones, 2024".to_owned()),
            },
        ),
        ("slide-0", slide(&[])),
        ("slide-1", slide(&[r"Every step of size $\eta \le \frac{1}{L}$ lowers the loss."])),
        (
            "slide-3",
            slide(&[
                r"The step size $\eta$: too small wastes time",
                "The curvature $L$, which bounds how quickly the gradient may change as we walk",
                "The distance from where we start",
            ]),
        ),
        (
            "slide-6",
            slide(&[
                r"Pick $\eta \leq \frac{1}{L}$ where $L$ bounds the slope of $\nabla f$",
                "Call `optimizer.step()` only after `loss.backward()`",
                r#"#panic("pwned") \$x\$ *bold* #read("/etc/passwd") <script> @ref [link]"#,
                "Ελληνικά, Кириллица, → ∇ ∑ ≤ ⊂ ∀ ✓",
                "Zażółć gęślą jaźń, Ångström, Đà Nẵng",
                "The last one",
            ]),
        ),
        ("figure-beside", figure(1, CURVE, &["Momentum halves the loss in 8 iterations", "The plain step needs 14"])),
        ("figure-tall", figure(1, CURVE, &[])),
        ("figure-wide", figure(2, BARS, &[])),
        (
            "code",
            Visual::Code {
                eyebrow: Some("Listing".to_owned()),
                title: "Counting words".to_owned(),
                language: Some("rust".to_owned()),
                text: code.to_owned(),
                highlight: vec![7],
            },
        ),
        (
            "formula",
            formula(
                r"\mathrm{Attention}(Q,K,V)=\mathrm{softmax}\!\left(\frac{QK^\top}{\sqrt{d_k}}\right)V",
                &["$Q$, $K$ and $V$ are queries, keys and values", r"Dividing by $\sqrt{d_k}$ keeps the softmax steep"],
            ),
        ),
        ("formula-wrong", formula(r"\frac{a}{b", &[])),
        (
            "table",
            Visual::Table {
                eyebrow: Some("Results".to_owned()),
                title: "The big model wins".to_owned(),
                header: strings(&["Model", "Parameters", "BLEU"]),
                rows: rows.iter().map(|row| strings(row)).collect(),
                caption: Some("English to German".to_owned()),
            },
        ),
        ("summary-3", summary(3)),
        ("summary-4", summary(4)),
        ("summary-5", summary(5)),
        (
            "placeholder",
            Visual::Placeholder {
                title: "A picture of the proof".to_owned(),
                text: "The upper bound lies above the function.".to_owned(),
            },
        ),
    ]
}
