//! Any server that speaks the chat completions of `OpenAI`: <https://platform.openai.com/docs/api-reference/chat>, the router of
//! Hugging Face, llama.cpp, LM Studio, vLLM and others. What differs among them is a setting, and has a good default for those
//! with a name.

use super::model::{Answer, Dialect, Ending, Limits, Model, Question};
use super::provider::TIMEOUT;
use crate::Secret;
use crate::models::Listing;
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};

const SERVICE: &str = "the language model";

/// A server of which we know where it is and what it takes.
pub(super) struct Known {
    word: &'static str,
    base_url: Option<&'static str>,
    tokens_field: TokensField,
    schema_form: SchemaForm,
    system_role: SystemRole,
}

const fn known(word: &'static str, base_url: Option<&'static str>) -> Known {
    Known {
        word,
        base_url,
        tokens_field: TokensField::MaxTokens,
        schema_form: SchemaForm::Nested,
        system_role: SystemRole::System,
    }
}

const KNOWN: [Known; 6] = [
    Known {
        tokens_field: TokensField::MaxCompletionTokens,
        system_role: SystemRole::Developer,
        ..known("openai", Some("https://api.openai.com/v1"))
    },
    known("huggingface", Some("https://router.huggingface.co/v1")),
    Known { schema_form: SchemaForm::NestedAndFlat, ..known("llamacpp", Some("http://127.0.0.1:8080/v1")) },
    known("lmstudio", Some("http://127.0.0.1:1234/v1")),
    known("vllm", Some("http://127.0.0.1:8000/v1")),
    Known { schema_form: SchemaForm::NestedAndFlat, ..known("openai-compatible", None) },
];

/// The server that goes by a word.
pub(super) fn known_as(word: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.word == word)
}

/// What only such servers know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// How the limit of an answer is called.
    tokens_field: Option<TokensField>,
    /// How the schema is sent.
    schema_form: Option<SchemaForm>,
    /// Under which role instructions are sent.
    system_role: Option<SystemRole>,
    /// How much a reasoning model thinks, such as `low`.
    reasoning_effort: Option<String>,
    /// Who pays at Hugging Face: an organization.
    bill_to: Option<String>,
    /// The organization at `OpenAI`.
    organization: Option<String>,
    /// The project at `OpenAI`.
    project: Option<String>,
}

/// The name of the limit of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TokensField {
    /// `max_completion_tokens`, as `OpenAI` has it now.
    MaxCompletionTokens,
    /// `max_tokens`, as most others have it.
    MaxTokens,
}

/// Where the schema stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SchemaForm {
    /// Inside `json_schema`, as `OpenAI` has it.
    Nested,
    /// Inside `json_schema` and beside it, as llama.cpp documents it.
    NestedAndFlat,
}

/// The role under which instructions are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SystemRole {
    /// `system`, which everybody takes.
    System,
    /// `developer`, its name at `OpenAI`.
    Developer,
}

/// How such a server is spoken to.
#[derive(Debug)]
struct OpenAiCompatible {
    tokens_field: TokensField,
    schema_form: SchemaForm,
    system_role: SystemRole,
    reasoning_effort: Option<String>,
}

/// A model by its settings, at a server we know.
pub(super) fn model(known: &Known, mut settings: ProviderSettings, key: Option<Secret>) -> Result<Model, InvalidSettings> {
    let limits = Limits::of(&mut settings, Limits::LARGE)?;
    let options: Options = settings.with(Capability::Script)?;
    let server = Server { service: SERVICE, own_address: known.base_url, timeout: TIMEOUT };
    let mut endpoint = settings.endpoint(Capability::Script, server, key)?;
    let headers = [
        ("x-hf-bill-to", &options.bill_to),
        ("openai-organization", &options.organization),
        ("openai-project", &options.project),
    ];
    for (name, value) in headers {
        if let Some(value) = value {
            endpoint = endpoint.with_header(name, value)?;
        }
    }
    let dialect = OpenAiCompatible {
        tokens_field: options.tokens_field.unwrap_or(known.tokens_field),
        schema_form: options.schema_form.unwrap_or(known.schema_form),
        system_role: options.system_role.unwrap_or(known.system_role),
        reasoning_effort: options.reasoning_effort,
    };
    Model::new(&settings, limits, endpoint, dialect)
}

impl Dialect for OpenAiCompatible {
    fn path(&self, _model: &str) -> Vec<String> {
        ["chat", "completions"].map(str::to_owned).to_vec()
    }

    /// No sampling parameters: reasoning models refuse them.
    fn request(&self, model: &str, limits: Limits, question: &Question<'_>) -> Value {
        let schema = &question.form.schema;
        let mut format =
            json!({"type": "json_schema", "json_schema": {"name": question.form.name, "strict": true, "schema": schema}});
        if self.schema_form == SchemaForm::NestedAndFlat {
            format["schema"] = schema.clone();
        }
        let role = match self.system_role {
            SystemRole::System => "system",
            SystemRole::Developer => "developer",
        };
        let limit = match self.tokens_field {
            TokensField::MaxCompletionTokens => "max_completion_tokens",
            TokensField::MaxTokens => "max_tokens",
        };
        let mut messages = vec![json!({"role": role, "content": question.instructions})];
        messages.extend(question.messages("assistant", |text| json!(text)));
        let mut body = json!({"model": model, "messages": messages, "response_format": format});
        body[limit] = json!(limits.most_answer_tokens);
        if let Some(effort) = &self.reasoning_effort {
            body["reasoning_effort"] = json!(effort);
        }
        body
    }

    fn answer(&self, answer: Value) -> serde_json::Result<Answer> {
        let Completion { choices, usage } = serde_json::from_value(answer)?;
        let choice = choices.into_iter().next();
        let refuses = |choice: &Choice| choice.message.refusal.as_ref().is_some_and(|refusal| !refusal.is_empty());
        let ending = match &choice {
            None => Ending::Broken,
            Some(choice) if refuses(choice) => Ending::Refused("the model refuses"),
            Some(choice) => match choice.finish_reason.as_deref() {
                Some("content_filter") => Ending::Refused("the content filter stopped the answer"),
                Some("length") => Ending::CutOff,
                _ => Ending::Whole,
            },
        };
        let text = choice.and_then(|choice| choice.message.content).unwrap_or_default();
        let used = usage.unwrap_or_default();
        let cached = used.prompt_tokens_details.and_then(|details| details.cached_tokens).unwrap_or(0);
        let usage = Usage {
            input_tokens: used.prompt_tokens.saturating_sub(cached),
            cached_input_tokens: cached,
            output_tokens: used.completion_tokens,
            ..Usage::default()
        };
        Ok(Answer { text, ending, usage, request_id: None })
    }

    fn listing(&self) -> Listing {
        Listing::OPENAI
    }

    fn listed<'a>(&self, entry: &'a Value) -> Option<&'a str> {
        entry["id"].as_str()
    }
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    usage: Option<Used>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Used {
    prompt_tokens: u64,
    completion_tokens: u64,
    prompt_tokens_details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    cached_tokens: Option<u64>,
}
