//! Any model of Amazon Bedrock, by Converse:
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>. One signed request, so it keeps to the same
//! rules as every other vendor; a client of the SDK would bring retries and timeouts of its own.

use super::model::{Ending, Limits, MOST_ANSWER_BYTES, MOST_LIST_BYTES, Model, Question, Reply, read, text, unusable};
use crate::http::Endpoint;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::ports::{PortError, RequestSigner};
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const SERVICE: &str = "Bedrock";
const SIGNED_FOR: &str = "bedrock";
const TIMEOUT: Duration = Duration::from_secs(80);

/// What only Bedrock knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// `priority`, `default`, `flex` or `reserved`.
    service_tier: Option<String>,
}

/// A model of Bedrock, usually by the id of an inference profile, such as `eu.amazon.nova-lite-v1:0`.
#[derive(Debug, Clone)]
pub(super) struct Bedrock {
    endpoint: Endpoint,
    /// Where models are listed, which is another service.
    control: Endpoint,
    model: String,
    limits: Limits,
    service_tier: Option<String>,
}

impl Bedrock {
    /// A model by its settings.
    pub(super) fn new(mut settings: ProviderSettings, signer: &Arc<dyn RequestSigner>) -> Result<Self, InvalidSettings> {
        let limits = Limits::of(&mut settings, Limits::LARGE)?;
        let Options { service_tier } = settings.with(Capability::Script)?;
        let signed_at = |host: &str| {
            let own_address = format!("https://{host}.{}.amazonaws.com", signer.region());
            let server = Server { service: SERVICE, own_address: Some(&own_address), timeout: TIMEOUT };
            let endpoint = settings.endpoint(Capability::Script, server, None)?;
            Ok::<_, InvalidSettings>(endpoint.signed(SIGNED_FOR, Arc::clone(signer)))
        };
        let (endpoint, control) = (signed_at("bedrock-runtime")?, signed_at("bedrock")?);
        Ok(Self { endpoint, control, model: settings.model(Capability::Script)?, limits, service_tier })
    }

    fn body(&self, question: &Question<'_>) -> Value {
        let schema = json!({"name": question.form.name, "schema": question.form.schema.to_string()});
        let mut body = json!({
            "system": [{"text": question.instructions}],
            "messages": question.messages("assistant", |text| json!([{"text": text}])),
            // Without a limit the most a model can say is reserved of the quota.
            "inferenceConfig": {"maxTokens": self.limits.most_answer_tokens},
            "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}},
        });
        if let Some(tier) = &self.service_tier {
            body["serviceTier"] = json!({"type": tier});
        }
        body
    }
}

impl Model for Bedrock {
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
        let path = ["model", &self.model, "converse"];
        let answer = self.endpoint.post_to(&path, &[], &self.body(question), MOST_ANSWER_BYTES).await?;
        let conversation: Conversation = read(SERVICE, &answer.body, "conversation")?;
        Ok(Reply { usage: conversation.usage.in_our_words(), request_id: answer.request_id, text: conversation.text() })
    }

    async fn models(&self) -> Result<Vec<String>, PortError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct List {
            inference_profile_summaries: Vec<Entry>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Entry {
            inference_profile_id: String,
        }
        let answer = self.control.get("inference-profiles", &[("maxResults", "1000")], MOST_LIST_BYTES).await?;
        let list: List = read(SERVICE, &answer.body, "list of inference profiles")?;
        Ok(list.inference_profile_summaries.into_iter().map(|entry| entry.inference_profile_id).collect())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Conversation {
    output: Output,
    stop_reason: String,
    usage: Used,
}

#[derive(Deserialize)]
struct Output {
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Vec<Block>,
}

/// A block of an answer; those of thought have no text here.
#[derive(Deserialize)]
struct Block {
    text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Used {
    input_tokens: u64,
    output_tokens: u64,
    #[serde(default)]
    cache_read_input_tokens: u64,
    #[serde(default)]
    cache_write_input_tokens: u64,
}

impl Used {
    fn in_our_words(&self) -> Usage {
        Usage {
            input_tokens: self.input_tokens + self.cache_write_input_tokens,
            cached_input_tokens: self.cache_read_input_tokens,
            output_tokens: self.output_tokens,
            ..Usage::default()
        }
    }
}

impl Conversation {
    fn text(self) -> Result<String, PortError> {
        let ending = match self.stop_reason.as_str() {
            "end_turn" | "stop_sequence" => Ending::Whole,
            "max_tokens" | "model_context_window_exceeded" => Ending::CutOff,
            "guardrail_intervened" | "content_filtered" => Ending::Refused("a filter stopped the answer"),
            _ => return Err(unusable(SERVICE, "the answer ended before it was whole")),
        };
        let blocks = self.output.message.map(|message| message.content).unwrap_or_default();
        text(SERVICE, ending, blocks.into_iter().filter_map(|block| block.text).collect())
    }
}
