//! Abbreviations and the words they stand for, language by language.

use super::language::Language;
use regex::Regex;
use std::sync::LazyLock;

type Table = &'static [(&'static str, &'static str)];

/// Patterns and what is said for them. A pattern takes in the full stop of its abbreviation; sentences get theirs back later.
const ENGLISH: Table = &[
    (r"\be\.\s?g\.,?", "for example"),
    (r"\bi\.\s?e\.,?", "that is,"),
    (r",?\s*\betc\b\.?", " and so on"),
    (r"\bet al\.?", "and colleagues"),
    (r"\bw\.?\s?r\.?\s?t\.?(\s)", "with respect to$1"),
    (r"\ba\.k\.a\.?|\baka\b", "also known as"),
    (r"\bcf\.", "compare"),
    (r"\bvs?\.(\s)", "versus$1"),
    (r"\bvs(\s)", "versus$1"),
    (r"\bviz\.", "namely"),
    (r"\bapprox\.", "about"),
    (r"\bca\.(\s)", "about$1"),
    (r"\bresp\.", "respectively"),
    (r"\bincl\.", "including"),
    (r"\besp\.", "especially"),
    (r"\bmax\.(\s)", "maximum$1"),
    (r"\bmin\.(\s[a-z])", "minimum$1"),
    (r"\bw/o(\s)", "without$1"),
    (r"\bw/(\s)", "with$1"),
    (r"\bs\.t\.", "such that"),
    (r"\bi\.i\.d\.?", "independent and identically distributed"),
    (r"\bN\.?B\.:?", "note that"),
    (r"\bProf\.", "Professor"),
    (r"\bFigs\.", "Figures"),
    (r"\bFig\.", "Figure"),
    (r"\bTab\.(\s?\d)", "Table$1"),
    (r"\b(?:Eqs|Eqns)\.", "Equations"),
    (r"\bEqn?\.", "Equation"),
    (r"\bSecs\.", "Sections"),
    (r"\bSec(?:t)?\.", "Section"),
    (r"\b(?:Chap|Ch)\.(\s?\d)", "Chapter$1"),
    (r"\bApp\.(\s?[A-Z\d])", "Appendix$1"),
    (r"\bRefs?\.(\s?\d)", "Reference$1"),
    (r"\bVol\.(\s?\d)", "Volume$1"),
    (r"\b[Nn]os?\.(\s?\d)", "number$1"),
    (r"\bpp\.(\s?\d)", "pages$1"),
    (r"\bp\.(\s?\d)", "page$1"),
];

const GERMAN: Table = &[
    (r"\bz\.\s?B\.", "zum Beispiel"),
    (r"\bZ\.\s?B\.", "Zum Beispiel"),
    (r"\bd\.\s?h\.", "das heißt"),
    (r"\bu\.\s?a\.", "unter anderem"),
    (r"\bv\.\s?a\.", "vor allem"),
    (r"\bi\.\s?d\.\s?R\.", "in der Regel"),
    (r"\bo\.\s?[äÄ]\.", "oder Ähnliches"),
    (r",?\s*\busw\.?", " und so weiter"),
    (r",?\s*\betc\.", " und so weiter"),
    (r"\bet al\.?", "und andere"),
    (r"\bbzw\.", "beziehungsweise"),
    (r"\bca\.", "etwa"),
    (r"\bvgl\.", "vergleiche"),
    (r"\bggf\.", "gegebenenfalls"),
    (r"\bevtl\.", "eventuell"),
    (r"\binkl\.", "inklusive"),
    (r"\bvs\.", "gegen"),
    (r"\bAbb\.", "Abbildung"),
    (r"\bTab\.(\s?\d)", "Tabelle$1"),
    (r"\bKap\.", "Kapitel"),
    (r"\bGl\.(\s?[\d(])", "Gleichung$1"),
    (r"\bNr\.", "Nummer"),
    (r"\bS\.(\s?\d)", "Seite$1"),
    (r"\bMio\.", "Millionen"),
    (r"\bMrd\.", "Milliarden"),
];

const FRENCH: Table = &[
    (r"\bp\.\s?ex\.", "par exemple"),
    (r"\bc\.-à-d\.", "c'est-à-dire"),
    (r",?\s*\betc\.", " et ainsi de suite"),
    (r"\bet al\.?", "et collègues"),
    (r"\bcf\.", "voir"),
    (r"\benv\.", "environ"),
    (r"\bn°\s?", "numéro "),
    (r"\bfig\.(\s?\d)", "figure$1"),
    (r"\bvs\.?(\s)", "contre$1"),
];

