//! The work of a vendor for one scene, beside its job.

use domain::ports::{Errand, JobStore, PortError, Ticket, Tickets};
use domain::{ContentHash, InvalidTransition, Job, JobId};
use std::sync::atomic::{AtomicBool, Ordering};

/// Work at a vendor for a scene of a job.
pub(crate) struct SceneErrand<'a, J, T> {
    pub(crate) jobs: &'a J,
    pub(crate) tickets: &'a T,
    pub(crate) job: &'a Job,
    /// What the provider is called in its list.
    pub(crate) provider: &'a str,
    /// The address of what is asked for.
    pub(crate) asked: &'a ContentHash,
    /// Whether there is a ticket to be closed.
    pub(crate) is_open: AtomicBool,
}

impl<J: JobStore, T: Tickets> Errand for SceneErrand<'_, J, T> {
    async fn ticket(&self) -> Result<Option<Ticket>, PortError> {
        let Some(ticket) = self.tickets.find(&self.job.id, self.asked).await? else { return Ok(None) };
        if ticket.version != self.job.version {
            // The end of the former version must not end it.
            self.keep(&ticket.id).await?;
        }
        self.is_open.store(true, Ordering::Relaxed);
        Ok(Some(ticket))
    }

    async fn keep(&self, id: &str) -> Result<(), PortError> {
        let ticket = Ticket { provider: self.provider.to_owned(), version: self.job.version, id: id.to_owned(), end: None };
        self.tickets.save(&self.job.id, self.asked, &ticket).await?;
        self.is_open.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn close(&self) -> Result<(), PortError> {
        if self.is_open.swap(false, Ordering::Relaxed) {
            self.tickets.forget(&self.job.id, self.asked).await?;
        }
        Ok(())
    }

    async fn check_wanted(&self) -> Result<(), PortError> {
        let job = self.jobs.load(&self.job.id).await?;
        if job.status.is_final() {
            let change = "be illustrated any more";
            return Err(InvalidTransition { job: job.id, status: job.status, phase: job.phase, change }.into());
        }
        Ok(())
    }

    fn name(&self) -> (&JobId, &ContentHash) {
        (&self.job.id, self.asked)
    }
}
