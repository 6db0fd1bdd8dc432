//! Wires `api`.

use aws::dynamodb::Jobs;
use aws::s3::{Assets, Links};
use aws::sfn::StateMachine;
use jiff::{SignedDuration, Timestamp};
use stage::settings::{number, required};
use std::sync::Arc;

/// The ports on AWS.
enum OnAws {}

impl api::Ports for OnAws {
    type Jobs = Jobs;
    type Assets = Assets;
    type Executions = StateMachine;
    type Links = Links;
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("api");
    let aws = aws::Config::load().await;
    let media = required("LECTERN_MEDIA_BUCKET")?;
    let api = api::Api::<OnAws> {
        jobs: aws.jobs(required("LECTERN_TABLE")?),
        assets: aws.assets(&media),
        executions: aws.state_machine(required("LECTERN_STATE_MACHINE")?)?,
        links: aws.links(&media, required("LECTERN_UPLOADS_BUCKET")?),
        retention: SignedDuration::from_hours(24 * number("LECTERN_VIDEO_RETENTION_DAYS", 30)?),
        now: Timestamp::now,
    };
    lambda_http::run(api::router(Arc::new(api))).await
}
