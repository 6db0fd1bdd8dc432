//! Rows to running text: words joined, hyphens at line ends taken out, marks of footnotes dropped, code and exponents kept.

use super::lines::{Level, Word};
use super::rows::Row;
use domain::inline;
use std::collections::BTreeSet;

/// The words that a document has within its rows, in lower case, to tell a hyphen of a compound from a hyphen of a line end.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary(BTreeSet<String>);

impl Vocabulary {
    /// Learns the words of the rows of a block, but not those that the end of a row cuts.
    pub(crate) fn learn(&mut self, rows: &[Row]) {
        let mut cut = false;
        for row in rows {
            let plain = row.plain();
            let mut words: Vec<&str> = plain.split_whitespace().skip(usize::from(cut)).collect();
            cut = words.last().is_some_and(|word| word.ends_with('-'));
            if cut {
                words.pop();
            }
            self.learn_words(&words);
        }
    }

    fn learn_words(&mut self, words: &[&str]) {
        for word in words {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            if word.chars().count() > 2 {
                self.0.insert(word);
            }
        }
    }

    fn knows(&self, word: &str) -> bool {
        self.0.contains(word)
    }

    /// Whether the hyphen between two parts of a word belongs to the word.
    fn keeps_hyphen(&self, before: &str, after: &str) -> bool {
        let (before, after) = (before.to_lowercase(), after.to_lowercase());
        if self.knows(&format!("{before}{after}")) {
            return false;
        }
        let both_words = before.chars().count() >= 4 && after.chars().count() >= 4 && self.knows(&before) && self.knows(&after);
        self.knows(&format!("{before}-{after}")) || both_words
    }
}

/// Joins rows to one line of text in the inline notation.
pub(crate) fn running_text<'r>(rows: impl IntoIterator<Item = &'r Row>, vocabulary: &Vocabulary) -> String {
    let mut text = String::new();
    for row in rows {
        join(&mut text, &row_text(row), vocabulary);
    }
    text
}

/// Adds a text behind another, taking out the hyphen of a line end.
pub(crate) fn join(text: &mut String, next: &str, vocabulary: &Vocabulary) {
    let next = next.trim();
    if text.is_empty() || next.is_empty() {
        text.push_str(next);
        return;
    }
    let in_capitals =
        text.trim_end_matches('-').ends_with(|c: char| c.is_uppercase()) && next.chars().take(2).all(char::is_uppercase);
    let starts_low = next.starts_with(char::is_lowercase) || in_capitals;
    let stem = text.strip_suffix(['-', '\u{2010}']).filter(|stem| stem.ends_with(char::is_alphabetic));
    if let (Some(stem), true) = (stem, starts_low) {
        let before = stem.rsplit(|c: char| !c.is_alphabetic() && c != '-').next().unwrap_or_default();
        let after = next.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        if !vocabulary.keeps_hyphen(before, after) {
            text.pop();
        }
    } else if text.ends_with(['-', '\u{2010}', '/', '—']) && text.chars().rev().nth(1).is_some_and(char::is_alphanumeric)
        || is_wide(text, next)
    {
    } else {
        text.push(' ');
    }
    text.push_str(next);
}

/// Scripts without spaces between words.
fn is_wide(text: &str, next: &str) -> bool {
    let wide = |c: char| matches!(c, '\u{3000}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}');
    text.chars().next_back().is_some_and(wide) && next.chars().next().is_some_and(wide)
}

fn row_text(row: &Row) -> String {
    let mut text = String::new();
    let mut code = String::new();
    let flush = |text: &mut String, code: &mut String| {
        if !code.is_empty() {
            text.push_str(&inline::code(&std::mem::take(code)));
        }
    };
    let mut before: Option<&Word> = None;
    for word in &row.words {
        let shown = show(before, word);
        let Some(shown) = shown else {
            continue;
        };
        let is_code = word.face.monospace && word.level == Level::Base;
        if is_code && !code.is_empty() {
            if !word.glued {
                code.push(' ');
            }
            code.push_str(&word.text);
        } else {
            flush(&mut text, &mut code);
            let glued = word.glued || matches!(word.level, Level::Raised | Level::Lowered) && before.is_some();
            if !glued && !text.is_empty() {
                text.push(' ');
            }
            if is_code {
                code.push_str(&word.text);
            } else {
                text.push_str(&shown);
            }
        }
        before = Some(word);
    }
    flush(&mut text, &mut code);
    text
}

/// A word as prose shows it; none for the mark of a footnote or citation.
fn show(before: Option<&Word>, word: &Word) -> Option<String> {
    match word.level {
        Level::Base => Some(inline::escape(&word.text)),
        Level::Raised if is_note_mark(before, word) => None,
        Level::Raised => Some(shift(&word.text, raised).unwrap_or_else(|| inline::escape(&word.text))),
        Level::Lowered => Some(shift(&word.text, lowered).unwrap_or_else(|| inline::escape(&word.text))),
    }
}

const UNITS: &[&str] = &["m", "km", "cm", "mm", "s", "ms", "kg", "in", "ft"];

