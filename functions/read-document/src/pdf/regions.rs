//! What a caption belongs to: everything drawn between it and the text above or below.

use super::captions::Captioned;
use super::clusters::{DrawnShape, is_rule};
use super::device::DrawnPage;
use super::figures::{Graphic, GraphicKind, SMALLEST, captions};
use super::geometry::Area;
use super::lines::Segment;

/// How far from its caption the axis of a chart may stand, in points: the numbers below it and its name take up to four rows.
const AXIS: f32 = 60.0;

/// The lowest drawing with a caption, in points: one row of boxes with a number in each.
const LOWEST: f32 = 12.0;

/// What is drawn between a caption and the prose above it, or below it if there is nothing above. Takes those shapes out.
pub(crate) fn captioned_regions(
    shapes: &mut Vec<DrawnShape>,
    segments: &[Segment],
    page: &DrawnPage,
    body_size: f32,
) -> Vec<Graphic> {
    let all: Vec<(Captioned, Area)> = captions(segments).collect();
    let mut walls: Vec<Area> = all.iter().map(|(_, area)| *area).collect();
    walls.extend(segments.iter().filter(|segment| is_prose(segment, body_size)).map(|segment| segment.area));
    let mut regions: Vec<Graphic> = Vec::new();
    for (_, caption) in all.iter().filter(|(kind, _)| *kind == Captioned::Figure) {
        let column = column_of(caption, segments, page, body_size);
        // Images have white margins that reach over the edge of their column.
        let in_column = |area: &Area| {
            let middle = area.center().0;
            middle > column.0 - 4.0 && middle < column.1 + 4.0 && area.x0 > column.0 - 30.0 && area.x1 < column.1 + 30.0
        };
        let inside: Vec<Area> = shapes.iter().map(|shape| shape.area).filter(in_column).collect();
        let found = [true, false].into_iter().find_map(|above| {
            let region = gather(caption, &inside, &walls, above)?;
            (region.width() >= SMALLEST && region.height() >= LOWEST).then_some(region)
        });
        if let Some(region) = found {
            shapes.retain(|shape| !region.grown(1.0).contains_point(shape.area.center()));
            regions.push(Graphic { area: region, kind: GraphicKind::Captioned, column: Some(column) });
        }
    }
    regions
}

fn is_prose(segment: &Segment, body_size: f32) -> bool {
    let is_word = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    let words = segment.words.iter().filter(|word| is_word(&word.text) && !word.face.monospace && !word.face.math).count();
    words >= 6 && segment.size > 0.82 * body_size
}

/// From where to where the column goes in which a caption stands.
fn column_of(caption: &Area, segments: &[Segment], page: &DrawnPage, body_size: f32) -> (f32, f32) {
    let center = caption.center().0;
    let mut around: Vec<Area> =
        segments.iter().filter(|s| is_prose(s, body_size) && s.area.x0 < center && s.area.x1 > center).map(|s| s.area).collect();
    // Titles and abstracts may run over all columns.
    around.sort_by(|a, b| a.width().total_cmp(&b.width()));
    if let Some(usual) = around.get(around.len() / 2).map(Area::width) {
        around.retain(|area| area.width() < 1.2 * usual);
    }
    let Some(column) = Area::around(&around) else { return (0.0, page.width) };
    // A figure may be wider than the text, but not reach into the next column.
    let others = |inside: &dyn Fn(&Area) -> bool| {
        segments.iter().filter(|s| is_prose(s, body_size) && inside(&s.area)).map(|s| s.area).collect::<Vec<_>>()
    };
    let on_left = others(&|area| area.x1 < column.x0).iter().map(|area| area.x1).fold(0.0, f32::max);
    let on_right = others(&|area| area.x0 > column.x1).iter().map(|area| area.x0).fold(page.width, f32::min);
    let left = if on_left > 0.0 { column.x0.min(caption.x0) } else { 0.0 };
    let right = if on_right < page.width { column.x1.max(caption.x1) } else { page.width };
    (left, right)
}

/// Grows a region from a caption upward or downward over shapes, until something that is no part of a figure lies between.
fn gather(caption: &Area, shapes: &[Area], walls: &[Area], above: bool) -> Option<Area> {
    let mut order: Vec<Area> = shapes
        .iter()
        .copied()
        .filter(|area| if above { area.y1 <= caption.y0 + 4.0 } else { area.y0 >= caption.y1 - 4.0 })
        .collect();
    order.sort_by(|a, b| if above { b.y1.total_cmp(&a.y1) } else { a.y0.total_cmp(&b.y0) });
    let mut region: Option<Area> = None;
    for shape in order {
        let edge = region.unwrap_or(*caption);
        let (from, to) = if above { (shape.y1, edge.y0) } else { (edge.y1, shape.y0) };
        let span = region.map_or(*caption, |region| region.union(caption)).union(&shape);
        let wall = walls.iter().any(|wall| {
            let y = wall.center().1;
            y > from && y < to && wall.x0 < span.x1 && span.x0 < wall.x1 && wall != caption
        });
        // Rules of running heads and footnotes stand far off.
        let flat = is_rule(&shape) && shape.width() > shape.height();
        let most = match region {
            Some(region) if flat && !aligned(&region, &shape) => 26.0,
            None if flat && is_axis(&shape, shapes) => AXIS,
            None if flat => 26.0,
            _ => 130.0,
        };
        let far = to - from > most;
        if wall || (far && region.is_none_or(|region| !region.touches(&shape))) {
            if from < to {
                break;
            }
            continue;
        }
        region = Some(region.map_or(shape, |region| region.union(&shape)));
    }
    region
}

fn aligned(a: &Area, b: &Area) -> bool {
    (a.x0 - b.x0).abs() < 4.0 && (a.x1 - b.x1).abs() < 4.0
}

/// Whether a flat rule is an axis or a line of a grid: a bar or a curve touches it, or another such line runs above or below it.
fn is_axis(rule: &Area, shapes: &[Area]) -> bool {
    shapes.iter().any(|other| {
        let apart = (rule.y0 - other.y1).max(other.y0 - rule.y1);
        if is_rule(other) && other.width() > other.height() {
            aligned(rule, other) && (12.0..130.0).contains(&apart)
        } else {
            rule.grown(1.0).touches(other)
        }
    })
}
