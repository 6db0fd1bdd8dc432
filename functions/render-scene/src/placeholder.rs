//! What is shown where the intended visual cannot be drawn: the heading and the first sentence that is heard.

use domain::{Scene, Visual, inline};

/// About two lines of large type.
const LONGEST_TEXT: usize = 160;

/// The placeholder of a scene.
pub(crate) fn of(scene: &Scene) -> Visual {
    let sentence = scene.narration.split_inclusive(domain::SENTENCE_ENDS).next().unwrap_or_default().trim();
    let text = if sentence.chars().count() <= LONGEST_TEXT { sentence.to_owned() } else { shorten(sentence) };
    Visual::Placeholder { title: scene.visual.title().to_owned(), text: inline::escape(&text) }
}

fn shorten(sentence: &str) -> String {
    let start: String = sentence.chars().take(LONGEST_TEXT).collect();
    let end = start.rfind(' ').unwrap_or(start.len());
    format!("{}…", &start[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(narration: &str) -> String {
        match of(&fakes::scene(narration)) {
            Visual::Placeholder { text, .. } => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_sentence_stands_in() {
        assert_eq!(text_of("The Moon pulls. The water follows."), "The Moon pulls.");
        assert_eq!(text_of("月球吸引海水。海水上涨。"), "月球吸引海水。");
        assert_eq!(text_of(""), "");
    }

    #[test]
    fn a_long_sentence_ends_at_a_word() {
        let text = text_of(&"water ".repeat(60));
        assert!(text.ends_with("water…") && text.chars().count() <= 161, "{text}");
    }
}
