//! Which blocks are headings, and how deep: by size, weight and number, confirmed by the outline.

use super::blocks::{RawBlock, list_marker};
use super::rows::Row;
use super::source::OutlineEntry;
use crate::roles;
use domain::SectionRole;
use std::collections::BTreeMap;

/// A heading as it stands on the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heading {
    pub(crate) number: Option<String>,
    pub(crate) text: String,
    pub(crate) style: Style,
    /// The level that the outline gives it.
    pub(crate) outlined: Option<u8>,
}

/// How a heading is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Style {
    /// Font size in half points.
    pub(crate) half_points: u32,
    pub(crate) bold: bool,
    pub(crate) capitals: bool,
    pub(crate) italic: bool,
}

/// What is usual in the text of a document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Usual {
    pub(crate) size: f32,
    pub(crate) bold: bool,
}

impl Usual {
    /// Measures by characters, so that the running text decides.
    pub(crate) fn of<'r>(rows: impl Iterator<Item = (f32, bool, usize)> + 'r) -> Self {
        let mut counts: BTreeMap<(u32, bool), usize> = BTreeMap::new();
        for (size, bold, characters) in rows {
            *counts.entry((half_points(size), bold)).or_default() += characters;
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count).map_or((20, false), |(key, _)| key);
        Self { size: most.0 as f32 / 2.0, bold: most.1 }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "font sizes are small and positive")]
fn half_points(size: f32) -> u32 {
    (size * 2.0).round() as u32
}

