//! Which words of an English sentence are likely verbs: enough to tell a statement from a piece of one.

use std::collections::HashSet;
use std::sync::LazyLock;

const FORMS: &str = "is are was were am be been being has have had having do does did can could may might must shall should will would cannot can't don't \
    doesn't isn't aren't wasn't won't became become becomes began begins begin brings brought built builds build came comes come chose chosen draws drew drawn \
    fell falls fall felt finds found find gets got get forget forgets forgot forgotten gives gave given give goes went go grew grows grow held holds hold keeps kept keep knew knows known know led leads \
    lead leaves left leave lies loses lost lose makes made make means meant mean met meets pays paid puts put ran runs run rises rose said says say saw sees seen \
    see sends sent send sets set shows shown show speaks spoke spends spent stands stood takes took taken take tells told tell thinks thought think \
    understood understands wins won win writes wrote written write lets let cuts cut hits hit splits split spreads spread catches caught fights forms";

const STEMS: &str = "accept access achieve act adapt add address adjust affect aim allocate allow alter analyze appear apply approach argue arrive ask assemble assert \
    assign assist assume attach attempt avoid balance base behave belong bind block borrow cache calculate call capture carry cause change check clarify \
    classify clean close collect combine communicate compare compete compile complete compose comprise compute concern conclude configure confirm connect \
    consider consist constrain construct consume contain continue contribute control convert coordinate copy correspond cost count cover create decide declare \
    decrease define delete deliver demonstrate depend deploy derive describe design desire detect determine develop differ disable discover discuss display \
    distinguish distribute divide drop eliminate embed emerge employ enable encode encrypt encounter enforce ensure enter equal establish estimate evaluate evolve \
    examine exceed exchange exclude execute exist expand expect experience explain exploit explore export express extend extract face fail fill filter fit fix \
    focus follow force free function generate guarantee guide handle happen help hide identify ignore illustrate impact implement imply import improve include \
    incorporate increase increment indicate infer influence inform inherit initialize insert inspect inspire install integrate intend interact introduce invoke \
    involve isolate issue iterate join last launch learn lie limit link list listen live load locate lock look maintain manage map mark match measure \
    mention merge minimize model modify monitor move name need note notice notify observe obtain occur offer open operate optimize order organize outperform overcome own \
    parse partition pass perform permit place plan play point possess predict prefer prepare present preserve prevent process produce promise propagate propose protect \
    prove provide publish push raise reach react read receive recognize record recover reduce refer reflect register reject relate release rely remain remove render \
    repeat replace reply report represent request require resolve respond rest restrict result retain retrieve return reuse reveal run sample satisfy save scale \
    schedule search select seem separate serve share ship simplify simulate solve sort specify start stay stop store study submit succeed suffer suggest supply support suppose switch synchronize \
    target tend terminate test trace track train transfer transform translate transmit treat trigger try turn update upload use validate vary verify view visit \
    wait want warn wish work yield";

/// Words before which a form that could be a verb is a noun.
const BEFORE_NOUNS: &[&str] = &[
    "the",
    "a",
    "an",
    "this",
    "these",
    "those",
    "its",
    "their",
    "our",
    "his",
    "her",
    "my",
    "your",
    "of",
    "in",
    "for",
    "with",
    "by",
    "on",
    "from",
    "at",
    "into",
    "each",
    "every",
    "any",
    "some",
    "no",
    "many",
    "several",
    "all",
    "both",
    "such",
    "more",
    "most",
    "other",
    "new",
    "first",
    "same",
    "different",
    "two",
    "three",
    "between",
    "as",
    "via",
    "per",
];

static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| FORMS.split_whitespace().collect());
static BASES: LazyLock<HashSet<&str>> = LazyLock::new(|| STEMS.split_whitespace().collect());

/// Whether a word, in lower case and without marks, is likely a verb behind the word before it.
pub(crate) fn is_verb(word: &str, before: Option<&str>) -> bool {
    if before.is_some_and(|before| BEFORE_NOUNS.contains(&before)) {
        return false;
    }
    WORDS.contains(word) || BASES.contains(word) || bases(word).any(|base| BASES.contains(base.as_str()))
}

