//! Listens to every take: a voice may stop in the middle, babble on, fall silent or clip, and say nothing of it. What sounds wrong is
//! spoken once more; what sounds wrong again is for the next voice.

use domain::Meter;
use domain::ports::{PortError, Speech, SpeechClip, SpeechRequest};

/// Nobody speaks faster, in letters a second; calm speech has 15.
const MOST_PER_SECOND: f32 = 30.0;
/// Nobody teaches slower.
const LEAST_PER_SECOND: f32 = 5.0;
/// Edges and breaths, which a short text has as well.
const GRACE_SECONDS: f32 = 3.0;
/// What is quieter all the time says nothing, at full scale 1.
const SILENCE: f32 = 0.01;
/// What is quieter than the loudest sample by 40 dB is a pause.
const PAUSE_LEVEL: f32 = 0.01;
/// No sentence pauses for so long.
const LONGEST_PAUSE_SECONDS: f32 = 4.0;
/// A sample at full scale.
const FULL_SCALE: f32 = 0.999;
/// So many samples at full scale in a row are cut off tops, one or two are loud ones.
const CLIPPED_RUN: usize = 3;
/// The share of samples in such rows that is heard as a rattle.
const MOST_CLIPPED: f32 = 0.002;

/// Speaks, listens, and speaks once more where it sounds wrong.
///
/// # Errors
/// What the voice says, or [`PortError::Unavailable`] if the second take sounds wrong too and somebody else `may_follow`; the last
/// voice is taken as it is.
pub(crate) async fn speak(
    voice: &impl Speech,
    request: &SpeechRequest,
    meter: &Meter,
    may_follow: bool,
) -> Result<SpeechClip, PortError> {
    let first = voice.speak(request, meter).await?;
    let Some(fault) = fault(&request.text, &first) else { return Ok(first) };
    tracing::warn!(fault, "the take is spoken once more");
    let second = voice.speak(request, meter).await?;
    match self::fault(&request.text, &second) {
        Some(fault) if may_follow => {
            Err(PortError::Unavailable { service: "the voice", message: format!("two takes in a row sound wrong: {fault}") })
        }
        _ => Ok(second),
    }
}

/// What sounds wrong in a take of a text, if anything.
fn fault(text: &str, clip: &SpeechClip) -> Option<&'static str> {
    let seconds = clip.samples.len() as f32 / clip.sample_rate_hz.max(1) as f32;
    let letters = letters(text);
    let peak = clip.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if peak < SILENCE {
        Some("it is silent")
    } else if seconds * MOST_PER_SECOND < letters {
        Some("it is too short for its text")
    } else if seconds > letters / LEAST_PER_SECOND + GRACE_SECONDS {
        Some("it is too long for its text")
    } else if longest_run(&clip.samples, |sample| sample.abs() < peak * PAUSE_LEVEL) as f32
        > LONGEST_PAUSE_SECONDS * clip.sample_rate_hz as f32
    {
        Some("it falls silent")
    } else if clipped(&clip.samples) as f32 > MOST_CLIPPED * clip.samples.len() as f32 {
        Some("it is clipped")
    } else {
        None
    }
}

/// How many letters of a European language a text is worth: digits are read as words, and a sign of Chinese, Japanese or Korean is a
/// syllable.
fn letters(text: &str) -> f32 {
    let worth = |c: char| match c {
        '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => 3.0,
        c if c.is_numeric() => 4.0,
        c if c.is_alphabetic() => 1.0,
        c if c.is_whitespace() => 0.5,
        _ => 0.0,
    };
    text.chars().map(worth).sum()
}

fn longest_run(samples: &[f32], is_in: impl Fn(&f32) -> bool) -> usize {
    runs(samples, is_in).max().unwrap_or(0)
}

/// How many samples lie in cut off tops.
fn clipped(samples: &[f32]) -> usize {
    runs(samples, |sample| sample.abs() >= FULL_SCALE).filter(|length| *length >= CLIPPED_RUN).sum()
}

