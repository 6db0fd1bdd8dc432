//! The head of the first page: the title, and who wrote the document.

use super::blocks::{RawBlock, is_centered_in};
use super::headings::{Usual, essence};
use super::pieces::{Piece, PieceKind};
use super::prose::{Vocabulary, running_text};
use super::rows::Row;
use super::sections::abstract_start;
use crate::roles;

/// The title as it stands on the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PrintedTitle {
    pub(crate) text: String,
    /// The blocks that hold it.
    pub(crate) blocks: std::ops::Range<usize>,
}

/// Finds the largest type in the upper part of the first page with text.
pub(crate) fn printed_title(
    blocks: &[RawBlock],
    usual: Usual,
    page_height: f32,
    vocabulary: &Vocabulary,
) -> Option<PrintedTitle> {
    let first_page = blocks.iter().find(|block| block.text().is_some())?.page;
    let on_top = |block: &RawBlock| block.page == first_page && block.area.y0 < 0.6 * page_height;
    let size = |block: &RawBlock| {
        let rows = block.text()?;
        let letters: usize =
            rows.iter().flat_map(|row| &row.words).map(|word| word.text.chars().filter(|c| c.is_alphabetic()).count()).sum();
        (letters >= 3 && on_top(block) && rows.len() <= 5).then(|| rows.iter().map(|row| row.size).fold(0.0, f32::max))
    };
    let largest = blocks.iter().filter_map(size).fold(0.0, f32::max);
    if largest < 1.15 * usual.size {
        return None;
    }
    let start = blocks.iter().position(|block| size(block).is_some_and(|size| size > 0.97 * largest))?;
    let mut end = start + 1;
    while end < blocks.len() && size(&blocks[end]).is_some_and(|size| size > 0.97 * largest) {
        end += 1;
    }
    let rows: Vec<&Row> = blocks[start..end].iter().filter_map(RawBlock::text).flatten().collect();
    let text = running_text(rows.iter().copied(), vocabulary);
    let text = text.trim_end_matches(['∗', '*', '†', ' ']).to_owned();
    let (number, bare) = roles::split_number(&text);
    let is_chapter = number.is_some() || roles::is_usual_name(bare);
    let fits = (2..=40).contains(&text.split_whitespace().count()) || text.chars().count() >= 5;
    (!is_chapter && fits && text.chars().count() <= 300).then_some(PrintedTitle { text, blocks: start..end })
}

/// Chooses between what the file states and what is printed.
pub(crate) fn choose_title(stated: Option<&str>, printed: Option<&str>, first_page: &str) -> Option<String> {
    match (stated, printed) {
        (Some(stated), Some(printed)) => {
            let (stated_essence, printed_essence) = (essence(stated), essence(printed));
            // The printed title may be cut into pieces, or the stated one shortened.
            let confirmed = essence(first_page).contains(&stated_essence) && stated_essence.len() > printed_essence.len();
            Some(if confirmed { stated } else { printed }.to_owned())
        }
        (stated, printed) => stated.or(printed).map(str::to_owned),
    }
}

/// Takes the stated names, unless they are no whole names, as the accounts of users are.
pub(crate) fn choose_authors(stated: &[String], printed: Vec<String>) -> Vec<String> {
    let names: Vec<String> = stated.iter().filter(|name| is_name(name) || !name.is_ascii()).cloned().collect();
    if names.is_empty() && !printed.is_empty() {
        printed
    } else if names.is_empty() {
        stated.to_vec()
    } else {
        names
    }
}

const INSTITUTIONS: &[&str] = &[
    "university",
    "institute",
    "department",
    "laboratory",
    "laboratories",
    " labs",
    "inc.",
    "corporation",
    "school",
    "college",
    "research",
    "universität",
    "centre",
    "center",
    "faculty",
    "gmbh",
    "ltd",
    "abstract",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "version",
    "technology",
    "google",
    "microsoft",
    "amazon",
    "edition",
    "street",
    "avenue",
    "reference",
    "manual",
    "guide",
    "project",
    "team",
    " lab",
    "corp",
    "draft",
    "submitted",
    "published",
    "proceedings",
    "conference",
    "journal",
    "usa",
    "dept",
    "foundation",
];

