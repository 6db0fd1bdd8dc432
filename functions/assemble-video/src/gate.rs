//! The checks that a video passes before anyone sees it.
//!
//! The file itself is read, not what was meant to be written: the index box by box, every packet byte by byte against the
//! scenes it was joined from. What those scenes look and sound like a decoder has found out before, scene by scene
//! ([`Screening`]): each begins with a picture that needs no other, and is silent at both edges, so joined they look and sound
//! as they do alone. What the whole adds is checked on the whole: seams, loudness, pauses.

use crate::mp4::{self, Content, Movie, Track};
use crate::screening::Screening;
use domain::captions::{Caption, broken_rule};
use domain::outline::Chapter;
use domain::{Cells, Code, FRAME_RATE, Failure, SAMPLE_RATE_HZ};
use media::sound::{Loudness, TARGET_LUFS, TRUE_PEAK_DBTP, integrated_of};
use media::{adts, h264};
use std::fmt;
use std::ops::Range;

/// How far the loudness of the whole may be off, in LU.
const LOUDNESS_TOLERANCE: f64 = 1.0;
/// How far two meters of true peaks differ, in dB.
const PEAK_TOLERANCE: f64 = 0.1;
/// The longest pause that is meant, between the last word of a scene and the first of the next, is 1.3 s; a speaker's own is
/// less.
const LONGEST_PAUSE_MS: u64 = 2_500;
/// The ground of the darkest theme has a mean brightness of some 20 of 255; a picture below this shows nothing.
const DARKEST: f64 = 6.0;
/// AAC-LC, 48 kHz, one channel (ISO/IEC 14496-3, 1.6.2.1).
const AUDIO_CONFIG: [u8; 2] = [0x11, 0x88];

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// The index can be read.
    Container,
    /// The tracks are those that there should be.
    Streams,
    /// The index comes before the data.
    IndexFirst,
    /// The picture has exactly its frames, evenly in time.
    FrameCount,
    /// The sound has exactly its samples.
    SoundLength,
    /// Both last as long as the whole, to a frame.
    Duration,
    /// Everything begins at 0, in the order in which it is decoded.
    Start,
    /// Every frame is that of its scene.
    PicturePackets,
    /// Every packet of sound is that of its scene.
    SoundPackets,
    /// The captions keep their rules, and the track shows them.
    Captions,
    /// The chapters are listed, one for each scene.
    Chapters,
    /// Every key frame can be decoded.
    PictureDecodes,
    /// All the sound can be decoded.
    SoundDecodes,
    /// No picture is black.
    Black,
    /// What should move moves.
    Freeze,
    /// There is no pause that was not meant.
    Silence,
    /// Scenes are silent where they meet.
    Seams,
    /// The whole is as loud as it should be.
    Loudness,
    /// Nothing is louder than it may be.
    TruePeak,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Container => "container",
            Self::Streams => "streams",
            Self::IndexFirst => "index first",
            Self::FrameCount => "frame count",
            Self::SoundLength => "sound length",
            Self::Duration => "duration",
            Self::Start => "start",
            Self::PicturePackets => "picture packets",
            Self::SoundPackets => "sound packets",
            Self::Captions => "captions",
            Self::Chapters => "chapters",
            Self::PictureDecodes => "picture decodes",
            Self::SoundDecodes => "sound decodes",
            Self::Black => "no black picture",
            Self::Freeze => "no freeze",
            Self::Silence => "no silence",
            Self::Seams => "silent seams",
            Self::Loudness => "loudness",
            Self::TruePeak => "true peak",
        })
    }
}

/// What a video does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    /// Which check.
    pub(crate) check: Check,
    /// The scene that is at fault, from 0; none where it is the whole.
    pub(crate) scene: Option<u32>,
    /// What was found instead.
    pub(crate) found: String,
}

/// In words, the scene is counted from 1, as people do.
impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        let Rejection { check, scene, found } = rejection;
        let what = scene.map_or_else(|| "the video".to_owned(), |scene| format!("scene {}", scene + 1));
        Self::new(Code::OutputRejected, format!("{what} does not pass the check `{check}`: {found}"))
    }
}

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
    /// The chapters.
    pub(crate) chapters: &'a [Chapter],
}

/// A scene as it was found, and what it should be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Screened {
    /// The scene, from 0.
    pub(crate) scene: u32,
    /// Whether parts of it should appear one after another.
    pub(crate) should_move: bool,
    /// Whether nothing is meant to be heard in it, as on the card of a brand.
    pub(crate) is_silent: bool,
    /// What was found in it.
    pub(crate) found: Screening,
}

