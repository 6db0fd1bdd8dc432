//! What a provider offers, as it was last asked.

use crate::Failure;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a provider said, and when. A provider that did not answer keeps what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// When it was asked.
    pub at: Timestamp,
    /// The ids of its models.
    pub models: Vec<String>,
    /// Why it did not answer, where it did not.
    pub failure: Option<Failure>,
}

impl Catalogue {
    /// More models than anybody reads; a record in the table holds 400 kB.
    pub const MOST_MODELS: usize = 1000;

    /// What is to be kept after a provider was asked.
    pub fn after(before: Option<Self>, answer: Result<Vec<String>, Failure>, at: Timestamp) -> Self {
        match answer {
            Ok(mut models) => {
                models.truncate(Self::MOST_MODELS);
                Self { at, models, failure: None }
            }
            Err(failure) => Self { at, models: before.map_or_else(Vec::new, |before| before.models), failure: Some(failure) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    #[test]
    fn a_provider_that_does_not_answer_keeps_what_it_said_before() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        let first = Catalogue::after(None, Ok(vec!["a".to_owned(); 2000]), at(1));
        assert_eq!((first.models.len(), &first.failure), (Catalogue::MOST_MODELS, &None));
        let away = Failure::new(Code::DependencyUnavailable, "no answer");
        let second = Catalogue::after(Some(first.clone()), Err(away.clone()), at(2));
        assert_eq!((second.models, second.failure, second.at), (first.models, Some(away), at(2)));
    }
}
