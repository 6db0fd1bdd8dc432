//! Wires `write-script`.

use aws::dynamodb::ProviderTable;
use domain::ports::RequestSigner;
use domain::{Budget, Capability, Code, Failure};
use jiff::Timestamp;
use providers::chain::{Chain, Choice, links};
use providers::script::ScriptProvider;
use providers::settings::{self, InvalidSettings, ProviderSettings};
use stage::settings::{dollars, optional, required};
use std::sync::Arc;
use std::time::Duration;
use write_script::{Embedded, PROMPTS, faults};

/// The function may take 300 s; our own writer takes a second or two of them. A long document takes a vendor 240 s at most: 80 for its
/// parts, 80 for the script, 80 for its repair.
const PATIENCE: Duration = Duration::from_secs(285);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("write-script");
    let aws = aws::Config::load().await;
    let table = required("LECTERN_TABLE")?;
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(&table);
    let store = aws.providers(&table);
    let budget = Budget { job: dollars("LECTERN_JOB_BUDGET", 1.0)?, day: dollars("LECTERN_OWNER_BUDGET", 10.0)? };
    let list = settings::read(Capability::Script, optional)?;
    // A wrong setting stops the start.
    writers(&aws, &list, &store, budget).await?;
    stage::run("write-script", &jobs, &assets, async |jobs, assets, input: write_script::Input| {
        // Anew for each script, because keys change.
        let writers = writers(&aws, &list, &store, budget)
            .await
            .map_err(|error| Failure::new(Code::Internal, error.to_string()))?
            .in_attempt(input.attempt);
        write_script::handle(&assets, &jobs, &writers, jobs.meter(), input).await
    })
    .await
}

/// The writers that settings ask for. One whose key cannot be read is passed over.
async fn writers(
    aws: &aws::Config,
    list: &[ProviderSettings],
    store: &ProviderTable,
    budget: Budget,
) -> Result<Chain<Choice<Embedded, ScriptProvider>, ProviderTable>, InvalidSettings> {
    let signer: Arc<dyn RequestSigner> = Arc::new(aws.signer());
    let key = async |settings: &ProviderSettings| aws.secret_of(ScriptProvider::key_reference(settings)).await;
    let make = |settings: &ProviderSettings, key| ScriptProvider::new(settings, key, &signer, PROMPTS, faults);
    let links = links(Capability::Script, list, Some(&Embedded), key, make).await?;
    Ok(Chain::new(links, store.clone(), budget, PATIENCE, Timestamp::now))
}
