//! AAC frames in a byte stream: the Audio Data Transport Stream (ISO/IEC 14496-3, 1.A.2).

use domain::{Cells, SAMPLES_PER_CELL};

/// Samples in one AAC-LC frame, per channel.
pub const SAMPLES_PER_FRAME: u32 = 1024;
/// AAC frames in one cell.
pub const FRAMES_PER_CELL: u32 = SAMPLES_PER_CELL / SAMPLES_PER_FRAME;

/// The form of all our sound: AAC-LC, 48 kHz, one channel, as bits 16 to 27 of the header say it
/// (profile 1, private bit aside, sampling frequency index 3, channel configuration 1).
const LOW_COMPLEXITY: u8 = 1;
const RATE_48_KHZ: u8 = 3;
const MONO: u8 = 1;

/// A stream that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdtsError {
    /// There is no frame where one should begin, or it is cut off.
    #[error("the AAC stream has no whole frame at byte {at}")]
    NoFrame {
        /// Where, from the start of the stream.
        at: usize,
    },
    /// A frame is not AAC-LC, 48 kHz, mono, one block.
    #[error("the AAC stream has a frame of another form at byte {at}")]
    Form {
        /// Where, from the start of the stream.
        at: usize,
    },
    /// There are too few frames.
    #[error("the AAC stream has {found} frames, expected {expected}")]
    FrameCount {
        /// How many there are.
        found: usize,
        /// How many were expected.
        expected: usize,
    },
}

/// The frames of a stream in order, headers included.
pub fn frames(stream: &[u8]) -> Result<Vec<&[u8]>, AdtsError> {
    let mut frames = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        let frame = frame_at(stream, at)?;
        frames.push(frame);
        at += frame.len();
    }
    Ok(frames)
}

fn frame_at(stream: &[u8], at: usize) -> Result<&[u8], AdtsError> {
    let rest = &stream[at..];
    let Some(&[sync, flags, form, channels_and_length, length, length_and_fullness, blocks]) = rest.first_chunk() else {
        return Err(AdtsError::NoFrame { at });
    };
    let has_sync = sync == 0xff && flags & 0xf6 == 0xf0;
    let bytes = usize::from(channels_and_length & 3) << 11 | usize::from(length) << 3 | usize::from(length_and_fullness >> 5);
    if !has_sync || bytes <= header_length(flags) || bytes > rest.len() {
        return Err(AdtsError::NoFrame { at });
    }
    let channels = (form & 1) << 2 | channels_and_length >> 6;
    let as_ours = form >> 6 == LOW_COMPLEXITY && form >> 2 & 0xf == RATE_48_KHZ && channels == MONO && blocks & 3 == 0;
    if as_ours { Ok(&rest[..bytes]) } else { Err(AdtsError::Form { at }) }
}

/// What a frame holds without its header, as other containers carry it.
pub fn payload(frame: &[u8]) -> &[u8] {
    let header = frame.get(1).map_or(0, |flags| header_length(*flags));
    frame.get(header..).unwrap_or_default()
}

fn header_length(flags: u8) -> usize {
    let has_checksum = flags & 1 == 0;
    if has_checksum { 9 } else { 7 }
}

/// The frames of a scene: so many cells of them, after `skip` frames that only warm the encoder up.
pub(crate) fn cut(stream: &[u8], skip: usize, duration: Cells) -> Result<Vec<u8>, AdtsError> {
    let frames = frames(stream)?;
    let wanted = usize::try_from(duration.samples() / u64::from(SAMPLES_PER_FRAME)).unwrap_or(usize::MAX);
    let expected = skip.saturating_add(wanted);
    match frames.get(skip..expected) {
        Some(scene) => Ok(scene.concat()),
        None => Err(AdtsError::FrameCount { found: frames.len(), expected }),
    }
}

/// The length of a stream in samples at 48 kHz.
pub fn count_samples(stream: &[u8]) -> Result<u64, AdtsError> {
    Ok(frames(stream)?.len() as u64 * u64::from(SAMPLES_PER_FRAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame in our form with a payload of so many bytes.
    fn frame(payload: usize) -> Vec<u8> {
        let bytes = payload + 7;
        let mut frame = vec![0xff, 0xf1, 0x4c, 0x40 | (bytes >> 11) as u8, (bytes >> 3) as u8, (bytes << 5) as u8 | 0x1f, 0xfc];
        frame.resize(bytes, 0xaa);
        frame
    }

    #[test]
    fn frames_follow_each_other() {
        let stream = [frame(10), frame(300), frame(1)].concat();
        let lengths: Vec<usize> = frames(&stream).expect("whole").iter().map(|frame| frame.len()).collect();
        assert_eq!(lengths, [17, 307, 8]);
        assert_eq!(count_samples(&stream), Ok(3 * 1024));
        assert_eq!(payload(&frame(10)), [0xaa; 10]);
    }

    #[test]
    fn a_cut_off_frame_is_told() {
        let stream = [frame(10), frame(300)].concat();
        assert_eq!(frames(&stream[..100]), Err(AdtsError::NoFrame { at: 17 }));
        assert_eq!(frames(b"text instead of sound"), Err(AdtsError::NoFrame { at: 0 }));
        assert_eq!(frames(&stream[..20]), Err(AdtsError::NoFrame { at: 17 }));
    }

    #[test]
    fn another_form_is_told() {
        let mut stereo = frame(10);
        stereo[3] = 0x80;
        assert_eq!(frames(&stereo), Err(AdtsError::Form { at: 0 }));
    }

    #[test]
    fn a_scene_is_cut_behind_the_warming_up() {
        let stream: Vec<u8> = (0..28).flat_map(|n| frame(n + 1)).collect();
        let scene = cut(&stream, 3, Cells(1)).expect("enough");
        assert_eq!(frames(&scene).expect("whole").len(), 25);
        assert_eq!(frames(&scene).expect("whole")[0].len(), 4 + 7);
        assert_eq!(cut(&stream, 3, Cells(2)), Err(AdtsError::FrameCount { found: 28, expected: 53 }));
    }
}
