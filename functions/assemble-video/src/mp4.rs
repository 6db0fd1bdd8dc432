//! Reads the index of an MP4: which tracks there are, and where each sample lies (ISO/IEC 14496-12 and -14).

use std::ops::Range;

/// An MP4, as far as it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Movie {
    /// Whether the index lies before the data, so that playing can begin before all is loaded.
    pub(crate) index_comes_first: bool,
    /// Length of the longest track in milliseconds.
    pub(crate) duration_ms: u64,
    /// The tracks in order.
    pub(crate) tracks: Vec<Track>,
}

/// A track and its samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Track {
    /// What it holds.
    pub(crate) content: Content,
    /// Ticks per second.
    pub(crate) timescale: u32,
    /// How long samples last: so many of so many ticks, in order.
    pub(crate) durations: Vec<(u32, u32)>,
    /// Whether samples are shown at other times than they are decoded.
    pub(crate) is_reordered: bool,
    /// Whether an edit list moves or cuts the track.
    pub(crate) is_edited: bool,
    /// The samples that are said to be key frames, from 0.
    pub(crate) key_samples: Vec<usize>,
    /// The bytes of every sample in the file.
    pub(crate) samples: Vec<Range<usize>>,
}

/// What a track holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// H.264.
    Video {
        /// Width in pixels.
        width: u16,
        /// Height in pixels.
        height: u16,
        /// The parameter sets, each as a NAL unit.
        parameter_sets: Vec<Vec<u8>>,
    },
    /// AAC.
    Audio {
        /// Samples per second.
        rate_hz: u32,
        /// The `AudioSpecificConfig`: profile, rate and channels.
        config: Vec<u8>,
    },
    /// Timed text.
    Captions,
    /// Text that names chapters.
    Chapters,
    /// Something else.
    Other,
}

impl Track {
    /// Length in ticks.
    pub(crate) fn ticks(&self) -> u64 {
        self.durations.iter().map(|&(count, ticks)| u64::from(count) * u64::from(ticks)).sum()
    }

    /// When each sample begins, in ticks.
    pub(crate) fn begins(&self) -> impl Iterator<Item = u64> {
        let each = self.durations.iter().flat_map(|&(count, ticks)| std::iter::repeat_n(u64::from(ticks), count as usize));
        each.scan(0, |next, ticks| Some(std::mem::replace(next, *next + ticks)))
    }
}

/// Reads an MP4; none if it is not whole.
pub(crate) fn read(file: &[u8]) -> Option<Movie> {
    let top = boxes(file, 0..file.len())?;
    let place = |kind: &[u8; 4]| top.iter().find(|found| found.kind == *kind);
    let (movie, data) = (place(b"moov")?, place(b"mdat")?);
    let inside = boxes(file, movie.content.clone())?;
    let (timescale, duration) = Fields::of(file, &find(&inside, b"mvhd")?.content)?.timing()?;
    let tracks =
        inside.iter().filter(|found| found.kind == *b"trak").map(|track| read_track(file, track)).collect::<Option<_>>()?;
    Some(Movie {
        index_comes_first: movie.content.start < data.content.start,
        duration_ms: duration.checked_mul(1000)?.checked_div(u64::from(timescale))?,
        tracks,
    })
}

#[derive(Debug)]
struct Found {
    kind: [u8; 4],
    content: Range<usize>,
}

/// The boxes in a stretch of the file.
fn boxes(file: &[u8], within: Range<usize>) -> Option<Vec<Found>> {
    let mut found = Vec::new();
    let mut at = within.start;
    while at + 8 <= within.end {
        let fields = Fields(file.get(at..within.end)?);
        let kind = *fields.0.get(4..)?.first_chunk()?;
        let (header, size) = match fields.u32(0)? {
            0 => (8, within.end - at),
            1 => (16, usize::try_from(fields.u64(8)?).ok()?),
            size => (8, size as usize),
        };
        if size < header || size > within.end - at {
            return None;
        }
        found.push(Found { kind, content: at + header..at + size });
        at += size;
    }
    Some(found)
}

fn find<'a>(boxes: &'a [Found], kind: &[u8; 4]) -> Option<&'a Found> {
    boxes.iter().find(|found| found.kind == *kind)
}

