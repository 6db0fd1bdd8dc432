//! What was spent at vendors: one counter for each job and one for each owner and day, changed together or not at all.

use super::item::{number, text};
use super::{ProviderTable, SERVICE, keys};
use crate::error::port_error;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::ports::{Budgets, PortError};
use domain::{Account, Budget, Money};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Counters are kept for as long as anybody may ask about them.
const KEPT: SignedDuration = SignedDuration::from_hours(40 * 24);

/// How often two that meet at the same counter try again.
const TRIES: u32 = 12;

/// The longest wait before the next try.
const LONGEST_WAIT_MS: u64 = 400;

impl ProviderTable {
    /// Adds to a counter, if it stays within its limit where there is one.
    fn change(&self, partition: String, amount: i128, limit: Option<Money>) -> Result<TransactWriteItem, PortError> {
        let ttl = (Timestamp::now() + KEPT).as_second().to_string();
        let mut update = Update::builder()
            .table_name(self.table())
            .key("pk", text(partition))
            .key("sk", text(keys::SPENT))
            .update_expression("SET #ttl = :ttl ADD spent :amount")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", aws_sdk_dynamodb::types::AttributeValue::N(ttl))
            .expression_attribute_values(":amount", aws_sdk_dynamodb::types::AttributeValue::N(amount.to_string()));
        if let Some(limit) = limit {
            // What is left after this amount, which is below the limit itself: see `reserve`.
            let most_before = u64::try_from(i128::from(limit.0) - amount).unwrap_or_default();
            update = update
                .condition_expression("attribute_not_exists(spent) OR spent <= :most_before")
                .expression_attribute_values(":most_before", number(most_before));
        }
        let update = update.build().map_err(|error| PortError::Misused { service: SERVICE, message: error.to_string() })?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Changes both counters; false if a limit forbids it.
    async fn change_both(&self, account: &Account, amount: i128, budget: Option<&Budget>) -> Result<bool, PortError> {
        let changes = [
            self.change(keys::partition(&account.job), amount, budget.map(|budget| budget.job))?,
            self.change(keys::spent_by_day(account), amount, budget.map(|budget| budget.day))?,
        ];
        for tried in 0..TRIES {
            let request = self.client().transact_write_items().set_transact_items(Some(changes.to_vec()));
            let error = match request.send().await {
                Ok(_) => return Ok(true),
                Err(error) => error,
            };
            let reasons: Vec<&str> = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code()).collect()
                }
                _ => Vec::new(),
            };
            if reasons.contains(&"ConditionalCheckFailed") {
                return Ok(false);
            }
            if !reasons.contains(&"TransactionConflict") {
                return Err(port_error(SERVICE, "budget", &error));
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=LONGEST_WAIT_MS.min(20 << tried.min(8))))).await;
        }
        Err(PortError::Unavailable { service: SERVICE, message: "a budget is changed by too many at once".to_owned() })
    }
}

impl Budgets for ProviderTable {
    async fn reserve(&self, account: &Account, amount: Money, budget: &Budget) -> Result<bool, PortError> {
        if amount > budget.job || amount > budget.day {
            return Ok(false);
        }
        self.change_both(account, i128::from(amount.0), Some(budget)).await
    }

    async fn settle(&self, account: &Account, reserved: Money, spent: Money) -> Result<(), PortError> {
        let correction = i128::from(spent.0) - i128::from(reserved.0);
        if correction != 0 {
            self.change_both(account, correction, None).await?;
        }
        Ok(())
    }
}
