//! Writes the script of a video from its document.
//!
//! **In**: a job whose document is read.
//!
//! **Out**: the job and the numbers of its scenes, from 0. Stored: `AssetKey::Script` of the job's version. A script that is
//! already there is used, so that no model is asked twice. A job with a draft gets that as its script, if it passes the check.
//!
//! The script comes from the first writer of the list that writes a sound one. Where that is not the preferred one,
//! `Script.writer.fallback` and a warning of the job say why. A model that is away for a moment is asked again by the state machine
//! before another takes over.
//!
//! **May fail** with `TOO_SHORT` if the document holds nothing to say or show, `INVALID_REQUEST` if a draft is faulty, `CONFLICT` or
//! `CANCELLED` if the job does not go on, with `RATE_LIMITED` or `DEPENDENCY_UNAVAILABLE` where it is worth trying again, and with what
//! the store says.

mod cues;
pub mod embedded;
mod told;

pub use domain::check;

use domain::ports::{AssetStore, Breakers, Budgets, JobStore, PortError, ScriptWriter};
use domain::{
    Account, AssetKey, Capability, Code, ContentHash, Document, DocumentKind, Failure, Job, JobId, JobOptions, JobWarning, Meter,
    Outline, Phase, SceneOutcome, Script, ScriptSummary, Transition, Usage,
};
use jiff::Timestamp;
use providers::chain::{Chain, Link, Payer};
use serde::{Deserialize, Serialize};

/// The name of this stage.
pub const STAGE: &str = "write-script";

/// Says in words what is wrong with a script of a model: what is wrong with any script, and that it repeats what the model was told.
pub fn faults(script: &Script, document: &Document) -> Vec<String> {
    let mut faults = check::faults(script, document);
    faults.extend(told::faults(script, document));
    faults
}

/// What a model is told. The words are decisions of this stage; how they reach a model is the provider's.
pub const PROMPTS: providers::script::Prompts = providers::script::Prompts {
    version: "script-3",
    write: include_str!("../prompts/script.md"),
    repair: include_str!("../prompts/repair.md"),
    condense: include_str!("../prompts/condense.md"),
};

/// The most scenes that a model is asked for: what fits into one answer. The embedded writer writes longer scripts.
const MOST_SCENES_OF_A_MODEL: u16 = 60;

/// Which job needs its script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The job.
    pub job: JobId,
    /// How often the state machine has tried before.
    #[serde(default)]
    pub attempt: u64,
}

impl stage::Input for Input {}

/// The scenes to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The job.
    pub job: JobId,
    /// The numbers of the scenes, from 0.
    pub scenes: Vec<u32>,
}

/// Our own writer, which chooses sentences of the document.
#[derive(Debug, Clone, Copy)]
pub struct Embedded;

impl ScriptWriter for Embedded {
    async fn write(&self, document: &Document, options: &JobOptions, _meter: &Meter) -> Result<Script, PortError> {
        let (document, options) = (document.clone(), options.clone());
        let misused = |message: String| PortError::Misused { service: "the embedded writer", message };
        let written = tokio::task::spawn_blocking(move || {
            let script = cues::complete(embedded::write(&document, &options));
            let faults = check::faults(&script, &document);
            (script, faults)
        });
        let (script, faults) = written.await.map_err(|error| misused(format!("it stopped: {error}")))?;
        if faults.is_empty() { Ok(script) } else { Err(misused(format!("its script is faulty: {}", faults.join("; ")))) }
    }
}

