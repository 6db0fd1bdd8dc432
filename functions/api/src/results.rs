//! What a job has made: video, captions, script and log.

use crate::caller::Caller;
use crate::extract::{JobPath, Parameters};
use crate::file_name::video_name;
use crate::jobs::{owned_job, poll_after};
use crate::problem::{Answer, Problem};
use crate::versions::owned_version;
use crate::view::EventsView;
use crate::{Api, Ports, schema};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ports::{AssetStore, JobStore, Links, PortError};
use domain::{AssetKey, CaptionFormat, Code, Job};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How the video is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VideoParameters {
    /// With `1` the video is saved as a file instead of shown.
    #[param(value_type = Option<String>, example = "1")]
    download: Option<Switch>,
    /// A former version of the job; the newest where not given.
    #[param(minimum = 1)]
    version: Option<u32>,
}

/// A switch in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Switch {
    #[serde(rename = "1", alias = "true")]
    On,
    #[serde(rename = "0", alias = "false")]
    Off,
}

/// Leads to the finished video.
///
/// The address it leads to is good for 15 minutes, needs no token, and serves ranges.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/video",
    operation_id = "get_video",
    params(("id" = String, Path), VideoParameters),
    responses((status = 302, description = "The video is at the address in `Location`", headers(("Location" = String, description = "The address of the video"))))
)]
pub(crate) async fn get_video<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    Parameters(parameters): Parameters<VideoParameters>,
) -> Answer<Response> {
    let job = owned_version(&api.jobs, &owner, &id, parameters.version).await?;
    check_finished(&job, (api.now)())?;
    let key = AssetKey::Video(owner, id, job.stored_version());
    let save_as = (parameters.download == Some(Switch::On)).then(|| video_name(title(&job)));
    found(&api.links, &key, save_as.as_deref()).await
}

/// Leads to an object; with a file name it is saved instead of shown.
pub(crate) async fn found(links: &impl Links, key: &AssetKey, save_as: Option<&str>) -> Answer<Response> {
    let address = links.download(key, save_as).await?;
    Ok((StatusCode::FOUND, [(header::LOCATION, address)]).into_response())
}

fn title(job: &Job) -> &str {
    job.script.as_ref().map_or("lecture", |script| &script.title)
}

/// Fails for a job that has no video yet, or never will.
pub(crate) fn check_finished(job: &Job, now: Timestamp) -> Answer<()> {
    if job.video.is_some() {
        return Ok(());
    }
    if !job.status.is_final() {
        return Err(not_ready(job, now, "the video is not made yet"));
    }
    let reason = job.failure.as_ref().map(ToString::to_string).unwrap_or_default();
    Err(Problem::new(Code::NotFound, format!("the job is {} and has no video: {reason}", job.status.word())))
}

fn not_ready(job: &Job, now: Timestamp, detail: &str) -> Problem {
    Problem::new(Code::NotReady, detail).retry_after(poll_after(job, now))
}

/// Which captions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CaptionsParameters {
    /// The form of the captions.
    #[serde(default)]
    #[param(inline, required = false)]
    format: Format,
    /// A former version of the job; the newest where not given.
    #[param(minimum = 1)]
    version: Option<u32>,
}

/// The forms of captions.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CaptionFormat)]
pub(crate) enum Format {
    /// `WebVTT`.
    #[default]
    Vtt,
    /// `SubRip`.
    Srt,
}

impl From<Format> for CaptionFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Vtt => Self::Vtt,
            Format::Srt => Self::Srt,
        }
    }
}

/// Reads the captions.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/captions",
    operation_id = "get_captions",
    params(("id" = String, Path), CaptionsParameters),
    responses((status = 200, description = "The captions", content((String = "text/vtt"), (String = "application/x-subrip"))))
)]
pub(crate) async fn get_captions<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    Parameters(parameters): Parameters<CaptionsParameters>,
) -> Answer<Response> {
    let job = owned_version(&api.jobs, &owner, &id, parameters.version).await?;
    check_finished(&job, (api.now)())?;
    let key = AssetKey::Captions(owner, id, job.stored_version(), parameters.format.into());
    read(&api.assets, &key).await
}

/// Which version of the script.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScriptParameters {
    /// A former version of the job; the newest where not given.
    #[param(minimum = 1)]
    pub(crate) version: Option<u32>,
}

/// Reads the script.
///
/// Its entity tag changes with its content: send it as `If-Match` with an edit.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/script",
    operation_id = "get_script",
    params(("id" = String, Path), ScriptParameters),
    responses((status = 200, description = "The script", body = schema::Script, headers(("ETag" = String, description = "Changes with the script"))))
)]
pub(crate) async fn get_script<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    Parameters(parameters): Parameters<ScriptParameters>,
) -> Answer<Response> {
    let job = owned_version(&api.jobs, &owner, &id, parameters.version).await?;
    let Some(tag) = script_tag(&job) else {
        check_finished(&job, (api.now)())?;
        return Err(Problem::new(Code::NotFound, "the job has no script"));
    };
    let script = read_script(&api.assets, &job).await?;
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::ETAG, &tag)], script).into_response())
}

/// The entity tag of the script of a version; none while there is neither a script nor a draft of it.
pub(crate) fn script_tag(job: &Job) -> Option<String> {
    let address = job.script.as_ref().map(|script| &script.hash).or(job.draft.as_ref())?;
    Some(format!("\"{address}\""))
}

/// Reads the script of a version, or the draft that is to become it.
pub(crate) async fn read_script(assets: &impl AssetStore, job: &Job) -> Result<Vec<u8>, PortError> {
    match &job.draft {
        Some(draft) if job.script.is_none() => {
            assets.get(&AssetKey::Draft(job.owner.clone(), job.id.clone(), draft.clone())).await
        }
        _ => assets.get(&AssetKey::Script(job.owner.clone(), job.id.clone(), job.stored_version())).await,
    }
}

/// Reads an object whole.
pub(crate) async fn read(assets: &impl AssetStore, key: &AssetKey) -> Answer<Response> {
    let body = assets.get(key).await?;
    Ok(([(header::CONTENT_TYPE, key.media_type())], body).into_response())
}

/// Reads the log of a job, oldest line first.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/events",
    operation_id = "list_events",
    params(("id" = String, Path)),
    responses((status = 200, description = "The log", body = EventsView))
)]
pub(crate) async fn list_events<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
) -> Answer<Json<EventsView>> {
    owned_job(&api.jobs, &owner, &id).await?;
    Ok(Json(EventsView::from(api.jobs.events(&id).await?)))
}
