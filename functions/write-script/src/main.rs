//! Wires `write-script`.

use aws::dynamodb::ProviderTable;
use domain::ports::RequestSigner;
use domain::{Budget, Capability, Code, Failure};
use jiff::Timestamp;
use providers::Secret;
use providers::chain::{Chain, Choice, Link};
use providers::script::ScriptProvider;
use providers::settings::{self, InvalidSettings, ProviderSettings};
use stage::settings::{dollars, optional, required};
use std::sync::Arc;
use std::time::Duration;
use write_script::{Embedded, PROMPTS, faults};

/// The function may take 180 s; our own writer takes a second or two of them.
const PATIENCE: Duration = Duration::from_secs(165);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("write-script");
    let aws = aws::Config::load().await;
    let table = required("LECTERN_TABLE")?;
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(&table);
    let store = aws.providers(&table);
    let budget = Budget { job: dollars("LECTERN_JOB_BUDGET", 1.0)?, day: dollars("LECTERN_OWNER_BUDGET", 10.0)? };
    let list = settings::parse(Capability::Script, optional("LECTERN_SCRIPT_PROVIDERS").as_deref())?;
    // A wrong setting stops the start.
    writers(&aws, &list, &store, budget).await?;
    stage::run("write-script", &jobs, &assets, async |jobs, assets, input| {
        // Anew for each script, because keys change.
        let writers =
            writers(&aws, &list, &store, budget).await.map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
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
    let mut links = Vec::new();
    for settings in list {
        let reference = ScriptProvider::key_reference(settings);
        let key = match &reference {
            Some(reference) => aws.secret(reference).await.map(|key| Some(Secret::new(key))),
            None => Ok(None),
        };
        let writer = match key {
            _ if settings.is_embedded() => Choice::Embedded(Embedded),
            Ok(key) => Choice::Vendor(ScriptProvider::new(settings, key, &signer, PROMPTS, faults)?),
            Err(error) => Choice::Unusable(format!("its key cannot be read: {error}")),
        };
        links.push(Link::new(Capability::Script, settings.clone(), writer));
    }
    Ok(Chain::new(links, store.clone(), budget, PATIENCE, Timestamp::now))
}
