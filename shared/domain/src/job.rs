//! The record of a job, and the one state machine through which it changes.
//!
//! ```text
//! pending --> processing --> completed | completed_with_errors
//!    |             |-------> failed
//!    |-------------|-------> cancelled
//!    |---------------------> expired
//! ```
//!
//! A final status of a version never changes again; phases only go forward; everything that may be delivered twice may be
//! applied twice. A job whose version is final may be revised: its next version waits for an execution of its own, and what a
//! former version's execution still has to say is refused, see [`Transition::InVersion`].

use crate::run::first_version;
use crate::{Change, Code, ContentHash, DocumentKind, Failure, JobId, JobOptions, OwnerId, Revision, Run};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The version of the form of a stored job.
const JOB_SCHEMA: u32 = 1;

/// The longest message of a warning, in bytes. Whatever goes wrong in how many scenes, their record stays below the 400 kB that an item
/// of a table may have.
const MOST_WARNING_BYTES: usize = 200;

/// A job as it is stored and shown to its owner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The version of this form.
    pub schema: u32,
    /// Its id.
    pub id: JobId,
    /// Whose it is.
    pub owner: OwnerId,
    /// What is to be made.
    pub kind: JobKind,
    /// How far it is.
    pub status: Status,
    /// What is being done.
    pub phase: Phase,
    /// What the owner wished for.
    pub options: JobOptions,
    /// What it is made from; none until the upload has arrived.
    pub source: Option<Source>,
    /// The upload that came for it and could not be taken; none where it was taken, or has not arrived.
    #[serde(default)]
    pub refused: Option<UploadedObject>,
    /// Its newest version, from 1. All that follows but the times of the job itself is about this version.
    pub version: u32,
    /// What makes this version another than the one before.
    #[serde(default)]
    pub change: Change,
    /// The script that this version is to be made from, where somebody gave one.
    #[serde(default)]
    pub draft: Option<ContentHash>,
    /// The version under which script, video and captions of this one are stored, where that is another: that of a restored one.
    #[serde(default)]
    pub stored_as: Option<u32>,
    /// When the job was asked for.
    pub created_at: Timestamp,
    /// When this version was asked for; none for the first.
    #[serde(default)]
    pub revised_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it reached its final status.
    pub finished_at: Option<Timestamp>,
    /// When what was made is deleted.
    pub expires_at: Timestamp,
    /// Counts every change; a change is written only if nobody else changed the job in between.
    pub revision: u64,
    /// What the script holds; none until it is written.
    pub script: Option<ScriptSummary>,
    /// The scenes that are spoken, from 0.
    #[serde(default)]
    pub narrated: BTreeSet<u32>,
    /// The scenes that are drawn and encoded, from 0.
    #[serde(default)]
    pub rendered: BTreeSet<u32>,
    /// What is not as it should be although the job went on.
    #[serde(default)]
    pub warnings: Vec<JobWarning>,
    /// The finished video.
    pub video: Option<VideoSummary>,
    /// Why the job failed.
    pub failure: Option<Failure>,
}

/// What a job makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// A narrated explainer from a document.
    Explain,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for its upload or its execution.
    Pending,
    /// Is being worked on.
    Processing,
    /// The video is there, as it should be.
    Completed,
    /// The video is there; the warnings say what is missing.
    CompletedWithErrors,
    /// There is no video; the failure says why.
    Failed,
    /// The owner stopped it.
    Cancelled,
    /// Nothing was uploaded in time.
    Expired,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Processing,
        Self::Completed,
        Self::CompletedWithErrors,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Whether nothing changes it any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Processing)
    }

    /// The word, as it stands in the JSON form.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::CompletedWithErrors => "completed_with_errors",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// What is being done, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waits for the document.
    Upload,
    /// Reads the document.
    Extract,
    /// Writes the script.
    Script,
    /// Speaks and draws the scenes.
    Scenes,
    /// Joins the scenes and checks the result.
    Assemble,
    /// Nothing is left to do.
    Done,
}

/// What a job is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The key in the uploads bucket, as it is, not encoded.
    pub key: String,
    /// The version of the object.
    pub version: Option<String>,
    /// The file name, for people.
    pub name: String,
    /// What it is, by its content.
    pub kind: DocumentKind,
    /// Its size in bytes.
    pub bytes: u64,
}

