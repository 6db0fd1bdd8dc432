//! Pieces to sections: a heading opens one, and what teaches nothing goes to the end.

use super::headings::{Heading, levels};
use super::pieces::{Piece, PieceKind};
use crate::roles;
use domain::{Block, ListItem, Section, SectionRole, Span};

/// Opens a section at each heading.
pub(crate) fn sections(pieces: Vec<Piece>) -> Vec<Section> {
    let headings: Vec<&Heading> = pieces
        .iter()
        .filter_map(|piece| match &piece.kind {
            PieceKind::Heading(heading) => Some(heading),
            _ => None,
        })
        .collect();
    let mut levels = levels(&headings).into_iter();
    let mut builder = Builder::default();
    for piece in pieces {
        let span = piece.span;
        match piece.kind {
            PieceKind::Heading(heading) => builder.open(heading, levels.next().unwrap_or(1)),
            PieceKind::Paragraph(running) => builder.paragraph(running.text, span),
            PieceKind::Item { ordered, x, size, running } => builder.item(ordered, x, size, running.text, span),
            PieceKind::Code(text) => builder.push(Block::Code { language: None, text, span }),
            PieceKind::Formula { text, figure } => builder.push(Block::Formula { latex: None, text, figure: Some(figure), span }),
            PieceKind::Figure(figure) => builder.push(Block::Figure { figure, span }),
            PieceKind::Aside(text) => builder.asides.push(Block::Paragraph { text, span }),
            PieceKind::Front(text) => builder.front.push(Block::Paragraph { text, span }),
        }
    }
    builder.finish()
}

fn is_bare_chapter(heading: Option<&str>, number: &str) -> bool {
    heading.and_then(|heading| heading.split_once(' ')).is_some_and(|(_, rest)| rest.trim_end_matches(['.', ':']) == number)
}

/// An abstract that begins within a row ends with the paragraph that makes it so long.
const FEWEST_ABSTRACT_WORDS: usize = 60;

#[derive(Default)]
struct Builder {
    sections: Vec<Section>,
    front: Vec<Block>,
    asides: Vec<Block>,
    /// Words of the abstract that is open because it began within its first row.
    abstract_words: Option<usize>,
    /// The left edge of the outermost item of the list that is open.
    list_edge: Option<f32>,
}

impl Builder {
    fn open(&mut self, heading: Heading, level: u8) {
        self.list_edge = None;
        self.abstract_words = None;
        let inherited = self.inherited(level);
        let own = roles::role(&heading.text);
        let by_letter = heading.number.as_deref().is_some_and(|number| {
            number.starts_with(|c: char| c.is_ascii_uppercase()) && roles::depth(number) == 1 && number.len() == 1
        });
        let after_references = self.sections.iter().any(|section| section.role == SectionRole::References);
        let role = match (own, inherited) {
            (SectionRole::Body, SectionRole::Appendix) => SectionRole::Appendix,
            (SectionRole::Body, SectionRole::Boilerplate | SectionRole::References) => inherited,
            (SectionRole::Body, _) if by_letter && after_references => SectionRole::Appendix,
            (own, _) => own,
        };
        // `Chapter 1` stands on a row of its own above the name of the chapter.
        if let Some(above) = self.sections.last_mut()
            && above.blocks.is_empty()
            && above.number.as_deref().is_some_and(|number| is_bare_chapter(above.heading.as_deref(), number))
            && heading.number.is_none()
        {
            (above.heading, above.role) = (Some(heading.text), role);
            return;
        }
        let usual =
            matches!(own, SectionRole::Abstract | SectionRole::References) || (own == SectionRole::Boilerplate && level > 2);
        let level = if usual && heading.number.is_none() && heading.outlined.is_none() { 1 } else { level };
        self.sections.push(Section { heading: Some(heading.text), number: heading.number, level, role, blocks: Vec::new() });
    }

