//! What a user may choose about a video.

use crate::{Brand, Lexicon};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The largest file we take, in bytes.
pub const MAX_UPLOAD_BYTES: u64 = 50 * 1024 * 1024;

/// The most scenes one video may have: a book of three hundred pages, a scene for each. Beyond it the history of an execution would
/// come near its limit when everything is tried again, see `tests/scale.rs`.
pub const MAX_SCENES: u16 = 300;

/// The wishes that come with a job. Every field has a default, so `{}` is a valid request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JobOptions {
    /// How many scenes, title and summary included; chosen from the document where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenes: Option<u16>,
    /// The voice, as the speech provider names it, such as `en-gb`; chosen from the language where not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// The size of the picture.
    pub size: FrameSize,
    /// The shape of the picture.
    pub shape: Shape,
    /// The colours.
    pub theme: Theme,
    /// How much moves.
    pub motion: Motion,
    /// How one scene follows another; as the motion has it where not given, see [`JobOptions::transition`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transition: Option<SceneTransition>,
    /// Colours and a footer in place of the theme's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<Brand>,
    /// How words are to be said.
    #[serde(skip_serializing_if = "Lexicon::is_empty")]
    pub lexicon: Lexicon,
    /// Whether the video carries a caption track. The caption files are written in any case.
    pub captions: bool,
    /// How captions are drawn into the picture; they are not where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burned_captions: Option<CaptionStyle>,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            scenes: None,
            voice: None,
            size: FrameSize::default(),
            shape: Shape::default(),
            theme: Theme::default(),
            brand: None,
            motion: Motion::default(),
            transition: None,
            lexicon: Lexicon::default(),
            captions: true,
            burned_captions: None,
        }
    }
}

impl JobOptions {
    /// How one scene follows another: as wished for, else with as much movement as there is in the scenes.
    pub fn transition(&self) -> SceneTransition {
        self.transition.unwrap_or(match self.motion {
            Motion::Full => SceneTransition::Slide,
            Motion::Calm => SceneTransition::Fade,
            Motion::None => SceneTransition::Cut,
        })
    }

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
        self.lexicon.check()?;
        self.brand.as_ref().map_or(Ok(()), Brand::check)
    }
}

/// The size of the picture, named by its shorter side as people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum FrameSize {
    /// 480 pixels; 854 x 480 at 16:9.
    #[serde(rename = "480p")]
    P480,
    /// 720 pixels; 1280 x 720 at 16:9.
    #[serde(rename = "720p")]
    P720,
    /// 1080 pixels; 1920 x 1080 at 16:9.
    #[default]
    #[serde(rename = "1080p")]
    P1080,
    /// 2160 pixels; 3840 x 2160 at 16:9.
    #[serde(rename = "2160p")]
    P2160,
}

impl FrameSize {
    /// The shorter side in pixels, always even.
    pub fn shorter_side(self) -> u32 {
        match self {
            Self::P480 => 480,
            Self::P720 => 720,
            Self::P1080 => 1080,
            Self::P2160 => 2160,
        }
    }

    /// Width in pixels, always even.
    pub fn width(self, shape: Shape) -> u32 {
        let (across, down) = shape.ratio();
        if across > down { self.longer_side(across, down) } else { self.shorter_side() }
    }

    /// Height in pixels, always even.
    pub fn height(self, shape: Shape) -> u32 {
        let (across, down) = shape.ratio();
        if down > across { self.longer_side(down, across) } else { self.shorter_side() }
    }

    /// The longer side: even, since the encoder halves the colours, and never short of the ratio.
    fn longer_side(self, longer: u32, shorter: u32) -> u32 {
        (self.shorter_side() * longer).div_ceil(shorter).next_multiple_of(2)
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

/// The shape of the picture, named by its ratio of width to height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Shape {
    /// 16:9, for screens.
    #[default]
    #[serde(rename = "16:9")]
    Wide,
    /// 9:16, for phones held upright.
    #[serde(rename = "9:16")]
    Tall,
    /// 1:1, for feeds.
    #[serde(rename = "1:1")]
    Square,
    /// 4:3, for projectors and tablets.
    #[serde(rename = "4:3")]
    Classic,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 4] = [Self::Wide, Self::Tall, Self::Square, Self::Classic];

    /// Width and height in the smallest whole numbers.
    pub fn ratio(self) -> (u32, u32) {
        match self {
            Self::Wide => (16, 9),
            Self::Tall => (9, 16),
            Self::Square => (1, 1),
            Self::Classic => (4, 3),
        }
    }

    /// The name, such as `16:9`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wide => "16:9",
            Self::Tall => "9:16",
            Self::Square => "1:1",
            Self::Classic => "4:3",
        }
    }
}

