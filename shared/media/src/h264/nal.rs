//! NAL units in a byte stream (ITU-T H.264, Annex B).

/// The kinds of NAL unit that we tell apart (`nal_unit_type`, table 7-1).
pub mod kind {
    /// A slice of a picture that refers to others.
    pub const SLICE: u8 = 1;
    /// A slice of a picture with which decoding can begin.
    pub const IDR_SLICE: u8 = 5;
    /// Supplemental information: nothing that a decoder needs.
    pub const SEI: u8 = 6;
    /// Sequence parameter set.
    pub const SPS: u8 = 7;
    /// Picture parameter set.
    pub const PPS: u8 = 8;
}

/// One NAL unit inside a byte stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nal<'a> {
    /// The unit as it lies in the stream, start code included.
    pub framed: &'a [u8],
    /// The unit alone: a header byte and the payload.
    pub unit: &'a [u8],
}

impl Nal<'_> {
    /// What it holds: one of [`kind`], or something else.
    pub fn kind(&self) -> u8 {
        self.unit.first().map_or(0, |header| header & 0x1f)
    }

    /// Whether it is a slice with which a picture begins (`first_mb_in_slice` is 0).
    pub fn begins_picture(&self) -> bool {
        matches!(self.kind(), kind::SLICE | kind::IDR_SLICE) && self.unit.get(1).is_some_and(|byte| byte & 0x80 != 0)
    }
}

/// The NAL units of a byte stream in order. Bytes before the first start code are left out.
pub fn nals(stream: &[u8]) -> impl Iterator<Item = Nal<'_>> {
    let mut next = start_code(stream, 0);
    std::iter::from_fn(move || {
        let (begin, payload) = next?;
        next = start_code(stream, payload);
        let end = next.map_or(stream.len(), |(begin, _)| begin);
        Some(Nal { framed: &stream[begin..end], unit: &stream[payload..end] })
    })
}

/// Where the next start code begins, its leading zero byte included, and where it ends.
fn start_code(stream: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    // Jumps from one byte of value 1 to the next instead of looking at every window of three.
    loop {
        at += stream.get(at..)?.iter().position(|&byte| byte == 1)?;
        if at >= from + 2 && stream[at - 1] == 0 && stream[at - 2] == 0 {
            let begin = if at >= from + 3 && stream[at - 3] == 0 { at - 3 } else { at - 2 };
            return Some((begin, at + 1));
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stream: &[u8], expected: &[&[u8]]) {
        let units: Vec<&[u8]> = nals(stream).map(|nal| nal.unit).collect();
        assert_eq!(units, expected);
    }

    #[test]
    fn units_lie_between_start_codes_of_either_length() {
        check(&[], &[]);
        check(&[9, 9], &[]);
        check(&[0, 0, 1, 7], &[&[7]]);
        check(&[0, 0, 0, 1, 7, 1, 0, 0, 1, 8, 0, 0, 0, 1, 5, 0x80], &[&[7, 1], &[8], &[5, 0x80]]);
    }

    #[test]
    fn framed_units_make_up_the_stream() {
        let stream = [0, 0, 0, 1, 7, 1, 0, 0, 1, 8, 0, 0, 0, 1, 5, 0x80];
        let joined: Vec<u8> = nals(&stream).flat_map(|nal| nal.framed.to_vec()).collect();
        assert_eq!(joined, stream);
    }

    #[test]
    fn only_the_first_slice_begins_a_picture() {
        assert!(Nal { framed: &[], unit: &[0x65, 0x88] }.begins_picture());
        assert!(!Nal { framed: &[], unit: &[0x65, 0x48] }.begins_picture());
        assert!(!Nal { framed: &[], unit: &[0x67, 0x88] }.begins_picture());
    }
}
