//! Timelines: dots on a line, with when above and what below; or one below the other.

use super::marks::{self, BoxMark, Drawing, Extent, LineMark, Look, Mark, Shape};
use crate::text::Text;

/// When, and what happened.
pub(crate) type Event = (Text, Text);

/// How a timeline lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// From left to right, all texts below the line.
    Across,
    /// From left to right, every second text above the line.
    Alternating,
    /// From top to bottom.
    Down,
}

/// Lays a timeline out for a font size; none where it has no room.
pub(crate) fn lay_out(events: &[Event], arrangement: Arrangement, size: f64, area: Extent) -> Option<Drawing> {
    match arrangement {
        Arrangement::Across => across(events, false, size, area),
        Arrangement::Alternating => across(events, true, size, area),
        Arrangement::Down => down(events, size, area),
    }
}

fn label(text: &Text, look: Look, extent: Extent, x: f64, y: f64, step: u32) -> Mark {
    Mark::Box(BoxMark { x, y, extent, shape: Shape::Box, look, column: extent.width, text: text.clone(), step })
}

fn dot(x: f64, y: f64, size: f64, step: u32) -> Mark {
    let radius = size * 0.36;
    let extent = Extent { width: 2.0 * radius, height: 2.0 * radius };
    label(&Text::default(), Look::Dot, extent, x - radius, y - radius, step)
}

fn step_of(nth: usize, count: usize) -> u32 {
    if count > 1 { nth as u32 + 1 } else { 0 }
}

fn across(events: &[Event], alternating: bool, size: f64, area: Extent) -> Option<Drawing> {
    let count = events.len();
    if alternating && count < 3 {
        return None;
    }
    let pitch = (area.width / count as f64).min(size * 14.0);
    let most = pitch * if alternating { 1.8 } else { 1.0 } - size;
    let time_size = size;
    let mut texts = Vec::with_capacity(count);
    for (time, text) in events {
        texts.push((marks::text_extent(time, time_size, most)?, marks::text_extent(text, size, most)?));
    }
    let (near, apart) = (size * 0.8, size * 0.25);
    let height = |nth: usize| texts[nth].0.height + apart + texts[nth].1.height;
    let is_above = |nth: usize| alternating && nth.is_multiple_of(2);
    let above = (0..count).filter(|nth| is_above(*nth)).map(height).fold(0.0, f64::max);
    let below = (0..count).filter(|nth| !is_above(*nth)).map(height).fold(0.0, f64::max);
    let line_y = if above > 0.0 { above + near } else { size * 0.5 };
    // Texts wider than their share stand out at both ends.
    let pitch = if alternating { pitch.min((area.width - most) / (count as f64 - 1.0)) } else { pitch };
    let side = ((most - pitch) / 2.0).max(0.0);
    let extent = Extent { width: pitch * count as f64 + 2.0 * side, height: line_y + near + below };
    if !area.holds(extent) || (alternating && 2.0 * pitch - size * 0.5 < most) {
        return None;
    }
    let middle = |nth: usize| side + (nth as f64 + 0.5) * pitch;
    let mut drawing = Drawing { extent, size, marks: Vec::new() };
    let points = vec![[side, line_y], [side, line_y], [extent.width - side, line_y], [extent.width - side, line_y]];
    drawing.marks.push(Mark::Line(LineMark { branch: Some(usize::MAX), ..marks::line(points, false, size, 0) }));
    for (nth, ((time, text), (time_extent, text_extent))) in events.iter().zip(&texts).enumerate() {
        let (x, step) = (middle(nth), step_of(nth, count));
        let top = if is_above(nth) { line_y - near - height(nth) } else { line_y + near };
        drawing.marks.push(dot(x, line_y, size, step));
        drawing.marks.push(label(time, Look::Accent, *time_extent, x - time_extent.width / 2.0, top, step));
        let top = top + time_extent.height + apart;
        drawing.marks.push(label(text, Look::Label, *text_extent, x - text_extent.width / 2.0, top, step));
    }
    Some(drawing)
}

fn down(events: &[Event], size: f64, area: Extent) -> Option<Drawing> {
    let count = events.len();
    let widest = area.width * 0.3;
    let times: Option<Vec<Extent>> = events.iter().map(|(time, _)| marks::text_extent(time, size, widest)).collect();
    let times = times?;
    let time_width = times.iter().map(|time| time.width).fold(0.0, f64::max);
    let line_x = time_width + size * 1.2;
    let left = line_x + size * 1.3;
    let texts: Option<Vec<Extent>> =
        events.iter().map(|(_, text)| marks::text_extent(text, size, (area.width - left).min(size * 26.0))).collect();
    let texts = texts?;
    let rows: Vec<f64> = times.iter().zip(&texts).map(|(time, text)| time.height.max(text.height)).collect();
    let free = (area.height - rows.iter().sum::<f64>()) / count as f64;
    if free < size * 0.4 {
        return None;
    }
    let gap = free.min(size * 1.8);
    let width = left + texts.iter().map(|text| text.width).fold(0.0, f64::max);
    let extent = Extent { width, height: rows.iter().sum::<f64>() + gap * count as f64 };
    let mut drawing = Drawing { extent, size, marks: Vec::new() };
    let points = vec![[line_x, 0.0], [line_x, 0.0], [line_x, extent.height], [line_x, extent.height]];
    drawing.marks.push(Mark::Line(LineMark { branch: Some(usize::MAX), ..marks::line(points, false, size, 0) }));
    let mut y = gap / 2.0;
    for (nth, (time, text)) in events.iter().enumerate() {
        let (middle, step) = (y + rows[nth] / 2.0, step_of(nth, count));
        drawing.marks.push(dot(line_x, middle, size, step));
        drawing.marks.push(label(
            time,
            Look::Accent,
            times[nth],
            time_width - times[nth].width,
            middle - times[nth].height / 2.0,
            step,
        ));
        drawing.marks.push(label(text, Look::Note, texts[nth], left, middle - texts[nth].height / 2.0, step));
        y += rows[nth] + gap;
    }
    Some(drawing)
}
