//! Logs: one JSON object a line, on standard output, where Lambda collects them.
//!
//! Fields: `stage`, `job`, `scene`, `attempt` (from 0), `duration_ms`, `code`; for calls to vendors `provider`, `model`, `request_id`
//! and what they used. Never text of a document, a prompt, a key or a token.

use tracing_subscriber::EnvFilter;

/// Starts the log of a process. The setting `LECTERN_LOG` chooses what is logged, as `tracing` filters say it; `info` if unset.
pub fn start(stage: &'static str) {
    let filter =
        crate::settings::optional("LECTERN_LOG").unwrap_or_else(|| "info,lambda_runtime=warn,aws_config=warn".to_owned());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(EnvFilter::new(filter))
        .init();
    tracing::debug!(stage, "started");
}
