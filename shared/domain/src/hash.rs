//! Content addresses: the same inputs give the same name, so that finished work is found and never made twice.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The first 160 bits of a SHA-256, as 40 lower-case hexadecimal digits.
///
/// 160 bits keep keys short; a collision among 2^64 artefacts stays less likely than one in 2^32.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(String);

impl ContentHash {
    /// Hashes the parts that make an artefact, each with its length, so that `["ab", "c"]` and `["a", "bc"]` differ.
    pub fn of<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Self {
        let mut sha = Sha256::new();
        for part in parts {
            let part = part.as_ref();
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part);
        }
        Self(sha.finalize().iter().take(20).map(|byte| format!("{byte:02x}")).collect())
    }

    /// Hashes the JSON form of a value together with a label that names the artefact and its version.
    pub fn of_json(label: &str, value: &impl Serialize) -> Self {
        let json = serde_json::to_vec(value).expect("our own data types always have a JSON form");
        Self::of([label.as_bytes(), &json])
    }

    /// Reads digits that came from outside; none where they are not those of a hash.
    pub fn parse(digits: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (digits.len() == 40 && digits.bytes().all(is_digit)).then(|| Self(digits.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_from_outside_are_those_of_a_hash_or_nothing() {
        let hash = ContentHash::of(["ab"]);
        assert_eq!(ContentHash::parse(hash.as_str()), Some(hash));
        for wrong in ["", "../../x", &"A".repeat(40), &"0".repeat(41)] {
            assert_eq!(ContentHash::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn borders_between_parts_count() {
        assert_ne!(ContentHash::of(["ab", "c"]), ContentHash::of(["a", "bc"]));
        assert_eq!(ContentHash::of(["ab", "c"]), ContentHash::of(["ab", "c"]));
    }
}
