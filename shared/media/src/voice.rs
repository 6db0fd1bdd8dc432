//! The embedded voice: espeak-ng in its own process.

use crate::MediaError;
use crate::process::{ChildError, Limits, run_limited};
use domain::ports::{PortError, Speech, SpeechClip, SpeechRequest, WordOnset};
use domain::{ContentHash, Meter};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the voice layer lies.
const LAYER: &str = "/opt/voice";
/// The name of the program in the folder. `libespeak-ng.so` and `espeak-ng-data` lie beside it.
const PROGRAM: &str = "espeak-voice";
/// The library, whose content tells one version from another.
const LIBRARY: &str = "libespeak-ng.so";
/// Where its data lists the languages.
const LANGUAGES: &str = "espeak-ng-data/lang";
/// Languages that it has under another name.
const NAMES: [(&str, &str); 2] = [("zh", "cmn"), ("no", "nb")];
/// Languages whose writing it cannot read: of Japanese it knows the syllables only, and spells everything else in English.
const UNREADABLE: [&str; 1] = ["ja"];
/// A calm pace for something new; espeak-ng's own choice is 175.
const WORDS_PER_MINUTE: u16 = 160;
/// Exit status of the program when there is no such voice.
const NO_SUCH_VOICE: i32 = 2;
const SERVICE: &str = "the embedded voice";

/// espeak-ng, found in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EspeakVoice {
    folder: PathBuf,
    identity: String,
    /// The languages it has rules for, by espeak-ng's names, in small letters.
    languages: Vec<String>,
}

impl EspeakVoice {
    /// Finds the voice in the folder of the setting, else in the layer.
    ///
    /// # Errors
    /// [`MediaError::WorkFolder`] if the library is not there.
    pub fn locate(setting: Option<&Path>) -> Result<Self, MediaError> {
        let folder = setting.unwrap_or(Path::new(LAYER)).to_owned();
        let library =
            std::fs::read(folder.join(LIBRARY)).map_err(|source| MediaError::NoVoice { folder: folder.clone(), source })?;
        let languages = languages(&folder.join(LANGUAGES));
        Ok(Self { folder, identity: format!("espeak-ng {} {WORDS_PER_MINUTE}", ContentHash::of([library])), languages })
    }
}

/// The names of the files in the folders of a folder: espeak-ng has one for each language, by family.
fn languages(folder: &Path) -> Vec<String> {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = entries(folder).flat_map(|family| if family.is_dir() { entries(&family).collect() } else { vec![family] });
    files.filter_map(|file| Some(file.file_name()?.to_str()?.to_ascii_lowercase())).collect()
}

#[derive(Serialize)]
struct Request<'a> {
    text: &'a str,
    voice: Option<&'a str>,
    language: &'a str,
    words_per_minute: u16,
}

#[derive(Deserialize)]
struct Header {
    sample_rate_hz: u32,
    voice: String,
    words: Vec<Word>,
}

#[derive(Deserialize)]
struct Word {
    text_offset: u32,
    sample: u64,
}

impl Speech for EspeakVoice {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn speaks(&self, language: &str) -> bool {
        let primary = language.split('-').next().unwrap_or(language).to_ascii_lowercase();
        let name = NAMES.iter().find(|(tag, _)| *tag == primary).map_or(primary.as_str(), |(_, name)| name);
        !UNREADABLE.contains(&name) && self.languages.iter().any(|known| known.split('-').next() == Some(name))
    }

    async fn speak(&self, request: &SpeechRequest, _meter: &Meter) -> Result<SpeechClip, PortError> {
        let asked = Request {
            text: &request.text,
            voice: request.voice.as_deref(),
            language: &request.language,
            words_per_minute: WORDS_PER_MINUTE,
        };
        let asked = serde_json::to_vec(&asked).map_err(|error| unavailable(error.to_string()))?;
        // 256 MB is 95 minutes of sound.
        let limits = Limits { wall: Duration::from_secs(60), cpu_seconds: 60, memory_bytes: 1 << 30, output_bytes: 256 << 20 };
        let arguments = [self.folder.clone().into_os_string()];
        let answer = run_limited(&self.folder.join(PROGRAM), &arguments, asked, &limits).await.map_err(port_error)?;
        read_answer(&answer).ok_or_else(|| unavailable("its answer cannot be read".to_owned()))
    }
}

fn port_error(error: ChildError) -> PortError {
    match error {
        ChildError::Failed { status: NO_SUCH_VOICE, log, .. } => PortError::Misused { service: SERVICE, message: log },
        // The log is left out: it may repeat what was to be spoken.
        ChildError::Failed { status, .. } => unavailable(format!("status {status}")),
        error => unavailable(error.to_string()),
    }
}

fn unavailable(message: String) -> PortError {
    PortError::Unavailable { service: SERVICE, message }
}

