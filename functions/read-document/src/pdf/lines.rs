//! Letters to segments: stretches of text on one base line without a wide gap, with their raised and lowered parts.

use super::device::{DrawnPage, Letter};
use super::fonts::Face;
use super::geometry::Area;
use super::logos;
use unicode_normalization::char::compose;

/// Letters on one base line without a gap wider than a word space.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) area: Area,
    pub(crate) baseline: f32,
    /// The font size of most of its characters.
    pub(crate) size: f32,
    pub(crate) words: Vec<Word>,
}

/// Letters without a space between them, in one face, on one level.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) x0: f32,
    pub(crate) x1: f32,
    pub(crate) size: f32,
    pub(crate) face: Face,
    pub(crate) level: Level,
    /// Whether it follows the word before it without a space.
    pub(crate) glued: bool,
}

/// Whether letters stand on the base line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Base,
    Raised,
    Lowered,
}

/// A gap between letters that is a space between words, in font sizes. Word spaces of justified text shrink to 0.2; kerning
/// stays below 0.1.
const WORD_GAP: f32 = 0.14;
/// The same in faces of fixed width, whose letters may be set wide apart; a space is at least 0.5 wide.
const MONOSPACE_WORD_GAP: f32 = 0.32;
/// A gap that ends a segment, in font sizes. The gutter between columns is at least 1; word spaces grow to 0.8.
const SEGMENT_GAP: f32 = 0.95;

/// Takes the letters of a page and puts them into segments.
pub(crate) fn segments(page: &mut DrawnPage) -> Vec<Segment> {
    let mut letters = std::mem::take(&mut page.glyphs);
    letters.retain(|letter| letter.y > -2.0 && letter.y < page.height + 2.0 && letter.x > -2.0 && letter.x < page.width + 2.0);
    letters.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let mut letters = drop_doubled(letters);
    logos::straighten(&mut letters);
    let rows = rows(letters);
    let mut segments: Vec<Segment> = rows.iter().map(|row| segment(row)).collect();
    segments.retain(|segment| !segment.words.is_empty());
    segments.sort_by(|a, b| a.baseline.total_cmp(&b.baseline).then(a.area.x0.total_cmp(&b.area.x0)));
    attach_shifted(segments)
}

/// Bold is sometimes faked by drawing a letter twice, a hair apart. The letters come sorted by x.
fn drop_doubled(letters: Vec<Letter>) -> Vec<Letter> {
    let mut kept: Vec<Letter> = Vec::with_capacity(letters.len());
    for letter in letters {
        let reach = letter.size * 0.12;
        let doubled = kept.iter().rev().take_while(|other| letter.x - other.x <= reach).any(|other| {
            other.character == letter.character && (other.y - letter.y).abs() <= reach && (other.size - letter.size).abs() < 0.5
        });
        if !doubled {
            kept.push(letter);
        }
    }
    kept
}

/// Letters on one base line, each near the one before it. The letters come sorted by x.
fn rows(letters: Vec<Letter>) -> Vec<Vec<Letter>> {
    let mut done: Vec<Vec<Letter>> = Vec::new();
    let mut open: Vec<Vec<Letter>> = Vec::new();
    for letter in letters {
        let mut still_open = Vec::with_capacity(open.len());
        for row in open {
            let last = row[row.len() - 1];
            if letter.x - (last.x + last.width) > 1.5 * last.size.max(letter.size) {
                done.push(row)
            } else {
                still_open.push(row)
            }
        }
        open = still_open;
        let best = open
            .iter_mut()
            .filter(|row| continues(row[row.len() - 1], letter))
            .min_by(|a, b| (a[a.len() - 1].y - letter.y).abs().total_cmp(&(b[b.len() - 1].y - letter.y).abs()));
        match best {
            Some(row) => row.push(letter),
            None => open.push(vec![letter]),
        }
    }
    done.append(&mut open);
    done
}

fn continues(last: Letter, letter: Letter) -> bool {
    let smaller = last.size.min(letter.size);
    let larger = last.size.max(letter.size);
    let gap = letter.x - (last.x + last.width);
    let level = (letter.y - last.y).abs() <= 0.12 * smaller.max(4.0);
    level && larger <= 1.7 * smaller && gap <= SEGMENT_GAP * larger && gap >= -0.9 * larger.max(last.width)
}

