//! Goes through the list of jobs that did not change lately, page by page.

use domain::ports::{JobStore, PortError};
use domain::{Job, Status};
use jiff::Timestamp;

/// Jobs, and how many records among them cannot be read.
#[derive(Debug, Default)]
pub(crate) struct Stale {
    pub(crate) jobs: Vec<Job>,
    pub(crate) unreadable: u32,
}

/// The jobs of one status that last changed before a time, the longest unchanged first, until there are so many.
pub(crate) async fn list(jobs: &impl JobStore, status: Status, before: Timestamp, most: usize) -> Result<Stale, PortError> {
    let mut stale = Stale::default();
    let mut after = None;
    loop {
        let page = jobs.list_stale(status, before, after.as_deref()).await?;
        for reason in page.unreadable {
            tracing::error!(stage = "sweep", reason, "a record cannot be read");
            stale.unreadable += 1;
        }
        stale.jobs.extend(page.jobs);
        after = page.next;
        if after.is_none() || stale.jobs.len() >= most {
            stale.jobs.truncate(most);
            return Ok(stale);
        }
    }
}
