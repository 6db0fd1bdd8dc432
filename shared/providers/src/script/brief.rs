//! The document as a model sees it: JSON within a budget, with a number for every section and figure it may point back to.

use domain::{Block, Document, Figure, JobOptions, SectionRole, Span};
use serde_json::{Value, json};

/// A document made ready for a model.
pub(crate) struct Brief {
    /// The JSON, with `<` written as `\u003c`, so that nothing in it can end the delimiter around it.
    pub(crate) json: String,
    /// The figures in the order of their ids.
    pub(crate) figures: Vec<Figure>,
    /// Where the sections stand, in the order of their ids.
    pub(crate) sections: Vec<Option<Span>>,
}

/// Every section keeps at least so many characters, so that the model sees the whole plan of a long document.
const LEAST_SECTION_CHARACTERS: usize = 300;

/// A listing or a table longer than this is not for a screen anyway.
const MOST_BLOCK_CHARACTERS: usize = 2500;

impl Brief {
    /// Makes a document ready, with at most about so many characters of its text.
    pub(crate) fn of(document: &Document, options: &JobOptions, most_characters: usize) -> Self {
        let mut brief = Self { json: String::new(), figures: Vec::new(), sections: Vec::new() };
        let teaching: Vec<_> = document
            .sections
            .iter()
            .filter(|section| !matches!(section.role, SectionRole::References | SectionRole::Boilerplate))
            .collect();
        let total: usize = teaching.iter().map(|section| section.blocks.iter().map(characters).sum::<usize>()).sum();
        let is_cut = total > most_characters;
        let mut sections: Vec<Value> = Vec::new();
        for section in teaching {
            let own: usize = section.blocks.iter().map(characters).sum();
            // Each section gets its share, so that a long document is thinned and not beheaded.
            let share = if is_cut { (own * most_characters / total.max(1)).max(LEAST_SECTION_CHARACTERS) } else { usize::MAX };
            let blocks = brief.blocks(&section.blocks, share);
            sections.push(json!({"id": brief.sections.len(), "heading": section.heading, "level": section.level, "role": section.role, "blocks": blocks}));
            brief.sections.push(section.blocks.first().map(Block::span));
        }
        let whole = json!({
            "title": document.title,
            "authors": document.authors,
            "language": document.language,
            "scenes_wanted": options.scenes,
            "cut": is_cut,
            "sections": sections,
        });
        brief.json = whole.to_string().replace('<', "\\u003c");
        brief
    }

    fn blocks(&mut self, blocks: &[Block], share: usize) -> Vec<Value> {
        let mut left = share;
        let mut values = Vec::new();
        for block in blocks {
            let value = match block {
                Block::Paragraph { text, .. } => json!({"paragraph": start(text, left)}),
                Block::Quote { text, .. } => json!({"quote": start(text, left)}),
                Block::List { items, .. } => {
                    json!({"list": items.iter().map(|item| start(&item.text, left)).collect::<Vec<_>>()})
                }
                Block::Code { language, text, .. } => {
                    json!({"code": start(text, left.min(MOST_BLOCK_CHARACTERS)), "code_language": language})
                }
                Block::Table { header, rows, caption, .. } if characters(block) <= left.min(MOST_BLOCK_CHARACTERS) => {
                    json!({"table_header": header, "table_rows": rows, "caption": caption})
                }
                Block::Table { caption, .. } => json!({"table_too_long": caption}),
                Block::Formula { latex: Some(latex), .. } => json!({"latex": start(latex, left)}),
                Block::Formula { latex: None, text, figure, .. } => {
                    let id = figure.as_ref().map(|figure| self.figure(figure));
                    json!({"formula": start(text, left), "figure": id})
                }
                Block::Figure { figure, .. } => {
                    let id = self.figure(figure);
                    json!({"figure": id, "label": figure.label, "caption": figure.caption})
                }
            };
            values.push(value);
            left = left.saturating_sub(characters(block));
            if left == 0 {
                break;
            }
        }
        values
    }

    fn figure(&mut self, figure: &Figure) -> usize {
        self.figures.push(figure.clone());
        self.figures.len() - 1
    }
}

fn start(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most).chain(['…']).collect() }
}

fn characters(block: &Block) -> usize {
    match block {
        Block::Paragraph { text, .. } | Block::Quote { text, .. } => text.len(),
        Block::List { items, .. } => items.iter().map(|item| item.text.len()).sum(),
        Block::Code { text, .. } => text.len().min(MOST_BLOCK_CHARACTERS),
        Block::Table { header, rows, .. } => header.iter().chain(rows.iter().flatten()).map(|cell| cell.len() + 3).sum(),
        Block::Formula { latex, text, .. } => latex.as_ref().unwrap_or(text).len(),
        Block::Figure { figure, .. } => figure.caption.as_ref().map_or(20, String::len),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{DocumentKind, Section};

    fn document(sections: usize, words: usize) -> Document {
        let section = |at: usize| Section {
            heading: Some(format!("Part {at}")),
            number: None,
            level: 1,
            role: SectionRole::Body,
            blocks: vec![Block::Paragraph { text: "word </document> ".repeat(words), span: Span { page: 1, start: 0, end: 9 } }],
        };
        Document {
            kind: DocumentKind::Text,
            title: Some("T".to_owned()),
            authors: vec![],
            language: None,
            pages: 1,
            words: 1,
            sections: (0..sections).map(section).collect(),
            warnings: vec![],
        }
    }

    #[test]
    fn a_long_document_is_thinned_and_says_so() {
        let brief = Brief::of(&document(10, 1000), &JobOptions::default(), 20_000);
        assert!(brief.json.len() < 30_000, "{}", brief.json.len());
        assert!(brief.json.contains("\"cut\":true") && brief.json.contains("Part 9"));
        assert_eq!(brief.sections.len(), 10);
        let short = Brief::of(&document(2, 3), &JobOptions::default(), 20_000);
        assert!(short.json.contains("\"cut\":false"));
    }

    #[test]
    fn nothing_in_the_document_ends_its_delimiter() {
        assert!(!Brief::of(&document(1, 5), &JobOptions::default(), 20_000).json.contains('<'));
    }

    #[test]
    fn references_are_not_sent() {
        let mut document = document(2, 5);
        document.sections[1].role = SectionRole::References;
        assert!(!Brief::of(&document, &JobOptions::default(), 20_000).json.contains("Part 1"));
    }
}
