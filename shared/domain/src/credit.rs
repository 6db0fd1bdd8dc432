//! Who made a picture.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Who made the picture of a scene. In text, what is written below it: `flux-schnell (replicate)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The provider, by the word of its adapter.
    pub provider: String,
    /// The model, where the provider has several.
    pub model: Option<String>,
}

impl fmt::Display for Credit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of `black-forest-labs/flux-schnell` the name alone.
        match self.model.as_deref().and_then(|model| model.rsplit('/').next()) {
            Some(model) => write!(f, "{model} ({})", self.provider),
            None => f.write_str(&self.provider),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credit_names_the_model_without_its_owner() {
        let credit = |model: Option<&str>| Credit { provider: "replicate".to_owned(), model: model.map(str::to_owned) };
        assert_eq!(credit(Some("black-forest-labs/flux-schnell")).to_string(), "flux-schnell (replicate)");
        assert_eq!(credit(None).to_string(), "replicate");
    }
}
