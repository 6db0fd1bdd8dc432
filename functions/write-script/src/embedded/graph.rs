//! Turns a table into a graph where its numbers can be compared for certain: a column of names, and one to three columns of
//! plain numbers in one unit. Any other table stays one.

use super::language::Language;
use domain::{Axis, Graph, GraphForm, Series, inline};

const LEAST_ROWS: usize = 3;
const MOST_ROWS: usize = 12;
const MOST_SERIES: usize = 3;
const LONGEST_NAME: usize = 48;
/// Beside a bar that is so many times longer another one cannot be seen.
const WIDEST_RANGE: f64 = 100.0;

/// The graph of a table; none where a table tells more.
pub(crate) fn of_table(header: &[String], rows: &[Vec<String>], language: Language) -> Option<Graph> {
    let series = header.len().checked_sub(1)?;
    let fits = (1..=MOST_SERIES).contains(&series)
        && (LEAST_ROWS..=MOST_ROWS).contains(&rows.len())
        && rows.iter().all(|row| row.len() == header.len());
    if !fits {
        return None;
    }
    let names: Vec<String> = rows.iter().map(|row| inline::plain(&row[0]).trim().to_owned()).collect();
    let is_name = |name: &String| !name.is_empty() && name.chars().count() <= LONGEST_NAME;
    let is_different = |at: usize| !names[..at].contains(&names[at]);
    let years: Option<Vec<u32>> = names.iter().map(|name| year(name)).collect();
    let are_years = years.is_some_and(|years| years.windows(2).all(|pair| pair[0] < pair[1]));
    let holds_letters = |name: &String| name.chars().any(char::is_alphabetic);
    if !names.iter().all(is_name) || !(0..names.len()).all(is_different) || !(are_years || names.iter().all(holds_letters)) {
        return None;
    }
    let mut columns = Vec::with_capacity(series);
    for column in 1..header.len() {
        let cells: Option<Vec<(f64, String)>> = rows.iter().map(|row| quantity(&row[column], language)).collect();
        let cells = cells?;
        let (title, stated) = titled(&header[column]);
        let unit = &cells[0].1;
        if title.is_empty() || cells.iter().any(|(_, other)| other != unit) {
            return None;
        }
        let unit = if unit.is_empty() { stated } else { Some(unit.clone()) };
        columns.push((title, unit, cells.into_iter().map(|(value, _)| value).collect::<Vec<f64>>()));
    }
    let unit = columns[0].1.clone();
    // Numbers without a unit may be of different things.
    let share_a_unit = columns.iter().all(|(_, other, _)| *other == unit) && (series == 1 || unit.is_some());
    if !share_a_unit || !can_be_compared(columns.iter().flat_map(|(_, _, values)| values)) {
        return None;
    }
    let form = match (are_years, series) {
        (true, _) => GraphForm::Line,
        (false, 1) => GraphForm::Bar,
        (false, _) => GraphForm::Grouped,
    };
    let title = (series == 1).then(|| columns[0].0.clone());
    let x = Axis { title: are_years.then(|| inline::plain(&header[0])).filter(|title| !title.trim().is_empty()), unit: None };
    let one = |(name, _, values): (String, Option<String>, Vec<f64>)| Series {
        name: (series > 1).then_some(name),
        values: values.into_iter().map(Some).collect(),
        points: Vec::new(),
    };
    Some(Graph {
        form,
        categories: rows.iter().map(|row| row[0].clone()).collect(),
        series: columns.into_iter().map(one).collect(),
        x,
        y: Axis { title, unit },
    })
}

fn year(name: &str) -> Option<u32> {
    name.parse().ok().filter(|year| (1000..=2200).contains(year))
}

/// A heading and the unit that stands behind it in brackets.
fn titled(header: &str) -> (String, Option<String>) {
    let plain = inline::plain(header);
    let parts = plain.trim().strip_suffix([')', ']']).and_then(|inner| inner.rsplit_once(['(', '[']));
    match parts {
        Some((title, unit)) if is_unit(unit) && !unit.trim().is_empty() => {
            (inline::escape(title.trim()), Some(unit.trim().to_owned()))
        }
        _ => (header.trim().to_owned(), None),
    }
}

fn is_unit(text: &str) -> bool {
    let text = text.trim();
    text.chars().count() <= 8 && text.chars().all(|c| c.is_alphabetic() || "%$€£°/²³µ ·".contains(c))
}

