//! Joins picture, sound, captions and chapters in one MP4 by copying packets (ISO/IEC 14496-12, -14 and -15; 3GPP TS 26.245 for
//! captions; Apple's `QuickTime` File Format for chapters).
//!
//! Written here and not by a program, because nothing is decided in it: 10 minutes are joined in a twentieth of a second.
//!
//! ```text
//! ftyp | moov: index of every track, chapters of both kinds, title | mdat: cell | cell | ...
//! cell: captions and chapters that begin in it | 16 frames of picture | 25 frames of sound
//! ```
//!
//! The index comes first, so the video plays while it loads. Nothing is shifted: there are no edit lists and every track begins at 0.

mod boxes;
mod language;
mod tracks;

use crate::MediaError;
use crate::adts::{self, FRAMES_PER_CELL as SOUND_FRAMES_PER_CELL};
use crate::h264::{self, H264Error, Parameters};
use boxes::{boxed, number, versioned};
use domain::{Cells, FRAMES_PER_CELL};
use std::ops::Range;
use tracks::{Entry, Sample, Track, track};

/// Ticks of the whole in a second: a cell is 1600 of them, so its length is exact.
const TIMESCALE: u32 = 3000;
/// Ticks of a cell.
const TICKS_PER_CELL: u64 = 1600;
/// Chapters of the older kind are counted in one byte.
const MOST_CHAPTERS: usize = 255;
/// Their times, in so many parts of a millisecond.
const CHAPTER_TICKS_PER_MS: u64 = 10_000;

/// What is joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Film<'a> {
    /// H.264 in Annex B form without B-frames, on the common grid, with the same parameter sets throughout.
    pub video: &'a [u8],
    /// AAC in ADTS frames without priming, as long as the picture.
    pub audio: &'a [u8],
    /// Captions in order, none overlapping another; no track where there are none.
    pub captions: &'a [TimedText],
    /// Chapters in order, each up to the next; none where there are none.
    pub chapters: &'a [TimedText],
    /// The title of the video.
    pub title: &'a str,
    /// The language of sound and texts, a BCP 47 tag.
    pub language: &'a str,
}

/// A text and when it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedText {
    /// When it begins, in milliseconds.
    pub begin_ms: u64,
    /// When it ends, in milliseconds.
    pub end_ms: u64,
    /// Its lines, separated by line feeds.
    pub text: String,
}

/// Writes the MP4: tracks in the order picture, sound, captions, chapters; the index before the data; everything begins at 0.
///
/// # Errors
/// [`MediaError::H264`] or [`MediaError::Adts`] if picture or sound are not as described in [`Film`];
/// [`MediaError::TooLarge`] if the file would exceed 4 GiB.
pub fn mux(film: &Film<'_>) -> Result<Vec<u8>, MediaError> {
    let pictures = Pictures::of(film.video)?;
    let sounds: Vec<&[u8]> = adts::frames(film.audio)?.into_iter().map(adts::payload).collect();
    let duration = Cells(u32::try_from(pictures.frames.len() / FRAMES_PER_CELL as usize).unwrap_or(u32::MAX));
    let (found, whole) = (pictures.frames.len() as u64, duration.frames());
    if found != whole {
        return Err(H264Error::FrameCount { found, expected: whole }.into());
    }
    let expected = duration.0 as usize * SOUND_FRAMES_PER_CELL as usize;
    if sounds.len() != expected {
        return Err(adts::AdtsError::FrameCount { found: sounds.len(), expected }.into());
    }
    let parameters = pictures.parameters;
    let mut tracks = vec![pictures.track(duration), tracks::sound(&sounds, film.language, duration)];
    if !film.captions.is_empty() {
        tracks.push(tracks::captions(film.captions, film.language, parameters, duration));
    }
    if !film.chapters.is_empty() {
        tracks.push(tracks::chapters(film.chapters, film.language, duration));
    }
    let data = interleave(&mut tracks, duration);
    write(&tracks, &data, film, duration)
}

/// What lies in the data, in order, and how long it is.
struct Data {
    /// A track and its samples.
    chunks: Vec<(usize, Range<usize>)>,
    bytes: usize,
}

/// The frames of a stream, each the units of one picture. Parameter sets stand in the index alone, as the form of a sample asks.
struct Pictures<'a> {
    parameter_sets: [&'a [u8]; 2],
    parameters: Parameters,
    frames: Vec<Vec<&'a [u8]>>,
    /// The numbers of those with which decoding can begin, from 1.
    key_frames: Vec<u32>,
}

