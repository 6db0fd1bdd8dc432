//! What holds for every vendor of voices: one table, the same checks.

use super::SpeechProvider;
use crate::Secret;
use crate::ogg::tests::TONE;
use crate::settings::{InvalidSettings, ProviderSettings};
use crate::testing::{KEY, breach, check_cancelled, check_faults, settings, signer};
use crate::wav::tests::file;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::ports::{PortError, Speech, SpeechClip, SpeechRequest};
use domain::{Capability, Charge, Meter, Phonemes, Usage};
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// So many samples every piece has.
const SAMPLES: usize = 4800;

const TEXT: &str = "Hello naïve world.";

/// How one vendor is spoken to and answers.
struct Case {
    /// As an operator writes them.
    settings: Value,
    /// Where texts go.
    path: &'static str,
    query: Option<&'static str>,
    headers: &'static [(&'static str, &'static str)],
    /// The schema of a request, and the fields it must have.
    contract: &'static str,
    fields: Value,
    /// Where the text stands.
    text: &'static str,
    /// How sound comes back.
    answer: fn(&Request) -> ResponseTemplate,
    sample_rate_hz: u32,
    /// The voice where a job names none.
    voice: &'static str,
    /// Requests for each piece.
    requests: usize,
    usage: Usage,
    /// Where the words of `TEXT` begin, by offset and sample.
    words: &'static [(u32, u64)],
    /// Where voices are listed, the list, and one of the names in it.
    list: Option<(&'static str, Value)>,
    listed: &'static str,
}

fn tone(count: usize) -> Vec<u8> {
    (0..count).flat_map(|at| (if at % 20 < 10 { 8192_i16 } else { -8192 }).to_le_bytes()).collect()
}

fn wav(_request: &Request) -> ResponseTemplate {
    ok().set_body_raw(file(1, 1, 24_000, 16, &tone(SAMPLES), u32::MAX), "audio/wav")
}

fn ok() -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("x-request-id", "req-1")
}

/// Characters at 0, 50, 100 ... ms.
fn timed(request: &Request) -> ResponseTemplate {
    let text = body(request)["text"].as_str().expect("a text").to_owned();
    let characters: Vec<String> = text.chars().map(|c| c.to_string()).collect();
    let starts: Vec<f64> = (0..characters.len()).map(|at| at as f64 * 0.05).collect();
    let alignment =
        json!({"characters": characters, "character_start_times_seconds": starts, "character_end_times_seconds": starts});
    ok().insert_header("character-cost", "9").set_body_json(
        json!({"audio_base64": STANDARD.encode(tone(SAMPLES)), "alignment": alignment, "normalized_alignment": null}),
    )
}

/// Sound for `ogg_vorbis`, a mark each 100 ms for `json`.
fn polly(request: &Request) -> ResponseTemplate {
    let question = body(request);
    let text = question["Text"].as_str().expect("a text");
    let billed = ok().insert_header("x-amzn-requestcharacters", text.chars().count().to_string().as_str());
    if question["OutputFormat"] == "ogg_vorbis" {
        return billed.set_body_raw(TONE, "audio/ogg");
    }
    let mark = |(at, word): (usize, &str)| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        json!({"time": at * 100, "type": "word", "start": start, "end": start + word.len(), "value": word}).to_string() + "\n"
    };
    billed.set_body_raw(text.split(' ').enumerate().map(mark).collect::<String>(), "application/x-json-stream")
}

const ZYPHRA: &str = include_str!("../../contracts/zyphra-speech.json");
const BEARER: &[(&str, &str)] = &[("authorization", "Bearer sk-never-to-be-seen")];

fn characters(characters: u64) -> Usage {
    Usage { characters, ..Usage::default() }
}

fn openai_case(settings: Value, contract: &'static str, fields: Value) -> Case {
    Case {
        settings,
        path: "/audio/speech",
        query: None,
        headers: BEARER,
        contract,
        fields,
        text: "input",
        answer: wav,
        sample_rate_hz: 24_000,
        voice: "nova",
        requests: 1,
        usage: characters(18),
        words: &[],
        list: Some(("/voices", json!({"voices": [{"name": "nova", "filename": "nova.wav"}], "count": 1}))),
        listed: "nova",
    }
}

