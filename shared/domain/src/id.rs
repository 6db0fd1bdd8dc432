//! Identifiers as types, so that a job is never mistaken for its owner and no id can smuggle a path separator into a key.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A string that does not have the form of the id it was given for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not a valid {what}: expected 1 to {max} of a-z, A-Z, 0-9, `-`, `_`")]
pub struct InvalidId {
    what: &'static str,
    max: usize,
    value: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the form of an id.
            pub fn new(value: impl Into<String>) -> Result<Self, InvalidId> {
                let value = value.into();
                let well_formed = !value.is_empty()
                    && value.len() <= $max
                    && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                if well_formed { Ok(Self(value)) } else { Err(InvalidId { what: $what, max: $max, value }) }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(value: String) -> Result<Self, InvalidId> {
                Self::new(value)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id!(
    /// A job. Part of the name of its executions, hence at most 64 of the 80 characters Step Functions allows.
    JobId, "job id", 64
);
id!(
    /// Whoever a job and its files belong to: the `sub` of the user pool.
    OwnerId, "owner id", 64
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_folder() {
        for bad in ["", "../x", "a/b", "a b", "é", "a\n", &"x".repeat(65)] {
            assert!(JobId::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(JobId::new("0192-ab_C").map(|id| id.to_string()), Ok("0192-ab_C".to_owned()));
    }

    #[test]
    fn an_id_is_checked_when_it_is_read() {
        assert!(serde_json::from_str::<OwnerId>("\"a/b\"").is_err());
    }
}
