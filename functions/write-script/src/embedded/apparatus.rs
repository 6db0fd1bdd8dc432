//! Takes the apparatus out of prose: citations, cross references, footnote marks, addresses. What is left is neither changed
//! nor expanded, so that it can be shown as well as said.

use super::phrases::Phrases;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Names of the things a text refers to by number, in the languages we speak.
const REFERRED: &str = r"(?:Figures?|Figs?\.?|Tables?|Tabs?\.|Sections?|Sects?\.|Secs?\.|§+|Equations?|Eqns?\.?|Eqs?\.?|Appendix|Appendices|App\.|Chapters?|Chaps?\.|Ch\.|Listings?|Algorithms?|Alg\.|Theorems?|Thm\.?|Lemmas?|Propositions?|Corollary|Corollaries|Exercises?|pages?|pp?\.|Abbildung(?:en)?|Abb\.|Tabellen?|Abschnitte?s?|Abschn\.|Kapitels?|Kap\.|Gleichung(?:en)?|Gl\.|Seiten?|S\.|Anhang|Tableaux?|Chapitres?|Annexes?|Équations?|Figuras?|Tablas?|Secci[oó]n|Cap[ií]tulos?|Ecuaci[oó]n|Figura|Tabella|Sezione|Capitolo|Figuur|Tabel|Hoofdstuk|Paragraaf|Tabela|Seção)";

const NUMBER: &str = r"(?:\(?\d+(?:\.\d+)*[a-z]?\)?|[A-Z](?:\.\d+)*\b|[IVX]+\b)";

/// A citation in square brackets that counts: `[12]`, `[3, 4–7]`.
const COUNTED: &str =
    r"\[\s*[1-9]\d{0,2}(?:\s*[,;–-]\s*[1-9]\d{0,2})*(?:,\s*(?:p|pp|Sec|Section|Ch|Chapter|Theorem|Thm|Fig)\b[^\]]{0,20})?\s*\]";

static RULES: LazyLock<Rules> = LazyLock::new(Rules::new);

struct Rules {
    reference: Regex,
    referring_bracket: Regex,
    referring_clause: Regex,
    cited_in: Regex,
    cited_noun: Regex,
    cited_subject: Regex,
    counted: Regex,
    keyed: Regex,
    dated_bracket: Regex,
    note: Regex,
    raised: Regex,
    bracket_with_year: Regex,
    dated_name: Regex,
    address_in_brackets: Regex,
    address_after_preposition: Regex,
    address: Regex,
    identifier: Regex,
    pictogram: Regex,
    see: Regex,
}

