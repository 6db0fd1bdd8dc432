//! The ports: how stages meet the world, in our words. Adapters and fakes both point inward to these traits.
//!
//! Every method returns a future that may move between threads; implementations write a plain `async fn`.

use crate::breaker::Breaker;
use crate::{
    Account, AssetKey, Bill, Budget, Catalogue, Code, ContentHash, Counted, Document, Event, Failure, InvalidTransition, Job,
    JobId, JobOptions, Meter, Minute, Money, OwnerId, Phonemes, Run, Script, Source, Status, Transition, UploadedObject,
};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::time::Duration;

/// Why a port could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// There is no such thing.
    #[error("there is no {what}")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// The state of a job does not allow it.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// The other side asks us to slow down.
    #[error("{service} asks to slow down")]
    Throttled {
        /// Who asks.
        service: &'static str,
        /// How long to wait, where it was said.
        retry_after: Option<Duration>,
    },
    /// The other side is away or broke in passing. Nothing came back, so it may be asked again.
    #[error("{service} does not answer: {message}")]
    Unavailable {
        /// Who does not answer.
        service: &'static str,
        /// What was seen, without content or secrets.
        message: String,
    },
    /// The other side took the question, and what came back is no answer. It may have been paid.
    #[error("{service} gives no usable answer: {message}")]
    Unusable {
        /// Whose answer it is.
        service: &'static str,
        /// What is wrong with it, without content or secrets.
        message: String,
    },
    /// The other side refuses this content.
    #[error("{service} refuses the content: {message}")]
    Rejected {
        /// Who refuses.
        service: &'static str,
        /// What it said.
        message: String,
    },
    /// The call would cost more than may be spent. It was not made.
    #[error("the budget for paid calls is used up: {message}")]
    OverBudget {
        /// Which budget, and what the call would cost.
        message: String,
    },
    /// The other side says that we asked for something wrong.
    #[error("{service} does not accept the request: {message}")]
    Misused {
        /// Who does not accept it.
        service: &'static str,
        /// What it said.
        message: String,
    },
}

impl PortError {
    /// An answer that cannot be used.
    pub fn unusable(service: &'static str, message: impl Into<String>) -> Self {
        Self::Unusable { service, message: message.into() }
    }

    /// What it means to a person.
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } | Self::Misused { .. } => Code::Internal,
            Self::Transition(refused) if refused.status == Status::Cancelled => Code::CancelledByUser,
            Self::Transition(_) => Code::Conflict,
            Self::Throttled { .. } => Code::RateLimited,
            Self::Unavailable { .. } | Self::Unusable { .. } => Code::DependencyUnavailable,
            Self::Rejected { .. } => Code::ContentRejected,
            Self::OverBudget { .. } => Code::OverBudget,
        }
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

type PortResult<T> = Result<T, PortError>;

/// The objects we derive.
pub trait AssetStore: Send + Sync {
    /// Reads an object whole.
    fn get(&self, key: &AssetKey) -> impl Future<Output = PortResult<Vec<u8>>> + Send;
    /// Writes an object whole, or not at all.
    fn put(&self, key: &AssetKey, body: Vec<u8>) -> impl Future<Output = PortResult<()>> + Send;
    /// Tells whether an object is there.
    fn exists(&self, key: &AssetKey) -> impl Future<Output = PortResult<bool>> + Send;
}

/// What users upload. Read only.
pub trait UploadStore: Send + Sync {
    /// Reads one version of an upload whole.
    fn read(&self, source: &Source) -> impl Future<Output = PortResult<Vec<u8>>> + Send;
    /// Reads at most `bytes` from the start of an object, with its whole size and its user metadata.
    fn peek(&self, key: &str, version: Option<&str>, bytes: u32) -> impl Future<Output = PortResult<Peek>> + Send;
    /// Lists the objects under the inbox that were last written in a span of time.
    fn list_between(&self, from: Timestamp, to: Timestamp) -> impl Future<Output = PortResult<Vec<UploadedObject>>> + Send;
}

/// The start of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peek {
    /// The first bytes.
    pub start: Vec<u8>,
    /// The size of the whole object.
    pub size: u64,
    /// The user metadata it was written with.
    pub metadata: BTreeMap<String, String>,
}

