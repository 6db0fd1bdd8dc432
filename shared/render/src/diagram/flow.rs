//! Flows in layers, after Sugiyama, Tagawa and Toda (<https://doi.org/10.1109/TSMC.1981.4308636>): edges that close a ring are
//! turned, nodes get layers, long edges and texts of edges get places in every layer they pass, the order within each layer is
//! chosen so that few edges cross, and places are spread so that edges run straight. A group keeps a lane of its own.
//!
//! All of it happens along one axis, in which the arrows lead, and across it; only at the end they become x and y.

use super::marks::{self, BoxMark, Drawing, Extent, LineMark, Look, Mark, Point, Shape};
use crate::spread::spread;
use crate::text::Text;
use domain::{Direction, EdgeStyle};

/// A flow with its texts set; edges name nodes by their index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flow {
    pub(crate) nodes: Vec<(Text, Shape)>,
    pub(crate) edges: Vec<Arrow>,
    pub(crate) groups: Vec<(Text, Vec<usize>)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Arrow {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) text: Text,
    pub(crate) style: EdgeStyle,
}

/// How the layers of a flow lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Arrangement {
    Layers(Direction),
    /// A chain in rows, each read from the left.
    Rows,
}

/// What takes room in a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Content {
    Node(usize),
    Label(usize),
    /// A place an edge passes.
    Bend,
}

#[derive(Debug, Clone)]
struct Slot {
    content: Content,
    /// How much room it takes in the direction of the arrows, and across it.
    along: f64,
    across: f64,
    lane: usize,
    layer: usize,
    /// Its middle across.
    place: f64,
}

/// The way of an edge through the layers, from the earlier to the later node.
#[derive(Debug, Clone)]
struct Way {
    edge: usize,
    slots: Vec<usize>,
    turned: bool,
}

/// What stands in which layer, in its order.
#[derive(Debug, Clone)]
pub(crate) struct Layers {
    slots: Vec<Slot>,
    layers: Vec<Vec<usize>>,
    ways: Vec<Way>,
}

/// Lays a flow out for a font size, with texts of at most so many times the font size; none where it has no room.
pub(crate) fn lay_out(
    flow: &Flow,
    layers: &Layers,
    arrangement: Arrangement,
    size: f64,
    text_em: f64,
    area: Extent,
) -> Option<Drawing> {
    let boxes: Option<Vec<(Extent, f64)>> =
        flow.nodes.iter().map(|(text, shape)| node_extent(text, *shape, size, text_em)).collect();
    match arrangement {
        Arrangement::Rows => in_rows(flow, &boxes?, size, area),
        Arrangement::Layers(direction) => in_layers(flow, layers.clone(), &boxes?, direction, size, area),
    }
}

/// The size of a node and of the column its text is set in.
fn node_extent(text: &Text, shape: Shape, size: f64, text_em: f64) -> Option<(Extent, f64)> {
    let inner = marks::text_extent(text, size, text_em * size)?;
    let least = size * 2.4;
    let extent = match shape {
        Shape::Box => inner.padded(size * 0.75, size * 0.55),
        Shape::Round => inner.padded(size * 0.95, size * 0.55),
        Shape::Diamond => {
            // A rhombus holds a rectangle whose shares of its width and height add up to one.
            let share = if inner.height < size * 1.5 { 0.62 } else { 0.54 };
            Extent { width: (inner.width + size * 0.3) / share, height: (inner.height + size * 0.1) / (1.0 - share) }
        }
    };
    Some((Extent { width: extent.width.max(least * 1.4), height: extent.height.max(least * 0.9) }, inner.width))
}

// ---- Layers ----

