//! Pictures to H.264.

use crate::ffmpeg::limits;
use crate::{Ffmpeg, MediaError, colour, h264};
use domain::FRAME_RATE;
use ffmpeg_sidecar::command::FfmpegCommand;
use std::time::Duration;

/// Changes whenever the settings below or the colour conversion change.
const CALLS: &str = "held-picture-2";

/// Settings that every stream of a job has in common, so that their parameter sets are the same and packets can be joined.
///
/// - CAVLC, one reference, no B-frames, no weights: what a skipped frame can be written for with no encoder.
/// - `stitchable` keeps content out of the headers; `keyint` is one group.
/// - One thread and one slice: the same bytes on every machine.
/// - No more than one frame of looking ahead: more would keep ten frames in memory and change little.
const X264: &str = "cabac=0:bframes=0:ref=1:weightp=0:scenecut=0:rc-lookahead=1:keyint=64:min-keyint=64:stitchable=1:aud=0:\
                    slices=1:threads=1:lookahead-threads=1:colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv";

/// Constant rate factor. A held picture is encoded once and repeated, so it can be sharper than the usual 18 to 23: about
/// 65 kB for a slide at 1080p, 43 dB.
const RATE_FACTOR: u32 = 14;

/// How much an encoder does for frames that are seen once only, as they drift: no sub-pixel search, no parts of blocks. What is
/// part of the parameter sets stays.
const LIGHT: &str = "me=dia:subme=1:partitions=none:trellis=0:aq-mode=0:8x8dct=1";
/// The share of bits a drifting frame gets of what one that is held for long would: nobody looks at one for longer than 33 ms.
const DRIFTING_BITS: f32 = 0.25;

/// What is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Frames that are seen for long, and the few that lead to them.
    Held,
    /// From one frame to another everything moves all the time.
    Drifting {
        /// The first such frame.
        first: u32,
        /// The last.
        last: u32,
    },
}

impl Effort {
    fn x264(self) -> String {
        match self {
            Self::Held => X264.to_owned(),
            Self::Drifting { first, last } => format!("{X264}:{LIGHT}:zones={first},{last},b={DRIFTING_BITS}"),
        }
    }
}

/// What tells pictures from different encoders or settings apart: part of the address of a picture.
pub async fn identity(ffmpeg: &Ffmpeg) -> Result<String, MediaError> {
    ffmpeg.identity(CALLS).await
}

/// Encodes a picture that stands still as one closed group of [`h264::FRAMES_PER_GROUP`] frames, Annex B, one of them encoded.
///
/// `rgba` has `width` x `height` pixels of 4 bytes, row by row from the top; transparency is ignored. Both sides are even.
///
/// # Errors
/// [`MediaError::FrameSize`] if the bytes do not make up such a picture.
pub async fn encode_held(ffmpeg: &Ffmpeg, rgba: &[u8], width: u32, height: u32) -> Result<Vec<u8>, MediaError> {
    let yuv = colour::yuv420(rgba, width, height).ok_or(MediaError::FrameSize { width, height, bytes: rgba.len() })?;
    let most = yuv.len() + (1 << 16);
    let mut command = command(ffmpeg, width, height, Effort::Held);
    command.format("h264").output("pipe:1");
    let report = ffmpeg.run(&command, yuv, &limits(Duration::from_secs(30), most)).await?;
    Ok(h264::hold_picture(&report.output)?)
}

