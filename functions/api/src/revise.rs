//! New versions of a job: the script edited, a scene asked for anew, other options, a former version restored.
//!
//! An edit costs what it changes: every take, picture and segment is found by what makes it, so the new version's execution
//! makes only those that nobody made before.

use crate::brand::keep_files;
use crate::caller::Caller;
use crate::extract::{JobPath, JsonBody, NumberedPath};
use crate::jobs::{names_tag, owned_job};
use crate::merge_patch::patched;
use crate::problem::{Answer, Problem};
use crate::quota::{self, Admission};
use crate::results::{read_script, script_tag};
use crate::versions::owned_version;
use crate::view::{JobView, job_path};
use crate::{Api, Ports, schema};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ports::{AssetStore, Executions, JobStore, PortError, Quotas};
use domain::{
    AssetKey, Change, Code, Counted, Document, Job, JobOptions, Minute, Revision, Run, Script, Transition, Writer, check,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Edits the script and makes a new version of it.
///
/// The body is a JSON merge patch (RFC 7396) of the script: `title` and `language` replace those of the script, `scenes` replaces
/// the whole list. So a scene is edited, moved, added or removed by sending the list as it is to be; the whole script as it was
/// read, with its edits, will do. With the `ETag` of the script as `If-Match` nothing that somebody else edited in between is
/// lost. The job must have ended.
#[utoipa::path(
    patch,
    path = "/v1/jobs/{id}/script",
    operation_id = "edit_script",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` of the script that was edited.")),
    request_body = schema::ScriptPatch,
    responses((status = 202, description = "The job with its new version", body = JobView, headers(("Location" = String, description = "Where the job is found"))))
)]
pub(crate) async fn edit_script<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    headers: HeaderMap,
    JsonBody(patch): JsonBody<Map<String, Value>>,
) -> Answer<Response> {
    let job = owned_job(&api.jobs, &owner, &id).await?;
    check_tag(&headers, &job)?;
    let before = current_script(&api, &job).await?;
    let edited: Script = patched(&before, patch, "script")?;
    // Who wrote it stands in no patch, and what is edited is no longer what somebody had to stand in for.
    let script = Script { schema: before.schema, writer: Writer { fallback: None, ..before.writer.clone() }, ..edited }
        .without_stale_cues(&before);
    check_script(&api.assets, &job, &script).await?;
    begin(&api, &job, &script, Change::of_script(&before, &script), job.options.clone()).await
}

/// Makes one scene anew: a new take and a new picture, although nothing in it changed.
#[utoipa::path(
    post,
    path = "/v1/jobs/{id}/scenes/{scene}/regenerate",
    operation_id = "regenerate_scene",
    params(("id" = String, Path), ("scene" = u32, Path, description = "The scene, from 0.")),
    responses((status = 202, description = "The job with its new version", body = JobView, headers(("Location" = String, description = "Where the job is found"))))
)]
pub(crate) async fn regenerate_scene<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    NumberedPath(id, index): NumberedPath,
) -> Answer<Response> {
    let job = owned_job(&api.jobs, &owner, &id).await?;
    let mut script = current_script(&api, &job).await?;
    let scene = script.scenes.get_mut(index as usize);
    let scene = scene.ok_or_else(|| Problem::new(Code::NotFound, format!("the script has no scene {index}")))?;
    scene.retake += 1;
    begin(&api, &job, &script, Change::Scene { scene: index }, job.options.clone()).await
}

/// Makes the same script with other options.
///
/// The body is a JSON merge patch (RFC 7396) of the options: what is not given stays as it is.
#[utoipa::path(
    post,
    path = "/v1/jobs/{id}/render",
    operation_id = "render_job",
    params(("id" = String, Path)),
    request_body = schema::Options,
    responses((status = 202, description = "The job with its new version", body = JobView, headers(("Location" = String, description = "Where the job is found"))))
)]
pub(crate) async fn render_job<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    JsonBody(patch): JsonBody<Map<String, Value>>,
) -> Answer<Response> {
    if patch.contains_key("scenes") {
        return Err(Problem::invalid("`scenes` is for writing a script; edit the script to have more or fewer of them"));
    }
    let job = owned_job(&api.jobs, &owner, &id).await?;
    let options: JobOptions = patched(&job.options, patch, "request")?;
    options.check().map_err(Problem::invalid)?;
    let options = keep_files(&api.assets, &owner, options).await?;
    let script = current_script(&api, &job).await?;
    begin(&api, &job, &script, Change::Options, options).await
}

/// Makes a former version the newest again, as a version of its own.
///
/// Nothing is made for it: the stored video is shown. The job must have ended, and the version must have a video.
#[utoipa::path(
    post,
    path = "/v1/jobs/{id}/versions/{version}/restore",
    operation_id = "restore_version",
    params(("id" = String, Path), ("version" = u32, Path, description = "The version, from 1.")),
    responses((status = 200, description = "The job with its new version", body = JobView))
)]
pub(crate) async fn restore_version<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    NumberedPath(id, version): NumberedPath,
) -> Answer<Json<JobView>> {
    let job = owned_job(&api.jobs, &owner, &id).await?;
    let former = owned_version(&api.jobs, &owner, &id, Some(version)).await?;
    let restore = Transition::Restore { from: job.version, former: Box::new(former) };
    let restored = api.jobs.change(&id, &restore, (api.now)()).await?;
    Ok(Json(JobView::from(&restored)))
}

/// Fails if the request builds on a script that is no longer the job's.
fn check_tag(headers: &HeaderMap, job: &Job) -> Answer<()> {
    let tag = script_tag(job).unwrap_or_default();
    if !headers.contains_key(header::IF_MATCH) || names_tag(headers, &header::IF_MATCH, &tag) {
        return Ok(());
    }
    Err(Problem::new(Code::Stale, format!("the script has changed, the job is at version {}", job.version)))
}

/// The script of the newest version. Fails while that is being worked on: what would be edited is not settled yet.
async fn current_script<P: Ports>(api: &Api<P>, job: &Job) -> Answer<Script> {
    if !job.status.is_final() {
        return Err(Problem::new(Code::Conflict, "the job is being worked on; wait until it has ended, or cancel it"));
    }
    let stored = match read_script(&api.assets, job).await {
        Err(PortError::NotFound { .. }) => return Err(Problem::new(Code::Conflict, "the job has no script to build on")),
        stored => stored?,
    };
    serde_json::from_slice(&stored).map_err(|error| Problem::new(Code::Internal, format!("the script has another form: {error}")))
}

/// Holds a script against the document it is about, by the check that scripts of models pass too.
async fn check_script(assets: &impl AssetStore, job: &Job, script: &Script) -> Answer<()> {
    let stored = assets.get(&AssetKey::Document(job.owner.clone(), job.id.clone())).await?;
    let document: Document = serde_json::from_slice(&stored)
        .map_err(|error| Problem::new(Code::Internal, format!("the document has another form: {error}")))?;
    let faults = check::faults(script, &document);
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults.join("; "))) }
}

/// Begins a new version. The draft is stored under its content first, so whoever comes second cannot harm it.
async fn begin<P: Ports>(api: &Api<P>, job: &Job, script: &Script, change: Change, options: JobOptions) -> Answer<Response> {
    let draft = store_draft(&api.assets, job, script).await?;
    let revision = Revision { from: job.version, change, draft, options };
    let now = (api.now)();
    quota::admit(api, Admission { owner: &job.owner, job: &job.id, with_upload: false, now }).await?;
    let revised = match api.jobs.change(&job.id, &Transition::Revise(Box::new(revision)), now).await {
        Ok(revised) => revised,
        Err(error) => {
            // It stays among those under way: whoever came first may have begun a version of it.
            api.jobs.uncount(&job.owner, Counted::Jobs, Minute::of(now)).await?;
            return Err(error.into());
        }
    };
    start(&api.executions, &revised.run()).await;
    let location = [(header::LOCATION, job_path(job.id.as_str()))];
    Ok((StatusCode::ACCEPTED, location, Json(JobView::from(&revised))).into_response())
}

/// Stores a script that a version of a job is to be made from, and gives its address.
pub(crate) async fn store_draft(assets: &impl AssetStore, job: &Job, script: &Script) -> Result<domain::ContentHash, PortError> {
    let draft = script.address();
    let key = AssetKey::Draft(job.owner.clone(), job.id.clone(), draft.clone());
    assets.put(&key, serde_json::to_vec(script).expect("our own data types always have a JSON form")).await?;
    Ok(draft)
}

/// Starts the execution. The version is there whether this succeeds or not: the sweep starts what was not started.
async fn start(executions: &impl Executions, run: &Run) {
    if let Err(error) = executions.start(run).await {
        tracing::warn!(job = run.job.as_str(), version = run.version, %error, "the execution is left to the sweep to start");
    }
}
