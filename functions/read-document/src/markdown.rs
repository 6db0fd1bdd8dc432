//! Markdown to document: CommonMark with tables, formulas, footnotes and front matter.

use crate::decode::decode;
use crate::image::{EmbeddedImage, from_data_address};
use crate::{front_matter, language, measure, roles};
use domain::{Block, Document, DocumentKind, Failure, Figure, FigureSource, ListItem, Section, SectionRole, Span, inline};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// At most so many images are kept.
const MOST_IMAGES: usize = 60;

/// Reads a Markdown text and the images embedded in it.
pub(crate) fn read(bytes: &[u8]) -> Result<(Document, Vec<EmbeddedImage>), Failure> {
    let decoded = decode(bytes)?;
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader { before: decoded.before, ..Reader::default() };
    for (event, range) in Parser::new_ext(&decoded.text, options).into_offset_iter() {
        reader.take(event, range);
    }
    let Reader { front, html_title, mut sections, notes, images, .. } = reader;
    let title = front.title.or_else(|| take_title(&mut sections)).or(html_title);
    if !notes.is_empty() {
        let heading = Some("Notes".to_owned());
        sections.push(Section { heading, number: None, level: 1, role: SectionRole::Boilerplate, blocks: notes });
    }
    inherit_roles(&mut sections);
    let texts: Vec<&str> = sections.iter().flat_map(|section| &section.blocks).flat_map(measure::texts).collect();
    let language = front.language.or_else(|| language::detect(&texts));
    let document = measure::accept(Document {
        kind: DocumentKind::Markdown,
        title,
        authors: front.authors,
        language,
        pages: 1,
        words: measure::words(&sections),
        sections,
        warnings: Vec::new(),
    })?;
    Ok((document, images))
}

/// A single outermost heading at the start is the title; the others move up.
fn take_title(sections: &mut Vec<Section>) -> Option<String> {
    let top = sections.iter().filter(|section| section.heading.is_some()).map(|section| section.level).min()?;
    let mut outermost = sections.iter().enumerate().filter(|(_, section)| section.heading.is_some() && section.level == top);
    let (at, first) = outermost.next()?;
    let stands_first = sections[..at].iter().all(|section| section.heading.is_none());
    if outermost.next().is_some() || !stands_first || roles::is_usual_name(first.heading.as_deref().unwrap_or_default()) {
        return None;
    }
    let title = sections[at].heading.take().map(|heading| inline::plain(&heading));
    for section in sections.iter_mut().filter(|section| section.level > top) {
        section.level -= top;
    }
    sections[at].level = 1;
    sections.retain(|section| section.heading.is_some() || !section.blocks.is_empty());
    title
}

/// What stands below a heading that teaches nothing teaches nothing either.
fn inherit_roles(sections: &mut [Section]) {
    // The headings that the next section may stand below, each deeper than the one before it: no more than there are levels.
    let mut above: Vec<(u8, SectionRole)> = Vec::new();
    for section in sections {
        let depth = above.partition_point(|(level, _)| *level < section.level);
        let inherited = above[..depth].last().map(|(_, role)| *role);
        let inherited = inherited.filter(|role| !matches!(role, SectionRole::Body | SectionRole::Abstract));
        if let (Some(role), SectionRole::Body) = (inherited, section.role) {
            section.role = role;
        }
        if section.heading.is_some() {
            above.truncate(depth);
            above.push((section.level, section.role));
        }
    }
}

#[derive(Default)]
struct Reader {
    before: usize,
    front: front_matter::FrontMatter,
    html_title: Option<String>,
    sections: Vec<Section>,
    notes: Vec<Block>,
    images: Vec<EmbeddedImage>,
    /// The text of the paragraph, heading, item or cell that is open.
    text: String,
    lists: Vec<List>,
    table: Option<Table>,
    code: Option<(Option<String>, String)>,
    metadata: Option<String>,
    html: String,
    quotes: u32,
    footnotes: u32,
    links: Links,
    /// The image that is open: its address, and where its words begin in the text.
    image: Option<(String, usize)>,
    figures: Vec<Figure>,
}

/// What of the open paragraph lies in links.
#[derive(Default)]
struct Links {
    count: u32,
    /// Where the link that is open begins in the text.
    start: usize,
    letters: usize,
}

