//! Executions in memory: they are started, stopped, and end as the test says.

use crate::store::lock;
use domain::JobId;
use domain::ports::{ExecutionState, Executions, PortError};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The state machine.
#[derive(Debug, Default)]
pub struct MemoryExecutions {
    states: Mutex<BTreeMap<JobId, ExecutionState>>,
    is_away: Mutex<bool>,
}

impl MemoryExecutions {
    /// The jobs that have an execution.
    pub fn started(&self) -> Vec<JobId> {
        lock(&self.states).keys().cloned().collect()
    }

    /// Ends an execution.
    pub fn end(&self, id: &JobId, state: ExecutionState) {
        lock(&self.states).insert(id.clone(), state);
    }

    /// Lets the service be away, or come back.
    pub fn be_away(&self, is_away: bool) {
        *lock(&self.is_away) = is_away;
    }

    fn reach(&self) -> Result<(), PortError> {
        if *lock(&self.is_away) {
            return Err(PortError::Unavailable { service: "the state machine", message: "it is away".to_owned() });
        }
        Ok(())
    }
}

impl Executions for MemoryExecutions {
    async fn start(&self, id: &JobId) -> Result<(), PortError> {
        self.reach()?;
        lock(&self.states).entry(id.clone()).or_insert(ExecutionState::Running);
        Ok(())
    }

    async fn stop(&self, id: &JobId) -> Result<(), PortError> {
        self.reach()?;
        if let Some(state) = lock(&self.states).get_mut(id)
            && *state == ExecutionState::Running
        {
            *state = ExecutionState::Aborted;
        }
        Ok(())
    }

    async fn state(&self, id: &JobId) -> Result<ExecutionState, PortError> {
        self.reach()?;
        Ok(lock(&self.states).get(id).cloned().unwrap_or(ExecutionState::Missing))
    }
}
