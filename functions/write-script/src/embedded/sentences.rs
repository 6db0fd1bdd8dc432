//! Takes running text apart into sentences. Code and formulas of the inline notation are never cut.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Abbreviations after which a sentence goes on. In lower case, without the last full stop.
static NEVER_LAST: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "e.g i.e eg ie cf viz vs ca approx resp dr prof mr mrs ms st mt capt lt sgt rev hon gov univ dept w.r.t s.t a.k.a incl \
     esp z.b d.h u.a bzw vgl sog s.o s.u o.ä i.d.r mio mrd ggf evtl inkl p.ex c.-à-d m mme p.ej sra dott bijv d.w.z env \
     aprox"
        .split_whitespace()
        .collect()
});

/// Abbreviations that go on if a number or a single letter follows; otherwise they are words such as `app` or `no`.
static NUMBERED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "fig figs eq eqs eqn eqns sec secs sect ch chap tab ref refs thm def prop app alg vol nr no nos p pp art abb kap gl s \
     blz núm"
        .split_whitespace()
        .collect()
});

/// Abbreviations that may end a sentence; what follows decides.
static MAYBE_LAST: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "etc al inc ltd co corp jr sr u.s u.k u.n e.u u.s.a a.m p.m b.c a.d ph.d m.d b.sc m.sc usw usf u.s.w min max ed eds \
     jan feb mar apr jun jul aug sep sept oct nov dec op cit"
        .split_whitespace()
        .collect()
});

/// Words that begin sentences far more often than names, so that a full stop before them ends a sentence after all.
static STARTERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "the a an in it its this these that those there they we he she i you our for from however when if as at on to with by \
     but and so some such each every all both many most one two although while because since after before then thus \
     therefore hence here how what why where which finally first second moreover furthermore instead let no not other der \
     die das ein eine es er sie wir im auf bei für mit nach wenn dies diese dieser le la les un une il elle ce cette nous \
     el los las una se este esta"
        .split_whitespace()
        .collect()
});

/// A bracket that is open for so many bytes is taken for one that was never closed.
const LONGEST_BRACKET: usize = 400;

/// The sentences of a text in order, trimmed, never empty.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for end in boundaries(text) {
        push(&mut sentences, &text[start..end]);
        start = end;
    }
    push(&mut sentences, &text[start..]);
    sentences
}

fn push<'a>(sentences: &mut Vec<&'a str>, sentence: &'a str) {
    let sentence = sentence.trim();
    if !sentence.is_empty() {
        sentences.push(sentence);
    }
}

/// The offsets behind the marks, quotes and brackets that end a sentence.
fn boundaries(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut sentence_start = 0;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let next = at + c.len_utf8();
        match c {
            '\\' => {
                at = next + text[next..].chars().next().map_or(0, char::len_utf8);
                continue;
            }
            '`' | '$' => {
                at = end_of_run(text, next, c).unwrap_or(next);
                continue;
            }
            '(' | '[' | '{' => open.push(at),
            ')' | ']' | '}' => {
                open.pop();
            }
            // No abbreviation ends in these, so they need no second look.
            '。' | '！' | '？' | '｡' | '؟' | '۔' | '।' | '॥' => {
                let (end, _) = behind_closers(text, next);
                found.push(end);
                sentence_start = end;
                open.clear();
                at = end;
                continue;
            }
            ' ' if is_thai_pause(text, sentence_start, at) => {
                found.push(next);
                sentence_start = next;
                open.clear();
            }
            '.' | '!' | '?' | '…' => {
                let (end, closed) = behind_closers(text, next);
                let still_open = open.len().saturating_sub(closed);
                let stuck = open.first().is_some_and(|from| at - from > LONGEST_BRACKET);
                if (still_open == 0 || stuck) && ends_sentence(text, sentence_start, at, c, end) {
                    found.push(end);
                    sentence_start = end;
                    open.clear();
                    at = end;
                    continue;
                }
            }
            _ => {}
        }
        at = next;
    }
    found
}

/// The offset behind a run of code or a formula that began before `from`; none where its mark has no partner.
fn end_of_run(text: &str, from: usize, mark: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text[from..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return (at > 0).then_some(from + at + 1),
            _ => {}
        }
    }
    None
}

