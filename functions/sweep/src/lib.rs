//! Puts right what events did not: runs on a schedule and trusts nothing but the records, the executions and the buckets.
//!
//! In: which task, from the schedule. `reconcile` (every few minutes) ends jobs whose execution is over, starts those whose start
//! was lost, takes in uploads whose event was lost, and lets reservations expire. `retain` (every hour) deletes what is older
//! than it may be and what belongs to no job.
//! Out: what was done, in numbers. Fails if something is away, after it has done all that could be done; the next run makes up for it.
//! A record that cannot be read is logged, counted and passed over.

mod reconcile;
mod retain;
mod stale;

use domain::Failure;
use domain::ports::{Executions, Housekeeping, JobStore, UploadStore};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Which task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Input {
    /// Put jobs right.
    Reconcile,
    /// Delete what is old.
    Retain,
}

/// What was done.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Jobs whose execution was over.
    pub ended: u32,
    /// Jobs whose execution was missing and is started now.
    pub started: u32,
    /// Jobs for which nothing was uploaded in time.
    pub expired: u32,
    /// Uploads that were taken in because their event may have been lost.
    pub taken_in: u32,
    /// Objects that were deleted.
    pub deleted: u32,
    /// Records that cannot be read. Nobody but a person can mend them.
    pub unreadable: u32,
}

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Work that can be made again.
    pub intermediates: SignedDuration,
    /// Videos and all that belongs to jobs.
    pub videos: SignedDuration,
}

/// Does one task.
pub async fn handle(
    jobs: &impl JobStore,
    executions: &impl Executions,
    uploads: &impl UploadStore,
    housekeeping: &impl Housekeeping,
    retention: Retention,
    now: Timestamp,
    input: Input,
) -> Result<Output, Failure> {
    let output = match input {
        Input::Reconcile => reconcile::reconcile(jobs, executions, uploads, retention.videos, now).await?,
        Input::Retain => retain::retain(jobs, housekeeping, retention, now).await?,
    };
    tracing::info!(stage = "sweep", ?input, ?output, "finished");
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_name_their_tasks() {
        for (sample, task) in [
            (include_str!("../../../events/sweep/reconcile.json"), Input::Reconcile),
            (include_str!("../../../events/sweep/retain.json"), Input::Retain),
        ] {
            assert_eq!(serde_json::from_str::<Input>(sample).expect("parses"), task);
        }
    }
}
