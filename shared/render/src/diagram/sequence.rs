//! Sequences: actors side by side, their messages below each other.

use super::marks::{self, BoxMark, Drawing, Extent, LineMark, Look, Mark, Shape};
use crate::text::Text;

/// A sequence with its texts set; messages name actors by their index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sequence {
    pub(crate) actors: Vec<Text>,
    pub(crate) messages: Vec<Said>,
}

#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) text: Text,
    pub(crate) reply: bool,
}

/// Lays a sequence out for a font size; none where it has no room.
pub(crate) fn lay_out(sequence: &Sequence, size: f64, area: Extent) -> Option<Drawing> {
    let count = sequence.actors.len();
    let pitch = (area.width / count as f64).min(size * 20.0);
    let most = pitch - size * 0.8;
    let mut boxes = Vec::with_capacity(count);
    for actor in &sequence.actors {
        boxes.push(marks::text_extent(actor, size, most - size)?);
    }
    let box_height = boxes.iter().map(|text| text.height).fold(0.0, f64::max) + size * 0.8;
    let middle = |actor: usize| (actor as f64 + 0.5) * pitch;
    // What an actor does alone stands beside its line, where the next one would be spoken to.
    let span = |said: &Said| match said.from.abs_diff(said.to) {
        0 => 1.0,
        steps => steps as f64,
    };
    let mut texts = Vec::with_capacity(sequence.messages.len());
    for said in &sequence.messages {
        let most = match said.from == said.to {
            // Beside a single actor there is half as much room.
            true if count == 1 => pitch / 2.0 - size * 1.4,
            true => pitch - size * 1.9,
            false => span(said) * pitch - size * 1.1,
        };
        texts.push(marks::text_extent(&said.text, size, most)?);
    }
    let least: f64 = box_height + texts.iter().map(|text| text.height + size * 0.9).sum::<f64>() + size * 0.5;
    let free = (area.height - least) / (texts.len() as f64 + 0.5);
    if free < 0.0 {
        return None;
    }
    let air = size * 0.9 + free.min(size * 0.9);
    let mut marks: Vec<Mark> = Vec::new();
    let mut lines: Vec<Mark> = Vec::new();
    let mut y = box_height + air * 0.55;
    for (nth, (said, text)) in sequence.messages.iter().zip(&texts).enumerate() {
        let step = if sequence.messages.len() > 1 { nth as u32 + 1 } else { 0 };
        let alone = said.from == said.to;
        let (from, to) = (middle(said.from), middle(said.to));
        // The last actor has its own messages to the left, where there is room.
        let side = if alone && said.from + 1 == count && count > 1 { -1.0 } else { 1.0 };
        let height = text.height;
        let (x, points, line_y) = if alone {
            let reach = side * size * 0.9;
            let bend = vec![[from, y], [from + reach, y], [from + reach, y + height], [from, y + height]];
            let text_x = if side > 0.0 { from + size * 1.3 } else { from - size * 1.3 - text.width };
            (text_x, marks::rounded(&bend, size * 0.3), y + height)
        } else {
            let line_y = y + height + size * 0.18;
            let inner = (to - from).signum() * 2.0;
            let middle_x = (from + to) / 2.0;
            (
                middle_x - text.width / 2.0,
                vec![[from + inner, line_y], [from, line_y], [to, line_y], [to - inner, line_y]],
                line_y,
            )
        };
        let points = if alone { points } else { vec![points[0], points[0], [(from + to) / 2.0, line_y], points[3]] };
        lines.push(Mark::Line(LineMark { dashed: said.reply, ..marks::line(points, true, size, step) }));
        let extent = Extent { width: text.width, height };
        marks.push(Mark::Box(BoxMark {
            x,
            y,
            extent,
            shape: Shape::Box,
            look: Look::Label,
            column: text.width,
            text: said.text.clone(),
            step,
        }));
        y = line_y + air * 0.82;
    }
    let height = y;
    let mut drawing = Drawing { extent: Extent { width: pitch * count as f64, height }, size, marks: Vec::new() };
    for (actor, (text, extent)) in sequence.actors.iter().zip(&boxes).enumerate() {
        let x = middle(actor);
        let points = vec![[x, box_height], [x, box_height], [x, height], [x, height]];
        drawing.marks.push(Mark::Line(LineMark {
            dashed: true,
            branch: Some(usize::MAX),
            ..marks::line(points, false, size, 0)
        }));
        let width = (extent.width + size * 1.2).max(most.min(size * 7.0));
        drawing.marks.push(Mark::Box(BoxMark {
            x: x - width / 2.0,
            y: 0.0,
            extent: Extent { width, height: box_height },
            shape: Shape::Box,
            look: Look::Strong,
            column: extent.width,
            text: text.clone(),
            step: 0,
        }));
    }
    drawing.marks.extend(lines);
    drawing.marks.extend(marks);
    Some(drawing)
}