fn segment(row: &[Letter]) -> Segment {
    let mut words: Vec<Word> = Vec::new();
    let mut last: Option<Letter> = None;
    for letter in row {
        let face = letter.face;
        let gap = last.map_or(0.0, |last: Letter| letter.x - (last.x + last.width));
        let apart = last.is_some_and(|last| {
            let word_gap = if face.monospace && last.face.monospace { MONOSPACE_WORD_GAP } else { WORD_GAP };
            gap > word_gap * last.size.min(letter.size) || (letter.spaced && gap > 0.02 * letter.size)
        });
        if let (Some(before), Some(word)) = (last, words.last_mut())
            && !apart
            && accent(before, *letter, &mut word.text)
        {
            last = Some(Letter { width: (before.x + before.width).max(letter.x + letter.width) - letter.x, ..*letter });
            word.x1 = word.x1.max(letter.x + letter.width);
            continue;
        }
        match words.last_mut() {
            Some(word) if !apart && word.face == face && (word.size - letter.size).abs() < 0.25 * letter.size => {
                word.text.push(letter.character);
                word.x1 = word.x1.max(letter.x + letter.width);
            }
            _ => words.push(Word {
                glued: last.is_some() && !apart,
                text: letter.character.to_string(),
                x0: letter.x,
                x1: letter.x + letter.width,
                size: letter.size,
                face,
                level: Level::Base,
            }),
        }
        last = Some(*letter);
    }
    for word in &mut words {
        word.text.retain(|character| character != '\u{FFFD}' && !is_private(character));
    }
    words.retain(|word| !word.text.is_empty());
    let size = main_size(&words);
    let baseline = row.first().map_or(0.0, |letter| letter.y);
    let x0 = row.iter().map(|letter| letter.x).fold(f32::MAX, f32::min);
    let x1 = row.iter().map(|letter| letter.x + letter.width).fold(f32::MIN, f32::max);
    // Ascenders and descenders of usual faces.
    Segment { area: Area { x0, x1, y0: baseline - 0.75 * size, y1: baseline + 0.22 * size }, baseline, size, words }
}

fn is_private(character: char) -> bool {
    matches!(character, '\u{E000}'..='\u{F8FF}')
}

/// The size of most characters.
fn main_size(words: &[Word]) -> f32 {
    let mut sizes: Vec<(f32, usize)> = Vec::new();
    for word in words {
        let count = word.text.chars().count();
        match sizes.iter_mut().find(|(size, _)| (*size - word.size).abs() < 0.3) {
            Some((_, total)) => *total += count,
            None => sizes.push((word.size, count)),
        }
    }
    sizes.into_iter().max_by_key(|(_, count)| *count).map_or(10.0, |(size, _)| size)
}

/// Old TeX fonts draw an accent and then its letter at the same place; joins them. True if the letter went into the text.
fn accent(before: Letter, letter: Letter, text: &mut String) -> bool {
    let overlap = (before.x + before.width).min(letter.x + letter.width) - before.x.max(letter.x);
    if overlap < 0.4 * before.width.min(letter.width) {
        return false;
    }
    let (mark, base, base_first) = match (combining(before.character), combining(letter.character)) {
        (Some(mark), None) => (mark, letter.character, false),
        (None, Some(mark)) => (mark, before.character, true),
        _ => return false,
    };
    let base = if base == 'ı' { 'i' } else { base };
    let Some(composed) = compose(base, mark) else { return base_first };
    text.pop();
    text.push(composed);
    true
}

fn combining(accent: char) -> Option<char> {
    Some(match accent {
        '`' | '\u{2CB}' => '\u{300}',
        '\u{B4}' | '\u{2CA}' => '\u{301}',
        '^' | '\u{2C6}' => '\u{302}',
        '~' | '\u{2DC}' => '\u{303}',
        '\u{AF}' | '\u{2C9}' => '\u{304}',
        '\u{2D8}' => '\u{306}',
        '\u{2D9}' => '\u{307}',
        '\u{A8}' => '\u{308}',
        '\u{2DA}' => '\u{30A}',
        '\u{2DD}' => '\u{30B}',
        '\u{2C7}' => '\u{30C}',
        '\u{B8}' => '\u{327}',
        '\u{2DB}' => '\u{328}',
        other @ '\u{300}'..='\u{36F}' => other,
        _ => return None,
    })
}

