//! What appears at which word: proposed for every scene whose writer has not said so.

use domain::Script;

/// Proposes cues where there are none, from the words that the narration and the parts of the visual have in common. What they do not
/// settle, the timeline does once the words are spoken.
pub(crate) fn complete(mut script: Script) -> Script {
    for scene in script.scenes.iter_mut().filter(|scene| scene.cues.is_empty()) {
        scene.cues = domain::propose(&scene.narration, &scene.visual);
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Cue, Scene, Visual};

    fn script(cues: Vec<Cue>) -> Script {
        let narration = "The Moon pulls at the water. The Earth turns below it.";
        let bullets = vec!["Pull of the Moon".to_owned(), "Turning Earth".to_owned()];
        let visual = Visual::Slide { eyebrow: None, title: "Tides".to_owned(), bullets };
        Script { scenes: vec![Scene { visual, cues, ..fakes::scene(narration) }], ..fakes::script(&[]) }
    }

    #[test]
    fn points_get_the_words_that_name_them() {
        let cues = complete(script(vec![])).scenes.remove(0).cues;
        assert_eq!(cues, [Cue { word: 0, step: 1 }, Cue { word: 7, step: 2 }]);
    }

    #[test]
    fn cues_of_the_writer_are_kept() {
        let own = vec![Cue { word: 3, step: 2 }];
        assert_eq!(complete(script(own.clone())).scenes.remove(0).cues, own);
    }
}
