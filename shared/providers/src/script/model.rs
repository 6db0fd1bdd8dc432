//! A model as its adapter makes it usable: one question, one answer.

use crate::http::Endpoint;
use crate::models::Listing;
use crate::settings::{InvalidSettings, ProviderSettings};
use domain::ports::PortError;
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Debug;
use std::sync::Arc;

/// No model reads or writes more.
const MOST_OF_ANYTHING: usize = 10_000_000;

/// How a vendor is spoken to: what it is sent and what its answers mean. It asks nobody anything.
pub(super) trait Dialect: Debug + Send + Sync {
    /// The segments of the path below the base address where questions to a model go.
    fn path(&self, model: &str) -> Vec<String>;
    /// A question to a model as it is sent.
    fn request(&self, model: &str, limits: Limits, question: &Question<'_>) -> Value;
    /// What an answer says; an error if it has another form.
    fn answer(&self, answer: Value) -> serde_json::Result<Answer>;
    /// Where models are listed.
    fn listing(&self) -> Listing;
    /// The id of a model in its entry of the list; none if it cannot write.
    fn listed<'a>(&self, entry: &'a Value) -> Option<&'a str>;
}

/// A model of a vendor, at its server.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// Its id.
    pub(super) id: String,
    /// How much may be asked and answered.
    pub(super) limits: Limits,
    /// Where it is asked.
    pub(super) endpoint: Endpoint,
    /// Where models are listed.
    pub(super) catalogue: Endpoint,
    /// How it is spoken to.
    pub(super) dialect: Arc<dyn Dialect>,
}

impl Model {
    /// The model of settings, asked and listed at the same server.
    pub(super) fn new(
        settings: &ProviderSettings,
        limits: Limits,
        endpoint: Endpoint,
        dialect: impl Dialect + 'static,
    ) -> Result<Self, InvalidSettings> {
        let (id, catalogue) = (settings.model(Capability::Script)?, endpoint.clone());
        Ok(Self { id, limits, endpoint, catalogue, dialect: Arc::new(dialect) })
    }
}

/// What a model is asked.
pub(super) struct Question<'a> {
    /// What it is told before all else.
    pub(super) instructions: &'a str,
    /// What was said since, beginning with us, each side in turn.
    pub(super) turns: &'a [String],
    /// The form of the answer.
    pub(super) form: &'a Form,
}

/// The form of an answer.
pub(super) struct Form {
    /// Its name, of `A-Z`, `a-z`, `0-9`, `_` and `-`.
    pub(super) name: &'static str,
    /// Its JSON schema, in the subset that strict modes take.
    pub(super) schema: Value,
}

impl Question<'_> {
    /// The turns as most vendors write them, with their word for the model's side.
    pub(super) fn messages(&self, model_role: &str, content: impl Fn(&str) -> Value) -> Vec<Value> {
        self.named_turns(model_role).map(|(role, text)| json!({"role": role, "content": content(text)})).collect()
    }

    /// Who said what.
    pub(super) fn named_turns<'b>(&'b self, model_role: &'b str) -> impl Iterator<Item = (&'b str, &'b str)> {
        let roles = ["user", model_role].into_iter().cycle();
        roles.zip(self.turns.iter().map(String::as_str))
    }
}

/// An answer in our words. Whatever it says, it is paid for.
pub(super) struct Answer {
    /// The text.
    pub(super) text: String,
    /// How it ends.
    pub(super) ending: Ending,
    /// What it used.
    pub(super) usage: Usage,
    /// How the vendor names the call, where it says so in the answer itself.
    pub(super) request_id: Option<String>,
}

/// The ways in which an answer ends, in our words.
#[derive(Clone, Copy)]
pub(super) enum Ending {
    /// It is whole.
    Whole,
    /// It was cut off at its limit of tokens.
    CutOff,
    /// It broke off, or holds nothing.
    Broken,
    /// The model or a filter refused, which is said in one phrase.
    Refused(&'static str),
}

impl Answer {
    /// The text of an answer that is whole, or why there is none.
    pub(super) fn whole(self, service: &'static str) -> Result<String, PortError> {
        match self.ending {
            Ending::Refused(message) => Err(PortError::Rejected { service, message: message.to_owned() }),
            Ending::CutOff => Err(PortError::unusable(service, "the answer was cut off at its limit of tokens")),
            Ending::Broken => Err(PortError::unusable(service, "the answer ended before it was whole")),
            Ending::Whole if self.text.trim().is_empty() => Err(PortError::unusable(service, "the answer is empty")),
            Ending::Whole => Ok(self.text),
        }
    }
}

/// How much may be asked and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Limits {
    /// The most tokens an answer may have.
    pub(super) most_answer_tokens: u32,
    /// The most characters of a document in one question; about four make a token.
    pub(super) most_document_characters: usize,
}

impl Limits {
    /// Suits models that read 100,000 tokens.
    pub(super) const LARGE: Self = Self { most_answer_tokens: 12_000, most_document_characters: 120_000 };

    /// Takes the limits that the settings name out of them.
    pub(super) fn of(settings: &mut ProviderSettings, default: Self) -> Result<Self, InvalidSettings> {
        let mut number = |name: &str, default: usize, least: usize| match settings.with.remove(name) {
            None => Ok(default),
            Some(value) => value
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
                .filter(|number| (least..=MOST_OF_ANYTHING).contains(number))
                .ok_or_else(|| settings.fault(Capability::Script, name, &format!("is no whole number from {least}"))),
        };
        let tokens = number("most_answer_tokens", default.most_answer_tokens as usize, 500)?;
        let characters = number("most_document_characters", default.most_document_characters, 2_000)?;
        Ok(Self { most_answer_tokens: u32::try_from(tokens).unwrap_or(u32::MAX), most_document_characters: characters })
    }
}
