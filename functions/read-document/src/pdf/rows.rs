//! Rows of text: the segments of one column that stand on one base line, and what kind of text they hold.

use super::fonts::Face;
use super::geometry::Area;
use super::lines::{Level, Segment, Word, typed};

/// One row of a column.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) area: Area,
    pub(crate) baseline: f32,
    pub(crate) size: f32,
    pub(crate) words: Vec<Word>,
}

/// What kind of text a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    Text,
    Code,
    Formula,
}

/// Joins segments that stand on one base line. They come in any order and leave from top to bottom.
pub(crate) fn rows(mut segments: Vec<Segment>) -> Vec<Row> {
    segments.sort_by(|a, b| a.baseline.total_cmp(&b.baseline).then(a.area.x0.total_cmp(&b.area.x0)));
    let mut rows: Vec<Vec<Segment>> = Vec::new();
    for segment in segments {
        let fits = |row: &Vec<Segment>| {
            let first = &row[0];
            // Notes in the margin are smaller and stand apart.
            let gap = (segment.area.x0 - row[row.len() - 1].area.x1).max(first.area.x0 - segment.area.x1);
            let in_margin = gap > 1.2 * first.size && (segment.size - first.size).abs() > 0.08 * first.size;
            !in_margin
                && (segment.baseline - first.baseline).abs() <= 0.22 * first.size.max(segment.size)
                && row
                    .iter()
                    .all(|other| other.area.x1 <= segment.area.x0 + other.size || other.area.x0 >= segment.area.x1 - other.size)
        };
        match rows.iter_mut().rev().take(3).find(|row| fits(row)) {
            Some(row) => row.push(segment),
            None => rows.push(vec![segment]),
        }
    }
    drop_fragments(rows.into_iter().map(join).collect())
}

/// Takes out parts of formulas inside prose that stand above or below their row, such as the two halves of a fraction: they
/// cannot be read aloud and would cut the paragraph.
fn drop_fragments(rows: Vec<Row>) -> Vec<Row> {
    let is_prose = |row: &Row| row.prose_words() >= 4;
    let is_fragment = |row: &Row| {
        let length: usize = row.words.iter().map(|word| word.text.chars().count()).sum();
        length <= 10 && row.prose_words() == 0 && !row.is_bold()
    };
    let hosts: Vec<Row> = rows.iter().filter(|row| is_prose(row)).cloned().collect();
    let within = |row: &Row, host: &Row| {
        let close = (row.baseline - host.baseline).abs() < 0.98 * host.size;
        close && row.area.x0 > host.area.x0 - host.size && row.area.x1 < host.area.x1 + host.size
    };
    rows.into_iter().filter(|row| !(is_fragment(row) && hosts.iter().any(|host| within(row, host)))).collect()
}

fn join(mut segments: Vec<Segment>) -> Row {
    segments.sort_by(|a, b| a.area.x0.total_cmp(&b.area.x0));
    let area = segments.iter().skip(1).fold(segments[0].area, |all, segment| all.union(&segment.area));
    let longest = segments.iter().max_by(|a, b| a.area.width().total_cmp(&b.area.width())).unwrap_or(&segments[0]);
    let (baseline, size) = (longest.baseline, longest.size);
    let mut words = Vec::new();
    for segment in segments {
        for (index, mut word) in segment.words.into_iter().enumerate() {
            word.glued &= index > 0;
            words.push(word);
        }
    }
    Row { area, baseline, size, words }
}

impl Row {
    /// Its characters as they would be typed.
    pub(crate) fn plain(&self) -> String {
        typed(&self.words)
    }

    /// The share of its characters in faces for which something holds.
    pub(crate) fn share(&self, holds: impl Fn(&Face) -> bool) -> f32 {
        self.share_of(|word| if holds(&word.face) { word.text.chars().count() } else { 0 })
    }

    fn share_of(&self, counted: impl Fn(&Word) -> usize) -> f32 {
        let all: usize = self.words.iter().map(|word| word.text.chars().count()).sum();
        self.words.iter().map(counted).sum::<usize>() as f32 / all.max(1) as f32
    }

    /// Whether all its letters are bold.
    pub(crate) fn is_bold(&self) -> bool {
        let (mut bold, mut all) = (0, 0);
        for word in self.words.iter().filter(|word| word.level == Level::Base) {
            let letters = word.text.chars().filter(|c| c.is_alphabetic()).count();
            all += letters;
            bold += if word.face.bold { letters } else { 0 };
        }
        all > 0 && bold * 10 >= all * 9
    }

    pub(crate) fn is_italic(&self) -> bool {
        self.share(|face| face.italic) > 0.9
    }

    pub(crate) fn has_letters(&self) -> bool {
        self.words.iter().any(|word| word.text.contains(char::is_alphabetic))
    }

    /// Its kind, in a column that begins at `left` and ends at `right`.
    pub(crate) fn kind(&self, left: f32, right: f32) -> RowKind {
        if self.share(|face| face.monospace) > 0.75 {
            return RowKind::Code;
        }
        let indented = self.area.x0 > left + 1.2 * self.size && self.area.x0 - left > 0.02 * (right - left);
        let prose = self.prose_words();
        let math = self.share_of(math_characters);
        let tall = self.words.iter().any(|word| word.face.math && word.text.contains(['∑', '∫', '∏', '⋃', '⋂', 'P', 'R']));
        if indented
            && (math > 0.3 && prose <= 4
                || math > 0.15 && prose <= 1
                || math > 0.08 && prose == 0
                || tall && math > 0.2 && prose <= 6)
        {
            return RowKind::Formula;
        }
        RowKind::Text
    }

    /// Words as prose has them: three letters or more in a face for text.
    pub(crate) fn prose_words(&self) -> usize {
        self.words
            .iter()
            .filter(|word| !word.face.math && word.level == Level::Base)
            .filter(|word| {
                word.text.chars().filter(|c| c.is_alphabetic()).count() >= 3 && word.text.chars().all(|c| !is_operator(c))
            })
            .filter(|word| !FUNCTIONS.contains(&word.text.trim_matches(|c: char| !c.is_alphabetic())))
            .count()
    }
}

/// Words that formulas are made of.
const FUNCTIONS: &[&str] = &[
    "min",
    "max",
    "log",
    "sin",
    "cos",
    "tan",
    "exp",
    "lim",
    "sup",
    "inf",
    "arg",
    "argmin",
    "argmax",
    "mod",
    "det",
    "dim",
    "poly",
    "otherwise",
];

fn math_characters(word: &Word) -> usize {
    if word.face.math || word.level != Level::Base {
        return word.text.chars().count();
    }
    word.text.chars().filter(|c| is_operator(*c)).count()
}

/// Characters that formulas have and prose has not.
pub(crate) fn is_operator(character: char) -> bool {
    matches!(character,
        '=' | '+' | '<' | '>' | '±' | '×' | '÷' | '∂' | '∇' | '∈' | '∉' | '∑' | '∏' | '∫' | '√' | '∞' | '≈' | '≠' | '≤' | '≥' | '≡'
        | '→' | '←' | '⇒' | '⇔' | '∀' | '∃' | '∧' | '∨' | '∩' | '∪' | '⊂' | '⊆' | '⊕' | '⊗' | '·' | '∼' | '∝' | '|' | '∥' | '⟨' | '⟩'
        | '\u{1D400}'..='\u{1D7FF}' | 'α'..='ω' | 'Γ' | 'Δ' | 'Θ' | 'Λ' | 'Π' | 'Σ' | 'Φ' | 'Ψ' | 'Ω' | '⌈' | '⌉' | '⌊' | '⌋' | '−')
}
