//! The script: everything a video is made from, scene by scene, as data.

use crate::{ContentHash, Diagram, Figure, Graph, Span};
use serde::{Deserialize, Serialize};

/// The version of the form of a stored script.
pub const SCRIPT_SCHEMA: u32 = 1;

/// A whole video before it is spoken and drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// [`SCRIPT_SCHEMA`] at the time of writing.
    pub schema: u32,
    /// The title of the video.
    pub title: String,
    /// The language of the narration, a BCP 47 tag such as `en`.
    pub language: String,
    /// Who wrote it.
    pub writer: Writer,
    /// The scenes in order, at least one.
    pub scenes: Vec<Scene>,
}

impl Script {
    /// The address of its content, by which a changed script is told from an unchanged one.
    pub fn address(&self) -> ContentHash {
        ContentHash::of_json("script", self)
    }
}

impl Script {
    /// The script without cues that an edit left as they were while the narration or the visual they belong to changed. They are
    /// proposed anew.
    pub fn without_stale_cues(mut self, before: &Self) -> Self {
        for scene in &mut self.scenes {
            let is_kept = |old: &Scene| old.narration == scene.narration && old.visual == scene.visual;
            let is_stale = before.scenes.iter().any(|old| old.cues == scene.cues) && !before.scenes.iter().any(is_kept);
            if is_stale {
                scene.cues.clear();
            }
        }
        self
    }
}

/// Who wrote a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writer {
    /// The adapter: `embedded` or `openai-compatible`.
    pub provider: String,
    /// The model, where there is one.
    pub model: Option<String>,
    /// Why the embedded writer took over from another one, where it did.
    pub fallback: Option<String>,
}

/// One scene: one idea.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// What is said. Plain speakable prose, whole sentences, without notation.
    pub narration: String,
    /// What is shown.
    pub visual: Visual,
    /// What appears at which word. Empty where everything stands from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cues: Vec<Cue>,
    /// Where in the source it came from.
    #[serde(default)]
    pub sources: Vec<Span>,
    /// How often it was asked for anew although nothing in it changed. Part of the address of all that is made of it.
    #[serde(default, skip_serializing_if = "is_first")]
    pub retake: u32,
}

impl Scene {
    /// The first and the last page of the source it came from; none where it came from nowhere.
    pub fn pages(&self) -> Option<(u32, u32)> {
        let pages = || self.sources.iter().map(|span| span.page);
        pages().min().zip(pages().max())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_first(retake: &u32) -> bool {
    *retake == 0
}

/// What is shown in a scene, as typed data. Texts use the notation of [`crate::inline`] except where said otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Visual {
    /// The opening.
    Title {
        /// The title of the video.
        title: String,
        /// A line below it.
        subtitle: Option<String>,
        /// Authors, date or source.
        byline: Option<String>,
    },
    /// Heading and points.
    Slide {
        /// A short line above the heading, such as the chapter.
        eyebrow: Option<String>,
        /// The heading.
        title: String,
        /// One to six points.
        bullets: Vec<String>,
    },
    /// A figure of the document, with points beside it where there are any.
    Figure {
        /// A short line above the heading.
        eyebrow: Option<String>,
        /// The heading.
        title: String,
        /// The figure.
        figure: Figure,
        /// Up to three points.
        #[serde(default)]
        bullets: Vec<String>,
    },
    /// A listing.
    Code {
        /// A short line above the heading.
        eyebrow: Option<String>,
        /// The heading.
        title: String,
        /// The language, such as `python`.
        language: Option<String>,
        /// The code, not in inline notation.
        text: String,
        /// Lines to stress, from 1.
        #[serde(default)]
        highlight: Vec<u32>,
    },
    /// A displayed formula.
    Formula {
        /// A short line above the heading.
        eyebrow: Option<String>,
        /// The heading.
        title: String,
        /// The LaTeX, not in inline notation.
        latex: String,
        /// Further lines of LaTeX that follow from it one after another, aligned at their first relation, such as `= b + c`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        steps: Vec<String>,
        /// Up to three lines that explain it.
        #[serde(default)]
        explanation: Vec<String>,
    },
    /// A table.
    Table {
        /// A short line above the heading.
        eyebrow: Option<String>,
        /// The heading.
        title: String,
        /// The header cells; empty where there is no header.
        header: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
        /// A line below the table.
        caption: Option<String>,
    },
    /// A graph.
    Graph {
        /// A short line above the heading.
        eyebrow: Option<String>,
        /// The heading.
        title: String,
        /// The numbers and how they are drawn.
        graph: Graph,
        /// A line below the graph.
        #[serde(default)]
        caption: Option<String>,
    },
    /// A diagram.
    Diagram {
        /// A short line above the heading.
        eyebrow: Option<String>,
        /// The heading.
        title: String,
        /// What stands in it.
        diagram: Diagram,
    },
    /// Somebody's words.
    Quote {
        /// A short line above the heading.
        eyebrow: Option<String>,
        /// The heading.
        title: String,
        /// The words, without quotation marks around them.
        text: String,
        /// Whose words they are.
        attribution: Option<String>,
    },
    /// One number that says it all.
    Number {
        /// A short line above the heading.
        eyebrow: Option<String>,
        /// The heading.
        title: String,
        /// The number as it is written, such as `3.5 M`, not in inline notation.
        number: String,
        /// Its unit.
        unit: Option<String>,
        /// What it says.
        text: String,
    },
    /// A term and what it means.
    Definition {
        /// A short line above the term.
        eyebrow: Option<String>,
        /// The term.
        title: String,
        /// What it means.
        meaning: String,
    },
    /// Two lists side by side, such as what speaks for something and what against.
    Columns {
        /// A short line above the heading.
        eyebrow: Option<String>,
        /// The heading.
        title: String,
        /// What stands on the left.
        left: Column,
        /// What stands on the right.
        right: Column,
    },
    /// A picture that fills the frame, with its caption.
    Image {
        /// The heading.
        title: String,
        /// The picture, a figure of the document.
        figure: Figure,
    },
    /// A picture that nobody has made yet, from its description; until somebody does, one of ours that fits the words.
    Illustration {
        /// The heading.
        title: String,
        /// What is to be seen, 5 to 500 characters, not in inline notation. It is not shown.
        description: String,
    },
    /// The closing: what to remember.
    Summary {
        /// The heading.
        title: String,
        /// Two to five points.
        points: Vec<String>,
    },
    /// Shown where the intended visual could not be made.
    Placeholder {
        /// The heading of the scene.
        title: String,
        /// One sentence from the narration.
        text: String,
    },
}

impl Visual {
    /// The heading.
    pub fn title(&self) -> &str {
        match self {
            Self::Title { title, .. }
            | Self::Slide { title, .. }
            | Self::Figure { title, .. }
            | Self::Code { title, .. }
            | Self::Formula { title, .. }
            | Self::Table { title, .. }
            | Self::Graph { title, .. }
            | Self::Diagram { title, .. }
            | Self::Quote { title, .. }
            | Self::Number { title, .. }
            | Self::Definition { title, .. }
            | Self::Columns { title, .. }
            | Self::Image { title, .. }
            | Self::Illustration { title, .. }
            | Self::Summary { title, .. }
            | Self::Placeholder { title, .. } => title,
        }
    }

