//! Waits for work that a vendor does for us.

use super::painter::Painter;
use crate::settings::{InvalidSettings, ProviderSettings};
use domain::Capability;
use domain::ports::{Errand, PortError};
use std::future::Future;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// The time between two questions about the same work, in seconds, as it may be set.
const PACES_S: RangeInclusive<f64> = 0.05..=30.0;

/// How long work is waited for, and the time between two questions about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) most: Duration,
    pace: Duration,
}

impl Patience {
    /// By the settings of a provider, or else as its adapter has it; `pace_s` is what `with` says of it.
    pub(super) fn new(
        settings: &ProviderSettings,
        most: Duration,
        pace_s: Option<f64>,
        pace: Duration,
    ) -> Result<Self, InvalidSettings> {
        settings.check_number(Capability::Image, "poll_s", pace_s, PACES_S)?;
        Ok(Self { most: settings.timeout(most), pace: pace_s.map_or(pace, Duration::from_secs_f64) })
    }

    /// Asks about work until it has ended. What goes wrong in passing is asked about again: the work goes on meanwhile.
    ///
    /// # Errors
    /// What `look` fails with for good, that nobody wants the work any more, or that the time is over.
    pub(super) async fn wait<T: Send, F: Future<Output = Result<Option<T>, PortError>> + Send>(
        self,
        service: &'static str,
        begun: Instant,
        errand: &impl Errand,
        look: impl Fn() -> F + Send + Sync,
    ) -> Result<T, PortError> {
        loop {
            if begun.elapsed() + self.pace > self.most {
                return Err(PortError::unusable(service, "the time is over"));
            }
            tokio::time::sleep(self.pace).await;
            if let Err(unwanted @ PortError::Transition(_)) = errand.check_wanted().await {
                return Err(unwanted);
            }
            match look().await {
                Ok(Some(end)) => return Ok(end),
                Ok(None) | Err(PortError::Unavailable { .. } | PortError::Unusable { .. } | PortError::Throttled { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Gives up work and forgets its ticket. Where the vendor cannot be reached the ticket stays for whoever ends the job.
pub(super) async fn abandon(painter: &impl Painter, id: &str, errand: &impl Errand) {
    let gave_up = async {
        painter.give_up(id).await?;
        errand.close().await
    };
    if let Err(error) = gave_up.await {
        tracing::warn!(request_id = id, %error, "work at a vendor is left open");
    }
}
