//! Names a passage that has no heading of its own.

use super::matter::Matter;
use super::{shorten, speakable};
use domain::inline;
use std::collections::HashMap;
use std::ops::Range;

/// A name made of a sentence has at most so many words.
const MOST_WORDS: usize = 8;

/// The phrase of two or three words that the passage repeats most and the rest of the document least; else the start of its best
/// sentence; else nothing, if there is no sentence.
pub(crate) fn of(matter: &Matter<'_>, passage: &Range<usize>, best: Option<usize>, taken: &[String]) -> Option<String> {
    let is_taken = |phrase: &str| taken.iter().any(|other| other.eq_ignore_ascii_case(phrase));
    let repeated = repeated(matter, passage).filter(|phrase| !is_taken(phrase));
    let start = || best.map(|at| start_of(&matter.sentences[at].shown)).filter(|start| !start.is_empty());
    repeated.map(|phrase| speakable::capitalise(&phrase)).or_else(start)
}

/// The start of a sentence as a name: up to its first comma where it would be torn.
fn start_of(sentence: &str) -> String {
    const FEWEST_WORDS: usize = 2;
    let phrase = shorten::phrase(sentence, MOST_WORDS);
    let clause =
        phrase.split_once(", ").map(|(clause, _)| clause).filter(|clause| clause.split_whitespace().count() >= FEWEST_WORDS);
    match clause {
        Some(clause) if phrase.ends_with('…') => clause.to_owned(),
        _ => phrase,
    }
}

fn repeated(matter: &Matter<'_>, passage: &Range<usize>) -> Option<String> {
    let stop_words = matter.language.stop_words();
    let mut counts: HashMap<String, (usize, String)> = HashMap::new();
    for sentence in &matter.sentences[passage.clone()] {
        let plain = inline::plain(&sentence.shown);
        for clause in plain.split([',', '.', ';', ':', '(', ')', '"', '“', '”', '!', '?']) {
            let words: Vec<&str> = clause.split_whitespace().collect();
            for length in 2..=3 {
                for run in words.windows(length) {
                    let content = run.iter().all(|word| {
                        let lower = word.to_lowercase();
                        word.chars().count() > 2
                            && word.chars().all(|c| c.is_alphabetic() || c == '-')
                            && !stop_words.contains(lower.as_str())
                    });
                    let shouted = run.iter().all(|word| word.chars().all(char::is_uppercase));
                    if content && !shouted {
                        let phrase = run.join(" ");
                        counts.entry(phrase.to_lowercase()).or_insert((0, phrase)).0 += 1;
                    }
                }
            }
        }
    }
    counts
        .into_values()
        .filter(|(count, _)| *count >= 2)
        .max_by(|(a, one), (b, other)| (a * one.len(), other).cmp(&(b * other.len(), one)))
        .map(|(_, phrase)| phrase)
}
