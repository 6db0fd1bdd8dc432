//! What holds for every vendor of pictures: one table, the same checks; and what a vendor that works while we wait must stand.

use super::ImageProvider;
use crate::Secret;
use crate::settings::{InvalidSettings, ProviderSettings};
use crate::testing::{KEY, breach, check_cancelled, check_faults, listen_to_logs, settings};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::ports::{Errand, Illustration, Illustrator, ImageRequest, PortError, Ticket};
use domain::{Capability, Charge, Code, ContentHash, Meter, Usage};
use fakes::MemoryErrand;
use serde_json::{Value, json};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const DESCRIPTION: &str = "A harbour at low tide, boats on the sand";

/// By this id every vendor here knows its work.
const ID: &str = "gm3qorzdhgbfurvjtvhg6dckhu";

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand more";
const PDF: &[u8] = b"%PDF-1.7 and more";

/// How one vendor is spoken to and answers.
struct Case {
    /// As an operator writes them.
    settings: Value,
    /// Where descriptions go.
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    /// The schema of a request, the fields it must have, and where the description stands.
    contract: &'static str,
    fields: Value,
    description: &'static str,
    /// What the first question is answered with.
    answer: fn() -> ResponseTemplate,
    /// How work is waited for, where it is.
    work: Option<Work>,
    file: &'static [u8],
    media_type: &'static str,
    usage: Usage,
    request_id: &'static str,
}

/// How a vendor works while we wait.
struct Work {
    /// Where it is asked about.
    path: &'static str,
    /// What it says while it works, when it is done, by the address of the file, and when it failed.
    goes_on: fn() -> Value,
    is_done: fn(&str) -> Value,
    failed: fn() -> Value,
    /// Where it is told to give up, where it can be.
    cancel: Option<&'static str>,
}

const BEARER: &[(&str, &str)] = &[("authorization", "Bearer sk-never-to-be-seen")];

fn ok() -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("x-request-id", "req-1")
}

fn prediction(status: &str, output: &Value, error: &Value) -> Value {
    json!({"id": ID, "model": "black-forest-labs/flux-schnell", "version": "hidden", "input": {"prompt": "x"}, "logs": "",
        "status": status, "output": output, "error": error, "metrics": {"predict_time": 0.4}})
}

fn task(status: &str, data: &Value) -> Value {
    json!({"id": ID, "status": status, "message": "x", "data": data, "created_at": "2026-11-26T10:00:00Z", "updated_at": "2026-11-26T10:00:00Z"})
}

fn replicate() -> Case {
    Case {
        settings: json!({"provider": "replicate", "model": "black-forest-labs/flux-schnell", "with": {"poll_s": 0.05}}),
        path: "/models/black-forest-labs/flux-schnell/predictions",
        headers: &[("authorization", "Bearer sk-never-to-be-seen"), ("cancel-after", "61s")],
        contract: include_str!("../../contracts/replicate-prediction.json"),
        fields: json!({"aspect_ratio": "16:9", "num_outputs": 1, "output_format": "png", "seed": request().seed()}),
        description: "/input/prompt",
        answer: || ResponseTemplate::new(201).set_body_json(prediction("starting", &Value::Null, &Value::Null)),
        work: Some(Work {
            path: "/predictions/gm3qorzdhgbfurvjtvhg6dckhu",
            goes_on: || prediction("processing", &Value::Null, &Value::Null),
            is_done: |file| prediction("succeeded", &json!([file]), &Value::Null),
            failed: || prediction("failed", &Value::Null, &json!("prose of the vendor")),
            cancel: Some("/predictions/gm3qorzdhgbfurvjtvhg6dckhu/cancel"),
        }),
        file: PNG,
        media_type: "image/png",
        usage: Usage { images: 1, ..Usage::default() },
        request_id: ID,
    }
}

