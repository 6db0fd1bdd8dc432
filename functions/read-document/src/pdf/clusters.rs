//! What is drawn on a page besides letters, and which of it lies close together.

use super::device::DrawnPage;
use super::figures::{Graphic, GraphicKind, RICH_SEGMENTS, SMALLEST};
use super::geometry::Area;

/// Side of the cells in which the neighbourhood of paths is found, in points.
const CELL: f32 = 4.0;

/// Paths nearer than this belong together, in points.
const NEAR: f32 = 5.0;

/// Something drawn: where, and how much it weighs as a sign of a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DrawnShape {
    pub(crate) area: Area,
    pub(crate) weight: u32,
}

/// Everything that is drawn besides letters and backgrounds.
pub(crate) fn shapes(page: &DrawnPage) -> Vec<DrawnShape> {
    let page_size = page.width * page.height;
    let paths = page
        .paths
        .iter()
        .filter(|path| !(path.area.size() > 0.55 * page_size && path.segments <= 12))
        .map(|path| DrawnShape { area: path.area, weight: path.segments.min(60) });
    let images =
        page.images.iter().filter(|image| image.width() >= 6.0 && image.height() >= 6.0 && image.size() < 0.85 * page_size).map(
            |image| {
                let large = image.width() >= SMALLEST && image.height() >= SMALLEST;
                DrawnShape { area: *image, weight: if large { RICH_SEGMENTS } else { 4 } }
            },
        );
    paths.chain(images).collect()
}

pub(crate) fn is_rule(area: &Area) -> bool {
    (area.height() < 2.5 && area.width() > 24.0) || (area.width() < 2.5 && area.height() > 24.0)
}

/// Clusters of images and paths, and the long thin rules that belong to none.
pub(crate) fn clusters(page: &DrawnPage, shapes: Vec<DrawnShape>) -> (Vec<Graphic>, Vec<Area>) {
    let (flat, solid): (Vec<DrawnShape>, Vec<DrawnShape>) = shapes.into_iter().partition(|shape| is_rule(&shape.area));
    let mut rules: Vec<Area> = flat.into_iter().map(|shape| shape.area).collect();
    let shapes: Vec<(Area, u32)> = solid.into_iter().map(|shape| (shape.area, shape.weight)).collect();
    let mut graphics: Vec<(Area, u32)> = components(page, &shapes);
    // A scan in strips covers the page.
    graphics.retain(|(area, _)| area.size() < 0.8 * page.width * page.height || page.glyph_count < 40);
    // Axes and frames may consist of rules.
    for _ in 0..2 {
        rules.retain(|rule| match graphics.iter_mut().find(|(area, _)| joins(area, rule)) {
            Some((area, weight)) => {
                *area = area.union(rule);
                *weight += 2;
                false
            }
            None => true,
        });
    }
    let graphics = graphics
        .into_iter()
        .filter(|(area, _)| area.width() >= 12.0 && area.height() >= 12.0)
        .map(|(area, weight)| {
            let kind = if weight >= RICH_SEGMENTS { GraphicKind::Rich } else { GraphicKind::Slight };
            Graphic { area, kind, column: None }
        })
        .collect();
    (graphics, rules)
}

fn joins(cluster: &Area, rule: &Area) -> bool {
    let near = cluster.grown(3.0).touches(rule);
    let not_wider = rule.width() <= 1.3 * cluster.width() + 8.0 && rule.height() <= 1.3 * cluster.height() + 8.0;
    near && not_wider
}

/// Connected components of the cells that shapes cover.
fn components(page: &DrawnPage, shapes: &[(Area, u32)]) -> Vec<(Area, u32)> {
    let columns = cell(page.width) + 2;
    let rows = cell(page.height) + 2;
    let span =
        |low: f32, high: f32, count: usize| (cell(low - NEAR / 2.0).min(count - 1), cell(high + NEAR / 2.0).min(count - 1));
    let mut starts = vec![0_i32; (columns + 1) * (rows + 1)];
    for (area, _) in shapes {
        let ((x0, x1), (y0, y1)) = (span(area.x0, area.x1, columns), span(area.y0, area.y1, rows));
        let width = columns + 1;
        starts[y0 * width + x0] += 1;
        starts[y0 * width + x1 + 1] -= 1;
        starts[(y1 + 1) * width + x0] -= 1;
        starts[(y1 + 1) * width + x1 + 1] += 1;
    }
    let covered = prefix_sums(starts, columns + 1, rows + 1);
    let labels = label(&covered, columns + 1, rows + 1);
    let mut found: Vec<Option<(Area, u32)>> = Vec::new();
    for (area, segments) in shapes {
        let at = span(area.y0, area.y1, rows).0 * (columns + 1) + span(area.x0, area.x1, columns).0;
        let index = labels[at];
        if found.len() <= index {
            found.resize(index + 1, None);
        }
        found[index] = Some(found[index].map_or((*area, *segments), |(all, weight)| (all.union(area), weight + segments)));
    }
    found.into_iter().flatten().collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pages are small and negative places count as zero")]
fn cell(place: f32) -> usize {
    (place.clamp(0.0, 40_000.0) / CELL) as usize
}

fn prefix_sums(mut cells: Vec<i32>, width: usize, height: usize) -> Vec<i32> {
    for y in 0..height {
        for x in 0..width {
            let left = if x > 0 { cells[y * width + x - 1] } else { 0 };
            let above = if y > 0 { cells[(y - 1) * width + x] } else { 0 };
            let both = if x > 0 && y > 0 { cells[(y - 1) * width + x - 1] } else { 0 };
            cells[y * width + x] += left + above - both;
        }
    }
    cells
}

fn label(covered: &[i32], width: usize, height: usize) -> Vec<usize> {
    let mut labels = vec![0_usize; covered.len()];
    let mut next = 0;
    let mut open = Vec::new();
    for start in 0..covered.len() {
        if covered[start] <= 0 || labels[start] != 0 {
            continue;
        }
        next += 1;
        labels[start] = next;
        open.push(start);
        while let Some(at) = open.pop() {
            let (x, y) = (at % width, at / width);
            let neighbours = [
                (x > 0, at.wrapping_sub(1)),
                (x + 1 < width, at + 1),
                (y > 0, at.wrapping_sub(width)),
                (y + 1 < height, at + width),
            ];
            for (exists, other) in neighbours {
                if exists && covered[other] > 0 && labels[other] == 0 {
                    labels[other] = next;
                    open.push(other);
                }
            }
        }
    }
    labels
}
