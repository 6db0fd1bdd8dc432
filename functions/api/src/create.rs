//! `POST /v1/jobs`: reserves a job and says where its document may be uploaded, or takes a text at once.

use crate::brand::keep_files;
use crate::caller::Caller;
use crate::extract::JsonBody;
use crate::file_name;
use crate::problem::{Answer, Problem};
use crate::quota::{self, Admission};
use crate::revise::store_draft;
use crate::schema;
use crate::view::{JobView, UploadView, job_path};
use crate::{Api, Ports};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ports::{JobStore, Links, PortError, RememberedRequest};
use domain::{Code, ContentHash, DocumentKind, Job, JobId, JobOptions, OwnerId, Script};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The largest file that is taken.
const MAX_FILE_BYTES: u64 = domain::MAX_UPLOAD_BYTES;

/// The longest text that is taken within a request.
const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// How long an idempotency key is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// The longest idempotency key.
const MAX_KEY_BYTES: usize = 255;

/// What a job is to be made from: a file that will be uploaded, or a text that is here already.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateJob {
    /// The file name; its extension must be `pdf`, `md`, `markdown` or `txt`.
    #[schema(example = "paper.pdf", min_length = 1)]
    name: String,
    /// The size of the file, where it is known; too large a file is then refused at once.
    #[schema(nullable = false, example = 1_234_567)]
    bytes: Option<u64>,
    /// The document itself, for Markdown and plain text up to 1 MB. Without it an upload is expected.
    #[schema(nullable = false)]
    text: Option<String>,
    /// What is wished for.
    #[serde(default)]
    #[schema(value_type = schema::Options, required = false)]
    options: JobOptions,
    /// The script to use instead of writing one. It is held against the document once that is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Script>, nullable = false)]
    script: Option<Script>,
}

impl CreateJob {
    /// The size of the document in bytes, where it is known.
    pub(crate) fn size(&self) -> Option<u64> {
        self.text.as_ref().map(|text| text.len() as u64).or(self.bytes)
    }
}

/// A job that was created.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedJob {
    job: JobView,
    /// Where to send the file; only where one is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    upload: Option<UploadView>,
}

/// What is to be done, checked.
#[derive(Debug, PartialEq)]
pub(crate) struct Order {
    name: String,
    pub(crate) kind: DocumentKind,
    pub(crate) options: JobOptions,
    text: Option<String>,
    pub(crate) script: Option<Script>,
}

/// Creates a job.
///
/// With a file name alone the answer holds a form for the upload (a multipart POST, the file last, as the field `file`), good
/// for 15 minutes and for that file only. With a text the job starts at once. The same `Idempotency-Key` with the same request
/// gives the same job for 24 hours, with a new form if the file is still awaited.
#[utoipa::path(
    post,
    path = "/v1/jobs",
    operation_id = "create_job",
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request, so that it may be sent twice; 1 to 255 printable characters of ASCII.")),
    request_body = CreateJob,
    responses(
        (status = 201, description = "The job waits for its upload", body = CreatedJob, headers(("Location" = String, description = "Where the job is found"))),
        (status = 202, description = "The job starts with the text", body = CreatedJob, headers(("Location" = String, description = "Where the job is found"))),
    )
)]
pub(crate) async fn create_job<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    headers: HeaderMap,
    JsonBody(request): JsonBody<CreateJob>,
) -> Answer<Response> {
    let key = idempotency_key(&headers)?;
    let hash = ContentHash::of_json("create-job", &request);
    let order = check(request)?;
    let now = (api.now)();
    let (id, is_new) = match key {
        Some(key) => remembered_job(&api.jobs, &owner, key, hash, now).await?,
        None => (new_id(), true),
    };
    let (of, with) = (owner.clone(), id.clone());
    let admission = Admission { owner: &of, job: &with, with_upload: order.text.is_none(), now };
    if is_new {
        quota::admit(&api, admission).await?;
    }
    let begun = begin(&api, Job::new(id, owner, order.options.clone(), now, now + api.retention), &order).await;
    if begun.is_err() && is_new {
        quota::refund(&api.jobs, admission).await;
    }
    let (job, status, upload) = begun?;
    let location = [(header::LOCATION, job_path(job.id.as_str()))];
    Ok((status, location, Json(CreatedJob { job: JobView::from(&job), upload })).into_response())
}

/// Writes a job down and sends its text on its way, or says where its file may be uploaded.
async fn begin<P: Ports>(api: &Api<P>, mut job: Job, order: &Order) -> Answer<(Job, StatusCode, Option<UploadView>)> {
    let now = job.created_at;
    job.options = keep_files(&api.assets, &job.owner, job.options).await?;
    if let Some(script) = &order.script {
        job.draft = Some(store_draft(&api.assets, &job, script).await?);
    }
    let job = create_once(&api.jobs, job).await?;
    let (status, upload) = await_content(&api.links, &job, order, now).await?;
    Ok((job, status, upload))
}