/// Writes the script of a job, unless it is there.
pub async fn handle(
    assets: &impl AssetStore,
    jobs: &impl JobStore,
    writers: &Chain<impl ScriptWriter, impl Breakers + Budgets>,
    meter: &Meter,
    input: Input,
) -> Result<Output, Failure> {
    let job = jobs.change(&input.job, &Transition::Enter(Phase::Script), Timestamp::now()).await?;
    let key = AssetKey::Script(job.owner.clone(), job.id.clone(), job.version);
    let script = match assets.get(&key).await {
        Ok(stored) => parse(&stored, "script")?,
        Err(PortError::NotFound { .. }) => {
            let script = match &job.draft {
                Some(draft) => take_draft(assets, &job, draft).await?,
                None => write(assets, writers, &job, meter).await?,
            };
            let script = script.between_cards(job.options.brand.as_ref());
            let json = serde_json::to_vec(&script).map_err(|error| internal(format!("the script has no JSON form: {error}")))?;
            assets.put(&key, json).await?;
            script
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(reason) = &script.writer.fallback {
        let failure = Failure::from_text(reason);
        let warning = JobWarning { stage: STAGE.to_owned(), scene: None, outcome: SceneOutcome::Fallback, failure };
        jobs.change(&job.id, &Transition::Warn(warning), Timestamp::now()).await?;
    }
    let scenes: Vec<u32> = (0..).take(script.scenes.len()).collect();
    jobs.change(&job.id, &Transition::Scripted(summary(&script)), Timestamp::now()).await?;
    // The scenes are made side by side from here on, so none of them is the one to begin their phase.
    jobs.change(&job.id, &Transition::Enter(Phase::Scenes), Timestamp::now()).await?;
    Ok(Output { job: job.id, scenes })
}

/// The script that somebody gave us.
async fn take_draft(assets: &impl AssetStore, job: &Job, draft: &ContentHash) -> Result<Script, Failure> {
    let stored = assets.get(&AssetKey::Draft(job.owner.clone(), job.id.clone(), draft.clone())).await?;
    let script: Script = parse(&stored, "draft")?;
    let document = load_document(assets, job).await?;
    let faults = check::faults(&script, &document);
    if faults.is_empty() { Ok(cues::complete(script)) } else { Err(Failure::new(Code::InvalidRequest, faults.join("; "))) }
}

async fn load_document(assets: &impl AssetStore, job: &Job) -> Result<Document, Failure> {
    parse(&assets.get(&AssetKey::Document(job.owner.clone(), job.id.clone())).await?, "document")
}

/// The script of the first writer that writes a sound one. Each has checked its own, and could ask for repair; here nobody is
/// trusted.
async fn write(
    assets: &impl AssetStore,
    writers: &Chain<impl ScriptWriter, impl Breakers + Budgets>,
    job: &Job,
    meter: &Meter,
) -> Result<Script, Failure> {
    let document = load_document(assets, job).await?;
    if !embedded::has_matter(&document) {
        return Err(Failure::new(Code::TooShort, "the document holds nothing to say or show"));
    }
    let ask = async |writer: &Link<_>| {
        let script = cues::complete(ScriptWriter::write(&writer.provider, &document, &job.options, meter).await?);
        match check::faults(&script, &document).first() {
            None => Ok(script),
            Some(fault) => Err(PortError::Rejected { service: "the check of scripts", message: fault.clone() }),
        }
    };
    let payer = Payer { account: Account::new(job.owner.clone(), job.id.clone(), Timestamp::now()), meter };
    let expected = expected(&document, &job.options);
    let find = async |_: &Link<_>| Ok(None);
    let too_long = too_long_for_a_model(&job.options).filter(|_| writers.links().len() > 1);
    let served = match too_long {
        Some(_) => writers.last(&payer, &expected, find, ask).await?,
        None => writers.first(&payer, &expected, find, ask).await?,
    };
    let fallback = too_long.or_else(|| served.fallback()).map(|failure| failure.to_string());
    let mut script = served.value;
    script.writer.fallback = fallback;
    Ok(script)
}

/// That more scenes are wanted than a model writes at once, where they are.
fn too_long_for_a_model(options: &JobOptions) -> Option<Failure> {
    let scenes = options.scenes.filter(|scenes| *scenes > MOST_SCENES_OF_A_MODEL)?;
    let found = format!("a model writes at most {MOST_SCENES_OF_A_MODEL} scenes at once, {scenes} are wanted");
    Some(Failure::new(Code::ContentRejected, found))
}

/// What each question to a model will use.
fn expected(document: &Document, options: &JobOptions) -> Vec<Usage> {
    // A word and the blank behind it.
    let characters = u64::from(document.words) * 6;
    Outline::new(DocumentKind::Text, Some(characters), options).calls(Capability::Script)
}

fn summary(script: &Script) -> ScriptSummary {
    ScriptSummary {
        title: script.title.clone(),
        scenes: u32::try_from(script.scenes.len()).unwrap_or(u32::MAX),
        hash: script.address(),
        writer: script.writer.provider.clone(),
        fallback: script.writer.fallback.clone(),
    }
}

fn parse<T: serde::de::DeserializeOwned>(json: &[u8], what: &str) -> Result<T, Failure> {
    serde_json::from_slice(json).map_err(|error| internal(format!("the stored {what} cannot be read: {error}")))
}

fn internal(message: String) -> Failure {
    Failure::new(Code::Internal, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Budget, Money, Status};
    use fakes::{MemoryAssets, MemoryProviders, at};
    use providers::chain::Choice;
    use providers::settings::ProviderSettings;
    use std::time::Duration;

    /// A model that gives the same answer every time.
    struct Model(fn() -> Result<Script, PortError>);

    const BUDGET: Budget = Budget { job: Money(1_000_000_000), day: Money(1_000_000_000) };

    type Writers = Chain<Choice<Embedded, Model>, MemoryProviders>;

    fn writers(choices: Vec<(&str, Choice<Embedded, Model>)>) -> Writers {
        let link = |(name, choice)| Link::new(Capability::Script, ProviderSettings::new(name), choice);
        Chain::new(choices.into_iter().map(link).collect(), MemoryProviders::default(), BUDGET, Duration::from_secs(60), || at(0))
    }

    fn own() -> Writers {
        writers(vec![("embedded", Choice::Embedded(Embedded))])
    }

    fn model(answer: fn() -> Result<Script, PortError>) -> Writers {
        writers(vec![("anthropic", Choice::Vendor(Model(answer))), ("embedded", Choice::Embedded(Embedded))])
    }

    impl ScriptWriter for Model {
        async fn write(&self, _document: &Document, _options: &JobOptions, _meter: &Meter) -> Result<Script, PortError> {
            (self.0)()
        }
    }

    async fn with_document(document: &Document) -> MemoryAssets {
        let assets = MemoryAssets::default();
        let json = serde_json::to_vec(document).expect("it has a JSON form");
        assets.put(&AssetKey::Document(fakes::owner_id(), fakes::job_id()), json).await.expect("memory does not fail");
        assets
    }

    async fn stored_script(assets: &MemoryAssets) -> Script {
        let key = AssetKey::Script(fakes::owner_id(), fakes::job_id(), 1);
        serde_json::from_slice(&assets.get(&key).await.expect("it is stored")).expect("it is a script")
    }

    #[tokio::test]
    async fn a_script_is_stored_and_the_job_knows_it() {
        let (jobs, job) = fakes::processing_job().await;
        let assets = with_document(&fakes::document()).await;
        let output = handle(&assets, &jobs, &own(), &Meter::default(), Input { job: job.clone(), attempt: 0 })
            .await
            .expect("it is written");
        let script = stored_script(&assets).await;
        assert_eq!(output.scenes, (0..u32::try_from(script.scenes.len()).expect("few")).collect::<Vec<_>>());
        let record = jobs.load(&job).await.expect("there");
        assert_eq!(record.phase, Phase::Scenes);
        assert_eq!(record.script.map(|summary| (summary.scenes, summary.writer)), Some((3, "embedded".to_owned())));
        assert!(record.warnings.is_empty());
    }

    #[tokio::test]
    async fn a_script_that_is_there_is_used() {
        let (jobs, job) = fakes::processing_job().await;
        let assets = with_document(&fakes::document()).await;
        let key = AssetKey::Script(fakes::owner_id(), fakes::job_id(), 1);
        let earlier = fakes::script(&["The Moon pulls at the water."]);
        assets.put(&key, serde_json::to_vec(&earlier).expect("it has a JSON form")).await.expect("memory does not fail");
        let writes = assets.writes();
        let forbidden = model(|| panic!("the model is asked twice"));
        let output = handle(&assets, &jobs, &forbidden, &Meter::default(), Input { job, attempt: 0 }).await.expect("it is used");
        assert_eq!(output.scenes, [0]);
        assert_eq!(assets.writes(), writes);
    }

    #[tokio::test]
    async fn the_embedded_writer_takes_over_from_a_model_that_fails() {
        let (jobs, job) = fakes::processing_job().await;
        let assets = with_document(&fakes::document()).await;
        let away = model(|| Err(PortError::Unavailable { service: "the model", message: "timeout".to_owned() }));
        handle(&assets, &jobs, &away, &Meter::default(), Input { job: job.clone(), attempt: 0 })
            .await
            .expect("the embedded writer writes");
        let script = stored_script(&assets).await;
        assert_eq!(script.writer.provider, embedded::PROVIDER);
        assert_eq!(
            script.writer.fallback.as_deref(),
            Some("DEPENDENCY_UNAVAILABLE: `anthropic` was passed over: the model does not answer: timeout; `embedded` took over")
        );
        let record = jobs.load(&job).await.expect("there");
        assert_eq!(record.warnings.len(), 1);
        assert_eq!(
            (record.warnings[0].outcome, record.warnings[0].failure.code),
            (SceneOutcome::Fallback, Code::DependencyUnavailable)
        );
        handle(&assets, &jobs, &away, &Meter::default(), Input { job: job.clone(), attempt: 0 }).await.expect("it may run twice");
        assert_eq!(jobs.load(&job).await.expect("there").warnings.len(), 1);
    }

    #[tokio::test]
    async fn a_model_is_not_asked_for_more_scenes_than_it_can_answer() {
        let jobs = fakes::MemoryJobs::default();
        let options = JobOptions { scenes: Some(MOST_SCENES_OF_A_MODEL + 1), ..JobOptions::default() };
        let job = Job { options, ..fakes::pending_job() };
        jobs.create(&job).await.expect("memory does not fail");
        let assets = with_document(&fakes::document()).await;
        let forbidden = model(|| panic!("the model is asked"));
        handle(&assets, &jobs, &forbidden, &Meter::default(), Input { job: job.id, attempt: 0 })
            .await
            .expect("the embedded writer writes");
        assert!(stored_script(&assets).await.writer.fallback.is_some_and(|reason| reason.contains("61 are wanted")));
    }

    #[tokio::test]
    async fn a_faulty_script_of_a_model_is_not_taken() {
        let (jobs, job) = fakes::processing_job().await;
        let assets = with_document(&fakes::document()).await;
        let faulty = model(|| Ok(fakes::script(&["short"])));
        handle(&assets, &jobs, &faulty, &Meter::default(), Input { job, attempt: 0 }).await.expect("the embedded writer writes");
        assert!(stored_script(&assets).await.writer.fallback.is_some_and(|reason| reason.contains("scenes[0].narration")));
    }

    #[tokio::test]
    async fn a_sound_script_of_a_model_is_taken() {
        let (jobs, job) = fakes::processing_job().await;
        let assets = with_document(&fakes::document()).await;
        let model = model(|| Ok(fakes::script(&["The Moon pulls at the water of the oceans."])));
        let output = handle(&assets, &jobs, &model, &Meter::default(), Input { job, attempt: 0 }).await.expect("it is taken");
        assert_eq!(output.scenes, [0]);
        assert_eq!(stored_script(&assets).await, fakes::script(&["The Moon pulls at the water of the oceans."]));
    }

    /// What becomes of a job with a draft.
    async fn with_draft(draft: &Script) -> (MemoryAssets, Result<Output, Failure>) {
        let jobs = fakes::MemoryJobs::default();
        let job = Job { draft: Some(draft.address()), ..fakes::pending_job() };
        jobs.create(&job).await.expect("memory does not fail");
        let assets = with_document(&fakes::document()).await;
        let key = AssetKey::Draft(job.owner, job.id.clone(), draft.address());
        assets.put(&key, serde_json::to_vec(draft).expect("it has a JSON form")).await.expect("memory does not fail");
        let forbidden = model(|| panic!("the model is asked although there is a draft"));
        let result = handle(&assets, &jobs, &forbidden, &Meter::default(), Input { job: job.id, attempt: 0 }).await;
        (assets, result)
    }

    #[tokio::test]
    async fn a_draft_becomes_the_script() {
        let draft = fakes::script(&["The Moon pulls at the water.", "The water follows."]);
        let (assets, result) = with_draft(&draft).await;
        assert_eq!(result.expect("it is sound").scenes, [0, 1]);
        assert_eq!(stored_script(&assets).await, draft);
    }

    #[tokio::test]
    async fn a_faulty_draft_is_its_sender_s_to_correct() {
        let (_, result) = with_draft(&fakes::script(&["short"])).await;
        let failure = result.expect_err("it is faulty");
        assert_eq!(failure.code, Code::InvalidRequest);
        assert!(failure.message.contains("scenes[0].narration"), "{failure}");
    }

    #[tokio::test]
    async fn a_document_without_matter_is_refused() {
        let (jobs, job) = fakes::processing_job().await;
        let assets = with_document(&Document { sections: Vec::new(), ..fakes::document() }).await;
        let failure = handle(&assets, &jobs, &own(), &Meter::default(), Input { job, attempt: 0 })
            .await
            .expect_err("there is nothing to say");
        assert_eq!(failure.code, Code::TooShort);
    }

    #[tokio::test]
    async fn a_cancelled_job_gets_no_script() {
        let (jobs, job) = fakes::processing_job().await;
        jobs.change(&job, &Transition::Cancel, fakes::at(1)).await.expect("it can be cancelled");
        let assets = with_document(&fakes::document()).await;
        let failure = handle(&assets, &jobs, &own(), &Meter::default(), Input { job: job.clone(), attempt: 0 })
            .await
            .expect_err("it is cancelled");
        assert_eq!(failure.code, Code::CancelledByUser);
        assert_eq!(jobs.load(&job).await.expect("there").status, Status::Cancelled);
    }

    #[test]
    fn the_state_machine_carries_few_bytes_per_scene() {
        let output = Output { job: fakes::job_id(), scenes: (0..u32::from(domain::MAX_SCENES)).collect() };
        let json = serde_json::to_string(&output).expect("it has a JSON form");
        assert!(json.len() < 2_000, "{json}");
        assert!(json.ends_with("298,299]}"), "{json}");
    }

    #[test]
    fn the_sample_is_an_input() {
        let input: Input = serde_json::from_str(include_str!("../../../events/write-script/job.json")).expect("parses");
        assert_eq!(input.job.as_str(), "01933f5c8a7b7c1e9d2f3a4b5c6d7e8f");
    }
}
