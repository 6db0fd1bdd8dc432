//! Circuit breakers, catalogues, tickets and secrets in memory.

use crate::store::lock;
use domain::breaker::Breaker;
use domain::ports::{Breakers, Budgets, Catalogues, PortError, Secrets, Ticket, Tickets};
use domain::{Account, Budget, Catalogue, ContentHash, JobId, Money, OwnerId};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The breakers of all providers, what they offer, and what was spent at them. Its copies are one store.
#[derive(Debug, Clone, Default)]
pub struct MemoryProviders {
    breakers: Arc<Mutex<BTreeMap<String, Breaker>>>,
    catalogues: Arc<Mutex<BTreeMap<String, Catalogue>>>,
    spent: Arc<Mutex<Spent>>,
    is_away: Arc<Mutex<bool>>,
}

#[derive(Debug, Default)]
struct Spent {
    jobs: BTreeMap<JobId, Money>,
    days: BTreeMap<(OwnerId, Date), Money>,
}

impl MemoryProviders {
    /// What was spent on a job, or is set aside for it.
    pub fn spent(&self, job: &JobId) -> Money {
        lock(&self.spent).jobs.get(job).copied().unwrap_or_default()
    }

    /// Lets the store be away, or come back.
    pub fn be_away(&self, is_away: bool) {
        *lock(&self.is_away) = is_away;
    }

    fn reach(&self) -> Result<(), PortError> {
        if *lock(&self.is_away) {
            return Err(PortError::Unavailable { service: "the breakers", message: "they are away".to_owned() });
        }
        Ok(())
    }
}

impl Breakers for MemoryProviders {
    async fn read(&self, name: &str) -> Result<Breaker, PortError> {
        self.reach()?;
        Ok(lock(&self.breakers).get(name).copied().unwrap_or_default())
    }

    async fn write(&self, name: &str, next: &Breaker) -> Result<bool, PortError> {
        self.reach()?;
        let mut breakers = lock(&self.breakers);
        let stored = breakers.entry(name.to_owned()).or_default();
        let is_first = stored.revision + 1 == next.revision;
        if is_first {
            *stored = *next;
        }
        Ok(is_first)
    }
}

impl Catalogues for MemoryProviders {
    async fn load(&self, name: &str) -> Result<Option<Catalogue>, PortError> {
        self.reach()?;
        Ok(lock(&self.catalogues).get(name).cloned())
    }

    async fn save(&self, name: &str, catalogue: &Catalogue) -> Result<(), PortError> {
        self.reach()?;
        lock(&self.catalogues).insert(name.to_owned(), catalogue.clone());
        Ok(())
    }
}

impl Budgets for MemoryProviders {
    async fn reserve(&self, account: &Account, amount: Money, budget: &Budget) -> Result<bool, PortError> {
        self.reach()?;
        let mut spent = lock(&self.spent);
        let day = (account.owner.clone(), account.day);
        let of_job = spent.jobs.get(&account.job).copied().unwrap_or_default() + amount;
        let of_day = spent.days.get(&day).copied().unwrap_or_default() + amount;
        let fits = of_job <= budget.job && of_day <= budget.day;
        if fits {
            spent.jobs.insert(account.job.clone(), of_job);
            spent.days.insert(day, of_day);
        }
        Ok(fits)
    }

    async fn settle(&self, account: &Account, reserved: Money, used: Money) -> Result<(), PortError> {
        self.reach()?;
        let mut spent = lock(&self.spent);
        let settled = |before: &mut Money| *before = before.saturating_sub(reserved) + used;
        settled(spent.jobs.entry(account.job.clone()).or_default());
        settled(spent.days.entry((account.owner.clone(), account.day)).or_default());
        Ok(())
    }
}

/// Work at vendors.
#[derive(Debug, Default)]
pub struct MemoryTickets(Mutex<BTreeMap<(JobId, ContentHash), Ticket>>);

impl Tickets for MemoryTickets {
    async fn find(&self, job: &JobId, asked: &ContentHash) -> Result<Option<Ticket>, PortError> {
        Ok(lock(&self.0).get(&(job.clone(), asked.clone())).cloned())
    }

    async fn save(&self, job: &JobId, asked: &ContentHash, ticket: &Ticket) -> Result<(), PortError> {
        lock(&self.0).insert((job.clone(), asked.clone()), ticket.clone());
        Ok(())
    }

    async fn forget(&self, job: &JobId, asked: &ContentHash) -> Result<(), PortError> {
        lock(&self.0).remove(&(job.clone(), asked.clone()));
        Ok(())
    }

    async fn note_end(&self, job: &JobId, asked: &ContentHash, id: &str, end: &str) -> Result<bool, PortError> {
        let mut tickets = lock(&self.0);
        let kept = tickets.get_mut(&(job.clone(), asked.clone())).filter(|ticket| ticket.id == id);
        Ok(kept.map(|ticket| ticket.end = Some(end.to_owned())).is_some())
    }

    async fn open(&self, job: &JobId) -> Result<Vec<(ContentHash, Ticket)>, PortError> {
        let of_job =
            |((known, asked), ticket): (&(JobId, ContentHash), &Ticket)| (known == job).then(|| (asked.clone(), ticket.clone()));
        Ok(lock(&self.0).iter().filter_map(of_job).collect())
    }
}

/// Secrets that were put here.
#[derive(Debug, Default)]
pub struct MemorySecrets(Mutex<BTreeMap<String, String>>);

impl MemorySecrets {
    /// Puts one here.
    pub fn put(&self, reference: &str, value: &str) {
        lock(&self.0).insert(reference.to_owned(), value.to_owned());
    }
}

impl Secrets for MemorySecrets {
    async fn secret(&self, reference: &str) -> Result<String, PortError> {
        let missing = || PortError::NotFound { what: format!("secret `{reference}`") };
        lock(&self.0).get(reference).cloned().ok_or_else(missing)
    }
}
