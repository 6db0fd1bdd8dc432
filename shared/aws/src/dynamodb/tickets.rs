//! The ids of work that vendors do for us while we wait.

use super::item::{self, text};
use super::{SERVICE, keys};
use crate::error::port_error;
use aws_sdk_dynamodb::Client;
use domain::ports::{PortError, Tickets};
use domain::{ContentHash, OwnerId};
use jiff::{SignedDuration, Timestamp};

/// No vendor keeps unfetched work longer: Replicate deletes it after an hour.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// The tickets of one owner, in the table of jobs.
#[derive(Debug, Clone)]
pub struct TicketTable {
    client: Client,
    table: String,
    owner: OwnerId,
}

impl TicketTable {
    pub(crate) fn new(client: Client, table: String, owner: OwnerId) -> Self {
        Self { client, table, owner }
    }
}

impl Tickets for TicketTable {
    async fn find(&self, asked: &ContentHash) -> Result<Option<String>, PortError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("pk", text(keys::ticket(&self.owner, asked))).key("sk", text(keys::TICKET));
        let answer = get.send().await.map_err(|error| port_error(SERVICE, "ticket", &error))?;
        let stored = answer.item.map(item::ticket).transpose()?;
        // The table deletes late; for readers a ticket ends on time.
        Ok(stored.filter(|(_, expires_at)| *expires_at > Timestamp::now()).map(|(ticket, _)| ticket))
    }

    async fn save(&self, asked: &ContentHash, ticket: &str) -> Result<(), PortError> {
        let stored = item::ticket_item(&self.owner, asked, ticket, Timestamp::now() + KEPT)?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(stored));
        put.send().await.map_err(|error| port_error(SERVICE, "ticket", &error))?;
        Ok(())
    }

    /// Writes over it that it is over: only the sweep deletes.
    async fn forget(&self, asked: &ContentHash) -> Result<(), PortError> {
        let stored = item::ticket_item(&self.owner, asked, "", Timestamp::now())?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(stored));
        put.send().await.map_err(|error| port_error(SERVICE, "ticket", &error))?;
        Ok(())
    }
}
