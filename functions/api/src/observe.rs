//! What every answer carries, and the one line in the log that every request leaves.

use crate::problem::{self, Problem, ProblemDetails};
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::JobId;
use lambda_http::request::RequestContext;
use std::time::Instant;

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// Answers a request and logs it: method, route, status, time and job. Never a body, a token, a name or an address.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let seen = Seen::of(&request);
    let mut response = next.run(request).await;
    let problem = response.extensions().get::<Problem>().cloned();
    if let Some(problem) = &problem {
        write(problem, &seen, &mut response);
    }
    protect(&mut response, &seen.correlation_id);
    seen.log(&response, problem.as_ref(), started);
    response
}

/// What is kept of a request while it is answered.
struct Seen {
    method: Method,
    route: String,
    path: String,
    correlation_id: String,
}

impl Seen {
    fn of(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
        Self {
            method: request.method().clone(),
            route: route.to_owned(),
            path: request.uri().path().to_owned(),
            correlation_id: correlation_id(request),
        }
    }

    fn log(&self, response: &Response, problem: Option<&Problem>, started: Instant) {
        let status = response.status().as_u16();
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let job = self.job(response);
        let code = problem.map(|problem| problem.code.word());
        let cause = problem.and_then(|problem| problem.cause.as_deref());
        let (method, route, request) = (self.method.as_str(), self.route.as_str(), self.correlation_id.as_str());
        if status >= 500 {
            tracing::error!(stage = "api", method, route, status, duration_ms, job, request, code, cause, "answered");
        } else {
            tracing::info!(stage = "api", method, route, status, duration_ms, job, request, code, "answered");
        }
    }

    /// The job a request is about: named in its path, or made by it.
    fn job(&self, response: &Response) -> Option<String> {
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let made = location.and_then(|location| location.strip_prefix("/v1/jobs/"));
        let named = self.path.strip_prefix("/v1/jobs/").and_then(|rest| rest.split('/').next());
        named.or(made).and_then(|id| JobId::new(id).ok()).map(String::from)
    }
}

/// The id under which API Gateway logs the request, or one of our own.
fn correlation_id(request: &Request) -> String {
    match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) if context.request_id.is_some() => {
            context.request_id.clone().unwrap_or_default()
        }
        _ => uuid::Uuid::now_v7().simple().to_string(),
    }
}

fn write(problem: &Problem, seen: &Seen, response: &mut Response) {
    let details = ProblemDetails::new(problem, &seen.path, &seen.correlation_id);
    *response.body_mut() = Body::from(serde_json::to_vec(&details).expect("a problem has a JSON form"));
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(problem::MEDIA_TYPE));
    if problem.code == domain::Code::Unauthorized {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

/// Keeps answers out of shared caches and away from guessing browsers.
fn protect(response: &mut Response, correlation_id: &str) {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    if let Ok(id) = HeaderValue::from_str(correlation_id) {
        headers.insert(CORRELATION_ID, id);
    }
}
