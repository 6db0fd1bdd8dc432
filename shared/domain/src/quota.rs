//! How much one owner may ask for, so that nobody crowds the others out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What one owner may ask for. In text `jobs=10,uploads=20,active=10,gigabytes=20`; what is not named stays as it is by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Jobs and new versions that may be begun in one minute.
    pub jobs_a_minute: u32,
    /// Forms for uploads that are given out in one minute.
    pub uploads_a_minute: u32,
    /// Jobs that have not ended.
    pub active_jobs: u32,
    /// Bytes of documents and videos that are kept.
    pub stored_bytes: u64,
}

const GIGABYTE: u64 = 1_000_000_000;

impl Default for Limits {
    fn default() -> Self {
        Self { jobs_a_minute: 10, uploads_a_minute: 20, active_jobs: 10, stored_bytes: 20 * GIGABYTE }
    }
}

impl FromStr for Limits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Self::default();
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, count) =
                pair.split_once('=').ok_or_else(|| format!("`{pair}` is not a name and a number, as in `jobs=10`"))?;
            let count: u32 = count.parse().map_err(|_| format!("`{count}` of `{name}` is not a whole number"))?;
            match name {
                "jobs" => limits.jobs_a_minute = count,
                "uploads" => limits.uploads_a_minute = count,
                "active" => limits.active_jobs = count,
                "gigabytes" => limits.stored_bytes = u64::from(count) * GIGABYTE,
                other => return Err(format!("`{other}` is not a limit: expected jobs, uploads, active or gigabytes")),
            }
        }
        Ok(limits)
    }
}

/// Something that is counted by the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Jobs and new versions.
    Jobs,
    /// Forms for uploads.
    Uploads,
}

impl Counted {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Jobs => "jobs",
            Self::Uploads => "uploads",
        }
    }
}

/// Minutes since 1970: what is counted in one is forgotten in the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(pub i64);

impl Minute {
    /// The minute of a time.
    pub fn of(now: Timestamp) -> Self {
        Self(now.as_second().div_euclid(60))
    }

    /// Seconds until the next one, from 1 to 60.
    pub fn seconds_left(now: Timestamp) -> u64 {
        u64::try_from(60 - now.as_second().rem_euclid(60)).unwrap_or(60)
    }
}

/// A limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// Too much in this minute.
    Minute(Counted, u32),
    /// Too many jobs that have not ended.
    Active(u32),
    /// Too many bytes are kept.
    Stored(u64),
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minute(counted, limit) => write!(f, "{limit} {} a minute are taken from one user", counted.word()),
            Self::Active(limit) => write!(f, "{limit} jobs of one user may be under way at once; wait for one or cancel it"),
            Self::Stored(limit) => {
                write!(f, "{} GB are kept for one user; wait until old videos expire", limit / GIGABYTE)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_a_wrong_one_is_named() {
        assert_eq!("".parse(), Ok(Limits::default()));
        let limits: Limits = "jobs=3, gigabytes=1".parse().expect("they are limits");
        assert_eq!((limits.jobs_a_minute, limits.active_jobs, limits.stored_bytes), (3, 10, GIGABYTE));
        for (text, named) in [("jobs", "`jobs`"), ("jobs=x", "`x`"), ("jbos=3", "`jbos`"), ("jobs=-1", "`-1`")] {
            let error = text.parse::<Limits>().expect_err("it is wrong");
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn a_minute_ends_on_the_minute() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        assert_eq!((Minute::of(at(119)), Minute::of(at(120))), (Minute(1), Minute(2)));
        assert_eq!((Minute::seconds_left(at(119)), Minute::seconds_left(at(120))), (1, 60));
    }
}
