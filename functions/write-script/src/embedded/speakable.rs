//! A sentence of the document in two readings: as it is shown, with its code and formulas, and as it is said, in plain words.

use super::language::Language;
use super::{abbreviations, apparatus, formula, identifiers, signs};
use domain::inline::{self, Inline};
use regex::Regex;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Hidden runs are stood in for by characters of the private use area, which no document means anything by.
const FIRST_HIDDEN: u32 = 0xE000;
const MOST_HIDDEN: u32 = 0x1000;

/// A bracket of more words is an aside that a listener cannot follow.
const LONGEST_ASIDE_WORDS: usize = 8;

/// Both readings of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// To be shown, in the notation of [`inline`], without citations and the like.
    pub(crate) shown: String,
    /// To be said: whole, ending with a mark. None where it holds what cannot be said.
    pub(crate) spoken: Option<String>,
    /// Labels such as `figure 3` that the sentence points to.
    pub(crate) mentions: Vec<String>,
    /// Labels it cannot be understood without.
    pub(crate) leans_on: Vec<String>,
}

/// Reads a sentence in the notation of [`inline`].
pub(crate) fn read(raw: &str, language: Language) -> Reading {
    let (prose, hidden) = hide(raw);
    let stripped = apparatus::strip(&prose, language.phrases());
    let text = tidy(&stripped.text);
    let shown = show(&text, &hidden);
    let spoken = if stripped.has_address { None } else { say(&text, &hidden, language) };
    Reading { shown, spoken, mentions: stripped.mentions, leans_on: stripped.leans_on }
}

/// What is said for a heading, a caption or a cell, without a mark at its end.
pub(crate) fn phrase(raw: &str, language: Language) -> Option<String> {
    let (prose, hidden) = hide(raw);
    let stripped = apparatus::strip(&prose, language.phrases());
    if stripped.has_address {
        return None;
    }
    let said = words(&tidy(&stripped.text), &hidden, language)?;
    let said = said.trim_end_matches(['.', ':', ';', ',']).to_owned();
    (is_sayable(&said) && !said.is_empty()).then_some(said)
}

/// What is shown for a heading, a caption or a cell.
pub(crate) fn shown(raw: &str, language: Language) -> String {
    let (prose, hidden) = hide(raw);
    show(&tidy(&apparatus::strip(&prose, language.phrases()).text), &hidden)
}

/// The letter or digit that a sign of the mathematical alphabets stands for: no voice and few fonts know the sign itself.
fn plain_letter(sign: char) -> char {
    match sign {
        '\u{1D400}'..='\u{1D7FF}' => std::iter::once(sign).nfkc().next().unwrap_or(sign),
        _ => sign,
    }
}

fn hide(raw: &str) -> (String, Vec<Inline>) {
    let mut prose = String::new();
    let mut hidden = Vec::new();
    let printable: String = raw.chars().map(|c| if c.is_control() { ' ' } else { plain_letter(c) }).collect();
    for run in inline::parse(&printable) {
        match run {
            Inline::Text(text) => prose.extend(text.chars().filter(|c| !is_stand_in(*c))),
            run => {
                // `Sie`deb`` comes from readers that lose the space before a fixed-width face.
                if matches!(run, Inline::Code(_)) && prose.ends_with(char::is_alphanumeric) {
                    prose.push(' ');
                }
                let stand_in = u32::try_from(hidden.len())
                    .ok()
                    .filter(|at| *at < MOST_HIDDEN)
                    .and_then(|at| char::from_u32(FIRST_HIDDEN + at));
                if let Some(stand_in) = stand_in {
                    prose.push(stand_in);
                    hidden.push(run);
                }
            }
        }
    }
    (prose, hidden)
}

fn is_stand_in(c: char) -> bool {
    (FIRST_HIDDEN..FIRST_HIDDEN + MOST_HIDDEN).contains(&u32::from(c))
}

fn behind(c: char, hidden: &[Inline]) -> Option<&Inline> {
    hidden.get(usize::try_from(u32::from(c).checked_sub(FIRST_HIDDEN)?).ok()?)
}