#[derive(Default)]
struct List {
    ordered: bool,
    items: Vec<ListItem>,
    start: usize,
}

#[derive(Default)]
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    in_header: bool,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, &range),
            Event::End(tag) => self.end(tag, &range),
            Event::Text(text) => match (&mut self.code, &mut self.metadata) {
                (Some((_, code)), _) => code.push_str(&text),
                (None, Some(metadata)) => metadata.push_str(&text),
                (None, None) => self.text.push_str(&inline::escape(&text)),
            },
            Event::Code(code) => self.text.push_str(&inline::code(&code)),
            Event::InlineMath(latex) => self.push_formula(&latex),
            Event::DisplayMath(latex) if self.lists.is_empty() && self.table.is_none() => {
                self.close_paragraph(&range);
                self.formula(&latex, &range);
            }
            Event::DisplayMath(latex) => self.push_formula(&latex),
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(tag) if tag.to_lowercase().starts_with("<br") => self.text.push(' '),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::InlineHtml(_) | Event::FootnoteReference(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: &Range<usize>) {
        match tag {
            Tag::List(first) => {
                self.close_item();
                self.lists.push(List { ordered: first.is_some(), start: range.start, ..List::default() });
            }
            Tag::Item => self.text.clear(),
            Tag::CodeBlock(kind) => {
                self.close_item();
                let language = match kind {
                    CodeBlockKind::Fenced(words) => {
                        words.split([' ', ',', '{']).next().filter(|word| !word.is_empty()).map(str::to_lowercase)
                    }
                    CodeBlockKind::Indented => None,
                };
                self.code = Some((language, String::new()));
            }
            Tag::Table(_) => {
                self.close_item();
                self.table = Some(Table::default());
            }
            Tag::TableHead => self.table.iter_mut().for_each(|table| table.in_header = true),
            Tag::TableRow => self.table.iter_mut().for_each(|table| table.rows.push(Vec::new())),
            Tag::TableCell | Tag::Heading { .. } => self.text.clear(),
            Tag::Link { .. } => self.links.start = self.text.len(),
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::FootnoteDefinition(_) => self.footnotes += 1,
            Tag::Image { dest_url, .. } => self.image = Some((dest_url.into_string(), self.text.len())),
            Tag::MetadataBlock(_) => self.metadata = Some(String::new()),
            Tag::Paragraph if !self.lists.is_empty() && !self.text.is_empty() => self.text.push(' '),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: &Range<usize>) {
        match tag {
            TagEnd::Paragraph if self.lists.is_empty() => self.close_paragraph(range),
            TagEnd::Heading(level) => self.heading(level as u8),
            TagEnd::Item => self.close_item(),
            TagEnd::List(_) => self.close_list(range),
            TagEnd::CodeBlock => self.close_code(range),
            TagEnd::TableCell => self.close_cell(),
            TagEnd::TableHead => self.table.iter_mut().for_each(|table| table.in_header = false),
            TagEnd::Table => self.close_table(range),
            TagEnd::Link => {
                self.links.count += 1;
                self.links.letters += letters(self.text.get(self.links.start..).unwrap_or_default());
            }
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::FootnoteDefinition => self.footnotes = self.footnotes.saturating_sub(1),
            TagEnd::Image => self.close_image(),
            TagEnd::MetadataBlock(_) => {
                if let Some(text) = self.metadata.take() {
                    self.front = front_matter::parse(&text);
                }
            }
            TagEnd::HtmlBlock => self.close_html(),
            _ => {}
        }
    }

    fn push_formula(&mut self, latex: &str) {
        let latex = latex.trim();
        if !latex.is_empty() {
            self.text.push_str(&format!("${latex}$"));
        }
    }

    fn span(&self, range: &Range<usize>) -> Span {
        let offset = |place: usize| u32::try_from(place + self.before).unwrap_or(u32::MAX);
        Span { page: 1, start: offset(range.start), end: offset(range.end) }
    }

    fn push(&mut self, block: Block) {
        if self.footnotes > 0 {
            self.notes.push(block);
            return;
        }
        if self.sections.is_empty() {
            self.sections.push(Section { heading: None, number: None, level: 1, role: SectionRole::Body, blocks: Vec::new() });
        }
        self.sections.last_mut().expect("one was pushed if there was none").blocks.push(block);
    }

    /// The text that was gathered, on one line.
    fn gathered(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn close_paragraph(&mut self, range: &Range<usize>) {
        let text = self.gathered();
        let span = self.span(range);
        let links = std::mem::take(&mut self.links);
        // A row of links is a menu.
        let is_menu = links.letters >= letters(&text) && (links.count >= 2 || text.split(' ').count() <= 3);
        if text.contains(char::is_alphanumeric) && !is_menu {
            let block = if self.quotes > 0 { Block::Quote { text, span } } else { Block::Paragraph { text, span } };
            self.push(block);
        }
        for figure in std::mem::take(&mut self.figures) {
            self.push(Block::Figure { figure, span });
        }
    }

    fn heading(&mut self, level: u8) {
        let text = self.gathered();
        self.figures.clear();
        if !text.contains(char::is_alphanumeric) {
            return;
        }
        let (number, name) = roles::split_number(&text);
        let (number, heading) = (number.map(str::to_owned), Some(name.to_owned()));
        self.sections.push(Section { role: roles::role(name), heading, number, level, blocks: Vec::new() });
    }

    fn close_item(&mut self) {
        self.links = Links::default();
        let text = self.gathered();
        let depth = u8::try_from(self.lists.len().saturating_sub(1)).unwrap_or(u8::MAX);
        if let (Some(list), true) = (self.lists.last_mut(), text.contains(char::is_alphanumeric)) {
            list.items.push(ListItem { text, depth });
        } else if self.lists.is_empty() {
            self.text = text;
        }
    }

    fn close_list(&mut self, range: &Range<usize>) {
        let Some(list) = self.lists.pop() else { return };
        match self.lists.last_mut() {
            Some(outer) => outer.items.extend(list.items),
            None if !list.items.is_empty() => {
                let span = self.span(range);
                self.push(Block::List { ordered: list.ordered, items: list.items, span });
            }
            None => {}
        }
        let figures = std::mem::take(&mut self.figures);
        if self.lists.is_empty() {
            let span = self.span(range);
            for figure in figures {
                self.push(Block::Figure { figure, span });
            }
        } else {
            self.figures = figures;
        }
    }

    /// Writes the items so far, so that a listing or table inside a list keeps its place.
    fn interrupt_lists(&mut self, at: usize) {
        let mut items = Vec::new();
        let (mut start, mut ordered) = (at, false);
        for list in &mut self.lists {
            if !list.items.is_empty() {
                start = start.min(list.start);
                ordered |= list.ordered;
            }
            items.append(&mut list.items);
            list.start = at;
        }
        if !items.is_empty() {
            let span = self.span(&(start..at));
            self.push(Block::List { ordered, items, span });
        }
    }

    fn close_code(&mut self, range: &Range<usize>) {
        let Some((language, text)) = self.code.take() else { return };
        self.interrupt_lists(range.start);
        let text = text.trim_end().to_owned();
        if language.as_deref() == Some("math") {
            self.formula(&text, range);
        } else if !text.trim().is_empty() {
            let span = self.span(range);
            self.push(Block::Code { language, text, span });
        }
    }

    fn formula(&mut self, latex: &str, range: &Range<usize>) {
        let latex = latex.trim().to_owned();
        if !latex.is_empty() {
            let span = self.span(range);
            self.push(Block::Formula { text: latex.clone(), latex: Some(latex), figure: None, span });
        }
    }

    fn close_cell(&mut self) {
        let text = self.gathered();
        if let Some(table) = &mut self.table {
            match (table.in_header, table.rows.last_mut()) {
                (true, _) => table.header.push(text),
                (false, Some(row)) => row.push(text),
                (false, None) => {}
            }
        }
    }

    fn close_table(&mut self, range: &Range<usize>) {
        let Some(mut table) = self.table.take() else { return };
        self.interrupt_lists(range.start);
        let columns = table.header.len();
        for row in &mut table.rows {
            row.resize(columns, String::new());
        }
        if table.header.iter().all(String::is_empty) {
            table.header.clear();
        }
        let span = self.span(range);
        self.push(Block::Table { header: table.header, rows: table.rows, caption: None, span });
    }

    /// Keeps embedded images. Others cannot be shown, and what stands for them is mostly a badge.
    fn close_image(&mut self) {
        let Some((address, words_from)) = self.image.take() else { return };
        let caption = self.text.split_off(words_from.min(self.text.len()));
        let Some(image) = from_data_address(&address).filter(|_| self.images.len() < MOST_IMAGES) else {
            // A whole sentence that describes a picture teaches without it.
            if caption.split_whitespace().count() >= 8 {
                self.text.push_str(&caption);
            }
            return;
        };
        let source = FigureSource::Image { hash: image.hash.clone(), media_type: image.media_type.clone() };
        let caption = (!caption.trim().is_empty()).then(|| caption.trim().to_owned());
        self.figures.push(Figure { caption, label: None, source });
        if !self.images.contains(&image) {
            self.images.push(image);
        }
    }

    /// HTML is dropped, but a heading in it may be the only title.
    fn close_html(&mut self) {
        let html = std::mem::take(&mut self.html);
        if self.html_title.is_none() && self.sections.is_empty() {
            self.html_title = html_heading(&html);
        }
    }
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

fn html_heading(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let open = lower.find("<h1")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find("</h1")?;
    let mut text = String::new();
    let mut in_tag = false;
    for character in html[start..end].chars() {
        match character {
            '<' => in_tag = true,
            '>' => in_tag = false,
            other if !in_tag => text.push(other),
            _ => {}
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.contains(char::is_alphanumeric).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Code;

    const PROSE: &str = "The water of the oceans follows the Moon, which pulls at it from far away, and so the level of the sea \
                         rises and falls twice on every day of the year at nearly every coast of the whole wide world.";

    fn blocks(markdown: &str) -> Vec<Block> {
        let (document, _) = read(format!("{markdown}\n\n{PROSE}\n").as_bytes()).expect("long enough");
        document.sections.into_iter().flat_map(|section| section.blocks).collect()
    }

    fn document(markdown: &str) -> Document {
        read(format!("{markdown}\n\n{PROSE}\n").as_bytes()).expect("long enough").0
    }

    #[test]
    fn the_only_outermost_heading_is_the_title() {
        let document = document("# Tides\n\nText.\n\n## 1. Moon\n\nText.\n\n### Pull\n\nText.");
        assert_eq!(document.title.as_deref(), Some("Tides"));
        let headings: Vec<_> = document.sections.iter().map(|s| (s.number.as_deref(), s.heading.as_deref(), s.level)).collect();
        assert_eq!(headings, [(None, None, 1), (Some("1"), Some("Moon"), 1), (None, Some("Pull"), 2)]);
    }

    #[test]
    fn what_stands_below_references_is_no_lesson_either_and_many_headings_are_no_matter() {
        let roles = |levels: &[(u8, SectionRole)]| {
            let section = |(level, role): &(u8, SectionRole)| Section {
                heading: Some("x".to_owned()),
                number: None,
                level: *level,
                role: *role,
                blocks: vec![],
            };
            let mut sections: Vec<Section> = levels.iter().map(section).collect();
            inherit_roles(&mut sections);
            sections.into_iter().map(|section| section.role).collect::<Vec<_>>()
        };
        use SectionRole::{Abstract, Body, Boilerplate, References};
        let levels = [
            (2, Body),
            (1, References),
            (3, Body),
            (2, Body),
            (3, Abstract),
            (4, Body),
            (1, Boilerplate),
            (2, Body),
            (1, Body),
            (2, Body),
        ];
        let expected = [Body, References, References, References, Abstract, Body, Boilerplate, Boilerplate, Body, Body];
        assert_eq!(roles(&levels), expected);
        // Each level from the first on; looking back at all of them would be a million times a million steps.
        let many: Vec<(u8, SectionRole)> = (0..1_000_000).map(|at| (1 + u8::from(at > 0), Body)).collect();
        assert_eq!(roles(&many).len(), many.len());
    }

    #[test]
    fn front_matter_gives_title_and_authors() {
        let document =
            document("---\ntitle: \"On Tides\"\nauthors:\n  - Ann Lee\n  - name: Bo Ray\nlang: en-GB\n---\n\n# One\n\n# Two");
        assert_eq!(document.title.as_deref(), Some("On Tides"));
        assert_eq!(document.authors, ["Ann Lee", "Bo Ray"]);
        assert_eq!(document.language.as_deref(), Some("en-GB"));
    }

    #[test]
    fn nested_lists_keep_their_order_and_depth() {
        let blocks = blocks("- one\n  1. inner\n- two\n\n  more of two");
        let Block::List { items, ordered, .. } = &blocks[0] else { panic!("a list: {blocks:?}") };
        let items: Vec<(&str, u8)> = items.iter().map(|item| (item.text.as_str(), item.depth)).collect();
        assert!(!ordered);
        assert_eq!(items, [("one", 0), ("inner", 1), ("two more of two", 0)]);
    }

    #[test]
    fn code_keeps_its_language_and_place_inside_a_list() {
        let blocks = blocks("1. first\n\n   ```rust,ignore\n   let x = 1;\n   ```\n2. second");
        let kinds: Vec<&str> = blocks
            .iter()
            .map(|block| match block {
                Block::List { .. } => "list",
                Block::Code { language, text, .. } => {
                    assert_eq!((language.as_deref(), text.as_str()), (Some("rust"), "let x = 1;"));
                    "code"
                }
                _ => "other",
            })
            .collect();
        assert_eq!(kinds, ["list", "code", "list", "other"]);
    }

    #[test]
    fn tables_have_rows_as_long_as_their_header() {
        let blocks = blocks("| a | b |\n|---|---|\n| 1 | `x` |\n| 2 |");
        let Block::Table { header, rows, .. } = &blocks[0] else { panic!("a table: {blocks:?}") };
        assert_eq!(header, &["a", "b"]);
        assert_eq!(rows, &[["1", "`x`"], ["2", ""]]);
    }

    #[test]
    fn formulas_stay_latex() {
        let blocks = blocks("Let $x^2$ cost \\$5.\n\n$$\na = b\n$$\n\n```math\nc = d\n```");
        assert!(matches!(&blocks[0], Block::Paragraph { text, .. } if text == "Let $x^2$ cost \\$5."));
        assert!(matches!(&blocks[1], Block::Formula { latex: Some(latex), .. } if latex == "a = b"));
        assert!(matches!(&blocks[2], Block::Formula { latex: Some(latex), .. } if latex == "c = d"));
    }

    #[test]
    fn embedded_images_are_kept_and_badges_dropped() {
        let source = format!(
            "[![build](https://x.org/b.svg)](https://x.org) ![ok](b.png)\n\n![A tide](data:image/png;base64,iVBORw0KGgo=)\n\n{PROSE}"
        );
        let (document, images) = read(source.as_bytes()).expect("long enough");
        assert_eq!(images.len(), 1);
        let blocks = &document.sections[0].blocks;
        assert_eq!(blocks.len(), 2);
        assert!(matches!(&blocks[0], Block::Figure { figure, .. } if figure.caption.as_deref() == Some("A tide")));
    }

    #[test]
    fn html_is_dropped_and_links_keep_their_words() {
        let blocks = blocks("<div>gone</div>\n\nSee <b>the</b> [guide](https://x.org).\n\n> quoted");
        assert!(matches!(&blocks[0], Block::Paragraph { text, .. } if text == "See the guide."));
        assert!(matches!(&blocks[1], Block::Quote { text, .. } if text == "quoted"));
    }

    #[test]
    fn a_row_of_links_is_a_menu() {
        let blocks = blocks("[Website](https://x.org) | [Guides](https://y.org)\n\nSee [the guide](https://x.org) first.");
        assert_eq!(blocks.len(), 2);
        assert!(matches!(&blocks[0], Block::Paragraph { text, .. } if text == "See the guide first."));
    }

    #[test]
    fn a_title_in_html_is_found() {
        assert_eq!(document("<h1 align=\"center\">\n <b>Tides</b>\n</h1>").title.as_deref(), Some("Tides"));
    }

    #[test]
    fn spans_point_into_the_file() {
        let source = format!("# T\n\n{PROSE}\n\n- a\n");
        let (document, _) = read(source.as_bytes()).expect("long enough");
        let span = document.sections[0].blocks[0].span();
        assert_eq!(source[span.start as usize..span.end as usize].trim(), PROSE);
    }

    #[test]
    fn code_alone_is_too_short() {
        let markdown = format!("# T\n\n```\n{PROSE}\n```");
        assert_eq!(read(markdown.as_bytes()).map(|_| ()).map_err(|failure| failure.code), Err(Code::TooShort));
    }
}
