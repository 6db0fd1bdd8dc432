//! How well a text is heard: what somebody wrote down, held against what was to be said.
//!
//! Everybody writes as they like, so both are made alike first: small letters without marks, digits in a row as one numeral, and
//! scripts without blanks sign by sign. Then the fewest words are counted that were heard otherwise, left out or added. Two words
//! that are one together are the same (`data set`, `dataset`), and a numeral is whatever it may be read as (`1969`, `nineteen
//! sixty nine`): which words those are nobody knows in every language, only how many at most.

use crate::is_unspaced;
use unicode_width::UnicodeWidthChar;

/// A digit is read as so many words at most, as in `two hundred and seven`.
const MOST_WORDS_PER_DIGIT: usize = 2;

/// What is longer than the text by this factor is babble, however it goes on.
const LONGEST: usize = 4;

/// What was heard otherwise than it was to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordErrors {
    /// Words that were heard otherwise, left out or added; in scripts without blanks, signs.
    pub errors: usize,
    /// Words that were to be said.
    pub words: usize,
}

impl WordErrors {
    /// The word error rate (<https://en.wikipedia.org/wiki/Word_error_rate>): errors for each word, above 1 where much was added.
    pub fn rate(&self) -> f32 {
        self.errors as f32 / self.words.max(1) as f32
    }
}

/// Counts what was heard otherwise than a text has it.
pub fn word_errors(text: &str, heard: &str) -> WordErrors {
    let (text, mut heard) = (comparable(text), comparable(heard));
    let listened_to = heard.len().min(text.len() * LONGEST);
    let babble = heard.split_off(listened_to).len();
    WordErrors { errors: distance(&text, &heard) + babble, words: text.len() }
}