/// The records of jobs. Every change goes through [`Job::apply`] and is written only if nobody else came first.
pub trait JobStore: Send + Sync {
    /// Writes a new job; false, and nothing is written, if its id is taken.
    fn create(&self, job: &Job) -> impl Future<Output = PortResult<bool>> + Send;
    /// Reads a job.
    fn load(&self, id: &JobId) -> impl Future<Output = PortResult<Job>> + Send;
    /// Changes a job and gives back what it has become. Where that begins a new version, the former one is kept as it ended.
    fn change(&self, id: &JobId, transition: &Transition, now: Timestamp) -> impl Future<Output = PortResult<Job>> + Send;
    /// Reads the former versions of a job as they ended, oldest first.
    fn former_versions(&self, id: &JobId) -> impl Future<Output = PortResult<Vec<Job>>> + Send;
    /// Adds a line to the log of a job.
    fn record(&self, id: &JobId, event: &Event) -> impl Future<Output = PortResult<()>> + Send;
    /// Reads the log of a job, oldest first.
    fn events(&self, id: &JobId) -> impl Future<Output = PortResult<Vec<Event>>> + Send;
    /// Adds a bill to those of a job.
    fn bill(&self, id: &JobId, bill: &Bill) -> impl Future<Output = PortResult<()>> + Send;
    /// Reads the bills of a job, oldest first.
    fn bills(&self, id: &JobId) -> impl Future<Output = PortResult<Vec<Bill>>> + Send;
    /// Lists the jobs of an owner, newest first.
    fn list(&self, owner: &OwnerId, page: &PageRequest) -> impl Future<Output = PortResult<Page>> + Send;
    /// Lists the jobs of one status that last changed before a time, the longest unchanged first. `after` is where the last page ended.
    fn list_stale(
        &self,
        status: Status,
        before: Timestamp,
        after: Option<&str>,
    ) -> impl Future<Output = PortResult<StalePage>> + Send;
    /// Remembers what an idempotency key stands for, and gives back what it stood for before, if anything.
    fn remember(
        &self,
        owner: &OwnerId,
        key: &str,
        request: &RememberedRequest,
    ) -> impl Future<Output = PortResult<Option<RememberedRequest>>> + Send;
}

/// Counts what owners ask for. Every change is one conditional write, so that a limit holds for any number of callers at once.
pub trait Quotas: Send + Sync {
    /// Counts one more in a minute; false, and nothing is counted, if there are so many already.
    fn count(&self, owner: &OwnerId, what: Counted, minute: Minute, limit: u32) -> impl Future<Output = PortResult<bool>> + Send;
    /// Takes one back.
    fn uncount(&self, owner: &OwnerId, what: Counted, minute: Minute) -> impl Future<Output = PortResult<()>> + Send;
    /// Adds a job to those under way, unless it is among them; false, and nothing is added, if there are so many already.
    fn hold(&self, owner: &OwnerId, job: &JobId, limit: u32) -> impl Future<Output = PortResult<bool>> + Send;
    /// The jobs that are held to be under way. One that has ended is released with its last change, and may stay where that is
    /// cut short.
    fn held(&self, owner: &OwnerId) -> impl Future<Output = PortResult<Vec<JobId>>> + Send;
    /// Takes a job from those under way, if it is among them.
    fn release(&self, owner: &OwnerId, job: &JobId) -> impl Future<Output = PortResult<()>> + Send;
}

/// What an idempotency key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedRequest {
    /// The address of the request's content.
    pub hash: ContentHash,
    /// The job it made.
    pub job: JobId,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Only jobs of this status.
    pub status: Option<Status>,
    /// At most so many.
    pub limit: u32,
    /// Where the last page ended, as it was given then.
    pub after: Option<String>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Records in between that cannot be read, each by its key and what is wrong with it.
    pub unreadable: Vec<String>,
    /// Where this page ends; none if it is the last.
    pub next: Option<String>,
}

/// A part of a list of jobs that did not change lately, whoever owns them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StalePage {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Records in between that cannot be read, each by its key and what is wrong with it. They do not stand in the way of the others.
    pub unreadable: Vec<String>,
    /// Where this page ends; none if it is the last.
    pub next: Option<String>,
}

/// The executions of the state machine. A version of a job has at most one, named like its run.
pub trait Executions: Send + Sync {
    /// Starts the execution of a run; does nothing if it was started before.
    fn start(&self, run: &Run) -> impl Future<Output = PortResult<()>> + Send;
    /// Stops the execution of a run; does nothing if it is not running.
    fn stop(&self, run: &Run) -> impl Future<Output = PortResult<()>> + Send;
    /// Tells how the execution of a run stands.
    fn state(&self, run: &Run) -> impl Future<Output = PortResult<ExecutionState>> + Send;
}

