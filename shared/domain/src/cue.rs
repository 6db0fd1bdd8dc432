//! When the parts of a visual appear and are spoken of: the cues that were proposed, settled against the words as they were spoken.

use crate::{Cells, Cue, FRAME_RATE, SpokenWord};
use serde::Serialize;

/// Frames in which a part of a scene is on its way. The frame after them shows it whole.
pub const TRANSITION_FRAMES: u32 = 7;

/// Frames in which a scene comes in, and in which it leaves: from one whole scene to the next in 0.37 s.
pub const SCENE_FRAMES: u32 = 5;

/// The first frame at which a part may begin to appear: the scene has come in and stood for one frame. Speech begins here too.
const EARLIEST: u64 = SCENE_FRAMES as u64 + 1;

/// The least time between two parts: one is there whole, and is seen, before the next begins.
const LEAST_BETWEEN: u64 = 12;

/// How long the last part stands before the scene begins to leave, where there is time: 1.5 s.
const READING: u64 = 3 * FRAME_RATE as u64 / 2;

/// How long a heading stands alone at most while its scene is spoken: 4 s.
const LONGEST_ALONE: u64 = 4 * FRAME_RATE as u64;

/// What is seen of a visual from a frame of its scene on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Beat {
    /// The frame at which this begins to be seen.
    pub frame: u64,
    /// How many of its steps are shown; none where the visual stands whole.
    pub shown: Option<u32>,
    /// The part that is spoken of, from 1, where it stands out from the others.
    pub marked: Option<u32>,
}

/// Everything that happens to a visual while its scene is spoken, in order: each step appears and is marked with its word, and a part
/// that is there already is marked anew with the first word of each further cue that names it.
///
/// `steps` parts appear, see [`settle`]; of all `parts` the one that is spoken of can be marked. Marks never meet, with each other
/// or with a step that appears; one that has no room is left out.
pub fn beats(proposed: &[Cue], (steps, parts): (u32, u32), narration: &str, words: &[SpokenWord], duration: Cells) -> Vec<Beat> {
    let mark = |part: u32| (1..=parts).contains(&part).then_some(part);
    let appears = |(step, frame): (u32, u64)| Beat { frame, shown: Some(step), marked: mark(step) };
    let mut beats: Vec<Beat> = (1..).zip(settle(proposed, steps, narration, words, duration)).map(appears).collect();
    let stands_whole = beats.is_empty();
    let latest = duration.frames().saturating_sub(u64::from(SCENE_FRAMES) + LEAST_BETWEEN);
    let mut named: Vec<(u64, u32)> = proposed
        .iter()
        .filter_map(|cue| Some((frame_at(words.get(cue.word as usize)?.begin_ms), mark(cue.step)?)))
        .filter(|(frame, _)| (EARLIEST..=latest).contains(frame))
        .collect();
    named.sort_unstable();
    for (frame, part) in named {
        let at = beats.partition_point(|beat| beat.frame <= frame);
        let before = at.checked_sub(1).map(|at| beats[at]);
        let shown = if stands_whole { None } else { Some(before.and_then(|beat| beat.shown).unwrap_or(0)) };
        let is_there = shown.is_none_or(|shown| part <= shown);
        let is_marked = before.is_some_and(|beat| beat.marked == Some(part));
        let has_room = beats.iter().all(|beat| beat.frame.abs_diff(frame) >= LEAST_BETWEEN);
        if is_there && !is_marked && has_room {
            beats.insert(at, Beat { frame, shown, marked: Some(part) });
        }
    }
    beats
}

/// Lets go of the last mark as the speech ends, so that a scene that stays is left whole. Nothing happens where there is no time.
pub fn release(beats: &mut Vec<Beat>, words: &[SpokenWord], duration: Cells) {
    let (Some(last), Some(word)) = (beats.last().copied(), words.last()) else { return };
    let latest = duration.frames().saturating_sub(u64::from(TRANSITION_FRAMES) + 1);
    let frame = frame_at(word.end_ms).min(latest);
    if last.marked.is_some() && frame >= last.frame + LEAST_BETWEEN {
        beats.push(Beat { frame, marked: None, ..last });
    }
}