fn in_layers(
    flow: &Flow,
    mut layers: Layers,
    boxes: &[(Extent, f64)],
    direction: Direction,
    size: f64,
    area: Extent,
) -> Option<Drawing> {
    /// The space between things, as shares of the usual one: the more room, the more air.
    const AIR: [f64; 6] = [0.9, 1.15, 1.5, 2.0, 2.6, 3.3];
    let turn = |extent: Extent| match direction {
        Direction::Right => (extent.width, extent.height),
        Direction::Down => (extent.height, extent.width),
    };
    let (area_along, area_across) = turn(area);
    let mut labels = Vec::with_capacity(flow.edges.len());
    for arrow in &flow.edges {
        let size = marks::edge_size(size);
        labels.push(if arrow.text.is_empty() {
            None
        } else {
            Some(marks::text_extent(&arrow.text, size, size * 8.0)?.padded(8.0, 2.0))
        });
    }
    for slot in &mut layers.slots {
        (slot.along, slot.across) = match slot.content {
            Content::Node(node) => turn(boxes[node].0),
            Content::Label(edge) => turn(labels[edge].unwrap_or_default()),
            Content::Bend => (0.0, size * 0.5),
        };
    }
    // Frames need room for their titles: above, so across where arrows lead to the right.
    let (pad, title) = (size * 0.8, size * 1.5);
    let frames = match (flow.groups.is_empty(), direction) {
        (true, _) => Frames::default(),
        (false, Direction::Right) => Frames { before: pad, behind: pad, above: pad + title, below: pad, apart: size * 0.6 },
        (false, Direction::Down) => Frames { before: pad + title, behind: pad, above: pad, below: pad, apart: size * 0.6 },
    };
    let along = |air: f64| layers.starts(size * 1.25 * air.min(2.4), size * 0.8, &frames);
    let (starts, length) = AIR.into_iter().rev().map(along).find(|(_, length)| *length <= area_along)?;
    let lanes = lanes(flow).count;
    let mut width = layers.place(lanes, size * 0.62 * AIR[0], &frames);
    if width > area_across {
        return None;
    }
    for air in AIR.into_iter().skip(1) {
        let mut wider = layers.clone();
        let across = wider.place(lanes, size * 0.62 * air, &frames);
        if across > area_across {
            break;
        }
        (layers, width) = (wider, across);
    }
    let extent = match direction {
        Direction::Right => Extent { width: length, height: width },
        Direction::Down => Extent { width, height: length },
    };
    Some(draw(flow, boxes, &layers, &starts, direction, size, extent, (pad, title)))
}

/// The room that frames around groups need: before the first layer and behind the last one, above and below each lane, and
/// between lanes.
#[derive(Debug, Clone, Copy, Default)]
struct Frames {
    before: f64,
    behind: f64,
    above: f64,
    below: f64,
    apart: f64,
}

struct Lanes {
    of: Vec<usize>,
    count: usize,
}

/// The lane of each node: those of a group share one, the others another; in the order in which they appear.
fn lanes(flow: &Flow) -> Lanes {
    let group = |node: usize| flow.groups.iter().position(|(_, nodes)| nodes.contains(&node));
    let mut seen: Vec<Option<usize>> = Vec::new();
    let of = (0..flow.nodes.len())
        .map(|node| {
            let group = group(node);
            seen.iter().position(|known| *known == group).unwrap_or_else(|| {
                seen.push(group);
                seen.len() - 1
            })
        })
        .collect();
    Lanes { of, count: seen.len().max(1) }
}

