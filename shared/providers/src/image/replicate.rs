//! Replicate: <https://replicate.com/docs/reference/http>. A prediction is made, waited for, and its file fetched.
//!
//! ```text
//! POST predictions --> id, kept --> GET predictions/{id} every few seconds, or its end by a webhook --> GET the file
//!                                    no time left, or not wanted any more --> POST predictions/{id}/cancel
//! ```

use super::painter::{Drawn, MOST_FILE_BYTES, PROMPT, Painter, nearest, prompt};
use super::waiting::{Patience, abandon};
use crate::Secret;
use crate::http::{Answer, Endpoint};
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::ports::{Errand, ImageRequest, PortError};
use domain::{Capability, Usage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

const SERVICE: &str = "Replicate";
const BASE_URL: &str = "https://api.replicate.com/v1";

/// A picture takes some seconds, half a minute where the model has to be woken.
const TIMEOUT: Duration = Duration::from_secs(90);

/// One question about a prediction is answered at once or not at all.
const QUESTION: Duration = Duration::from_secs(20);

/// The limit is 3,000 questions a minute for everybody in an account.
const PACE: Duration = Duration::from_millis(2500);

/// What nobody stops is stopped by the vendor, so much later than we would.
const GRACE: Duration = Duration::from_secs(60);

/// Changes whenever the same request gives another picture.
const FORM: &str = "replicate-1";

/// Where outputs are kept; for an hour.
const FILES: [&str; 1] = ["replicate.delivery"];

/// A prediction with its logs.
const MOST_BYTES: usize = 1024 * 1024;

/// The shapes that models of the Flux family draw.
const SHAPES: [(u32, u32); 11] = [(1, 1), (16, 9), (21, 9), (3, 2), (2, 3), (4, 5), (5, 4), (3, 4), (4, 3), (9, 16), (9, 21)];

/// What only Replicate knows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The input of the model, in which `{prompt}`, `{aspect_ratio}`, `{width}`, `{height}` and `{seed}` stand for what is asked.
    input: Option<Map<String, Value>>,
    /// Where our API takes webhooks: `https://HOST/v1/webhooks/replicate`.
    webhook: Option<String>,
    /// The time between two questions about a prediction, in seconds.
    poll_s: Option<f64>,
}

/// A model at Replicate: `OWNER/NAME`, or `OWNER/NAME:VERSION`.
#[derive(Debug, Clone)]
pub(super) struct Replicate {
    endpoint: Endpoint,
    model: String,
    input: Map<String, Value>,
    webhook: Option<String>,
    patience: Patience,
}

/// A prediction, as far as it matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Prediction {
    pub(super) id: String,
    pub(super) status: String,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Option<Value>,
}

/// How a prediction stands.
enum Standing {
    Working,
    Succeeded,
    Failed,
    Cancelled,
}

impl Replicate {
    /// A model by its settings.
    pub(super) fn new(settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        let fault = |setting: &str, fault: &str| Err(settings.fault(Capability::Image, setting, fault));
        let options: Options = settings.with(Capability::Image)?;
        let patience = Patience::new(settings, TIMEOUT, options.poll_s, PACE)?;
        let model = settings.model(Capability::Image)?;
        if model.split('/').filter(|part| !part.is_empty()).count() != 2 {
            return fault("model", "is not OWNER/NAME, such as `black-forest-labs/flux-schnell`");
        }
        if options.webhook.as_deref().is_some_and(|address| !address.starts_with("https://")) {
            return fault("webhook", "is not an address with https, which the vendor insists on");
        }
        let own = ProviderSettings { timeout_s: Some(patience.most.min(QUESTION).as_secs()), ..settings.clone() };
        let server = Server { service: SERVICE, own_address: Some(BASE_URL), timeout: QUESTION };
        let endpoint = own.endpoint(Capability::Image, server, key)?.repeating_no_failures();
        Ok(Self { endpoint, model, input: options.input.unwrap_or_else(usual_input), webhook: options.webhook, patience })
    }

    async fn create(&self, request: &ImageRequest, errand: &impl Errand) -> Result<Prediction, PortError> {
        let mut body = json!({"input": self.input(request)});
        if let Some(address) = &self.webhook {
            let (job, asked) = errand.name();
            body["webhook"] = json!(format!("{address}?job={job}&asked={asked}"));
            body["webhook_events_filter"] = json!(["completed"]);
        }
        let cancel_after = format!("{}s", (self.patience.most + GRACE).as_secs());
        let header = ("cancel-after", cancel_after.as_str());
        let answer = match (self.model.split_once(':'), self.model.split_once('/')) {
            (None, Some((owner, name))) => {
                self.endpoint.post_with(&["models", owner, name, "predictions"], header, &body, MOST_BYTES).await?
            }
            _ => {
                body["version"] = json!(self.model);
                self.endpoint.post_with(&["predictions"], header, &body, MOST_BYTES).await?
            }
        };
        Prediction::read(&answer)
    }

    fn input(&self, request: &ImageRequest) -> Value {
        Value::Object(self.input.iter().map(|(name, value)| (name.clone(), filled(value, request))).collect())
    }

    /// The end of a prediction, if it has come to one.
    async fn look(&self, id: &str, errand: &impl Errand) -> Result<Option<Prediction>, PortError> {
        if self.webhook.is_some()
            && let Ok(Some(ticket)) = errand.ticket().await
            && let Some(end) = ticket.end.filter(|_| ticket.id == id)
            && let Ok(prediction) = serde_json::from_str(&end)
        {
            return Ok(Some(prediction));
        }
        let answer = self.endpoint.get_from(&["predictions", id], &[], MOST_BYTES).await?;
        Ok(Some(Prediction::read(&answer)?).filter(Prediction::has_ended))
    }
}

