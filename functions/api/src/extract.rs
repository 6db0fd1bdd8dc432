//! What is read from a request beside its caller. What cannot be read is a problem like any other.

use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use domain::{Code, JobId};
use serde::de::DeserializeOwned;

/// The most bytes of a request: the longest text we take, with room for the escapes of JSON, or the files of a brand in base64. A
/// function is given at most 6 MB: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub(crate) const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// The job in the path. A malformed id names no job.
pub(crate) struct JobPath(pub(crate) JobId);

impl<S: Send + Sync> FromRequestParts<S> for JobPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Problem::no_such_job())?;
        JobId::new(id).map(Self).map_err(|_| Problem::no_such_job())
    }
}

/// The job in the path, and a number: of a scene or of a version. What is malformed names nothing.
pub(crate) struct NumberedPath(pub(crate) JobId, pub(crate) u32);

impl<S: Send + Sync> FromRequestParts<S> for NumberedPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, u32)>::from_request_parts(parts, state).await;
        let Path((id, number)) = path.map_err(|_| Problem::new(Code::NotFound, "the address names no number"))?;
        JobId::new(id).map(|id| Self(id, number)).map_err(|_| Problem::no_such_job())
    }
}

/// The parameters behind the question mark.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(parameters) =
            Query::from_request_parts(parts, state).await.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
        Ok(Self(parameters))
    }
}

/// A body in JSON, whatever media type it says it has.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Problem::new(Code::TooLarge, format!("the request holds more than {MAX_BODY_BYTES} bytes"))
            }
            _ => Problem::invalid("the body cannot be read"),
        })?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Problem::invalid(format!("the body is not as documented: {error}")))
    }
}
