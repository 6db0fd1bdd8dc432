//! What a server that refuses says, in our words, whatever shape the vendor gives it.

use domain::ports::PortError;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;
use std::time::Duration;

/// Words by which vendors say that there is no money left. To ask again is no use, whatever the status.
const NO_QUOTA: [&str; 6] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
    "enforced_spend_limit_reached",
    "quota_exceeded",
];

/// Words by which vendors say that they do not want this content.
const UNSAFE_CONTENT: [&str; 4] = ["content_filter", "content_policy_violation", "moderation_blocked", "safety"];

/// Words by which AWS asks to slow down with a status of 400
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).
const THROTTLING: [&str; 4] = ["ThrottlingException", "Throttling", "TooManyRequestsException", "LimitExceededException"];

/// Words of AWS for what passes by itself though its status does not say so: a model that broke off (424).
const PASSING: [&str; 1] = ["ModelErrorException"];

/// A longer wait than a day is a mistake.
const LONGEST: f64 = 86_400.0;

/// A refusal.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: PortError,
    /// How long the other side asks us to wait before we ask again; none where it does not want to be asked again.
    pub(super) asked_wait: Option<Duration>,
}

impl Refusal {
    /// Reads a refusal.
    pub(super) fn of(service: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        // While it streams, Gemini wraps its error in an array of one.
        let body = body.get(0).unwrap_or(&body);
        let words = code_words(headers, body);
        let retry_after = retry_after(headers).or_else(|| wait_in_body(body));
        let wants_repeat = headers.get("x-should-retry").and_then(|value| value.to_str().ok()).map(|value| value == "true");
        let mut parts = vec![format!("status {}", status.as_u16())];
        parts.extend(words.iter().cloned());
        let message = parts.join(", ");
        let says = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
        let error = match status {
            _ if says(&NO_QUOTA) => PortError::Misused { service, message },
            _ if says(&UNSAFE_CONTENT) => PortError::Rejected { service, message },
            StatusCode::TOO_MANY_REQUESTS => PortError::Throttled { service, retry_after },
            _ if says(&THROTTLING) => PortError::Throttled { service, retry_after },
            _ if wants_repeat == Some(false) => PortError::Misused { service, message },
            _ if wants_repeat == Some(true) || is_passing(status) || says(&PASSING) => {
                PortError::Unavailable { service, message }
            }
            _ => PortError::Misused { service, message },
        };
        let may_ask = match &error {
            PortError::Throttled { .. } => true,
            PortError::Unavailable { .. } => status == StatusCode::SERVICE_UNAVAILABLE,
            _ => false,
        };
        Self { error, asked_wait: retry_after.filter(|_| may_ask) }
    }
}

/// 408, 409, 425 and the five hundreds pass by themselves; 529 is how some say that they are overloaded.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 409 | 425 | 500 | 502 | 503 | 504 | 529)
}

/// `retry-after-ms`, else `retry-after` in seconds or as a date, which counts from the other side's own `date`: clocks differ.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    let date = |name: &str| rfc2822::parse(text(name)?).ok().map(|date| date.timestamp());
    let until = || Some(date(RETRY_AFTER.as_str())?.duration_since(date(DATE.as_str())?).as_secs_f64());
    let milliseconds = number("retry-after-ms").map(|ms| ms / 1000.0);
    milliseconds.or_else(|| number(RETRY_AFTER.as_str())).or_else(until).and_then(seconds)
}

/// Google's `RetryInfo` (`"retryDelay": "37s"`) and Replicate's `Your rate limit resets in ~30s.`
fn wait_in_body(body: &Value) -> Option<Duration> {
    let details = body.pointer("/error/details").and_then(Value::as_array);
    let delay = details.and_then(|details| details.iter().find_map(|detail| detail.get("retryDelay")?.as_str()));
    let sentence = body.get("detail").and_then(Value::as_str).and_then(|text| text.split_once("resets in ~"));
    let text = delay.or(sentence.map(|(_, rest)| rest.trim_end_matches('.')))?;
    seconds(text.strip_suffix('s')?.parse().ok()?)
}

fn seconds(number: f64) -> Option<Duration> {
    (number.is_finite() && number >= 0.0).then(|| Duration::from_secs_f64(number.min(LONGEST)))
}