fn openai() -> Case {
    Case {
        settings: json!({"provider": "openai", "model": "gpt-image-1-mini", "with": {"quality": "low", "output_format": "png"}}),
        path: "/images/generations",
        headers: BEARER,
        contract: include_str!("../../contracts/openai-image.json"),
        fields: json!({"model": "gpt-image-1-mini", "size": "1536x1024", "quality": "low", "output_format": "png", "n": 1}),
        description: "/prompt",
        answer: || {
            ok().set_body_json(json!({"created": 1, "data": [{"b64_json": STANDARD.encode(PNG)}], "output_format": "png",
                "usage": {"input_tokens": 60, "output_tokens": 400, "total_tokens": 460, "input_tokens_details": {"text_tokens": 60, "image_tokens": 0}}}))
        },
        work: None,
        file: PNG,
        media_type: "image/png",
        usage: Usage { images: 1, input_tokens: 60, output_tokens: 400, ..Usage::default() },
        request_id: "req-1",
    }
}

fn presenton() -> Case {
    Case {
        settings: json!({"provider": "presenton", "with": {"template": "modern", "poll_s": 0.05}}),
        path: "/api/v1/ppt/presentation/generate/async",
        headers: BEARER,
        contract: include_str!("../../contracts/presenton-own.json"),
        fields: json!({"n_slides": 1, "template": "modern", "export_as": "pdf", "include_title_slide": false}),
        description: "/content",
        answer: || ok().set_body_json(task("pending", &Value::Null)),
        work: Some(Work {
            path: "/api/v1/ppt/presentation/status/gm3qorzdhgbfurvjtvhg6dckhu",
            goes_on: || task("generating", &Value::Null),
            is_done: |file| task("completed", &json!({"presentation_id": "a", "path": file, "edit_path": "/edit"})),
            failed: || task("error", &Value::Null),
            cancel: None,
        }),
        file: PDF,
        media_type: "application/pdf",
        usage: Usage { images: 1, ..Usage::default() },
        request_id: ID,
    }
}

fn cases() -> Vec<Case> {
    let cloud = Case {
        settings: json!({"provider": "presenton-cloud", "with": {"instructions": "Few words.", "poll_s": 0.05}}),
        path: "/api/v3/presentation/generate/async",
        contract: include_str!("../../contracts/presenton-cloud.json"),
        fields: json!({"n_slides": 1, "standard_template": "general", "export_as": "pdf", "instructions": "Few words."}),
        work: presenton().work.map(|work| Work { path: "/api/v3/async-task/status/gm3qorzdhgbfurvjtvhg6dckhu", ..work }),
        ..presenton()
    };
    vec![replicate(), openai(), presenton(), cloud]
}

fn request() -> ImageRequest {
    ImageRequest { description: DESCRIPTION.to_owned(), width: 1920, height: 1080, retake: 0 }
}

fn make(settings: &ProviderSettings) -> Result<ImageProvider, InvalidSettings> {
    ImageProvider::new(settings, Some(Secret::new(KEY)))
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).expect("it is JSON")
}

fn kind(error: &PortError) -> &'static str {
    match error {
        PortError::Unavailable { .. } => "away",
        PortError::Unusable { .. } => "unusable",
        PortError::Rejected { .. } => "rejected",
        PortError::Misused { .. } => "misused",
        PortError::Transition(_) => "unwanted",
        _ => "other",
    }
}

/// A vendor on this machine.
struct Vendor {
    case: Case,
    server: MockServer,
}

/// What came of a picture that was asked for.
struct Outcome {
    result: Result<Illustration, PortError>,
    charges: Vec<Charge>,
    /// Method and path of each request, in order.
    asked: Vec<String>,
}

impl Outcome {
    fn count(&self, method: &str, path: &str) -> usize {
        self.asked.iter().filter(|asked| **asked == format!("{method} {path}")).count()
    }
}

