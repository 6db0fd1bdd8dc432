//! An event that S3 sends: it is an upload whose parts make up its key, or none of our business.
#![no_main]

use ingest_upload::Arrival;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = serde_json::from_slice(bytes) else { return };
    if let Ok(arrival) = Arrival::from_event(&event) {
        assert!(arrival.key.starts_with(&format!("inbox/{}/", arrival.owner)) && arrival.key.ends_with(&arrival.name));
        assert!(!arrival.name.is_empty() && !arrival.name.contains('/'));
    }
});