/// The code words of an error in any of the vendors' shapes: `error.code`, `.type` and `.status` (`OpenAI`, Anthropic, Google),
/// `error.details` (Anthropic, Google), `detail.status` (`ElevenLabs`), `__type` and a header (AWS). Only what is a word counts.
fn code_words(headers: &HeaderMap, body: &Value) -> Vec<String> {
    let error = body.get("error").filter(|error| error.is_object()).unwrap_or(body);
    let details = error.get("details");
    let reasons = details.and_then(Value::as_array).into_iter().flatten().filter_map(|detail| detail.get("reason"));
    let places = [
        error.get("code"),
        error.get("type"),
        error.get("status"),
        details.and_then(|details| details.get("error_code")),
        body.pointer("/detail/status"),
        body.pointer("/detail/code"),
        body.get("__type"),
    ];
    let aws = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    let mut words: Vec<String> = Vec::new();
    for word in places.into_iter().flatten().chain(reasons).filter_map(Value::as_str).chain(aws) {
        // `com.amazonaws.polly#ThrottlingException:http://...`
        let word = word.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default();
        if is_word(word) && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

fn is_word(word: &str) -> bool {
    (1..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};
    use serde_json::json;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    /// In one line: what it means, its code words, and how long to wait.
    fn read(status: u16, list: &[(&'static str, &'static str)], body: &Value) -> String {
        let status = StatusCode::from_u16(status).expect("a status");
        let refusal = Refusal::of("it", status, &headers(list), body.to_string().as_bytes());
        let wait = refusal.asked_wait.map(|wait| format!("; wait {} ms", wait.as_millis())).unwrap_or_default();
        format!("{}{wait}", refusal.error)
    }

    #[test]
    fn every_vendor_s_shape_is_understood() {
        let openai =
            |code: &str| json!({"error": {"message": "prose", "type": "invalid_request_error", "param": null, "code": code}});
        let anthropic = |kind: &str| json!({"type": "error", "error": {"type": kind, "message": "prose"}, "request_id": "req_1"});
        let google = json!({"error": {"code": 429, "message": "prose", "status": "RESOURCE_EXHAUSTED", "details": [
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3.5s"}]}});
        let google_key =
            json!([{"error": {"code": 400, "status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}]);
        let spent = json!({"type": "error", "error": {"type": "rate_limit_error", "details": {"error_code": "enforced_spend_limit_reached"}}});
        for (status, list, body, expected) in [
            (429, vec![("retry-after", "2")], openai("rate_limit_exceeded"), "it asks to slow down; wait 2000 ms"),
            (
                429,
                vec![("retry-after", "2")],
                openai("insufficient_quota"),
                "it does not accept the request: status 429, insufficient_quota, invalid_request_error",
            ),
            (400, vec![], openai("content_filter"), "it refuses the content: status 400, content_filter, invalid_request_error"),
            (529, vec![], anthropic("overloaded_error"), "it does not answer: status 529, overloaded_error"),
            (429, vec![], spent, "it does not accept the request: status 429, rate_limit_error, enforced_spend_limit_reached"),
            (429, vec![], google, "it asks to slow down; wait 3500 ms"),
            (400, vec![], google_key, "it does not accept the request: status 400, INVALID_ARGUMENT, API_KEY_INVALID"),
            (404, vec![], json!({"error": "model 'x' not found"}), "it does not accept the request: status 404"),
            (
                401,
                vec![],
                json!({"detail": {"status": "quota_exceeded", "message": "prose"}}),
                "it does not accept the request: status 401, quota_exceeded",
            ),
            (422, vec![], json!({"detail": [{"msg": "prose"}]}), "it does not accept the request: status 422"),
            (
                429,
                vec![],
                json!({"detail": "Request was throttled. Your rate limit resets in ~30s."}),
                "it asks to slow down; wait 30000 ms",
            ),
            (
                400,
                vec![("x-amzn-errortype", "ThrottlingException:http://internal.amazon.com/coral/")],
                json!({"message": "prose"}),
                "it asks to slow down",
            ),
            (
                424,
                vec![],
                json!({"__type": "com.amazonaws.bedrock#ModelErrorException"}),
                "it does not answer: status 424, ModelErrorException",
            ),
            (
                400,
                vec![],
                json!({"__type": "TextLengthExceededException"}),
                "it does not accept the request: status 400, TextLengthExceededException",
            ),
            (500, vec![("x-should-retry", "false")], json!(null), "it does not accept the request: status 500"),
            (400, vec![("x-should-retry", "true")], json!(null), "it does not answer: status 400"),
            (
                503,
                vec![("retry-after-ms", "250"), ("retry-after", "9")],
                json!(null),
                "it does not answer: status 503; wait 250 ms",
            ),
            (500, vec![("retry-after", "1")], json!(null), "it does not answer: status 500"),
        ] {
            assert_eq!(read(status, &list, &body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_date_counts_from_the_other_side_s_clock() {
        let list = [("date", "Thu, 26 Nov 2026 10:00:00 GMT"), ("retry-after", "Thu, 26 Nov 2026 10:00:07 GMT")];
        assert_eq!(retry_after(&headers(&list)), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&headers(&list[1..])), None);
        let past = [("date", "Thu, 26 Nov 2026 10:00:00 GMT"), ("retry-after", "Thu, 26 Nov 2026 09:00:00 GMT")];
        assert_eq!(retry_after(&headers(&past)), None);
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")])), None);
    }
}