impl Layers {
    /// Gives every node a layer, and every edge a place in each layer between its nodes, and orders them. How much room they
    /// take is not known yet.
    pub(crate) fn of(flow: &Flow) -> Self {
        let turned = turned(flow);
        let ranks = ranks(flow, &turned);
        let count = ranks.iter().max().map_or(0, |most| most + 1);
        let ends = |edge: usize| {
            let Arrow { from, to, .. } = flow.edges[edge];
            if turned[edge] { (to, from) } else { (from, to) }
        };
        // Texts of edges stand between the layers of nodes, next to the node the edge leaves.
        let gap_of_label = |edge: usize| {
            let (early, late) = ends(edge);
            if turned[edge] { ranks[late] - 1 } else { ranks[early] }
        };
        let labelled: Vec<usize> = (0..flow.edges.len()).filter(|edge| !flow.edges[*edge].text.is_empty()).collect();
        let has_labels: Vec<bool> = (0..count).map(|rank| labelled.iter().any(|edge| gap_of_label(*edge) == rank)).collect();
        let layer_of = |rank: usize| rank + has_labels[..rank].iter().filter(|has| **has).count();
        let lanes = lanes(flow);
        let total = if count == 0 { 0 } else { layer_of(count - 1) + 1 };
        let mut this = Self { slots: Vec::new(), layers: vec![Vec::new(); total], ways: Vec::new() };
        for (node, rank) in ranks.iter().enumerate() {
            this.add(Content::Node(node), layer_of(*rank), lanes.of[node]);
        }
        for (edge, turned) in turned.iter().enumerate() {
            let (early, late) = ends(edge);
            let (first, last) = (layer_of(ranks[early]), layer_of(ranks[late]));
            let label = (!flow.edges[edge].text.is_empty()).then(|| layer_of(gap_of_label(edge)) + 1);
            let mut slots = vec![early];
            for layer in first + 1..last {
                let content = if label == Some(layer) { Content::Label(edge) } else { Content::Bend };
                let lane = if 2 * layer < first + last { lanes.of[early] } else { lanes.of[late] };
                slots.push(this.add(content, layer, lane));
            }
            slots.push(late);
            this.ways.push(Way { edge, slots, turned: *turned });
        }
        this.order();
        this
    }

    fn add(&mut self, content: Content, layer: usize, lane: usize) -> usize {
        self.slots.push(Slot { content, along: 0.0, across: 0.0, lane, layer, place: 0.0 });
        self.layers[layer].push(self.slots.len() - 1);
        self.slots.len() - 1
    }

    /// For each slot those it is joined to in the layer before and in the one behind.
    fn neighbours(&self) -> Vec<[Vec<usize>; 2]> {
        let mut neighbours = vec![[Vec::new(), Vec::new()]; self.slots.len()];
        for way in &self.ways {
            for pair in way.slots.windows(2) {
                neighbours[pair[1]][0].push(pair[0]);
                neighbours[pair[0]][1].push(pair[1]);
            }
        }
        neighbours
    }

