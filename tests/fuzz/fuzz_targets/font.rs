//! A font that somebody else made: it is taken or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = foreign::check_font(bytes);
});
