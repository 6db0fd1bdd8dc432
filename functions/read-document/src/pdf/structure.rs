//! Blocks of all pages to a document: each block is given the part it plays.

use super::PageText;
use super::blocks::{Content, RawBlock, blocks, list_marker};
use super::captions::{self, Captioned};
use super::figures::GraphicKind;
use super::front::{authors, choose_authors, choose_title, drop_repeated_title, mark_front, printed_title};
use super::geometry::Area;
use super::headings::{Usual, has_leaders, heading};
use super::lines::Level;
use super::matching::{matching_graphics, swallow_labels};
use super::pieces::{Piece, PieceKind, Running, join_broken};
use super::prose::{Vocabulary, running_text};
use super::rows::Row;
use super::sections::sections;
use super::source::Statements;
use crate::roles;
use domain::{Figure, FigureSource, Rect, Section, SectionRole, Span};
use std::collections::BTreeMap;

/// All pages, understood one by one.
pub(crate) struct Sheets<'s> {
    pub(crate) pages: Vec<PageText>,
    pub(crate) usual: Usual,
    pub(crate) statements: &'s Statements,
}

/// What was written.
pub(crate) struct Written {
    pub(crate) title: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) sections: Vec<Section>,
}

/// Puts the pages together.
pub(crate) fn assemble(sheets: Sheets<'_>) -> Written {
    let Sheets { pages, usual, statements } = sheets;
    let sizes: BTreeMap<u32, (f32, f32)> = pages.iter().map(|page| (page.number, (page.width, page.height))).collect();
    let mut raw: Vec<RawBlock> = Vec::new();
    for page in pages {
        let first_group = raw.last().map_or(0, |block| block.group + 1);
        raw.extend(blocks(page.number, page.segments, &page.graphics, first_group));
    }
    let mut vocabulary = Vocabulary::default();
    for rows in raw.iter().filter_map(RawBlock::text) {
        vocabulary.learn(rows);
    }
    let context = Context { usual, statements, sizes, vocabulary };
    let figures = context.match_captions(&mut raw);
    let printed = printed_title(&raw, usual, context.height(1), &context.vocabulary);
    let first_page = raw.first().map_or(1, |block| block.page);
    let page_text = raw.iter().filter(|block| block.page == first_page).filter_map(RawBlock::text).flatten();
    let page_text = running_text(page_text, &context.vocabulary);
    let title = choose_title(statements.title.as_deref(), printed.as_ref().map(|title| title.text.as_str()), &page_text);
    let title_blocks = printed.map_or(0..0, |title| title.blocks);
    let mut pieces = context.pieces(&raw, figures, &title_blocks);
    drop_repeated_title(&mut pieces, title.as_deref());
    mark_front(&mut pieces, &raw, &title_blocks);
    let printed_authors =
        if title_blocks.is_empty() { Vec::new() } else { authors(&raw[title_blocks.end..], &context.vocabulary) };
    let authors = choose_authors(&statements.authors, printed_authors);
    let pieces = join_broken(pieces.into_iter().flatten().collect(), &context.vocabulary);
    Written { title, authors, sections: sections(pieces) }
}

/// How much is seen around a figure, in points.
const MARGIN: f32 = 3.0;

/// How much deeper than the area of a row some of its letters and commas reach, in font sizes: in book faces to 0.28 below the base line.
const DEEPER: f32 = 0.06;

/// The area of a block with a margin above and below that ends where the rows of other blocks begin: a sign of theirs would stand over
/// it as if it belonged to it.
fn clear_of_neighbours(raw: &[RawBlock], index: usize) -> Area {
    let block = &raw[index];
    let mut seen = block.area.grown(MARGIN);
    let middle = block.area.center().1;
    let beside = |other: &RawBlock| other.page == block.page && other.area.x0 < seen.x1 && seen.x0 < other.area.x1;
    let rows = raw.iter().enumerate().filter(|(at, other)| *at != index && beside(other)).filter_map(|(_, other)| other.text());
    for row in rows.flatten() {
        if row.area.center().1 < middle {
            seen.y0 = seen.y0.max((row.area.y1 + DEEPER * row.size).min(block.area.y0));
        } else {
            seen.y1 = seen.y1.min(row.area.y0.max(block.area.y1));
        }
    }
    seen
}

