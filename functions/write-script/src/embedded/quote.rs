//! Quotations that say whose words they are.

use domain::{Block, inline};

const LEAST_WORDS: usize = 5;
const MOST_CHARACTERS: usize = 320;
const MOST_NAME_WORDS: usize = 9;

/// The words of a block quotation and whose they are; none where it does not say so, as a note does not.
pub(crate) fn of(block: &Block, next: Option<&Block>) -> Option<(String, String)> {
    let Block::Quote { text, .. } = block else { return None };
    let beside = match next {
        Some(Block::Quote { text: name, .. }) => after_dash(name),
        _ => None,
    };
    let (words, name) = match beside {
        Some(name) => (text.as_str(), name),
        None => inside(text)?,
    };
    let words = words.trim().trim_matches(['"', '“', '”', '„', '«', '»', '\u{201f}']).trim();
    let counts = words.split_whitespace().count() >= LEAST_WORDS && inline::plain(words).chars().count() <= MOST_CHARACTERS;
    counts.then(|| (words.to_owned(), name.to_owned()))
}

/// A name behind the last dash of a text.
fn inside(text: &str) -> Option<(&str, &str)> {
    let at = ["—", "–", "--"].iter().filter_map(|dash| text.rfind(dash)).max()?;
    Some((&text[..at], after_dash(&text[at..])?))
}

fn after_dash(text: &str) -> Option<&str> {
    let name = text.trim().strip_prefix(['—', '–']).or_else(|| text.trim().strip_prefix("--"))?.trim();
    let is_name = (1..=MOST_NAME_WORDS).contains(&name.split_whitespace().count())
        && name.starts_with(char::is_uppercase)
        && !name.ends_with(['.', '!', '?']);
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Span;

    fn quote(text: &str) -> Block {
        Block::Quote { text: text.to_owned(), span: Span::default() }
    }

    #[test]
    fn a_quotation_says_whose_it_is() {
        let expected = Some(("You must not fool yourself.".to_owned(), "Richard Feynman, 1974".to_owned()));
        assert_eq!(of(&quote("“You must not fool yourself.” — Richard Feynman, 1974"), None), expected);
        assert_eq!(of(&quote("You must not fool yourself."), Some(&quote("— Richard Feynman, 1974"))), expected);
    }

    #[test]
    fn what_does_not_say_so_is_none() {
        for text in ["Note: this is only about Linux.", "It was late — and nobody came to open the door for us.", "Short. — Ada"]
        {
            assert_eq!(of(&quote(text), None), None, "{text}");
        }
    }
}
