//! What makes one version of a job another than the one before.

use crate::{ContentHash, JobOptions, Scene, Script};
use serde::{Deserialize, Serialize};

/// What was changed in a version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// Nothing: it is the first.
    #[default]
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
    /// A former version was made current again.
    Restored {
        /// Which.
        version: u32,
    },
}

impl Change {
    /// An edit that made one script into another.
    pub fn of_script(before: &Script, after: &Script) -> Self {
        let is_new = |scene: &Scene| !before.scenes.contains(scene);
        let scenes = (0..).zip(&after.scenes).filter(|(_, scene)| is_new(scene)).map(|(index, _)| index).collect();
        Self::Script { scenes }
    }
}

/// A new version that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The version it follows. Where that is no longer the newest, somebody else came first.
    pub from: u32,
    /// What changes.
    pub change: Change,
    /// The address of the draft it is made from.
    pub draft: ContentHash,
    /// What is wished for.
    pub options: JobOptions,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SCRIPT_SCHEMA, Visual, Writer};

    fn script(narrations: &[&str]) -> Script {
        let scene = |narration: &&str| Scene {
            narration: (*narration).to_owned(),
            visual: Visual::Slide { eyebrow: None, title: "T".to_owned(), bullets: vec!["B".to_owned()] },
            cues: vec![],
            sources: vec![],
            retake: 0,
        };
        Script {
            schema: SCRIPT_SCHEMA,
            title: "T".to_owned(),
            language: "en".to_owned(),
            writer: Writer { provider: "test".to_owned(), model: None, fallback: None },
            scenes: narrations.iter().map(scene).collect(),
        }
    }

    #[test]
    fn an_edit_names_the_scenes_that_are_new() {
        let before = script(&["a", "b", "c"]);
        for (after, expected) in [
            (script(&["a", "b", "c"]), vec![]),
            (script(&["a", "B", "c"]), vec![1]),
            (script(&["c", "a", "b"]), vec![]),
            (script(&["a", "c"]), vec![]),
            (script(&["x", "a", "b", "c", "y"]), vec![0, 4]),
        ] {
            assert_eq!(Change::of_script(&before, &after), Change::Script { scenes: expected });
        }
    }
}
