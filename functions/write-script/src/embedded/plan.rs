//! Divides a document into as many parts as there are scenes to fill: one idea each, in the order of the document.

use super::matter::{Matter, Worth};
use domain::Block;
use std::ops::Range;

/// A run of the document that one scene is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// The section whose heading names it.
    pub(crate) heading: Option<usize>,
    /// The section above that one.
    pub(crate) above: Option<usize>,
    /// Its sentences.
    pub(crate) sentences: Range<usize>,
    /// Its sections.
    pub(crate) sections: Range<usize>,
    /// Which piece it is where a section is divided, from 0.
    pub(crate) piece: usize,
    /// Blocks of the first section before this one belong to another piece, and so do those of the last section from the second on.
    pub(crate) blocks: Range<usize>,
}

/// What is to be made of a document.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Sentences that say what the document is about.
    pub(crate) about: Vec<usize>,
    /// Groups of parts, one group for each content scene, in order.
    pub(crate) scenes: Vec<Vec<Part>>,
    /// Sentences of the author's own conclusion.
    pub(crate) conclusion: Vec<usize>,
}

/// Title and closing come on top of the content scenes.
const FRAME_SCENES: usize = 2;

/// How many content scenes are asked for in a number of scenes in all.
pub(crate) fn content_scenes(total: u16) -> usize {
    usize::from(total).saturating_sub(FRAME_SCENES).max(1)
}

/// Makes the plan for so many content scenes, or for as many as the document is good for.
///
/// A document with less to say than scenes are asked for gives fewer: nothing is said twice to fill them.
pub(crate) fn make(matter: &Matter<'_>, scenes: Option<usize>) -> Plan {
    let conclusion = sentences_of(matter, Worth::Conclusion);
    let abstract_sentences = sentences_of(matter, Worth::Abstract);
    let mut parts = top_parts(matter);
    if parts.iter().all(|part| words(matter, part) == 0) {
        // There is nothing but an abstract or a conclusion, or nothing but pictures.
        parts = every_section(matter);
    }
    let preface = preface(matter, &mut parts);
    leave_out_minor(matter, &mut parts);
    let wanted = scenes.unwrap_or_else(|| default_count(matter, &parts));
    let parts = divide(matter, parts, wanted, scenes.is_some());
    let scenes = gather(matter, parts, wanted);
    let about = if abstract_sentences.is_empty() { preface } else { abstract_sentences };
    Plan { about, scenes, conclusion }
}

/// Related work and the like get no scene where the argument itself fills the video.
fn leave_out_minor(matter: &Matter<'_>, parts: &mut Vec<Part>) {
    const ENOUGH_WORDS: usize = 400;
    let is_minor = |part: &Part| part.sections.clone().all(|at| matter.worth[at] == Worth::Minor);
    let words_of_argument: usize = parts.iter().filter(|part| !is_minor(part)).map(|part| words(matter, part)).sum();
    if words_of_argument >= ENOUGH_WORDS {
        parts.retain(|part| !is_minor(part));
    }
}

/// 1 to 5 content scenes by the amount of text, following the document's own division where it is near.
fn default_count(matter: &Matter<'_>, parts: &[Part]) -> usize {
    const MOST_SCENES: usize = 5;
    let total: usize = parts.iter().map(|part| words(matter, part)).sum();
    let by_words = match total {
        0..=79 => 1,
        80..=199 => 2,
        200..=499 => 3,
        500..=1199 => 4,
        _ => MOST_SCENES,
    };
    let own = parts.iter().filter(|part| weight(matter, part) > 20.0).count();
    let is_near = own + 1 >= by_words && own <= by_words + 2;
    if is_near { own.clamp(1, MOST_SCENES) } else { by_words }
}

/// The parts at the highest level at which the document divides.
fn top_parts(matter: &Matter<'_>) -> Vec<Part> {
    let sections = &matter.document.sections;
    let counts = |at: usize| matches!(matter.worth[at], Worth::Full | Worth::Minor);
    let level = dividing_level(matter);
    let mut parts: Vec<Part> = Vec::new();
    let mut open = false;
    for (at, section) in sections.iter().enumerate() {
        if !counts(at) {
            open = false;
            continue;
        }
        if open && section.level > level && section.heading.is_some() {
            if let Some(part) = parts.last_mut() {
                part.sections.end = at + 1;
            }
        } else {
            parts.push(part_of(matter, at..at + 1, section.heading.as_ref().map(|_| at)));
            open = section.heading.is_some() && section.level <= level;
        }
    }
    for part in &mut parts {
        part.sentences = sentence_range(matter, &part.sections);
    }
    parts.retain(|part| !is_hollow(matter, part));
    parts
}