impl Vendor {
    /// A vendor that takes descriptions and says nothing of its work yet.
    async fn new(case: Case) -> Self {
        let server = MockServer::start().await;
        Mock::given(method("POST")).and(path(case.path)).respond_with((case.answer)()).mount(&server).await;
        if let Some(cancel) = case.work.as_ref().and_then(|work| work.cancel) {
            Mock::given(method("POST")).and(path(cancel)).respond_with(ok().set_body_json(json!({}))).mount(&server).await;
        }
        Self { case, server }
    }

    /// One that asks for patience once and then delivers.
    async fn good(case: Case) -> Self {
        let vendor = Self::new(case).await;
        if let Some(work) = &vendor.case.work {
            let goes_on = (work.goes_on)();
            vendor.says(ok().set_body_json(goes_on), Some(1)).await;
            vendor.delivers(ok().set_body_raw(vendor.case.file, "application/octet-stream")).await;
        }
        vendor
    }

    fn work(&self) -> &Work {
        self.case.work.as_ref().expect("it works while we wait")
    }

    /// What it says of its work, so many times or from now on.
    async fn says(&self, answer: ResponseTemplate, times: Option<u64>) {
        let mock = Mock::given(method("GET")).and(path(self.work().path)).respond_with(answer);
        let mock = if let Some(times) = times { mock.up_to_n_times(times) } else { mock };
        mock.mount(&self.server).await;
    }

    /// It is done, and this is its file.
    async fn delivers(&self, file: ResponseTemplate) {
        let done = (self.work().is_done)(&format!("{}/files/out", self.server.uri()));
        self.says(ok().set_body_json(done), None).await;
        Mock::given(method("GET")).and(path("/files/out")).respond_with(file).mount(&self.server).await;
    }

    fn painter(&self) -> ImageProvider {
        make(&settings(&self.case.settings, &self.server.uri())).expect("they are sound")
    }

    async fn draw(&self, errand: &impl Errand) -> Outcome {
        let meter = Meter::default();
        let result = self.painter().illustrate(&request(), errand, &meter).await;
        let requests = self.server.received_requests().await.expect("they are recorded");
        let asked = requests.iter().map(|request| format!("{} {}", request.method, request.url.path())).collect();
        Outcome { result, charges: meter.take(), asked }
    }
}

/// The same case once more.
fn again(case: &Case) -> Case {
    cases().into_iter().find(|known| known.name() == case.name()).expect("it is one of them")
}

impl Case {
    fn name(&self) -> &str {
        self.settings["provider"].as_str().expect("a word")
    }

    /// Those who work while we wait.
    fn waiting() -> impl Iterator<Item = Self> {
        cases().into_iter().filter(|case| case.work.is_some())
    }
}

#[tokio::test]
async fn the_request_is_as_the_contract_says() {
    for case in cases() {
        let vendor = Vendor::good(case).await;
        vendor.draw(&MemoryErrand::default()).await.result.expect("it draws");
        let requests = vendor.server.received_requests().await.expect("they are recorded");
        let (first, case) = (&requests[0], &vendor.case);
        assert_eq!((first.method.as_str(), first.url.path(), first.url.query()), ("POST", case.path, None));
        let body = body(first);
        assert_eq!(breach(case.contract, &body), None, "{}: {body}", case.name());
        let description = body.pointer(case.description).and_then(Value::as_str).expect("it is described");
        assert!(description.ends_with(DESCRIPTION), "{}: {description}", case.name());
        assert!(!body.to_string().contains(KEY) && body.get("response_format").is_none());
        for (name, value) in case.headers {
            assert_eq!(first.headers.get(*name).and_then(|value| value.to_str().ok()), Some(*value), "{} {name}", case.name());
        }
        for (name, value) in case.fields.as_object().expect("fields") {
            let place = body.get("input").unwrap_or(&body);
            assert_eq!(place[name], *value, "{} {name}", case.name());
        }
        for later in &requests[1..] {
            assert_eq!(later.headers.get("cancel-after"), None, "{}", case.name());
        }
    }
}