/// Passes over further marks, closing quotes and brackets, and citations such as `[12]` that stand directly behind the mark.
/// Gives the offset behind them and how many brackets they closed.
fn behind_closers(text: &str, mut at: usize) -> (usize, usize) {
    let mut closed = 0;
    loop {
        let rest = &text[at..];
        match rest.chars().next() {
            Some(c @ ('。' | '！' | '？' | '؟' | '।' | '」' | '』' | '）' | '》')) => at += c.len_utf8(),
            Some(c @ ('.' | '!' | '?' | '…' | '"' | '\'' | '”' | '’' | '»' | '“'))
                if c != '“' || rest[3..].starts_with([' ', '\n']) || rest.len() == 3 =>
            {
                at += c.len_utf8();
            }
            Some(')' | ']' | '}') => {
                at += 1;
                closed += 1;
            }
            Some('[') => match rest.find(']') {
                Some(end) if rest[1..end].chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | ' ' | '^' | '-' | '–')) => {
                    at += end + 1
                }
                _ => return (at, closed),
            },
            Some('¹' | '²' | '³' | '⁴'..='⁹' | '†' | '‡') => at += rest.chars().next().map_or(1, char::len_utf8),
            _ => return (at, closed),
        }
    }
}

/// Whether a blank in Thai or Lao ends a sentence, which no mark does there: one that has gone on for a while.
fn is_thai_pause(text: &str, start: usize, blank: usize) -> bool {
    const LEAST_LETTERS: usize = 60;
    let is_thai = |c: Option<char>| c.is_some_and(|c| ('\u{E00}'..='\u{EFF}').contains(&c));
    let before = &text[start..blank];
    is_thai(before.chars().next_back()) && is_thai(text[blank + 1..].chars().next()) && before.chars().count() >= LEAST_LETTERS
}

fn ends_sentence(text: &str, start: usize, mark_at: usize, mark: char, end: usize) -> bool {
    let rest = &text[end..];
    if rest.trim().is_empty() {
        return true;
    }
    if !rest.starts_with(char::is_whitespace) {
        return false;
    }
    let following = rest
        .trim_start()
        .trim_start_matches(['"', '\'', '“', '‘', '„', '«', '(', '[', '¿', '¡', '—', '–', '*', '_'])
        .trim_start();
    let Some(first) = following.chars().next() else { return true };
    let next_word: String = following.chars().take_while(|c| c.is_alphanumeric() || *c == '\'').collect();
    if first.is_lowercase() && !is_lower_case_name(&next_word) {
        return false;
    }
    if mark != '.' {
        return true;
    }
    let before = &text[start..mark_at];
    if before.ends_with('.') {
        // An ellipsis: the capital letter behind it has decided.
        return first.is_uppercase() || first.is_ascii_digit();
    }
    let word = last_word(before);
    let lower = word.to_lowercase();
    let starter = STARTERS.contains(&next_word.to_lowercase().as_str());
    if NEVER_LAST.contains(&lower.as_str()) && !(word.len() == 1 && word != "m") {
        return false;
    }
    if NUMBERED.contains(&lower.as_str()) {
        return !(first.is_ascii_digit()
            || following.starts_with('(')
            || next_word.chars().count() == 1 && first.is_uppercase() && !starter);
    }
    if MAYBE_LAST.contains(&lower.as_str()) {
        return starter || (lower == "etc" && first.is_uppercase());
    }
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        // An initial, as in `J. Smith`.
        (Some(letter), None) if letter.is_uppercase() => starter && !before.trim_end_matches(word).trim_end().ends_with('.'),
        _ if word.chars().all(|c| c.is_ascii_digit()) && !word.is_empty() => !is_ordinal(before, word, &next_word),
        _ => true,
    }
}

/// Whether a number with a full stop counts something, as `3. Mai` or the `1.` of a list, instead of ending a sentence.
fn is_ordinal(before: &str, number: &str, next_word: &str) -> bool {
    let opens = before.trim().len() == number.len();
    let month = [
        "januar",
        "februar",
        "märz",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "dezember",
        "jahrhundert",
    ];
    opens || month.contains(&next_word.to_lowercase().as_str())
}

/// Names such as `iPhone` or `eBPF` that keep their small first letter at the start of a sentence.
fn is_lower_case_name(word: &str) -> bool {
    word.chars().skip(1).take(2).any(char::is_uppercase)
}

