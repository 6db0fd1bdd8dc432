//! Images of `OpenAI`: <https://platform.openai.com/docs/api-reference/images/create>. They come back within the answer.

use super::painter::{Drawn, MOST_FILE_BYTES, PROMPT, Painter, nearest, prompt};
use crate::http::{Answer, Endpoint};
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use crate::{Secret, models};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::ports::{Errand, ImageRequest, PortError};
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const SERVICE: &str = "OpenAI";
const BASE_URL: &str = "https://api.openai.com/v1";

/// A picture of high quality takes up to two minutes.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Changes whenever the same request gives another picture.
const FORM: &str = "openai-image-1";

/// What models before `gpt-image-2` draw.
const SIZES: [(u32, u32); 3] = [(1024, 1024), (1536, 1024), (1024, 1536)];

/// Later models draw any size whose sides are whole numbers of these pixels.
const STEP: u32 = 16;

/// A file in base64, and what stands around it.
const MOST_BYTES: usize = MOST_FILE_BYTES / 3 * 4 + 64 * 1024;

/// What only this adapter knows.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// `low`, `medium`, `high` or `auto`; later models also know `xhigh` and `max`.
    quality: Option<String>,
    /// `png`, `jpeg` or `webp`.
    output_format: Option<String>,
    /// `low` or `auto`.
    moderation: Option<String>,
}

/// A model for images.
#[derive(Debug, Clone)]
pub(super) struct OpenAi {
    endpoint: Endpoint,
    model: String,
    options: Options,
}

impl OpenAi {
    /// A model by its settings.
    pub(super) fn new(settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let options = settings.with(Capability::Image)?;
        let server = Server { service: SERVICE, own_address: Some(BASE_URL), timeout: TIMEOUT };
        let endpoint = settings.endpoint(Capability::Image, server, key)?.repeating_no_failures();
        Ok(Self { endpoint, model: settings.model(Capability::Image)?, options })
    }

    fn body(&self, request: &ImageRequest) -> Value {
        let (width, height) = self.size(request);
        // The model always stands in it, since the vendor's default is one that is no more.
        let mut body = json!({
            "model": self.model,
            "prompt": prompt(request),
            "n": 1,
            "size": format!("{width}x{height}"),
            "quality": self.options.quality.as_deref().unwrap_or("medium"),
            // The fastest, and all of it is encoded again.
            "output_format": self.options.output_format.as_deref().unwrap_or("jpeg"),
        });
        if let Some(moderation) = &self.options.moderation {
            body["moderation"] = json!(moderation);
        }
        body
    }

    /// The size that the model draws and that comes nearest to what suits.
    fn size(&self, request: &ImageRequest) -> (u32, u32) {
        let draws_any_size =
            self.model.strip_prefix("gpt-image-").is_some_and(|version| !version.starts_with("1-") && !version.starts_with("1."));
        if draws_any_size {
            return (request.width.next_multiple_of(STEP), request.height.next_multiple_of(STEP));
        }
        nearest(request, &SIZES)
    }
}

impl Painter for OpenAi {
    fn identity(&self) -> String {
        let Options { quality, output_format, moderation } = &self.options;
        format!("{FORM} {PROMPT} {} {} {}", self.endpoint.host(), self.model, json!([quality, output_format, moderation]))
    }

    fn model(&self) -> Option<&str> {
        Some(&self.model)
    }

    async fn draw(&self, request: &ImageRequest, _errand: &impl Errand) -> Result<Drawn, PortError> {
        let answer = self.endpoint.post("images/generations", &self.body(request), MOST_BYTES).await?;
        let body = Body::read(&answer)?;
        let file =
            STANDARD.decode(&body.data[0].b64_json).map_err(|_| PortError::unusable(SERVICE, "the picture cannot be decoded"));
        Ok(Drawn { file, usage: body.usage(), request_id: answer.request_id })
    }

    async fn models(&self) -> Result<Vec<String>, PortError> {
        models::list(&self.endpoint).await
    }
}

#[derive(Deserialize)]
struct Body {
    data: Vec<Picture>,
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Picture {
    b64_json: String,
}

#[derive(Deserialize)]
struct Tokens {
    input_tokens: u64,
    output_tokens: u64,
}

impl Body {
    /// The answer, with at least one picture.
    fn read(answer: &Answer) -> Result<Self, PortError> {
        let body: Self =
            serde_json::from_slice(&answer.body).map_err(|_| PortError::unusable(SERVICE, "the answer is no picture"))?;
        if body.data.is_empty() { Err(PortError::unusable(SERVICE, "the answer holds no picture")) } else { Ok(body) }
    }

    /// What it used; what is usual where the vendor does not say.
    fn usage(&self) -> Usage {
        let images = self.data.len() as u64;
        match &self.usage {
            Some(tokens) => {
                Usage { images, input_tokens: tokens.input_tokens, output_tokens: tokens.output_tokens, ..Usage::default() }
            }
            None => Usage::of_pictures(images),
        }
    }
}
