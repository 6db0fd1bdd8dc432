//! The wire between a function and everything outside of it: AWS, and a provider that is paid for each call. Whatever a function
//! does to the world goes through here, so this is where it can be killed before the world hears of it, or after.

use crate::function::kill;
use crate::http::{Reply, Request, Server, reply};
use http_body_util::Full;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Which side of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// The world has not heard of it.
    Before,
    /// The world has done it, and its answer is lost.
    After,
}

/// A place at which a function can be killed: before or after one of its effects, by the number of the effect within a call.
pub(crate) type Point = (usize, Side);

pub(crate) struct Wire {
    server: Server,
    line: Arc<Line>,
}

struct Line {
    upstream: String,
    http: reqwest::Client,
    pid: AtomicU32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    effects: Vec<String>,
    paid: u32,
    kill_at: Option<Point>,
    told: BTreeMap<&'static str, Value>,
}

impl Wire {
    /// A wire to an AWS.
    pub(crate) async fn new(upstream: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().expect("a client can be made");
        let line = Arc::new(Line { upstream: upstream.to_owned(), http, pid: AtomicU32::new(0), state: Mutex::default() });
        let server = Server::start({
            let line = line.clone();
            move |request| {
                let line = line.clone();
                async move { line.pass(request).await }
            }
        })
        .await;
        Self { server, line }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Tells which process is at this end of the wire.
    pub(crate) fn watch(&self, pid: u32) {
        self.line.pid.store(pid, Ordering::Relaxed);
    }

    /// Begins a call: counts its effects anew, and kills at a point if one is given.
    pub(crate) fn begin(&self, kill_at: Option<Point>) {
        let mut state = self.line.state.lock().expect("nobody panicked");
        state.effects.clear();
        state.kill_at = kill_at;
    }

    /// From now on an operation of AWS is answered like this.
    pub(crate) fn tell(&self, operation: &'static str, answer: Value) {
        self.line.state.lock().expect("nobody panicked").told.insert(operation, answer);
    }

    /// Answers what another wire was told to.
    pub(crate) fn tell_as(&self, other: &Self) {
        let told = other.line.state.lock().expect("nobody panicked").told.clone();
        self.line.state.lock().expect("nobody panicked").told = told;
    }

    /// The effects since the call began, in order, such as `PutObject document`.
    pub(crate) fn effects(&self) -> Vec<String> {
        self.line.state.lock().expect("nobody panicked").effects.clone()
    }

    /// How many calls were made in all that cost money.
    pub(crate) fn paid(&self) -> u32 {
        self.line.state.lock().expect("nobody panicked").paid
    }
}

impl Line {
    async fn pass(&self, request: Request) -> Reply {
        let number = effect(&request).map(|effect| {
            let mut state = self.state.lock().expect("nobody panicked");
            state.effects.push(effect);
            state.effects.len() - 1
        });
        if number.is_some_and(|number| self.kills_at((number, Side::Before))) {
            return None;
        }
        let answer = if request.path.starts_with("/provider/") {
            self.provide(&request)
        } else if let Some(answer) = self.told(&request) {
            reply(200, answer.to_string())
        } else {
            self.forward(request).await?
        };
        if number.is_some_and(|number| self.kills_at((number, Side::After))) {
            return None;
        }
        Some(answer)
    }

    fn told(&self, request: &Request) -> Option<Value> {
        let operation = operation(request)?;
        self.state.lock().expect("nobody panicked").told.get(operation).cloned()
    }

    fn kills_at(&self, point: Point) -> bool {
        let is_here = {
            let mut state = self.state.lock().expect("nobody panicked");
            state.kill_at.take_if(|at| *at == point).is_some()
        };
        if is_here {
            kill(self.pid.load(Ordering::Relaxed));
        }
        is_here
    }

    async fn forward(&self, request: Request) -> Reply {
        let url = format!("{}{}", self.upstream, request.path);
        let mut asked = self.http.request(request.method.clone(), url).body(request.body);
        for (name, value) in &request.headers {
            if !["host", "connection", "expect", "transfer-encoding", "content-length"].contains(&name.as_str()) {
                asked = asked.header(name, value);
            }
        }
        // A function that was killed at the other end may have cut the call short.
        let answer = asked.send().await.ok()?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.ok()?;
        let mut passed = hyper::Response::new(Full::new(body));
        *passed.status_mut() = status;
        for (name, value) in &headers {
            // The length of what HEAD leaves out is an answer; that of a body follows from the body.
            let is_length = name == "content-length" && request.method != hyper::Method::HEAD;
            if !is_length && !["connection", "transfer-encoding"].contains(&name.as_str()) {
                passed.headers_mut().insert(name, value.clone());
            }
        }
        Some(passed)
    }

