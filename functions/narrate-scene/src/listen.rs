//! Listens to every take: a voice may stop in the middle, babble on, fall silent, clip or leave words out, and say nothing of it. What
//! sounds wrong, or is no sound at all, is spoken once more; what sounds wrong again is for the next voice.

use domain::ports::{Breakers, Budgets, PortError, Speech, SpeechClip, SpeechRequest, Transcriber};
use domain::{Failure, Usage, word_errors};
use providers::chain::{Chain, Link, Payer};

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
/// The word error rate above which a take is not what was to be said. Transcribers themselves are wrong about a word in ten or twenty, in
/// names more often.
const MOST_WORD_ERRORS: f32 = 0.25;
/// So many words may be wrong in any case: in a short text they are a large share.
const FORGIVEN_WORDS: usize = 2;

/// Who writes takes down, so that they can be held against their text.
pub(crate) struct Listeners<'a, T, P> {
    /// Those who can, the preferred one first; nobody where that is not wanted.
    pub(crate) transcribers: &'a Chain<T, P>,
    /// Who pays for it.
    pub(crate) payer: &'a Payer<'a>,
    /// The narration as it is written, which is what a transcriber may write as well as what was spoken.
    pub(crate) written: &'a str,
}

/// A take that was listened to.
pub(crate) struct Heard {
    /// The take.
    pub(crate) clip: SpeechClip,
    /// Why it was not held against its text, where it was to be.
    pub(crate) unchecked: Option<Failure>,
}

/// Speaks, listens, and speaks once more where it sounds wrong.
///
/// # Errors
/// What the voice says, or [`PortError::Unusable`] if the second take sounds wrong too and somebody else `may_follow`; the last
/// voice is taken as it is.
pub(crate) async fn speak(
    voice: &Link<impl Speech>,
    request: &SpeechRequest,
    listeners: &Listeners<'_, impl Transcriber, impl Breakers + Budgets>,
    may_follow: bool,
) -> Result<Heard, PortError> {
    let fault = match listeners.take(voice, request).await {
        Ok((first, None)) => return Ok(first),
        Ok((_, Some(fault))) => fault.to_owned(),
        Err(PortError::Unusable { message, .. }) => message,
        Err(error) => return Err(error),
    };
    tracing::warn!(fault, "the take is spoken once more");
    listeners.payer.meter.write_off();
    match listeners.take(voice, request).await? {
        (_, Some(fault)) if may_follow => {
            Err(PortError::unusable("the voice", format!("two takes in a row sound wrong: {fault}")))
        }
        (second, _) => Ok(second),
    }
}