fn show(text: &str, hidden: &[Inline]) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match behind(c, hidden) {
            Some(Inline::Code(code)) => shown.push_str(&inline::code(code)),
            Some(Inline::Math(latex)) => shown.push_str(&format!("${latex}$")),
            _ if is_stand_in(c) => {}
            _ => shown.push_str(&inline::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    shown
}

fn say(text: &str, hidden: &[Inline], language: Language) -> Option<String> {
    let said = words(text, hidden, language)?;
    let said = without_outer_brackets(&said).trim_end_matches([':', ';', ',', '-', '–', '—', ' ', '…']).to_owned();
    if !is_sayable(&said) || language == Language::English && has_holes(&said) {
        return None;
    }
    Some(with_mark(capitalise(&said)))
}

/// A sentence that stands in brackets as a whole is said like any other.
fn without_outer_brackets(text: &str) -> &str {
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')').or_else(|| rest.strip_suffix(").")));
    inner.filter(|inner| !inner.contains(['(', ')'])).unwrap_or(text)
}

fn words(text: &str, hidden: &[Inline], language: Language) -> Option<String> {
    let signs_named = hidden.iter().filter(|run| matches!(run, Inline::Code(code) if identifiers::is_sign(code))).count();
    if signs_named > 1 || text.starts_with(['×', '·', '=', '+', '<', '>', '≤', '≥', '±', '∈', '∩', '∪']) {
        return None;
    }
    let text = without_long_asides(text);
    let mut spelled = abbreviations::expand(&without_paths(&text), language);
    spelled = signs::spell(&spelled, language);
    spelled = plain_names(&spelled);
    let mut said = String::new();
    for c in spelled.chars() {
        match behind(c, hidden) {
            Some(Inline::Code(code)) => {
                let name = identifiers::speak(code)?;
                said.push_str(&name);
            }
            Some(Inline::Math(latex)) => said.push_str(&formula::speak(latex, language, formula::INLINE_WORDS)?),
            _ => said.push(c),
        }
    }
    Some(tidy(&said))
}

/// Brackets that hold many words or nothing but signs are left out.
fn without_long_asides(text: &str) -> String {
    static BRACKET: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s*[(\[{]([^()\[\]{}]*)[)\]}]").expect("a constant"));
    BRACKET
        .replace_all(text, |found: &regex::Captures<'_>| {
            let inner = found[1].trim();
            let keep = inner.split_whitespace().count() <= LONGEST_ASIDE_WORDS
                && inner.chars().any(|c| c.is_alphabetic() || is_stand_in(c))
                && !inner.contains(['=', '<', '>', '|', '∈', '∀', '∑']);
            let space = if found[0].starts_with(char::is_whitespace) { " " } else { "" };
            if keep { format!("{space}({inner})") } else { String::new() }
        })
        .into_owned()
}

/// `snake_case` in prose is said as words; hexadecimal digests are left out.
fn plain_names(text: &str) -> String {
    static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b\p{L}\w*_\w+").expect("a constant"));
    static DIGEST: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s*\b(?:0x)?[0-9a-f]{12,}\b").expect("a constant"));
    let text = NAME.replace_all(text, |found: &regex::Captures<'_>| identifiers::name_words(&found[0]).join(" "));
    DIGEST
        .replace_all(
            &text,
            |found: &regex::Captures<'_>| {
                if found[0].chars().any(|c| c.is_ascii_alphabetic()) { String::new() } else { found[0].to_owned() }
            },
        )
        .into_owned()
}

/// Of a path in prose only the last component is said.
fn without_paths(text: &str) -> String {
    static PATH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(^|[\s(])(?:(?:~|\.{1,2})?/(?:[\w.-]+/)*|(?:[\w.-]+/)+)([\w-]+(?:\.\w+)*)").expect("a constant")
    });
    PATH.replace_all(text, |found: &regex::Captures<'_>| {
        let path = found[0].trim_start_matches([' ', '(']);
        let is_file = |end: &str| (1..=4).contains(&end.len()) && end.starts_with(|c: char| c.is_ascii_lowercase());
        let is_path = path.starts_with(['/', '~', '.']) || found[2].rsplit_once('.').is_some_and(|(_, end)| is_file(end));
        if is_path { format!("{}{}", &found[1], &found[2]) } else { found[0].to_owned() }
    })
    .into_owned()
}

