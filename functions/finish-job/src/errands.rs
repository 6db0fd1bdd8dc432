//! Work at vendors that nobody waits for any more.

use domain::ports::{PortError, Ticket, Tickets};
use domain::{ContentHash, JobId, Run};
use futures_util::future::join_all;
use std::future::Future;
use std::time::Duration;

/// How long one vendor is waited for. What is not given up in time ends at the vendor by itself.
const PATIENCE: Duration = Duration::from_secs(8);

/// Whoever tells vendors to give up.
pub trait GivesUp: Send + Sync {
    /// Tells the vendor of a ticket.
    fn give_up(&self, ticket: &Ticket) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Gives up what vendors do for a run that has ended, or did for one before it. That this fails does not keep the job from its end.
pub(crate) async fn give_up(tickets: &impl Tickets, vendors: &impl GivesUp, run: &Run) {
    let open = match tickets.open(&run.job).await {
        Ok(open) => open,
        Err(error) => {
            tracing::warn!(stage = "finish-job", job = run.job.as_str(), %error, "the work at vendors cannot be looked up");
            return;
        }
    };
    let unwanted = open.into_iter().filter(|(_, ticket)| ticket.version <= run.version);
    join_all(unwanted.map(|(asked, ticket)| give_up_one(tickets, vendors, &run.job, asked, ticket))).await;
}

async fn give_up_one(tickets: &impl Tickets, vendors: &impl GivesUp, job: &JobId, asked: ContentHash, ticket: Ticket) {
    let away = || PortError::Unavailable { service: "the vendor", message: "the time is over".to_owned() };
    let told = tokio::time::timeout(PATIENCE, vendors.give_up(&ticket)).await.unwrap_or_else(|_| Err(away()));
    let forgotten = match told {
        Ok(()) => tickets.forget(job, &asked).await,
        Err(error) => Err(error),
    };
    let (job, provider, request_id) = (job.as_str(), ticket.provider, ticket.id);
    match forgotten {
        Ok(()) => tracing::info!(stage = "finish-job", job, provider, request_id, "work at a vendor was given up"),
        Err(error) => {
            tracing::warn!(stage = "finish-job", job, provider, request_id, %error, "work at a vendor is left to itself");
        }
    }
}
