//! What vendors tell us by themselves: that work we wait for has ended.

use crate::extract::Parameters;
use crate::problem::{Answer, Problem};
use crate::{Api, Ports};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::ports::{PortError, Secrets, Tickets};
use domain::{Code, ContentHash, JobId};
use providers::Secret;
use providers::image::webhook::{Delivery, KEY_REFERENCE};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which work it is about, as we wrote it into the address.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Errand {
    /// The job that waits.
    job: String,
    /// The address of what was asked for.
    asked: String,
}

/// Takes word from Replicate that a prediction has ended.
///
/// Needs no token: a delivery is believed by its signature, of the last five minutes. What is told twice, or about work that nobody
/// waits for any more, changes nothing.
#[utoipa::path(
    post,
    path = "/v1/webhooks/replicate",
    operation_id = "take_replicate_webhook",
    security(()),
    params(
        Errand,
        ("webhook-id" = String, Header, description = "The id of the delivery."),
        ("webhook-timestamp" = String, Header, description = "When it was signed, in seconds since 1970."),
        ("webhook-signature" = String, Header, description = "`v1,` and the signature in base64; several of them separated by blanks."),
    ),
    request_body(content = serde_json::Value, description = "The prediction, as Replicate describes it"),
    responses((status = 204, description = "It was taken note of"))
)]
pub(crate) async fn take_replicate_webhook<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Parameters(Errand { job, asked }): Parameters<Errand>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<StatusCode> {
    let nobody = || Problem::new(Code::NotFound, "no webhooks are expected here");
    if !api.expects_webhooks {
        return Err(nobody());
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let delivery = Delivery {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: &body,
    };
    let key = match api.secrets.secret(KEY_REFERENCE).await {
        Ok(key) => Secret::new(key),
        Err(PortError::NotFound { .. }) => return Err(nobody()),
        Err(error) => return Err(error.into()),
    };
    delivery.check(&key, (api.now)()).map_err(|invalid| Problem::new(Code::Unauthorized, invalid.to_string()))?;
    let (job, asked) = JobId::new(job).ok().zip(ContentHash::parse(&asked)).ok_or_else(Problem::no_such_job)?;
    let Some((id, end)) = delivery.end() else { return Ok(StatusCode::NO_CONTENT) };
    let is_awaited = api.tickets.note_end(&job, &asked, &id, &end).await?;
    tracing::info!(stage = "api", job = job.as_str(), request_id = id, is_awaited, "a prediction has ended");
    Ok(StatusCode::NO_CONTENT)
}
