//! A document, as its child reads it: whatever it holds, it is read or refused.
#![no_main]

mod document;

use domain::DocumentKind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: document::let_panics_be_caught(), |bytes: &[u8]| document::read(DocumentKind::Text, bytes));