/// Encodes raw frames from standard input. Where the stream goes is still to be said.
pub(crate) fn command(ffmpeg: &Ffmpeg, width: u32, height: u32, effort: Effort) -> FfmpegCommand {
    let mut command = ffmpeg.command();
    command
        // Frames wait in our hands, not in those of ffmpeg, where they would be three times as many.
        .args(["-thread_queue_size", "1"])
        .format("rawvideo")
        .args(["-pixel_format", "yuv420p", "-framerate", &FRAME_RATE.to_string()])
        .args(["-video_size", &format!("{width}x{height}")])
        .args(["-color_range", "tv", "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"])
        .input("pipe:0")
        .codec_video("libx264")
        .preset("veryfast")
        .args(["-tune", "stillimage", "-profile:v", "high"])
        .crf(RATE_FACTOR)
        .args(["-x264-params", &effort.x264()]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{decode_frames, ffmpeg};
    use domain::Cells;

    const WIDTH: u32 = 322;
    const HEIGHT: u32 = 182;

    /// A picture with edges, ramps and noise, so that any change between frames would show.
    fn picture(seed: u32) -> Vec<u8> {
        let mut noise = seed;
        let mut pixel = |x: u32, y: u32| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let edge = if (x / 20 + y / 20).is_multiple_of(2) { 200 } else { 30 };
            [edge, (x * 255 / WIDTH) as u8, (noise >> 26) as u8 + (y / 2) as u8, 255]
        };
        (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect()
    }

    #[tokio::test]
    async fn a_held_picture_decodes_to_64_frames_that_are_all_the_same() {
        let ffmpeg = ffmpeg();
        let group = encode_held(&ffmpeg, &picture(1), WIDTH, HEIGHT).await.expect("encodes");
        let (frames, complaints) = decode_frames(&ffmpeg, &group, WIDTH, HEIGHT).await;
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(frames.len(), 64);
        assert!(frames.iter().all(|frame| *frame == frames[0]));
    }

    #[tokio::test]
    async fn a_held_picture_looks_like_the_picture() {
        let ffmpeg = ffmpeg();
        let original = colour::yuv420(&picture(1), WIDTH, HEIGHT).expect("fits");
        let group = encode_held(&ffmpeg, &picture(1), WIDTH, HEIGHT).await.expect("encodes");
        let (frames, _) = decode_frames(&ffmpeg, &group, WIDTH, HEIGHT).await;
        let squares: f64 = original.iter().zip(&frames[63]).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
        let psnr = 10.0 * (255.0 * 255.0 * original.len() as f64 / squares).log10();
        assert!(psnr > 38.0, "{psnr} dB");
    }

    #[tokio::test]
    async fn pictures_of_one_size_share_their_parameter_sets_and_can_be_joined_anywhere() {
        let ffmpeg = ffmpeg();
        let mut joined = Vec::new();
        let mut sets = Vec::new();
        for (seed, cells) in [(1, 5), (2, 1), (3, 4), (4, 7)] {
            let group = encode_held(&ffmpeg, &picture(seed), WIDTH, HEIGHT).await.expect("encodes");
            let is_set = |nal: &h264::Nal| matches!(nal.kind(), h264::kind::SPS | h264::kind::PPS);
            sets.push(h264::nals(&group).filter(is_set).map(|nal| nal.unit.to_vec()).collect::<Vec<_>>());
            joined.extend(h264::hold(&group, Cells(cells)).expect("a group"));
        }
        assert!(sets.iter().all(|set| *set == sets[0]));
        let (frames, complaints) = decode_frames(&ffmpeg, &joined, WIDTH, HEIGHT).await;
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(frames.len(), 17 * 16);
        let changes: Vec<usize> = (1..frames.len()).filter(|&at| frames[at] != frames[at - 1]).collect();
        assert_eq!(changes, [5 * 16, 6 * 16, 10 * 16]);
    }

    #[tokio::test]
    async fn the_same_picture_gives_the_same_bytes() {
        let ffmpeg = ffmpeg();
        let first = encode_held(&ffmpeg, &picture(9), WIDTH, HEIGHT).await.expect("encodes");
        let second = encode_held(&ffmpeg, &picture(9), WIDTH, HEIGHT).await.expect("encodes");
        assert_eq!(first, second);
    }

    #[tokio::test]
    async fn colours_and_timing_are_written_into_the_stream() {
        let ffmpeg = ffmpeg();
        let group = encode_held(&ffmpeg, &picture(1), WIDTH, HEIGHT).await.expect("encodes");
        let read = h264::parameters(&group).expect("readable");
        assert_eq!((read.width, read.height, read.frame_rate), (WIDTH, HEIGHT, Some((30, 1))));
    }

    #[tokio::test]
    async fn bytes_that_are_no_picture_are_refused() {
        let error = encode_held(&ffmpeg(), &[0; 100], 64, 48).await.expect_err("too few bytes");
        assert!(matches!(error, MediaError::FrameSize { bytes: 100, .. }), "{error}");
    }
}
