//! Diagrams: which of their texts are shown, and the layout in which these are largest. Nothing overlaps and nothing leaves the
//! room; where no layout holds all texts at a size people read, they are shortened, and at last stand in rows without lines.
//!
//! ```text
//! flow      layers of nodes, or a chain in rows        sequence  actors and messages
//! tree      mind maps and hierarchies                  timeline  events on a line
//! cycle     stages around an ellipse                   marks     what all of them are drawn with
//! ```

mod cycle;
mod flow;
mod marks;
mod sequence;
mod timeline;
mod tree;

pub(crate) use marks::{Drawing, Extent};

use crate::text::{Limits, Setter, Text};
use domain::{Branch, Diagram, Direction};
use marks::{BoxMark, Look, Mark, Shape};

const MAX_NODES: usize = 16;
const MAX_EDGES: usize = 28;
const MAX_GROUPS: usize = 5;
const MAX_ACTORS: usize = 6;
const MAX_MESSAGES: usize = 8;
const MAX_BRANCHES: usize = 8;
const MAX_TWIGS: usize = 24;
const MAX_DEPTH: usize = 3;
const MAX_EVENTS: usize = 8;
const MAX_STAGES: usize = 8;

/// Sizes of texts, largest first, down to the smallest that is read from a screen.
const SIZES: [f64; 12] = [60.0, 54.0, 50.0, 46.0, 43.0, 40.0, 38.0, 36.0, 34.0, 32.0, 30.0, 28.0];
/// How much of a text is shown, ever less until all have room.
const LIMITS: [Limits; 4] = [
    Limits { characters: 80, word_em: 9.0 },
    Limits { characters: 48, word_em: 7.0 },
    Limits { characters: 30, word_em: 5.2 },
    Limits { characters: 16, word_em: 4.4 },
];
/// How wide texts of nodes may be, in multiples of their size.
const TEXT_EM: [f64; 3] = [11.0, 8.0, 6.0];
/// How much larger texts must be for an arrangement that suits the frame less.
const PREFERENCE: f64 = 5.0;
/// How much larger texts must be for each turn they are wrapped narrower.
const WRAPPING: f64 = 3.0;

/// How many parts appear one after another.
pub(crate) fn steps(diagram: &Diagram) -> u32 {
    let count = match diagram {
        Diagram::Flow { nodes, .. } => distinct(nodes.iter().map(|node| node.id.as_str()), MAX_NODES).len(),
        Diagram::Sequence { actors, messages } => {
            let actors = distinct(actors.iter().map(String::as_str), MAX_ACTORS);
            messages
                .iter()
                .filter(|said| actors.contains(&said.from.as_str()) && actors.contains(&said.to.as_str()))
                .take(MAX_MESSAGES)
                .count()
        }
        Diagram::MindMap { root } | Diagram::Hierarchy { root } => root.children.len().min(MAX_BRANCHES),
        Diagram::Timeline { events } => events.len().min(MAX_EVENTS),
        Diagram::Cycle { stages } => stages.len().min(MAX_STAGES),
    };
    if count > 1 { count as u32 } else { 0 }
}

/// Lays a diagram out in the room below the heading; it begins where lines of its language do.
pub(crate) fn drawing(diagram: &Diagram, area: Extent, setter: &mut Setter) -> Drawing {
    let drawing = from_the_left(diagram, area, setter);
    if setter.is_right_to_left() { drawing.mirrored() } else { drawing }
}

fn from_the_left(diagram: &Diagram, area: Extent, setter: &mut Setter) -> Drawing {
    for limits in LIMITS {
        let mut set = |text: &str| setter.text(text, limits);
        let drawing = match diagram {
            Diagram::Flow { direction, .. } => flow_drawing(&flow(diagram, &mut set), *direction, area),
            Diagram::Sequence { .. } => {
                let sequence = sequence(diagram, &mut set);
                SIZES.into_iter().find_map(|size| sequence::lay_out(&sequence, size, area))
            }
            Diagram::MindMap { root } => tree_drawing(&tree(root, &mut set), true, area),
            Diagram::Hierarchy { root } => tree_drawing(&tree(root, &mut set), false, area),
            Diagram::Timeline { events } => {
                let events: Vec<timeline::Event> =
                    events.iter().take(MAX_EVENTS).map(|event| (set(&event.time), set(&event.text))).collect();
                timeline_drawing(&events, area)
            }
            Diagram::Cycle { stages } => {
                let stages: Vec<Text> = stages.iter().take(MAX_STAGES).map(|stage| set(stage)).collect();
                largest(&[()], |(), size, text_em| cycle::lay_out(&stages, size, text_em, area))
            }
        };
        if let Some(drawing) = drawing {
            return drawing;
        }
    }
    let last = LIMITS[LIMITS.len() - 1];
    in_grid(&texts(diagram).into_iter().map(|text| setter.text(text, last)).collect::<Vec<_>>(), area)
}

