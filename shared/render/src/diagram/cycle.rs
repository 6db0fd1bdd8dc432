//! Cycles: stages around an ellipse, arrows along it.

use super::marks::{self, BoxMark, Drawing, Extent, Look, Mark, Point, Shape};
use crate::text::Text;
use std::f64::consts::TAU;

/// How finely the ellipse is walked along to find where an arrow leaves one box and meets the next.
const PIECES: usize = 720;

/// Lays a cycle out for a font size, with texts of at most so many times the font size; none where it has no room.
pub(crate) fn lay_out(stages: &[Text], size: f64, text_em: f64, area: Extent) -> Option<Drawing> {
    let count = stages.len();
    let mut boxes = Vec::with_capacity(count);
    for stage in stages {
        let text = marks::text_extent(stage, size, text_em * size)?;
        boxes.push((text.padded(size * 0.8, size * 0.6), text.width));
    }
    let width = boxes.iter().map(|(extent, _)| extent.width).fold(0.0, f64::max);
    let height = boxes.iter().map(|(extent, _)| extent.height).fold(0.0, f64::max);
    // No flatter than reads as a ring.
    let down = (area.height - height) / 2.0;
    let across = ((area.width - width) / 2.0).min(down * 2.1);
    let down = down.min(across * 1.5);
    if across < size || down < size {
        return None;
    }
    let middle = [across + width / 2.0, down + height / 2.0];
    let angle = |share: f64| (share - 0.25) * TAU;
    let at = |share: f64| -> Point { [middle[0] + across * angle(share).cos(), middle[1] + down * angle(share).sin()] };
    let shares = even_shares(count, across, down);
    let inside = |stage: usize, point: Point, air: f64| {
        let [x, y] = at(shares[stage]);
        let extent = boxes[stage].0;
        (point[0] - x).abs() < extent.width / 2.0 + air && (point[1] - y).abs() < extent.height / 2.0 + air
    };
    let mut drawing =
        Drawing { extent: Extent { width: 2.0 * across + width, height: 2.0 * down + height }, size, marks: Vec::new() };
    let step = |stage: usize| if count > 1 { stage as u32 + 1 } else { 0 };
    for stage in 0..count {
        let next = (stage + 1) % count;
        let end = if next == 0 { 1.0 } else { shares[next] };
        let way: Vec<f64> = (0..=PIECES).map(|nth| shares[stage] + (end - shares[stage]) * nth as f64 / PIECES as f64).collect();
        let free: Vec<f64> =
            way.into_iter().filter(|share| (0..count).all(|other| !inside(other, at(*share), size * 0.22))).collect();
        let (first, last) = (*free.first()?, *free.last()?);
        let arc = at(first);
        let reach = at(last);
        if count > 1 && (reach[0] - arc[0]).hypot(reach[1] - arc[1]) < size * 1.3 {
            return None;
        }
        let points = arc_points(first, last, across, down, &at, &angle);
        // An arrow appears with the stage it leads to; the one that closes the ring with the last stage.
        drawing.marks.push(Mark::Line(marks::line(points, true, size, step(if next == 0 { stage } else { next }))));
    }
    for (stage, (text, (extent, column))) in stages.iter().zip(&boxes).enumerate() {
        let [x, y] = at(shares[stage]);
        drawing.marks.push(Mark::Box(BoxMark {
            x: x - extent.width / 2.0,
            y: y - extent.height / 2.0,
            extent: *extent,
            shape: Shape::Box,
            look: Look::Branch(stage),
            column: *column,
            text: text.clone(),
            step: step(stage),
        }));
    }
    let overlaps = (0..count).any(|one| {
        (0..one).any(|other| {
            let ([a, b], [c, d]) = (at(shares[one]), at(shares[other]));
            let (one, other) = (boxes[one].0, boxes[other].0);
            (a - c).abs() < (one.width + other.width) / 2.0 + size * 0.4
                && (b - d).abs() < (one.height + other.height) / 2.0 + size * 0.4
        })
    });
    (!overlaps).then_some(drawing)
}

/// Places on an ellipse, as shares of a turn from its top, with equal ways between them.
fn even_shares(count: usize, across: f64, down: f64) -> Vec<f64> {
    let at = |nth: usize| {
        let angle = nth as f64 / PIECES as f64 * TAU;
        [across * angle.sin(), -down * angle.cos()]
    };
    let mut lengths = vec![0.0];
    for nth in 1..=PIECES {
        let ([a, b], [c, d]) = (at(nth - 1), at(nth));
        lengths.push(lengths[nth - 1] + (c - a).hypot(d - b));
    }
    let whole = lengths[PIECES];
    (0..count)
        .map(|stage| {
            let wanted = whole * stage as f64 / count as f64;
            lengths.iter().position(|length| *length >= wanted - 1e-6).unwrap_or(0) as f64 / PIECES as f64
        })
        .collect()
}

/// An arc of the ellipse as cubic curves (<https://doi.org/10.1016/0167-8396(90)90019-O> for the factor).
fn arc_points(from: f64, to: f64, across: f64, down: f64, at: &impl Fn(f64) -> Point, angle: &impl Fn(f64) -> f64) -> Vec<Point> {
    let pieces = (((to - from) * 8.0).ceil() as usize).max(1);
    let mut points = vec![at(from)];
    for nth in 0..pieces {
        let share = |nth: usize| from + (to - from) * nth as f64 / pieces as f64;
        let (start, end) = (share(nth), share(nth + 1));
        let factor = 4.0 / 3.0 * ((angle(end) - angle(start)) / 4.0).tan();
        let slope = |share: f64| [-across * angle(share).sin(), down * angle(share).cos()];
        let ([a, b], [c, d]) = (at(start), at(end));
        let (leaving, arriving) = (slope(start), slope(end));
        points.push([a + factor * leaving[0], b + factor * leaving[1]]);
        points.push([c - factor * arriving[0], d - factor * arriving[1]]);
        points.push([c, d]);
    }
    points
}
