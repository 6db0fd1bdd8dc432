//! Writers of scripts.
//!
//! An adapter is a `model::Dialect`: how one question becomes a request, and how an answer, its use of tokens and its end are
//! read. All else is shared: `provider` asks and notes what was used, `brief` makes a document ready, `condense` a long one, `draft`
//! reads what a model wrote, and `writer` leads the conversation and asks for repair once.

mod anthropic;
mod bedrock;
mod brief;
mod condense;
mod draft;
mod gemini;
mod model;
mod ollama;
mod openai_compatible;
mod provider;
#[cfg(test)]
mod tests;
mod writer;

pub use provider::ScriptProvider;
pub use writer::{Check, Prompts};
