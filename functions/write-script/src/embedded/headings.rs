//! Headings as they look best on a slide: without numbers, in sentence case.

use super::language::Language;
use super::{shorten, speakable, verbs};
use domain::{Block, Document, inline};
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A heading on a slide has at most so many words.
const MOST_WORDS: usize = 12;

/// How words are written inside the sentences of a document, so that `Neural Network` becomes `neural network` but `New York`
/// stays.
pub(crate) struct Case {
    words: HashMap<String, Seen>,
    /// Whether nouns are written with a capital, as in German.
    capital_nouns: bool,
}

#[derive(Default)]
struct Seen {
    small: u32,
    capital: u32,
    shouted: u32,
}

impl Case {
    /// Looks at every word that does not begin a sentence.
    pub(crate) fn of(document: &Document, language: Language) -> Self {
        let mut seen: HashMap<String, Seen> = HashMap::new();
        for block in document.sections.iter().flat_map(|section| &section.blocks) {
            let texts: Vec<&str> = match block {
                Block::Paragraph { text, .. } | Block::Quote { text, .. } => vec![text],
                Block::List { items, .. } => items.iter().map(|item| item.text.as_str()).collect(),
                _ => Vec::new(),
            };
            for text in texts {
                let mut begins = true;
                for word in text.split_whitespace() {
                    let bare = bare(word);
                    if !begins && !bare.is_empty() {
                        let entry = seen.entry(bare.to_lowercase()).or_default();
                        match shape(bare) {
                            Shape::Small => entry.small += 1,
                            Shape::Capital => entry.capital += 1,
                            Shape::Shouted => entry.shouted += 1,
                        }
                    }
                    begins = word.ends_with(['.', '!', '?', ':', '”', '"', '—', '–'])
                        || word.len() <= 1 && !word.chars().any(char::is_alphanumeric);
                }
            }
        }
        Self { words: seen, capital_nouns: language == Language::German }
    }

    fn seen(&self, word: &str) -> Option<&Seen> {
        self.words.get(&word.to_lowercase())
    }
}

#[derive(PartialEq)]
enum Shape {
    Small,
    Capital,
    Shouted,
}

fn shape(word: &str) -> Shape {
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    match letters.next() {
        Some(first) if first.is_uppercase() => {
            let rest: Vec<char> = letters.collect();
            if !rest.is_empty() && rest.iter().all(|c| c.is_uppercase()) { Shape::Shouted } else { Shape::Capital }
        }
        _ => Shape::Small,
    }
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Makes a heading fit to be shown; none if nothing is left of it.
pub(crate) fn tidy(heading: &str, case: &Case, language: Language) -> Option<String> {
    let heading = last_of_several(without_number(&speakable::shown(heading, language))).to_owned();
    let heading = heading.trim_end_matches(['.', ':', ';', ',', '#', '-', '–', '—', ' ']).trim_start_matches(['#', '*', ' ']);
    if !heading.chars().any(char::is_alphanumeric) {
        return None;
    }
    let cased = sentence_case(heading, case);
    Some(shorten::to_words(&cased, MOST_WORDS))
}

/// Takes `3.1`, `IV.`, `A.2`, `Chapter 5:` off the front of a heading.
fn without_number(heading: &str) -> &str {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:(?:(?i:chapter|part|section|appendix|kapitel|teil|anhang|chapitre|partie|capítulo|parte|lecture|unit|step)\s+(?:\d+(?:\.\d+)*|[IVX]+|[A-Z])\s*[:.–—-]\s*)|(?:\d+(?:\.\d+)+\.?\s+)|(?:\d{1,3}[.)]\s+)|(?:\d{1,2}\s+)|(?:[IVX]+[.)]\s+)|(?:[A-Z](?:\.\d+)+\.?\s+)|(?:[A-Z][.)]\s+))")
            .expect("a constant")
    });
    match NUMBER.find(heading) {
        Some(found)
            if heading[found.end()..].starts_with(|c: char| c.is_alphabetic() || c == '`' || c == '$')
                && keeps_sense(&heading[found.end()..]) =>
        {
            &heading[found.end()..]
        }
        _ => heading,
    }
}

