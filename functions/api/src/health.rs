//! `GET /v1/health`: whether what the API needs can be reached, and how the providers are.

use crate::providers::{self, ProviderStatus};
use crate::schema;
use crate::{Api, Ports};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ports::{AssetStore, JobStore, PortError};
use domain::{AssetKey, Capability, JobId, OwnerId};
use serde::Serialize;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// How long a check may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// How the API is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    status: HealthStatus,
    checks: Checks,
    /// For each capability in the order in which they are tried.
    providers: Vec<ProviderHealth>,
}

/// How a provider is.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderHealth {
    #[schema(value_type = schema::Capability)]
    capability: Capability,
    /// What it is called.
    name: String,
    status: ProviderStatus,
}

/// What was looked at.
#[derive(Debug, Serialize, ToSchema)]
struct Checks {
    /// The table of jobs.
    table: HealthStatus,
    /// The store of what was made.
    media: HealthStatus,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HealthStatus {
    Healthy,
    /// It works, with another provider than the preferred one.
    Degraded,
    Unhealthy,
}

/// Tells whether the API can do its work, and how the providers are. Needs no token.
#[utoipa::path(
    get,
    path = "/v1/health",
    operation_id = "get_health",
    security(()),
    responses(
        (status = 200, description = "It can", body = Health),
        (status = 503, description = "Something it needs cannot be reached", body = Health),
    )
)]
pub(crate) async fn get_health<P: Ports>(State(api): State<Arc<Api<P>>>) -> (StatusCode, Json<Health>) {
    let job = JobId::new("health").expect("a word is an id");
    let asset = AssetKey::Document(OwnerId::new("health").expect("a word is an id"), job.clone());
    let (table, media, seen) =
        tokio::join!(check("table", api.jobs.load(&job)), check("media", api.assets.exists(&asset)), providers::look(&api));
    let providers: Vec<ProviderHealth> = seen
        .into_iter()
        .map(|seen| ProviderHealth { capability: seen.capability, name: seen.name, status: seen.status })
        .collect();
    let is_reached = [table, media].iter().all(|check| *check == HealthStatus::Healthy);
    let (code, status) = if !is_reached {
        (StatusCode::SERVICE_UNAVAILABLE, HealthStatus::Unhealthy)
    } else if providers.iter().any(|provider| provider.status != ProviderStatus::Healthy) {
        (StatusCode::OK, HealthStatus::Degraded)
    } else {
        (StatusCode::OK, HealthStatus::Healthy)
    };
    (code, Json(Health { status, checks: Checks { table, media }, providers }))
}

/// Whoever says that there is no such thing is well.
async fn check<T>(what: &str, question: impl Future<Output = Result<T, PortError>>) -> HealthStatus {
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(Ok(_) | Err(PortError::NotFound { .. })) => HealthStatus::Healthy,
        Ok(Err(error)) => {
            tracing::warn!(check = what, %error, "unhealthy");
            HealthStatus::Unhealthy
        }
        Err(_) => {
            tracing::warn!(check = what, "no answer in time");
            HealthStatus::Unhealthy
        }
    }
}
