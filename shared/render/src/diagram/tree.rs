//! Trees: mind maps and hierarchies, to both sides, to one side, downwards, or as lists below each branch.

use super::marks::{self, BoxMark, Drawing, Extent, LineMark, Look, Mark, Shape};
use crate::text::Text;

/// A tree with its texts set, the root first, children behind their parents.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Twig>,
}

/// One text of a tree.
#[derive(Debug, Clone)]
pub(crate) struct Twig {
    pub(crate) text: Text,
    pub(crate) depth: usize,
    /// The number of the branch of the root it belongs to; 0 for the root too.
    pub(crate) branch: usize,
    pub(crate) children: Vec<usize>,
}

/// How a tree lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// The root in the middle, branches to the left and to the right.
    BothSides,
    /// The root at the left.
    Right,
    /// The root above.
    Down,
    /// The root above, its branches as lists in so many columns.
    Lists(usize),
}

/// A tree and the sizes of its boxes for one font size.
struct Sized<'a> {
    tree: &'a Tree,
    size: f64,
    boxes: Vec<(Extent, f64)>,
    marks: Vec<Mark>,
    lines: Vec<Mark>,
}

/// What one side of a root shares: the room each node takes downwards, where each depth starts, the space between nodes, and the
/// axis at which all is mirrored.
struct Side {
    spans: Vec<f64>,
    x: Vec<f64>,
    gap: f64,
    mirror: Option<f64>,
}

/// Lays a tree out for a font size, with texts of at most so many times the font size; none where it has no room.
pub(crate) fn lay_out(tree: &Tree, arrangement: Arrangement, size: f64, text_em: f64, area: Extent) -> Option<Drawing> {
    let mut boxes = Vec::with_capacity(tree.nodes.len());
    for twig in &tree.nodes {
        let most = match arrangement {
            Arrangement::Lists(columns) if twig.depth > 0 => {
                let indent = (twig.depth - 1) as f64 * size * 1.2;
                (area.width / columns as f64 - indent - size * 3.0).min(text_em * 1.6 * size)
            }
            _ if twig.depth == 0 => text_em * size * 1.2,
            _ => text_em * size,
        };
        let text = marks::text_extent(&twig.text, size, most)?;
        let pad = if twig.depth < 2 { (size * 0.75, size * 0.45) } else { (size * 0.5, size * 0.3) };
        boxes.push((text.padded(pad.0, pad.1), text.width));
    }
    let mut sized = Sized { tree, size, boxes, marks: Vec::new(), lines: Vec::new() };
    let mut lay_out = |air: f64| {
        sized.marks.clear();
        sized.lines.clear();
        let extent = match arrangement {
            Arrangement::BothSides => sized.both_sides(air),
            Arrangement::Right => sized.one_side(air),
            Arrangement::Down => sized.down(air),
            Arrangement::Lists(columns) => sized.lists(columns, air, area.width)?,
        };
        area.holds(extent).then_some(extent)
    };
    // Where it does not fit without air, there is no need to try with more.
    lay_out(0.7)?;
    let extent = [2.4, 1.8, 1.3, 1.0, 0.7].into_iter().find_map(lay_out)?;
    let marks = [sized.lines, sized.marks].concat();
    Some(Drawing { extent, size, marks })
}

