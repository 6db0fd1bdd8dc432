//! What a caption is never broken within: a word with its punctuation as [`crate::words`] has it, or a part of one that is too long.

use super::Spoken;
use crate::SpokenWord;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// With these a clause ends.
pub(super) const CLAUSE_ENDS: [char; 11] = [',', ';', ':', '–', '—', '、', '，', '；', '：', '،', '؛'];
/// These stay with the sign before them (<https://www.w3.org/TR/jlreq/>, 3.1.7).
const NEVER_FIRST: &str = "、。，．・：；？！）」』】〉》〕］｝”’…ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々";
/// These stay with the sign behind them (the same, 3.1.8).
const NEVER_LAST: &str = "（「『【〈《〔［｛“‘";

/// A word as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Atom<'a> {
    pub(super) text: &'a str,
    /// Columns it takes.
    pub(super) width: usize,
    /// Whether no blank stands before it.
    pub(super) joined: bool,
    /// Whether it is a part of a longer run without blanks.
    pub(super) is_part: bool,
    /// Whether its signs are full-width, as of a language in which lines break between any two.
    pub(super) is_wide: bool,
    /// When it begins, never before the one before.
    pub(super) begin_ms: u32,
    /// When it ends, never before it begins.
    pub(super) end_ms: u32,
}

/// The atoms of a scene. Words that lie outside the text, or of which nothing can be seen, are left out.
pub(super) fn of<'a>(spoken: &Spoken<'a>, line: usize, scene_end: u32) -> Vec<Atom<'a>> {
    let mut atoms: Vec<Atom> = Vec::with_capacity(spoken.words.len());
    let mut behind = None;
    for word in spoken.words {
        let Some(text) = spoken.narration.get(word.start as usize..word.end as usize) else { continue };
        let is_joined = behind
            .and_then(|behind: u32| spoken.narration.get(behind as usize..word.start as usize))
            .is_some_and(|between| !between.contains(char::is_whitespace));
        behind = Some(word.end);
        let latest = scene_end.saturating_sub(1);
        let begin_ms = word.begin_ms.min(latest).max(atoms.last().map_or(0, |before| before.begin_ms));
        let timed = SpokenWord { begin_ms, end_ms: word.end_ms.min(latest).max(begin_ms), ..word.clone() };
        let first = atoms.len();
        atoms.extend(parts(text, line).map(|part| atom(text, part, &timed)).filter(|atom| atom.width > 0));
        if let Some(first) = atoms.get_mut(first) {
            first.joined = is_joined;
        }
    }
    atoms
}

/// A part of a spoken word, heard for as long as its share of the word's columns.
fn atom<'a>(word: &'a str, part: &'a str, spoken: &SpokenWord) -> Atom<'a> {
    let start = part.as_ptr() as usize - word.as_ptr() as usize;
    let whole = word.width().max(1) as u64;
    let time = |columns: usize| {
        let share = u64::from(spoken.end_ms - spoken.begin_ms) * (columns as u64).min(whole) / whole;
        spoken.begin_ms + u32::try_from(share).unwrap_or(u32::MAX)
    };
    Atom {
        text: part,
        width: part.width(),
        joined: start > 0,
        is_part: part.len() < word.len(),
        is_wide: part.chars().any(is_wide),
        begin_ms: time(word[..start].width()),
        end_ms: time(word[..start + part.len()].width()),
    }
}

/// The word itself; or, where it is longer than a line, its parts: the signs of a run without blanks, else what fits a line.
fn parts(word: &str, line: usize) -> impl Iterator<Item = &str> {
    let is_run = word.width() > line && word.chars().any(is_wide);
    let mut rest = word;
    std::iter::from_fn(move || {
        let end = if is_run || rest.width() > line { end_of_part(rest, line, is_run) } else { rest.len() };
        let (part, behind) = rest.split_at(end);
        rest = behind;
        (!part.is_empty()).then_some(part)
    })
}

/// Where the first part of a text ends.
fn end_of_part(text: &str, line: usize, is_run: bool) -> usize {
    let mut before = None;
    for (at, c) in text.char_indices() {
        if let Some(before) = before.replace(c)
            && !stays_together(before, c)
            && (text[..at + c.len_utf8()].width() > line || is_run && (is_wide(before) || is_wide(c)) && is_breakable(before, c))
        {
            return at;
        }
    }
    text.len()
}

/// Whether two signs make one: an accent and its letter, the members of an emoji.
fn stays_together(before: char, after: char) -> bool {
    const JOINER: char = '\u{200d}';
    let is_skin_tone = ('\u{1f3fb}'..='\u{1f3ff}').contains(&after);
    before == JOINER || after.width().unwrap_or(0) == 0 || is_skin_tone
}

/// Whether a line may break between two atoms with no blank between them.
pub(super) fn is_breakable_between(before: &Atom, after: &Atom) -> bool {
    let (last, first) = (before.text.chars().next_back(), after.text.chars().next());
    let is_cut = before.is_part && !before.is_wide && !after.is_wide;
    !is_cut && last.zip(first).is_none_or(|(last, first)| is_breakable(last, first))
}

fn is_breakable(before: char, after: char) -> bool {
    !NEVER_LAST.contains(before) && !NEVER_FIRST.contains(after)
}

fn is_wide(c: char) -> bool {
    c.width() == Some(2)
}

/// Whether a word is a number, which belongs to what it counts.
pub(super) fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.ends_with(|c: char| c.is_ascii_digit())
}
