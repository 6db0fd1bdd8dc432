//! Writers of scripts.

mod brief;
mod draft;
mod openai_compatible;
mod provider;

pub use openai_compatible::{Check, OpenAiCompatible, Prompts, SchemaForm, Settings, SystemRole, TokensField};
pub use provider::ScriptProvider;
