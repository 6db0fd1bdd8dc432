//! What holds for every transcriber: one table, the same checks.

use super::{KNOWN, TranscriptProvider};
use crate::settings::{InvalidSettings, ProviderSettings};
use crate::testing::{KEY, breach, check_cancelled, check_faults, settings};
use crate::{Secret, wav};
use domain::ports::{PortError, SpeechClip, Transcriber};
use domain::{Capability, Charge, Meter, Usage};
use serde_json::{Map, Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// How one transcriber is spoken to and answers.
struct Case {
    /// As an operator writes them.
    settings: Value,
    /// Where takes go.
    path: &'static str,
    key: Option<&'static str>,
    /// The fields of a form, all of them, for a take in English, and the language for one whose code is longer.
    fields: Value,
    other_language: Value,
    /// The schema of the fields.
    contract: &'static str,
    answer: Value,
    usage: Usage,
    /// Where models are listed, the list, and the ids in it.
    list: (&'static str, Value, &'static [&'static str]),
}

const OPENAI: &str = include_str!("../../contracts/openai-transcription.json");
const WHISPER_CPP: &str = include_str!("../../contracts/whispercpp-inference.json");

fn sound(audio_ms: u64) -> Usage {
    Usage { audio_ms, ..Usage::default() }
}

fn openai_case(settings: Value, answer: Value, usage: Usage) -> Case {
    let fields = json!({"model": settings["model"], "language": "en", "response_format": "json"});
    Case {
        settings,
        path: "/audio/transcriptions",
        key: Some("Bearer sk-never-to-be-seen"),
        fields,
        other_language: json!(null),
        contract: OPENAI,
        answer,
        usage,
        list: ("/models", json!({"data": [{"id": "gpt-transcribe"}]}), &["gpt-transcribe"]),
    }
}

fn cases() -> Vec<Case> {
    vec![
        openai_case(
            json!({"provider": "openai", "model": "gpt-transcribe"}),
            json!({"text": "Hello world.", "usage": {"type": "duration", "seconds": 3}}),
            sound(3000),
        ),
        openai_case(
            json!({"provider": "openai", "model": "gpt-4o-transcribe"}),
            json!({"text": "Hello world.", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 5, "total_tokens": 19}}),
            Usage { input_tokens: 14, output_tokens: 5, ..sound(500) },
        ),
        openai_case(
            json!({"provider": "speaches", "model": "Systran/faster-whisper-small"}),
            json!({"text": "Hello world."}),
            sound(500),
        ),
        Case {
            settings: json!({"provider": "whispercpp", "with": {"embedded": true}}),
            path: "/inference",
            key: Some("Bearer sk-never-to-be-seen"),
            fields: json!({"language": "en", "response_format": "json"}),
            other_language: json!("auto"),
            contract: WHISPER_CPP,
            answer: json!({"text": " Hello\n world.\n"}),
            usage: sound(500),
            list: ("/health", json!({"status": "ok"}), &[]),
        },
    ]
}

impl Case {
    fn name(&self) -> &str {
        self.settings["provider"].as_str().expect("a word")
    }

    fn transcriber(&self, uri: &str) -> TranscriptProvider {
        make(&settings(&self.settings, uri)).expect("they are sound")
    }

    async fn transcribe(&self, language: &str) -> (Result<String, PortError>, Request, Vec<Charge>) {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).insert_header("x-request-id", "req-1").set_body_json(&self.answer);
        Mock::given(method("POST")).respond_with(answer).expect(1).mount(&server).await;
        let meter = Meter::default();
        let result = self.transcriber(&server.uri()).transcribe(&clip(), language, &meter).await;
        (result, server.received_requests().await.expect("they are recorded").remove(0), meter.take())
    }
}

fn make(settings: &ProviderSettings) -> Result<TranscriptProvider, InvalidSettings> {
    TranscriptProvider::new(settings, Some(Secret::new(KEY)))
}

/// Half a second.
fn clip() -> SpeechClip {
    SpeechClip { samples: vec![0.25; 12_000], sample_rate_hz: 24_000, words: vec![], voice: "nova".to_owned() }
}

/// The fields of a form but the file, and the head and content of the file.
fn form(request: &Request) -> (Value, String, Vec<u8>) {
    let kind = request.headers["content-type"].to_str().expect("it is text");
    let boundary = format!("--{}", kind.split_once("boundary=").expect("a form has one").1);
    let mut fields = Map::new();
    let mut rest = request.body.as_slice();
    while let Some(begin) = find(rest, boundary.as_bytes()) {
        rest = &rest[begin + boundary.len()..];
        let Some(end) = find(rest, boundary.as_bytes()) else { break };
        let blank = find(rest, b"\r\n\r\n").expect("a part has a head");
        let head = String::from_utf8_lossy(&rest[..blank]).into_owned();
        let content = rest[blank + 4..end].strip_suffix(b"\r\n").expect("a part ends with its line");
        if head.contains("filename=") {
            return (Value::Object(fields), head, content.to_vec());
        }
        let name = head.split('"').nth(1).expect("a field has a name").to_owned();
        fields.insert(name, json!(String::from_utf8_lossy(content)));
    }
    panic!("the form holds no file")
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[tokio::test]
async fn the_form_is_as_the_contract_says() {
    for case in cases() {
        let (result, request, _) = case.transcribe("en-US").await;
        assert_eq!(result.expect("it hears").split_whitespace().collect::<Vec<_>>(), ["Hello", "world."], "{}", case.name());
        assert_eq!((request.url.path(), request.url.query()), (case.path, None));
        assert_eq!(request.headers.get("authorization").and_then(|value| value.to_str().ok()), case.key);
        let (fields, head, file) = form(&request);
        assert_eq!((&fields, breach(case.contract, &fields)), (&case.fields, None), "{}", case.name());
        assert!(head.contains(r#"name="file"; filename="take.wav""#) && head.contains("audio/wav"), "{head}");
        let sent = wav::read(&file).expect("it is a WAV file");
        assert_eq!((sent.samples.len(), sent.sample_rate_hz), (12_000, 24_000));
    }
}

#[test]
fn the_contracts_refuse_what_is_not_in_them() {
    for contract in [OPENAI, WHISPER_CPP] {
        assert!(breach(contract, &json!({"model": "m", "response_format": "prose"})).is_some());
        assert!(breach(contract, &json!({"model": "m", "tone": "calm"})).is_some());
    }
}

#[tokio::test]
async fn a_language_without_a_short_code_is_left_to_the_transcriber() {
    for case in cases() {
        let (_, request, _) = case.transcribe("haw").await;
        assert_eq!(form(&request).0["language"], case.other_language, "{}", case.name());
    }
}

#[tokio::test]
async fn a_transcript_is_charged() {
    for case in cases() {
        let (_, _, charges) = case.transcribe("en").await;
        let charge = Charge {
            capability: Capability::Transcript,
            provider: case.name().to_owned(),
            model: case.settings["model"].as_str().map(str::to_owned),
            usage: case.usage,
            request_id: Some("req-1".to_owned()),
            saved: false,
        };
        assert_eq!(charges, [charge]);
        let hour = Usage { audio_ms: 3_600_000, ..Usage::default() };
        assert!(domain::price_of(case.name(), case.settings["model"].as_str(), &hour).is_some(), "{}", case.name());
    }
}

#[tokio::test]
async fn what_is_no_transcript_is_refused_and_paid_all_the_same() {
    for case in cases() {
        let case = Case { answer: json!({"error": "prose of the vendor"}), ..case };
        let (result, _, charges) = case.transcribe("en").await;
        assert!(matches!(result, Err(PortError::Unusable { .. })), "{}: {result:?}", case.name());
        assert_eq!(charges.len(), 1);
    }
}

#[tokio::test]
async fn silence_is_a_transcript_too() {
    for case in cases() {
        let case = Case { answer: json!({"text": "", "usage": null}), ..case };
        assert_eq!(case.transcribe("en").await.0.expect("nothing is heard"), "", "{}", case.name());
    }
}

#[tokio::test]
async fn every_fault_of_a_server_ends_well() {
    let checks = cases().into_iter().map(|case| async move {
        let call = async |uri: String| {
            let meter = Meter::default();
            case.transcriber(&uri).transcribe(&clip(), "en", &meter).await.map(|_| ())
        };
        check_faults(case.name(), "away", &call).await;
        check_cancelled(case.name(), &call).await;
    });
    futures_util::future::join_all(checks).await;
}

#[tokio::test]
async fn a_wait_that_is_asked_for_is_waited_and_the_form_is_sent_again() {
    for case in cases() {
        let server = MockServer::start().await;
        let wait = ResponseTemplate::new(429).insert_header("retry-after-ms", "5");
        Mock::given(method("POST")).respond_with(wait).up_to_n_times(1).mount(&server).await;
        let answer = ResponseTemplate::new(200).set_body_json(&case.answer);
        Mock::given(method("POST")).respond_with(answer).mount(&server).await;
        let meter = Meter::default();
        case.transcriber(&server.uri()).transcribe(&clip(), "en", &meter).await.expect("it answers at last");
        let requests = server.received_requests().await.expect("they are recorded");
        let forms: Vec<_> = requests.iter().map(form).collect();
        assert_eq!((forms.len(), &forms[0], meter.take().len()), (2, &forms[1], 1));
    }
}

#[tokio::test]
async fn models_are_listed() {
    for case in cases() {
        let server = MockServer::start().await;
        let (list_path, list, expected) = &case.list;
        let answer = ResponseTemplate::new(200).set_body_json(list);
        Mock::given(method("GET")).and(path(*list_path)).respond_with(answer).mount(&server).await;
        assert_eq!(case.transcriber(&server.uri()).models().await.expect("a list"), *expected, "{}", case.name());
    }
}

#[test]
fn wrong_settings_are_named() {
    for (written, expected) in [
        (json!({"provider": "embedded"}), "there is no transcript provider `embedded`: expected openai, "),
        (json!({"provider": "openai"}), "`model` of the transcript provider `openai` is missing"),
        (json!({"provider": "openai-compatible", "model": "m"}), "`base_url` of the transcript provider"),
        (json!({"provider": "whispercpp", "with": {"beam": 5}}), "unknown field `beam`"),
        (json!({"provider": "whispercpp", "base_url": "http://example.com"}), "is not encrypted"),
    ] {
        let settings: ProviderSettings = serde_json::from_value(written).expect("settings");
        let error = make(&settings).map(|_| ()).expect_err("they are wrong").to_string();
        assert!(error.contains(expected) && !error.contains(KEY), "{error}");
    }
}

#[test]
fn our_own_voice_is_heard_only_where_that_is_asked_for() {
    let heard: Vec<bool> = cases().iter().map(|case| case.transcriber("http://127.0.0.1:9").hears_embedded()).collect();
    assert_eq!(heard, [false, false, false, true]);
}

#[test]
fn keys_have_their_places_and_are_not_printed() {
    for known in KNOWN {
        let settings = settings(&json!({"provider": known.word, "model": "m"}), "http://127.0.0.1:9");
        let own = (known.word == "openai").then(|| "lectern/transcript/openai".to_owned());
        assert_eq!(TranscriptProvider::key_reference(&settings), own);
        assert!(!format!("{:?}", make(&settings).expect("a provider")).contains(KEY), "{}", known.word);
    }
}
