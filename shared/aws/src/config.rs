//! How the clients are set up: region, credentials and endpoint from the environment, every wait bounded.

use crate::dynamodb::{Jobs, ProviderTable, TicketTable};
use crate::s3::{Assets, Links, Uploads};
use crate::secrets::Secrets;
use crate::sfn::{InvalidArn, StateMachine};
use crate::signer::Signer;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use domain::ports::{self, PortError};
use std::net::IpAddr;
use std::time::Duration;

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(2);

/// How long a call that moves a record may take, all its attempts together.
const RECORD_OPERATION: Duration = Duration::from_secs(10);

/// How long a call that moves a whole object may take: 200 MB at the 30 Mbit/s of a bad day.
const OBJECT_OPERATION: Duration = Duration::from_secs(60);

/// Attempts of one call, the first included. Anything longer is for the state machine to try again.
const ATTEMPTS: u32 = 3;

/// What all adapters are made from.
#[derive(Debug, Clone)]
pub struct Config {
    shared: SdkConfig,
    secrets: Secrets,
}

impl Config {
    /// Reads region, credentials and endpoint as the AWS tools do: `AWS_REGION`, `AWS_ENDPOINT_URL`, the role of the function.
    pub async fn load() -> Self {
        Self::from(aws_config::defaults(BehaviorVersion::latest()).load().await)
    }

    /// The objects we derive, in one bucket.
    pub fn assets(&self, bucket: impl Into<String>) -> Assets {
        Assets::new(self.s3(), bucket.into())
    }

    /// What users upload, in one bucket.
    pub fn uploads(&self, bucket: impl Into<String>) -> Uploads {
        Uploads::new(self.s3(), bucket.into())
    }

    /// Addresses for browsers into the two buckets.
    pub fn links(&self, media_bucket: impl Into<String>, uploads_bucket: impl Into<String>) -> Links {
        Links::new(self.s3(), self.shared.credentials_provider(), media_bucket.into(), uploads_bucket.into())
    }

    /// The records of jobs, in one table.
    pub fn jobs(&self, table: impl Into<String>) -> Jobs {
        Jobs::new(aws_sdk_dynamodb::Client::new(&self.shared), table.into())
    }

    /// The circuit breakers of providers and what they offer, in the same table.
    pub fn providers(&self, table: impl Into<String>) -> ProviderTable {
        ProviderTable::new(aws_sdk_dynamodb::Client::new(&self.shared), table.into())
    }

    /// Work at vendors, in the same table.
    pub fn tickets(&self, table: impl Into<String>) -> TicketTable {
        TicketTable::new(aws_sdk_dynamodb::Client::new(&self.shared), table.into())
    }

    /// The executions of one state machine. Fails if the ARN is not one of a state machine.
    pub fn state_machine(&self, arn: impl Into<String>) -> Result<StateMachine, InvalidArn> {
        StateMachine::new(aws_sdk_sfn::Client::new(&self.shared), arn.into())
    }

    /// The value of a secret by its reference: a name in Secrets Manager, or `ssm:` and the path of a parameter. It is remembered
    /// for five minutes, so that another key is taken without a restart. Keep it out of logs.
    pub async fn secret(&self, reference: &str) -> Result<String, PortError> {
        self.secrets.read(&self.shared, reference).await
    }

    /// As [`Config::secret`], where there is a reference; none where there is none.
    pub async fn secret_of(&self, reference: Option<String>) -> Result<Option<String>, PortError> {
        match reference {
            Some(reference) => self.secret(&reference).await.map(Some),
            None => Ok(None),
        }
    }

    /// Signs requests to services of AWS that others send.
    pub fn signer(&self) -> Signer {
        let region = self.shared.region().map_or_else(|| "us-east-1".to_owned(), ToString::to_string);
        Signer::new(self.shared.credentials_provider(), region)
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        let path_style = self.shared.endpoint_url().is_some_and(has_no_bucket_hosts);
        let config = aws_sdk_s3::config::Builder::from(&self.shared)
            .timeout_config(timeouts(OBJECT_OPERATION))
            .force_path_style(path_style)
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }
}

impl ports::Secrets for Config {
    async fn secret(&self, reference: &str) -> Result<String, PortError> {
        self.secret(reference).await
    }
}

impl From<SdkConfig> for Config {
    fn from(loaded: SdkConfig) -> Self {
        let shared = loaded
            .into_builder()
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts(RECORD_OPERATION))
            .build();
        Self { shared, secrets: Secrets::default() }
    }
}

fn timeouts(operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(operation).build()
}

/// Whether an endpoint is a machine without host names of its own for each bucket, so that buckets stand in the path.
fn has_no_bucket_hosts(endpoint: &str) -> bool {
    let authority = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_an_end() {
        let config = Config::from(SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build());
        let records = config.shared.timeout_config().cloned();
        let objects = config.s3().config().timeout_config().cloned();
        for (timeouts, most) in [(records, RECORD_OPERATION), (objects, OBJECT_OPERATION)] {
            let timeouts = timeouts.expect("it is set");
            assert_eq!((timeouts.connect_timeout(), timeouts.operation_timeout()), (Some(CONNECT), Some(most)));
            assert!(most <= Duration::from_secs(60), "a function has 30 s at least, and most have 2 minutes");
        }
    }

    #[test]
    fn buckets_stand_in_the_path_where_hosts_are_addresses() {
        for (endpoint, expected) in [
            ("http://127.0.0.1:4566", true),
            ("http://localhost:4566/", true),
            ("http://[::1]:4566", true),
            ("https://10.0.0.7", true),
            ("https://s3.eu-central-1.amazonaws.com", false),
            ("http://localhost.example.com:4566", false),
        ] {
            assert_eq!(has_no_bucket_hosts(endpoint), expected, "{endpoint}");
        }
    }
}
