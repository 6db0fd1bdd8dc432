//! Running heads and page numbers: what stands at the edge of many pages and belongs to none.

use super::lines::Segment;
use std::collections::BTreeMap;

/// Heads and feet lie within this share of the height of the page, at its top and at its bottom.
const EDGE: f32 = 0.17;

/// The text of one page, as far as this module needs to know it.
pub(crate) struct Sheet<'a> {
    pub(crate) height: f32,
    pub(crate) segments: &'a mut Vec<Segment>,
}

/// Takes running heads and page numbers off all pages.
pub(crate) fn remove_running_heads(pages: &mut [Sheet<'_>], body_size: f32) {
    // Twice, for heads of two rows.
    for _ in 0..2 {
        for at_top in [true, false] {
            remove_edge_rows(pages, at_top, body_size);
        }
    }
}

/// The outermost row of a page at one edge.
struct EdgeRow {
    baseline: f32,
    size: f32,
    text: String,
    /// Whether white space separates it from the rest of the page.
    apart: bool,
}

fn remove_edge_rows(pages: &mut [Sheet<'_>], at_top: bool, body_size: f32) {
    let rows: Vec<Option<EdgeRow>> = pages.iter().map(|page| edge_row(page, at_top)).collect();
    let mut texts: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.iter().flatten() {
        *texts.entry(pattern(&row.text)).or_default() += 1;
    }
    let count = pages.len();
    let often = 2.max(count / 8);
    let at_same_height =
        |row: &EdgeRow| rows.iter().flatten().filter(|other| other.apart && (other.baseline - row.baseline).abs() < 2.0).count();
    let is_running: Vec<bool> = rows
        .iter()
        .map(|row| {
            let Some(row) = row else { return false };
            let repeated = texts[&pattern(&row.text)] >= often && count > 1;
            let in_place = count >= 4 && row.apart && row.size <= 1.05 * body_size && 2 * at_same_height(row) >= count;
            (repeated && (row.apart || row.size <= 1.05 * body_size) && at_same_height_any(&rows, row) >= often)
                || in_place
                || is_page_number(&row.text)
        })
        .collect();
    for ((page, row), running) in pages.iter_mut().zip(&rows).zip(is_running) {
        if let (Some(row), true) = (row, running) {
            page.segments.retain(|segment| !in_row(segment, row.baseline, row.size));
        }
    }
}

fn at_same_height_any(rows: &[Option<EdgeRow>], row: &EdgeRow) -> usize {
    rows.iter().flatten().filter(|other| (other.baseline - row.baseline).abs() < 4.0).count()
}

fn in_row(segment: &Segment, baseline: f32, size: f32) -> bool {
    (segment.baseline - baseline).abs() <= 0.3 * size.max(6.0)
}

fn edge_row(page: &Sheet<'_>, at_top: bool) -> Option<EdgeRow> {
    let outermost = if at_top {
        page.segments.iter().min_by(|a, b| a.baseline.total_cmp(&b.baseline))?
    } else {
        page.segments.iter().max_by(|a, b| a.baseline.total_cmp(&b.baseline))?
    };
    let (baseline, size) = (outermost.baseline, outermost.size);
    let at_edge = if at_top { baseline < EDGE * page.height } else { baseline > (1.0 - EDGE) * page.height };
    if !at_edge {
        return None;
    }
    let (mut row, others): (Vec<&Segment>, Vec<&Segment>) =
        page.segments.iter().partition(|segment| in_row(segment, baseline, size));
    row.sort_by(|a, b| a.area.x0.total_cmp(&b.area.x0));
    let nearest = others.iter().map(|segment| (segment.baseline - baseline).abs()).fold(f32::MAX, f32::min);
    let text = row.iter().map(|segment| segment.plain()).collect::<Vec<_>>().join(" ");
    Some(EdgeRow { baseline, size, text, apart: nearest > 1.45 * size.max(9.0) })
}

/// The text with its numbers left open.
fn pattern(text: &str) -> String {
    let mut out = String::new();
    for character in text.to_lowercase().chars() {
        match character {
            digit if digit.is_ascii_digit() => {
                if !out.ends_with('#') {
                    out.push('#');
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// `12`, `- 12 -`, `Page 3 of 9`, `iv`.
fn is_page_number(text: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || "-–—/|.[]()".contains(c)).filter(|word| !word.is_empty()).collect();
    let is_number = |word: &&str| {
        (word.len() <= 4 && word.chars().all(|c| c.is_ascii_digit()))
            || (word.len() <= 6 && word.chars().all(|c| "ivxlc".contains(c)))
    };
    let numbers = words.iter().filter(|word| is_number(word)).count();
    let others_fit =
        words.iter().filter(|word| !is_number(word)).all(|word| ["page", "of", "seite", "von", "p", "sur"].contains(word));
    (1..=2).contains(&numbers) && others_fit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_are_told_from_text() {
        for text in ["12", "- 12 -", "Page 3 of 9", "iv", "[7]", "Seite 4"] {
            assert!(is_page_number(text), "{text}");
        }
        for text in ["Chapter 3", "", "1984 was a year", "12 34 56"] {
            assert!(!is_page_number(text), "{text}");
        }
    }
}
