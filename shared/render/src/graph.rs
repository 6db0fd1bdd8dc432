//! Graphs: which numbers are shown, where they lie on their axes, and how they are written. The template gives them their size.

use crate::number::{self, Format, Scale};
use crate::text::{Limits, Setter, Text};
use domain::{Axis, Graph, GraphForm, Series};
use serde::Serialize;

const MAX_CATEGORIES: usize = 12;
/// Of lines and areas, which can be read without a name at every value.
const MAX_ALONG_LINES: usize = 60;
const MAX_SERIES: usize = 6;
const MAX_SLICES: usize = 6;
/// The most points of all series of a scatter.
const MAX_POINTS: usize = 300;
/// About so many marks on an axis.
const MARKS: u32 = 5;
/// How close two names beside the ends of lines may come, as a share of the height.
const NAME_SHARE: f64 = 0.085;

const NAME: Limits = Limits { characters: 64, word_em: 9.0 };
/// The names of slices stand in a list that has the width of the frame.
const SLICE: Limits = Limits { characters: 64, word_em: 14.0 };
const AXIS: Limits = Limits { characters: 60, word_em: 16.0 };

/// A graph as its template reads it. Places on an axis are shares of its length, 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Chart {
    form: &'static str,
    /// The names below the values.
    labels: Vec<Text>,
    /// The names of the series; empty where there is one without a name.
    names: Vec<Text>,
    /// For each series and category what is drawn, if anything.
    series: Vec<Vec<Option<Value>>>,
    /// For each series its points.
    points: Vec<Vec<[f64; 2]>>,
    /// For each category where a stack ends and what it adds up to.
    totals: Vec<Option<Value>>,
    /// For each series where its name may stand beside its last value; empty where it cannot.
    ends: Vec<f64>,
    slices: Vec<Slice>,
    /// What the slices add up to.
    total: String,
    marks: Vec<Mark>,
    marks_x: Vec<Mark>,
    /// Where zero lies, or the end next to it.
    zero: f64,
    title_x: Text,
    title_y: Text,
    /// Whether a step brings a category and not a series.
    by_category: bool,
}

/// One number: from where to where it reaches, and how it is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Value {
    from: f64,
    to: f64,
    label: String,
}

/// A place on an axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Mark {
    at: f64,
    label: String,
}

/// A part of a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Slice {
    name: Text,
    share: f64,
    label: String,
    percent: String,
}

/// How many parts appear one after another: the series, or the values of a single one where each stands for itself.
pub(crate) fn steps(graph: &Graph) -> u32 {
    let count = match graph.form {
        GraphForm::Pie | GraphForm::Donut => wholes(graph).len(),
        _ if is_by_category(graph) => categories(graph),
        _ => shown(graph).len(),
    };
    if count > 1 { count as u32 } else { 0 }
}

/// Chooses what is shown of a graph.
pub(crate) fn chart(graph: &Graph, setter: &mut Setter) -> Chart {
    let series = shown(graph);
    let mut chart = Chart {
        form: graph.form.name(),
        labels: (0..categories(graph))
            .map(|at| setter.text(graph.categories.get(at).map(String::as_str).unwrap_or_default(), NAME))
            .collect(),
        names: if series.len() > 1 || series.iter().any(|one| one.name.is_some()) {
            series.iter().map(|one| setter.text(one.name.as_deref().unwrap_or_default(), NAME)).collect()
        } else {
            Vec::new()
        },
        series: Vec::new(),
        points: Vec::new(),
        totals: Vec::new(),
        ends: Vec::new(),
        slices: Vec::new(),
        total: String::new(),
        marks: Vec::new(),
        marks_x: Vec::new(),
        zero: 0.0,
        title_x: title(&graph.x, setter),
        title_y: title(&graph.y, setter),
        by_category: is_by_category(graph),
    };
    match graph.form {
        GraphForm::Pie | GraphForm::Donut => share_out(&mut chart, graph, setter),
        GraphForm::Scatter => scatter(&mut chart, graph, &series),
        _ => plot(&mut chart, graph, &series),
    }
    chart
}