/// One version of an object in the uploads bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UploadedObject {
    /// Its key, as it is.
    pub key: String,
    /// Its version.
    pub version: Option<String>,
}

/// What a script holds, for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptSummary {
    /// The title of the video.
    pub title: String,
    /// Number of scenes.
    pub scenes: u32,
    /// The address of the script.
    pub hash: ContentHash,
    /// The adapter that wrote it.
    pub writer: String,
    /// Why the embedded writer took over, where it did.
    pub fallback: Option<String>,
}

/// Something that went wrong without ending the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobWarning {
    /// The stage, such as `render-scene`.
    pub stage: String,
    /// The scene from 0, where it concerns one.
    pub scene: Option<u32>,
    /// What happened to it.
    pub outcome: SceneOutcome,
    /// Why.
    pub failure: Failure,
}

impl JobWarning {
    /// The warning with no longer a message than a record has room for.
    fn in_brief(&self) -> Self {
        let mut warning = self.clone();
        let message = &mut warning.failure.message;
        if message.len() > MOST_WARNING_BYTES {
            const CUT: char = '…';
            message.truncate(message.floor_char_boundary(MOST_WARNING_BYTES - CUT.len_utf8()));
            message.push(CUT);
        }
        warning
    }
}

/// What became of the thing a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SceneOutcome {
    /// The embedded writer, voice or drawing took over from a provider.
    Fallback,
    /// A placeholder is shown.
    Placeholder,
    /// Less is shown than there should be.
    Shortened,
    /// The scene is left out.
    Dropped,
    /// Part of what is shown or said is missing or wrong, because no font or no voice has the script or the language.
    Incomplete,
}

/// The finished video, as measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoSummary {
    /// Length in milliseconds.
    pub duration_ms: u64,
    /// Number of video frames.
    pub frames: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Integrated loudness in LUFS.
    pub loudness_lufs: f64,
    /// True peak in dBTP.
    pub true_peak_dbtp: f64,
    /// Where each scene begins, in milliseconds, in order.
    pub scene_starts_ms: Vec<u64>,
}

/// How much of a job is done, from finished work and not from time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// 0 to 100.
    pub percent: u8,
    /// Scenes in the script; 0 until it is written.
    pub scenes: u32,
    /// Scenes that are spoken.
    pub narrated: u32,
    /// Scenes that are drawn and encoded.
    pub rendered: u32,
}

/// A line in the log of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The stage, such as `render-scene`.
    pub stage: String,
    /// The scene from 0, where it concerns one.
    pub scene: Option<u32>,
    /// `started`, `working`, `finished` or `failed`; `unchecked` where a take could not be held against its text.
    pub name: String,
    /// How long the stage took, on `finished` and `failed`.
    pub duration_ms: Option<u64>,
    /// What failed, on `failed` and `unchecked`.
    pub failure: Option<Failure>,
    /// The version of the job that was worked on.
    #[serde(default = "first_version")]
    pub version: u32,
    /// The kinds of objects that were written, each once, such as `take`; empty where all was found. On `finished` and `failed`.
    #[serde(default)]
    pub made: BTreeSet<String>,
}

/// A change of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Transition {
    /// The upload arrived.
    Bind(Source),
    /// The upload arrived and cannot become a video: the job ends without one.
    Refuse {
        /// The upload.
        upload: UploadedObject,
        /// What is wrong with it.
        failure: Failure,
    },
    /// A phase begins.
    Enter(Phase),
    /// The script is written.
    Scripted(ScriptSummary),
    /// A scene is spoken.
    Narrated(u32),
    /// A scene is drawn and encoded.
    Rendered(u32),
    /// Something went wrong without ending the job.
    Warn(JobWarning),
    /// The video is made and checked.
    Complete(VideoSummary),
    /// The job ends without a video.
    Fail(Failure),
    /// The owner stops the job.
    Cancel,
    /// Nothing was uploaded in time.
    Expire,
    /// A new version is to be made.
    Revise(Box<Revision>),
    /// A former version, as it ended, becomes the newest again. Nothing is made: what was stored is shown.
    Restore {
        /// The version it follows, as for a revision.
        from: u32,
        /// The former version.
        former: Box<Job>,
    },
    /// Another change, unless the job has a newer version by now. All that an execution does to its job is wrapped in this.
    InVersion(u32, Box<Transition>),
}

