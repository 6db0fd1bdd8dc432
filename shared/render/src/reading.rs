//! How a picture is read: what is written in it, in which language, and from which side.

use domain::Visual;
use serde_json::Value;

/// Languages that are written from right to left in their usual script.
const RIGHT_TO_LEFT: [&str; 10] = ["ar", "he", "fa", "ur", "ps", "yi", "dv", "ug", "sd", "ckb"];

/// What is no prose: kinds, names for programs, formulas and places in files.
const NO_PROSE: [&str; 10] = ["kind", "form", "language", "latex", "steps", "figure", "id", "from", "to", "style"];

/// The prose of a visual, text by text.
pub(crate) fn texts(visual: &Visual) -> Vec<String> {
    let mut texts = Vec::new();
    let mut value = serde_json::to_value(visual).unwrap_or_default();
    if let (Visual::Code { .. }, Some(fields)) = (visual, value.as_object_mut()) {
        fields.remove("text");
    }
    if let Visual::Figure { figure, .. } | Visual::Image { figure, .. } = visual {
        texts.extend(figure.caption.iter().chain(&figure.label).cloned());
    }
    gather(value, &mut texts);
    texts
}

/// Everything that is written in a visual, code and formulas too.
pub(crate) fn everything(visual: &Visual) -> Vec<String> {
    let code = match visual {
        Visual::Code { text, .. } => Some(text.clone()),
        Visual::Formula { latex, steps, .. } => Some([std::slice::from_ref(latex), steps].concat().join(" ")),
        _ => None,
    };
    texts(visual).into_iter().chain(code).collect()
}

fn gather(value: Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.into_iter().for_each(|value| gather(value, texts)),
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(name, _)| !NO_PROSE.contains(&name.as_str()));
            fields.for_each(|(_, value)| gather(value, texts));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a picture is laid out from right to left: in a language that is written so where any of its letters is in it, or there
/// are no letters at all; in any other where its heading, the first of the texts, begins with such a letter.
pub(crate) fn is_right_to_left(texts: &[String], heading: &str, language: &str) -> bool {
    let primary = language.split('-').next().unwrap_or_default().to_ascii_lowercase();
    if !RIGHT_TO_LEFT.contains(&primary.as_str()) {
        return begins_right_to_left(heading) == Some(true);
    }
    let letters = || texts.iter().flat_map(|text| text.chars()).filter(|c| c.is_alphabetic());
    letters().next().is_none() || letters().any(is_right_to_left_letter)
}

/// Whether a text by itself begins at the right: by its first letter, as the Unicode bidirectional algorithm has it (rule P2). None
/// where it holds no letter.
pub(crate) fn begins_right_to_left(text: &str) -> Option<bool> {
    text.chars().find(|c| c.is_alphabetic()).map(is_right_to_left_letter)
}

pub(crate) fn is_right_to_left_letter(sign: char) -> bool {
    matches!(sign, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// The language and the region of a BCP 47 tag as Typst takes them; English where it is none.
pub(crate) fn language(tag: &str) -> (&str, Option<&str>) {
    let is_letters = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let mut parts = tag.split('-');
    let language = parts.next().filter(|part| is_letters(part, 2..=3)).unwrap_or("en");
    (language, parts.find(|part| is_letters(part, 2..=2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slide(title: &str, bullets: &[&str]) -> Visual {
        let bullets = bullets.iter().map(|text| (*text).to_owned()).collect();
        Visual::Slide { eyebrow: None, title: title.to_owned(), bullets }
    }

    fn reads_from_the_right(visual: &Visual, language: &str) -> bool {
        is_right_to_left(&texts(visual), visual.title(), language)
    }

    #[test]
    fn the_language_decides_the_direction() {
        assert!(reads_from_the_right(&slide("GPU", &["بطاقة الرسوم"]), "ar"));
        assert!(reads_from_the_right(&slide("2024", &["3.5"]), "he-IL"));
        assert!(!reads_from_the_right(&slide("GPU", &["Graphics"]), "ar"), "nothing in it is Arabic");
        assert!(!reads_from_the_right(&slide("Alphabets", &["עברית"]), "en"));
    }

    #[test]
    fn a_heading_in_another_language_decides_for_itself() {
        assert!(reads_from_the_right(&slide("1. עברית and English", &[]), "en"));
        assert!(!reads_from_the_right(&slide("English עברית", &[]), "en"));
        assert!(!reads_from_the_right(&slide("", &[]), "en"));
    }

    #[test]
    fn code_is_no_prose() {
        let code = Visual::Code {
            eyebrow: None,
            title: "فرز".to_owned(),
            language: Some("rust".to_owned()),
            text: "fn main() {}".to_owned(),
            highlight: vec![],
        };
        assert_eq!(texts(&code), ["فرز"]);
        assert_eq!(everything(&code), ["فرز", "fn main() {}"]);
    }

    #[test]
    fn tags_become_a_language_and_a_region() {
        for (tag, expected) in [
            ("en", ("en", None)),
            ("zh-Hant-TW", ("zh", Some("TW"))),
            ("pt-BR", ("pt", Some("BR"))),
            ("", ("en", None)),
            ("x-private", ("en", None)),
        ] {
            assert_eq!(language(tag), expected, "{tag}");
        }
    }
}
