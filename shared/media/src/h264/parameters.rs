//! The few fields of the parameter sets that a skipped frame is written from (ITU-T H.264, 7.3.2.1 and 7.3.2.2).

use super::H264Error;
use super::bits::BitReader;

/// What the sequence and picture parameter sets of a stream say, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// Width in pixels, cropping applied.
    pub width: u32,
    /// Height in pixels, cropping applied.
    pub height: u32,
    /// Frames per second as `(frames, seconds)`; none where the stream does not say.
    pub frame_rate: Option<(u32, u32)>,
    pub(super) macroblocks: u32,
    pub(super) frame_num_bits: u32,
    pub(super) picture_set: u32,
    pub(super) deblocking_control: bool,
}

impl Parameters {
    /// Reads both sets from their NAL units. Refuses what [`super::hold_picture`] cannot continue.
    pub(super) fn read(sps: &[u8], pps: &[u8]) -> Result<Self, H264Error> {
        let sequence = Sequence::read(sps)?;
        let picture = Picture::read(pps)?;
        Ok(Self {
            width: sequence.width,
            height: sequence.height,
            frame_rate: sequence.frame_rate,
            macroblocks: sequence.macroblocks,
            frame_num_bits: sequence.frame_num_bits,
            picture_set: picture.id,
            deblocking_control: picture.deblocking_control,
        })
    }
}

struct Sequence {
    width: u32,
    height: u32,
    frame_rate: Option<(u32, u32)>,
    macroblocks: u32,
    frame_num_bits: u32,
}

impl Sequence {
    fn read(nal: &[u8]) -> Result<Self, H264Error> {
        let mut bits = BitReader::of_nal(nal);
        let profile = bits.number(8)?;
        let _constraints_and_level = bits.number(16)?;
        let _id = bits.golomb()?;
        if matches!(profile, 100 | 110 | 122 | 244) {
            expect(bits.golomb()? == 1, "chroma other than 4:2:0")?;
            expect(bits.golomb()? == 0 && bits.golomb()? == 0, "more than 8 bits per sample")?;
            let _lossless = bits.bit()?;
            expect(!bits.bit()?, "scaling matrices")?;
        }
        let frame_num_bits = bits.golomb()? + 4;
        expect(bits.golomb()? == 2, "an output order that differs from the coded order")?;
        expect(bits.golomb()? == 1, "more than one reference frame")?;
        expect(!bits.bit()?, "gaps in frame numbers")?;
        let columns = bits.golomb()? + 1;
        let rows = bits.golomb()? + 1;
        expect(bits.bit()?, "fields")?;
        let _direct_8x8_inference = bits.bit()?;
        let [mut left, mut right, mut top, mut bottom] = [0; 4];
        if bits.bit()? {
            [left, right, top, bottom] = [bits.golomb()?, bits.golomb()?, bits.golomb()?, bits.golomb()?];
        }
        let frame_rate = if bits.bit()? { read_frame_rate(&mut bits)? } else { None };
        let cropped = |blocks: u32, before: u32, behind: u32| (blocks * 16).checked_sub(2 * (before + behind));
        Ok(Self {
            width: cropped(columns, left, right).ok_or(H264Error::Truncated)?,
            height: cropped(rows, top, bottom).ok_or(H264Error::Truncated)?,
            frame_rate,
            macroblocks: columns * rows,
            frame_num_bits,
        })
    }
}

/// Reads the usability information (E.1.1) as far as the timing.
fn read_frame_rate(bits: &mut BitReader) -> Result<Option<(u32, u32)>, H264Error> {
    const EXTENDED_SAR: u32 = 255;
    if bits.bit()? && bits.number(8)? == EXTENDED_SAR {
        bits.number(32)?;
    }
    if bits.bit()? {
        let _overscan_appropriate = bits.bit()?;
    }
    if bits.bit()? {
        let _format_and_range = bits.number(4)?;
        if bits.bit()? {
            let _colours = bits.number(24)?;
        }
    }
    if bits.bit()? {
        let _chroma_location = (bits.golomb()?, bits.golomb()?);
    }
    if !bits.bit()? {
        return Ok(None);
    }
    // A tick is the time of one field, half a frame.
    let ticks = bits.number(32)?;
    let scale = bits.number(32)?;
    Ok(Some((scale / 2, ticks)))
}

struct Picture {
    id: u32,
    deblocking_control: bool,
}

impl Picture {
    fn read(nal: &[u8]) -> Result<Self, H264Error> {
        let mut bits = BitReader::of_nal(nal);
        let id = bits.golomb()?;
        let _sequence_set = bits.golomb()?;
        expect(!bits.bit()?, "CABAC")?;
        expect(!bits.bit()?, "field order counts")?;
        expect(bits.golomb()? == 0, "slice groups")?;
        let _references = (bits.golomb()?, bits.golomb()?);
        expect(!bits.bit()?, "weighted prediction")?;
        let _weighted_bipredictive = bits.number(2)?;
        let _quantizers = (bits.signed_golomb()?, bits.signed_golomb()?, bits.signed_golomb()?);
        let deblocking_control = bits.bit()?;
        let _constrained_intra = bits.bit()?;
        expect(!bits.bit()?, "redundant pictures")?;
        Ok(Self { id, deblocking_control })
    }
}

fn expect(holds: bool, otherwise: &'static str) -> Result<(), H264Error> {
    if holds { Ok(()) } else { Err(H264Error::Unsupported { what: otherwise }) }
}