/// The frame of a scene at which each of its steps begins to appear, in order; empty where all stand from the start, because there
/// are none or the scene is too short for them.
///
/// A step appears with the frame nearest to the beginning of its word. Cues that name no word or step, come twice or out of order
/// are left out; steps without a cue are spread over the sentences between their neighbours. Frames always rise, with room for each
/// step to appear whole, and leave time to read the last one.
pub fn settle(proposed: &[Cue], steps: u32, narration: &str, words: &[SpokenWord], duration: Cells) -> Vec<u64> {
    let count = u64::from(steps);
    let leaves = duration.frames().saturating_sub(u64::from(SCENE_FRAMES));
    let needed = EARLIEST + count.saturating_sub(1) * LEAST_BETWEEN;
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Vec::new() };
    if count == 0 || needed + LEAST_BETWEEN > leaves {
        return Vec::new();
    }
    let latest = leaves.saturating_sub(READING).max(needed);
    let pauses = Pauses::of(narration, words);
    let speech = (frame_at(first.begin_ms), frame_at(last.end_ms));
    let mut frames = pauses.fill(&in_order(proposed, steps, words), speech);
    frames[0] = frames[0].min(speech.0 + LONGEST_ALONE);
    make_room(&mut frames, latest);
    frames
}

/// The frame nearest to a time of the scene.
pub fn frame_at(milliseconds: u32) -> u64 {
    (u64::from(milliseconds) * u64::from(FRAME_RATE) + 500) / 1000
}

/// For each step the frame of its word: of the cues that can be meant, the most that are in order.
fn in_order(proposed: &[Cue], steps: u32, words: &[SpokenWord]) -> Vec<Option<u64>> {
    let mut cues: Vec<Cue> =
        proposed.iter().copied().filter(|cue| (1..=steps).contains(&cue.step) && (cue.word as usize) < words.len()).collect();
    cues.sort_by_key(|cue| (cue.step, cue.word));
    // The longest chain that ends with each cue: its length, and the cue before.
    let mut chains: Vec<(usize, Option<usize>)> = Vec::with_capacity(cues.len());
    for (at, cue) in cues.iter().enumerate() {
        let before = (0..at).filter(|&other| cues[other].step < cue.step && cues[other].word < cue.word);
        let best = before.max_by_key(|&other| (chains[other].0, std::cmp::Reverse(other)));
        chains.push((1 + best.map_or(0, |best| chains[best].0), best));
    }
    let mut frames = vec![None; steps as usize];
    let mut next = (0..cues.len()).max_by_key(|&at| (chains[at].0, std::cmp::Reverse(at)));
    while let Some(at) = next {
        frames[cues[at].step as usize - 1] = Some(frame_at(words[cues[at].word as usize].begin_ms));
        next = chains[at].1;
    }
    frames
}

/// Where something may appear that no word names: the frames with which words begin, and those with which sentences do.
struct Pauses {
    words: Vec<u64>,
    sentences: Vec<u64>,
}

impl Pauses {
    fn of(narration: &str, words: &[SpokenWord]) -> Self {
        let text = |word: &SpokenWord| narration.get(word.start as usize..word.end as usize).unwrap_or_default();
        let begins_sentence = |at: &usize| *at == 0 || ends_sentence(text(&words[*at - 1]));
        let frame = |at: usize| frame_at(words[at].begin_ms);
        Self {
            words: (0..words.len()).map(frame).collect(),
            sentences: (0..words.len()).filter(begins_sentence).map(frame).collect(),
        }
    }

