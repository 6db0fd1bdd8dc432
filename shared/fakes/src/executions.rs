//! Executions in memory: they are started, stopped, and end as the test says.

use crate::store::lock;
use domain::Run;
use domain::ports::{ExecutionState, Executions, PortError};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The state machine.
#[derive(Debug, Default)]
pub struct MemoryExecutions {
    states: Mutex<BTreeMap<Run, ExecutionState>>,
    stops: Mutex<u32>,
    is_away: Mutex<bool>,
}

impl MemoryExecutions {
    /// The runs that have an execution.
    pub fn started(&self) -> Vec<Run> {
        lock(&self.states).keys().cloned().collect()
    }

    /// How many executions were stopped while they ran.
    pub fn stops(&self) -> u32 {
        *lock(&self.stops)
    }

    /// Ends an execution.
    pub fn end(&self, run: &Run, state: ExecutionState) {
        lock(&self.states).insert(run.clone(), state);
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
    async fn start(&self, run: &Run) -> Result<(), PortError> {
        self.reach()?;
        lock(&self.states).entry(run.clone()).or_insert(ExecutionState::Running);
        Ok(())
    }

    async fn stop(&self, run: &Run) -> Result<(), PortError> {
        self.reach()?;
        if let Some(state) = lock(&self.states).get_mut(run)
            && *state == ExecutionState::Running
        {
            *state = ExecutionState::Aborted;
            *lock(&self.stops) += 1;
        }
        Ok(())
    }

    async fn state(&self, run: &Run) -> Result<ExecutionState, PortError> {
        self.reach()?;
        Ok(lock(&self.states).get(run).cloned().unwrap_or(ExecutionState::Missing))
    }
}
