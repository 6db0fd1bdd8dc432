//! Captions from the times of words.
//!
//! A caption is at most two lines of 42 characters, fewer where the picture is narrow. Where a scene is cut into captions is decided as a whole: of all ways to
//! cut it, the one with the least trouble, where breaking between the article and its noun, a flash of two words or a text
//! too fast to read is more trouble than a break at a comma, and a break at the end of a sentence is none.

use domain::{CaptionFormat, Shape, SpokenWord, webvtt};
use std::fmt::Write;
use std::ops::Range;

/// Characters on a line of a caption.
pub(crate) fn line_length(shape: Shape) -> usize {
    match shape {
        Shape::Wide | Shape::Classic => 42,
        Shape::Square => 34,
        // As many as a phone held upright shows in readable type.
        Shape::Tall => 28,
    }
}

/// Characters that can be read in a second.
const READING_PACE: f64 = 17.0;
/// A caption stands at least so long, where the next one leaves the time.
const SHORTEST_MS: u32 = 1000;
/// A caption need not stand longer than this.
const LONGEST_MS: u32 = 7000;
/// Two frames of nothing, so that one sees that a caption has changed.
const GAP_MS: u32 = 67;
/// A caption stays this long after its last word, where there is time.
const LINGER_MS: u32 = 300;
/// More words never fit two lines.
const MOST_WORDS: usize = 42;

/// A caption, in the time of the video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caption {
    /// When it appears, in milliseconds.
    pub(crate) begin_ms: u64,
    /// When it disappears, in milliseconds.
    pub(crate) end_ms: u64,
    /// One or two lines, none longer than a line may be.
    pub(crate) lines: Vec<String>,
}

/// The captions of one scene that begins at a time and lasts so long, in lines of at most so many characters.
pub(crate) fn captions(narration: &str, words: &[SpokenWord], line: usize, scene_begin_ms: u64, scene_ms: u64) -> Vec<Caption> {
    let words = words.iter().filter_map(|word| Word::new(narration, word));
    let words: Vec<Word> = words.flat_map(|word| word.pieces(line)).collect();
    let scene_end = u32::try_from(scene_ms).unwrap_or(u32::MAX);
    let cuts = cut(&words, line, scene_end);
    let mut free_from = 0;
    cuts.windows(2)
        .map(|edge| {
            let (inside, next) = (&words[edge[0]..edge[1]], words.get(edge[1]));
            // A voice may say that two words begin at once; what is shown still comes one after the other.
            let begin = inside[0].begin_ms.max(free_from);
            let end = end_of(inside, next, scene_end).max(begin + 1);
            free_from = end;
            Caption {
                begin_ms: scene_begin_ms + u64::from(begin),
                end_ms: scene_begin_ms + u64::from(end),
                lines: lines(inside, line).map_or_else(Vec::new, |(lines, _)| lines),
            }
        })
        .collect()
}

/// Says which rule captions break, if any: one or two lines of at most so many characters, one after the other, within the video. How
/// fast they are read follows from the speech and is no rule for a gate.
pub(crate) fn broken_rule(captions: &[Caption], line: usize, video_ms: u64) -> Option<String> {
    let mut free_from = 0;
    for (number, caption) in (1..).zip(captions) {
        if !(1..=2).contains(&caption.lines.len()) {
            return Some(format!("caption {number} has {} lines", caption.lines.len()));
        }
        let widths = caption.lines.iter().map(|line| line.chars().count());
        if let Some(width) = widths.into_iter().find(|width| !(1..=line).contains(width)) {
            return Some(format!("caption {number} has a line of {width} characters"));
        }
        if caption.begin_ms < free_from || caption.end_ms <= caption.begin_ms || caption.end_ms > video_ms {
            return Some(format!("caption {number} stands from {} to {} ms", caption.begin_ms, caption.end_ms));
        }
        free_from = caption.end_ms;
    }
    None
}

