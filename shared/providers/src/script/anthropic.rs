//! Claude, by the Messages of Anthropic: <https://platform.claude.com/docs/en/api/messages>.

use super::model::{Ending, Limits, MOST_ANSWER_BYTES, MOST_LIST_BYTES, Model, Question, Reply, read, text};
use crate::Secret;
use crate::http::Endpoint;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::ports::PortError;
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const SERVICE: &str = "Anthropic";
const BASE_URL: &str = "https://api.anthropic.com";
const TIMEOUT: Duration = Duration::from_secs(80);

/// The version of the interface. With it any sampling parameter is refused.
const VERSION: &str = "2026-10-21";

/// An answer that may be longer has to be streamed: it could take more than ten minutes.
const MOST_TOKENS_AT_ONCE: u32 = 21_333;

/// So many models are asked for at once, the most there may be.
const PAGE: &str = "1000";

/// What only Anthropic knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// How much the model thinks: `low` to `max`.
    effort: Option<String>,
}

/// A model of Anthropic.
#[derive(Debug, Clone)]
pub(super) struct Anthropic {
    endpoint: Endpoint,
    model: String,
    limits: Limits,
    effort: Option<String>,
}

impl Anthropic {
    /// A model by its settings.
    pub(super) fn new(mut settings: ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let limits = Limits::of(&mut settings, Limits::LARGE)?;
        if limits.most_answer_tokens > MOST_TOKENS_AT_ONCE {
            return Err(settings.fault(Capability::Script, "most_answer_tokens", &format!("is over {MOST_TOKENS_AT_ONCE}")));
        }
        let Options { effort } = settings.with(Capability::Script)?;
        let server = Server { service: SERVICE, own_address: Some(BASE_URL), timeout: TIMEOUT };
        let endpoint = settings.endpoint(Capability::Script, server, key)?.key_in_header("x-api-key");
        let endpoint = endpoint.with_header("anthropic-version", VERSION)?;
        Ok(Self { endpoint, model: settings.model(Capability::Script)?, limits, effort })
    }

    fn body(&self, question: &Question<'_>) -> Value {
        let mut config = json!({"format": {"type": "json_schema", "schema": question.form.schema}});
        if let Some(effort) = &self.effort {
            config["effort"] = json!(effort);
        }
        json!({
            "model": self.model,
            "max_tokens": self.limits.most_answer_tokens,
            "system": question.instructions,
            "messages": question.messages("assistant", |text| json!(text)),
            "output_config": config,
        })
    }
}

impl Model for Anthropic {
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
        let answer = self.endpoint.post("v1/messages", &self.body(question), MOST_ANSWER_BYTES).await?;
        let message: Message = read(SERVICE, &answer.body, "message")?;
        Ok(Reply { usage: message.usage.in_our_words(), request_id: answer.request_id, text: message.text() })
    }

    async fn models(&self) -> Result<Vec<String>, PortError> {
        #[derive(Deserialize)]
        struct List {
            data: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            id: String,
        }
        let answer = self.endpoint.get("v1/models", &[("limit", PAGE)], MOST_LIST_BYTES).await?;
        let list: List = read(SERVICE, &answer.body, "list of models")?;
        Ok(list.data.into_iter().map(|entry| entry.id).collect())
    }
}

#[derive(Deserialize)]
struct Message {
    content: Vec<Block>,
    stop_reason: Option<String>,
    usage: Used,
}

/// A block of an answer; only those of type `text` have a text.
#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

/// What was used. Tokens that come from the cache or go into it are not among `input_tokens`.
#[derive(Deserialize)]
struct Used {
    input_tokens: u64,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: u64,
}

impl Used {
    fn in_our_words(&self) -> Usage {
        Usage {
            input_tokens: self.input_tokens + self.cache_creation_input_tokens.unwrap_or(0),
            cached_input_tokens: self.cache_read_input_tokens.unwrap_or(0),
            output_tokens: self.output_tokens,
            ..Usage::default()
        }
    }
}

impl Message {
    fn text(self) -> Result<String, PortError> {
        let ending = match self.stop_reason.as_deref() {
            Some("refusal") => Ending::Refused("the model refuses"),
            Some("max_tokens" | "model_context_window_exceeded" | "pause_turn") => Ending::CutOff,
            _ => Ending::Whole,
        };
        let texts = self.content.into_iter().filter(|block| block.kind == "text").filter_map(|block| block.text);
        text(SERVICE, ending, texts.collect())
    }
}
