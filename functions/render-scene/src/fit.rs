//! Keeps what is drawn within its frame: a visual of which something would be cut, covered or unreadable gives way to one that
//! shows less.

use domain::{Code, Failure, Visual};
use render::Picture;

/// The visual of a picture, or the first one with less on it that stands well. Points go from the last on, so those that stay keep
/// their steps.
///
/// Fails with `INTERNAL` where none does; the state machine then asks for the placeholder, which is taken as it is.
pub(crate) fn fitted(picture: &Picture<'_>) -> Result<Visual, Failure> {
    let mut visual = picture.visual.clone();
    loop {
        let layout = render::lay_out(&Picture { visual: &visual, ..picture.clone() })
            .map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        let violations = layout.violations();
        let Some(violation) = violations.first() else { return Ok(visual) };
        match with_less(&visual) {
            Some(less) => visual = less,
            None if matches!(visual, Visual::Placeholder { .. }) => return Ok(visual),
            None => return Err(Failure::new(Code::Internal, format!("the visual does not fit its frame: {violation}"))),
        }
    }
}

/// The visual without its last point or row; none where there is nothing to leave out.
fn with_less(visual: &Visual) -> Option<Visual> {
    let mut less = visual.clone();
    let left = match &mut less {
        Visual::Slide { bullets: points, .. }
        | Visual::Figure { bullets: points, .. }
        | Visual::Formula { explanation: points, .. }
        | Visual::Summary { points, .. } => points.pop().map(drop),
        Visual::Table { rows, .. } if rows.len() > 1 => rows.pop().map(drop),
        _ => None,
    };
    left.map(|()| less)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_left_out_one_by_one_until_none_is_left() {
        let mut visual = Visual::Summary { title: "Tides".to_owned(), points: vec!["One".to_owned(), "Two".to_owned()] };
        let mut steps = 0;
        while let Some(less) = with_less(&visual) {
            visual = less;
            steps += 1;
        }
        assert_eq!((steps, visual), (2, Visual::Summary { title: "Tides".to_owned(), points: vec![] }));
    }

    #[test]
    fn what_has_no_points_stays_whole() {
        assert_eq!(with_less(&Visual::Placeholder { title: "Tides".to_owned(), text: "The Moon pulls.".to_owned() }), None);
    }
}
