//! Moving pictures that wait: skipped frames between encoded ones.
//!
//! A stream of closed groups, each one IDR frame and the frames that move away from it, is stretched: each group first holds its IDR
//! frame, then moves. So only what differs is ever encoded, and when it moves is decided later.
//!
//! ```text
//! encoded    I p p p            I p p p
//! stretched  I - - - - - p p p  I - - I - - - p p p        - skipped, written here    I the same IDR frame again
//! ```

use super::bits::BitReader;
use super::{H264Error, Nal, Parameters, kind, nals, parameters, skipped_frame};

/// The most frames from one IDR frame to the next while a picture is held: 5 s at 30 frames a second, between what players like to
/// jump to and what repeating a whole picture costs.
pub(crate) const LONGEST_RUN: u64 = 150;

/// The number of groups in a stream.
pub fn count_groups(stream: &[u8]) -> usize {
    nals(stream).filter(|nal| nal.kind() == kind::IDR_SLICE && nal.begins_picture()).count()
}

/// Makes each group of a stream last so many frames by holding its first frame; what moves then moves at the end of the group.
///
/// A frame that is held for long is repeated as an IDR frame, the very same bytes, at least every 150 frames, so that
/// a player can begin there.
///
/// # Errors
/// [`H264Error::GroupCount`] unless there is a length for each group, [`H264Error::FrameCount`] if a group has more frames than it may
/// last, [`H264Error::Unsupported`] as for [`place`].
pub fn stretch(encoded: &[u8], lengths: &[u64]) -> Result<Vec<u8>, H264Error> {
    let groups = groups(encoded)?;
    if groups.len() != lengths.len() {
        return Err(H264Error::GroupCount { found: groups.len(), expected: lengths.len() });
    }
    let (mut starts, mut begin) = (Vec::new(), 0);
    for (&frames, &length) in groups.iter().zip(lengths) {
        if length < frames {
            return Err(H264Error::FrameCount { found: frames, expected: length });
        }
        starts.push(begin);
        starts.extend(begin + length + 1 - frames..begin + length);
        begin += length;
    }
    place(encoded, &starts, begin)
}

/// Shows each frame of a stream from its frame in `starts` until the next one, the last one until `end`.
///
/// A frame that stands is followed by skipped ones. An IDR frame that stands for long is repeated as in [`stretch`]; what is to be
/// repeated must therefore be one. The encoder's frames keep their content and get new frame numbers. Pictures are of one
/// slice each.
///
/// # Errors
/// [`H264Error::FrameCount`] unless there is a start for each frame, from 0, each later than the one before;
/// [`H264Error::Unsupported`] as for [`super::hold_picture`].
pub fn place(encoded: &[u8], starts: &[u64], end: u64) -> Result<Vec<u8>, H264Error> {
    let parameters = parameters(encoded)?;
    let (sets, frames) = frames(encoded)?;
    let rises = starts.first() == Some(&0) && starts.windows(2).all(|pair| pair[0] < pair[1]) && starts.last() < Some(&end);
    if frames.len() != starts.len() || !rises {
        return Err(H264Error::FrameCount { found: frames.len() as u64, expected: starts.len() as u64 });
    }
    let mut stream = Vec::with_capacity(encoded.len() * 2);
    let mut since_idr = 0;
    let ends = starts.iter().skip(1).copied().chain([end]);
    for ((frame, start), end) in frames.iter().zip(starts).zip(ends) {
        let stands = end - start;
        if frame.kind() == kind::IDR_SLICE {
            for run in runs(stands) {
                stream.extend_from_slice(&sets);
                stream.extend_from_slice(frame.framed);
                since_idr = skip(&mut stream, &parameters, 1, run - 1);
            }
        } else {
            stream.extend(renumbered(frame, &parameters, since_idr)?);
            since_idr = skip(&mut stream, &parameters, since_idr + 1, stands - 1);
        }
    }
    Ok(stream)
}

/// Appends so many skipped frames, the first of them so many frames behind its IDR frame; gives the distance of the next.
fn skip(stream: &mut Vec<u8>, parameters: &Parameters, since_idr: u32, count: u64) -> u32 {
    let next = since_idr + u32::try_from(count).unwrap_or(u32::MAX);
    (since_idr..next).for_each(|at| stream.extend(skipped_frame(parameters, at)));
    next
}

/// How many frames each group has.
fn groups(encoded: &[u8]) -> Result<Vec<u64>, H264Error> {
    let mut groups = Vec::new();
    for frame in frames(encoded)?.1 {
        match groups.last_mut() {
            _ if frame.kind() == kind::IDR_SLICE => groups.push(1),
            Some(count) => *count += 1,
            None => return Err(H264Error::Truncated),
        }
    }
    Ok(groups)
}

