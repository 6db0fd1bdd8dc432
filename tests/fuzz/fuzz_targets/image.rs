//! An image that somebody else made: it is shown, as PNG within the frame, or refused.
#![no_main]

use foreign::Prepared;
use libfuzzer_sys::fuzz_target;

const MOST: (u32, u32) = (640, 360);

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Prepared::Png(png)) = foreign::prepare_image(bytes, MOST) {
        // Bytes 16 to 24 of a PNG are its width and height: https://www.w3.org/TR/png-3/#11IHDR
        let number = |at: usize| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]);
        assert!((1..=MOST.0).contains(&number(16)) && (1..=MOST.1).contains(&number(20)));
    }
});
