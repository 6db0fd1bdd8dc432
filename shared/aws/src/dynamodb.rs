//! Records in one DynamoDB table.
//!
//! | What | `pk` | `sk` | Beside its own fields |
//! |---|---|---|---|
//! | a job | `JOB#{id}` | `JOB` | `created`, `status_key`, `updated`, `ttl` |
//! | a former version of it | `JOB#{id}` | `VERSION#{number, six digits}` | `ttl` |
//! | a line of its log | `JOB#{id}` | `EVENT#{time}#{stage}#{scene}#{name}` | `ttl` |
//! | a bill | `JOB#{id}` | `BILL#{time}#{stage}#{scene}` | `ttl` |
//! | work at a vendor for it | `JOB#{id}` | `TICKET#{hash of what is asked}` | `expires`, `ttl` |
//! | what a job spent | `JOB#{id}` | `SPENT` | `spent`, `ttl` |
//! | what an owner spent on a day | `SPENT#{owner}#{day}` | `SPENT` | `spent`, `ttl` |
//! | what an owner asked for in a minute | `QUOTA#{owner}` | `MINUTE#{minute}#{what}` | `used`, `ttl` |
//! | the jobs of an owner under way | `QUOTA#{owner}` | `ACTIVE` | `active`, a set |
//! | a circuit breaker | `BREAKER#{name}` | `BREAKER` | `revision` |
//! | what a provider offers | `BREAKER#{name}` | `CATALOGUE` | |
//! | an idempotency key | `REQUEST#{owner}#{hash of the key}` | `REQUEST` | `expires`, `ttl` |
//!
//! Two indexes that hold whole items: `by-owner` (`owner`, `created`) for lists, `by-status` (`status_key`, `updated`) for the
//! sweep. Times are RFC 3339 in UTC with nine digits behind the point, so that their order as text is their order in time.
//! `ttl` is in seconds since 1970 and only a hint to the table: what has expired is not given out, deleted or not.

mod budgets;
mod item;
mod jobs;
mod keys;
mod page_token;
mod providers;
mod quotas;
mod tickets;

pub use jobs::Jobs;
pub use providers::ProviderTable;
pub use tickets::TicketTable;

const SERVICE: &str = "DynamoDB";
const CONDITION_FAILED: &str = "ConditionalCheckFailedException";
