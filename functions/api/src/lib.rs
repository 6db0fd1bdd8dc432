//! The HTTP API: create a job, follow it, cancel it, read what it made, and change that.
//!
//! In: requests of an HTTP API of API Gateway (payload 2.0) whose authorizer has checked the token; the owner is its `sub`.
//! Out: JSON, redirects to signed addresses, and for everything that goes wrong a problem (RFC 9457) with one of our codes.
//! Nobody sees what is not theirs: another's job is as missing as one that never was. `GET /openapi.json` describes all of it
//! and is made from this code.
//!
//! | Module | What it holds |
//! |---|---|
//! | `routes` | every route with the codes it may answer with |
//! | `create`, `jobs`, `results`, `outline`, `versions`, `revise`, `cost`, `providers`, `health`, `webhooks` | the routes |
//! | `view`, `version_view`, `schema` | what is shown, and how it is described |
//! | `brand` | the files of a brand that come with a request |
//! | `caller`, `extract`, `merge_patch` | what is read from a request |
//! | `quota` | how much one owner may ask for |
//! | `problem`, `observe` | what goes wrong, and what every answer carries |
//! | `file_name` | names that are safe in a key and on a disk |

mod brand;
mod caller;
mod cost;
mod create;
mod extract;
mod file_name;
mod health;
mod jobs;
mod merge_patch;
mod observe;
mod outline;
mod problem;
mod providers;
mod quota;
mod results;
mod revise;
mod routes;
mod schema;
mod version_view;
mod versions;
mod view;
mod webhooks;

pub use providers::{Configured, LastSeen};
pub use quota::Kept;
pub use routes::{openapi, router};

use domain::Limits;
use domain::ports::{AssetStore, Breakers, Catalogues, Executions, JobStore, Links, Quotas, Secrets, Tickets};
use jiff::{SignedDuration, Timestamp};

/// The kinds of ports the API works with: those on AWS, or fakes.
pub trait Ports: Send + Sync + 'static {
    /// The records of jobs, and what owners asked for.
    type Jobs: JobStore + Quotas + 'static;
    /// What was made.
    type Assets: AssetStore + 'static;
    /// The running work.
    type Executions: Executions + 'static;
    /// Addresses for browsers.
    type Links: Links + 'static;
    /// How providers are and what they offer.
    type Providers: Breakers + Catalogues + 'static;
    /// Work at vendors.
    type Tickets: Tickets + 'static;
    /// By which vendors are known again.
    type Secrets: Secrets + 'static;
}

/// What the routes work with.
#[derive(Debug)]
pub struct Api<P: Ports> {
    /// The records of jobs.
    pub jobs: P::Jobs,
    /// What was made.
    pub assets: P::Assets,
    /// The running work.
    pub executions: P::Executions,
    /// Addresses for browsers.
    pub links: P::Links,
    /// How providers are and what they offer.
    pub providers: P::Providers,
    /// Work at vendors.
    pub tickets: P::Tickets,
    /// By which vendors are known again.
    pub secrets: P::Secrets,
    /// The providers that are configured, for each capability in the order in which they are tried.
    pub configured: Vec<Configured>,
    /// Whether one of them is told to tell us by itself when it is done.
    pub expects_webhooks: bool,
    /// How they were when somebody last asked.
    pub last_seen: LastSeen,
    /// What one owner may ask for.
    pub limits: Limits,
    /// How much owners keep, as it was last counted.
    pub kept: Kept,
    /// How long a job and its video are kept.
    pub retention: SignedDuration,
    /// The clock.
    pub now: fn() -> Timestamp,
}