impl Painter for Replicate {
    fn identity(&self) -> String {
        format!("{FORM} {PROMPT} {} {} {}", self.endpoint.host(), self.model, Value::Object(self.input.clone()))
    }

    fn model(&self) -> Option<&str> {
        Some(&self.model)
    }

    async fn draw(&self, request: &ImageRequest, errand: &impl Errand) -> Result<Drawn, PortError> {
        let begun = Instant::now();
        let id = match errand.ticket().await? {
            Some(ticket) => ticket.id,
            None => {
                let prediction = self.create(request, errand).await?;
                if let Err(error) = errand.keep(&prediction.id).await {
                    // What nobody will find again is not left to run.
                    abandon(self, &prediction.id, errand).await;
                    return Err(error);
                }
                prediction.id
            }
        };
        let prediction = match self.patience.wait(SERVICE, begun, errand, || self.look(&id, errand)).await {
            Ok(prediction) => prediction,
            Err(error) => {
                abandon(self, &id, errand).await;
                return Err(error);
            }
        };
        let (address, images) = match prediction.file() {
            Ok(file) => file,
            Err(error) => {
                errand.close().await?;
                return Err(error);
            }
        };
        let file = self.endpoint.fetch(&address, &FILES, MOST_FILE_BYTES).await.map(|answer| answer.body);
        if file.is_err() {
            // It is paid, and would be paid again.
            errand.close().await?;
        }
        Ok(Drawn { file, usage: Usage { images, ..Usage::default() }, request_id: Some(id) })
    }

    /// The one model, if the vendor knows it and the key.
    async fn models(&self) -> Result<Vec<String>, PortError> {
        let model = self.model.split(':').next().unwrap_or_default();
        let path: Vec<&str> = ["models"].into_iter().chain(model.split('/')).collect();
        self.endpoint.get_from(&path, &[], MOST_BYTES).await.map(|_| vec![model.to_owned()])
    }

    async fn give_up(&self, id: &str) -> Result<(), PortError> {
        self.endpoint.post_nothing(&["predictions", id, "cancel"], MOST_BYTES).await.map(|_| ())
    }
}

impl Prediction {
    fn read(answer: &Answer) -> Result<Self, PortError> {
        let prediction: Self =
            serde_json::from_slice(&answer.body).map_err(|_| PortError::unusable(SERVICE, "the answer is no prediction"))?;
        let is_id = (1..=64).contains(&prediction.id.len()) && prediction.id.bytes().all(|b| b.is_ascii_alphanumeric());
        if is_id { Ok(prediction) } else { Err(PortError::unusable(SERVICE, "the prediction has no id")) }
    }

    /// A word that is not known is one of work that goes on.
    fn standing(&self) -> Standing {
        match self.status.as_str() {
            "succeeded" => Standing::Succeeded,
            "failed" => Standing::Failed,
            // Its time was over before it began.
            "canceled" | "aborted" => Standing::Cancelled,
            _ => Standing::Working,
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        !matches!(self.standing(), Standing::Working)
    }

    /// The same without the vendor's prose.
    pub(super) fn in_brief(self) -> Self {
        let error = self.is_flagged().then(|| json!(FLAGS[0]));
        Self { error, ..self }
    }

    fn is_flagged(&self) -> bool {
        let text = self.error.as_ref().and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        FLAGS.iter().any(|flag| text.contains(flag))
    }

    /// Where its first file lies, and how many there are.
    fn file(&self) -> Result<(String, u64), PortError> {
        match self.standing() {
            Standing::Succeeded => {}
            Standing::Failed if self.is_flagged() => {
                return Err(PortError::Rejected { service: SERVICE, message: "the model flagged what it drew".to_owned() });
            }
            Standing::Cancelled => return Err(PortError::unusable(SERVICE, "the prediction was cancelled")),
            Standing::Failed | Standing::Working => return Err(PortError::unusable(SERVICE, "the prediction failed")),
        }
        let files: Vec<&Value> = self.output.as_array().map_or_else(|| vec![&self.output], |files| files.iter().collect());
        let first = files.first().and_then(|file| file.as_str());
        let first = first.ok_or_else(|| PortError::unusable(SERVICE, "the prediction has no file"))?;
        Ok((first.to_owned(), files.len() as u64))
    }
}

/// Words by which models say that they do not show what they drew.
const FLAGS: [&str; 3] = ["nsfw", "flagged", "sensitive"];

/// What models of the Flux family take: <https://replicate.com/black-forest-labs/flux-schnell/api/schema>.
fn usual_input() -> Map<String, Value> {
    let input = json!({
        "prompt": "{prompt}",
        "aspect_ratio": "{aspect_ratio}",
        "seed": "{seed}",
        "num_outputs": 1,
        "output_format": "png",
    });
    input.as_object().cloned().unwrap_or_default()
}

/// A value of a template with what is asked in it. A number that stands alone is a number.
fn filled(value: &Value, request: &ImageRequest) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    match text {
        "{seed}" => json!(request.seed()),
        "{width}" => json!(request.width),
        "{height}" => json!(request.height),
        text => {
            let (across, down) = nearest(request, &SHAPES);
            // The prompt last: what stands in it is nobody's placeholder.
            let filled = text.replace("{aspect_ratio}", &format!("{across}:{down}"));
            json!(filled.replace("{prompt}", &prompt(request)))
        }
    }
}