/// Numbers in a box, big-endian, by their place in its content.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn of(file: &'a [u8], content: &Range<usize>) -> Option<Self> {
        file.get(content.clone()).map(Self)
    }

    fn u16(&self, at: usize) -> Option<u16> {
        self.0.get(at..)?.first_chunk().map(|&bytes| u16::from_be_bytes(bytes))
    }

    fn u32(&self, at: usize) -> Option<u32> {
        self.0.get(at..)?.first_chunk().map(|&bytes| u32::from_be_bytes(bytes))
    }

    fn u64(&self, at: usize) -> Option<u64> {
        self.0.get(at..)?.first_chunk().map(|&bytes| u64::from_be_bytes(bytes))
    }

    /// Ticks per second and length in ticks, of a movie or media header: times have 32 bits in its version 0, 64 in 1.
    fn timing(&self) -> Option<(u32, u64)> {
        match self.0.first()? {
            0 => Some((self.u32(12)?, u64::from(self.u32(16)?))),
            1 => Some((self.u32(20)?, self.u64(24)?)),
            _ => None,
        }
    }

    /// A counted list of `N` numbers each, the count at a place.
    fn list<const N: usize>(&self, count_at: usize) -> Option<Vec<[u32; N]>> {
        let count = self.u32(count_at)? as usize;
        let entries = self.0.get(count_at + 4..)?;
        // The entries are there before room is made for them.
        let entries = entries.get(..count.checked_mul(4 * N)?)?;
        entries
            .chunks_exact(4 * N)
            .map(|entry| std::array::from_fn(|n| Fields(entry).u32(4 * n).unwrap_or(0)))
            .map(Some)
            .collect()
    }
}

fn read_track(file: &[u8], track: &Found) -> Option<Track> {
    let inside = boxes(file, track.content.clone())?;
    let media = boxes(file, find(&inside, b"mdia")?.content.clone())?;
    let information = boxes(file, find(&media, b"minf")?.content.clone())?;
    let table = boxes(file, find(&information, b"stbl")?.content.clone())?;
    let fields = |kind| Fields::of(file, &find(&table, kind)?.content);
    Some(Track {
        content: read_content(file, &find(&table, b"stsd")?.content)?,
        timescale: Fields::of(file, &find(&media, b"mdhd")?.content)?.timing()?.0,
        durations: fields(b"stts")?.list::<2>(4)?.into_iter().map(|[count, ticks]| (count, ticks)).collect(),
        is_reordered: find(&table, b"ctts").is_some(),
        is_edited: find(&inside, b"edts").is_some(),
        key_samples: key_samples(&table, file)?,
        samples: sample_places(&fields(b"stsz")?, &fields(b"stsc")?, &fields(b"stco").map(|offsets| offsets.list::<1>(4))??)?,
    })
}

/// The samples that are listed as key frames; none where there is no list, because all are.
fn key_samples(table: &[Found], file: &[u8]) -> Option<Vec<usize>> {
    let Some(listed) = find(table, b"stss") else { return Some(vec![]) };
    let numbers = Fields::of(file, &listed.content)?.list::<1>(4)?;
    numbers.into_iter().map(|[number]| (number as usize).checked_sub(1)).collect()
}

/// Where samples lie: their sizes, how many there are in each chunk, and where the chunks begin.
fn sample_places(sizes: &Fields, runs: &Fields, chunks: &[[u32; 1]]) -> Option<Vec<Range<usize>>> {
    let count = sizes.u32(8)? as usize;
    let all_the_same = sizes.u32(4)?;
    let sizes: Vec<[u32; 1]> = if all_the_same == 0 { sizes.list::<1>(8)? } else { vec![[all_the_same]; count.min(1 << 24)] };
    let runs = runs.list::<3>(4)?;
    let samples_in = |chunk: u32| runs.iter().rev().find(|[first, ..]| *first <= chunk).map_or(0, |[_, samples, _]| *samples);
    let mut left = sizes.into_iter();
    let mut places = Vec::new();
    for (number, &[offset]) in (1..).zip(chunks) {
        let mut at = offset as usize;
        for [size] in left.by_ref().take(samples_in(number) as usize) {
            places.push(at..at + size as usize);
            at += size as usize;
        }
    }
    (places.len() == count).then_some(places)
}

