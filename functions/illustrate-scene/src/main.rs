//! Wires `illustrate-scene`.

use aws::dynamodb::ProviderTable;
use domain::{Budget, Capability, Code, Failure};
use illustrate_scene::Painters;
use jiff::Timestamp;
use providers::chain::{Chain, links};
use providers::image::ImageProvider;
use providers::settings::{self, InvalidSettings, ProviderSettings};
use stage::settings::{dollars, optional, required};
use std::time::Duration;

/// The function may take 240 s; an image takes a few of them to be prepared.
const PATIENCE: Duration = Duration::from_secs(225);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("illustrate-scene");
    let aws = aws::Config::load().await;
    let table = required("LECTERN_TABLE")?;
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(&table);
    let store = aws.providers(&table);
    let tickets = aws.tickets(&table);
    let budget = Budget { job: dollars("LECTERN_JOB_BUDGET", 1.0)?, day: dollars("LECTERN_OWNER_BUDGET", 10.0)? };
    let list = settings::read(Capability::Image, optional)?;
    // A wrong setting stops the start.
    painters(&aws, &list, &store, budget).await?;
    stage::run("illustrate-scene", &jobs, &assets, async |jobs, assets, input: illustrate_scene::Input| {
        // Anew for each scene, because keys change.
        let painters = painters(&aws, &list, &store, budget)
            .await
            .map_err(|error| Failure::new(Code::Internal, error.to_string()))?
            .in_attempt(input.attempt);
        illustrate_scene::handle(&assets, &jobs, &tickets, &painters, jobs.meter(), Timestamp::now(), input).await
    })
    .await
}

/// The painters that settings ask for. One whose key cannot be read is passed over.
async fn painters(
    aws: &aws::Config,
    list: &[ProviderSettings],
    store: &ProviderTable,
    budget: Budget,
) -> Result<Painters<ImageProvider, ProviderTable>, InvalidSettings> {
    let key = async |settings: &ProviderSettings| aws.secret_of(ImageProvider::key_reference(settings)).await;
    let painters = links(Capability::Image, list, Some(&()), key, ImageProvider::new).await?;
    Ok(Chain::new(painters, store.clone(), budget, PATIENCE, Timestamp::now))
}
