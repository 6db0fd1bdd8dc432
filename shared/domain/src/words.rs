//! The words of a text, in any script: what a caption shows, a cue counts and a voice places in time.

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};
use std::sync::LazyLock;

/// Knows the words of Chinese, Japanese, Thai, Lao, Khmer and Burmese by dictionaries and models that come with ICU.
static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_auto(WordBreakInvariantOptions::default()));

/// The words of a text in order, slices of it, with their punctuation: what stands between two blanks. Scripts that put no blanks
/// between words are divided into those a dictionary knows; nothing stands between two such words.
pub fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for chunk in text.split_whitespace() {
        if chunk.contains(is_unspaced) { divide(chunk, &mut words) } else { words.push(chunk) }
    }
    words
}

/// How many words a text is heard as: those that hold a letter or a digit.
pub fn count_words(text: &str) -> usize {
    words(text).into_iter().filter(|word| word.contains(char::is_alphanumeric)).count()
}

/// Whether a letter belongs to a script without blanks between words: Han, Kana, Thai, Lao, Burmese or Khmer.
pub fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{323AF}')
}

/// Takes a text without blanks apart. Marks stay with the word they open or close, and the short endings of Japanese with the
/// word they belong to.
fn divide<'a>(chunk: &'a str, words: &mut Vec<&'a str>) {
    let mut begin = 0;
    let mut ends = SEGMENTER.segment_str(chunk).skip(1).peekable();
    let mut from = 0;
    while let Some(end) = ends.next() {
        let piece = &chunk[from..end];
        from = end;
        let next = ends.peek().map_or("", |&next| &chunk[end..next]);
        let opens = piece.chars().all(opens_word);
        let goes_on = next.chars().next().is_some_and(|c| !c.is_alphanumeric() && !opens_word(c)) || is_ending(next);
        if !next.is_empty() && (opens || goes_on) {
            continue;
        }
        words.push(&chunk[begin..end]);
        begin = end;
    }
}

/// Whether a mark belongs to the word behind it.
fn opens_word(mark: char) -> bool {
    "「『（《〈【〔［｛“‘([{«„¿¡".contains(mark)
}

/// A particle or ending of Japanese, such as は or です: no line begins with it.
fn is_ending(piece: &str) -> bool {
    const LONGEST: usize = 2;
    let is_hiragana = |c: char| matches!(c, '\u{3041}'..='\u{3096}');
    !piece.is_empty() && piece.chars().all(is_hiragana) && piece.chars().count() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(words(text), expected, "{text}");
    }

    #[test]
    fn words_stand_between_blanks() {
        check(" The Moon — our  own — pulls. ", &["The", "Moon", "—", "our", "own", "—", "pulls."]);
        check("القمر يجذب الماء.", &["القمر", "يجذب", "الماء."]);
        check("चाँद पानी को खींचता है।", &["चाँद", "पानी", "को", "खींचता", "है।"]);
        check("달이 물을 당긴다.", &["달이", "물을", "당긴다."]);
        check("", &[]);
    }

    #[test]
    fn scripts_without_blanks_are_divided_into_words() {
        check("月球吸引海水，海水上涨。", &["月球", "吸引", "海水，", "海水", "上涨。"]);
        check("月の引力が海水を引きます。", &["月の", "引力が", "海水を", "引きます。"]);
        check("ดวงจันทร์ดึงดูดน้ำทะเล", &["ดวง", "จันทร์", "ดึง", "ดูด", "น้ำ", "ทะเล"]);
    }

    #[test]
    fn marks_stay_with_their_word() {
        check("他说：「月球」很近。", &["他", "说：", "「月球」", "很", "近。"]);
        check("使用GPU计算", &["使用", "GPU", "计算"]);
    }

    #[test]
    fn every_word_is_a_slice_and_nothing_is_lost() {
        for text in ["月球吸引海水，「潮汐」。 The Moon！", "ดวงจันทร์ ดึงดูด", "（a）b—c「」"]
        {
            let joined: String = words(text).concat();
            assert_eq!(joined, text.chars().filter(|c| !c.is_whitespace()).collect::<String>(), "{text}");
        }
    }

    #[test]
    fn only_what_is_heard_counts() {
        assert_eq!(count_words("The Moon — our own — pulls."), 5);
        assert_eq!(count_words("月球吸引海水，海水上涨。"), 5);
    }
}