struct Context<'s> {
    usual: Usual,
    statements: &'s Statements,
    sizes: BTreeMap<u32, (f32, f32)>,
    vocabulary: Vocabulary,
}

/// The figure of each graphic, by index of the block.
type Figures = BTreeMap<usize, Figure>;

impl Context<'_> {
    fn height(&self, page: u32) -> f32 {
        self.sizes.get(&page).map_or(792.0, |size| size.1)
    }

    /// Gives each caption to the graphics beside it. Blocks that became part of a figure lose their rows.
    fn match_captions(&self, raw: &mut [RawBlock]) -> Figures {
        let mut figures = Figures::new();
        let mut taken = vec![false; raw.len()];
        for index in 0..raw.len() {
            let Some((kind, label, caption)) = self.caption(&raw[index]) else { continue };
            let Some((area, members)) = matching_graphics(raw, index, kind, &taken) else { continue };
            for member in &members {
                taken[*member] = true;
            }
            let area = swallow_labels(raw, &members, area, index, self.usual.size);
            let figure = self.figure(raw[index].page, area, Some(label), (!caption.is_empty()).then_some(caption));
            figures.insert(members[0], figure);
            raw[index].content = Content::Text(Vec::new());
        }
        let first_page = raw.first().map_or(1, |block| block.page);
        for (index, block) in raw.iter().enumerate() {
            if let Content::Graphic(graphic) = &block.content
                && !taken[index]
                && graphic.kind != GraphicKind::Slight
                && graphic.area.size() > 0.008 * self.page_size(block.page)
                && !(block.page == first_page && graphic.area.size() > 0.3 * self.page_size(block.page))
            {
                figures.insert(index, self.figure(block.page, graphic.area, None, None));
            }
        }
        figures
    }

    fn page_size(&self, page: u32) -> f32 {
        self.sizes.get(&page).map_or(1.0, |(width, height)| width * height)
    }

    fn caption(&self, block: &RawBlock) -> Option<(Captioned, String, String)> {
        let rows = block.text().filter(|rows| !rows.is_empty())?;
        let text = running_text(rows, &self.vocabulary);
        let caption = captions::parse(&text)?;
        let stressed = rows[0].words.first().is_some_and(|word| word.face.bold);
        let small = rows[0].size < 0.96 * self.usual.size;
        (caption.marked || stressed || small).then(|| (caption.kind, caption.label.clone(), caption.rest.to_owned()))
    }

    /// What is seen of a page: an area with a margin around it.
    fn figure(&self, page: u32, area: Area, label: Option<String>, caption: Option<String>) -> Figure {
        self.cutout(page, area.grown(MARGIN), label, caption)
    }

    fn cutout(&self, page: u32, area: Area, label: Option<String>, caption: Option<String>) -> Figure {
        let (page_width, page_height) = self.sizes.get(&page).copied().unwrap_or((612.0, 792.0));
        let sheet = Area { x0: 0.0, y0: 0.0, x1: page_width, y1: page_height };
        let seen = area.intersection(&sheet).unwrap_or(area);
        let rect = Rect { x: seen.x0, y: seen.y0, width: seen.width(), height: seen.height() };
        Figure { caption, label, source: FigureSource::Page { page, page_width, page_height, rect } }
    }

    /// The part that each block plays. Blocks that hold nothing any more give none.
    fn pieces(&self, raw: &[RawBlock], mut figures: Figures, title: &std::ops::Range<usize>) -> Vec<Option<Piece>> {
        let mut offsets: BTreeMap<u32, u32> = BTreeMap::new();
        let contents_pages = contents_pages(raw);
        let mut in_references = false;
        let mut pieces = Vec::with_capacity(raw.len());
        for (index, block) in raw.iter().enumerate() {
            let length: usize = match &block.content {
                Content::Text(rows) | Content::Code(rows) | Content::Formula(rows) => {
                    rows.iter().map(|row| row.plain().len() + 1).sum()
                }
                Content::Graphic(_) => 1,
            };
            let start = offsets.entry(block.page).or_default();
            let end = *start + u32::try_from(length).unwrap_or(u32::MAX / 4);
            let span = Span { page: block.page, start: *start, end: end.saturating_sub(1) };
            *start = end;
            let kind = if title.contains(&index) {
                None
            } else {
                self.piece_kind(raw, index, &mut figures, &contents_pages, in_references)
            };
            if let Some(PieceKind::Heading(heading)) = &kind {
                in_references = roles::role(&heading.text) == SectionRole::References;
            }
            pieces.push(kind.map(|kind| Piece { span, group: block.group, kind }));
        }
        pieces
    }

    fn piece_kind(
        &self,
        raw: &[RawBlock],
        index: usize,
        figures: &mut Figures,
        contents_pages: &[u32],
        in_references: bool,
    ) -> Option<PieceKind> {
        let block = &raw[index];
        match &block.content {
            Content::Graphic(_) => figures.remove(&index).map(PieceKind::Figure),
            Content::Code(rows) => Some(PieceKind::Code(code_text(rows))),
            Content::Formula(rows) if rows.iter().map(|row| row.plain().chars().count()).sum::<usize>() < 5 => None,
            Content::Formula(rows) => Some(PieceKind::Formula {
                text: running_text(rows, &self.vocabulary),
                figure: self.cutout(block.page, clear_of_neighbours(raw, index), None, None),
            }),
            Content::Text(rows) if rows.is_empty() => None,
            Content::Text(rows) => {
                let text = running_text(rows, &self.vocabulary);
                if text.trim().is_empty() || (!in_references && is_debris(&text)) {
                    return None;
                }
                let above = space_above(raw, index);
                if let Some(heading) = heading(block, &text, self.usual, &self.statements.outline, above)
                    && !contents_pages.contains(&block.page)
                    && self.caption(block).is_none()
                {
                    return Some(PieceKind::Heading(heading));
                }
                let aside = contents_pages.contains(&block.page)
                    || has_leaders(&text)
                    || self.caption(block).is_some()
                    || (!in_references && self.is_footnote(raw, index))
                    || is_permission(&text);
                if aside {
                    return Some(PieceKind::Aside(text));
                }
                let running =
                    Running { text: String::new(), last_row_full: last_row_full(block, rows), indented: block.indented };
                if let Some((ordered, at)) = list_marker(&text).filter(|_| !in_references) {
                    let running = Running { text: text[at..].trim().to_owned(), ..running };
                    return Some(PieceKind::Item { ordered, x: rows[0].area.x0, size: rows[0].size, running });
                }
                Some(PieceKind::Paragraph(Running { text, ..running }))
            }
        }
    }

    /// Small type at the foot of a column that begins with a mark.
    fn is_footnote(&self, raw: &[RawBlock], index: usize) -> bool {
        let block = &raw[index];
        let Some(rows) = block.text() else { return false };
        let small = |block: &RawBlock| block.text().is_none_or(|rows| rows.iter().all(|row| row.size < 0.93 * self.usual.size));
        let last_ones = raw[index..].iter().take_while(|other| other.group == block.group).all(small);
        let low = block.area.y0 > 0.45 * self.height(block.page);
        let first = rows[0].words.first();
        let marked = first.is_some_and(|word| {
            word.level == Level::Raised
                || word.text.starts_with(['∗', '*', '†', '‡', '§', '¶'])
                || (word.text.chars().all(|c| c.is_ascii_digit()) && word.size < 0.85 * rows[0].size)
                || word.text.chars().all(|c| c.is_ascii_digit())
        });
        let follows_note = index > 0 && raw[index - 1].group == block.group && small(&raw[index - 1]) && index > 1 && {
            let before = raw[index - 1].text().and_then(|rows| rows.first()).and_then(|row| row.words.first());
            before.is_some_and(|word| word.level == Level::Raised)
        };
        let tiny = rows.iter().all(|row| row.size < 0.87 * self.usual.size);
        let in_margin = block.area.x0 > block.left + 0.65 * (block.right - block.left) && block.right - block.left > 250.0;
        small(block) && ((last_ones && low && (marked || follows_note || tiny)) || in_margin)
    }
}

