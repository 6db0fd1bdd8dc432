//! What a graph must keep to be drawn and read.

use super::{Faults, MOST_LINE};
use crate::{Graph, GraphForm};

const MOST_SERIES: usize = 6;
const MOST_CATEGORIES: usize = 12;
/// Along a line not every value needs its name to be read.
const MOST_ALONG_LINES: usize = 60;
const MOST_POINTS: usize = 300;
/// Larger numbers are not drawn.
const LARGEST: f64 = 1e15;

impl Faults {
    pub(super) fn graph(&mut self, place: &str, graph: &Graph) {
        let Graph { form, categories, series, x, y } = graph;
        let most = if matches!(form, GraphForm::Line | GraphForm::Area) { MOST_ALONG_LINES } else { MOST_CATEGORIES };
        let least = usize::from(*form != GraphForm::Scatter);
        self.lines(&format!("{place}.categories"), categories, least, if least == 0 { 0 } else { most });
        let count = series.len();
        self.unless((1..=MOST_SERIES).contains(&count), || {
            format!("{place}.series has {count} rows, expected 1 to {MOST_SERIES}")
        });
        for (at, one) in series.iter().enumerate() {
            let place = format!("{place}.series[{at}]");
            self.maybe(&format!("{place}.name"), one.name.as_ref());
            self.unless(count == 1 || one.name.is_some(), || format!("{place} has no name, as one of several must"));
            let numbers = || one.values.iter().flatten().chain(one.points.iter().flatten());
            self.unless(numbers().all(|number| number.abs() <= LARGEST), || format!("{place} holds a number beyond {LARGEST:e}"));
            if *form == GraphForm::Scatter {
                let points = one.points.len();
                self.unless((1..=MOST_POINTS).contains(&points) && one.values.is_empty(), || {
                    format!("{place} has {points} points, expected 1 to {MOST_POINTS} and no values")
                });
            } else {
                let (values, names) = (one.values.len(), categories.len());
                self.unless(values == names && one.points.is_empty(), || {
                    format!(
                        "{place} has {values} values and {} points, expected {names} values, one for each category",
                        one.points.len()
                    )
                });
                self.unless(one.values.iter().any(Option::is_some), || format!("{place} holds no number"));
            }
        }
        if matches!(form, GraphForm::Pie | GraphForm::Donut) {
            let is_whole = series.iter().flat_map(|one| one.values.iter().flatten()).all(|value| *value >= 0.0);
            self.unless(is_whole && count == 1, || format!("{place} has shares below zero or of several wholes"));
        }
        for (name, axis) in [("x", x), ("y", y)] {
            self.maybe(&format!("{place}.{name}.title"), axis.title.as_ref());
            let length = axis.unit.as_ref().map_or(1, |unit| unit.trim().chars().count());
            self.unless((1..=MOST_LINE.min(20)).contains(&length), || {
                format!("{place}.{name}.unit has {length} characters, expected 1 to 20")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, Series};

    fn graph(form: GraphForm, series: &[&[f64]]) -> Graph {
        let one = |values: &&[f64]| Series {
            name: Some("S".to_owned()),
            values: values.iter().copied().map(Some).collect(),
            points: Vec::new(),
        };
        let categories = (0..series.first().map_or(0, |one| one.len())).map(|at| format!("c{at}")).collect();
        Graph { form, categories, series: series.iter().map(one).collect(), x: Axis::default(), y: Axis::default() }
    }

    fn check(graph: &Graph, expected: &[&str]) {
        let mut faults = Faults(Vec::new());
        faults.graph("graph", graph);
        assert_eq!(faults.0.len(), expected.len(), "{:?}", faults.0);
        assert!(faults.0.iter().zip(expected).all(|(fault, part)| fault.contains(part)), "{:?}", faults.0);
    }

    #[test]
    fn a_sound_graph_has_no_faults() {
        check(&graph(GraphForm::Grouped, &[&[1.0, 2.0], &[3.0, -4.0]]), &[]);
        let mut scatter = graph(GraphForm::Scatter, &[&[]]);
        scatter.series[0].points = vec![[1.0, 2.0]];
        check(&scatter, &[]);
    }

    #[test]
    fn a_graph_has_its_limits() {
        check(&graph(GraphForm::Bar, &[]), &["categories has 0 lines", "series has 0 rows"]);
        check(&graph(GraphForm::Bar, &[&[1.0], &[1.0, 2.0]]), &["series[1] has 2 values"]);
        check(&graph(GraphForm::Bar, &[&[1e300]]), &["holds a number beyond"]);
        check(&graph(GraphForm::Pie, &[&[1.0, -1.0]]), &["shares below zero"]);
        check(&graph(GraphForm::Bar, &[&[1.0; 13]]), &["categories has 13 lines"]);
        check(&graph(GraphForm::Scatter, &[&[]]), &["0 points"]);
        let mut unnamed = graph(GraphForm::Line, &[&[1.0], &[2.0]]);
        unnamed.series[1].name = None;
        check(&unnamed, &["series[1] has no name"]);
    }
}
