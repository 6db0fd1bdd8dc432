//! Voices.
//!
//! An adapter is a `voice::Voice`: how one piece of text becomes a request, and how sound, the beginnings of words and what was
//! used are read. All else is shared: `chunks` cuts a narration into pieces a vendor takes, and `narration` speaks and joins them.

mod chunks;
mod elevenlabs;
mod narration;
mod openai_compatible;
mod piper;
mod polly;
mod provider;
#[cfg(test)]
mod tests;
mod voice;
mod zyphra;

pub use provider::SpeechProvider;