impl Rules {
    fn new() -> Self {
        let regex = |pattern: &str| Regex::new(pattern).expect("the patterns are constants, each is used in a test");
        let references =
            format!(r"{REFERRED}\s*{NUMBER}(?:\s*(?:,|and|&|to|or|–|-|und|bis|et|y|e|en)\s*(?:{REFERRED}\s*)?{NUMBER})*");
        let address = r"(?:https?://|www\.|ftp://)[^\s<>\]\)]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev|edu|gov|rs|de|fr|uk)/[^\s<>\]\)]+";
        Self {
            reference: regex(&format!(
                r"(?i:\b|(?:^|\W)){REFERRED}\s*({NUMBER})((?:\s*(?:,|,?\s*and|&|to|–|-|und|bis|et|y|e)\s*\d+\b(?:\.\d+)*)*)"
            )),
            referring_bracket: regex(&format!(
                r"(?i)\s*[(\[](?:(?:see|cf\.?|compare|e\.g\.,?|i\.e\.,?|siehe|s\.|vgl\.|voir|ver|véase|vedi|zie|also|auch|shown in|as (?:shown|described|discussed|defined|explained) in|described in|discussed in|defined in|details? in|left|right|top|bottom|upper|lower|middle|the|in|for (?:more )?(?:details|information),?)[ ,]*)*{references}[^()\[\]]{{0,60}}[)\]]"
            )),
            referring_clause: regex(&format!(
                r"(?i)(?:,\s*)?\b(?:as|wie)\s+(?:(?:is|are|we|already)\s+)*(?:shown|illustrated|seen|depicted|described|discussed|given|summari[sz]ed|reported|listed|presented|explained|defined|mentioned|outlined|indicated|in|gezeigt|beschrieben)?\s*(?:in|by|on|above in|below in)?\s*(?:the\s+)?{references}(?:\s+(?:above|below|shows|gezeigt|beschrieben|zeigt))?,?"
            )),
            cited_in: regex(&format!(
                r"(?:,\s*)?\b(?:as\s+)?(?:(?:shown|described|proposed|introduced|discussed|reported|presented|used|done|noted|explained|defined|given|suggested|developed|found|detailed|studied|demonstrated)\s+)?(?:in|by|from|see|following|See|Following|In)\s+{COUNTED}(?:\s*(?:and|,)\s*{COUNTED})*,?"
            )),
            cited_noun: regex(&format!(r"\b(of|to|than|with|on|over|like|unlike|extends?|follows?|and)\s+{COUNTED}")),
            cited_subject: regex(&format!(r"^\s*{COUNTED}\s+([a-z])")),
            counted: regex(&format!(r"\s*{COUNTED}")),
            keyed: regex(
                r"\s*\[[A-Z][A-Za-z+]{1,9}\s?['’]?\d{2,4}[a-z]?(?:\s*[,;]\s*[A-Z][A-Za-z+]{1,9}\s?['’]?\d{2,4}[a-z]?)*\]",
            ),
            dated_bracket: regex(r"\s*\[[^\[\]]*\b(?:1[89]|20)\d\d[a-z]?\b[^\[\]]{0,60}\]"),
            note: regex(
                r"\s*\((?:per |see |fixes |in |issue |PR )?#\d+\)|\s*\[(?:\^[^\]]+|citation needed|note \d+|[a-z]|edit)\]|[†‡]",
            ),
            raised: regex(r"(\p{L}{3}|[.,;:)”\x22])[⁰¹²³⁴-⁹]+([^\p{L}\p{N}]|$)"),
            bracket_with_year: regex(r"\s*\(([^()]{3,300}?\b(?:1[89]|20)\d\d[a-z]?\b[^()]*)\)"),
            dated_name: regex(
                r"((?:et al\.?|\p{Lu}[\p{L}'’-]+))\s+\((?:1[89]|20)\d\d[a-z]?(?:\s*[,;]\s*(?:(?:1[89]|20)\d\d)?[a-z]?)*\)",
            ),
            address_in_brackets: regex(&format!(r"\s*[(<\[][^()<>\[\]]*(?:{address})[^()<>\[\]]*[)>\]]")),
            address_after_preposition: regex(&format!(
                r"\b(?:at|from|on|under|via|auf|unter|sur|sous|en|su|op)\s+<?(?:{address})>?"
            )),
            address: regex(&format!(r"<?(?:{address})>?")),
            see: regex(r"\s*\((?i:see|see also|cf\.?|siehe|vgl\.|voir|véase)\s[^()]{0,40}\)"),
            identifier: regex(
                r"(?i)\s*[\[(]?\b(?:doi:?\s*10\.\S+|10\.\d{4,}/\S+|arxiv:\s?\S+|isbn[:\s][\d-]+|issn[:\s][\d-]+)\b[\])]?",
            ),
            pictogram: regex(r"[[\p{So}&&[^°]]\x{FE0F}\x{200D}\x{200B}\x{FEFF}\x{AD}]"),
        }
    }
}

/// What a text was without its apparatus.
pub(crate) struct Stripped {
    /// The text that is left.
    pub(crate) text: String,
    /// Labels such as `figure 3` that the text pointed to, anywhere.
    pub(crate) mentions: Vec<String>,
    /// Labels the text still names, so that it is only understood beside the thing.
    pub(crate) leans_on: Vec<String>,
    /// Whether an address stands where it cannot be left out.
    pub(crate) has_address: bool,
}

