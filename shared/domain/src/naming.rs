//! Which word of a narration names which part of a visual.

use crate::cue::ends_sentence;
use crate::{Cue, Diagram, Visual, inline};

/// Shorter words, such as "the" and "of", name nothing unless they hold a digit or are written as a name, such as "DNA".
const LEAST_LETTERS: usize = 4;

/// A part is named where at least this share of its words is heard.
const LEAST_SHARE: f64 = 0.34;

/// What stands from the start is named only where at least this share of its words is heard: nobody misses a mark, but a wrong one
/// leads astray.
const LEAST_SHARE_STANDING: f64 = 0.6;
/// How many other words may stand between those of such a name.
const NAME_GAPS: usize = 2;

/// The cues of a scene: for each part of its visual the word with which the narration begins to speak of it. Parts that appear come in
/// order; the rows of a table and the lines of a listing, which stand from the start, in any. One that is not spoken of has no cue.
pub fn propose(narration: &str, visual: &Visual) -> Vec<Cue> {
    match visual {
        Visual::Table { rows, .. } if rows.len() > 1 => {
            let names = rows.iter().map(|row| all_words(&inline::plain(row.first().map_or("", String::as_str))));
            name_standing(narration, &names.collect::<Vec<_>>())
        }
        Visual::Code { text, .. } => {
            // One word alone is too common in a listing to tell its lines apart.
            let names = text.lines().map(all_words).map(|words| if words.len() > 1 { words } else { Vec::new() });
            name_standing(narration, &names.collect::<Vec<_>>())
        }
        visual => name(narration, &parts(visual)),
    }
}

/// The different words of a short text, those of two letters as well, and those that make up the names of code.
fn all_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).map(letters).filter(|word| word.chars().count() > 1) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Finds where each sentence names parts that stand from the start: at the first word of each, unless it belongs to another as well.
fn name_standing(narration: &str, parts: &[Vec<String>]) -> Vec<Cue> {
    let spoken = Spoken::of(narration);
    let mut cues = Vec::<Cue>::new();
    let mut sentence = 0;
    for at in 0..spoken.words.len() {
        if at > 0 && spoken.sentence_ends[at] != spoken.sentence_ends[at - 1] {
            sentence = cues.len();
        }
        let shares: Vec<f64> = parts.iter().map(|part| spoken.share_at(part, at)).collect();
        let most = shares.iter().copied().fold(0.0, f64::max);
        let mut best = (1_u32..).zip(&shares).filter(|(_, share)| **share >= most);
        let (Some((step, _)), None) = (best.next(), best.next()) else { continue };
        if most >= LEAST_SHARE_STANDING && cues[sentence..].iter().all(|cue| cue.step != step) {
            cues.push(Cue { word: at as u32, step });
        }
    }
    cues
}

/// What appears step by step, as plain text. One part alone is a statement and stands from the start.
fn parts(visual: &Visual) -> Vec<String> {
    let texts: Vec<&String> = match visual {
        Visual::Slide { bullets, .. } | Visual::Figure { bullets, .. } => bullets.iter().collect(),
        Visual::Formula { steps, explanation, .. } if steps.is_empty() => explanation.iter().collect(),
        Visual::Summary { points, .. } => points.iter().collect(),
        Visual::Columns { left, right, .. } => left.items.iter().chain(&right.items).collect(),
        Visual::Graph { graph, .. } => graph.series.iter().filter_map(|series| series.name.as_ref()).collect(),
        Visual::Diagram { diagram, .. } => diagram_parts(diagram),
        // Their parts are not named by words, or they have none.
        Visual::Formula { .. }
        | Visual::Title { .. }
        | Visual::Code { .. }
        | Visual::Table { .. }
        | Visual::Quote { .. }
        | Visual::Number { .. }
        | Visual::Definition { .. }
        | Visual::Image { .. }
        | Visual::Card { .. }
        | Visual::Illustration { .. }
        | Visual::Placeholder { .. } => return Vec::new(),
    };
    let parts: Vec<String> = texts.into_iter().filter(|text| !text.trim().is_empty()).map(|text| inline::plain(text)).collect();
    if parts.len() > 1 { parts } else { Vec::new() }
}

