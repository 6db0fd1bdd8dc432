//! Work at a vendor that somebody in a test waits for.

use crate::store::lock;
use domain::ports::{Errand, PortError, Ticket};
use domain::{ContentHash, InvalidTransition, JobId, Phase, Status};
use std::sync::Mutex;

/// An errand with what was kept of it.
#[derive(Debug)]
pub struct MemoryErrand {
    job: JobId,
    asked: ContentHash,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    ticket: Option<Ticket>,
    kept: Vec<String>,
    is_unwanted: bool,
}

impl Default for MemoryErrand {
    fn default() -> Self {
        Self { job: crate::job_id(), asked: ContentHash::of(["asked"]), state: Mutex::default() }
    }
}

impl MemoryErrand {
    /// An errand on which somebody was before, who kept this id.
    pub fn begun(id: &str) -> Self {
        let errand = Self::default();
        lock(&errand.state).ticket = Some(ticket(id));
        errand
    }

    /// From now on nobody wants it any more.
    pub fn cancel(&self) {
        lock(&self.state).is_unwanted = true;
    }

    /// Notes how the work ended, as a vendor tells by itself.
    pub fn end(&self, end: &str) {
        if let Some(ticket) = lock(&self.state).ticket.as_mut() {
            ticket.end = Some(end.to_owned());
        }
    }

    /// All ids that were ever kept.
    pub fn kept(&self) -> Vec<String> {
        lock(&self.state).kept.clone()
    }

    /// Whether there is work that was not closed.
    pub fn is_open(&self) -> bool {
        lock(&self.state).ticket.is_some()
    }
}

fn ticket(id: &str) -> Ticket {
    Ticket { provider: "a vendor".to_owned(), version: 1, id: id.to_owned(), end: None }
}

impl Errand for MemoryErrand {
    async fn ticket(&self) -> Result<Option<Ticket>, PortError> {
        Ok(lock(&self.state).ticket.clone())
    }

    async fn keep(&self, id: &str) -> Result<(), PortError> {
        let mut state = lock(&self.state);
        state.ticket = Some(ticket(id));
        state.kept.push(id.to_owned());
        Ok(())
    }

    async fn close(&self) -> Result<(), PortError> {
        lock(&self.state).ticket = None;
        Ok(())
    }

    async fn check_wanted(&self) -> Result<(), PortError> {
        let (job, status, phase) = (self.job.clone(), Status::Cancelled, Phase::Scenes);
        let refused = InvalidTransition { job, status, phase, change: "be waited for" };
        if lock(&self.state).is_unwanted { Err(refused.into()) } else { Ok(()) }
    }

    fn name(&self) -> (&JobId, &ContentHash) {
        (&self.job, &self.asked)
    }
}
