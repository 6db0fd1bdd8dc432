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
        .map(|text| domain::count_words(&inline::plain(text)))
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
    fn a_short_text_in_a_script_without_blanks_is_long_enough() {
        let text = "月球的引力吸引着地球上的海水，使它在朝向月球的一侧隆起。与此同时，另一侧的海水也会隆起，因为那里的引力较弱。\
                    地球每天自转一周，所以同一个海岸一天会经历两次涨潮。太阳也有影响，但只有月球的一半左右。";
        let section = Section {
            heading: None,
            number: None,
            level: 1,
            role: SectionRole::Body,
            blocks: vec![Block::Paragraph { text: text.to_owned(), span: domain::Span::default() }],
        };
        assert!((40..80).contains(&words(&[section])), "as a person would count");
    }
}
