//! How the domain's own types are described in the API's document. Nothing here is ever made or sent; tests hold these
//! descriptions against what is sent.
#![allow(dead_code, reason = "only described, never made")]

use domain::{Code, Status};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema, openapi::RefOr};

/// The stable codes.
pub(crate) struct ErrorCode;

impl PartialSchema for ErrorCode {
    fn schema() -> RefOr<Schema> {
        words(Code::ALL.iter().map(|code| code.word()), "What happened, as a stable word.")
    }
}

impl ToSchema for ErrorCode {
    fn name() -> Cow<'static, str> {
        "ErrorCode".into()
    }
}

/// The statuses of a job.
pub(crate) struct JobStatus;

impl PartialSchema for JobStatus {
    fn schema() -> RefOr<Schema> {
        words(Status::ALL.into_iter().map(Status::word), "How far a job is; all but `pending` and `processing` are final.")
    }
}

impl ToSchema for JobStatus {
    fn name() -> Cow<'static, str> {
        "JobStatus".into()
    }
}

fn words(words: impl Iterator<Item = &'static str>, description: &str) -> RefOr<Schema> {
    let object = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).description(Some(description));
    object.build().into()
}

/// What a vendor does for us.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Capability {
    /// Writes scripts.
    Script,
    /// Speaks narrations.
    Speech,
    /// Draws pictures.
    Image,
    /// Writes down what is said.
    Transcript,
}

/// What is to be made.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum JobKind {
    /// A narrated explainer from a document.
    Explain,
}

/// What is being done, in order.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Phase {
    Upload,
    Extract,
    Script,
    Scenes,
    Assemble,
    Done,
}

/// What makes a version another than the one before.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Change {
    /// Nothing: it is the first.
    Created,
    /// The script was edited.
    Script {
        /// The scenes of this version, from 0, that the version before does not have as they are.
        scenes: Vec<u32>,
    },
    /// One scene was asked for anew.
    Scene {
        /// The scene, from 0.
        scene: u32,
    },
    /// Other options were chosen for the same script.
    Options,
    /// A former version was made the newest again.
    Restored {
        /// Which.
        version: u32,
    },
}

/// The formats we read.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum DocumentKind {
    Text,
    Markdown,
    Pdf,
}

/// What became of the thing a warning is about.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The embedded writer, voice or drawing took over.
    Fallback,
    /// A placeholder is shown.
    Placeholder,
    /// Less is shown than there should be.
    Shortened,
    /// The scene is left out.
    Dropped,
}

/// What a user may choose about a video. Every field has a default.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    /// How many scenes, title and summary included; chosen from the document where not given.
    #[schema(required = false, nullable = false, minimum = 3, maximum = 300)]
    scenes: Option<u16>,
    /// The voice, as the speech provider names it; chosen from the language where not given.
    #[schema(required = false, nullable = false, min_length = 1, max_length = 64, example = "en-gb")]
    voice: Option<String>,
    /// The size of the picture.
    #[schema(required = false)]
    size: FrameSize,
    /// The shape of the picture; everything is laid out anew for each.
    #[schema(required = false)]
    shape: Shape,
    /// The colours.
    #[schema(required = false)]
    theme: Theme,
    /// How much moves.
    #[schema(required = false)]
    motion: Motion,
    /// How one scene follows another; `slide`, `fade` or `cut` as the motion is full, calm or none where not given.
    #[schema(required = false, nullable = false)]
    transition: Option<SceneTransition>,
    /// What takes the place of the theme's.
    #[schema(required = false, nullable = false)]
    brand: Option<Brand>,
    /// How words are to be said: `{"SQL": "sequel"}`, or between slashes in the International Phonetic Alphabet, which some voices read.
    /// Captions show them as they are written.
    #[schema(required = false)]
    lexicon: BTreeMap<String, String>,
    /// Whether the video carries a caption track. The caption files are written in any case.
    #[schema(required = false, default = true)]
    captions: bool,
    /// How captions are drawn into the picture, each word standing out while it is said; they are not where none is given. The
    /// scenes are laid out anew in the room that captions leave.
    #[schema(required = false, nullable = false)]
    burned_captions: Option<CaptionStyle>,
}

/// How captions look that are drawn into the picture.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CaptionStyle {
    /// Text on a translucent band, the word that is said in the accent colour.
    Bar,
    /// Text with an outline and no band, the word that is said in the accent colour.
    Outline,
    /// Text on a translucent band, the word that is said on a ground of the accent colour.
    Karaoke,
}

