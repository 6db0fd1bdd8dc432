//! H.264 that lasts as long as wanted and costs only the frames that differ.
//!
//! A group is 64 frames: one IDR frame from the encoder, then 63 frames that say nothing but "every macroblock as before",
//! some ten bytes each, written here. It is closed and has no B-frames, so it may be cut after any frame and joined with any
//! group of the same parameter sets by copying bytes.

mod bits;
mod nal;
mod parameters;
mod splice;

pub use nal::{Nal, kind, nals};
pub use parameters::Parameters;
pub(crate) use splice::LONGEST_RUN;
pub use splice::{count_groups, place, stretch};

use bits::BitWriter;
use domain::{Cells, FRAMES_PER_CELL};

/// Frames in a group: 4 cells of 16.
pub const FRAMES_PER_GROUP: u32 = 4 * FRAMES_PER_CELL;

/// A stream that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum H264Error {
    /// It ends in the middle of something, or is not H.264 at all.
    #[error("the H.264 stream is truncated or damaged")]
    Truncated,
    /// It uses something that a held picture cannot be made with.
    #[error("the H.264 stream uses {what}")]
    Unsupported {
        /// What it uses.
        what: &'static str,
    },
    /// It has another number of frames.
    #[error("the H.264 stream has {found} frames, expected {expected}")]
    FrameCount {
        /// How many it has.
        found: u64,
        /// How many were expected.
        expected: u64,
    },
    /// It has another number of groups, each an IDR frame and what refers to it.
    #[error("the H.264 stream has {found} groups, expected {expected}")]
    GroupCount {
        /// How many it has.
        found: usize,
        /// How many were expected.
        expected: usize,
    },
}

/// What the parameter sets at the start of a stream say.
pub fn parameters(stream: &[u8]) -> Result<Parameters, H264Error> {
    let unit = |kind| nals(stream).find(|nal| nal.kind() == kind).map(|nal| nal.unit).ok_or(H264Error::Truncated);
    Parameters::read(unit(kind::SPS)?, unit(kind::PPS)?)
}

/// The number of frames in a stream.
pub fn count_frames(stream: &[u8]) -> u64 {
    nals(stream).filter(Nal::begins_picture).count() as u64
}

/// Makes a group of [`FRAMES_PER_GROUP`] frames from a stream of exactly one IDR frame: parameter sets, the frame, and 63
/// repetitions of it. Supplemental information, such as the encoder's signature, is left out.
///
/// The parameter sets must allow it: CAVLC, one reference frame, output in coded order, no weighted prediction.
pub fn hold_picture(encoded: &[u8]) -> Result<Vec<u8>, H264Error> {
    match count_frames(encoded) {
        1 => {}
        found => return Err(H264Error::FrameCount { found, expected: 1 }),
    }
    let parameters = parameters(encoded)?;
    let needed = |nal: &Nal| matches!(nal.kind(), kind::SPS | kind::PPS | kind::IDR_SLICE);
    let mut group: Vec<u8> = nals(encoded).filter(needed).flat_map(|nal| nal.framed).copied().collect();
    for frame in 1..FRAMES_PER_GROUP {
        group.extend(skipped_frame(&parameters, frame));
    }
    Ok(group)
}

/// Repeats a group until it lasts so long; the last repetition is cut where needed.
///
/// # Errors
/// [`H264Error::FrameCount`] if it is not a group of [`FRAMES_PER_GROUP`] frames.
pub fn hold(group: &[u8], duration: Cells) -> Result<Vec<u8>, H264Error> {
    let found = count_frames(group);
    if found != u64::from(FRAMES_PER_GROUP) {
        return Err(H264Error::FrameCount { found, expected: u64::from(FRAMES_PER_GROUP) });
    }
    let whole = duration.frames() / u64::from(FRAMES_PER_GROUP);
    let rest = duration.frames() % u64::from(FRAMES_PER_GROUP);
    let mut stream = group.repeat(usize::try_from(whole).map_err(|_| H264Error::Truncated)?);
    stream.extend_from_slice(first_frames(group, rest));
    Ok(stream)
}

/// The start of a group up to the end of so many frames.
fn first_frames(group: &[u8], frames: u64) -> &[u8] {
    if frames == 0 {
        return &[];
    }
    let mut length = 0;
    let mut begun = 0;
    for nal in nals(group) {
        begun += u64::from(nal.begins_picture());
        if begun > frames {
            break;
        }
        length += nal.framed.len();
    }
    &group[..length]
}