#[test]
fn the_contracts_refuse_what_is_not_in_them() {
    for case in cases() {
        assert!(breach(case.contract, &json!({"size": 5, "input": 5, "content": 5})).is_some(), "{}", case.name());
        assert!(breach(case.contract, &json!({"response_format": "url"})).is_some(), "{}", case.name());
    }
}

#[tokio::test]
async fn a_description_becomes_a_picture_and_is_charged() {
    for case in cases() {
        let (vendor, errand) = (Vendor::good(case).await, MemoryErrand::default());
        let outcome = vendor.draw(&errand).await;
        let (illustration, case) = (outcome.result.expect("it draws"), &vendor.case);
        assert_eq!((illustration.bytes.as_slice(), illustration.media_type), (case.file, case.media_type), "{}", case.name());
        let [charge] = outcome.charges.as_slice() else { panic!("{}: {} charges", case.name(), outcome.charges.len()) };
        assert_eq!((charge.capability, charge.provider.as_str(), charge.usage), (Capability::Image, case.name(), case.usage));
        assert_eq!(charge.request_id.as_deref(), Some(case.request_id));
        // Whoever has the picture closes the errand.
        let expected: &[&str] = if case.work.is_some() { &[ID] } else { &[] };
        assert_eq!(
            (errand.kept(), errand.is_open()),
            (expected.iter().map(|id| (*id).to_owned()).collect(), case.work.is_some())
        );
    }
}

#[tokio::test]
async fn whoever_comes_second_waits_for_the_same_work() {
    for case in Case::waiting() {
        let vendor = Vendor::good(case).await;
        let outcome = vendor.draw(&MemoryErrand::begun(ID)).await;
        assert!(outcome.result.is_ok() && outcome.charges.len() == 1, "{}", vendor.case.name());
        assert_eq!(outcome.count("POST", vendor.case.path), 0, "{}: it is paid twice", vendor.case.name());
    }
}

#[tokio::test]
async fn what_goes_wrong_in_passing_is_asked_about_again_and_never_begun_anew() {
    for case in Case::waiting() {
        let vendor = Vendor::new(case).await;
        for answer in [
            ResponseTemplate::new(500),
            ResponseTemplate::new(429),
            ResponseTemplate::new(503).insert_header("retry-after", "0"),
            ok().set_body_raw("<html>", "text/html"),
            ok().set_body_raw("", "application/json"),
        ] {
            vendor.says(answer, Some(1)).await;
        }
        vendor.delivers(ok().set_body_raw(vendor.case.file, "application/octet-stream")).await;
        let outcome = vendor.draw(&MemoryErrand::default()).await;
        assert!(outcome.result.is_ok(), "{}: {:?}", vendor.case.name(), outcome.result);
        assert_eq!(outcome.count("POST", vendor.case.path), 1);
    }
}

#[tokio::test]
async fn work_that_fails_is_forgotten_and_costs_nothing() {
    for case in Case::waiting() {
        let failed = (case.work.as_ref().expect("it works").failed)();
        for answer in
            [ok().set_body_json(failed), ResponseTemplate::new(404).set_body_json(json!({"detail": "prose of the vendor"}))]
        {
            let (vendor, errand) = (Vendor::new(again(&case)).await, MemoryErrand::default());
            vendor.says(answer, None).await;
            let outcome = vendor.draw(&errand).await;
            let error = outcome.result.expect_err("there is no picture");
            assert!(["unusable", "misused"].contains(&kind(&error)) && !error.to_string().contains("prose"), "{error}");
            assert_eq!((outcome.charges.len(), errand.is_open()), (0, false), "{}", vendor.case.name());
        }
    }
}

