//! Keeps what is drawn within its frame: points that have no room together are shown on several pages, one after the other. Only
//! where not even that helps something is left out, which the job then says.

use crate::{Drawing, View, computed};
use domain::ports::{AssetStore, PortError};
use domain::{AssetKey, Code, Failure, Visual};
use render::{Layout, Picture};
use serde::{Deserialize, Serialize};

/// How many pages more than needed by the number of points are tried.
const MORE_PAGES: usize = 3;

/// What a visual becomes in a frame.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fitting {
    /// What is shown one after another, at least one. Points keep their order, so the first page has the first steps.
    pub(crate) pages: Vec<Visual>,
    /// How many points or rows have no room on any page.
    left_out: usize,
    /// Whether a text is shown without its end.
    is_cut: bool,
}

impl Fitting {
    /// Says in one phrase what is missing, if anything.
    pub(crate) fn loss(&self) -> Option<String> {
        match (self.left_out, self.is_cut) {
            (0, false) => None,
            (0, true) => Some("a text of the scene is too long for the picture and is shown without its end".to_owned()),
            (1, _) => Some("a point or row of the scene has no room in the picture and is left out".to_owned()),
            (more, _) => Some(format!("{more} points or rows of the scene have no room in the picture and are left out")),
        }
    }
}

/// Finds out what of a drawing is shown on which page, or looks it up where the same was fitted before.
pub(crate) async fn find_or_make(assets: &impl AssetStore, drawing: Drawing) -> Result<(Drawing, Fitting), Failure> {
    let key = AssetKey::Fitting(drawing.owner.clone(), drawing.address("fitting-1", &()));
    match assets.get(&key).await {
        Err(PortError::NotFound { .. }) => {}
        found => {
            let fitting = serde_json::from_slice(&found?);
            let fitting =
                fitting.map_err(|error| Failure::new(Code::Internal, format!("a fitting has another form: {error}")))?;
            return Ok((drawing, fitting));
        }
    }
    let (drawing, fitting) = computed(move || {
        let fitting = fitted(&drawing.picture(View::WHOLE))?;
        Ok((drawing, fitting))
    })
    .await?;
    assets.put(&key, serde_json::to_vec(&fitting).expect("our own data types always have a JSON form")).await?;
    Ok((drawing, fitting))
}

/// The fewest pages on which all points stand well; where there are none, as many points as do.
///
/// Fails with `INTERNAL` where nothing can be left out; the state machine then asks for the placeholder, which is taken as it is.
fn fitted(picture: &Picture<'_>) -> Result<Fitting, Failure> {
    let mut visual = picture.visual.clone();
    let (count, most) = points(&mut visual).map_or((0, 1), |(points, most)| (points.len(), most));
    let fewest = count.div_ceil(most).max(1);
    for pages in fewest..=count.min(fewest + MORE_PAGES) {
        let pages = split(picture.visual, pages);
        if all_stand_well(picture, &pages)? {
            return Ok(Fitting { pages, left_out: 0, is_cut: false });
        }
    }
    let (mut pages, mut left_out, mut is_cut) = (split(picture.visual, fewest), 0, false);
    for page in &mut pages {
        loop {
            let layout = lay_out(picture, page)?;
            let violations = layout.violations();
            if violations.is_empty() || matches!(page, Visual::Placeholder { .. }) {
                is_cut |= is_cut_in(page, &layout);
                break;
            }
            match with_less(page) {
                Some(less) => *page = less,
                None => {
                    let message = format!("the visual does not fit its frame: {}", violations[0]);
                    return Err(Failure::new(Code::Internal, message));
                }
            }
            left_out += 1;
        }
    }
    Ok(Fitting { pages, left_out, is_cut })
}

