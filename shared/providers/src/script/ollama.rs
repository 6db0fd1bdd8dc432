//! Ollama by its own interface: <https://docs.ollama.com/api/chat>. Only here the size of the context can be said; by default it is
//! 4,000 tokens on most machines, and what is longer is cut off without a word.

use super::model::{Ending, Limits, MOST_ANSWER_BYTES, MOST_LIST_BYTES, Model, Question, Reply, read, text, unusable};
use crate::Secret;
use crate::http::Endpoint;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::ports::PortError;
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const SERVICE: &str = "Ollama";
const BASE_URL: &str = "http://127.0.0.1:11434";

/// A model on this machine may have to be loaded first.
const TIMEOUT: Duration = Duration::from_secs(80);

/// The size of the context where the settings say nothing, in tokens.
const CONTEXT: u32 = 16_384;

/// About so many tokens take the instructions, the form and what is said about faults.
const OVERHEAD: u32 = 3_000;

/// A token is at least so many characters of prose in most languages.
const CHARACTERS_PER_TOKEN: u32 = 3;

/// What only Ollama knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The size of the context, in tokens.
    num_ctx: Option<u32>,
    /// How long the model stays loaded, such as `10m`.
    keep_alive: Option<String>,
    /// Whether a model that can shall think aloud first.
    think: Option<bool>,
}

/// A model that runs in Ollama.
#[derive(Debug, Clone)]
pub(super) struct Ollama {
    endpoint: Endpoint,
    model: String,
    limits: Limits,
    context: u32,
    options: Options,
}

impl Ollama {
    /// A model by its settings.
    pub(super) fn new(mut settings: ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let context =
            settings.with.get("num_ctx").and_then(Value::as_u64).map_or(CONTEXT, |n| u32::try_from(n).unwrap_or(CONTEXT));
        let limits = Limits::of(&mut settings, fitting(context))?;
        let options = settings.with(Capability::Script)?;
        let server = Server { service: SERVICE, own_address: Some(BASE_URL), timeout: TIMEOUT };
        let endpoint = settings.endpoint(Capability::Script, server, key)?;
        Ok(Self { endpoint, model: settings.model(Capability::Script)?, limits, context, options })
    }

    fn body(&self, question: &Question<'_>) -> Value {
        // Weak models keep to a form better if they have read it.
        let instructions = format!("{}\n\nThe JSON schema of the answer:\n{}", question.instructions, question.form.schema);
        let mut messages = vec![json!({"role": "system", "content": instructions})];
        messages.extend(question.messages("assistant", |text| json!(text)));
        let mut body = json!({
            "model": self.model,
            "messages": messages,
            "stream": false,
            "format": question.form.schema,
            "options": {"num_ctx": self.context, "num_predict": self.limits.most_answer_tokens},
        });
        if let Some(keep_alive) = &self.options.keep_alive {
            body["keep_alive"] = json!(keep_alive);
        }
        if let Some(think) = self.options.think {
            body["think"] = json!(think);
        }
        body
    }
}

/// What fits into a context: a third for the answer, the rest for the document.
fn fitting(context: u32) -> Limits {
    let most_answer_tokens = (context / 3).clamp(500, Limits::LARGE.most_answer_tokens);
    let document_tokens = context.saturating_sub(most_answer_tokens + OVERHEAD).max(700);
    Limits { most_answer_tokens, most_document_characters: (document_tokens * CHARACTERS_PER_TOKEN) as usize }
}

impl Model for Ollama {
    fn model(&self) -> &str {
        &self.model
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn timeout(&self) -> Duration {
        self.endpoint.timeout()
    }

    async fn ask(&self, question: &Question<'_>) -> Result<Reply, PortError> {
        let answer = self.endpoint.post("api/chat", &self.body(question), MOST_ANSWER_BYTES).await?;
        let chat: Chat = read(SERVICE, &answer.body, "chat")?;
        Ok(Reply { usage: chat.usage(), request_id: answer.request_id, text: chat.text() })
    }

    async fn models(&self) -> Result<Vec<String>, PortError> {
        #[derive(Deserialize)]
        struct List {
            models: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            name: String,
        }
        let answer = self.endpoint.get("api/tags", &[], MOST_LIST_BYTES).await?;
        let list: List = read(SERVICE, &answer.body, "list of models")?;
        Ok(list.models.into_iter().map(|entry| entry.name).collect())
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

impl Chat {
    fn usage(&self) -> Usage {
        Usage { input_tokens: self.prompt_eval_count, output_tokens: self.eval_count, ..Usage::default() }
    }

    fn text(self) -> Result<String, PortError> {
        if self.error.is_some() || !self.done {
            return Err(unusable(SERVICE, "the answer broke off"));
        }
        let ending = if self.done_reason.as_deref() == Some("length") { Ending::CutOff } else { Ending::Whole };
        text(SERVICE, ending, self.message.map(|message| message.content).unwrap_or_default())
    }
}
