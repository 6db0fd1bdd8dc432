//! What a diagram must keep to be drawn and read.

use super::Faults;
use crate::{Branch, Diagram};

const MOST_NODES: usize = 16;
const MOST_EDGES: usize = 28;
const MOST_GROUPS: usize = 5;
const MOST_ACTORS: usize = 6;
const MOST_MESSAGES: usize = 8;
const MOST_BRANCHES: usize = 24;
const MOST_DEPTH: usize = 4;
const MOST_EVENTS: usize = 8;
const MOST_TEXT: usize = 120;

impl Faults {
    pub(super) fn diagram(&mut self, place: &str, diagram: &Diagram) {
        let field = |name: &str| format!("{place}.{name}");
        match diagram {
            Diagram::Flow { nodes, edges, groups, .. } => {
                self.count(&field("nodes"), nodes.len(), 1, MOST_NODES);
                self.count(&field("edges"), edges.len(), 0, MOST_EDGES);
                self.count(&field("groups"), groups.len(), 0, MOST_GROUPS);
                let known = |id: &String| nodes.iter().any(|node| node.id == *id);
                for (at, node) in nodes.iter().enumerate() {
                    self.label(&format!("{place}.nodes[{at}].text"), &node.text);
                    let is_first = !nodes[..at].iter().any(|other| other.id == node.id);
                    self.unless(is_first, || format!("{place}.nodes[{at}] has the id of another node"));
                }
                for (at, edge) in edges.iter().enumerate() {
                    self.unless(known(&edge.from) && known(&edge.to), || {
                        format!("{place}.edges[{at}] names a node that is not there")
                    });
                    if let Some(text) = &edge.text {
                        self.label(&format!("{place}.edges[{at}].text"), text);
                    }
                }
                for (at, group) in groups.iter().enumerate() {
                    self.label(&format!("{place}.groups[{at}].title"), &group.title);
                    self.unless(group.nodes.iter().all(known), || format!("{place}.groups[{at}] names a node that is not there"));
                }
            }
            Diagram::Sequence { actors, messages } => {
                self.count(&field("actors"), actors.len(), 1, MOST_ACTORS);
                self.count(&field("messages"), messages.len(), 1, MOST_MESSAGES);
                self.labels(&field("actors"), actors.iter());
                self.labels(&field("messages"), messages.iter().map(|message| &message.text));
                for (at, message) in messages.iter().enumerate() {
                    self.unless(actors.contains(&message.from) && actors.contains(&message.to), || {
                        format!("{place}.messages[{at}] names an actor that is not there")
                    });
                }
            }
            Diagram::MindMap { root } | Diagram::Hierarchy { root } => {
                self.count(&field("root"), root.size(), 2, MOST_BRANCHES);
                self.unless(depth(root) <= MOST_DEPTH, || {
                    format!("{place}.root is {} levels deep, expected at most {MOST_DEPTH}", depth(root))
                });
                let mut texts = Vec::new();
                collect(root, &mut texts);
                self.labels(&field("root"), texts.into_iter());
            }
            Diagram::Timeline { events } => {
                self.count(&field("events"), events.len(), 2, MOST_EVENTS);
                self.labels(&field("events"), events.iter().flat_map(|event| [&event.time, &event.text]));
            }
            Diagram::Cycle { stages } => {
                self.count(&field("stages"), stages.len(), 2, MOST_EVENTS);
                self.labels(&field("stages"), stages.iter());
            }
        }
    }

    fn count(&mut self, what: &str, count: usize, least: usize, most: usize) {
        self.unless((least..=most).contains(&count), || format!("{what} has {count} parts, expected {least} to {most}"));
    }

    fn label(&mut self, what: &str, text: &str) {
        self.text(what, text, 1, MOST_TEXT);
    }

    fn labels<'a>(&mut self, what: &str, texts: impl Iterator<Item = &'a String>) {
        for (at, text) in texts.enumerate() {
            self.label(&format!("{what}[{at}]"), text);
        }
    }
}

fn depth(branch: &Branch) -> usize {
    1 + branch.children.iter().map(depth).max().unwrap_or(0)
}

fn collect<'a>(branch: &'a Branch, texts: &mut Vec<&'a String>) {
    texts.push(&branch.text);
    for child in &branch.children {
        collect(child, texts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mermaid;

    fn check(diagram: &Diagram, expected: &[&str]) {
        let mut faults = Faults(Vec::new());
        faults.diagram("diagram", diagram);
        assert_eq!(faults.0.len(), expected.len(), "{:?}", faults.0);
        assert!(faults.0.iter().zip(expected).all(|(fault, part)| fault.contains(part)), "{:?}", faults.0);
    }

    fn read(source: &str) -> Diagram {
        mermaid::parse(source).expect("it is a diagram")
    }

    #[test]
    fn what_is_read_from_a_sound_source_is_sound() {
        for source in [
            "graph TD\nsubgraph G\na[One] -->|yes| b\nend",
            "sequenceDiagram\nA->>B: Ask\nB-->>A: Answer",
            "mindmap\n root\n  one\n  two",
            "timeline\n 1969 : Moon\n 1971 : Mail",
        ] {
            check(&read(source), &[]);
        }
        check(&Diagram::Cycle { stages: vec!["One".to_owned(), "Two".to_owned()] }, &[]);
    }

    #[test]
    fn a_diagram_has_its_limits() {
        let many: String = (0..17).map(|at| format!("n{at}\n")).collect();
        check(&read(&format!("graph TD\n{many}")), &["nodes has 17 parts, expected 1 to 16"]);
        let Diagram::Flow { direction, nodes, mut edges, groups } = read("graph TD\na --> b") else { panic!("a flow") };
        edges[0].to = "c".to_owned();
        check(&Diagram::Flow { direction, nodes, edges, groups }, &["edges[0] names a node that is not there"]);
        check(&read("mindmap\n a\n  b\n   c\n    d\n     e"), &["5 levels deep"]);
        check(&Diagram::Cycle { stages: vec![String::new()] }, &["stages has 1 parts", "stages[0] has 0 characters"]);
    }
}
