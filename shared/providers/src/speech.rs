//! Voices.

mod chunks;
mod openai_compatible;
mod wav;

pub use openai_compatible::{OpenAiCompatible, Settings, SoundFormat};