/// A change that does not fit the state of the job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("job `{job}` is {status:?} in phase {phase:?} and cannot {change}")]
pub struct InvalidTransition {
    /// The job.
    pub job: JobId,
    /// Its status.
    pub status: Status,
    /// Its phase.
    pub phase: Phase,
    /// What was asked of it.
    pub change: &'static str,
}

impl Job {
    /// A job that waits for its upload.
    pub fn new(id: JobId, owner: OwnerId, options: JobOptions, now: Timestamp, expires_at: Timestamp) -> Self {
        Self {
            schema: JOB_SCHEMA,
            id,
            owner,
            kind: JobKind::Explain,
            status: Status::Pending,
            phase: Phase::Upload,
            options,
            source: None,
            refused: None,
            version: first_version(),
            change: Change::Created,
            draft: None,
            stored_as: None,
            created_at: now,
            revised_at: None,
            updated_at: now,
            finished_at: None,
            expires_at,
            revision: 0,
            script: None,
            narrated: BTreeSet::new(),
            rendered: BTreeSet::new(),
            warnings: Vec::new(),
            video: None,
            failure: None,
        }
    }

    /// The run that makes its newest version.
    pub fn run(&self) -> Run {
        Run { job: self.id.clone(), version: self.version }
    }

    /// The upload that has this job: the one that it is made from, or that was refused.
    pub fn upload(&self) -> Option<UploadedObject> {
        let bound = self.source.as_ref().map(|Source { key, version, .. }| (key, version));
        let object = |(key, version): (&String, &Option<String>)| UploadedObject { key: key.clone(), version: version.clone() };
        bound.map(object).or_else(|| self.refused.clone())
    }

    /// The version under which its script, video and captions are stored.
    pub fn stored_version(&self) -> u32 {
        self.stored_as.unwrap_or(self.version)
    }

    /// When its newest version was asked for.
    pub fn begun_at(&self) -> Timestamp {
        self.revised_at.unwrap_or(self.created_at)
    }

    /// The job itself if its newest version is this one.
    ///
    /// # Errors
    /// That there is a newer version.
    pub fn in_version(&self, version: u32) -> Result<&Self, InvalidTransition> {
        let change = "be touched by a former version";
        let refused = || InvalidTransition { job: self.id.clone(), status: self.status, phase: self.phase, change };
        if version == self.version { Ok(self) } else { Err(refused()) }
    }

