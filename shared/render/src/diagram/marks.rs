//! What a diagram is drawn with: boxes, texts and lines, each at its place.

use crate::text::Text;
use serde::Serialize;

/// The height of a line of text and the space between two, in multiples of the font size; the template has the same numbers.
const LINE: f64 = 1.2;
const LEADING: f64 = 0.06;

/// The room for a diagram, or a place and size in it, in layout units.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Extent {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Extent {
    /// Whether something of this size has room.
    pub(crate) fn holds(&self, other: Extent) -> bool {
        other.width <= self.width + 0.5 && other.height <= self.height + 0.5
    }

    /// With room around it.
    pub(crate) fn padded(&self, across: f64, down: f64) -> Self {
        Self { width: self.width + 2.0 * across, height: self.height + 2.0 * down }
    }
}

/// A diagram laid out: marks in the order in which they are drawn, within a size.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Drawing {
    #[serde(flatten)]
    pub(crate) extent: Extent,
    /// The size of its texts.
    pub(crate) size: f64,
    pub(crate) marks: Vec<Mark>,
}

impl Drawing {
    /// The same, begun at the right.
    pub(crate) fn mirrored(mut self) -> Self {
        let width = self.extent.width;
        for mark in &mut self.marks {
            match mark {
                Mark::Box(mark) => mark.x = width - mark.x - mark.extent.width,
                Mark::Line(line) => {
                    for point in line.points.iter_mut().chain(line.head.iter_mut().flatten()) {
                        point[0] = width - point[0];
                    }
                }
            }
        }
        self
    }
}

/// One thing that is drawn. It appears with its step, or stands from the start where that is 0.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "mark", rename_all = "snake_case")]
pub(crate) enum Mark {
    Box(BoxMark),
    Line(LineMark),
}

/// A box with a text in its middle. Its corner is the upper left one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct BoxMark {
    pub(crate) x: f64,
    pub(crate) y: f64,
    #[serde(flatten)]
    pub(crate) extent: Extent,
    pub(crate) shape: Shape,
    pub(crate) look: Look,
    /// The width of the column the text is set in.
    pub(crate) column: f64,
    pub(crate) text: Text,
    pub(crate) step: u32,
}

/// The outline of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    Box,
    Round,
    Diamond,
}

/// What a box looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Look {
    /// A card with an edge in the accent.
    Node,
    /// Filled with the accent.
    Strong,
    /// A card with an edge in the colour of its branch.
    Branch(usize),
    /// A frame around others, its text in the upper left corner.
    Frame,
    /// A text alone, on the ground so that no line runs through it.
    Label,
    /// The text of an edge, a little smaller, on the ground.
    Edge,
    /// A text alone in the colour of the accent.
    Accent,
    /// A text alone, set from the left.
    Note,
    /// A disk in the accent, without a text.
    Dot,
}

/// A line of cubic curves: its start, and three points for each piece.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LineMark {
    pub(crate) points: Vec<Point>,
    /// The three corners of its head.
    pub(crate) head: Option<[Point; 3]>,
    pub(crate) dashed: bool,
    /// The number of the branch whose colour it has.
    pub(crate) branch: Option<usize>,
    pub(crate) step: u32,
}

/// A place: x from the left, y from the top.
pub(crate) type Point = [f64; 2];

/// The size of texts of edges beside others of some size; the template has the same.
pub(crate) fn edge_size(size: f64) -> f64 {
    (size * 0.8).max(28.0)
}

/// The size of a text in a column of at most some width, in the narrowest column with as few lines; none where a word is wider.
pub(crate) fn text_extent(text: &Text, size: f64, most: f64) -> Option<Extent> {
    let (widest, most) = (text.widest + 0.05, most / size);
    if widest > most {
        return None;
    }
    let lines = text.lines(most);
    let (mut low, mut high) = (widest, most.min(text.width() + 0.05).max(widest));
    for _ in 0..7 {
        let middle = (low + high) / 2.0;
        if text.lines(middle) <= lines { high = middle } else { low = middle }
    }
    let lines = lines as f64;
    let height = lines * LINE + (lines - 1.0) * (LEADING + text.line_air) + text.formulas_height();
    Some(Extent { width: high * size + 1.0, height: height * size })
}

/// A straight or bent line, with a head at its end where wanted. The last three points say from where it comes.
pub(crate) fn line(mut points: Vec<Point>, head: bool, size: f64, step: u32) -> LineMark {
    let mut corners = None;
    if let ([.., before, end], true) = (points.as_slice(), head) {
        let (long, broad) = (size * 0.62, size * 0.27);
        let direction = [end[0] - before[0], end[1] - before[1]];
        let length = direction[0].hypot(direction[1]).max(1e-9);
        let unit = [direction[0] / length, direction[1] / length];
        let base = [end[0] - unit[0] * long, end[1] - unit[1] * long];
        let side = [-unit[1] * broad, unit[0] * broad];
        corners = Some([*end, [base[0] + side[0], base[1] + side[1]], [base[0] - side[0], base[1] - side[1]]]);
        // The line ends within its head.
        if let Some(last) = points.last_mut() {
            *last = [base[0] + unit[0] * 2.0, base[1] + unit[1] * 2.0];
        }
    }
    LineMark { points, head: corners, dashed: false, branch: None, step }
}

/// The cubic pieces of straight lines through points, corners rounded.
pub(crate) fn rounded(points: &[Point], radius: f64) -> Vec<Point> {
    let towards = |from: Point, to: Point, length: f64| {
        let all = (to[0] - from[0]).hypot(to[1] - from[1]).max(1e-9);
        let share = (length / all).min(0.5);
        [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]
    };
    let Some((first, rest)) = points.split_first() else { return Vec::new() };
    let mut out = vec![*first];
    let mut at = *first;
    for (index, corner) in rest.iter().enumerate() {
        match rest.get(index + 1) {
            Some(next) => {
                let (start, end) = (towards(*corner, at, radius), towards(*corner, *next, radius));
                out.extend([at, start, start, *corner, *corner, end]);
                at = end;
            }
            None => out.extend([at, towards(*corner, at, 1.0), *corner]),
        }
    }
    out
}