/// The first different words.
fn distinct<'a>(words: impl Iterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for word in words {
        if !seen.contains(&word) {
            seen.push(word);
        }
        if seen.len() == most {
            break;
        }
    }
    seen
}

/// The drawing with the largest texts; an arrangement further behind must have texts so much larger, and so must one with
/// narrower texts.
fn largest<A: Copy>(arrangements: &[A], lay_out: impl Fn(A, f64, f64) -> Option<Drawing>) -> Option<Drawing> {
    let mut best: Option<(f64, Drawing)> = None;
    for (rank, arrangement) in arrangements.iter().enumerate() {
        for (narrowness, text_em) in TEXT_EM.into_iter().enumerate() {
            let cost = if rank == 0 { 0.0 } else { PREFERENCE } + narrowness as f64 * WRAPPING;
            // Only what would be better is tried.
            let least = best.as_ref().map_or(0.0, |(worth, _)| worth + cost);
            let better = SIZES.into_iter().filter(|size| best.is_none() || *size > least);
            let Some(drawing) = better.into_iter().find_map(|size| lay_out(*arrangement, size, text_em)) else { continue };
            best = Some((drawing.size - cost, drawing));
        }
    }
    best.map(|(_, drawing)| drawing)
}

fn is_wide(area: Extent) -> bool {
    area.width > area.height * 1.1
}

fn flow(diagram: &Diagram, set: &mut impl FnMut(&str) -> Text) -> flow::Flow {
    let Diagram::Flow { nodes, edges, groups, .. } = diagram else { return flow::Flow::default() };
    let ids = distinct(nodes.iter().map(|node| node.id.as_str()), MAX_NODES);
    let index = |id: &str| ids.iter().position(|known| *known == id);
    let shape = |shape| match shape {
        domain::NodeShape::Box => Shape::Box,
        domain::NodeShape::Round => Shape::Round,
        domain::NodeShape::Diamond => Shape::Diamond,
    };
    let mut flow = flow::Flow::default();
    for id in &ids {
        let node = nodes.iter().find(|node| node.id == *id);
        flow.nodes.extend(node.map(|node| (set(&node.text), shape(node.shape))));
    }
    for edge in edges {
        let (Some(from), Some(to)) = (index(&edge.from), index(&edge.to)) else { continue };
        let is_known = flow.edges.iter().any(|other| other.from == from && other.to == to);
        if from != to && !is_known && flow.edges.len() < MAX_EDGES {
            let text = edge.text.as_deref().map(&mut *set).unwrap_or_default();
            flow.edges.push(flow::Arrow { from, to, text, style: edge.style });
        }
    }
    let mut taken = Vec::new();
    for group in groups.iter().take(MAX_GROUPS) {
        let members: Vec<usize> = group.nodes.iter().filter_map(|id| index(id)).filter(|node| !taken.contains(node)).collect();
        if !members.is_empty() {
            taken.extend(members.iter().copied());
            flow.groups.push((set(&group.title), members));
        }
    }
    flow
}

fn flow_drawing(flow: &flow::Flow, direction: Option<Direction>, area: Extent) -> Option<Drawing> {
    use flow::Arrangement::{Layers, Rows};
    let suited = if is_wide(area) { Direction::Right } else { Direction::Down };
    let other = if suited == Direction::Right { Direction::Down } else { Direction::Right };
    let mut arrangements = vec![Layers(suited), Layers(other), Rows];
    if direction == Some(other) && !is_wide(area) {
        arrangements.swap(0, 1);
    }
    let lay_out = |flow: &flow::Flow| {
        let layers = flow::Layers::of(flow);
        largest(&arrangements, |arrangement, size, text_em| flow::lay_out(flow, &layers, arrangement, size, text_em, area))
    };
    // Frames cost much room; rather none than no diagram.
    lay_out(flow)
        .or_else(|| if flow.groups.is_empty() { None } else { lay_out(&flow::Flow { groups: Vec::new(), ..flow.clone() }) })
}

fn sequence(diagram: &Diagram, set: &mut impl FnMut(&str) -> Text) -> sequence::Sequence {
    let Diagram::Sequence { actors, messages } = diagram else { return sequence::Sequence::default() };
    let names = distinct(actors.iter().map(String::as_str), MAX_ACTORS);
    let index = |name: &str| names.iter().position(|known| *known == name);
    let said = |message: &domain::Message| {
        let (from, to) = (index(&message.from)?, index(&message.to)?);
        Some(sequence::Said { from, to, text: set(&message.text), reply: message.reply })
    };
    let messages = messages.iter().filter_map(said).take(MAX_MESSAGES).collect();
    sequence::Sequence { actors: names.iter().map(|name| set(name)).collect(), messages }
}