/// What is left of a formula that was cut: a few characters without a word.
fn is_debris(text: &str) -> bool {
    let has_word = text.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() >= 2);
    let has_wide = text.contains(|c: char| c >= '\u{2E80}');
    text.chars().count() <= 12 && !has_word && !has_wide
}

fn is_permission(text: &str) -> bool {
    let starts = [
        "Permission to make digital",
        "Permission is hereby granted",
        "Copyright 19",
        "Copyright 20",
        "Copyright (C)",
        "Copyright ©",
        "Copyright (c)",
        "© ",
        "(c) ",
        "This work is licensed",
        "This is an open access",
        "Permission is granted",
        "ACM ISBN",
        "DOI:",
        "doi:",
        "https://doi.org",
        "ISSN",
        "ISBN",
        "Manuscript received",
        "arXiv:",
    ];
    let text = text.trim_start();
    starts.iter().any(|start| text.starts_with(start)) || text.contains("All rights reserved") && text.len() < 400
}

/// White space over a block, in font sizes.
fn space_above(raw: &[RawBlock], index: usize) -> f32 {
    let block = &raw[index];
    let size = block.text().and_then(|rows| rows.first()).map_or(10.0, |row| row.size);
    match index.checked_sub(1).map(|before| &raw[before]).filter(|before| before.group == block.group) {
        Some(before) => (block.area.y0 - before.area.y1) / size,
        None => 2.0,
    }
}

