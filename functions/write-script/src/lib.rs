//! x
pub mod check;
pub mod embedded;
