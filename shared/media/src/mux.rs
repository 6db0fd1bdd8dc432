//! Joins picture, sound and captions in one MP4 by copying packets.

use crate::ffmpeg::limits;
use crate::{Ffmpeg, MediaError};
use domain::FRAME_RATE;
use ffmpeg_sidecar::command::FfmpegCommand;
use std::path::PathBuf;
use std::time::Duration;

/// What is joined, and where the result is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracks {
    /// H.264 in Annex B form without B-frames.
    pub video: PathBuf,
    /// AAC in ADTS frames, without priming.
    pub audio: PathBuf,
    /// Captions as WebVTT, where the video is to carry them.
    pub captions: Option<PathBuf>,
    /// The title of the video.
    pub title: String,
    /// The language of sound and captions, a BCP 47 tag.
    pub language: String,
    /// The MP4 to be written. Must not exist.
    pub output: PathBuf,
}

/// Writes the MP4: streams in the order picture, sound, captions; the index before the data; everything begins at 0.
pub async fn mux(ffmpeg: &Ffmpeg, tracks: &Tracks) -> Result<(), MediaError> {
    ffmpeg.run(&mux_command(ffmpeg, tracks), Vec::new(), &limits(Duration::from_secs(120), 1 << 16)).await?;
    Ok(())
}

fn mux_command(ffmpeg: &Ffmpeg, tracks: &Tracks) -> FfmpegCommand {
    let title: String = tracks.title.chars().filter(|c| !c.is_control()).collect();
    let language = format!("language={}", three_letters(&tracks.language));
    let mut command = ffmpeg.command();
    command.format("h264").args(["-framerate", &FRAME_RATE.to_string()]).input(&tracks.video);
    command.format("aac").input(&tracks.audio);
    if let Some(captions) = &tracks.captions {
        command.format("webvtt").input(captions);
    }
    command.map("0:v:0").map("1:a:0").codec_video("copy").codec_audio("copy");
    // A bare stream has no times. Those that ffmpeg makes up are rounded once on the way; these are exact. `TB` would be another
    // time base in ffmpeg 5 than in later ones, the duration of a frame is right in all.
    command.bitstream_filter_video("setts=ts=N*DURATION");
    command.args(["-metadata:s:a:0", &language]);
    if tracks.captions.is_some() {
        command.map("2:s:0").codec_subtitle("mov_text").args(["-metadata:s:s:0", &language]);
    }
    command
        .args(["-map_metadata", "-1", "-fflags", "+bitexact", "-metadata", &format!("title={title}")])
        .args(["-use_editlist", "0", "-movflags", "+faststart", "-video_track_timescale", "15360"])
        // A cell is 1600 ticks of a timescale of 3000, so the length of the whole is exact.
        .args(["-movie_timescale", "3000"])
        .no_overwrite()
        .format("mp4")
        .output(&tracks.output);
    command
}

/// The three-letter code that MP4 carries (ISO 639-2/T) for the language of a tag; `und` where we do not know it.
fn three_letters(tag: &str) -> &str {
    const CODES: [(&str, &str); 30] = [
        ("ar", "ara"),
        ("bg", "bul"),
        ("ca", "cat"),
        ("cs", "ces"),
        ("da", "dan"),
        ("de", "deu"),
        ("el", "ell"),
        ("en", "eng"),
        ("es", "spa"),
        ("et", "est"),
        ("fi", "fin"),
        ("fr", "fra"),
        ("he", "heb"),
        ("hi", "hin"),
        ("hr", "hrv"),
        ("hu", "hun"),
        ("it", "ita"),
        ("ja", "jpn"),
        ("ko", "kor"),
        ("nl", "nld"),
        ("no", "nor"),
        ("pl", "pol"),
        ("pt", "por"),
        ("ro", "ron"),
        ("ru", "rus"),
        ("sv", "swe"),
        ("tr", "tur"),
        ("uk", "ukr"),
        ("vi", "vie"),
        ("zh", "zho"),
    ];
    let primary = tag.split('-').next().unwrap_or(tag);
    match CODES.iter().find(|(two, _)| two.eq_ignore_ascii_case(primary)) {
        Some((_, three)) => three,
        None if primary.len() == 3 => primary,
        None => "und",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_the_codes_of_mp4() {
        for (tag, expected) in [("en", "eng"), ("en-GB", "eng"), ("DE", "deu"), ("gsw", "gsw"), ("x", "und"), ("", "und")] {
            assert_eq!(three_letters(tag), expected);
        }
    }
}