/// The upper part of a tree: the first branches, each with as much of what hangs on it as there is room for.
fn tree(root: &Branch, set: &mut impl FnMut(&str) -> Text) -> tree::Tree {
    // Level by level, so that no branch is left out for what hangs on another one.
    let mut kept: Vec<(&Branch, usize, usize, usize)> = vec![(root, 0, 0, 0)];
    let mut at = 0;
    while at < kept.len() {
        let (branch, depth, number, _) = kept[at];
        let most = if depth == 0 { MAX_BRANCHES } else { MAX_TWIGS };
        for (nth, child) in branch.children.iter().take(most).enumerate() {
            if depth < MAX_DEPTH && kept.len() < MAX_TWIGS {
                kept.push((child, depth + 1, if depth == 0 { nth } else { number }, at));
            }
        }
        at += 1;
    }
    fn push(
        at: usize,
        kept: &[(&Branch, usize, usize, usize)],
        nodes: &mut Vec<tree::Twig>,
        set: &mut impl FnMut(&str) -> Text,
    ) -> usize {
        let (branch, depth, number, _) = kept[at];
        let own = nodes.len();
        nodes.push(tree::Twig { text: set(&branch.text), depth, branch: number, children: Vec::new() });
        for child in (at + 1..kept.len()).filter(|child| kept[*child].3 == at) {
            let index = push(child, kept, nodes, set);
            nodes[own].children.push(index);
        }
        own
    }
    let mut tree = tree::Tree::default();
    push(0, &kept, &mut tree.nodes, set);
    tree
}

fn tree_drawing(tree: &tree::Tree, is_map: bool, area: Extent) -> Option<Drawing> {
    use tree::Arrangement::{BothSides, Down, Lists, Right};
    let arrangements: &[tree::Arrangement] = match (is_map, is_wide(area)) {
        (true, true) => &[BothSides, Right, Lists(4), Lists(3), Lists(2)],
        (true, false) => &[BothSides, Lists(1), Lists(2), Right],
        (false, true) => &[Down, Right, Lists(5), Lists(4), Lists(3), Lists(2)],
        (false, false) => &[Down, Lists(1), Lists(2), Right],
    };
    largest(arrangements, |arrangement, size, text_em| tree::lay_out(tree, arrangement, size, text_em, area))
}

fn timeline_drawing(events: &[timeline::Event], area: Extent) -> Option<Drawing> {
    use timeline::Arrangement::{Across, Alternating, Down};
    let arrangements = if is_wide(area) { [Across, Alternating, Down] } else { [Down, Across, Alternating] };
    largest(&arrangements, |arrangement, size, _| timeline::lay_out(events, arrangement, size, area))
}

/// Every text of a diagram that has a step, in order.
fn texts(diagram: &Diagram) -> Vec<&str> {
    match diagram {
        Diagram::Flow { nodes, .. } => {
            let ids = distinct(nodes.iter().map(|node| node.id.as_str()), MAX_NODES);
            let text = |id: &&str| nodes.iter().find(|node| node.id == *id).map(|node| node.text.as_str());
            ids.iter().filter_map(text).collect()
        }
        Diagram::Sequence { actors, messages } => {
            let actors = distinct(actors.iter().map(String::as_str), MAX_ACTORS);
            let is_known = |said: &&domain::Message| actors.contains(&said.from.as_str()) && actors.contains(&said.to.as_str());
            messages.iter().filter(is_known).take(MAX_MESSAGES).map(|said| said.text.as_str()).collect()
        }
        Diagram::MindMap { root } | Diagram::Hierarchy { root } => {
            root.children.iter().take(MAX_BRANCHES).map(|branch| branch.text.as_str()).collect()
        }
        Diagram::Timeline { events } => events.iter().take(MAX_EVENTS).map(|event| event.text.as_str()).collect(),
        Diagram::Cycle { stages } => stages.iter().take(MAX_STAGES).map(String::as_str).collect(),
    }
}

/// Texts in rows of cards, without lines: what is left where no layout has room.
fn in_grid(texts: &[Text], area: Extent) -> Drawing {
    let size = SIZES[SIZES.len() - 1];
    let count = texts.len().max(1);
    let columns = if is_wide(area) { count.div_ceil(4).max(count.min(4)) } else { 2 };
    let rows = count.div_ceil(columns);
    let gap = size * 0.6;
    let width = (area.width - gap * (columns as f64 - 1.0)) / columns as f64;
    let height = ((area.height - gap * (rows as f64 - 1.0)) / rows as f64).min(size * 6.0);
    let mut drawing =
        Drawing { extent: Extent { width: area.width, height: rows as f64 * (height + gap) - gap }, size, marks: Vec::new() };
    for (nth, text) in texts.iter().enumerate() {
        drawing.marks.push(Mark::Box(BoxMark {
            x: (nth % columns) as f64 * (width + gap),
            y: (nth / columns) as f64 * (height + gap),
            extent: Extent { width, height },
            shape: Shape::Box,
            look: Look::Branch(nth),
            column: width - size,
            text: text.clone(),
            step: if count > 1 { nth as u32 + 1 } else { 0 },
        }));
    }
    drawing
}

#[cfg(test)]
mod tests;