    /// The word of its kind, as it stands in the JSON form.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Title { .. } => "title",
            Self::Slide { .. } => "slide",
            Self::Figure { .. } => "figure",
            Self::Code { .. } => "code",
            Self::Formula { .. } => "formula",
            Self::Table { .. } => "table",
            Self::Graph { .. } => "graph",
            Self::Diagram { .. } => "diagram",
            Self::Quote { .. } => "quote",
            Self::Number { .. } => "number",
            Self::Definition { .. } => "definition",
            Self::Columns { .. } => "columns",
            Self::Image { .. } => "image",
            Self::Illustration { .. } => "illustration",
            Self::Summary { .. } => "summary",
            Self::Placeholder { .. } => "placeholder",
        }
    }
}

/// A list with a heading.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Column {
    /// The heading.
    pub heading: String,
    /// One to five points.
    pub items: Vec<String>,
}

/// Something that appears while a word is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cue {
    /// Index of the word in the narration, from 0.
    pub word: u32,
    /// The reveal step of the visual, from 1.
    pub step: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(scenes: &[(&str, &[Cue])]) -> Script {
        let scene = |(narration, cues): &(&str, &[Cue])| Scene {
            narration: (*narration).to_owned(),
            visual: Visual::Slide { eyebrow: None, title: "Tides".to_owned(), bullets: Vec::new() },
            cues: cues.to_vec(),
            sources: Vec::new(),
            retake: 0,
        };
        Script {
            schema: SCRIPT_SCHEMA,
            title: "Tides".to_owned(),
            language: "en".to_owned(),
            writer: Writer { provider: "embedded".to_owned(), model: None, fallback: None },
            scenes: scenes.iter().map(scene).collect(),
        }
    }

    #[test]
    fn an_edited_narration_loses_the_cues_of_the_former_one() {
        let (one, other) = ([Cue { word: 7, step: 1 }], [Cue { word: 2, step: 1 }]);
        let before = script(&[("The Moon pulls.", &one), ("The Earth turns.", &other)]);
        let edited =
            script(&[("The Earth turns.", &other), ("The Sun pulls.", &one), ("The sea falls.", &[Cue { word: 1, step: 1 }])]);
        let cues: Vec<Vec<Cue>> = edited.without_stale_cues(&before).scenes.into_iter().map(|scene| scene.cues).collect();
        assert_eq!(cues, [other.to_vec(), vec![], vec![Cue { word: 1, step: 1 }]]);
    }
}
