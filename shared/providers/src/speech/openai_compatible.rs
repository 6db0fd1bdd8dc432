//! Any server that speaks the `/audio/speech` of `OpenAI`: <https://platform.openai.com/docs/api-reference/audio>, Chatterbox,
//! speaches, Kokoro and others. They say nothing about when a word is heard.

use super::chunks;
use super::wav::{self, Sound};
use crate::Secret;
use crate::http::{Answer, Endpoint, InvalidEndpoint};
use crate::models;
use domain::ports::{PortError, Speech, SpeechClip, SpeechRequest};
use domain::{Capability, Charge, Meter, Usage};
use serde_json::json;
use std::time::Duration;

/// How this adapter is called in records.
const PROVIDER: &str = "openai-compatible";
const SERVICE: &str = "the speech server";

/// Changes whenever the same request gives another sound.
const FORM: &str = "openai-compatible-1";

/// Chatterbox takes 3000 characters, `OpenAI` 4096.
const MOST_CHARACTERS: usize = 3000;

/// Ten minutes of 48 kHz stereo in 32 bits are 230 MB; a narration lasts about a minute.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Sound that is shorter says nothing.
const LEAST_SECONDS: f32 = 0.05;

/// The pause between two pieces of one narration, as between two sentences.
const PAUSE_SECONDS: f32 = 0.25;

/// The rate of `pcm`, which has no header.
const PCM_RATE_HZ: u32 = 24_000;

/// Which server, and how it shall speak.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The base address with its version path, such as `http://127.0.0.1:4123/v1`.
    pub base_url: String,
    /// The key, where one is wanted.
    pub key: Option<Secret>,
    /// The id of the model.
    pub model: String,
    /// The voice for jobs that do not name one.
    pub voice: String,
    /// The form in which sound is asked for. Some servers always send WAV; that is understood in any case.
    pub format: SoundFormat,
    /// 0.25 to 4, where it shall be sent.
    pub speed: Option<f32>,
    /// The time for one piece.
    pub timeout: Duration,
}

impl Settings {
    /// Settings that suit most servers.
    pub fn new(base_url: impl Into<String>, key: Option<Secret>, model: impl Into<String>, voice: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            key,
            model: model.into(),
            voice: voice.into(),
            format: SoundFormat::default(),
            speed: None,
            timeout: Duration::from_secs(100),
        }
    }
}

/// A form of sound that needs no decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SoundFormat {
    /// A WAV file.
    #[default]
    Wav,
    /// 16 bits, little-endian, mono, 24 kHz, without a header.
    Pcm,
}

impl SoundFormat {
    fn word(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Pcm => "pcm",
        }
    }
}

/// A voice behind an `OpenAI`-compatible server.
#[derive(Debug, Clone)]
pub struct OpenAiCompatible {
    endpoint: Endpoint,
    settings: Settings,
}

impl OpenAiCompatible {
    /// A voice at a server.
    pub fn new(settings: Settings) -> Result<Self, InvalidEndpoint> {
        let endpoint = Endpoint::new(SERVICE, &settings.base_url, settings.key.clone(), settings.timeout)?;
        Ok(Self { endpoint, settings })
    }

    /// The ids of the models that the server offers, in its order.
    pub async fn models(&self) -> Result<Vec<String>, PortError> {
        models::list(&self.endpoint).await
    }

    async fn speak_piece(&self, text: &str, voice: &str, meter: &Meter) -> Result<Sound, PortError> {
        let mut question =
            json!({"model": self.settings.model, "input": text, "voice": voice, "response_format": self.settings.format.word()});
        if let Some(speed) = self.settings.speed {
            question["speed"] = json!(speed);
        }
        let answer = self.endpoint.post("audio/speech", &question, MOST_BYTES).await?;
        meter.note(Charge {
            capability: Capability::Speech,
            provider: PROVIDER.to_owned(),
            model: Some(self.settings.model.clone()),
            usage: Usage { characters: text.chars().count() as u64, ..Usage::default() },
            request_id: None,
            saved: false,
        });
        sound(&answer, self.settings.format)
    }
}