fn diagram_parts(diagram: &Diagram) -> Vec<&String> {
    match diagram {
        Diagram::Flow { nodes, .. } => nodes.iter().map(|node| &node.text).collect(),
        Diagram::Sequence { messages, .. } => messages.iter().map(|message| &message.text).collect(),
        Diagram::MindMap { root } | Diagram::Hierarchy { root } => root.children.iter().map(|branch| &branch.text).collect(),
        Diagram::Timeline { events } => events.iter().map(|event| &event.text).collect(),
        Diagram::Cycle { stages } => stages.iter().collect(),
    }
}

/// Finds the words that name parts, in the order of the parts: of all ways to place them, the one in which most is heard.
pub fn name(narration: &str, parts: &[String]) -> Vec<Cue> {
    let spoken = Spoken::of(narration);
    let texts = parts;
    let parts: Vec<Vec<String>> = texts.iter().map(|part| content_words(part)).collect();
    let words = spoken.words.len();
    // The most that is heard of the first parts up to a word.
    let mut heard = vec![vec![0.0_f64; words + 1]; parts.len() + 1];
    let shares: Vec<Vec<f64>> = parts.iter().map(|part| (0..words).map(|at| spoken.share(part, at)).collect()).collect();
    for (part, shares) in shares.iter().enumerate() {
        for (word, share) in shares.iter().enumerate() {
            let skipped = heard[part + 1][word].max(heard[part][word + 1]);
            heard[part + 1][word + 1] = skipped.max(if *share > 0.0 { heard[part][word] + share } else { 0.0 });
        }
    }
    let mut cues = Vec::new();
    let (mut part, mut word) = (parts.len(), words);
    while part > 0 && word > 0 {
        if heard[part][word] <= heard[part][word - 1] {
            word -= 1;
        } else if heard[part][word] <= heard[part - 1][word] {
            part -= 1;
        } else {
            cues.push(Cue { word: word as u32 - 1, step: part as u32 });
            part -= 1;
            word -= 1;
        }
    }
    cues.reverse();
    let mut free = 0;
    for cue in &mut cues {
        cue.word = spoken.phrase_begin(&texts[cue.step as usize - 1], cue.word as usize, free) as u32;
        free = cue.word as usize + 1;
    }
    cues
}

/// A narration, word by word as cues count them.
struct Spoken {
    words: Vec<String>,
    /// For each word the index behind the last word of its sentence.
    sentence_ends: Vec<usize>,
}

impl Spoken {
    fn of(narration: &str) -> Self {
        let raw = crate::words(narration);
        let mut sentence_ends = vec![raw.len(); raw.len()];
        for at in (0..raw.len().saturating_sub(1)).rev() {
            sentence_ends[at] = if ends_sentence(raw[at]) { at + 1 } else { sentence_ends[at + 1] };
        }
        Self { words: raw.iter().map(|word| letters(word)).collect(), sentence_ends }
    }

    /// How much of a part is heard from a word on, to the end of its sentence: from 0, also where the word itself does not belong to
    /// the part, to 1.
    fn share(&self, part: &[String], from: usize) -> f64 {
        if !part.iter().any(|word| is_same(word, &self.words[from])) {
            return 0.0;
        }
        let ahead = &self.words[from..self.sentence_ends[from]];
        let heard = part.iter().filter(|word| ahead.iter().any(|other| is_same(word, other))).count();
        let share = heard as f64 / part.len() as f64;
        if share < LEAST_SHARE { 0.0 } else { share }
    }

    /// How much of a part is heard at a word that belongs to it and the few behind it, from 0 to 1.
    fn share_at(&self, part: &[String], at: usize) -> f64 {
        if !part.iter().any(|word| is_same(word, &self.words[at])) {
            return 0.0;
        }
        let ahead = &self.words[at..self.sentence_ends[at].min(at + part.len() + NAME_GAPS)];
        part.iter().filter(|word| ahead.iter().any(|other| is_same(word, other))).count() as f64 / part.len() as f64
    }

    /// Where the phrase begins that leads to a word: as far back as the sentence goes on in words of the part, small ones too.
    fn phrase_begin(&self, part: &str, word: usize, earliest: usize) -> usize {
        let own: Vec<String> = crate::words(part).into_iter().map(letters).collect();
        let leads = |before: &usize| self.sentence_ends[*before] > word && own.contains(&self.words[*before]);
        (earliest..word).rev().take_while(leads).last().unwrap_or(word)
    }
}