fn last_word(before: &str) -> &str {
    let from = before
        .rfind(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“' | '/' | '—' | '–'))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    &before[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(split(text), expected, "{text}");
    }

    #[test]
    fn marks_end_sentences() {
        check("One. Two! Three? Four", &["One.", "Two!", "Three?", "Four"]);
        check("  ", &[]);
        check("Really?! Yes.", &["Really?!", "Yes."]);
        check("第一句。第二句！", &["第一句。", "第二句！"]);
        check("他说：「停。」然后走了。", &["他说：「停。」", "然后走了。"]);
        check("هل يرتفع الماء؟ نعم، يرتفع. ثم ينخفض.", &["هل يرتفع الماء؟", "نعم، يرتفع.", "ثم ينخفض."]);
        check("یہ چاند ہے۔ وہ سورج ہے۔", &["یہ چاند ہے۔", "وہ سورج ہے۔"]);
        check("चाँद खींचता है। पानी उठता है।", &["चाँद खींचता है।", "पानी उठता है।"]);
    }

    #[test]
    fn a_blank_ends_a_sentence_of_thai_that_has_gone_on_for_a_while() {
        let long = "ดวงจันทร์ดึงดูดน้ำทะเลให้สูงขึ้นในด้านที่หันเข้าหาดวงจันทร์เสมอ";
        let text = format!("น้ำขึ้น น้ำลง {long} โลกหมุน");
        assert_eq!(split(&text), [&format!("น้ำขึ้น น้ำลง {long}") as &str, "โลกหมุน"]);
    }

    #[test]
    fn abbreviations_do_not() {
        for whole in [
            "Use a map, e.g. A hash map, or i.e. The tree.",
            "See Fig. 3 and Eq. 4 for more.",
            "Dr. Smith met Mr. Jones in St. Louis.",
            "Vaswani et al. Showed it.",
            "J. R. R. Tolkien wrote it.",
            "The U.S. Army has it.",
            "It weighs approx. 5 kg.",
            "It is in No. 5 of the series.",
            "Das ist z.B. Holz, d.h. Material.",
            "Er kam am 3. Mai.",
            "Version 1.2.3 costs 3.50 at example.com today.",
            "It goes on ... and on.",
            "\"Stop!\" he said.",
            "1. First item of a list.",
            "Apples, pears, etc. are fruit.",
        ] {
            check(whole, &[whole]);
        }
    }

    #[test]
    fn what_follows_an_abbreviation_may_end_it_after_all() {
        check("It has apples, pears, etc. The rest is sold.", &["It has apples, pears, etc.", "The rest is sold."]);
        check("He lives in the U.S. The house is old.", &["He lives in the U.S.", "The house is old."]);
        check("It was found by Smith et al. This is new.", &["It was found by Smith et al.", "This is new."]);
        check("Take vitamin C. It helps.", &["Take vitamin C.", "It helps."]);
        check("Install the app. Then open the tab. Close it.", &["Install the app.", "Then open the tab.", "Close it."]);
        check("The answer is no. He left.", &["The answer is no.", "He left."]);
        check("It began in 2019. Then it grew.", &["It began in 2019.", "Then it grew."]);
    }

    #[test]
    fn closing_quotes_brackets_and_citations_belong_to_the_sentence() {
        check("He said \"stop.\" Then he left.", &["He said \"stop.\"", "Then he left."]);
        check("It holds.[12] The rest follows.", &["It holds.[12]", "The rest follows."]);
        check("(It holds. Always.) The rest follows.", &["(It holds. Always.)", "The rest follows."]);
        check("It works (see A. The end) well. Next.", &["It works (see A. The end) well.", "Next."]);
        check("Das heißt „stopp.“ Dann ging er.", &["Das heißt „stopp.“", "Dann ging er."]);
    }

    #[test]
    fn code_and_formulas_are_not_cut() {
        check("Call `a. B` now. Then $x. Y$ is set.", &["Call `a. B` now.", "Then $x. Y$ is set."]);
        check("It costs \\$5. Then more.", &["It costs \\$5.", "Then more."]);
        check("Then `foo` runs. `bar` waits.", &["Then `foo` runs.", "`bar` waits."]);
    }

    #[test]
    fn a_bracket_that_never_closes_does_not_swallow_the_text() {
        let text = format!("Start ( {} end. Next one here.", "word ".repeat(90));
        assert_eq!(split(&text).len(), 2);
    }

    #[test]
    fn names_with_a_small_first_letter_may_begin_a_sentence() {
        check("It is fast. eBPF runs in the kernel.", &["It is fast.", "eBPF runs in the kernel."]);
    }
}
