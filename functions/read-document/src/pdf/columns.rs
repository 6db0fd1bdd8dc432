//! The order in which a page is read: full-width bands from top to bottom, and within a band its columns from left to right.

use super::geometry::Area;

/// The narrowest gutter between columns, in points.
const NARROWEST_GUTTER: f32 = 7.0;
/// A column holds at least so many rows and takes at least so much of the width of its region.
const FEWEST_ROWS: usize = 4;
const NARROWEST_COLUMN: f32 = 0.2;
const NESTING: u32 = 3;

/// Puts boxes into reading order: groups of indices that are read one after the other, each from top to bottom.
pub(crate) fn reading_order(boxes: &[Area]) -> Vec<Vec<usize>> {
    let mut groups = Vec::new();
    divide(boxes, (0..boxes.len()).collect(), NESTING, &mut groups);
    groups.retain(|group| !group.is_empty());
    groups
}

fn divide(boxes: &[Area], mut members: Vec<usize>, nesting: u32, groups: &mut Vec<Vec<usize>>) {
    members.sort_by(|a, b| boxes[*a].y0.total_cmp(&boxes[*b].y0).then(boxes[*a].x0.total_cmp(&boxes[*b].x0)));
    let gutter = if nesting == 0 { None } else { find_gutter(boxes, &members) };
    let Some(gutter) = gutter else {
        groups.push(members);
        return;
    };
    for band in bands(boxes, &members, gutter) {
        match band {
            Band::Whole(members) => divide(boxes, members, nesting - 1, groups),
            Band::Split(left, right) => {
                divide(boxes, left, nesting - 1, groups);
                divide(boxes, right, nesting - 1, groups);
            }
        }
    }
}

enum Band {
    Whole(Vec<usize>),
    Split(Vec<usize>, Vec<usize>),
}

/// The empty strip that separates the most rows.
fn find_gutter(boxes: &[Area], members: &[usize]) -> Option<(f32, f32)> {
    let region = Area::around(members.iter().map(|index| &boxes[*index]))?;
    let strips: Vec<(f32, f32, f32)> = members.iter().filter_map(|index| strip_right_of(boxes, members, *index)).collect();
    let mut best: Option<(f32, (f32, f32))> = None;
    for (_, right, _) in &strips {
        // The right column is aligned, so its left edge is where strips agree.
        let agreeing: Vec<&(f32, f32, f32)> =
            strips.iter().filter(|(x0, x1, _)| *x0 < right - NARROWEST_GUTTER && *x1 >= right - 1.5).collect();
        let height: f32 = agreeing.iter().map(|(_, _, height)| height).sum();
        if agreeing.len() < FEWEST_ROWS || best.is_some_and(|(most, _)| most >= height) {
            continue;
        }
        let left = agreeing.iter().map(|(x0, _, _)| *x0).fold(f32::MIN, f32::max);
        let gutter = (left.max(right - 40.0), *right);
        if gutter.1 - gutter.0 >= NARROWEST_GUTTER && makes_columns(boxes, members, region, gutter) {
            best = Some((height, gutter));
        }
    }
    best.map(|(_, gutter)| gutter)
}

/// The empty strip between a box and its nearest neighbour on the right, with the height they share.
fn strip_right_of(boxes: &[Area], members: &[usize], index: usize) -> Option<(f32, f32, f32)> {
    let this = boxes[index];
    let neighbour = members
        .iter()
        .map(|other| boxes[*other])
        .filter(|other| other.x0 > this.x1 && other.shared_height(&this) > 0.3)
        .min_by(|a, b| a.x0.total_cmp(&b.x0))?;
    (neighbour.x0 - this.x1 >= NARROWEST_GUTTER).then(|| (this.x1, neighbour.x0, this.height().min(neighbour.height())))
}

fn makes_columns(boxes: &[Area], members: &[usize], region: Area, gutter: (f32, f32)) -> bool {
    let side = |inside: &dyn Fn(&Area) -> bool| -> (f32, usize, f32) {
        let of_side: Vec<Area> = members.iter().map(|index| boxes[*index]).filter(|area| inside(area)).collect();
        let extent = Area::around(&of_side).map_or(0.0, |area| area.width());
        // Weighed by width, so that fragments of formulas do not count like rows.
        let typical =
            of_side.iter().map(|area| area.width().powi(2)).sum::<f32>() / of_side.iter().map(Area::width).sum::<f32>().max(1.0);
        (extent, of_side.len(), typical)
    };
    let (left, left_rows, left_typical) = side(&|area| area.x1 <= gutter.0 + 1.0);
    let (right, right_rows, right_typical) = side(&|area| area.x0 >= gutter.1 - 1.5);
    let wide = |extent: f32, typical: f32| extent >= NARROWEST_COLUMN * region.width() && typical >= 0.45 * extent;
    left_rows >= FEWEST_ROWS && right_rows >= FEWEST_ROWS && wide(left, left_typical) && wide(right, right_typical)
}

