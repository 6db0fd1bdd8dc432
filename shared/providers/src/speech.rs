//! Voices.

mod chunks;
mod openai_compatible;
mod provider;
mod wav;

pub use openai_compatible::{OpenAiCompatible, Settings, SoundFormat};
pub use provider::SpeechProvider;