fn all_stand_well(picture: &Picture<'_>, pages: &[Visual]) -> Result<bool, Failure> {
    for page in pages {
        let layout = lay_out(picture, page)?;
        if !layout.violations().is_empty() || is_cut_in(page, &layout) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn lay_out(picture: &Picture<'_>, visual: &Visual) -> Result<Layout, Failure> {
    let layout = render::lay_out(&Picture { visual, ..picture.clone() });
    layout.map_err(|error| Failure::new(Code::Internal, error.to_string()))
}

/// Whether a text of a visual is cut, and not one that ends so by itself.
fn is_cut_in(visual: &Visual, layout: &Layout) -> bool {
    layout.cut_texts() > 0 && !serde_json::to_string(visual).is_ok_and(|json| json.contains('…'))
}

/// The points of a visual, if it has such, and how many stand well on one page at most.
fn points(visual: &mut Visual) -> Option<(&mut Vec<String>, usize)> {
    match visual {
        Visual::Slide { bullets, .. } => Some((bullets, 6)),
        Visual::Figure { bullets, .. } => Some((bullets, 4)),
        Visual::Formula { explanation, steps, .. } if steps.is_empty() => Some((explanation, 4)),
        Visual::Summary { points, .. } => Some((points, 6)),
        _ => None,
    }
}

/// Parts the points of a visual over so many pages, as evenly as can be.
fn split(visual: &Visual, pages: usize) -> Vec<Visual> {
    let page = |at: usize| {
        let mut page = visual.clone();
        if let Some((points, _)) = points(&mut page) {
            points.retain(|point| !point.trim().is_empty());
            let count = points.len();
            *points = points[count * at / pages..count * (at + 1) / pages].to_vec();
        }
        page
    };
    (0..pages).map(page).collect()
}

/// The visual without its last point or row; none where there is nothing to leave out.
fn with_less(visual: &Visual) -> Option<Visual> {
    let mut less = visual.clone();
    let left = match &mut less {
        Visual::Table { rows, .. } if rows.len() > 1 => rows.pop().map(drop),
        Visual::Formula { explanation, .. } => explanation.pop().map(drop),
        other => points(other).and_then(|(points, _)| points.pop().map(drop)),
    };
    left.map(|()| less)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{FrameSize, Shape, Theme};
    use render::{Footer, PictureSource};

    fn slide(points: &[String]) -> Visual {
        Visual::Slide { eyebrow: None, title: "Tides".to_owned(), bullets: points.to_vec() }
    }

    fn fitting(visual: &Visual) -> Fitting {
        let (footer, source) = (Footer::default(), PictureSource::None);
        let (language, theme, size, shape) = ("en", Theme::Paper, FrameSize::P480, Shape::Wide);
        let (step, marked, kit, leaves_room_for_captions) = (None, None, None, false);
        let picture = Picture {
            visual,
            language,
            theme,
            brand: None,
            size,
            shape,
            footer,
            source,
            step,
            marked,
            kit,
            leaves_room_for_captions,
        };
        fitted(&picture).expect("can be fitted")
    }

    fn points_of(fitting: &Fitting) -> Vec<usize> {
        let count = |page: &Visual| points(&mut page.clone()).map_or(0, |(points, _)| points.len());
        fitting.pages.iter().map(count).collect()
    }

    #[test]
    fn few_short_points_stay_on_one_page() {
        let fitting = fitting(&slide(&["The Moon pulls".to_owned(), "The water rises".to_owned()]));
        assert_eq!((points_of(&fitting), fitting.loss()), (vec![2], None));
    }

    #[test]
    fn too_many_points_go_on_on_a_second_page() {
        let points: Vec<String> = (0..9).map(|at| format!("Point number {at} of the tides")).collect();
        let fitting = fitting(&slide(&points));
        assert_eq!((points_of(&fitting), fitting.loss()), (vec![4, 5], None));
        let [Visual::Slide { bullets: first, .. }, Visual::Slide { bullets: second, .. }] = &fitting.pages[..] else {
            panic!("slides")
        };
        assert_eq!([first.clone(), second.clone()].concat(), points, "in their order");
    }

    #[test]
    fn long_points_go_on_rather_than_being_cut() {
        let long = "The Moon pulls at the water of the oceans on all sides of the Earth, and ".repeat(4);
        let fitting = fitting(&slide(&vec![long[..239].to_owned(); 6]));
        assert!(fitting.pages.len() > 1, "{:?}", points_of(&fitting));
        assert_eq!((points_of(&fitting).iter().sum::<usize>(), fitting.loss()), (6, None));
    }

    #[test]
    fn what_cannot_be_helped_is_said() {
        let summary = Visual::Summary { title: "Tides".to_owned(), points: vec!["The Moon pulls at all waters. ".repeat(30)] };
        let fitting = fitting(&summary);
        assert_eq!(points_of(&fitting), [1]);
        assert!(fitting.loss().is_some_and(|loss| loss.contains("without its end")), "{:?}", fitting.loss());
    }

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
