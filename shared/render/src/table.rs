//! Tables: which columns and rows are shown, how wide columns want to be, which of them hold numbers.

use crate::fonts::{self, Face};
use crate::layer;
use crate::text::{self, Limits, Run, Setter, Text};
use serde::Serialize;

/// The most columns of one picture.
const MAX_COLUMNS: usize = 9;
/// The most rows that can be fitted in; templates show as many of them as there is room for.
const MAX_ROWS: usize = 16;
const CELL: Limits = Limits { characters: 90, word_em: 8.0 };
/// Room for an ellipsis behind a word.
const ELLIPSIS_EM: f64 = 0.8;
const WIDEST_EM: f64 = 24.0;
const NARROWEST_EM: f64 = 1.6;
const SHORT_EM: f64 = 3.5;

/// A table as its template reads it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Grid {
    columns: Vec<Column>,
    /// Empty where there is no header.
    header: Vec<Text>,
    /// Each as long as `columns`.
    rows: Vec<Vec<Text>>,
    more_rows: usize,
    more_columns: usize,
}

/// What a column needs, in multiples of the font size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Column {
    numeric: bool,
    /// The widest word.
    narrowest: f64,
    /// The widest cell on one line.
    widest: f64,
}

/// Chooses what is shown of a table. Rows may be shorter or longer than the header.
pub(crate) fn grid(header: &[String], rows: &[Vec<String>], setter: &mut Setter) -> Grid {
    let width = rows.iter().map(Vec::len).chain([header.len()]).max().unwrap_or(0);
    let shown = width.min(MAX_COLUMNS);
    let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
    let columns = (0..shown)
        .map(|column| column_of(&cell(header, column), rows.iter().take(MAX_ROWS).map(|row| cell(row, column))))
        .collect();
    let mut set = |row: &[String]| (0..shown).map(|column| setter.text(&cell(row, column), CELL)).collect::<Vec<Text>>();
    Grid {
        columns,
        header: if header.is_empty() { Vec::new() } else { set(header) },
        rows: rows.iter().take(MAX_ROWS).map(|row| set(row)).collect(),
        more_rows: rows.len().saturating_sub(MAX_ROWS),
        more_columns: width - shown,
    }
}

fn column_of(header: &str, cells: impl Iterator<Item = String>) -> Column {
    let mut filled = 0;
    let mut numbers = 0;
    let (mut narrowest, mut widest) = size_of(header);
    for cell in cells {
        let (cell_narrowest, cell_widest) = size_of(&cell);
        narrowest = narrowest.max(cell_narrowest);
        widest = widest.max(cell_widest);
        if !is_nothing(&cell) {
            filled += 1;
            numbers += usize::from(is_number(&cell));
        }
    }
    Column {
        numeric: filled > 0 && numbers * 5 >= filled * 4,
        narrowest: (narrowest + ELLIPSIS_EM).clamp(NARROWEST_EM, CELL.word_em + ELLIPSIS_EM),
        widest: widest.clamp(NARROWEST_EM, WIDEST_EM),
    }
}

/// The widths of the widest word and of the whole cell.
fn size_of(cell: &str) -> (f64, f64) {
    // In tables all figures are as wide as a zero.
    let text = Setter::new([0.0; 3]).text(&cell.replace('1', "0"), CELL);
    let whole = text.runs.iter().map(|run| match run {
        Run::Math { width, .. } => width * text::MATH_SCALE,
        Run::Prose { text } => fonts::width_em(text, Face::Prose),
        Run::Code { text } => fonts::width_em(text, Face::Code) + 0.4,
    });
    let whole: f64 = whole.sum();
    // Chinese lines may break anywhere, but a cell of a few letters is not read one letter a line.
    let narrowest = if cell.contains(layer::is_east_asian) { text.widest.max(whole.min(SHORT_EM)) } else { text.widest };
    (narrowest, whole)
}

fn is_nothing(cell: &str) -> bool {
    matches!(cell.trim(), "" | "-" | "–" | "—" | "n/a" | "N/A" | "?" | "…")
}

/// Whether a cell reads as a quantity: digits with signs, separators, units and errors around them.
fn is_number(cell: &str) -> bool {
    let cell = text::clean(&domain::inline::plain(cell));
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
    let starts_as_number = cell.trim_start().starts_with(|c: char| c.is_ascii_digit() || "+-−–±~≈<>≤≥$€£.(×".contains(c));
    starts_as_number && digits > 0 && letters <= digits.max(2) && cell.chars().count() <= 20
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    fn table(header: &[&str], rows: &[&[&str]]) -> Grid {
        let rows: Vec<Vec<String>> = rows.iter().map(|row| strings(row)).collect();
        grid(&strings(header), &rows, &mut Setter::new([0.0; 3]))
    }

    #[test]
    fn quantities_are_told_from_words() {
        for number in ["12", "-0.5", "23.75", "9.6e18", "65M", "$1,200", "12 %", "≈ 3", "1.2 ± 0.1", "3 ms", "2×"] {
            assert!(is_number(number), "{number}");
        }
        for word in ["", "model", "3 blind mice and a cat", "v2 of the thing", "GPT-4", "—"] {
            assert!(!is_number(word), "{word}");
        }
    }

    #[test]
    fn a_column_of_numbers_with_gaps_is_numeric() {
        let grid = table(&["model", "score"], &[&["a", "1.5"], &["b", "—"], &["c", "2"]]);
        assert_eq!(grid.columns.iter().map(|column| column.numeric).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn ragged_rows_are_filled_up() {
        let grid = table(&["a", "b"], &[&["1"], &["1", "2", "3"]]);
        assert_eq!(grid.columns.len(), 3);
        assert!(grid.rows.iter().all(|row| row.len() == 3) && grid.header.len() == 3);
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let wide = vec!["x"; 14];
        let rows: Vec<&[&str]> = vec![&wide; 30];
        let grid = table(&wide, &rows);
        assert_eq!((grid.columns.len(), grid.more_columns), (MAX_COLUMNS, 5));
        assert_eq!((grid.rows.len(), grid.more_rows), (MAX_ROWS, 14));
    }

    #[test]
    fn an_empty_table_has_nothing() {
        let grid = table(&[], &[]);
        assert!(grid.columns.is_empty() && grid.rows.is_empty());
    }
}
