//! The tracks of an MP4: their samples, how they are cut into chunks, and how the index describes them.

use super::boxes::{boxed, listed, matrix, number, versioned};
use super::language::three_letters;
use super::{SOUND_FRAMES_PER_CELL, TimedText};
use crate::adts::SAMPLES_PER_FRAME;
use crate::h264::Parameters;
use domain::{Cells, FRAME_RATE, FRAMES_PER_CELL, SAMPLE_RATE_HZ};
use std::ops::Range;

/// Ticks of a frame of picture.
const TICKS_PER_FRAME: u32 = 512;
/// Texts have times in milliseconds.
const TEXT_TIMESCALE: u32 = 1000;
/// Captions stand in the lowest part of the picture, an eighth of it.
const CAPTION_SHARE: u32 = 8;
/// Longer than any caption or heading; a sample says its length in two bytes.
const LONGEST_TEXT: usize = 4000;

/// What a track holds, as its sample entry says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// H.264: the sample entry.
    Picture { width: u32, height: u32, entry: Vec<u8> },
    /// AAC: the sample entry.
    Sound(Vec<u8>),
    /// Timed text of 3GPP, shown in a box of this size, so many pixels below the top.
    Captions { width: u32, height: u32, down: u32 },
    /// Text of `QuickTime`, which players list as chapters and do not show.
    Chapters,
}

/// A sample: what is decoded together.
#[derive(Debug)]
pub(super) enum Sample<'a> {
    /// The units of a picture, each written behind its length in four bytes.
    Units(Vec<&'a [u8]>),
    /// A frame of sound.
    Frame(&'a [u8]),
    /// A text.
    Text(Vec<u8>),
}

impl Sample<'_> {
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Units(units) => units.iter().map(|unit| unit.len() + 4).sum(),
            Self::Frame(frame) => frame.len(),
            Self::Text(text) => text.len(),
        }
    }

    pub(super) fn write(&self, file: &mut Vec<u8>) {
        match self {
            Self::Units(units) => {
                for unit in units {
                    file.extend(number(unit.len()));
                    file.extend_from_slice(unit);
                }
            }
            Self::Frame(frame) => file.extend_from_slice(frame),
            Self::Text(text) => file.extend_from_slice(text),
        }
    }
}

/// A track.
#[derive(Debug)]
pub(super) struct Track<'a> {
    pub(super) entry: Entry,
    pub(super) samples: Vec<Sample<'a>>,
    /// Where each chunk begins, from the start of the data.
    pub(super) chunks: Vec<usize>,
    /// How many samples a chunk has.
    per_chunk: usize,
    /// The cell in which each chunk is laid down.
    cells: Vec<u32>,
    timescale: u32,
    /// How long samples last: so many of so many ticks, in order.
    durations: Vec<[u32; 2]>,
    /// The samples with which decoding can begin, from 1; empty where it can with all.
    key_samples: Vec<u32>,
    language: String,
}

impl Track<'_> {
    /// The samples of the chunks that are laid down in a cell. Asked for cell by cell.
    pub(super) fn chunks_of(&self, cell: u32) -> Vec<Range<usize>> {
        let from = self.chunks.len();
        let here = self.cells[from..].iter().take_while(|&&of| of <= cell).count();
        (from..from + here).map(|chunk| chunk * self.per_chunk..(chunk + 1) * self.per_chunk).collect()
    }

    fn ticks(&self) -> u64 {
        self.durations.iter().map(|[count, each]| u64::from(*count) * u64::from(*each)).sum()
    }
}

/// The picture.
pub(super) fn picture<'a>(
    samples: Vec<Sample<'a>>,
    key_samples: Vec<u32>,
    parameter_sets: [&[u8]; 2],
    parameters: Parameters,
    duration: Cells,
) -> Track<'a> {
    let Parameters { width, height, .. } = parameters;
    Track {
        entry: Entry::Picture { width, height, entry: picture_entry(parameter_sets, width, height) },
        durations: vec![[samples.len() as u32, TICKS_PER_FRAME]],
        samples,
        chunks: vec![],
        per_chunk: FRAMES_PER_CELL as usize,
        cells: (0..duration.0).collect(),
        timescale: FRAME_RATE * TICKS_PER_FRAME,
        key_samples,
        language: "und".to_owned(),
    }
}

