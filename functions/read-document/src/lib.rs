//! Reads an upload and writes down what it says: title, sections, blocks in reading order, figures with their places.
//!
//! **In**: a job whose source is bound.
//!
//! **Out**: the number of words and pages. Stored: [`AssetKey::Document`], and [`AssetKey::Image`] for each image that was
//! embedded in Markdown. The same bytes always give the same document.
//!
//! **May fail** for good with what is wrong with the document: `ENCRYPTED`, `NO_TEXT`, `CORRUPT`, `EMPTY`, `TOO_SHORT`,
//! `TOO_LARGE`, `TOO_COMPLEX`, `UNSUPPORTED_TYPE`, `SOURCE_GONE`.
//!
//! Parsing happens in a child process with limits on time and memory: see [`Parser`] and [`parse_child`].

mod decode;
mod front_matter;
mod image;
mod language;
mod markdown;
mod measure;
mod parser;
mod pdf;
mod roles;
mod text;

pub use parser::{Parser, parse_child, parse_here};

use domain::ports::{AssetStore, JobStore, PortError, UploadStore};
use domain::{AssetKey, Code, Document, Failure, Job, JobId, OwnerId, Phase, Source, Transition, detect_kind};
use jiff::Timestamp;
use parser::Parsed;
use serde::{Deserialize, Serialize};

/// The name of this stage.
pub const STAGE: &str = "read-document";

/// The largest file that is read.
const LARGEST_BYTES: u64 = domain::MAX_UPLOAD_BYTES;

/// Which job to read for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The job.
    pub job: JobId,
}

impl stage::Input for Input {}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The job.
    pub job: JobId,
    /// Number of words of prose.
    pub words: u32,
    /// Number of pages; 1 for formats without pages.
    pub pages: u32,
}

/// Reads the source of a job. A document that is there already is used.
pub async fn handle(
    uploads: &impl UploadStore,
    assets: &impl AssetStore,
    jobs: &impl JobStore,
    parser: &Parser,
    now: Timestamp,
    input: Input,
) -> Result<Output, Failure> {
    let job = jobs.change(&input.job, &Transition::Enter(Phase::Extract), now).await?;
    let key = AssetKey::Document(job.owner.clone(), job.id.clone());
    let document = match find(assets, &key).await? {
        Some(document) => document,
        None => {
            let bytes = load(uploads, source(&job)?).await?;
            let parsed = parser.parse(source(&job)?.kind, bytes).await?;
            store(assets, &job.owner, &key, parsed).await?
        }
    };
    Ok(Output { job: job.id, words: document.words, pages: document.pages })
}

fn source(job: &Job) -> Result<&Source, Failure> {
    job.source.as_ref().ok_or_else(|| Failure::new(Code::Internal, format!("job `{}` has no source", job.id)))
}

async fn find(assets: &impl AssetStore, key: &AssetKey) -> Result<Option<Document>, Failure> {
    if !assets.exists(key).await? {
        return Ok(None);
    }
    let stored = assets.get(key).await?;
    // What another version of this stage wrote is read again from the source.
    Ok(serde_json::from_slice(&stored).ok())
}

async fn load(uploads: &impl UploadStore, source: &Source) -> Result<Vec<u8>, Failure> {
    if source.bytes > LARGEST_BYTES {
        return Err(Failure::new(Code::TooLarge, format!("the file has {} bytes, more than {LARGEST_BYTES}", source.bytes)));
    }
    let bytes = uploads.read(source).await.map_err(|error| match error {
        PortError::NotFound { .. } => Failure::new(Code::SourceGone, "the upload is no longer there"),
        other => other.into(),
    })?;
    if detect_kind(&bytes, &source.name)? != source.kind {
        return Err(Failure::new(Code::UnsupportedType, "the file is not of the type it was taken for"));
    }
    Ok(bytes)
}

async fn store(assets: &impl AssetStore, owner: &OwnerId, key: &AssetKey, parsed: Parsed) -> Result<Document, Failure> {
    for embedded in parsed.images {
        let key = AssetKey::Image(owner.clone(), embedded.hash);
        let bytes =
            image::decode(&embedded.base64).ok_or_else(|| Failure::new(Code::Corrupt, "an embedded image is no base64"))?;
        assets.put(&key, bytes).await?;
    }
    let body = serde_json::to_vec(&parsed.document).expect("our own data types always have a JSON form");
    assets.put(key, body).await?;
    Ok(parsed.document)
}
