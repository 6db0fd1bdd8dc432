//! From a visual to the data its template reads. What is shown, and how much of it, is decided here; where, in the template.

use crate::captions;
use crate::code::{self, Excerpt};
use crate::diagram::{self, Drawing, Extent};
use crate::figure::{self, Pixels};
use crate::formula;
use crate::graph::{self, Chart};
use crate::illustration::{self, Stroke};
use crate::table::{self, Grid};
use crate::text::{self, Aligned, Limits, Run, Setter, Text};
use crate::theme::{self, Style};
use crate::{Footer, Kit, Picture, RenderError, Unwritten};
use crate::{area, brand, layer, reading};
use domain::{Column, Visual};
use serde::Serialize;
use std::ops::Range;
use typst::text::Font;

/// Layout is done in units of which the shorter side of the frame always has this many; a unit is a pixel at 1080p.
pub(crate) const UNITS: f64 = 1080.0;

const EYEBROW: Limits = Limits { characters: 70, word_em: 30.0 };
const TITLE: Limits = Limits { characters: 160, word_em: 18.0 };
const LINE: Limits = Limits { characters: 240, word_em: 38.0 };
const NARROW: Limits = Limits { characters: 200, word_em: 14.0 };
const QUOTE: Limits = Limits { characters: 420, word_em: 26.0 };
const HALF: Limits = Limits { characters: 140, word_em: 20.0 };
/// Of a number that says it all: no longer than can be taken in at once.
const FIGURES: Limits = Limits { characters: 20, word_em: 30.0 };
const LABEL: Limits = Limits { characters: 30, word_em: 14.0 };
const SOURCE: Limits = Limits { characters: 90, word_em: 30.0 };

const MAX_BULLETS: usize = 8;
const MAX_BULLETS_BESIDE: usize = 4;
const MAX_EXPLANATIONS: usize = 4;
const MAX_POINTS: usize = 6;
/// The highest number of a scene the footer has room for.
const MAX_POSITION: u32 = 999;
const MAX_ITEMS: usize = 6;
/// Lines of a calculation.
const MAX_STEPS: usize = 7;

/// Letters of scripts that the embedded fonts do not hold are higher than Latin ones or carry marks above and below.
const FOREIGN_LINE_AIR: f64 = 0.16;

/// The widest line of a displayed formula, in multiples of the font size, before it is broken.
const FORMULA_EM: f64 = 32.0;

/// The width of the column in a frame of 16:9, for which these limits are.
const WIDEST_COLUMN: f64 = 1680.0;
/// The column and the largest height of a figure, as shares of the frame.
const FIGURE_SHARE: (f64, f64) = (0.88, 0.71);

/// Everything a template reads.
#[derive(Serialize)]
struct Page<'a> {
    width: f64,
    height: f64,
    theme: &'a Style,
    /// The language and its region, as Typst takes them.
    lang: &'a str,
    region: Option<&'a str>,
    right_to_left: bool,
    /// How much further apart lines stand, in multiples of the font size.
    line_air: f64,
    /// The families of the layer that its texts need, best first.
    fonts: Vec<&'static str>,
    footer: FooterText,
    step: Option<u32>,
    /// Where the strip for captions begins, if there is one.
    captions: Option<f64>,
    marked: Option<u32>,
    logo: Option<LogoSize>,
    own_fonts: KitFonts,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize)]
struct FooterText {
    source: String,
    position: Option<(u32, u32)>,
}

/// The size of a logo in pixels, and the ground it needs to be seen.
#[derive(Serialize)]
struct LogoSize {
    width: u32,
    height: u32,
    plate: Option<String>,
}

/// The families that come before those of the theme.
#[derive(Serialize)]
pub(crate) struct KitFonts {
    heading: Option<&'static str>,
    body: Option<&'static str>,
}

impl KitFonts {
    pub(crate) fn of(kit: Option<&Kit>) -> Self {
        Self { heading: kit.and_then(Kit::heading_family), body: kit.and_then(Kit::body_family) }
    }
}

