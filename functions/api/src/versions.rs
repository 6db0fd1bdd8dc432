//! The versions of a job: which there are, and which one a request means.

use crate::caller::Caller;
use crate::extract::JobPath;
use crate::jobs::owned_job;
use crate::problem::{Answer, Problem};
use crate::version_view::VersionsView;
use crate::{Api, Ports};
use axum::Json;
use axum::extract::State;
use domain::ports::JobStore;
use domain::{Code, Job, JobId, OwnerId};
use std::sync::Arc;

/// Lists the versions of a job, newest first.
///
/// Each edit, each scene that was asked for anew, each choice of other options and each restored version is a version of its
/// own. Each says what it changed, and its script, video and captions can be read with `version`.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/versions",
    operation_id = "list_versions",
    params(("id" = String, Path)),
    responses((status = 200, description = "The versions", body = VersionsView))
)]
pub(crate) async fn list_versions<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
) -> Answer<Json<VersionsView>> {
    let newest = owned_job(&api.jobs, &owner, &id).await?;
    let former = api.jobs.former_versions(&id).await?;
    Ok(Json(VersionsView::new(&newest, &former)))
}

/// Reads a version of a job of this owner: the newest, or the one that is named.
pub(crate) async fn owned_version(jobs: &impl JobStore, owner: &OwnerId, id: &JobId, version: Option<u32>) -> Answer<Job> {
    let newest = owned_job(jobs, owner, id).await?;
    match version {
        Some(version) if version != newest.version => {
            let former = jobs.former_versions(id).await?;
            let found = former.into_iter().find(|former| former.version == version);
            found.ok_or_else(|| Problem::new(Code::NotFound, format!("the job has no version {version}")))
        }
        _ => Ok(newest),
    }
}
