//! From a visual to the data its template reads. What is shown, and how much of it, is decided here; where, in the template.

use crate::code::{self, Excerpt};
use crate::figure::{self, Pixels};
use crate::graph::{self, Chart};
use crate::table::{self, Grid};
use crate::text::{self, Limits, Run, Setter, Text};
use crate::theme::{self, Style};
use crate::{Footer, Picture, RenderError};
use domain::Visual;
use serde::Serialize;

/// Layout is done in units of which the frame is always this many high; a unit is a pixel at 1080p.
pub(crate) const UNITS_HIGH: f64 = 1080.0;

const EYEBROW: Limits = Limits { characters: 70, word_em: 30.0 };
const TITLE: Limits = Limits { characters: 160, word_em: 18.0 };
const LINE: Limits = Limits { characters: 240, word_em: 38.0 };
const NARROW: Limits = Limits { characters: 200, word_em: 14.0 };
const LABEL: Limits = Limits { characters: 30, word_em: 14.0 };
const SOURCE: Limits = Limits { characters: 90, word_em: 30.0 };

const MAX_BULLETS: usize = 8;
const MAX_BULLETS_BESIDE: usize = 4;
const MAX_EXPLANATIONS: usize = 4;
const MAX_POINTS: usize = 6;

/// The widest line of a displayed formula, in multiples of the font size, before it is broken.
const FORMULA_EM: f64 = 32.0;

/// The largest box a figure is drawn in, in layout units: the width and the height of the content.
const FIGURE_BOX: (f64, f64) = (1680.0, 760.0);

/// Everything a template reads.
#[derive(Serialize)]
struct Page<'a> {
    width: f64,
    theme: &'a Style,
    right_to_left: bool,
    footer: FooterText,
    step: Option<u32>,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize)]
struct FooterText {
    source: String,
    position: Option<(u32, u32)>,
}

/// What is shown, by kind.
#[derive(Serialize)]
#[serde(untagged)]
enum Content {
    Title { title: Text, subtitle: Text, byline: Text },
    Slide { head: Head, bullets: Vec<Text>, more: usize },
    Figure { head: Head, bullets: Vec<Text>, label: String, caption: Text, figure: Size },
    Code { head: Head, syntax: Option<String>, language: Option<String>, excerpt: Excerpt },
    Formula { head: Head, lines: Vec<Run>, latex: Text, explanation: Vec<Text> },
    Table { head: Head, grid: Grid, caption: Text },
    Graph { head: Head, chart: Chart, caption: Text },
    Summary { head: Head, points: Vec<Text>, more: usize },
    Placeholder { title: Text, text: Text },
}

/// The lines above the content.
#[derive(Serialize)]
struct Head {
    eyebrow: String,
    title: Text,
}

/// The size of a figure in pixels.
#[derive(Serialize)]
struct Size {
    width: u32,
    height: u32,
    max_scale: f64,
}

/// A picture as Typst needs it.
pub(crate) struct Data {
    /// What the template reads, as JSON.
    pub(crate) json: Vec<u8>,
    /// The formulas as SVG, in the order of their numbers.
    pub(crate) formulas: Vec<String>,
    /// The pixels of a figure.
    pub(crate) pixels: Option<Vec<u8>>,
}

/// Turns a picture into data.
pub(crate) fn data(picture: &Picture<'_>) -> Result<Data, RenderError> {
    let theme = theme::style(picture.theme);
    let mut setter = Setter::new(theme::rgb(&theme.text));
    let pixels = match picture.visual {
        Visual::Figure { figure, .. } => Some(figure_pixels(picture, figure)?),
        _ => None,
    };
    let page = Page {
        width: f64::from(picture.size.width()) / scale(picture),
        theme,
        right_to_left: text::is_right_to_left(picture.visual.title()),
        footer: footer(&picture.footer),
        step: picture.step,
        content: content(picture.visual, pixels.as_ref(), &mut setter),
    };
    Ok(Data {
        json: serde_json::to_vec(&page).expect("our own data types always have a JSON form"),
        formulas: setter.into_formulas().collect(),
        pixels: pixels.map(|pixels| pixels.rgba),
    })
}

/// How many parts of a visual appear one after another.
pub(crate) fn steps(visual: &Visual) -> u32 {
    // A single point is a statement and stands.
    let several = |texts: &[String], most: usize| {
        let shown = texts.iter().filter(|text| !text.trim().is_empty()).count().min(most);
        if shown > 1 { shown as u32 } else { 0 }
    };
    match visual {
        Visual::Slide { bullets, .. } => several(bullets, MAX_BULLETS),
        Visual::Figure { bullets, .. } => several(bullets, MAX_BULLETS_BESIDE),
        Visual::Formula { explanation, .. } => several(explanation, MAX_EXPLANATIONS),
        Visual::Summary { points, .. } => several(points, MAX_POINTS),
        Visual::Graph { graph, .. } => graph::steps(graph),
        Visual::Title { .. } | Visual::Code { .. } | Visual::Table { .. } | Visual::Placeholder { .. } => 0,
    }
}

