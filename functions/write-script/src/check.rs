//! The one check every script passes, whoever wrote it: a model, a person who edits, or the embedded writer.

use domain::{Block, Document, Figure, MAX_SCENES, SCRIPT_SCHEMA, Scene, Script, Visual};

/// A narration has at least so many characters.
pub const LEAST_NARRATION: usize = 10;
/// A narration has at most so many characters.
pub const MOST_NARRATION: usize = 1000;

const MOST_TITLE: usize = 200;
const MOST_LINE: usize = 240;
const MOST_BULLETS: usize = 6;
const MOST_BESIDE: usize = 3;
const MOST_CODE: usize = 4000;
const MOST_CODE_LINES: usize = 40;
const MOST_LATEX: usize = 1000;
const MOST_COLUMNS: usize = 10;
const MOST_ROWS: usize = 24;
const MOST_CELL: usize = 200;
const MOST_CUES: usize = 40;

/// Says in words what is wrong with a script, one phrase for each fault; empty for a sound one. Never quotes the script.
pub fn faults(script: &Script, document: &Document) -> Vec<String> {
    let mut faults = Faults(Vec::new());
    let figures = figures(document);
    faults.unless(script.schema == SCRIPT_SCHEMA, || format!("`schema` is {}, expected {SCRIPT_SCHEMA}", script.schema));
    faults.text("`title`", &script.title, 1, MOST_TITLE);
    faults.unless(is_language(&script.language), || "`language` is not a language tag such as `en`".to_owned());
    let most = usize::from(MAX_SCENES);
    faults.unless((1..=most).contains(&script.scenes.len()), || {
        format!("there are {} scenes, expected 1 to {most}", script.scenes.len())
    });
    for (at, scene) in script.scenes.iter().enumerate() {
        faults.scene(at, scene, &figures);
    }
    faults.0
}

/// Every figure of a document, formulas that are drawn among them.
fn figures(document: &Document) -> Vec<&Figure> {
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    blocks
        .filter_map(|block| match block {
            Block::Figure { figure, .. } | Block::Formula { figure: Some(figure), .. } => Some(figure),
            _ => None,
        })
        .collect()
}

fn is_language(tag: &str) -> bool {
    (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

struct Faults(Vec<String>);

impl Faults {
    fn unless(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.0.push(fault());
        }
    }

    fn text(&mut self, what: &str, text: &str, least: usize, most: usize) {
        let length = text.trim().chars().count();
        self.unless((least..=most).contains(&length), || format!("{what} has {length} characters, expected {least} to {most}"));
        self.unless(!text.chars().any(char::is_control), || format!("{what} holds a control character"));
    }

    fn lines(&mut self, what: &str, lines: &[String], least: usize, most: usize) {
        self.unless((least..=most).contains(&lines.len()), || {
            format!("{what} has {} lines, expected {least} to {most}", lines.len())
        });
        for (at, line) in lines.iter().enumerate() {
            self.text(&format!("{what}[{at}]"), line, 1, MOST_LINE);
        }
    }

    fn maybe(&mut self, what: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.text(what, text, 1, MOST_LINE);
        }
    }

    fn scene(&mut self, at: usize, scene: &Scene, figures: &[&Figure]) {
        let in_scene = |what: &str| format!("scenes[{at}].{what}");
        self.text(&in_scene("narration"), &scene.narration, LEAST_NARRATION, MOST_NARRATION);
        let words = scene.narration.split_whitespace().count();
        self.unless(scene.cues.len() <= MOST_CUES, || {
            format!("{} has {}, expected at most {MOST_CUES}", in_scene("cues"), scene.cues.len())
        });
        for cue in &scene.cues {
            let holds = usize::try_from(cue.word).is_ok_and(|word| word < words) && cue.step > 0;
            self.unless(holds, || {
                format!(
                    "{} name word {} and step {}, expected a word below {words} and a step from 1",
                    in_scene("cues"),
                    cue.word,
                    cue.step
                )
            });
        }
        self.visual(&in_scene("visual"), &scene.visual, figures);
    }

    fn visual(&mut self, place: &str, visual: &Visual, figures: &[&Figure]) {
        let field = |name: &str| format!("{place}.{name}");
        self.text(&field("title"), visual.title(), 1, MOST_TITLE);
        match visual {
            Visual::Title { subtitle, byline, .. } => {
                self.maybe(&field("subtitle"), subtitle.as_ref());
                self.maybe(&field("byline"), byline.as_ref());
            }
            Visual::Slide { eyebrow, bullets, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                self.lines(&field("bullets"), bullets, 1, MOST_BULLETS);
            }
            Visual::Figure { eyebrow, figure, bullets, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                self.lines(&field("bullets"), bullets, 0, MOST_BESIDE);
                let known = figures.iter().any(|other| other.source == figure.source);
                self.unless(known, || format!("{} is not a figure of the document", field("figure")));
            }
            Visual::Code { eyebrow, text, highlight, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                self.code(&field("text"), text);
                let lines = text.lines().count();
                for line in highlight {
                    let holds = usize::try_from(*line).is_ok_and(|line| (1..=lines).contains(&line));
                    self.unless(holds, || format!("{} names line {line}, expected 1 to {lines}", field("highlight")));
                }
            }
            Visual::Formula { eyebrow, latex, explanation, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                let length = latex.trim().chars().count();
                self.unless((1..=MOST_LATEX).contains(&length), || {
                    format!("{} has {length} characters, expected 1 to {MOST_LATEX}", field("latex"))
                });
                self.lines(&field("explanation"), explanation, 0, MOST_BESIDE);
            }
            Visual::Table { eyebrow, header, rows, caption, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                self.maybe(&field("caption"), caption.as_ref());
                self.table(place, header, rows);
            }
            Visual::Summary { points, .. } => self.lines(&field("points"), points, 2, 5),
            Visual::Placeholder { text, .. } => self.text(&field("text"), text, 1, MOST_NARRATION),
        }
    }

    fn code(&mut self, what: &str, text: &str) {
        let length = text.trim().chars().count();
        self.unless((1..=MOST_CODE).contains(&length), || format!("{what} has {length} characters, expected 1 to {MOST_CODE}"));
        let lines = text.lines().count();
        self.unless(lines <= MOST_CODE_LINES, || format!("{what} has {lines} lines, expected at most {MOST_CODE_LINES}"));
        self.unless(!text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')), || {
            format!("{what} holds a control character")
        });
    }

    fn table(&mut self, place: &str, header: &[String], rows: &[Vec<String>]) {
        let columns = if header.is_empty() { rows.first().map_or(0, Vec::len) } else { header.len() };
        self.unless((1..=MOST_COLUMNS).contains(&columns), || {
            format!("{place} has {columns} columns, expected 1 to {MOST_COLUMNS}")
        });
        self.unless((1..=MOST_ROWS).contains(&rows.len()), || {
            format!("{place} has {} rows, expected 1 to {MOST_ROWS}", rows.len())
        });
        self.unless(rows.iter().all(|row| row.len() == columns), || format!("{place} has rows of different lengths"));
        let too_long = header
            .iter()
            .chain(rows.iter().flatten())
            .any(|cell| cell.chars().count() > MOST_CELL || cell.chars().any(char::is_control));
        self.unless(!too_long, || format!("{place} has a cell of more than {MOST_CELL} characters, or with a control character"));
    }
}
