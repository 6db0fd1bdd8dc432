//! Captions from the times of words: the same for the files beside a video and for captions in its picture.
//!
//! A caption is at most two lines of 42 columns, fewer where the picture is narrow; a full-width sign takes two. Where a scene is
//! cut into captions is decided as a whole: of all ways to cut it, the one with the least trouble, where breaking between the
//! article and its noun, a flash of two words or a text too fast to read is more trouble than a break at a comma, and a break at
//! the end of a sentence is none.
//!
//! Some ways are not taken at all while there is another: first those with a caption that stands for less than a second or is
//! read faster than 17 columns a second, then those with one that is too fast. Where all are, because somebody speaks faster than
//! people read, nothing is left out of what is said: a caption then stands until the next one.

mod atoms;
mod language;

use crate::cue::ends_sentence;
use crate::{Cells, Shape, SpokenWord};
use atoms::Atom;
use language::Language;
use serde::Serialize;
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// Columns that can be read in a second.
const READING_PACE: u32 = 17;
/// A caption stands at least so long, where the speech leaves the time.
const SHORTEST_MS: u32 = 1000;
/// A caption stands no longer than this.
const LONGEST_MS: u32 = 7000;
/// Two frames of nothing, so that one sees that a caption has changed.
const GAP_MS: u32 = 67;
/// A caption stays this long after its last word, where there is time.
const LINGER_MS: u32 = 300;
/// More words never fit two lines.
const MOST_WORDS: usize = 84;

/// Columns on a line of a caption.
pub fn line_length(shape: Shape) -> usize {
    match shape {
        Shape::Wide | Shape::Classic => 42,
        Shape::Square => 34,
        // As many as a phone held upright shows in readable type.
        Shape::Tall => 28,
    }
}

/// A scene as it was spoken.
#[derive(Debug, Clone, Copy)]
pub struct Spoken<'a> {
    /// What was said.
    pub narration: &'a str,
    /// When each word of it was heard.
    pub words: &'a [SpokenWord],
    /// Its language, a BCP 47 tag.
    pub language: &'a str,
    /// How long the scene lasts.
    pub duration: Cells,
}

/// Words that are shown together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caption {
    /// When it appears, in milliseconds.
    pub begin_ms: u64,
    /// When it disappears, in milliseconds.
    pub end_ms: u64,
    /// One or two lines, none longer than a line may be.
    pub lines: Vec<Vec<CaptionWord>>,
}

/// A word of a caption, or what stands for one in languages that are written without blanks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaptionWord {
    /// The word with its punctuation.
    pub text: String,
    /// Whether a blank stands before it on its line.
    pub after_blank: bool,
    /// When it begins to be heard, in milliseconds.
    pub begin_ms: u64,
    /// When it has been heard, in milliseconds.
    pub end_ms: u64,
}

impl Caption {
    /// Its lines as text.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        let text = |word: &CaptionWord| format!("{}{}", if word.after_blank { " " } else { "" }, word.text);
        self.lines.iter().map(move |line| line.iter().map(text).collect())
    }

    /// Its lines, one below the other.
    pub fn text(&self) -> String {
        self.texts().collect::<Vec<_>>().join("\n")
    }

    /// The same so much later, as when other scenes come before its own.
    #[must_use]
    pub fn later_by(mut self, ms: u64) -> Self {
        let times = self.lines.iter_mut().flatten().flat_map(|word| [&mut word.begin_ms, &mut word.end_ms]);
        [&mut self.begin_ms, &mut self.end_ms].into_iter().chain(times).for_each(|time| *time += ms);
        self
    }
}

/// The captions of a scene in the time of the scene, in lines of at most so many columns.
pub fn captions(spoken: &Spoken<'_>, line: usize) -> Vec<Caption> {
    let scene_end = u32::try_from(spoken.duration.milliseconds()).unwrap_or(u32::MAX);
    let atoms = atoms::of(spoken, line, scene_end);
    let scene = Scene::new(&atoms, line, scene_end, Language::of(spoken.language));
    let mut free_from = 0;
    scene
        .cut()
        .windows(2)
        .map(|edge| {
            let inside = edge[0]..edge[1];
            // A voice may say that two words begin at once; what is shown still comes one after the other.
            let begin = atoms[inside.start].begin_ms.max(free_from);
            let end = scene.end_of(&inside).max(begin + 1);
            free_from = end;
            let lines = scene.lines(&inside).map_or_else(Vec::new, |(lines, _)| lines);
            Caption {
                begin_ms: begin.into(),
                end_ms: end.into(),
                lines: lines.into_iter().map(|line| scene.shown(line)).collect(),
            }
        })
        .collect()
}

