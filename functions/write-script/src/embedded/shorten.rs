//! Makes a short phrase of a long sentence, by leaving out what can be left out and cutting where a clause ends.

use super::{speakable, verbs};
use regex::Regex;
use std::collections::HashSet;
use std::sync::LazyLock;

/// A phrase of fewer words says too little.
const FEWEST_WORDS: usize = 4;

/// So many words more are allowed where a sentence can be cut nowhere earlier,
const MORE_WORDS: usize = 4;

/// and so many if they are the whole sentence: two lines of a slide say it better than one with its end torn off.
const MORE_OF_WHOLE: usize = 8;

/// Openings that announce a statement instead of making one, and words that tie a sentence to the one before.
static LEADS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^(?i:(?:(?:however|moreover|furthermore|therefore|thus|hence|consequently|additionally|in addition|also|besides|nevertheless|",
        r"nonetheless|finally|indeed|in fact|of course|as a result|for this reason|in particular|accordingly|in other words|in short|",
        r"in general|generally|typically|importantly|notably|interestingly|to this end|specifically|overall|clearly|in practice|first|second|third|then|in summary|",
        r"jedoch|außerdem|zudem|daher|deshalb|insbesondere|cependant|toutefois|de plus|en outre|ainsi|sin embargo|además|por tanto|por lo tanto),\s+)|",
        r"(?:(?:we (?:show|find|found|note|observe|demonstrate|argue|see|believe|know|say)|note|recall|observe|this means|this implies|it turns out|",
        r"it is (?:clear|important to note|well known|known|worth noting|easy to see)|the (?:key )?(?:idea|point) is|remember|keep in mind|you (?:may|might|will) have (?:heard|noticed|seen)) that\s+)|(?:(?:but|and|so|yet|or)\s+))"
    ))
    .expect("a constant")
});

/// Words before which a clause ends.
static CLAUSE_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "which because whereas while although though since so where but thus thereby instead rather even weil während obwohl \
     sodass wobei aber sondern parce tandis mais puisque où donc porque mientras aunque pero mentre perché ma omdat \
     terwijl maar enquanto mas"
        .split_whitespace()
        .collect()
});

/// Words before which a phrase may be cut when no clause ends in time.
static CUT_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "in on at by with from to for into during through over under between among against via using when as that and or \
     without within across after before such including based whose who if until auf aus bei durch für gegen im mit nach \
     ohne um unter von vor zu zum zur zwischen und oder wenn dass als über dans sur avec pour par sans sous vers chez et \
     ou qui que quand con para por sin sobre entre hacia desde cuando y o per tra fra quando che met voor door naar van \
     com em sem"
        .split_whitespace()
        .collect()
});

/// Words a phrase must not end with.
static HANGING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a an the of and or but nor to in on at by with from for into as that which who whose is are was were be been being \
     has have had can could may might will would should must do does did not than its their our this these those such both \
     each between via using if when where while because so only also very more most it they we then how what e.g i.e even \
     just there based due according compared able used rather other another any some all about per der die das den dem des \
     ein eine einen einem einer und oder von zu mit für auf im am le la les un une du de et ou à au aux en que qui el los \
     las una y o del al con por para il lo gli i di da e che het een van os um uma dos"
        .split_whitespace()
        .collect()
});

/// How well a phrase stands for its sentence, the best last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// It ends in the middle.
    Torn,
    /// It ends before a preposition.
    Phrase,
    /// It ends with a clause.
    Clause,
    /// It is all there.
    Whole,
}

/// A phrase of at most so many words for a sentence in inline notation, without a full stop at its end.
pub(crate) fn phrase(sentence: &str, most_words: usize) -> String {
    fitted(sentence, most_words).0
}

