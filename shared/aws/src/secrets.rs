//! Secrets by reference: settings hold a name, the value comes from Secrets Manager when a function starts.

use crate::error::port_error;
use aws_sdk_secretsmanager::Client;
use domain::ports::PortError;

const SERVICE: &str = "Secrets Manager";

/// Reads a secret that is a text. The error names the secret and never its value.
pub(crate) async fn read(client: &Client, name: &str) -> Result<String, PortError> {
    let what = format!("secret `{name}`");
    let answer = client.get_secret_value().secret_id(name).send().await.map_err(|error| port_error(SERVICE, &what, &error))?;
    answer.secret_string.ok_or(PortError::NotFound { what: format!("text in {what}") })
}
