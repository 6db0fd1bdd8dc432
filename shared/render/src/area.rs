//! The room that is left for content below a heading, for what is laid out here and not in a template.

use crate::diagram::Extent;
use crate::text::Text;

/// The sizes of headings and how many lines each may have, as `head` in `base.typ` tries them.
const HEADINGS: [(f64, usize); 7] = [(72.0, 1), (66.0, 1), (60.0, 1), (56.0, 2), (50.0, 2), (46.0, 2), (42.0, 3)];
/// The height of the line above a heading with the space below it; in an upright frame.
const EYEBROW: (f64, f64) = (44.0, 55.0);
/// The space between heading and content, with a little for what was estimated too low; in an upright frame.
const GAP: (f64, f64) = (50.0, 66.0);

/// The room below a heading, estimated rather higher than lower, and above captions that begin there, in a frame as `base.typ`
/// divides it.
pub(crate) fn below(has_eyebrow: bool, title: &Text, frame: Extent, captions: Option<f64>) -> Extent {
    let Extent { width, height } = frame;
    let (is_tall, is_narrow) = (height > 1.2 * width, width < 1.2 * height);
    let of = |(wide, tall): (f64, f64)| if is_tall { tall } else { wide };
    let top = if is_tall { height * 0.07 } else { 84.0 };
    let bottom = captions.map_or(if is_tall { height * 0.88 - 86.0 } else { 950.0 }, |captions| captions - 36.0);
    let column = if width > 1.5 * height { 1680.0 } else { width * 0.88 };
    let eyebrow = if has_eyebrow { of(EYEBROW) } else { 0.0 };
    let heading = if title.is_empty() {
        0.0
    } else {
        heading_height(title, column, HEADINGS.map(|(size, most)| (size * of((1.0, 1.1)), most + usize::from(is_narrow))))
    };
    let used = heading + eyebrow;
    let gap = if used > 0.0 { of(GAP) } else { 0.0 };
    Extent { width: column, height: bottom - top - used - gap }
}

/// The height of a heading in the first of these sizes, each with the most lines it may have, in which it fits; in the last one it
/// is cut. How high formulas make it is known roughly, so it is the highest of the sizes that it may have.
fn heading_height(title: &Text, column: f64, steps: [(f64, usize); HEADINGS.len()]) -> f64 {
    let of_lines = |size: f64, lines: usize| size * (1.15 + (1.17 + title.line_air) * (lines as f64 - 1.0));
    let wanted = |size: f64, formulas: f64| of_lines(size, title.lines(column / size)) + size * formulas;
    let fitting = |formulas: f64| {
        let fits = |(size, most): &(f64, usize)| {
            title.widest * size <= column && wanted(*size, formulas) <= of_lines(*size, *most) + 1.0
        };
        steps.iter().position(fits).unwrap_or(steps.len() - 1)
    };
    let formulas = title.formulas_height();
    let possible = &steps[fitting(0.0)..=fitting(formulas)];
    possible.iter().map(|&(size, most)| wanted(size, formulas).min(of_lines(size, most))).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Limits, Setter};

    /// The height of the room below a heading in a square frame.
    fn room(title: &str) -> f64 {
        let title = Setter::new([0.0; 3]).text(title, Limits { characters: 160, word_em: 18.0 });
        below(false, &title, Extent { width: 1080.0, height: 1080.0 }, None).height
    }

    #[test]
    fn a_heading_takes_its_lines_at_the_size_it_has() {
        assert_eq!(room(""), 866.0);
        assert!((room("One line") - (866.0 - 50.0 - 72.0 * 1.15)).abs() < 0.1);
        // In what is narrow the largest heading may have two lines.
        assert!((room("How two lines of a heading are set") - (866.0 - 50.0 - 72.0 * 2.32)).abs() < 0.1);
    }

    #[test]
    fn a_high_formula_takes_more_than_its_line() {
        let matrix = format!(r"$\begin{{pmatrix}}{}\end{{pmatrix}}$", r"a & b \\ ".repeat(25));
        assert!(room(&matrix) < room("One line") - 56.0);
    }
}
