//! Any model of Amazon Bedrock, by Converse:
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>. One signed request, so it keeps to the same
//! rules as every other vendor; a client of the SDK would bring retries and timeouts of its own.

use super::model::{Answer, Dialect, Ending, Limits, Model, Question};
use super::provider::TIMEOUT;
use crate::models::Listing;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::ports::RequestSigner;
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const SERVICE: &str = "Bedrock";
const SIGNED_FOR: &str = "bedrock";

/// What only Bedrock knows.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Bedrock {
    /// `priority`, `default`, `flex` or `reserved`.
    service_tier: Option<String>,
}

/// A model of Bedrock by its settings, usually the id of an inference profile, such as `eu.amazon.nova-lite-v1:0`.
pub(super) fn model(mut settings: ProviderSettings, signer: &Arc<dyn RequestSigner>) -> Result<Model, InvalidSettings> {
    let limits = Limits::of(&mut settings, Limits::LARGE)?;
    let dialect: Bedrock = settings.with(Capability::Script)?;
    let signed_at = |host: &str| {
        let own_address = format!("https://{host}.{}.amazonaws.com", signer.region());
        let server = Server { service: SERVICE, own_address: Some(&own_address), timeout: TIMEOUT };
        let endpoint = settings.endpoint(Capability::Script, server, None)?;
        Ok::<_, InvalidSettings>(endpoint.signed(SIGNED_FOR, Arc::clone(signer)))
    };
    // Models are listed by another service.
    Ok(Model { catalogue: signed_at("bedrock")?, ..Model::new(&settings, limits, signed_at("bedrock-runtime")?, dialect)? })
}

impl Dialect for Bedrock {
    fn path(&self, model: &str) -> Vec<String> {
        ["model", model, "converse"].map(str::to_owned).to_vec()
    }

    fn request(&self, _model: &str, limits: Limits, question: &Question<'_>) -> Value {
        let schema = json!({"name": question.form.name, "schema": question.form.schema.to_string()});
        let mut body = json!({
            "system": [{"text": question.instructions}],
            "messages": question.messages("assistant", |text| json!([{"text": text}])),
            // Without a limit the most a model can say is reserved of the quota.
            "inferenceConfig": {"maxTokens": limits.most_answer_tokens},
            "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}},
        });
        if let Some(tier) = &self.service_tier {
            body["serviceTier"] = json!({"type": tier});
        }
        body
    }

    fn answer(&self, answer: Value) -> serde_json::Result<Answer> {
        let Conversation { output, stop_reason, usage } = serde_json::from_value(answer)?;
        let ending = match stop_reason.as_str() {
            "end_turn" | "stop_sequence" => Ending::Whole,
            "max_tokens" | "model_context_window_exceeded" => Ending::CutOff,
            "guardrail_intervened" | "content_filtered" => Ending::Refused("a filter stopped the answer"),
            _ => Ending::Broken,
        };
        let blocks = output.message.map(|message| message.content).unwrap_or_default();
        let usage = Usage {
            input_tokens: usage.input_tokens + usage.cache_write_input_tokens,
            cached_input_tokens: usage.cache_read_input_tokens,
            output_tokens: usage.output_tokens,
            ..Usage::default()
        };
        Ok(Answer { text: blocks.into_iter().filter_map(|block| block.text).collect(), ending, usage, request_id: None })
    }

    fn listing(&self) -> Listing {
        Listing { path: "inference-profiles", query: &[("maxResults", "1000")], entries: "inferenceProfileSummaries" }
    }

    fn listed<'a>(&self, entry: &'a Value) -> Option<&'a str> {
        entry["inferenceProfileId"].as_str()
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
