//! Cuts a narration into pieces a server takes, at the ends of sentences.

use std::ops::Range;

/// The places of pieces of at most so many characters that together are the text, without the blanks between them. A sentence that is
/// longer is cut between words.
pub(crate) fn split(text: &str, most_characters: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    let place = |piece: &str| {
        let start = piece.as_ptr() as usize - text.as_ptr() as usize;
        start..start + piece.len()
    };
    while rest.chars().count() > most_characters {
        let limit = rest.char_indices().nth(most_characters).map_or(rest.len(), |(at, _)| at);
        let window = &rest[..limit];
        let sentence_end = window
            .char_indices()
            .filter(|(at, c)| {
                matches!(c, '.' | '!' | '?' | '。')
                    && rest[at + c.len_utf8()..].starts_with(|next: char| next.is_whitespace() || *c == '。')
            })
            .map(|(at, c)| at + c.len_utf8())
            .next_back();
        let end = sentence_end.or_else(|| window.rfind(char::is_whitespace).filter(|at| *at > 0)).unwrap_or(limit);
        pieces.push(place(rest[..end].trim()));
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() {
        pieces.push(place(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, most_characters: usize) -> Vec<&str> {
        split(text, most_characters).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_text_is_cut_at_the_ends_of_sentences() {
        assert_eq!(pieces("One two. Three four. Five.", 21), ["One two. Three four.", "Five."]);
        assert_eq!(pieces(" short ", 10), ["short"]);
        assert!(pieces("  ", 10).is_empty());
    }

    #[test]
    fn a_long_sentence_is_cut_between_words_and_a_long_word_anywhere() {
        assert_eq!(pieces("aaa bbb ccc", 8), ["aaa bbb", "ccc"]);
        assert_eq!(pieces("äöüäöü", 4), ["äöüä", "öü"]);
    }

    #[test]
    fn nothing_is_lost() {
        let text = "A sentence here. ".repeat(300);
        let pieces = pieces(&text, 100);
        assert!(pieces.iter().all(|piece| piece.chars().count() <= 100));
        assert_eq!(pieces.join(" "), text.trim());
    }
}
