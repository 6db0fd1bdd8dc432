//! Chooses what is shown: what the section really holds before what would have to be made up.

use super::language::Language;
use super::matter::{Form, Matter, join, term_of};
use super::plan::{self, Part};
use super::salience::Chosen;
use super::shorten::{self, Fit};
use super::{diagram, formula, graph, headings, quote, speakable, verbs};
use domain::{Block, Diagram, DocumentKind, Figure, FigureSource, Graph, GraphForm, Span, Visual, inline};

/// A point on a slide has at most so many words.
pub(crate) const POINT_WORDS: usize = 12;

const MOST_CODE_LINES: usize = 16;
const WIDEST_CODE_LINE: usize = 96;
const MOST_COLUMNS: usize = 6;
const MOST_ROWS: usize = 8;
const WIDEST_CELL: usize = 60;
const LONGEST_LATEX: usize = 240;
const MOST_POINTS: usize = 5;

/// Something of the document that can be shown.
pub(crate) struct Exhibit<'a> {
    /// Where it stands: section and block.
    pub(crate) place: (usize, usize),
    /// Its label in the text, such as `figure 3`.
    pub(crate) label: Option<String>,
    /// Where it stands in the source.
    pub(crate) span: Span,
    content: Content<'a>,
    worth: f64,
}

