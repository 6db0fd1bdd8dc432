//! Wires `sweep`.

use domain::{Code, Failure};
use jiff::{SignedDuration, Timestamp};
use stage::settings::{number, required};
use sweep::Retention;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("sweep");
    let aws = aws::Config::load().await;
    let uploads = aws.uploads(required("LECTERN_UPLOADS_BUCKET")?);
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(required("LECTERN_TABLE")?);
    let executions = aws.state_machine(required("LECTERN_STATE_MACHINE")?)?;
    let retention = Retention {
        intermediates: SignedDuration::from_hours(number("LECTERN_RETENTION_HOURS", 24)?),
        videos: SignedDuration::from_hours(24 * number("LECTERN_VIDEO_RETENTION_DAYS", 30)?),
    };
    stage::run_event("sweep", async |event| {
        let input = serde_json::from_value(event)
            .map_err(|error| Failure::new(Code::Internal, format!("the input of `sweep` has another form: {error}")))?;
        let output = sweep::handle(&jobs, &executions, &uploads, &assets, retention, Timestamp::now(), input).await?;
        stage::metrics::stuck_jobs(output.ended);
        stage::metrics::unreadable_records(output.unreadable);
        Ok(output)
    })
    .await
}
