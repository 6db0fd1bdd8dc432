//! What owners ask for: a counter for each minute, and the set of the jobs under way.

use super::item::text;
use super::{CONDITION_FAILED, Jobs, SERVICE, keys};
use crate::error::port_error;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ports::{PortError, Quotas};
use domain::{Counted, JobId, Minute, OwnerId};

/// A counter is of no interest after its minute; an hour allows for any clock.
const KEPT_MINUTES: i64 = 60;

const WHAT: &str = "quota";

impl Jobs {
    fn update_quota(&self, owner: &OwnerId, place: String) -> UpdateItemFluentBuilder {
        self.client().update_item().table_name(self.table()).key("pk", text(keys::quota(owner))).key("sk", text(place))
    }
}

/// Whether a conditional write was made.
async fn is_written(update: UpdateItemFluentBuilder) -> Result<bool, PortError> {
    match update.send().await {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some(CONDITION_FAILED) => Ok(false),
        Err(error) => Err(port_error(SERVICE, WHAT, &error)),
    }
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn set_of(job: &JobId) -> AttributeValue {
    AttributeValue::Ss(vec![job.to_string()])
}

impl Quotas for Jobs {
    async fn count(&self, owner: &OwnerId, what: Counted, minute: Minute, limit: u32) -> Result<bool, PortError> {
        if limit == 0 {
            return Ok(false);
        }
        let update = self
            .update_quota(owner, keys::minute(what, minute))
            .update_expression("SET #ttl = :ttl ADD used :one")
            .condition_expression("attribute_not_exists(used) OR used < :limit")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", number((minute.0 + KEPT_MINUTES) * 60))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":limit", number(i64::from(limit)));
        is_written(update).await
    }

    async fn uncount(&self, owner: &OwnerId, what: Counted, minute: Minute) -> Result<(), PortError> {
        let update = self
            .update_quota(owner, keys::minute(what, minute))
            .update_expression("ADD used :minus_one")
            .condition_expression("used > :none")
            .expression_attribute_values(":minus_one", number(-1))
            .expression_attribute_values(":none", number(0));
        is_written(update).await.map(drop)
    }

    async fn hold(&self, owner: &OwnerId, job: &JobId, limit: u32) -> Result<bool, PortError> {
        if limit == 0 {
            return Ok(false);
        }
        let update = self
            .update_quota(owner, keys::ACTIVE.to_owned())
            .update_expression("ADD active :job")
            .condition_expression("attribute_not_exists(active) OR contains(active, :id) OR size(active) < :limit")
            .expression_attribute_values(":job", set_of(job))
            .expression_attribute_values(":id", text(job.as_str()))
            .expression_attribute_values(":limit", number(i64::from(limit)));
        is_written(update).await
    }

    async fn held(&self, owner: &OwnerId) -> Result<Vec<JobId>, PortError> {
        let get = self.client().get_item().table_name(self.table()).consistent_read(true);
        let get = get.key("pk", text(keys::quota(owner))).key("sk", text(keys::ACTIVE));
        let answer = get.send().await.map_err(|error| port_error(SERVICE, WHAT, &error))?;
        let ids = answer.item.and_then(|mut item| item.remove("active")).and_then(|active| active.as_ss().ok().cloned());
        Ok(ids.unwrap_or_default().into_iter().filter_map(|id| JobId::new(id).ok()).collect())
    }

    async fn release(&self, owner: &OwnerId, job: &JobId) -> Result<(), PortError> {
        let update = self
            .update_quota(owner, keys::ACTIVE.to_owned())
            .update_expression("DELETE active :job")
            .condition_expression("contains(active, :id)")
            .expression_attribute_values(":job", set_of(job))
            .expression_attribute_values(":id", text(job.as_str()));
        is_written(update).await.map(drop)
    }
}
