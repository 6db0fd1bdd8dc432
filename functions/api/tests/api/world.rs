//! A small world: the API over fakes, two users, and a way to ask.

use crate::schema::check_answer;
use api::{Api, Configured, Ports};
use axum::Router;
use domain::ports::{AssetStore, JobStore};
use domain::{
    AssetKey, Capability, CaptionFormat, Code, ContentHash, DocumentKind, Failure, Job, JobId, JobOptions, Limits, OwnerId,
    Phase, ScriptSummary, Source, Transition, VideoSummary,
};
use fakes::{MemoryAssets, MemoryExecutions, MemoryJobs, MemoryLinks, MemoryProviders, MemorySecrets, MemoryTickets, at};
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::{HeaderMap, StatusCode};
use lambda_http::tower::ServiceExt;
use serde_json::{Value, json};
use std::sync::Arc;

/// The time in this world.
pub(crate) const NOW: i64 = 100_000;

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

pub(crate) enum InMemory {}

impl Ports for InMemory {
    type Jobs = MemoryJobs;
    type Assets = MemoryAssets;
    type Executions = MemoryExecutions;
    type Links = MemoryLinks;
    type Providers = MemoryProviders;
    type Tickets = MemoryTickets;
    type Secrets = MemorySecrets;
}

pub(crate) struct World {
    pub(crate) api: Arc<Api<InMemory>>,
    router: Router,
}

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the body is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers are ASCII"))
    }

    /// The status and the code of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        (self.status.as_u16(), self.json()["code"].as_str().expect("a problem has a code").to_owned())
    }
}

/// A request, in the words of API Gateway.
pub(crate) struct Request {
    method: &'static str,
    path: String,
    query: String,
    claims: Value,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

pub(crate) fn get(address: &str) -> Request {
    Request::new("GET", address)
}

pub(crate) fn post(address: &str) -> Request {
    Request::new("POST", address)
}

impl Request {
    pub(crate) fn new(method: &'static str, address: &str) -> Self {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let claims = json!({"sub": "ann", "token_use": "access"});
        Self { method, path: path.to_owned(), query: query.to_owned(), claims, headers: Vec::new(), body: None }
    }

    /// Asked by somebody else than Ann.
    pub(crate) fn by(self, user: &str) -> Self {
        self.with_claims(json!({"sub": user, "token_use": "access"}))
    }

    pub(crate) fn with_claims(self, claims: Value) -> Self {
        Self { claims, ..self }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body(&body.to_string())
    }

    pub(crate) fn body(self, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..self }
    }

