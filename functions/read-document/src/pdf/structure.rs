//! Blocks of all pages to sections: captions go to their figures, paragraphs go on across columns and pages, headings open
//! sections, and what teaches nothing goes to the end.

use super::PageText;
use super::blocks::{Content, RawBlock, blocks, is_centered_in, list_marker};
use super::captions::{self, Captioned};
use super::figures::GraphicKind;
use super::front::{authors, choose_authors, choose_title, printed_title};
use super::geometry::Area;
use super::headings::{Heading, Usual, essence, has_leaders, heading, levels};
use super::lines::Level;
use super::prose::{Vocabulary, join, running_text};
use super::rows::Row;
use super::source::Statements;
use crate::roles;
use domain::{Block, Figure, FigureSource, ListItem, Rect, Section, SectionRole, Span};
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

/// A piece of the document in reading order.
#[derive(Debug, Clone)]
struct Piece {
    span: Span,
    group: usize,
    kind: PieceKind,
}

#[derive(Debug, Clone)]
enum PieceKind {
    Heading(Heading),
    Paragraph(Running),
    Item {
        ordered: bool,
        x: f32,
        size: f32,
        running: Running,
    },
    Code(String),
    Formula {
        text: String,
        figure: Figure,
    },
    Figure(Figure),
    /// Footnotes, captions without a figure, contents: kept, but not taught.
    Aside(String),
    /// The names, addresses and dates below the title.
    Front(String),
}

/// Text that may go on behind a column or page break.
#[derive(Debug, Clone)]
struct Running {
    text: String,
    /// Whether its last row is as long as the column, as a row is whose paragraph goes on.
    last_row_full: bool,
    indented: bool,
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

