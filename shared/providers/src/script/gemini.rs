//! Gemini, by `generateContent`: <https://ai.google.dev/api/generate-content>. Google calls it legacy and supports it fully.

use super::model::{Answer, Dialect, Ending, Limits, Model, Question};
use super::provider::TIMEOUT;
use crate::Secret;
use crate::models::Listing;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};

const SERVER: Server<'_> =
    Server { service: "Gemini", own_address: Some("https://generativelanguage.googleapis.com/v1beta"), timeout: TIMEOUT };

/// What a model is called in lists and addresses, before its id.
const KIND: &str = "models/";

/// What only Gemini knows.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Gemini {
    /// How much the model thinks, such as `low`.
    thinking_level: Option<String>,
    /// The most tokens it thinks, for models that want a number.
    thinking_budget: Option<u32>,
}

/// A model of Google by its settings.
pub(super) fn model(mut settings: ProviderSettings, key: Option<Secret>) -> Result<Model, InvalidSettings> {
    let limits = Limits::of(&mut settings, Limits::LARGE)?;
    let dialect: Gemini = settings.with(Capability::Script)?;
    // In a header: as a parameter of the address the key would stand in logs.
    let endpoint = settings.endpoint(Capability::Script, SERVER, key)?.key_in_header("x-goog-api-key");
    let model = Model::new(&settings, limits, endpoint, dialect)?;
    Ok(Model { id: model.id.trim_start_matches(KIND).to_owned(), ..model })
}

impl Dialect for Gemini {
    fn path(&self, model: &str) -> Vec<String> {
        vec!["models".to_owned(), format!("{model}:generateContent")]
    }

    fn request(&self, _model: &str, limits: Limits, question: &Question<'_>) -> Value {
        let parts = |text: &str| json!([{"text": text}]);
        let turns = question.named_turns("model");
        let contents: Vec<Value> = turns.map(|(role, text)| json!({"role": role, "parts": parts(text)})).collect();
        let mut config = json!({
            "responseMimeType": "application/json",
            "responseJsonSchema": question.form.schema,
            "maxOutputTokens": limits.most_answer_tokens,
        });
        if let Some(level) = &self.thinking_level {
            config["thinkingConfig"]["thinkingLevel"] = json!(level);
        }
        if let Some(budget) = self.thinking_budget {
            config["thinkingConfig"]["thinkingBudget"] = json!(budget);
        }
        json!({
            "systemInstruction": {"parts": parts(question.instructions)},
            "contents": contents,
            "generationConfig": config,
        })
    }

    fn answer(&self, answer: Value) -> serde_json::Result<Answer> {
        let Content { candidates, prompt_feedback, usage_metadata, response_id } = serde_json::from_value(answer)?;
        let candidate = candidates.into_iter().next();
        let is_blocked = prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some());
        let ending = match &candidate {
            _ if is_blocked => Ending::Refused("the question was blocked"),
            None => Ending::Broken,
            Some(candidate) => match candidate.finish_reason.as_deref() {
                None | Some("STOP" | "FINISH_REASON_UNSPECIFIED") => Ending::Whole,
                Some("MAX_TOKENS" | "CONTINUATION") => Ending::CutOff,
                Some("SAFETY" | "RECITATION" | "PROHIBITED_CONTENT" | "SPII" | "BLOCKLIST" | "LANGUAGE") => {
                    Ending::Refused("a filter stopped the answer")
                }
                Some(_) => Ending::Broken,
            },
        };
        let parts = candidate.and_then(|candidate| candidate.content).map(|content| content.parts).unwrap_or_default();
        let text = parts.into_iter().filter(|part| !part.thought).filter_map(|part| part.text).collect();
        let used = usage_metadata.unwrap_or_default();
        let usage = Usage {
            input_tokens: used.prompt_token_count.saturating_sub(used.cached_content_token_count),
            cached_input_tokens: used.cached_content_token_count,
            output_tokens: used.candidates_token_count + used.thoughts_token_count,
            ..Usage::default()
        };
        Ok(Answer { text, ending, usage, request_id: response_id })
    }

    fn listing(&self) -> Listing {
        // The most there may be on a page.
        Listing { path: "models", query: &[("pageSize", "1000")], entries: "models" }
    }

    fn listed<'a>(&self, entry: &'a Value) -> Option<&'a str> {
        let writes = entry["supportedGenerationMethods"].as_array()?.iter().any(|method| method == "generateContent");
        entry["name"].as_str().filter(|_| writes).map(|name| name.trim_start_matches(KIND))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<Used>,
    response_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Parts>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
    /// Whether the model only thinks here.
    #[serde(default)]
    thought: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Used {
    prompt_token_count: u64,
    cached_content_token_count: u64,
    candidates_token_count: u64,
    thoughts_token_count: u64,
}
