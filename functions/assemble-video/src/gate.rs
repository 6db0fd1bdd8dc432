//! The checks that a video passes before anyone sees it.
//!
//! The file itself is read, not what was meant to be written: the index box by box, every packet byte by byte against the
//! streams it was joined from, the whole sound and all key frames through a decoder. Frames between key frames need no
//! decoder here, because their bytes are those of the segments.

use crate::captions::{Caption, broken_rule};
use crate::mp4::{self, Content, Movie, Track};
use domain::{Cells, Code, FRAME_RATE, Failure, SAMPLE_RATE_HZ};
use media::check::{Decoded, Heard, decode_key_frames, decode_sound};
use media::sound::{Loudness, TARGET_LUFS, TRUE_PEAK_DBTP};
use media::{Ffmpeg, adts, h264};
use std::fmt::Display;
use std::path::Path;

/// How far the loudness of the whole may be off, in LU.
const LOUDNESS_TOLERANCE: f64 = 1.0;
/// How far the true peak may be off, in dB: meters differ by so much.
const PEAK_TOLERANCE: f64 = 0.3;
/// The longest pause that is meant, between the last word of a scene and the first of the next, is 1.3 s; a speaker's own is
/// less.
const LONGEST_PAUSE_MS: u64 = 2_500;
/// What nobody hears: -50 dBFS.
const SILENCE: f32 = 0.003_16;
/// The ground of the darkest theme has a mean brightness of some 20 of 255; a picture below this shows nothing.
const DARKEST: f64 = 6.0;
/// AAC-LC, 48 kHz, one channel (ISO/IEC 14496-3, 1.6.2.1).
const AUDIO_CONFIG: [u8; 2] = [0x11, 0x88];

/// What the video was made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    /// The picture, H.264 in Annex B form.
    pub(crate) video: &'a [u8],
    /// The sound, AAC in ADTS frames.
    pub(crate) audio: &'a [u8],
    /// How long both last.
    pub(crate) duration: Cells,
    /// Width in pixels.
    pub(crate) width: u32,
    /// Height in pixels.
    pub(crate) height: u32,
    /// Whether there is a caption track.
    pub(crate) has_captions: bool,
    /// The captions, in the track or beside the video.
    pub(crate) captions: &'a [Caption],
    /// How many characters a line of them may have.
    pub(crate) caption_line: usize,
    /// The longest part, in milliseconds, in which nothing is meant to be heard, such as a card of a brand.
    pub(crate) longest_silence_ms: u64,
}

/// Checks a finished video and gives back how loud it is.
///
/// # Errors
/// [`Code::OutputRejected`], naming the check that it did not pass.
pub(crate) async fn check(ffmpeg: &Ffmpeg, video: &Path, file: &[u8], expected: Expected<'_>) -> Result<Loudness, Failure> {
    let movie = mp4::read(file).ok_or_else(|| reject("container", "the index cannot be read"))?;
    check_structure(&movie, expected)?;
    check_packets(&movie, file, expected)?;
    check_captions(expected)?;
    let pictures = decode_key_frames(ffmpeg, video);
    // One second more than there should be, so that too much is seen as well.
    let sound = decode_sound(ffmpeg, video, SILENCE, expected.duration.samples() + u64::from(SAMPLE_RATE_HZ));
    let (pictures, sound) = tokio::try_join!(pictures, sound)?;
    check_pictures(&pictures, expected)?;
    check_sound(&sound, expected)
}

fn reject(check: &str, found: impl Display) -> Failure {
    Failure::new(Code::OutputRejected, format!("the video does not pass the check `{check}`: {found}"))
}

fn require(check: &str, holds: bool, found: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(reject(check, found())) }
}