fn read_answer(answer: &[u8]) -> Option<SpeechClip> {
    let end = answer.iter().position(|&byte| byte == b'\n')?;
    let header: Header = serde_json::from_slice(&answer[..end]).ok()?;
    let samples = answer[end + 1..].as_chunks::<2>().0;
    Some(SpeechClip {
        samples: samples.iter().map(|&bytes| f32::from(i16::from_le_bytes(bytes)) / 32768.0).collect(),
        sample_rate_hz: header.sample_rate_hz,
        words: header.words.into_iter().map(|word| WordOnset { text_offset: word.text_offset, sample: word.sample }).collect(),
        voice: header.voice,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::voice;

    fn request(text: &str, voice: Option<&str>, language: &str) -> SpeechRequest {
        SpeechRequest { text: text.to_owned(), phonemes: vec![], voice: voice.map(str::to_owned), language: language.to_owned() }
    }

    #[tokio::test]
    async fn a_sentence_is_spoken_and_every_word_has_its_place() {
        let text = "The naïve reader “skips” every third word.";
        let clip = voice().speak(&request(text, None, "en"), &Meter::default()).await.expect("speaks");
        assert_eq!((clip.voice.as_str(), clip.sample_rate_hz), ("en-us", 22_050));
        let seconds = clip.samples.len() as f64 / 22_050.0;
        assert!((1.5..5.0).contains(&seconds), "{seconds}");
        let words: Vec<&str> = clip.words.iter().map(|word| &text[word.text_offset as usize..]).collect();
        for (found, expected) in words.iter().zip(["The", "naïve", "reader", "skips", "every", "third", "word"]) {
            assert!(found.trim_start_matches('“').starts_with(expected), "{found}");
        }
        assert_eq!(words.len(), 7);
        assert!(clip.words.is_sorted_by_key(|word| word.sample));
        assert!(clip.words.iter().all(|word| word.sample < clip.samples.len() as u64));
    }

    #[tokio::test]
    async fn a_word_begins_where_the_engine_says() {
        // A pause of a sentence lies before the second word, so it is seen in the samples.
        let clip = voice().speak(&request("Stop. Paper.", None, "en"), &Meter::default()).await.expect("speaks");
        let begin = clip.words[1].sample as usize;
        let loud = |range: &[f32]| range.iter().fold(0.0_f32, |top, sample| top.max(sample.abs())) > 0.02;
        assert!(!loud(&clip.samples[begin - 2000..begin]));
        assert!(loud(&clip.samples[begin..begin + 4000]));
    }

    #[tokio::test]
    async fn a_text_of_many_sentences_is_spoken_to_its_end() {
        let text = "Every coast sees two high tides a day. ".repeat(60);
        let clip = voice().speak(&request(text.trim_end(), Some("en-gb"), "en"), &Meter::default()).await.expect("speaks");
        let last = clip.words.last().expect("words");
        assert_eq!(&text[last.text_offset as usize..].trim_end(), &"day.");
        assert!(clip.words.len() >= 8 * 60);
    }

    #[tokio::test]
    async fn another_language_has_another_voice() {
        let clip = voice().speak(&request("Guten Tag", None, "de"), &Meter::default()).await.expect("speaks");
        assert_eq!(clip.voice, "de");
    }

    #[tokio::test]
    async fn every_voice_that_is_offered_speaks() {
        for name in domain::EMBEDDED_VOICES.split_whitespace() {
            let clip = voice().speak(&request("1", Some(name), "en"), &Meter::default()).await;
            assert_eq!(clip.map(|clip| clip.voice).map_err(|error| error.to_string()).as_deref(), Ok(name));
        }
        // One file may serve two names, and one name have two files.
        let offered = domain::EMBEDDED_VOICES.split_whitespace().count();
        assert!(voice().languages.len().abs_diff(offered) <= 1, "{offered}");
    }

    #[test]
    fn it_knows_which_languages_it_speaks() {
        for language in ["en", "en-GB", "de", "zh", "zh-Hant-TW", "yue", "ar", "fa", "ur", "he", "hi", "th", "ko", "no", "ru"] {
            assert!(voice().speaks(language), "{language}");
        }
        for language in ["ja", "bo", "tlh", "", "x"] {
            assert!(!voice().speaks(language), "{language}");
        }
    }

    #[tokio::test]
    async fn a_sentence_of_any_script_is_heard() {
        for (language, text) in [
            ("zh", "月球的引力吸引着地球上的海水。"),
            ("ar", "يجذب القمر مياه المحيطات."),
            ("he", "הירח מושך את מי הים."),
            ("hi", "चंद्रमा समुद्र के जल को खींचता है।"),
            ("th", "ดวงจันทร์ดึงดูดน้ำในมหาสมุทร"),
            ("ko", "달이 바닷물을 끌어당깁니다."),
        ] {
            let clip = voice().speak(&request(text, None, language), &Meter::default()).await.expect("speaks");
            let seconds = clip.samples.len() as f64 / f64::from(clip.sample_rate_hz);
            let name = if language == "zh" { "cmn" } else { language };
            assert!(
                clip.voice.eq_ignore_ascii_case(name) && (1.0..8.0).contains(&seconds),
                "{language}: {} {seconds}",
                clip.voice
            );
        }
    }

    #[tokio::test]
    async fn an_unknown_voice_is_refused_with_some_that_are_known() {
        let error = voice().speak(&request("Hello", Some("nobody"), "en"), &Meter::default()).await.expect_err("no such voice");
        assert!(
            matches!(&error, PortError::Misused { message, .. } if message.contains("`nobody`") && message.contains("en-us"))
        );
    }

    #[test]
    fn a_folder_without_a_voice_is_named() {
        let error = EspeakVoice::locate(Some(Path::new("/nowhere"))).expect_err("nothing there");
        assert!(error.to_string().contains("/nowhere"), "{error}");
    }
}
