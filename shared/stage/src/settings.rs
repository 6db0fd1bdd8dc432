//! Settings from the environment, read once at the start. A missing one stops the start and is named.

use domain::Money;
use std::str::FromStr;

/// A setting that is missing or cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// It is not there.
    #[error("the setting `{0}` is missing")]
    Missing(String),
    /// It is not of the expected form.
    #[error("the setting `{name}` is `{value}`, expected {expected}")]
    Malformed {
        /// Its name.
        name: String,
        /// What it says.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
}

/// Reads a setting that must be there.
pub fn required(name: &str) -> Result<String, SettingError> {
    optional(name).ok_or_else(|| SettingError::Missing(name.to_owned()))
}

/// Reads a setting that may be there; an empty one counts as missing.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn optional(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Reads a whole number, or takes the default.
pub fn number<T: FromStr>(name: &str, default: T) -> Result<T, SettingError> {
    match optional(name) {
        None => Ok(default),
        Some(value) => {
            value.parse().map_err(|_| SettingError::Malformed { name: name.to_owned(), value, expected: "a whole number" })
        }
    }
}

/// Reads an amount in US dollars, such as `2.50`, or takes the default.
pub fn dollars(name: &str, default: f64) -> Result<Money, SettingError> {
    let Some(value) = optional(name) else { return Ok(Money::usd(default)) };
    let amount = value.parse().ok().filter(|amount: &f64| (0.0..=1e9).contains(amount)).map(Money::usd);
    amount.ok_or_else(|| SettingError::Malformed {
        name: name.to_owned(),
        value,
        expected: "an amount in US dollars, such as `2.50`",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_setting_is_named() {
        let error = required("LECTERN_NO_SUCH_SETTING").expect_err("it is not set");
        assert_eq!(error.to_string(), "the setting `LECTERN_NO_SUCH_SETTING` is missing");
    }

    #[test]
    fn an_amount_has_a_default_and_a_form() {
        assert_eq!(dollars("LECTERN_NO_SUCH_SETTING", 1.5), Ok(Money(1_500_000_000)));
        assert!(dollars("PATH", 1.0).is_err());
    }

    #[test]
    fn a_number_has_a_default_and_a_form() {
        assert_eq!(number("LECTERN_NO_SUCH_SETTING", 24_u32), Ok(24));
        assert!(number::<u32>("PATH", 1).is_err());
    }
}