fn read_content(file: &[u8], description: &Range<usize>) -> Option<Content> {
    const VIDEO_FIELDS: usize = 78;
    const AUDIO_FIELDS: usize = 28;
    // A version and a count come before the one entry.
    let entries = boxes(file, description.start + 8..description.end)?;
    let entry = entries.first()?;
    let fields = Fields::of(file, &entry.content)?;
    let inside = |skipped: usize| boxes(file, entry.content.start + skipped..entry.content.end);
    match &entry.kind {
        b"avc1" => {
            let configuration = Fields::of(file, &find(&inside(VIDEO_FIELDS)?, b"avcC")?.content)?;
            Some(Content::Video {
                width: fields.u16(24)?,
                height: fields.u16(26)?,
                parameter_sets: parameter_sets(configuration.0)?,
            })
        }
        b"mp4a" => {
            let descriptors = Fields::of(file, &find(&inside(AUDIO_FIELDS)?, b"esds")?.content)?;
            Some(Content::Audio { rate_hz: fields.u32(24)? >> 16, config: audio_config(descriptors.0.get(4..)?)?.to_vec() })
        }
        b"tx3g" => Some(Content::Captions),
        b"text" => Some(Content::Chapters),
        _ => Some(Content::Other),
    }
}

/// The parameter sets of an `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3).
fn parameter_sets(record: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut sets = Vec::new();
    let mut at = 5;
    for mask in [0x1f, 0xff] {
        let count = record.get(at)? & mask;
        at += 1;
        for _ in 0..count {
            let length = usize::from(Fields(record).u16(at)?);
            sets.push(record.get(at + 2..at + 2 + length)?.to_vec());
            at += 2 + length;
        }
    }
    Some(sets)
}

/// The `DecoderSpecificInfo` in a chain of descriptors (ISO/IEC 14496-1, 7.2.6).
fn audio_config(mut descriptors: &[u8]) -> Option<&[u8]> {
    const STREAM: u8 = 3;
    const DECODER: u8 = 4;
    const DECODER_SPECIFIC: u8 = 5;
    loop {
        let (&tag, rest) = descriptors.split_first()?;
        let (length, content) = descriptor_length(rest)?;
        let skipped = match tag {
            STREAM => 3,
            DECODER => 13,
            DECODER_SPECIFIC => return content.get(..length),
            _ => length,
        };
        descriptors = content.get(skipped..)?;
    }
}

/// A length in groups of 7 bits, and what follows it.
fn descriptor_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let last = bytes.iter().take(4).position(|byte| byte & 0x80 == 0)?;
    let length = bytes[..=last].iter().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
    Some((length, &bytes[last + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_mp4_is_not_read() {
        assert_eq!(read(b""), None);
        assert_eq!(read(b"text that is long enough to look like a box"), None);
        assert_eq!(read(&[0, 0, 0, 8, b'm', b'o', b'o', b'v', 0, 0, 0, 8, b'm', b'd', b'a', b't']), None);
        assert_eq!(read(&[0, 0, 0, 2, b'm', b'o', b'o', b'v']), None);
    }

    #[test]
    fn a_count_that_exceeds_its_box_makes_no_list() {
        assert_eq!(Fields(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1]).list::<2>(0), None);
        assert_eq!(Fields(&[0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 8]).list::<2>(0), Some(vec![[7, 8]]));
    }

    #[test]
    fn headers_of_both_versions_are_read() {
        let long: Vec<u8> = [vec![1; 20], vec![0x2a, 0x0e, 0x9a, 0], vec![0, 0, 0, 1, 0x6b, 0x5f, 0x70, 0]].concat();
        assert_eq!(Fields(&long).timing(), Some((705_600_000, 0x1_6b5f_7000)));
        let short: Vec<u8> = [vec![0; 12], vec![0, 0, 0x0b, 0xb8], vec![0, 0, 0x19, 0]].concat();
        assert_eq!(Fields(&short).timing(), Some((3000, 6400)));
        assert_eq!(Fields(&[]).timing(), None);
    }

    #[test]
    fn samples_lie_one_behind_the_other_in_their_chunks() {
        let words = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<u8>>();
        let (sizes, runs) = (words(&[0, 0, 3, 10, 20, 30]), words(&[0, 2, 1, 2, 1, 2, 1, 1]));
        let places = sample_places(&Fields(&sizes), &Fields(&runs), &[[100], [500]]);
        assert_eq!(places, Some(vec![100..110, 110..130, 500..530]));
    }

    #[test]
    fn the_audio_config_is_found_behind_its_wrappings() {
        let descriptors = [
            3, 0x80, 0x80, 0x80, 25, 0, 1, 0, 4, 17, 0x40, 0x15, 0, 0, 0, 0, 1, 0x77, 0, 0, 1, 0x77, 0, 5, 2, 0x11, 0x88, 6, 1, 2,
        ];
        assert_eq!(audio_config(&descriptors), Some(&[0x11, 0x88][..]));
    }
}
