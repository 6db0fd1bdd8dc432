//! The one place that speaks HTTP.
//!
//! Requests go to a fixed address, over TLS unless it is this machine, and never follow a redirect. A request is repeated only
//! where the other side asks for it with 429 or 503 and says when: by `retry-after-ms`, `retry-after`, Google's `RetryInfo` or
//! Replicate's sentence, and before any content came back: what may have cost money is never asked for twice. Everything else is
//! the state machine's to repeat, and it repeats only what is [`PortError::Unavailable`]: nothing came back.
//!
//! Failures carry the status and the vendor's code word, never its prose: some servers send the request back inside it.

mod refusal;

use crate::Secret;
use domain::ports::{PortError, RequestSigner, SignableRequest};
use refusal::Refusal;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::multipart::{self, Part};
use reqwest::{Client, Method, Request, Response, Url, redirect, retry};
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A server that does not take a connection in this time is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a request is repeated because the other side asked for it.
const MOST_REPEATS: u32 = 2;

/// A longer wait is left to the state machine.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// So much of an error is read to find its code word.
const MOST_ERROR_BYTES: usize = 64 * 1024;

/// By these headers vendors name a request, so that they can find it again: `OpenAI` and most others, Anthropic and `ElevenLabs`, AWS.
const REQUEST_IDS: [&str; 3] = ["x-request-id", "request-id", "x-amzn-requestid"];

/// An address that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// It is not an address of a server.
    #[error("`{0}` is not the base address of a server, such as `https://api.example.com/v1`")]
    NotAnAddress(String),
    /// A key or a document would travel in clear text.
    #[error("`{0}` is not encrypted: use https, http only for this machine")]
    NotEncrypted(String),
    /// A header holds what headers cannot.
    #[error("the value of the header `{0}` is not plain text")]
    NotAHeader(&'static str),
    /// The client cannot be built.
    #[error("there is no HTTP client: {0}")]
    NoClient(String),
}

/// A server and how it is spoken to.
#[derive(Debug, Clone)]
pub struct Endpoint {
    service: &'static str,
    base: Url,
    credentials: Credentials,
    headers: HeaderMap,
    client: Client,
    timeout: Duration,
    repeats_failures: bool,
}

/// A question to a server.
struct Question<'a> {
    method: Method,
    address: Url,
    /// What is asked beside the address.
    content: Content<'a>,
    /// A header of this question only.
    header: Option<(&'static str, &'a str)>,
    /// Whether the server knows who asks.
    is_signed: bool,
}

impl<'a> Question<'a> {
    fn new(method: Method, address: Url, content: Content<'a>) -> Self {
        Self { method, address, content, header: None, is_signed: true }
    }
}

