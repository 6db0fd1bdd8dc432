//! Wires `api`.

use api::Configured;
use aws::dynamodb::{Jobs, ProviderTable, TicketTable};
use aws::s3::{Assets, Links};
use aws::sfn::StateMachine;
use domain::{Capability, Limits};
use jiff::{SignedDuration, Timestamp};
use providers::chain::breaker_name;
use providers::settings::{self, ProviderSettings};
use stage::settings::{number, optional, required};
use std::sync::Arc;

/// The ports on AWS.
enum OnAws {}

impl api::Ports for OnAws {
    type Jobs = Jobs;
    type Assets = Assets;
    type Executions = StateMachine;
    type Links = Links;
    type Providers = ProviderTable;
    type Tickets = TicketTable;
    type Secrets = aws::Config;
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("api");
    let aws = aws::Config::load().await;
    let media = required("LECTERN_MEDIA_BUCKET")?;
    let table = required("LECTERN_TABLE")?;
    let (mut configured, mut expects_webhooks) = (Vec::new(), false);
    for capability in Capability::ALL {
        let list = settings::read(capability, optional)?;
        expects_webhooks |= list.iter().any(|settings| settings.with.contains_key("webhook"));
        configured.extend(list.into_iter().map(|settings| view(capability, settings)));
    }
    let api = api::Api::<OnAws> {
        jobs: aws.jobs(&table),
        assets: aws.assets(&media),
        executions: aws.state_machine(required("LECTERN_STATE_MACHINE")?)?,
        links: aws.links(&media, required("LECTERN_UPLOADS_BUCKET")?),
        providers: aws.providers(&table),
        tickets: aws.tickets(&table),
        secrets: aws.clone(),
        configured,
        expects_webhooks,
        last_seen: api::LastSeen::default(),
        limits: limits()?,
        kept: api::Kept::default(),
        retention: SignedDuration::from_hours(24 * number("LECTERN_VIDEO_RETENTION_DAYS", 30)?),
        now: Timestamp::now,
    };
    lambda_http::run(api::router(Arc::new(api))).await
}

/// What one owner may ask for, by the setting `LECTERN_QUOTAS`.
fn limits() -> Result<Limits, stage::Error> {
    let setting = optional("LECTERN_QUOTAS").unwrap_or_default();
    Ok(setting.parse::<Limits>().map_err(|fault| format!("the setting `LECTERN_QUOTAS`: {fault}"))?)
}

fn view(capability: Capability, settings: ProviderSettings) -> Configured {
    Configured {
        capability,
        name: settings.name().to_owned(),
        breaker: (!settings.is_embedded()).then(|| breaker_name(capability, &settings)),
        provider: settings.provider,
        model: settings.model,
    }
}