pub(crate) fn check(request: CreateJob) -> Answer<Order> {
    let kind = file_name::kind_of(&request.name)?;
    request.options.check().map_err(Problem::invalid)?;
    match (&request.text, request.bytes) {
        (Some(_), Some(_)) => return Err(Problem::invalid("`bytes` and `text` exclude each other")),
        (Some(text), None) => check_text(text, kind)?,
        (None, Some(0)) => return Err(Problem::new(Code::Empty, "the file has no bytes")),
        (None, Some(bytes)) if bytes > MAX_FILE_BYTES => {
            return Err(Problem::new(Code::TooLarge, format!("the file has {bytes} bytes, at most {MAX_FILE_BYTES} are taken")));
        }
        (None, _) => {}
    }
    Ok(Order {
        name: file_name::sanitize(&request.name),
        kind,
        options: request.options,
        text: request.text,
        script: request.script,
    })
}

fn check_text(text: &str, kind: DocumentKind) -> Answer<()> {
    if kind == DocumentKind::Pdf {
        return Err(Problem::new(Code::UnsupportedType, "a PDF is uploaded, not sent as `text`"));
    }
    if text.trim().is_empty() {
        return Err(Problem::new(Code::Empty, "the text is empty"));
    }
    if text.len() > MAX_TEXT_BYTES {
        let detail = format!("the text has {} bytes, at most {MAX_TEXT_BYTES} are taken; upload it as a file", text.len());
        return Err(Problem::new(Code::TooLarge, detail));
    }
    Ok(())
}

fn idempotency_key(headers: &HeaderMap) -> Answer<Option<&str>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=MAX_KEY_BYTES).contains(&key.len()));
    key.map(Some).ok_or_else(|| Problem::invalid("`Idempotency-Key` is not 1 to 255 printable characters of ASCII"))
}

/// The job for which a key stands, and whether it is a new one and not the one it stood for before.
async fn remembered_job(
    jobs: &impl JobStore,
    owner: &OwnerId,
    key: &str,
    hash: ContentHash,
    now: Timestamp,
) -> Answer<(JobId, bool)> {
    let request = RememberedRequest { hash, job: new_id(), expires_at: now + REMEMBERED };
    match jobs.remember(owner, key, &request).await? {
        None => Ok((request.job, true)),
        Some(before) if before.hash == request.hash => Ok((before.job, false)),
        Some(_) => Err(Problem::new(Code::IdempotencyMismatch, "this `Idempotency-Key` came with another request before")),
    }
}

/// Time-ordered, so that ids sort as jobs were created (RFC 9562, version 7).
fn new_id() -> JobId {
    JobId::new(uuid::Uuid::now_v7().simple().to_string()).expect("32 hexadecimal digits are an id")
}

/// Writes the record, unless the same request wrote it before; that may have been cut short after remembering its key.
async fn create_once(jobs: &impl JobStore, job: Job) -> Result<Job, PortError> {
    if jobs.create(&job).await? { Ok(job) } else { jobs.load(&job.id).await }
}

/// Sends the text on its way, or says where the file may be uploaded. The arrival in the inbox starts the job.
async fn await_content(
    links: &impl Links,
    job: &Job,
    order: &Order,
    now: Timestamp,
) -> Result<(StatusCode, Option<UploadView>), PortError> {
    let is_awaited = job.source.is_none() && !job.status.is_final();
    let key = format!("inbox/{}/{}/{}", job.owner, job.id, order.name);
    let media_type = order.kind.media_type();
    match &order.text {
        Some(text) if is_awaited => {
            links.upload_text(&key, media_type, text).await?;
            Ok((StatusCode::ACCEPTED, None))
        }
        Some(_) => Ok((StatusCode::ACCEPTED, None)),
        None if is_awaited => {
            let form = links.upload(&key, media_type, MAX_FILE_BYTES, now).await?;
            Ok((StatusCode::CREATED, Some(UploadView::from(form))))
        }
        None => Ok((StatusCode::CREATED, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fakes::{MemoryJobs, at, owner_id};

    #[tokio::test]
    async fn a_request_that_was_cut_short_is_finished_by_the_next() {
        let jobs = MemoryJobs::default();
        let (promised, is_new) =
            remembered_job(&jobs, &owner_id(), "k", ContentHash::of(["r"]), at(0)).await.expect("memory does not fail");
        let (again, is_new_again) =
            remembered_job(&jobs, &owner_id(), "k", ContentHash::of(["r"]), at(5)).await.expect("memory does not fail");
        assert_eq!((&again, is_new, is_new_again), (&promised, true, false));
        let job = |now| Job::new(again.clone(), owner_id(), JobOptions::default(), now, at(99));
        let created = create_once(&jobs, job(at(5))).await.expect("memory does not fail");
        assert_eq!(create_once(&jobs, job(at(9))).await.expect("memory does not fail"), created);
    }

    #[test]
    fn ids_sort_as_jobs_were_created() {
        let ids: Vec<JobId> = (0..100).map(|_| new_id()).collect();
        assert!(ids.is_sorted(), "{ids:?}");
    }
}
