//! Wires `finish-job`.

use jiff::Timestamp;
use stage::settings::required;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("finish-job");
    let aws = aws::Config::load().await;
    let jobs = aws.jobs(required("LECTERN_TABLE")?);
    let executions = aws.state_machine(required("LECTERN_STATE_MACHINE")?)?;
    stage::run_event("finish-job", |event| {
        let run = finish_job::run_of_event(&event);
        finish_job::handle(&jobs, &executions, Timestamp::now(), run)
    })
    .await
}
