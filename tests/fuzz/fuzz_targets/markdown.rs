//! A document, as its child reads it: whatever it holds, it is read or refused.
#![no_main]

use domain::{Code, DocumentKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(failure) = read_document::parse_here(DocumentKind::Markdown, bytes.to_vec()) {
        assert_ne!(failure.code, Code::Internal, "{failure}");
    }
});
