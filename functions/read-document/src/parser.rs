//! Reads a document in a child process of the same program, so that a hostile file can cost no more than a child.
//!
//! The child is this program with the arguments `parse KIND`; the file goes to its standard input, and from its standard
//! output comes the JSON form of [`Answer`]. It can be run by hand: `read-document parse pdf < paper.pdf`.

use crate::image::EmbeddedImage;
use crate::{markdown, pdf, text};
use domain::{Code, Document, DocumentKind, Failure};
use media::process::{ChildError, Limits, run_limited};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// What the child answers.
type Answer = Result<Parsed, Failure>;

/// A document and the images that were embedded in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parsed {
    pub(crate) document: Document,
    pub(crate) images: Vec<EmbeddedImage>,
}

/// How documents are parsed: by which program, and what it may use up.
#[derive(Debug, Clone)]
pub struct Parser {
    program: PathBuf,
    limits: Limits,
}

/// The argument that makes the program a parser.
const PARSE: &str = "parse";
/// The stack of the parsing thread. Nested objects of broken files go deep; what goes deeper ends the child.
const STACK_BYTES: usize = 64 * 1024 * 1024;

impl Parser {
    /// A parser that runs a program, mostly the one that is running: 10 s, 512 MB of address space, 96 MB of answer.
    pub fn new(program: PathBuf) -> Self {
        let limits = Limits {
            wall: Duration::from_secs(10),
            cpu_seconds: 10,
            memory_bytes: 512 * 1024 * 1024,
            output_bytes: 96 * 1024 * 1024,
        };
        Self { program, limits }
    }

    /// The same parser with other limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Parses a file. A child that crashes or exceeds its limits is a failure of the document, never of ours.
    pub(crate) async fn parse(&self, kind: DocumentKind, bytes: Vec<u8>) -> Result<Parsed, Failure> {
        let arguments = [PARSE.into(), OsString::from(word(kind))];
        let answer = run_limited(&self.program, &arguments, bytes, &self.limits).await.map_err(|error| judge(&error))?;
        let parsed: Answer = serde_json::from_slice(&answer)
            .map_err(|error| Failure::new(Code::Internal, format!("the parser's answer cannot be read: {error}")))?;
        parsed
    }
}

/// The signals of a broken program: illegal instruction, abort, bus error, segmentation fault.
const CRASHES: [i32; 3] = [4, 7, 11];

fn judge(error: &ChildError) -> Failure {
    match error {
        ChildError::Start { .. } => Failure::new(Code::Internal, error.to_string()),
        ChildError::TimedOut { .. } => Failure::new(Code::TooComplex, "reading the document took too long"),
        ChildError::OutputTooLarge { .. } => Failure::new(Code::TooLarge, "the document holds too much text"),
        ChildError::Killed { signal, .. } if CRASHES.contains(signal) => {
            Failure::new(Code::Corrupt, format!("the parser crashed with signal {signal}"))
        }
        // An abort means that memory or stack ran out; a kill, that the time did.
        ChildError::Killed { signal, .. } => Failure::new(Code::TooComplex, format!("the parser was ended by signal {signal}")),
        ChildError::Failed { status, .. } => Failure::new(Code::Corrupt, format!("the parser failed with status {status}")),
    }
}

fn word(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Text => "text",
        DocumentKind::Markdown => "markdown",
        DocumentKind::Pdf => "pdf",
    }
}

/// Does the work of the child if the arguments of the program ask for it, and gives the exit code; none if they do not.
///
/// `arguments` are those of the program without its name. Call it first in `main`, before any thread or runtime is started.
pub fn parse_child(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let [command, kind] = arguments.as_slice() else { return None };
    if command != PARSE {
        return None;
    }
    let kind = [DocumentKind::Text, DocumentKind::Markdown, DocumentKind::Pdf].into_iter().find(|known| kind == word(*known));
    Some(match kind.map(answer_on_standard_output) {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(_)) | None => ExitCode::FAILURE,
    })
}

fn answer_on_standard_output(kind: DocumentKind) -> io::Result<()> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let answer = parse_in_thread(kind, bytes)?;
    let mut output = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut output, &answer)?;
    output.flush()
}

fn parse_in_thread(kind: DocumentKind, bytes: Vec<u8>) -> io::Result<Answer> {
    let answer = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || parse_caught(kind, bytes))?.join();
    Ok(answer.unwrap_or_else(|_| Err(broken())))
}

fn parse_caught(kind: DocumentKind, bytes: Vec<u8>) -> Answer {
    catch_unwind(|| parse(kind, bytes)).unwrap_or_else(|_| Err(broken()))
}

fn broken() -> Failure {
    Failure::new(Code::Corrupt, "the document is built in a way that cannot be read")
}

/// Reads a file as the child does, but in this very process, without its limits: for fuzzing.
///
/// # Errors
/// What is wrong with the file.
pub fn parse_here(kind: DocumentKind, bytes: Vec<u8>) -> Result<Document, Failure> {
    parse_in_thread(kind, bytes).unwrap_or_else(|_| Err(broken())).map(|parsed| parsed.document)
}

/// Reads a file in this very process.
fn parse(kind: DocumentKind, bytes: Vec<u8>) -> Answer {
    match kind {
        DocumentKind::Text => text::read(&bytes).map(|document| Parsed { document, images: Vec::new() }),
        DocumentKind::Markdown => markdown::read(&bytes).map(|(document, images)| Parsed { document, images }),
        DocumentKind::Pdf => pdf::read(bytes).map(|document| Parsed { document, images: Vec::new() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error: &ChildError) -> Code {
        judge(error).code
    }

    #[test]
    fn a_lost_child_is_a_failure_of_the_document() {
        let program = || "parser".to_owned();
        assert_eq!(code(&ChildError::TimedOut { program: program(), limit: Duration::from_secs(1) }), Code::TooComplex);
        for signal in [6, 9, 24] {
            assert_eq!(code(&ChildError::Killed { program: program(), signal }), Code::TooComplex);
        }
        assert_eq!(code(&ChildError::Killed { program: program(), signal: 11 }), Code::Corrupt);
        assert_eq!(code(&ChildError::Failed { program: program(), status: 101, log: String::new() }), Code::Corrupt);
        assert_eq!(code(&ChildError::OutputTooLarge { program: program(), limit: 1 }), Code::TooLarge);
    }

    #[test]
    fn other_arguments_are_not_for_the_parser() {
        assert!(parse_child([]).is_none());
        assert!(parse_child(["serve".into(), "pdf".into()]).is_none());
    }
}