impl<'a> Pictures<'a> {
    fn of(stream: &'a [u8]) -> Result<Self, MediaError> {
        let first = |kind| h264::nals(stream).find(|nal| nal.kind() == kind).map(|nal| nal.unit).ok_or(H264Error::Truncated);
        let parameter_sets = [first(h264::kind::SPS)?, first(h264::kind::PPS)?];
        let (mut frames, mut key_frames) = (Vec::<Vec<&'a [u8]>>::new(), Vec::new());
        for nal in h264::nals(stream) {
            match nal.kind() {
                h264::kind::SPS | h264::kind::PPS if parameter_sets.contains(&nal.unit) => {}
                h264::kind::SPS | h264::kind::PPS => {
                    return Err(H264Error::Unsupported { what: "more than one pair of parameter sets" }.into());
                }
                _ if nal.begins_picture() => {
                    frames.push(vec![nal.unit]);
                    if nal.kind() == h264::kind::IDR_SLICE {
                        key_frames.push(frames.len() as u32);
                    }
                }
                _ => frames.last_mut().ok_or(H264Error::Truncated)?.push(nal.unit),
            }
        }
        Ok(Self { parameter_sets, parameters: h264::parameters(stream)?, frames, key_frames })
    }

    fn track(self, duration: Cells) -> Track<'a> {
        let samples = self.frames.into_iter().map(Sample::Units).collect();
        tracks::picture(samples, self.key_frames, self.parameter_sets, self.parameters, duration)
    }
}

