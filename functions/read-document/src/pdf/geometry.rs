//! Rectangles on a page, in points, y growing downward.

/// A rectangle from its top left corner (`x0`, `y0`) to its bottom right corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x0: f32,
    pub(crate) y0: f32,
    pub(crate) x1: f32,
    pub(crate) y1: f32,
}

impl Area {
    pub(crate) fn width(&self) -> f32 {
        self.x1 - self.x0
    }

    pub(crate) fn height(&self) -> f32 {
        self.y1 - self.y0
    }

    pub(crate) fn size(&self) -> f32 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    pub(crate) fn center(&self) -> (f32, f32) {
        ((self.x0 + self.x1) / 2.0, (self.y0 + self.y1) / 2.0)
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        Self { x0: self.x0.min(other.x0), y0: self.y0.min(other.y0), x1: self.x1.max(other.x1), y1: self.y1.max(other.y1) }
    }

    pub(crate) fn intersection(&self, other: &Self) -> Option<Self> {
        let both =
            Self { x0: self.x0.max(other.x0), y0: self.y0.max(other.y0), x1: self.x1.min(other.x1), y1: self.y1.min(other.y1) };
        (both.x0 <= both.x1 && both.y0 <= both.y1).then_some(both)
    }

    pub(crate) fn grown(&self, by: f32) -> Self {
        Self { x0: self.x0 - by, y0: self.y0 - by, x1: self.x1 + by, y1: self.y1 + by }
    }

    pub(crate) fn touches(&self, other: &Self) -> bool {
        self.x0 <= other.x1 && other.x0 <= self.x1 && self.y0 <= other.y1 && other.y0 <= self.y1
    }

    pub(crate) fn contains_point(&self, (x, y): (f32, f32)) -> bool {
        (self.x0..=self.x1).contains(&x) && (self.y0..=self.y1).contains(&y)
    }

    /// How much of the shorter width both share, side by side on the x axis, from 0 to 1.
    pub(crate) fn shared_width(&self, other: &Self) -> f32 {
        let shared = self.x1.min(other.x1) - self.x0.max(other.x0);
        shared.max(0.0) / self.width().min(other.width()).max(0.1)
    }

    /// How much of the lower height both share on the y axis, from 0 to 1.
    pub(crate) fn shared_height(&self, other: &Self) -> f32 {
        let shared = self.y1.min(other.y1) - self.y0.max(other.y0);
        shared.max(0.0) / self.height().min(other.height()).max(0.1)
    }

    /// The smallest rectangle around all; none if there are none.
    pub(crate) fn around<'a>(areas: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        areas.into_iter().copied().reduce(|all, area| all.union(&area))
    }
}
