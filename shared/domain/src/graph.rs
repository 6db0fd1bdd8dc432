//! Graphs: numbers that are drawn as bars, lines, areas, points or shares of a whole.

use serde::{Deserialize, Serialize};

/// Numbers and how they are drawn. Texts use the notation of [`crate::inline`].
///
/// ```
/// let graph: domain::Graph = serde_json::from_str(r#"{
///     "form": "grouped",
///     "categories": ["2023", "2024"],
///     "series": [{"name": "Cloud", "values": [120.5, 132]}, {"name": "Own", "values": [220, null]}],
///     "y": {"title": "Revenue", "unit": "€"}
/// }"#)?;
/// assert_eq!(graph.series[1].values, [Some(220.0), None]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// How the numbers are drawn.
    pub form: GraphForm,
    /// The names of the values, in order, at most twelve; empty for a scatter.
    #[serde(default)]
    pub categories: Vec<String>,
    /// One to six rows of numbers; a pie and a donut show the first alone.
    pub series: Vec<Series>,
    /// What the categories are, or what the first number of a point measures.
    #[serde(default, skip_serializing_if = "Axis::is_plain")]
    pub x: Axis,
    /// What the values measure.
    #[serde(default, skip_serializing_if = "Axis::is_plain")]
    pub y: Axis,
}

/// How the numbers of a graph are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphForm {
    /// Upright bars, one for each category.
    Bar,
    /// Lying bars, for long names.
    HorizontalBar,
    /// Upright bars of several series side by side.
    Grouped,
    /// Upright bars of several series on top of each other.
    Stacked,
    /// A line for each series.
    Line,
    /// Filled areas; several series lie on top of each other.
    Area,
    /// Points of two numbers each.
    Scatter,
    /// Shares of a whole.
    Pie,
    /// Shares of a whole, with the whole in the middle.
    Donut,
}

impl GraphForm {
    /// Every form.
    pub const ALL: [Self; 9] = [
        Self::Bar,
        Self::HorizontalBar,
        Self::Grouped,
        Self::Stacked,
        Self::Line,
        Self::Area,
        Self::Scatter,
        Self::Pie,
        Self::Donut,
    ];

    /// The word of the form, as it stands in the JSON form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::HorizontalBar => "horizontal_bar",
            Self::Grouped => "grouped",
            Self::Stacked => "stacked",
            Self::Line => "line",
            Self::Area => "area",
            Self::Scatter => "scatter",
            Self::Pie => "pie",
            Self::Donut => "donut",
        }
    }
}

/// One row of numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Series {
    /// What it is called; needed where there are several.
    #[serde(default)]
    pub name: Option<String>,
    /// A number for each category; none where it is not known. Empty for a scatter.
    #[serde(default)]
    pub values: Vec<Option<f64>>,
    /// The points of a scatter: x and y.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<[f64; 2]>,
}

/// What is measured along an axis.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Axis {
    /// What it is, such as `Latency`.
    #[serde(default)]
    pub title: Option<String>,
    /// The unit, such as `ms`, `%` or `$`. Percent and currencies stand at every number, other units at the title.
    #[serde(default)]
    pub unit: Option<String>,
}

impl Axis {
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_form_is_that_of_its_json() {
        for form in GraphForm::ALL {
            assert_eq!(serde_json::to_value(form).expect("it has a JSON form"), form.name());
        }
    }

    #[test]
    fn what_is_not_said_is_not_written() {
        let json = r#"{"form":"scatter","categories":[],"series":[{"name":null,"values":[],"points":[[1.0,2.0]]}]}"#;
        let graph: Graph = serde_json::from_str(json).expect("it is a graph");
        assert_eq!(serde_json::to_string(&graph).expect("it has a JSON form"), json);
    }
}