/// Decides how the chunks of all tracks lie one behind the other, cell by cell, and notes in each track where, from the start of the
/// data.
fn interleave(tracks: &mut [Track<'_>], duration: Cells) -> Data {
    let mut data = Data { chunks: vec![], bytes: 0 };
    // Texts first, so that what is to be shown is there when its picture is.
    let order: Vec<usize> = (2..tracks.len()).chain(0..2).collect();
    for cell in 0..duration.0 {
        for &at in &order {
            let track = &mut tracks[at];
            for samples in track.chunks_of(cell) {
                track.chunks.push(data.bytes);
                data.bytes += track.samples[samples.clone()].iter().map(Sample::bytes).sum::<usize>();
                data.chunks.push((at, samples));
            }
        }
    }
    data
}

fn write(tracks: &[Track<'_>], data: &Data, film: &Film<'_>, duration: Cells) -> Result<Vec<u8>, MediaError> {
    const HEADER: usize = 8;
    let brands = boxed(b"ftyp", [b"isom".as_slice(), &512_u32.to_be_bytes(), b"isomiso2avc1mp41"]);
    // The places of chunks have a fixed width, so the index is as long with the right ones.
    let index_bytes = index(tracks, 0, film, duration).len();
    let begin = brands.len() + index_bytes + HEADER;
    let bytes = begin + data.bytes;
    if u32::try_from(bytes).is_err() {
        return Err(MediaError::TooLarge { bytes });
    }
    let mut file = Vec::with_capacity(bytes);
    file.extend(brands);
    file.extend(index(tracks, begin, film, duration));
    file.extend(number(data.bytes + HEADER));
    file.extend(b"mdat");
    for (at, samples) in &data.chunks {
        tracks[*at].samples[samples.clone()].iter().for_each(|sample| sample.write(&mut file));
    }
    Ok(file)
}

/// The `moov`: what there is, and where, for data that begins at a place in the file.
fn index(tracks: &[Track<'_>], begin: usize, film: &Film<'_>, duration: Cells) -> Vec<u8> {
    let ticks = u64::from(duration.0) * TICKS_PER_CELL;
    let mut parts = vec![movie_header(ticks, tracks.len())];
    let chapters = tracks.iter().position(|track| track.entry == Entry::Chapters).map(|at| at + 1);
    for (at, each) in tracks.iter().enumerate() {
        // The picture says which track holds its chapters.
        let names = chapters.filter(|_| at == 0);
        parts.push(track(each, at + 1, begin, ticks, names));
    }
    parts.push(user_data(film));
    boxed(b"moov", parts)
}

fn movie_header(ticks: u64, tracks: usize) -> Vec<u8> {
    let times = [0, 0, TIMESCALE, u32::try_from(ticks).unwrap_or(u32::MAX)];
    let mut fields: Vec<u8> = times.iter().flat_map(|field| field.to_be_bytes()).collect();
    fields.extend([0, 1, 0, 0, 1, 0]); // Played at its rate and volume.
    fields.extend([0; 10]);
    fields.extend(boxes::matrix(0));
    fields.extend([0; 24]);
    fields.extend(number(tracks + 1));
    versioned(b"mvhd", 0, [fields])
}

/// The title as iTunes writes it, and the chapters as Nero does. A poster is not among it: as cover art it counts as a second stream
/// of pictures in many tools, and the video begins with that picture anyway.
fn user_data(film: &Film<'_>) -> Vec<u8> {
    let title: String = film.title.chars().filter(|c| !c.is_control()).collect();
    let handler = versioned(b"hdlr", 0, [[0; 4].as_slice(), b"mdirappl", &[0; 9]]);
    // Well-known type 1 is UTF-8.
    let value = boxed(b"data", [[0, 0, 0, 1, 0, 0, 0, 0].as_slice(), title.as_bytes()]);
    let list = boxed(b"ilst", [boxed(b"\xa9nam", [value])]);
    let mut parts = vec![versioned(b"meta", 0, [handler, list])];
    if !film.chapters.is_empty() {
        parts.push(nero_chapters(film.chapters));
    }
    boxed(b"udta", parts)
}

fn nero_chapters(chapters: &[TimedText]) -> Vec<u8> {
    let listed = &chapters[..chapters.len().min(MOST_CHAPTERS)];
    let mut fields = vec![0, 0, 0, 0, listed.len() as u8];
    for chapter in listed {
        let title = tracks::shortened(&chapter.text, usize::from(u8::MAX));
        fields.extend((chapter.begin_ms * CHAPTER_TICKS_PER_MS).to_be_bytes());
        fields.push(title.len() as u8);
        fields.extend_from_slice(title.as_bytes());
    }
    boxed(b"chpl", [[1, 0, 0, 0].as_slice(), &fields])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffmpeg::limits;
    use crate::testing::{decode_frames, ffmpeg, spoken};
    use crate::{Ffmpeg, picture, sound};
    use std::time::Duration;

    const WIDTH: u32 = 322;
    const HEIGHT: u32 = 182;

    /// Picture and sound of two scenes, and how long the first is.
    async fn scenes(ffmpeg: &Ffmpeg) -> (Vec<u8>, Vec<u8>, Cells) {
        let (mut video, mut audio, mut first) = (vec![], vec![], Cells(0));
        for (seed, seconds) in [(1, 2.3), (2, 4.1)] {
            let narration = sound::encode_narration(ffmpeg, spoken(seed, seconds, 24_000), 24_000).await.expect("speech");
            let pixels = [40 * seed as u8, 90, 160, 255].repeat((WIDTH * HEIGHT) as usize);
            let group = picture::encode_held(ffmpeg, &pixels, WIDTH, HEIGHT).await.expect("encodes");
            video.extend(h264::hold(&group, narration.duration).expect("a group"));
            audio.extend(narration.adts);
            first = if seed == 1 { narration.duration } else { first };
        }
        (video, audio, first)
    }

    fn text(begin_ms: u64, end_ms: u64, text: &str) -> TimedText {
        TimedText { begin_ms, end_ms, text: text.to_owned() }
    }

    /// What ffmpeg writes to its standard output about a video on disk.
    async fn told(ffmpeg: &Ffmpeg, file: &[u8], arguments: &[&str]) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("video.mp4");
        std::fs::write(&path, file).expect("is written");
        let mut command = ffmpeg.command();
        command.args(["-err_detect", "+explode"]).format("mov").input(&path).args(arguments).output("pipe:1");
        let report = ffmpeg.run(&command, Vec::new(), &limits(Duration::from_secs(60), 1 << 30)).await.expect("is read");
        // Of metadata alone there is nothing to encode.
        let complaints: Vec<_> = report.complaints.iter().filter(|said| !said.contains("nothing was encoded")).collect();
        assert!(complaints.is_empty(), "{complaints:?}");
        report.output
    }

    #[tokio::test]
    async fn a_player_sees_and_hears_what_was_joined_from_the_first_moment_to_the_last() {
        let ffmpeg = ffmpeg();
        let (video, audio, _) = scenes(&ffmpeg).await;
        let film = Film { video: &video, audio: &audio, captions: &[], chapters: &[], title: "Tides", language: "en" };
        let file = mux(&film).expect("fits");
        let seen =
            told(&ffmpeg, &file, &["-map", "0:v", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-f", "rawvideo"]).await;
        let (frames, _) = decode_frames(&ffmpeg, &video, WIDTH, HEIGHT).await;
        assert_eq!(seen, frames.concat());
        let heard = told(&ffmpeg, &file, &["-map", "0:a", "-c:a", "pcm_f32le", "-f", "f32le"]).await;
        assert_eq!(sound::samples_of(&heard), sound::decode(&ffmpeg, &audio).await.expect("decodes"));
        let times =
            told(&ffmpeg, &file, &["-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "framehash", "-hash", "crc32"]).await;
        let times = String::from_utf8(times).expect("text");
        let first: Vec<&str> = times.lines().filter(|line| !line.starts_with('#')).take(2).collect();
        assert!(first.iter().all(|line| line.split(',').nth(2).is_some_and(|time| time.trim() == "0")), "{first:?}");
    }

    #[tokio::test]
    async fn a_player_finds_title_captions_and_chapters() {
        let ffmpeg = ffmpeg();
        let (video, audio, first) = scenes(&ffmpeg).await;
        let border = first.milliseconds();
        let end = Cells((h264::count_frames(&video) / 16) as u32).milliseconds();
        let captions = [text(250, 1_000, "Why tides?"), text(1_200, 2_900, "Because the Moon\npulls – water follows.")];
        let chapters = [text(0, border, "Gezeiten: täglich"), text(border, end, "Why = twice")];
        let film = Film {
            video: &video,
            audio: &audio,
            captions: &captions,
            chapters: &chapters,
            title: "Tides & Moon",
            language: "en",
        };
        let file = mux(&film).expect("fits");
        let shown = String::from_utf8(told(&ffmpeg, &file, &["-map", "0:s:0", "-f", "webvtt"]).await).expect("text");
        assert!(shown.contains("00:00.250 --> 00:01.000\nWhy tides?\n"), "{shown}");
        assert!(shown.contains("00:01.200 --> 00:02.900\nBecause the Moon\npulls – water follows.\n"), "{shown}");
        let listed = String::from_utf8(told(&ffmpeg, &file, &["-f", "ffmetadata"]).await).expect("text");
        assert!(listed.contains("title=Tides & Moon\n"), "{listed}");
        assert_eq!(listed.matches("[CHAPTER]").count(), 2, "both kinds name the same two: {listed}");
        for expected in ["title=Gezeiten: täglich\n", "title=Why \\= twice\n"] {
            assert!(listed.contains(expected), "{listed}");
        }
    }

    #[tokio::test]
    async fn the_same_film_gives_the_same_bytes_with_its_index_in_front() {
        let ffmpeg = ffmpeg();
        let (video, audio, _) = scenes(&ffmpeg).await;
        let film = Film { video: &video, audio: &audio, captions: &[], chapters: &[], title: "Tides", language: "en" };
        let file = mux(&film).expect("fits");
        assert_eq!(file, mux(&film).expect("fits"));
        let place = |kind: &[u8]| file.windows(4).position(|four| four == kind);
        assert!(place(b"moov").expect("is there") < place(b"mdat").expect("is there"));
        assert_eq!(place(b"edts"), None);
    }

    #[tokio::test]
    async fn what_does_not_fit_together_is_refused() {
        let ffmpeg = ffmpeg();
        let (video, audio, first) = scenes(&ffmpeg).await;
        let film = Film { video: &video, audio: &audio, captions: &[], chapters: &[], title: "", language: "" };
        let sound = adts::frames(&audio).expect("whole");
        let short = sound[..sound.len() - 1].concat();
        assert!(matches!(mux(&Film { audio: &short, ..film }), Err(MediaError::Adts(_))), "a frame of sound is missing");
        let frames: Vec<_> = h264::nals(&video).collect();
        let short: Vec<u8> = frames[..frames.len() - 1].iter().flat_map(|nal| nal.framed).copied().collect();
        assert!(matches!(mux(&Film { video: &short, ..film }), Err(MediaError::H264(_))), "a frame of picture is missing");
        let other = picture::encode_held(&ffmpeg, &[90; 64 * 48 * 4], 64, 48).await.expect("encodes");
        let mixed = [video.clone(), h264::hold(&other, first).expect("a group")].concat();
        assert!(matches!(mux(&Film { video: &mixed, ..film }), Err(MediaError::H264(_))), "the second has another size");
        assert!(matches!(mux(&Film { video: b"text", ..film }), Err(MediaError::H264(_))));
    }
}