    pub(crate) fn method(&self) -> &'static str {
        self.method
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn payload(&self) -> String {
        let headers: serde_json::Map<_, _> = self
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .chain([("host".to_owned(), json!("x"))])
            .collect();
        let authorizer =
            if self.claims.is_null() { Value::Null } else { json!({"jwt": {"claims": self.claims, "scopes": null}}) };
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": self.path, "rawQueryString": self.query, "headers": headers,
            "requestContext": {
                "accountId": "1", "apiId": "a", "authorizer": authorizer, "requestId": "request-1", "routeKey": "$default",
                "stage": "$default", "time": "20/Nov/2026:12:00:00 +0000", "timeEpoch": 0,
                "http": {"method": self.method, "path": self.path, "protocol": "HTTP/1.1", "sourceIp": "1.2.3.4", "userAgent": "x"},
            },
            "body": self.body, "isBase64Encoded": false,
        })
        .to_string()
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    /// A world in which one owner may ask for so much.
    pub(crate) fn with(limits: Limits) -> Self {
        Self::made(limits, configured())
    }

    /// A world with one provider more.
    pub(crate) fn with_provider(provider: Configured) -> Self {
        Self::made(Limits::default(), configured().into_iter().chain([provider]).collect())
    }

    /// A world in which somebody speaks too, Polly before our own voice, and somebody listens.
    pub(crate) fn that_speaks() -> Self {
        let others = [
            provider(Capability::Speech, "polly", None, Some("speech/polly")),
            provider(Capability::Speech, "embedded", None, None),
            provider(Capability::Transcript, "whispercpp", None, Some("transcript/whispercpp")),
        ];
        Self::made(Limits::default(), configured().into_iter().chain(others).collect())
    }

    fn made(limits: Limits, configured: Vec<Configured>) -> Self {
        let api = Arc::new(Api::<InMemory> {
            jobs: MemoryJobs::default(),
            assets: MemoryAssets::default(),
            executions: MemoryExecutions::default(),
            links: MemoryLinks::default(),
            providers: MemoryProviders::default(),
            tickets: MemoryTickets::default(),
            secrets: MemorySecrets::default(),
            configured,
            expects_webhooks: true,
            last_seen: api::LastSeen::default(),
            limits,
            kept: api::Kept::default(),
            retention: SignedDuration::from_hours(24 * 30),
            now,
        });
        Self { router: api::router(Arc::clone(&api)), api }
    }

    /// Asks, and holds the answer against the document.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        let answer = ask(&self.router, &request.payload()).await;
        check_answer(request.method, &request.path, &answer);
        answer
    }

    /// Asks with a payload as it stands in a file.
    pub(crate) async fn send_payload(&self, payload: &str) -> Answer {
        ask(&self.router, payload).await
    }

    /// A job of a user that went through some changes. It is ten seconds old.
    pub(crate) async fn job(&self, id: &str, user: &str, changes: &[Transition]) -> JobId {
        let id = JobId::new(id).expect("valid");
        let owner = OwnerId::new(user).expect("valid");
        let job = Job::new(id.clone(), owner, JobOptions::default(), at(NOW - 10), at(NOW + 86_400));
        assert!(self.api.jobs.create(&job).await.expect("memory does not fail"));
        for change in changes {
            self.api.jobs.change(&id, change, at(NOW - 5)).await.expect("it fits");
        }
        id
    }

    /// A completed job of Ann with everything that was made.
    pub(crate) async fn completed_job(&self) -> JobId {
        let id = self.job("done-1", "ann", &[bound(), Transition::Enter(Phase::Script), scripted(), completed()]).await;
        let owner = || OwnerId::new("ann").expect("valid");
        let script = serde_json::to_vec(&fakes::script(&["The Moon pulls at the water."])).expect("it has a JSON form");
        for (key, body) in [
            (AssetKey::Script(owner(), id.clone(), 1), script),
            (AssetKey::Captions(owner(), id.clone(), 1, CaptionFormat::Vtt), b"WEBVTT\n\n1\n".to_vec()),
            (AssetKey::Captions(owner(), id.clone(), 1, CaptionFormat::Srt), "1\n00:00:00,000 --> 00:00:01,000\nMühe".into()),
            (AssetKey::Chapters(owner(), id.clone(), 1), b"WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.600\nTides\n\n".to_vec()),
            (AssetKey::Transcript(owner(), id.clone(), 1), b"# Tides\n".to_vec()),
        ] {
            self.api.assets.put(&key, body).await.expect("memory does not fail");
        }
        id
    }
}

/// Scripts are written by a model, or by our own writer; the rest is left out.
pub(crate) fn configured() -> Vec<Configured> {
    let script = |name: &str, model: Option<&str>, breaker: Option<&str>| provider(Capability::Script, name, model, breaker);
    vec![script("anthropic", Some("claude-haiku-5-5"), Some("script/anthropic")), script("embedded", None, None)]
}

fn provider(capability: Capability, name: &str, model: Option<&str>, breaker: Option<&str>) -> Configured {
    Configured {
        capability,
        name: name.to_owned(),
        provider: name.to_owned(),
        model: model.map(str::to_owned),
        breaker: breaker.map(str::to_owned),
    }
}

pub(crate) async fn ask(router: &Router, payload: &str) -> Answer {
    let request = lambda_http::request::from_str(payload).expect("it is a payload of an HTTP API");
    let response = router.clone().oneshot(request).await.expect("a router always answers");
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body is there");
    Answer { status: head.status, headers: head.headers, text: String::from_utf8(body.to_vec()).expect("the body is text") }
}

pub(crate) fn bound() -> Transition {
    Transition::Bind(Source {
        key: "inbox/ann/done-1/tides.md".to_owned(),
        version: Some("v1".to_owned()),
        name: "tides.md".to_owned(),
        kind: DocumentKind::Markdown,
        bytes: 1234,
    })
}

pub(crate) fn scripted() -> Transition {
    Transition::Scripted(ScriptSummary {
        title: "Tides: why/how?".to_owned(),
        scenes: 1,
        hash: ContentHash::of(["script"]),
        writer: "embedded".to_owned(),
        fallback: None,
    })
}

pub(crate) fn completed() -> Transition {
    Transition::Complete(VideoSummary {
        duration_ms: 1600,
        frames: 48,
        width: 1920,
        height: 1080,
        bytes: 99_000,
        loudness_lufs: -16.0,
        true_peak_dbtp: -1.8,
        scene_starts_ms: vec![0],
    })
}

pub(crate) fn failed() -> Transition {
    Transition::Fail(Failure::new(Code::Encrypted, "the PDF asks for a password"))
}
