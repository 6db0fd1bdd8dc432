//! Pictures.
//!
//! An adapter is a `painter::Painter`: how a description becomes a request, and how a file and what was used are read. A vendor that
//! works while we wait is waited for in `waiting`. Nobody has looked into a file that leaves here; it is only known to begin like
//! one.

mod openai;
mod painter;
mod presenton;
mod provider;
mod replicate;
#[cfg(test)]
mod tests;
mod waiting;
pub mod webhook;

pub use provider::ImageProvider;