/// The parameter sets, which all groups share, and the frames.
fn frames(encoded: &[u8]) -> Result<(Vec<u8>, Vec<Nal<'_>>), H264Error> {
    let (mut sets, mut frames) = (Vec::new(), Vec::new());
    for nal in nals(encoded) {
        match nal.kind() {
            kind::SPS | kind::PPS if frames.is_empty() => sets.extend_from_slice(nal.framed),
            kind::SLICE | kind::IDR_SLICE if !nal.begins_picture() => {
                return Err(H264Error::Unsupported { what: "more than one slice in a picture" });
            }
            kind::SLICE if frames.is_empty() => return Err(H264Error::Truncated),
            kind::SLICE | kind::IDR_SLICE => frames.push(nal),
            _ => {}
        }
    }
    if frames.is_empty() { Err(H264Error::Truncated) } else { Ok((sets, frames)) }
}

/// Parts a time into equal runs of at most [`LONGEST_RUN`] frames. None is so short that one IDR frame would follow another at
/// once, which would have to tell itself apart (7.4.3, `idr_pic_id`).
fn runs(frames: u64) -> impl Iterator<Item = u64> {
    let count = frames.div_ceil(LONGEST_RUN);
    (0..count).map(move |at| frames * (at + 1) / count - frames * at / count)
}

/// A frame of the encoder with another `frame_num` (7.3.3). Its width is the same, so everything behind it stays in place.
fn renumbered(nal: &Nal<'_>, parameters: &Parameters, frames_since_idr: u32) -> Result<Vec<u8>, H264Error> {
    let header = *nal.unit.first().ok_or(H264Error::Truncated)?;
    let mut bits = BitReader::of_nal(nal.unit);
    let _first_macroblock = bits.golomb()?;
    let _slice_type = bits.golomb()?;
    let _picture_set = bits.golomb()?;
    bits.into_nal_with(header, frames_since_idr % (1 << parameters.frame_num_bits), parameters.frame_num_bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::h264::{count_frames, hold_picture};

    /// Parameter sets of a 64 x 48 picture at 30 frames per second and one IDR slice, as x264 writes them.
    const ENCODED: &[u8] = include_bytes!("../../samples/one-frame.h264");

    #[test]
    fn a_group_lasts_as_long_as_asked() {
        for length in [1, 2, 149, 150, 151, 300, 301, 1000] {
            let stretched = stretch(ENCODED, &[length]).expect("one group");
            assert_eq!(count_frames(&stretched), length);
        }
    }

    #[test]
    fn key_frames_come_often_and_never_two_in_a_row() {
        for frames in 2..1000 {
            let runs: Vec<u64> = runs(frames).collect();
            assert_eq!(runs.iter().sum::<u64>(), frames);
            assert!(runs.iter().all(|run| (2..=LONGEST_RUN).contains(run)), "{runs:?}");
        }
    }

    #[test]
    fn frames_are_numbered_from_each_key_frame_on() {
        let group = hold_picture(ENCODED).expect("one frame");
        let parameters = parameters(&group).expect("readable");
        let number = |nal: &Nal<'_>| {
            let mut bits = BitReader::of_nal(nal.unit);
            for _ in 0..3 {
                bits.golomb().expect("is there");
            }
            bits.number(parameters.frame_num_bits).expect("is there")
        };
        let stretched = stretch(&group, &[100]).expect("one group");
        let numbers: Vec<u32> = nals(&stretched).filter(Nal::begins_picture).map(|nal| number(&nal)).collect();
        let expected: Vec<u32> = (0..100).map(|at| at % 16).collect();
        assert_eq!(numbers, expected);
    }

    #[test]
    fn frames_are_shown_from_their_starts_on() {
        let group = hold_picture(ENCODED).expect("one frame");
        let starts: Vec<u64> = (0..64).map(|at| at * at).collect();
        let placed = place(&group, &starts, 4000).expect("rises");
        assert_eq!(count_frames(&placed), 4000);
        let framed: Vec<&[u8]> = nals(&placed).filter(Nal::begins_picture).map(|nal| nal.framed).collect();
        let first = nals(&group).find(Nal::begins_picture).expect("a frame").framed;
        assert_eq!(framed.iter().filter(|frame| **frame == first).count(), 1);
        for wrong in [&starts[1..], &starts[..63], &[0; 64]] {
            assert!(matches!(place(&group, wrong, 4000), Err(H264Error::FrameCount { found: 64, .. })));
        }
        assert!(place(&group, &starts, 3969).is_err(), "the last one is never seen");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let group = hold_picture(ENCODED).expect("one frame");
        assert_eq!(stretch(&group, &[63]), Err(H264Error::FrameCount { found: 64, expected: 63 }));
        assert_eq!(stretch(ENCODED, &[1, 1]), Err(H264Error::GroupCount { found: 1, expected: 2 }));
        assert_eq!(stretch(b"text", &[1]), Err(H264Error::Truncated));
    }
}