/// Says which rule captions break, if any: one or two lines of at most so many columns, one after the other, within the video. How
/// fast they are read follows from the speech and is no rule for a gate.
pub fn broken_rule(captions: &[Caption], line: usize, video_ms: u64) -> Option<String> {
    let mut free_from = 0;
    for (number, caption) in (1..).zip(captions) {
        if !(1..=2).contains(&caption.lines.len()) {
            return Some(format!("caption {number} has {} lines", caption.lines.len()));
        }
        if let Some(width) = caption.texts().map(|text| text.width()).find(|width| !(1..=line).contains(width)) {
            return Some(format!("caption {number} has a line of {width} columns"));
        }
        if caption.begin_ms < free_from || caption.end_ms <= caption.begin_ms || caption.end_ms > video_ms {
            return Some(format!("caption {number} stands from {} to {} ms", caption.begin_ms, caption.end_ms));
        }
        free_from = caption.end_ms;
    }
    None
}

/// What no caption of a scene may do, while there is a way to cut the scene without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Demands {
    /// Stand for less than [`SHORTEST_MS`].
    no_flash: bool,
    /// Be read faster than [`READING_PACE`].
    no_haste: bool,
}

/// What is demanded, the most first.
const DEMANDS: [Demands; 3] = [
    Demands { no_flash: true, no_haste: true },
    Demands { no_flash: false, no_haste: true },
    Demands { no_flash: false, no_haste: false },
];

/// The words of a scene and what decides where they are cut.
struct Scene<'a> {
    words: &'a [Atom<'a>],
    /// Columns before each word with the blank before it, and before the end.
    columns: Vec<usize>,
    /// How bad it is to break before each word but the first: at the end of a line or of a caption.
    breaks: Vec<f64>,
    line: usize,
    end: u32,
    language: &'a Language,
}