/// Cuts a region at the boxes that lie across the gutter.
fn bands(boxes: &[Area], members: &[usize], gutter: (f32, f32)) -> Vec<Band> {
    let across = |area: &Area| {
        area.x0 < gutter.0 - 1.0 && area.x1 > gutter.1 + 1.0 || area.x0 < gutter.1 - 1.5 && area.x1 > gutter.0 + 1.5
    };
    let mut bands: Vec<Band> = Vec::new();
    let mut last_across: Option<Area> = None;
    let mut rest: Vec<usize> = members.to_vec();
    while !rest.is_empty() {
        let spanning = rest.iter().position(|index| across(&boxes[*index]));
        let cut = spanning.map_or(f32::MAX, |at| boxes[rest[at]].y0);
        let above: Vec<usize> =
            rest.iter().copied().filter(|index| !across(&boxes[*index]) && boxes[*index].center().1 < cut).collect();
        let above = continue_whole(boxes, above, &mut last_across, &mut bands);
        if !above.is_empty() {
            let (left, right) =
                above.into_iter().partition(|index| boxes[*index].x1 <= gutter.0 + 1.0 || boxes[*index].center().0 < gutter.0);
            bands.push(Band::Split(left, right));
        }
        let Some(at) = spanning else { break };
        let index = rest[at];
        last_across = Some(boxes[index]);
        match bands.last_mut() {
            Some(Band::Whole(whole)) => whole.push(index),
            _ => bands.push(Band::Whole(vec![index])),
        }
        rest.retain(|other| *other != index && (across(&boxes[*other]) || boxes[*other].center().1 >= cut));
    }
    bands
}

/// The short last row of a full-width paragraph lies on one side of the gutter; it goes to the rows above it.
fn continue_whole(boxes: &[Area], members: Vec<usize>, last: &mut Option<Area>, bands: &mut [Band]) -> Vec<usize> {
    let (Some(above), Some(Band::Whole(whole))) = (*last, bands.last_mut()) else { return members };
    let mut reach = above;
    let mut kept = Vec::with_capacity(members.len());
    for index in members.iter().copied() {
        let area = boxes[index];
        let alone = !members.iter().any(|other| *other != index && boxes[*other].shared_height(&area) > 0.3);
        let near = area.y0 - reach.y1 < 0.45 * area.height() && (area.height() - above.height()).abs() < 0.1 * above.height();
        if alone && near && kept.is_empty() {
            whole.push(index);
            reach = area;
        } else {
            kept.push(index);
        }
    }
    *last = Some(reach);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(x0: f32, x1: f32, y: f32) -> Area {
        Area { x0, x1, y0: y, y1: y + 10.0 }
    }

    fn flat(boxes: &[Area]) -> Vec<usize> {
        reading_order(boxes).into_iter().flatten().collect()
    }

    #[test]
    fn a_title_comes_before_both_columns() {
        let mut boxes = vec![row(100.0, 500.0, 20.0)];
        for line in 0..6 {
            boxes.push(row(50.0, 295.0, 60.0 + 12.0 * line as f32));
            boxes.push(row(317.0, 562.0, 60.0 + 12.0 * line as f32));
        }
        assert_eq!(flat(&boxes), [0, 1, 3, 5, 7, 9, 11, 2, 4, 6, 8, 10, 12]);
    }

    #[test]
    fn a_figure_across_the_page_divides_the_columns() {
        let mut boxes = Vec::new();
        for line in 0..5 {
            boxes.push(row(50.0, 295.0, 60.0 + 12.0 * line as f32));
            boxes.push(row(317.0, 562.0, 60.0 + 12.0 * line as f32));
        }
        boxes.push(Area { x0: 60.0, x1: 550.0, y0: 140.0, y1: 300.0 });
        for line in 0..5 {
            boxes.push(row(50.0, 295.0, 320.0 + 12.0 * line as f32));
            boxes.push(row(317.0, 562.0, 320.0 + 12.0 * line as f32));
        }
        assert_eq!(flat(&boxes), [0, 2, 4, 6, 8, 1, 3, 5, 7, 9, 10, 11, 13, 15, 17, 19, 12, 14, 16, 18, 20]);
    }

    #[test]
    fn the_short_last_row_of_a_full_width_paragraph_stays_with_it() {
        let mut boxes = vec![row(50.0, 560.0, 20.0), row(50.0, 560.0, 32.0), row(50.0, 180.0, 44.0)];
        for line in 0..5 {
            boxes.push(row(50.0, 295.0, 80.0 + 12.0 * line as f32));
            boxes.push(row(317.0, 562.0, 80.0 + 12.0 * line as f32));
        }
        assert_eq!(flat(&boxes)[..4], [0, 1, 2, 3]);
        assert_eq!(reading_order(&boxes)[0], [0, 1, 2]);
    }

    #[test]
    fn page_numbers_of_a_table_of_contents_are_no_column() {
        let mut boxes = Vec::new();
        for line in 0..8 {
            boxes.push(row(50.0, 300.0, 60.0 + 12.0 * line as f32));
            boxes.push(row(540.0, 555.0, 60.0 + 12.0 * line as f32));
        }
        assert_eq!(reading_order(&boxes).len(), 1);
    }
}
