//! Reads and writes WAV. It is read as servers really send it: sizes of `0xFFFFFFFF` or 0 in a stream, 8 to 32 bits, integers or floats, any channels.
//! The format: <https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html>

use domain::ports::SPEECH_RATES_HZ;
use std::ops::RangeInclusive;

/// Mono samples from -1 to 1.
#[derive(Debug, PartialEq)]
pub(crate) struct Sound {
    pub(crate) samples: Vec<f32>,
    pub(crate) sample_rate_hz: u32,
}

const INTEGER: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xFFFE;

/// What every file begins with.
pub(crate) const MAGIC: &[u8] = b"RIFF";

/// How many channels sound may have.
pub(crate) const CHANNELS: RangeInclusive<usize> = 1..=8;

/// A stream that does not know its length yet gives one that no narration has.
const LONGEST_KNOWN: usize = 1 << 30;

/// The sound in a WAV file, its channels mixed to one; else one phrase that says what is wrong.
pub(crate) fn read(bytes: &[u8]) -> Result<Sound, &'static str> {
    if bytes.len() < 12 || !bytes.starts_with(MAGIC) || &bytes[8..12] != b"WAVE" {
        return Err("it is not a WAV file");
    }
    let mut at = 12;
    let mut format = None;
    while let Some(header) = bytes.get(at..at + 8) {
        let declared = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let body = &bytes[at + 8..];
        let is_data = &header[..4] == b"data";
        if is_data && (body.len() + 1..LONGEST_KNOWN).contains(&declared) {
            return Err("its sound is cut short");
        }
        // A stream does not know its length when it writes this header.
        let open_ended = is_data && (declared == 0 || declared > body.len());
        let size = if open_ended { body.len() } else { declared.min(body.len()) };
        match &header[..4] {
            b"fmt " => format = Some(Format::read(&body[..size])?),
            b"data" => return format.ok_or("its format comes after its sound")?.decode(&body[..size]),
            _ => {}
        }
        at += 8 + size + size % 2;
    }
    Err("it holds no sound")
}

/// Samples of 16 bits, little-endian, mono, as `response_format` `pcm` has them.
pub(crate) fn from_pcm16(bytes: &[u8], sample_rate_hz: u32) -> Sound {
    let samples = bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0).collect();
    Sound { samples, sample_rate_hz }
}

/// A WAV file of 16 bits, mono.
pub(crate) fn write(samples: &[f32], sample_rate_hz: u32) -> Vec<u8> {
    const HEADER: u32 = 36;
    let size = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX - HEADER);
    let mut bytes = Vec::with_capacity(samples.len() * 2 + 44);
    bytes.extend(b"RIFF");
    bytes.extend((size + HEADER).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0");
    for short in [INTEGER, 1] {
        bytes.extend(short.to_le_bytes());
    }
    for rate in [sample_rate_hz, sample_rate_hz * 2] {
        bytes.extend(rate.to_le_bytes());
    }
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| ((sample.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes()));
    bytes
}

/// A sample from -1 to 1, whatever it was.
pub(crate) fn bounded(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}

struct Format {
    kind: u16,
    channels: usize,
    sample_rate_hz: u32,
    bits: u16,
}

