//! A job, a document and a script as they typically are.

use crate::MemoryJobs;
use domain::ports::JobStore;
use domain::{
    Block, Change, ContentHash, Document, DocumentKind, Job, JobId, JobOptions, OwnerId, Phase, Revision, SCRIPT_SCHEMA, Scene,
    Script, ScriptSummary, Section, SectionRole, Source, Span, Transition, Visual, Writer,
};
use jiff::{SignedDuration, Timestamp};

/// A moment, in seconds after the first of January 1970.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("tests stay within the range of timestamps")
}

/// The id of the typical job.
pub fn job_id() -> JobId {
    JobId::new("job-1").expect("well formed")
}

/// The owner of the typical job.
pub fn owner_id() -> OwnerId {
    OwnerId::new("owner-1").expect("well formed")
}

/// A job that waits for its upload.
pub fn pending_job() -> Job {
    Job::new(job_id(), owner_id(), JobOptions::default(), at(0), at(30 * 86_400))
}

/// A store with a job whose upload has arrived, a text file, and which is being worked on.
pub async fn processing_job() -> (MemoryJobs, JobId) {
    let jobs = MemoryJobs::default();
    let job = pending_job();
    jobs.create(&job).await.expect("memory does not fail");
    let source = Source {
        key: "inbox/owner-1/job-1/notes.txt".to_owned(),
        version: Some("v1".to_owned()),
        name: "notes.txt".to_owned(),
        kind: DocumentKind::Text,
        bytes: 4,
    };
    for transition in [Transition::Bind(source), Transition::Enter(Phase::Extract)] {
        jobs.change(&job.id, &transition, at(0)).await.expect("it is pending");
    }
    (jobs, job.id)
}

/// A store with a job whose script is written. The script itself is not stored.
pub async fn scripted_job(script: &Script) -> (MemoryJobs, JobId) {
    let (jobs, id) = processing_job().await;
    let summary = ScriptSummary {
        title: script.title.clone(),
        scenes: u32::try_from(script.scenes.len()).expect("scripts are short"),
        hash: script.address(),
        writer: script.writer.provider.clone(),
        fallback: None,
    };
    for transition in [Transition::Scripted(summary), Transition::Enter(Phase::Scenes)] {
        jobs.change(&id, &transition, at(0)).await.expect("it is processing");
    }
    (jobs, id)
}

/// The next version of a job that has ended, asked for one second later.
pub async fn revise(jobs: &MemoryJobs, id: &JobId) -> Job {
    let ended = jobs.load(id).await.expect("it is there");
    revise_at(jobs, id, ended.updated_at + SignedDuration::from_secs(1)).await
}

/// The next version of a job that has ended, asked for at a time. Its draft is not stored.
pub async fn revise_at(jobs: &MemoryJobs, id: &JobId, now: Timestamp) -> Job {
    let from = jobs.load(id).await.expect("it is there").version;
    let revision = Revision { from, change: Change::Options, draft: ContentHash::of(["draft"]), options: JobOptions::default() };
    jobs.change(id, &Transition::Revise(Box::new(revision)), now).await.expect("it has ended with a script")
}

/// A document with two short sections.
pub fn document() -> Document {
    let section = |heading: &str, text: &str| Section {
        heading: Some(heading.to_owned()),
        number: None,
        level: 1,
        role: SectionRole::Body,
        blocks: vec![Block::Paragraph { text: text.to_owned(), span: Span { page: 1, start: 0, end: 10 } }],
    };
    Document {
        kind: DocumentKind::Text,
        title: Some("Tides".to_owned()),
        authors: vec![],
        language: Some("en".to_owned()),
        pages: 1,
        words: 40,
        sections: vec![
            section("The pull of the Moon", "The Moon pulls at the water of the oceans. The water follows and rises below it."),
            section(
                "Twice a day",
                "The Earth turns once a day below two bulges of water. So every coast sees two high tides a day.",
            ),
        ],
        warnings: vec![],
    }
}

/// A scene that says and shows one sentence.
pub fn scene(narration: &str) -> Scene {
    let visual = Visual::Slide { eyebrow: None, title: "Tides".to_owned(), bullets: vec![narration.to_owned()] };
    Scene { narration: narration.to_owned(), visual, cues: vec![], sources: vec![Span { page: 1, start: 0, end: 10 }], retake: 0 }
}

/// A script with one scene for each sentence.
pub fn script(narrations: &[&str]) -> Script {
    Script {
        schema: SCRIPT_SCHEMA,
        title: "Tides".to_owned(),
        language: "en".to_owned(),
        writer: Writer { provider: "embedded".to_owned(), model: None, fallback: None },
        scenes: narrations.iter().map(|narration| scene(narration)).collect(),
    }
}
