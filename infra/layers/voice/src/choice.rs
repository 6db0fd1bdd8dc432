//! Chooses the voice.

/// What is spoken where the language alone would leave a choice, or espeak-ng has another word for it.
const PREFERRED: [(&str, &str); 6] =
    [("en", "en-us"), ("fr", "fr-fr"), ("pt", "pt-br"), ("zh", "cmn"), ("no", "nb"), ("vi", "vi")];

/// Spoken where the language is not known or has no voice.
const DEFAULT: &str = "en-us";

/// A voice that was asked for and is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no voice `{asked}`; there are, among others: {}", .some.join(", "))]
pub(crate) struct UnknownVoice {
    asked: String,
    some: Vec<String>,
}

/// The voice that was asked for, or the best one for the language.
///
/// A voice is a name of `voices`, compared without regard to case, with a variant behind a `+` where wanted: `en-gb+f3`.
pub(crate) fn choose(
    asked: Option<&str>,
    language: Option<&str>,
    voices: &[String],
    variants: &[String],
) -> Result<String, UnknownVoice> {
    match asked {
        Some(asked) => find(asked, voices, variants).ok_or_else(|| unknown(asked, language, voices)),
        None => Ok(for_language(language.unwrap_or(DEFAULT), voices)),
    }
}

fn find(asked: &str, voices: &[String], variants: &[String]) -> Option<String> {
    let (name, variant) = match asked.split_once('+') {
        Some((name, variant)) => (name, Some(variant)),
        None => (asked, None),
    };
    let name = matching(name, voices).or_else(|| preferred(name).and_then(|name| matching(name, voices)))?;
    match variant {
        None => Some(name),
        Some(variant) => matching(variant, variants).map(|variant| format!("{name}+{variant}")),
    }
}

fn for_language(tag: &str, voices: &[String]) -> String {
    let primary = tag.split('-').next().unwrap_or(tag);
    let is_regional = |voice: &&String| voice.strip_prefix(primary).is_some_and(|rest| rest.starts_with('-'));
    let exact = |name: &str| matching(name, voices);
    (tag != primary)
        .then(|| exact(tag))
        .flatten()
        .or_else(|| preferred(primary).and_then(exact))
        .or_else(|| exact(primary))
        .or_else(|| voices.iter().find(is_regional).cloned())
        .unwrap_or_else(|| DEFAULT.to_owned())
}

fn preferred(language: &str) -> Option<&'static str> {
    PREFERRED.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(language)).map(|(_, voice)| *voice)
}

fn matching(name: &str, names: &[String]) -> Option<String> {
    names.iter().find(|candidate| candidate.eq_ignore_ascii_case(name)).cloned()
}

/// Names a few voices that may have been meant: those of the same language first.
fn unknown(asked: &str, language: Option<&str>, voices: &[String]) -> UnknownVoice {
    let near = |voice: &&String| {
        let starts = |prefix: &str| prefix.len() >= 2 && voice.get(..2).is_some_and(|start| prefix.starts_with(start));
        starts(asked) || language.is_some_and(starts)
    };
    let (close, far): (Vec<&String>, Vec<&String>) = voices.iter().partition(near);
    UnknownVoice { asked: asked.to_owned(), some: close.into_iter().chain(far).take(12).cloned().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn chosen(asked: Option<&str>, language: Option<&str>) -> Result<String, UnknownVoice> {
        let voices = names(&["cmn", "de", "en-gb", "en-us", "es", "es-419", "fr-be", "fr-fr", "hy", "hyw", "pt", "pt-br"]);
        choose(asked, language, &voices, &names(&["f3", "whisper", "Mr serious"]))
    }

    #[test]
    fn every_language_has_its_voice() {
        for (language, expected) in [
            ("en", "en-us"),
            ("en-GB", "en-gb"),
            ("en-AU", "en-us"),
            ("de", "de"),
            ("de-AT", "de"),
            ("fr", "fr-fr"),
            ("zh", "cmn"),
            ("es-MX", "es"),
            ("pt-PT", "pt-br"),
            ("hy", "hy"),
            ("tlh", "en-us"),
        ] {
            assert_eq!(chosen(None, Some(language)), Ok(expected.to_owned()), "{language}");
        }
        assert_eq!(chosen(None, None), Ok("en-us".to_owned()));
    }

    #[test]
    fn a_voice_is_taken_as_asked() {
        assert_eq!(chosen(Some("EN-GB"), Some("de")), Ok("en-gb".to_owned()));
        assert_eq!(chosen(Some("en"), None), Ok("en-us".to_owned()));
        assert_eq!(chosen(Some("en-gb+F3"), None), Ok("en-gb+f3".to_owned()));
    }

    #[test]
    fn an_unknown_voice_is_refused_with_some_that_are_known() {
        let refused = chosen(Some("english"), Some("de")).expect_err("no such voice");
        assert_eq!(refused.some[..3], ["de", "en-gb", "en-us"]);
        assert!(chosen(Some("en-gb+nobody"), None).is_err());
        assert!(chosen(Some(""), None).is_err());
    }
}