/// How an execution stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecutionState {
    /// It was never started.
    Missing,
    /// It runs.
    Running,
    /// It came to its end.
    Succeeded,
    /// A stage failed; the cause is what the stage said.
    Failed {
        /// The error name: a kind of ours or one of the platform.
        error: String,
        /// What the stage said.
        cause: String,
    },
    /// It took longer than it may.
    TimedOut,
    /// Somebody stopped it.
    Aborted,
}

impl ExecutionState {
    /// Why a job whose execution stands like this, and which has no final status yet, has failed; none while it runs.
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Running => None,
            Self::Missing => Some(Failure::new(Code::Internal, "the work was never started")),
            Self::Succeeded => Some(Failure::new(Code::Internal, "the work ended without a video")),
            Self::TimedOut => Some(Failure::new(Code::TimedOut, "the whole work took longer than it may")),
            Self::Aborted => Some(Failure::new(Code::Stopped, "the work was stopped from outside")),
            Self::Failed { error, cause } => Some(failure_of(error, cause)),
        }
    }
}

/// What a stage said, from the form in which Lambda hands it on: `{"errorType": ..., "errorMessage": "CODE: message"}`.
fn failure_of(error: &str, cause: &str) -> Failure {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Cause {
        error_message: String,
    }
    if error == "States.Timeout" {
        return Failure::new(Code::TimedOut, "a stage took longer than it may");
    }
    match serde_json::from_str::<Cause>(cause) {
        Ok(cause) => Failure::from_text(&cause.error_message),
        Err(_) => Failure::new(Code::Internal, format!("a stage ended with `{error}`")),
    }
}

/// Keeps house among the objects we derive: what nobody needs any more.
pub trait Housekeeping: Send + Sync {
    /// Lists the objects under a prefix that were last written before a time.
    fn list_before(&self, prefix: &str, before: Timestamp) -> impl Future<Output = PortResult<Vec<String>>> + Send;
    /// Deletes objects by their paths; those that are gone already count as deleted.
    fn delete(&self, paths: &[String]) -> impl Future<Output = PortResult<()>> + Send;
}

/// Addresses that can be given to a browser.
pub trait Links: Send + Sync {
    /// Where a file may be uploaded once, at most so many bytes of one media type, until a time.
    fn upload(
        &self,
        key: &str,
        media_type: &str,
        max_bytes: u64,
        now: Timestamp,
    ) -> impl Future<Output = PortResult<UploadForm>> + Send;
    /// Where an object can be read for a while; with a file name it is saved instead of shown.
    fn download(&self, key: &AssetKey, save_as: Option<&str>) -> impl Future<Output = PortResult<String>> + Send;
    /// Writes a text as if it had been uploaded.
    fn upload_text(&self, key: &str, media_type: &str, text: &str) -> impl Future<Output = PortResult<()>> + Send;
}

/// A form for a multipart POST; the file goes last, as the field `file`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadForm {
    /// Where to send it.
    pub url: String,
    /// The fields to send before the file.
    pub fields: BTreeMap<String, String>,
    /// Until when it is accepted.
    pub expires_at: Timestamp,
}

/// Speaks a narration.
pub trait Speech: Send + Sync {
    /// What tells one provider's sound from another's, part of the address of a take: provider, version and settings.
    fn identity(&self) -> String;
    /// Whether it can speak a language, a BCP 47 tag; where it cannot, what it says is still sound, but wrong.
    fn speaks(&self, _language: &str) -> bool {
        true
    }
    /// Speaks a text of one scene, and notes what that used.
    fn speak(&self, request: &SpeechRequest, meter: &Meter) -> impl Future<Output = PortResult<SpeechClip>> + Send;
}

/// What is to be spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeechRequest {
    /// The narration, as it is to be spoken.
    pub text: String,
    /// Words of it that are said by their sounds, in order; a voice that cannot read those says the words as they are written.
    pub phonemes: Vec<Phonemes>,
    /// The voice, as the provider names it; the provider's own choice for the language where not given.
    pub voice: Option<String>,
    /// The language, a BCP 47 tag.
    pub language: String,
}

/// Sample rates that speech comes in.
pub const SPEECH_RATES_HZ: RangeInclusive<u32> = 8_000..=192_000;

/// A spoken narration, before it is brought to loudness and to the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechClip {
    /// Mono samples from -1 to 1.
    pub samples: Vec<f32>,
    /// Samples per second, within [`SPEECH_RATES_HZ`].
    pub sample_rate_hz: u32,
    /// Where each word begins, where the provider says so; else empty and the times are estimated.
    pub words: Vec<WordOnset>,
    /// The voice that spoke.
    pub voice: String,
}

/// Where a word begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordOnset {
    /// Byte offset of its first character in the narration.
    pub text_offset: u32,
    /// The sample with which it begins.
    pub sample: u64,
}

