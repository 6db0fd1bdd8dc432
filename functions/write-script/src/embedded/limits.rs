//! Keeps what is shown within the limits every script must keep, whatever stood in the document.

use crate::check::{MOST_CELL, MOST_LINE, MOST_NUMBER, MOST_QUOTE, MOST_TITLE};
use domain::{Axis, Column, Graph, Series, Visual};

/// The same visual with every line cut to its limit and empty ones left out. A slide without points gets its heading as one.
pub(crate) fn keep(visual: Visual) -> Visual {
    match visual {
        Visual::Title { title, subtitle, byline } => {
            Visual::Title { title: heading(&title), subtitle: maybe(subtitle), byline: maybe(byline) }
        }
        Visual::Slide { eyebrow, title, bullets } => {
            let (title, mut bullets) = (heading(&title), lines(&bullets));
            if bullets.is_empty() {
                bullets.push(line(&title));
            }
            Visual::Slide { eyebrow: maybe(eyebrow), title, bullets }
        }
        Visual::Figure { eyebrow, title, figure, bullets } => {
            Visual::Figure { eyebrow: maybe(eyebrow), title: heading(&title), figure, bullets: lines(&bullets) }
        }
        Visual::Code { eyebrow, title, language, text, highlight } => {
            let text = text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { ' ' } else { c }).collect();
            Visual::Code { eyebrow: maybe(eyebrow), title: heading(&title), language, text, highlight }
        }
        Visual::Formula { eyebrow, title, latex, steps, explanation } => {
            let explanation = lines(&explanation);
            Visual::Formula { eyebrow: maybe(eyebrow), title: heading(&title), latex, steps, explanation }
        }
        Visual::Table { eyebrow, title, header, rows, caption } => {
            let cells = |row: Vec<String>| row.into_iter().map(|cell| cut(&printable(&cell), MOST_CELL)).collect::<Vec<_>>();
            let (header, rows) = (cells(header), rows.into_iter().map(cells).collect());
            Visual::Table { eyebrow: maybe(eyebrow), title: heading(&title), header, rows, caption: maybe(caption) }
        }
        Visual::Graph { eyebrow, title, graph, caption } => {
            Visual::Graph { eyebrow: maybe(eyebrow), title: heading(&title), graph: of_graph(graph), caption: maybe(caption) }
        }
        // Made only of what is within its limits.
        Visual::Diagram { eyebrow, title, diagram } => {
            Visual::Diagram { eyebrow: maybe(eyebrow), title: heading(&title), diagram }
        }
        Visual::Quote { eyebrow, title, text, attribution } => Visual::Quote {
            eyebrow: maybe(eyebrow),
            title: heading(&title),
            text: cut(&printable(&text), MOST_QUOTE),
            attribution: maybe(attribution),
        },
        Visual::Number { eyebrow, title, number, unit, text } => Visual::Number {
            eyebrow: maybe(eyebrow),
            title: heading(&title),
            number: cut(&printable(&number), MOST_NUMBER),
            unit: unit.map(|unit| cut(&printable(&unit), MOST_NUMBER)).filter(|unit| !unit.is_empty()),
            text: line(&text),
        },
        Visual::Definition { eyebrow, title, meaning } => {
            let meaning = cut(&printable(&meaning), MOST_QUOTE);
            Visual::Definition { eyebrow: maybe(eyebrow), title: heading(&title), meaning }
        }
        Visual::Columns { eyebrow, title, left, right } => {
            let column = |column: Column| Column { heading: line(&column.heading), items: lines(&column.items) };
            Visual::Columns { eyebrow: maybe(eyebrow), title: heading(&title), left: column(left), right: column(right) }
        }
        Visual::Image { title, figure } => Visual::Image { title: heading(&title), figure },
        Visual::Illustration { title, description } => Visual::Illustration { title: heading(&title), description },
        Visual::Summary { title, points } => {
            let points = lines(&points);
            if points.len() > 1 {
                Visual::Summary { title: heading(&title), points }
            } else {
                keep(Visual::Slide { eyebrow: None, title, bullets: points })
            }
        }
        Visual::Placeholder { title, text } => Visual::Placeholder { title: heading(&title), text },
    }
}

fn of_graph(graph: Graph) -> Graph {
    let name = |text: &String| Some(line(text)).filter(|text| !text.is_empty()).unwrap_or_else(|| "…".to_owned());
    let axis = |axis: Axis| Axis { title: maybe(axis.title), unit: maybe(axis.unit) };
    Graph {
        categories: graph.categories.iter().map(name).collect(),
        series: graph.series.into_iter().map(|one| Series { name: maybe(one.name), ..one }).collect(),
        x: axis(graph.x),
        y: axis(graph.y),
        ..graph
    }
}

fn heading(text: &str) -> String {
    let kept = cut(&printable(text), MOST_TITLE);
    if kept.is_empty() { "…".to_owned() } else { kept }
}

fn line(text: &str) -> String {
    cut(&printable(text), MOST_LINE)
}

fn lines(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| line(text)).filter(|text| !text.is_empty()).collect()
}

fn maybe(text: Option<String>) -> Option<String> {
    text.map(|text| line(&text)).filter(|text| !text.is_empty())
}

fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_and_empty_ones_left_out() {
        let slide = Visual::Slide {
            eyebrow: Some(" ".to_owned()),
            title: "T".repeat(999),
            bullets: vec!["\u{7}".to_owned(), "b".repeat(999)],
        };
        let Visual::Slide { eyebrow, title, bullets } = keep(slide) else { panic!("it stays a slide") };
        assert_eq!((eyebrow, title.chars().count(), bullets.len(), bullets[0].chars().count()), (None, MOST_TITLE, 1, MOST_LINE));
    }

    #[test]
    fn a_slide_always_has_a_point() {
        let summary = Visual::Summary { title: "Key points".to_owned(), points: vec![String::new()] };
        assert_eq!(
            keep(summary),
            Visual::Slide { eyebrow: None, title: "Key points".to_owned(), bullets: vec!["Key points".to_owned()] }
        );
    }
}