    /// Orders every layer by the middle of its neighbours, back and forth, and keeps the order with the fewest crossings.
    fn order(&mut self) {
        const SWEEPS: usize = 12;
        let neighbours = self.neighbours();
        let by_lane = |slots: &[Slot], layers: &mut [Vec<usize>]| {
            for layer in layers {
                layer.sort_by_key(|slot| slots[*slot].lane);
            }
        };
        by_lane(&self.slots, &mut self.layers);
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let forth = sweep % 2 == 0;
            let order: Vec<usize> =
                if forth { (1..self.layers.len()).collect() } else { (0..self.layers.len().saturating_sub(1)).rev().collect() };
            for layer in order {
                let positions = self.positions();
                let side = usize::from(!forth);
                let middle = |slot: usize| {
                    let near = &neighbours[slot][side];
                    if near.is_empty() {
                        positions[slot]
                    } else {
                        near.iter().map(|other| positions[*other]).sum::<f64>() / near.len() as f64
                    }
                };
                let slots = &self.slots;
                self.layers[layer].sort_by(|one, other| {
                    slots[*one].lane.cmp(&slots[*other].lane).then(middle(*one).total_cmp(&middle(*other)))
                });
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// Where each slot stands in its layer, 0 to 1.
    fn positions(&self) -> Vec<f64> {
        let mut positions = vec![0.0; self.slots.len()];
        for layer in &self.layers {
            for (at, slot) in layer.iter().enumerate() {
                positions[*slot] = (at as f64 + 0.5) / layer.len() as f64;
            }
        }
        positions
    }

    fn crossings(&self) -> usize {
        let mut rank = vec![0; self.slots.len()];
        for layer in &self.layers {
            for (at, slot) in layer.iter().enumerate() {
                rank[*slot] = at;
            }
        }
        let links: Vec<(usize, usize, usize)> = self
            .ways
            .iter()
            .flat_map(|way| way.slots.windows(2).map(|pair| (self.slots[pair[0]].layer, rank[pair[0]], rank[pair[1]])))
            .collect();
        let crosses = |(layer, a, b): &(usize, usize, usize), (other, c, d): &(usize, usize, usize)| {
            layer == other && ((a < c && b > d) || (a > c && b < d))
        };
        links.iter().enumerate().map(|(at, one)| links[at + 1..].iter().filter(|other| crosses(one, other)).count()).sum()
    }

    /// Gives every slot its place across, and returns how much room all take.
    fn place(&mut self, lanes: usize, gap: f64, frames: &Frames) -> f64 {
        let Frames { above, below, apart, .. } = *frames;
        const SWEEPS: usize = 14;
        let neighbours = self.neighbours();
        let mut start = 0.0;
        for lane in 0..lanes {
            let rows: Vec<Vec<usize>> = self
                .layers
                .iter()
                .map(|layer| layer.iter().copied().filter(|slot| self.slots[*slot].lane == lane).collect())
                .collect();
            let offsets: Vec<Vec<f64>> = rows.iter().map(|row| self.offsets(row, gap)).collect();
            for (row, offsets) in rows.iter().zip(&offsets) {
                let middle = offsets.last().copied().unwrap_or(0.0) / 2.0;
                for (slot, offset) in row.iter().zip(offsets) {
                    self.slots[*slot].place = offset - middle;
                }
            }
            for sweep in 0..SWEEPS {
                let order: Vec<usize> = if sweep % 2 == 0 { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
                for layer in order {
                    let row = &rows[layer];
                    let wished: Vec<f64> = row.iter().map(|slot| self.wish(*slot, &neighbours[*slot], sweep, lane)).collect();
                    let weights: Vec<f64> = row
                        .iter()
                        .map(|slot| if matches!(self.slots[*slot].content, Content::Node(_)) { 1.0 } else { 1.6 })
                        .collect();
                    for (slot, place) in row.iter().zip(spread(&wished, &offsets[layer], &weights)) {
                        self.slots[*slot].place = place;
                    }
                }
            }
            let edges = || rows.iter().flatten().map(|slot| &self.slots[*slot]);
            let low = edges().map(|slot| slot.place - slot.across / 2.0).fold(f64::INFINITY, f64::min);
            let high = edges().map(|slot| slot.place + slot.across / 2.0).fold(f64::NEG_INFINITY, f64::max);
            if low > high {
                continue;
            }
            for slot in rows.iter().flatten() {
                self.slots[*slot].place += start + above - low;
            }
            start += above + (high - low) + below + apart;
        }
        start - apart
    }

    /// How far the middles of the slots of a row are from the first one at least.
    fn offsets(&self, row: &[usize], gap: f64) -> Vec<f64> {
        let mut offset = 0.0;
        let mut offsets = Vec::with_capacity(row.len());
        for (at, slot) in row.iter().enumerate() {
            if let Some(before) = at.checked_sub(1).map(|before| &self.slots[row[before]]) {
                let is_bend = |slot: &Slot| slot.content == Content::Bend;
                let gap = if is_bend(before) || is_bend(&self.slots[*slot]) { gap * 0.5 } else { gap };
                offset += (before.across + self.slots[*slot].across) / 2.0 + gap;
            }
            offsets.push(offset);
        }
        offsets
    }

    /// Where a slot would stand: at the middle of those it is joined to.
    fn wish(&self, slot: usize, neighbours: &[Vec<usize>; 2], sweep: usize, lane: usize) -> f64 {
        let middle = |side: &[usize]| {
            let near: Vec<f64> =
                side.iter().filter(|other| self.slots[**other].lane == lane).map(|other| self.slots[*other].place).collect();
            (!near.is_empty()).then(|| near.iter().sum::<f64>() / near.len() as f64)
        };
        let (before, behind) = (middle(&neighbours[0]), middle(&neighbours[1]));
        let (first, second) = if sweep.is_multiple_of(2) { (before, behind) } else { (behind, before) };
        match (first, second) {
            (Some(one), Some(other)) if sweep > 7 => (one + other) / 2.0,
            (Some(one), _) => one,
            (None, Some(other)) => other,
            (None, None) => self.slots[slot].place,
        }
    }

    /// Where each layer starts and how far it reaches, and how much room all take along.
    fn starts(&self, gap: f64, label_gap: f64, frames: &Frames) -> (Vec<(f64, f64)>, f64) {
        let is_label = |layer: &Vec<usize>| !layer.iter().any(|slot| matches!(self.slots[*slot].content, Content::Node(_)));
        let mut at = frames.before;
        let mut starts = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            if index > 0 {
                at += if is_label(layer) || is_label(&self.layers[index - 1]) { label_gap.max(gap * 0.6) } else { gap };
            }
            let depth = layer.iter().map(|slot| self.slots[*slot].along).fold(0.0, f64::max);
            starts.push((at, depth));
            at += depth;
        }
        (starts, at + frames.behind)
    }
}

/// Which edges close a ring, found depth first in the order of the nodes.
fn turned(flow: &Flow) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    fn visit(node: usize, flow: &Flow, seen: &mut [Seen], turned: &mut [bool]) {
        seen[node] = Seen::Open;
        for (at, arrow) in flow.edges.iter().enumerate().filter(|(_, arrow)| arrow.from == node) {
            match seen[arrow.to] {
                Seen::No => visit(arrow.to, flow, seen, turned),
                Seen::Open => turned[at] = true,
                Seen::Done => {}
            }
        }
        seen[node] = Seen::Done;
    }
    let mut seen = vec![Seen::No; flow.nodes.len()];
    let mut turned = vec![false; flow.edges.len()];
    // Nodes that nothing leads to come first.
    let is_source = |node: &usize| !flow.edges.iter().any(|arrow| arrow.to == *node);
    let sources = (0..flow.nodes.len()).filter(is_source);
    for node in sources.chain(0..flow.nodes.len()).collect::<Vec<_>>() {
        if seen[node] == Seen::No {
            visit(node, flow, &mut seen, &mut turned);
        }
    }
    turned
}

/// The layer of each node: one behind the last of those that lead to it.
fn ranks(flow: &Flow, turned: &[bool]) -> Vec<usize> {
    let ends: Vec<(usize, usize)> = flow
        .edges
        .iter()
        .zip(turned)
        .map(|(arrow, turned)| if *turned { (arrow.to, arrow.from) } else { (arrow.from, arrow.to) })
        .collect();
    let mut ranks = vec![0_usize; flow.nodes.len()];
    for _ in 0..flow.nodes.len() {
        for (from, to) in &ends {
            ranks[*to] = ranks[*to].max(ranks[*from] + 1);
        }
    }
    // What nothing leads to stands right before what it leads to.
    for node in 0..ranks.len() {
        if !ends.iter().any(|(_, to)| *to == node)
            && let Some(next) = ends.iter().filter(|(from, _)| *from == node).map(|(_, to)| ranks[*to]).min()
        {
            ranks[node] = next - 1;
        }
    }
    ranks
}

// ---- Drawing ----

#[expect(clippy::too_many_arguments, reason = "all of them belong to one layout")]
fn draw(
    flow: &Flow,
    boxes: &[(Extent, f64)],
    layers: &Layers,
    starts: &[(f64, f64)],
    direction: Direction,
    size: f64,
    extent: Extent,
    (pad, title): (f64, f64),
) -> Drawing {
    let at = |along: f64, across: f64| -> Point {
        match direction {
            Direction::Right => [along, across],
            Direction::Down => [across, along],
        }
    };
    let middle = |slot: &Slot| {
        let (start, depth) = starts[slot.layer];
        start + depth / 2.0
    };
    let step = |node: usize| step_of(flow, node);
    let mut frames = Vec::new();
    let mut lines = Vec::new();
    let mut nodes = Vec::new();
    for slot in &layers.slots {
        let (text, shape, look, box_extent, column, step) = match slot.content {
            Content::Bend => continue,
            Content::Node(node) => {
                let (text, shape) = &flow.nodes[node];
                (text, *shape, Look::Node, boxes[node].0, boxes[node].1, step(node))
            }
            Content::Label(edge) => {
                let arrow = &flow.edges[edge];
                let (width, height) = match direction {
                    Direction::Right => (slot.along, slot.across),
                    Direction::Down => (slot.across, slot.along),
                };
                let extent = Extent { width, height };
                (&arrow.text, Shape::Box, Look::Edge, extent, width - 15.0, step(arrow.from.max(arrow.to)))
            }
        };
        let [x, y] = at(middle(slot), slot.place);
        let (x, y) = (x - box_extent.width / 2.0, y - box_extent.height / 2.0);
        nodes.push(BoxMark { x, y, extent: box_extent, shape, look, column, text: text.clone(), step });
    }
    for way in &layers.ways {
        lines.push(Mark::Line(route(flow, layers, starts, way, &at, size)));
    }
    for (text, members) in &flow.groups {
        let inside: Vec<&BoxMark> = layers
            .slots
            .iter()
            .filter(|slot| slot.content != Content::Bend)
            .zip(&nodes)
            .filter(|(slot, _)| matches!(slot.content, Content::Node(node) if members.contains(&node)))
            .map(|(_, mark)| mark)
            .collect();
        let least = |of: fn(&BoxMark) -> f64| inside.iter().map(|mark| of(mark)).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&BoxMark) -> f64| inside.iter().map(|mark| of(mark)).fold(f64::NEG_INFINITY, f64::max);
        if inside.is_empty() {
            continue;
        }
        let (x, y) = (least(|mark| mark.x) - pad, least(|mark| mark.y) - pad - title);
        let (right, bottom) = (most(|mark| mark.x + mark.extent.width) + pad, most(|mark| mark.y + mark.extent.height) + pad);
        let (x, y) = (x.max(0.0), y.max(0.0));
        let frame = Extent { width: right.min(extent.width) - x, height: bottom.min(extent.height) - y };
        frames.push(Mark::Box(BoxMark {
            x,
            y,
            extent: frame,
            shape: Shape::Box,
            look: Look::Frame,
            column: frame.width - 2.0 * pad,
            text: text.clone(),
            // It stands from the start, as axes do.
            step: 0,
        }));
    }
    let marks = frames.into_iter().chain(lines).chain(nodes.into_iter().map(Mark::Box)).collect();
    Drawing { extent, size, marks }
}