    /// Gives a frame to each step that has none, between its neighbours or the edges of the speech.
    fn fill(&self, known: &[Option<u64>], (begin, end): (u64, u64)) -> Vec<u64> {
        let mut frames = Vec::with_capacity(known.len());
        while frames.len() < known.len() {
            let at = frames.len();
            if let Some(frame) = known[at] {
                frames.push(frame);
                continue;
            }
            let behind = (at..known.len()).find(|&other| known[other].is_some()).unwrap_or(known.len());
            let until = known.get(behind).copied().flatten().unwrap_or(end);
            let missing = (behind - at) as u64;
            // The first of all appears as the speech begins, others after the one before.
            let (from, offset) = frames.last().map_or((begin, 0), |&last| (last, 1));
            let spread = until.saturating_sub(from) / (missing + offset);
            frames.extend((0..missing).map(|step| self.near(from + spread * (step + offset), spread)));
        }
        frames
    }

    /// The beginning of a sentence near a frame, else of a word.
    fn near(&self, frame: u64, spread: u64) -> u64 {
        let nearest = |frames: &[u64]| frames.iter().copied().min_by_key(|other| other.abs_diff(frame));
        let sentence = nearest(&self.sentences).filter(|sentence| sentence.abs_diff(frame) <= spread / 3);
        sentence.or_else(|| nearest(&self.words)).unwrap_or(frame)
    }
}

/// The marks that end a sentence: those of European scripts, of Chinese and Japanese, of Arabic and Urdu, and the danda of
/// Indian scripts.
pub const SENTENCE_ENDS: [char; 12] = ['.', '!', '?', '…', '。', '！', '？', '｡', '؟', '۔', '।', '॥'];

/// Whether a word ends a sentence, closing quotes and brackets aside.
pub(crate) fn ends_sentence(word: &str) -> bool {
    word.trim_end_matches(['"', '\'', ')', ']', '”', '’', '»', '」', '』', '）']).ends_with(SENTENCE_ENDS)
}