/// The series that hold anything, the first ones of them.
fn shown(graph: &Graph) -> Vec<&Series> {
    let most = if matches!(graph.form, GraphForm::Pie | GraphForm::Donut) { 1 } else { MAX_SERIES };
    let holds = |one: &&Series| match graph.form {
        GraphForm::Scatter => one.points.iter().any(|point| drawable_point(point).is_some()),
        _ => (0..categories(graph)).any(|at| value(one, at).is_some()),
    };
    graph.series.iter().filter(holds).take(most).collect()
}

fn categories(graph: &Graph) -> usize {
    let most = match graph.form {
        GraphForm::Scatter => return 0,
        GraphForm::Line | GraphForm::Area => MAX_ALONG_LINES,
        _ => MAX_CATEGORIES,
    };
    let longest = graph.series.iter().take(MAX_SERIES).map(|one| one.values.len()).max().unwrap_or(0);
    longest.min(most)
}

fn is_by_category(graph: &Graph) -> bool {
    let stands_alone = matches!(graph.form, GraphForm::Bar | GraphForm::HorizontalBar | GraphForm::Grouped | GraphForm::Stacked);
    let series = shown(graph);
    stands_alone && matches!(series.as_slice(), [one] if (0..categories(graph)).all(|at| value(one, at).is_some()))
}

fn value(series: &Series, at: usize) -> Option<f64> {
    series.values.get(at).copied().flatten().and_then(number::drawable)
}

fn drawable_point([x, y]: &[f64; 2]) -> Option<[f64; 2]> {
    Some([number::drawable(*x)?, number::drawable(*y)?])
}

fn unit(axis: &Axis) -> Option<&str> {
    axis.unit.as_deref().map(str::trim).filter(|unit| !unit.is_empty())
}

