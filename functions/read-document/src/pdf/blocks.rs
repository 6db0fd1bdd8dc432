//! Rows to blocks: paragraphs, list items, listings and displayed formulas of one page, in reading order.

use super::captions;
use super::columns::reading_order;
use super::figures::Graphic;
use super::geometry::Area;
use super::lines::Segment;
use super::rows::{Row, RowKind, rows};
use crate::roles;

/// A block of one page before anybody knows what part it plays in the document.
#[derive(Debug, Clone)]
pub(crate) struct RawBlock {
    pub(crate) page: u32,
    /// Counts the columns and bands of the document; blocks of one group are read one below the other.
    pub(crate) group: usize,
    pub(crate) area: Area,
    pub(crate) content: Content,
    /// Where the text of the group begins and ends.
    pub(crate) left: f32,
    pub(crate) right: f32,
    /// Whether the first row is indented like the start of a paragraph.
    pub(crate) indented: bool,
}

/// What a raw block holds.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Text(Vec<Row>),
    Code(Vec<Row>),
    Formula(Vec<Row>),
    Graphic(Graphic),
}

impl RawBlock {
    /// The rows of a text block; none of any other.
    pub(crate) fn text(&self) -> Option<&[Row]> {
        match &self.content {
            Content::Text(rows) => Some(rows),
            _ => None,
        }
    }
}

/// Puts what a page holds into reading order and cuts it into blocks.
pub(crate) fn blocks(page: u32, segments: Vec<Segment>, graphics: &[Graphic], first_group: usize) -> Vec<RawBlock> {
    let mut areas: Vec<Area> = segments.iter().map(|segment| segment.area).collect();
    areas.extend(graphics.iter().map(|graphic| graphic.area));
    let mut blocks = Vec::new();
    let mut segments: Vec<Option<Segment>> = segments.into_iter().map(Some).collect();
    for (offset, members) in reading_order(&areas).into_iter().enumerate() {
        let group = first_group + offset;
        let own_graphics = members.iter().filter_map(|index| graphics.get(index.checked_sub(segments.len())?)).cloned();
        let own_graphics: Vec<Graphic> = own_graphics.collect();
        let own_segments = members.iter().filter_map(|index| segments.get_mut(*index)?.take()).collect();
        blocks.extend(group_blocks(page, group, rows(own_segments), own_graphics));
    }
    blocks
}

fn group_blocks(page: u32, group: usize, rows: Vec<Row>, graphics: Vec<Graphic>) -> Vec<RawBlock> {
    let measure = Measure::of(&rows);
    let kinds = row_kinds(&rows, &measure);
    let mut blocks: Vec<RawBlock> = Vec::new();
    let mut graphics = graphics.into_iter().peekable();
    let mut graphic_between = false;
    for (row, kind) in rows.into_iter().zip(kinds) {
        while let Some(graphic) = graphics.next_if(|graphic| graphic.area.center().1 < row.baseline) {
            blocks.push(measure.block(page, group, Content::Graphic(graphic)));
            graphic_between = true;
        }
        let continued = !graphic_between && continue_block(&mut blocks, &row, kind, &measure);
        if !continued {
            let content = match kind {
                RowKind::Text => Content::Text(vec![row]),
                RowKind::Code => Content::Code(vec![row]),
                RowKind::Formula => Content::Formula(vec![row]),
            };
            blocks.push(measure.block(page, group, content));
        }
        graphic_between = false;
    }
    blocks.extend(graphics.map(|graphic| measure.block(page, group, Content::Graphic(graphic))));
    blocks
}

/// Gives a row to the block it continues: the last one, or one before it if a note in the margin came between.
fn continue_block(blocks: &mut [RawBlock], row: &Row, kind: RowKind, measure: &Measure) -> bool {
    for (back, block) in blocks.iter_mut().rev().take(3).enumerate() {
        let below = back == 0 || block.area.shared_width(&row.area) > 0.5;
        if below && block.take_row(row, kind, measure) {
            return true;
        }
        // Nothing is read across what stands in the same column.
        if block.area.shared_width(&row.area) > 0.0 {
            return false;
        }
    }
    false
}

/// The kind of each row. Short rows between or beside those of a formula are parts of it.
fn row_kinds(rows: &[Row], measure: &Measure) -> Vec<RowKind> {
    let mut kinds: Vec<RowKind> = rows.iter().map(|row| row.kind(measure.left, measure.right)).collect();
    for index in 0..rows.len() {
        let goes_on = index > 0 && kinds[index - 1] == RowKind::Text && wraps_into(&rows[index - 1], &rows[index], measure);
        if kinds[index] == RowKind::Code && (goes_on || is_address(&rows[index])) {
            kinds[index] = RowKind::Text;
        }
    }
    for _ in 0..2 {
        for index in 0..rows.len() {
            let row = &rows[index];
            let short =
                row.prose_words() <= 1 && row.area.width() < 0.5 * measure.width() && row.area.x0 > measure.left + row.size;
            let beside = |other: usize| {
                kinds[other] == RowKind::Formula
                    && (rows[other].baseline - row.baseline).abs() < 1.25 * rows[other].size.max(row.size)
            };
            let near_formula = index.checked_sub(1).is_some_and(beside) || (index + 1 < rows.len() && beside(index + 1));
            if kinds[index] == RowKind::Text && short && near_formula {
                kinds[index] = RowKind::Formula;
            }
        }
    }
    kinds
}

