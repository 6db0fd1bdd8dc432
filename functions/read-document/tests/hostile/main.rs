//! Documents that are broken, odd or hostile: each is read, or refused with one code, and costs no more than a child may.
//!
//! The files are made by code, the same on every run: `pdf` writes PDFs by hand, since no library writes what they hold.

mod pdf;
mod texts;

use domain::ports::{AssetStore, JobStore};
use domain::{AssetKey, Block, Code, Document, Source, Transition, detect_kind};
use fakes::trials::{garble, is_soak, seeds, tell};
use fakes::{MemoryAssets, MemoryJobs, MemoryUploads, at, job_id, owner_id, pending_job};
use fastrand::Rng;
use media::process::Limits;
use read_document::{Input, Parser, handle};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Enough words for a document.
pub(crate) const PROSE: &str = "The water of the oceans follows the Moon, which pulls at it from far away, and so the level of the sea rises \
                                and falls twice on every day of the year at nearly every coast of the whole wide world that we know of.";

/// A few words of [`PROSE`]; a document that was read holds them.
const PHRASE: &str = "rises and falls twice";

/// What is to become of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It is read, with [`PHRASE`] in it.
    Read,
    /// It is refused.
    Refused(Code),
}

/// A file of the corpus.
pub(crate) struct Hostile {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) expected: Expected,
}

pub(crate) fn read(name: &'static str, bytes: impl Into<Vec<u8>>) -> Hostile {
    Hostile { name, bytes: bytes.into(), expected: Expected::Read }
}

pub(crate) fn refused(code: Code, name: &'static str, bytes: impl Into<Vec<u8>>) -> Hostile {
    Hostile { name, bytes: bytes.into(), expected: Expected::Refused(code) }
}

/// What a child may use up. In the short form the processor's time is what ends it, also on a busy machine; what needs more than four
/// seconds of that needs for ever.
fn limits() -> Limits {
    let (wall, cpu_seconds) = if is_soak() { (10, 10) } else { (120, 4) };
    Limits { wall: Duration::from_secs(wall), cpu_seconds, memory_bytes: 512 << 20, output_bytes: 96 << 20 }
}

/// What became of a file.
#[derive(Debug)]
struct Outcome {
    result: Result<Document, Code>,
    took: Duration,
}

/// Reads a file as the stage does, from the upload to the stored document.
async fn outcome(file: &Hostile) -> Outcome {
    let (uploads, assets, jobs) = (MemoryUploads::default(), MemoryAssets::default(), MemoryJobs::default());
    let begun = Instant::now();
    let kind = match detect_kind(&file.bytes, file.name) {
        Ok(kind) => kind,
        Err(failure) => return Outcome { result: Err(failure.code), took: begun.elapsed() },
    };
    let key = format!("inbox/owner-1/job-1/{}", file.name);
    let version = uploads.upload(&key, &file.bytes, at(0));
    let source = Source { key, version: Some(version), name: file.name.to_owned(), kind, bytes: file.bytes.len() as u64 };
    jobs.create(&pending_job()).await.expect("memory does not fail");
    jobs.change(&job_id(), &Transition::Bind(source), at(0)).await.expect("it is pending");
    let parser = Parser::new(PathBuf::from(env!("CARGO_BIN_EXE_read-document"))).with_limits(limits());
    let answer = handle(&uploads, &assets, &jobs, &parser, at(1), Input { job: job_id() }).await;
    let took = begun.elapsed();
    let result = match answer {
        Err(failure) => Err(failure.code),
        Ok(_) => {
            let stored = assets.get(&AssetKey::Document(owner_id(), job_id())).await.expect("it was stored");
            Ok(serde_json::from_slice(&stored).expect("a document"))
        }
    };
    if result.is_err() {
        assert_eq!(assets.writes(), 0, "`{}` was refused and left something behind", file.name);
    }
    Outcome { result, took }
}

/// All prose of a document.
fn prose(document: &Document) -> String {
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    let texts = blocks.filter_map(|block| match block {
        Block::Paragraph { text, .. } | Block::Quote { text, .. } => Some(text.clone()),
        Block::List { items, .. } => Some(items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join(" ")),
        Block::Code { .. } | Block::Table { .. } | Block::Formula { .. } | Block::Figure { .. } => None,
    });
    texts.collect::<Vec<_>>().join(" ")
}

async fn check(files: Vec<Hostile>) {
    let (mut wrong, mut slowest, mut reads, count) = (Vec::new(), ("", Duration::ZERO), 0, files.len());
    for file in files {
        let Outcome { result, took } = outcome(&file).await;
        slowest = slowest.max_by_time((file.name, took));
        reads += usize::from(result.is_ok());
        let is_as_expected = match (&result, file.expected) {
            (Ok(document), Expected::Read) => prose(document).contains(PHRASE),
            (Err(code), Expected::Refused(expected)) => *code == expected,
            _ => false,
        };
        // The limit itself, and what it takes to start and end a child on a busy machine.
        let is_in_time = took < limits().wall + Duration::from_secs(3);
        if !is_as_expected || !is_in_time {
            let became = result.map(|document| prose(&document).chars().take(200).collect::<String>());
            wrong.push(format!("`{}` became {became:?} within {took:?}, expected {:?}", file.name, file.expected));
        }
    }
    tell(&format!("{count} files: {reads} read, {} refused; the slowest is `{}`, {:?}", count - reads, slowest.0, slowest.1));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

trait MaxByTime {
    fn max_by_time(self, other: Self) -> Self;
}

impl MaxByTime for (&'static str, Duration) {
    fn max_by_time(self, other: Self) -> Self {
        if other.1 > self.1 { other } else { self }
    }
}

#[tokio::test]
async fn hostile_pdfs_are_read_or_refused_with_one_code() {
    let corpus = pdf::corpus();
    assert!(corpus.len() >= 60);
    check(corpus).await;
}

#[tokio::test]
async fn hostile_texts_are_read_or_refused_with_one_code() {
    let corpus = texts::corpus();
    assert!(corpus.len() >= 60);
    check(corpus).await;
}

/// Documents that can be read, small enough to be read often.
fn sound() -> Vec<(&'static str, Vec<u8>)> {
    let made = pdf::corpus().into_iter().chain(texts::corpus());
    let small = made.filter(|file| file.expected == Expected::Read && file.bytes.len() < 100_000);
    let samples = ["paper.pdf", "lesson.md", "story.txt"].map(|name| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/samples").join(name);
        (name, std::fs::read(path).expect("the sample is there"))
    });
    small.map(|file| (file.name, file.bytes)).chain(samples).collect()
}

#[tokio::test]
async fn documents_that_were_changed_on_the_way_are_read_or_refused_too() {
    let sound = sound();
    let seeds = seeds(300, 10_000);
    let mut became: BTreeMap<String, usize> = BTreeMap::new();
    for seed in &seeds {
        let mut rng = Rng::with_seed(*seed);
        let (name, bytes) = &sound[rng.usize(..sound.len())];
        let file = read(name, garble(bytes.clone(), &mut rng));
        let Outcome { result, took } = outcome(&file).await;
        assert_ne!(result.as_ref().err(), Some(&Code::Internal), "seed {seed}: `{name}`");
        assert!(took < limits().wall + Duration::from_secs(3), "seed {seed}: `{name}` took {took:?}");
        *became.entry(result.map_or_else(|code| code.word().to_owned(), |_| "read".to_owned())).or_default() += 1;
    }
    tell(&format!("{} changes of {} documents, seeds from {}: {became:?}", seeds.len(), sound.len(), seeds[0]));
}