/// Writes captions as a file.
pub(crate) fn write(captions: &[Caption], format: CaptionFormat) -> String {
    let mut file = String::new();
    if format == CaptionFormat::Vtt {
        file.push_str("WEBVTT\n\n");
    }
    for (number, caption) in (1..).zip(captions) {
        let (begin, end) = (stamp(caption.begin_ms, format), stamp(caption.end_ms, format));
        let text = caption.lines.join("\n");
        let text = if format == CaptionFormat::Vtt { webvtt::escape(&text) } else { text };
        writeln!(file, "{number}\n{begin} --> {end}\n{text}\n").expect("a string takes whatever is written");
    }
    file
}

fn stamp(ms: u64, format: CaptionFormat) -> String {
    let stamp = webvtt::stamp(ms);
    if format == CaptionFormat::Vtt { stamp } else { stamp.replace('.', ",") }
}

/// A word as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word<'a> {
    text: &'a str,
    begin_ms: u32,
    end_ms: u32,
}

impl<'a> Word<'a> {
    fn new(narration: &'a str, word: &SpokenWord) -> Option<Self> {
        let text = narration.get(word.start as usize..word.end as usize)?;
        (!text.is_empty()).then_some(Self { text, begin_ms: word.begin_ms, end_ms: word.end_ms })
    }

    fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// The word itself, or what fits a line of a word that is longer than one.
    fn pieces(self, line: usize) -> impl Iterator<Item = Self> {
        let mut rest = self.text;
        std::iter::from_fn(move || {
            let end = rest.char_indices().nth(line).map_or(rest.len(), |(at, _)| at);
            let (text, behind) = rest.split_at(end);
            rest = behind;
            (!text.is_empty()).then_some(Self { text, ..self })
        })
    }
}

/// Where to cut: the index of the first word of every caption, and the number of words.
fn cut(words: &[Word], line: usize, scene_end: u32) -> Vec<usize> {
    // For every number of words from the start: the least trouble they can be shown with, and where the last caption begins.
    let mut best: Vec<(f64, usize)> = vec![(0.0, 0)];
    for end in 1..=words.len() {
        let earliest = end.saturating_sub(MOST_WORDS);
        let choice = (earliest..end)
            .filter_map(|begin| Some((best[begin].0 + trouble(words, begin..end, line, scene_end)?, begin)))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        best.push(choice.unwrap_or((f64::INFINITY, end - 1)));
    }
    let mut cuts = vec![words.len()];
    while let Some(&first) = cuts.last().filter(|&&first| first > 0) {
        cuts.push(best[first].1);
    }
    cuts.reverse();
    cuts
}

/// How bad it is to show these words as one caption; none if they do not fit.
fn trouble(words: &[Word], range: Range<usize>, line: usize, scene_end: u32) -> Option<f64> {
    let next = words.get(range.end);
    let inside = &words[range];
    let (_, split) = lines(inside, line)?;
    let shown = f64::from(end_of(inside, next, scene_end).saturating_sub(inside[0].begin_ms).max(1)) / 1000.0;
    let pace = width(inside) as f64 / shown;

    let every_caption = 4.0;
    let at_the_end = next.map_or(0.0, |next| break_trouble(&inside[inside.len() - 1], next));
    let sentences_inside = inside[..inside.len() - 1].iter().filter(|word| ends_sentence(word.text)).count() as f64 * 5.0;
    let too_short = (f64::from(SHORTEST_MS) / 1000.0 - shown).max(0.0) * 25.0;
    let too_long = (shown - f64::from(LONGEST_MS) / 1000.0).max(0.0) * 10.0;
    let too_fast = (pace - READING_PACE).max(0.0) * 2.0;
    Some(every_caption + at_the_end + sentences_inside + too_short + too_long + too_fast + split)
}

