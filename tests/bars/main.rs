//! What is promised about failure, held to by the binaries that are deployed: each runs as a process of its own, called by a small
//! Lambda of ours, and reaches the local AWS only through a wire on which we listen, and cut.
//!
//! `cloud` makes a bucket for uploads, one for media, a table and a state machine that belong to one test; `function` is the small
//! Lambda; `wire` lies between a function and everything outside; `production` runs the stages of a job as the state machine does.

mod cloud;
mod crashes;
mod ends;
mod errands;
mod function;
mod http;
mod load;
mod production;
mod reuse;
mod uploads;
mod wire;