fn check_structure(movie: &Movie, expected: Expected) -> Result<(), Failure> {
    require("index first", movie.index_comes_first, || "the index comes after the data".to_owned())?;
    let frames = expected.duration.frames();
    let (video, audio) = tracks(movie, expected)?;
    check_length("frame count", video, frames, FRAME_RATE)?;
    check_length("sound length", audio, expected.duration.samples() / u64::from(adts::SAMPLES_PER_FRAME), SAMPLE_RATE_HZ)?;
    require("sound length", audio.ticks() == expected.duration.samples(), || {
        format!("{} samples, expected {}", audio.ticks(), expected.duration.samples())
    })?;
    let frame_ms = 1000 / u64::from(FRAME_RATE);
    require("duration", movie.duration_ms.abs_diff(expected.duration.milliseconds()) <= frame_ms, || {
        format!("{} ms, expected {}", movie.duration_ms, expected.duration.milliseconds())
    })?;
    require("start", !video.is_edited && !audio.is_edited && !video.is_reordered, || "a track does not begin at 0".to_owned())
}

/// The tracks for picture and sound, if there are these and captions where expected, and nothing else.
fn tracks<'a>(movie: &'a Movie, expected: Expected) -> Result<(&'a Track, &'a Track), Failure> {
    let (video, audio, captions) = match movie.tracks.as_slice() {
        [video, audio] => (video, audio, None),
        [video, audio, captions] => (video, audio, Some(captions)),
        other => return Err(reject("streams", format!("there are {}", other.len()))),
    };
    let size = match &video.content {
        Content::Video { width, height, .. } => (u32::from(*width), u32::from(*height)),
        other => return Err(reject("streams", format!("the first is {other:?}"))),
    };
    require("streams", size == (expected.width, expected.height), || format!("the picture is {} x {}", size.0, size.1))?;
    let is_our_sound =
        matches!(&audio.content, Content::Audio { rate_hz: SAMPLE_RATE_HZ, config } if config.starts_with(&AUDIO_CONFIG));
    require("streams", is_our_sound, || format!("the second is {:?}", audio.content))?;
    let has_captions = captions.is_some_and(|track| track.content == Content::Captions);
    require("streams", has_captions == expected.has_captions && has_captions == captions.is_some(), || {
        "captions are missing or not expected".to_owned()
    })?;
    Ok((video, audio))
}

fn check_length(check: &str, track: &Track, samples: u64, per_second: u32) -> Result<(), Failure> {
    let found = track.samples.len() as u64;
    require(check, found == samples, || format!("{found}, expected {samples}"))?;
    let ticks = if per_second == FRAME_RATE { track.timescale / per_second } else { adts::SAMPLES_PER_FRAME };
    let is_even = track.timescale.is_multiple_of(per_second) && track.durations.iter().all(|&(_, each)| each == ticks);
    require(check, is_even, || "they do not last equally long".to_owned())
}

fn check_packets(movie: &Movie, file: &[u8], expected: Expected) -> Result<(), Failure> {
    let (video, audio) = tracks(movie, expected)?;
    let mut frames = h264::nals(expected.video).map(|nal| nal.unit);
    let units = video.samples.iter().flat_map(|place| length_prefixed(file.get(place.clone()).unwrap_or_default()));
    require("picture packets", units.eq(frames.by_ref()), || "they are not those of the segments".to_owned())?;
    let sound = adts::frames(expected.audio).map_err(|error| reject("sound packets", error))?;
    let packets = audio.samples.iter().map(|place| file.get(place.clone()).unwrap_or_default());
    require("sound packets", packets.eq(sound.into_iter().map(adts::payload)), || {
        "they are not those of the narrations".to_owned()
    })
}

/// The NAL units of a sample, each behind its length in four bytes. Ends where the lengths do not fit.
fn length_prefixed(mut sample: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (&length, rest) = sample.split_first_chunk()?;
        let (unit, rest) = rest.split_at_checked(u32::from_be_bytes(length) as usize)?;
        sample = rest;
        Some(unit)
    })
}