fn cases() -> Vec<Case> {
    vec![
        openai_case(
            json!({"provider": "openai", "model": "gpt-4o-mini-tts", "voice": "nova", "with": {"speed": 1.5, "instructions": "Calmly."}}),
            include_str!("../../contracts/openai-speech.json"),
            json!({"model": "gpt-4o-mini-tts", "voice": "nova", "response_format": "wav", "speed": 1.5, "instructions": "Calmly."}),
        ),
        openai_case(
            json!({"provider": "chatterbox", "voice": "nova",
                "with": {"speed": 1.0, "exaggeration": 0.4, "cfg_weight": 0.3, "temperature": 0.7}}),
            include_str!("../../contracts/chatterbox-speech.json"),
            json!({"voice": "nova", "exaggeration": 0.4, "cfg_weight": 0.3, "temperature": 0.7}),
        ),
        Case {
            settings: json!({"provider": "polly"}),
            path: "/v1/speech",
            query: None,
            headers: &[],
            contract: include_str!("../../contracts/polly-speech.json"),
            fields: json!({"Engine": "neural", "VoiceId": "Joanna", "OutputFormat": "ogg_vorbis", "SampleRate": "24000", "TextType": "text"}),
            text: "Text",
            answer: polly,
            sample_rate_hz: 24_000,
            voice: "Joanna",
            requests: 2,
            usage: characters(18),
            words: &[(0, 0), (6, 2400), (13, 4800)],
            list: Some(("/v1/voices", json!({"Voices": [{"Id": "Joanna", "LanguageCode": "en-US"}]}))),
            listed: "Joanna",
        },
        Case {
            settings: json!({"provider": "elevenlabs", "voice": "v/1",
                "with": {"seed": 7, "voice_settings": {"stability": 0.5, "speed": 0.9}, "apply_text_normalization": "auto"}}),
            path: "/v1/text-to-speech/v%2F1/with-timestamps",
            query: Some("output_format=pcm_24000"),
            headers: &[("xi-api-key", KEY)],
            contract: include_str!("../../contracts/elevenlabs-timestamps.json"),
            fields: json!({"model_id": "eleven_multilingual_v2", "seed": 7, "voice_settings": {"stability": 0.5, "speed": 0.9}}),
            text: "text",
            answer: timed,
            sample_rate_hz: 24_000,
            voice: "v/1",
            requests: 1,
            usage: characters(9),
            words: &[(0, 0), (6, 7200), (13, 14_400)],
            list: Some(("/v1/voices", json!({"voices": [{"voice_id": "v1", "name": "Ada"}]}))),
            listed: "v1",
        },
        Case {
            settings: json!({"provider": "zyphra", "voice": "british_male", "with": {"speaking_rate": 14.0}}),
            path: "/v1/audio/text-to-speech",
            query: None,
            headers: &[("x-api-key", KEY)],
            contract: ZYPHRA,
            fields: json!({"model": "zonos-v0.1-transformer", "mime_type": "audio/wav", "default_voice_name": "british_male",
                "language_iso_code": "en-us", "speaking_rate": 14.0}),
            text: "text",
            answer: wav,
            sample_rate_hz: 24_000,
            voice: "british_male",
            requests: 1,
            usage: Usage { characters: 18, audio_ms: 200, ..Usage::default() },
            words: &[],
            list: None,
            listed: "american_female",
        },
        Case {
            settings: json!({"provider": "piper", "voice": "en_US-lessac-medium", "with": {"length_scale": 1.1}}),
            path: "/synthesize",
            query: None,
            headers: &[],
            // Piper has no contract that a machine can read.
            contract: r#"{"type": "object", "required": ["text", "voice"], "additionalProperties": false, "properties": {
                "text": {"type": "string"}, "voice": {"type": "string"}, "speaker": {"type": "string"}, "length_scale": {"type": "number"},
                "noise_scale": {"type": "number"}, "noise_w_scale": {"type": "number"}}}"#,
            fields: json!({"voice": "en_US-lessac-medium", "length_scale": 1.1}),
            text: "text",
            answer: wav,
            sample_rate_hz: 24_000,
            voice: "en_US-lessac-medium",
            requests: 1,
            usage: characters(18),
            words: &[],
            list: Some(("/voices", json!({"en_US-lessac-medium": {"audio": {"sample_rate": 22050}}}))),
            listed: "en_US-lessac-medium",
        },
    ]
}

