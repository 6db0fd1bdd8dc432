//! The one check every script passes, whoever wrote it: a model, a person who edits, or the embedded writer.

mod diagram;
mod graph;

use crate::{Block, Diagram, Document, Figure, MAX_SCENES, SCRIPT_SCHEMA, Scene, Script, Visual};

/// A narration has at least so many characters.
pub const LEAST_NARRATION: usize = 10;
/// A narration has at most so many characters.
pub const MOST_NARRATION: usize = 1000;

/// A title has at most so many characters.
pub const MOST_TITLE: usize = 200;
/// A line of a visual has at most so many characters.
pub const MOST_LINE: usize = 240;
/// A quotation or a definition that can be read while it is heard has at most so many characters.
pub const MOST_QUOTE: usize = 420;
/// A number that says it all has at most so many characters.
pub const MOST_NUMBER: usize = 20;
/// A description of a picture has at least and at most so many characters.
const LEAST_DESCRIPTION: usize = 5;
const MOST_DESCRIPTION: usize = 500;
const MOST_ITEMS: usize = 5;
const MOST_STEPS: usize = 7;
const MOST_BULLETS: usize = 12;
const MOST_BESIDE: usize = 3;
const MOST_CODE: usize = 4000;
const MOST_CODE_LINES: usize = 40;
const MOST_LATEX: usize = 1000;
const MOST_COLUMNS: usize = 10;
const MOST_ROWS: usize = 24;
/// A cell of a table has at most so many characters.
pub const MOST_CELL: usize = 200;
const MOST_CUES: usize = 40;

