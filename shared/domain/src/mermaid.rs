//! Reads the part of Mermaid that people and models write: flow charts, sequence diagrams, mind maps and timelines.
//!
//! What only concerns looks (`style`, `classDef`, `%%` comments, front matter) is passed over, and so is punctuation that
//! Mermaid itself would refuse, such as brackets within a text without quotes. The grammar is that of
//! <https://mermaid.js.org/intro/syntax-reference.html>.

use crate::diagram::{Branch, Diagram, Direction, Edge, EdgeStyle, Group, Message, Moment, Node, NodeShape};
use crate::inline;

/// Longer sources are no diagram for a screen.
const MOST_CHARACTERS: usize = 20_000;
/// Deeper mind maps cannot be drawn, and reading them would take a deep stack.
const MOST_DEPTH: usize = 12;

/// Why a source is not a diagram we read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MermaidError {
    /// The first line names no kind of diagram, or one that is not read.
    #[error("the diagram is of no kind that is read: expected flowchart, graph, sequenceDiagram, mindmap or timeline")]
    UnknownKind,
    /// The source is longer than any diagram.
    #[error("the diagram has more than 20,000 characters")]
    TooLong,
    /// A line has no meaning in its kind of diagram.
    #[error("line {line} of the diagram cannot be read")]
    Line {
        /// The number of the line, from 1.
        line: usize,
    },
    /// There is nothing in it.
    #[error("the diagram holds nothing")]
    Empty,
}

/// Reads a diagram.
///
/// ```
/// let diagram = domain::mermaid::parse("flowchart LR\n  a[Start] --> b{Done?}\n  b -->|no| a")?;
/// assert_eq!(diagram.name(), "flow");
/// # Ok::<(), domain::mermaid::MermaidError>(())
/// ```
pub fn parse(source: &str) -> Result<Diagram, MermaidError> {
    if source.chars().count() > MOST_CHARACTERS {
        return Err(MermaidError::TooLong);
    }
    let mut lines = significant(source).into_iter();
    let (_, first) = lines.next().ok_or(MermaidError::Empty)?;
    let mut words = first.split_whitespace();
    let kind = words.next().unwrap_or_default().trim_end_matches(';');
    let lines: Vec<(usize, &str)> = lines.collect();
    match kind {
        "graph" | "flowchart" | "flowchart-v2" => {
            let direction = match words.next().unwrap_or_default().trim_end_matches(';') {
                "LR" | "RL" => Some(Direction::Right),
                "TD" | "TB" | "BT" => Some(Direction::Down),
                _ => None,
            };
            flow(direction, &lines)
        }
        "sequenceDiagram" => sequence(&lines),
        "mindmap" => mind_map(&lines),
        "timeline" => timeline(&lines),
        _ => Err(MermaidError::UnknownKind),
    }
}

/// The lines that say something, with their numbers: without front matter, comments and fences.
fn significant(source: &str) -> Vec<(usize, &str)> {
    let mut in_front_matter = false;
    let mut lines = Vec::new();
    for (at, line) in source.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed == "---" && (in_front_matter || lines.is_empty()) {
            in_front_matter = !in_front_matter;
        } else if !in_front_matter && !trimmed.is_empty() && !trimmed.starts_with("%%") && !trimmed.starts_with("```") {
            lines.push((at + 1, line.trim_end()));
        }
    }
    lines
}

