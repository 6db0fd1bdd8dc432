//! What every reader does last: counts the prose and refuses documents that hold too little or too much.

use domain::{Block, Code, Document, Failure, Section, SectionRole, inline};

/// Fewer words of prose than this explain nothing.
const FEWEST_WORDS: u32 = 30;
/// Longer texts are refused.
const MOST_CHARACTERS: usize = 2_000_000;

/// Number of words of prose: paragraphs, lists and quotations of the sections that teach.
pub(crate) fn words(sections: &[Section]) -> u32 {
    let count: usize = sections
        .iter()
        .filter(|section| !matches!(section.role, SectionRole::References | SectionRole::Boilerplate))
        .flat_map(|section| &section.blocks)
        .flat_map(texts)
        .map(|text| count(&inline::plain(text)))
        .sum();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The prose of a block.
pub(crate) fn texts(block: &Block) -> Vec<&str> {
    match block {
        Block::Paragraph { text, .. } | Block::Quote { text, .. } => vec![text],
        Block::List { items, .. } => items.iter().map(|item| item.text.as_str()).collect(),
        Block::Code { .. } | Block::Table { .. } | Block::Formula { .. } | Block::Figure { .. } => Vec::new(),
    }
}

/// Words between spaces; in scripts without spaces, two characters make a word.
fn count(text: &str) -> usize {
    let wide = |c: &char| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{0E00}'..='\u{0E7F}');
    let narrow: String = text.chars().map(|c| if wide(&c) { ' ' } else { c }).collect();
    narrow.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count() + text.chars().filter(wide).count() / 2
}

/// Gives the document back if it holds enough prose and not too much.
pub(crate) fn accept(document: Document) -> Result<Document, Failure> {
    let characters: usize = document.sections.iter().flat_map(|section| &section.blocks).flat_map(texts).map(str::len).sum();
    if characters > MOST_CHARACTERS {
        return Err(Failure::new(Code::TooLarge, format!("the text has {characters} bytes, more than {MOST_CHARACTERS}")));
    }
    if document.words < FEWEST_WORDS {
        return Err(Failure::new(
            Code::TooShort,
            format!("there are {} words of prose, fewer than {FEWEST_WORDS}", document.words),
        ));
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_in_every_script() {
        assert_eq!(count("two words"), 2);
        assert_eq!(count("a — dash"), 2);
        assert_eq!(count("潮の満ち引きは月の引力"), 5);
    }
}
