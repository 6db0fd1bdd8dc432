//! Diagrams that a document holds: listings in Mermaid, and numbered steps under a heading that says they are some.

use super::language::Language;
use super::speakable;
use domain::{Diagram, Edge, EdgeStyle, ListItem, Node, NodeShape, mermaid};

const LEAST_STEPS: usize = 3;
const MOST_STEPS: usize = 8;
/// A step that says more is better read as a point.
const MOST_STEP_WORDS: usize = 8;
const MOST_NODES: usize = 16;

/// The diagram of a listing; none where it is in another language, cannot be read or is too large for a screen.
pub(crate) fn of_listing(language: Option<&str>, text: &str) -> Option<Diagram> {
    if language?.split([',', ' ', '{']).next()? != "mermaid" {
        return None;
    }
    let diagram = mermaid::parse(text).ok()?.ring_as_cycle();
    crate::check::diagram_faults(&diagram).is_empty().then_some(diagram)
}

/// The flow of numbered steps, or the cycle, where the heading says that they are one.
pub(crate) fn of_steps(heading: &str, items: &[ListItem], language: Language) -> Option<Diagram> {
    let heading = heading.to_lowercase();
    let says = |words: &[&str]| heading.split(|c: char| !c.is_alphabetic()).any(|word| words.contains(&word));
    let is_cycle = says(&["cycle", "loop", "zyklus", "kreislauf", "ciclo", "cyclus"]);
    let is_flow = says(&[
        "steps",
        "procedure",
        "process",
        "pipeline",
        "workflow",
        "schritte",
        "ablauf",
        "verfahren",
        "étapes",
        "pasos",
        "passi",
        "stappen",
        "passos",
    ]);
    let count = items.len();
    if !(is_cycle || is_flow) || !(LEAST_STEPS..=MOST_STEPS).contains(&count) || items.iter().any(|item| item.depth > 0) {
        return None;
    }
    let texts: Vec<String> =
        items.iter().map(|item| speakable::shown(&item.text, language).trim_end_matches('.').to_owned()).collect();
    let is_short = |text: &String| (1..=MOST_STEP_WORDS).contains(&speakable::count_words(text)) && text.chars().count() <= 80;
    if !texts.iter().all(is_short) || count > MOST_NODES {
        return None;
    }
    if is_cycle {
        return Some(Diagram::Cycle { stages: texts });
    }
    let id = |at: usize| (at + 1).to_string();
    let edge = |at: usize| Edge { from: id(at), to: id(at + 1), text: None, style: EdgeStyle::Arrow };
    Some(Diagram::Flow {
        direction: None,
        edges: (0..count - 1).map(edge).collect(),
        nodes: texts.into_iter().enumerate().map(|(at, text)| Node { id: id(at), text, shape: NodeShape::Box }).collect(),
        groups: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(heading: &str, texts: &[&str]) -> Option<&'static str> {
        let items: Vec<ListItem> = texts.iter().map(|text| ListItem { text: (*text).to_owned(), depth: 0 }).collect();
        of_steps(heading, &items, Language::English).map(|diagram| diagram.name())
    }

    #[test]
    fn numbered_steps_under_such_a_heading_are_a_flow() {
        let short = ["Open the file.", "Read a line.", "Close it."];
        assert_eq!(steps("The procedure", &short), Some("flow"));
        assert_eq!(steps("The water cycle", &short), Some("cycle"));
        assert_eq!(steps("Our results", &short), None);
        assert_eq!(steps("Steps", &short[..2]), None);
        assert_eq!(steps("Steps", &["One", "Two", "This one says far more than anybody would put into a box"]), None);
    }

    #[test]
    fn listings_in_mermaid_are_diagrams() {
        assert_eq!(of_listing(Some("mermaid"), "graph TD\na --> b").map(|diagram| diagram.name()), Some("flow"));
        assert_eq!(of_listing(Some("mermaid"), "graph TD\na --> b --> c --> a").map(|diagram| diagram.name()), Some("cycle"));
        assert_eq!(of_listing(Some("mermaid"), "gantt\na : b"), None);
        assert_eq!(of_listing(Some("python"), "graph TD\na --> b"), None);
    }
}