enum Content<'a> {
    Figure(&'a Figure),
    Table { header: &'a [String], rows: Vec<Vec<String>>, caption: Option<&'a str> },
    Graph { graph: Graph, header: &'a [String], caption: Option<&'a str> },
    Diagram(Diagram),
    Quote { text: String, attribution: String },
    Code { language: Option<&'a str>, text: String },
    Formula(&'a str),
    DrawnFormula(&'a Figure),
}

/// The heading of a scene and the short line above it.
pub(crate) struct Heading {
    pub(crate) eyebrow: Option<String>,
    pub(crate) title: String,
}

/// The exhibit that serves a scene best: one that its text points to, wherever the page has put it, else one that stands in it
/// and that no other text points to.
pub(crate) fn exhibit<'a>(matter: &Matter<'a>, part: &Part, shown: &[(usize, usize)]) -> Option<Exhibit<'a>> {
    let points_to = |range: std::ops::Range<usize>| -> Vec<&str> {
        matter.sentences[range].iter().flat_map(|sentence| &sentence.mentions).map(String::as_str).collect()
    };
    let here = points_to(part.sentences.clone());
    let anywhere = points_to(0..matter.sentences.len());
    let own: Vec<(usize, usize)> = plan::blocks(matter, part).map(|(place, _)| place).collect();
    let formulas = plan::blocks(matter, part).filter(|(_, block)| matches!(block, Block::Formula { .. })).count();
    let is_mathematical = formulas * 6 >= part.sentences.len().max(6);
    let mut best: Option<Exhibit<'a>> = None;
    for (place, block) in plan::all_blocks(matter).filter(|(place, _)| !shown.contains(place)) {
        let Some(mut exhibit) = judge(matter, place, block) else { continue };
        match exhibit.label.as_deref() {
            Some(label) if here.contains(&label) => exhibit.worth += 1.0,
            Some(label) if anywhere.contains(&label) => continue,
            _ if !own.contains(&place) => continue,
            _ if is_mathematical && matches!(exhibit.content, Content::DrawnFormula(_)) => exhibit.worth += 0.15,
            _ => {}
        }
        if best.as_ref().is_none_or(|best| exhibit.worth > best.worth) {
            best = Some(exhibit);
        }
    }
    best
}

fn judge<'a>(matter: &Matter<'a>, place: (usize, usize), block: &'a Block) -> Option<Exhibit<'a>> {
    let span = block.span();
    let (content, label, worth) = match block {
        Block::Figure { figure, .. } => {
            let worth = figure_worth(matter, figure)?;
            (Content::Figure(figure), figure.label.clone(), worth)
        }
        Block::Table { header, rows, caption, .. } => {
            let shown = match graph::of_table(header, rows, matter.language) {
                Some(graph) => Content::Graph { graph, header, caption: caption.as_deref() },
                None => Content::Table { header, rows: fitting_rows(header, rows)?, caption: caption.as_deref() },
            };
            (shown, caption.clone(), 2.5)
        }
        Block::Code { language, text, .. } if language.as_deref().is_some_and(|language| language.starts_with("mermaid")) => {
            // A source that cannot be drawn teaches nobody.
            (Content::Diagram(diagram::of_listing(language.as_deref(), text)?), None, 3.0)
        }
        Block::List { ordered: true, items, .. } => {
            let heading = matter.document.sections.get(place.0)?.heading.as_deref()?;
            (Content::Diagram(diagram::of_steps(heading, items, matter.language)?), None, 2.0)
        }
        Block::Quote { .. } => {
            let next = matter.document.sections.get(place.0)?.blocks.get(place.1 + 1);
            let (text, attribution) = quote::of(block, next)?;
            (Content::Quote { text, attribution }, None, 1.7)
        }
        Block::Code { language, text, .. } => {
            let (text, worth) = fitting_code(language.as_deref(), text)?;
            // In a PDF whatever is set in a fixed-width face was read as a listing, and pages tear listings apart.
            if matter.document.kind == DocumentKind::Pdf && !(looks_like_code(&text) && is_balanced(&text)) {
                return None;
            }
            (Content::Code { language: language.as_deref(), text }, None, worth)
        }
        Block::Formula { latex: Some(latex), .. } if (3..=LONGEST_LATEX).contains(&latex.len()) => {
            (Content::Formula(latex), None, 1.9)
        }
        Block::Formula { latex: None, figure: Some(figure), .. } if is_large_enough(figure) => {
            (Content::DrawnFormula(figure), None, 1.65)
        }
        _ => return None,
    };
    let label = label.and_then(|label| super::apparatus::labels(&label).into_iter().next());
    Some(Exhibit { place, label, span, content, worth })
}

/// Whether no bracket is closed that was not opened.
fn is_balanced(text: &str) -> bool {
    let mut depth = 0i32;
    text.chars().all(|c| {
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        depth >= 0
    })
}

fn figure_worth(matter: &Matter<'_>, figure: &Figure) -> Option<f64> {
    let captioned = figure.caption.as_deref().is_some_and(|caption| speakable::count_words(caption) >= 2);
    match (&figure.source, captioned) {
        (FigureSource::Page { .. }, _) if !is_large_enough(figure) => None,
        (_, true) => Some(3.2),
        (FigureSource::Page { .. }, false) => Some(2.2),
        // Uncaptioned pictures of Markdown are mostly logos and badges.
        (FigureSource::Image { .. }, false) if matter.document.kind == DocumentKind::Markdown => None,
        (FigureSource::Image { .. }, false) => Some(1.8),
    }
}

fn is_large_enough(figure: &Figure) -> bool {
    match &figure.source {
        FigureSource::Page { rect, .. } => rect.width >= 60.0 && rect.height >= 12.0 && rect.width <= rect.height * 24.0,
        FigureSource::Image { .. } => true,
    }
}

/// The rows that are shown; none if the table is too wide, too empty or too wordy to be read from a screen.
fn fitting_rows(header: &[String], rows: &[Vec<String>]) -> Option<Vec<Vec<String>>> {
    let columns = header.len().max(rows.iter().map(Vec::len).max().unwrap_or(0));
    let cells = || header.iter().chain(rows.iter().flatten());
    let widest = cells().map(|cell| inline::plain(cell).chars().count()).max().unwrap_or(0);
    let filled = cells().filter(|cell| !cell.trim().is_empty()).count();
    let total = cells().count().max(1);
    let fits = (header.is_empty() || header.len() == columns)
        && (2..=MOST_COLUMNS).contains(&columns)
        && !rows.is_empty()
        && rows.len() <= MOST_ROWS
        && widest <= WIDEST_CELL
        && filled * 3 >= total * 2;
    let even = |row: &Vec<String>| (0..columns).map(|at| row.get(at).cloned().unwrap_or_default()).collect();
    fits.then(|| rows.iter().map(even).collect())
}

fn fitting_code(language: Option<&str>, text: &str) -> Option<(String, f64)> {
    let is_rust = language.is_some_and(|language| language.starts_with("rust"));
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim_end)
        // Lines that rustdoc hides from its readers.
        .filter(|line| !(is_rust && (line.trim() == "#" || line.trim_start().starts_with("# "))))
        .collect();
    let first = lines.iter().position(|line| !line.is_empty())?;
    let last = lines.iter().rposition(|line| !line.is_empty())?;
    let lines = &lines[first..=last];
    let indent = lines.iter().filter(|line| !line.is_empty()).map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let lines: Vec<String> = lines.iter().map(|line| line.get(indent..).unwrap_or_default().replace('\t', "    ")).collect();
    if lines.iter().any(|line| line.chars().count() > WIDEST_CODE_LINE) {
        return None;
    }
    let is_shell = language
        .is_some_and(|language| matches!(language, "sh" | "bash" | "console" | "shell" | "text" | "txt" | "zsh" | "powershell"));
    let is_configuration = language.is_some_and(|language| matches!(language, "toml" | "json" | "yaml" | "yml" | "ini" | "xml"));
    let dull = if is_shell || is_configuration { 0.5 } else { 0.0 };
    if lines.len() <= MOST_CODE_LINES {
        let worth = match lines.len() {
            1 => 1.1,
            2 => 1.7,
            _ => 2.1,
        };
        return Some((lines.join("\n"), worth - dull));
    }
    let end = (6..MOST_CODE_LINES)
        .rev()
        .find(|at| lines[*at].is_empty() || lines[*at - 1].starts_with(['}', ')', ']']))
        .unwrap_or(MOST_CODE_LINES - 1);
    let kept = lines[..end].iter().rposition(|line| !line.is_empty()).map_or(end, |at| at + 1);
    Some((format!("{}\n…", lines[..kept].join("\n")), 1.7 - dull))
}

