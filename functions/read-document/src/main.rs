//! Wires `read-document`. Started with `parse` it is the child that reads one document, see [`read_document::parse_child`].

use jiff::Timestamp;
use read_document::Parser;
use stage::settings::required;
use std::process::ExitCode;

fn main() -> Result<ExitCode, stage::Error> {
    match read_document::parse_child(std::env::args_os().skip(1)) {
        Some(exit_code) => Ok(exit_code),
        None => serve().map(|()| ExitCode::SUCCESS),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn serve() -> Result<(), stage::Error> {
    stage::logging::start("read-document");
    let aws = aws::Config::load().await;
    let uploads = aws.uploads(required("LECTERN_UPLOADS_BUCKET")?);
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(required("LECTERN_TABLE")?);
    let parser = Parser::new(std::env::current_exe()?);
    stage::run("read-document", &jobs, &assets, async |jobs, assets, input| {
        read_document::handle(&uploads, &assets, &jobs, &parser, Timestamp::now(), input).await
    })
    .await
}
