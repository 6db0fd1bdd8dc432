//! The document as a model sees it: JSON within a budget, with a number for every section and figure it may point back to.

use super::condense::Notes;
use domain::{Block, Document, Figure, JobOptions, Section, SectionRole, Span};
use serde_json::{Value, json};

/// A document made ready for a model.
#[derive(Debug, Default)]
pub(crate) struct Brief {
    /// The JSON, in which nothing can end the marks around it.
    pub(crate) json: String,
    /// The figures in the order of their ids.
    pub(crate) figures: Vec<Figure>,
    /// Where the sections stand, in the order of their ids.
    pub(crate) sections: Vec<Option<Span>>,
}

/// Every section keeps at least so many characters, so that the model sees the whole plan of a long document, or an equal share where
/// there are too many of them.
const LEAST_SECTION_CHARACTERS: usize = 300;

/// A listing or a table longer than this is not for a screen anyway.
const MOST_BLOCK_CHARACTERS: usize = 2500;

impl Brief {
    /// Makes a document ready, with at most about so many characters of its text. Of a longer one each section gives its notes and
    /// what can be shown, or its start where there are no notes to it.
    pub(super) fn of(document: &Document, options: &JobOptions, most_characters: usize, notes: &Notes) -> Self {
        let mut brief = Self::default();
        let teaching = teaching(document);
        let total: usize = teaching.iter().map(|section| length(section)).sum();
        let is_long = total > most_characters;
        let least = least_share(teaching.len(), most_characters);
        let mut is_cut = false;
        let mut sections: Vec<Value> = Vec::new();
        for section in teaching {
            let id = brief.sections.len();
            let mut value = json!({"id": id, "heading": section.heading, "level": section.level, "role": section.role});
            // Each section gets its share, so that a long document is thinned and not beheaded.
            let share = (length(section) * most_characters / total.max(1)).max(least);
            if !is_long {
                value["blocks"] = json!(brief.blocks(&section.blocks, usize::MAX));
            } else if notes.of(id).is_empty() {
                is_cut |= length(section) > share;
                value["blocks"] = json!(brief.blocks(&section.blocks, share));
            } else {
                let room = share_of_notes(share);
                value["notes"] = json!(within(notes.of(id), room));
                let shown: Vec<Block> = section.blocks.iter().filter(|block| is_shown(block)).cloned().collect();
                value["blocks"] = json!(brief.blocks(&shown, share - room));
            }
            sections.push(value);
            brief.sections.push(section.blocks.first().map(Block::span));
        }
        brief.json = as_data(&json!({
            "title": document.title,
            "authors": document.authors,
            "language": document.language,
            "scenes_wanted": options.scenes,
            "cut": is_cut,
            "sections": sections,
        }));
        brief
    }

    /// Blocks within so many characters.
    pub(super) fn blocks(&mut self, blocks: &[Block], share: usize) -> Vec<Value> {
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

/// The sections that are sent.
pub(super) fn teaching(document: &Document) -> Vec<&Section> {
    let is_sent = |section: &&Section| !matches!(section.role, SectionRole::References | SectionRole::Boilerplate);
    document.sections.iter().filter(is_sent).collect()
}

/// How long a section is.
pub(super) fn length(section: &Section) -> usize {
    section.blocks.iter().map(characters).sum()
}

/// What each of so many sections may take at least.
pub(super) fn least_share(sections: usize, most_characters: usize) -> usize {
    LEAST_SECTION_CHARACTERS.min(most_characters / sections.max(1))
}

/// What the notes of a section may take of its share; the rest is for what can be shown.
pub(super) fn share_of_notes(share: usize) -> usize {
    share * 2 / 3
}

/// JSON as it is sent: `<` is written as `\u003c`, so that nothing in it can end the marks around it, and characters that nobody sees
/// are left out, since they can hold words that only a model reads.
pub(super) fn as_data(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace(is_hidden, "")
}

/// Characters without a shape: soft hyphens, joiners and other zero widths, marks of direction, fillers, selectors of variants, tags.
/// See `Default_Ignorable_Code_Point` in <https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt>.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The first notes that fit.
fn within(notes: &[String], most: usize) -> Vec<String> {
    let mut left = most;
    let fitting = notes.iter().map_while(|note| {
        let text = (left > 0).then(|| start(note, left));
        left = left.saturating_sub(note.len());
        text
    });
    fitting.collect()
}

/// Whether a block is for the eye and cannot be told in notes.
fn is_shown(block: &Block) -> bool {
    matches!(block, Block::Code { .. } | Block::Table { .. } | Block::Formula { .. } | Block::Figure { .. })
}

fn start(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most).chain(['…']).collect() }
}

/// How long a block is.
pub(super) fn characters(block: &Block) -> usize {
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
    use domain::DocumentKind;

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
        let brief = Brief::of(&document(10, 1000), &JobOptions::default(), 20_000, &Notes::default());
        assert!(brief.json.len() < 30_000, "{}", brief.json.len());
        assert!(brief.json.contains("\"cut\":true") && brief.json.contains("Part 9"));
        assert_eq!(brief.sections.len(), 10);
        let short = Brief::of(&document(2, 3), &JobOptions::default(), 20_000, &Notes::default());
        assert!(short.json.contains("\"cut\":false"));
    }

    #[test]
    fn many_sections_share_what_may_be_sent() {
        let brief = Brief::of(&document(1000, 100), &JobOptions::default(), 20_000, &Notes::default());
        // Beside its text a section has its number, heading and role.
        assert!(brief.json.len() < 1000 * (20 + 120), "{}", brief.json.len());
        assert!(brief.json.contains("Part 999"));
    }

    #[test]
    fn nothing_in_the_document_ends_its_delimiter() {
        assert!(!Brief::of(&document(1, 5), &JobOptions::default(), 20_000, &Notes::default()).json.contains('<'));
    }

    #[test]
    fn references_are_not_sent() {
        let mut document = document(2, 5);
        document.sections[1].role = SectionRole::References;
        assert!(!Brief::of(&document, &JobOptions::default(), 20_000, &Notes::default()).json.contains("Part 1"));
    }
}
