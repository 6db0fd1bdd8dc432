//! Slides of Presenton, of which one is made and shown as the picture of a scene.
//!
//! Two interfaces that have little in common but their course, a task that is asked about until it has ended: that of the cloud, v3
//! (<https://docs.presenton.ai/api-reference>), and that of a server of one's own, v1. Both write PDF, whose page is drawn like a figure
//! of a document; PNG is known to the cloud only, in an archive. Neither can be told to give up.

use super::painter::{Drawn, MOST_FILE_BYTES, Painter};
use super::waiting::Patience;
use crate::Secret;
use crate::http::{Answer, Endpoint};
use crate::settings::{InvalidSettings, ProviderSettings, Server};
use domain::ports::{Errand, ImageRequest, PortError};
use domain::{Capability, Usage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CLOUD_URL: &str = "https://api.presenton.ai";
const OWN_URL: &str = "http://127.0.0.1:5001";

/// A slide takes a minute or two, which is most of what the function has.
const TIMEOUT: Duration = Duration::from_secs(180);

/// One question about a task is answered at once or not at all.
const QUESTION: Duration = Duration::from_secs(20);

const PACE: Duration = Duration::from_secs(5);

/// Changes whenever the same request gives another slide.
const FORM: &str = "presenton-1";

const MOST_BYTES: usize = 256 * 1024;

/// What only Presenton knows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The look of the slide; `general` where not given.
    template: Option<String>,
    /// What else is to be observed.
    instructions: Option<String>,
    /// Domains in which the cloud keeps files, beside its own.
    file_domains: Vec<String>,
    /// The time between two questions about a task, in seconds.
    poll_s: Option<f64>,
}

/// Which of the two interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interface {
    Cloud,
    SelfHosted,
}

/// A server that makes slides.
#[derive(Debug, Clone)]
pub(super) struct Presenton {
    endpoint: Endpoint,
    interface: Interface,
    template: String,
    instructions: Option<String>,
    file_domains: Vec<String>,
    patience: Patience,
}

impl Interface {
    fn service(self) -> &'static str {
        match self {
            Self::Cloud => "Presenton Cloud",
            Self::SelfHosted => "Presenton",
        }
    }

    fn generate(self) -> &'static str {
        match self {
            Self::Cloud => "api/v3/presentation/generate/async",
            Self::SelfHosted => "api/v1/ppt/presentation/generate/async",
        }
    }

    fn status(self, id: &str) -> Vec<&str> {
        match self {
            Self::Cloud => vec!["api", "v3", "async-task", "status", id],
            Self::SelfHosted => vec!["api", "v1", "ppt", "presentation", "status", id],
        }
    }

    fn template_field(self) -> &'static str {
        match self {
            Self::Cloud => "standard_template",
            Self::SelfHosted => "template",
        }
    }
}

impl Presenton {
    /// The cloud by its settings.
    pub(super) fn cloud(settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        Self::new(Interface::Cloud, CLOUD_URL, settings, key)
    }

    /// A server of one's own by its settings; on this machine unless `base_url` says otherwise.
    pub(super) fn self_hosted(settings: &ProviderSettings, key: Option<Secret>) -> Result<Self, InvalidSettings> {
        Self::new(Interface::SelfHosted, OWN_URL, settings, key)
    }

    fn new(
        interface: Interface,
        own_address: &str,
        settings: &ProviderSettings,
        key: Option<Secret>,
    ) -> Result<Self, InvalidSettings> {
        let options: Options = settings.with(Capability::Image)?;
        let patience = Patience::new(settings, TIMEOUT, options.poll_s, PACE)?;
        let own = ProviderSettings { timeout_s: Some(patience.most.min(QUESTION).as_secs()), ..settings.clone() };
        let server = Server { service: interface.service(), own_address: Some(own_address), timeout: QUESTION };
        let mut file_domains = options.file_domains;
        if interface == Interface::Cloud {
            file_domains.push("presenton.ai".to_owned());
        }
        Ok(Self {
            endpoint: own.endpoint(Capability::Image, server, key)?.repeating_no_failures(),
            interface,
            template: options.template.unwrap_or_else(|| "general".to_owned()),
            instructions: options.instructions,
            file_domains,
            patience,
        })
    }

    fn body(&self, request: &ImageRequest) -> Value {
        let mut body = json!({
            "content": request.description,
            "n_slides": 1,
            "tone": "educational",
            "verbosity": "concise",
            "include_title_slide": false,
            "include_table_of_contents": false,
            "export_as": "pdf",
        });
        body[self.interface.template_field()] = json!(self.template);
        if let Some(instructions) = &self.instructions {
            body["instructions"] = json!(instructions);
        }
        body
    }

    /// Where the file of a task lies, once it has ended.
    async fn look(&self, id: &str) -> Result<Option<Result<String, PortError>>, PortError> {
        let answer = self.endpoint.get_from(&self.interface.status(id), &[], MOST_BYTES).await?;
        let task = self.task(&answer)?;
        let unusable = |message: &str| PortError::unusable(self.interface.service(), message);
        Ok(match task.status.as_deref() {
            Some("completed") => Some(task.data.and_then(|made| made.path).ok_or_else(|| unusable("the task has no file"))),
            Some("error") => Some(Err(unusable("the task failed"))),
            // Releases have words of their own for work that goes on.
            _ => None,
        })
    }

    fn task(&self, answer: &Answer) -> Result<Task, PortError> {
        serde_json::from_slice(&answer.body).map_err(|_| PortError::unusable(self.interface.service(), "the answer is no task"))
    }
}

impl Painter for Presenton {
    fn identity(&self) -> String {
        format!("{FORM} {} {}", self.endpoint.host(), json!([self.template, self.instructions]))
    }

    fn model(&self) -> Option<&str> {
        None
    }

    async fn draw(&self, request: &ImageRequest, errand: &impl Errand) -> Result<Drawn, PortError> {
        let begun = Instant::now();
        let id = match errand.ticket().await? {
            Some(ticket) => ticket.id,
            None => {
                let answer = self.endpoint.post(self.interface.generate(), &self.body(request), MOST_BYTES).await?;
                let id = self.task(&answer)?.id.filter(|id| (1..=128).contains(&id.len()));
                let id = id.ok_or_else(|| PortError::unusable(self.interface.service(), "the task has no id"))?;
                errand.keep(&id).await?;
                id
            }
        };
        let ended = self.patience.wait(self.interface.service(), begun, errand, || self.look(&id)).await;
        let address = match ended.and_then(|path| path) {
            Ok(address) => address,
            Err(error) => {
                errand.close().await?;
                return Err(error);
            }
        };
        let domains: Vec<&str> = self.file_domains.iter().map(String::as_str).collect();
        let file = self.endpoint.fetch(&address, &domains, MOST_FILE_BYTES).await.map(|answer| answer.body);
        if file.is_err() {
            errand.close().await?;
        }
        Ok(Drawn { file, usage: Usage { images: 1, ..Usage::default() }, request_id: Some(id) })
    }
}

#[derive(Deserialize)]
struct Task {
    id: Option<String>,
    status: Option<String>,
    data: Option<Made>,
}

#[derive(Deserialize)]
struct Made {
    path: Option<String>,
}