/// Mends what leaving out has torn: spaces, commas without a neighbour, empty brackets, marks of lists.
fn tidy(text: &str) -> String {
    static RULES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
        [
            (r"\s+", " "),
            (r"^\s*(?:[•·▪◦‣●○■□–—*-]\s+|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})\)\s+|\d{1,3}\.\s+)", ""),
            (r"^\d{1,2}\s+(\p{Lu}\p{Ll}+\s)", "$1"),
            (r"\(\s*[,;.]*\s*\)|\[\s*[,;]*\s*\]", ""),
            (r"\(\s*[,;]\s*", "("),
            (r"\s*[,;]\s*\)", ")"),
            (r"\[([\p{L}][^\]]{0,40})\]", "$1"),
            (r"\s+([,;:.!?)])", "$1"),
            (r"\(\s+", "("),
            (r"[,;:]\s*([,;:.!?])", "$1"),
            (r"([,;])\s*[,;]+", "$1"),
            (r"\.{2}(\s|$)", ".$1"),
            (r"\s+", " "),
            (r"^\s*[,;:.)\]]+\s*", ""),
        ]
        .map(|(pattern, with)| (Regex::new(pattern).expect("a constant"), with))
        .into()
    });
    let mut text = text.trim().to_owned();
    for (rule, with) in RULES.iter() {
        if rule.is_match(&text) {
            text = rule.replace_all(&text, *with).into_owned();
        }
    }
    text.trim().to_owned()
}

/// Whether a text holds nothing a voice would stumble over.
fn is_sayable(text: &str) -> bool {
    const ALLOWED: &[char] = &[
        ' ', '.', ',', ';', ':', '!', '?', '\'', '’', '‘', '"', '“', '”', '„', '«', '»', '(', ')', '-', '–', '—', '…', '+', '&',
        '#', '/', '。', '，', '、', '；', '：', '！', '？', '「', '」', '《', '》', '（', '）', '¿', '¡', '‑', '‐', '·', '@',
        'º', 'ª', '\u{301}',
    ];
    let is_letter = |c: char| c.is_alphanumeric() && !is_raised_or_lowered(c);
    if !text.chars().all(|c| is_letter(c) || ALLOWED.contains(&c) || is_mark_of_a_script(c)) || applies_a_function(text) {
        return false;
    }
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let is_lone = |token: &&&str| {
        let letters = token.trim_matches(|c: char| !c.is_alphanumeric());
        letters.chars().count() <= 1
            && !matches!(letters, "a" | "A" | "I" | "y" | "e" | "o" | "à" | "é" | "è" | "ó" | "á" | "u")
            && !letters.chars().all(|c| c.is_numeric() && c != '0' || is_wide(c))
    };
    let operators = tokens.iter().filter(|token| matches!(**token, "sub" | "equals" | "minus" | "times")).count();
    let lone = tokens.iter().filter(is_lone).count() + operators;
    let numbers = tokens.iter().filter(|token| token.chars().any(|c| c.is_ascii_digit())).count();
    let few = tokens.len() <= 6;
    // Prose of a PDF whose formulas have fallen apart is full of single letters and numbers.
    lone * 4 <= tokens.len() + usize::from(few) * 4 && numbers * 5 <= tokens.len() * 2 + usize::from(few) * 5
}

/// Small raised and lowered letters and digits, as formulas have them when they are read from a page.
fn is_raised_or_lowered(c: char) -> bool {
    matches!(u32::from(c), 0xb2 | 0xb3 | 0xb9 | 0x1d2c..=0x1dbf | 0x2070..=0x209f | 0x2b0..=0x2ff | 0x1eb)
}

/// `log(x` is mathematics, `file(s)` is not.
fn applies_a_function(text: &str) -> bool {
    text.match_indices('(').any(|(at, _)| {
        let inside = text[at + 1..].split(')').next().unwrap_or_default();
        text[..at].ends_with(char::is_alphabetic)
            && !matches!(inside, "s" | "es" | "ren" | "in" | "e" | "n" | "en" | "er" | "r" | "a" | "as" | "os" | "i")
    })
}

/// Whether something is missing from an English sentence, mostly a formula that its file draws with signs nobody can name: `the
/// choice of and`, `a -way cut`.
fn has_holes(text: &str) -> bool {
    static HOLES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)\b(?:of|than|between)\s*(?:[,;.]|and\b|or\b|is\b|are\b)|(?:^|\s)-\p{L}{2,}|\b(?:for|with|from|the|an)\s*(?:[,;]|\.$|is\b|are\b|of\b)|",
            r"\b(?:is|are|if|let|then for|where) (?:is|are|if|let)\b|\b(?:is|are|be|by|let|where|of|with|from|than|then|at least|at most|then for|for for)\s*[.]?$|^(?:For|Let|If|Where),|",
            r"\b(?:equals|plus|minus|times|at most|at least|greater than|less than) (?:be|denotes?|is|are|and|then|for|where|if)\b"
        ))
        .expect("a constant")
    });
    const KEPT: [&str; 6] = ["a lot of.", "accounted for", "cared for", "dealt with", "what it is", "kind of"];
    HOLES.is_match(text) && !KEPT.iter().any(|kept| text.contains(kept))
}