/// Of two headings that were read as one, `Related work 3.1 Peer to peer systems`, the inner one.
fn last_of_several(heading: &str) -> &str {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s\d{1,2}\.\d{1,2}\.?\s+(\p{Lu})").expect("a constant"));
    NUMBER.captures_iter(heading).last().and_then(|found| found.get(1)).map_or(heading, |inner| &heading[inner.start()..])
}

/// `3 ways to fail` needs its number; `3 Methods` does not.
fn keeps_sense(rest: &str) -> bool {
    !rest.starts_with(char::is_lowercase)
}

/// Lowers the words that the document itself writes small inside its sentences.
fn sentence_case(heading: &str, case: &Case) -> String {
    let words: Vec<&str> = shorten::tokens(heading);
    let prose = || words.iter().filter(|word| !word.starts_with(['`', '$']) && word.chars().any(char::is_alphabetic));
    let all_shouted = prose().count() > 0
        && prose().all(|word| {
            shape(bare(word)) != Shape::Small && (shape(bare(word)) == Shape::Shouted || bare(word).chars().count() == 1)
        });
    let is_long_shout = all_shouted && prose().any(|word| bare(word).chars().count() > 4);
    let is_small_inside = |word: &str| case.seen(bare(word)).is_some_and(|seen| seen.small > seen.capital);
    let long_words = || prose().skip(1).filter(|word| bare(word).chars().count() > 3);
    // Where every long word has a capital, and the document writes one of them small elsewhere, the capitals are those of a
    // heading, also on words that it writes nowhere else.
    let is_title_case = !case.capital_nouns
        && long_words().all(|word| shape(bare(word)) != Shape::Small)
        && prose().skip(1).any(|word| shape(bare(word)) == Shape::Capital && is_small_inside(word));
    // A verb is no name, although the contents of a book write it with a capital too.
    let is_verb = |word: &str| verbs::is_verb(&bare(word).to_lowercase(), None);
    let is_name = |word: &&str| case.seen(bare(word)).is_some_and(|seen| seen.capital > seen.small);
    let is_beside_name = |at: usize| words.get(at + 1).is_some_and(is_name) || at > 0 && is_name(&words[at - 1]);
    let mut cased: Vec<String> = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        if word.starts_with(['`', '$']) || bare(word).is_empty() {
            cased.push((*word).to_owned());
            continue;
        }
        let seen = case.seen(bare(word));
        let after_break = at == 0 || words[at - 1].ends_with([':', '.', '?', '!', '–', '—']);
        let lowered = if is_long_shout {
            match seen {
                Some(seen) if seen.shouted > seen.small + seen.capital => (*word).to_owned(),
                Some(seen) if seen.capital > seen.small => first_upper(&word.to_lowercase()),
                _ => word.to_lowercase(),
            }
        } else if shape(bare(word)) == Shape::Capital
            && has_one_capital(word)
            && (is_small_inside(word) || is_title_case && (seen.is_none() && !is_beside_name(at) || is_verb(word)))
        {
            word.to_lowercase()
        } else {
            (*word).to_owned()
        };
        cased.push(if after_break { speakable::capitalise(&lowered) } else { lowered });
    }
    cased.join(" ")
}

fn has_one_capital(word: &str) -> bool {
    word.chars().filter(|c| c.is_uppercase()).count() == 1
}