fn last_row_full(block: &RawBlock, rows: &[Row]) -> bool {
    rows.last().is_some_and(|row| row.area.x1 > block.right - 1.5 * row.size)
}

/// Pages of a table of contents or an index: most rows end in a page number.
fn contents_pages(raw: &[RawBlock]) -> Vec<u32> {
    let mut counts: BTreeMap<u32, (usize, usize, bool)> = BTreeMap::new();
    for block in raw {
        let Some(rows) = block.text() else { continue };
        let entry = counts.entry(block.page).or_default();
        for row in rows {
            let plain = row.plain();
            let last = plain.split([' ', '.', ',']).next_back().unwrap_or_default();
            let number =
                !last.is_empty() && last.len() <= 4 && last.chars().all(|c| c.is_ascii_digit()) && plain.len() > last.len() + 2;
            let is_reference = plain.starts_with('[');
            entry.0 += 1;
            entry.1 += usize::from(number && !is_reference);
            entry.2 |= has_leaders(&plain)
                || ["contents", "table of contents", "inhaltsverzeichnis", "index", "inhalt"]
                    .contains(&plain.to_lowercase().as_str());
        }
    }
    counts
        .into_iter()
        .filter(|(_, (rows, numbered, named))| {
            *rows >= 6 && (*numbered * 100 >= *rows * 65 || (*named && *numbered * 100 >= *rows * 40))
        })
        .map(|(page, _)| page)
        .collect()
}

/// The rows of a listing with their indentation, measured in the width of one character.
fn code_text(rows: &[Row]) -> String {
    let left = rows.iter().map(|row| row.area.x0).fold(f32::MAX, f32::min);
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let step = row
            .words
            .iter()
            .filter(|word| word.level == Level::Base)
            .map(|word| (word.x1 - word.x0) / word.text.chars().count().max(1) as f32);
        let mut steps: Vec<f32> = step.collect();
        steps.sort_by(f32::total_cmp);
        let advance = steps.get(steps.len() / 2).copied().unwrap_or(5.0).max(1.0);
        if index > 0 {
            let lines = ((row.baseline - rows[index - 1].baseline) / (1.2 * row.size)).round();
            text.push_str(if lines >= 2.0 { "\n\n" } else { "\n" });
        }
        let mut column = 0_usize;
        for word in &row.words {
            let target = column_of(word.x0 - left, advance);
            let spaces = if word.glued { 0 } else { target.saturating_sub(column).max(usize::from(column > 0)) };
            text.extend(std::iter::repeat_n(' ', spaces));
            text.push_str(&word.text);
            column += spaces + word.text.chars().count();
        }
    }
    text
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "columns are few and not negative")]
fn column_of(offset: f32, advance: f32) -> usize {
    (offset.max(0.0) / advance).round().min(400.0) as usize
}