fn check_captions(expected: Expected) -> Result<(), Failure> {
    match broken_rule(expected.captions, expected.caption_line, expected.duration.milliseconds()) {
        None => Ok(()),
        Some(rule) => Err(reject("captions", rule)),
    }
}

fn check_pictures(decoded: &Decoded<Vec<f64>>, expected: Expected) -> Result<(), Failure> {
    require("picture decodes", decoded.complaints.is_empty(), || decoded.complaints.join("; "))?;
    let key_frames = h264::nals(expected.video).filter(|nal| nal.kind() == h264::kind::IDR_SLICE).count();
    require("picture decodes", decoded.content.len() == key_frames, || {
        format!("{} of {key_frames} key frames", decoded.content.len())
    })?;
    let darkest = decoded.content.iter().copied().fold(f64::INFINITY, f64::min);
    require("no black picture", darkest >= DARKEST, || format!("a key frame has a mean brightness of {darkest:.1} of 255"))
}

fn check_sound(decoded: &Decoded<Heard>, expected: Expected) -> Result<Loudness, Failure> {
    require("sound decodes", decoded.complaints.is_empty(), || decoded.complaints.join("; "))?;
    let Heard { samples, longest_silence, loudness } = decoded.content;
    require("sound decodes", samples == expected.duration.samples(), || {
        format!("{samples} samples, expected {}", expected.duration.samples())
    })?;
    let pause = longest_silence * 1000 / u64::from(SAMPLE_RATE_HZ);
    require("no silence", pause <= LONGEST_PAUSE_MS + expected.longest_silence_ms, || format!("{pause} ms"))?;
    require("loudness", (loudness.integrated_lufs - TARGET_LUFS).abs() <= LOUDNESS_TOLERANCE, || {
        format!("{:.1} LUFS, expected {TARGET_LUFS}", loudness.integrated_lufs)
    })?;
    require("true peak", loudness.true_peak_dbtp <= TRUE_PEAK_DBTP + PEAK_TOLERANCE, || {
        format!("{:.1} dBTP, at most {TRUE_PEAK_DBTP}", loudness.true_peak_dbtp)
    })?;
    Ok(loudness)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLS: Cells = Cells(3);

    fn expected() -> Expected<'static> {
        Expected {
            video: &[],
            audio: &[],
            duration: CELLS,
            width: 64,
            height: 48,
            has_captions: false,
            captions: &[],
            caption_line: 42,
            longest_silence_ms: 0,
        }
    }

    fn movie() -> Movie {
        let track = |content, timescale, ticks, samples: usize| Track {
            content,
            timescale,
            durations: vec![(samples as u32, ticks)],
            is_reordered: false,
            is_edited: false,
            samples: vec![0..0; samples],
        };
        let video = Content::Video { width: 64, height: 48, parameter_sets: vec![] };
        let audio = Content::Audio { rate_hz: 48_000, config: AUDIO_CONFIG.to_vec() };
        Movie {
            index_comes_first: true,
            duration_ms: CELLS.milliseconds(),
            tracks: vec![track(video, 15_360, 512, 48), track(audio, 48_000, 1024, 75)],
        }
    }

    /// Checks that a video with one thing changed is rejected, and by which check.
    fn check_rejected(check: &str, change: impl FnOnce(&mut Movie)) {
        let mut changed = movie();
        change(&mut changed);
        let failure = check_structure(&changed, expected()).expect_err("changed");
        assert_eq!(failure.code, Code::OutputRejected);
        assert!(failure.message.contains(&format!("`{check}`")), "{failure}");
    }

    #[test]
    fn a_video_as_expected_passes() {
        assert_eq!(check_structure(&movie(), expected()), Ok(()));
    }

    #[test]
    fn every_flaw_of_the_structure_is_named() {
        check_rejected("index first", |movie| movie.index_comes_first = false);
        check_rejected("frame count", |movie| movie.tracks[0].samples.truncate(47));
        check_rejected("frame count", |movie| movie.tracks[0].durations = vec![(47, 512), (1, 511)]);
        check_rejected("sound length", |movie| movie.tracks[1].samples.push(0..0));
        check_rejected("sound length", |movie| movie.tracks[1].durations = vec![(74, 1024)]);
        check_rejected("duration", |movie| movie.duration_ms += 40);
        check_rejected("start", |movie| movie.tracks[1].is_edited = true);
        check_rejected("start", |movie| movie.tracks[0].is_reordered = true);
        check_rejected("streams", |movie| movie.tracks.truncate(1));
        check_rejected("streams", |movie| movie.tracks.swap(0, 1));
        check_rejected("streams", |movie| movie.tracks.push(movie.tracks[0].clone()));
        check_rejected("streams", |movie| {
            movie.tracks[0].content = Content::Video { width: 66, height: 48, parameter_sets: vec![] };
        });
        check_rejected("streams", |movie| {
            movie.tracks[1].content = Content::Audio { rate_hz: 48_000, config: vec![0x11, 0x90] };
        });
    }

    fn tone(amplitude: f32) -> Vec<f32> {
        (0..CELLS.samples()).map(|n| amplitude * (n as f32 * 0.06).sin()).collect()
    }

    fn heard(samples: &[f32]) -> Heard {
        let mut listener = media::check::Listener::new(SILENCE);
        listener.hear(samples);
        listener.heard()
    }

    fn sound(samples: &[f32]) -> Result<Loudness, Failure> {
        check_sound(&Decoded { content: heard(samples), complaints: vec![] }, expected())
    }

    fn is_rejected_by<T>(result: Result<T, Failure>, check: &str) -> bool {
        result.is_err_and(|failure| failure.message.contains(&format!("`{check}`")))
    }

    #[test]
    fn sound_is_measured() {
        assert!(sound(&tone(0.23)).is_ok_and(|loudness| (loudness.integrated_lufs + 16.0).abs() < 0.9));
        assert!(is_rejected_by(sound(&tone(0.1)), "loudness"));
        assert!(is_rejected_by(sound(&tone(0.23)[1..]), "sound decodes"));
        let mut click = tone(0.23);
        click[1000] = 1.0;
        assert!(is_rejected_by(sound(&click), "true peak"));
        let complaints = vec!["[error] broken".to_owned()];
        assert!(is_rejected_by(check_sound(&Decoded { content: heard(&tone(0.23)), complaints }, expected()), "sound decodes"));
    }

    #[test]
    fn silence_that_is_not_meant_is_found() {
        let long = Heard { longest_silence: 3 * 48_000, ..heard(&tone(0.23)) };
        assert!(is_rejected_by(check_sound(&Decoded { content: long, complaints: vec![] }, expected()), "no silence"));
        let meant = Expected { longest_silence_ms: 2_000, ..expected() };
        assert!(check_sound(&Decoded { content: long, complaints: vec![] }, meant).is_ok());
    }

    #[test]
    fn captions_that_break_a_rule_are_found() {
        let late = [Caption { begin_ms: 0, end_ms: 1601, lines: vec!["Tides".to_owned()] }];
        assert!(is_rejected_by(check_captions(Expected { captions: &late, ..expected() }), "captions"));
        assert_eq!(check_captions(expected()), Ok(()));
    }

    #[test]
    fn black_and_missing_pictures_are_found() {
        let idr = [0, 0, 0, 1, 0x65, 0x88, 0, 0, 0, 1, 0x65, 0x88];
        let expected = Expected { video: &idr, ..expected() };
        let decoded = |content| Decoded { content, complaints: vec![] };
        assert_eq!(check_pictures(&decoded(vec![20.0, 200.0]), expected), Ok(()));
        assert!(is_rejected_by(check_pictures(&decoded(vec![20.0, 0.4]), expected), "no black picture"));
        assert!(is_rejected_by(check_pictures(&decoded(vec![20.0]), expected), "picture decodes"));
    }
}
