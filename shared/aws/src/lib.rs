//! The ports of the domain on AWS: objects in S3, records in DynamoDB, executions in Step Functions.
//!
//! The only crate that names the AWS SDK. It decides nothing about documents or videos, and no word of the SDK leaves it: what
//! goes wrong is a [`domain::ports::PortError`], made in one place.
//!
//! ```no_run
//! # async fn wire() {
//! let config = aws::Config::load().await;
//! let assets = config.assets("my-media-bucket");
//! let jobs = config.jobs("my-table");
//! # }
//! ```

mod config;
pub mod dynamodb;
mod error;
pub mod s3;
mod secrets;
pub mod sfn;
mod signer;

pub use config::Config;
pub use signer::Signer;