    /// The job after a change; equal to the job itself where the change was made before.
    pub fn apply(&self, transition: &Transition, now: Timestamp) -> Result<Self, InvalidTransition> {
        let mut next = self.clone();
        match transition {
            Transition::InVersion(version, inner) => return self.in_version(*version)?.apply(inner, now),
            Transition::Revise(revision) if self.is_made_by(revision) => {}
            Transition::Revise(revision) if self.can_take(revision) => next = self.revised(revision, now),
            Transition::Revise(_) => return Err(self.refuse(transition)),
            Transition::Restore { from, former } if self.is_restored(*from, former) => {}
            Transition::Restore { from, former } if self.can_restore(*from, former) => next = self.restored(former, now),
            Transition::Restore { .. } => return Err(self.refuse(transition)),
            Transition::Cancel if self.status == Status::Cancelled => {}
            Transition::Complete(video) if self.video.as_ref() == Some(video) => {}
            Transition::Fail(_) if self.status == Status::Failed => {}
            Transition::Refuse { upload, .. } if self.refused.as_ref() == Some(upload) => {}
            Transition::Expire if self.status == Status::Expired => {}
            _ if self.status.is_final() => return Err(self.refuse(transition)),
            Transition::Bind(source) => match &self.source {
                None => next.source = Some(source.clone()),
                Some(bound) if bound == source => {}
                Some(_) => return Err(self.refuse(transition)),
            },
            Transition::Refuse { upload, failure } if self.source.is_none() => {
                next.refused = Some(upload.clone());
                next.failure = Some(failure.clone());
                next.status = Status::Failed;
            }
            Transition::Refuse { .. } => return Err(self.refuse(transition)),
            Transition::Enter(phase) => {
                next.status = Status::Processing;
                next.phase = self.phase.max(*phase);
            }
            Transition::Scripted(script) => next.script = Some(script.clone()),
            Transition::Narrated(scene) => {
                next.narrated.insert(*scene);
            }
            Transition::Rendered(scene) => {
                next.rendered.insert(*scene);
            }
            Transition::Warn(warning) => {
                let warning = warning.in_brief();
                if !self.warnings.contains(&warning) {
                    next.warnings.push(warning);
                }
            }
            Transition::Complete(video) => {
                next.video = Some(video.clone());
                next.phase = Phase::Done;
                next.status = if self.warnings.is_empty() { Status::Completed } else { Status::CompletedWithErrors };
            }
            Transition::Fail(failure) => {
                next.failure = Some(failure.clone());
                next.status = Status::Failed;
            }
            Transition::Cancel => {
                next.failure = Some(Failure::new(Code::CancelledByUser, "the owner cancelled the job"));
                next.status = Status::Cancelled;
            }
            Transition::Expire if self.status == Status::Pending && self.source.is_none() => {
                next.failure = Some(Failure::new(Code::UploadExpired, "no file was uploaded in time"));
                next.status = Status::Expired;
            }
            Transition::Expire => return Err(self.refuse(transition)),
        }
        if next != *self {
            next.revision += 1;
            next.updated_at = now;
            if next.status.is_final() {
                next.finished_at = Some(now);
            }
        }
        Ok(next)
    }

    /// How much is done.
    pub fn progress(&self) -> Progress {
        let scenes = self.script.as_ref().map_or(0, |script| script.scenes);
        let narrated = u32::try_from(self.narrated.len()).unwrap_or(u32::MAX);
        let rendered = u32::try_from(self.rendered.len()).unwrap_or(u32::MAX);
        let percent = match self.phase {
            Phase::Upload => 0,
            Phase::Extract => 2,
            Phase::Script => 8,
            // Speaking and drawing weigh alike; the scenes take 80 of the 100 per cent.
            Phase::Scenes => 12 + 80 * (narrated + rendered).min(2 * scenes) / (2 * scenes).max(1),
            Phase::Assemble => 93,
            Phase::Done => 100,
        };
        Progress { percent: u8::try_from(percent).unwrap_or(100), scenes, narrated, rendered }
    }

    /// Whether a revision may follow: the version it builds on is the newest, has ended, and has a script.
    fn can_take(&self, revision: &Revision) -> bool {
        let has_script = self.script.is_some() || self.draft.is_some();
        self.version == revision.from && self.status.is_final() && self.source.is_some() && has_script
    }

    /// Whether the newest version is the one that a revision asks for, so that it may be asked for twice.
    fn is_made_by(&self, revision: &Revision) -> bool {
        self.version == revision.from + 1
            && self.change == revision.change
            && self.draft.as_ref() == Some(&revision.draft)
            && self.options == revision.options
    }

    /// The job with a new version that waits for its execution. The document is read, so it begins with the script.
    fn revised(&self, revision: &Revision, now: Timestamp) -> Self {
        Self {
            version: revision.from + 1,
            change: revision.change.clone(),
            draft: Some(revision.draft.clone()),
            options: revision.options.clone(),
            source: self.source.clone(),
            status: Status::Pending,
            phase: Phase::Script,
            revised_at: Some(now),
            created_at: self.created_at,
            revision: self.revision,
            ..Self::new(self.id.clone(), self.owner.clone(), JobOptions::default(), now, self.expires_at)
        }
    }

    fn can_restore(&self, from: u32, former: &Self) -> bool {
        let is_former = self.id == former.id && former.version < self.version;
        self.version == from && self.status.is_final() && is_former && former.video.is_some()
    }

    fn is_restored(&self, from: u32, former: &Self) -> bool {
        self.version == from + 1 && self.change == Change::Restored { version: former.version }
    }

