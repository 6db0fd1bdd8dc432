//! Writers of scripts.

mod brief;
mod draft;
mod openai_compatible;

pub use openai_compatible::{Check, OpenAiCompatible, Prompts, SchemaForm, Settings, SystemRole, TokensField};
