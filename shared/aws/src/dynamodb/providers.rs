//! The circuit breakers of providers, and what providers offer. They are small, few and never deleted; time is told by their
//! content alone.

use super::item::{self, number, text};
use super::{SERVICE, keys};
use crate::error::port_error;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use domain::Catalogue;
use domain::breaker::Breaker;
use domain::ports::{Breakers, Catalogues, PortError};
use std::time::Duration;

/// A breaker is a courtesy: a call that costs seconds does not wait for it longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The breakers and catalogues, in the table of jobs.
#[derive(Debug, Clone)]
pub struct ProviderTable {
    client: Client,
    table: String,
}

impl ProviderTable {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn table(&self) -> &str {
        &self.table
    }

    async fn get(&self, name: &str) -> Result<Breaker, PortError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("pk", text(keys::breaker(name))).key("sk", text(keys::BREAKER));
        let answer = get.send().await.map_err(|error| port_error(SERVICE, &what(name), &error))?;
        answer.item.map_or_else(|| Ok(Breaker::default()), item::breaker)
    }

    async fn put(&self, name: &str, next: &Breaker) -> Result<bool, PortError> {
        let before = next.revision.saturating_sub(1);
        let written = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::breaker_item(name, next)?))
            .condition_expression(if before == 0 { "attribute_not_exists(pk)" } else { "revision = :before" })
            .set_expression_attribute_values((before > 0).then(|| [(":before".to_owned(), number(before))].into()))
            .send()
            .await;
        match written {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(super::CONDITION_FAILED) => Ok(false),
            Err(error) => Err(port_error(SERVICE, &what(name), &error)),
        }
    }
}

impl Breakers for ProviderTable {
    async fn read(&self, name: &str) -> Result<Breaker, PortError> {
        tokio::time::timeout(PATIENCE, self.get(name)).await.unwrap_or_else(|_| Err(no_answer(name)))
    }

    async fn write(&self, name: &str, next: &Breaker) -> Result<bool, PortError> {
        tokio::time::timeout(PATIENCE, self.put(name, next)).await.unwrap_or_else(|_| Err(no_answer(name)))
    }
}

impl Catalogues for ProviderTable {
    async fn load(&self, name: &str) -> Result<Option<Catalogue>, PortError> {
        let get = self.client.get_item().table_name(&self.table);
        let get = get.key("pk", text(keys::breaker(name))).key("sk", text(keys::CATALOGUE));
        let answer = get.send().await.map_err(|error| port_error(SERVICE, &what(name), &error))?;
        answer.item.map(item::catalogue).transpose()
    }

    async fn save(&self, name: &str, catalogue: &Catalogue) -> Result<(), PortError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item::catalogue_item(name, catalogue)?));
        put.send().await.map_err(|error| port_error(SERVICE, &what(name), &error))?;
        Ok(())
    }
}

fn what(name: &str) -> String {
    format!("provider `{name}`")
}

fn no_answer(name: &str) -> PortError {
    PortError::Unavailable { service: SERVICE, message: format!("no answer in {} s ({})", PATIENCE.as_secs(), what(name)) }
}
