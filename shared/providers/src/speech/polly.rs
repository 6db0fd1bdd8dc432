//! Amazon Polly: <https://docs.aws.amazon.com/polly/latest/dg/API_SynthesizeSpeech.html>. Two signed requests for each piece: one for
//! the sound, one for the speech marks, which say when each word is heard; both are billed. Requests are signed and sent by us, so that
//! they keep to the same rules as every other vendor's; a client of the SDK would bring retries and timeouts of its own.

use super::voice::{MOST_BYTES, MOST_LIST_BYTES, Piece, Spoken, Voice, characters, sound};
use crate::http::Endpoint;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::Capability;
use domain::ports::{PortError, RequestSigner, WordOnset};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const SERVICE: &str = "Polly";
const SIGNED_FOR: &str = "polly";
const TIMEOUT: Duration = Duration::from_secs(60);

/// Changes whenever the same request gives another sound.
const FORM: &str = "polly-2";

/// So many characters are taken at once.
const MOST_CHARACTERS: usize = 3000;

/// It has about a hundred voices, which come in one page or two.
const MOST_PAGES: usize = 5;

/// The form of the sound: samples without compression end at 16 kHz, and MP3 has silence before the sound that nobody tells.
const OUTPUT_FORMAT: &str = "ogg_vorbis";
/// The rate at which neural voices and better ones are made.
const RATE_HZ: u32 = 24_000;

/// The neural voices, by the languages they speak: the first that begins with the tag of a document, or else with its language.
const VOICES: [(&str, &str); 27] = [
    ("en-US", "Joanna"),
    ("en-GB", "Amy"),
    ("en-AU", "Olivia"),
    ("en-IN", "Kajal"),
    ("de-DE", "Vicki"),
    ("de-AT", "Hannah"),
    ("fr-FR", "Lea"),
    ("fr-CA", "Gabrielle"),
    ("es-ES", "Lucia"),
    ("es-MX", "Mia"),
    ("it-IT", "Bianca"),
    ("pt-BR", "Camila"),
    ("pt-PT", "Ines"),
    ("nl-NL", "Laura"),
    ("pl-PL", "Ola"),
    ("sv-SE", "Elin"),
    ("da-DK", "Sofie"),
    ("nb-NO", "Ida"),
    ("fi-FI", "Suvi"),
    ("ca-ES", "Arlet"),
    ("hi-IN", "Kajal"),
    ("ja-JP", "Takumi"),
    ("ko-KR", "Seoyeon"),
    ("zh-CN", "Zhiyu"),
    ("ar-AE", "Hala"),
    ("tr-TR", "Burcu"),
    ("cs-CZ", "Jitka"),
];

/// Nothing that only Polly knows: its engine is its model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {}

/// How Polly makes sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Engine {
    /// The cheapest and plainest.
    Standard,
    /// Good, and there are voices for most languages.
    #[default]
    Neural,
    /// For long texts, the dearest.
    LongForm,
    /// The most natural.
    Generative,
}

impl Engine {
    const ALL: [Self; 4] = [Self::Standard, Self::Neural, Self::LongForm, Self::Generative];

    fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Neural => "neural",
            Self::LongForm => "long-form",
            Self::Generative => "generative",
        }
    }
}

/// The voices of Polly in the region of the function.
#[derive(Debug, Clone)]
pub(super) struct Polly {
    endpoint: Endpoint,
    voice: Option<String>,
    engine: Engine,
}

impl Polly {
    /// The voices by their settings.
    pub(super) fn new(settings: &ProviderSettings, signer: &Arc<dyn RequestSigner>) -> Result<Self, InvalidSettings> {
        let Options {} = settings.with(Capability::Speech)?;
        let named = |word: &String| {
            let engine = Engine::ALL.into_iter().find(|engine| engine.word() == word);
            engine.ok_or_else(|| settings.fault(Capability::Speech, "model", "is no engine of Polly"))
        };
        let engine = settings.model.as_ref().map_or(Ok(Engine::default()), named)?;
        let own_address = format!("https://polly.{}.amazonaws.com", signer.region());
        let server = Server { service: SERVICE, own_address: Some(&own_address), timeout: TIMEOUT };
        let endpoint = settings.endpoint(Capability::Speech, server, None)?.signed(SIGNED_FOR, Arc::clone(signer));
        Ok(Self { endpoint, voice: settings.voice.clone(), engine })
    }

    /// What is asked for both the sound and the marks.
    fn body(&self, piece: &Piece<'_>) -> Value {
        let Written { text, kind, .. } = Written::of(piece);
        json!({"Engine": self.engine.word(), "VoiceId": piece.voice, "TextType": kind, "Text": text})
    }

    /// When each word is heard. That they cannot be had does not undo the sound, which is paid: their times are estimated then.
    async fn marks(&self, piece: &Piece<'_>, rate_hz: u32) -> Vec<WordOnset> {
        let mut body = self.body(piece);
        body["OutputFormat"] = json!("json");
        body["SpeechMarkTypes"] = json!(["word"]);
        match self.endpoint.post("v1/speech", &body, MOST_BYTES).await {
            Ok(answer) => words(&answer.body, &Written::of(piece), piece.text, rate_hz),
            Err(error) => {
                tracing::warn!(error = %error, "the times of the words are estimated");
                Vec::new()
            }
        }
    }
}