/// The highest level that more than one section has; a single section above the others is the title of the whole.
fn dividing_level(matter: &Matter<'_>) -> u8 {
    let sections = &matter.document.sections;
    let teaching = |at: &usize| {
        matches!(matter.worth[*at], Worth::Full | Worth::Minor | Worth::Conclusion) && sections[*at].heading.is_some()
    };
    let mut levels: Vec<u8> = (0..sections.len()).filter(teaching).map(|at| sections[at].level).collect();
    levels.sort_unstable();
    let mut distinct = levels.clone();
    distinct.dedup();
    distinct
        .into_iter()
        .find(|level| levels.iter().filter(|other| *other == level).count() > 1)
        .unwrap_or_else(|| levels.last().copied().unwrap_or(1))
}

fn part_of(matter: &Matter<'_>, sections: Range<usize>, heading: Option<usize>) -> Part {
    let above = heading.and_then(|at| above(matter, at));
    let sentences = sentence_range(matter, &sections);
    Part { heading, above, sentences, sections, piece: 0, blocks: 0..usize::MAX }
}

/// The nearest section before with a higher level.
fn above(matter: &Matter<'_>, at: usize) -> Option<usize> {
    let sections = &matter.document.sections;
    (0..at).rev().find(|before| sections[*before].level < sections[at].level && sections[*before].heading.is_some())
}

fn sentence_range(matter: &Matter<'_>, sections: &Range<usize>) -> Range<usize> {
    let start = matter.sentences.partition_point(|sentence| sentence.section < sections.start);
    let end = matter.sentences.partition_point(|sentence| sentence.section < sections.end);
    start..end
}

fn every_section(matter: &Matter<'_>) -> Vec<Part> {
    let mut parts: Vec<Part> = (0..matter.document.sections.len())
        .filter(|at| matter.worth[*at] != Worth::None)
        .map(|at| part_of(matter, at..at + 1, matter.document.sections[at].heading.as_ref().map(|_| at)))
        .collect();
    parts.retain(|part| !is_hollow(matter, part));
    parts
}

fn is_hollow(matter: &Matter<'_>, part: &Part) -> bool {
    part.sentences.is_empty() && pictures(matter, part) == 0.0
}

fn sentences_of(matter: &Matter<'_>, worth: Worth) -> Vec<usize> {
    (0..matter.sentences.len()).filter(|at| matter.worth[matter.sentences[*at].section] == worth).collect()
}

/// Takes the short text that stands before the first real heading, or under the title, out of the parts: it says what the
/// document is about.
fn preface(matter: &Matter<'_>, parts: &mut Vec<Part>) -> Vec<usize> {
    const MOST_WORDS: usize = 160;
    const LEAST_REST: usize = 60;
    let Some(first) = parts.first() else { return Vec::new() };
    let level = dividing_level(matter);
    let stands_before = first.heading.is_none_or(|at| matter.document.sections[at].level < level) && first.sections.len() == 1;
    if parts.len() < 2 || !stands_before {
        return Vec::new();
    }
    let about = first.sentences.clone().collect();
    let rest: usize = parts[1..].iter().map(|part| words(matter, part)).sum();
    if words(matter, first) <= MOST_WORDS && rest >= LEAST_REST {
        parts.remove(0);
    }
    about
}

/// Divides the largest parts until there are as many as wanted.
fn divide(matter: &Matter<'_>, mut parts: Vec<Part>, wanted: usize, exactly: bool) -> Vec<Part> {
    let least_words = if exactly { 0 } else { 90 };
    while parts.len() < wanted {
        let mut by_size: Vec<usize> = (0..parts.len()).collect();
        by_size.sort_by(|a, b| weight(matter, &parts[*b]).total_cmp(&weight(matter, &parts[*a])));
        let divided = by_size
            .into_iter()
            .filter(|at| words(matter, &parts[*at]) >= least_words)
            .find_map(|at| Some((at, by_subsections(matter, &parts[at]).or_else(|| in_halves(matter, &parts[at]))?)));
        match divided {
            Some((at, pieces)) => {
                parts.splice(at..=at, pieces);
            }
            None => break,
        }
    }
    parts
}

/// A part with sections below its heading falls into its own text and those.
fn by_subsections(matter: &Matter<'_>, part: &Part) -> Option<Vec<Part>> {
    if part.sections.len() < 2 {
        return None;
    }
    let sections = &matter.document.sections;
    let below = part.sections.clone().skip(1);
    let level = below.clone().map(|at| sections[at].level).min()?;
    let mut pieces = vec![Part { sections: part.sections.start..part.sections.start + 1, ..part.clone() }];
    for at in below {
        if sections[at].level == level {
            pieces.push(part_of(matter, at..at + 1, Some(at)));
        } else if let Some(piece) = pieces.last_mut() {
            piece.sections.end = at + 1;
        }
    }
    for piece in &mut pieces {
        piece.sentences = sentence_range(matter, &piece.sections);
    }
    pieces.retain(|piece| !is_hollow(matter, piece));
    (pieces.len() > 1).then_some(pieces)
}

