//! Where the pictures of a page are: raster images, clusters of paths and ruled tables, with the labels inside them.

use super::captions::{Captioned, parse};
use super::device::DrawnPage;
use super::geometry::Area;
use super::lines::Segment;

/// A picture on a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Graphic {
    pub(crate) area: Area,
    pub(crate) kind: GraphicKind,
    /// From where to where its column goes, where that is known.
    pub(crate) column: Option<(f32, f32)>,
}

/// What a picture was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GraphicKind {
    /// Pixels or many paths: a figure even without a caption.
    Rich,
    /// A few paths: a figure only if a caption says so.
    Slight,
    /// Rules with text between them.
    Ruled,
    /// Whatever is drawn next to a caption.
    Captioned,
}

/// Side of the cells in which the neighbourhood of paths is found, in points.
const CELL: f32 = 4.0;
/// Paths nearer than this belong together, in points.
const NEAR: f32 = 5.0;
/// Clusters of so many path segments are figures; the brief example is an arrow between two boxes, about 20.
const RICH_SEGMENTS: u32 = 60;
/// The smallest figure, in points on each side.
const SMALLEST: f32 = 36.0;

/// Finds the pictures of a page and takes the segments that lie in them out of the text.
pub(crate) fn take_graphics(page: &DrawnPage, segments: &mut Vec<Segment>, body_size: f32) -> Vec<Graphic> {
    let mut shapes = shapes(page);
    let captioned = captioned_regions(&mut shapes, segments, page, body_size);
    let (mut graphics, rules) = clusters(page, shapes);
    graphics.extend(ruled_tables(&rules, segments, page));
    keep_meaningful(&mut graphics, segments);
    graphics.extend(captioned);
    for index in 0..graphics.len() {
        let others: Vec<Area> = graphics.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, other)| other.area).collect();
        grow_over_labels(&mut graphics[index], segments, &others, body_size, page);
    }
    let mut graphics = merge_touching(graphics);
    graphics.retain(|graphic| graphic.area.width() >= SMALLEST && graphic.area.height() >= 0.6 * SMALLEST);
    segments.retain(|segment| !graphics.iter().any(|graphic| graphic.area.grown(1.0).contains_point(segment.area.center())));
    graphics
}

/// Something drawn: where, and how much it weighs as a sign of a picture.
#[derive(Debug, Clone, Copy)]
struct DrawnShape {
    area: Area,
    weight: u32,
}