#[tokio::test]
async fn each_end_of_a_prediction_has_its_meaning() {
    for (status, error, expected) in [
        ("failed", json!("CUDA out of memory: prose of the vendor"), "unusable"),
        ("failed", json!("NSFW content detected. Try another prompt."), "rejected"),
        ("failed", json!("The input or output was flagged as sensitive."), "rejected"),
        ("canceled", Value::Null, "unusable"),
        ("aborted", Value::Null, "unusable"),
        ("succeeded", Value::Null, "unusable"),
    ] {
        let vendor = Vendor::new(replicate()).await;
        vendor.says(ok().set_body_json(prediction(status, &Value::Null, &error)), None).await;
        let outcome = vendor.draw(&MemoryErrand::default()).await;
        let error = outcome.result.expect_err("there is no picture");
        assert_eq!((kind(&error), outcome.charges.len()), (expected, 0), "{status}: {error}");
        assert!(!error.to_string().contains("prose"), "{error}");
    }
}

#[tokio::test]
async fn work_that_does_not_end_is_given_up_at_the_vendor() {
    for case in Case::waiting() {
        let (vendor, errand) = (Vendor::new(case).await, MemoryErrand::default());
        vendor.says(ok().set_body_json((vendor.work().goes_on)()), None).await;
        let outcome = vendor.draw(&errand).await;
        let error = outcome.result.as_ref().expect_err("its time is over");
        assert!(error.to_string().contains("the time is over"), "{error}");
        assert!(!errand.is_open(), "{}", vendor.case.name());
        if let Some(cancel) = vendor.work().cancel {
            assert_eq!(outcome.count("POST", cancel), 1);
        }
    }
}

#[tokio::test]
async fn work_that_nobody_wants_any_more_is_given_up_at_the_vendor() {
    for case in Case::waiting() {
        let (vendor, errand) = (Vendor::new(case).await, MemoryErrand::default());
        vendor.says(ok().set_body_json((vendor.work().goes_on)()), None).await;
        errand.cancel();
        let outcome = vendor.draw(&errand).await;
        let error = outcome.result.as_ref().expect_err("nobody wants it");
        assert_eq!((error.code(), errand.is_open()), (Code::CancelledByUser, false), "{}: {error}", vendor.case.name());
        if let Some(cancel) = vendor.work().cancel {
            assert_eq!(outcome.count("POST", cancel), 1);
        }
    }
}

#[tokio::test]
async fn work_that_cannot_be_given_up_stays_for_whoever_ends_the_job() {
    let case = replicate();
    let server = MockServer::start().await;
    Mock::given(method("POST")).and(path(case.path)).respond_with((case.answer)()).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let (vendor, errand) = (Vendor { case, server }, MemoryErrand::default());
    vendor.draw(&errand).await.result.expect_err("its time is over");
    assert!(errand.is_open());
    let good = Vendor::good(replicate()).await;
    let ticket = Ticket { provider: "replicate".to_owned(), version: 1, id: ID.to_owned(), end: None };
    good.painter().give_up(&ticket).await.expect("it is told");
    let told = good.server.received_requests().await.expect("they are recorded");
    assert_eq!(told[0].url.path(), good.work().cancel.expect("it can be told"));
}