/// Whether a word is a form of to be, to have or to do, or a modal verb.
pub(crate) fn is_auxiliary(word: &str) -> bool {
    [
        "is", "are", "was", "were", "be", "been", "has", "have", "had", "do", "does", "did", "can", "could", "may", "might",
        "must", "shall", "should", "will", "would", "needs", "consists", "means",
    ]
    .contains(&word)
}

/// Whether an English sentence begins with its verb, as in a manual: `Returns the length`, `Closes with a soft click`. Said aloud it
/// lacks somebody who does it.
pub(crate) fn lacks_subject(sentence: &str) -> bool {
    const OPEN_AN_OBJECT: [&str; 14] =
        ["the", "a", "an", "all", "each", "every", "its", "their", "whether", "that", "your", "this", "any", "no"];
    const OPEN_A_PLACE: [&str; 11] = ["with", "to", "in", "on", "from", "for", "by", "into", "as", "at", "when"];
    let words: Vec<String> =
        sentence.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()).collect();
    let [first, second, rest @ ..] = words.as_slice() else { return false };
    let acts = first.ends_with('s') && !is_auxiliary(first) && is_verb(first, None) && !BASES.contains(first.as_str());
    let before = std::iter::once(second).chain(rest);
    let has_another = || rest.iter().zip(before).any(|(word, before)| is_verb(word, Some(before)));
    acts && (OPEN_AN_OBJECT.contains(&second.as_str()) || OPEN_A_PLACE.contains(&second.as_str()) && !has_another())
}

/// Whether an English sentence tells its reader to do something: `Ask students how they prepare`.
pub(crate) fn is_order(sentence: &str) -> bool {
    const ORDERS: [&str; 8] = ["let", "take", "give", "get", "put", "write", "see", "think"];
    let mut words = sentence.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default().to_lowercase(), words.next().unwrap_or_default());
    let is_base = BASES.contains(first.as_str()) || ORDERS.contains(&first.as_str());
    is_base && !is_verb(second, Some(&first))
}

fn bases(word: &str) -> impl Iterator<Item = String> {
    let cut = |end: &str, with: &str| word.strip_suffix(end).map(|start| format!("{start}{with}"));
    let doubled = |end: &str| {
        let start = word.strip_suffix(end)?;
        let last = start.chars().next_back()?;
        start.ends_with(&format!("{last}{last}")).then(|| start[..start.len() - last.len_utf8()].to_owned())
    };
    [
        cut("s", ""),
        cut("es", ""),
        cut("ies", "y"),
        cut("ed", ""),
        cut("d", ""),
        cut("ied", "y"),
        cut("ing", ""),
        cut("ing", "e"),
        doubled("ed"),
        doubled("ing"),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_begin_with_their_verb_are_told() {
        for (sentence, expected) in [
            ("Returns the length of the file.", true),
            ("Records a sound every ten minutes.", true),
            ("Closes with a soft click.", true),
            ("Tests with rats show that it works.", false),
            ("Files sort by themselves.", false),
            ("Choose a place above the ground.", false),
            ("This closes the lid.", false),
            ("Is the lid closed?", false),
            ("Stop.", false),
        ] {
            assert_eq!(lacks_subject(sentence), expected, "{sentence}");
        }
    }

    #[test]
    fn orders_are_told_from_statements() {
        for (sentence, expected) in [
            ("Ask students how they prepare.", true),
            ("Write the name of the file.", true),
            ("Tests are independent.", false),
            ("Water covers every sound.", false),
            ("Work is done.", false),
        ] {
            assert_eq!(is_order(sentence), expected, "{sentence}");
        }
    }

    #[test]
    fn verbs_are_known_by_their_forms_and_neighbours() {
        for (word, before, expected) in [
            ("uses", Some("server"), true),
            ("uses", Some("many"), false),
            ("stopped", Some("it"), true),
            ("applies", None, true),
            ("is", Some("it"), true),
            ("network", Some("a"), false),
            ("representations", None, false),
        ] {
            assert_eq!(is_verb(word, before), expected, "{word}");
        }
    }
}
