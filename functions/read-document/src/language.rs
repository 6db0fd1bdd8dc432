//! The language of a text, by its script and its most frequent words.

/// Function words that are frequent in one language and rare in the others.
const WORDS: &[(&str, &[&str])] = &[
    ("en", &["the", "of", "and", "to", "is", "that", "for", "with", "are", "this", "be", "which", "it", "from"]),
    ("de", &["der", "die", "und", "das", "ist", "nicht", "mit", "von", "den", "ein", "eine", "auf", "werden", "sich"]),
    ("fr", &["le", "les", "des", "et", "est", "une", "dans", "pour", "que", "qui", "pas", "sur", "du", "au"]),
    ("es", &["el", "los", "las", "y", "una", "que", "por", "para", "con", "del", "es", "se", "como", "más"]),
    ("it", &["il", "che", "di", "è", "una", "per", "della", "con", "non", "sono", "gli", "nel", "dei", "si"]),
    ("pt", &["o", "os", "que", "não", "uma", "para", "com", "do", "da", "em", "dos", "ao", "são", "por"]),
    ("nl", &["het", "een", "van", "en", "de", "dat", "niet", "zijn", "voor", "met", "op", "wordt", "aan", "ook"]),
    ("pl", &["nie", "się", "jest", "na", "do", "że", "jak", "przez", "lub", "oraz", "tym", "dla", "jego", "są"]),
    ("sv", &["och", "att", "det", "som", "är", "för", "inte", "på", "med", "av", "den", "till", "har", "ett"]),
];

/// A BCP 47 tag for the language of a text; none if it is too short or no language stands out.
pub(crate) fn detect(texts: &[&str]) -> Option<String> {
    let sample: String = texts.iter().flat_map(|text| text.chars().chain([' '])).take(40_000).collect();
    if let Some(tag) = domain::language_of_script(sample.chars()) {
        return Some(tag.to_owned());
    }
    let lower = sample.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let hits = |known: &[&str]| words.iter().filter(|word| known.contains(word)).count();
    let (tag, most) = WORDS.iter().map(|(tag, known)| (*tag, hits(known))).max_by_key(|(_, hits)| *hits)?;
    (most * 12 >= words.len() && most >= 3).then(|| tag.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart() {
        let check = |text: &str, tag: Option<&str>| assert_eq!(detect(&[text]).as_deref(), tag, "{text}");
        check("The water of the oceans follows the Moon, and that is the reason for tides.", Some("en"));
        check("Das Wasser der Meere folgt dem Mond, und das ist der Grund, dass die Flut mit ihm kommt.", Some("de"));
        check("L'eau des mers suit la Lune, et c'est la raison des marées dans le monde pour les côtes.", Some("fr"));
        check("Вода океанов следует за Луной.", Some("ru"));
        check("潮の満ち引きは月の引力によって起こる。", Some("ja"));
        check("12 34", None);
    }
}