/// What is shown, by kind.
#[derive(Serialize)]
#[serde(untagged)]
enum Content {
    Title { title: Text, subtitle: Text, byline: Text },
    Slide { head: Head, bullets: Vec<Text>, more: usize },
    Figure { head: Head, bullets: Vec<Text>, label: String, caption: Text, figure: Size },
    Code { head: Head, syntax: Option<String>, language: Option<String>, excerpt: Excerpt },
    Formula { head: Head, lines: Vec<Run>, aligned: Vec<Aligned>, latex: Text, explanation: Vec<Text> },
    Table { head: Head, grid: Grid, caption: Text },
    Graph { head: Head, chart: Box<Chart>, caption: Text },
    Diagram { head: Head, drawing: Drawing },
    Quote { head: Head, text: Text, attribution: Text },
    Number { head: Head, number: String, unit: String, text: Text },
    Definition { head: Head, meaning: Text },
    Columns { head: Head, left: List, right: List },
    Image { title: Text, label: String, caption: Text, figure: Size },
    Illustration { title: Text, strokes: Vec<Stroke> },
    Summary { head: Head, points: Vec<Text>, more: usize },
    Card { title: Text, text: Text },
    Placeholder { title: Text, text: Text },
}

/// The lines above the content.
#[derive(Serialize)]
struct Head {
    eyebrow: String,
    title: Text,
}

/// A list with its heading.
#[derive(Serialize)]
struct List {
    heading: Text,
    items: Vec<Text>,
}

/// The size of a figure in pixels.
#[derive(Serialize)]
struct Size {
    width: u32,
    height: u32,
    max_scale: f64,
}

/// A picture as Typst needs it.
#[derive(Default)]
pub(crate) struct Data {
    /// What the template reads, as JSON.
    pub(crate) json: Vec<u8>,
    /// The formulas as SVG, in the order of their numbers.
    pub(crate) formulas: Vec<String>,
    /// The same in the colour of what is softened; none where nothing is.
    pub(crate) soft_formulas: Vec<String>,
    /// The pixels of a figure.
    pub(crate) pixels: Option<Vec<u8>>,
    /// The fonts of the layer that its texts need.
    pub(crate) fonts: Vec<Font>,
}

/// Turns a picture into data.
pub(crate) fn data(picture: &Picture<'_>) -> Result<Data, RenderError> {
    let theme = brand::style(picture.theme, picture.brand);
    let Extent { width, height } = frame(picture);
    let texts = reading::texts(picture.visual);
    let right_to_left = reading::is_right_to_left(&texts, picture.visual.title(), picture.language);
    let (lang, region) = reading::language(picture.language);
    let line_air = if texts.iter().any(|text| text.contains(layer::is_foreign)) { FOREIGN_LINE_AIR } else { 0.0 };
    let mut setter = Setter::new(theme::rgb(&theme.text))
        .within((width * FIGURE_SHARE.0 / WIDEST_COLUMN).min(1.0))
        .reading(right_to_left, line_air);
    let pixels = match picture.visual {
        Visual::Figure { figure, .. } | Visual::Image { figure, .. } => Some(figure_pixels(picture, figure)?),
        _ => None,
    };
    let mut page = Page {
        width,
        height,
        theme: &theme,
        lang,
        region,
        right_to_left,
        line_air,
        fonts: Vec::new(),
        footer: footer(&picture.footer),
        step: picture.step,
        captions: captions(picture).map(|rows| rows.start),
        marked: picture.marked,
        logo: picture.kit.and_then(|kit| kit.logo.as_ref()).map(|logo| LogoSize {
            width: logo.width,
            height: logo.height,
            plate: logo.plate(brand::colour(&theme.background)).map(String::from),
        }),
        own_fonts: KitFonts::of(picture.kit),
        content: content(picture, pixels.as_ref(), &mut setter),
    };
    let written = serde_json::to_string(&page).expect(SERIALIZES);
    let (families, fonts) = layer::needed(&written, picture.language).into_iter().unzip();
    page.fonts = families;
    Ok(Data {
        json: serde_json::to_vec(&page).expect(SERIALIZES),
        soft_formulas: picture.marked.map(|_| setter.formulas_in(theme::rgb(&theme.muted))).unwrap_or_default(),
        formulas: setter.into_formulas().collect(),
        pixels: pixels.map(|pixels| pixels.rgba),
        fonts,
    })
}

const SERIALIZES: &str = "our own data types always have a JSON form";