/// The look of whoever a video is made for. What is not given stays the theme's, or follows from what is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Brand {
    /// The colour that guides the eye; moved towards black or white where it would not stand out.
    #[schema(required = false, nullable = false, pattern = "^#[0-9a-fA-F]{6}$", example = "#c81e5a")]
    accent: Option<String>,
    /// The ground.
    #[schema(required = false, nullable = false, pattern = "^#[0-9a-fA-F]{6}$")]
    background: Option<String>,
    /// The text; refused where its contrast to the ground is less than 4.5.
    #[schema(required = false, nullable = false, pattern = "^#[0-9a-fA-F]{6}$")]
    text: Option<String>,
    /// What stands at the bottom of every picture, before the source of the content.
    #[schema(required = false, nullable = false, min_length = 1, max_length = 60)]
    footer: Option<String>,
    /// The logo: PNG, JPEG, WebP or GIF of at most 512 kB, as a data URI in base64; or its address, as an earlier job shows it.
    #[schema(required = false, nullable = false, example = "data:image/png;base64,iVBORw0KGgo...")]
    logo: Option<String>,
    /// The font of headings: TTF or OTF of at most 1 MB, likewise. The theme's stands in for what it lacks.
    #[schema(required = false, nullable = false)]
    heading_font: Option<String>,
    /// The font of text, likewise.
    #[schema(required = false, nullable = false)]
    body_font: Option<String>,
    /// A card before the first scene.
    #[schema(required = false, nullable = false)]
    intro: Option<BrandCard>,
    /// A card behind the last scene.
    #[schema(required = false, nullable = false)]
    outro: Option<BrandCard>,
}

/// A card that opens or closes a video, without a voice; it shows the logo, where there is one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrandCard {
    /// A line in large type; required where there is no logo.
    #[schema(required = false, nullable = false, min_length = 1, max_length = 80)]
    title: Option<String>,
    /// A line below it.
    #[schema(required = false, nullable = false, min_length = 1, max_length = 80)]
    text: Option<String>,
    /// How long it is seen, in seconds.
    #[schema(required = false, nullable = false, minimum = 2, maximum = 8, default = 4)]
    seconds: Option<u8>,
}

/// The size of the picture, named by its shorter side.
#[derive(Deserialize, ToSchema)]
pub(crate) enum FrameSize {
    #[serde(rename = "480p")]
    P480,
    #[serde(rename = "720p")]
    P720,
    #[serde(rename = "1080p")]
    P1080,
    #[serde(rename = "2160p")]
    P2160,
}

/// The shape of the picture, width to height.
#[derive(Deserialize, ToSchema)]
pub(crate) enum Shape {
    #[serde(rename = "16:9")]
    Wide,
    #[serde(rename = "9:16")]
    Tall,
    #[serde(rename = "1:1")]
    Square,
    #[serde(rename = "4:3")]
    Classic,
}

/// The colours of a video.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Theme {
    Midnight,
    Paper,
    Chalk,
    Daylight,
}

/// How much a video moves.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Motion {
    /// Parts rise as they appear with their words, scenes come in from the side; the default.
    Full,
    /// Parts appear with their words, scenes fade in and out.
    Calm,
    /// Every scene stands whole from its first frame to its last.
    None,
}

/// How one scene follows another.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SceneTransition {
    /// At once.
    Cut,
    /// One fades out, then the other one in.
    Fade,
    /// As a fade, and to the side a little.
    Slide,
}

/// A whole video before it is spoken and drawn.
#[derive(ToSchema)]
pub(crate) struct Script {
    /// The version of this form.
    schema: u32,
    /// The title of the video.
    title: String,
    /// The language of the narration, a BCP 47 tag.
    language: String,
    writer: Writer,
    /// The scenes in order.
    scenes: Vec<Scene>,
}

/// What is to be another in a script (a JSON merge patch); more fields of a script may stand beside these and change nothing.
#[derive(ToSchema)]
pub(crate) struct ScriptPatch {
    /// The title of the video.
    #[schema(required = false, nullable = false)]
    title: Option<String>,
    /// The language of the narration, a BCP 47 tag.
    #[schema(required = false, nullable = false)]
    language: Option<String>,
    /// All scenes in order, edited, moved, added or left out.
    #[schema(required = false, nullable = false)]
    scenes: Option<Vec<Scene>>,
}

/// Who wrote a script.
#[derive(ToSchema)]
pub(crate) struct Writer {
    /// The adapter.
    #[schema(example = "embedded")]
    provider: String,
    /// The model, where there is one.
    #[schema(required = true)]
    model: Option<String>,
    /// Why the embedded writer took over from another one, where it did.
    #[schema(required = true)]
    fallback: Option<String>,
}

/// One scene: one idea.
#[derive(ToSchema)]
pub(crate) struct Scene {
    /// What is said.
    narration: String,
    visual: Visual,
    /// What appears at which word; absent where everything stands from the start.
    #[schema(required = false)]
    cues: Vec<Cue>,
    /// Where in the source it came from.
    sources: Vec<Span>,
    /// How often it was asked for anew although nothing in it changed; absent where never.
    #[schema(required = false)]
    retake: u32,
}

/// What is shown in a scene; its other fields depend on its kind.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Visual {
    kind: VisualKind,
    /// The heading.
    title: String,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

/// The kinds of visuals.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VisualKind {
    Title,
    Slide,
    Figure,
    Code,
    Formula,
    Table,
    Graph,
    Diagram,
    Quote,
    Number,
    Definition,
    Columns,
    Image,
    Illustration,
    Summary,
    Card,
    Placeholder,
}

/// Something that appears while a word is spoken.
#[derive(ToSchema)]
pub(crate) struct Cue {
    /// Index of the word in the narration, from 0.
    word: u32,
    /// The reveal step of the visual, from 1.
    step: u32,
}

/// A place in the source.
#[derive(ToSchema)]
pub(crate) struct Span {
    /// Page number from 1.
    page: u32,
    /// Byte offset of the first character in the text of that page.
    start: u32,
    /// Byte offset behind the last character.
    end: u32,
}