impl Voice for Polly {
    fn identity(&self) -> String {
        format!("{FORM} {} {}", self.engine.word(), self.voice.as_deref().unwrap_or("-"))
    }

    /// The engine, which settles the price.
    fn model(&self) -> Option<&str> {
        Some(self.engine.word())
    }

    fn voice_for(&self, language: &str) -> Option<String> {
        let start = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let exact = || VOICES.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(language));
        let near = || VOICES.iter().find(|(tag, _)| start(tag) == start(language));
        self.voice.clone().or_else(|| exact().or_else(near).map(|(_, voice)| (*voice).to_owned()))
    }

    fn most_characters(&self) -> usize {
        MOST_CHARACTERS
    }

    async fn speak(&self, piece: &Piece<'_>) -> Result<Spoken, PortError> {
        let mut body = self.body(piece);
        body["OutputFormat"] = json!(OUTPUT_FORMAT);
        body["SampleRate"] = json!(RATE_HZ.to_string());
        let answer = self.endpoint.post("v1/speech", &body, MOST_BYTES).await?;
        // What is spoken counts once; that it is billed for its marks too is in the price.
        let mut usage = characters(piece.text);
        usage.characters = answer.number("x-amzn-requestcharacters").unwrap_or(usage.characters);
        let sound = sound(SERVICE, &answer, None);
        let words = match &sound {
            Ok(sound) => self.marks(piece, sound.sample_rate_hz).await,
            Err(_) => Vec::new(),
        };
        Ok(Spoken { sound, words, usage, request_id: answer.request_id })
    }

    /// The engines, which are its models.
    async fn models(&self) -> Result<Vec<String>, PortError> {
        Ok(Engine::ALL.map(|engine| engine.word().to_owned()).to_vec())
    }

    async fn voices(&self) -> Result<Vec<String>, PortError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct List {
            voices: Vec<Entry>,
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Entry {
            id: String,
        }
        let (mut voices, mut next) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let token = next.as_deref().map(|token: &str| ("NextToken", token));
            let query: Vec<(&str, &str)> = [("Engine", self.engine.word())].into_iter().chain(token).collect();
            let answer = self.endpoint.get("v1/voices", &query, MOST_LIST_BYTES).await?;
            let list: List = serde_json::from_slice(&answer.body)
                .map_err(|_| PortError::unusable(SERVICE, "the answer is no list of voices"))?;
            voices.extend(list.voices.into_iter().map(|entry| entry.id));
            next = list.next_token;
            if next.is_none() {
                break;
            }
        }
        Ok(voices)
    }
}

/// A piece as it is sent: plain, or in SSML where words are said by their sounds
/// (<https://docs.aws.amazon.com/polly/latest/dg/phoneme-tag.html>).
struct Written {
    text: String,
    kind: &'static str,
    /// Where characters stand, as it is sent and in the piece; none where both are the same.
    places: Vec<(usize, usize)>,
}

impl Written {
    fn of(piece: &Piece<'_>) -> Self {
        if piece.phonemes.is_empty() {
            return Self { text: piece.text.to_owned(), kind: "text", places: Vec::new() };
        }
        let mut written = Self { text: "<speak>".to_owned(), kind: "ssml", places: Vec::new() };
        for (at, c) in piece.text.char_indices() {
            if let Some(word) = piece.phonemes.iter().find(|word| word.place.start == at) {
                // A mark may count from the tag on.
                written.places.push((written.text.len(), at));
                written.text.push_str(&format!("<phoneme alphabet=\"ipa\" ph=\"{}\">", escaped(&word.ipa)));
            }
            written.places.push((written.text.len(), at));
            written.text.push_str(&escaped(c.encode_utf8(&mut [0; 4])));
            if piece.phonemes.iter().any(|word| word.place.end == at + c.len_utf8()) {
                written.text.push_str("</phoneme>");
            }
        }
        written.text.push_str("</speak>");
        written
    }

    /// Where in the piece stands what is sent at a byte.
    fn place(&self, sent: usize) -> usize {
        if self.places.is_empty() {
            return sent;
        }
        self.places.iter().rev().find(|(at, _)| *at <= sent).map_or(0, |(_, place)| *place)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The words among speech marks: a line of JSON each, with bytes of what was sent and milliseconds of the sound.
fn words(marks: &[u8], sent: &Written, text: &str, rate_hz: u32) -> Vec<WordOnset> {
    #[derive(Deserialize)]
    struct Mark {
        time: u64,
        #[serde(rename = "type")]
        kind: String,
        start: usize,
    }
    let lines = marks.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice::<Mark>(line).ok());
    lines
        .filter(|mark| mark.kind == "word")
        .map(|mark| (sent.place(mark.start), mark.time))
        .filter(|(place, _)| text.is_char_boundary(*place))
        .map(|(place, time)| WordOnset {
            text_offset: u32::try_from(place).unwrap_or(u32::MAX),
            sample: time * u64::from(rate_hz) / 1000,
        })
        .collect()
}