/// Checks a finished video: its file, byte by byte.
///
/// # Errors
/// The first check that it does not pass.
pub(crate) fn check_file(file: &[u8], expected: Expected<'_>) -> Result<(), Rejection> {
    let movie = mp4::read(file).ok_or_else(|| reject(Check::Container, "the index cannot be read"))?;
    check_structure(&movie, expected)?;
    check_packets(&movie, file, expected)?;
    check_captions(&movie, file, expected)?;
    check_chapters(&movie, file, expected)
}

/// Checks how the scenes look and sound, each for itself and one behind the other, and gives back how loud the whole is.
///
/// # Errors
/// The first check that they do not pass.
pub(crate) fn check_scenes(scenes: &[Screened]) -> Result<Loudness, Rejection> {
    for screened in scenes {
        check_scene(screened)?;
    }
    for pair in scenes.windows(2).filter(|pair| !pair.iter().any(|screened| screened.is_silent)) {
        let silent = pair[0].found.sound.silent_behind + pair[1].found.sound.silent_before;
        require_in(Some(pair[1].scene), Check::Silence, milliseconds(silent) <= LONGEST_PAUSE_MS, || {
            format!("{} ms before it", milliseconds(silent))
        })?;
    }
    let loudness = Loudness {
        integrated_lufs: integrated_of(scenes.iter().flat_map(|screened| &screened.found.sound.blocks)),
        true_peak_dbtp: scenes.iter().map(|screened| screened.found.sound.true_peak_dbtp).fold(f64::NEG_INFINITY, f64::max),
    };
    require(Check::Loudness, (loudness.integrated_lufs - TARGET_LUFS).abs() <= LOUDNESS_TOLERANCE, || {
        format!("{:.1} LUFS, expected {TARGET_LUFS}", loudness.integrated_lufs)
    })?;
    Ok(loudness)
}

fn check_scene(Screened { scene, should_move, is_silent: is_meant_silent, found }: &Screened) -> Result<(), Rejection> {
    let require = |check, holds, found: String| require_in(Some(*scene), check, holds, || found);
    let sound = &found.sound;
    require(Check::Black, found.darkest >= DARKEST, format!("a key frame has a mean brightness of {:.1} of 255", found.darkest))?;
    require(Check::Freeze, !should_move || found.changes > 0, "parts of it should appear one after another".to_owned())?;
    let pause = milliseconds(sound.longest_silence);
    let is_spoken = pause <= LONGEST_PAUSE_MS && sound.longest_silence < sound.samples;
    require(Check::Silence, is_spoken || *is_meant_silent, format!("{pause} ms"))?;
    // What the frame at the edge of one scene leaves to the first of the next must be nothing.
    let edge = u64::from(adts::SAMPLES_PER_FRAME);
    let is_silent = sound.silent_before >= edge && sound.silent_behind >= edge;
    require(Check::Seams, is_silent, "sound reaches its edge".to_owned())?;
    let peak = sound.true_peak_dbtp;
    let is_low = peak <= TRUE_PEAK_DBTP + PEAK_TOLERANCE;
    require(Check::TruePeak, is_low, format!("{peak:.1} dBTP, at most {TRUE_PEAK_DBTP}"))
}

fn milliseconds(samples: u64) -> u64 {
    samples * 1000 / u64::from(SAMPLE_RATE_HZ)
}

fn reject(check: Check, found: impl Into<String>) -> Rejection {
    Rejection { check, scene: None, found: found.into() }
}

fn require(check: Check, holds: bool, found: impl FnOnce() -> String) -> Result<(), Rejection> {
    require_in(None, check, holds, found)
}

fn require_in(scene: Option<u32>, check: Check, holds: bool, found: impl FnOnce() -> String) -> Result<(), Rejection> {
    if holds { Ok(()) } else { Err(Rejection { check, scene, found: found() }) }
}

