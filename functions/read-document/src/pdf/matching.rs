//! Captions to pictures: which pictures of a page a caption stands for.

use super::blocks::{Content, RawBlock};
use super::captions::{self, Captioned};
use super::geometry::Area;

/// Graphics on the page of a caption that lie in its column next to it, the nearest first.
pub(crate) fn matching_graphics(raw: &[RawBlock], caption: usize, kind: Captioned, taken: &[bool]) -> Option<(Area, Vec<usize>)> {
    let place = raw[caption].area;
    let page = raw[caption].page;
    let free: Vec<(usize, Area)> = raw
        .iter()
        .enumerate()
        .filter(|(index, block)| block.page == page && !taken[*index])
        .filter_map(|(index, block)| match &block.content {
            Content::Graphic(graphic) => Some((index, graphic.area)),
            _ => None,
        })
        .collect();
    let beside = |area: &Area| area.x0 < place.x1 + 10.0 && place.x0 < area.x1 + 10.0;
    let distance = |area: &Area| {
        let above = place.y0 - area.y1;
        let below = area.y0 - place.y1;
        // Captions stand below figures and above tables, mostly.
        let (usual, unusual) = if kind == Captioned::Figure { (above, below) } else { (below, above) };
        if usual > -6.0 { usual.max(0.0) } else { unusual.max(0.0) + 14.0 }
    };
    let (first, nearest) = *free
        .iter()
        .filter(|(_, area)| beside(area) && distance(area) < 80.0)
        .min_by(|a, b| distance(&a.1).total_cmp(&distance(&b.1)))?;
    let mut area = nearest;
    let mut members = vec![first];
    // Parts of one figure lie side by side or close above each other, with no other caption between. Tables have one part.
    let rounds = if kind == Captioned::Table { 0 } else { 4 };
    for _ in 0..rounds {
        for (index, other) in &free {
            let same_side = (other.center().1 < place.y0) == (area.center().1 < place.y0);
            let side_by_side = other.shared_height(&area) > 0.5
                && ((other.x0 - area.x1).max(area.x0 - other.x1) < 30.0
                    || (other.x0 > place.x0 - 5.0 && other.x1 < place.x1 + 5.0));
            let stacked = other.shared_width(&area) > 0.5 && (other.y0 - area.y1).max(area.y0 - other.y1) < 26.0;
            let within_caption = other.x0 > place.x0.min(area.x0) - 30.0 && other.x1 < place.x1.max(area.x1) + 30.0;
            let divided = raw.iter().any(|block| {
                block.page == page
                    && block.text().is_some_and(|rows| {
                        rows.first().is_some_and(|row| captions::parse(&row.plain()).is_some_and(|c| c.marked))
                    })
                    && block.area != place
                    && area.union(other).contains_point(block.area.center())
            });
            if !members.contains(index) && same_side && within_caption && !divided && (side_by_side || stacked) {
                members.push(*index);
                area = area.union(other);
            }
        }
    }
    Some((area, members))
}

/// Takes the short texts that lie in a figure, or between it and its caption, out of the text and into its area.
pub(crate) fn swallow_labels(raw: &mut [RawBlock], members: &[usize], area: Area, caption: usize, body_size: f32) -> Area {
    let page = raw[caption].page;
    let place = raw[caption].area;
    let mut grown = area;
    for block in raw.iter_mut().filter(|block| block.page == page) {
        let Content::Text(rows) = &block.content else { continue };
        if rows.is_empty() || block.area == place {
            continue;
        }
        let inside = area.grown(2.0).contains_point(block.area.center());
        let between = block.area.y0 >= area.y1 - 2.0
            && block.area.y1 <= place.y0 + 2.0
            && block.area.center().0 > area.x0
            && block.area.center().0 < area.x1;
        let label =
            rows.len() <= 2 && rows.iter().all(|row| row.size <= 1.02 * body_size) && block.area.width() < 0.9 * area.width();
        if inside || (between && label) {
            grown = grown.union(&block.area);
            block.content = Content::Text(Vec::new());
        }
    }
    for member in &members[1..] {
        raw[*member].content = Content::Text(Vec::new());
    }
    // Never into the caption.
    if place.y0 >= area.y1 - 6.0 {
        grown.y1 = grown.y1.min(place.y0 - 3.5);
    } else if place.y1 <= area.y0 + 6.0 {
        grown.y0 = grown.y0.max(place.y1 + 3.5);
    }
    grown
}