/// The sound.
pub(super) fn sound<'a>(frames: &[&'a [u8]], language: &str, duration: Cells) -> Track<'a> {
    let bytes: usize = frames.iter().map(|frame| frame.len()).sum();
    let bits_per_second = bytes as u64 * 8 * u64::from(SAMPLE_RATE_HZ) / duration.samples().max(1);
    Track {
        entry: Entry::Sound(sound_entry(u32::try_from(bits_per_second).unwrap_or(u32::MAX))),
        durations: vec![[frames.len() as u32, SAMPLES_PER_FRAME]],
        samples: frames.iter().map(|frame| Sample::Frame(frame)).collect(),
        chunks: vec![],
        per_chunk: SOUND_FRAMES_PER_CELL as usize,
        cells: (0..duration.0).collect(),
        timescale: SAMPLE_RATE_HZ,
        key_samples: vec![],
        language: three_letters(language).to_owned(),
    }
}

/// The captions, with nothing between them.
pub(super) fn captions(texts: &[TimedText], language: &str, parameters: Parameters, duration: Cells) -> Track<'static> {
    let Parameters { width, height, .. } = parameters;
    let shown = height / CAPTION_SHARE;
    let entry = Entry::Captions { width, height: shown, down: height - shown };
    text_track(entry, texts, language, duration, |text| text_sample(text, &[]))
}

/// The chapters. The box behind each says that its text is UTF-8.
pub(super) fn chapters(texts: &[TimedText], language: &str, duration: Cells) -> Track<'static> {
    const UTF_8: [u8; 12] = [0, 0, 0, 12, b'e', b'n', b'c', b'd', 0, 0, 1, 0];
    text_track(Entry::Chapters, texts, language, duration, |text| text_sample(text, &UTF_8))
}

/// Texts and the empty ones between them, each a chunk of its own, in the cell in which it begins.
fn text_track(
    entry: Entry,
    texts: &[TimedText],
    language: &str,
    duration: Cells,
    sample: impl Fn(&str) -> Vec<u8>,
) -> Track<'static> {
    let (mut samples, mut durations, mut cells) = (vec![], vec![], vec![]);
    let mut at = 0;
    let last_cell = u64::from(duration.0.saturating_sub(1));
    let mut stand = |text: &str, until: u64| {
        if until > at {
            samples.push(Sample::Text(sample(text)));
            durations.push([1, u32::try_from(until - at).unwrap_or(u32::MAX)]);
            cells.push((at * 3 / 1600).min(last_cell) as u32);
            at = until;
        }
    };
    for text in texts {
        stand("", text.begin_ms);
        stand(&text.text, text.end_ms);
    }
    stand("", duration.milliseconds());
    Track {
        entry,
        samples,
        chunks: vec![],
        per_chunk: 1,
        cells,
        timescale: TEXT_TIMESCALE,
        durations,
        key_samples: vec![],
        language: three_letters(language).to_owned(),
    }
}

fn text_sample(text: &str, behind: &[u8]) -> Vec<u8> {
    let text = shortened(text, LONGEST_TEXT);
    let mut sample = (text.len() as u16).to_be_bytes().to_vec();
    sample.extend_from_slice(text.as_bytes());
    if !text.is_empty() {
        sample.extend_from_slice(behind);
    }
    sample
}