    fn figure(&self, page: u32, area: Area, label: Option<String>, caption: Option<String>) -> Figure {
        let (page_width, page_height) = self.sizes.get(&page).copied().unwrap_or((612.0, 792.0));
        let sheet = Area { x0: 0.0, y0: 0.0, x1: page_width, y1: page_height };
        let seen = area.grown(3.0).intersection(&sheet).unwrap_or(area);
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
                figure: self.figure(block.page, block.area, None, None),
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

/// Graphics on the page of a caption that lie in its column next to it, the nearest first.
fn matching_graphics(raw: &[RawBlock], caption: usize, kind: Captioned, taken: &[bool]) -> Option<(Area, Vec<usize>)> {
    let place = raw[caption].area;
    let page = raw[caption].page;
    let free: Vec<(usize, Area)> = raw
        .iter()
        .enumerate()
        .filter(|(index, block)| block.page == page && !taken[*index])
        .filter_map(|(index, block)| match &block.content {
            Content::Graphic(graphic) => Some((index, graphic.area)),
            _ => None,
        })
        .collect();
    let beside = |area: &Area| area.x0 < place.x1 + 10.0 && place.x0 < area.x1 + 10.0;
    let distance = |area: &Area| {
        let above = place.y0 - area.y1;
        let below = area.y0 - place.y1;
        // Captions stand below figures and above tables, mostly.
        let (usual, unusual) = if kind == Captioned::Figure { (above, below) } else { (below, above) };
        if usual > -6.0 { usual.max(0.0) } else { unusual.max(0.0) + 14.0 }
    };
    let (first, nearest) = *free
        .iter()
        .filter(|(_, area)| beside(area) && distance(area) < 80.0)
        .min_by(|a, b| distance(&a.1).total_cmp(&distance(&b.1)))?;
    let mut area = nearest;
    let mut members = vec![first];
    // Parts of one figure lie side by side or close above each other, with no other caption between.
    for _ in 0..4 {
        for (index, other) in &free {
            let same_side = (other.center().1 < place.y0) == (area.center().1 < place.y0);
            let side_by_side = other.shared_height(&area) > 0.5
                && ((other.x0 - area.x1).max(area.x0 - other.x1) < 30.0
                    || (other.x0 > place.x0 - 5.0 && other.x1 < place.x1 + 5.0));
            let stacked = other.shared_width(&area) > 0.5 && (other.y0 - area.y1).max(area.y0 - other.y1) < 26.0;
            let within_caption = other.x0 > place.x0.min(area.x0) - 30.0 && other.x1 < place.x1.max(area.x1) + 30.0;
            let divided = raw.iter().any(|block| {
                block.page == page
                    && block.text().is_some_and(|rows| {
                        rows.first().is_some_and(|row| captions::parse(&row.plain()).is_some_and(|c| c.marked))
                    })
                    && block.area != place
                    && area.union(other).contains_point(block.area.center())
            });
            if !members.contains(index) && same_side && within_caption && !divided && (side_by_side || stacked) {
                members.push(*index);
                area = area.union(other);
            }
        }
    }
    Some((area, members))
}

/// Takes the short texts that lie in a figure, or between it and its caption, out of the text and into its area.
fn swallow_labels(raw: &mut [RawBlock], members: &[usize], area: Area, caption: usize, body_size: f32) -> Area {
    let page = raw[caption].page;
    let place = raw[caption].area;
    let mut grown = area;
    for block in raw.iter_mut().filter(|block| block.page == page) {
        let Content::Text(rows) = &block.content else { continue };
        if rows.is_empty() || block.area == place {
            continue;
        }
        let inside = area.grown(2.0).contains_point(block.area.center());
        let between = block.area.y0 >= area.y1 - 2.0
            && block.area.y1 <= place.y0 + 2.0
            && block.area.center().0 > area.x0
            && block.area.center().0 < area.x1;
        let label =
            rows.len() <= 2 && rows.iter().all(|row| row.size <= 1.02 * body_size) && block.area.width() < 0.9 * area.width();
        if inside || (between && label) {
            grown = grown.union(&block.area);
            block.content = Content::Text(Vec::new());
        }
    }
    for member in &members[1..] {
        raw[*member].content = Content::Text(Vec::new());
    }
    // Never into the caption.
    if place.y0 >= area.y1 - 6.0 {
        grown.y1 = grown.y1.min(place.y0 - 3.5);
    } else if place.y1 <= area.y0 + 6.0 {
        grown.y0 = grown.y0.max(place.y1 + 3.5);
    }
    grown
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

/// Half titles and title pages repeat the title.
fn drop_repeated_title(pieces: &mut [Option<Piece>], title: Option<&str>) {
    let Some(title) = title.map(essence) else { return };
    for piece in pieces.iter_mut() {
        if let Some(Piece { kind: PieceKind::Heading(heading), .. }) = piece
            && heading.number.is_none()
            && essence(&heading.text) == title
        {
            *piece = None;
        }
    }
}

/// Everything short between the title and the first heading or paragraph of prose belongs to the head of the document.
fn mark_front(pieces: &mut [Option<Piece>], raw: &[RawBlock], title: &std::ops::Range<usize>) {
    if title.is_empty() {
        return;
    }
    let page = raw[title.start].page;
    for (piece, block) in pieces.iter_mut().zip(raw) {
        let Some(piece) = piece else { continue };
        if block.page > page + 2 {
            break;
        }
        match &piece.kind {
            PieceKind::Heading(heading) if heading.number.is_some() || roles::is_usual_name(&heading.text) => break,
            PieceKind::Heading(heading) if heading.outlined.is_some() => break,
            // Names are often set larger than the text.
            PieceKind::Heading(heading) => piece.kind = PieceKind::Front(heading.text.clone()),
            PieceKind::Paragraph(running) if abstract_start(&running.text).is_some() => break,
            PieceKind::Paragraph(running) => {
                let centered = is_centered_in(&block.area, block.left, block.right, 10.0);
                let words = running.text.split_whitespace().count();
                // Names, places and dates begin with capitals or digits; sentences are mostly of small letters.
                let small = running.text.split_whitespace().filter(|word| word.starts_with(char::is_lowercase)).count();
                let prose = words >= 12 && small * 100 >= words * 52 && !(centered && words < 35) && !running.text.contains('@');
                if !prose {
                    piece.kind = PieceKind::Front(running.text.clone());
                } else {
                    break;
                }
            }
            PieceKind::Item { .. } | PieceKind::Code(_) | PieceKind::Formula { .. } => break,
            PieceKind::Figure(_) | PieceKind::Aside(_) | PieceKind::Front(_) => {}
        }
    }
}

/// Where the text behind a run-in `Abstract` begins.
fn abstract_start(text: &str) -> Option<usize> {
    let rest =
        ["Abstract", "ABSTRACT", "Summary", "SUMMARY", "Zusammenfassung"].iter().find_map(|word| text.strip_prefix(word))?;
    let behind = rest.trim_start_matches([' ', '—', '–', '-', '.', ':', '\u{A0}', '―']);
    (behind.len() < rest.len() && behind.starts_with(|c: char| c.is_uppercase() || "“\"".contains(c)))
        .then_some(text.len() - behind.len())
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

/// Joins paragraphs and items that a column, page or figure interrupts.
fn join_broken(pieces: Vec<Piece>, vocabulary: &Vocabulary) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let PieceKind::Paragraph(next) = &piece.kind else {
            joined.push(piece);
            continue;
        };
        let between =
            joined.iter().rev().take_while(|before| matches!(before.kind, PieceKind::Figure(_) | PieceKind::Aside(_))).count();
        let position = joined.len().checked_sub(between + 1);
        let interrupted = position.is_some_and(|at| joined[at].group != piece.group || between > 0);
        if let Some(at) = position
            && interrupted
            && let PieceKind::Paragraph(open) | PieceKind::Item { running: open, .. } = &mut joined[at].kind
            && goes_on(open, next)
        {
            join(&mut open.text, &next.text, vocabulary);
            open.last_row_full = next.last_row_full;
            continue;
        }
        joined.push(piece);
    }
    joined
}

fn goes_on(open: &Running, next: &Running) -> bool {
    let end = open.text.trim_end_matches(['”', '"', '’', ')', ']']);
    let closed = end.ends_with(['.', '!', '?', ':', '。']);
    let starts_low = next.text.starts_with(|c: char| c.is_lowercase());
    if closed {
        return starts_low && open.last_row_full && !next.indented && !end.ends_with(':');
    }
    starts_low || (open.last_row_full && !next.indented)
}

/// Opens a section at each heading.
fn sections(pieces: Vec<Piece>) -> Vec<Section> {
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
