//! Executions in Step Functions. The execution of a run bears its name, so that a second start finds the first.

use crate::error::port_error;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::ProvideErrorMetadata;
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::types::ExecutionStatus;
use domain::Run;
use domain::ports::{ExecutionState, Executions, PortError};
use serde_json::json;

const SERVICE: &str = "Step Functions";

/// A text that does not name a state machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the ARN of a state machine: expected `arn:aws:states:REGION:ACCOUNT:stateMachine:NAME`")]
pub struct InvalidArn(String);

/// One state machine.
#[derive(Debug, Clone)]
pub struct StateMachine {
    client: Client,
    arn: String,
    /// The ARN of an execution up to its name.
    execution_prefix: String,
}

impl StateMachine {
    pub(crate) fn new(client: Client, arn: String) -> Result<Self, InvalidArn> {
        let execution_prefix = execution_prefix(&arn).ok_or_else(|| InvalidArn(arn.clone()))?;
        Ok(Self { client, arn, execution_prefix })
    }

    fn execution_arn(&self, run: &Run) -> String {
        format!("{}{run}", self.execution_prefix)
    }
}

impl Executions for StateMachine {
    async fn start(&self, run: &Run) -> Result<(), PortError> {
        let input = json!(run).to_string();
        match self.client.start_execution().state_machine_arn(&self.arn).name(run.to_string()).input(input).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ExecutionAlreadyExists") => Ok(()),
            Err(error) => Err(port_error(SERVICE, &what(run), &error)),
        }
    }

    async fn stop(&self, run: &Run) -> Result<(), PortError> {
        match self.client.stop_execution().execution_arn(self.execution_arn(run)).send().await {
            Ok(_) => Ok(()),
            // What was never started or has ended cannot be stopped, and need not be.
            Err(error) if error.code() == Some("ExecutionDoesNotExist") => Ok(()),
            Err(error) if error.code() == Some("ValidationException") && self.state(run).await? != ExecutionState::Running => {
                Ok(())
            }
            Err(error) => Err(port_error(SERVICE, &what(run), &error)),
        }
    }

    async fn state(&self, run: &Run) -> Result<ExecutionState, PortError> {
        match self.client.describe_execution().execution_arn(self.execution_arn(run)).send().await {
            Ok(execution) => state_of(execution),
            Err(error) if error.code() == Some("ExecutionDoesNotExist") => Ok(ExecutionState::Missing),
            Err(error) => Err(port_error(SERVICE, &what(run), &error)),
        }
    }
}

fn what(run: &Run) -> String {
    format!("execution `{run}`")
}

fn execution_prefix(state_machine: &str) -> Option<String> {
    let parts: Vec<&str> = state_machine.split(':').collect();
    match parts[..] {
        ["arn", partition, "states", region, account, "stateMachine", name, ..] if !name.is_empty() => {
            Some(format!("arn:{partition}:states:{region}:{account}:execution:{name}:"))
        }
        _ => None,
    }
}

fn state_of(execution: DescribeExecutionOutput) -> Result<ExecutionState, PortError> {
    match execution.status {
        ExecutionStatus::Running | ExecutionStatus::PendingRedrive => Ok(ExecutionState::Running),
        ExecutionStatus::Succeeded => Ok(ExecutionState::Succeeded),
        ExecutionStatus::TimedOut => Ok(ExecutionState::TimedOut),
        ExecutionStatus::Aborted => Ok(ExecutionState::Aborted),
        ExecutionStatus::Failed => {
            Ok(ExecutionState::Failed { error: execution.error.unwrap_or_default(), cause: execution.cause.unwrap_or_default() })
        }
        other => Err(PortError::Misused { service: SERVICE, message: format!("unknown status `{}`", other.as_str()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_named_after_its_state_machine() {
        for (arn, expected) in [
            ("arn:aws:states:eu-west-1:1:stateMachine:produce", Some("arn:aws:states:eu-west-1:1:execution:produce:")),
            ("arn:aws-cn:states:cn-north-1:1:stateMachine:p:3", Some("arn:aws-cn:states:cn-north-1:1:execution:p:")),
            ("arn:aws:states:eu-west-1:1:stateMachine:", None),
            ("arn:aws:lambda:eu-west-1:1:function:produce", None),
            ("produce", None),
        ] {
            assert_eq!(execution_prefix(arn).as_deref(), expected, "{arn}");
        }
    }
}
