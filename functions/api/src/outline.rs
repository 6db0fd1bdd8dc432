//! What goes with a finished video: chapters for players, a transcript for readers, pictures to find it by.

use crate::caller::Caller;
use crate::extract::{JobPath, NumberedPath, Parameters};
use crate::problem::{Answer, Problem};
use crate::results::{ScriptParameters, check_finished, found, read};
use crate::versions::owned_version;
use crate::{Api, Ports};
use axum::extract::State;
use axum::response::Response;
use domain::{AssetKey, Code, SceneOutcome};
use std::sync::Arc;

/// Reads the chapters, one for each scene, as WebVTT. The video holds them too.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/chapters",
    operation_id = "get_chapters",
    params(("id" = String, Path), ScriptParameters),
    responses((status = 200, description = "The chapters", content((String = "text/vtt"))))
)]
pub(crate) async fn get_chapters<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    Parameters(parameters): Parameters<ScriptParameters>,
) -> Answer<Response> {
    let job = owned_version(&api.jobs, &owner, &id, parameters.version).await?;
    check_finished(&job, (api.now)())?;
    read(&api.assets, &AssetKey::Chapters(owner, id, job.stored_version())).await
}

/// Reads all that is said as Markdown: a heading for each scene with its time, its narration, and the pages it came from.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/transcript",
    operation_id = "get_transcript",
    params(("id" = String, Path), ScriptParameters),
    responses((status = 200, description = "The transcript", content((String = "text/markdown"))))
)]
pub(crate) async fn get_transcript<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    Parameters(parameters): Parameters<ScriptParameters>,
) -> Answer<Response> {
    let job = owned_version(&api.jobs, &owner, &id, parameters.version).await?;
    check_finished(&job, (api.now)())?;
    read(&api.assets, &AssetKey::Transcript(owner, id, job.stored_version())).await
}

/// Leads to the picture that stands for the video: its first scene, whole, as JPEG.
///
/// The address it leads to is good for 15 minutes and needs no token.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/poster",
    operation_id = "get_poster",
    params(("id" = String, Path), ScriptParameters),
    responses((status = 302, description = "The poster is at the address in `Location`", headers(("Location" = String, description = "The address of the poster"))))
)]
pub(crate) async fn get_poster<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    Parameters(parameters): Parameters<ScriptParameters>,
) -> Answer<Response> {
    let job = owned_version(&api.jobs, &owner, &id, parameters.version).await?;
    check_finished(&job, (api.now)())?;
    found(&api.links, &AssetKey::Poster(owner, id, job.stored_version()), None).await
}

/// Leads to a small picture of a scene, from 0, as it stands in the end: JPEG, the longer side 480 pixels.
///
/// The address it leads to is good for 15 minutes and needs no token.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/thumbnails/{scene}",
    operation_id = "get_thumbnail",
    params(("id" = String, Path), ("scene" = u32, Path, description = "The scene, from 0"), ScriptParameters),
    responses((status = 302, description = "The picture is at the address in `Location`", headers(("Location" = String, description = "The address of the picture"))))
)]
pub(crate) async fn get_thumbnail<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    NumberedPath(id, scene): NumberedPath,
    Parameters(parameters): Parameters<ScriptParameters>,
) -> Answer<Response> {
    let job = owned_version(&api.jobs, &owner, &id, parameters.version).await?;
    check_finished(&job, (api.now)())?;
    let is_written = job.script.as_ref().is_some_and(|script| scene < script.scenes);
    let is_left_out = job.warnings.iter().any(|warning| warning.outcome == SceneOutcome::Dropped && warning.scene == Some(scene));
    if !is_written || is_left_out {
        return Err(Problem::new(Code::NotFound, format!("the video has no scene {scene}")));
    }
    found(&api.links, &AssetKey::SceneThumbnail(owner, id, job.stored_version(), scene), None).await
}

/// Leads to a sheet of all scenes with their times, as JPEG.
///
/// The address it leads to is good for 15 minutes and needs no token.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/contact-sheet",
    operation_id = "get_contact_sheet",
    params(("id" = String, Path), ScriptParameters),
    responses((status = 302, description = "The sheet is at the address in `Location`", headers(("Location" = String, description = "The address of the sheet"))))
)]
pub(crate) async fn get_contact_sheet<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    Parameters(parameters): Parameters<ScriptParameters>,
) -> Answer<Response> {
    let job = owned_version(&api.jobs, &owner, &id, parameters.version).await?;
    check_finished(&job, (api.now)())?;
    found(&api.links, &AssetKey::ContactSheet(owner, id, job.stored_version()), None).await
}