/// Moves frames apart, none later than `latest` allows for it and those behind it.
fn make_room(frames: &mut [u64], latest: u64) {
    for (behind, frame) in frames.iter_mut().rev().enumerate() {
        *frame = (*frame).min(latest - behind as u64 * LEAST_BETWEEN);
    }
    let mut least = EARLIEST;
    for frame in frames {
        *frame = (*frame).max(least);
        least = *frame + LEAST_BETWEEN;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The Moon pulls at the water. A bulge rises below it. Another rises on the far side. So tides come twice.";

    /// Words that follow each other every 400 ms from 250 ms on.
    fn words(text: &str) -> Vec<SpokenWord> {
        let offset = |part: &str| (part.as_ptr() as usize - text.as_ptr() as usize) as u32;
        let word = |(at, word): (usize, &str)| {
            let begin_ms = 250 + 400 * at as u32;
            SpokenWord { start: offset(word), end: offset(word) + word.len() as u32, begin_ms, end_ms: begin_ms + 350 }
        };
        text.split_whitespace().enumerate().map(word).collect()
    }

    fn settled(cues: &[(u32, u32)], steps: u32) -> Vec<u64> {
        let cues: Vec<Cue> = cues.iter().map(|&(word, step)| Cue { word, step }).collect();
        let words = words(TEXT);
        let duration = Cells::covering(u64::from(words.last().expect("has words").end_ms + 450) * 48);
        settle(&cues, steps, TEXT, &words, duration)
    }

    /// The frame with which a word of [`TEXT`] begins.
    fn begin(word: u64) -> u64 {
        ((250 + 400 * word) * 30 + 500) / 1000
    }

    #[test]
    fn a_step_appears_with_the_frame_nearest_to_its_word() {
        assert_eq!(settled(&[(1, 1), (7, 2), (12, 3)], 3), [begin(1), begin(7), begin(12)]);
        assert_eq!(settled(&[(0, 1), (7, 2)], 2), [begin(0), begin(7)], "the first word as well");
    }

    #[test]
    fn steps_without_a_cue_are_spread_over_the_sentences() {
        assert_eq!(settled(&[], 4), [begin(0), begin(6), begin(11), begin(17)]);
        assert_eq!(settled(&[(1, 1), (17, 3)], 3)[1], begin(11));
    }

    #[test]
    fn wrong_cues_are_left_out() {
        let right = settled(&[(1, 1), (7, 2), (12, 3)], 3);
        assert_eq!(settled(&[(1, 1), (7, 2), (12, 3), (99, 2), (3, 9), (3, 0)], 3), right, "no such word or step");
        assert_eq!(settled(&[(12, 3), (1, 1), (7, 2)], 3), right, "the order in which they are named is none");
        let repaired = settled(&[(15, 1), (7, 2), (12, 3)], 3);
        assert_eq!(repaired[1..], right[1..], "two that agree outweigh the one that does not");
    }

    fn beat(frame: u64, shown: impl Into<Option<u32>>, marked: impl Into<Option<u32>>) -> Beat {
        Beat { frame, shown: shown.into(), marked: marked.into() }
    }

    fn beaten(cues: &[(u32, u32)], counts: (u32, u32)) -> Vec<Beat> {
        let cues: Vec<Cue> = cues.iter().map(|&(word, step)| Cue { word, step }).collect();
        let words = words(TEXT);
        beats(&cues, counts, TEXT, &words, Cells::covering(u64::from(words.last().expect("has words").end_ms + 450) * 48))
    }

    #[test]
    fn what_appears_is_marked_and_what_is_named_again_as_well() {
        let named_again = beaten(&[(1, 1), (7, 2), (12, 1)], (2, 2));
        assert_eq!(named_again, [beat(begin(1), 1, 1), beat(begin(7), 2, 2), beat(begin(12), 2, 1)]);
        assert_eq!(beaten(&[(1, 1)], (1, 0)), [beat(begin(1), 1, None)], "one part alone has none to stand out from");
    }

    #[test]
    fn parts_of_what_stands_whole_are_marked_in_any_order() {
        let rows = beaten(&[(12, 1), (1, 5), (7, 2), (2, 9)], (0, 5));
        assert_eq!(rows, [beat(begin(1), None, 5), beat(begin(7), None, 2), beat(begin(12), None, 1)]);
    }

    #[test]
    fn marks_that_have_no_room_are_left_out() {
        assert_eq!(beaten(&[(1, 1), (1, 2)], (0, 2)), [beat(begin(1), None, 1)]);
        assert_eq!(beaten(&[(7, 2), (8, 2)], (0, 2)), [beat(begin(7), None, 2)], "it is marked already");
    }

    #[test]
    fn a_scene_that_stays_is_left_whole() {
        let words = words(TEXT);
        let mut beats = vec![beat(20, 2, 2)];
        release(&mut beats, &words, Cells(20));
        assert_eq!(beats, [beat(20, 2, 2), beat(258, 2, None)]);
        release(&mut beats, &words, Cells(20));
        assert_eq!(beats.len(), 2, "nothing is marked any more");
    }

    #[test]
    fn steps_never_meet_and_leave_time_to_read() {
        for steps in 1..=20 {
            for word in 0..20 {
                let frames = settled(&(1..=steps).map(|step| (word, step)).collect::<Vec<_>>(), steps);
                let frames = if frames.is_empty() {
                    assert!(steps > 17);
                    continue;
                } else {
                    frames
                };
                assert_eq!(frames.len(), steps as usize);
                assert!(frames[0] >= EARLIEST);
                assert!(frames.windows(2).all(|pair| pair[1] >= pair[0] + LEAST_BETWEEN), "{frames:?}");
                let end = 272;
                assert!(frames[frames.len() - 1] + if steps < 14 { READING } else { LEAST_BETWEEN } <= end, "{frames:?}");
            }
        }
    }

    #[test]
    fn a_heading_does_not_stand_alone_for_long() {
        assert_eq!(settled(&[(18, 1), (19, 2)], 2)[0], begin(0) + LONGEST_ALONE);
    }

    #[test]
    fn a_scene_too_short_for_its_steps_shows_them_all() {
        assert_eq!(settle(&[], 3, "One two.", &words("One two."), Cells(2)), Vec::<u64>::new());
        assert_eq!(settle(&[], 3, "", &[], Cells(20)), Vec::<u64>::new());
        assert_eq!(settled(&[(1, 1)], 0), Vec::<u64>::new());
    }
}