fn check_structure(movie: &Movie, expected: Expected) -> Result<(), Rejection> {
    require(Check::IndexFirst, movie.index_comes_first, || "the index comes after the data".to_owned())?;
    let frames = expected.duration.frames();
    let Tracks { video, audio, .. } = tracks(movie, expected)?;
    check_length(Check::FrameCount, video, frames, FRAME_RATE)?;
    check_length(Check::SoundLength, audio, expected.duration.samples() / u64::from(adts::SAMPLES_PER_FRAME), SAMPLE_RATE_HZ)?;
    require(Check::SoundLength, audio.ticks() == expected.duration.samples(), || {
        format!("{} samples, expected {}", audio.ticks(), expected.duration.samples())
    })?;
    let frame_ms = 1000 / u64::from(FRAME_RATE);
    require(Check::Duration, movie.duration_ms.abs_diff(expected.duration.milliseconds()) <= frame_ms, || {
        format!("{} ms, expected {}", movie.duration_ms, expected.duration.milliseconds())
    })?;
    let is_plain = movie.tracks.iter().all(|track| !track.is_edited) && !video.is_reordered;
    require(Check::Start, is_plain, || "a track does not begin at 0".to_owned())
}

/// The tracks of a video.
struct Tracks<'a> {
    video: &'a Track,
    audio: &'a Track,
    captions: Option<&'a Track>,
    chapters: Option<&'a Track>,
}

/// The tracks, if there are those for picture and sound, those for captions and chapters where expected, and nothing else.
fn tracks<'a>(movie: &'a Movie, expected: Expected) -> Result<Tracks<'a>, Rejection> {
    let [video, audio, texts @ ..] = movie.tracks.as_slice() else {
        return Err(reject(Check::Streams, format!("there are {}", movie.tracks.len())));
    };
    let size = match &video.content {
        Content::Video { width, height, .. } => (u32::from(*width), u32::from(*height)),
        other => return Err(reject(Check::Streams, format!("the first is {other:?}"))),
    };
    require(Check::Streams, size == (expected.width, expected.height), || format!("the picture is {} x {}", size.0, size.1))?;
    let is_our_sound =
        matches!(&audio.content, Content::Audio { rate_hz: SAMPLE_RATE_HZ, config } if config.starts_with(&AUDIO_CONFIG));
    require(Check::Streams, is_our_sound, || format!("the second is {:?}", audio.content))?;
    let wanted: Vec<Content> = [(expected.has_captions, Content::Captions), (!expected.chapters.is_empty(), Content::Chapters)]
        .into_iter()
        .filter_map(|(is_wanted, content)| is_wanted.then_some(content))
        .collect();
    require(Check::Streams, texts.iter().map(|track| &track.content).eq(&wanted), || {
        format!("beside picture and sound there are {} tracks, expected {wanted:?}", texts.len())
    })?;
    let of = |content| texts.iter().find(|track| track.content == content);
    Ok(Tracks { video, audio, captions: of(Content::Captions), chapters: of(Content::Chapters) })
}

fn check_length(check: Check, track: &Track, samples: u64, per_second: u32) -> Result<(), Rejection> {
    let found = track.samples.len() as u64;
    require(check, found == samples, || format!("{found}, expected {samples}"))?;
    let ticks = if per_second == FRAME_RATE { track.timescale / per_second } else { adts::SAMPLES_PER_FRAME };
    let is_even = track.timescale.is_multiple_of(per_second) && track.durations.iter().all(|&(_, each)| each == ticks);
    require(check, is_even, || "they do not last equally long".to_owned())
}

fn check_packets(movie: &Movie, file: &[u8], expected: Expected) -> Result<(), Rejection> {
    let Tracks { video, audio, .. } = tracks(movie, expected)?;
    let is_set = |nal: &h264::Nal<'_>| matches!(nal.kind(), h264::kind::SPS | h264::kind::PPS);
    let Content::Video { parameter_sets, .. } = &video.content else { return Err(reject(Check::Streams, "no picture")) };
    let are_those_of_all = h264::nals(expected.video).filter(is_set).all(|nal| parameter_sets.iter().any(|set| set == nal.unit));
    require(Check::PicturePackets, are_those_of_all, || "a scene has other parameter sets than the index".to_owned())?;
    let frames = h264::nals(expected.video).filter(|nal| !is_set(nal)).map(|nal| nal.unit);
    let units = video.samples.iter().flat_map(|place| length_prefixed(file.get(place.clone()).unwrap_or_default()));
    require(Check::PicturePackets, units.eq(frames), || "they are not those of the segments".to_owned())?;
    let key_frames = (0..).zip(&video.samples).filter(|(_, place)| is_key_frame(file, place)).map(|(at, _)| at);
    require(Check::PicturePackets, key_frames.eq(video.key_samples.iter().copied()), || {
        "other key frames are listed than there are".to_owned()
    })?;
    let sound = adts::frames(expected.audio).map_err(|error| reject(Check::SoundPackets, error.to_string()))?;
    let packets = audio.samples.iter().map(|place| file.get(place.clone()).unwrap_or_default());
    require(Check::SoundPackets, packets.eq(sound.into_iter().map(adts::payload)), || {
        "they are not those of the narrations".to_owned()
    })
}