#[tokio::test]
async fn a_file_is_a_picture_of_its_vendor_or_refused_and_paid_all_the_same() {
    let other = MockServer::start().await;
    Mock::given(any()).respond_with(ok().set_body_raw(PNG, "image/png")).mount(&other).await;
    let large = [PNG, &vec![0; 33 * 1024 * 1024]].concat();
    for case in Case::waiting() {
        for (name, file, expected) in [
            ("HTML with 200", ok().set_body_raw("<html>sorry</html>", "image/png"), "is no picture"),
            ("nothing", ok().set_body_raw("", "image/png"), "is no picture"),
            ("a file without an end", ok().set_body_raw(large.clone(), "image/png"), "is longer than"),
            ("a redirect", ResponseTemplate::new(302).insert_header("location", other.uri()), "status 302"),
            ("a file that is gone", ResponseTemplate::new(404), "status 404"),
            ("a server in trouble", ResponseTemplate::new(500), "status 500"),
        ] {
            let (vendor, errand) = (Vendor::new(again(&case)).await, MemoryErrand::default());
            vendor.delivers(file).await;
            let outcome = vendor.draw(&errand).await;
            let error = outcome.result.expect_err(name).to_string();
            assert!(error.contains(expected), "{} {name}: {error}", vendor.case.name());
            assert_eq!(outcome.charges.len(), 1, "{name}");
        }
        let vendor = Vendor::new(case).await;
        vendor.says(ok().set_body_json((vendor.work().is_done)(&format!("{}/a.png", other.uri()))), None).await;
        let error = vendor.draw(&MemoryErrand::default()).await.result.expect_err("it is another's").to_string();
        assert!(error.contains("where the vendor keeps files"), "{error}");
    }
    assert!(other.received_requests().await.expect("they are recorded").is_empty(), "another server was asked");
}

#[tokio::test]
async fn what_is_no_picture_within_an_answer_is_refused() {
    for (data, expected, charges) in [
        (json!([{"b64_json": "?"}]), "cannot be decoded", 1),
        (json!([{"b64_json": STANDARD.encode("<html>")}]), "is no picture", 1),
        (json!([]), "holds no picture", 0),
        (json!([{"url": "https://example.com/a.png"}]), "is no picture", 0),
    ] {
        let answer = json!({"data": data, "usage": {"input_tokens": 1, "output_tokens": 2}});
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(ok().set_body_json(answer)).mount(&server).await;
        let outcome = Vendor { case: openai(), server }.draw(&MemoryErrand::default()).await;
        let error = outcome.result.expect_err("it is none").to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(outcome.charges.len(), charges, "{error}");
    }
}

#[tokio::test]
async fn what_may_have_been_paid_is_not_asked_again_but_what_was_throttled_is() {
    let throttled = || ResponseTemplate::new(429);
    let sentence = json!({"detail": "Request was throttled. Your rate limit resets in ~0s."});
    for case in cases() {
        for (answer, expected) in [
            (ResponseTemplate::new(503).insert_header("retry-after", "0"), 1),
            (ResponseTemplate::new(500).insert_header("retry-after", "0"), 1),
            (throttled().insert_header("retry-after", "0"), 3),
            (throttled().set_body_json(&sentence), 3),
            (throttled().set_body_json(json!({"detail": "Your rate limit resets in ~30s."})), 1),
        ] {
            let server = MockServer::start().await;
            Mock::given(any()).respond_with(answer).mount(&server).await;
            let outcome = Vendor { case: again(&case), server }.draw(&MemoryErrand::default()).await;
            assert!(outcome.result.is_err() && outcome.asked.len() == expected, "{}: {:?}", case.name(), outcome.asked);
        }
    }
}

#[tokio::test]
async fn a_prediction_whose_end_was_told_is_not_asked_about() {
    let mut case = replicate();
    case.settings["with"]["webhook"] = json!("https://api.example.com/v1/webhooks/replicate");
    let vendor = Vendor::new(case).await;
    let file = format!("{}/files/out", vendor.server.uri());
    Mock::given(method("GET"))
        .and(path("/files/out"))
        .respond_with(ok().set_body_raw(PNG, "image/png"))
        .mount(&vendor.server)
        .await;
    let errand = MemoryErrand::begun(ID);
    errand.end(&prediction("succeeded", &json!([file]), &Value::Null).to_string());
    let outcome = vendor.draw(&errand).await;
    assert_eq!(outcome.result.expect("it is there").bytes, PNG);
    assert_eq!(outcome.asked, ["GET /files/out"]);
}