/// Writes down what is said.
pub trait Transcriber: Send + Sync {
    /// Whether takes of our own voice are to be written down too, which says what it is told.
    fn hears_embedded(&self) -> bool {
        false
    }
    /// Writes down what is said in a clip, in the language it was spoken in (BCP 47), and notes what that used.
    fn transcribe(&self, clip: &SpeechClip, language: &str, meter: &Meter) -> impl Future<Output = PortResult<String>> + Send;
}

/// Writes a script from a document.
pub trait ScriptWriter: Send + Sync {
    /// Writes the script, and notes what that used.
    fn write(&self, document: &Document, options: &JobOptions, meter: &Meter) -> impl Future<Output = PortResult<Script>> + Send;
}

/// Draws a picture for a scene.
pub trait Illustrator: Send + Sync {
    /// What tells one provider's pictures from another's, part of the address of a picture: provider, model and settings.
    fn identity(&self) -> String;
    /// The id of the model, where the vendor has several.
    fn model(&self) -> Option<&str>;
    /// Draws a picture, and notes what that used. Where the vendor works while we wait, its id for that is kept by the errand from
    /// before the wait; whoever has the picture closes the errand.
    ///
    /// # Errors
    /// Also [`PortError::Transition`] as soon as the errand is not wanted any more. The vendor is told to give up then.
    fn illustrate(
        &self,
        request: &ImageRequest,
        errand: &impl Errand,
        meter: &Meter,
    ) -> impl Future<Output = PortResult<Illustration>> + Send;
    /// Tells the vendor to give up the work of a ticket. Does nothing where it works only while somebody listens.
    fn give_up(&self, ticket: &Ticket) -> impl Future<Output = PortResult<()>> + Send;
}

/// What is to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ImageRequest {
    /// What is to be seen, in words.
    pub description: String,
    /// The width that would suit, in pixels. Vendors have sizes of their own.
    pub width: u32,
    /// The height that would suit, in pixels.
    pub height: u32,
    /// How often it was asked for anew although nothing in it changed.
    pub retake: u32,
}

impl ImageRequest {
    /// A number that follows from the request, of 31 bits, since some vendors take no more: the same picture for the same request,
    /// as far as a vendor can, and another one when it is asked for anew.
    pub fn seed(&self) -> u32 {
        let digits = ContentHash::of_json("seed", self).to_string();
        u32::from_str_radix(&digits[..8], 16).unwrap_or_default() >> 1
    }
}

/// A picture as a vendor gave it. Nobody has looked at it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Illustration {
    /// The file: PNG, JPEG, WebP or GIF, or one page of PDF.
    pub bytes: Vec<u8>,
    /// The media type, by its first bytes.
    pub media_type: &'static str,
}

/// Work that a vendor does for us while we wait, as its adapter sees it. The vendor's id for it is kept from before the wait, so
/// that a second attempt waits for the same work instead of paying again, and so that a cancelled job cancels it at the vendor.
pub trait Errand: Send + Sync {
    /// The ticket of work that was begun for this before and is not closed.
    fn ticket(&self) -> impl Future<Output = PortResult<Option<Ticket>>> + Send;
    /// Keeps the vendor's id of work that has begun.
    fn keep(&self, id: &str) -> impl Future<Output = PortResult<()>> + Send;
    /// Forgets work that was fetched, failed or was given up.
    fn close(&self) -> impl Future<Output = PortResult<()>> + Send;
    /// Fails with [`PortError::Transition`] if nobody wants it any more.
    fn check_wanted(&self) -> impl Future<Output = PortResult<()>> + Send;
    /// Which errand it is, for a vendor that tells us by itself when it is done: the job, and the address of what is asked for.
    fn name(&self) -> (&JobId, &ContentHash);
}

/// Work at a vendor that is not fetched yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What the provider is called in its list.
    pub provider: String,
    /// The version of the job that wants it.
    pub version: u32,
    /// By what id the vendor knows it.
    pub id: String,
    /// How it ended, in the vendor's form, where the vendor has told so by itself.
    pub end: Option<String>,
}

