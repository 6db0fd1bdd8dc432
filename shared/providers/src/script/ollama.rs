//! Ollama by its own interface: <https://docs.ollama.com/api/chat>. Only here the size of the context can be said; by default it is
//! 4,000 tokens on most machines, and what is longer is cut off without a word.

use super::model::{Answer, Dialect, Ending, Limits, Model, Question};
use super::provider::TIMEOUT;
use crate::Secret;
use crate::models::Listing;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};

const SERVER: Server<'_> = Server { service: "Ollama", own_address: Some("http://127.0.0.1:11434"), timeout: TIMEOUT };

/// The size of the context where the settings say nothing, in tokens.
const CONTEXT: u32 = 16_384;

/// About so many tokens take the instructions, the form and what is said about faults.
const OVERHEAD: u32 = 3_000;

/// A token is at least so many characters of prose in most languages.
const CHARACTERS_PER_TOKEN: u32 = 3;

/// What only Ollama knows.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Ollama {
    /// The size of the context, in tokens.
    num_ctx: Option<u32>,
    /// How long the model stays loaded, such as `10m`.
    keep_alive: Option<String>,
    /// Whether a model that can shall think aloud first.
    think: Option<bool>,
}

/// A model that runs in Ollama, by its settings.
pub(super) fn model(mut settings: ProviderSettings, key: Option<Secret>) -> Result<Model, InvalidSettings> {
    let context = settings.with.get("num_ctx").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let limits = Limits::of(&mut settings, fitting(context.unwrap_or(CONTEXT)))?;
    let dialect: Ollama = settings.with(Capability::Script)?;
    let endpoint = settings.endpoint(Capability::Script, SERVER, key)?;
    Model::new(&settings, limits, endpoint, dialect)
}

/// What fits into a context: a third for the answer, the rest for the document.
fn fitting(context: u32) -> Limits {
    let most_answer_tokens = (context / 3).clamp(500, Limits::LARGE.most_answer_tokens);
    let document_tokens = context.saturating_sub(most_answer_tokens + OVERHEAD).max(700);
    Limits { most_answer_tokens, most_document_characters: (document_tokens * CHARACTERS_PER_TOKEN) as usize }
}

impl Dialect for Ollama {
    fn path(&self, _model: &str) -> Vec<String> {
        ["api", "chat"].map(str::to_owned).to_vec()
    }

    fn request(&self, model: &str, limits: Limits, question: &Question<'_>) -> Value {
        // Weak models keep to a form better if they have read it.
        let instructions = format!("{}\n\nThe JSON schema of the answer:\n{}", question.instructions, question.form.schema);
        let mut messages = vec![json!({"role": "system", "content": instructions})];
        messages.extend(question.messages("assistant", |text| json!(text)));
        let mut body = json!({
            "model": model,
            "messages": messages,
            "stream": false,
            "format": question.form.schema,
            "options": {"num_ctx": self.num_ctx.unwrap_or(CONTEXT), "num_predict": limits.most_answer_tokens},
        });
        if let Some(keep_alive) = &self.keep_alive {
            body["keep_alive"] = json!(keep_alive);
        }
        if let Some(think) = self.think {
            body["think"] = json!(think);
        }
        body
    }

    fn answer(&self, answer: Value) -> serde_json::Result<Answer> {
        let chat: Chat = serde_json::from_value(answer)?;
        let ending = match chat.done_reason.as_deref() {
            _ if chat.error.is_some() || !chat.done => Ending::Broken,
            Some("length") => Ending::CutOff,
            _ => Ending::Whole,
        };
        let usage = Usage { input_tokens: chat.prompt_eval_count, output_tokens: chat.eval_count, ..Usage::default() };
        Ok(Answer { text: chat.message.map(|message| message.content).unwrap_or_default(), ending, usage, request_id: None })
    }

    fn listing(&self) -> Listing {
        Listing { path: "api/tags", query: &[], entries: "models" }
    }

    fn listed<'a>(&self, entry: &'a Value) -> Option<&'a str> {
        entry["name"].as_str()
    }
}

#[derive(Deserialize)]
struct Chat {
    message: Option<Message>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    #[serde(default)]
    prompt_eval_count: u64,
    #[serde(default)]
    eval_count: u64,
    /// An error may come with a status of 200.
    error: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: String,
}
