//! Wires `illustrate-scene`.

use stage::settings::required;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("illustrate-scene");
    let aws = aws::Config::load().await;
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(required("LECTERN_TABLE")?);
    stage::run("illustrate-scene", &jobs, &assets, async |jobs, assets, input| {
        illustrate_scene::handle(&assets, &jobs, input).await
    })
    .await
}