/// Whether a row is the rest of code that begins in the prose of the row above.
fn wraps_into(above: &Row, row: &Row, measure: &Measure) -> bool {
    let ends_in_code = above.words.last().is_some_and(|word| word.face.monospace);
    let near = row.baseline - above.baseline < 1.5 * row.size;
    ends_in_code && near && row.area.x0 < measure.left + 0.5 * row.size && above.area.x1 > measure.right - 0.25 * measure.width()
}

/// Addresses are often set in a face of fixed width.
fn is_address(row: &Row) -> bool {
    let plain = row.plain();
    !plain.contains(' ') && (plain.contains('@') || plain.contains("://") || plain.starts_with("www."))
}

/// What is usual in a group of rows.
struct Measure {
    left: f32,
    right: f32,
    /// From base line to base line, in font sizes.
    leading: f32,
}

impl Measure {
    fn of(rows: &[Row]) -> Self {
        let mut left: Vec<f32> = rows.iter().map(|row| row.area.x0).collect();
        let mut right: Vec<f32> = rows.iter().map(|row| row.area.x1).collect();
        left.sort_by(f32::total_cmp);
        right.sort_by(f32::total_cmp);
        let mut steps: Vec<f32> = rows
            .windows(2)
            .filter(|pair| (pair[0].size - pair[1].size).abs() < 0.5)
            .map(|pair| (pair[1].baseline - pair[0].baseline) / pair[0].size)
            .filter(|step| (0.9..2.6).contains(step))
            .collect();
        steps.sort_by(f32::total_cmp);
        Self {
            left: left.get(left.len() / 12).copied().unwrap_or(0.0),
            right: right.get(right.len() - 1 - right.len() / 12).copied().unwrap_or(0.0),
            // Leading is rather the small of the usual steps; the larger ones lie between paragraphs.
            leading: steps.get(steps.len() * 2 / 5).copied().unwrap_or(1.2),
        }
    }

    fn width(&self) -> f32 {
        (self.right - self.left).max(1.0)
    }

    fn block(&self, page: u32, group: usize, content: Content) -> RawBlock {
        let (area, indented) = match &content {
            Content::Text(rows) | Content::Code(rows) | Content::Formula(rows) => {
                (rows[0].area, rows[0].area.x0 > self.left + 0.7 * rows[0].size)
            }
            Content::Graphic(graphic) => (graphic.area, false),
        };
        RawBlock { page, group, area, content, left: self.left, right: self.right, indented }
    }
}

impl RawBlock {
    /// Takes a row in if it continues the block. The rows come from top to bottom.
    fn take_row(&mut self, row: &Row, kind: RowKind, measure: &Measure) -> bool {
        let taken = match (&mut self.content, kind) {
            (Content::Text(rows), RowKind::Text) if continues_text(rows, row, measure) => {
                rows.push(row.clone());
                true
            }
            (Content::Code(rows), RowKind::Code) if continues_code(rows, row) => {
                rows.push(row.clone());
                true
            }
            (Content::Formula(rows), RowKind::Formula) if row.area.y0 - self.area.y1 < 1.1 * row.size => {
                rows.push(row.clone());
                true
            }
            _ => false,
        };
        if taken {
            self.area = self.area.union(&row.area);
        }
        taken
    }
}

fn continues_code(rows: &[Row], row: &Row) -> bool {
    let last = &rows[rows.len() - 1];
    row.baseline - last.baseline < 3.2 * row.size && (row.size - last.size).abs() < 1.0
}