/// A part without sections falls in two at the paragraph nearest to its middle, else between two sentences.
fn in_halves(matter: &Matter<'_>, part: &Part) -> Option<Vec<Part>> {
    if part.sentences.len() < 2 {
        return None;
    }
    let total = words(matter, part);
    let mut before = 0;
    let mut best: Option<(usize, usize)> = None;
    for at in part.sentences.clone().skip(1) {
        before += matter.sentences[at - 1].words;
        let off_middle = before.abs_diff(total / 2);
        // A cut inside a paragraph must be far better placed to be worth it, and never cuts a sentence off what it leans on.
        let cost = off_middle * 2
            + if matter.sentences[at].opens { 0 } else { total / 2 }
            + if matter.sentences[at].continues { total / 4 } else { 0 };
        if best.is_none_or(|(_, least)| cost < least) {
            best = Some((at, cost));
        }
    }
    let (cut, _) = best?;
    let at_block = matter.sentences[cut].block;
    let in_one_section = part.sections.len() == 1;
    let first = Part {
        sentences: part.sentences.start..cut,
        blocks: if in_one_section { part.blocks.start..at_block } else { part.blocks.clone() },
        ..part.clone()
    };
    let second = Part {
        sentences: cut..part.sentences.end,
        piece: part.piece + 1,
        blocks: if in_one_section { at_block..part.blocks.end } else { part.blocks.clone() },
        ..part.clone()
    };
    Some(vec![first, second])
}

/// Puts neighbours together, the lightest first, until there are no more groups than wanted.
fn gather(matter: &Matter<'_>, parts: Vec<Part>, wanted: usize) -> Vec<Vec<Part>> {
    let mut groups: Vec<Vec<Part>> = parts.into_iter().map(|part| vec![part]).collect();
    let weigh = |group: &[Part]| group.iter().map(|part| weight(matter, part)).sum::<f64>();
    while groups.len() > wanted.max(1) {
        let lightest = (1..groups.len())
            .min_by(|a, b| {
                let together = |at: &usize| weigh(&groups[at - 1]) + weigh(&groups[*at]);
                together(a).total_cmp(&together(b))
            })
            .unwrap_or(1);
        let mut second = groups.remove(lightest);
        groups[lightest - 1].append(&mut second);
    }
    groups
}

/// How many words can be said of a part.
pub(crate) fn words(matter: &Matter<'_>, part: &Part) -> usize {
    matter.sentences[part.sentences.clone()].iter().map(|sentence| sentence.words).sum()
}

/// How much room a part deserves.
pub(crate) fn weight(matter: &Matter<'_>, part: &Part) -> f64 {
    let minor = part.sections.clone().all(|at| matter.worth[at] == Worth::Minor);
    let text = words(matter, part) as f64;
    (text + pictures(matter, part)) * if minor { 0.25 } else { 1.0 }
}

fn pictures(matter: &Matter<'_>, part: &Part) -> f64 {
    blocks(matter, part)
        .map(|(_, block)| match block {
            Block::Figure { .. } => 50.0,
            Block::Table { .. } => 40.0,
            Block::Code { .. } => 30.0,
            Block::Formula { .. } => 15.0,
            Block::Paragraph { .. } | Block::List { .. } | Block::Quote { .. } => 0.0,
        })
        .sum::<f64>()
        .min(150.0)
}

/// The blocks of all that teaches something, with their places.
pub(crate) fn all_blocks<'a>(matter: &Matter<'a>) -> impl Iterator<Item = ((usize, usize), &'a Block)> {
    let sections = &matter.document.sections;
    (0..sections.len())
        .filter(|section| matter.worth[*section] != Worth::None)
        .flat_map(|section| sections[section].blocks.iter().enumerate().map(move |(at, block)| ((section, at), block)))
}

/// The blocks of a part with their places, in order.
pub(crate) fn blocks<'a>(matter: &'a Matter<'_>, part: &'a Part) -> impl Iterator<Item = ((usize, usize), &'a Block)> {
    part.sections
        .clone()
        .filter(|section| matter.worth[*section] != Worth::None)
        .flat_map(|section| {
            matter.document.sections[section].blocks.iter().enumerate().map(move |(at, block)| ((section, at), block))
        })
        .filter(|((_, at), _)| part.sections.len() > 1 || part.blocks.contains(at))
}
