//! What must never be logged, planted where it could be: a key, a sentence of the document, the prompt, and what vendors send back.
//! Every way in which a vendor fails is gone through with the log open at debug level, and none of it is found in the log, in the record
//! of the job or in its bill.

use domain::ports::{AssetStore, JobStore, RequestSigner};
use domain::{AssetKey, Block, Budget, Capability, Document, Money};
use fakes::{MemoryAssets, MemoryProviders, SeenSigner, at, job_id, owner_id};
use providers::Secret;
use providers::chain::{Chain, Choice, Link};
use providers::script::ScriptProvider;
use providers::settings::ProviderSettings;
use serde_json::json;
use stage::{Invocation, Made, RunJobs, perform};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};
use write_script::{Embedded, Input, PROMPTS, faults, handle};

const KEY: &str = "sk-canary-1f3870be274f6c49b3e31a0c6728957f";
const SENTENCE: &str = "The canary of the document pulls at the water of the oceans";
const ECHO: &str = "canary that a vendor sends back";
/// The first words of what a model is told.
const PROMPT: &str = "You write the script of a short narrated video";

/// The log, in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn document() -> Document {
    let mut document = fakes::document();
    if let Block::Paragraph { text, .. } = &mut document.sections[0].blocks[0] {
        *text = format!("{SENTENCE}. {text}");
    }
    document
}

/// The ways in which a vendor fails, each with a canary in its answer.
fn failures() -> Vec<ResponseTemplate> {
    let error = json!({"error": {"message": ECHO, "type": ECHO, "code": ECHO, "param": ECHO}, "detail": [{"input": ECHO}]});
    let completion = |content: &str, reason: &str| {
        json!({"id": "chatcmpl-1", "choices": [{"message": {"content": content, "refusal": null}, "finish_reason": reason}],
               "usage": {"prompt_tokens": 10, "completion_tokens": 5}})
    };
    let mut failures: Vec<ResponseTemplate> = [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529]
        .into_iter()
        .map(|status| ResponseTemplate::new(status).set_body_json(error.clone()))
        .collect();
    for body in [ECHO.to_owned(), format!("<html>{ECHO}</html>"), format!("{{\"choices\": \"{ECHO}\"}}"), String::new()] {
        failures.push(ResponseTemplate::new(200).set_body_string(body));
    }
    for (content, reason) in [
        (ECHO, "stop"),
        ("{\"title\": \"canary that a vendor sends back\"}", "stop"),
        (ECHO, "length"),
        ("", "stop"),
        (ECHO, "content_filter"),
    ] {
        failures.push(ResponseTemplate::new(200).set_body_json(completion(content, reason)));
    }
    let refusal = json!({"choices": [{"message": {"content": null, "refusal": ECHO}, "finish_reason": "stop"}]});
    failures.push(ResponseTemplate::new(200).set_body_json(refusal));
    failures.push(ResponseTemplate::new(302).insert_header("location", format!("http://127.0.0.1:9/{ECHO}").as_str()));
    failures.push(ResponseTemplate::new(200).set_delay(Duration::from_secs(30)).set_body_string(ECHO));
    failures
}

#[tokio::test]
async fn nothing_that_is_secret_or_somebody_s_text_is_logged() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().with_env_filter("debug").with_writer(log.clone()).finish();
    let _open = tracing::subscriber::set_default(subscriber);
    let mut told = String::new();
    let failures = failures();
    assert!(failures.len() >= 25, "{}", failures.len());
    for failure in failures {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(failure).mount(&server).await;
        let mut settings = ProviderSettings::new("openai-compatible");
        settings.model = Some("gpt-6-luna".to_owned());
        settings.base_url = Some(server.uri());
        settings.timeout_s = Some(1);
        let signer: Arc<dyn RequestSigner> = Arc::new(SeenSigner);
        let model = ScriptProvider::new(&settings, Some(Secret::new(KEY)), &signer, PROMPTS, faults);
        let model = model.expect("it is this machine");
        let links = vec![
            Link::new(Capability::Script, settings, Choice::Vendor(model)),
            Link::new(Capability::Script, ProviderSettings::new("embedded"), Choice::Embedded(Embedded)),
        ];
        let budget = Budget { job: Money::usd(1.0), day: Money::usd(1.0) };
        let writers = Chain::new(links, MemoryProviders::default(), budget, Duration::from_secs(60), || at(0));

        let (jobs, job) = fakes::processing_job().await;
        let assets = MemoryAssets::default();
        let json = serde_json::to_vec(&document()).expect("it has a JSON form");
        assets.put(&AssetKey::Document(owner_id(), job_id()), json).await.expect("memory does not fail");
        let run = RunJobs::new(&jobs, domain::Run::first(job.clone()));
        let invocation = Invocation { remaining: Duration::from_secs(60), memory_mb: 1024, attempt: 0 };
        let work = handle(&assets, &run, &writers, run.meter(), Input { job: job.clone(), attempt: 0 });
        perform("write-script", &run, None, invocation, &Made::default(), work).await.expect("our own writer takes over");

        let record = jobs.load(&job).await.expect("there");
        assert_eq!(record.warnings.len(), 1, "it is told who was passed over");
        let (warnings, bills) = (&record.warnings, jobs.bills(&job).await.expect("there"));
        told += &serde_json::to_string(&(warnings, bills)).expect("they have a JSON form");
    }
    let logged = String::from_utf8(log.0.lock().expect("nobody panics with it").clone()).expect("a log is text");
    assert!(logged.contains("passed over") && logged.contains("\"finished\""), "the log is open");
    for (what, canary) in [("key", KEY), ("document", SENTENCE), ("prompt", PROMPT), ("vendor's prose", ECHO)] {
        for (sink, text) in [("log", &logged), ("record", &told)] {
            let at = text.find(canary);
            assert!(
                at.is_none(),
                "the {what} stands in the {sink}: {}",
                &text[at.unwrap_or(0).saturating_sub(200)..at.unwrap_or(0)]
            );
        }
    }
}
