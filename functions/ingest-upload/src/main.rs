//! Wires `ingest-upload`.

use ingest_upload::Arrival;
use jiff::{SignedDuration, Timestamp};
use stage::settings::{number, required};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("ingest-upload");
    let aws = aws::Config::load().await;
    let uploads = aws.uploads(required("LECTERN_UPLOADS_BUCKET")?);
    let jobs = aws.jobs(required("LECTERN_TABLE")?);
    let executions = aws.state_machine(required("LECTERN_STATE_MACHINE")?)?;
    let retention = SignedDuration::from_hours(24 * number("LECTERN_VIDEO_RETENTION_DAYS", 30)?);
    stage::run_event("ingest-upload", |event| {
        let arrival = Arrival::from_event(&event);
        ingest_upload::handle(&uploads, &jobs, &executions, retention, Timestamp::now(), arrival)
    })
    .await
}
