//! Cuts a narration into pieces a server takes, at the ends of sentences.

/// Pieces of at most so many characters that together are the text. A sentence that is longer is cut between words.
pub(crate) fn split(text: &str, most_characters: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
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
        pieces.push(rest[..end].trim());
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_the_ends_of_sentences() {
        assert_eq!(split("One two. Three four. Five.", 21), ["One two. Three four.", "Five."]);
        assert_eq!(split("short", 10), ["short"]);
        assert!(split("  ", 10).is_empty());
    }

    #[test]
    fn a_long_sentence_is_cut_between_words_and_a_long_word_anywhere() {
        assert_eq!(split("aaa bbb ccc", 8), ["aaa bbb", "ccc"]);
        assert_eq!(split("äöüäöü", 4), ["äöüä", "öü"]);
    }

    #[test]
    fn nothing_is_lost() {
        let text = "A sentence here. ".repeat(300);
        let pieces = split(&text, 100);
        assert!(pieces.iter().all(|piece| piece.chars().count() <= 100));
        assert_eq!(pieces.join(" "), text.trim());
    }
}