fn first_upper(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A heading as it is written inside a sentence: its first word small, if the document writes it small, or never writes it but
/// writes the others small.
pub(crate) fn inside_a_sentence(heading: &str, case: &Case) -> String {
    let mut words = heading.split_whitespace();
    let first = words.next().unwrap_or_default();
    let is_small = match case.seen(bare(first)) {
        Some(seen) => seen.small > seen.shouted && 2 * seen.small >= seen.capital,
        None => {
            let does = first.ends_with("ing") && verbs::is_verb(&first.to_lowercase(), None);
            !case.capital_nouns && (does || words.any(|word| shape(bare(word)) == Shape::Small && word.chars().count() > 3))
        }
    };
    let rest = || heading.split_whitespace().skip(1).filter(|word| word.chars().count() > 3);
    let keeps_capitals = rest().count() > 0 && rest().all(|word| shape(bare(word)) != Shape::Small);
    if is_small && !keeps_capitals && has_one_capital(first) {
        format!("{}{}", first.to_lowercase(), &heading[first.len()..])
    } else {
        heading.to_owned()
    }
}

/// The title of a document as a person would write it; none if it is a file name or the default of an authoring program.
pub(crate) fn document_title(title: &str, case: &Case, language: Language) -> Option<String> {
    const MOST_TITLE_WORDS: usize = 18;
    let plain = inline::plain(title);
    let lower = plain.trim().to_lowercase();
    let is_file = !lower.contains(' ')
        && [".pdf", ".doc", ".docx", ".dvi", ".tex", ".txt", ".md", ".ps"].iter().any(|end| lower.ends_with(end));
    let is_default = lower.starts_with("microsoft word")
        || lower.starts_with("microsoft powerpoint")
        || lower == "untitled"
        || lower == "title";
    if is_file || is_default {
        return None;
    }
    let shown = speakable::shown(title, language);
    let heading = without_number(&shown).trim_end_matches(['.', ':', ';', ',', ' ']);
    if !heading.chars().any(char::is_alphabetic) {
        return None;
    }
    let words = shorten::tokens(heading);
    let shouted = words.iter().filter(|word| word.chars().any(char::is_alphabetic)).all(|word| shape(bare(word)) != Shape::Small);
    let cased = if shouted && words.len() > 1 && heading.to_uppercase() == heading {
        sentence_case(heading, case)
    } else {
        speakable::capitalise(heading)
    };
    Some(shorten::to_words(&cased, MOST_TITLE_WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> Case {
        let seen = |small, capital, shouted| Seen { small, capital, shouted };
        let words = HashMap::from([
            ("model".to_owned(), seen(9, 1, 0)),
            ("architecture".to_owned(), seen(3, 0, 0)),
            ("york".to_owned(), seen(0, 4, 0)),
            ("gpu".to_owned(), seen(0, 0, 5)),
        ]);
        Case { words, capital_nouns: false }
    }

    #[test]
    fn headings_lose_their_numbers_and_their_capitals() {
        for (heading, expected) in [
            ("3.1 Model Architecture", "Model architecture"),
            ("IV. RESULTS", "Results"),
            ("Chapter 5: The Model", "The model"),
            ("A.2 Proof", "Proof"),
            ("In New York", "In New York"),
            ("Why Every Model Is Certain", "Why every model is certain"),
            ("Every Model of New York", "Every model of New York"),
            ("A GPU MODEL", "A GPU model"),
            ("Using `read_file`:", "Using `read_file`"),
            ("## Usage", "Usage"),
            ("RELATED WORK 3.1 Peer to Peer Systems", "Peer to Peer Systems"),
            ("3 ways to fail", "3 ways to fail"),
            ("C++", "C++"),
            ("API", "API"),
            ("2001: A Space Odyssey", "2001: A Space Odyssey"),
        ] {
            assert_eq!(tidy(heading, &case(), Language::English).as_deref(), Some(expected), "{heading}");
        }
        assert_eq!(tidy("***", &case(), Language::English), None);
    }

    #[test]
    fn a_file_name_is_no_title() {
        for bad in ["paper.pdf", "Microsoft Word - thesis.doc", "untitled", "123"] {
            assert_eq!(document_title(bad, &case(), Language::English), None, "{bad}");
        }
        assert_eq!(
            document_title("Attention Is All You Need", &case(), Language::English).as_deref(),
            Some("Attention Is All You Need")
        );
    }
}