fn is_note_mark(before: Option<&Word>, word: &Word) -> bool {
    let is_symbol = word.text.chars().all(|c| "*∗†‡§¶#".contains(c));
    let is_number =
        word.text.chars().all(|c| c.is_ascii_digit() || ",–-[] ".contains(c)) && word.text.contains(|c: char| c.is_ascii_digit());
    let Some(before) = before else { return is_symbol || is_number };
    if before.face.math || before.level != Level::Base {
        return is_symbol && !before.face.math;
    }
    let letters = before.text.chars().filter(|c| c.is_alphabetic()).count();
    let unit = UNITS.contains(&before.text.as_str());
    let behind_word = letters >= 2 && before.text.ends_with(char::is_alphabetic) && !unit;
    // Affiliations are marked with letters.
    let letter = word.text.chars().all(|c| ('a'..='h').contains(&c) || c == ',')
        && letters >= 3
        && !before.text.ends_with(|c: char| c.is_ascii_digit());
    let behind_mark = before.text.ends_with(['.', ',', ';', ':', ')', '”', '"', '’', '?', '!']);
    is_symbol
        || letter
        || (is_number && (behind_word || behind_mark && letters >= 2 || before.text.ends_with(['.', ',', '”', '’'])))
}

fn shift(text: &str, map: fn(char) -> Option<char>) -> Option<String> {
    text.chars().map(map).collect()
}

fn raised(character: char) -> Option<char> {
    Some(match character {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4'..='9' => char::from_u32(0x2070 + character.to_digit(10)?)?,
        '+' => '⁺',
        '-' | '−' | '–' => '⁻',
        '(' => '⁽',
        ')' => '⁾',
        'n' => 'ⁿ',
        'i' => 'ⁱ',
        'T' => 'ᵀ',
        'k' => 'ᵏ',
        'm' => 'ᵐ',
        'x' => 'ˣ',
        't' => 'ᵗ',
        '′' | '\'' => '′',
        _ => return None,
    })
}

fn lowered(character: char) -> Option<char> {
    Some(match character {
        '0'..='9' => char::from_u32(0x2080 + character.to_digit(10)?)?,
        '+' => '₊',
        '-' | '−' => '₋',
        'i' => 'ᵢ',
        'j' => 'ⱼ',
        'k' => 'ₖ',
        'n' => 'ₙ',
        'm' => 'ₘ',
        't' => 'ₜ',
        'x' => 'ₓ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::fonts::Face;
    use crate::pdf::geometry::Area;

    fn word(text: &str, level: Level) -> Word {
        Word { text: text.to_owned(), x0: 0.0, x1: 1.0, size: 10.0, face: Face::default(), level, glued: level != Level::Base }
    }

    fn row(words: Vec<Word>) -> Row {
        Row { area: Area { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 }, baseline: 0.0, size: 10.0, words }
    }

    fn prose(text: &str) -> Row {
        row(text.split(' ').map(|text| word(text, Level::Base)).collect())
    }

    #[test]
    fn hyphens_of_line_ends_go_and_those_of_words_stay() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.learn(&[prose("the load balancing and a well-known result of repli-"), prose("cation")]);
        let check = |first: &str, second: &str, expected: &str| {
            assert_eq!(running_text(&[prose(first), prose(second)], &vocabulary), expected);
        };
        check("we see repli-", "cation here", "we see replication here");
        check("a well-", "known fact", "a well-known fact");
        check("the load-", "balancing part", "the load-balancing part");
        check("in 1990-", "2000 we", "in 1990-2000 we");
        check("WITHOUT EXPRESS OR IM-", "PLIED WARRANTY", "WITHOUT EXPRESS OR IMPLIED WARRANTY");
        check("two rows", "one text", "two rows one text");
    }

    #[test]
    fn marks_of_footnotes_are_not_glued_to_words() {
        let text = |words| running_text(&[row(words)], &Vocabulary::default());
        assert_eq!(text(vec![word("results", Level::Base), word("3", Level::Raised), word("show", Level::Base)]), "results show");
        assert_eq!(text(vec![word("Author", Level::Base), word("a", Level::Raised)]), "Author");
        assert_eq!(text(vec![word("done.", Level::Base), word("1,2", Level::Raised)]), "done.");
    }

    #[test]
    fn exponents_and_indices_keep_their_meaning() {
        let text = |words| running_text(&[row(words)], &Vocabulary::default());
        assert_eq!(text(vec![word("10", Level::Base), word("6", Level::Raised)]), "10⁶");
        assert_eq!(text(vec![word("x", Level::Base), word("2", Level::Raised)]), "x²");
        assert_eq!(text(vec![word("km", Level::Base), word("2", Level::Raised)]), "km²");
        assert_eq!(text(vec![word("H", Level::Base), word("2", Level::Lowered), word("O", Level::Base)]), "H₂ O");
        assert_eq!(text(vec![word("10", Level::Base), word("th", Level::Raised)]), "10th");
    }
}