/// At least three lines, and signs of a programming language in every other.
fn looks_like_code(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let signs = lines
        .iter()
        .filter(|line| line.contains(['=', '(', '{', '}', ';', '<', '#']) || line.contains("::") || line.ends_with(':'))
        .count();
    lines.len() >= 3 && signs * 2 >= lines.len() && !text.contains(['▶', '•', '◮'])
}

impl Exhibit<'_> {
    /// Whether it is better than a list of points.
    pub(crate) fn beats_points(&self, sentences: usize) -> bool {
        self.worth > 1.6 || sentences == 0
    }

    /// The scene that shows it.
    pub(crate) fn show(&self, heading: Heading, points: Vec<String>, language: Language) -> Visual {
        let Heading { eyebrow, title } = heading;
        let few = |mut points: Vec<String>| {
            points.truncate(3);
            points
        };
        match &self.content {
            Content::Figure(figure) => {
                let caption = figure
                    .caption
                    .as_deref()
                    .map(|caption| short_caption(caption, 24, language))
                    .filter(|caption| !caption.is_empty());
                let figure = Figure { caption, ..(*figure).clone() };
                Visual::Figure { eyebrow, title, figure, bullets: few(points) }
            }
            Content::DrawnFormula(figure) => Visual::Figure { eyebrow, title, figure: (*figure).clone(), bullets: few(points) },
            Content::Table { header, rows, caption } => Visual::Table {
                eyebrow,
                title,
                header: header.to_vec(),
                rows: rows.clone(),
                caption: caption
                    .map(|caption| short_caption(without_label(caption), 24, language))
                    .filter(|caption| !caption.is_empty()),
            },
            Content::Graph { graph, caption, .. } => Visual::Graph {
                eyebrow,
                title,
                graph: graph.clone(),
                caption: caption
                    .map(|caption| short_caption(without_label(caption), 24, language))
                    .filter(|caption| !caption.is_empty()),
            },
            Content::Diagram(diagram) => Visual::Diagram { eyebrow, title, diagram: diagram.clone() },
            Content::Quote { text, attribution } => {
                Visual::Quote { eyebrow, title, text: text.clone(), attribution: Some(attribution.clone()) }
            }
            Content::Code { language, text } => Visual::Code {
                eyebrow,
                title,
                language: language.map(|name| name.split([',', ' ']).next().unwrap_or(name).to_owned()),
                text: text.clone(),
                highlight: Vec::new(),
            },
            Content::Formula(latex) => {
                let latex = (*latex).trim().to_owned();
                Visual::Formula { eyebrow, title, latex, steps: Vec::new(), explanation: few(points) }
            }
        }
    }

    /// What the narrator says about it, as a sentence.
    pub(crate) fn mention(&self, matter: &Matter<'_>) -> Option<String> {
        let language = matter.language;
        let p = language.phrases();
        let sentence = match &self.content {
            Content::Figure(figure) => shows(matter, self.sort(), &said_caption(figure.caption.as_deref()?, language)?),
            Content::DrawnFormula(_) => p.formula.to_owned(),
            Content::Diagram(_) | Content::Quote { .. } => return None,
            Content::Table { header, caption, .. } | Content::Graph { header, caption, .. } => {
                let graph = if let Content::Graph { graph, .. } = &self.content { Some(graph) } else { None };
                let what = caption.and_then(|caption| said_caption(without_label(caption), language));
                let shown = match what {
                    Some(what) => shows(matter, if graph.is_some() { Sort::Figure } else { Sort::Table }, &what),
                    None => gives(matter, header, graph.is_some())?,
                };
                match graph.and_then(|graph| extremes(matter, graph)) {
                    Some(extremes) => format!("{shown}. {extremes}"),
                    None => shown,
                }
            }
            Content::Code { language: name, .. } => match name.and_then(language_name) {
                Some(name) => format!("{} {name}", p.listing_in),
                None => p.listing.to_owned(),
            },
            Content::Formula(latex) => match formula::speak(latex, language, formula::DISPLAYED_WORDS) {
                Some(said) => format!("{} {said}", p.formula_reads),
                None => p.formula.to_owned(),
            },
        };
        Some(format!("{}.", sentence.trim_end_matches('.')))
    }

    /// What its label says that it is, also where it was cut out as a picture.
    fn sort(&self) -> Sort {
        match self.label.as_deref() {
            Some(label) if label.starts_with("table") => Sort::Table,
            Some(label) if label.starts_with("listing") => Sort::Listing,
            _ => Sort::Figure,
        }
    }

    /// How the narrator calls it instead of by its label.
    pub(crate) fn name(&self, language: Language) -> &'static str {
        let p = language.phrases();
        match &self.content {
            Content::Figure(_) => self.sort().one_of([p.the_figure, p.the_table, p.the_listing]),
            Content::Graph { .. } | Content::Diagram(_) | Content::Quote { .. } => p.the_figure,
            Content::Table { .. } => p.the_table,
            Content::Code { .. } => p.the_listing,
            Content::Formula(_) | Content::DrawnFormula(_) => p.the_formula,
        }
    }
}

