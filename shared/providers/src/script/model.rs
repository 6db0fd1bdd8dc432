//! A model as its adapter makes it usable: one question, one answer.

use crate::settings::{InvalidSettings, ProviderSettings};
use domain::ports::PortError;
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::future::Future;
use std::time::Duration;

/// A script of 60 scenes takes about 100 kB.
pub(super) const MOST_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// A list of models is long at a router: about 200 kB.
pub(super) const MOST_LIST_BYTES: usize = 8 * 1024 * 1024;

/// No model reads or writes more.
const MOST_OF_ANYTHING: usize = 10_000_000;

/// A model behind a vendor's interface.
pub(super) trait Model: Send + Sync {
    /// The id of the model.
    fn model(&self) -> &str;
    /// How much may be asked and answered.
    fn limits(&self) -> Limits;
    /// The time for one question.
    fn timeout(&self) -> Duration;
    /// Asks one question. An error means that nothing was used; an answer that is unusable is in the reply.
    fn ask(&self, question: &Question<'_>) -> impl Future<Output = Result<Reply, PortError>> + Send;
    /// The ids of the models there are.
    fn models(&self) -> impl Future<Output = Result<Vec<String>, PortError>> + Send;
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

/// What came of a question that was answered, and so is paid for.
pub(super) struct Reply {
    /// The text of a complete answer, or why there is none.
    pub(super) text: Result<String, PortError>,
    /// What it used.
    pub(super) usage: Usage,
    /// How the vendor names the call.
    pub(super) request_id: Option<String>,
}

/// The ways in which an answer ends, in our words.
#[derive(Clone, Copy)]
pub(super) enum Ending {
    /// It is whole.
    Whole,
    /// It was cut off at its limit of tokens.
    CutOff,
    /// The model or a filter refused, which is said in one phrase.
    Refused(&'static str),
}

/// The text of an answer that ended in some way.
pub(super) fn text(service: &'static str, ending: Ending, text: String) -> Result<String, PortError> {
    match ending {
        Ending::Refused(message) => Err(PortError::Rejected { service, message: message.to_owned() }),
        Ending::CutOff => Err(unusable(service, "the answer was cut off at its limit of tokens")),
        Ending::Whole if text.trim().is_empty() => Err(unusable(service, "the answer is empty")),
        Ending::Whole => Ok(text),
    }
}

/// An answer that cannot be used.
pub(super) fn unusable(service: &'static str, message: &str) -> PortError {
    PortError::Unavailable { service, message: message.to_owned() }
}

/// Reads an answer of a vendor's form.
pub(super) fn read<T: for<'de> Deserialize<'de>>(service: &'static str, body: &[u8], what: &str) -> Result<T, PortError> {
    serde_json::from_slice(body).map_err(|_| unusable(service, &format!("the answer is no {what}")))
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