/// The title of an axis, with its unit where that does not stand at every number.
fn title(axis: &Axis, setter: &mut Setter) -> Text {
    let title = axis.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    let unit = unit(axis).filter(|unit| !Format::takes(unit));
    let text = match (title, unit) {
        (Some(title), Some(unit)) => format!("{title} ({unit})"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => String::new(),
    };
    setter.text(&text, AXIS)
}

fn marks(scale: &Scale, format: &Format) -> Vec<Mark> {
    let mark = |value: f64| Mark { at: scale.share(value), label: format.mark(value, scale.step) };
    scale.marks().into_iter().map(mark).collect()
}

fn plot(chart: &mut Chart, graph: &Graph, series: &[&Series]) {
    let count = categories(graph);
    let values = || series.iter().flat_map(move |one| (0..count).filter_map(move |at| value(one, at)));
    // Areas with negative parts cannot lie on top of each other.
    let stacks = match graph.form {
        GraphForm::Stacked => true,
        GraphForm::Area => values().all(|value| value >= 0.0),
        _ => false,
    } && series.len() > 1;
    let mut reaches: Vec<Vec<Option<(f64, f64)>>> = Vec::new();
    let mut sums = vec![(0.0, 0.0); count];
    for one in series {
        let reach = |(at, sum): (usize, &mut (f64, f64))| {
            let value = value(one, at)?;
            if !stacks {
                return Some((0.0, value));
            }
            let end = if value < 0.0 { &mut sum.0 } else { &mut sum.1 };
            let from = *end;
            *end += value;
            Some((from, *end))
        };
        reaches.push(sums.iter_mut().enumerate().map(reach).collect());
    }
    let ends = || reaches.iter().flatten().flatten().flat_map(|(from, to)| [*from, *to]);
    let (least, most) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    // A line says how a value changes; where all lie far from zero that would not be seen.
    let from_zero = graph.form != GraphForm::Line || least < most * 0.6 || most <= 0.0;
    let scale = if from_zero { Scale::over(ends(), true, MARKS) } else { Scale::over(values(), false, MARKS) };
    let largest = scale.high.abs().max(scale.low.abs());
    let format = Format::of(largest, unit(&graph.y));
    chart.zero = scale.share(0.0);
    chart.marks = marks(&scale, &format);
    chart.series = reaches
        .iter()
        .zip(series)
        .map(|(reaches, one)| {
            let drawn = |(at, reach): (usize, &Option<(f64, f64)>)| {
                let (from, to) = (*reach)?;
                Some(Value { from: scale.share(from), to: scale.share(to), label: format.value(value(one, at)?) })
            };
            reaches.iter().enumerate().map(drawn).collect()
        })
        .collect();
    if stacks {
        let total = |(low, high): &(f64, f64)| {
            (*low == 0.0).then(|| Value { from: scale.share(0.0), to: scale.share(*high), label: format.value(*high) })
        };
        chart.totals = sums.iter().map(total).collect();
    }
    let last: Option<Vec<f64>> = chart.series.iter().map(|one| Some(one.last()?.as_ref()?.to)).collect();
    chart.ends = last
        .filter(|_| graph.form == GraphForm::Line && series.len() > 1)
        .map(|ends| apart(&ends, NAME_SHARE))
        .unwrap_or_default();
}

fn scatter(chart: &mut Chart, graph: &Graph, series: &[&Series]) {
    let each = MAX_POINTS / series.len().max(1);
    let points: Vec<Vec<[f64; 2]>> =
        series.iter().map(|one| one.points.iter().filter_map(drawable_point).take(each).collect()).collect();
    let scale = |axis: usize| {
        let values = || points.iter().flatten().map(move |point| point[axis]);
        let (low, high) =
            values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        Scale::over(values(), low >= 0.0 && low < high * 0.4, MARKS)
    };
    let (across, up) = (scale(0), scale(1));
    chart.marks_x = marks(&across, &Format::of(across.high, unit(&graph.x)));
    chart.marks = marks(&up, &Format::of(up.high, unit(&graph.y)));
    chart.points = points.iter().map(|one| one.iter().map(|[x, y]| [across.share(*x), up.share(*y)]).collect()).collect();
}

/// The parts of the whole: names and amounts above zero, the smallest ones together.
fn wholes(graph: &Graph) -> Vec<(Option<usize>, f64)> {
    let Some(one) = graph.series.first() else { return Vec::new() };
    let parts: Vec<(Option<usize>, f64)> = (0..one.values.len().min(MAX_CATEGORIES * 4))
        .filter_map(|at| value(one, at).filter(|value| *value > 0.0).map(|value| (Some(at), value)))
        .collect();
    if parts.len() <= MAX_SLICES {
        return parts;
    }
    let mut by_size: Vec<f64> = parts.iter().map(|(_, value)| *value).collect();
    by_size.sort_by(|one, other| other.total_cmp(one));
    let least = by_size[MAX_SLICES - 2];
    let (mut large, mut small): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(_, value)| *value >= least);
    // Several may be as large as the least of the large ones.
    small.extend(large.drain((MAX_SLICES - 1).min(large.len())..));
    large.push((None, small.iter().map(|(_, value)| value).sum()));
    large
}

fn share_out(chart: &mut Chart, graph: &Graph, setter: &mut Setter) {
    const REST: &str = "…";
    let parts = wholes(graph);
    let total: f64 = parts.iter().map(|(_, value)| value).sum();
    let format = Format::of(total, unit(&graph.y));
    let is_percent = unit(&graph.y) == Some("%");
    chart.slices = parts
        .into_iter()
        .map(|(at, value)| {
            let name = at.map_or(REST, |at| graph.categories.get(at).map(String::as_str).unwrap_or_default());
            let share = value / total;
            let percent = if share < 0.01 { "<\u{a0}1\u{a0}%".to_owned() } else { format!("{:.0}\u{a0}%", share * 100.0) };
            let label = if is_percent { String::new() } else { format.value(value) };
            Slice {
                name: setter.text(name, SLICE),
                share,
                percent: if is_percent { format.value(value) } else { percent },
                label,
            }
        })
        .collect();
    chart.total = if is_percent || chart.slices.is_empty() { String::new() } else { format.value(total) };
}