/// What a caption calls what it stands below.
#[derive(Debug, Clone, Copy)]
enum Sort {
    Figure,
    Table,
    Listing,
}

impl Sort {
    fn one_of(self, [figure, table, listing]: [&'static str; 3]) -> &'static str {
        match self {
            Self::Figure => figure,
            Self::Table => table,
            Self::Listing => listing,
        }
    }
}

/// `The figure shows the two bulges of water`; with a colon before what is a sentence of its own, and in other languages.
fn shows(matter: &Matter<'_>, sort: Sort, caption: &str) -> String {
    let p = matter.language.phrases();
    let words: Vec<String> = caption.split_whitespace().map(str::to_lowercase).collect();
    let is_finite =
        |word: &str, before: &str| verbs::is_verb(word, Some(before)) && !word.ends_with("ing") && !word.ends_with("ed");
    let is_sentence = words.windows(2).any(|pair| is_finite(&pair[1], &pair[0]));
    match p.shows_plainly.filter(|_| !is_sentence) {
        Some(plainly) => format!("{} {}", sort.one_of(plainly), headings::inside_a_sentence(caption, &matter.case)),
        None => format!("{} {caption}", sort.one_of([p.figure_shows, p.table_shows, p.listing_shows])),
    }
}

/// `For each port, the table gives range and depth`, by the names of the columns; none if there are too few or too many to be said.
fn gives(matter: &Matter<'_>, header: &[String], is_graph: bool) -> Option<String> {
    const MOST_NAMED: usize = 4;
    const MOST_NAME_WORDS: usize = 5;
    let p = matter.language.phrases();
    let said: Vec<String> = header.iter().filter_map(|cell| speakable::phrase(cell, matter.language)).collect();
    // Cells begin with a capital because they begin; one more means an abbreviation or a name.
    let has_one_capital = |name: &str| name.chars().filter(|c| c.is_uppercase()).count() == 1;
    let uncapitalised = |name: &String| if has_one_capital(name) { name.to_lowercase() } else { name.clone() };
    let inside: Vec<String> = said.iter().map(uncapitalised).collect();
    let is_short = inside.iter().all(|name| speakable::count_words(name) <= MOST_NAME_WORDS);
    match (p.for_each, inside.as_slice()) {
        (Some([each, table, graph]), [rows, columns @ ..])
            if said.len() == header.len() && (1..MOST_NAMED).contains(&columns.len()) && is_short =>
        {
            let columns = join(columns, ", ", p.and);
            Some(format!("{each} {rows}, {} {columns}", if is_graph { graph } else { table }))
        }
        _ if said.len() > 1 => {
            Some(format!("{} {}", if is_graph { p.figure_shows } else { p.table_shows }, join(&said, ", ", p.and)))
        }
        _ => None,
    }
}

/// `Brest comes first with 6 metres, and Kiel comes last with 1`: of a graph with one number for each name, if they differ.
fn extremes(matter: &Matter<'_>, graph: &Graph) -> Option<String> {
    const LEAST_NAMES: usize = 3;
    let language = matter.language;
    let [first, last] = language.phrases().extremes?;
    let [series] = graph.series.as_slice() else { return None };
    let named: Vec<(&String, f64)> =
        graph.categories.iter().zip(&series.values).filter_map(|(name, value)| Some((name, (*value)?))).collect();
    let is_apart = |one: f64| named.iter().filter(|(_, value)| (*value - one).abs() < f64::EPSILON).count() == 1;
    let highest = named.iter().max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, value)| is_apart(*value))?;
    let lowest = named.iter().min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, value)| is_apart(*value))?;
    // A line is read by how it runs, and names that are numbers make no sentence.
    let has_names = named.iter().all(|(name, _)| name.starts_with(char::is_alphabetic));
    if named.len() < LEAST_NAMES || !has_names || matches!(graph.form, GraphForm::Line | GraphForm::Area) {
        return None;
    }
    let unit = graph.y.unit.as_deref().unwrap_or_default();
    let say = |(name, value): &(&String, f64), comes: &str| {
        let quantity = format!("{value} {unit}");
        Some(format!("{} {comes} {}", speakable::phrase(name, language)?, speakable::phrase(quantity.trim(), language)?))
    };
    Some(format!("{}, {} {}", say(highest, first)?, language.phrases().and, say(lowest, last)?))
}

