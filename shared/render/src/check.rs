//! The geometry of a laid out picture: where its texts and pictures stand, and what is wrong with that.
//!
//! This looks at the page before it becomes pixels, so it knows every text by its place and its size. It is cheap beside the
//! layout itself.

use domain::Shape;
use std::ops::Range;
use typst::layout::{Abs, Axes, Frame, FrameItem, GroupItem, Point, Rect, Size, Transform};
use typst::text::TextItem;

/// The smallest type of running text, in layout units: pixels at 1080p.
const LEAST_TYPE: f64 = 28.0;
/// The share of the frame that stays empty at each side.
const EMPTY: f64 = 0.05;
/// The share of an upright frame that stays empty at its sides.
pub(crate) const EMPTY_TALL: f64 = 0.059;
/// The share of an upright frame at its lower end where players put their controls.
const CONTROLS: f64 = 0.12;
/// What rounding may move things by, in layout units.
const TOLERANCE: f64 = 1.0;
/// How far the ground of code may reach beyond the line it is broken in, in layout units.
const HANGING: f64 = 12.0;
/// Above this size a sign by itself is a mark and not a text, in layout units.
const LARGE_SIGN: f64 = 200.0;
/// The share of the smaller of two texts that must be covered by the other one for them to overlap. Lines of text may touch.
const OVERLAP: f64 = 0.3;

/// Something that is wrong with where things stand in a picture. Lengths are in layout units: pixels at 1080p.
#[derive(Debug, Clone, PartialEq)]
pub enum Violation {
    /// A text, picture or card reaches beyond the safe area.
    Outside {
        /// By how much.
        by: f64,
    },
    /// Part of a text is cut off.
    Clipped {
        /// By how much.
        by: f64,
    },
    /// A text is smaller than can be read.
    Small {
        /// Its size.
        size: f64,
    },
    /// Two texts lie upon each other.
    Overlap {
        /// How much of the smaller one is covered, from 0 to 1.
        share: f64,
    },
    /// A text, picture or card reaches into the strip that is kept for captions.
    UnderCaptions {
        /// By how much.
        by: f64,
    },
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Outside { by } => write!(f, "something reaches {by:.0} units out of the safe area"),
            Self::Clipped { by } => write!(f, "a text is cut off by {by:.0} units"),
            Self::Small { size } => write!(f, "a text is {size:.1} units high, expected at least {LEAST_TYPE}"),
            Self::UnderCaptions { by } => write!(f, "something reaches {by:.0} units into the captions"),
            Self::Overlap { share } => write!(f, "two texts lie upon each other by {:.0} %", share * 100.0),
        }
    }
}

/// Everything that is wrong on a page; nothing may stand in the rows that are kept for captions, if any.
pub(crate) fn violations(page: &Frame, shape: Shape, captions: Option<Range<f64>>) -> Vec<Violation> {
    let (safe, width) = (safe_area(page.size(), shape), page.size().x);
    let captions = captions.map(|rows| Rect::new(Point::with_y(Abs::pt(rows.start)), Point::new(width, Abs::pt(rows.end))));
    let mut found = Found { texts: Vec::new(), violations: Vec::new(), safe, width, captions };
    found.walk(page, Transform::identity(), None);
    found.overlaps();
    found.violations
}

/// Where texts and pictures may stand.
fn safe_area(size: Size, shape: Shape) -> Rect {
    let (sides, below) = if shape == Shape::Tall { (EMPTY_TALL, CONTROLS) } else { (EMPTY, EMPTY) };
    let min = Point::new(size.x * sides, size.y * sides);
    Rect::new(min, Point::new(size.x * (1.0 - sides), size.y * (1.0 - below)))
}

/// What was seen so far.
struct Found {
    texts: Vec<Rect>,
    violations: Vec<Violation>,
    safe: Rect,
    /// The width of the frame.
    width: Abs,
    /// Where captions are.
    captions: Option<Rect>,
}

impl Found {
    fn walk(&mut self, frame: &Frame, transform: Transform, clip: Option<Rect>) {
        for (at, item) in frame.items() {
            let here = transform.pre_concat(Transform::translate(at.x, at.y));
            match item {
                FrameItem::Group(group) => self.group(group, here, clip),
                FrameItem::Text(text) => self.text(text, here, clip),
                FrameItem::Image(_, size, _) => {
                    self.drawn(moved(Rect::from_pos_size(Point::zero(), *size), here), clip, TOLERANCE);
                }
                FrameItem::Shape(shape, _) if shape.fill.is_some() => {
                    self.drawn(moved(shape.bbox(false), here), clip, HANGING);
                }
                // Lines are ornaments or belong to what is filled or written.
                FrameItem::Shape(..) | FrameItem::Link(..) | FrameItem::Tag(_) => {}
            }
        }
    }