    /// The job as it was in a former version, as a version of its own.
    fn restored(&self, former: &Self, now: Timestamp) -> Self {
        Self {
            version: self.version + 1,
            change: Change::Restored { version: former.version },
            draft: None,
            stored_as: Some(former.stored_version()),
            revised_at: Some(now),
            created_at: self.created_at,
            expires_at: self.expires_at,
            revision: self.revision,
            ..former.clone()
        }
    }

    fn refuse(&self, transition: &Transition) -> InvalidTransition {
        let change = match transition {
            Transition::Bind(_) => "take this upload",
            Transition::Refuse { .. } => "refuse this upload",
            Transition::Enter(_) => "enter a phase",
            Transition::Scripted(_) => "take a script",
            Transition::Narrated(_) | Transition::Rendered(_) => "take a scene",
            Transition::Warn(_) => "take a warning",
            Transition::Complete(_) => "be completed",
            Transition::Fail(_) => "fail",
            Transition::Cancel => "be cancelled",
            Transition::Expire => "expire",
            Transition::Revise(_) => "be revised",
            Transition::Restore { .. } => "be restored to that version",
            Transition::InVersion(_, inner) => return self.refuse(inner),
        };
        InvalidTransition { job: self.id.clone(), status: self.status, phase: self.phase, change }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn job() -> Job {
        let id = JobId::new("j1").expect("valid");
        let owner = OwnerId::new("o1").expect("valid");
        Job::new(id, owner, JobOptions::default(), at(0), at(86_400))
    }

    fn source(version: &str) -> Source {
        Source {
            key: "inbox/o1/j1/a.pdf".to_owned(),
            version: Some(version.to_owned()),
            name: "a.pdf".to_owned(),
            kind: DocumentKind::Pdf,
            bytes: 10,
        }
    }

    fn video() -> VideoSummary {
        VideoSummary {
            duration_ms: 1600,
            frames: 48,
            width: 1920,
            height: 1080,
            bytes: 1,
            loudness_lufs: -16.0,
            true_peak_dbtp: -2.0,
            scene_starts_ms: vec![0],
        }
    }

    fn run(transitions: &[Transition]) -> Job {
        transitions.iter().fold(job(), |job, t| job.apply(t, at(5)).expect("fits"))
    }

    #[test]
    fn a_job_runs_through_its_phases() {
        let done = run(&[
            Transition::Bind(source("1")),
            Transition::Enter(Phase::Extract),
            Transition::Enter(Phase::Scenes),
            Transition::Complete(video()),
        ]);
        assert_eq!(done.status, Status::Completed);
        assert_eq!(done.progress().percent, 100);
        assert_eq!(done.finished_at, Some(at(5)));
    }

    #[test]
    fn warnings_are_kept_in_the_final_status() {
        let warning = JobWarning {
            stage: "render-scene".to_owned(),
            scene: Some(2),
            outcome: SceneOutcome::Placeholder,
            failure: Failure::new(Code::Internal, "no page"),
        };
        let done = run(&[
            Transition::Enter(Phase::Scenes),
            Transition::Warn(warning.clone()),
            Transition::Warn(warning),
            Transition::Complete(video()),
        ]);
        assert_eq!(done.status, Status::CompletedWithErrors);
        assert_eq!(done.warnings.len(), 1);
    }

    #[test]
    fn a_long_message_of_a_warning_is_cut_between_two_letters() {
        // Each letter takes three bytes, and so does the mark that stands for those left out.
        for (length, expected) in
            [(66, "語".repeat(66)), (67, format!("{}…", "語".repeat(65))), (500, format!("{}…", "語".repeat(65)))]
        {
            let failure = Failure::new(Code::Internal, "語".repeat(length));
            let warning = JobWarning { stage: "x".to_owned(), scene: None, outcome: SceneOutcome::Fallback, failure };
            let job = run(&[Transition::Warn(warning.clone()), Transition::Warn(warning)]);
            assert_eq!((job.warnings.len(), &job.warnings[0].failure.message), (1, &expected));
        }
    }

    #[test]
    fn a_final_status_never_changes() {
        let ends = [Transition::Cancel, Transition::Complete(video()), Transition::Fail(Failure::new(Code::Stopped, "x"))];
        for end in &ends {
            let ended = run(&[Transition::Enter(Phase::Scenes), end.clone()]);
            for late in ends.iter().chain(&[Transition::Enter(Phase::Done), Transition::Narrated(0), Transition::Expire]) {
                match ended.apply(late, at(9)) {
                    Ok(same) => assert_eq!(same, ended),
                    Err(refused) => assert_eq!(refused.status, ended.status),
                }
            }
        }
    }

    #[test]
    fn a_late_stage_does_not_move_the_job_back() {
        let job = run(&[Transition::Enter(Phase::Scenes), Transition::Enter(Phase::Extract)]);
        assert_eq!(job.phase, Phase::Scenes);
    }

    #[test]
    fn the_same_change_twice_is_one_change() {
        let once = run(&[Transition::Enter(Phase::Scenes), Transition::Narrated(1)]);
        let twice = once.apply(&Transition::Narrated(1), at(99)).expect("fits");
        assert_eq!(once, twice);
    }

    #[test]
    fn a_job_is_made_from_one_version_only() {
        let bound = run(&[Transition::Bind(source("1"))]);
        assert!(bound.apply(&Transition::Bind(source("1")), at(6)).is_ok());
        assert!(bound.apply(&Transition::Bind(source("2")), at(6)).is_err());
        assert!(bound.apply(&Transition::Expire, at(6)).is_err());
    }

    #[test]
    fn an_upload_that_is_refused_ends_only_the_job_that_waits_for_it() {
        let upload = |version: &str| UploadedObject { key: "inbox/o1/j1/a.pdf".to_owned(), version: Some(version.to_owned()) };
        let refuse = |version: &str| Transition::Refuse {
            upload: upload(version),
            failure: Failure::new(Code::Empty, "the file holds 0 bytes"),
        };
        let refused = run(&[refuse("1")]);
        assert_eq!((refused.status, refused.upload()), (Status::Failed, Some(upload("1"))));
        assert_eq!(refused.apply(&refuse("1"), at(6)), Ok(refused.clone()));
        assert!(refused.apply(&refuse("2"), at(6)).is_err());
        let bound = run(&[Transition::Bind(source("1"))]);
        assert_eq!(bound.upload(), Some(upload("1")));
        assert!(bound.apply(&refuse("2"), at(6)).is_err(), "another version of the upload has the job");
        assert!(bound.apply(&refuse("1"), at(6)).is_err(), "it was taken before it was deleted");
    }

    fn scripted() -> Transition {
        Transition::Scripted(ScriptSummary {
            title: "t".to_owned(),
            scenes: 4,
            hash: ContentHash::of(["s"]),
            writer: "embedded".to_owned(),
            fallback: None,
        })
    }

    fn finished() -> Job {
        run(&[Transition::Bind(source("1")), scripted(), Transition::Enter(Phase::Scenes), Transition::Complete(video())])
    }

    fn revision(from: u32) -> Revision {
        Revision {
            from,
            change: Change::Scene { scene: 2 },
            draft: ContentHash::of(["draft"]),
            options: JobOptions { captions: false, ..JobOptions::default() },
        }
    }

    #[test]
    fn a_job_that_has_ended_may_be_revised_and_runs_again() {
        let done = finished();
        let revised = done.apply(&Transition::Revise(Box::new(revision(1))), at(50)).expect("it has ended");
        assert_eq!((revised.version, revised.status, revised.phase), (2, Status::Pending, Phase::Script));
        assert_eq!((&revised.video, &revised.script, revised.finished_at), (&None, &None, None));
        assert_eq!((revised.created_at, revised.begun_at()), (done.created_at, at(50)));
        assert_eq!((&revised.source, revised.expires_at), (&done.source, done.expires_at));
        assert!(revised.revision > done.revision && !revised.options.captions);
        let again =
            [Transition::Enter(Phase::Extract), scripted(), Transition::Enter(Phase::Scenes), Transition::Complete(video())];
        let again = again.iter().fold(revised, |job, t| job.apply(t, at(60)).expect("fits"));
        assert_eq!((again.version, again.status), (2, Status::Completed));
    }

    #[test]
    fn a_revision_may_be_asked_for_twice_and_makes_one_version() {
        let once = finished().apply(&Transition::Revise(Box::new(revision(1))), at(50)).expect("it has ended");
        assert_eq!(once.apply(&Transition::Revise(Box::new(revision(1))), at(51)), Ok(once.clone()));
        let other = Revision { change: Change::Options, ..revision(1) };
        assert!(once.apply(&Transition::Revise(Box::new(other)), at(51)).is_err(), "somebody else came first");
    }

    #[test]
    fn a_former_version_is_restored_as_it_was_stored() {
        let first = finished();
        let second = first.apply(&Transition::Revise(Box::new(revision(1))), at(50)).expect("it has ended");
        let restore = |from, former: &Job| Transition::Restore { from, former: Box::new(former.clone()) };
        assert!(second.apply(&restore(2, &first), at(51)).is_err(), "it is being worked on");
        let second = second.apply(&Transition::Cancel, at(52)).expect("it is pending");
        let third = second.apply(&restore(2, &first), at(53)).expect("it has ended");
        assert_eq!((third.version, third.stored_version(), third.status), (3, 1, Status::Completed));
        assert_eq!((&third.video, &third.options, &third.failure), (&first.video, &first.options, &None));
        assert_eq!(third.apply(&restore(2, &first), at(54)), Ok(third.clone()));
        assert!(third.apply(&restore(3, &second), at(54)).is_err(), "it has no video");
        let fourth = third.apply(&Transition::Revise(Box::new(revision(3))), at(55)).expect("it has ended");
        let fourth = fourth.apply(&Transition::Cancel, at(56)).expect("it is pending");
        let fifth = fourth.apply(&restore(4, &third), at(57)).expect("it has ended");
        assert_eq!((fifth.version, fifth.stored_version()), (5, 1));
    }

    #[test]
    fn only_what_has_ended_with_a_script_can_be_revised() {
        let working = run(&[Transition::Bind(source("1")), scripted(), Transition::Enter(Phase::Scenes)]);
        let unread = run(&[Transition::Bind(source("1")), Transition::Fail(Failure::new(Code::Corrupt, "x"))]);
        for job in [job(), working, unread] {
            assert!(job.apply(&Transition::Revise(Box::new(revision(1))), at(50)).is_err(), "{job:?}");
        }
        assert!(finished().apply(&Transition::Revise(Box::new(revision(2))), at(50)).is_err());
    }

    #[test]
    fn a_former_version_cannot_touch_the_newest() {
        let revised = finished().apply(&Transition::Revise(Box::new(revision(1))), at(50)).expect("it has ended");
        let late = [
            Transition::Enter(Phase::Scenes),
            Transition::Narrated(0),
            Transition::Complete(video()),
            Transition::Fail(Failure::new(Code::Stopped, "x")),
        ];
        for change in late {
            assert!(revised.apply(&Transition::InVersion(1, Box::new(change.clone())), at(51)).is_err(), "{change:?}");
            assert!(revised.apply(&Transition::InVersion(2, Box::new(change)), at(51)).is_ok());
        }
    }

    #[test]
    fn progress_comes_from_finished_scenes() {
        let script = ScriptSummary {
            title: "t".to_owned(),
            scenes: 4,
            hash: ContentHash::of(["s"]),
            writer: "embedded".to_owned(),
            fallback: None,
        };
        let mut job = run(&[Transition::Scripted(script), Transition::Enter(Phase::Scenes)]);
        let mut last = job.progress().percent;
        for scene in 0..4 {
            job = job.apply(&Transition::Narrated(scene), at(7)).expect("fits");
            job = job.apply(&Transition::Rendered(scene), at(7)).expect("fits");
            assert!(job.progress().percent > last);
            last = job.progress().percent;
        }
        assert_eq!(last, 92);
    }

    #[test]
    fn statuses_are_read_back_by_their_words() {
        for status in Status::ALL {
            assert_eq!(Status::from_word(status.word()), Some(status));
            let json = serde_json::to_string(&status).expect("serializes");
            assert_eq!(json, format!("\"{}\"", status.word()));
        }
    }
}
