//! Diagrams: what belongs together and what follows what, as data. How they are laid out is not said here.

use serde::{Deserialize, Serialize};

/// A diagram. Texts use the notation of [`crate::inline`].
///
/// ```
/// let diagram: domain::Diagram = serde_json::from_str(r#"{
///     "form": "flow",
///     "nodes": [{"id": "a", "text": "Upload"}, {"id": "b", "text": "Is it a scan?", "shape": "diamond"}],
///     "edges": [{"from": "a", "to": "b", "text": "PDF"}]
/// }"#)?;
/// assert_eq!(diagram.name(), "flow");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Diagram {
    /// Steps and decisions with arrows between them.
    Flow {
        /// Where the arrows mostly lead; chosen by the shape of the frame where not given, or where it would not fit.
        #[serde(default)]
        direction: Option<Direction>,
        /// The nodes, in the order in which they appear.
        nodes: Vec<Node>,
        /// The arrows.
        edges: Vec<Edge>,
        /// Nodes with a common frame.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<Group>,
    },
    /// Who says what to whom, from top to bottom.
    Sequence {
        /// Who takes part, from left to right.
        actors: Vec<String>,
        /// What is said, in order.
        messages: Vec<Message>,
    },
    /// A thought and what it leads to.
    MindMap {
        /// The thought in the middle.
        root: Branch,
    },
    /// A whole and its parts.
    Hierarchy {
        /// The whole.
        root: Branch,
    },
    /// What happened when.
    Timeline {
        /// The events in order.
        events: Vec<Moment>,
    },
    /// Stages, the last of which leads to the first again.
    Cycle {
        /// The stages in order.
        stages: Vec<String>,
    },
}

/// Where the arrows of a flow mostly lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From left to right.
    Right,
    /// From top to bottom.
    Down,
}

/// A node of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The name by which edges and groups know it.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Its outline.
    #[serde(default)]
    pub shape: NodeShape,
}

/// The outline of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeShape {
    /// A step.
    #[default]
    Box,
    /// A start or an end.
    Round,
    /// A decision.
    Diamond,
}

/// An arrow of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The id of the node it leaves.
    pub from: String,
    /// The id of the node it leads to.
    pub to: String,
    /// What stands at it.
    #[serde(default)]
    pub text: Option<String>,
    /// How it is drawn.
    #[serde(default)]
    pub style: EdgeStyle,
}

/// How an edge is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeStyle {
    /// An arrow.
    #[default]
    Arrow,
    /// A dashed arrow.
    Dashed,
    /// A line without a head.
    Line,
}

/// Nodes of a flow with a common frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What they are together.
    pub title: String,
    /// The ids of the nodes.
    pub nodes: Vec<String>,
}

/// A message of a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it, as in the list of actors.
    pub from: String,
    /// To whom, as in the list of actors; the same one for what an actor does alone.
    pub to: String,
    /// What is said.
    pub text: String,
    /// Whether it answers, which is drawn dashed.
    #[serde(default)]
    pub reply: bool,
}

/// A text and what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// What it says.
    pub text: String,
    /// What hangs on it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Branch>,
}

impl Branch {
    /// How many texts there are, itself among them.
    pub fn size(&self) -> usize {
        1 + self.children.iter().map(Self::size).sum::<usize>()
    }
}

/// An event of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// When it was, such as `1969`.
    pub time: String,
    /// What happened.
    pub text: String,
}

impl Diagram {
    /// The word of its form, as it stands in the JSON form.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Flow { .. } => "flow",
            Self::Sequence { .. } => "sequence",
            Self::MindMap { .. } => "mind_map",
            Self::Hierarchy { .. } => "hierarchy",
            Self::Timeline { .. } => "timeline",
            Self::Cycle { .. } => "cycle",
        }
    }

    /// The stages of a flow that is nothing but a ring, as a cycle; any other diagram as it is.
    ///
    /// Languages for flows have no word for a cycle, so that this is how people write one.
    pub fn ring_as_cycle(self) -> Self {
        let stages = match &self {
            Self::Flow { nodes, edges, groups, .. } if groups.is_empty() => ring(nodes, edges),
            _ => None,
        };
        stages.map_or(self, |stages| Self::Cycle { stages })
    }
}

/// The texts of nodes that edges without texts join to one ring.
fn ring(nodes: &[Node], edges: &[Edge]) -> Option<Vec<String>> {
    if nodes.len() < 3 || nodes.len() != edges.len() {
        return None;
    }
    let mut stages = Vec::new();
    let mut at = &nodes.first()?.id;
    for _ in nodes {
        let node = nodes.iter().find(|node| node.id == *at)?;
        let mut leaving = edges.iter().filter(|edge| edge.from == *at);
        let (edge, other) = (leaving.next()?, leaving.next());
        if other.is_some() || edge.text.is_some() || node.shape == NodeShape::Diamond || stages.contains(&node.text) {
            return None;
        }
        stages.push(node.text.clone());
        at = &edge.to;
    }
    (*at == nodes.first()?.id).then_some(stages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(edges: &[(&str, &str)]) -> Diagram {
        let node = |id: &str| Node { id: id.to_owned(), text: id.to_uppercase(), shape: NodeShape::Box };
        let edge = |(from, to): &(&str, &str)| Edge {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            text: None,
            style: EdgeStyle::Arrow,
        };
        Diagram::Flow {
            direction: None,
            nodes: ["a", "b", "c"].map(node).into(),
            edges: edges.iter().map(edge).collect(),
            groups: vec![],
        }
    }

    #[test]
    fn a_ring_is_a_cycle() {
        let stages = ["A", "C", "B"].map(str::to_owned).into();
        assert_eq!(flow(&[("a", "c"), ("c", "b"), ("b", "a")]).ring_as_cycle(), Diagram::Cycle { stages });
        for other in [flow(&[("a", "b"), ("b", "c"), ("a", "c")]), flow(&[("a", "b"), ("b", "c")])] {
            assert_eq!(other.clone().ring_as_cycle(), other);
        }
    }

    #[test]
    fn the_word_of_a_form_is_that_of_its_json() {
        let json = serde_json::to_value(Diagram::MindMap { root: Branch { text: "T".to_owned(), children: vec![] } });
        assert_eq!(json.expect("it has a JSON form")["form"], "mind_map");
    }
}