fn runs(samples: &[f32], is_in: impl Fn(&f32) -> bool) -> impl Iterator<Item = usize> {
    samples.split(move |sample| !is_in(sample)).map(<[f32]>::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fakes::ToneSpeech;
    use std::sync::Mutex;

    const TEXT: &str = "The Moon pulls at the water of the oceans, which rises twice a day.";
    const RATE: u32 = 1000;

    /// A tone of so many seconds, as loud as given.
    fn tone(seconds: f32, peak: f32) -> Vec<f32> {
        (0..(seconds * RATE as f32) as usize).map(|n| peak * (n as f32 * 0.7).sin()).collect()
    }

    fn clip(samples: Vec<f32>) -> SpeechClip {
        SpeechClip { samples, sample_rate_hz: RATE, words: vec![], voice: "hum".to_owned() }
    }

    fn heard(samples: Vec<f32>) -> Option<&'static str> {
        fault(TEXT, &clip(samples))
    }

    #[test]
    fn what_sounds_wrong_is_named() {
        let good = tone(5.0, 0.5);
        assert_eq!(heard(good.clone()), None);
        assert_eq!(heard(vec![0.001; 5000]), Some("it is silent"));
        assert_eq!(heard(tone(1.0, 0.5)), Some("it is too short for its text"));
        assert_eq!(heard(tone(60.0, 0.5)), Some("it is too long for its text"));
        assert_eq!(heard([&good[..], &[0.0; 4100], &good[..]].concat()), Some("it falls silent"));
        let loud = good.iter().map(|sample| (sample * 8.0).clamp(-1.0, 1.0)).collect();
        assert_eq!(heard(loud), Some("it is clipped"));
        assert_eq!(heard(tone(5.0, 1.0)), None, "loud is not clipped");
    }

    #[test]
    fn numbers_and_other_scripts_take_their_time() {
        assert_eq!(fault("In 1999 it was 123456789.", &clip(tone(7.0, 0.5))), None);
        assert_eq!(fault("月亮吸引着海洋的水。", &clip(tone(2.5, 0.5))), None);
        assert_eq!(fault("Yes.", &clip(tone(0.4, 0.5))), None);
    }

    #[tokio::test]
    async fn a_good_take_is_spoken_once() {
        let voice = ToneSpeech::default();
        speak(&voice, &request(), &Meter::default(), true).await.expect("it speaks");
        assert_eq!(voice.calls(), 1);
    }

    /// A voice with a take for each call.
    struct Takes(Mutex<Vec<Vec<f32>>>);

    impl Speech for Takes {
        fn identity(&self) -> String {
            "takes 1".to_owned()
        }

        async fn speak(&self, _request: &SpeechRequest, _meter: &Meter) -> Result<SpeechClip, PortError> {
            Ok(clip(self.0.lock().expect("nobody panicked").pop().expect("no more takes are asked for")))
        }
    }

    fn request() -> SpeechRequest {
        SpeechRequest { text: TEXT.to_owned(), phonemes: vec![], voice: None, language: "en".to_owned() }
    }

    /// What becomes of takes, the first one last.
    async fn outcome(takes: &[f32], may_follow: bool) -> Result<usize, String> {
        let voice = Takes(Mutex::new(takes.iter().rev().map(|seconds| tone(*seconds, 0.5)).collect()));
        let spoken = speak(&voice, &request(), &Meter::default(), may_follow).await;
        spoken.map(|clip| clip.samples.len()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_bad_take_is_spoken_once_more_and_then_left_to_the_next_voice() {
        assert_eq!(outcome(&[1.0, 5.0], true).await, Ok(5000));
        let error = outcome(&[1.0, 1.1], true).await.expect_err("both are bad");
        assert_eq!(error, "the voice does not answer: two takes in a row sound wrong: it is too short for its text");
        assert_eq!(outcome(&[1.0, 1.1], false).await, Ok(1100), "nobody follows");
    }
}
