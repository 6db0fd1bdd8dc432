//! Plain text to document: paragraphs between blank lines, headings and lists by how people type them.

use crate::decode::decode;
use crate::{language, measure, roles};
use domain::{Block, Document, DocumentKind, Failure, ListItem, Section, Span, inline};
use std::collections::BTreeSet;

/// Reads a plain text.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, Failure> {
    let decoded = decode(bytes)?;
    let lines = lines(&decoded.text, decoded.before);
    let mut writer = Writer { vocabulary: vocabulary(&decoded.text), ..Writer::default() };
    let groups: Vec<&[Line<'_>]> = lines.split(|line| line.text.is_empty()).filter(|group| !group.is_empty()).collect();
    for (index, group) in groups.iter().enumerate() {
        writer.group(group, groups.get(index + 1).copied());
    }
    let Writer { title, mut sections, .. } = writer;
    let outermost = sections.iter().filter(|section| section.heading.is_some()).map(|section| section.level).min().unwrap_or(1);
    sections.iter_mut().filter(|section| section.heading.is_some()).for_each(|section| section.level -= outermost - 1);
    let texts: Vec<&str> = sections.iter().flat_map(|section| &section.blocks).flat_map(measure::texts).collect();
    let language = language::detect(&texts);
    measure::accept(Document {
        kind: DocumentKind::Text,
        title,
        authors: Vec::new(),
        language,
        pages: 1,
        words: measure::words(&sections),
        sections,
        warnings: Vec::new(),
    })
}

/// A line without the white space around it.
#[derive(Debug, Clone, Copy)]
struct Line<'t> {
    text: &'t str,
    /// Columns before the text; a tab counts to the next multiple of 4.
    indent: usize,
    start: usize,
    end: usize,
}

fn lines(text: &str, before: usize) -> Vec<Line<'_>> {
    let mut at = before;
    text.split_inclusive(['\n', '\u{C}'])
        .map(|whole| {
            let inner = whole.trim();
            let lead = whole.len() - whole.trim_start().len();
            let indent = whole[..lead].chars().fold(0, |column, c| if c == '\t' { (column / 4 + 1) * 4 } else { column + 1 });
            let line = Line { text: inner, indent, start: at + lead, end: at + lead + inner.len() };
            at += whole.len();
            line
        })
        .collect()
}

fn vocabulary(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 4).map(str::to_lowercase).collect()
}

#[derive(Default)]
struct Writer {
    title: Option<String>,
    sections: Vec<Section>,
    vocabulary: BTreeSet<String>,
}

impl Writer {
    fn group(&mut self, group: &[Line<'_>], next: Option<&[Line<'_>]>) {
        let mut rest = group;
        while let [first, tail @ ..] = rest {
            if is_rule(first.text) {
                rest = tail;
            } else if let [second, after @ ..] = tail
                && let Some(level) = underline_level(first.text, second.text)
            {
                self.heading(first, level);
                rest = after;
            } else if group.len() == 1 && is_heading(first, next) {
                let number = roles::split_number(first.text).0;
                self.heading(first, number.map_or(1, roles::depth));
                rest = tail;
            } else {
                let taken = self.block(rest);
                rest = &rest[taken..];
            }
        }
    }