/// The same with how well it stands for its sentence.
pub(crate) fn fitted(sentence: &str, most_words: usize) -> (String, Fit) {
    let mut text = without_brackets(sentence);
    let mut rest = text.clone();
    while let Some(lead) = LEADS.find(&rest) {
        if count(&tokens(&rest[lead.end()..])) < FEWEST_WORDS {
            break;
        }
        rest = rest[lead.end()..].to_owned();
        text = rest.clone();
    }
    if count(&tokens(&text)) > most_words
        && let Some((_, main)) = text
            .split_once(", ")
            .filter(|(intro, main)| is_setting(intro) && count(&tokens(main)) >= FEWEST_WORDS && !starts_with_pronoun(main))
    {
        text = main.to_owned();
    }
    // `Hidden services: Tor provides ...` says more without its label.
    if count(&tokens(&text)) > most_words
        && let Some((_, rest)) = text.split_once(": ").filter(|(label, rest)| {
            let label = tokens(label);
            let names = label.len() <= 7 && !label.iter().any(|word| verbs::is_auxiliary(&bare(word)));
            names && is_statement(&tokens(rest)) && !starts_with_pronoun(rest)
        })
    {
        text = rest.to_owned();
    }
    let words = tokens(&text);
    let (mut phrase, mut fit) = cut(&words, most_words);
    if fit == Fit::Torn {
        // A few words more are better than a piece of a sentence.
        (phrase, fit) = cut(&words, most_words + MORE_WORDS);
    }
    if fit == Fit::Torn && count(&words) <= most_words + MORE_OF_WHOLE {
        (phrase, fit) = (words.join(" "), Fit::Whole);
    }
    (finish(&phrase), fit)
}

/// The text in at most so many words; cut at a word, where it must be cut, so that the start stays as it is.
pub(crate) fn to_words(text: &str, most_words: usize) -> String {
    let all = tokens(text);
    if count(&all) <= most_words { text.to_owned() } else { finish(&cut(&all, most_words).0) }
}

/// The words of a text in inline notation; code and formulas are never cut.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = None;
    let mut run: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if start.is_none() && !c.is_whitespace() {
            start = Some(at);
        }
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '`' | '$' => match run {
                Some(mark) if mark == c => run = None,
                None if text[at + 1..].contains(c) => run = Some(c),
                _ => {}
            },
            _ if c.is_whitespace() && run.is_none() => {
                if let Some(from) = start.take() {
                    tokens.push(&text[from..at]);
                }
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        tokens.push(&text[from..]);
    }
    tokens
}

fn count(tokens: &[&str]) -> usize {
    tokens.iter().map(|token| speakable::count_words(token).max(usize::from(token.starts_with(['`', '$'])))).sum()
}

/// `In 1998, ...` sets the scene and `Since it rains, ...` gives a reason: both may go. `If it rains, ...` is a condition and may
/// not.
fn is_setting(intro: &str) -> bool {
    let words: Vec<&str> = intro.split_whitespace().collect();
    let first = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
    const REASONS: [&str; 9] = ["since", "while", "although", "though", "because", "whereas", "given", "despite", "after"];
    if words.len() <= 24 && REASONS.contains(&first.as_str()) {
        return true;
    }
    words.len() <= 10
        && [
            "in", "at", "on", "during", "over", "since", "after", "as", "for", "from", "within", "under", "with", "to", "bei",
            "im", "seit", "dans", "en", "depuis",
        ]
        .contains(&first.as_str())
}

fn starts_with_pronoun(text: &str) -> bool {
    let first = text.split_whitespace().next().map(bare).unwrap_or_default();
    matches!(first.as_str(), "it" | "they" | "this" | "these" | "he" | "she" | "its" | "their" | "then" | "and" | "or" | "but")
}

