//! The marks of scripts that do not end sentences with a full stop: what the writer puts together reads as its language is written.

use super::language::Language;
use super::speakable::is_wide;

/// A text with the full stops, commas and blanks of its language where European ones stand behind its letters.
pub(crate) fn of(text: &str, language: Language) -> String {
    let (stop, comma): (&str, &str) = match language {
        Language::Chinese => ("。", "，"),
        Language::Japanese => ("。", "、"),
        Language::Hindi => ("।", ","),
        Language::Arabic => (".", "،"),
        // A blank ends a sentence of Thai.
        Language::Thai => ("", ","),
        _ => return text.to_owned(),
    };
    let is_east_asian = matches!(language, Language::Chinese | Language::Japanese);
    let mut out = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let next = signs.peek().copied();
        let is_behind_own = before.is_some_and(is_own);
        match sign {
            '.' if is_behind_own && next.is_none_or(char::is_whitespace) => out.push_str(stop),
            ',' if is_behind_own => out.push_str(comma),
            ' ' if is_east_asian && before.is_some_and(is_square) && next.is_none_or(is_square) => {}
            _ => out.push(sign),
        }
        before = out.chars().next_back();
    }
    out.trim_end().to_owned()
}

/// A letter of a script with marks of its own, or a mark on one.
fn is_own(sign: char) -> bool {
    is_square(sign) || matches!(sign, '\u{600}'..='\u{6FF}' | '\u{900}'..='\u{97F}' | '\u{E00}'..='\u{E7F}')
}

/// A letter or mark that fills a square, with no blank beside it.
fn is_square(sign: char) -> bool {
    is_wide(sign) && !('\u{E00}'..='\u{E7F}').contains(&sign) || matches!(sign, '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FF60}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_as_their_language_has_it() {
        for (language, text, expected) in [
            (Language::Chinese, "首先， 月球的引力. 海水上涨。 GPU 3.5, 快.", "首先，月球的引力。海水上涨。 GPU 3.5, 快。"),
            (Language::Japanese, "まず、 月の引力. 水, 風.", "まず、月の引力。水、風。"),
            (Language::Hindi, "सबसे पहले: चंद्रमा का खिंचाव. पानी उठता है।", "सबसे पहले: चंद्रमा का खिंचाव। पानी उठता है।"),
            (Language::Arabic, "القمر, الشمس. الأرض.", "القمر، الشمس. الأرض."),
            (Language::Thai, "ต่อไป ดวงจันทร์. น้ำขึ้น", "ต่อไป ดวงจันทร์ น้ำขึ้น"),
            (Language::English, "The Moon. The Sun, 月.", "The Moon. The Sun, 月."),
        ] {
            assert_eq!(of(text, language), expected);
        }
    }
}