/// Combining marks, as Arabic, Hebrew and Indic scripts use them.
fn is_mark_of_a_script(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36f | 0x591..=0x5c7 | 0x610..=0x61a | 0x64b..=0x65f | 0x900..=0xdff | 0xe31..=0xe4e)
}

/// Characters of scripts that write no spaces.
pub(crate) fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0xe00..=0xe7f)
}

/// How many words a voice takes for a text.
pub(crate) fn count_words(text: &str) -> usize {
    let words_in = |run: &str| match run.chars().any(is_wide) {
        true => domain::count_words(run),
        false => usize::from(run.chars().any(char::is_alphanumeric)),
    };
    text.split_whitespace().map(words_in).sum()
}

/// Raises the first letter, unless the first word is a name that begins small, such as `iPhone`.
pub(crate) fn capitalise(text: &str) -> String {
    let first_word: String = text.chars().take_while(|c| !c.is_whitespace()).collect();
    if first_word.chars().skip(1).any(char::is_uppercase) || first_word.contains('.') && !first_word.ends_with('.') {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Ends a sentence with a full stop, unless it ends with a mark.
pub(crate) fn with_mark(sentence: String) -> String {
    if ends_with_mark(&sentence) { sentence } else { format!("{sentence}.") }
}

fn ends_with_mark(text: &str) -> bool {
    text.trim_end_matches(['"', '”', '“', '’', '»', ')', '」', '』', '）']).ends_with(domain::SENTENCE_ENDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: Option<&str>) {
        assert_eq!(read(raw, Language::English).spoken.as_deref(), expected, "{raw}");
    }

    #[test]
    fn a_sentence_is_said_in_plain_words() {
        for (raw, expected) in [
            ("The cache [12] is fast (see Section 3), e.g. 5 ms.", "The cache is fast, for example 5 milliseconds."),
            ("Call `read_file` first", "Call read file first."),
            ("It grows with $x^2$ and $\\alpha$.", "It grows with x squared and alpha."),
            ("as shown in Figure 3, the rate grows:", "The rate grows."),
            ("The snake_case name has a digest 0123456789abcdef01 inside.", "The snake case name has a digest inside."),
            ("Edit /etc/ssh/config before the start.", "Edit config before the start."),
            ("It is 10% (20% of which, as one may recall from the chapter before, is rent) of all.", "It is 10 percent of all."),
            ("1. First, open the lid.", "First, open the lid."),
            ("• A point of a list", "A point of a list."),
            ("Use both (`a`, [3]) and go.", "Use both (a) and go."),
            ("eBPF runs in the kernel.", "eBPF runs in the kernel."),
            ("He said \"stop.\"", "He said \"stop.\""),
            ("It has apples, pears, etc.", "It has apples, pears and so on."),
            ("It costs \\$5 million.", "It costs 5 million dollars."),
            ("It takes 𝑛² steps.", "It takes n squared steps."),
        ] {
            check(raw, Some(expected));
        }
    }

    #[test]
    fn what_cannot_be_said_is_not() {
        for raw in [
            "Visit https://example.org to learn more.",
            "Given the choice of and, the assignment of items to buckets is random.",
            "The number of machines is at most a -way independent function.",
            "Let $\\begin{pmatrix} a \\\\ b \\end{pmatrix}$ be given.",
            "We set {x | x ∈ S} ∩ T^c \\ U.",
            "x i = f ( y j , z k ) + c n m l",
            "Write `a` `,` `b` `,` `c` in a row of names.",
            "× S is a subset of the product of sets.",
            "Run `for i in a b c; do echo $i; done` now.",
            "12 34 56 78 90 12 34",
        ] {
            check(raw, None);
        }
    }

    #[test]
    fn what_is_shown_keeps_code_and_formulas() {
        let reading = read("Call `f(x)` [3] for \\$5 when $x > 0$ (Fig. 2).", Language::English);
        assert_eq!(reading.shown, "Call `f(x)` for \\$5 when $x > 0$.");
        assert_eq!(reading.mentions, ["figure 2"]);
        assert!(reading.leans_on.is_empty());
    }

    #[test]
    fn a_heading_is_said_without_a_mark() {
        assert_eq!(phrase("The `read_file` call:", Language::English).as_deref(), Some("The read file call"));
        assert_eq!(phrase("https://example.org", Language::English), None);
    }

    #[test]
    fn words_are_counted_as_they_are_spoken() {
        assert_eq!(count_words("one two - three."), 3);
        assert_eq!(count_words("语言可以"), 2);
    }
}
