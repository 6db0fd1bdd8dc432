//! Languages as MP4 names them.

/// The three-letter code that MP4 carries (ISO 639-2/T) for the language of a tag; `und` where we do not know it.
pub(super) fn three_letters(tag: &str) -> &str {
    const CODES: [(&str, &str); 30] = [
        ("ar", "ara"),
        ("bg", "bul"),
        ("ca", "cat"),
        ("cs", "ces"),
        ("da", "dan"),
        ("de", "deu"),
        ("el", "ell"),
        ("en", "eng"),
        ("es", "spa"),
        ("et", "est"),
        ("fi", "fin"),
        ("fr", "fra"),
        ("he", "heb"),
        ("hi", "hin"),
        ("hr", "hrv"),
        ("hu", "hun"),
        ("it", "ita"),
        ("ja", "jpn"),
        ("ko", "kor"),
        ("nl", "nld"),
        ("no", "nor"),
        ("pl", "pol"),
        ("pt", "por"),
        ("ro", "ron"),
        ("ru", "rus"),
        ("sv", "swe"),
        ("tr", "tur"),
        ("uk", "ukr"),
        ("vi", "vie"),
        ("zh", "zho"),
    ];
    let primary = tag.split('-').next().unwrap_or(tag);
    match CODES.iter().find(|(two, _)| two.eq_ignore_ascii_case(primary)) {
        Some((_, three)) => three,
        None if primary.len() == 3 => primary,
        None => "und",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_the_codes_of_mp4() {
        for (tag, expected) in [("en", "eng"), ("en-GB", "eng"), ("DE", "deu"), ("gsw", "gsw"), ("x", "und"), ("", "und")] {
            assert_eq!(three_letters(tag), expected);
        }
    }
}