    /// Writes one block from the start of the lines and tells how many lines it took.
    fn block(&mut self, lines: &[Line<'_>]) -> usize {
        let until_underlined = (1..lines.len())
            .find(|index| lines.get(index + 1).is_some_and(|below| underline_level(lines[*index].text, below.text).is_some()));
        let lines = &lines[..until_underlined.unwrap_or(lines.len())];
        if list_marker(lines[0].text).is_some() && lines[0].indent < 12 {
            return self.list(lines);
        }
        let end = lines.iter().position(|line| list_marker(line.text).is_some()).filter(|at| *at > 0 && begins_list(lines, *at));
        let lines = &lines[..end.unwrap_or(lines.len())];
        if is_code(lines) {
            self.push(Block::Code { language: None, text: code(lines), span: span(lines) });
            return lines.len();
        }
        let end = (1..lines.len()).find(|index| begins_paragraph(&lines[index - 1], &lines[*index])).unwrap_or(lines.len());
        let lines = &lines[..end];
        self.push(Block::Paragraph { text: inline::escape(&self.join(lines)), span: span(lines) });
        lines.len()
    }

    fn list(&mut self, lines: &[Line<'_>]) -> usize {
        let mut items: Vec<(usize, Vec<Line<'_>>)> = Vec::new();
        let ordered = list_marker(lines[0].text).is_some_and(|(ordered, _)| ordered);
        for line in lines {
            match (list_marker(line.text), items.last_mut()) {
                (Some((_, at)), _) => {
                    let text = &line.text[at..];
                    items.push((line.indent, vec![Line { text, start: line.start + at, ..*line }]));
                }
                (None, Some((_, item))) => item.push(*line),
                (None, None) => break,
            }
        }
        let edge = items.iter().map(|(indent, _)| *indent).min().unwrap_or(0);
        let items: Vec<ListItem> = items
            .iter()
            .map(|(indent, lines)| ListItem {
                text: inline::escape(&self.join(lines)),
                depth: u8::try_from(((indent - edge) / 2).min(3)).expect("three is small"),
            })
            .collect();
        let whole = span(lines);
        if let Some(Block::List { items: before, ordered: kind, span }) = self.current().blocks.last_mut()
            && *kind == ordered
        {
            before.extend(items);
            span.end = whole.end;
        } else {
            self.push(Block::List { ordered, items, span: whole });
        }
        lines.len()
    }

    fn heading(&mut self, line: &Line<'_>, level: u8) {
        let (number, text) = roles::split_number(line.text);
        if self.title.is_none() && self.sections.is_empty() && number.is_none() && !roles::is_usual_name(text) {
            self.title = Some(line.text.to_owned());
            return;
        }
        let role = roles::role(text);
        let (heading, number) = (Some(inline::escape(text)), number.map(str::to_owned));
        self.sections.push(Section { heading, number, level, role, blocks: Vec::new() });
    }

    fn current(&mut self) -> &mut Section {
        if self.sections.is_empty() {
            let role = domain::SectionRole::Body;
            self.sections.push(Section { heading: None, number: None, level: 1, role, blocks: Vec::new() });
        }
        self.sections.last_mut().expect("one was pushed if there was none")
    }

    fn push(&mut self, block: Block) {
        self.current().blocks.push(block);
    }

    /// Hard-wrapped lines as one. A hyphen at a line end goes if the whole word is used elsewhere.
    fn join(&self, lines: &[Line<'_>]) -> String {
        let mut text = String::new();
        for line in lines {
            let broken = text.ends_with('-') && line.text.starts_with(char::is_lowercase);
            if broken {
                let before = text.trim_end_matches('-').rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                let after = line.text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                if self.vocabulary.contains(&format!("{before}{after}").to_lowercase()) {
                    text.pop();
                }
            } else if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&line.text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        text
    }
}

fn span(lines: &[Line<'_>]) -> Span {
    let offset = |place: Option<usize>| place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX);
    Span { page: 1, start: offset(lines.first().map(|line| line.start)), end: offset(lines.last().map(|line| line.end)) }
}

/// A line of one repeated mark.
fn is_rule(text: &str) -> bool {
    let marks: BTreeSet<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    text.chars().count() >= 3 && marks.len() == 1 && marks.iter().all(|mark| "-=*_~#+.".contains(*mark))
}

fn underline_level(above: &str, text: &str) -> Option<u8> {
    let length = text.chars().count();
    let fits = length >= 3 && length * 2 >= above.chars().count() && above.chars().count() <= 100 && !is_rule(above);
    match text.chars().next()? {
        mark @ ('=' | '-' | '~' | '*' | '^') if fits && text.chars().all(|c| c == mark) => {
            Some(if "=*".contains(mark) { 1 } else { 2 })
        }
        _ => None,
    }
}

/// A short line by itself: numbered, in capitals, or followed by prose.
fn is_heading(line: &Line<'_>, next: Option<&[Line<'_>]>) -> bool {
    let words = line.text.split_whitespace().count();
    let letters: Vec<char> = line.text.chars().filter(|c| c.is_alphabetic()).collect();
    if words > 12 || line.text.chars().count() > 80 || letters.len() < 2 || line.text.ends_with(['.', ',', ';', ':', '!']) {
        return false;
    }
    let (number, title) = roles::split_number(line.text);
    let starts_well = title.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        || title.starts_with(|c: char| c.is_alphabetic() && !c.is_lowercase());
    if !starts_well || (number.is_none() && list_marker(line.text).is_some()) {
        return false;
    }
    let capitals = letters.len() >= 3 && letters.iter().all(|c| !c.is_lowercase());
    let before_text = next.is_some_and(|next| {
        next.len() > 1 || next[0].text.chars().count() > line.text.chars().count() || list_marker(next[0].text).is_some()
    });
    (number.is_some() && next.is_some()) || capitals || roles::is_usual_name(title) || (before_text && words <= 10)
}

/// `- `, `* `, `+ `, `• `, `1. `, `1) `, `a) `: whether it counts, and where the text begins.
fn list_marker(text: &str) -> Option<(bool, usize)> {
    let (mark, rest) = text.split_once(char::is_whitespace)?;
    let at = text.len() - rest.trim_start().len();
    let core = mark.strip_suffix(['.', ')']).map(|core| core.trim_start_matches('('));
    match core {
        None if ["-", "*", "+", "•", "·", "–", "o", "◦", "▪"].contains(&mark) => Some((false, at)),
        Some(core) if !core.is_empty() && core.len() <= 3 && core.chars().all(|c| c.is_ascii_digit()) => Some((true, at)),
        Some(core) if core.len() == 1 && mark.ends_with(')') && core.chars().all(char::is_alphabetic) => Some((true, at)),
        _ => None,
    }
}

/// Whether a list begins at a line in the middle of other lines: behind a colon, or with a second item.
fn begins_list(lines: &[Line<'_>], at: usize) -> bool {
    lines[at - 1].text.ends_with(':') || lines[at + 1..].iter().any(|line| list_marker(line.text).is_some())
}

fn begins_paragraph(above: &Line<'_>, line: &Line<'_>) -> bool {
    let own_line = above.text.chars().count() > 160;
    let indented =
        line.indent >= above.indent + 2 && line.indent <= above.indent + 8 && above.text.ends_with(['.', '!', '?', '"', '”']);
    own_line || indented
}

/// Lines that are indented and hold the marks of code, or the bars of a table.
fn is_code(lines: &[Line<'_>]) -> bool {
    let marked = lines
        .iter()
        .filter(|line| line.text.contains(['{', '}', ';', '=', '<', '$', '|', '#']) || line.text.contains("()"))
        .count();
    let indented = lines.iter().all(|line| line.indent >= 4);
    let bars = lines.len() >= 2 && lines.iter().all(|line| line.text.matches('|').count() >= 2 || line.text.starts_with('+'));
    // Columns that are aligned by spaces fall apart when their lines are joined.
    let gaps = lines.iter().filter(|line| line.text.contains("   ") || line.text.contains('\t')).count();
    let columns = lines.len() >= 3 && gaps * 10 >= lines.len() * 8;
    bars || columns || (indented && marked * 2 >= lines.len())
}

fn code(lines: &[Line<'_>]) -> String {
    let edge = lines.iter().map(|line| line.indent).min().unwrap_or(0);
    lines.iter().map(|line| format!("{}{}", " ".repeat(line.indent - edge), line.text)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Code, SectionRole};

    const PROSE: &str = "The water of the oceans follows the Moon, which pulls at it from far away, and so the level of the sea \
                         rises and falls twice on every day of the year at nearly every coast of the whole wide world.";

    fn document(text: &str) -> Document {
        read(format!("{text}\n\n{PROSE}\n").as_bytes()).expect("long enough")
    }

    fn headings(document: &Document) -> Vec<(Option<&str>, Option<&str>, u8)> {
        document.sections.iter().map(|section| (section.number.as_deref(), section.heading.as_deref(), section.level)).collect()
    }

    #[test]
    fn a_first_short_line_is_the_title() {
        let document = document("On Tides\n========\n\nFirst words of it.");
        assert_eq!(document.title.as_deref(), Some("On Tides"));
        assert_eq!(document.sections.len(), 1);
    }

    #[test]
    fn headings_are_numbered_underlined_or_in_capitals() {
        let document = document(&format!(
            "On Tides\n\n1. Moon\n\n{PROSE}\n\n1.1 Its pull\n\n{PROSE}\n\nTHE SUN\n\n{PROSE}\n\nCoasts\n------\n{PROSE}"
        ));
        assert_eq!(
            headings(&document),
            [
                (Some("1"), Some("Moon"), 1),
                (Some("1.1"), Some("Its pull"), 2),
                (None, Some("THE SUN"), 1),
                (None, Some("Coasts"), 2)
            ]
        );
    }

    #[test]
    fn hard_wrapped_lines_become_one_paragraph() {
        let document = document("The Moon pulls at the wa-\nter, and the water\r\nfollows. Some is well-\nknown about water.");
        let Block::Paragraph { text, span } = &document.sections[0].blocks[0] else { panic!("a paragraph") };
        assert_eq!(text, "The Moon pulls at the water, and the water follows. Some is well-known about water.");
        assert_eq!((span.start, span.page), (0, 1));
    }

    #[test]
    fn spans_point_into_the_file() {
        let source = format!("\u{FEFF}Title here\n\n{PROSE}\n");
        let document = read(source.as_bytes()).expect("long enough");
        let span = document.sections[0].blocks[0].span();
        assert_eq!(&source[span.start as usize..span.end as usize], PROSE);
    }

    #[test]
    fn lists_keep_their_items_and_depth() {
        let document = document("Two causes:\n- the Moon\n  which is near\n  - its far side\n- the Sun");
        let Block::List { ordered, items, .. } = &document.sections[0].blocks[1] else { panic!("a list") };
        let items: Vec<(&str, u8)> = items.iter().map(|item| (item.text.as_str(), item.depth)).collect();
        assert!(!ordered);
        assert_eq!(items, [("the Moon which is near", 0), ("its far side", 1), ("the Sun", 0)]);
    }

    #[test]
    fn aligned_columns_keep_their_shape() {
        let document = document("tide    hour\nflood   six\nebb     noon");
        assert!(matches!(&document.sections[0].blocks[0], Block::Code { text, .. } if text.contains("\nebb     noon")));
    }

    #[test]
    fn indented_code_keeps_its_shape() {
        let document = document("    if tide {\n        wait();\n    }");
        assert!(matches!(&document.sections[0].blocks[0], Block::Code { text, .. } if text == "if tide {\n    wait();\n}"));
    }

    #[test]
    fn sections_that_teach_nothing_are_marked() {
        let document = document(&format!("{PROSE}\n\nReferences\n\n[1] A. Author. Tides. 1984."));
        assert_eq!(document.sections[1].role, SectionRole::References);
    }

    #[test]
    fn little_text_is_refused() {
        assert_eq!(read(b"Only a few words.").map_err(|failure| failure.code), Err(Code::TooShort));
        assert_eq!(read(b" \n ").map_err(|failure| failure.code), Err(Code::Empty));
    }
}