/// The different words of a text that can name it.
fn content_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for raw in text.split('/').flat_map(crate::words) {
        let word = letters(raw);
        let is_short_name = raw.chars().filter(|c| c.is_uppercase()).count() > 1;
        let is_content =
            is_short_name || word.chars().map(weight).sum::<usize>() >= LEAST_LETTERS || word.chars().any(|c| c.is_ascii_digit());
        if is_content && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// How many letters a sign stands for: one of Chinese says as much as two of an alphabet.
fn weight(letter: char) -> usize {
    if matches!(letter, '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}') { 2 } else { 1 }
}

/// A word in small letters, without its punctuation.
fn letters(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether two words share their stem: the same beginning, and endings as words take them.
fn is_same(one: &str, other: &str) -> bool {
    const LEAST_STEM: usize = 4;
    const LONGEST_ENDINGS: (usize, usize) = (2, 3);
    if one == other {
        return !one.is_empty();
    }
    let stem = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let (one, other) = (one.chars().count() - stem, other.chars().count() - stem);
    stem >= LEAST_STEM && one.min(other) <= LONGEST_ENDINGS.0 && one.max(other) <= LONGEST_ENDINGS.1
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Next, the tides. The Moon pulls at the water of the oceans, and the water rises below it. \
                        A second bulge rises on the far side of the Earth. The Earth turns below both bulges once a day.";

    fn check(parts: &[&str], expected: &[(u32, &str)]) {
        let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        let words: Vec<&str> = TEXT.split_whitespace().collect();
        let found: Vec<(u32, &str)> = name(TEXT, &parts).iter().map(|cue| (cue.step, words[cue.word as usize])).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_part_is_named_where_its_phrase_begins() {
        check(
            &["Moon pulling at ocean water", "Second bulge on the far side", "Earth turning below both"],
            &[(1, "Moon"), (2, "second"), (3, "Earth")],
        );
        check(&["The Moon pulls", "A second bulge", "The Earth turns"], &[(1, "The"), (2, "A"), (3, "The")]);
    }

    #[test]
    fn parts_are_named_in_order() {
        check(&["Far side of the Earth", "The Moon makes the oceans"], &[(1, "the")]);
    }

    #[test]
    fn what_is_not_spoken_of_has_no_cue() {
        check(&["The Moon pulls", "Harbours publish tables", "Once a day the Earth turns"], &[(1, "The"), (3, "The")]);
        check(&[], &[]);
        assert_eq!(name("", &["The Moon".to_owned()]), []);
    }

    #[test]
    fn words_are_the_same_in_other_forms() {
        for (one, other) in [("pulls", "pulling"), ("ocean", "oceans"), ("descend", "descent"), ("2024", "2024")] {
            assert!(is_same(one, other), "{one} {other}");
        }
        for (one, other) in [("interest", "interact"), ("moon", "mood"), ("2024", "2025"), ("", "")] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn rows_of_a_table_are_named_in_any_order() {
        let row = |name: &str| vec![name.to_owned(), "1".to_owned()];
        let rows = vec![row("Transformer (base)"), row("Transformer (big)"), row("ByteNet")];
        let visual = Visual::Table { eyebrow: None, title: "Results".to_owned(), header: vec![], rows, caption: None };
        let text = "ByteNet came first. The big Transformer wins, the Transformer base is close. Transformers are good.";
        let words: Vec<&str> = text.split_whitespace().collect();
        let found: Vec<_> = propose(text, &visual).iter().map(|cue| (words[cue.word as usize], cue.step)).collect();
        assert_eq!(found, [("ByteNet", 3), ("big", 2), ("Transformer", 1)]);
    }

    #[test]
    fn lines_of_a_listing_are_named_by_their_identifiers() {
        let text = "counts = {}\nfor word in words:\n    counts.add(word)\nreturn counts".to_owned();
        let visual = Visual::Code { eyebrow: None, title: "Counting".to_owned(), language: None, text, highlight: vec![] };
        let steps = |narration: &str| propose(narration, &visual).iter().map(|cue| cue.step).collect::<Vec<_>>();
        assert_eq!(steps("At last we return the counts."), [4]);
        assert_eq!(steps("The counts are kept."), Vec::<u32>::new(), "one word tells nothing");
    }

    #[test]
    fn formulas_and_code_are_matched_by_their_letters() {
        let visual = Visual::Slide {
            eyebrow: None,
            title: "Tides".to_owned(),
            bullets: vec!["`water` at $x$".to_owned(), "Bulges turn".to_owned()],
        };
        assert_eq!(propose(TEXT, &visual).len(), 2);
    }
}
