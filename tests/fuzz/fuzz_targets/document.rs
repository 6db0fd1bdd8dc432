//! What the fuzzers of documents have in common.

use domain::{Code, DocumentKind};

/// A library that panics over a document is caught by the child that reads it, which refuses the document then. So a panic that is
/// caught finds nothing; one that leaves the target does.
pub(crate) fn let_panics_be_caught() {
    std::panic::set_hook(Box::new(|_| ()));
}

/// Reads a document as its child does.
pub(crate) fn read(kind: DocumentKind, bytes: &[u8]) {
    if let Err(failure) = read_document::parse_here(kind, bytes.to_vec())
        && failure.code == Code::Internal
    {
        eprintln!("it is no fault of the document: {failure}");
        std::process::abort();
    }
}