/// The first sentence of a caption, in at most so many words.
fn short_caption(caption: &str, most_words: usize, language: Language) -> String {
    let shown = speakable::shown(caption, language);
    let first = super::sentences::split(&shown).first().copied().unwrap_or_default().to_owned();
    shorten::to_words(first.trim_end_matches('.'), most_words)
}

fn said_caption(caption: &str, language: Language) -> Option<String> {
    const MOST_WORDS: usize = 22;
    let short = short_caption(caption, MOST_WORDS, language);
    let said = speakable::phrase(short.trim_end_matches('…'), language)?;
    (speakable::count_words(&said) >= 2).then_some(said)
}

/// `Table 3: Results` without its label.
fn without_label(caption: &str) -> &str {
    let is_label = |label: &str| label.split_whitespace().count() <= 2 && label.chars().any(|c| c.is_ascii_digit());
    [": ", ". "]
        .iter()
        .find_map(|mark| caption.split_once(mark).filter(|(label, _)| is_label(label)).map(|(_, rest)| rest))
        .unwrap_or(caption)
}

/// Names of programming languages as they are said.
fn language_name(tag: &str) -> Option<&'static str> {
    let tag = tag.split([',', ' ', '{']).next().unwrap_or(tag).to_ascii_lowercase();
    Some(match tag.as_str() {
        "rust" | "rs" => "Rust",
        "python" | "py" | "python3" => "Python",
        "javascript" | "js" | "jsx" => "JavaScript",
        "typescript" | "ts" | "tsx" => "TypeScript",
        "c" => "C",
        "cpp" | "c++" | "cxx" => "C plus plus",
        "csharp" | "cs" => "C sharp",
        "java" => "Java",
        "kotlin" => "Kotlin",
        "swift" => "Swift",
        "go" | "golang" => "Go",
        "ruby" | "rb" => "Ruby",
        "php" => "PHP",
        "haskell" | "hs" => "Haskell",
        "scala" => "Scala",
        "sql" => "SQL",
        "html" => "HTML",
        "css" => "CSS",
        "json" => "JSON",
        "yaml" | "yml" => "YAML",
        "toml" => "TOML",
        "xml" => "XML",
        "lua" => "Lua",
        "perl" => "Perl",
        "r" => "R",
        "julia" => "Julia",
        "ocaml" => "OCaml",
        "elixir" => "Elixir",
        "lisp" | "scheme" => "Lisp",
        _ => return None,
    })
}