/// A plain number with its unit: `27.3`, `1,200`, `12 %`, `$5`.
fn quantity(cell: &str, language: Language) -> Option<(f64, String)> {
    let plain = inline::plain(cell).replace(['−', '–'], "-").replace('\u{a0}', " ");
    let text = plain.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let (currency, text) = match text.chars().next()? {
        sign @ ('$' | '€' | '£') => (sign.to_string(), &text[sign.len_utf8()..]),
        _ => (String::new(), text),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let rest = rest.trim();
    let unit = if currency.is_empty() { rest.to_owned() } else { currency };
    if (unit != rest && !rest.is_empty()) || !is_unit(&unit) {
        return None;
    }
    // A comma divides thousands in English, decimals elsewhere; who is not sure keeps the table.
    if digits.contains(',') && !(language == Language::English && has_thousands(digits)) {
        return None;
    }
    let value: f64 = digits.replace(',', "").parse().ok()?;
    Some((sign * value, unit))
}

fn has_thousands(digits: &str) -> bool {
    let whole = digits.split('.').next().unwrap_or(digits);
    let mut groups = whole.split(',');
    groups.next().is_some_and(|first| (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3)
}

/// Whether bars of all values can be seen beside each other, and are not all the same.
fn can_be_compared<'a>(values: impl Iterator<Item = &'a f64>) -> bool {
    let sizes: Vec<f64> = values.map(|value| value.abs()).collect();
    let most = sizes.iter().copied().fold(0.0, f64::max);
    let least = sizes.iter().copied().filter(|size| *size > 0.0).fold(f64::INFINITY, f64::min);
    most > 0.0 && most / least <= WIDEST_RANGE && sizes.iter().any(|size| (size - most).abs() > most * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(header: &[&str], rows: &[&[&str]]) -> Option<Graph> {
        let line = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        of_table(&line(header), &rows.iter().map(|row| line(row)).collect::<Vec<_>>(), Language::English)
    }

    #[test]
    fn names_with_numbers_are_bars() {
        let graph = graph(&["Model", "Latency (ms)"], &[&["a", "12"], &["b", "1,000.5"], &["c", "30"]]).expect("a graph");
        assert_eq!(
            (graph.form, graph.y.unit.as_deref(), graph.y.title.as_deref()),
            (GraphForm::Bar, Some("ms"), Some("Latency"))
        );
        assert_eq!(graph.series[0].values, [Some(12.0), Some(1000.5), Some(30.0)]);
    }

    #[test]
    fn years_are_a_line_and_columns_of_one_unit_a_group() {
        let line = graph(&["Year", "Share"], &[&["2001", "1 %"], &["2002", "3 %"], &["2005", "9 %"]]).expect("a graph");
        assert_eq!((line.form, line.y.unit.as_deref()), (GraphForm::Line, Some("%")));
        let group = graph(&["Who", "2001", "2002"], &[&["a", "$1", "$3"], &["b", "$2", "$4"], &["c", "$5", "$-6"]]);
        assert_eq!(group, None);
        let group =
            graph(&["Who", "2001", "2002"], &[&["a", "$1", "$3"], &["b", "$2", "$4"], &["c", "$5", "$6"]]).expect("a graph");
        assert_eq!((group.form, group.series.len(), group.series[1].name.as_deref()), (GraphForm::Grouped, 2, Some("2002")));
    }

    #[test]
    fn a_table_stays_one_where_it_is_not_certain() {
        for rows in [
            &[["a", "1"], ["b", "2"]][..],
            &[["a", "1"], ["b", "x"], ["c", "3"]],
            &[["a", "1 ± 2"], ["b", "2"], ["c", "3"]],
            &[["a", "1 s"], ["b", "2 ms"], ["c", "3 s"]],
            &[["a", "1"], ["a", "2"], ["c", "3"]],
            &[["a", "1"], ["b", "1000"], ["c", "3"]],
            &[["a", "2"], ["b", "2"], ["c", "2"]],
            &[["1", "2"], ["2", "4"], ["3", "6"]],
        ] {
            let rows: Vec<&[&str]> = rows.iter().map(|row| &row[..]).collect();
            assert_eq!(graph(&["A", "B"], &rows), None, "{rows:?}");
        }
        let mixed = graph(&["A", "Mass", "Price"], &[&["a", "1", "3"], &["b", "2", "4"], &["c", "5", "6"]]);
        assert_eq!(mixed, None);
    }
}
