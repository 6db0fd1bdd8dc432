//! One run of the state machine: one version of one job.

use crate::{InvalidId, JobId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A version of a job as it is worked on. In text, and as the name of its execution, `{job}-v{version}`: at most 76 of the 80
/// characters that Step Functions allows. As JSON, and as the input of its execution, `{"job": ..., "version": ...}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Run {
    /// The job.
    pub job: JobId,
    /// Which version of it, from 1.
    #[serde(default = "first_version")]
    pub version: u32,
}

/// The version of a job that was never revised.
pub(crate) fn first_version() -> u32 {
    1
}

impl Run {
    /// The run that makes the first version of a job.
    pub fn first(job: JobId) -> Self {
        Self { job, version: first_version() }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-v{}", self.job, self.version)
    }
}

/// A text that does not name a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRun {
    /// It does not end in `-v` and a number from 1.
    #[error("`{0}` does not end in `-v` and a version")]
    Version(String),
    /// What comes before is no id.
    #[error(transparent)]
    Job(#[from] InvalidId),
}

impl FromStr for Run {
    type Err = InvalidRun;

    fn from_str(name: &str) -> Result<Self, InvalidRun> {
        let missing = || InvalidRun::Version(name.to_owned());
        // From the right: an id may hold `-v` itself.
        let (job, version) = name.rsplit_once("-v").ok_or_else(missing)?;
        let version = version.parse().ok().filter(|&version| version > 0).ok_or_else(missing)?;
        Ok(Self { job: JobId::new(job)?, version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_read_back_by_its_name() {
        for (job, version) in [("j1", 1), ("0192-v2", 30), (&"x".repeat(64), u32::MAX)] {
            let run = Run { job: JobId::new(job).expect("valid"), version };
            assert_eq!(run.to_string().parse(), Ok(run.clone()));
            assert!(run.to_string().len() <= 80);
        }
    }

    #[test]
    fn other_names_are_no_runs() {
        for name in ["j1", "j1-v", "j1-v0", "j1-vx", "-v1", "a b-v1", "j1-v1 "] {
            assert!(name.parse::<Run>().is_err(), "{name:?}");
        }
    }
}
