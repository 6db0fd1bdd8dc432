//! Circuit breakers and tickets in memory.

use crate::store::lock;
use domain::ContentHash;
use domain::breaker::Breaker;
use domain::ports::{Breakers, PortError, Tickets};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The breakers of all providers.
#[derive(Debug, Default)]
pub struct MemoryBreakers {
    breakers: Mutex<BTreeMap<String, Breaker>>,
    is_away: Mutex<bool>,
}

impl MemoryBreakers {
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

impl Breakers for MemoryBreakers {
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

/// The ids of work at vendors.
#[derive(Debug, Default)]
pub struct MemoryTickets(Mutex<BTreeMap<ContentHash, String>>);

impl Tickets for MemoryTickets {
    async fn find(&self, asked: &ContentHash) -> Result<Option<String>, PortError> {
        Ok(lock(&self.0).get(asked).cloned())
    }

    async fn save(&self, asked: &ContentHash, ticket: &str) -> Result<(), PortError> {
        lock(&self.0).insert(asked.clone(), ticket.to_owned());
        Ok(())
    }

    async fn forget(&self, asked: &ContentHash) -> Result<(), PortError> {
        lock(&self.0).remove(asked);
        Ok(())
    }
}