fn continues_text(rows: &[Row], row: &Row, measure: &Measure) -> bool {
    let last = &rows[rows.len() - 1];
    let same_size = (row.size - last.size).abs() <= 0.07 * last.size.max(row.size);
    let same_weight =
        row.is_bold() == last.is_bold() || !row.has_letters() || !last.has_letters() || starts_bold_and_goes_on(last, row);
    let step = (row.baseline - last.baseline) / row.size;
    if !same_size || !same_weight || step > (measure.leading * 1.28).max(1.3) {
        return false;
    }
    let plain = row.plain();
    if captions::parse(&plain).is_some_and(|caption| caption.marked)
        || list_marker(&plain).is_some_and(|_| begins_item(rows, row))
    {
        return false;
    }
    let last_plain = last.plain();
    let in_list = list_marker(&rows[0].plain()).is_some();
    let ends_sentence = last_plain.ends_with(['.', '!', '?', ':', ';', '”', '"', '…']) || last_plain.ends_with("。");
    let first_word = row.words.first().map_or(0.0, |word| word.x1 - word.x0);
    let had_room = measure.right - last.area.x1 > first_word + 0.6 * row.size;
    let centered = is_centered(row, measure) && is_centered(last, measure);
    let indent = row.area.x0 - last.area.x0;
    let begins_indented = !in_list
        && !centered
        && rows.len() > usize::from(rows[0].area.x0 > measure.left + 0.7 * row.size)
        && indent > 0.7 * row.size
        && row.area.x0 > measure.left + 0.7 * row.size
        && (ends_sentence || had_room);
    let leaves_list = in_list && (row.area.x0 < rows[0].area.x0 - 0.3 * row.size || back_from_item(rows, row, had_room));
    let numbered_heading = row.is_bold() && last.is_bold() && roles::split_number(&plain).0.is_some();
    // The first row of a paragraph that hangs, as in references: later rows are indented.
    let back_from_hanging = rows.len() > 1
        && indent < -0.7 * row.size
        && (row.area.x0 - rows[0].area.x0).abs() < 0.3 * row.size
        && rows[1].area.x0 > rows[0].area.x0 + 0.7 * row.size;
    !(begins_indented
        || leaves_list
        || numbered_heading
        || back_from_hanging
        || (ends_sentence && had_room && !centered && !in_list))
}

/// A run-in heading: bold words and then, on the same row, others.
fn starts_bold_and_goes_on(last: &Row, row: &Row) -> bool {
    last.words.first().is_some_and(|word| word.face.bold) && !last.is_bold() && !row.is_bold()
}

/// Whether a row stands at the mark of the item above it, where text behind the list stands.
fn back_from_item(rows: &[Row], row: &Row, had_room: bool) -> bool {
    let hangs = |other: &Row| other.area.x0 > rows[0].area.x0 + 0.5 * row.size;
    let at_mark = (row.area.x0 - rows[0].area.x0).abs() < 0.3 * row.size;
    at_mark && (had_room || rows.get(1).is_some_and(hangs))
}

fn begins_item(rows: &[Row], row: &Row) -> bool {
    // A row that only happens to begin with a number or a dash stands where the rows above it stand.
    let number = row.words.first().is_some_and(|word| word.text.starts_with(|c: char| c.is_ascii_digit() || "–—-*·".contains(c)));
    let last = &rows[rows.len() - 1];
    !number
        || list_marker(&rows[0].plain()).is_some()
        || (row.area.x0 - last.area.x0).abs() > 0.5 * row.size
        || rows.len() == 1
        || last.plain().ends_with(['.', ':', ';'])
}

pub(crate) fn is_centered_in(area: &Area, left: f32, right: f32, size: f32) -> bool {
    let (inner_left, inner_right) = (area.x0 - left, right - area.x1);
    inner_left > 1.5 * size && (inner_left - inner_right).abs() < 2.5 * size
}

fn is_centered(row: &Row, measure: &Measure) -> bool {
    is_centered_in(&row.area, measure.left, measure.right, row.size)
}

/// The mark of a list item at the start of a text: whether it counts, and where the text behind it begins.
pub(crate) fn list_marker(text: &str) -> Option<(bool, usize)> {
    let first = text.chars().next()?;
    if "•◦▪▫‣●○■□➢►▸▶⊲▷⁃∗✓✔".contains(first)
        || (matches!(first, '–' | '—' | '*' | '-' | '·' | '◆' | '⋄' | '◇') && text[first.len_utf8()..].starts_with(' '))
    {
        let rest = text[first.len_utf8()..].trim_start();
        return (!rest.is_empty()).then(|| (false, text.len() - rest.len()));
    }
    let (mark, rest) = text.split_once(' ')?;
    let inner = mark.trim_start_matches('(');
    let core = inner.strip_suffix([')', '.'])?;
    let counts = (core.len() <= 2 && !core.is_empty() && core.chars().all(|c| c.is_ascii_digit()))
        || (core.len() == 1 && core.chars().all(|c| c.is_ascii_lowercase()))
        || (!core.is_empty() && core.len() <= 4 && core.chars().all(|c| "ivx".contains(c)));
    let closed = mark.ends_with(')') || mark.len() == core.len() + 1;
    (counts && closed).then(|| (true, text.len() - rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_marks_are_told_from_words() {
        assert_eq!(list_marker("• one"), Some((false, 4)));
        assert_eq!(list_marker("- one"), Some((false, 2)));
        assert_eq!(list_marker("1. one"), Some((true, 3)));
        assert_eq!(list_marker("(a) one"), Some((true, 4)));
        assert_eq!(list_marker("iv) one"), Some((true, 4)));
        for text in ["-1 is less", "1984 was", "A. Author", "3.5 metres", "word", "-"] {
            assert_eq!(list_marker(text), None, "{text}");
        }
    }
}