    fn group(&mut self, group: &GroupItem, transform: Transform, clip: Option<Rect>) {
        let here = transform.pre_concat(group.transform);
        let own = group.clip.as_ref().map(|_| moved(Rect::from_pos_size(Point::zero(), group.frame.size()), here));
        let clip = match (clip, own) {
            (Some(outer), Some(own)) => Some(common(outer, own)),
            (outer, own) => outer.or(own),
        };
        self.walk(&group.frame, here, clip);
    }

    fn text(&mut self, text: &TextItem, transform: Transform, clip: Option<Rect>) {
        if text.text.trim().is_empty() {
            return;
        }
        let Some(area) = ink(text) else { return };
        let area = moved(area, transform);
        self.inside(area, TOLERANCE);
        self.clear_of_captions(area);
        if let Some(clip) = clip {
            let by = beyond(area, clip);
            if by > TOLERANCE {
                self.violations.push(Violation::Clipped { by });
            }
        }
        let size = text.size.to_pt() * transform.sy.get();
        if size < LEAST_TYPE - 0.1 {
            self.violations.push(Violation::Small { size });
        }
        self.texts.push(area);
    }

    /// A picture or a card, of which only what a clip leaves is seen. What reaches from side to side, or is cut by something that
    /// does, is a ground and may.
    fn drawn(&mut self, area: Rect, clip: Option<Rect>, tolerance: f64) {
        let seen = clip.map_or(area, |clip| common(area, clip));
        self.clear_of_captions(seen);
        let spans = |area: Rect| area.min.x <= Abs::pt(0.5) && area.max.x >= self.width - Abs::pt(0.5);
        if !spans(seen) && !clip.is_some_and(spans) {
            self.inside(seen, tolerance);
        }
    }

    fn inside(&mut self, area: Rect, tolerance: f64) {
        let by = beyond(area, self.safe);
        if by > tolerance {
            self.violations.push(Violation::Outside { by });
        }
    }

    /// What reaches through the captions is a ground, too.
    fn clear_of_captions(&mut self, area: Rect) {
        let Some(captions) = self.captions else { return };
        let covered = common(area, captions);
        let by = (covered.max.y - covered.min.y).min(covered.max.x - covered.min.x).to_pt();
        let is_ground = area.min.y <= Abs::pt(0.5) && area.max.y >= captions.max.y;
        if by > TOLERANCE && !is_ground {
            self.violations.push(Violation::UnderCaptions { by });
        }
    }

    fn overlaps(&mut self) {
        for (index, one) in self.texts.iter().enumerate() {
            for other in &self.texts[..index] {
                let smaller = area(*one).min(area(*other));
                let share = area(common(*one, *other)) / smaller.max(1.0);
                if share > OVERLAP {
                    self.violations.push(Violation::Overlap { share });
                }
            }
        }
    }
}

/// The rectangle a text covers: from its first to its last sign, from the base line down a little and up to the small letters'
/// height, in which lines that are set apart never meet. A large sign by itself, such as a quotation mark, covers
/// what is drawn of it.
fn ink(text: &TextItem) -> Option<Rect> {
    if text.glyphs.len() == 1 && text.size.to_pt() > LARGE_SIGN {
        return Some(text.bbox());
    }
    let width = text.width();
    (width > Abs::zero()).then(|| Rect::new(Point::new(Abs::zero(), text.size * -0.7), Point::new(width, text.size * 0.18)))
}

/// The rectangle around a rectangle that was moved and scaled.
fn moved(rect: Rect, transform: Transform) -> Rect {
    let corners = [rect.min, rect.max].map(|corner| corner.transform(transform));
    Rect::new(corners[0].min(corners[1]), corners[0].max(corners[1]))
}

fn common(one: Rect, other: Rect) -> Rect {
    Rect::new(one.min.max(other.min), one.max.min(other.max))
}

/// The size of a rectangle in square units; nothing where it is turned inside out.
fn area(rect: Rect) -> f64 {
    let Axes { x, y } = Axes::new(rect.max.x - rect.min.x, rect.max.y - rect.min.y);
    x.to_pt().max(0.0) * y.to_pt().max(0.0)
}

/// By how much a rectangle reaches out of another one, in units.
fn beyond(inner: Rect, outer: Rect) -> f64 {
    let sides = [outer.min.x - inner.min.x, outer.min.y - inner.min.y, inner.max.x - outer.max.x, inner.max.y - outer.max.y];
    sides.into_iter().map(Abs::to_pt).fold(0.0, f64::max)
}
