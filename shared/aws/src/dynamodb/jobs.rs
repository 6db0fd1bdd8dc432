//! The records of jobs, their logs, and what idempotency keys stand for.

use super::item::{self, Item, number, text};
use super::{CONDITION_FAILED, SERVICE, keys, page_token};
use crate::error::port_error;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use domain::ports::{JobStore, Page, PageRequest, PortError, Quotas, RememberedRequest, StalePage};
use domain::{Bill, Event, Job, JobId, OwnerId, Status, Transition};
use jiff::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

/// How often a change is tried again when somebody else came first. Forty scenes that end at once, as many as are ever
/// made side by side, get through well before.
const TRIES: u32 = 15;

/// The longest wait before the next try.
const LONGEST_WAIT_MS: u64 = 400;

/// How many items are looked at for one page of a filtered list before the page is given out as it is.
const LOOKED_AT: usize = 1000;

/// The table.
#[derive(Debug, Clone)]
pub struct Jobs {
    client: Client,
    table: String,
}

impl Jobs {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn table(&self) -> &str {
        &self.table
    }

    async fn read(&self, id: &JobId) -> Result<Job, PortError> {
        let mut get = self.client.get_item().table_name(&self.table).consistent_read(true);
        for (name, value) in item::job_keys(id) {
            get = get.key(name, value);
        }
        let answer = get.send().await.map_err(|error| port_error(SERVICE, &what(id), &error))?;
        item::job(answer.item.ok_or_else(|| not_found(id))?)
    }

    /// Changes a job once; none if somebody else came first.
    async fn try_change(&self, id: &JobId, transition: &Transition, now: Timestamp) -> Result<Option<Job>, PortError> {
        let old = self.read(id).await?;
        let new = old.apply(transition, now)?;
        if new.version > old.version {
            self.keep(&old).await?;
        }
        let is_written = new == old || self.replace(&old, &new).await?;
        if is_written && new.status.is_final() && !old.status.is_final() {
            // Where this is cut short, whoever finds no place for a job of this owner makes up for it.
            let _ = self.release(&new.owner, &new.id).await;
        }
        Ok(is_written.then_some(new))
    }

    /// Keeps a version as it ended. It never changes again, so it may be kept before its successor is written, and twice.
    async fn keep(&self, old: &Job) -> Result<(), PortError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item::version_item(old)?));
        put.send().await.map_err(|error| port_error(SERVICE, &what(&old.id), &error))?;
        Ok(())
    }

    /// Every item in the partition of a job whose sort key begins with a prefix, in the order of their keys.
    async fn query_partition(&self, id: &JobId, prefix: &str) -> Result<Vec<Item>, PortError> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", text(keys::partition(id)))
                .expression_attribute_values(":prefix", text(prefix))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|error| port_error(SERVICE, &what(id), &error))?;
            items.extend(answer.items.unwrap_or_default());
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    /// Writes the fields of a job over those of its former revision; false if that is no longer the newest.
    async fn replace(&self, old: &Job, new: &Job) -> Result<bool, PortError> {
        let mut update = self.client.update_item().table_name(&self.table);
        for (name, value) in item::job_keys(&new.id) {
            update = update.key(name, value);
        }
        let mut assignments = Vec::new();
        for (index, (name, value)) in item::job_fields(new)?.into_iter().enumerate() {
            assignments.push(format!("#f{index} = :f{index}"));
            update = update.expression_attribute_names(format!("#f{index}"), name);
            update = update.expression_attribute_values(format!(":f{index}"), value);
        }
        let written = update
            .update_expression(format!("SET {}", assignments.join(", ")))
            .condition_expression("revision = :old_revision")
            .expression_attribute_values(":old_revision", number(old.revision))
            .send()
            .await;
        match written {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(false),
            Err(error) => Err(port_error(SERVICE, &what(&new.id), &error)),
        }
    }

    /// One answer of the `by-owner` index, newest first, and where it goes on.
    async fn query_owner(&self, query: &OwnerQuery<'_>, from: Option<Item>) -> Result<(Vec<Item>, Option<Item>), PortError> {
        let filter = query.status.map(|_| "status_key = :status".to_owned());
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::BY_OWNER)
            .key_condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .set_expression_attribute_values(Some(query.values()))
            .set_filter_expression(filter)
            .scan_index_forward(false)
            .limit(query.batch)
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(|error| port_error(SERVICE, "list of jobs", &error))?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}

/// The jobs of a list, and what cannot be read of it, each record by its key and what is wrong with it.
fn readable(items: Vec<Item>) -> (Vec<Job>, Vec<String>) {
    let (mut jobs, mut unreadable) = (Vec::new(), Vec::new());
    for found in items {
        let key = found.get("pk").and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
        match item::job(found) {
            Ok(job) => jobs.push(job),
            Err(error) => unreadable.push(format!("`{key}`: {error}")),
        }
    }
    (jobs, unreadable)
}

/// What is asked of the `by-owner` index.
struct OwnerQuery<'a> {
    owner: &'a OwnerId,
    status: Option<Status>,
    /// Items to look at in one call.
    batch: i32,
}

impl OwnerQuery<'_> {
    fn values(&self) -> HashMap<String, AttributeValue> {
        let status = self.status.map(|status| (":status".to_owned(), text(status.word())));
        [(":owner".to_owned(), text(self.owner.as_str()))].into_iter().chain(status).collect()
    }
}

