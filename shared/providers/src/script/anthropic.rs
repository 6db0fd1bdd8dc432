//! Claude, by the Messages of Anthropic: <https://platform.claude.com/docs/en/api/messages>.

use super::model::{Answer, Dialect, Ending, Limits, Model, Question};
use super::provider::TIMEOUT;
use crate::Secret;
use crate::models::Listing;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};

const SERVER: Server<'_> = Server { service: "Anthropic", own_address: Some("https://api.anthropic.com"), timeout: TIMEOUT };

/// The version of the interface. With it any sampling parameter is refused.
const VERSION: &str = "2026-10-21";

/// An answer that may be longer has to be streamed: it could take more than ten minutes.
const MOST_TOKENS_AT_ONCE: u32 = 21_333;

/// What only Anthropic knows.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Anthropic {
    /// How much the model thinks: `low` to `max`.
    effort: Option<String>,
}

/// A model of Anthropic by its settings.
pub(super) fn model(mut settings: ProviderSettings, key: Option<Secret>) -> Result<Model, InvalidSettings> {
    let limits = Limits::of(&mut settings, Limits::LARGE)?;
    if limits.most_answer_tokens > MOST_TOKENS_AT_ONCE {
        return Err(settings.fault(Capability::Script, "most_answer_tokens", &format!("is over {MOST_TOKENS_AT_ONCE}")));
    }
    let dialect: Anthropic = settings.with(Capability::Script)?;
    let endpoint = settings.endpoint(Capability::Script, SERVER, key)?.key_in_header("x-api-key");
    Model::new(&settings, limits, endpoint.with_header("anthropic-version", VERSION)?, dialect)
}

impl Dialect for Anthropic {
    fn path(&self, _model: &str) -> Vec<String> {
        ["v1", "messages"].map(str::to_owned).to_vec()
    }

    fn request(&self, model: &str, limits: Limits, question: &Question<'_>) -> Value {
        let mut config = json!({"format": {"type": "json_schema", "schema": question.form.schema}});
        if let Some(effort) = &self.effort {
            config["effort"] = json!(effort);
        }
        json!({
            "model": model,
            "max_tokens": limits.most_answer_tokens,
            "system": question.instructions,
            "messages": question.messages("assistant", |text| json!(text)),
            "output_config": config,
        })
    }

    fn answer(&self, answer: Value) -> serde_json::Result<Answer> {
        let Message { content, stop_reason, usage } = serde_json::from_value(answer)?;
        let ending = match stop_reason.as_deref() {
            Some("refusal") => Ending::Refused("the model refuses"),
            Some("max_tokens" | "model_context_window_exceeded" | "pause_turn") => Ending::CutOff,
            _ => Ending::Whole,
        };
        let texts = content.into_iter().filter(|block| block.kind == "text").filter_map(|block| block.text);
        let usage = Usage {
            input_tokens: usage.input_tokens + usage.cache_creation_input_tokens.unwrap_or(0),
            cached_input_tokens: usage.cache_read_input_tokens.unwrap_or(0),
            output_tokens: usage.output_tokens,
            ..Usage::default()
        };
        Ok(Answer { text: texts.collect(), ending, usage, request_id: None })
    }

    fn listing(&self) -> Listing {
        // The most there may be on a page.
        Listing { path: "v1/models", query: &[("limit", "1000")], entries: "data" }
    }

    fn listed<'a>(&self, entry: &'a Value) -> Option<&'a str> {
        entry["id"].as_str()
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
