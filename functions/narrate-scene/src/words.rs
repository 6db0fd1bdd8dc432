//! When each word of a narration is heard.
//!
//! A word is what [`domain::words`] says: what a caption shows and a cue counts. Where a provider
//! says when words begin, that counts; what it leaves out lies between its neighbours by the number of letters. The end of a
//! word is heard: it is where the sound falls quiet, or where the next word begins.

use domain::SpokenWord;
use domain::ports::SpeechClip;
use media::sound::Clock;

/// What is quieter than the loudest sample by 40 dB is a pause.
const PAUSE_LEVEL: f32 = 0.01;
/// Pauses are looked for in steps of 5 ms.
const STEPS_PER_SECOND: usize = 200;

/// The words of a narration in the time of the scene.
pub(crate) fn spoken_words(narration: &str, clip: &SpeechClip, clock: &Clock) -> Vec<SpokenWord> {
    let words = split(narration);
    let begins = begins(&words, clip, clock);
    let next = begins.iter().skip(1).copied().chain([clock.speech_ends()]);
    let ends: Vec<u64> = begins.iter().zip(next).map(|(&begin, next)| end_of_sound(clip, begin, next)).collect();
    words
        .iter()
        .zip(begins.iter().zip(ends))
        .map(|(word, (&begin, end))| SpokenWord {
            start: offset(word.start),
            end: offset(word.end),
            begin_ms: clock.milliseconds(begin),
            end_ms: clock.milliseconds(end),
        })
        .collect()
}

/// A word in the text, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    start: usize,
    end: usize,
    letters: u64,
}

fn split(narration: &str) -> Vec<Word> {
    let word = |text: &str| {
        let start = text.as_ptr() as usize - narration.as_ptr() as usize;
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count() as u64;
        Word { start, end: start + text.len(), letters }
    };
    domain::words(narration).into_iter().map(word).collect()
}

fn offset(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}

/// The sample with which each word begins, never decreasing.
fn begins(words: &[Word], clip: &SpeechClip, clock: &Clock) -> Vec<u64> {
    let said = said_begins(words, clip, clock);
    let mut begins: Vec<u64> = Vec::with_capacity(words.len());
    while begins.len() < words.len() {
        let first = begins.len();
        let from = said[first].or(begins.last().copied()).unwrap_or(clock.speech_begins());
        let behind = (first + 1..words.len()).find(|&at| said[at].is_some()).unwrap_or(words.len());
        let until = said.get(behind).copied().flatten().unwrap_or(clock.speech_ends());
        begins.extend(share_out(&words[first..behind], from, until));
    }
    begins
}

/// The beginnings that the provider said, for the words it said them for; those that would go back in time are left out.
fn said_begins(words: &[Word], clip: &SpeechClip, clock: &Clock) -> Vec<Option<u64>> {
    let mut earliest = clock.speech_begins();
    (0..words.len())
        .map(|at| {
            let range = words[at].start..words.get(at + 1).map_or(usize::MAX, |next| next.start);
            let onset = clip.words.iter().find(|onset| range.contains(&(onset.text_offset as usize)))?;
            let sample = onset.sample.max(clock.speech_begins());
            (earliest..clock.speech_ends()).contains(&sample).then(|| {
                earliest = sample;
                sample
            })
        })
        .collect()
}

/// Where words begin that share a stretch of time by their letters.
fn share_out(words: &[Word], from: u64, until: u64) -> impl Iterator<Item = u64> {
    // A blank and the breath around a word count as one letter.
    let weight = |word: &Word| if word.letters == 0 { 0 } else { word.letters + 1 };
    let total = words.iter().map(weight).sum::<u64>().max(1);
    words.iter().scan(0, move |before, word| {
        let begin = from + until.saturating_sub(from) * *before / total;
        *before += weight(word);
        Some(begin)
    })
}

/// Where the sound of a word ends that begins at one sample and is followed by another word at the next.
fn end_of_sound(clip: &SpeechClip, begin: u64, next: u64) -> u64 {
    let step = (clip.sample_rate_hz as usize / STEPS_PER_SECOND).max(1);
    let peak = clip.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let at = |sample: u64| usize::try_from(sample).unwrap_or(usize::MAX).min(clip.samples.len());
    let (begin, mut end) = (at(begin), at(next));
    while end >= begin + 2 * step && is_quiet(&clip.samples[end - step..end], peak * PAUSE_LEVEL) {
        end -= step;
    }
    end as u64
}