/// A text as it is shown: without quotes, with its breaks as spaces and its entities as signs.
fn shown(text: &str) -> String {
    const ENTITIES: [(&str, &str); 8] = [
        ("#quot;", "\""),
        ("&quot;", "\""),
        ("#amp;", "&"),
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("#35;", "#"),
        ("\\n", " "),
    ];
    let mut text = text.trim().trim_matches('"').trim_matches('`').to_owned();
    for mark in ["<br/>", "<br />", "<br>", "<b>", "</b>", "<i>", "</i>", "**"] {
        text = text.replace(mark, if mark.starts_with("<br") { " " } else { "" });
    }
    for (entity, sign) in ENTITIES {
        text = text.replace(entity, sign);
    }
    inline::escape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

// ---- Flow charts ----

#[derive(Default)]
struct Flow {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    groups: Vec<Group>,
    /// The groups that are open, innermost last.
    open: Vec<usize>,
}

fn flow(direction: Option<Direction>, lines: &[(usize, &str)]) -> Result<Diagram, MermaidError> {
    let mut flow = Flow::default();
    for (number, line) in lines {
        for statement in statements(line) {
            flow.statement(statement).ok_or(MermaidError::Line { line: *number })?;
        }
    }
    let Flow { nodes, edges, mut groups, .. } = flow;
    if nodes.is_empty() {
        return Err(MermaidError::Empty);
    }
    groups.retain(|group| !group.nodes.is_empty());
    Ok(Diagram::Flow { direction, nodes, edges, groups })
}

/// The statements of a line, divided by semicolons outside quotes and brackets.
fn statements(line: &str) -> Vec<&str> {
    let (mut start, mut depth, mut quoted) = (0, 0_i32, false);
    let mut statements = Vec::new();
    for (at, sign) in line.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            '[' | '(' | '{' if !quoted => depth += 1,
            ']' | ')' | '}' if !quoted => depth -= 1,
            ';' if !quoted && depth <= 0 => {
                statements.push(line[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    statements.push(line[start..].trim());
    statements.retain(|statement| !statement.is_empty());
    statements
}

impl Flow {
    fn statement(&mut self, statement: &str) -> Option<()> {
        let word = statement.split_whitespace().next().unwrap_or_default();
        match word {
            "style" | "classDef" | "class" | "linkStyle" | "click" | "direction" | "accTitle:" | "accDescr:" => return Some(()),
            "subgraph" => {
                let rest = statement["subgraph".len()..].trim();
                let title = rest.split_once('[').map_or(rest, |(_, title)| title.trim_end_matches(']'));
                self.open.push(self.groups.len());
                self.groups.push(Group { title: shown(title), nodes: Vec::new() });
                return Some(());
            }
            "end" if statement == "end" => {
                self.open.pop();
                return Some(());
            }
            _ => {}
        }
        let mut rest = statement;
        let mut from = self.nodes_of(&mut rest)?;
        while !rest.is_empty() {
            let (style, text) = link(&mut rest)?;
            let to = self.nodes_of(&mut rest)?;
            for one in &from {
                for other in &to {
                    self.edges.push(Edge { from: one.clone(), to: other.clone(), text: text.clone(), style });
                }
            }
            from = to;
        }
        Some(())
    }

    /// One node or several with `&` between them, taken off the start.
    fn nodes_of(&mut self, rest: &mut &str) -> Option<Vec<String>> {
        let mut ids = vec![self.node(rest)?];
        while let Some(after) = rest.strip_prefix('&') {
            *rest = after.trim_start();
            ids.push(self.node(rest)?);
        }
        Some(ids)
    }

    fn node(&mut self, rest: &mut &str) -> Option<String> {
        let end = id_end(rest);
        let id = rest[..end].to_owned();
        if id.is_empty() {
            return None;
        }
        *rest = &rest[end..];
        let outline = outline(rest);
        if let Some(after) = rest.strip_prefix(":::") {
            *rest = after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
        }
        *rest = rest.trim_start();
        match (self.nodes.iter_mut().find(|node| node.id == id), outline) {
            (Some(node), Some((shape, text))) => (node.shape, node.text) = (shape, text),
            (Some(_), None) => {}
            (None, outline) => {
                let (shape, text) = outline.unwrap_or_else(|| (NodeShape::Box, shown(&id)));
                self.nodes.push(Node { id: id.clone(), text, shape });
                if let Some(group) = self.open.last() {
                    self.groups[*group].nodes.push(id.clone());
                }
            }
        }
        Some(id)
    }
}

/// Where the id of a node ends: a hyphen may be part of it, a link may not.
fn id_end(rest: &str) -> usize {
    let mut end = 0;
    for (at, sign) in rest.char_indices() {
        let is_part = sign.is_alphanumeric() || sign == '_' || sign == '.' || sign == '/';
        let is_hyphen = sign == '-' && end > 0 && rest[at + 1..].starts_with(char::is_alphanumeric);
        if !is_part && !is_hyphen {
            break;
        }
        end = at + sign.len_utf8();
    }
    end
}

/// The outline behind an id, taken off the start: `[text]`, `(text)`, `{text}` and their relatives.
fn outline(rest: &mut &str) -> Option<(NodeShape, String)> {
    const OUTLINES: [(&str, &str, NodeShape); 13] = [
        ("(((", ")))", NodeShape::Round),
        ("((", "))", NodeShape::Round),
        ("([", "])", NodeShape::Round),
        ("[[", "]]", NodeShape::Box),
        ("[(", ")]", NodeShape::Round),
        ("[/", "/]", NodeShape::Box),
        ("[/", "\\]", NodeShape::Box),
        ("[\\", "\\]", NodeShape::Box),
        ("{{", "}}", NodeShape::Box),
        ("[", "]", NodeShape::Box),
        ("(", ")", NodeShape::Round),
        ("{", "}", NodeShape::Diamond),
        (">", "]", NodeShape::Box),
    ];
    for (open, close, shape) in OUTLINES {
        let Some(inner) = rest.strip_prefix(open) else { continue };
        if let Some(end) = closing(inner, close) {
            let text = shown(&inner[..end]);
            *rest = &inner[end + close.len()..];
            return (!text.is_empty()).then_some((shape, text));
        }
    }
    None
}

/// Where an outline closes: behind quotes and behind brackets that were opened inside.
fn closing(inner: &str, close: &str) -> Option<usize> {
    let (mut quoted, mut depth) = (false, 0_i32);
    let mut first = None;
    for (at, sign) in inner.char_indices() {
        if sign == '"' {
            quoted = !quoted;
        }
        if quoted {
            continue;
        }
        if inner[at..].starts_with(close) {
            first = first.or(Some(at));
            if depth == 0 {
                return Some(at);
            }
        }
        match sign {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth -= 1,
            _ => {}
        }
    }
    first
}

/// A link and its text, taken off the start: `-->`, `---`, `-.->`, `==>`, `--o`, `-->|text|`, `-- text -->`.
fn link(rest: &mut &str) -> Option<(EdgeStyle, Option<String>)> {
    let is_line = |sign: char| matches!(sign, '-' | '=' | '.' | '~');
    let start = rest.trim_start_matches(['<', 'o', 'x']);
    let start = if start.starts_with(is_line) { start } else { *rest };
    let first = start.find(|sign| !is_line(sign)).unwrap_or(start.len());
    if first < 2 {
        return None;
    }
    let (line, mut after) = start.split_at(first);
    let is_dashed = line.contains('.');
    let mut text = None;
    let mut has_head = take_head(&mut after);
    if !has_head && !after.trim_start().starts_with('|') && line.len() == 2 {
        // `-- text -->`: the link goes on behind its text.
        let middle = ["--", "==", ".-", "-.-"].iter().filter_map(|mark| after.find(mark)).min();
        if let Some(end) = middle {
            text = Some(shown(&after[..end]));
            after = after[end..].trim_start_matches(is_line);
            has_head = take_head(&mut after);
        }
    }
    after = after.trim_start();
    if let Some((inner, behind)) = after.strip_prefix('|').and_then(|inner| inner.split_once('|')) {
        text = Some(shown(inner));
        after = behind.trim_start();
    }
    *rest = after;
    let style = match (has_head, is_dashed) {
        (false, _) => EdgeStyle::Line,
        (true, true) => EdgeStyle::Dashed,
        (true, false) => EdgeStyle::Arrow,
    };
    Some((style, text.filter(|text| !text.is_empty())))
}

/// The head of a link: `>`, or `o` and `x` where a space follows.
fn take_head(after: &mut &str) -> bool {
    if let Some(rest) = after.strip_prefix('>') {
        *after = rest;
        return true;
    }
    if let Some(rest) = after.strip_prefix(['o', 'x']).filter(|rest| rest.starts_with([' ', '|'])) {
        *after = rest;
        return true;
    }
    false
}

// ---- Sequences ----

fn sequence(lines: &[(usize, &str)]) -> Result<Diagram, MermaidError> {
    /// Words of blocks and looks; what stands within a block is read as if it stood alone.
    const PASSED: [&str; 18] = [
        "autonumber",
        "activate",
        "deactivate",
        "loop",
        "alt",
        "else",
        "opt",
        "par",
        "and",
        "critical",
        "option",
        "break",
        "rect",
        "end",
        "box",
        "note",
        "title",
        "title:",
    ];
    // The name an actor goes by in the source, and the one that is shown.
    let mut actors: Vec<(String, String)> = Vec::new();
    let mut messages = Vec::new();
    for (number, line) in lines {
        let line = line.trim().trim_end_matches(';');
        let word = line.split_whitespace().next().unwrap_or_default();
        if PASSED.contains(&word.to_lowercase().as_str()) {
            continue;
        }
        if matches!(word, "participant" | "actor" | "create") {
            let rest = line[word.len()..].trim();
            let rest = rest.strip_prefix("participant ").or_else(|| rest.strip_prefix("actor ")).unwrap_or(rest);
            let (id, name) = rest.split_once(" as ").unwrap_or((rest, rest));
            let (id, name) = (id.trim().to_owned(), shown(name));
            match actors.iter_mut().find(|(known, _)| *known == id) {
                Some(actor) => actor.1 = name,
                None => actors.push((id, name)),
            }
            continue;
        }
        let (from, to, text, reply) = message(line).ok_or(MermaidError::Line { line: *number })?;
        for id in [&from, &to] {
            if !actors.iter().any(|(known, _)| known == id) {
                actors.push((id.clone(), shown(id)));
            }
        }
        messages.push((from, to, text, reply));
    }
    if messages.is_empty() {
        return Err(MermaidError::Empty);
    }
    let name = |id: &str| actors.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone()).unwrap_or_default();
    let messages =
        messages.into_iter().map(|(from, to, text, reply)| Message { from: name(&from), to: name(&to), text, reply }).collect();
    Ok(Diagram::Sequence { actors: actors.iter().map(|(_, name)| name.clone()).collect(), messages })
}

/// `A->>B: text` and its relatives.
fn message(line: &str) -> Option<(String, String, String, bool)> {
    const ARROWS: [(&str, bool); 10] = [
        ("<<-->>", true),
        ("<<->>", false),
        ("-->>", true),
        ("->>", false),
        ("--x", true),
        ("--)", true),
        ("-->", true),
        ("-x", false),
        ("-)", false),
        ("->", false),
    ];
    let (ends, text) = line.split_once(':').unwrap_or((line, ""));
    let (at, arrow, reply) = ARROWS
        .iter()
        .filter_map(|(arrow, reply)| ends.find(arrow).map(|at| (at, *arrow, *reply)))
        .min_by_key(|(at, arrow, _)| (*at, usize::MAX - arrow.len()))?;
    let (from, to) = (ends[..at].trim(), ends[at + arrow.len()..].trim().trim_start_matches(['+', '-']).trim());
    let text = shown(text);
    let text = if text.is_empty() { "…".to_owned() } else { text };
    (!from.is_empty() && !to.is_empty()).then(|| (from.to_owned(), to.to_owned(), text, reply))
}

// ---- Mind maps and timelines ----

fn mind_map(lines: &[(usize, &str)]) -> Result<Diagram, MermaidError> {
    // Branches that are open, outermost first, with how far their lines are indented.
    let mut open: Vec<(usize, Branch)> = Vec::new();
    for (number, line) in lines {
        let text = line.trim();
        if text.starts_with("::icon") || text.starts_with(":::") {
            continue;
        }
        let indent = line.chars().take_while(|sign| sign.is_whitespace()).map(|sign| if sign == '\t' { 4 } else { 1 }).sum();
        while open.len() > 1 && open.last().is_some_and(|(other, _)| *other >= indent) {
            close(&mut open);
        }
        if open.len() > MOST_DEPTH {
            return Err(MermaidError::Line { line: *number });
        }
        open.push((if open.is_empty() { 0 } else { indent }, Branch { text: branch_text(text), children: Vec::new() }));
    }
    while open.len() > 1 {
        close(&mut open);
    }
    let (_, root) = open.pop().ok_or(MermaidError::Empty)?;
    Ok(Diagram::MindMap { root })
}

/// Hangs the innermost open branch on the one before.
fn close(open: &mut Vec<(usize, Branch)>) {
    if let Some((_, branch)) = open.pop()
        && let Some((_, parent)) = open.last_mut()
    {
        parent.children.push(branch);
    }
}

/// The text of a branch: `id((text))` or bare.
fn branch_text(text: &str) -> String {
    let mut rest = &text[id_end(text)..];
    match outline(&mut rest) {
        Some((_, inner)) if rest.trim().is_empty() || rest.starts_with(":::") => inner,
        _ => shown(text.trim_start_matches(['-', '*', ' '])),
    }
}

fn timeline(lines: &[(usize, &str)]) -> Result<Diagram, MermaidError> {
    let mut events: Vec<Moment> = Vec::new();
    for (number, line) in lines {
        let line = line.trim();
        let word = line.split_whitespace().next().unwrap_or_default();
        if matches!(word, "title" | "section") {
            continue;
        }
        let mut parts = line.split(" : ").flat_map(|part| part.split(": ")).map(str::trim);
        let time = parts.next().unwrap_or_default().trim_end_matches(':');
        let texts: Vec<String> = parts.map(|part| shown(part.trim_start_matches(':'))).filter(|text| !text.is_empty()).collect();
        match (time.is_empty() || line.starts_with(':'), events.last_mut()) {
            (true, Some(event)) => {
                let more = shown(line.trim_start_matches(':'));
                event.text = format!("{}; {more}", event.text);
            }
            (true, None) => return Err(MermaidError::Line { line: *number }),
            (false, _) => events.push(Moment { time: shown(time), text: texts.join("; ") }),
        }
    }
    if events.is_empty() { Err(MermaidError::Empty) } else { Ok(Diagram::Timeline { events }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A flow in short: `id(shape)text` of its nodes, `from>to:text` of its edges.
    fn read(source: &str) -> (Vec<String>, Vec<String>) {
        let Ok(Diagram::Flow { nodes, edges, .. }) = parse(source) else { panic!("{:?}", parse(source)) };
        let node = |node: &Node| format!("{} {} {:?}", node.id, node.text, node.shape);
        let edge = |edge: &Edge| format!("{}>{} {} {:?}", edge.from, edge.to, edge.text.as_deref().unwrap_or("-"), edge.style);
        (nodes.iter().map(node).collect(), edges.iter().map(edge).collect())
    }

    fn check_flow(body: &str, nodes: &[&str], edges: &[&str]) {
        let (found_nodes, found_edges) = read(&format!("flowchart TD\n{body}"));
        assert_eq!(
            (found_nodes, found_edges),
            (nodes.iter().map(|s| (*s).to_owned()).collect(), edges.iter().map(|s| (*s).to_owned()).collect()),
            "{body}"
        );
    }

    #[test]
    fn links_of_every_look_are_read() {
        check_flow("a-->b", &["a a Box", "b b Box"], &["a>b - Arrow"]);
        check_flow("a --- b", &["a a Box", "b b Box"], &["a>b - Line"]);
        check_flow("a -.-> b", &["a a Box", "b b Box"], &["a>b - Dashed"]);
        check_flow("a ==> b", &["a a Box", "b b Box"], &["a>b - Arrow"]);
        check_flow("a -->|yes, it is| b", &["a a Box", "b b Box"], &["a>b yes, it is Arrow"]);
        check_flow("a -- no --> b", &["a a Box", "b b Box"], &["a>b no Arrow"]);
        check_flow("a -. maybe .-> b", &["a a Box", "b b Box"], &["a>b maybe Dashed"]);
        check_flow("a ----> b --o c", &["a a Box", "b b Box", "c c Box"], &["a>b - Arrow", "b>c - Arrow"]);
    }

    #[test]
    fn nodes_of_every_shape_are_read() {
        check_flow(
            "a[One two] --> b(Round) --> c{Is it?}",
            &["a One two Box", "b Round Round", "c Is it? Diamond"],
            &["a>b - Arrow", "b>c - Arrow"],
        );
        check_flow(
            "a([Start])\nb[(Store)]\nc((Dot))\nd{{Hex}}\ne[/In/]",
            &["a Start Round", "b Store Round", "c Dot Round", "d Hex Box", "e In Box"],
            &[],
        );
        check_flow("a & b --> c", &["a a Box", "b b Box", "c c Box"], &["a>c - Arrow", "b>c - Arrow"]);
        check_flow(
            "my-node[\"Quoted; [x] --> y\"]:::big --> b",
            &["my-node Quoted; [x] --> y Box", "b b Box"],
            &["my-node>b - Arrow"],
        );
    }

    #[test]
    fn sloppy_charts_are_read_too() {
        check_flow(
            "a[Call f(x) first] --> b[Line<br/>break]; b-->a",
            &["a Call f(x) first Box", "b Line break Box"],
            &["a>b - Arrow", "b>a - Arrow"],
        );
        check_flow("%% a comment\nstyle a fill:#fff\na --> b\nclassDef x color:red", &["a a Box", "b b Box"], &["a>b - Arrow"]);
        check_flow("a --> b\na[Later named]", &["a Later named Box", "b b Box"], &["a>b - Arrow"]);
    }

    #[test]
    fn groups_hold_the_nodes_that_are_named_first_in_them() {
        let source = "graph LR\nsubgraph one [The first]\n a --> b\nend\nsubgraph Second\n c\nend\nb --> c";
        let Ok(Diagram::Flow { groups, direction, .. }) = parse(source) else { panic!("{:?}", parse(source)) };
        assert_eq!(direction, Some(Direction::Right));
        let found: Vec<_> = groups.iter().map(|group| (group.title.as_str(), group.nodes.join(""))).collect();
        assert_eq!(found, [("The first", "ab".to_owned()), ("Second", "c".to_owned())]);
    }

    #[test]
    fn sequences_are_read() {
        let source = "sequenceDiagram\nparticipant C as Client\nC->>+S: Ask\nNote over C,S: x\nalt good\nS-->>-C: Answer\nend\nS->>S: Rest";
        let Ok(Diagram::Sequence { actors, messages }) = parse(source) else { panic!("{:?}", parse(source)) };
        assert_eq!(actors, ["Client", "S"]);
        let found: Vec<_> = messages.iter().map(|m| format!("{}>{} {} {}", m.from, m.to, m.text, m.reply)).collect();
        assert_eq!(found, ["Client>S Ask false", "S>Client Answer true", "S>S Rest false"]);
    }

    #[test]
    fn mind_maps_are_read() {
        let source = "mindmap\n  root((Tides))\n    Moon\n      ::icon(fa fa-moon)\n      Pulls near side\n    Sun[The Sun]";
        let Ok(Diagram::MindMap { root }) = parse(source) else { panic!("{:?}", parse(source)) };
        assert_eq!((root.text.as_str(), root.size()), ("Tides", 4));
        assert_eq!(root.children[0].children[0].text, "Pulls near side");
        assert_eq!(root.children[1].text, "The Sun");
    }

    #[test]
    fn timelines_are_read() {
        let source = "timeline\n title Flights\n section Early\n 1903 : Wright\n 1969 : Moon : Concorde\n : Jumbo";
        let Ok(Diagram::Timeline { events }) = parse(source) else { panic!("{:?}", parse(source)) };
        let found: Vec<_> = events.iter().map(|event| format!("{}|{}", event.time, event.text)).collect();
        assert_eq!(found, ["1903|Wright", "1969|Moon; Concorde; Jumbo"]);
    }

    #[test]
    fn what_is_no_diagram_is_named() {
        assert_eq!(parse(""), Err(MermaidError::Empty));
        assert_eq!(parse("flowchart TD"), Err(MermaidError::Empty));
        assert_eq!(parse("gantt\n a : 1"), Err(MermaidError::UnknownKind));
        assert_eq!(parse("graph TD\n\n a -> -> b ]["), Err(MermaidError::Line { line: 3 }));
        assert_eq!(parse("sequenceDiagram\n hello"), Err(MermaidError::Line { line: 2 }));
        assert_eq!(parse(&"x".repeat(20_001)), Err(MermaidError::TooLong));
    }

    #[test]
    fn no_text_breaks_the_reader() {
        let parts = [
            "graph TD", "\n", "a", "[", "]", "-->", "\"", "|", "(", "{", "é", "--", " ", ";", "&", "}", "mindmap", ":", "->>",
            "o", ".",
        ];
        let mut seed = 7_u32;
        for _ in 0..4_000 {
            let mut source = String::from(["graph TD\n", "sequenceDiagram\n", "mindmap\n", "timeline\n"][(seed % 4) as usize]);
            for _ in 0..14 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                source.push_str(parts[(seed >> 16) as usize % parts.len()]);
            }
            let _ = parse(&source);
        }
    }
}
