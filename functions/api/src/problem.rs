//! What goes wrong, as a problem (RFC 9457). A handler says what; [`crate::observe`] writes it down with the request's address.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::ports::PortError;
use domain::{Code, Failure};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// How long to wait before asking again, in seconds, where nobody said.
const SHORT_WHILE: u64 = 2;

/// An answer that is not what was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) status: StatusCode,
    pub(crate) detail: String,
    /// What really happened, for the log only.
    pub(crate) cause: Option<String>,
    retry_after: Option<u64>,
}

pub(crate) type Answer<T> = Result<T, Problem>;

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { code, status, detail: detail.into(), cause: None, retry_after: None }
    }

    /// A request that does not have the documented form.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, detail)
    }

    /// No such job, or another's: nobody can tell which.
    pub(crate) fn no_such_job() -> Self {
        Self::new(Code::NotFound, "there is no such job")
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    fn because(self, cause: &PortError) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        match &error {
            PortError::NotFound { .. } => Self::new(Code::NotFound, "there is no such thing, or not any more").because(&error),
            PortError::Transition(refused) => Self::new(Code::Conflict, refused.to_string()),
            PortError::Throttled { retry_after, .. } => {
                let seconds = retry_after.map_or(SHORT_WHILE, |wait| wait.as_secs().max(1));
                Self::new(Code::RateLimited, "too many requests at once").retry_after(seconds).because(&error)
            }
            PortError::Unavailable { .. } | PortError::Unusable { .. } => {
                Self::new(Code::DependencyUnavailable, "a service we depend on does not answer")
                    .retry_after(SHORT_WHILE)
                    .because(&error)
            }
            PortError::Rejected { .. } | PortError::Misused { .. } | PortError::OverBudget { .. } => {
                Self::new(Code::Internal, "the request could not be carried out").because(&error)
            }
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::new(failure.code, failure.message)
    }
}

impl IntoResponse for Problem {
    /// Carries the problem in the extensions of an answer without a body.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem as it is sent (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDetails {
    /// A stable name of the kind of problem: `urn:lectern:error:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:lectern:error:NOT_FOUND")]
    kind: String,
    /// The kind of problem in words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What happened this time.
    detail: String,
    /// The stable code.
    #[schema(value_type = crate::schema::ErrorCode)]
    code: Code,
    /// What to do now.
    advice: &'static str,
    /// The address that was asked for.
    instance: String,
    /// Names this request in the logs.
    correlation_id: String,
}

impl ProblemDetails {
    pub(crate) fn new(problem: &Problem, instance: &str, correlation_id: &str) -> Self {
        Self {
            kind: format!("urn:lectern:error:{}", problem.code),
            title: title(problem.code),
            status: problem.status.as_u16(),
            detail: problem.detail.clone(),
            code: problem.code,
            advice: problem.code.advice(),
            instance: instance.to_owned(),
            correlation_id: correlation_id.to_owned(),
        }
    }
}

/// `NOT_FOUND` as `Not found`.
fn title(code: Code) -> String {
    let words = code.word().replace('_', " ").to_lowercase();
    let (first, rest) = words.split_at(1);
    first.to_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_title_and_a_status() {
        assert_eq!(title(Code::NotFound), "Not found");
        for code in Code::ALL {
            assert_eq!(Problem::new(*code, "x").status.as_u16(), code.http_status());
        }
    }

    #[test]
    fn what_others_said_stays_in_the_log() {
        let secret = || "table arn:aws:dynamodb:x".to_owned();
        for error in [
            PortError::Unavailable { service: "DynamoDB", message: secret() },
            PortError::Misused { service: "DynamoDB", message: secret() },
            PortError::NotFound { what: secret() },
        ] {
            let problem = Problem::from(error);
            assert!(!problem.detail.contains("arn"), "{}", problem.detail);
            assert!(problem.cause.is_some_and(|cause| cause.contains("arn")));
        }
    }
}