/// Takes the apparatus out of a text. Runs of code and formulas must be hidden from it.
pub(crate) fn strip(text: &str, phrases: &Phrases) -> Stripped {
    let rules = &*RULES;
    let mentions = labels(text);
    let mut text = rules.pictogram.replace_all(text, "").into_owned();
    let mut apply = |rule: &Regex, with: &str| {
        if rule.is_match(&text) {
            text = rule.replace_all(&text, with).into_owned();
        }
    };
    apply(&rules.identifier, "");
    apply(&rules.address_in_brackets, "");
    apply(&rules.address_after_preposition, phrases.online);
    apply(&rules.referring_bracket, "");
    apply(&rules.referring_clause, "");
    apply(&rules.note, "");
    apply(&rules.cited_in, "");
    apply(&rules.cited_noun, &format!("$1 {}", phrases.earlier_work));
    apply(&rules.cited_subject, &format!("{} $1", capitalised(phrases.earlier_work)));
    apply(&rules.counted, "");
    apply(&rules.keyed, "");
    apply(&rules.dated_bracket, "");
    apply(&rules.raised, "$1$2");
    apply(&rules.dated_name, "$1");
    text = rules.bracket_with_year.replace_all(&text, keep_unless_citation).into_owned();
    text = rules.see.replace_all(&text, "").into_owned();
    let leans_on = labels(&text);
    let has_address = rules.address.is_match(&text);
    Stripped { text, mentions, leans_on, has_address }
}

/// The labels of figures, tables and the like that a text names, such as `figure 3`, in one spelling for each kind.
pub(crate) fn labels(text: &str) -> Vec<String> {
    static FURTHER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d+(?:\.\d+)*").expect("a constant"));
    let mut labels = Vec::new();
    for found in RULES.reference.captures_iter(text) {
        labels.extend(label_of(&found[0], &found[1]));
        labels.extend(FURTHER.find_iter(&found[2]).filter_map(|number| label_of(&found[0], number.as_str())));
    }
    labels.dedup();
    labels
}

/// Says the name of a thing, such as `the figure`, where a text says its label.
pub(crate) fn call_by_name(text: &str, label: &str, name: &str) -> String {
    RULES
        .reference
        .replace_all(text, |found: &Captures<'_>| {
            if label_of(&found[0], &found[1]).as_deref() != Some(label) || !found[2].is_empty() {
                return found[0].to_owned();
            }
            let lead: String = found[0].chars().take_while(|c| !c.is_alphabetic() && *c != '§').collect();
            let opens = found.get(0).is_some_and(|whole| whole.start() == 0);
            format!("{lead}{}", if opens { capitalised(name) } else { name.to_owned() })
        })
        .replace(&format!("{name} ("), &format!("{name}\u{0}("))
        .split('\u{0}')
        .map(without_letter)
        .collect()
}

/// `(c) shows` is `shows` where the letter named a part of the thing.
fn without_letter(text: &str) -> String {
    static LETTER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\([a-z]\)").expect("a constant"));
    if LETTER.is_match(text) {
        text[3..].to_owned()
    } else if text.starts_with('(') {
        format!(" {text}")
    } else {
        text.to_owned()
    }
}

fn label_of(whole: &str, number: &str) -> Option<String> {
    let kind: String =
        whole.trim_start_matches(|c: char| !c.is_alphabetic() && c != '§').chars().take(3).collect::<String>().to_lowercase();
    let kind = match kind.as_str() {
        "fig" | "abb" => "figure",
        "tab" => "table",
        "equ" | "eqn" | "eq." | "gle" | "gl." | "ecu" | "équ" | "eq" => "equation",
        "lis" => "listing",
        "alg" => "algorithm",
        _ => "place",
    };
    Some(format!("{kind} {}", number.trim_matches(['(', ')'])))
}

/// Keeps a bracket such as `(born in Ulm in 1879)` and drops one such as `(Smith, 2019; Lee 2020)`.
fn keep_unless_citation(found: &Captures<'_>) -> String {
    if is_citation(&found[1]) { String::new() } else { found[0].to_owned() }
}

