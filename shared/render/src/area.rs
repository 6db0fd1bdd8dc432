//! The room that is left for content below a heading, for what is laid out here and not in a template.

use crate::diagram::Extent;
use crate::text::Text;

/// The sizes of headings and how many lines each may have, as `head` in `base.typ` tries them.
const HEADINGS: [(f64, usize); 7] = [(72.0, 1), (66.0, 1), (60.0, 1), (56.0, 2), (50.0, 2), (46.0, 2), (42.0, 3)];
/// The height of the line above a heading with the space below it, and that of an upright frame.
const EYEBROW: [f64; 2] = [48.0, 55.0];
/// The space between heading and content, and that of an upright frame.
const GAP: [f64; 2] = [44.0, 61.6];
/// What was estimated too low, at most.
const SLACK: f64 = 2.0;

/// The column of content in a frame, as `base.typ` has it, above captions that begin there.
pub(crate) fn column(frame: Extent, captions: Option<f64>) -> Extent {
    let Extent { width, height } = frame;
    let is_tall = height > 1.2 * width;
    let top = if is_tall { height * 0.07 } else { 84.0 };
    let bottom = captions.map_or(if is_tall { height * 0.88 - 86.0 } else { 950.0 }, |captions| captions - 36.0);
    Extent { width: if width > 1.5 * height { 1680.0 } else { width * 0.88 }, height: bottom - top }
}

/// The room below a heading within a column of content, as `framed` in `base.typ` leaves it. The heading is estimated, rather
/// higher than lower.
pub(crate) fn below(has_eyebrow: bool, title: &Text, frame: Extent, column: Extent) -> Extent {
    let is_tall = frame.height > 1.2 * frame.width;
    let is_narrow = frame.width < 1.2 * frame.height;
    let steps = HEADINGS.map(|(size, lines)| (size * if is_tall { 1.1 } else { 1.0 }, lines + usize::from(is_narrow)));
    let lines = |size: f64| title.lines(column.width / size) + title.formulas_height().ceil() as usize;
    let (size, most) = steps.into_iter().find(|(size, most)| lines(*size) <= *most).unwrap_or(steps[steps.len() - 1]);
    let heading = if title.is_empty() { 0.0 } else { size * (1.15 + 1.17 * (lines(size).min(most) as f64 - 1.0)) };
    let eyebrow = if has_eyebrow { EYEBROW[usize::from(is_tall)] } else { 0.0 };
    let used = heading + eyebrow;
    let gap = if used > 0.0 { GAP[usize::from(is_tall)] + SLACK } else { 0.0 };
    Extent { width: column.width, height: column.height - used - gap }
}
