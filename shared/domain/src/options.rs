//! What a user may choose about a video.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The largest file we take, in bytes.
pub const MAX_UPLOAD_BYTES: u64 = 50 * 1024 * 1024;

/// The most scenes one video may have.
pub const MAX_SCENES: u8 = 60;

/// The wishes that come with a job. Every field has a default, so `{}` is a valid request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobOptions {
    /// How many scenes, title and summary included; chosen from the document where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenes: Option<u8>,
    /// The voice, as the speech provider names it, such as `en-gb`; chosen from the language where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// The size of the picture.
    pub size: FrameSize,
    /// The colours.
    pub theme: Theme,
    /// How much moves.
    pub motion: Motion,
    /// Whether the video carries a caption track. The caption files are written in any case.
    pub captions: bool,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            scenes: None,
            voice: None,
            size: FrameSize::default(),
            theme: Theme::default(),
            motion: Motion::default(),
            captions: true,
        }
    }
}

impl JobOptions {
    /// Says in one phrase what is wrong with the wishes, if anything.
    pub fn check(&self) -> Result<(), String> {
        if let Some(scenes) = self.scenes
            && !(3..=MAX_SCENES).contains(&scenes)
        {
            return Err(format!("`scenes` is {scenes}, expected 3 to {MAX_SCENES}"));
        }
        if let Some(voice) = &self.voice {
            let well_formed = !voice.is_empty()
                && voice.len() <= 64
                && voice.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'.'));
            if !well_formed {
                return Err("`voice` is not a voice name: expected 1 to 64 of a-z, A-Z, 0-9, `-`, `_`, `+`, `.`".to_owned());
            }
        }
        Ok(())
    }
}

/// The size of the picture, named by its height as people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum FrameSize {
    /// 854 x 480.
    #[serde(rename = "480p")]
    P480,
    /// 1280 x 720.
    #[serde(rename = "720p")]
    P720,
    /// 1920 x 1080.
    #[default]
    #[serde(rename = "1080p")]
    P1080,
    /// 3840 x 2160.
    #[serde(rename = "2160p")]
    P2160,
}

impl FrameSize {
    /// Width in pixels, always even.
    pub fn width(self) -> u32 {
        match self {
            Self::P480 => 854,
            Self::P720 => 1280,
            Self::P1080 => 1920,
            Self::P2160 => 3840,
        }
    }

    /// Height in pixels, always even.
    pub fn height(self) -> u32 {
        match self {
            Self::P480 => 480,
            Self::P720 => 720,
            Self::P1080 => 1080,
            Self::P2160 => 2160,
        }
    }

    /// The name, such as `1080p`.
    pub fn name(self) -> &'static str {
        match self {
            Self::P480 => "480p",
            Self::P720 => "720p",
            Self::P1080 => "1080p",
            Self::P2160 => "2160p",
        }
    }
}

impl FromStr for FrameSize {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        [Self::P480, Self::P720, Self::P1080, Self::P2160]
            .into_iter()
            .find(|size| size.name() == name)
            .ok_or_else(|| format!("`{name}` is not a size: expected 480p, 720p, 1080p or 2160p"))
    }
}

/// The colours of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Deep blue ground, light type.
    #[default]
    Midnight,
    /// Warm white ground, dark type.
    Paper,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 2] = [Self::Midnight, Self::Paper];

    /// The name, as users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Midnight => "midnight",
            Self::Paper => "paper",
        }
    }
}

/// How much a video moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// Parts rise as they appear with their words, scenes come in from the side.
    #[default]
    Full,
    /// Parts appear with their words, scenes fade in and out.
    Calm,
    /// Every scene stands whole from its first frame to its last.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_request_is_valid() {
        let options: JobOptions = serde_json::from_str("{}").expect("every field has a default");
        assert_eq!(options, JobOptions::default());
        assert_eq!(options.check(), Ok(()));
    }

    #[test]
    fn wishes_out_of_range_are_named() {
        let too_many = JobOptions { scenes: Some(61), ..JobOptions::default() };
        assert!(too_many.check().is_err_and(|message| message.contains("61")));
        let voice = JobOptions { voice: Some("../etc".to_owned()), ..JobOptions::default() };
        assert!(voice.check().is_err());
    }

    #[test]
    fn misspelt_wishes_are_refused() {
        assert!(serde_json::from_str::<JobOptions>("{\"scene\":3}").is_err());
    }
}