/// A P-frame in which every macroblock is skipped: a slice header (7.3.3) and one run of skipped macroblocks (7.3.4).
///
/// Skipped macroblocks predict their motion from their neighbours; without any motion that is none, so the frame repeats the
/// one before it exactly. Deblocking, which would change nothing here, is switched off to spare the decoder the look.
fn skipped_frame(parameters: &Parameters, frames_since_idr: u32) -> Vec<u8> {
    const ALL_SLICES_P: u32 = 5;
    const NO_DEBLOCKING: u32 = 1;
    /// `nal_ref_idc` 2, as x264 gives its P-frames; it may not be 0, because output in coded order forbids two frames in a
    /// row that are not referred to (7.4.2.1.1, `pic_order_cnt_type` 2).
    const REFERENCE_SLICE: u8 = 2 << 5 | kind::SLICE;

    let mut bits = BitWriter::default();
    bits.golomb(0); // first_mb_in_slice
    bits.golomb(ALL_SLICES_P); // slice_type
    bits.golomb(parameters.picture_set);
    bits.number(frames_since_idr % (1 << parameters.frame_num_bits), parameters.frame_num_bits); // frame_num
    bits.bit(false); // num_ref_idx_active_override_flag
    bits.bit(false); // ref_pic_list_modification_flag_l0
    bits.bit(false); // adaptive_ref_pic_marking_mode_flag
    bits.golomb(0); // slice_qp_delta
    if parameters.deblocking_control {
        bits.golomb(NO_DEBLOCKING);
    }
    bits.golomb(parameters.macroblocks); // mb_skip_run
    bits.into_nal(REFERENCE_SLICE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parameter sets of a 64 x 48 picture at 30 frames per second and one IDR slice, as x264 writes them.
    const ENCODED: &[u8] = include_bytes!("../samples/one-frame.h264");

    #[test]
    fn parameters_are_read() {
        let read = parameters(ENCODED).expect("as x264 writes them");
        assert_eq!((read.width, read.height, read.frame_rate), (64, 48, Some((30, 1))));
    }

    #[test]
    fn a_group_has_64_frames_and_hardly_more_bytes_than_one() {
        let group = hold_picture(ENCODED).expect("one frame");
        assert_eq!(count_frames(&group), 64);
        assert!(group.len() < ENCODED.len() + 63 * 16, "{} bytes", group.len());
        assert!(nals(&group).all(|nal| nal.kind() != kind::SEI));
    }

    #[test]
    fn a_held_picture_lasts_exactly_as_long_as_asked() {
        let group = hold_picture(ENCODED).expect("one frame");
        for cells in [1, 3, 4, 5, 23] {
            let held = hold(&group, Cells(cells)).expect("a group");
            assert_eq!(count_frames(&held), u64::from(cells) * 16);
        }
        assert_eq!(hold(&group, Cells(0)), Ok(Vec::new()));
    }

    #[test]
    fn a_prefix_ends_with_a_whole_frame() {
        let group = hold_picture(ENCODED).expect("one frame");
        let held = hold(&group, Cells(1)).expect("a group");
        assert!(group.starts_with(&held));
        assert!(group[held.len()..].starts_with(&[0, 0, 0, 1]));
    }

    #[test]
    fn what_is_not_one_frame_is_refused() {
        let group = hold_picture(ENCODED).expect("one frame");
        assert_eq!(hold_picture(&group), Err(H264Error::FrameCount { found: 64, expected: 1 }));
        assert_eq!(hold_picture(b"text"), Err(H264Error::FrameCount { found: 0, expected: 1 }));
        assert_eq!(hold(ENCODED, Cells(1)), Err(H264Error::FrameCount { found: 1, expected: 64 }));
    }

    #[test]
    fn a_stream_that_cannot_be_continued_is_refused() {
        let mut cabac = ENCODED.to_vec();
        let pps = nals(ENCODED).find(|nal| nal.kind() == kind::PPS).expect("there").unit;
        let at = pps.as_ptr() as usize - ENCODED.as_ptr() as usize;
        // Both ids are one bit each; the third bit is `entropy_coding_mode_flag`.
        cabac[at + 1] |= 0b0010_0000;
        assert_eq!(hold_picture(&cabac), Err(H264Error::Unsupported { what: "CABAC" }));
    }
}
