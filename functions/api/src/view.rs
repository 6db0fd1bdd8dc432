//! What the owner of a job sees of it.

use crate::cost::CostView;
use crate::schema;
use domain::ports::{Page, UploadForm};
use domain::{Change, Code, DocumentKind, Event, Failure, Job, JobKind, JobOptions, JobWarning, Phase, SceneOutcome, Status};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobView {
    /// Its id.
    #[schema(example = "019305f2a7c87d1fb0c1d3a1c9a4f5e6")]
    id: String,
    #[schema(value_type = schema::JobKind)]
    kind: JobKind,
    #[schema(value_type = schema::JobStatus)]
    status: Status,
    #[schema(value_type = schema::Phase)]
    phase: Phase,
    progress: ProgressView,
    #[schema(value_type = schema::Options)]
    options: JobOptions,
    /// What it is made from; none until the upload has arrived.
    #[schema(required = true)]
    source: Option<SourceView>,
    /// What the script holds; none until it is written.
    #[schema(required = true)]
    script: Option<ScriptView>,
    /// What is not as it should be although the job went on.
    warnings: Vec<WarningView>,
    /// The finished video, as measured.
    #[schema(required = true)]
    video: Option<VideoView>,
    /// Why there is no video.
    #[schema(required = true)]
    failure: Option<FailureView>,
    /// What it costs; only where one job is read by itself.
    #[schema(required = true)]
    cost: Option<CostView>,
    /// Its newest version, from 1. Everything here is about that one.
    version: u32,
    #[schema(value_type = schema::Change)]
    change: Change,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the newest version was asked for; none for the first.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    revised_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it reached its final status.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    finished_at: Option<Timestamp>,
    /// When what was made is deleted.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    links: LinksView,
}

/// How much of a job is done, from finished work and not from time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Progress)]
struct ProgressView {
    #[schema(maximum = 100)]
    percent: u8,
    /// Scenes in the script; 0 until it is written.
    scenes: u32,
    /// Scenes that are spoken.
    narrated: u32,
    /// Scenes that are drawn and encoded.
    rendered: u32,
}

/// What a job is made from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
struct SourceView {
    /// The file name.
    name: String,
    /// What it is, by its content.
    #[schema(value_type = schema::DocumentKind)]
    kind: DocumentKind,
    /// Its size in bytes.
    bytes: u64,
}

/// What a script holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScriptSummary)]
pub(crate) struct ScriptView {
    /// The title of the video.
    title: String,
    /// Number of scenes.
    scenes: u32,
    /// The adapter that wrote it.
    writer: String,
    /// Why the embedded writer took over, where it did.
    #[schema(required = true)]
    fallback: Option<String>,
}

/// Something that went wrong without ending the job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warning)]
struct WarningView {
    /// The stage.
    #[schema(example = "render-scene")]
    stage: String,
    /// The scene from 0, where it concerns one.
    #[schema(required = true)]
    scene: Option<u32>,
    #[schema(value_type = schema::Outcome)]
    outcome: SceneOutcome,
    #[schema(value_type = schema::ErrorCode)]
    code: Code,
    /// What happened.
    message: String,
    /// What to do now.
    advice: &'static str,
}

/// The finished video, as measured.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Video)]
pub(crate) struct VideoView {
    duration_ms: u64,
    /// Number of video frames.
    frames: u64,
    /// Width in pixels.
    width: u32,
    /// Height in pixels.
    height: u32,
    /// Size of the file.
    bytes: u64,
    /// Integrated loudness in LUFS.
    loudness_lufs: f64,
    /// True peak in dBTP.
    true_peak_dbtp: f64,
    /// Where each scene begins, in milliseconds, in order.
    scene_starts_ms: Vec<u64>,
}

/// Why something failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Failure)]
pub(crate) struct FailureView {
    #[schema(value_type = schema::ErrorCode)]
    code: Code,
    /// What happened.
    message: String,
    /// What to do now.
    advice: &'static str,
}

/// Where to go from here. Paths, to be put behind the address of the API; none where there is nothing to read yet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Links)]
struct LinksView {
    #[serde(rename = "self")]
    this: String,
    events: String,
    versions: String,
    #[schema(required = true)]
    script: Option<String>,
    #[schema(required = true)]
    video: Option<String>,
    #[schema(required = true)]
    captions: Option<String>,
}

