//! The one place that speaks HTTP.
//!
//! Requests go to a fixed address, over TLS unless it is this machine, and never follow a redirect. A request is repeated only
//! where the other side asks for it by `Retry-After` with 429 or 503 and before any content came back: what may have cost money
//! is never asked for twice. Everything else is the state machine's to repeat.
//!
//! Failures carry the status and the vendor's code word, never its prose: some servers send the request back inside it.

use crate::Secret;
use domain::ports::PortError;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect, retry};
use serde_json::Value;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// A server that does not take a connection in this time is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a request is repeated because the other side asked for it.
const MOST_REPEATS: u32 = 2;

/// A longer wait is left to the state machine.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// So much of an error is read to find its code word.
const MOST_ERROR_BYTES: usize = 64 * 1024;

/// An address that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// It is not an address of a server.
    #[error("`{0}` is not the base address of a server, such as `https://api.example.com/v1`")]
    NotAnAddress(String),
    /// A key or a document would travel in clear text.
    #[error("`{0}` is not encrypted: use https, http only for this machine")]
    NotEncrypted(String),
    /// The client cannot be built.
    #[error("there is no HTTP client: {0}")]
    NoClient(String),
}

/// A server and how it is spoken to.
#[derive(Debug, Clone)]
pub struct Endpoint {
    service: &'static str,
    base: Url,
    key: Option<Secret>,
    client: Client,
    timeout: Duration,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The media type, in lower case, without parameters; empty where none was given.
    pub media_type: String,
    /// The content.
    pub body: Vec<u8>,
}

impl Endpoint {
    /// A server at a base address, which includes the version path, and the key it wants, sent as a bearer token.
    ///
    /// `timeout` is for one question with all its repeats.
    pub fn new(service: &'static str, base_url: &str, key: Option<Secret>, timeout: Duration) -> Result<Self, InvalidEndpoint> {
        let base = base_address(base_url)?;
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .https_only(base.scheme() == "https")
            .no_proxy()
            .user_agent("lectern")
            .build()
            .map_err(|error| InvalidEndpoint::NoClient(error.to_string()))?;
        Ok(Self { service, base, key, client, timeout })
    }

    /// The host and port, which tell one server from another.
    pub fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Who it is, in messages.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Sends a question and reads at most so many bytes of the answer.
    pub async fn post(&self, path: &str, question: &Value, most_bytes: usize) -> Result<Answer, PortError> {
        self.exchange(path, Some(question), most_bytes).await
    }

    /// Reads at most so many bytes of what is there.
    pub async fn get(&self, path: &str, most_bytes: usize) -> Result<Answer, PortError> {
        self.exchange(path, None, most_bytes).await
    }