/// Says in words what is wrong with a script, one phrase for each fault; empty for a sound one. Never quotes the script.
pub fn faults(script: &Script, document: &Document) -> Vec<String> {
    let mut faults = Faults(Vec::new());
    let figures = figures(document);
    faults.unless(script.schema == SCRIPT_SCHEMA, || format!("`schema` is {}, expected {SCRIPT_SCHEMA}", script.schema));
    faults.text("`title`", &script.title, 1, MOST_TITLE);
    faults.unless(is_language(&script.language), || "`language` is not a language tag such as `en`".to_owned());
    let most = usize::from(MAX_SCENES);
    // Cards are made from the options, which are checked where they come from.
    let scenes = || script.scenes.iter().enumerate().filter(|(_, scene)| !scene.is_card());
    faults.unless((1..=most).contains(&scenes().count()), || {
        format!("there are {} scenes, expected 1 to {most}", scenes().count())
    });
    for (at, scene) in scenes() {
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

/// Says in words what is wrong with a diagram, as [`faults`] does of a whole script.
pub fn diagram_faults(diagram: &Diagram) -> Vec<String> {
    let mut faults = Faults(Vec::new());
    faults.diagram("diagram", diagram);
    faults.0
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
        let words = crate::words(&scene.narration).len();
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
                self.figure(&field("figure"), figure, figures);
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
            Visual::Formula { eyebrow, latex, steps, explanation, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                let length = latex.trim().chars().count();
                self.unless((1..=MOST_LATEX).contains(&length), || {
                    format!("{} has {length} characters, expected 1 to {MOST_LATEX}", field("latex"))
                });
                self.lines(&field("steps"), steps, 0, MOST_STEPS);
                self.lines(&field("explanation"), explanation, 0, MOST_BESIDE);
            }
            Visual::Table { eyebrow, header, rows, caption, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                self.maybe(&field("caption"), caption.as_ref());
                self.table(place, header, rows);
            }
            Visual::Graph { eyebrow, graph, caption, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                self.maybe(&field("caption"), caption.as_ref());
                self.graph(&field("graph"), graph);
            }
            Visual::Diagram { eyebrow, diagram, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                self.diagram(&field("diagram"), diagram);
            }
            Visual::Quote { eyebrow, text, attribution, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                self.text(&field("text"), text, 1, MOST_QUOTE);
                self.maybe(&field("attribution"), attribution.as_ref());
            }
            Visual::Number { eyebrow, number, unit, text, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                self.text(&field("number"), number, 1, MOST_NUMBER);
                self.text(&field("unit"), unit.as_deref().unwrap_or("-"), 1, MOST_NUMBER);
                self.text(&field("text"), text, 1, MOST_LINE);
            }
            Visual::Definition { eyebrow, meaning, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                self.text(&field("meaning"), meaning, 1, MOST_QUOTE);
            }
            Visual::Columns { eyebrow, left, right, .. } => {
                self.maybe(&field("eyebrow"), eyebrow.as_ref());
                for (name, column) in [("left", left), ("right", right)] {
                    self.text(&field(&format!("{name}.heading")), &column.heading, 1, MOST_LINE);
                    self.lines(&field(&format!("{name}.items")), &column.items, 1, MOST_ITEMS);
                }
            }
            Visual::Image { figure, .. } => self.figure(&field("figure"), figure, figures),
            Visual::Illustration { description, .. } => {
                self.text(&field("description"), description, LEAST_DESCRIPTION, MOST_DESCRIPTION);
            }
            Visual::Summary { points, .. } => self.lines(&field("points"), points, 2, 5),
            // It is made from the options, which are checked where they come from.
            Visual::Card { .. } => {}
            Visual::Placeholder { text, .. } => self.text(&field("text"), text, 1, MOST_NARRATION),
        }
    }

    fn figure(&mut self, what: &str, figure: &Figure, figures: &[&Figure]) {
        let known = figures.iter().any(|other| other.source == figure.source);
        self.unless(known, || format!("{what} is not a figure of the document"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cue, DocumentKind, FigureSource, Rect, Section, SectionRole, Span, Writer};

    fn figure(page: u32) -> Figure {
        let rect = Rect { x: 0.0, y: 0.0, width: 100.0, height: 100.0 };
        Figure { caption: None, label: None, source: FigureSource::Page { page, page_width: 600.0, page_height: 800.0, rect } }
    }

    fn document() -> Document {
        let blocks = vec![Block::Figure { figure: figure(1), span: Span::default() }];
        Document {
            kind: DocumentKind::Pdf,
            title: None,
            authors: vec![],
            language: None,
            pages: 1,
            words: 0,
            sections: vec![Section { heading: None, number: None, level: 1, role: SectionRole::Body, blocks }],
            warnings: vec![],
        }
    }

    fn script(visual: Visual) -> Script {
        Script {
            schema: SCRIPT_SCHEMA,
            title: "Tides".to_owned(),
            language: "en".to_owned(),
            writer: Writer { provider: "test".to_owned(), model: None, fallback: None },
            scenes: vec![Scene {
                narration: "The Moon pulls at the water.".to_owned(),
                visual,
                cues: vec![],
                sources: vec![],
                retake: 0,
            }],
        }
    }

    fn slide(bullets: &[&str]) -> Visual {
        Visual::Slide {
            eyebrow: None,
            title: "Tides".to_owned(),
            bullets: bullets.iter().map(|bullet| (*bullet).to_owned()).collect(),
        }
    }

    fn code(text: &str, highlight: Vec<u32>) -> Visual {
        Visual::Code { eyebrow: None, title: "Tides".to_owned(), language: None, text: text.to_owned(), highlight }
    }

    fn table(header: &[&str], rows: &[&[&str]]) -> Visual {
        let line = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        Visual::Table {
            eyebrow: None,
            title: "T".to_owned(),
            header: line(header),
            rows: rows.iter().map(|row| line(row)).collect(),
            caption: None,
        }
    }

    fn shown(page: u32) -> Visual {
        Visual::Figure { eyebrow: None, title: "Tides".to_owned(), figure: figure(page), bullets: vec![] }
    }

    fn check(script: &Script, expected: &[&str]) {
        let found = faults(script, &document());
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (fault, part) in found.iter().zip(expected) {
            assert!(fault.contains(part), "`{fault}` does not hold `{part}`");
        }
    }

    #[test]
    fn a_sound_script_has_no_faults() {
        for visual in
            [slide(&["One"]), code("a\n\tb", vec![1, 2]), table(&["A"], &[&["1"]]), table(&[], &[&["1", "2"]]), shown(1)]
        {
            check(&script(visual), &[]);
        }
    }

    #[test]
    fn every_visual_has_its_limits() {
        check(&script(slide(&[])), &["scenes[0].visual.bullets has 0 lines"]);
        check(&script(slide(&["1"; 13])), &["bullets has 13 lines"]);
        check(&script(slide(&["a\u{7}b"])), &["bullets[0] holds a control character"]);
        check(&script(code("a\nb", vec![0, 3])), &["names line 0, expected 1 to 2", "names line 3"]);
        check(&script(code("\n", vec![])), &["text has 0 characters"]);
        check(&script(table(&["A", "B"], &[&["1"]])), &["rows of different lengths"]);
        check(&script(shown(2)), &["is not a figure of the document"]);
        check(
            &script(Visual::Summary { title: "S".to_owned(), points: vec!["One".to_owned()] }),
            &["points has 1 lines, expected 2 to 5"],
        );
        let latex =
            Visual::Formula { eyebrow: None, title: "F".to_owned(), latex: " ".to_owned(), steps: vec![], explanation: vec![] };
        check(&script(latex), &["latex has 0 characters"]);
    }

    #[test]
    fn the_frame_has_its_limits() {
        let good = || script(slide(&["One"]));
        check(&Script { scenes: vec![], ..good() }, &["there are 0 scenes"]);
        check(&Script { scenes: vec![good().scenes[0].clone(); 301], ..good() }, &["there are 301 scenes"]);
        check(&Script { title: " ".to_owned(), language: "english!".to_owned(), ..good() }, &["`title` has 0", "`language`"]);
        let with = |narration: &str, cues: Vec<Cue>| {
            let mut script = good();
            script.scenes[0].narration = narration.to_owned();
            script.scenes[0].cues = cues;
            script
        };
        check(&with("short", vec![]), &["narration has 5 characters, expected 10 to 1000"]);
        check(&with(&"long ".repeat(300), vec![]), &["narration has 1499 characters"]);
        check(&with("The Moon pulls.", vec![Cue { word: 2, step: 1 }]), &[]);
        check(&with("The Moon pulls.", vec![Cue { word: 3, step: 1 }, Cue { word: 0, step: 0 }]), &["name word 3", "step 0"]);
    }
}