impl JobView {
    /// With what it costs.
    pub(crate) fn with_cost(self, cost: CostView) -> Self {
        Self { cost: Some(cost), ..self }
    }
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        let progress = job.progress();
        Self {
            id: job.id.to_string(),
            kind: job.kind,
            status: job.status,
            phase: job.phase,
            progress: ProgressView {
                percent: progress.percent,
                scenes: progress.scenes,
                narrated: progress.narrated,
                rendered: progress.rendered,
            },
            options: job.options.clone(),
            source: job.source.as_ref().map(|source| SourceView {
                name: source.name.clone(),
                kind: source.kind,
                bytes: source.bytes,
            }),
            script: job.script.as_ref().map(ScriptView::from),
            warnings: job.warnings.iter().map(WarningView::from).collect(),
            video: job.video.as_ref().map(VideoView::from),
            failure: job.failure.as_ref().map(FailureView::from),
            cost: None,
            version: job.version,
            change: job.change.clone(),
            created_at: job.created_at,
            revised_at: job.revised_at,
            updated_at: job.updated_at,
            finished_at: job.finished_at,
            expires_at: job.expires_at,
            links: LinksView::from(job),
        }
    }
}

impl From<&domain::ScriptSummary> for ScriptView {
    fn from(script: &domain::ScriptSummary) -> Self {
        Self {
            title: script.title.clone(),
            scenes: script.scenes,
            writer: script.writer.clone(),
            fallback: script.fallback.clone(),
        }
    }
}

impl From<&JobWarning> for WarningView {
    fn from(warning: &JobWarning) -> Self {
        let JobWarning { stage, scene, outcome, failure } = warning.clone();
        Self { stage, scene, outcome, code: failure.code, message: failure.message, advice: failure.code.advice() }
    }
}

impl From<&domain::VideoSummary> for VideoView {
    fn from(video: &domain::VideoSummary) -> Self {
        Self {
            duration_ms: video.duration_ms,
            frames: video.frames,
            width: video.width,
            height: video.height,
            bytes: video.bytes,
            loudness_lufs: video.loudness_lufs,
            true_peak_dbtp: video.true_peak_dbtp,
            scene_starts_ms: video.scene_starts_ms.clone(),
        }
    }
}

impl From<&Failure> for FailureView {
    fn from(failure: &Failure) -> Self {
        Self { code: failure.code, message: failure.message.clone(), advice: failure.code.advice() }
    }
}

impl From<&Job> for LinksView {
    fn from(job: &Job) -> Self {
        let this = job_path(job.id.as_str());
        let below = |name: &str| format!("{this}/{name}");
        Self {
            events: below("events"),
            versions: below("versions"),
            script: (job.script.is_some() || job.draft.is_some()).then(|| below("script")),
            video: job.video.as_ref().map(|_| below("video")),
            captions: job.video.as_ref().map(|_| below("captions")),
            this,
        }
    }
}

/// Where a job is found.
pub(crate) fn job_path(id: &str) -> String {
    format!("/v1/jobs/{id}")
}

/// A part of a list of jobs, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobPage)]
pub(crate) struct PageView {
    jobs: Vec<JobView>,
    /// The value of `after` for the next page; none if this is the last.
    #[schema(required = true)]
    next: Option<String>,
}

impl From<Page> for PageView {
    fn from(page: Page) -> Self {
        Self { jobs: page.jobs.iter().map(JobView::from).collect(), next: page.next }
    }
}

/// A form for a multipart POST; the file goes last, as the field `file`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UploadForm)]
pub(crate) struct UploadView {
    /// Where to send it.
    url: String,
    /// The fields to send before the file.
    fields: BTreeMap<String, String>,
    /// Until when it is accepted.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<UploadForm> for UploadView {
    fn from(form: UploadForm) -> Self {
        Self { url: form.url, fields: form.fields, expires_at: form.expires_at }
    }
}

/// The log of a job, oldest line first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Events)]
pub(crate) struct EventsView {
    events: Vec<EventView>,
}

/// A line in the log of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
struct EventView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The stage.
    #[schema(example = "render-scene")]
    stage: String,
    /// The scene from 0, where it concerns one.
    #[schema(required = true)]
    scene: Option<u32>,
    /// `started`, `working`, `finished` or `failed`; `unchecked` where a take could not be held against its text.
    name: String,
    /// How long the stage took, on `finished` and `failed`.
    #[schema(required = true)]
    duration_ms: Option<u64>,
    /// What failed, on `failed`.
    #[schema(required = true)]
    failure: Option<FailureView>,
    /// The version of the job that was worked on.
    version: u32,
    /// The kinds of objects that were made, such as `take` and `segment`; what is not named was found. On `finished` and `failed`.
    #[schema(example = json!(["narration", "take"]))]
    made: BTreeSet<String>,
}

impl From<Vec<Event>> for EventsView {
    fn from(events: Vec<Event>) -> Self {
        let view = |event: Event| EventView {
            at: event.at,
            stage: event.stage,
            scene: event.scene,
            name: event.name,
            duration_ms: event.duration_ms,
            failure: event.failure.as_ref().map(FailureView::from),
            version: event.version,
            made: event.made,
        };
        Self { events: events.into_iter().map(view).collect() }
    }
}
