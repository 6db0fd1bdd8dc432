//! Bits and Exp-Golomb numbers as H.264 writes them (ITU-T H.264, 7.2 and 9.1), with emulation prevention (7.4.1.1).

use super::H264Error;

/// Reads bits from the payload of a NAL unit.
pub(super) struct BitReader {
    payload: Vec<u8>,
    position: usize,
}

impl BitReader {
    /// Begins behind the one-byte header of a NAL unit, the emulation prevention bytes taken out.
    pub(super) fn of_nal(nal: &[u8]) -> Self {
        let mut payload = Vec::with_capacity(nal.len());
        let mut zeros = 0;
        for &byte in nal.iter().skip(1) {
            if zeros >= 2 && byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            payload.push(byte);
        }
        Self { payload, position: 0 }
    }

    /// The whole unit in Annex B form, start code included, its next bits replaced by a number of so many bits.
    pub(super) fn into_nal_with(mut self, header: u8, value: u32, bits: u32) -> Result<Vec<u8>, H264Error> {
        for place in (0..bits).rev() {
            let byte = self.payload.get_mut(self.position / 8).ok_or(H264Error::Truncated)?;
            let mask = 1 << (7 - self.position % 8);
            *byte = if value >> place & 1 == 1 { *byte | mask } else { *byte & !mask };
            self.position += 1;
        }
        Ok(framed(header, &self.payload))
    }

    pub(super) fn bit(&mut self) -> Result<bool, H264Error> {
        let byte = self.payload.get(self.position / 8).ok_or(H264Error::Truncated)?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Ok(bit == 1)
    }

    /// An unsigned number of at most 32 bits: `u(n)`.
    pub(super) fn number(&mut self, bits: u32) -> Result<u32, H264Error> {
        (0..bits).try_fold(0, |value, _| Ok(value << 1 | u32::from(self.bit()?)))
    }

    /// An unsigned Exp-Golomb number: `ue(v)`.
    pub(super) fn golomb(&mut self) -> Result<u32, H264Error> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return Err(H264Error::Truncated);
            }
        }
        let rest = self.number(zeros)?;
        Ok((1_u32 << zeros) - 1 + rest)
    }

    /// A signed Exp-Golomb number: `se(v)`.
    pub(super) fn signed_golomb(&mut self) -> Result<i32, H264Error> {
        let code = i64::from(self.golomb()?);
        let magnitude = (code + 1) / 2;
        let value = if code % 2 == 1 { magnitude } else { -magnitude };
        i32::try_from(value).map_err(|_| H264Error::Truncated)
    }
}

/// Writes the payload of a NAL unit.
#[derive(Default)]
pub(super) struct BitWriter {
    payload: Vec<u8>,
    used: u32,
}

impl BitWriter {
    pub(super) fn bit(&mut self, bit: bool) {
        if self.used.is_multiple_of(8) {
            self.payload.push(0);
        }
        let last = self.payload.last_mut().expect("a byte was pushed before its first bit");
        *last |= u8::from(bit) << (7 - self.used % 8);
        self.used += 1;
    }

    /// An unsigned number of so many bits: `u(n)`.
    pub(super) fn number(&mut self, value: u32, bits: u32) {
        for place in (0..bits).rev() {
            self.bit(value >> place & 1 == 1);
        }
    }

    /// An unsigned Exp-Golomb number: `ue(v)`. The value is less than 2^32 - 1.
    pub(super) fn golomb(&mut self, value: u32) {
        let code = value + 1;
        let length = u32::BITS - code.leading_zeros();
        self.number(0, length - 1);
        self.number(code, length);
    }

    /// Closes the payload (`rbsp_trailing_bits`) and gives back a whole NAL unit in Annex B form, start code included.
    pub(super) fn into_nal(mut self, header: u8) -> Vec<u8> {
        self.bit(true);
        framed(header, &self.payload)
    }
}

/// A NAL unit in Annex B form: start code, header, and the payload with emulation prevention.
fn framed(header: u8, payload: &[u8]) -> Vec<u8> {
    let mut nal = Vec::with_capacity(payload.len() + 16);
    nal.extend([0, 0, 0, 1, header]);
    let mut zeros = 0;
    for &byte in payload {
        if zeros >= 2 && byte <= 3 {
            nal.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        nal.push(byte);
    }
    nal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut writer = BitWriter::default();
        writer.number(0, 32);
        for value in [0, 1, 2, 7, 8, 8159, 1 << 20] {
            writer.golomb(value);
        }
        writer.number(5, 3);
        let nal = writer.into_nal(0x41);
        let mut reader = BitReader::of_nal(&nal[4..]);
        assert_eq!(reader.number(32), Ok(0));
        for value in [0, 1, 2, 7, 8, 8159, 1 << 20] {
            assert_eq!(reader.golomb(), Ok(value));
        }
        assert_eq!(reader.number(3), Ok(5));
        assert_eq!(reader.bit(), Ok(true), "the stop bit");
    }

    #[test]
    fn no_start_code_appears_inside_a_nal_unit() {
        let mut writer = BitWriter::default();
        writer.number(0, 32);
        writer.number(1, 32);
        let nal = writer.into_nal(0x41);
        assert!(nal[4..].windows(3).all(|bytes| bytes[..2] != [0, 0] || bytes[2] > 2));
    }

    #[test]
    fn a_number_is_replaced_and_all_else_kept() {
        let mut writer = BitWriter::default();
        writer.golomb(5);
        writer.number(15, 4);
        writer.number(0, 24);
        writer.number(3, 8);
        let nal = writer.into_nal(0x41);
        let mut reader = BitReader::of_nal(&nal[4..]);
        reader.golomb().expect("is there");
        // Now a start code would appear, were it not prevented.
        let changed = reader.into_nal_with(0x41, 0, 4).expect("is there");
        assert!(changed[4..].windows(3).all(|bytes| bytes[..2] != [0, 0] || bytes[2] > 2), "{changed:?}");
        let mut reader = BitReader::of_nal(&changed[4..]);
        assert_eq!((reader.golomb(), reader.number(4), reader.number(24), reader.number(8)), (Ok(5), Ok(0), Ok(0), Ok(3)));
    }

    #[test]
    fn signed_numbers_alternate() {
        let mut writer = BitWriter::default();
        for code in 0..5 {
            writer.golomb(code);
        }
        let mut reader = BitReader::of_nal(&writer.into_nal(0x41)[4..]);
        let values: Result<Vec<i32>, _> = (0..5).map(|_| reader.signed_golomb()).collect();
        assert_eq!(values, Ok(vec![0, 1, -1, 2, -2]));
    }

    #[test]
    fn an_end_too_early_is_an_error() {
        assert_eq!(BitReader::of_nal(&[0x67]).bit(), Err(H264Error::Truncated));
        assert_eq!(BitReader::of_nal(&[0x67, 0, 0, 0, 0, 0, 0]).golomb(), Err(H264Error::Truncated));
    }
}