    /// The role of the section above, for sections below it.
    fn inherited(&self, level: u8) -> SectionRole {
        let above = self.sections.iter().rev().find(|section| section.level < level && section.heading.is_some());
        above.map_or(SectionRole::Body, |section| section.role)
    }

    fn current(&mut self) -> &mut Section {
        if self.sections.is_empty() {
            self.sections.push(Section { heading: None, number: None, level: 1, role: SectionRole::Body, blocks: Vec::new() });
        }
        self.sections.last_mut().expect("one was pushed if there was none")
    }

    fn push(&mut self, block: Block) {
        self.list_edge = None;
        self.current().blocks.push(block);
    }

    fn paragraph(&mut self, text: String, span: Span) {
        if is_run_in_boilerplate(&text) {
            self.asides.push(Block::Paragraph { text, span });
            return;
        }
        if let Some(at) = abstract_start(&text).filter(|_| self.sections.len() <= 1) {
            let text = text[at..].to_owned();
            self.abstract_words = Some(text.split_whitespace().count());
            let blocks = vec![Block::Paragraph { text, span }];
            self.sections.push(Section {
                heading: Some("Abstract".to_owned()),
                number: None,
                level: 1,
                role: SectionRole::Abstract,
                blocks,
            });
            return;
        }
        match &mut self.abstract_words {
            // Behind it the text begins, whether or not a heading says so.
            Some(words) if *words >= FEWEST_ABSTRACT_WORDS => {
                self.abstract_words = None;
                self.sections.push(Section {
                    heading: None,
                    number: None,
                    level: 1,
                    role: SectionRole::Body,
                    blocks: Vec::new(),
                });
            }
            Some(words) => *words += text.split_whitespace().count(),
            None => {}
        }
        self.push(Block::Paragraph { text, span });
    }

    fn item(&mut self, ordered: bool, x: f32, size: f32, text: String, span: Span) {
        let edge = self.list_edge;
        if let (Some(edge), Some(Block::List { items, span: whole, ordered: kind })) = (edge, self.current().blocks.last_mut()) {
            let depth = if x > edge + 0.8 * size { 1 } else { 0 };
            if depth > 0 || *kind == ordered {
                items.push(ListItem { text, depth });
                if span.page == whole.page {
                    whole.end = span.end;
                }
                return;
            }
        }
        self.push(Block::List { ordered, items: vec![ListItem { text, depth: 0 }], span });
        self.list_edge = Some(x);
    }

    fn finish(mut self) -> Vec<Section> {
        let aside = |heading: Option<&str>, blocks| Section {
            heading: heading.map(str::to_owned),
            number: None,
            level: 1,
            role: SectionRole::Boilerplate,
            blocks,
        };
        if !self.front.is_empty() {
            self.sections.insert(0, aside(None, self.front));
        }
        if !self.asides.is_empty() {
            self.sections.push(aside(Some("Notes"), self.asides));
        }
        self.sections
    }
}

/// Run-in words after which nothing is taught, such as `Keywords`.
fn is_run_in_boilerplate(text: &str) -> bool {
    let starts = [
        "Keywords",
        "Key words",
        "KEYWORDS",
        "Index Terms",
        "General Terms",
        "Categories and Subject",
        "CCS Concepts",
        "ACM Reference Format",
    ];
    starts.iter().any(|start| text.starts_with(start)) && text.len() < 600
}

/// Where the text behind a run-in `Abstract` begins.
pub(crate) fn abstract_start(text: &str) -> Option<usize> {
    let rest =
        ["Abstract", "ABSTRACT", "Summary", "SUMMARY", "Zusammenfassung"].iter().find_map(|word| text.strip_prefix(word))?;
    let behind = rest.trim_start_matches([' ', '—', '–', '-', '.', ':', '\u{A0}', '―']);
    (behind.len() < rest.len() && behind.starts_with(|c: char| c.is_uppercase() || "“\"".contains(c)))
        .then_some(text.len() - behind.len())
}