impl Case {
    fn name(&self) -> &str {
        self.settings["provider"].as_str().expect("a word")
    }

    fn voice(&self, uri: &str) -> SpeechProvider {
        make(&settings(&self.settings, uri)).expect("they are sound")
    }

    async fn speak(&self, text: &str) -> (Result<SpeechClip, PortError>, Vec<Request>, Vec<Charge>) {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(self.answer).mount(&server).await;
        let meter = Meter::default();
        let result = self.voice(&server.uri()).speak(&request(text), &meter).await;
        (result, server.received_requests().await.expect("they are recorded"), meter.take())
    }
}

fn make(settings: &ProviderSettings) -> Result<SpeechProvider, InvalidSettings> {
    SpeechProvider::new(settings, Some(Secret::new(KEY)), &signer())
}

fn request(text: &str) -> SpeechRequest {
    SpeechRequest { text: text.to_owned(), phonemes: vec![], voice: None, language: "en".to_owned() }
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).expect("it is JSON")
}

#[tokio::test]
async fn the_request_is_as_the_contract_says() {
    for case in cases() {
        let (result, requests, _) = case.speak(TEXT).await;
        result.unwrap_or_else(|error| panic!("{}: {error}", case.name()));
        assert_eq!(requests.len(), case.requests, "{}", case.name());
        for request in &requests {
            assert_eq!((request.url.path(), request.url.query()), (case.path, case.query));
            let body = body(request);
            assert_eq!((breach(case.contract, &body), &body[case.text]), (None, &json!(TEXT)), "{}", case.name());
            for (name, value) in case.headers {
                assert_eq!(request.headers.get(*name).and_then(|value| value.to_str().ok()), Some(*value), "{}", case.name());
            }
            assert!(!body.to_string().contains(KEY));
        }
        let first = body(&requests[0]);
        for (name, value) in case.fields.as_object().expect("fields") {
            assert_eq!(first[name], *value, "{} {name}", case.name());
        }
    }
}

#[test]
fn the_contracts_refuse_what_is_not_in_them() {
    for case in cases() {
        assert!(breach(case.contract, &json!({})).is_some(), "{}", case.name());
        assert!(breach(case.contract, &json!({case.text: 5})).is_some(), "{}", case.name());
    }
}

#[tokio::test]
async fn polly_is_asked_twice_and_let_in_by_a_signature() {
    let case = &cases()[2];
    let (_, requests, _) = case.speak(TEXT).await;
    let second = body(&requests[1]);
    assert_eq!((&second["OutputFormat"], &second["SpeechMarkTypes"]), (&json!("json"), &json!(["word"])));
    assert!(second.get("SampleRate").is_none());
    for request in &requests {
        let signature = format!("signed POST for polly with {} bytes", request.body.len());
        assert_eq!(request.headers["authorization"].to_str().ok(), Some(signature.as_str()));
    }
}

#[tokio::test]
async fn polly_says_words_by_their_sounds_and_tells_where_they_are_written() {
    let case = &cases()[2];
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(case.answer).mount(&server).await;
    let text = "A <gif> & more.";
    let phonemes = vec![Phonemes { place: 3..6, ipa: "d\u{292}\u{26a}f".to_owned() }];
    let asked = SpeechRequest { phonemes, ..request(text) };
    let clip = case.voice(&server.uri()).speak(&asked, &Meter::default()).await.expect("it speaks");
    let body = body(&server.received_requests().await.expect("they are recorded")[0]);
    assert_eq!(breach(case.contract, &body), None);
    let expected = "<speak>A &lt;<phoneme alphabet=\"ipa\" ph=\"d\u{292}\u{26a}f\">gif</phoneme>&gt; &amp; more.</speak>";
    assert_eq!((&body["TextType"], &body["Text"]), (&json!("ssml"), &json!(expected)));
    // The stand-in counts words by blanks, those inside the tag too.
    let places: Vec<u32> = clip.words.iter().map(|word| word.text_offset).collect();
    assert_eq!(places, [0, 2, 3, 3, 8, 10]);
}

