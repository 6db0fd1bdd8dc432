//! A document that is too long for one question is condensed first, part by part: what each section says becomes notes, and the
//! script is written from those. The budget: no question holds more of the document than the limit of the model, and there are at
//! most eight parts; of a document beyond that, each part is thinned. A part that cannot be condensed is thinned too.
//!
//! The time: four parts are condensed at once, and all of them together may take as long as one question. So a long document takes three
//! times that at most: its parts, the script, and its repair.

use super::brief::{self, Brief};
use super::model::{Form, Question};
use super::provider::ScriptProvider;
use super::writer::{between_marks, mark};
use domain::{Document, Meter, Section};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::ops::Range;
use tokio::time::{Instant, timeout_at};

/// So many parts a document has at most, and so many questions more it costs at most.
const MOST_PARTS: usize = 8;

/// So many parts are condensed at the same time.
const AT_ONCE: usize = 4;

/// The notes to each section, by its number; none where it was not condensed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Notes(Vec<Vec<String>>);

impl Notes {
    /// The notes to a section.
    pub(super) fn of(&self, section: usize) -> &[String] {
        self.0.get(section).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A stretch of a document: whole blocks of following sections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part(Vec<(usize, Range<usize>)>);

/// Cuts a document into parts of about the same length, as few as the limit allows; none where it fits into one question.
pub(super) fn parts(document: &Document, most_characters: usize) -> Vec<Part> {
    let sections = brief::teaching(document);
    let total: usize = sections.iter().map(|section| brief::length(section)).sum();
    if total <= most_characters {
        return Vec::new();
    }
    let count = total.div_ceil(most_characters).min(MOST_PARTS);
    let mut parts = vec![Part::default(); count];
    let mut at = 0;
    for (id, section) in sections.iter().enumerate() {
        for (index, block) in section.blocks.iter().enumerate() {
            let stretches = &mut parts[at * count / total].0;
            match stretches.last_mut() {
                Some((last, blocks)) if *last == id => blocks.end = index + 1,
                _ => stretches.push((id, index..index + 1)),
            }
            at += brief::characters(block);
            // A block of nothing at the very end belongs to the last part.
            at = at.min(total - 1);
        }
    }
    parts.retain(|part| !part.0.is_empty());
    parts
}

impl ScriptProvider {
    /// Condenses the parts of a document, for as long as one question may take: they must not eat up the time of the script.
    pub(super) async fn condense(&self, document: &Document, parts: &[Part], meter: &Meter) -> Notes {
        let sections = brief::teaching(document);
        let until = Instant::now() + self.timeout();
        // A slow part must not keep those behind it from their turn, so they come as they are ready.
        let ask = async |(at, part)| (at, timeout_at(until, self.condense_part(document, &sections, part, meter)).await);
        let asked: Vec<_> = parts.iter().enumerate().map(ask).collect();
        let mut answers: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        answers.sort_by_key(|(at, _)| *at);
        let mut notes = vec![Vec::new(); sections.len()];
        for (part, (_, answer)) in parts.iter().zip(answers) {
            match answer.unwrap_or_else(|_| Err("the time is over".to_owned())) {
                Ok(found) => {
                    for section in found.sections.into_iter().filter(|section| part.0.iter().any(|(id, _)| *id == section.id)) {
                        notes[section.id].extend(section.notes);
                    }
                }
                Err(reason) => {
                    tracing::warn!(sections = part.0.len(), reason, "a part of the document is thinned, not condensed")
                }
            }
        }
        Notes(notes)
    }

    async fn condense_part(
        &self,
        document: &Document,
        sections: &[&Section],
        part: &Part,
        meter: &Meter,
    ) -> Result<Condensed, String> {
        let most = self.limits().most_document_characters;
        let lengths: Vec<usize> =
            part.0.iter().map(|(id, blocks)| sections[*id].blocks[blocks.clone()].iter().map(brief::characters).sum()).collect();
        let total: usize = lengths.iter().sum::<usize>().max(1);
        let whole = brief::teaching(document).iter().map(|section| brief::length(section)).sum::<usize>().max(1);
        let least = brief::least_share(sections.len(), most);
        let mut scratch = Brief::default();
        let stretches: Vec<Value> = part
            .0
            .iter()
            .zip(&lengths)
            .map(|((id, blocks), &length)| {
                let share = if total > most { length * most / total } else { usize::MAX };
                let blocks = scratch.blocks(&sections[*id].blocks[blocks.clone()], share);
                let room = brief::share_of_notes((length * most / whole).max(least));
                json!({"id": id, "heading": sections[*id].heading, "most_characters": room, "blocks": blocks})
            })
            .collect();
        let json = brief::as_data(&json!({"title": document.title, "language": document.language, "sections": stretches}));
        let mark = mark();
        let instructions = self.prompts.condense.replace("{mark}", &mark);
        let form = Form { name: "notes", schema: schema() };
        let turns = [between_marks(&mark, &json)];
        let question = Question { instructions: &instructions, turns: &turns, form: &form };
        let answer = self.ask(&question, meter).await.map_err(|error| error.to_string())?;
        let (start, end) = (answer.find('{').unwrap_or(0), answer.rfind('}').map_or(0, |end| end + 1));
        serde_json::from_str(answer.get(start..end).unwrap_or_default()).map_err(|_| "the notes have no form".to_owned())
    }
}

#[derive(Debug, Deserialize)]
struct Condensed {
    sections: Vec<CondensedSection>,
}

#[derive(Debug, Deserialize)]
struct CondensedSection {
    id: usize,
    notes: Vec<String>,
}

fn schema() -> Value {
    let notes = json!({"type": "array", "items": {"type": "string"}});
    let section = json!({"type": "object", "properties": {"id": {"type": "integer"}, "notes": notes},
        "required": ["id", "notes"], "additionalProperties": false});
    json!({"type": "object", "properties": {"sections": {"type": "array", "items": section}},
        "required": ["sections"], "additionalProperties": false})
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Block, DocumentKind, SectionRole, Span};

    fn document(lengths: &[&[usize]]) -> Document {
        let block = |length: &usize| Block::Paragraph { text: "x".repeat(*length), span: Span { page: 1, start: 0, end: 1 } };
        let section = |blocks: &&[usize]| Section {
            heading: None,
            number: None,
            level: 1,
            role: SectionRole::Body,
            blocks: blocks.iter().map(block).collect(),
        };
        Document {
            kind: DocumentKind::Text,
            title: None,
            authors: vec![],
            language: None,
            pages: 1,
            words: 1,
            sections: lengths.iter().map(section).collect(),
            warnings: vec![],
        }
    }

    #[test]
    fn a_document_that_fits_has_no_parts() {
        assert_eq!(parts(&document(&[&[50], &[50]]), 100), []);
        assert_eq!(parts(&document(&[]), 100), []);
    }

    #[test]
    fn a_long_document_is_cut_between_blocks() {
        let cut = parts(&document(&[&[60, 60], &[60, 20, 0]]), 100);
        assert_eq!(cut, [Part(vec![(0, 0..2)]), Part(vec![(1, 0..3)])]);
        let cut = parts(&document(&[&[60, 60, 60]]), 100);
        assert_eq!(cut, [Part(vec![(0, 0..2)]), Part(vec![(0, 2..3)])]);
    }

    #[test]
    fn no_document_has_more_than_eight_parts_and_none_loses_a_block() {
        let long: Vec<usize> = (0..500).map(|n| 10 + n % 90).collect();
        let cut = parts(&document(&[&long, &[], &long]), 100);
        assert_eq!(cut.len(), MOST_PARTS);
        assert_eq!(cut.iter().flat_map(|part| &part.0).map(|(_, blocks)| blocks.len()).sum::<usize>(), 1000);
    }
}