/// What is written in a picture and no font can draw, by script.
pub(crate) fn unwritten(picture: &Picture<'_>) -> Vec<Unwritten> {
    let mut found: Vec<Unwritten> = Vec::new();
    let texts = reading::everything(picture.visual).into_iter().chain(picture.footer.source.clone());
    for sign in texts.flat_map(|text| text.chars().filter(|sign| text::is_lost(*sign)).collect::<Vec<_>>()) {
        let script = layer::script_name(sign);
        match found.iter_mut().find(|known| known.script == script) {
            Some(known) => known.signs += 1,
            None => found.push(Unwritten { script, signs: 1 }),
        }
    }
    found
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
        Visual::Formula { latex, steps, explanation, .. } => {
            let lines = aligned(&mut Setter::new([0.0; 3]), latex, steps).len() as u32;
            let shown = explanation.iter().filter(|text| !text.trim().is_empty()).count().min(MAX_EXPLANATIONS) as u32;
            if lines > 0 { lines + shown } else { several(explanation, MAX_EXPLANATIONS) }
        }
        Visual::Columns { left, right, .. } => {
            let items = shown_items(left).count() + shown_items(right).count();
            if items > 1 { items as u32 } else { 0 }
        }
        Visual::Card { text, .. } => u32::from(text.is_some()),
        Visual::Definition { meaning, .. } => u32::from(!meaning.trim().is_empty()),
        Visual::Summary { points, .. } => several(points, MAX_POINTS),
        Visual::Graph { graph, .. } => graph::steps(graph),
        Visual::Diagram { diagram, .. } => diagram::steps(diagram),
        Visual::Title { .. }
        | Visual::Code { .. }
        | Visual::Table { .. }
        | Visual::Quote { .. }
        | Visual::Number { .. }
        | Visual::Image { .. }
        | Visual::Illustration { .. }
        | Visual::Placeholder { .. } => 0,
    }
}

/// How many parts of a visual can be marked.
pub(crate) fn parts(visual: &Visual) -> u32 {
    let parts = match visual {
        Visual::Table { rows, .. } => rows.len() as u32,
        Visual::Code { text, .. } => text.lines().count() as u32,
        visual => steps(visual),
    };
    if parts > 1 { parts } else { 0 }
}

/// Pixels per layout unit.
pub(crate) fn scale(picture: &Picture<'_>) -> f64 {
    f64::from(picture.size.shorter_side()) / UNITS
}

/// The rows that are kept for captions, if any, in layout units.
pub(crate) fn captions(picture: &Picture<'_>) -> Option<Range<f64>> {
    picture.leaves_room_for_captions.then(|| captions::strip(frame(picture)).1)
}

fn units(picture: &Picture<'_>, pixels: u32) -> f64 {
    f64::from(pixels) / scale(picture)
}

/// The frame in layout units.
fn frame(picture: &Picture<'_>) -> Extent {
    let (size, shape) = (picture.size, picture.shape);
    Extent { width: units(picture, size.width(shape)), height: units(picture, size.height(shape)) }
}

fn figure_pixels(picture: &Picture<'_>, figure: &domain::Figure) -> Result<Pixels, RenderError> {
    let Extent { width, height } = frame(picture);
    let share = match picture.visual {
        Visual::Image { .. } => (1.0, 1.0),
        _ => FIGURE_SHARE,
    };
    let side = |units: f64, share: f64| (units * share * scale(picture)).round() as u32;
    figure::draw(figure, &picture.source, side(width, share.0), side(height, share.1))
}

fn footer(footer: &Footer) -> FooterText {
    FooterText {
        source: footer.source.as_deref().map(|source| text::plain(source, SOURCE)).unwrap_or_default(),
        position: footer.position.filter(|(at, of)| (1..=*of).contains(at) && *of <= MAX_POSITION),
    }
}