impl<'a> Scene<'a> {
    fn new(words: &'a [Atom<'a>], line: usize, end: u32, language: &'a Language) -> Self {
        let mut columns = vec![0];
        for word in words {
            columns.push(columns[columns.len() - 1] + usize::from(!word.joined) + word.width);
        }
        let mut scene = Self { words, columns, breaks: vec![0.0], line, end, language };
        scene.breaks.extend(words.windows(2).map(|pair| scene.break_trouble(&pair[0], &pair[1])).collect::<Vec<_>>());
        scene
    }

    /// Where to cut: the index of the first word of every caption, and the number of words.
    fn cut(&self) -> Vec<usize> {
        DEMANDS.into_iter().find_map(|demands| self.cut_with(demands)).unwrap_or_default()
    }

    /// The same where the demands can be met.
    fn cut_with(&self, demands: Demands) -> Option<Vec<usize>> {
        // For every number of words from the start: the least trouble they can be shown with, and where the last caption begins.
        let mut best: Vec<(f64, usize)> = vec![(0.0, 0)];
        for end in 1..=self.words.len() {
            let earliest = end.saturating_sub(MOST_WORDS);
            let choice = (earliest..end)
                .rev()
                .take_while(|&begin| self.width(begin..end) <= 2 * self.line + 1)
                .filter_map(|begin| Some((best[begin].0 + self.trouble(begin..end, demands)?, begin)))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            best.push(choice.unwrap_or((f64::INFINITY, end - 1)));
        }
        if best[self.words.len()].0.is_infinite() {
            return None;
        }
        let mut cuts = vec![self.words.len()];
        while let Some(&first) = cuts.last().filter(|&&first| first > 0) {
            cuts.push(best[first].1);
        }
        cuts.reverse();
        Some(cuts)
    }

    /// How bad it is to show these words as one caption; none if they do not fit or do what must not be.
    fn trouble(&self, range: Range<usize>, demands: Demands) -> Option<f64> {
        let inside = &self.words[range.clone()];
        let (first, last) = (&inside[0], &inside[inside.len() - 1]);
        if inside.len() > 1 && last.end_ms > first.begin_ms + LONGEST_MS {
            return None;
        }
        let (_, split) = self.lines(&range)?;
        let shown = self.end_of(&range).saturating_sub(first.begin_ms);
        let width = self.width(range.clone());
        let is_too_fast = width as u64 * 1000 > u64::from(READING_PACE * shown);
        if demands.no_haste && is_too_fast || demands.no_flash && shown < SHORTEST_MS {
            return None;
        }
        let every_caption = 4.0;
        let at_the_end = self.breaks.get(range.end).copied().unwrap_or(0.0);
        let sentences_inside =
            self.breaks[range.start + 1..range.end].iter().filter(|&&trouble| trouble == 0.0).count() as f64 * 5.0;
        let pauses_inside: f64 =
            inside.windows(2).map(|pair| seconds(pair[1].begin_ms.saturating_sub(pair[0].end_ms + 1000)) * 20.0).sum();
        let too_short = seconds(SHORTEST_MS.saturating_sub(shown)) * 25.0;
        // With the blank and the gap behind it, so that in fast speech few captions are as fast as many.
        let to_read = (width + 1) as f64 / f64::from(READING_PACE);
        let missing = (to_read - seconds(shown + GAP_MS)).max(0.0) * 150.0;
        Some(every_caption + at_the_end + sentences_inside + pauses_inside + too_short + missing + split)
    }

    /// How bad it is to break between two words; nothing at the end of a sentence only.
    fn break_trouble(&self, before: &Atom, after: &Atom) -> f64 {
        if self.ends_sentence(before, after) {
            return 0.0;
        }
        let by_words = if after.joined && !atoms::is_breakable_between(before, after) {
            return 60.0;
        } else if before.text.ends_with(atoms::CLAUSE_ENDS) || matches!(after.text, "–" | "—") {
            2.0
        } else if self.language.clings(before.text) || atoms::is_number(before.text) {
            return 40.0;
        } else if self.language.begins_clause(after.text) {
            5.0
        } else if self.language.begins_phrase(after.text) {
            7.0
        } else {
            11.0
        };
        // Speakers pause where the sense allows it.
        let pause = seconds(after.begin_ms.saturating_sub(before.end_ms));
        by_words - (pause * 10.0).min(by_words * 0.5)
    }

    fn ends_sentence(&self, before: &Atom, after: &Atom) -> bool {
        let continues = after.text.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
        ends_sentence(before.text) && !(before.text.ends_with('.') && (continues || self.language.clings(before.text)))
    }

    /// The best way to write words on one or two lines and how bad it is; none if they do not fit.
    fn lines(&self, range: &Range<usize>) -> Option<(Vec<Range<usize>>, f64)> {
        if self.width(range.clone()) <= self.line {
            return Some((vec![range.clone()], 0.0));
        }
        let splits = (range.start + 1..range.end).filter_map(|at| {
            let (upper, lower) = (self.width(range.start..at), self.width(at..range.end));
            let uneven = upper.abs_diff(lower) as f64 * 0.1;
            let fits = upper <= self.line && lower <= self.line;
            fits.then(|| (self.breaks[at] * 0.5 + uneven, at))
        });
        let (trouble, at) = splits.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((vec![range.start..at, at..range.end], trouble))
    }

    /// Columns of words on one line.
    fn width(&self, range: Range<usize>) -> usize {
        self.columns[range.end] - self.columns[range.start] - usize::from(!self.words[range.start].joined)
    }

    /// When a caption of these words disappears: as long after the last word as it takes to read, but before the next caption.
    fn end_of(&self, range: &Range<usize>) -> u32 {
        let (first, last) = (&self.words[range.start], &self.words[range.end - 1]);
        let to_read = (self.width(range.clone()) as u32 * 1000).div_ceil(READING_PACE);
        let wanted = (last.end_ms + LINGER_MS).max(first.begin_ms + to_read.max(SHORTEST_MS)).min(first.begin_ms + LONGEST_MS);
        let latest = self.words.get(range.end).map_or(self.end, |next| next.begin_ms).saturating_sub(GAP_MS);
        // Where the next word comes at once, a caption of one frame is still one.
        wanted.min(latest).max(first.begin_ms + 1)
    }

    fn shown(&self, range: Range<usize>) -> Vec<CaptionWord> {
        let word = |(at, word): (usize, &Atom)| CaptionWord {
            text: word.text.to_owned(),
            after_blank: at > 0 && !word.joined,
            begin_ms: word.begin_ms.into(),
            end_ms: word.end_ms.into(),
        };
        self.words[range].iter().enumerate().map(word).collect()
    }
}

fn seconds(ms: u32) -> f64 {
    f64::from(ms) / 1000.0
}

#[cfg(test)]
mod tests;
