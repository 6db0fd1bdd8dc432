//! The pieces of a document in reading order, each knowing what part it plays; broken ones are joined.

use super::headings::Heading;
use super::prose::{Vocabulary, join};
use domain::{Figure, Span};

/// A piece of the document in reading order.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) span: Span,
    pub(crate) group: usize,
    pub(crate) kind: PieceKind,
}

#[derive(Debug, Clone)]
pub(crate) enum PieceKind {
    Heading(Heading),
    Paragraph(Running),
    Item {
        ordered: bool,
        x: f32,
        size: f32,
        running: Running,
    },
    Code(String),
    Formula {
        text: String,
        figure: Figure,
    },
    Figure(Figure),
    /// Footnotes, captions without a figure, contents: kept, but not taught.
    Aside(String),
    /// The names, addresses and dates below the title.
    Front(String),
}

/// Text that may go on behind a column or page break.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) text: String,
    /// Whether its last row is as long as the column, as a row is whose paragraph goes on.
    pub(crate) last_row_full: bool,
    pub(crate) indented: bool,
}

/// Joins paragraphs and items that a column, page or figure interrupts.
pub(crate) fn join_broken(pieces: Vec<Piece>, vocabulary: &Vocabulary) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let PieceKind::Paragraph(next) = &piece.kind else {
            joined.push(piece);
            continue;
        };
        let between =
            joined.iter().rev().take_while(|before| matches!(before.kind, PieceKind::Figure(_) | PieceKind::Aside(_))).count();
        let position = joined.len().checked_sub(between + 1);
        let interrupted = position.is_some_and(|at| joined[at].group != piece.group || between > 0);
        if let Some(at) = position
            && interrupted
            && let PieceKind::Paragraph(open) | PieceKind::Item { running: open, .. } = &mut joined[at].kind
            && goes_on(open, next)
        {
            join(&mut open.text, &next.text, vocabulary);
            open.last_row_full = next.last_row_full;
            continue;
        }
        joined.push(piece);
    }
    joined
}

fn goes_on(open: &Running, next: &Running) -> bool {
    let end = open.text.trim_end_matches(['”', '"', '’', ')', ']']);
    let closed = end.ends_with(['.', '!', '?', ':', '。']);
    let starts_low = next.text.starts_with(|c: char| c.is_lowercase());
    if closed {
        return starts_low && open.last_row_full && !next.indented && !end.ends_with(':');
    }
    starts_low || (open.last_row_full && !next.indented)
}