/// Moves places on a line apart until no two are closer than a distance, each as little as possible, within 0 and 1 where there
/// is room.
fn apart(places: &[f64], distance: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|one, other| places[*one].total_cmp(&places[*other]));
    let wished: Vec<f64> = order.iter().map(|at| places[*at]).collect();
    let offsets: Vec<f64> = (0..places.len()).map(|rank| rank as f64 * distance).collect();
    let placed = crate::spread::spread(&wished, &offsets, &vec![1.0; places.len()]);
    let room = 1.0 - placed.last().copied().unwrap_or(0.0);
    let shift = room.min(0.0);
    let mut out = vec![0.0; places.len()];
    for (rank, at) in order.into_iter().enumerate() {
        out[at] = placed[rank] + shift;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(form: GraphForm, series: &[&[f64]]) -> Graph {
        let one = |values: &&[f64]| Series { values: values.iter().copied().map(Some).collect(), ..Series::default() };
        Graph {
            form,
            categories: (0..20).map(|at| format!("c{at}")).collect(),
            series: series.iter().map(one).collect(),
            x: Axis::default(),
            y: Axis::default(),
        }
    }

    fn drawn(form: GraphForm, series: &[&[f64]]) -> Chart {
        chart(&graph(form, series), &mut Setter::new([0.0; 3]))
    }

    fn reach(chart: &Chart, series: usize, category: usize) -> (f64, f64) {
        let value = chart.series[series][category].as_ref().expect("a value");
        (value.from, value.to)
    }

    #[test]
    fn bars_reach_from_zero() {
        let chart = drawn(GraphForm::Bar, &[&[10.0, -10.0]]);
        assert_eq!((reach(&chart, 0, 0), reach(&chart, 0, 1), chart.zero), ((0.5, 1.0), (0.5, 0.0), 0.5));
    }

    #[test]
    fn stacks_lie_on_top_of_each_other() {
        let chart = drawn(GraphForm::Stacked, &[&[2.0, 1.0], &[3.0, 4.0]]);
        assert_eq!((reach(&chart, 0, 0), reach(&chart, 1, 0)), ((0.0, 0.4), (0.4, 1.0)));
        assert_eq!(chart.totals[1].as_ref().map(|total| total.label.as_str()), Some("5"));
    }

    #[test]
    fn lines_far_from_zero_show_their_change() {
        assert!(drawn(GraphForm::Line, &[&[98.0, 99.0]]).marks[0].label != "0");
        assert_eq!(drawn(GraphForm::Line, &[&[10.0, 99.0]]).marks[0].label, "0");
    }

    #[test]
    fn small_slices_become_one() {
        let chart = drawn(GraphForm::Pie, &[&[9.0, 1.0, 8.0, 1.0, 7.0, 1.0, 6.0, 1.0, 5.0]]);
        assert_eq!(chart.slices.len(), MAX_SLICES);
        assert!((chart.slices.iter().map(|slice| slice.share).sum::<f64>() - 1.0).abs() < 1e-9);
        let equal = drawn(GraphForm::Donut, &[&[1.0; 12]]);
        assert_eq!(equal.slices.len(), MAX_SLICES);
        assert!((equal.slices[5].share - 7.0 / 12.0).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let chart = drawn(GraphForm::Grouped, &[&[f64::NAN, 1e300], &[1.0, 2.0], &[]]);
        assert_eq!((chart.series.len(), chart.labels.len()), (1, 2));
        assert!(drawn(GraphForm::Scatter, &[]).points.is_empty());
        assert!(drawn(GraphForm::Pie, &[&[0.0, -1.0]]).slices.is_empty());
    }

    #[test]
    fn steps_are_series_or_the_values_of_one() {
        assert_eq!(steps(&graph(GraphForm::Bar, &[&[1.0, 2.0, 3.0]])), 3);
        assert_eq!(steps(&graph(GraphForm::Grouped, &[&[1.0], &[2.0]])), 2);
        assert_eq!(steps(&graph(GraphForm::Line, &[&[1.0, 2.0]])), 0);
        assert_eq!(steps(&graph(GraphForm::Pie, &[&[1.0, 2.0, 0.0]])), 2);
    }

    #[test]
    fn names_beside_lines_keep_apart() {
        let ends = apart(&[0.95, 0.94, 0.2, 0.96], 0.1);
        let mut sorted = ends.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] > 0.0999), "{ends:?}");
        assert!(ends.iter().all(|end| *end <= 1.0) && ends[3] > ends[0] && ends[0] > ends[1]);
    }
}