    /// A provider of pictures that is never done, one of slides that is done when it is asked about, and one of speech: a tone as long
    /// as the text, as a WAV file.
    fn provide(&self, request: &Request) -> hyper::Response<Full<hyper::body::Bytes>> {
        if is_cancel(request) || request.path.contains("/predictions/") {
            return reply(200, json!({"id": "prediction1", "status": "processing"}).to_string());
        }
        if request.method == hyper::Method::GET {
            let done = json!({"id": "task-1", "status": "completed", "data": {"path": "/provider/slide.pdf"}});
            let is_file = request.path.ends_with(".pdf");
            return reply(200, if is_file { "%PDF-1.7".to_owned() } else { done.to_string() });
        }
        self.state.lock().expect("nobody panicked").paid += 1;
        if request.path.ends_with("/generate/async") {
            return reply(200, json!({"id": "task-1", "status": "pending"}).to_string());
        }
        if request.path.ends_with("/predictions") {
            return reply(201, json!({"id": "prediction1", "status": "starting"}).to_string());
        }
        let question: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let characters = question["input"].as_str().map_or(0, |text| text.chars().count());
        reply(200, wav(characters * 1_500))
    }
}

/// A tone of 220 Hz, 24 kHz mono in 16 bits (<http://soundfile.sapp.org/doc/WaveFormat/>).
fn wav(samples: usize) -> Vec<u8> {
    const RATE: u32 = 24_000;
    let bytes = u32::try_from(samples * 2).expect("narrations are short");
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    let tone = |at: usize| (9000.0 * (at as f32 * 220.0 * std::f32::consts::TAU / RATE as f32).sin()) as i16;
    file.extend((0..samples).flat_map(|at| tone(at).to_le_bytes()));
    file
}

/// Whether a provider is told to give up.
fn is_cancel(request: &Request) -> bool {
    request.path.starts_with("/provider/") && request.path.ends_with("/cancel")
}

/// The operation of DynamoDB or Step Functions that is asked for, such as `PutItem`.
fn operation(request: &Request) -> Option<&str> {
    request.headers.get("x-amz-target")?.to_str().ok()?.rsplit('.').next()
}

/// What a request does to the world; none if it only asks.
fn effect(request: &Request) -> Option<String> {
    if let Some(operation) = operation(request) {
        let record = record(&request.body);
        // How often a stage says that it still works depends on how busy the machine is.
        return (is_effect(operation) && record != "event working").then(|| format!("{operation} {record}"));
    }
    let operation = match (request.method.as_str(), request.path.as_str()) {
        ("POST", _) if is_cancel(request) => return Some("provider cancel".to_owned()),
        ("POST", path) if path.starts_with("/provider/") => return Some("provider".to_owned()),
        ("PUT", _) => "PutObject",
        ("POST", path) if path.contains("?delete") => "DeleteObjects",
        ("DELETE", _) => "DeleteObject",
        _ => return None,
    };
    let path = request.path.split('?').next().unwrap_or_default();
    let kinds =
        ["document", "script", "drafts", "image", "credit", "take", "narration", "picture", "segment", "video", "captions"];
    let named = |part: &str| kinds.into_iter().find(|kind| part.split('.').next() == Some(*kind));
    let kind = path.split('/').filter_map(named).next_back().unwrap_or("objects");
    Some(format!("{operation} {kind}"))
}

/// Whether an operation of DynamoDB or Step Functions changes anything.
pub(crate) fn is_effect(operation: &str) -> bool {
    !["Get", "Describe", "List", "Query", "Scan", "Head", "BatchGet"].iter().any(|asks| operation.starts_with(asks))
}

/// Which record an item is: the first and the last word of its sort key.
fn record(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let sort_key = body["Item"]["sk"]["S"].as_str().or_else(|| body["Key"]["sk"]["S"].as_str()).unwrap_or("execution");
    let mut words = sort_key.split('#');
    match (words.next(), words.next_back()) {
        (Some("EVENT"), Some(name)) => format!("event {name}"),
        (Some(kind), _) => kind.to_lowercase(),
        (None, _) => "execution".to_owned(),
    }
}
