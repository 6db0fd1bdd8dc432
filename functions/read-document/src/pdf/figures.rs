//! Where the pictures of a page are: raster images, clusters of paths and ruled tables, with the labels inside them.

use super::captions::{Captioned, parse};
use super::clusters::{clusters, shapes};
use super::device::DrawnPage;
use super::geometry::Area;
use super::lines::Segment;
use super::regions::captioned_regions;
use super::ruled::ruled_tables;

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

/// Clusters of so many path segments are figures without a caption; an arrow between two boxes has about 20.
pub(crate) const RICH_SEGMENTS: u32 = 60;
/// The smallest figure, in points on each side.
pub(crate) const SMALLEST: f32 = 36.0;

/// How far above a chart the name of its axis or its legend may stand, in points.
const AXIS_NAME: f32 = 20.0;

/// Finds the pictures of a page and takes the segments that lie in them out of the text.
pub(crate) fn take_graphics(page: &DrawnPage, segments: &mut Vec<Segment>, body_size: f32) -> Vec<Graphic> {
    let mut shapes = shapes(page);
    let captioned = captioned_regions(&mut shapes, segments, page, body_size);
    let (mut graphics, rules) = clusters(page, shapes);
    graphics.extend(ruled_tables(&rules, segments, page));
    keep_meaningful(&mut graphics, segments);
    graphics.extend(captioned);
    let captions = caption_rows(segments);
    for index in 0..graphics.len() {
        let others: Vec<Area> =
            graphics.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, other)| other.area).collect();
        grow_over_labels(&mut graphics[index], segments, &captions, &others, body_size, page);
    }
    let mut graphics = merge_touching(graphics);
    graphics.retain(|graphic| graphic.area.width() >= SMALLEST && graphic.area.height() >= 0.6 * SMALLEST);
    segments.retain(|segment| !graphics.iter().any(|graphic| graphic.area.grown(1.0).contains_point(segment.area.center())));
    graphics
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

/// The rows of captions: those that begin one, and those that follow them closely in the same size.
fn caption_rows(segments: &[Segment]) -> Vec<Area> {
    let mut rows: Vec<&Segment> = Vec::new();
    let begins: Vec<Area> = captions(segments).map(|(_, area)| area).collect();
    // From top to bottom.
    for segment in segments {
        let follows = |row: &&Segment| {
            (0.0..1.8 * row.size).contains(&(segment.baseline - row.baseline))
                && (segment.size - row.size).abs() < 0.5
                && segment.area.shared_width(&row.area) > 0.5
        };
        if begins.contains(&segment.area) || rows.iter().any(follows) {
            rows.push(segment);
        }
    }
    rows.into_iter().map(|row| row.area).collect()
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
fn grow_over_labels(
    graphic: &mut Graphic,
    segments: &[Segment],
    captions: &[Area],
    others: &[Area],
    body_size: f32,
    page: &DrawnPage,
) {
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
            let over =
                (0.0..AXIS_NAME).contains(&(graphic.area.y0 - segment.area.y1)) && segment.area.shared_width(&graphic.area) > 0.9;
            let names = graphic.kind == GraphicKind::Captioned && small && over && !captions.contains(&segment.area);
            let inside = graphic.area.contains_point(segment.area.center());
            let contained = inside && segment.area.x0 > graphic.area.x0 - 20.0 && segment.area.x1 < graphic.area.x1 + 20.0;
            if (is_label && (beside || names)) || contained {
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