impl FromStr for Shape {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|shape| shape.name() == name);
        found.ok_or_else(|| format!("`{name}` is not a shape: expected 16:9, 9:16, 1:1 or 4:3"))
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
    /// Blackboard green, chalk white, headings with serifs.
    Chalk,
    /// Pure white ground, crimson accent.
    Daylight,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 4] = [Self::Midnight, Self::Paper, Self::Chalk, Self::Daylight];

    /// The name, as users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Midnight => "midnight",
            Self::Paper => "paper",
            Self::Chalk => "chalk",
            Self::Daylight => "daylight",
        }
    }
}

impl FromStr for Theme {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|theme| theme.name() == name);
        found.ok_or_else(|| format!("`{name}` is not a theme: expected one of {names}"))
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

/// How captions look that are drawn into the picture. In each the word that is being said stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptionStyle {
    /// Text on a translucent band, the word that is said in the accent colour.
    Bar,
    /// Text with an outline and no band, the word that is said in the accent colour.
    Outline,
    /// Text on a translucent band, the word that is said on a ground of the accent colour.
    Karaoke,
}

impl CaptionStyle {
    /// Every style.
    pub const ALL: [Self; 3] = [Self::Bar, Self::Outline, Self::Karaoke];

    /// The name, as users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::Outline => "outline",
            Self::Karaoke => "karaoke",
        }
    }
}

/// How one scene follows another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SceneTransition {
    /// At once.
    Cut,
    /// One fades out, then the other one in.
    Fade,
    /// As a fade, and to the side a little.
    Slide,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_drawn_in_a_style_that_is_named() {
        for style in CaptionStyle::ALL {
            let json = format!("{{\"burned_captions\":\"{}\"}}", style.name());
            let options: JobOptions = serde_json::from_str(&json).expect("as documented");
            assert_eq!((options.burned_captions, options.captions), (Some(style), true));
        }
        assert!(serde_json::from_str::<JobOptions>("{\"burned_captions\":\"comic\"}").is_err());
    }

    #[test]
    fn an_empty_request_is_valid() {
        let options: JobOptions = serde_json::from_str("{}").expect("every field has a default");
        assert_eq!(options, JobOptions::default());
        assert_eq!(options.check(), Ok(()));
    }

    #[test]
    fn wishes_out_of_range_are_named() {
        let too_many = JobOptions { scenes: Some(301), ..JobOptions::default() };
        assert!(too_many.check().is_err_and(|message| message.contains("301")));
        let voice = JobOptions { voice: Some("../etc".to_owned()), ..JobOptions::default() };
        assert!(voice.check().is_err());
    }

    #[test]
    fn scenes_follow_each_other_as_they_move_unless_wished_otherwise() {
        let options = |json: &str| serde_json::from_str::<JobOptions>(json).expect("valid").transition();
        assert_eq!(options("{}"), SceneTransition::Slide);
        assert_eq!(options(r#"{"motion":"calm"}"#), SceneTransition::Fade);
        assert_eq!(options(r#"{"motion":"none"}"#), SceneTransition::Cut);
        assert_eq!(options(r#"{"motion":"none","transition":"fade"}"#), SceneTransition::Fade);
    }

    #[test]
    fn the_size_names_the_shorter_side() {
        let cases = [
            (FrameSize::P1080, Shape::Wide, (1920, 1080)),
            (FrameSize::P1080, Shape::Tall, (1080, 1920)),
            (FrameSize::P1080, Shape::Square, (1080, 1080)),
            (FrameSize::P1080, Shape::Classic, (1440, 1080)),
            (FrameSize::P480, Shape::Wide, (854, 480)),
            (FrameSize::P480, Shape::Tall, (480, 854)),
            (FrameSize::P480, Shape::Classic, (640, 480)),
            (FrameSize::P720, Shape::Classic, (960, 720)),
            (FrameSize::P2160, Shape::Wide, (3840, 2160)),
        ];
        for (size, shape, expected) in cases {
            assert_eq!((size.width(shape), size.height(shape)), expected, "{} {}", size.name(), shape.name());
        }
    }

    #[test]
    fn shapes_go_by_their_ratio() {
        for shape in Shape::ALL {
            assert_eq!(shape.name().parse(), Ok(shape));
            assert_eq!(serde_json::to_value(shape).expect("has a JSON form"), shape.name());
        }
        assert!("21:9".parse::<Shape>().is_err_and(|message| message.contains("21:9")));
    }

    #[test]
    fn misspelt_wishes_are_refused() {
        assert!(serde_json::from_str::<JobOptions>("{\"scene\":3}").is_err());
    }
}