fn is_quiet(samples: &[f32], level: f32) -> bool {
    samples.iter().all(|sample| sample.abs() < level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ports::{Speech, SpeechRequest, WordOnset};
    use fakes::ToneSpeech;

    const TEXT: &str = "The Moon — our own — pulls at naïve water, doesn't it?";

    async fn hummed(text: &str) -> SpeechClip {
        let request = SpeechRequest { text: text.to_owned(), phonemes: vec![], voice: None, language: "en".to_owned() };
        ToneSpeech::default().speak(&request, &domain::Meter::default()).await.expect("hums")
    }

    fn clock(clip: &SpeechClip) -> Clock {
        Clock::of_whole_clip(clip.samples.len() as u64, clip.sample_rate_hz)
    }

    fn texts(words: &[SpokenWord]) -> Vec<&'static str> {
        words.iter().map(|word| &TEXT[word.start as usize..word.end as usize]).collect()
    }

    fn check_order(words: &[SpokenWord]) {
        assert!(words.iter().all(|word| word.begin_ms <= word.end_ms), "{words:?}");
        assert!(words.windows(2).all(|pair| pair[0].end_ms <= pair[1].begin_ms), "{words:?}");
    }

    #[tokio::test]
    async fn words_begin_where_the_voice_says() {
        let clip = hummed(TEXT).await;
        let words = spoken_words(TEXT, &clip, &clock(&clip));
        assert_eq!(texts(&words), TEXT.split(' ').collect::<Vec<_>>());
        check_order(&words);
        for (word, onset) in words.iter().zip(&clip.words) {
            assert_eq!(u64::from(word.begin_ms), 250 + onset.sample * 1000 / 22_050);
        }
    }

    #[tokio::test]
    async fn a_word_ends_where_it_falls_quiet() {
        let clip = hummed("Moon water").await;
        let words = spoken_words("Moon water", &clip, &clock(&clip));
        // Four letters of 70 ms, then a pause of 50 ms.
        assert!(words[0].end_ms.abs_diff(250 + 280) <= 6, "{words:?}");
        assert!(words[1].begin_ms.abs_diff(250 + 330) <= 6, "{words:?}");
    }

    #[tokio::test]
    async fn words_without_a_beginning_lie_between_their_neighbours() {
        let mut clip = hummed(TEXT).await;
        let whole = spoken_words(TEXT, &clip, &clock(&clip));
        clip.words.retain(|onset| onset.text_offset % 3 == 0);
        let thinned = spoken_words(TEXT, &clip, &clock(&clip));
        check_order(&thinned);
        for (full, thin) in whole.iter().zip(&thinned) {
            assert!(full.begin_ms.abs_diff(thin.begin_ms) < 200, "{full:?} {thin:?}");
        }
    }

    #[tokio::test]
    async fn a_voice_that_says_nothing_about_words_is_estimated() {
        let mut clip = hummed(TEXT).await;
        let whole = spoken_words(TEXT, &clip, &clock(&clip));
        clip.words.clear();
        let estimated = spoken_words(TEXT, &clip, &clock(&clip));
        check_order(&estimated);
        assert_eq!(estimated.len(), whole.len());
        for (full, guess) in whole.iter().zip(&estimated) {
            assert!(full.begin_ms.abs_diff(guess.begin_ms) < 400, "{full:?} {guess:?}");
        }
    }

    #[tokio::test]
    async fn several_beginnings_in_one_word_and_beginnings_out_of_order_do_no_harm() {
        let mut clip = hummed(TEXT).await;
        clip.words.push(WordOnset { text_offset: 6, sample: 1 });
        clip.words.insert(0, WordOnset { text_offset: 9_999, sample: 5 });
        clip.words.insert(0, WordOnset { text_offset: 4, sample: u64::MAX });
        let words = spoken_words(TEXT, &clip, &clock(&clip));
        check_order(&words);
        assert_eq!(words.len(), 12);
    }

    #[tokio::test]
    async fn no_text_has_no_words() {
        let clip = hummed("x").await;
        assert_eq!(spoken_words("  ", &clip, &clock(&clip)), Vec::new());
    }
}