/// The step that brings a node; a single one stands.
fn step_of(flow: &Flow, node: usize) -> u32 {
    if flow.nodes.len() > 1 { node as u32 + 1 } else { 0 }
}

/// The line of an edge: straight through layers, bent between them.
fn route(flow: &Flow, layers: &Layers, starts: &[(f64, f64)], way: &Way, at: &impl Fn(f64, f64) -> Point, size: f64) -> LineMark {
    let arrow = &flow.edges[way.edge];
    // What leads back keeps beside what leads there.
    let shift = |slot: &Slot| match slot.content {
        Content::Node(node) if way.turned && flow.nodes[node].1 != Shape::Diamond => slot.across * 0.28,
        _ => 0.0,
    };
    let (first, last) = (&layers.slots[way.slots[0]], &layers.slots[way.slots[way.slots.len() - 1]]);
    let middle = |slot: &Slot| starts[slot.layer].0 + starts[slot.layer].1 / 2.0;
    let leaves = (middle(first) + first.along / 2.0, first.place + shift(first));
    let arrives = (middle(last) - last.along / 2.0, last.place + shift(last));
    // Points through which it passes: out of each layer and into the next.
    let mut through: Vec<(f64, f64)> = vec![leaves, (starts[first.layer].0 + starts[first.layer].1, leaves.1)];
    for slot in way.slots[1..way.slots.len() - 1].iter().map(|slot| &layers.slots[*slot]) {
        let (start, depth) = starts[slot.layer];
        through.extend([(start, slot.place), (start + depth, slot.place)]);
    }
    through.extend([(starts[last.layer].0, arrives.1), arrives]);
    if way.turned {
        through.reverse();
    }
    let mut points = vec![at(through[0].0, through[0].1)];
    for pair in through.windows(2) {
        let ((a, b), (c, d)) = (pair[0], pair[1]);
        if (a - c).abs() < 0.01 && (b - d).abs() < 0.01 {
            continue;
        }
        let half = (a + c) / 2.0;
        points.extend([at(half, b), at(half, d), at(c, d)]);
    }
    let has_head = arrow.style != EdgeStyle::Line;
    let step = step_of(flow, arrow.from.max(arrow.to));
    LineMark { dashed: arrow.style == EdgeStyle::Dashed, ..marks::line(points, has_head, size, step) }
}