/// How a server knows who asks.
#[derive(Debug, Clone)]
enum Credentials {
    None,
    Bearer(Secret),
    Header(&'static str, Secret),
    /// By a signature of each request for a service of AWS, with the rights of the function.
    Signature(&'static str, Arc<dyn RequestSigner>),
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The media type, in lower case, without parameters; empty where none was given.
    pub media_type: String,
    /// The content.
    pub body: Vec<u8>,
    /// By what name the vendor finds this request again.
    pub request_id: Option<String>,
    headers: HeaderMap,
}

/// A form with a file, which goes last, as the field `file`.
#[derive(Debug)]
pub(crate) struct Form {
    /// The other fields, by name and value.
    pub(crate) fields: Vec<(&'static str, String)>,
    /// The name of the file, whose ending says what it is.
    pub(crate) file_name: &'static str,
    /// Its media type.
    pub(crate) media_type: &'static str,
    /// Its content.
    pub(crate) file: Vec<u8>,
}

impl Form {
    fn encode(&self) -> Result<multipart::Form, reqwest::Error> {
        let file = Part::bytes(self.file.clone()).file_name(self.file_name).mime_str(self.media_type)?;
        let fields = self.fields.iter().fold(multipart::Form::new(), |form, (name, value)| form.text(*name, value.clone()));
        Ok(fields.part("file", file))
    }
}

/// What a request carries.
#[derive(Debug, Clone, Copy)]
enum Content<'a> {
    Nothing,
    Json(&'a Value),
    Form(&'a Form),
}

impl Answer {
    /// A header that is a whole number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.headers.get(name)?.to_str().ok()?.trim().parse().ok()
    }
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
        let credentials = key.map_or(Credentials::None, Credentials::Bearer);
        Ok(Self { service, base, credentials, headers: HeaderMap::new(), client, timeout, repeats_failures: true })
    }

    /// Sends the key in a header of its own instead of as a bearer token.
    #[must_use]
    pub fn key_in_header(mut self, name: &'static str) -> Self {
        if let Credentials::Bearer(key) = self.credentials {
            self.credentials = Credentials::Header(name, key);
        }
        self
    }

    /// Signs every request for a service of AWS, such as `bedrock`.
    #[must_use]
    pub fn signed(mut self, aws_service: &'static str, signer: Arc<dyn RequestSigner>) -> Self {
        self.credentials = Credentials::Signature(aws_service, signer);
        self
    }

    /// Repeats only what was throttled: what failed may have cost money all the same, and the vendor knows nothing of repeats. Such a
    /// failure counts as an unusable answer.
    #[must_use]
    pub(crate) fn repeating_no_failures(mut self) -> Self {
        self.repeats_failures = false;
        self
    }

    /// Sends a header with every request.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Result<Self, InvalidEndpoint> {
        let value = HeaderValue::from_str(value).map_err(|_| InvalidEndpoint::NotAHeader(name))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
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

    /// The time for one question with all its repeats.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends a question and reads at most so many bytes of the answer.
    pub async fn post(&self, path: &str, question: &Value, most_bytes: usize) -> Result<Answer, PortError> {
        self.post_to(&path.split('/').collect::<Vec<_>>(), &[], question, most_bytes).await
    }

    /// Sends a question to a path whose segments may hold anything, with a query.
    pub(crate) async fn post_to(
        &self,
        path: &[impl AsRef<str>],
        query: &[(&str, &str)],
        question: &Value,
        most_bytes: usize,
    ) -> Result<Answer, PortError> {
        self.exchange(Question::new(Method::POST, self.address(path, query), Content::Json(question)), most_bytes).await
    }

    /// Sends a question with a header that is its own.
    pub(crate) async fn post_with(
        &self,
        path: &[&str],
        header: (&'static str, &str),
        question: &Value,
        most_bytes: usize,
    ) -> Result<Answer, PortError> {
        let question = Question::new(Method::POST, self.address(path, &[]), Content::Json(question));
        self.exchange(Question { header: Some(header), ..question }, most_bytes).await
    }

    /// Sends a question that says all by its path.
    pub(crate) async fn post_nothing(&self, path: &[&str], most_bytes: usize) -> Result<Answer, PortError> {
        self.exchange(Question::new(Method::POST, self.address(path, &[]), Content::Nothing), most_bytes).await
    }

    /// Sends a form.
    pub(crate) async fn post_form(&self, path: &str, form: &Form, most_bytes: usize) -> Result<Answer, PortError> {
        let address = self.address(&path.split('/').collect::<Vec<_>>(), &[]);
        self.exchange(Question::new(Method::POST, address, Content::Form(form)), most_bytes).await
    }

    /// Asks for what stands at a path.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)], most_bytes: usize) -> Result<Answer, PortError> {
        self.get_from(&path.split('/').collect::<Vec<_>>(), query, most_bytes).await
    }

    /// Asks for what stands at a path whose segments may hold anything.
    pub(crate) async fn get_from(&self, path: &[&str], query: &[(&str, &str)], most_bytes: usize) -> Result<Answer, PortError> {
        self.exchange(Question::new(Method::GET, self.address(path, query), Content::Nothing), most_bytes).await
    }

    /// Fetches a file that an answer names: from the server itself, or over TLS and without the key from one of the domains in which
    /// the vendor keeps files, such as `replicate.delivery`. No other host is ever asked, whatever an answer names.
    pub(crate) async fn fetch(&self, address: &str, domains: &[&str], most_bytes: usize) -> Result<Answer, PortError> {
        let refused = || self.unusable("the answer names a file that is not where the vendor keeps files");
        // Some servers name their own files without themselves.
        let address = self.base.join(address).map_err(|_| refused())?;
        let is_own = address.origin() == self.base.origin();
        let is_bare = address.username().is_empty() && address.password().is_none();
        if !is_bare || !(is_own || is_kept_in(&address, domains)) {
            return Err(refused());
        }
        let question = Question::new(Method::GET, address, Content::Nothing);
        self.exchange(Question { is_signed: is_own, ..question }, most_bytes).await
    }

    /// Sends a request, again where the other side asks for that, and reads the answer.
    async fn exchange(&self, question: Question<'_>, most_bytes: usize) -> Result<Answer, PortError> {
        let deadline = Instant::now() + self.timeout;
        let mut repeats = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let response = self.send(&question, left).await?;
            let request_id = request_id(response.headers());
            if response.status().is_success() {
                let (media_type, headers) = (media_type(response.headers()), response.headers().clone());
                let body = self.read(response, most_bytes).await?;
                return Ok(Answer { media_type, body, request_id, headers });
            }
            let refusal = self.refusal(response).await;
            let fits = |wait: &Duration| *wait <= LONGEST_WAIT && Instant::now() + *wait < deadline;
            let wait = refusal.asked_wait.filter(fits).filter(|_| repeats < MOST_REPEATS);
            tracing::info!(
                service = self.service,
                request_id,
                refused = %refusal.error,
                wait_ms = wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
                "the request was refused"
            );
            let Some(wait) = wait else { return Err(refusal.error) };
            repeats += 1;
            tokio::time::sleep(wait).await;
        }
    }

    fn address(&self, path: &[impl AsRef<str>], query: &[(&str, &str)]) -> Url {
        let mut address = self.base.clone();
        if let Ok(mut segments) = address.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        address
    }

    async fn send(&self, question: &Question<'_>, timeout: Duration) -> Result<Response, PortError> {
        let unmade = || self.away("the request could not be made".to_owned());
        let request = self.client.request(question.method.clone(), question.address.clone());
        let mut request = request.timeout(timeout).headers(self.headers.clone());
        if let Some((name, value)) = question.header {
            request = request.header(name, value);
        }
        let request = match question.content {
            Content::Nothing => request,
            Content::Json(question) => request.json(question),
            Content::Form(form) => request.multipart(form.encode().map_err(|_| unmade())?),
        };
        let request = match &self.credentials {
            Credentials::Bearer(key) if question.is_signed => request.bearer_auth(key.reveal()),
            Credentials::Header(name, key) if question.is_signed => request.header(*name, hidden(key)),
            _ => request,
        };
        let mut request = request.build().map_err(|_| unmade())?;
        if let Credentials::Signature(aws_service, signer) = &self.credentials
            && question.is_signed
        {
            self.sign(aws_service, signer.as_ref(), &mut request).await?;
        }
        self.client.execute(request).await.map_err(|error| {
            let what = cause(&error);
            if error.is_connect() || self.repeats_failures { self.away(what.to_owned()) } else { self.unusable(what) }
        })
    }

    async fn sign(&self, aws_service: &'static str, signer: &dyn RequestSigner, request: &mut Request) -> Result<(), PortError> {
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        let to_sign =
            SignableRequest { service: aws_service, method: request.method().as_str(), url: request.url().as_str(), body };
        for (name, value) in signer.sign(to_sign).await? {
            let header = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
            let (name, value) = header.ok_or_else(|| self.away("the signature is no header".to_owned()))?;
            request.headers_mut().insert(name, value);
        }
        Ok(())
    }

    async fn read(&self, mut response: Response, most_bytes: usize) -> Result<Vec<u8>, PortError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unusable(cause(&error)))? {
            if body.len() + chunk.len() > most_bytes {
                return Err(self.unusable(format!("the answer is longer than {most_bytes} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Turns an answer that is not a success into our words.
    async fn refusal(&self, response: Response) -> Refusal {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.read(response, MOST_ERROR_BYTES).await.unwrap_or_default();
        let refusal = Refusal::of(self.service, status, &headers, &body);
        match refusal.error {
            PortError::Unavailable { service, message } if !self.repeats_failures => {
                Refusal { error: PortError::unusable(service, message), asked_wait: None }
            }
            _ => refusal,
        }
    }

    fn away(&self, message: String) -> PortError {
        PortError::Unavailable { service: self.service, message }
    }

    fn unusable(&self, message: impl Into<String>) -> PortError {
        PortError::unusable(self.service, message)
    }
}

/// What went wrong on the way. The address stays out of it: it may hold a key of an operator's gateway.
fn cause(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "the time is over"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke off"
    }
}

/// A key as a header that does not print.
fn hidden(key: &Secret) -> HeaderValue {
    let mut value = HeaderValue::from_str(key.reveal()).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// Whether a file lies in one of these domains, at the usual port.
fn is_kept_in(address: &Url, domains: &[&str]) -> bool {
    let is_in = |host: &str, domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    let host = address.domain().unwrap_or_default();
    address.scheme() == "https" && address.port().is_none() && domains.iter().any(|domain| is_in(host, domain))
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

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_IDS.iter().find_map(|name| headers.get(*name)?.to_str().ok()).map(|id| id.chars().take(128).collect())
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
        assert_eq!((answer.media_type.as_str(), answer.body.as_slice()), ("text/plain", b"hello".as_slice()));
    }

    #[tokio::test]
    async fn nothing_in_a_path_leads_elsewhere() {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
        let endpoint = endpoint(&server);
        for (segment, expected) in
            [("a/b?c#d", "/v1/speak/a%2Fb%3Fc%23d"), ("..", "/v1/speak"), ("é%2e", "/v1/speak/%C3%A9%252e")]
        {
            endpoint.post_to(&["speak", segment], &[("format", "a&b")], &json!({}), 10).await.expect("it answers");
            let request = server.received_requests().await.expect("they are recorded").pop().expect("one");
            assert_eq!((request.url.path(), request.url.query()), (expected, Some("format=a%26b")));
        }
    }

    #[tokio::test]
    async fn the_vendor_s_name_for_a_request_is_kept() {
        for (header, value) in [("x-request-id", "r1"), ("request-id", "r2"), ("x-amzn-requestid", "r3")] {
            let answer = answer_to(ResponseTemplate::new(200).insert_header(header, value), 1).await.expect("it answers");
            assert_eq!(answer.request_id.as_deref(), Some(value));
        }
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
    async fn what_failed_may_have_cost_money_and_is_not_repeated_where_that_is_said() {
        for (status, expected_calls) in [(503, 1), (429, 3)] {
            let server = MockServer::start().await;
            let template = ResponseTemplate::new(status).insert_header("retry-after", "0");
            Mock::given(method("POST")).respond_with(template).expect(expected_calls).mount(&server).await;
            let endpoint = endpoint(&server).repeating_no_failures();
            let error = endpoint.post("ask", &json!({}), 1000).await.expect_err("it is refused");
            assert!(matches!(error, PortError::Unusable { .. } | PortError::Throttled { .. }), "{error}");
        }
    }

    #[tokio::test]
    async fn files_come_from_where_the_vendor_keeps_them_and_the_key_stays_here() {
        let server = MockServer::start().await;
        Mock::given(method("GET")).and(path("/files/a.png")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
        let endpoint = endpoint(&server);
        for own in [format!("{}/files/a.png", server.uri()), "/files/a.png".to_owned()] {
            endpoint.fetch(&own, &[], 10).await.expect("it is the server itself");
            let asked = server.received_requests().await.expect("they are recorded").pop().expect("one");
            assert_eq!(asked.headers["authorization"].to_str().ok(), Some("Bearer sk-test"));
        }
        let other = MockServer::start().await;
        for foreign in [
            format!("{}/a.png", other.uri()),
            "https://example.com/a.png".to_owned(),
            "https://replicate.delivery.example.com/a.png".to_owned(),
            "https://fakereplicate.delivery/a.png".to_owned(),
            "http://a.replicate.delivery/a.png".to_owned(),
            "https://a.replicate.delivery:8443/a.png".to_owned(),
            "https://me@a.replicate.delivery/a.png".to_owned(),
            "https://169.254.169.254/latest/meta-data".to_owned(),
            "file:///etc/passwd".to_owned(),
            "data:image/png;base64,AAAA".to_owned(),
        ] {
            let error = endpoint.fetch(&foreign, &["replicate.delivery"], 10).await.expect_err("it is refused");
            assert!(error.to_string().contains("where the vendor keeps files"), "{foreign}: {error}");
        }
        assert!(other.received_requests().await.expect("they are recorded").is_empty());
        let kept = |address: &str| is_kept_in(&Url::parse(address).expect("an address"), &["replicate.delivery"]);
        assert!(kept("https://replicate.delivery/a.png") && kept("https://pbxt.replicate.delivery/b/a.png"));
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
        assert!(matches!(error, Err(PortError::Unusable { .. })), "{error:?}");
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