impl<T: Transcriber, P: Breakers + Budgets> Listeners<'_, T, P> {
    /// A take, and what sounds wrong in it. What already sounds wrong is not written down.
    async fn take(&self, voice: &Link<impl Speech>, request: &SpeechRequest) -> Result<(Heard, Option<&'static str>), PortError> {
        let clip = voice.provider.speak(request, self.payer.meter).await?;
        let fault = fault(&request.text, &clip);
        if fault.is_some() || !self.listen_to(voice, &request.language) {
            return Ok((Heard { clip, unchecked: None }, fault));
        }
        Ok(match self.write_down(&clip, &request.language).await {
            Ok(heard) => {
                let fault = self.says_something_else(&request.text, &heard).then_some("it says something else than its text");
                (Heard { clip, unchecked: None }, fault)
            }
            Err(error) => (Heard { clip, unchecked: Some(error.into()) }, None),
        })
    }

    /// Whether takes of a voice are written down: not those of our own voice unless somebody asks for it, nor those in a language that
    /// the voice does not speak, of which nobody expects to understand them.
    fn listen_to(&self, voice: &Link<impl Speech>, language: &str) -> bool {
        let mut listeners = self.transcribers.links().iter();
        let is_wanted = if voice.settings.is_embedded() {
            listeners.any(|listener| listener.provider.hears_embedded())
        } else {
            listeners.next().is_some()
        };
        is_wanted && voice.provider.speaks(language)
    }

    async fn write_down(&self, clip: &SpeechClip, language: &str) -> Result<String, PortError> {
        let audio_ms = clip.samples.len() as u64 * 1000 / u64::from(clip.sample_rate_hz.max(1));
        let expected = Usage { audio_ms, ..Usage::default() };
        let ask = async |listener: &Link<T>| listener.provider.transcribe(clip, language, self.payer.meter).await;
        Ok(self.transcribers.first(self.payer, &[expected], async |_| Ok(None), ask).await?.value)
    }

    fn says_something_else(&self, spoken: &str, heard: &str) -> bool {
        // A word of the lexicon may be written down either way.
        let found = [spoken, self.written].map(|text| word_errors(text, heard));
        tracing::info!(errors = found[0].errors, words = found[0].words, "the take was written down");
        found.iter().all(|found| found.errors > FORGIVEN_WORDS && found.rate() > MOST_WORD_ERRORS)
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
    use domain::{Account, Budget, Capability, Meter, Money};
    use fakes::{MemoryProviders, at, job_id, owner_id};
    use providers::settings::ProviderSettings;
    use std::sync::Mutex;
    use std::time::Duration;

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

    const BUDGET: Budget = Budget { job: Money(1_000_000_000), day: Money(1_000_000_000) };

    /// A voice with a take for each call, the last one first; an empty one is no sound.
    struct Takes(Mutex<Vec<Vec<f32>>>);

    impl Speech for Takes {
        fn identity(&self) -> String {
            "takes 1".to_owned()
        }

        fn speaks(&self, language: &str) -> bool {
            language == "en"
        }

        async fn speak(&self, _request: &SpeechRequest, _meter: &Meter) -> Result<SpeechClip, PortError> {
            let take = self.0.lock().expect("nobody panicked").pop().expect("no more takes are asked for");
            let unusable = || PortError::unusable("the voice", "the answer is text");
            (!take.is_empty()).then(|| clip(take)).ok_or_else(unusable)
        }
    }

    /// A transcriber with an answer for each call, the last one first; without an answer it is away.
    struct Writes {
        down: Mutex<Vec<&'static str>>,
        embedded: bool,
    }

    impl Transcriber for Writes {
        fn hears_embedded(&self) -> bool {
            self.embedded
        }

        async fn transcribe(&self, clip: &SpeechClip, language: &str, _meter: &Meter) -> Result<String, PortError> {
            assert_eq!((clip.sample_rate_hz, language), (RATE, "en"));
            let away = || PortError::Unavailable { service: "the transcriber", message: "no connection".to_owned() };
            self.down.lock().expect("nobody panicked").pop().map(str::to_owned).ok_or_else(away)
        }
    }

    /// A voice by its name and how long its takes last, and who writes them down.
    struct Session {
        voice: Link<Takes>,
        transcribers: Chain<Writes, MemoryProviders>,
    }

    impl Session {
        fn new(name: &str, takes: &[f32]) -> Self {
            let takes = Takes(Mutex::new(takes.iter().rev().map(|seconds| tone(*seconds, 0.5)).collect()));
            let voice = Link::new(Capability::Speech, ProviderSettings::new(name), takes);
            let transcribers = Chain::new(vec![], MemoryProviders::default(), BUDGET, Duration::from_secs(9), || at(0));
            Self { voice, transcribers }
        }

        fn written_down(self, answers: &[&'static str], embedded: bool) -> Self {
            let down = Mutex::new(answers.iter().rev().copied().collect());
            let settings = ProviderSettings::new("whispercpp");
            let links = vec![Link::new(Capability::Transcript, settings, Writes { down, embedded })];
            Self { transcribers: Chain::new(links, MemoryProviders::default(), BUDGET, Duration::from_secs(9), || at(0)), ..self }
        }

        /// How many takes and transcripts were not asked for.
        fn left(&self) -> (usize, usize) {
            let transcripts =
                self.transcribers.links().iter().map(|link| link.provider.down.lock().expect("no panic").len()).sum();
            (self.voice.provider.0.lock().expect("no panic").len(), transcripts)
        }

        async fn speak(&self, request: &SpeechRequest, may_follow: bool) -> Result<Heard, PortError> {
            let meter = Meter::default();
            let payer = Payer { account: Account::new(owner_id(), job_id(), at(0)), meter: &meter };
            let listeners = Listeners { transcribers: &self.transcribers, payer: &payer, written: TEXT };
            speak(&self.voice, request, &listeners, may_follow).await
        }
    }

    fn request() -> SpeechRequest {
        SpeechRequest { text: TEXT.to_owned(), phonemes: vec![], voice: None, language: "en".to_owned() }
    }

    /// How many samples the take has that is left.
    async fn outcome(session: &Session, may_follow: bool) -> Result<usize, String> {
        let heard = session.speak(&request(), may_follow).await.map_err(|error| error.to_string())?;
        assert!(heard.unchecked.is_none());
        Ok(heard.clip.samples.len())
    }

    #[tokio::test]
    async fn a_good_take_is_spoken_once() {
        let session = Session::new("polly", &[5.0, 5.1]).written_down(&[TEXT, TEXT], false);
        assert_eq!((outcome(&session, true).await, session.left()), (Ok(5000), (1, 1)));
    }

    #[tokio::test]
    async fn a_bad_take_is_spoken_once_more_and_then_left_to_the_next_voice() {
        let twice = |takes: [f32; 2]| Session::new("polly", &takes);
        assert_eq!(outcome(&twice([1.0, 5.0]), true).await, Ok(5000));
        let error = outcome(&twice([1.0, 1.1]), true).await.expect_err("both are bad");
        assert_eq!(error, "the voice gives no usable answer: two takes in a row sound wrong: it is too short for its text");
        assert_eq!(outcome(&twice([1.0, 1.1]), false).await, Ok(1100), "nobody follows");
    }

    #[tokio::test]
    async fn what_is_no_sound_at_all_is_a_bad_take() {
        let twice = |takes: [f32; 2]| Session::new("polly", &takes);
        assert_eq!(outcome(&twice([0.0, 5.0]), true).await, Ok(5000));
        for may_follow in [true, false] {
            let error = outcome(&twice([0.0, 0.0]), may_follow).await.expect_err("there is none");
            assert_eq!(error, "the voice gives no usable answer: the answer is text");
        }
    }

    #[tokio::test]
    async fn a_take_that_says_something_else_is_a_bad_take() {
        const BABBLE: &str = "The moon pulls at the wall of the notion, and thank you for watching.";
        let twice = |answers: [&'static str; 2]| Session::new("polly", &[5.0, 5.1]).written_down(&answers, false);
        assert_eq!(outcome(&twice([BABBLE, TEXT]), true).await, Ok(5100));
        let error = outcome(&twice([BABBLE, ""]), true).await.expect_err("both are bad");
        assert!(error.ends_with("two takes in a row sound wrong: it says something else than its text"), "{error}");
        assert_eq!(outcome(&twice([BABBLE, BABBLE]), false).await, Ok(5100), "nobody follows");
        let misheard = "the moon pulls at the waters of the oceans which rises twice today";
        assert_eq!(outcome(&twice([misheard, ""]), true).await, Ok(5000), "transcribers err too");
    }

    #[tokio::test]
    async fn what_sounds_wrong_already_is_not_written_down() {
        let session = Session::new("polly", &[1.0, 5.0]).written_down(&[TEXT], false);
        assert_eq!((outcome(&session, true).await, session.left()), (Ok(5000), (0, 0)));
    }

    #[tokio::test]
    async fn a_transcriber_that_fails_does_no_harm_and_is_told_of() {
        let session = Session::new("polly", &[5.0]).written_down(&[], false);
        let heard = session.speak(&request(), true).await.expect("the take is good for all we know");
        let unchecked = heard.unchecked.expect("it is told");
        assert_eq!(unchecked.to_string(), "DEPENDENCY_UNAVAILABLE: the transcriber does not answer: no connection");
    }

    #[tokio::test]
    async fn our_own_voice_is_trusted_unless_somebody_asks() {
        for (embedded, left) in [(false, 1), (true, 0)] {
            let session = Session::new("embedded", &[5.0]).written_down(&[TEXT], embedded);
            assert_eq!((outcome(&session, true).await, session.left()), (Ok(5000), (0, left)));
        }
    }

    #[tokio::test]
    async fn nobody_is_to_understand_a_voice_that_does_not_speak_the_language() {
        let session = Session::new("polly", &[5.0]).written_down(&["x"], false);
        let foreign = SpeechRequest { language: "ja".to_owned(), ..request() };
        session.speak(&foreign, true).await.expect("it speaks");
        assert_eq!(session.left(), (0, 1));
    }

    #[tokio::test]
    async fn words_may_be_written_as_they_are_spoken_or_as_they_are_written() {
        let spoken = TEXT.replace("oceans", "oh shuns").replace("twice", "two ices").replace("Moon", "moo nnn");
        let as_spoken = SpeechRequest { text: spoken, ..request() };
        let written = "the moo nnn pulls at the water of the oh shuns which rises two ices a day";
        for transcript in [TEXT, written] {
            let session = Session::new("polly", &[5.0]).written_down(&[transcript], false);
            session.speak(&as_spoken, true).await.expect("it says its text");
            assert_eq!(session.left(), (0, 0));
        }
    }
}