#[tokio::test]
async fn a_webhook_names_the_errand() {
    let mut case = replicate();
    case.settings["with"]["webhook"] = json!("https://api.example.com/v1/webhooks/replicate");
    let vendor = Vendor::good(case).await;
    vendor.draw(&MemoryErrand::default()).await.result.expect("it draws");
    let body = body(&vendor.server.received_requests().await.expect("they are recorded")[0]);
    assert_eq!(breach(vendor.case.contract, &body), None);
    let asked = ContentHash::of(["asked"]);
    let expected = format!("https://api.example.com/v1/webhooks/replicate?job={}&asked={asked}", fakes::job_id());
    assert_eq!((&body["webhook"], &body["webhook_events_filter"]), (&json!(expected), &json!(["completed"])));
}

#[tokio::test]
async fn other_models_have_inputs_of_their_own() {
    let input =
        json!({"text": "{prompt}!", "image_size": "{aspect_ratio}", "w": "{width}", "h": "{height}", "n": "{seed}", "steps": 4});
    for (model, expected_path, version) in
        [("a/b", "/models/a/b/predictions", Value::Null), ("a/b:0123abcd", "/predictions", json!("a/b:0123abcd"))]
    {
        let settings_of = json!({"provider": "replicate", "model": model, "with": {"input": input, "poll_s": 0.05}});
        let vendor = Vendor::good(Case { settings: settings_of, path: expected_path, ..replicate() }).await;
        vendor.draw(&MemoryErrand::default()).await.result.expect("it draws");
        let body = body(&vendor.server.received_requests().await.expect("they are recorded")[0]);
        assert_eq!(body.get("version").cloned().unwrap_or_default(), version);
        let input = &body["input"];
        assert!(input["text"].as_str().is_some_and(|text| text.ends_with(&format!("{DESCRIPTION}!"))), "{input}");
        assert_eq!((&input["image_size"], &input["w"], &input["h"]), (&json!("16:9"), &json!(1920), &json!(1080)));
        assert_eq!((&input["n"], &input["steps"]), (&json!(request().seed()), &json!(4)));
    }
}

#[tokio::test]
async fn a_picture_has_the_size_that_comes_nearest_to_the_frame() {
    for (model, width, height, expected) in [
        ("gpt-image-1-mini", 1920, 1080, "1536x1024"),
        ("gpt-image-1-mini", 1080, 1920, "1024x1536"),
        ("gpt-image-1.5", 1440, 1080, "1536x1024"),
        ("gpt-image-1.5", 1080, 1080, "1024x1024"),
        ("gpt-image-2", 1920, 1080, "1920x1088"),
        ("gpt-image-2.5-flare", 1080, 1920, "1088x1920"),
        ("gpt-image-2.5-flare", 1440, 1080, "1440x1088"),
    ] {
        let vendor = Vendor::good(openai()).await;
        let mut settings = settings(&vendor.case.settings, &vendor.server.uri());
        settings.model = Some(model.to_owned());
        let request = ImageRequest { width, height, ..request() };
        let (errand, meter) = (MemoryErrand::default(), Meter::default());
        make(&settings).expect("they are sound").illustrate(&request, &errand, &meter).await.expect("it draws");
        let body = body(&vendor.server.received_requests().await.expect("they are recorded")[0]);
        assert_eq!(body["size"], expected, "{model}");
    }
}

#[tokio::test]
async fn every_fault_of_a_server_ends_well() {
    let checks = cases().into_iter().map(|case| async move {
        let call = async |uri: String| {
            let painter = make(&settings(&case.settings, &uri)).expect("they are sound");
            painter.illustrate(&request(), &MemoryErrand::default(), &Meter::default()).await.map(|_| ())
        };
        check_faults(case.name(), "unusable", &call).await;
        check_cancelled(case.name(), &call).await;
    });
    futures_util::future::join_all(checks).await;
}