fn content(picture: &Picture<'_>, pixels: Option<&Pixels>, setter: &mut Setter) -> Content {
    match picture.visual {
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
            figure: size_of(pixels),
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
        Visual::Formula { eyebrow, title, latex, steps, explanation } => {
            let lines = setter.display(latex, FORMULA_EM);
            let aligned = aligned(setter, latex, steps);
            Content::Formula {
                head: head(setter, eyebrow.as_deref(), title),
                latex: if lines.is_empty() && aligned.is_empty() {
                    setter.text(&domain::inline::code(latex), LINE)
                } else {
                    Text::default()
                },
                lines,
                aligned,
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
            chart: Box::new(graph::chart(graph, setter)),
            caption: optional(setter, caption.as_deref(), LINE),
        },
        Visual::Diagram { eyebrow, title, diagram } => {
            let head = head(setter, eyebrow.as_deref(), title);
            let captions = captions(picture).map(|rows| rows.start);
            let area = area::below(!head.eyebrow.is_empty(), &head.title, frame(picture), captions);
            Content::Diagram { drawing: diagram::drawing(diagram, area, setter), head }
        }
        Visual::Quote { eyebrow, title, text, attribution } => Content::Quote {
            head: head(setter, eyebrow.as_deref(), title),
            text: setter.text(text, QUOTE),
            attribution: optional(setter, attribution.as_deref(), NARROW),
        },
        Visual::Number { eyebrow, title, number, unit, text } => Content::Number {
            head: head(setter, eyebrow.as_deref(), title),
            number: text::plain(number, FIGURES),
            unit: unit.as_deref().map(|unit| text::plain(unit, FIGURES)).unwrap_or_default(),
            text: setter.text(text, NARROW),
        },
        Visual::Definition { eyebrow, title, meaning } => {
            Content::Definition { head: head(setter, eyebrow.as_deref(), title), meaning: setter.text(meaning, QUOTE) }
        }
        Visual::Columns { eyebrow, title, left, right } => Content::Columns {
            head: head(setter, eyebrow.as_deref(), title),
            left: list(setter, left),
            right: list(setter, right),
        },
        Visual::Image { title, figure } => Content::Image {
            title: setter.text(title, TITLE),
            label: figure.label.as_deref().map(|label| text::plain(label, LABEL)).unwrap_or_default(),
            caption: optional(setter, figure.caption.as_deref(), NARROW),
            figure: size_of(pixels),
        },
        Visual::Illustration { title, description } => {
            Content::Illustration { title: setter.text(title, TITLE), strokes: illustration::draw(description, frame(picture)) }
        }
        Visual::Summary { title, points } => {
            let (points, more) = some(setter, points, MAX_POINTS, NARROW);
            Content::Summary { head: head(setter, None, title), points, more }
        }
        Visual::Card { title, text, .. } => Content::Card {
            title: setter.text(&domain::inline::escape(title), TITLE),
            text: setter.text(&domain::inline::escape(text.as_deref().unwrap_or_default()), LINE),
        },
        Visual::Placeholder { title, text } => {
            Content::Placeholder { title: setter.text(title, TITLE), text: setter.text(text, LINE) }
        }
    }
}

fn size_of(pixels: Option<&Pixels>) -> Size {
    pixels.map_or(Size { width: 1, height: 1, max_scale: 1.0 }, |pixels| Size {
        width: pixels.width,
        height: pixels.height,
        max_scale: pixels.max_scale.min(1e6),
    })
}

/// A formula and what follows from it line by line; empty where nothing does, or where a line is not a formula.
fn aligned(setter: &mut Setter, latex: &str, steps: &[String]) -> Vec<Aligned> {
    let mut lines: Vec<String> = vec![latex.to_owned()];
    for step in steps.iter().filter(|step| !step.trim().is_empty()).take(MAX_STEPS) {
        match lines.last_mut() {
            // What begins with a relation goes on in the line of a term that has none yet.
            Some(last) if formula::at_relation(last).1.is_empty() && formula::at_relation(step).0.is_empty() => {
                *last = format!("{last} {step}");
            }
            _ => lines.push(step.clone()),
        }
    }
    if steps.is_empty() { Vec::new() } else { setter.aligned(&lines) }
}

/// The items of a column that say something, as many as are shown.
fn shown_items(column: &Column) -> impl Iterator<Item = &String> {
    column.items.iter().filter(|item| !text::clean(&domain::inline::plain(item)).trim().is_empty()).take(MAX_ITEMS)
}

fn list(setter: &mut Setter, column: &Column) -> List {
    List { heading: setter.text(&column.heading, HALF), items: shown_items(column).map(|item| setter.text(item, HALF)).collect() }
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