/// Reads names from the rows below the title, until a row holds none.
pub(crate) fn authors(blocks: &[RawBlock], vocabulary: &Vocabulary) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let rows = blocks.iter().take(6).filter_map(RawBlock::text).flatten().take(8);
    for row in rows {
        let text = running_text([row], vocabulary);
        let text = text.trim_start_matches("by ").trim_start_matches("By ");
        let separated = text.replace(" and ", ",").replace(" & ", ",").replace(['∗', '†', '‡', '*', '§', '¶', ';'], ",");
        let found: Vec<String> =
            separated.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        let all_names = !found.is_empty() && found.iter().all(|name| is_name(name));
        match (all_names, names.is_empty()) {
            (true, _) => names.extend(found),
            (false, false) => break,
            (false, true) => {}
        }
    }
    names.truncate(24);
    names
}

fn is_name(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let capitalised = |word: &&str| {
        word.starts_with(char::is_uppercase)
            || ["de", "van", "von", "der", "la", "di", "da", "del", "den", "le", "bin", "ten"].contains(word)
    };
    (2..=5).contains(&words.len())
        && words.iter().all(capitalised)
        && !text.contains(|c: char| c.is_ascii_digit() || "@/:()[]{}".contains(c))
        && !INSTITUTIONS.iter().any(|word| lower.contains(word))
}

/// Half titles and title pages repeat the title.
pub(crate) fn drop_repeated_title(pieces: &mut [Option<Piece>], title: Option<&str>) {
    let Some(title) = title.map(essence) else { return };
    for piece in pieces.iter_mut() {
        if let Some(Piece { kind: PieceKind::Heading(heading), .. }) = piece
            && heading.number.is_none()
            && essence(&heading.text) == title
        {
            *piece = None;
        }
    }
}

/// Everything short between the title and the first heading or paragraph of prose belongs to the head of the document.
pub(crate) fn mark_front(pieces: &mut [Option<Piece>], raw: &[RawBlock], title: &std::ops::Range<usize>) {
    if title.is_empty() {
        return;
    }
    let page = raw[title.start].page;
    for (piece, block) in pieces.iter_mut().zip(raw) {
        let Some(piece) = piece else { continue };
        if block.page > page + 2 {
            break;
        }
        match &piece.kind {
            PieceKind::Heading(heading) if heading.number.is_some() || roles::is_usual_name(&heading.text) => break,
            PieceKind::Heading(heading) if heading.outlined.is_some() => break,
            // Names are often set larger than the text.
            PieceKind::Heading(heading) => piece.kind = PieceKind::Front(heading.text.clone()),
            PieceKind::Paragraph(running) if abstract_start(&running.text).is_some() => break,
            PieceKind::Paragraph(running) => {
                let centered = is_centered_in(&block.area, block.left, block.right, 10.0);
                let words = running.text.split_whitespace().count();
                // Names, places and dates begin with capitals or digits; sentences are mostly of small letters.
                let small = running.text.split_whitespace().filter(|word| word.starts_with(char::is_lowercase)).count();
                let prose = words >= 12 && small * 100 >= words * 52 && !(centered && words < 35) && !running.text.contains('@');
                if !prose {
                    piece.kind = PieceKind::Front(running.text.clone());
                } else {
                    break;
                }
            }
            PieceKind::Item { .. } | PieceKind::Code(_) | PieceKind::Formula { .. } => break,
            PieceKind::Figure(_) | PieceKind::Aside(_) | PieceKind::Front(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_title_wins_unless_the_page_holds_the_stated_one_whole() {
        assert_eq!(
            choose_title(Some("System Model"), Some("Dynamo: a store"), "Dynamo: a store").as_deref(),
            Some("Dynamo: a store")
        );
        assert_eq!(
            choose_title(Some("Tides and Moons"), Some("Tides"), "Tides and Moons by A").as_deref(),
            Some("Tides and Moons")
        );
        assert_eq!(choose_title(Some("Tides"), None, "").as_deref(), Some("Tides"));
        assert_eq!(choose_title(None, None, ""), None);
    }

    #[test]
    fn names_are_told_from_institutions() {
        assert!(is_name("Ann B. Lee"));
        assert!(is_name("Ludwig van Beethoven"));
        for text in ["Stanford University", "ann@lee.org", "Version 2", "A", "March 2020"] {
            assert!(!is_name(text), "{text}");
        }
    }
}