// ---- Rows ----

/// The nodes of a flow that is one chain without texts at its edges, in order.
pub(crate) fn chain(flow: &Flow) -> Option<Vec<usize>> {
    let is_plain = flow.groups.is_empty()
        && flow.edges.len() + 1 == flow.nodes.len()
        && flow.edges.iter().all(|arrow| arrow.text.is_empty() && arrow.style != EdgeStyle::Line);
    if !is_plain {
        return None;
    }
    let mut order = vec![(0..flow.nodes.len()).find(|node| !flow.edges.iter().any(|arrow| arrow.to == *node))?];
    while order.len() < flow.nodes.len() {
        let last = *order.last()?;
        let mut next = flow.edges.iter().filter(|arrow| arrow.from == last).map(|arrow| arrow.to);
        let (only, other) = (next.next()?, next.next());
        if other.is_some() || order.contains(&only) {
            return None;
        }
        order.push(only);
    }
    Some(order)
}

/// A chain in as few rows as hold it, each read from the left.
fn in_rows(flow: &Flow, boxes: &[(Extent, f64)], size: f64, area: Extent) -> Option<Drawing> {
    let order = chain(flow)?;
    let width = boxes.iter().map(|(extent, _)| extent.width).fold(0.0, f64::max);
    let height = boxes.iter().map(|(extent, _)| extent.height).fold(0.0, f64::max);
    let count = order.len();
    (2..=count.div_ceil(2)).find_map(|rows| {
        let per_row = count.div_ceil(rows);
        let (gap_x, gap_y) = (size * 1.5, size * 1.9);
        let free = (area.width - per_row as f64 * width) / (per_row as f64 - 1.0).max(1.0);
        let free_y = (area.height - rows as f64 * height) / (rows as f64 - 1.0);
        if free < gap_x || free_y < gap_y {
            return None;
        }
        let (gap_x, gap_y) = (free.min(gap_x * 2.2), free_y.min(gap_y * 1.8));
        let extent = Extent { width: per_row as f64 * (width + gap_x) - gap_x, height: rows as f64 * (height + gap_y) - gap_y };
        let place = |nth: usize| ((nth % per_row) as f64 * (width + gap_x), (nth / per_row) as f64 * (height + gap_y));
        let mut drawing = Drawing { extent, size, marks: Vec::new() };
        for nth in 1..count {
            let ((x, y), (next_x, next_y)) = (place(nth - 1), place(nth));
            let points = if y == next_y {
                vec![[x + width, y + height / 2.0], [next_x, y + height / 2.0]]
            } else {
                let half = y + height + gap_y / 2.0;
                let (from, to) = (x + width / 2.0, next_x + width / 2.0);
                vec![[from, y + height], [from, half], [to, half], [to, next_y]]
            };
            let step = order[nth].max(order[nth - 1]) as u32 + 1;
            drawing.marks.push(Mark::Line(marks::line(marks::rounded(&points, size * 0.7), true, size, step)));
        }
        for (nth, node) in order.iter().enumerate() {
            let ((x, y), (text, shape)) = (place(nth), &flow.nodes[*node]);
            drawing.marks.push(Mark::Box(BoxMark {
                x,
                y,
                extent: Extent { width, height },
                shape: *shape,
                look: Look::Node,
                column: boxes[*node].1,
                text: text.clone(),
                step: *node as u32 + 1,
            }));
        }
        Some(drawing)
    })
}
