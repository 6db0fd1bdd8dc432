//! A voice that hums: a tone for every word, as long as the word, with a pause between words.

use crate::store::lock;
use domain::ports::{PortError, Speech, SpeechClip, SpeechRequest, WordOnset};
use domain::{Capability, Charge, Meter, Usage};
use std::f32::consts::TAU;
use std::sync::Mutex;

const SAMPLE_RATE_HZ: u32 = 22_050;
/// 0.07 s a character is the pace of 160 words a minute.
const SAMPLES_PER_CHARACTER: usize = 1_543;
const PAUSE_SAMPLES: usize = 1_100;

/// The humming voice.
#[derive(Debug, Default)]
pub struct ToneSpeech {
    calls: Mutex<u32>,
    is_away: Mutex<bool>,
}

impl ToneSpeech {
    /// How often it spoke, to show that nothing is spoken twice.
    pub fn calls(&self) -> u32 {
        *lock(&self.calls)
    }

    /// Lets the voice be away, or come back.
    pub fn be_away(&self, is_away: bool) {
        *lock(&self.is_away) = is_away;
    }
}

impl Speech for ToneSpeech {
    fn identity(&self) -> String {
        "tone 1".to_owned()
    }

    async fn speak(&self, request: &SpeechRequest, meter: &Meter) -> Result<SpeechClip, PortError> {
        *lock(&self.calls) += 1;
        if *lock(&self.is_away) {
            return Err(PortError::Unavailable { service: "the humming voice", message: "it is away".to_owned() });
        }
        meter.note(Charge {
            capability: Capability::Speech,
            provider: "tone".to_owned(),
            model: None,
            usage: Usage { characters: request.text.chars().count() as u64, ..Usage::default() },
            request_id: None,
            saved: false,
        });
        let mut samples = Vec::new();
        let mut words = Vec::new();
        for (offset, word) in words_of(&request.text) {
            words.push(WordOnset { text_offset: u32::try_from(offset).unwrap_or(u32::MAX), sample: samples.len() as u64 });
            samples.extend(tone(word.chars().count() * SAMPLES_PER_CHARACTER));
            samples.extend(std::iter::repeat_n(0.0, PAUSE_SAMPLES));
        }
        Ok(SpeechClip { samples, sample_rate_hz: SAMPLE_RATE_HZ, words, voice: "hum".to_owned() })
    }
}

fn words_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// A 220 Hz tone with soft edges.
fn tone(length: usize) -> impl Iterator<Item = f32> {
    (0..length).map(move |n| {
        let edge = (n.min(length - n) as f32 / 200.0).min(1.0);
        0.3 * edge * (TAU * 220.0 * n as f32 / SAMPLE_RATE_HZ as f32).sin()
    })
}