#[tokio::test]
async fn polly_has_a_voice_for_each_language_it_speaks() {
    let contract: Value = serde_json::from_str(cases()[2].contract).expect("contracts are JSON");
    let known = contract["properties"]["VoiceId"]["enum"].as_array().expect("a list").clone();
    let voice = cases()[2].voice("http://127.0.0.1:9");
    for (language, expected) in [
        ("en", Some("Joanna")),
        ("en-GB", Some("Amy")),
        ("de", Some("Vicki")),
        ("de-CH", Some("Vicki")),
        ("pt-PT", Some("Ines")),
        ("la", None),
    ] {
        let chosen = voice.voice_for(language);
        assert_eq!(chosen.as_deref(), expected, "{language}");
        assert!(chosen.is_none_or(|voice| known.contains(&json!(voice))));
    }
    let latin = SpeechRequest { language: "la".to_owned(), ..request(TEXT) };
    assert!(matches!(voice.speak(&latin, &Meter::default()).await, Err(PortError::Misused { .. })));
}

#[tokio::test]
async fn without_marks_the_sound_is_kept() {
    let server = MockServer::start().await;
    let respond = |request: &Request| {
        if body(request)["OutputFormat"] == "json" { ResponseTemplate::new(500) } else { polly(request) }
    };
    Mock::given(method("POST")).respond_with(respond).mount(&server).await;
    let meter = Meter::default();
    let clip = cases()[2].voice(&server.uri()).speak(&request(TEXT), &meter).await.expect("it speaks");
    assert_eq!((clip.samples.len(), clip.words.len()), (SAMPLES, 0));
    assert_eq!(meter.take()[0].usage, characters(18));
}

#[tokio::test]
async fn a_voice_is_cloned_from_a_sample_or_by_its_name() {
    for (with, voice, field, value) in [
        (json!({"speaker_audio": "UklGRg=="}), json!("ada"), "speaker_audio", "UklGRg=="),
        (json!({}), json!("ada"), "voice_name", "ada"),
    ] {
        let case = Case { settings: json!({"provider": "zyphra", "voice": voice, "with": with}), ..cases().remove(4) };
        let (result, requests, _) = case.speak(TEXT).await;
        result.expect("it speaks");
        let body = body(&requests[0]);
        assert_eq!((breach(ZYPHRA, &body), &body[field]), (None, &json!(value)));
        assert!(body.get("default_voice_name").is_none());
    }
}

#[tokio::test]
async fn a_narration_becomes_a_clip_and_is_charged() {
    for case in cases() {
        let (result, _, charges) = case.speak(TEXT).await;
        let clip = result.expect("it speaks");
        assert_eq!((clip.samples.len(), clip.sample_rate_hz, clip.voice.as_str()), (SAMPLES, case.sample_rate_hz, case.voice));
        let words: Vec<(u32, u64)> = clip.words.iter().map(|word| (word.text_offset, word.sample)).collect();
        assert_eq!(words, case.words, "{}", case.name());
        let [charge] = charges.as_slice() else { panic!("{}: {} charges", case.name(), charges.len()) };
        assert_eq!((charge.capability, charge.provider.as_str(), charge.usage), (Capability::Speech, case.name(), case.usage));
        assert_eq!(charge.request_id.as_deref(), Some("req-1"));
    }
}

#[tokio::test]
async fn a_job_may_name_a_voice() {
    for case in cases() {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(case.answer).mount(&server).await;
        let named = SpeechRequest { voice: Some("other".to_owned()), ..request(TEXT) };
        let clip = case.voice(&server.uri()).speak(&named, &Meter::default()).await.expect("it speaks");
        assert_eq!(clip.voice, "other");
        let request = server.received_requests().await.expect("they are recorded").remove(0);
        assert!(body(&request).to_string().contains("\"other\"") || request.url.path().contains("/other/"), "{}", case.name());
    }
}