/// Points for a slide: the items of a list if the scene is about one, else short phrases of what is said.
pub(crate) fn points(matter: &Matter<'_>, chosen: &[Chosen]) -> Vec<String> {
    let mut points: Vec<(String, Fit)> = Vec::new();
    for one in chosen {
        let sentence = &matter.sentences[one.sentence];
        if !sentence.leans_on.is_empty() {
            continue;
        }
        if sentence.form == Form::Listing && points.len() < 3 {
            points.extend(items(matter, sentence.section, sentence.block).into_iter().map(|item| (item, Fit::Whole)));
        } else {
            points.push(shorten::fitted(&sentence.shown, POINT_WORDS));
        }
    }
    points.retain(|(point, _)| !point.is_empty());
    // What had to be torn is shown only if there is nothing better.
    if points.iter().filter(|(_, fit)| *fit > Fit::Torn).count() >= 2 {
        points.retain(|(_, fit)| *fit > Fit::Torn);
    }
    let mut different: Vec<String> = Vec::new();
    for (point, _) in points {
        if !different.contains(&point) {
            different.push(point);
        }
    }
    different.truncate(MOST_POINTS + 1);
    different
}

/// One sentence as a point, and how well that stands for it.
pub(crate) fn point(matter: &Matter<'_>, one: &Chosen) -> (String, Fit) {
    shorten::fitted(&matter.sentences[one.sentence].shown, POINT_WORDS)
}

fn items(matter: &Matter<'_>, section: usize, block: usize) -> Vec<String> {
    let Some(Block::List { items, .. }) = matter.document.sections.get(section).and_then(|section| section.blocks.get(block))
    else {
        return Vec::new();
    };
    items
        .iter()
        .filter(|item| item.depth == 0)
        .map(|item| {
            let shown = speakable::shown(&item.text, matter.language);
            let text = if speakable::count_words(&shown) > POINT_WORDS { term_of(&shown).to_owned() } else { shown };
            shorten::phrase(&text, POINT_WORDS)
        })
        .filter(|item| item.chars().any(char::is_alphanumeric))
        .take(MOST_POINTS + 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_code_is_cut_at_a_border() {
        let block = "fn a() {\n    1\n}\n";
        let (text, _) = fitting_code(Some("rust"), &block.repeat(8)).expect("it fits");
        assert!(text.lines().count() <= MOST_CODE_LINES, "{text}");
        assert!(text.ends_with("}\n…"), "{text}");
    }

    #[test]
    fn code_loses_its_indent_and_what_rustdoc_hides() {
        let (text, _) = fitting_code(Some("rust"), "    # use a::b;\n    let x = 1;\n      let y = 2;\n").expect("it fits");
        assert_eq!(text, "let x = 1;\n  let y = 2;");
        assert!(fitting_code(None, &"x".repeat(200)).is_none());
        assert!(fitting_code(None, "\n \n").is_none());
    }

    #[test]
    fn a_table_is_shown_if_it_can_be_read() {
        let row = |columns: usize| vec!["x".to_owned(); columns];
        assert!(fitting_rows(&row(3), &[row(3), row(2)]).is_none_or(|rows| rows.iter().all(|row| row.len() == 3)));
        assert!(fitting_rows(&row(9), &[row(9)]).is_none());
        assert!(fitting_rows(&row(3), &vec![row(3); 20]).is_none());
        assert!(fitting_rows(&[], &[]).is_none());
    }

    #[test]
    fn a_caption_is_known_without_its_label() {
        assert_eq!(without_label("Table 3: Results of it"), "Results of it");
        assert_eq!(without_label("Results: all of them"), "Results: all of them");
    }
}
