//! Gemini, by `generateContent`: <https://ai.google.dev/api/generate-content>. Google calls it legacy and supports it fully.

use super::model::{Ending, Limits, MOST_ANSWER_BYTES, MOST_LIST_BYTES, Model, Question, Reply, read, text, unusable};
use crate::Secret;
use crate::http::Endpoint;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::ports::PortError;
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const SERVICE: &str = "Gemini";
const BASE_URL: &str = "https://generativelanguage.googleapis.com/v1beta";
const TIMEOUT: Duration = Duration::from_secs(80);

/// So many models are asked for at once, the most there may be.
const PAGE: &str = "1000";

/// What only Gemini knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// How much the model thinks, such as `low`.
    thinking_level: Option<String>,
    /// The most tokens it thinks, for models that want a number.
    thinking_budget: Option<u32>,
}

/// A model of Google.
#[derive(Debug, Clone)]
pub(super) struct Gemini {
    endpoint: Endpoint,
    model: String,
    limits: Limits,
    options: Options,
}

impl Gemini {
    /// A model by its settings.
    pub(super) fn new(mut settings: ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let limits = Limits::of(&mut settings, Limits::LARGE)?;
        let options = settings.with(Capability::Script)?;
        let server = Server { service: SERVICE, own_address: Some(BASE_URL), timeout: TIMEOUT };
        // In a header: as a parameter of the address it would stand in logs.
        let endpoint = settings.endpoint(Capability::Script, server, key)?.key_in_header("x-goog-api-key");
        let model = settings.model(Capability::Script)?;
        let model = model.strip_prefix("models/").unwrap_or(&model).to_owned();
        Ok(Self { endpoint, model, limits, options })
    }

    fn body(&self, question: &Question<'_>) -> Value {
        let parts = |text: &str| json!([{"text": text}]);
        let turns = question.named_turns("model");
        let contents: Vec<Value> = turns.map(|(role, text)| json!({"role": role, "parts": parts(text)})).collect();
        let mut config = json!({
            "responseMimeType": "application/json",
            "responseJsonSchema": question.form.schema,
            "maxOutputTokens": self.limits.most_answer_tokens,
        });
        if let Some(level) = &self.options.thinking_level {
            config["thinkingConfig"]["thinkingLevel"] = json!(level);
        }
        if let Some(budget) = self.options.thinking_budget {
            config["thinkingConfig"]["thinkingBudget"] = json!(budget);
        }
        json!({
            "systemInstruction": {"parts": parts(question.instructions)},
            "contents": contents,
            "generationConfig": config,
        })
    }
}

impl Model for Gemini {
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
        let path = ["models", &format!("{}:generateContent", self.model)];
        let answer = self.endpoint.post_to(&path, &[], &self.body(question), MOST_ANSWER_BYTES).await?;
        let content: Content = read(SERVICE, &answer.body, "generated content")?;
        let request_id = answer.request_id.or_else(|| content.response_id.clone());
        Ok(Reply { usage: content.usage(), request_id, text: content.text() })
    }

    async fn models(&self) -> Result<Vec<String>, PortError> {
        #[derive(Deserialize)]
        struct List {
            models: Vec<Entry>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Entry {
            name: String,
            #[serde(default)]
            supported_generation_methods: Vec<String>,
        }
        let answer = self.endpoint.get("models", &[("pageSize", PAGE)], MOST_LIST_BYTES).await?;
        let list: List = read(SERVICE, &answer.body, "list of models")?;
        let writes = |entry: &Entry| entry.supported_generation_methods.iter().any(|method| method == "generateContent");
        let names = list.models.into_iter().filter(writes).map(|entry| entry.name.trim_start_matches("models/").to_owned());
        Ok(names.collect())
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Used {
    prompt_token_count: u64,
    cached_content_token_count: u64,
    candidates_token_count: u64,
    thoughts_token_count: u64,
}

impl Content {
    fn usage(&self) -> Usage {
        let Some(used) = &self.usage_metadata else { return Usage::default() };
        Usage {
            input_tokens: used.prompt_token_count.saturating_sub(used.cached_content_token_count),
            cached_input_tokens: used.cached_content_token_count,
            output_tokens: used.candidates_token_count + used.thoughts_token_count,
            ..Usage::default()
        }
    }

    fn text(self) -> Result<String, PortError> {
        if self.prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some()) {
            return text(SERVICE, Ending::Refused("the question was blocked"), String::new());
        }
        let candidate = self.candidates.into_iter().next().ok_or_else(|| unusable(SERVICE, "the answer holds no candidate"))?;
        let ending = match candidate.finish_reason.as_deref() {
            None | Some("STOP" | "FINISH_REASON_UNSPECIFIED") => Ending::Whole,
            Some("MAX_TOKENS" | "CONTINUATION") => Ending::CutOff,
            Some("SAFETY" | "RECITATION" | "PROHIBITED_CONTENT" | "SPII" | "BLOCKLIST" | "LANGUAGE") => {
                Ending::Refused("a filter stopped the answer")
            }
            Some(_) => return Err(unusable(SERVICE, "the answer ended before it was whole")),
        };
        let parts = candidate.content.map(|content| content.parts).unwrap_or_default();
        text(SERVICE, ending, parts.into_iter().filter(|part| !part.thought).filter_map(|part| part.text).collect())
    }
}