fn is_citation(inner: &str) -> bool {
    static YEAR_AFTER_NAME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\p{Lu}[\p{L}'’.-]+(?:,| et al\.?,?| and colleagues,?|,? \(?eds?\.\)?,)\s+(?:in press|(?:1[89]|20)\d\d)")
            .expect("a constant")
    });
    static ONE_NAME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:\p{Lu}[\p{L}'’-]+)(?:\s+(?:&|and|und|et|y)\s+\p{Lu}[\p{L}'’-]+)?\s+(?:1[89]|20)\d\d[a-z]?(?:[,;:].*)?$")
            .expect("a constant")
    });
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let inner = inner.trim();
    let after_lead = ["see also ", "see ", "e.g., ", "e.g. ", "cf. ", "cf ", "for example, ", "siehe ", "vgl. ", "voir "]
        .iter()
        .find_map(|lead| inner.strip_prefix(lead))
        .unwrap_or(inner);
    let first = after_lead.to_lowercase();
    if MONTHS.iter().any(|month| first.starts_with(month)) || !after_lead.starts_with(char::is_uppercase) {
        return false;
    }
    YEAR_AFTER_NAME.is_match(after_lead) || ONE_NAME.is_match(after_lead)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::language::Language;
    use super::*;

    fn check(text: &str, expected: &str) {
        let left = strip(text, Language::English.phrases()).text;
        assert_eq!(left.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{text}");
    }

    #[test]
    fn citations_are_taken_out() {
        for (text, expected) in [
            ("Attention [12] helps [3, 4].", "Attention helps."),
            ("Attention helps [3–5, 9].", "Attention helps."),
            ("It grew (Smith, 2019; Lee 2020).", "It grew."),
            ("It grew (see Smith et al., 2019).", "It grew."),
            ("It grew (Smith & Lee 2020).", "It grew."),
            ("It grew [Smi19, LeK20].", "It grew."),
            ("It grew [Smith et al. 2019].", "It grew."),
            ("Smith et al. (2019) show it.", "Smith et al. show it."),
            ("Einstein (born in Ulm in 1879) wrote it.", "Einstein (born in Ulm in 1879) wrote it."),
            ("It ended (May 2019).", "It ended (May 2019)."),
            ("The method proposed by [7] is fast.", "The method is fast."),
            ("This extends the ideas of [7].", "This extends the ideas of earlier work."),
            ("[7] shows it.", "Earlier work shows it."),
            ("It holds[^1] for all.²", "It holds for all."),
            ("It holds†.", "It holds."),
            ("The interval [0, 1] is closed.", "The interval [0, 1] is closed."),
            ("The area is 5 km² large.", "The area is 5 km² large."),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn cross_references_are_taken_out_where_they_are_an_aside() {
        for (text, expected) in [
            ("It has two parts (see Section 3).", "It has two parts."),
            ("It has two parts (Fig. 2).", "It has two parts."),
            ("It has two parts (see Aaronson [12]).", "It has two parts."),
            ("It has two parts (Figs. 2 and 3, left).", "It has two parts."),
            ("It has two parts (cf. Eq. (4)).", "It has two parts."),
            ("As shown in Figure 3, it grows.", "it grows."),
            ("It grows, as described in Section 3.1.", "It grows."),
            ("Es wächst (siehe Abb. 4).", "Es wächst."),
            ("It is blue (or green).", "It is blue (or green)."),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn addresses_are_not_read_out() {
        check("It is at https://example.org/a?b=c.", "It is online");
        check("It is free (https://example.org).", "It is free.");
        check("It is known (doi:10.1000/182).", "It is known.");
        assert!(strip("Visit https://example.org now.", Language::English.phrases()).has_address);
        assert!(strip("Write to a@b.org now.", Language::English.phrases()).has_address);
        assert!(!strip("Node.js and main.rs are names.", Language::English.phrases()).has_address);
    }

    #[test]
    fn what_a_text_points_to_is_known() {
        let found = strip("Figure 3 shows it (see Fig. 4 and Table II).", Language::English.phrases());
        assert_eq!(found.mentions, ["figure 3", "figure 4", "table II"]);
        assert_eq!(found.leans_on, ["figure 3"]);
        assert_eq!(
            labels("Figures 9 and 10 give examples, Figures 1 to 4 more"),
            ["figure 9", "figure 10", "figure 1", "figure 4"]
        );
        assert!(labels("the figure is large and a page turns").is_empty());
    }

    #[test]
    fn pictograms_are_taken_out() {
        check("🚀 It is fast ✅ at 20 °C.", "It is fast at 20 °C.");
    }
}
