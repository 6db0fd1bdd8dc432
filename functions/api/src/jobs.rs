//! Jobs themselves: list, read, cancel.

use crate::caller::Caller;
use crate::cost::CostView;
use crate::extract::{JobPath, Parameters};
use crate::problem::{Answer, Problem};
use crate::view::{JobView, PageView};
use crate::{Api, Ports, schema};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ports::{Executions, JobStore, PageRequest, PortError};
use domain::{Bill, Job, JobId, OwnerId, Run, Status, Transition};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// The version of the form of a job in answers, part of its entity tag.
const VIEW: u32 = 3;

const PAGE: u32 = 20;
const LARGEST_PAGE: u32 = 100;

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// Only jobs of this status.
    #[param(value_type = Option<schema::JobStatus>)]
    status: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// Where the last page ended: its `next`.
    after: Option<String>,
}

/// Lists your jobs, newest first.
#[utoipa::path(
    get,
    path = "/v1/jobs",
    operation_id = "list_jobs",
    params(ListParameters),
    responses((status = 200, description = "A page of jobs", body = PageView))
)]
pub(crate) async fn list_jobs<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    Parameters(parameters): Parameters<ListParameters>,
) -> Answer<Json<PageView>> {
    let page = page_request(parameters)?;
    match api.jobs.list(&owner, &page).await {
        Ok(found) => {
            for reason in &found.unreadable {
                tracing::error!(reason, "a record cannot be read");
            }
            Ok(Json(PageView::from(found)))
        }
        Err(PortError::Misused { .. }) if page.after.is_some() => {
            Err(Problem::invalid("`after` is not the `next` of a page of yours"))
        }
        Err(error) => Err(error.into()),
    }
}

fn page_request(parameters: ListParameters) -> Answer<PageRequest> {
    let status = match parameters.status {
        None => None,
        Some(word) => Some(Status::from_word(&word).ok_or_else(|| Problem::invalid("`status` is not a status of a job"))?),
    };
    let limit = parameters.limit.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(Problem::invalid(format!("`limit` is {limit}, expected 1 to {LARGEST_PAGE}")));
    }
    Ok(PageRequest { status, limit, after: parameters.after })
}

/// Reads a job.
///
/// The entity tag changes with every change of the job: send it as `If-None-Match` and an unchanged job costs no body. While the
/// job is not final, `Retry-After` says when to ask again.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}",
    operation_id = "get_job",
    params(("id" = String, Path), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the last answer.")),
    responses(
        (status = 200, description = "The job", body = JobView, headers(
            ("ETag" = String, description = "Changes with every change of the job"),
            ("Retry-After" = u64, description = "Seconds until it is worth asking again; only while the job is not final"),
        )),
        (status = 304, description = "The job has not changed"),
    )
)]
pub(crate) async fn get_job<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    headers: HeaderMap,
) -> Answer<Response> {
    let job = owned_job(&api.jobs, &owner, &id).await?;
    let bills = api.jobs.bills(&id).await?;
    let tag = entity_tag(&job, &bills);
    let mut response = if names_tag(&headers, &header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(JobView::from(&job).with_cost(CostView::new(&job, &bills, &api.configured))).into_response()
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    out.insert(header::ETAG, HeaderValue::from_str(&tag).expect("digits and quotes are a header"));
    if !job.status.is_final() {
        out.insert(header::RETRY_AFTER, HeaderValue::from(poll_after(&job, (api.now)())));
    }
    Ok(response)
}

/// Cancels a job.
///
/// What was made so far is not shown and is deleted later. A job that was cancelled before is given back as it is.
#[utoipa::path(
    post,
    path = "/v1/jobs/{id}/cancel",
    operation_id = "cancel_job",
    params(("id" = String, Path)),
    responses((status = 200, description = "The job, cancelled", body = JobView))
)]
pub(crate) async fn cancel_job<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
) -> Answer<Json<JobView>> {
    owned_job(&api.jobs, &owner, &id).await?;
    let job = api.jobs.change(&id, &Transition::Cancel, (api.now)()).await?;
    stop(&api.executions, &job.run()).await;
    Ok(Json(JobView::from(&job)))
}

/// Stops the execution. The job is cancelled whether this succeeds or not: every stage looks, and stops by itself.
async fn stop(executions: &impl Executions, run: &Run) {
    if let Err(error) = executions.stop(run).await {
        tracing::warn!(job = run.job.as_str(), version = run.version, %error, "the execution of a cancelled job is left to stop by itself");
    }
}

/// Reads a job of this owner; another's is as missing as one that never was.
pub(crate) async fn owned_job(jobs: &impl JobStore, owner: &OwnerId, id: &JobId) -> Answer<Job> {
    match jobs.load(id).await {
        Ok(job) if job.owner == *owner => Ok(job),
        Ok(_) | Err(PortError::NotFound { .. }) => Err(Problem::no_such_job()),
        Err(error) => Err(error.into()),
    }
}

/// Seconds until it is worth asking again: a tenth of the version's age, from 1 to 10.
pub(crate) fn poll_after(job: &Job, now: Timestamp) -> u64 {
    let age = now.duration_since(job.begun_at()).as_secs();
    u64::try_from(age / 10).unwrap_or(0).clamp(1, 10)
}

fn entity_tag(job: &Job, bills: &[Bill]) -> String {
    format!("\"{VIEW}-{}-{}\"", job.revision, bills.len())
}

/// Whether a header that holds a list of entity tags names this one (RFC 9110, 13.1).
pub(crate) fn names_tag(headers: &HeaderMap, name: &HeaderName, tag: &str) -> bool {
    let sent = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    sent.flat_map(|value| value.split(',')).map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_jobs_are_asked_for_less_often() {
        let job = fakes::pending_job();
        for (second, expected) in [(0, 1), (9, 1), (19, 1), (20, 2), (95, 9), (100, 10), (9_000, 10), (-5, 1)] {
            assert_eq!(poll_after(&job, fakes::at(second)), expected, "{second}");
        }
    }

    #[test]
    fn a_tag_is_found_in_a_list() {
        for (sent, expected) in
            [("\"1-3\"", true), ("\"1-2\", \"1-3\"", true), ("W/\"1-3\"", true), ("*", true), ("\"1-33\"", false), ("1-3", false)]
        {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(sent))]);
            assert_eq!(names_tag(&headers, &header::IF_NONE_MATCH, "\"1-3\""), expected, "{sent}");
        }
    }
}