impl Format {
    fn read(chunk: &[u8]) -> Result<Self, &'static str> {
        if chunk.len() < 16 {
            return Err("its format is cut off");
        }
        let short = |at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
        let kind = match short(0) {
            EXTENSIBLE if chunk.len() >= 26 => short(24),
            kind => kind,
        };
        let sample_rate_hz = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
        let format = Self { kind, channels: usize::from(short(2)), sample_rate_hz, bits: short(14) };
        let known = matches!((format.kind, format.bits), (INTEGER, 8 | 16 | 24 | 32) | (FLOAT, 32 | 64));
        if !known {
            return Err("its samples are of an unknown kind");
        }
        if !CHANNELS.contains(&format.channels) || !SPEECH_RATES_HZ.contains(&sample_rate_hz) {
            return Err("its number of channels or its sample rate is out of range");
        }
        Ok(format)
    }

    fn decode(&self, data: &[u8]) -> Result<Sound, &'static str> {
        let width = usize::from(self.bits / 8);
        let frame = width * self.channels;
        let samples = data
            .chunks_exact(frame)
            .map(|frame| frame.chunks_exact(width).map(|sample| self.sample(sample)).sum::<f32>() / self.channels as f32)
            .collect();
        Ok(Sound { samples, sample_rate_hz: self.sample_rate_hz })
    }

    fn sample(&self, bytes: &[u8]) -> f32 {
        let value = match (self.kind, bytes) {
            (FLOAT, [a, b, c, d]) => f32::from_le_bytes([*a, *b, *c, *d]),
            (FLOAT, [a, b, c, d, e, f, g, h]) => f64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as f32,
            (_, [a]) => (f32::from(*a) - 128.0) / 128.0,
            (_, [a, b]) => f32::from(i16::from_le_bytes([*a, *b])) / 32_768.0,
            (_, [a, b, c]) => (i32::from_le_bytes([0, *a, *b, *c]) as f32) / 2_147_483_648.0,
            (_, [a, b, c, d]) => (i32::from_le_bytes([*a, *b, *c, *d]) as f32) / 2_147_483_648.0,
            _ => 0.0,
        };
        bounded(value)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A WAV file with a declared size of its sound.
    pub(crate) fn file(kind: u16, channels: u16, rate: u32, bits: u16, data: &[u8], declared: u32) -> Vec<u8> {
        let frame = channels * bits / 8;
        let mut bytes = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0".to_vec();
        bytes.extend(kind.to_le_bytes());
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend((rate * u32::from(frame)).to_le_bytes());
        bytes.extend(frame.to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"LIST\x03\0\0\0abc\0data");
        bytes.extend(declared.to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn sizes_of_a_stream_are_not_believed() {
        let data = [0, 64, 0, 192];
        for declared in [4, 0, u32::MAX, 0x7fff_f000] {
            let sound = read(&file(1, 1, 24_000, 16, &data, declared)).expect("it is a WAV file");
            assert_eq!(sound, Sound { samples: vec![0.5, -0.5], sample_rate_hz: 24_000 });
        }
    }

    #[test]
    fn sound_that_is_shorter_than_it_says_is_cut_short() {
        for declared in [5, 1000, 48_000] {
            assert_eq!(read(&file(1, 1, 24_000, 16, &[0, 64, 0, 192], declared)), Err("its sound is cut short"));
        }
    }

    #[test]
    fn every_common_form_is_read() {
        let floats: Vec<u8> = [0.5_f32, -0.5, f32::NAN, 7.0].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        assert_eq!(read(&file(3, 1, 24_000, 32, &floats, 16)).expect("floats").samples, [0.5, -0.5, 0.0, 1.0]);
        assert_eq!(read(&file(1, 2, 24_000, 16, &[0, 64, 0, 0], 4)).expect("stereo").samples, [0.25]);
        assert_eq!(read(&file(1, 1, 24_000, 24, &[0, 0, 64], 3)).expect("24 bits").samples, [0.5]);
        assert_eq!(read(&file(1, 1, 24_000, 8, &[192], 1)).expect("8 bits").samples, [0.5]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let sound = read(&write(&[0.5, -0.5, 2.0], 22_050)).expect("it is a WAV file");
        assert_eq!(sound.sample_rate_hz, 22_050);
        assert!(sound.samples.iter().zip([0.5, -0.5, 1.0]).all(|(read, written)| (read - written).abs() < 1e-3), "{sound:?}");
    }

    #[test]
    fn what_is_no_wav_file_is_refused() {
        for bad in [
            b"".to_vec(),
            b"ID3\x04mp3 data here".to_vec(),
            b"RIFF\0\0\0\0WAVE".to_vec(),
            file(85, 1, 24_000, 16, &[0, 0], 2),
            file(1, 0, 24_000, 16, &[0, 0], 2),
            file(1, 1, 1, 16, &[0, 0], 2),
        ] {
            assert!(read(&bad).is_err());
        }
        let whole = file(1, 1, 24_000, 16, &[0, 64], 2);
        for end in 0..whole.len() {
            // Must not panic wherever the file is cut off.
            let _ = read(&whole[..end]).is_ok();
        }
    }
}