impl JobStore for Jobs {
    async fn create(&self, job: &Job) -> Result<bool, PortError> {
        let keys = item::job_keys(&job.id).map(|(name, value)| (name.to_owned(), value));
        let written = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::job_fields(job)?.into_iter().chain(keys).collect()))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match written {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(false),
            Err(error) => Err(port_error(SERVICE, &what(&job.id), &error)),
        }
    }

    async fn load(&self, id: &JobId) -> Result<Job, PortError> {
        let job = self.read(id).await?;
        if is_expired(&job) { Err(not_found(id)) } else { Ok(job) }
    }

    async fn change(&self, id: &JobId, transition: &Transition, now: Timestamp) -> Result<Job, PortError> {
        for tried in 0..TRIES {
            if let Some(job) = self.try_change(id, transition, now).await? {
                return Ok(job);
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=longest_wait_ms(tried)))).await;
        }
        Err(PortError::Unavailable { service: SERVICE, message: format!("{} is changed by too many at once", what(id)) })
    }

    async fn record(&self, id: &JobId, event: &Event) -> Result<(), PortError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::event_item(id, event)?))
            .send()
            .await
            .map_err(|error| port_error(SERVICE, &what(id), &error))?;
        Ok(())
    }

    async fn bill(&self, id: &JobId, bill: &Bill) -> Result<(), PortError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::bill_item(id, bill)?))
            .send()
            .await
            .map_err(|error| port_error(SERVICE, &what(id), &error))?;
        Ok(())
    }

    async fn bills(&self, id: &JobId) -> Result<Vec<Bill>, PortError> {
        self.query_partition(id, keys::BILL_PREFIX).await?.into_iter().map(item::bill).collect()
    }

    async fn former_versions(&self, id: &JobId) -> Result<Vec<Job>, PortError> {
        let newest = self.load(id).await?.version;
        let kept = self.query_partition(id, keys::VERSION_PREFIX).await?;
        let versions: Vec<Job> = kept.into_iter().map(item::job).collect::<Result<_, _>>()?;
        // One may be kept already although its successor could not be written.
        Ok(versions.into_iter().filter(|version| version.version < newest).collect())
    }

    async fn events(&self, id: &JobId) -> Result<Vec<Event>, PortError> {
        self.query_partition(id, keys::EVENT_PREFIX).await?.into_iter().map(item::event).collect()
    }

    async fn list(&self, owner: &OwnerId, page: &PageRequest) -> Result<Page, PortError> {
        let limit = usize::try_from(page.limit.max(1)).unwrap_or(usize::MAX);
        // One more than asked for shows whether there is a next page; a filter leaves out most of what is looked at.
        let batch = if page.status.is_some() { 100 } else { page.limit.clamp(1, 999) + 1 };
        let query = OwnerQuery { owner, status: page.status, batch: i32::try_from(batch).unwrap_or(100) };
        let start = page.after.as_deref().map(|token| page_token::decode(owner, token)).transpose()?;
        let mut from = start.map(|created| item::by_owner_position(owner, &created));
        let (mut jobs, mut unreadable) = (Vec::new(), Vec::new());
        let mut looked_at = 0;
        loop {
            let (found, rest) = self.query_owner(&query, from).await?;
            let (found, broken) = readable(found);
            jobs.extend(found.into_iter().filter(|job| !is_expired(job)));
            unreadable.extend(broken);
            looked_at += usize::try_from(query.batch).unwrap_or(0);
            if jobs.len() > limit {
                jobs.truncate(limit);
                let next = jobs.last().map(|job| page_token::encode(owner, &keys::created(job)));
                return Ok(Page { jobs, unreadable, next });
            }
            if rest.is_none() || looked_at >= LOOKED_AT {
                let next = rest.as_ref().and_then(created_of).map(|created| page_token::encode(owner, created));
                return Ok(Page { jobs, unreadable, next });
            }
            from = rest;
        }
    }

    async fn list_stale(&self, status: Status, before: Timestamp, after: Option<&str>) -> Result<StalePage, PortError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::BY_STATUS)
            .key_condition_expression("status_key = :status AND updated < :before")
            .expression_attribute_values(":status", text(status.word()))
            .expression_attribute_values(":before", text(keys::time(before)))
            .set_exclusive_start_key(after.map(page_token::place).transpose()?)
            .send()
            .await
            .map_err(|error| port_error(SERVICE, "list of stale jobs", &error))?;
        let next = answer.last_evaluated_key.as_ref().map(page_token::of_place);
        let (jobs, unreadable) = readable(answer.items.unwrap_or_default());
        Ok(StalePage { jobs, unreadable, next })
    }

    async fn remember(
        &self,
        owner: &OwnerId,
        key: &str,
        request: &RememberedRequest,
    ) -> Result<Option<RememberedRequest>, PortError> {
        let written = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::request_item(owner, key, request)?))
            .condition_expression("attribute_not_exists(pk) OR expires <= :now")
            .expression_attribute_values(":now", text(keys::time(Timestamp::now())))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = written else { return Ok(None) };
        let failure = port_error(SERVICE, "idempotency key", &error);
        match error.into_service_error() {
            aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(held) => {
                held.item.map(item::request).transpose()
            }
            _ => Err(failure),
        }
    }
}

fn what(id: &JobId) -> String {
    format!("job `{id}`")
}

fn not_found(id: &JobId) -> PortError {
    PortError::NotFound { what: what(id) }
}

/// The table deletes late; for readers a job ends on time.
fn is_expired(job: &Job) -> bool {
    job.expires_at <= Timestamp::now()
}

fn created_of(position: &Item) -> Option<&str> {
    position.get("created")?.as_s().ok().map(String::as_str)
}

/// Twice as long after each try, from 20 ms; the wait itself is anything up to it, so that those who met part ways.
fn longest_wait_ms(tried: u32) -> u64 {
    LONGEST_WAIT_MS.min(20 << tried.min(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_short() {
        assert_eq!(longest_wait_ms(0), 20);
        assert_eq!(longest_wait_ms(3), 160);
        assert_eq!(longest_wait_ms(TRIES), LONGEST_WAIT_MS);
    }
}