/// Letters and digits only, to compare what two programs wrote.
pub(crate) fn essence(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Tells whether a block is a heading. `above` is the white space over it in font sizes.
pub(crate) fn heading(block: &RawBlock, text: &str, usual: Usual, outline: &[OutlineEntry], above: f32) -> Option<Heading> {
    let rows = block.text()?;
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let words = text.split_whitespace().count();
    if rows.len() > 4 || words > 24 || letters < 2 || text.chars().count() > 180 || has_leaders(text) {
        return None;
    }
    let style = style(rows);
    let (number, title) = roles::split_number(text);
    let heading =
        |outlined| Heading { number: number.map(str::to_owned), text: title.trim_end_matches('.').to_owned(), style, outlined };
    let listed = list_marker(text).is_some_and(|(ordered, _)| !ordered) || text.ends_with([';', ',']);
    if let Some(level) = outlined(block.page, text, title, outline).filter(|_| !listed) {
        return Some(heading(Some(level)));
    }
    let size = rows[0].size / usual.size;
    let starts_well = title.starts_with(|c: char| {
        c.is_uppercase() || c.is_ascii_digit() || (c.is_alphabetic() && !c.is_lowercase()) || "“\"¿".contains(c)
    });
    let run_in =
        style.bold && !usual.bold && rows.len() == 1 && words <= 8 && block.area.width() < 0.75 * (block.right - block.left);
    let stops = !run_in && text.ends_with(['.', ',', ';']) && !text.ends_with("..") && number.is_none();
    let larger = size >= 1.12;
    let bold = style.bold && !usual.bold && size >= 0.94;
    let stressed = larger || bold || (style.capitals && letters >= 4 && size >= 0.85) || (style.italic && size >= 0.94);
    let stands_alone = rows.len() <= 2 && above > 0.35;
    let formula_like = text.contains('=') || rows.iter().any(|row| row.share(|face| face.math) > 0.4);
    let is_heading = starts_well
        && !formula_like
        && ((larger && !stops && rows.len() <= 3)
            || (bold && !stops && !text.ends_with(':') && rows.len() <= 3)
            || (number.is_some() && stressed && rows.len() <= 3)
            || (style.capitals && stands_alone && !stops && (4..=60).contains(&letters) && words <= 9 && size >= 0.94)
            || (roles::is_usual_name(title) && (stressed || number.is_some() || stands_alone) && words <= 6));
    is_heading.then(|| heading(None))
}

fn outlined(page: u32, text: &str, title: &str, outline: &[OutlineEntry]) -> Option<u8> {
    let (whole, bare) = (essence(text), essence(title));
    if bare.chars().count() < 3 {
        return None;
    }
    let matches = |entry: &&OutlineEntry| {
        let stated = essence(&entry.title);
        let (_, stated_bare) = roles::split_number(&entry.title);
        entry.page.abs_diff(page) <= 1 && (stated == whole || stated == bare || essence(stated_bare) == bare)
    };
    let top = outline.iter().map(|entry| entry.level).min().unwrap_or(1);
    outline.iter().find(matches).map(|entry| entry.level - top + 1)
}

fn style(rows: &[Row]) -> Style {
    let letters: Vec<char> =
        rows.iter().flat_map(|row| &row.words).flat_map(|word| word.text.chars()).filter(|c| c.is_alphabetic()).collect();
    let capitals = letters.len() >= 3 && letters.iter().filter(|c| c.is_lowercase()).count() * 10 <= letters.len();
    Style {
        half_points: half_points(rows.iter().map(|row| row.size).fold(0.0, f32::max)),
        bold: rows.iter().all(|row| row.is_bold() || !row.has_letters()),
        capitals,
        italic: rows.iter().all(Row::is_italic),
    }
}

/// The dots between an entry and its page number in a table of contents.
pub(crate) fn has_leaders(text: &str) -> bool {
    let tight: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    tight.contains(".....") || tight.contains("·····") || text.contains("………")
}

/// Gives every heading its level, 1 for the outermost.
pub(crate) fn levels(headings: &[&Heading]) -> Vec<u8> {
    let mut by_style: BTreeMap<Style, Vec<u8>> = BTreeMap::new();
    let has_roman = headings.iter().filter_map(|heading| heading.number.as_deref()).any(|number| number.starts_with("II"));
    let known: Vec<Option<u8>> = headings
        .iter()
        .map(|heading| {
            let numbered = heading.number.as_deref().map(|number| {
                let below_roman =
                    has_roman && number.len() == 1 && number.chars().all(|c| c.is_ascii_uppercase() && !"IVX".contains(c));
                roles::depth(number) + u8::from(below_roman)
            });
            numbered.or(heading.outlined)
        })
        .collect();
    for (heading, level) in headings.iter().zip(&known) {
        by_style.entry(heading.style).or_default().extend(level);
    }
    let usual: BTreeMap<Style, Option<u8>> =
        by_style.into_iter().map(|(style, levels)| (style, most_frequent(&levels))).collect();
    let mut ranked: Vec<Style> = usual.keys().copied().collect();
    ranked.sort_by_key(|style| std::cmp::Reverse((style.half_points, style.bold, style.capitals)));
    // A large word that stands alone, such as the title of a plot, opens no level.
    let occurrences = |style: &Style| headings.iter().filter(|heading| heading.style == *style).count();
    let frequent: Vec<Style> = ranked.iter().copied().filter(|style| occurrences(style) * 6 >= headings.len()).collect();
    let levels: Vec<u8> = headings
        .iter()
        .zip(known)
        .map(|(heading, level)| {
            level.or(usual[&heading.style]).unwrap_or_else(|| by_rank(heading.style, &ranked, &frequent, &usual)).clamp(1, 6)
        })
        .collect();
    // `Abstract` and the like are set in many ways and tell nothing about the others.
    let body = headings.iter().zip(&levels).filter(|(heading, _)| roles::role(&heading.text) == SectionRole::Body);
    let outermost = body.map(|(_, level)| *level).min().unwrap_or(1);
    levels.into_iter().map(|level| level.saturating_sub(outermost - 1).max(1)).collect()
}

fn most_frequent(levels: &[u8]) -> Option<u8> {
    let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
    for level in levels {
        *counts.entry(*level).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(level, count)| (*count, std::cmp::Reverse(*level))).map(|(level, _)| level)
}

/// A style without any number stands one below the next larger style whose level is known.
fn by_rank(style: Style, ranked: &[Style], frequent: &[Style], usual: &BTreeMap<Style, Option<u8>>) -> u8 {
    let Some(at) = ranked.iter().position(|other| *other == style) else { return 1 };
    match ranked[..at].iter().rev().find_map(|larger| usual[larger]) {
        Some(level) => level + 1,
        None if usual.values().any(Option::is_some) => 1,
        None => u8::try_from(ranked[..at].iter().filter(|larger| frequent.contains(larger)).count() + 1).unwrap_or(6).min(4),
    }
}