impl Sized<'_> {
    fn twig(&self, node: usize) -> &Twig {
        &self.tree.nodes[node]
    }

    fn step(&self, node: usize) -> u32 {
        let twig = self.twig(node);
        // A single branch stands from the start.
        if twig.depth == 0 || self.twig(0).children.len() < 2 { 0 } else { twig.branch as u32 + 1 }
    }

    fn put(&mut self, node: usize, x: f64, y: f64) {
        let twig = self.twig(node);
        let look = if twig.depth == 0 { Look::Strong } else { Look::Branch(twig.branch) };
        let shape = if twig.depth == 0 { Shape::Round } else { Shape::Box };
        let (extent, column) = self.boxes[node];
        let text = twig.text.clone();
        self.marks.push(Mark::Box(BoxMark { x, y, extent, shape, look, column, text, step: self.step(node) }));
    }

    fn join(&mut self, points: Vec<marks::Point>, child: usize) {
        let line = marks::line(points, false, self.size, self.step(child));
        self.lines.push(Mark::Line(LineMark { branch: Some(self.twig(child).branch), ..line }));
    }

    /// How much room each part of the tree takes across.
    fn spans(&self, across: impl Fn(Extent) -> f64, gap: f64) -> Vec<f64> {
        let mut spans = vec![0.0; self.boxes.len()];
        for node in (0..self.boxes.len()).rev() {
            let children = &self.twig(node).children;
            let inner: f64 =
                children.iter().map(|child| spans[*child]).sum::<f64>() + gap * children.len().saturating_sub(1) as f64;
            spans[node] = across(self.boxes[node].0).max(inner);
        }
        spans
    }

    /// The widest box of each depth among some branches.
    fn depths(&self, branches: &[usize], along: impl Fn(Extent) -> f64) -> Vec<f64> {
        let deepest = self.tree.nodes.iter().map(|twig| twig.depth).max().unwrap_or(0);
        let mut depths = vec![0.0_f64; deepest + 1];
        depths[0] = along(self.boxes[0].0);
        for (twig, (extent, _)) in self.tree.nodes.iter().zip(&self.boxes).skip(1) {
            if branches.contains(&twig.branch) {
                depths[twig.depth] = depths[twig.depth].max(along(*extent));
            }
        }
        depths
    }

    fn one_side(&mut self, air: f64) -> Extent {
        let spans = self.spans(|extent| extent.height, self.gap(air));
        let branches: Vec<usize> = (0..self.twig(0).children.len()).collect();
        let (x, width) = self.offsets(&branches, air);
        let height = spans[0];
        self.side(&branches, height / 2.0, &Side { spans, x, gap: self.gap(air), mirror: None });
        self.put(0, 0.0, (height - self.boxes[0].0.height) / 2.0);
        Extent { width, height }
    }

    fn both_sides(&mut self, air: f64) -> Extent {
        let gap = self.gap(air);
        let spans = self.spans(|extent| extent.height, gap);
        let children = self.twig(0).children.clone();
        let span = |branches: &[usize]| {
            branches.iter().map(|branch| spans[children[*branch]]).sum::<f64>() + gap * branches.len().saturating_sub(1) as f64
        };
        // The first branches stand to the right, as many as make both sides about as high.
        let all: Vec<usize> = (0..children.len()).collect();
        let cut = (0..=all.len())
            .min_by(|one, other| {
                let uneven = |cut: usize| (span(&all[..cut]) - span(&all[cut..])).abs();
                uneven(*one).total_cmp(&uneven(*other)).then(other.cmp(one))
            })
            .unwrap_or(0);
        let (right, left) = all.split_at(cut);
        let height = span(right).max(span(left)).max(self.boxes[0].0.height);
        let (right_x, right_width) = self.offsets(right, air);
        let (left_x, left_width) = self.offsets(left, air);
        let root = self.boxes[0].0;
        let (right_reach, left_reach) = (right_width - root.width, left_width - root.width);
        let shifted = |x: Vec<f64>| x.iter().map(|x| x + left_reach).collect();
        // The left side is the right one, mirrored at the middle of the root.
        let axis = left_reach + root.width / 2.0;
        self.side(right, height / 2.0, &Side { spans: spans.clone(), x: shifted(right_x), gap, mirror: None });
        self.side(left, height / 2.0, &Side { spans, x: shifted(left_x), gap, mirror: Some(axis) });
        self.put(0, left_reach, (height - root.height) / 2.0);
        Extent { width: left_reach + root.width + right_reach, height }
    }

    fn gap(&self, air: f64) -> f64 {
        self.size * 0.5 * air
    }

    /// Where each depth starts, and how far the last one reaches.
    fn offsets(&self, branches: &[usize], air: f64) -> (Vec<f64>, f64) {
        let gap = self.size * 1.6 * air.clamp(0.9, 2.0);
        let mut at = 0.0;
        let mut x = Vec::new();
        let mut reach = 0.0;
        for depth in self.depths(branches, |extent| extent.width) {
            x.push(at);
            if depth > 0.0 {
                reach = at + depth;
            }
            at += depth + gap;
        }
        (x, reach)
    }

    /// Places some branches of the root beside it, around a height.
    fn side(&mut self, branches: &[usize], middle: f64, side: &Side) {
        let children: Vec<usize> = branches.iter().map(|branch| self.twig(0).children[*branch]).collect();
        self.grow_all(0, &children, middle, side);
    }

    fn grow_all(&mut self, parent: usize, children: &[usize], middle: f64, side: &Side) {
        let inner = children.iter().map(|child| side.spans[*child] + side.gap).sum::<f64>() - side.gap;
        let mut top = middle - inner / 2.0;
        for child in children {
            self.grow(*child, parent, middle, top, side);
            top += side.spans[*child] + side.gap;
        }
    }

    /// Places a part of the tree whose room starts at `top`, and joins it to its parent.
    fn grow(&mut self, node: usize, parent: usize, parent_middle: f64, top: f64, side: &Side) {
        let (extent, depth) = (self.boxes[node].0, self.twig(node).depth);
        let middle = top + side.spans[node] / 2.0;
        let (from, to) = (side.x[depth - 1] + self.boxes[parent].0.width, side.x[depth]);
        let turn = |x: f64| side.mirror.map_or(x, |axis| 2.0 * axis - x);
        let half = to - self.size * 0.8;
        let points = vec![[turn(from), parent_middle], [turn(half), parent_middle], [turn(half), middle], [turn(to), middle]];
        self.join(points, node);
        self.put(node, if side.mirror.is_some() { turn(to) - extent.width } else { to }, middle - extent.height / 2.0);
        let children = self.twig(node).children.clone();
        self.grow_all(node, &children, middle, side);
    }

    fn down(&mut self, air: f64) -> Extent {
        let gap = self.size * 0.6 * air;
        let gap_down = self.size * 1.7 * air.clamp(0.9, 1.8);
        let spans = self.spans(|extent| extent.width, gap);
        let branches: Vec<usize> = (0..self.twig(0).children.len()).collect();
        let mut y = Vec::new();
        let mut at = 0.0;
        for depth in self.depths(&branches, |extent| extent.height) {
            y.push((at, depth));
            at += depth + gap_down;
        }
        self.hang(0, 0.0, &spans, &y, gap);
        Extent { width: spans[0], height: at - gap_down }
    }

    /// Places a part of the tree whose room starts at `left`.
    fn hang(&mut self, node: usize, left: f64, spans: &[f64], y: &[(f64, f64)], gap: f64) {
        let (extent, depth) = (self.boxes[node].0, self.twig(node).depth);
        let middle = left + spans[node] / 2.0;
        self.put(node, middle - extent.width / 2.0, y[depth].0);
        let children = self.twig(node).children.clone();
        let inner = children.iter().map(|child| spans[*child]).sum::<f64>() + gap * children.len().saturating_sub(1) as f64;
        let mut x = left + (spans[node] - inner) / 2.0;
        for child in children {
            let below = x + spans[child] / 2.0;
            let (from, to) = (y[depth].0 + extent.height, y[depth + 1].0);
            let half = to - (to - y[depth].0 - y[depth].1) / 2.0;
            let points = marks::rounded(&[[middle, from], [middle, half], [below, half], [below, to]], self.size * 0.5);
            self.join(points, child);
            self.hang(child, x, spans, y, gap);
            x += spans[child] + gap;
        }
    }

    /// The root above; below it columns, in each some branches with all that hangs on them, line by line. None where a column
    /// would hold nothing.
    fn lists(&mut self, columns: usize, air: f64, width: f64) -> Option<Extent> {
        let (gap, indent) = (self.size * 0.45 * air, self.size * 1.2);
        let branches = self.twig(0).children.clone();
        if branches.len() < columns {
            return None;
        }
        let rows_of = |branch: usize| -> Vec<usize> {
            (1..self.tree.nodes.len()).filter(|node| self.twig(*node).branch == branch).collect()
        };
        let height_of = |branch: usize| rows_of(branch).iter().map(|node| self.boxes[*node].0.height + gap).sum::<f64>();
        let total: f64 = (0..branches.len()).map(height_of).sum();
        let root = self.boxes[0].0;
        let top = root.height + self.size * 1.4 * air.clamp(0.8, 1.6);
        let column_gap = self.size * 1.2;
        let mut lists: Vec<Vec<usize>> = vec![Vec::new()];
        let mut filled = 0.0;
        for branch in 0..branches.len() {
            let left = branches.len() - branch;
            let is_full = filled > 0.0 && filled + height_of(branch) / 2.0 > total / columns as f64 * lists.len() as f64;
            let must = left == columns - lists.len();
            if lists.last().is_some_and(|list| !list.is_empty()) && lists.len() < columns && (is_full || must) {
                lists.push(Vec::new());
            }
            filled += height_of(branch);
            lists.last_mut()?.push(branch);
        }
        let order: Vec<Vec<usize>> = lists.iter().map(|list| list.iter().flat_map(|branch| rows_of(*branch)).collect()).collect();
        let widths: Vec<f64> = order
            .iter()
            .map(|rows| {
                rows.iter()
                    .map(|node| (self.twig(*node).depth - 1) as f64 * indent + self.boxes[*node].0.width)
                    .fold(0.0, f64::max)
            })
            .collect();
        let used: f64 = widths.iter().sum::<f64>() + column_gap * (widths.len() - 1) as f64;
        let extra = ((width - used) / widths.len() as f64).clamp(0.0, self.size * 3.0);
        let whole = (used + extra * (widths.len() - 1) as f64).max(root.width);
        let mut x = (whole - used - extra * (widths.len() - 1) as f64) / 2.0;
        let mut bottom = top;
        for (rows, list_width) in order.iter().zip(&widths) {
            let mut y = top;
            // The node at each depth that further ones hang on, and its lower edge.
            let mut above: Vec<(f64, f64)> = Vec::new();
            for (nth, node) in rows.iter().enumerate() {
                let (extent, depth) = (self.boxes[*node].0, self.twig(*node).depth);
                let left = x + (depth - 1) as f64 * indent;
                if depth == 1 {
                    if nth == 0 {
                        let (from, to) = (whole / 2.0, left + extent.width / 2.0);
                        let half = root.height + (top - root.height) / 2.0;
                        let points = marks::rounded(&[[from, root.height], [from, half], [to, half], [to, top]], self.size * 0.5);
                        self.join(points, *node);
                    }
                } else if let Some((stem, from)) = above.get(depth - 2).copied() {
                    let middle = y + extent.height / 2.0;
                    let points = marks::rounded(&[[stem, from], [stem, middle], [left, middle]], self.size * 0.3);
                    self.join(points, *node);
                }
                above.truncate(depth - 1);
                above.push((left + indent * 0.5, y + extent.height));
                self.put(*node, left, y);
                y += extent.height + gap;
            }
            bottom = bottom.max(y - gap);
            x += list_width + column_gap + extra;
        }
        self.put(0, (whole - root.width) / 2.0, 0.0);
        Some(Extent { width: whole, height: bottom })
    }
}
