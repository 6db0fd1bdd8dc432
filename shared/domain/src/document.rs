//! A document as its readers see it: sections in reading order, blocks, and where in the source each came from.

use crate::ContentHash;
use serde::{Deserialize, Serialize};

/// What a reader made of a source file. Texts use the notation of [`crate::inline`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The format it was read from.
    pub kind: DocumentKind,
    /// The title, where the document states one.
    pub title: Option<String>,
    /// The authors, as printed.
    #[serde(default)]
    pub authors: Vec<String>,
    /// A BCP 47 language tag such as `en`, where it could be told.
    pub language: Option<String>,
    /// Number of pages; 1 for formats without pages.
    pub pages: u32,
    /// Number of words of prose, without references and running heads.
    pub words: u32,
    /// The sections in reading order. Text before the first heading is a section without one.
    pub sections: Vec<Section>,
    /// What a person should know about the reading, such as pages left out. One sentence each.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// The formats we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Plain text.
    Text,
    /// Markdown with tables and formulas.
    Markdown,
    /// PDF.
    Pdf,
}

impl DocumentKind {
    /// The media type it is uploaded with.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Pdf => "application/pdf",
        }
    }
}

/// A heading and what stands under it, up to the next heading of any level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The heading without its number; none for text before the first heading.
    pub heading: Option<String>,
    /// The number printed before the heading, such as `2.1`.
    pub number: Option<String>,
    /// 1 for a chapter or top section, 2 below it, and so on.
    pub level: u8,
    /// What the section is for.
    pub role: SectionRole,
    /// Its blocks in reading order.
    pub blocks: Vec<Block>,
}

/// What a section is for, so that a writer can leave out what teaches nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionRole {
    /// The argument itself.
    Body,
    /// An abstract or summary by the author.
    Abstract,
    /// A list of references.
    References,
    /// A table of contents, acknowledgements, licence, affiliation: nothing to teach.
    Boilerplate,
    /// An appendix.
    Appendix,
}

/// One block of a section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Running text, de-hyphenated, on one line.
    Paragraph {
        /// The text.
        text: String,
        /// Where it stands.
        span: Span,
    },
    /// A bulleted or numbered list.
    List {
        /// Whether the items are numbered.
        ordered: bool,
        /// The items in order.
        items: Vec<ListItem>,
        /// Where it stands.
        span: Span,
    },
    /// A listing.
    Code {
        /// The language as the source names it, such as `python`.
        language: Option<String>,
        /// The code, lines separated by `\n`, without a trailing one.
        text: String,
        /// Where it stands.
        span: Span,
    },
    /// A table.
    Table {
        /// The header cells; empty where there is no header.
        header: Vec<String>,
        /// The rows, each as long as the header.
        rows: Vec<Vec<String>>,
        /// The caption, where there is one.
        caption: Option<String>,
        /// Where it stands.
        span: Span,
    },
    /// A displayed formula.
    Formula {
        /// Its LaTeX, where the source has it.
        latex: Option<String>,
        /// The characters as printed.
        text: String,
        /// Where on the page it is drawn, where the source has pages.
        figure: Option<Figure>,
        /// Where it stands.
        span: Span,
    },
    /// A figure.
    Figure {
        /// The figure.
        figure: Figure,
        /// Where it stands.
        span: Span,
    },
    /// A quotation.
    Quote {
        /// The text.
        text: String,
        /// Where it stands.
        span: Span,
    },
}

impl Block {
    /// Where the block stands in the source.
    pub fn span(&self) -> Span {
        match self {
            Self::Paragraph { span, .. }
            | Self::List { span, .. }
            | Self::Code { span, .. }
            | Self::Table { span, .. }
            | Self::Formula { span, .. }
            | Self::Figure { span, .. }
            | Self::Quote { span, .. } => *span,
        }
    }
}

/// One item of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListItem {
    /// The text of the item.
    pub text: String,
    /// 0 for the outermost list.
    pub depth: u8,
}

/// A place in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    /// Page number from 1; 1 for formats without pages.
    pub page: u32,
    /// Byte offset of the first character in the text of that page (of the file, for formats without pages).
    pub start: u32,
    /// Byte offset behind the last character.
    pub end: u32,
}

/// A picture of the source document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The caption without its label, where there is one.
    pub caption: Option<String>,
    /// The label, such as `Figure 3`.
    pub label: Option<String>,
    /// Where its pixels or vectors come from.
    pub source: FigureSource,
}

/// Where a figure comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum FigureSource {
    /// A region of a page of the source PDF.
    Page {
        /// Page number from 1.
        page: u32,
        /// The size of the whole page, in points.
        page_width: f32,
        /// The size of the whole page, in points.
        page_height: f32,
        /// The region.
        rect: Rect,
    },
    /// An image that was embedded in the source, stored as an asset of the job.
    Image {
        /// The address of the image.
        hash: ContentHash,
        /// Its media type, such as `image/png`.
        media_type: String,
    },
}

/// A rectangle on a page, in points from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}