/// The start of a text that has at most so many bytes.
pub(super) fn shortened(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The `trak`, for data that begins at a place in the file; `chapters` is the track that holds its chapters.
pub(super) fn track(track: &Track<'_>, id: usize, begin: usize, ticks: u64, chapters: Option<usize>) -> Vec<u8> {
    let media = boxed(
        b"mdia",
        [
            media_header(track),
            handler(&track.entry),
            boxed(b"minf", [kind_header(&track.entry), data_information(), sample_table(track, begin)]),
        ],
    );
    let reference = chapters.map(|id| boxed(b"tref", [boxed(b"chap", [number(id)])]));
    boxed(b"trak", [Some(track_header(&track.entry, id, ticks)), reference, Some(media)].into_iter().flatten())
}

fn track_header(entry: &Entry, id: usize, ticks: u64) -> Vec<u8> {
    const ENABLED: u32 = 1;
    const IN_MOVIE: u32 = 2;
    let flags = if *entry == Entry::Chapters { IN_MOVIE } else { IN_MOVIE | ENABLED };
    let (width, height, down) = match entry {
        Entry::Picture { width, height, .. } => (*width, *height, 0),
        Entry::Captions { width, height, down } => (*width, *height, *down),
        Entry::Sound(_) | Entry::Chapters => (0, 0, 0),
    };
    let volume: u16 = if matches!(entry, Entry::Sound(_)) { 0x0100 } else { 0 };
    let mut fields = [[0; 8].as_slice(), &number(id), &[0; 4], &number(ticks as usize), &[0; 12]].concat();
    fields.extend(volume.to_be_bytes());
    fields.extend([0; 2]);
    fields.extend(matrix(down));
    fields.extend((width << 16).to_be_bytes());
    fields.extend((height << 16).to_be_bytes());
    versioned(b"tkhd", flags, [fields])
}

fn media_header(track: &Track<'_>) -> Vec<u8> {
    // Three letters of five bits each, of which `a` is 1.
    let language = track.language.bytes().fold(0_u16, |packed, letter| packed << 5 | u16::from(letter & 0x1f));
    let fields = [[0; 8].as_slice(), &track.timescale.to_be_bytes(), &number(track.ticks() as usize)].concat();
    versioned(b"mdhd", 0, [fields.as_slice(), &language.to_be_bytes(), &[0; 2]])
}

fn handler(entry: &Entry) -> Vec<u8> {
    let (kind, name): (&[u8; 4], &[u8]) = match entry {
        Entry::Picture { .. } => (b"vide", b"Picture\0"),
        Entry::Sound(_) => (b"soun", b"Sound\0"),
        Entry::Captions { .. } => (b"sbtl", b"Captions\0"),
        Entry::Chapters => (b"text", b"Chapters\0"),
    };
    versioned(b"hdlr", 0, [[0; 4].as_slice(), kind, &[0; 12], name])
}

/// The header that only tracks of this kind have.
fn kind_header(entry: &Entry) -> Vec<u8> {
    match entry {
        Entry::Picture { .. } => versioned(b"vmhd", 1, [[0; 8]]),
        Entry::Sound(_) => versioned(b"smhd", 0, [[0; 4]]),
        Entry::Captions { .. } => versioned(b"nmhd", 0, [[]]),
        Entry::Chapters => {
            let general = versioned(b"gmin", 0, [[0, 0x40, 0x80, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0]]);
            // Not documented, but without it QuickTime lists no chapters: the unit matrix, as all who write them write it.
            let text = boxed(b"text", [[0, 1].as_slice(), &[0; 12], &number(1), &[0; 12], &number(0x4000), &[0; 2]]);
            boxed(b"gmhd", [general, text])
        }
    }
}

/// That the data lies in this file.
fn data_information() -> Vec<u8> {
    let here = versioned(b"url ", 1, [[]]);
    boxed(b"dinf", [versioned(b"dref", 0, [number(1).as_slice(), &here])])
}

fn sample_table(track: &Track<'_>, begin: usize) -> Vec<u8> {
    let sizes: Vec<u8> = track.samples.iter().flat_map(|sample| number(sample.bytes())).collect();
    let places: Vec<[u32; 1]> = track.chunks.iter().map(|at| [(begin + at) as u32]).collect();
    let keys: Vec<[u32; 1]> = track.key_samples.iter().map(|&sample| [sample]).collect();
    let mut parts = vec![versioned(b"stsd", 0, [number(1).as_slice(), &sample_entry(&track.entry)])];
    parts.push(listed(b"stts", &track.durations));
    if !keys.is_empty() {
        parts.push(listed(b"stss", &keys));
    }
    parts.push(listed(b"stsc", &[[1, track.per_chunk as u32, 1]]));
    parts.push(versioned(b"stsz", 0, [[0; 4].as_slice(), &number(track.samples.len()), &sizes]));
    parts.push(listed(b"stco", &places));
    boxed(b"stbl", parts)
}

/// `profile_idc` of the High profile.
const HIGH_PROFILE: u8 = 100;

/// Six reserved bytes and the number of the data reference.
const ENTRY_HEAD: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

fn sample_entry(entry: &Entry) -> Vec<u8> {
    match entry {
        Entry::Picture { entry, .. } | Entry::Sound(entry) => entry.clone(),
        Entry::Captions { width, height, .. } => caption_entry(*width as u16, *height as u16),
        Entry::Chapters => {
            let mut style = [0; 43];
            style[7] = 1; // Centred.
            boxed(b"text", [ENTRY_HEAD.as_slice(), &style])
        }
    }
}

fn picture_entry(sets: [&[u8]; 2], width: u32, height: u32) -> Vec<u8> {
    const RESOLUTION_72_DPI: [u8; 4] = [0, 0x48, 0, 0];
    let [sequence, picture] = sets;
    let mut configuration = vec![1];
    configuration.extend_from_slice(sequence.get(1..4).unwrap_or(&[0; 3])); // Profile, what it keeps to, level.
    configuration.extend([0xff, 0xe1]); // Lengths of four bytes, one set of either kind.
    configuration.extend((sequence.len() as u16).to_be_bytes());
    configuration.extend_from_slice(sequence);
    configuration.push(1);
    configuration.extend((picture.len() as u16).to_be_bytes());
    configuration.extend_from_slice(picture);
    if sequence.get(1) == Some(&HIGH_PROFILE) {
        configuration.extend([0xfd, 0xf8, 0xf8, 0]); // 4:2:0, eight bits, no extension.
    }
    // BT.709, limited range.
    let colours = boxed(b"colr", [b"nclx".as_slice(), &[0, 1, 0, 1, 0, 1, 0]]);
    let pixels = boxed(b"pasp", [number(1), number(1)]);
    let size = [(width as u16).to_be_bytes(), (height as u16).to_be_bytes()].concat();
    boxed(
        b"avc1",
        [
            ENTRY_HEAD.as_slice(),
            &[0; 16],
            &size,
            &RESOLUTION_72_DPI,
            &RESOLUTION_72_DPI,
            &[0, 0, 0, 0, 0, 1], // One frame in a sample.
            &[0; 32],
            &[0, 24, 0xff, 0xff],
            &boxed(b"avcC", [configuration]),
            &colours,
            &pixels,
        ],
    )
}

/// AAC-LC, 48 kHz, one channel (ISO/IEC 14496-1, 7.2.6 and 14496-3, 1.6.2.1).
fn sound_entry(bits_per_second: u32) -> Vec<u8> {
    const AUDIO_CONFIG: [u8; 2] = [0x11, 0x88];
    let descriptor = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
    let rate = bits_per_second.to_be_bytes();
    // MPEG-4 audio in an audio stream.
    let decoder = [&[0x40, 0x15, 0, 0, 0], rate.as_slice(), &rate, &descriptor(5, &AUDIO_CONFIG)].concat();
    let stream = [&[0, 0, 0], descriptor(4, &decoder).as_slice(), &descriptor(6, &[2])].concat();
    let configuration = versioned(b"esds", 0, [descriptor(3, &stream)]);
    let fields = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 16, 0, 0, 0, 0];
    boxed(b"mp4a", [ENTRY_HEAD.as_slice(), &fields, &(SAMPLE_RATE_HZ << 16).to_be_bytes(), &configuration])
}

/// White text at the bottom, in the middle (3GPP TS 26.245, 5.16).
fn caption_entry(width: u16, height: u16) -> Vec<u8> {
    const FONT: &[u8] = b"Sans-Serif";
    let size = (height / 3).clamp(12, 255) as u8;
    let centred_at_bottom = [1, 0xff];
    let place = [[0; 4].as_slice(), &height.to_be_bytes(), &width.to_be_bytes()].concat();
    let style = [0, 0, 0, 0, 0, 1, 0, size, 0xff, 0xff, 0xff, 0xff];
    let fonts = boxed(b"ftab", [[0, 1, 0, 1, FONT.len() as u8].as_slice(), FONT]);
    boxed(b"tx3g", [ENTRY_HEAD.as_slice(), &[0; 4], &centred_at_bottom, &[0; 4], &place, &style, &fonts])
}