#[tokio::test]
async fn a_long_text_is_spoken_in_pieces_at_the_ends_of_sentences() {
    let text = "A sentence of some length, here. ".repeat(150);
    for case in cases() {
        let (result, requests, charges) = case.speak(&text).await;
        let clip = result.expect("it speaks");
        let pieces = requests.len() / case.requests;
        assert!(pieces > 1 && charges.len() == pieces, "{}: {pieces}", case.name());
        let pause = case.sample_rate_hz as usize / 4;
        assert_eq!(clip.samples.len(), pieces * SAMPLES + (pieces - 1) * pause);
        for request in &requests {
            let body = body(request);
            assert_eq!(breach(case.contract, &body), None, "{}", case.name());
            assert!(body[case.text].as_str().is_some_and(|text| text.len() <= 3000 && text.ends_with('.')));
        }
        if !case.words.is_empty() {
            assert_eq!(clip.words.len(), text.split_whitespace().count(), "{}", case.name());
            let starts = |offset: u32| text[..offset as usize].ends_with(' ') || offset == 0;
            assert!(clip.words.iter().all(|word| starts(word.text_offset)), "offsets are those of the whole text");
        }
    }
}

#[tokio::test]
async fn what_is_no_speech_is_refused_and_paid_all_the_same() {
    let answer = |body: Vec<u8>, media_type: &str| ok().set_body_raw(body, media_type);
    let answers = [
        answer(b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90".to_vec(), "audio/mpeg"),
        answer(b"\x1aE\xdf\xa3webm".to_vec(), "audio/webm"),
        answer(file(1, 1, 24_000, 16, &[0; 9600], 9600), "audio/wav"),
        answer(file(1, 1, 24_000, 16, &tone(10), 20), "audio/wav"),
    ];
    for case in cases() {
        for answer in answers.clone() {
            let server = MockServer::start().await;
            Mock::given(method("POST")).respond_with(answer).mount(&server).await;
            let meter = Meter::default();
            let result = case.voice(&server.uri()).speak(&request(TEXT), &meter).await;
            assert!(matches!(result, Err(PortError::Unusable { .. })), "{}: {result:?}", case.name());
            let asked = server.received_requests().await.expect("they are recorded").len();
            assert_eq!((asked, meter.take().len()), (1, 1), "{}", case.name());
        }
    }
}

#[tokio::test]
async fn raw_samples_are_taken_where_they_were_asked_for() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ok().set_body_raw(tone(SAMPLES), "audio/pcm")).mount(&server).await;
    let speak = async |format: &str| {
        let written = json!({"provider": "speaches", "model": "kokoro", "voice": "nova", "with": {"format": format}});
        make(&settings(&written, &server.uri())).expect("they are sound").speak(&request(TEXT), &Meter::default()).await
    };
    assert_eq!(speak("pcm").await.expect("it speaks").samples.len(), SAMPLES);
    assert!(speak("wav").await.is_err());
}

#[tokio::test]
async fn voices_are_listed() {
    for case in cases() {
        let server = MockServer::start().await;
        if let Some((list_path, list)) = &case.list {
            Mock::given(method("GET")).and(path(*list_path)).respond_with(ok().set_body_json(list)).mount(&server).await;
        }
        let voices = case.voice(&server.uri()).voices().await.expect("a list");
        assert!(voices.iter().any(|voice| voice == case.listed), "{}: {voices:?}", case.name());
    }
}

#[tokio::test]
async fn polly_lists_the_voices_of_its_engine_page_by_page() {
    let server = MockServer::start().await;
    let page = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    let second = page(json!({"Voices": [{"Id": "Vicki"}], "NextToken": null}));
    Mock::given(query_param("NextToken", "t+1")).respond_with(second).mount(&server).await;
    let first = page(json!({"Voices": [{"Id": "Joanna"}], "NextToken": "t+1"}));
    Mock::given(query_param("Engine", "neural")).respond_with(first).mount(&server).await;
    assert_eq!(cases()[2].voice(&server.uri()).voices().await.expect("a list"), ["Joanna", "Vicki"]);
    let asked = server.received_requests().await.expect("they are recorded");
    assert!(asked.iter().all(|request| request.headers["authorization"] == "signed GET for polly with 0 bytes"));
}