/// The tickets of all jobs, each under the address of what is asked for. They end by themselves when vendors throw away what nobody
/// fetched.
pub trait Tickets: Send + Sync {
    /// Reads a ticket; none if there is none, or it was forgotten.
    fn find(&self, job: &JobId, asked: &ContentHash) -> impl Future<Output = PortResult<Option<Ticket>>> + Send;
    /// Keeps a ticket.
    fn save(&self, job: &JobId, asked: &ContentHash, ticket: &Ticket) -> impl Future<Output = PortResult<()>> + Send;
    /// Forgets a ticket.
    fn forget(&self, job: &JobId, asked: &ContentHash) -> impl Future<Output = PortResult<()>> + Send;
    /// Notes how the work of an id ended; false, and nothing is noted, if no ticket with that id is kept.
    fn note_end(&self, job: &JobId, asked: &ContentHash, id: &str, end: &str) -> impl Future<Output = PortResult<bool>> + Send;
    /// The tickets of a job that were not forgotten.
    fn open(&self, job: &JobId) -> impl Future<Output = PortResult<Vec<(ContentHash, Ticket)>>> + Send;
}

/// Keys and the like, kept where only those read them who may.
pub trait Secrets: Send + Sync {
    /// The value of a secret by its reference: a name, or `ssm:` and the path of a parameter. Keep it out of logs.
    fn secret(&self, reference: &str) -> impl Future<Output = PortResult<String>> + Send;
}

/// The circuit breakers of all providers, shared by all functions. What a caller does with them is in [`crate::breaker`].
pub trait Breakers: Send + Sync {
    /// Reads the breaker of a name; as it was made if nobody wrote it.
    fn read(&self, name: &str) -> impl Future<Output = PortResult<Breaker>> + Send;
    /// Writes a state over the one before it; false, and nothing is written, if somebody else wrote in between.
    fn write(&self, name: &str, next: &Breaker) -> impl Future<Output = PortResult<bool>> + Send;
}

/// What may still be spent at vendors. Exact for any number of callers: an amount is set aside before a call and corrected after it.
pub trait Budgets: Send + Sync {
    /// Sets an amount aside; false, and nothing is set aside, if the budget of the job or of its owner's day would be overdrawn.
    fn reserve(&self, account: &Account, amount: Money, budget: &Budget) -> impl Future<Output = PortResult<bool>> + Send;
    /// Corrects what was set aside to what was spent.
    fn settle(&self, account: &Account, reserved: Money, spent: Money) -> impl Future<Output = PortResult<()>> + Send;
}

/// What providers offer, as they said when they were last asked, so that nobody has to wait for them.
pub trait Catalogues: Send + Sync {
    /// Reads what the provider of a name said; none if it was never asked.
    fn load(&self, name: &str) -> impl Future<Output = PortResult<Option<Catalogue>>> + Send;
    /// Keeps what it says now.
    fn save(&self, name: &str, catalogue: &Catalogue) -> impl Future<Output = PortResult<()>> + Send;
}

/// Signs requests to services of the cloud we run in, with the rights of the function. Kept behind a pointer, since only those
/// adapters need it whom no key lets in.
pub trait RequestSigner: fmt::Debug + Send + Sync {
    /// The region we run in, such as `eu-central-1`.
    fn region(&self) -> &str;
    /// The headers to add to a request.
    fn sign<'a>(&'a self, request: SignableRequest<'a>) -> Signature<'a>;
}

/// The headers that a signature adds, by name and value.
pub type Signature<'a> = Pin<Box<dyn Future<Output = PortResult<Vec<(String, String)>>> + Send + 'a>>;

/// What of a request is signed.
#[derive(Debug, Clone, Copy)]
pub struct SignableRequest<'a> {
    /// The service, as signatures name it, such as `polly`.
    pub service: &'static str,
    /// The method, in upper case.
    pub method: &'a str,
    /// The whole address.
    pub url: &'a str,
    /// The content, empty where there is none.
    pub body: &'a [u8],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_learns_what_its_stage_said() {
        let cause = r#"{"errorType":"InvalidInput","errorMessage":"ENCRYPTED: the PDF asks for a password"}"#;
        let state = ExecutionState::Failed { error: "InvalidInput".to_owned(), cause: cause.to_owned() };
        assert_eq!(state.failure(), Some(Failure::new(Code::Encrypted, "the PDF asks for a password")));
    }

    #[test]
    fn what_the_platform_says_has_a_code_too() {
        let failed = |error: &str, cause: &str| ExecutionState::Failed { error: error.to_owned(), cause: cause.to_owned() };
        for (state, code) in [
            (failed("States.Timeout", ""), Code::TimedOut),
            (failed("Lambda.Unknown", "the process ended"), Code::Internal),
            (ExecutionState::Aborted, Code::Stopped),
            (ExecutionState::TimedOut, Code::TimedOut),
            (ExecutionState::Succeeded, Code::Internal),
        ] {
            assert_eq!(state.failure().map(|failure| failure.code), Some(code), "{state:?}");
        }
        assert_eq!(ExecutionState::Running.failure(), None);
    }
}
