//! What the owner of a job sees of its versions.

use crate::schema;
use crate::view::{FailureView, ScriptView, VideoView, job_path};
use domain::{Change, Job, JobOptions, Status};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The versions of a job, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Versions)]
pub(crate) struct VersionsView {
    versions: Vec<VersionView>,
}

/// A version of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Version)]
struct VersionView {
    /// Its number, from 1.
    version: u32,
    #[schema(value_type = schema::Change)]
    change: Change,
    #[schema(value_type = schema::JobStatus)]
    status: Status,
    #[schema(value_type = schema::Options)]
    options: JobOptions,
    /// What its script holds; none until it is written.
    #[schema(required = true)]
    script: Option<ScriptView>,
    /// Its video, as measured; none if there is none.
    #[schema(required = true)]
    video: Option<VideoView>,
    /// Why there is no video.
    #[schema(required = true)]
    failure: Option<FailureView>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it reached its final status.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    finished_at: Option<Timestamp>,
    links: VersionLinksView,
}

/// Where what a version has made is read. Paths, to be put behind the address of the API; none where there is nothing to read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VersionLinks)]
struct VersionLinksView {
    #[schema(required = true)]
    script: Option<String>,
    #[schema(required = true)]
    video: Option<String>,
    #[schema(required = true)]
    captions: Option<String>,
}

impl VersionsView {
    /// The newest version and the former ones, which come oldest first.
    pub(crate) fn new(newest: &Job, former: &[Job]) -> Self {
        Self { versions: std::iter::once(newest).chain(former.iter().rev()).map(VersionView::from).collect() }
    }
}

impl From<&Job> for VersionView {
    fn from(job: &Job) -> Self {
        Self {
            version: job.version,
            change: job.change.clone(),
            status: job.status,
            options: job.options.clone(),
            script: job.script.as_ref().map(ScriptView::from),
            video: job.video.as_ref().map(VideoView::from),
            failure: job.failure.as_ref().map(FailureView::from),
            created_at: job.begun_at(),
            finished_at: job.finished_at,
            links: VersionLinksView::from(job),
        }
    }
}

impl From<&Job> for VersionLinksView {
    fn from(job: &Job) -> Self {
        let this = job_path(job.id.as_str());
        let below = |name: &str| format!("{this}/{name}?version={}", job.version);
        Self {
            script: (job.script.is_some() || job.draft.is_some()).then(|| below("script")),
            video: job.video.as_ref().map(|_| below("video")),
            captions: job.video.as_ref().map(|_| below("captions")),
        }
    }
}