const SPANISH: Table = &[
    (r"\bp\.\s?ej\.", "por ejemplo"),
    (r",?\s*\betc\.", ", etcétera"),
    (r"\bet al\.?", "y colaboradores"),
    (r"\baprox\.", "aproximadamente"),
    (r"\bEE\.\s?UU\.", "Estados Unidos"),
    (r"\bfig\.(\s?\d)", "figura$1"),
    (r"\bvs\.?(\s)", "frente a$1"),
];

const ITALIAN: Table = &[
    (r"\bad es\.", "ad esempio"),
    (r",?\s*\becc\.", ", eccetera"),
    (r"\bet al\.?", "e colleghi"),
    (r"\bfig\.(\s?\d)", "figura$1"),
];

const DUTCH: Table = &[
    (r"\bbijv\.", "bijvoorbeeld"),
    (r"\bd\.w\.z\.", "dat wil zeggen"),
    (r"\bo\.a\.", "onder andere"),
    (r",?\s*\benz\.", " enzovoort"),
    (r",?\s*\betc\.", " enzovoort"),
    (r"\bet al\.?", "en collega's"),
    (r"\bca\.", "ongeveer"),
];

const PORTUGUESE: Table = &[
    (r"\bp\.\s?ex\.", "por exemplo"),
    (r",?\s*\betc\.", " e assim por diante"),
    (r"\bet al\.?", "e colegas"),
    (r"\bfig\.(\s?\d)", "figura$1"),
];

/// Writes abbreviations out.
pub(crate) fn expand(text: &str, language: Language) -> String {
    let mut text = text.to_owned();
    for (pattern, words) in rules(language) {
        if pattern.is_match(&text) {
            text = pattern.replace_all(&text, *words).into_owned();
        }
    }
    text
}

type Rules = Vec<(Regex, &'static str)>;

fn rules(language: Language) -> &'static Rules {
    static ENGLISH_RULES: LazyLock<Rules> = LazyLock::new(|| compile(ENGLISH));
    static GERMAN_RULES: LazyLock<Rules> = LazyLock::new(|| compile(GERMAN));
    static FRENCH_RULES: LazyLock<Rules> = LazyLock::new(|| compile(FRENCH));
    static SPANISH_RULES: LazyLock<Rules> = LazyLock::new(|| compile(SPANISH));
    static ITALIAN_RULES: LazyLock<Rules> = LazyLock::new(|| compile(ITALIAN));
    static DUTCH_RULES: LazyLock<Rules> = LazyLock::new(|| compile(DUTCH));
    static PORTUGUESE_RULES: LazyLock<Rules> = LazyLock::new(|| compile(PORTUGUESE));
    match language {
        Language::German => &GERMAN_RULES,
        Language::French => &FRENCH_RULES,
        Language::Spanish => &SPANISH_RULES,
        Language::Italian => &ITALIAN_RULES,
        Language::Dutch => &DUTCH_RULES,
        Language::Portuguese => &PORTUGUESE_RULES,
        _ => &ENGLISH_RULES,
    }
}

fn compile(table: Table) -> Rules {
    table
        .iter()
        .map(|(pattern, words)| (Regex::new(pattern).expect("the patterns are constants, a test compiles them all"), *words))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_are_written_out() {
        for (language, text, expected) in [
            (Language::English, "Fruit, e.g., apples, i.e. food.", "Fruit, for example apples, that is, food."),
            (Language::English, "Apples, pears, etc.", "Apples, pears and so on"),
            (Language::English, "Apples etc. are fruit.", "Apples and so on are fruit."),
            (Language::English, "Smith et al. compare A vs. B.", "Smith and colleagues compare A versus B."),
            (Language::English, "See Fig. 3, Eq. 4, Sec. 5, No. 6.", "See Figure 3, Equation 4, Section 5, number 6."),
            (Language::English, "It weighs approx. 5 kg w/o the box.", "It weighs about 5 kg without the box."),
            (Language::English, "The no. The max. value.", "The no. The maximum value."),
            (
                Language::German,
                "Holz, z. B. Eiche, d.h. Material usw.",
                "Holz, zum Beispiel Eiche, das heißt Material und so weiter",
            ),
            (Language::French, "Un arbre, p. ex. un chêne.", "Un arbre, par exemple un chêne."),
            (Language::Spanish, "Un árbol, p. ej. un roble.", "Un árbol, por ejemplo un roble."),
            (Language::Italian, "Un albero, ad es. una quercia.", "Un albero, ad esempio una quercia."),
            (Language::Dutch, "Een boom, bijv. een eik.", "Een boom, bijvoorbeeld een eik."),
            (Language::Portuguese, "Uma árvore, p. ex. um carvalho.", "Uma árvore, por exemplo um carvalho."),
        ] {
            assert_eq!(expand(text, language), expected, "{text}");
        }
    }
}
