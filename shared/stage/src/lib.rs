//! How a stage runs on Lambda: settings, logs, and the shell around a handler.
//!
//! The shell reads the input, keeps the job's log alive while the handler works, stops it at the deadline or when the job is
//! cancelled, and turns a failure into the word on which the state machine acts. It decides nothing about documents, scenes
//! or videos, and no handler knows that Lambda exists.

mod desk;
pub mod logging;
pub mod metrics;
mod report;
mod run;
pub mod settings;

pub use desk::{Made, NotedAssets, RunJobs, Tally};
pub use report::{Input, Invocation, perform};
pub use run::{Error, run, run_event};
