//! Secrets by reference: settings hold a name, the value comes from Secrets Manager or the Parameter Store.

use crate::error::port_error;
use aws_config::SdkConfig;
use domain::ports::PortError;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a value is remembered: an invocation does not wait for it, and a new key is soon taken.
const REMEMBERED: Duration = Duration::from_secs(300);

/// The secrets that were read, by their references, and when.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<Mutex<HashMap<String, (String, Instant)>>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(hidden)")
    }
}

impl Secrets {
    /// The value of a secret, as it was at most five minutes ago. That one cannot be read is not remembered.
    pub(crate) async fn read(&self, config: &SdkConfig, reference: &str) -> Result<String, PortError> {
        if let Some((value, _)) = self.known().get(reference).filter(|(_, read)| read.elapsed() < REMEMBERED) {
            return Ok(value.clone());
        }
        let value = match reference.strip_prefix("ssm:") {
            Some(path) => parameter(&aws_sdk_ssm::Client::new(config), path).await?,
            None => secret(&aws_sdk_secretsmanager::Client::new(config), reference).await?,
        };
        self.known().insert(reference.to_owned(), (value.clone(), Instant::now()));
        Ok(value)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, (String, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a secret that is a text. The error names the secret and never its value.
async fn secret(client: &aws_sdk_secretsmanager::Client, name: &str) -> Result<String, PortError> {
    let what = format!("secret `{name}`");
    let answer = client.get_secret_value().secret_id(name).send().await;
    let answer = answer.map_err(|error| port_error("Secrets Manager", &what, &error))?;
    answer.secret_string.ok_or(PortError::NotFound { what: format!("text in {what}") })
}

/// Reads a parameter, decrypted. The error names the parameter and never its value.
async fn parameter(client: &aws_sdk_ssm::Client, path: &str) -> Result<String, PortError> {
    let what = format!("parameter `{path}`");
    let answer = client.get_parameter().name(path).with_decryption(true).send().await;
    let answer = answer.map_err(|error| port_error("the Parameter Store", &what, &error))?;
    answer.parameter.and_then(|parameter| parameter.value).ok_or(PortError::NotFound { what: format!("text in {what}") })
}