    async fn exchange(&self, path: &str, question: Option<&Value>, most_bytes: usize) -> Result<Answer, PortError> {
        let deadline = Instant::now() + self.timeout;
        let mut repeats = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let response = self.send(path, question, left).await?;
            if response.status().is_success() {
                let media_type = media_type(response.headers());
                let body = self.read(response, most_bytes).await?;
                return Ok(Answer { media_type, body });
            }
            let refusal = self.refusal(response).await;
            let wait = match &refusal {
                Refusal { error: PortError::Throttled { .. }, retry_after: Some(wait) }
                | Refusal { error: PortError::Unavailable { .. }, retry_after: Some(wait) } => *wait,
                _ => return Err(refusal.error),
            };
            let fits = wait <= LONGEST_WAIT && Instant::now() + wait < deadline;
            if repeats == MOST_REPEATS || !fits {
                return Err(refusal.error);
            }
            repeats += 1;
            tracing::info!(
                service = self.service,
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "asked to wait"
            );
            tokio::time::sleep(wait).await;
        }
    }

    async fn send(&self, path: &str, question: Option<&Value>, timeout: Duration) -> Result<Response, PortError> {
        let mut address = self.base.clone();
        address.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        let request = match question {
            Some(question) => self.client.post(address).json(question),
            None => self.client.get(address),
        };
        let mut request = request.timeout(timeout);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.reveal());
        }
        request.send().await.map_err(|error| self.unavailable(&error))
    }

    async fn read(&self, mut response: Response, most_bytes: usize) -> Result<Vec<u8>, PortError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unavailable(&error))? {
            if body.len() + chunk.len() > most_bytes {
                return Err(self.away(format!("the answer is longer than {most_bytes} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Turns an answer that is not a success into our words.
    async fn refusal(&self, response: Response) -> Refusal {
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let wants_repeat =
            response.headers().get("x-should-retry").and_then(|value| value.to_str().ok()).map(|value| value == "true");
        let body = self.read(response, MOST_ERROR_BYTES).await.unwrap_or_default();
        let words = code_words(&body);
        let message = if words.is_empty() {
            format!("status {}", status.as_u16())
        } else {
            format!("status {}, {}", status.as_u16(), words.join(", "))
        };
        let service = self.service;
        let is = |word: &str| words.iter().any(|other| other == word);
        let no_quota = ["insufficient_quota", "billing_hard_limit_reached", "enforced_spend_limit_reached", "billing_not_active"]
            .into_iter()
            .any(is);
        let unsafe_content = ["content_filter", "content_policy_violation", "moderation_blocked", "safety"].into_iter().any(is);
        let error = match status {
            _ if no_quota => PortError::Misused { service, message },
            _ if unsafe_content => PortError::Rejected { service, message },
            StatusCode::TOO_MANY_REQUESTS => PortError::Throttled { service, retry_after },
            _ if wants_repeat == Some(false) => PortError::Misused { service, message },
            _ if wants_repeat == Some(true) || is_passing(status) => PortError::Unavailable { service, message },
            _ => PortError::Misused { service, message },
        };
        let asked = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        Refusal { error, retry_after: retry_after.filter(|_| asked) }
    }

    /// What went wrong on the way. The address stays out of it: it may hold a key of an operator's gateway.
    fn unavailable(&self, error: &reqwest::Error) -> PortError {
        let what = if error.is_timeout() {
            "the time is over"
        } else if error.is_connect() {
            "no connection"
        } else {
            "the connection broke off"
        };
        self.away(what.to_owned())
    }

    fn away(&self, message: String) -> PortError {
        PortError::Unavailable { service: self.service, message }
    }
}

struct Refusal {
    error: PortError,
    /// How long the other side asks us to wait before we ask again.
    retry_after: Option<Duration>,
}

fn base_address(base_url: &str) -> Result<Url, InvalidEndpoint> {
    let refused = || InvalidEndpoint::NotAnAddress(without_credentials(base_url));
    let base = Url::parse(base_url).map_err(|_| refused())?;
    let plain = base.query().is_none() && base.fragment().is_none() && base.username().is_empty() && base.password().is_none();
    if !plain || base.host_str().is_none() || !matches!(base.scheme(), "http" | "https") {
        return Err(refused());
    }
    if base.scheme() == "http" && !is_loopback(&base) {
        return Err(InvalidEndpoint::NotEncrypted(base.to_string()));
    }
    Ok(base)
}

/// An address is named in an error message; a password in it is not.
fn without_credentials(address: &str) -> String {
    match (address.find("://"), address.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}…{}", &address[..scheme + 3], &address[at..]),
        _ => address.to_owned(),
    }
}

fn is_loopback(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// 408, 409, 425 and the five hundreds pass by themselves; 529 is how some say that they are overloaded.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 409 | 425 | 500 | 502 | 503 | 504 | 529)
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `retry-after-ms`, else `retry-after` in seconds. A date is not read: clocks differ.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    let milliseconds = number("retry-after-ms").map(|ms| ms / 1000.0);
    milliseconds.or_else(|| number(RETRY_AFTER.as_str())).map(|seconds| Duration::from_secs_f64(seconds.min(86_400.0)))
}

/// The `code` and `type` of an error in any of the vendors' shapes, if they are words.
fn code_words(body: &[u8]) -> Vec<String> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let error = value.get("error").filter(|error| error.is_object()).unwrap_or(&value);
    ["code", "type", "status"]
        .into_iter()
        .filter_map(|name| error.get(name)?.as_str())
        .filter(|word| {
            word.len() <= 64
                && !word.is_empty()
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        })
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use wiremock::matchers::{header, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    fn endpoint(server: &MockServer) -> Endpoint {
        let base = format!("{}/v1", server.uri());
        Endpoint::new("the test server", &base, Some(Secret::new("sk-test")), Duration::from_secs(5)).expect("it is this machine")
    }

    async fn answer_to(template: ResponseTemplate, expected_calls: u64) -> Result<Answer, PortError> {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(template).expect(expected_calls).mount(&server).await;
        endpoint(&server).post("ask", &json!({}), 1000).await
    }

    #[test]
    fn documents_and_keys_travel_encrypted_except_on_this_machine() {
        let make = |base: &str| Endpoint::new("x", base, None, Duration::from_secs(1)).map(|endpoint| endpoint.host());
        assert_eq!(make("https://api.example.com/v1"), Ok("api.example.com".to_owned()));
        assert_eq!(make("http://127.0.0.1:8080/v1"), Ok("127.0.0.1:8080".to_owned()));
        assert_eq!(make("http://[::1]:8080"), Ok("[::1]:8080".to_owned()));
        assert!(matches!(make("http://api.example.com/v1"), Err(InvalidEndpoint::NotEncrypted(_))));
        assert!(matches!(make("http://127.0.0.1.example.com"), Err(InvalidEndpoint::NotEncrypted(_))));
        for bad in ["", "api.example.com", "ftp://example.com", "https://example.com/?key=1", "https://me:secret@example.com"] {
            let error = make(bad).expect_err("it is not a base address");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[tokio::test]
    async fn the_key_goes_as_a_bearer_token_to_the_path_below_the_base() {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/v1/chat/completions"))
            .and(header("authorization", "Bearer sk-test"))
            .respond_with(ResponseTemplate::new(200).set_body_raw("hello", "Text/Plain; charset=utf-8"))
            .expect(1)
            .mount(&server)
            .await;
        let answer = endpoint(&server).post("chat/completions", &json!({}), 1000).await.expect("it answers");
        assert_eq!(answer, Answer { media_type: "text/plain".to_owned(), body: b"hello".to_vec() });
    }

    #[tokio::test]
    async fn each_status_has_its_meaning() {
        for (status, expected) in [
            (500, "away"),
            (503, "away"),
            (529, "away"),
            (408, "away"),
            (429, "throttled"),
            (400, "misused"),
            (401, "misused"),
            (404, "misused"),
            (302, "misused"),
        ] {
            let error = answer_to(ResponseTemplate::new(status), 1).await.expect_err("it is no success");
            let seen = match error {
                PortError::Unavailable { .. } => "away",
                PortError::Throttled { .. } => "throttled",
                PortError::Misused { .. } => "misused",
                _ => "other",
            };
            assert_eq!(seen, expected, "{status}");
        }
    }

    #[tokio::test]
    async fn an_empty_account_and_unsafe_content_are_not_asked_again() {
        let quota =
            json!({"error": {"message": "pay", "type": "insufficient_quota", "param": null, "code": "insufficient_quota"}});
        let error = answer_to(ResponseTemplate::new(429).insert_header("retry-after", "0").set_body_json(quota), 1).await;
        assert!(matches!(error, Err(PortError::Misused { .. })), "{error:?}");
        let filter = json!({"error": {"message": "no", "type": "invalid_request_error", "code": "content_filter"}});
        let error = answer_to(ResponseTemplate::new(400).set_body_json(filter), 1).await;
        assert!(matches!(error, Err(PortError::Rejected { .. })), "{error:?}");
    }

    #[tokio::test]
    async fn no_prose_of_the_vendor_reaches_a_message() {
        let body = json!({"detail": [{"input": "my secret document"}], "error": {"message": "my secret document", "code": "my secret document"}});
        let error = answer_to(ResponseTemplate::new(422).set_body_json(body), 1).await.expect_err("it is refused");
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[tokio::test]
    async fn a_short_wait_that_is_asked_for_is_waited() {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(429).insert_header("retry-after-ms", "5"))
            .up_to_n_times(2)
            .mount(&server)
            .await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_string("done")).mount(&server).await;
        let answer = endpoint(&server).post("ask", &json!({}), 1000).await.expect("it answers at last");
        assert_eq!(answer.body, b"done");
    }

    #[tokio::test]
    async fn waiting_has_an_end() {
        let throttled =
            answer_to(ResponseTemplate::new(429).insert_header("retry-after", "0"), u64::from(MOST_REPEATS) + 1).await;
        assert!(matches!(throttled, Err(PortError::Throttled { retry_after: Some(Duration::ZERO), .. })), "{throttled:?}");
        let long = answer_to(ResponseTemplate::new(429).insert_header("retry-after", "3600"), 1).await;
        assert!(
            matches!(long, Err(PortError::Throttled { retry_after: Some(wait), .. }) if wait == Duration::from_secs(3600)),
            "{long:?}"
        );
    }

    #[tokio::test]
    async fn an_answer_that_never_ends_is_cut_off() {
        let error = answer_to(ResponseTemplate::new(200).set_body_string("x".repeat(2000)), 1).await;
        assert!(matches!(error, Err(PortError::Unavailable { .. })), "{error:?}");
    }

    #[tokio::test]
    async fn a_server_that_is_away_or_slow_is_unavailable() {
        let nobody = Endpoint::new("x", "http://127.0.0.1:9/v1", None, Duration::from_secs(5)).expect("it is this machine");
        assert!(matches!(nobody.post("ask", &json!({}), 10).await, Err(PortError::Unavailable { .. })));
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(200).set_delay(Duration::from_secs(30)))
            .mount(&server)
            .await;
        let impatient = Endpoint::new("x", &server.uri(), None, Duration::from_millis(50)).expect("it is this machine");
        let error = impatient.post("ask", &json!({}), 10).await;
        assert!(matches!(&error, Err(PortError::Unavailable { message, .. }) if message == "the time is over"), "{error:?}");
    }
}
