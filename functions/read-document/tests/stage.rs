//! The whole stage with fakes, its parser being the real child process.

use domain::ports::{AssetStore, JobStore};
use domain::{AssetKey, Code, Document, DocumentKind, FigureSource, Phase, Source, Transition, detect_kind};
use fakes::{MemoryAssets, MemoryJobs, MemoryUploads, at, job_id, owner_id, pending_job};
use media::process::Limits;
use read_document::{Input, Output, Parser, handle};
use std::path::PathBuf;
use std::time::Duration;

const NOTES: &str = "# Tides\n\nThe water of the oceans follows the Moon, which pulls at it from far away, and so the level of the sea \
                     rises and falls twice on every day of the year at nearly every coast of the whole wide world.\n";

/// An image of eight bytes, as far as anybody looks.
const IMAGE: &str = "![A tide](data:image/png;base64,iVBORw0KGgo=)\n";

struct Stage {
    uploads: MemoryUploads,
    assets: MemoryAssets,
    jobs: MemoryJobs,
}

impl Stage {
    /// A job whose upload has arrived.
    async fn with(name: &str, bytes: &[u8]) -> Self {
        let stage = Self { uploads: MemoryUploads::default(), assets: MemoryAssets::default(), jobs: MemoryJobs::default() };
        let key = format!("inbox/owner-1/job-1/{name}");
        let version = stage.uploads.upload(&key, bytes, at(0));
        let kind = detect_kind(bytes, name).unwrap_or(DocumentKind::Pdf);
        let source = Source { key, version: Some(version), name: name.to_owned(), kind, bytes: bytes.len() as u64 };
        stage.jobs.create(&pending_job()).await.expect("memory does not fail");
        stage.jobs.change(&job_id(), &Transition::Bind(source), at(0)).await.expect("it is pending");
        stage
    }

    async fn read(&self) -> Result<Output, Code> {
        self.read_with(&parser()).await
    }

    async fn read_with(&self, parser: &Parser) -> Result<Output, Code> {
        let input = Input { job: job_id() };
        handle(&self.uploads, &self.assets, &self.jobs, parser, at(1), input).await.map_err(|failure| failure.code)
    }

    async fn document(&self) -> Document {
        let stored = self.assets.get(&AssetKey::Document(owner_id(), job_id())).await.expect("it was stored");
        serde_json::from_slice(&stored).expect("a document")
    }
}

fn parser() -> Parser {
    Parser::new(PathBuf::from(env!("CARGO_BIN_EXE_read-document")))
}

#[tokio::test]
async fn a_document_is_read_and_stored() {
    let stage = Stage::with("notes.md", NOTES.as_bytes()).await;
    let output = stage.read().await.expect("it can be read");
    assert_eq!((output.words, output.pages), (41, 1));
    assert_eq!(stage.document().await.title.as_deref(), Some("Tides"));
    assert_eq!(stage.jobs.load(&job_id()).await.expect("there is a job").phase, Phase::Extract);
}

#[tokio::test]
async fn reading_twice_stores_once() {
    let stage = Stage::with("notes.md", NOTES.as_bytes()).await;
    let first = stage.read().await.expect("it can be read");
    let writes = stage.assets.writes();
    assert_eq!(stage.read().await, Ok(first));
    assert_eq!(stage.assets.writes(), writes);
}

#[tokio::test]
async fn embedded_images_are_stored_where_their_figures_say() {
    let stage = Stage::with("notes.md", format!("{NOTES}\n{IMAGE}").as_bytes()).await;
    stage.read().await.expect("it can be read");
    let document = stage.document().await;
    let figure = document.sections.iter().flat_map(|section| &section.blocks).find_map(|block| match block {
        domain::Block::Figure { figure, .. } => Some(figure.clone()),
        _ => None,
    });
    let Some(FigureSource::Image { hash, .. }) = figure.map(|figure| figure.source) else { panic!("an image: {document:?}") };
    let image = stage.assets.get(&AssetKey::Image(owner_id(), hash)).await.expect("it was stored");
    assert_eq!(image, b"\x89PNG\r\n\x1a\n");
}

#[tokio::test]
async fn unusable_files_have_their_codes() {
    for (name, bytes, code) in [
        ("empty.txt", b"".as_slice(), Code::Empty),
        ("blank.txt", b" \n \n".as_slice(), Code::Empty),
        ("short.md", b"# Tides\n\nFew words.".as_slice(), Code::TooShort),
        ("broken.pdf", b"%PDF-1.7\nnothing more".as_slice(), Code::Corrupt),
        ("renamed.pdf", b"PK\x03\x04 an archive".as_slice(), Code::UnsupportedType),
    ] {
        let stage = Stage::with(name, bytes).await;
        assert_eq!(stage.read().await, Err(code), "{name}");
        assert_eq!(stage.assets.writes(), 0, "{name}");
    }
}

#[tokio::test]
async fn an_upload_that_is_gone_is_told() {
    let stage = Stage::with("notes.md", NOTES.as_bytes()).await;
    stage.uploads.delete("inbox/owner-1/job-1/notes.md");
    assert_eq!(stage.read().await, Err(Code::SourceGone));
}

#[tokio::test]
async fn a_child_that_exceeds_its_limits_is_a_failure_of_the_document() {
    let stage = Stage::with("notes.md", NOTES.as_bytes()).await;
    let limits = Limits { wall: Duration::from_secs(10), cpu_seconds: 10, memory_bytes: 512 << 20, output_bytes: 96 << 20 };
    let read = async |limits| stage.read_with(&parser().with_limits(limits)).await;
    assert_eq!(read(Limits { wall: Duration::ZERO, ..limits.clone() }).await, Err(Code::TooComplex));
    assert_eq!(read(Limits { output_bytes: 10, ..limits.clone() }).await, Err(Code::TooLarge));
    assert!(matches!(read(Limits { memory_bytes: 1 << 20, ..limits }).await, Err(Code::TooComplex | Code::Corrupt)));
    assert_eq!(stage.assets.writes(), 0);
}

#[tokio::test]
async fn a_child_that_crashes_is_a_failure_of_the_document() {
    let stage = Stage::with("notes.md", NOTES.as_bytes()).await;
    assert_eq!(stage.read_with(&Parser::new(PathBuf::from("/bin/false"))).await, Err(Code::Corrupt));
}

#[tokio::test]
async fn a_program_that_is_missing_is_our_own_mistake() {
    let stage = Stage::with("notes.md", NOTES.as_bytes()).await;
    assert_eq!(stage.read_with(&Parser::new(PathBuf::from("/nowhere/parser"))).await, Err(Code::Internal));
}

#[test]
fn the_sample_is_an_input() {
    let input: Input = serde_json::from_str(include_str!("../../../events/read-document/job.json")).expect("it parses");
    assert_eq!(input.job.as_str(), "01933f5c8a7b7c1e9d2f3a4b5c6d7e8f");
}