fn is_key_frame(file: &[u8], place: &Range<usize>) -> bool {
    let mut units = length_prefixed(file.get(place.clone()).unwrap_or_default());
    units.any(|unit| unit.first().is_some_and(|header| header & 0x1f == h264::kind::IDR_SLICE))
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

fn check_captions(movie: &Movie, file: &[u8], expected: Expected) -> Result<(), Rejection> {
    if let Some(rule) = broken_rule(expected.captions, expected.caption_line, expected.duration.milliseconds()) {
        return Err(reject(Check::Captions, rule));
    }
    let Some(track) = tracks(movie, expected)?.captions else { return Ok(()) };
    let shown = texts(track, file).filter(|(_, text)| !text.is_empty());
    let meant = expected.captions.iter().map(|caption| (caption.begin_ms, caption.text()));
    require(Check::Captions, shown.eq(meant), || "the track shows others".to_owned())
}

fn check_chapters(movie: &Movie, file: &[u8], expected: Expected) -> Result<(), Rejection> {
    let Some(track) = tracks(movie, expected)?.chapters else { return Ok(()) };
    let meant = expected.chapters.iter().map(|chapter| (chapter.begin_ms, chapter.title.clone()));
    require(Check::Chapters, texts(track, file).eq(meant), || "the track lists others".to_owned())
}

/// The texts of a track and when they begin, in milliseconds: each behind its length in two bytes.
fn texts(track: &Track, file: &[u8]) -> impl Iterator<Item = (u64, String)> {
    let begins = track.begins().map(|ticks| ticks * 1000 / u64::from(track.timescale.max(1)));
    let read = |place: &Range<usize>| {
        let (&length, rest) = file.get(place.clone())?.split_first_chunk()?;
        Some(String::from_utf8_lossy(rest.get(..usize::from(u16::from_be_bytes(length)))?).into_owned())
    };
    begins.zip(&track.samples).map(move |(begin, place)| (begin, read(place).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::captions::CaptionWord;
    use media::check::Heard;

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
            chapters: &[],
        }
    }

    fn movie() -> Movie {
        let track = |content, timescale, ticks, samples: usize| Track {
            content,
            timescale,
            durations: vec![(samples as u32, ticks)],
            is_reordered: false,
            is_edited: false,
            key_samples: vec![],
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
    fn check_rejected(check: Check, change: impl FnOnce(&mut Movie)) {
        let mut changed = movie();
        change(&mut changed);
        let rejection = check_structure(&changed, expected()).expect_err("changed");
        assert_eq!(rejection.check, check, "{rejection:?}");
    }

    #[test]
    fn a_video_as_expected_passes() {
        assert_eq!(check_structure(&movie(), expected()), Ok(()));
    }

    #[test]
    fn every_flaw_of_the_structure_is_named() {
        check_rejected(Check::IndexFirst, |movie| movie.index_comes_first = false);
        check_rejected(Check::FrameCount, |movie| movie.tracks[0].samples.truncate(47));
        check_rejected(Check::FrameCount, |movie| movie.tracks[0].durations = vec![(47, 512), (1, 511)]);
        check_rejected(Check::SoundLength, |movie| movie.tracks[1].samples.push(0..0));
        check_rejected(Check::SoundLength, |movie| movie.tracks[1].durations = vec![(74, 1024)]);
        check_rejected(Check::Duration, |movie| movie.duration_ms += 40);
        check_rejected(Check::Start, |movie| movie.tracks[1].is_edited = true);
        check_rejected(Check::Start, |movie| movie.tracks[0].is_reordered = true);
        check_rejected(Check::Streams, |movie| movie.tracks.truncate(1));
        check_rejected(Check::Streams, |movie| movie.tracks.swap(0, 1));
        check_rejected(Check::Streams, |movie| movie.tracks.push(movie.tracks[0].clone()));
        check_rejected(Check::Streams, |movie| {
            movie.tracks[0].content = Content::Video { width: 66, height: 48, parameter_sets: vec![] };
        });
        check_rejected(Check::Streams, |movie| {
            movie.tracks[1].content = Content::Audio { rate_hz: 48_000, config: vec![0x11, 0x90] };
        });
    }

    #[test]
    fn captions_that_break_a_rule_are_found() {
        let word = CaptionWord { text: "Tides".to_owned(), after_blank: false, begin_ms: 0, end_ms: 400 };
        let late = [Caption { begin_ms: 0, end_ms: 1601, lines: vec![vec![word]] }];
        let rejection =
            check_captions(&movie(), &[], Expected { captions: &late, ..expected() }).expect_err("longer than the video");
        assert_eq!(rejection.check, Check::Captions);
        assert_eq!(check_captions(&movie(), &[], expected()), Ok(()));
    }

    #[test]
    fn a_rejection_says_which_scene_and_which_check() {
        let rejection = Rejection { check: Check::Freeze, scene: Some(4), found: "nothing moves".to_owned() };
        let failure = Failure::from(rejection);
        assert_eq!(failure.to_string(), "OUTPUT_REJECTED: scene 5 does not pass the check `no freeze`: nothing moves");
    }

    /// Ten seconds that pass every check, as scene 7.
    fn screened() -> Screened {
        let sound = Heard {
            samples: 480_000,
            silent_before: 12_000,
            silent_behind: 30_000,
            longest_silence: 40_000,
            blocks: vec![-16.0; 90],
            true_peak_dbtp: -2.0,
        };
        Screened { scene: 7, should_move: true, is_silent: false, found: Screening { darkest: 20.0, changes: 2, sound } }
    }

    /// Checks that scenes of which the second has one thing changed are rejected, and by which check.
    fn check_scene_rejected(check: Check, change: impl FnOnce(&mut Screened)) {
        let mut changed = screened();
        change(&mut changed);
        let rejection = check_scenes(&[screened(), changed]).expect_err("changed");
        assert_eq!((rejection.check, rejection.scene), (check, Some(7)), "{rejection:?}");
    }

    #[test]
    fn every_flaw_of_a_scene_is_named() {
        let loudness = check_scenes(&[screened(), screened()]).expect("all is well");
        assert!((loudness.integrated_lufs + 16.0).abs() < 0.01 && loudness.true_peak_dbtp == -2.0, "{loudness:?}");
        check_scene_rejected(Check::Black, |screened| screened.found.darkest = 0.4);
        check_scene_rejected(Check::Freeze, |screened| screened.found.changes = 0);
        check_scene_rejected(Check::Silence, |screened| screened.found.sound.longest_silence = 3 * 48_000);
        check_scene_rejected(Check::Silence, |screened| screened.found.sound.silent_before = 2 * 48_000);
        check_scene_rejected(Check::Silence, |screened| {
            let sound = &mut screened.found.sound;
            (sound.samples, sound.longest_silence) = (48_000, 48_000);
        });
        check_scene_rejected(Check::Seams, |screened| screened.found.sound.silent_behind = 1000);
        check_scene_rejected(Check::Seams, |screened| screened.found.sound.silent_before = 0);
        check_scene_rejected(Check::TruePeak, |screened| screened.found.sound.true_peak_dbtp = -1.0);
    }

    #[test]
    fn a_picture_that_is_meant_to_stand_is_no_freeze() {
        let mut still = Screened { should_move: false, ..screened() };
        still.found.changes = 0;
        assert!(check_scenes(&[still]).is_ok());
    }

    #[test]
    fn a_card_is_meant_to_be_silent() {
        let mut card = Screened { is_silent: true, should_move: false, ..screened() };
        let sound = &mut card.found.sound;
        sound.longest_silence = sound.samples;
        (sound.silent_before, sound.silent_behind) = (sound.samples, sound.samples);
        sound.blocks = Vec::new();
        assert!(check_scenes(&[card.clone(), screened(), card]).is_ok());
    }

    #[test]
    fn the_whole_has_its_loudness_although_a_scene_may_differ() {
        let scene = |lufs: f32| {
            let mut scene = screened();
            scene.found.sound.blocks = vec![lufs; 90];
            scene
        };
        assert!(check_scenes(&[scene(-14.5), scene(-18.5)]).is_ok());
        let rejection = check_scenes(&[scene(-17.5), scene(-17.5)]).expect_err("too quiet");
        assert_eq!((rejection.check, rejection.scene), (Check::Loudness, None));
    }
}