/// The words of a text as they are compared.
fn comparable(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends_with_digit = word.ends_with(char::is_numeric);
        let next_is_digit = letters.peek().is_some_and(|next| next.is_numeric());
        if letter.is_alphanumeric() {
            if !word.is_empty() && (ends_with_digit != letter.is_numeric() || is_unspaced(letter)) {
                words.push(std::mem::take(&mut word));
            }
            word.extend(letter.to_lowercase().filter(|small| small.is_alphanumeric()));
            if is_unspaced(letter) {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        // `1,000.5` is one numeral, `don't` one word, and what has no width belongs to the letter before it.
        let is_inside = match letter {
            '.' | ',' => ends_with_digit && next_is_digit,
            '\'' | '\u{2019}' => true,
            mark => mark.width() == Some(0),
        };
        if !is_inside && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// The fewest errors that lead from one row of words to the other: the distance of Levenshtein, with joined words and numerals for
/// nothing.
fn distance(text: &[String], heard: &[String]) -> usize {
    let columns = heard.len() + 1;
    let mut least = vec![0; (text.len() + 1) * columns];
    for said in 0..=text.len() {
        for taken in 0..=heard.len() {
            let at = |back_said: usize, back_taken: usize| {
                let is_there = back_said <= said && back_taken <= taken;
                is_there.then(|| (said - back_said) * columns + taken - back_taken)
            };
            let step = |back_said, back_taken, cost| at(back_said, back_taken).map(|at| least[at] + cost);
            let free = |back_said: usize, back_taken: usize| {
                at(back_said, back_taken)?;
                are_the_same(&text[said - back_said..said], &heard[taken - back_taken..taken]).then_some((back_said, back_taken))
            };
            let readings =
                |words: &[String]| words.last().filter(|word| is_numeral(word)).map_or(2, |word| most_words(word).max(2));
            let of_one_said = (1..=readings(&text[..said])).filter_map(|taken| free(1, taken));
            let of_one_heard = (1..=readings(&heard[..taken])).filter_map(|said| free(said, 1));
            let for_nothing = of_one_said.chain(of_one_heard).filter_map(|(said, taken)| step(said, taken, 0));
            let otherwise = [step(1, 1, 1), step(1, 0, 1), step(0, 1, 1)].into_iter().flatten();
            least[said * columns + taken] = for_nothing.chain(otherwise).min().unwrap_or(0);
        }
    }
    least[text.len() * columns + heard.len()]
}

/// Whether one word says what a row of words says.
fn are_the_same(text: &[String], heard: &[String]) -> bool {
    let is_reading = |one: &[String], many: &[String]| matches!(one, [one] if is_numeral(one) && many.len() <= most_words(one) && !many.iter().any(|word| is_numeral(word)));
    let is_joined = text.len() + heard.len() <= 3 && letters(text).eq(letters(heard));
    is_joined || is_reading(text, heard) || is_reading(heard, text)
}

fn letters(words: &[String]) -> impl Iterator<Item = char> {
    words.iter().flat_map(|word| word.chars())
}

fn is_numeral(word: &str) -> bool {
    word.starts_with(char::is_numeric)
}

fn most_words(numeral: &str) -> usize {
    numeral.chars().count() * MOST_WORDS_PER_DIGIT
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, heard: &str, errors: usize, words: usize) {
        assert_eq!(word_errors(text, heard), WordErrors { errors, words }, "{text:?}, heard as {heard:?}");
    }

    #[test]
    fn words_are_counted_that_were_heard_otherwise() {
        check("The Moon pulls at the water.", "The moon pulls at the water", 0, 6);
        check("The Moon pulls at the water.", "the spoon pulls the warm water", 3, 6);
        check("The Moon pulls at the water.", "", 6, 6);
        check("", "Thank you for watching!", 4, 0);
        check("Stop.", "stop stop stop stop stop stop stop", 6, 1);
        assert!((word_errors("a b c d", "a b x d").rate() - 0.25).abs() < 1e-6);
    }

    #[test]
    fn everybody_writes_as_they_like() {
        check("It\u{2019}s a well-known e-mail – really?", "its a well known email really", 0, 7);
        check("A data set in the network", "a dataset in the net work", 0, 6);
        check("चाँद पानी को खींचता है।", "चाँद पानी को खींचता है", 0, 5);
    }

    #[test]
    fn a_numeral_is_what_it_may_be_read_as() {
        check("In 1969 we came.", "in nineteen sixty nine we came", 0, 4);
        check("Two hundred and seven of them.", "207 of them", 0, 6);
        check("It weighs 1,000.5 kg.", "it weighs 1000.5kg", 0, 4);
        check("In 1969 we came.", "in 1996 we came", 1, 4);
        check("In 5 days we came.", "in which nobody ever came or went", 4, 5);
    }

    #[test]
    fn scripts_without_blanks_are_compared_sign_by_sign() {
        check("月球吸引海水。", "月球 吸引海水", 0, 6);
        check("月球吸引海水。", "月球吸引河水", 1, 6);
        check("1999年", "一九九九年", 0, 2);
        check("ดวงจันทร์", "ดวงจันทร์", 0, comparable("ดวงจันทร์").len());
    }

    /// Words of four letters, none of which is two others together.
    fn narration() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[a-z]{4}", 1..40)
    }

    proptest! {
        #[test]
        fn case_marks_and_blanks_are_no_errors(words in narration()) {
            let text = words.join(" ");
            let heard = words.iter().map(|word| word.to_uppercase()).collect::<Vec<_>>().join(",\n ") + "!";
            prop_assert_eq!(word_errors(&text, &heard), WordErrors { errors: 0, words: words.len() });
        }

        #[test]
        fn words_that_are_left_out_or_added_are_errors(words in narration(), mask in prop::collection::vec(any::<bool>(), 40)) {
            let kept: Vec<&str> = words.iter().zip(mask).filter(|(_, is_kept)| *is_kept).map(|(word, _)| word.as_str()).collect();
            let missing = words.len() - kept.len();
            prop_assert_eq!(word_errors(&words.join(" "), &kept.join(" ")).errors, missing);
            if words.len() <= kept.len() * LONGEST {
                prop_assert_eq!(word_errors(&kept.join(" "), &words.join(" ")).errors, missing);
            }
        }

        #[test]
        fn any_two_texts_can_be_compared(text in ".{0,60}", heard in ".{0,60}") {
            let found = word_errors(&text, &heard);
            let (said, taken) = (comparable(&text).len(), comparable(&heard).len());
            prop_assert_eq!(found.words, said);
            prop_assert!(found.errors <= said.max(taken));
            prop_assert_eq!(word_errors(&text, &text).errors, 0);
            if taken <= said * LONGEST && said <= taken * LONGEST {
                prop_assert_eq!(word_errors(&heard, &text).errors, found.errors);
            }
        }
    }
}
