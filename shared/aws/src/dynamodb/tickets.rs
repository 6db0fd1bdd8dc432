//! Work that vendors do for us while we wait: beside its job, so that whoever ends the job finds it.

use super::item::{self, text};
use super::{CONDITION_FAILED, SERVICE, keys};
use crate::error::port_error;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use domain::ports::{PortError, Ticket, Tickets};
use domain::{ContentHash, JobId};
use jiff::{SignedDuration, Timestamp};

/// No vendor keeps unfetched work longer: Replicate deletes it after an hour.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// The tickets of all jobs, in the table of jobs.
#[derive(Debug, Clone)]
pub struct TicketTable {
    client: Client,
    table: String,
}

impl TicketTable {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    async fn put(&self, job: &JobId, asked: &ContentHash, ticket: Option<&Ticket>, until: Timestamp) -> Result<(), PortError> {
        let stored = item::ticket_item(job, asked, ticket, until)?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(stored));
        put.send().await.map_err(|error| port_error(SERVICE, "ticket", &error))?;
        Ok(())
    }
}

impl Tickets for TicketTable {
    async fn find(&self, job: &JobId, asked: &ContentHash) -> Result<Option<Ticket>, PortError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("pk", text(keys::partition(job))).key("sk", text(keys::ticket(asked)));
        let answer = get.send().await.map_err(|error| port_error(SERVICE, "ticket", &error))?;
        Ok(answer.item.map(|item| item::ticket(item, Timestamp::now())).transpose()?.flatten().map(|(_, ticket)| ticket))
    }

    async fn save(&self, job: &JobId, asked: &ContentHash, ticket: &Ticket) -> Result<(), PortError> {
        self.put(job, asked, Some(ticket), Timestamp::now() + KEPT).await
    }

    /// Writes over it that it is over: only the sweep deletes.
    async fn forget(&self, job: &JobId, asked: &ContentHash) -> Result<(), PortError> {
        self.put(job, asked, None, Timestamp::now()).await
    }

    async fn note_end(&self, job: &JobId, asked: &ContentHash, id: &str, end: &str) -> Result<bool, PortError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update.key("pk", text(keys::partition(job))).key("sk", text(keys::ticket(asked)));
        let update = update.update_expression("SET #end = :end").condition_expression("ticket = :id");
        let update = update.expression_attribute_names("#end", "end");
        let update = update.expression_attribute_values(":end", text(end)).expression_attribute_values(":id", text(id));
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(false),
            Err(error) => Err(port_error(SERVICE, "ticket", &error)),
        }
    }

    async fn open(&self, job: &JobId) -> Result<Vec<(ContentHash, Ticket)>, PortError> {
        let now = Timestamp::now();
        // A page holds 1 MB; a job has as many tickets as pictures under way at once.
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)");
        let query = query.expression_attribute_values(":pk", text(keys::partition(job)));
        let query = query.expression_attribute_values(":prefix", text(keys::TICKET_PREFIX));
        let mut pages = query.into_paginator().send();
        let mut open = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| port_error(SERVICE, "tickets", &error))?;
            for item in page.items.unwrap_or_default() {
                open.extend(item::ticket(item, now)?);
            }
        }
        Ok(open)
    }
}