/// How bad it is to break between two words: at the end of a line or of a caption.
fn break_trouble(before: &Word, after: &Word) -> f64 {
    if ends_sentence(before.text) {
        0.0
    } else if before.text.ends_with([',', ';', ':', '–', '—']) || matches!(after.text, "–" | "—") {
        2.0
    } else if is_among(before.text, &CLINGS) {
        20.0
    } else if is_among(after.text, &BEGINS_A_CLAUSE) {
        5.0
    } else if is_among(after.text, &BEGINS_A_PHRASE) {
        7.0
    } else {
        11.0
    }
}

/// Words that belong to the next one.
const CLINGS: [&str; 40] = [
    "a", "an", "the", "this", "that", "these", "those", "its", "their", "our", "your", "my", "his", "her", "of", "to", "in",
    "on", "at", "by", "for", "with", "from", "as", "and", "or", "but", "is", "are", "was", "were", "be", "not", "very", "der",
    "die", "das", "ein", "eine", "und",
];

/// Words with which a new thought begins.
const BEGINS_A_CLAUSE: [&str; 20] = [
    "and", "but", "or", "so", "because", "which", "who", "when", "while", "where", "if", "although", "that", "than", "then",
    "und", "aber", "oder", "weil", "dass",
];

/// Words with which a phrase begins that can stand on a line of its own.
const BEGINS_A_PHRASE: [&str; 18] = [
    "of", "in", "on", "at", "by", "for", "with", "from", "to", "into", "through", "between", "under", "over", "as", "mit", "von",
    "für",
];

fn is_among(word: &str, list: &[&str]) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(word))
}

fn ends_sentence(word: &str) -> bool {
    word.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']']).ends_with(['.', '!', '?', '…', '。', '！', '？'])
}

/// The best way to write words on one or two lines and how bad it is; none if they do not fit.
fn lines(words: &[Word], line: usize) -> Option<(Vec<String>, f64)> {
    if width(words) <= line {
        return Some((vec![text(words)], 0.0));
    }
    let splits = (1..words.len()).filter_map(|at| {
        let (upper, lower) = words.split_at(at);
        let (upper_width, lower_width) = (width(upper), width(lower));
        let uneven = upper_width.abs_diff(lower_width) as f64 * 0.1;
        let fits = upper_width <= line && lower_width <= line;
        fits.then(|| (break_trouble(&upper[at - 1], &lower[0]) * 0.5 + uneven, at))
    });
    let (trouble, at) = splits.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some((vec![text(&words[..at]), text(&words[at..])], trouble))
}

/// Characters of words with blanks between them.
fn width(words: &[Word]) -> usize {
    words.iter().map(|word| word.length() + 1).sum::<usize>().saturating_sub(1)
}

fn text(words: &[Word]) -> String {
    words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
}