impl Speech for OpenAiCompatible {
    fn identity(&self) -> String {
        let Settings { model, voice, format, speed, .. } = &self.settings;
        let speed = speed.map_or_else(|| "default".to_owned(), |speed| speed.to_string());
        format!("{FORM} {} {model} {voice} {} {speed}", self.endpoint.host(), format.word())
    }

    async fn speak(&self, request: &SpeechRequest, meter: &Meter) -> Result<SpeechClip, PortError> {
        let voice = request.voice.as_deref().unwrap_or(&self.settings.voice);
        let mut samples: Vec<f32> = Vec::new();
        let mut sample_rate_hz = 0;
        for piece in chunks::split(&request.text, MOST_CHARACTERS) {
            let sound = self.speak_piece(piece, voice, meter).await?;
            if samples.is_empty() {
                sample_rate_hz = sound.sample_rate_hz;
            } else if sound.sample_rate_hz == sample_rate_hz {
                samples.extend(std::iter::repeat_n(0.0, (PAUSE_SECONDS * sample_rate_hz as f32) as usize));
            } else {
                return Err(unusable("its sample rate changes between two pieces"));
            }
            samples.extend(sound.samples);
        }
        if samples.is_empty() {
            return Err(PortError::Misused { service: SERVICE, message: "there is nothing to say".to_owned() });
        }
        Ok(SpeechClip { samples, sample_rate_hz, words: Vec::new(), voice: voice.to_owned() })
    }
}

/// The sound in an answer, judged by its first bytes and not by what it claims to be.
fn sound(answer: &Answer, format: SoundFormat) -> Result<Sound, PortError> {
    let body = answer.body.as_slice();
    let claims_text = answer.media_type.starts_with("text/") || answer.media_type.ends_with("json");
    let sound = if body.starts_with(b"RIFF") {
        wav::read(body).map_err(unusable)?
    } else if claims_text || is_text(body) {
        return Err(unusable("the answer is text"));
    } else if is_compressed(body) {
        return Err(unusable("the sound is compressed, which was not asked for"));
    } else if format == SoundFormat::Pcm {
        wav::from_pcm16(body, PCM_RATE_HZ)
    } else {
        return Err(unusable("the answer is not a WAV file"));
    };
    let seconds = sound.samples.len() as f32 / sound.sample_rate_hz as f32;
    let is_silent = sound.samples.iter().all(|sample| sample.abs() < 1e-4);
    if seconds < LEAST_SECONDS || is_silent { Err(unusable("the sound is empty")) } else { Ok(sound) }
}

fn is_compressed(body: &[u8]) -> bool {
    [b"ID3".as_slice(), b"OggS", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1"].iter().any(|magic| body.starts_with(magic))
}

fn is_text(body: &[u8]) -> bool {
    let start = &body[..body.len().min(64)];
    !start.is_empty() && start.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e))
}