#[tokio::test]
async fn no_log_holds_a_key_or_a_description() {
    let (log, _guard) = listen_to_logs();
    for case in cases() {
        let vendor = Vendor::good(case).await;
        vendor.draw(&MemoryErrand::default()).await.result.expect("it draws");
        let failing = Vendor { case: again(&vendor.case), server: MockServer::start().await };
        failing.draw(&MemoryErrand::default()).await.result.expect_err("there is no such thing");
    }
    let text = log.text();
    assert!(text.len() > 1000, "something is logged");
    assert!(!text.contains(KEY) && !text.contains(DESCRIPTION));
}

#[tokio::test]
async fn models_are_listed_where_there_is_a_choice() {
    let server = MockServer::start().await;
    let list = json!({"object": "list", "data": [{"id": "gpt-image-2", "object": "model"}]});
    Mock::given(method("GET")).and(path("/models")).respond_with(ok().set_body_json(list)).mount(&server).await;
    let known = path("/models/black-forest-labs/flux-schnell");
    Mock::given(method("GET")).and(known).respond_with(ok().set_body_json(json!({"name": "flux-schnell"}))).mount(&server).await;
    for case in cases() {
        let models = make(&settings(&case.settings, &server.uri())).expect("they are sound").models().await.expect("a list");
        let expected: &[&str] = match case.name() {
            "openai" => &["gpt-image-2"],
            "replicate" => &["black-forest-labs/flux-schnell"],
            _ => &[],
        };
        assert_eq!(models, expected, "{}", case.name());
    }
}

#[test]
fn the_identity_tells_painters_apart_and_holds_no_key() {
    for case in cases() {
        let identity = |change: &dyn Fn(&mut ProviderSettings)| {
            let mut settings = settings(&case.settings, "http://127.0.0.1:9");
            change(&mut settings);
            make(&settings).expect("they are sound").identity()
        };
        let plain = identity(&|_| {});
        assert!(plain.starts_with(&format!("{} ", case.name())) && !plain.contains(KEY), "{plain}");
        assert_eq!(plain, identity(&|settings| settings.timeout_s = Some(9)), "how long it takes changes no picture");
        assert_ne!(plain, identity(&|settings| settings.base_url = Some("http://127.0.0.1:10".to_owned())));
        assert_ne!(
            plain,
            identity(&|settings| match settings.provider.as_str() {
                "replicate" => drop(settings.with.insert("input".to_owned(), json!({"prompt": "{prompt}"}))),
                "openai" => settings.model = Some("gpt-image-2".to_owned()),
                _ => drop(settings.with.insert("template".to_owned(), json!("swift"))),
            })
        );
    }
}

#[test]
fn wrong_settings_are_named() {
    for (written, expected) in [
        (json!({"provider": "nobody"}), "there is no image provider `nobody`"),
        (json!({"provider": "replicate"}), "`model` of the image provider `replicate` is missing"),
        (json!({"provider": "replicate", "model": "flux"}), "`model` of the image provider `replicate` is not OWNER/NAME"),
        (json!({"provider": "replicate", "model": "a/b", "with": {"webhook": "http://a"}}), "`webhook` of the image provider"),
        (json!({"provider": "replicate", "model": "a/b", "with": {"poll_s": 0}}), "`poll_s` of the image provider `replicate`"),
        (json!({"provider": "replicate", "model": "a/b", "with": {"seed": 1}}), "unknown field `seed`"),
        (json!({"provider": "openai", "model": "m", "with": {"response_format": "url"}}), "unknown field `response_format`"),
        (json!({"provider": "presenton", "base_url": "http://slides.example.com"}), "is not encrypted"),
    ] {
        let settings: ProviderSettings = serde_json::from_value(written).expect("settings");
        let error = make(&settings).map(|_| ()).expect_err("they are wrong").to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn every_word_is_a_provider() {
    for word in ImageProvider::KNOWN {
        let settings =
            ProviderSettings { model: ImageProvider::usual_model(word).map(str::to_owned), ..ProviderSettings::new(word) };
        make(&settings).unwrap_or_else(|error| panic!("{word}: {error}"));
    }
}