#[tokio::test]
async fn a_server_may_list_its_voices_elsewhere_or_nowhere() {
    let written = json!({"provider": "speaches", "model": "kokoro", "voice": "nova"});
    for (place, expected) in [("/audio/voices", vec!["af_sky"]), ("/nowhere", vec![])] {
        let server = MockServer::start().await;
        let list = ok().set_body_json(json!({"voices": ["af_sky"]}));
        Mock::given(method("GET")).and(path(place)).respond_with(list).mount(&server).await;
        let voices = make(&settings(&written, &server.uri())).expect("they are sound").voices().await;
        assert_eq!(voices.expect("that is no failure"), expected, "{place}");
    }
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let voices = make(&settings(&written, &server.uri())).expect("they are sound").voices().await;
    assert!(matches!(voices, Err(PortError::Unavailable { .. })), "{voices:?}");
}

#[tokio::test]
async fn every_fault_of_a_server_ends_well() {
    let checks = cases().into_iter().map(|case| async move {
        let call = async |uri: String| {
            let meter = Meter::default();
            case.voice(&uri).speak(&request("Prose."), &meter).await.map(|_| ())
        };
        check_faults(case.name(), "away", &call).await;
        check_cancelled(case.name(), &call).await;
    });
    futures_util::future::join_all(checks).await;
}

#[tokio::test]
async fn the_identity_tells_voices_apart_and_holds_no_key() {
    for case in cases() {
        let identity = |change: &dyn Fn(&mut ProviderSettings)| {
            let mut settings = settings(&case.settings, "http://127.0.0.1:9");
            change(&mut settings);
            make(&settings).expect("they are sound").identity()
        };
        let plain = identity(&|_| {});
        assert!(plain.starts_with(&format!("{} ", case.name())) && !plain.contains(KEY), "{plain}");
        assert_eq!(plain, identity(&|_| {}));
        assert_ne!(plain, identity(&|settings| settings.voice = Some("other".to_owned())));
        assert_ne!(
            plain,
            identity(&|settings| match settings.provider.as_str() {
                "openai" | "chatterbox" => drop(settings.with.insert("speed".to_owned(), json!(2.0))),
                "polly" => settings.model = Some("generative".to_owned()),
                "elevenlabs" => drop(settings.with.insert("seed".to_owned(), json!(8))),
                "zyphra" => drop(settings.with.insert("speaker_audio".to_owned(), json!("UklGRg=="))),
                _ => drop(settings.with.insert("speaker".to_owned(), json!("2"))),
            })
        );
    }
}

#[test]
fn wrong_settings_are_named() {
    for (written, expected) in [
        (json!({"provider": "nobody"}), "there is no speech provider `nobody`"),
        (json!({"provider": "openai", "voice": "nova"}), "`model` of the speech provider `openai` is missing"),
        (json!({"provider": "piper"}), "`voice` of the speech provider `piper` is missing"),
        (
            json!({"provider": "chatterbox", "voice": "v", "with": {"exaggeration": 9}}),
            "`exaggeration` of the speech provider `chatterbox`",
        ),
        (json!({"provider": "chatterbox", "voice": "v", "with": {"pitch": 1}}), "unknown field `pitch`"),
        (json!({"provider": "zyphra", "with": {"speaker_audio": "?"}}), "is not base64"),
        (json!({"provider": "zyphra", "base_url": "http://api.zyphra.com"}), "is not encrypted"),
        (json!({"provider": "polly", "model": "best"}), "`model` of the speech provider `polly` is no engine of Polly"),
    ] {
        let settings: ProviderSettings = serde_json::from_value(written).expect("settings");
        let error = make(&settings).map(|_| ()).expect_err("they are wrong").to_string();
        assert!(error.contains(expected), "{error}");
    }
}