/// Gives small segments beside or above the end of larger ones to them, as raised or lowered words.
fn attach_shifted(segments: Vec<Segment>) -> Vec<Segment> {
    let (mut small, mut hosts): (Vec<Segment>, Vec<Segment>) = (Vec::new(), Vec::new());
    let shape: Vec<(Area, f32, f32)> = segments.iter().map(|s| (s.area, s.baseline, s.size)).collect();
    for segment in segments {
        let length: usize = segment.words.iter().map(|word| word.text.chars().count()).sum();
        let has_host = length <= 24 && shape.iter().any(|host| is_host(*host, &segment));
        if has_host { small.push(segment) } else { hosts.push(segment) }
    }
    for part in small {
        let nearest = hosts
            .iter_mut()
            .filter(|host| is_host((host.area, host.baseline, host.size), &part))
            .min_by(|a, b| distance(a, &part).total_cmp(&distance(b, &part)));
        match nearest {
            Some(host) => attach(host, part),
            None => hosts.push(part),
        }
    }
    hosts.sort_by(|a, b| a.baseline.total_cmp(&b.baseline).then(a.area.x0.total_cmp(&b.area.x0)));
    hosts
}

fn is_host((area, baseline, size): (Area, f32, f32), part: &Segment) -> bool {
    let shift = baseline - part.baseline;
    let beside = part.area.x0 >= area.x0 && part.area.x0 <= area.x1 + 0.35 * size;
    let leads = part.area.x1 <= area.x0 + 0.1 * size && part.area.x1 >= area.x0 - 0.5 * size;
    let shifted = (0.1 * size..=0.75 * size).contains(&shift) || (-0.45 * size..=-0.08 * size).contains(&shift);
    part.size < 0.86 * size && (beside || leads) && shifted
}

fn distance(host: &Segment, part: &Segment) -> f32 {
    let gap = (part.area.x0 - host.area.x1).max(0.0);
    gap + (host.baseline - part.baseline).abs()
}

fn attach(host: &mut Segment, part: Segment) {
    let level = if part.baseline < host.baseline { Level::Raised } else { Level::Lowered };
    let at = host.words.iter().position(|word| word.x0 > part.area.x0 + 0.01).unwrap_or(host.words.len());
    // A part that sits inside a word splits it.
    let at = match host.words.get_mut(at.wrapping_sub(1)) {
        Some(word) if word.x1 > part.area.x1 && word.text.chars().count() > 1 && word.level == Level::Base => {
            let tail = split_word(word, part.area.x0);
            if let Some(tail) = tail {
                host.words.insert(at, tail);
            }
            at
        }
        _ => at,
    };
    let mut parts = part.words;
    for word in &mut parts {
        word.level = level;
    }
    if let Some(first) = parts.first_mut() {
        let before = at.checked_sub(1).map(|index| host.words[index].x1);
        first.glued = before.is_some_and(|x1| first.x0 - x1 < 0.3 * host.size);
    }
    let end = parts.last().map_or(part.area.x1, |word| word.x1);
    if let Some(next) = host.words.get_mut(at) {
        next.glued = next.x0 - end < WORD_GAP * host.size;
    }
    host.area.x0 = host.area.x0.min(part.area.x0);
    host.area.x1 = host.area.x1.max(part.area.x1);
    host.words.splice(at..at, parts);
}

fn split_word(word: &mut Word, x: f32) -> Option<Word> {
    let count = word.text.chars().count();
    let each = (word.x1 - word.x0) / count as f32;
    let keep = (((x - word.x0) / each).round().max(0.0) as usize).clamp(1, count);
    let cut = word.text.char_indices().nth(keep).map(|(at, _)| at)?;
    let tail = Word { text: word.text.split_off(cut), x0: word.x0 + each * keep as f32, glued: true, ..word.clone() };
    word.x1 = tail.x0;
    Some(tail)
}

/// The characters of words as they would be typed.
pub(crate) fn typed(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        if !word.glued && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

impl Segment {
    /// Its characters as they would be typed, raised and lowered ones included.
    pub(crate) fn plain(&self) -> String {
        typed(&self.words)
    }

    /// The share of its characters for which a property of the word holds.
    pub(crate) fn share(&self, holds: impl Fn(&Word) -> bool) -> f32 {
        let count = |word: &Word| word.text.chars().count();
        let all: usize = self.words.iter().map(count).sum();
        let those: usize = self.words.iter().filter(|word| holds(word)).map(count).sum();
        those as f32 / all.max(1) as f32
    }
}