fn without_brackets(text: &str) -> String {
    static BRACKET: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s*\([^()`$]*\)").expect("a constant"));
    BRACKET.replace_all(text, "").into_owned()
}

/// The best start of the words: whole if short enough, else up to a clause, else up to a preposition, else up to the limit.
fn cut(words: &[&str], most: usize) -> (String, Fit) {
    if count(words) <= most {
        return (words.join(" "), Fit::Whole);
    }
    let ends: Vec<usize> = (1..words.len()).rev().filter(|at| (FEWEST_WORDS..=most).contains(&count(&words[..*at]))).collect();
    // A condition without what follows from it says nothing.
    let main_from = if is_subordinate(words[0]) {
        words.iter().position(|word| word.ends_with(',')).map_or(words.len(), |at| at + 3)
    } else {
        0
    };
    let is_english =
        words.iter().any(|word| matches!(*word, "the" | "The" | "a" | "of" | "is" | "are" | "and" | "with" | "that"));
    let is_statement = |words: &[&str]| !is_english || is_statement(unhang(words));
    let find = |holds: &dyn Fn(usize) -> bool| ends.iter().copied().find(|at| *at >= main_from && holds(*at));
    let clause = find(&|at| words[at - 1].ends_with([';', ':', '—', '–']) || matches!(words[at], "—" | "–" | "-"))
        .or_else(|| find(&|at| opens_clause(words, at) && is_statement(&words[..at])))
        .or_else(|| {
            find(&|at| {
                at >= 5
                    && is_statement(&words[..at])
                    && words[at - 1].ends_with(',')
                    && opens_aside(words[at])
                    && !is_in_list(words, at)
            })
        });
    if let Some(end) = clause {
        return (unhang(&words[..end]).join(" "), Fit::Clause);
    }
    let phrase = find(&|at| {
        at >= 5 && is_statement(&words[..at]) && opens_phrase(words, at) && !tears(words, at) && !is_in_list(words, at)
    })
    .or_else(|| {
        find(&|at| {
            at >= 6
                && is_statement(&words[..at])
                && matches!(words[at], "and" | "or" | "und" | "et" | "y")
                && !is_in_list(words, at)
        })
    });
    match phrase {
        Some(end) => (without_gerund(unhang(&words[..end])).join(" "), Fit::Phrase),
        None => (hard_cut(words, most), Fit::Torn),
    }
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

/// Whether the start of a sentence says something by itself: it has a verb of its own, before any relative clause, and does not
/// end with a verb whose object was cut off. Only English verbs are known.
fn is_statement(words: &[&str]) -> bool {
    let bare: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let is_verb = |at: usize| verbs::is_verb(&bare[at], at.checked_sub(1).map(|before| bare[before].as_str()));
    let relative = |word: &String| matches!(word.as_str(), "that" | "which" | "who" | "whose" | "where");
    let main_ends = bare.iter().skip(1).position(relative).map_or(bare.len(), |at| at + 1);
    let is_finite = |at: usize| is_verb(at) && !bare[at].ends_with("ing") && (at == 0 || bare[at - 1] != "to");
    let last = words.len() - 1;
    let ends_open = last > 0 && (is_verb(last) || bare[last].ends_with("ed")) && !words[last].ends_with(',');
    let has_verb = (0..main_ends).any(is_finite);
    let subordinate = |word: &String| {
        relative(word) || matches!(word.as_str(), "when" | "if" | "because" | "while" | "whereas" | "unless" | "until" | "how")
    };
    let subordinate_is_whole = bare.iter().rposition(subordinate).is_none_or(|at| at == 0 || (at + 1..bare.len()).any(is_finite));
    has_verb && subordinate_is_whole && !ends_open
}

fn is_subordinate(word: &str) -> bool {
    [
        "if", "when", "whenever", "unless", "although", "though", "because", "since", "while", "once", "given", "for", "to",
        "as", "after", "before", "whereas", "instead", "by", "with", "without", "despite", "even", "rather", "besides", "in",
        "on", "at", "from", "like", "unlike", "during", "under", "until", "due", "wenn", "falls", "obwohl", "weil", "da",
        "nachdem", "bevor", "si", "lorsque", "quand", "bien", "cuando", "aunque", "quando", "se", "als", "wanneer",
    ]
    .contains(&bare(word).as_str())
}

fn opens_clause(words: &[&str], at: usize) -> bool {
    let next = bare(words[at]);
    // `the conduit through which` is one piece.
    if HANGING.contains(&bare(words[at - 1]).as_str()) {
        return false;
    }
    // Without a comma these say which one is meant: `a point where edges can attach`.
    let defines = matches!(next.as_str(), "which" | "where") && !words[at - 1].ends_with(',');
    CLAUSE_WORDS.contains(&next.as_str()) && !defines
        || words[at - 1].ends_with(',') && matches!(next.as_str(), "and" | "und" | "or") && !is_in_list(words, at)
}

/// Whether a phrase begins that may be left out: `with a function`, `together with a function`.
fn opens_phrase(words: &[&str], at: usize) -> bool {
    CUT_WORDS.contains(&words[at]) || matches!(words[at], "together" | "along") && words.get(at + 1) == Some(&"with")
}

/// What stands behind a comma and may be left out.
fn opens_aside(word: &str) -> bool {
    let next = bare(word);
    next.ends_with("ing") && next.len() > 4
        || [
            "the",
            "a",
            "an",
            "it",
            "we",
            "they",
            "you",
            "this",
            "these",
            "he",
            "she",
            "with",
            "without",
            "including",
            "such",
            "not",
            "in",
            "on",
            "at",
            "by",
            "for",
            "to",
            "as",
            "that",
            "thus",
            "i.e",
            "e.g",
            "one",
            "each",
            "every",
            "der",
            "die",
            "das",
            "ein",
            "eine",
            "es",
            "sie",
            "wir",
            "mit",
            "dass",
            "um",
            "le",
            "la",
            "les",
            "un",
            "une",
            "il",
            "elle",
            "ce",
            "el",
            "los",
            "las",
            "una",
            "con",
            "que",
        ]
        .contains(&next.as_str())
}

/// Whether a cut would fall between the members of an enumeration: another comma or an `and` is near on both sides.
fn is_in_list(words: &[&str], at: usize) -> bool {
    let is_and =
        |word: &str| matches!(bare(word).as_str(), "and" | "or" | "und" | "oder" | "et" | "ou" | "y" | "o" | "e" | "en" | "of");
    if is_and(words[at]) {
        return words[..at - 1].iter().rev().take(4).any(|word| word.ends_with(','));
    }
    let comma_before = words[..at - 1].iter().rev().take(4).any(|word| word.ends_with(','));
    let ahead = || words[at..].iter().take(5);
    let and_ahead = ahead().any(|word| is_and(word));
    let comma_ahead = ahead().take(4).any(|word| word.ends_with(','));
    words[at - 1].ends_with(',')
        && (comma_before && (and_ahead || comma_ahead) || comma_ahead && words[at..].iter().take(9).any(|word| is_and(word)))
}

/// Whether what stands before a cut would be left without its object: `began to build`, `by checking that`.
fn tears(words: &[&str], at: usize) -> bool {
    let (before, next) = (bare(words[at - 1]), bare(words[at]));
    if COMES_BEFORE_PREPOSITION.contains(&before.as_str()) {
        return true;
    }
    match next.as_str() {
        "to" if words[..at].iter().rev().take(6).any(|word| LETS.contains(&bare(word).as_str())) => true,
        // Before a verb it belongs to what stands before: `required to factorize`.
        "to" if !words.get(at + 1).is_some_and(|word| BEGINS_NOUN.contains(bare(word).as_str())) => true,
        "to" => at >= 2 && matches!(bare(words[at - 2]).as_str(), "and" | "or") || TAKES_INFINITIVE.contains(&before.as_str()),
        "that" => before.ends_with("ing") || TAKES_CLAUSE.contains(&before.as_str()),
        "and" | "or" => true,
        _ => false,
    }
}

static COMES_BEFORE_PREPOSITION: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "comes come came depends depend relies rely consists consist results leads refers belongs applies focuses deals \
     differs close intended designed responsible suitable available similar subject prior related corresponds contributes \
     limited based looks is are was were has have be been made composed associated equivalent proportional interested \
     aware capable part result set number maps converts turns divides falls goes runs stands lies serves acts works used \
     known called seen found such same together along"
        .split_whitespace()
        .collect()
});

/// `allows the cluster to`, `a way for the payee to`: what is allowed must not be cut off.
static LETS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "allow allows allowing enable enables enabling require requires cause causes force forces ask asks tell tells way ways \
     ability order want wants need needs help helps permit permits lead leads expect expects possible"
        .split_whitespace()
        .collect()
});

static TAKES_INFINITIVE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "need needs want wants able used has have tend tends try tries aim aims allows allow began begin begins likely easy \
     hard difficult designed intended required possible impossible important necessary supposed meant ready free continue \
     seems appears how ability order way us you due according compared relative similar equal refers refer leads lead \
     belongs belong responds going tried"
        .split_whitespace()
        .collect()
});

static BEGINS_NOUN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a an the this that these those its their our your his her each every all both one two three several many some any no"
        .split_whitespace()
        .collect()
});

static TAKES_CLAUSE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "show shows shown find finds found means mean ensure ensures know knows say says said note see so such assume assumes \
     suggest suggests imply implies guarantee guarantees guaranteed require requires believe argue argues prove proves is \
     was fact demonstrate indicate indicates ensured"
        .split_whitespace()
        .collect()
});

fn hard_cut(words: &[&str], most: usize) -> String {
    let mut end = words.len();
    while end > 1 && count(&words[..end]) > most {
        end -= 1;
    }
    let kept = unhang(&words[..end]);
    let mut text = kept.join(" ");
    if kept.len() == 1 && count(kept) > most {
        // A script without spaces.
        let behind = |at: usize, word: &&str| at + text[at..].find(*word).map_or(0, |from| from + word.len());
        let end = domain::words(&text).iter().take(most).fold(0, behind);
        text.truncate(end);
    }
    format!("{}…", text.trim_end_matches([',', ';', ':', '.']))
}

fn unhang<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    let mut end = words.len();
    while end > 2 && hangs(words[end - 1]) {
        end -= 1;
    }
    &words[..end]
}

/// `This` before a comma is what a clause speaks of: `Nobody can promise this, because ...`; elsewhere a noun was to follow.
fn hangs(word: &str) -> bool {
    let plain = word.trim_matches([',', ';', ':']).to_lowercase();
    let stands_alone = word.ends_with([',', ';', ':']) && matches!(plain.as_str(), "this" | "these" | "those" | "that" | "it");
    !stands_alone && HANGING.contains(plain.as_str())
}

/// Takes `by checking` off the end, where what is checked was cut off.
fn without_gerund<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    let end = words.len();
    let hangs = end >= FEWEST_WORDS + 2
        && bare(words[end - 1]).ends_with("ing")
        && matches!(bare(words[end - 2]).as_str(), "by" | "for" | "of" | "without" | "when" | "while");
    if hangs { &words[..end - 2] } else { words }
}

fn finish(phrase: &str) -> String {
    let kept = phrase.trim_end_matches([',', ';', ':', '—', '–', '-', ' ']);
    let kept = if kept.ends_with("..") || abbreviates(kept) { kept } else { kept.trim_end_matches(['.', '。']) };
    speakable::capitalise(kept)
}

fn abbreviates(text: &str) -> bool {
    ["etc.", "et al.", "Inc.", "U.S."].iter().any(|end| text.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sentence: &str, expected: &str) {
        assert_eq!(phrase(sentence, 12), expected, "{sentence}");
    }

    #[test]
    fn a_short_sentence_only_loses_its_full_stop() {
        check("Ownership frees memory.", "Ownership frees memory");
        check("However, ownership frees the memory.", "Ownership frees the memory");
        check("We show that ownership frees the memory.", "Ownership frees the memory");
        check("Call `a b c`.", "Call `a b c`");
    }

    #[test]
    fn a_long_one_ends_where_a_clause_ends() {
        check(
            "The borrow checker compares the scopes of all values, because references may not outlive what they point to.",
            "The borrow checker compares the scopes of all values",
        );
        check(
            "The encoder maps an input sequence of symbol representations to a sequence of continuous representations.",
            "The encoder maps an input sequence of symbol representations",
        );
        check(
            "A hash table is an array of $m$ slots together with a hash function $h$.",
            "A hash table is an array of $m$ slots",
        );
        check(
            "In the year 1998, the two founders of the company rented a garage (which they left soon) and hired a first employee, who left.",
            "The two founders of the company rented a garage and hired a first employee, who left",
        );
        check(
            "These inputs are generated automatically, and, critically, when one fails, it is reduced to a minimal case.",
            "These inputs are generated automatically",
        );
        check(
            "A runtime for writing reliable, asynchronous, and slim applications with the Rust programming language.",
            "A runtime for writing reliable, asynchronous, and slim applications with the Rust programming language",
        );
        check(
            "We need a way for the payee to know that the previous owners did not sign any earlier transactions of it.",
            "We need a way for the payee to know that the previous owners did not sign…",
        );
        check(
            "There are several systems that have looked at the problem of data storage and of its distribution.",
            "There are several systems that have looked at the problem of data storage",
        );
        check(
            "To improve clarity, it is sometimes helpful to eliminate overlapping nodes or edges in a large drawing of it.",
            "To improve clarity, it is sometimes helpful to eliminate overlapping nodes",
        );
        check(
            "A node port is a point where edges can attach, because a node may have many of them in one graph.",
            "A node port is a point where edges can attach",
        );
        check(
            "In a third of a second a missile of this kind flies more than half a kilometre by itself.",
            "In a third of a second a missile of this kind flies more than half a kilometre by itself",
        );
        check(
            "No fixed function can promise this, because for every fixed function there are keys that all land in one slot.",
            "No fixed function can promise this",
        );
        check(
            "Whenever a bug warrants a patch release, it will be backported.",
            "Whenever a bug warrants a patch release, it will be backported",
        );
    }

    #[test]
    fn no_phrase_hangs() {
        let long = "one two three four five six seven eight nine ten eleven the of and twelve thirteen";
        let cut = phrase(long, 12);
        assert!(!cut.ends_with("the") && !cut.ends_with("of"), "{cut}");
    }

    #[test]
    fn code_and_formulas_are_never_cut() {
        assert_eq!(tokens("a `b c` $d e$ f"), ["a", "`b c`", "$d e$", "f"]);
        assert_eq!(tokens("costs \\$5 and `x"), ["costs", "\\$5", "and", "`x"]);
    }

    #[test]
    fn scripts_without_spaces_are_cut_too() {
        assert!(phrase(&"语言".repeat(40), 12).chars().count() <= 34);
    }
}
