//! Vendors of writing, speech, transcripts and pictures, behind our ports.
//!
//! The only crate that speaks HTTP to vendors and knows their JSON. A vendor's words stop here: what comes back is turned into
//! our types, and what goes wrong into [`domain::ports::PortError`], where it arrives. Model ids, addresses and keys are
//! settings, and a base address is always one of them, so that every adapter is tested against a local server.

pub mod chain;
pub mod http;
pub mod image;
mod models;
mod ogg;
pub mod script;
mod secret;
pub mod settings;
pub mod speech;
#[cfg(test)]
mod testing;
pub mod transcript;
mod wav;

pub use secret::Secret;