/// Everything that is drawn besides letters and backgrounds.
fn shapes(page: &DrawnPage) -> Vec<DrawnShape> {
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

fn is_rule(area: &Area) -> bool {
    (area.height() < 2.5 && area.width() > 24.0) || (area.width() < 2.5 && area.height() > 24.0)
}

/// What is drawn between a caption and the prose above it, or below it if there is nothing above. Takes those shapes out.
fn captioned_regions(shapes: &mut Vec<DrawnShape>, segments: &[Segment], page: &DrawnPage, body_size: f32) -> Vec<Graphic> {
    let all: Vec<(Captioned, Area)> = captions(segments).collect();
    let mut walls: Vec<Area> = all.iter().map(|(_, area)| *area).collect();
    walls.extend(segments.iter().filter(|segment| is_prose(segment, body_size)).map(|segment| segment.area));
    let mut regions: Vec<Graphic> = Vec::new();
    for (_, caption) in all.iter().filter(|(kind, _)| *kind == Captioned::Figure) {
        let column = column_of(caption, segments, page, body_size);
        let inside: Vec<Area> =
            shapes.iter().map(|shape| shape.area).filter(|area| area.x0 > column.0 - 14.0 && area.x1 < column.1 + 14.0).collect();
        let found = [true, false].into_iter().find_map(|above| {
            let region = gather(caption, &inside, &walls, above)?;
            (region.width() >= SMALLEST && region.height() >= 18.0).then_some(region)
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
    words >= 6 && segment.size > 0.9 * body_size
}

/// From where to where the column goes in which a caption stands.
fn column_of(caption: &Area, segments: &[Segment], page: &DrawnPage, body_size: f32) -> (f32, f32) {
    let center = caption.center().0;
    let around: Vec<Area> =
        segments.iter().filter(|s| is_prose(s, body_size) && s.area.x0 < center && s.area.x1 > center).map(|s| s.area).collect();
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
        let aligned = region.is_some_and(|region| (region.x0 - shape.x0).abs() < 4.0 && (region.x1 - shape.x1).abs() < 4.0);
        let far = to - from > if flat && !aligned { 26.0 } else { 130.0 };
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

/// Clusters of images and paths, and the long thin rules that belong to none.
fn clusters(page: &DrawnPage, shapes: Vec<DrawnShape>) -> (Vec<Graphic>, Vec<Area>) {
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

/// Tables set between horizontal rules of one width, as a caption or their number tells.
fn ruled_tables(rules: &[Area], segments: &[Segment], page: &DrawnPage) -> Vec<Graphic> {
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

/// The segments that begin a caption, with what it belongs to.
pub(crate) fn captions(segments: &[Segment]) -> impl Iterator<Item = (Captioned, Area)> {
    segments.iter().filter_map(|segment| {
        let plain = segment.plain();
        let caption = parse(&plain)?;
        let stressed = segment.words.first().is_some_and(|word| word.face.bold);
        (caption.marked || stressed).then_some((caption.kind, segment.area))
    })
}

/// Drops frames and shades around prose, and slight graphics unless they have a caption or labels.
fn keep_meaningful(graphics: &mut Vec<Graphic>, segments: &[Segment]) {
    let captions: Vec<Area> = captions(segments).map(|(_, area)| area).collect();
    graphics.retain(|graphic| {
        let near = |caption: &Area| {
            let gap = (caption.y0 - graphic.area.y1).max(graphic.area.y0 - caption.y1);
            (-2.0..30.0).contains(&gap) && caption.x0 < graphic.area.x1 + 20.0 && graphic.area.x0 < caption.x1 + 20.0
        };
        let captioned = captions.iter().any(near);
        match graphic.kind {
            _ if holds_prose(graphic, segments) && !captioned => false,
            GraphicKind::Slight => graphic.area.height() >= 20.0 && (captioned || is_labelled(graphic, segments)),
            GraphicKind::Rich | GraphicKind::Ruled | GraphicKind::Captioned => true,
        }
    });
}

fn inside<'s>(graphic: &'s Graphic, segments: &'s [Segment]) -> impl Iterator<Item = &'s Segment> {
    segments.iter().filter(|segment| graphic.area.contains_point(segment.area.center()))
}

/// Frames, shades and scanned pages lie behind rows of prose or code; figures do not.
fn holds_prose(graphic: &Graphic, segments: &[Segment]) -> bool {
    let code = inside(graphic, segments).filter(|segment| segment.share(|word| word.face.monospace) > 0.7).count();
    if code >= 1 && code * 10 >= inside(graphic, segments).count() * 7 {
        return true;
    }
    let rows = inside(graphic, segments).filter(|s| s.words.len() >= 6 && s.area.width() > 0.4 * graphic.area.width()).count();
    let all = inside(graphic, segments).count();
    rows >= 5 && rows * 2 >= all
}

/// A few boxes with short texts in them make a diagram.
fn is_labelled(graphic: &Graphic, segments: &[Segment]) -> bool {
    let labels = inside(graphic, segments).count();
    labels >= 3 && graphic.area.width() >= 60.0 && inside(graphic, segments).all(|segment| segment.words.len() <= 5)
}

/// Takes labels at the edge of a picture into it: short texts close by that are no prose, headings or captions.
fn grow_over_labels(graphic: &mut Graphic, segments: &[Segment], others: &[Area], body_size: f32, page: &DrawnPage) {
    if graphic.kind == GraphicKind::Ruled {
        return;
    }
    let (left, right) = graphic.column.unwrap_or((graphic.area.x0 - 12.0, graphic.area.x1 + 12.0));
    let free = |segment: &&Segment| !others.iter().any(|other| other.contains_point(segment.area.center()));
    for _ in 0..3 {
        let mut grown = graphic.area;
        for segment in segments.iter().filter(free) {
            let small = segment.size < 0.97 * body_size;
            let short = segment.words.len() <= 6 && segment.area.width() < 0.3 * page.width;
            let in_column = segment.area.x0 > left - 4.0 && segment.area.x1 < right + 4.0;
            let is_label = short && in_column && segment.size <= 1.05 * body_size && parse(&segment.plain()).is_none();
            let reach = if small { 11.0 } else { 3.0 };
            let level = segment.area.center().1 > graphic.area.y0 && segment.area.center().1 < graphic.area.y1;
            let apart = (segment.area.x0 - graphic.area.x1).max(graphic.area.x0 - segment.area.x1);
            let beside = graphic.area.grown(reach).touches(&segment.area) || (level && small && apart < 36.0);
            let inside = graphic.area.contains_point(segment.area.center());
            let contained = inside && segment.area.x0 > graphic.area.x0 - 20.0 && segment.area.x1 < graphic.area.x1 + 20.0;
            if (is_label && beside) || contained {
                grown = grown.union(&segment.area);
            }
        }
        if grown == graphic.area {
            break;
        }
        graphic.area = grown;
    }
}

/// Joins what touches. Figures with captions of their own stay apart, and tables stay apart from figures.
fn merge_touching(graphics: Vec<Graphic>) -> Vec<Graphic> {
    let mut merged: Vec<Graphic> = Vec::new();
    for mut graphic in graphics {
        while let Some(at) = merged.iter().position(|other| belong_together(other, &graphic)) {
            let other = merged.remove(at);
            graphic.area = graphic.area.union(&other.area);
            graphic.column = graphic.column.or(other.column);
            if matches!(other.kind, GraphicKind::Rich | GraphicKind::Captioned) {
                graphic.kind = other.kind;
            }
        }
        merged.push(graphic);
    }
    merged
}

fn belong_together(a: &Graphic, b: &Graphic) -> bool {
    let of_kind = |kind| usize::from(a.kind == kind) + usize::from(b.kind == kind);
    let smaller = a.area.size().min(b.area.size());
    let mostly = a.area.intersection(&b.area).is_some_and(|shared| shared.size() > 0.5 * smaller);
    mostly || (a.area.touches(&b.area) && of_kind(GraphicKind::Captioned) < 2 && of_kind(GraphicKind::Ruled) != 1)
}

/// Takes away pictures that stand at the same place of many pages: logos, banners, backgrounds.
pub(crate) fn drop_decoration(pages: &mut [super::PageText]) {
    let all: Vec<Area> = pages.iter().flat_map(|page| page.graphics.iter().map(|graphic| graphic.area)).collect();
    let often = 3.max(pages.len() / 4);
    let same = |a: &Area, b: &Area| {
        (a.x0 - b.x0).abs() < 2.0 && (a.y0 - b.y0).abs() < 2.0 && (a.x1 - b.x1).abs() < 2.0 && (a.y1 - b.y1).abs() < 2.0
    };
    for page in pages {
        page.graphics.retain(|graphic| all.iter().filter(|other| same(other, &graphic.area)).count() < often);
    }
}