/// Pixels per layout unit.
pub(crate) fn scale(picture: &Picture<'_>) -> f64 {
    f64::from(picture.size.height()) / UNITS_HIGH
}

fn figure_pixels(picture: &Picture<'_>, figure: &domain::Figure) -> Result<Pixels, RenderError> {
    let side = |units: f64| (units * scale(picture)).round() as u32;
    figure::draw(figure, &picture.source, side(FIGURE_BOX.0), side(FIGURE_BOX.1))
}

fn footer(footer: &Footer) -> FooterText {
    FooterText {
        source: footer.source.as_deref().map(|source| text::plain(source, SOURCE)).unwrap_or_default(),
        position: footer.position.filter(|(at, of)| (1..=*of).contains(at)),
    }
}

fn content(visual: &Visual, pixels: Option<&Pixels>, setter: &mut Setter) -> Content {
    match visual {
        Visual::Title { title, subtitle, byline } => Content::Title {
            title: setter.text(title, TITLE),
            subtitle: optional(setter, subtitle.as_deref(), TITLE),
            byline: optional(setter, byline.as_deref(), LINE),
        },
        Visual::Slide { eyebrow, title, bullets } => {
            let (bullets, more) = some(setter, bullets, MAX_BULLETS, LINE);
            Content::Slide { head: head(setter, eyebrow.as_deref(), title), bullets, more }
        }
        Visual::Figure { eyebrow, title, figure, bullets } => Content::Figure {
            head: head(setter, eyebrow.as_deref(), title),
            bullets: some(setter, bullets, MAX_BULLETS_BESIDE, NARROW).0,
            label: figure.label.as_deref().map(|label| text::plain(label, LABEL)).unwrap_or_default(),
            caption: optional(setter, figure.caption.as_deref(), NARROW),
            figure: pixels.map_or(Size { width: 1, height: 1, max_scale: 1.0 }, |pixels| Size {
                width: pixels.width,
                height: pixels.height,
                max_scale: pixels.max_scale.min(1e6),
            }),
        },
        Visual::Code { eyebrow, title, language, text, highlight } => {
            let (syntax, language) = code::language(language.as_deref()).unzip();
            Content::Code {
                head: head(setter, eyebrow.as_deref(), title),
                syntax,
                language,
                excerpt: code::excerpt(text, highlight),
            }
        }
        Visual::Formula { eyebrow, title, latex, explanation } => {
            let lines = setter.display(latex, FORMULA_EM);
            Content::Formula {
                head: head(setter, eyebrow.as_deref(), title),
                latex: if lines.is_empty() { setter.text(&domain::inline::code(latex), LINE) } else { Text::default() },
                lines,
                explanation: some(setter, explanation, MAX_EXPLANATIONS, LINE).0,
            }
        }
        Visual::Table { eyebrow, title, header, rows, caption } => Content::Table {
            head: head(setter, eyebrow.as_deref(), title),
            grid: table::grid(header, rows, setter),
            caption: optional(setter, caption.as_deref(), LINE),
        },
        Visual::Graph { eyebrow, title, graph, caption } => Content::Graph {
            head: head(setter, eyebrow.as_deref(), title),
            chart: graph::chart(graph, setter),
            caption: optional(setter, caption.as_deref(), LINE),
        },
        Visual::Summary { title, points } => {
            let (points, more) = some(setter, points, MAX_POINTS, NARROW);
            Content::Summary { head: head(setter, None, title), points, more }
        }
        Visual::Placeholder { title, text } => {
            Content::Placeholder { title: setter.text(title, TITLE), text: setter.text(text, LINE) }
        }
    }
}

fn head(setter: &mut Setter, eyebrow: Option<&str>, title: &str) -> Head {
    Head {
        eyebrow: eyebrow.map(|eyebrow| text::plain(&domain::inline::plain(eyebrow), EYEBROW)).unwrap_or_default(),
        title: setter.text(title, TITLE),
    }
}

fn optional(setter: &mut Setter, text: Option<&str>, limits: Limits) -> Text {
    text.map(|text| setter.text(text, limits)).unwrap_or_default()
}

/// The first texts that say something, and how many are left out.
fn some(setter: &mut Setter, texts: &[String], most: usize, limits: Limits) -> (Vec<Text>, usize) {
    let filled: Vec<&String> = texts.iter().filter(|text| !text.trim().is_empty()).collect();
    let shown = filled.iter().take(most).map(|text| setter.text(text, limits)).filter(|text| !text.is_empty()).collect();
    (shown, filled.len().saturating_sub(most))
}
