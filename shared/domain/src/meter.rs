//! What calls to vendors used: noted by whoever calls, read by whoever bills.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a vendor does for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Writes scripts.
    Script,
    /// Speaks narrations.
    Speech,
    /// Draws pictures.
    Image,
    /// Writes down what is said.
    Transcript,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 4] = [Self::Script, Self::Speech, Self::Image, Self::Transcript];

    /// The word, as it stands in the JSON form, in the names of settings and in those of keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Speech => "speech",
            Self::Image => "image",
            Self::Transcript => "transcript",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a call used, in the units in which vendors bill. A vendor counts in some of them; the others stay zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens of the question that were not read before.
    #[serde(skip_serializing_if = "is_zero")]
    pub input_tokens: u64,
    /// Tokens of the question that the vendor still knew, which cost less.
    #[serde(skip_serializing_if = "is_zero")]
    pub cached_input_tokens: u64,
    /// Tokens of the answer, those of silent thought included.
    #[serde(skip_serializing_if = "is_zero")]
    pub output_tokens: u64,
    /// Characters of text that was spoken.
    #[serde(skip_serializing_if = "is_zero")]
    pub characters: u64,
    /// Pictures.
    #[serde(skip_serializing_if = "is_zero")]
    pub images: u64,
    /// Sound, in milliseconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub audio_ms: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Add for Usage {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.cached_input_tokens += other.cached_input_tokens;
        self.output_tokens += other.output_tokens;
        self.characters += other.characters;
        self.images += other.images;
        self.audio_ms += other.audio_ms;
    }
}

/// One call to a vendor, or one that was saved because its result was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// What for.
    pub capability: Capability,
    /// The vendor, by the word of its adapter, such as `anthropic`.
    pub provider: String,
    /// The model, where the vendor has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What it used; what it would have used where it was saved.
    pub usage: Usage,
    /// How the vendor names the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Whether the result was found instead of asked for.
    #[serde(default)]
    pub saved: bool,
}

/// Collects the charges of one invocation. Its copies collect into the same list.
///
/// An adapter notes a call as soon as it knows what the call used, also where the answer turns out to be unusable: it is paid
/// all the same.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    charges: Vec<Charge>,
    /// So many of them bought nothing of use.
    lost: usize,
}

impl Meter {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a call.
    pub fn note(&self, charge: Charge) {
        self.notes().charges.push(charge);
    }

    /// What was noted after the first so many charges, in order.
    pub fn after(&self, count: usize) -> Vec<Charge> {
        self.notes().charges.iter().skip(count).cloned().collect()
    }

    /// How many charges were noted.
    pub fn count(&self) -> usize {
        self.notes().charges.len()
    }

    /// Says that what was noted so far bought nothing of use: whoever begins again loses nothing by it.
    pub fn write_off(&self) {
        let mut notes = self.notes();
        notes.lost = notes.charges.len();
    }

    /// Whether anything that may be of use was bought after the first so many charges.
    pub fn has_bought_after(&self, count: usize) -> bool {
        let notes = self.notes();
        notes.charges.len() > count.max(notes.lost)
    }

    /// Takes all that was noted so far, in order.
    pub fn take(&self) -> Vec<Charge> {
        std::mem::take(&mut *self.notes()).charges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(characters: u64) -> Charge {
        let usage = Usage { characters, ..Usage::default() };
        Charge {
            capability: Capability::Speech,
            provider: "polly".to_owned(),
            model: None,
            usage,
            request_id: None,
            saved: false,
        }
    }

    #[test]
    fn copies_of_a_meter_collect_into_one_list() {
        let meter = Meter::default();
        meter.note(charge(1));
        meter.clone().note(charge(2));
        assert_eq!(meter.take(), [charge(1), charge(2)]);
        assert_eq!(meter.take(), []);
    }

    #[test]
    fn what_was_written_off_bought_nothing() {
        let meter = Meter::default();
        meter.note(charge(1));
        assert_eq!([0, 1].map(|count| meter.has_bought_after(count)), [true, false]);
        meter.write_off();
        assert!(!meter.has_bought_after(0));
        meter.note(charge(2));
        assert_eq!([0, 1, 2].map(|count| meter.has_bought_after(count)), [true, true, false]);
        assert_eq!(meter.take(), [charge(1), charge(2)], "it is paid all the same");
    }

    #[test]
    fn a_charge_says_only_what_was_used() {
        let json = serde_json::to_string(&charge(12)).expect("it has a JSON form");
        assert_eq!(json, r#"{"capability":"speech","provider":"polly","usage":{"characters":12},"saved":false}"#);
        assert_eq!(serde_json::from_str::<Charge>(&json).expect("it is read back"), charge(12));
    }

    #[test]
    fn capabilities_are_written_by_their_words() {
        for capability in Capability::ALL {
            let json = serde_json::to_string(&capability).expect("it has a JSON form");
            assert_eq!(json, format!("\"{}\"", capability.word()));
        }
    }
}
