//! What a provider offers, as it was last asked.

use crate::Failure;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The voices of our own engine, separated by blanks: the languages and accents that espeak-ng 1.52 lists (`espeak-ng --voices`).
pub const EMBEDDED_VOICES: &str = "\
    af am an ar as az ba be bg bn bpy bs ca ca-ba ca-nw ca-va chr-US-Qaaa-x-west cmn cmn-latn-pinyin cs cv cy da de el \
    en-029 en-gb en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd en-gb-x-rp en-shaw en-us en-us-nyc eo es es-419 et eu fa \
    fa-latn fi fo fr-be fr-ch fr-fr ga gd gn grc gu hak haw he hi hr ht hu hy hyw ia id io is it ja jbo ka kaa kk kl kn \
    ko kok ku ky la lb lfn lt ltg lv mi mk ml mr ms mt mto my nb nci ne nl nog om or pa pap piqd pl pt pt-br py qdb qu \
    quc qya ro ru ru-cl ru-lv sd shn si sjn sk sl smj sq sr sv sw ta te th ti tk tn tr tt ug uk ur uz vi \
    vi-vn-x-central vi-vn-x-south xex yue";

/// What there is to choose from at a provider, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Offer {
    /// The ids of its models.
    pub models: Vec<String>,
    /// The names of its voices, as they are asked for.
    #[serde(default)]
    pub voices: Vec<String>,
}

/// What a provider said, and when. A provider that did not answer keeps what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// When it was asked.
    pub at: Timestamp,
    /// What it offers.
    #[serde(flatten)]
    pub offer: Offer,
    /// Why it did not answer, where it did not.
    pub failure: Option<Failure>,
}

impl Catalogue {
    /// More than anybody reads, of each; a record in the table holds 400 kB.
    pub const MOST_OFFERED: usize = 1000;

    /// What is to be kept after a provider was asked.
    pub fn after(before: Option<Self>, answer: Result<Offer, Failure>, at: Timestamp) -> Self {
        match answer {
            Ok(mut offer) => {
                offer.models.truncate(Self::MOST_OFFERED);
                offer.voices.truncate(Self::MOST_OFFERED);
                Self { at, offer, failure: None }
            }
            Err(failure) => Self { at, offer: before.map(|before| before.offer).unwrap_or_default(), failure: Some(failure) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn a_provider_that_does_not_answer_keeps_what_it_said_before() {
        let many = vec!["a".to_owned(); 2000];
        let first = Catalogue::after(None, Ok(Offer { models: many.clone(), voices: many }), at(1));
        let most = Catalogue::MOST_OFFERED;
        assert_eq!((first.offer.models.len(), first.offer.voices.len(), &first.failure), (most, most, &None));
        let away = Failure::new(Code::DependencyUnavailable, "no answer");
        let second = Catalogue::after(Some(first.clone()), Err(away.clone()), at(2));
        assert_eq!((second.offer, second.failure, second.at), (first.offer, Some(away), at(2)));
    }

    #[test]
    fn what_was_kept_before_voices_were_asked_for_is_still_read() {
        let kept: Catalogue =
            serde_json::from_str(r#"{"at": "1970-01-01T00:00:01Z", "models": ["a"], "failure": null}"#).expect("it is read");
        assert_eq!(kept.offer, Offer { models: vec!["a".to_owned()], voices: vec![] });
    }
}
