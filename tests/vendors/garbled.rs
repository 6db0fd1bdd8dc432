//! Answers of every vendor that were changed on the way: each is understood or refused, and nothing else happens.

use crate::faults::{script, wav};
use crate::works::signer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::ports::{PortError, ScriptWriter, Speech, SpeechRequest};
use domain::{JobOptions, Meter};
use fakes::trials::{garble, seeds, tell};
use fastrand::Rng;
use providers::Secret;
use providers::script::ScriptProvider;
use providers::settings::ProviderSettings;
use providers::speech::SpeechProvider;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vendors::{Answer, Reply, Server};
use write_script::{PROMPTS, faults};

/// What was changed is understood or refused within this.
const AT_MOST: Duration = Duration::from_secs(5);

const NARRATION: &str = "The Moon pulls at the water of the oceans.";

/// Sound in Ogg Vorbis.
const TONE: &[u8] = include_bytes!("../../shared/providers/samples/tone.ogg");

/// The whole answer of a vendor with a text.
type Whole = fn(&str) -> Value;

/// A server that answers what it was last told to.
struct Vendor {
    server: Server,
    answer: Arc<Mutex<(String, Vec<u8>)>>,
}

impl Vendor {
    async fn new() -> Self {
        let answer: Arc<Mutex<(String, Vec<u8>)>> = Arc::default();
        let server = Server::start({
            let answer = answer.clone();
            move |_| {
                let (media_type, body) = answer.lock().expect("nobody panicked").clone();
                Reply::Answer(Answer::new(200, &media_type, body))
            }
        })
        .await;
        Self { server, answer }
    }

    /// Lets one adapter meet the good answer, which it understands, and then many that were changed. Gives how many of those it
    /// understood all the same.
    async fn meet(
        &self,
        name: &str,
        media_type: &str,
        good: Vec<u8>,
        ask: impl AsyncFn() -> Result<(), PortError>,
    ) -> (usize, usize) {
        let tell = |body: Vec<u8>| *self.answer.lock().expect("nobody panicked") = (media_type.to_owned(), body);
        tell(good.clone());
        ask().await.unwrap_or_else(|error| panic!("{name} does not understand a good answer: {error}"));
        let trials = seeds(150, 3_000);
        let mut understood = 0;
        for seed in &trials {
            tell(garble(good.clone(), &mut Rng::with_seed(*seed)));
            match tokio::time::timeout(AT_MOST, ask()).await.unwrap_or_else(|_| panic!("{name}, seed {seed}: it hangs")) {
                Ok(()) => understood += 1,
                Err(PortError::Unusable { .. } | PortError::Rejected { .. } | PortError::Misused { .. }) => {}
                Err(error) => panic!("{name}, seed {seed}: {error}"),
            }
        }
        (understood, trials.len())
    }

    fn settings(&self, provider: &str) -> ProviderSettings {
        let mut settings = ProviderSettings::new(provider);
        settings.model = Some("m".to_owned());
        settings.base_url = Some(self.server.url().to_owned());
        settings.timeout_s = Some(2);
        settings
    }

    async fn writer(&self, provider: &str, answer: Whole) -> String {
        let key = Some(Secret::new("sk-test"));
        let model = ScriptProvider::new(&self.settings(provider), key, &signer(), PROMPTS, faults).expect("sound settings");
        let document = fakes::document();
        let ask = async || {
            let script = model.write(&document, &JobOptions::default(), &Meter::default()).await?;
            assert_eq!(faults(&script, &document), [""; 0], "{provider}");
            Ok(())
        };
        let good = answer(&script(3, NARRATION).to_string()).to_string().into_bytes();
        let (understood, trials) = self.meet(provider, "application/json", good, ask).await;
        format!("{provider} {understood} of {trials}")
    }

    async fn voice(&self, provider: &str, media_type: &str, good: Vec<u8>) -> String {
        let mut settings = self.settings(provider);
        settings.voice = Some("hum".to_owned());
        if ["piper", "elevenlabs", "zyphra", "polly"].contains(&provider) {
            settings.model = None;
        }
        let voice = SpeechProvider::new(&settings, Some(Secret::new("sk-test")), &signer()).expect("sound settings");
        let request = SpeechRequest { text: NARRATION.to_owned(), phonemes: vec![], voice: None, language: "en".to_owned() };
        let ask = async || {
            let clip = voice.speak(&request, &Meter::default()).await?;
            assert!(!clip.samples.is_empty() && clip.samples.iter().all(|sample| sample.abs() <= 1.0), "{provider}");
            assert!((8_000..=192_000).contains(&clip.sample_rate_hz), "{provider}: {} Hz", clip.sample_rate_hz);
            let starts = clip.words.iter().map(|word| word.text_offset as usize);
            assert!(starts.clone().all(|start| start <= NARRATION.len()), "{provider}: a word begins outside of the text");
            Ok(())
        };
        let (understood, trials) = self.meet(provider, media_type, good, ask).await;
        format!("{provider} {understood} of {trials}")
    }
}

/// Sound with the time of each letter, as `ElevenLabs` sends it.
fn timed() -> Vec<u8> {
    let letters: Vec<String> = NARRATION.chars().map(String::from).collect();
    let starts: Vec<f32> = (0..letters.len()).map(|at| at as f32 * 0.06).collect();
    let alignment =
        json!({"characters": letters, "character_start_times_seconds": starts, "character_end_times_seconds": starts});
    let sound = STANDARD.encode(&wav(NARRATION.len())[44..]);
    json!({"audio_base64": sound, "alignment": alignment, "normalized_alignment": null}).to_string().into_bytes()
}

#[tokio::test]
async fn whatever_a_vendor_answers_is_understood_or_refused() {
    let vendor = Vendor::new().await;
    let writers: [(&str, Whole); 5] = [
        (
            "openai-compatible",
            |text| json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9}}),
        ),
        (
            "anthropic",
            |text| json!({"content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "usage": {"input_tokens": 9, "output_tokens": 9}}),
        ),
        (
            "gemini",
            |text| json!({"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 9}}),
        ),
        (
            "ollama",
            |text| json!({"message": {"content": text}, "done": true, "done_reason": "stop", "prompt_eval_count": 9, "eval_count": 9}),
        ),
        ("bedrock", |text| {
            json!({"output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn",
                "usage": {"inputTokens": 9, "outputTokens": 9}})
        }),
    ];
    let mut lines = Vec::new();
    for (provider, answer) in writers {
        lines.push(vendor.writer(provider, answer).await);
    }
    for provider in ["openai-compatible", "zyphra", "piper"] {
        lines.push(vendor.voice(provider, "audio/wav", wav(NARRATION.len())).await);
    }
    lines.push(vendor.voice("elevenlabs", "application/json", timed()).await);
    lines.push(vendor.voice("polly", "audio/ogg", TONE.to_vec()).await);
    tell(&format!("changed answers that were understood all the same, seeds from 1: {}", lines.join(", ")));
}
