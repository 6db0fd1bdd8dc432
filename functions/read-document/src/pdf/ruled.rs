//! Tables that are set between horizontal rules.

use super::captions::Captioned;
use super::device::DrawnPage;
use super::figures::{Graphic, GraphicKind, captions};
use super::geometry::Area;
use super::lines::Segment;

/// Tables set between horizontal rules of one width, as a caption or their number tells.
pub(crate) fn ruled_tables(rules: &[Area], segments: &[Segment], page: &DrawnPage) -> Vec<Graphic> {
    let mut flat: Vec<Area> = rules.iter().copied().filter(|rule| rule.width() > rule.height() && rule.width() > 50.0).collect();
    flat.sort_by(|a, b| a.y0.total_cmp(&b.y0).then(a.x0.total_cmp(&b.x0)));
    let captions: Vec<Area> = captions(segments).filter(|(kind, _)| *kind == Captioned::Table).map(|(_, area)| area).collect();
    let mut tables: Vec<Graphic> = Vec::new();
    let mut used = vec![false; flat.len()];
    for first in 0..flat.len() {
        if used[first] {
            continue;
        }
        let aligned = |rule: &Area| (rule.x0 - flat[first].x0).abs() < 4.0 && (rule.x1 - flat[first].x1).abs() < 4.0;
        let mut area = flat[first];
        let mut count = 1;
        let mut members = vec![first];
        for next in first + 1..flat.len() {
            let between = Area { y0: area.y1, y1: flat[next].y0, ..area };
            let interrupted = captions.iter().any(|caption| between.contains_point(caption.center()));
            let prose = segments.iter().filter(|s| between.contains_point(s.area.center()) && fills(s, &between)).count();
            if used[next] || !aligned(&flat[next]) || interrupted || prose > 3 || between.height() > 0.6 * page.height {
                continue;
            }
            area = area.union(&flat[next]);
            count += 1;
            members.push(next);
        }
        let captioned = captions.iter().any(|caption| {
            let gap = (area.y0 - caption.y1).max(caption.y0 - area.y1);
            gap < 40.0 && caption.shared_width(&area) > 0.3
        });
        if area.height() > 14.0 && ((count >= 2 && captioned) || count >= 4) {
            for member in members {
                used[member] = true;
            }
            tables.push(Graphic { area, kind: GraphicKind::Ruled, column: None });
        }
    }
    tables
}

/// Whether a segment runs through the whole width, as prose does and cells do not.
fn fills(segment: &Segment, width: &Area) -> bool {
    segment.area.width() > 0.85 * width.width() && segment.words.len() > 6
}