/// When a caption of these words disappears: as long after the last word as it takes to read, but before the next caption.
fn end_of(words: &[Word], next: Option<&Word>, scene_end: u32) -> u32 {
    let (first, last) = (words[0], words[words.len() - 1]);
    let to_read = (width(words) as f64 / READING_PACE * 1000.0) as u32;
    let wanted = (last.end_ms + LINGER_MS).max(first.begin_ms + to_read.max(SHORTEST_MS));
    let latest = next.map_or(scene_end, |next| next.begin_ms.saturating_sub(GAP_MS));
    // Where the next word comes at once, a caption of one frame is still one.
    wanted.min(latest).max(first.begin_ms + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words spoken at so many characters a second, with a pause of 0.4 s at the end of a sentence.
    fn spoken(text: &str, pace: f64) -> Vec<SpokenWord> {
        let mut at = 250.0;
        text.split_whitespace()
            .map(|word| {
                let start = word.as_ptr() as usize - text.as_ptr() as usize;
                let begin = at;
                at += (word.chars().count() + 1) as f64 / pace * 1000.0;
                let end = at - 30.0;
                at += if ends_sentence(word) { 400.0 } else { 0.0 };
                SpokenWord { start: start as u32, end: (start + word.len()) as u32, begin_ms: begin as u32, end_ms: end as u32 }
            })
            .collect()
    }

    const LINE: usize = 42;

    fn shown(text: &str) -> Vec<Caption> {
        shown_at(text, 14.5)
    }

    fn shown_at(text: &str, pace: f64) -> Vec<Caption> {
        let words = spoken(text, pace);
        let end = words.last().map_or(0, |word| u64::from(word.end_ms)) + 700;
        captions(text, &words, LINE, 10_000, end)
    }

    const TIDES: &str = "The Moon pulls at the water of the oceans, and the water follows and rises below it. On the far side of \
                         the Earth, where the pull is weakest, the water is left behind: so there is a second bulge. Yes. Every \
                         coast, as the Earth turns below the two bulges, sees two high tides and two low tides a day, although \
                         the shape of a bay can double or cancel them.";

    #[test]
    fn captions_never_overlap_and_stay_within_their_scene() {
        for pace in [8.0, 14.5, 25.0, 60.0] {
            let captions = shown_at(TIDES, pace);
            assert!(captions.iter().all(|caption| caption.begin_ms < caption.end_ms), "{captions:#?}");
            assert!(captions.windows(2).all(|pair| pair[0].end_ms < pair[1].begin_ms), "{captions:#?}");
            assert!(captions[0].begin_ms >= 10_000);
        }
    }

    #[test]
    fn captions_have_at_most_two_lines_of_42_characters_and_leave_no_word_out() {
        let captions = shown(TIDES);
        let lines: Vec<&str> = captions.iter().flat_map(|caption| &caption.lines).map(String::as_str).collect();
        assert!(captions.iter().all(|caption| (1..=2).contains(&caption.lines.len())));
        assert!(lines.iter().all(|line| line.chars().count() <= LINE), "{lines:#?}");
        assert_eq!(lines.join(" "), TIDES.split_whitespace().collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn lines_are_as_long_as_the_shape_allows() {
        for shape in Shape::ALL {
            let line = line_length(shape);
            let captions = captions(TIDES, &spoken(TIDES, 14.5), line, 0, 60_000);
            let longest = captions.iter().flat_map(|caption| &caption.lines).map(|text| text.chars().count()).max();
            assert!(longest.is_some_and(|longest| longest <= line && longest + 12 > line), "{}: {longest:?}", shape.name());
            assert!(captions.windows(2).all(|pair| pair[0].end_ms < pair[1].begin_ms), "{captions:#?}");
        }
    }

    #[test]
    fn captions_break_where_a_speaker_would() {
        let lines: Vec<Vec<String>> = shown(TIDES).into_iter().map(|caption| caption.lines).collect();
        assert_eq!(
            lines,
            [
                vec!["The Moon pulls at the water of the oceans,", "and the water follows and rises below it."],
                vec!["On the far side of the Earth,", "where the pull is weakest,"],
                vec!["the water is left behind:", "so there is a second bulge."],
                vec!["Yes. Every coast,", "as the Earth turns below the two bulges,"],
                vec!["sees two high tides", "and two low tides a day,"],
                vec!["although the shape of a bay can double", "or cancel them."],
            ]
        );
    }

    #[test]
    fn captions_can_be_read_as_fast_as_they_are_spoken() {
        for caption in shown(TIDES) {
            let seconds = (caption.end_ms - caption.begin_ms) as f64 / 1000.0;
            let characters = caption.lines.join(" ").chars().count() as f64;
            assert!(characters / seconds <= READING_PACE, "{caption:?}");
        }
    }

    #[test]
    fn a_word_longer_than_a_line_is_cut() {
        let long = "x".repeat(100);
        let captions = shown(&format!("See {long} there."));
        let lines: Vec<&String> = captions.iter().flat_map(|caption| &caption.lines).collect();
        assert!(lines.iter().all(|line| line.chars().count() <= LINE), "{lines:?}");
        assert_eq!(lines.iter().flat_map(|line| line.chars()).filter(|&c| c == 'x').count(), 100);
    }

    #[test]
    fn a_broken_rule_is_named() {
        let caption = |begin_ms, end_ms, lines: &[&str]| Caption {
            begin_ms,
            end_ms,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        };
        let long = "x".repeat(43);
        for (captions, expected) in [
            (vec![caption(0, 10, &["a"]), caption(10, 20, &["b", "c"])], None),
            (vec![caption(0, 10, &[])], Some("0 lines")),
            (vec![caption(0, 10, &["a", "b", "c"])], Some("3 lines")),
            (vec![caption(0, 10, &[&long])], Some("43 characters")),
            (vec![caption(0, 10, &["a"]), caption(9, 20, &["b"])], Some("caption 2 stands from 9")),
            (vec![caption(5, 5, &["a"])], Some("from 5 to 5")),
            (vec![caption(0, 101, &["a"])], Some("to 101")),
        ] {
            let found = broken_rule(&captions, LINE, 100);
            assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()));
        }
    }

    proptest::proptest! {
        /// Words of any length, in any script, spoken at any pace, with any pauses.
        #[test]
        fn no_speech_breaks_the_rules(
            spoken in proptest::collection::vec(("[a-zäß漢🎓,.]{1,60}", 0_u32..900, 0_u32..600), 1..70),
            line in proptest::sample::select(vec![42_usize, 34, 28]),
        ) {
            let (mut text, mut words, mut at) = (String::new(), Vec::new(), 250);
            for (word, lasts, pause) in &spoken {
                let start = text.len() as u32;
                text.push_str(word);
                words.push(SpokenWord { start, end: text.len() as u32, begin_ms: at, end_ms: at + lasts });
                text.push(' ');
                at += lasts + pause;
            }
            let scene_ms = u64::from(at) + 700;
            let captions = captions(&text, &words, line, 0, scene_ms);
            proptest::prop_assert_eq!(broken_rule(&captions, line, scene_ms), None);
            let shown: String = captions.iter().flat_map(|caption| &caption.lines).flat_map(|line| line.split(' ')).collect();
            proptest::prop_assert_eq!(shown, text.replace(' ', ""));
            for pair in captions.windows(2) {
                let shown_ms = pair[0].end_ms - pair[0].begin_ms;
                let characters = pair[0].lines.join(" ").chars().count() as f64;
                let is_readable = characters <= READING_PACE * shown_ms as f64 / 1000.0 + 1.0;
                let stands_as_long_as_it_can = pair[1].begin_ms - pair[0].end_ms <= u64::from(GAP_MS);
                proptest::prop_assert!(is_readable || stands_as_long_as_it_can, "{:?}", pair);
            }
        }
    }

    #[test]
    fn no_words_make_no_captions() {
        assert_eq!(captions("", &[], LINE, 0, 1000), Vec::new());
    }

    #[test]
    fn words_that_lie_outside_the_text_are_left_out() {
        let stray = SpokenWord { start: 90, end: 95, begin_ms: 0, end_ms: 1 };
        assert_eq!(captions("short", &[stray], LINE, 0, 1000), Vec::new());
    }

    #[test]
    fn files_have_the_form_of_their_kind() {
        let caption = Caption { begin_ms: 3_661_005, end_ms: 3_662_000, lines: vec!["a < b".to_owned(), "& c --> d".to_owned()] };
        let captions = [caption];
        assert_eq!(
            write(&captions, CaptionFormat::Vtt),
            "WEBVTT\n\n1\n01:01:01.005 --> 01:01:02.000\na &lt; b\n&amp; c --&gt; d\n\n"
        );
        assert_eq!(write(&captions, CaptionFormat::Srt), "1\n01:01:01,005 --> 01:01:02,000\na < b\n& c --> d\n\n");
    }
}
