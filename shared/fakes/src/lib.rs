//! The ports without any cloud: small, real implementations that behave, for tests of stages.
//!
//! Nothing here is a mock. A store stores, a job refuses what the state machine refuses, and the tone that stands for a voice
//! lasts as long as the text would, with a word at every place where a voice would have one.

mod errand;
mod executions;
mod fixtures;
mod jobs;
mod links;
mod providers;
mod signer;
mod speech;
mod store;
pub mod trials;
mod unsteady;

pub use errand::MemoryErrand;
pub use executions::MemoryExecutions;
pub use fixtures::{at, document, job_id, owner_id, pending_job, processing_job, revise, revise_at, scene, script, scripted_job};
pub use jobs::MemoryJobs;
pub use links::MemoryLinks;
pub use providers::{MemoryProviders, MemorySecrets, MemoryTickets};
pub use signer::SeenSigner;
pub use speech::ToneSpeech;
pub use store::{MemoryAssets, MemoryUploads};
pub use unsteady::{Unsteady, Weather};