fn unusable(message: &str) -> PortError {
    PortError::Unavailable { service: SERVICE, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::wav::tests::file;
    use serde_json::Value;
    use wiremock::matchers::{body_json, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    fn tone(count: usize) -> Vec<u8> {
        (0..count).flat_map(|at| (if at % 20 < 10 { 8192_i16 } else { -8192 }).to_le_bytes()).collect()
    }

    fn voice(server: &MockServer, change: impl FnOnce(&mut Settings)) -> OpenAiCompatible {
        let mut settings = Settings::new(server.uri(), None, "tts", "alloy");
        settings.timeout = Duration::from_secs(5);
        change(&mut settings);
        OpenAiCompatible::new(settings).expect("it is this machine")
    }

    fn request(text: &str) -> SpeechRequest {
        SpeechRequest { text: text.to_owned(), voice: None, language: "en".to_owned() }
    }

    async fn speak_with(template: ResponseTemplate, format: SoundFormat) -> Result<SpeechClip, PortError> {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(template).mount(&server).await;
        voice(&server, |settings| settings.format = format).speak(&request("Hello there."), &Meter::default()).await
    }

    fn wav(count: usize) -> ResponseTemplate {
        ResponseTemplate::new(200).set_body_raw(file(1, 1, 24_000, 16, &tone(count), u32::MAX), "audio/wav")
    }

    #[tokio::test]
    async fn a_narration_becomes_a_clip() {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/audio/speech"))
            .and(body_json(
                json!({"model": "tts", "input": "Hello there.", "voice": "nova", "response_format": "wav", "speed": 1.5}),
            ))
            .respond_with(wav(4800))
            .expect(1)
            .mount(&server)
            .await;
        let named = SpeechRequest { voice: Some("nova".to_owned()), ..request("Hello there.") };
        let clip =
            voice(&server, |settings| settings.speed = Some(1.5)).speak(&named, &Meter::default()).await.expect("it speaks");
        assert_eq!((clip.samples.len(), clip.sample_rate_hz, clip.voice.as_str()), (4800, 24_000, "nova"));
        assert!(clip.words.is_empty());
    }

    #[tokio::test]
    async fn a_long_text_is_spoken_in_pieces_with_a_pause() {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(wav(4800)).expect(2).mount(&server).await;
        let clip = voice(&server, |_| {})
            .speak(&request(&"A sentence of some length here. ".repeat(150)), &Meter::default())
            .await
            .expect("it speaks");
        assert_eq!(clip.samples.len(), 4800 + 6000 + 4800);
        for request in server.received_requests().await.expect("they are recorded") {
            let body: Value = serde_json::from_slice(&request.body).expect("it is JSON");
            assert!(body["input"].as_str().is_some_and(|input| input.len() <= MOST_CHARACTERS && input.ends_with('.')));
        }
    }

    #[tokio::test]
    async fn raw_samples_are_taken_where_they_were_asked_for() {
        let raw = || ResponseTemplate::new(200).set_body_raw(tone(4800), "audio/pcm");
        assert_eq!(speak_with(raw(), SoundFormat::Pcm).await.expect("it speaks").samples.len(), 4800);
        assert!(speak_with(raw(), SoundFormat::Wav).await.is_err());
        assert_eq!(speak_with(wav(4800), SoundFormat::Pcm).await.expect("a WAV file is known by its head").samples.len(), 4800);
    }

    #[tokio::test]
    async fn what_is_no_speech_is_refused() {
        let ok = |body: Vec<u8>, media_type: &str| ResponseTemplate::new(200).set_body_raw(body, media_type);
        for template in [
            ok(vec![], "audio/wav"),
            ok(b"{\"error\":\"model not loaded\"}".to_vec(), "application/json"),
            ok(b"<html>sorry</html>".to_vec(), "audio/wav"),
            ok(b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90".to_vec(), "audio/mpeg"),
            ok(file(1, 1, 24_000, 16, &[0; 9600], 9600), "audio/wav"),
            ok(file(1, 1, 24_000, 16, &tone(10), 20), "audio/wav"),
        ] {
            for format in [SoundFormat::Wav, SoundFormat::Pcm] {
                let result = speak_with(template.clone(), format).await;
                assert!(matches!(result, Err(PortError::Unavailable { .. })), "{result:?}");
            }
        }
        assert!(matches!(speak_with(ResponseTemplate::new(500), SoundFormat::Wav).await, Err(PortError::Unavailable { .. })));
    }

    #[tokio::test]
    async fn the_identity_tells_voices_apart_and_holds_no_key() {
        let server = MockServer::start().await;
        let plain = voice(&server, |settings| settings.key = Some(Secret::new("sk-secret"))).identity();
        assert!(!plain.contains("secret"), "{plain}");
        assert_ne!(plain, voice(&server, |settings| settings.voice = "nova".to_owned()).identity());
        assert_ne!(plain, voice(&server, |settings| settings.speed = Some(2.0)).identity());
    }
}
