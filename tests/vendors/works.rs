//! One job with all that its stages meet, in memory, and the state machine that calls them: it tries again what
//! `infra/state-machines/produce.asl.json` says, as often as it says, and takes the same ways out.

use domain::ports::{AssetStore, JobStore};
use domain::{
    AssetKey, Budget, Capability, ContentHash, Document, DocumentKind, Failure, FrameSize, Job, JobId, JobOptions, Motion,
    OwnerId, Phase, Run, Source, Take, Transition,
};
use fakes::{MemoryAssets, MemoryJobs, MemoryProviders, MemoryUploads, SeenSigner, at};
use jiff::Timestamp;
use media::Ffmpeg;
use media::voice::EspeakVoice;
use narrate_scene::Studio;
use providers::Secret;
use providers::chain::{Chain, Choice, Link, Nobody};
use providers::script::ScriptProvider;
use providers::settings::ProviderSettings;
use providers::speech::SpeechProvider;
use providers::transcript::TranscriptProvider;
use serde_json::Value;
use stage::{Invocation, Made, NotedAssets, RunJobs, perform};
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use write_script::{Embedded, PROMPTS};

/// What a function has; one that hangs ends after so long, and its job says `TIMED_OUT`.
const INVOCATION: Invocation = Invocation { remaining: Duration::from_secs(60), memory_mb: 1024, attempt: 0 };

/// What vendors have all together, as `main` of the stages sets it in proportion.
const PATIENCE: Duration = Duration::from_secs(50);

tokio::task_local! {
    /// The seconds of the job that is being made: they go on where somebody waits, and nobody waits for them.
    static SECONDS: Cell<i64>;
}

fn now() -> Timestamp {
    at(SECONDS.with(Cell::get))
}

fn wait(seconds: i64) {
    SECONDS.with(|now| now.set(now.get() + seconds));
}

/// How a state tries again.
#[derive(Debug, Clone)]
struct Retrier {
    words: Vec<String>,
    most: u64,
    interval_s: i64,
    longest_s: i64,
}

/// Who is asked, as the settings of a function have it.
pub(crate) struct Vendors {
    pub(crate) script: ProviderSettings,
    pub(crate) speech: ProviderSettings,
    pub(crate) key: &'static str,
}

/// What a scene became.
#[derive(Debug)]
pub(crate) struct MadeScene {
    pub(crate) take: Option<ContentHash>,
    pub(crate) segment: Option<ContentHash>,
}

/// A job and its world.
pub(crate) struct Works {
    pub(crate) job: JobId,
    pub(crate) owner: OwnerId,
    pub(crate) assets: MemoryAssets,
    pub(crate) jobs: MemoryJobs,
    pub(crate) store: MemoryProviders,
    uploads: MemoryUploads,
    ffmpeg: Ffmpeg,
    voice: EspeakVoice,
    budget: Budget,
    machine: Value,
}

impl Works {
    /// A job whose document is read, as the child that reads it does.
    pub(crate) async fn with_document(name: &str, file: &str, bytes: &[u8], scenes: Option<u16>, budget: Budget) -> Self {
        let kind = domain::detect_kind(bytes, file).expect("it is a document");
        let document = read_document::parse_here(kind, bytes.to_vec()).expect("it can be read");
        let works = Self::new(name, kind, scenes, budget).await;
        works.put_document(&document).await;
        works
    }

    async fn new(name: &str, kind: DocumentKind, scenes: Option<u16>, budget: Budget) -> Self {
        let (job, owner) =
            (JobId::new(name).expect("well formed"), OwnerId::new(format!("owner-of-{name}")).expect("well formed"));
        let options = JobOptions { scenes, size: FrameSize::P480, motion: Motion::None, ..JobOptions::default() };
        let jobs = MemoryJobs::default();
        let record = Job::new(job.clone(), owner.clone(), options, at(0), at(30 * 86_400));
        jobs.create(&record).await.expect("memory does not fail");
        let source = Source { key: format!("inbox/{owner}/{job}/file"), version: None, name: "file".to_owned(), kind, bytes: 1 };
        for transition in [Transition::Bind(source), Transition::Enter(Phase::Extract)] {
            jobs.change(&job, &transition, at(0)).await.expect("it is pending");
        }
        let machine = serde_json::from_str(&tests::read("infra/state-machines/produce.asl.json")).expect("it is JSON");
        Self {
            job,
            owner,
            assets: MemoryAssets::default(),
            jobs,
            store: MemoryProviders::default(),
            uploads: MemoryUploads::default(),
            ffmpeg: Ffmpeg::locate(Some(&setting("LECTERN_FFMPEG"))).expect("a path is taken as it is"),
            voice: EspeakVoice::locate(Some(&setting("LECTERN_VOICE"))).expect("it names the folder of the voice"),
            budget,
            machine,
        }
    }

    async fn put_document(&self, document: &Document) {
        let json = serde_json::to_vec(document).expect("it has a JSON form");
        self.assets.put(&AssetKey::Document(self.owner.clone(), self.job.clone()), json).await.expect("memory does not fail");
    }

    /// Makes the video, or lets the job fail as it would. `vendors` says who is asked, anew for every call of a stage.
    pub(crate) async fn produce(&self, vendors: impl AsyncFn() -> Vendors) -> (Job, Vec<MadeScene>) {
        SECONDS
            .scope(Cell::new(1), async {
                let mut scenes = Vec::new();
                if let Err(failure) = self.run(&vendors, &mut scenes).await {
                    // As `finish-job` does when the execution has failed.
                    self.jobs.change(&self.job, &Transition::Fail(failure), now()).await.expect("it is not over");
                }
                (self.jobs.load(&self.job).await.expect("there"), scenes)
            })
            .await
    }

    async fn run(&self, vendors: &impl AsyncFn() -> Vendors, scenes: &mut Vec<MadeScene>) -> Result<(), Failure> {
        let written = self.task("WriteScript", async |n| self.write(&vendors().await, n).await).await?;
        for scene in written.scenes {
            let narrated = match self.task("NarrateScene", async |n| self.narrate(&vendors().await, scene, n, false).await).await
            {
                Ok(output) => Ok(output),
                Err(_) => self.task("NarrateSceneFallback", async |n| self.narrate(&vendors().await, scene, n, true).await).await,
            };
            let Ok(narrated) = narrated else {
                scenes.push(MadeScene { take: None, segment: None });
                continue;
            };
            let rendered = match self.task("RenderScene", async |_| self.render(scene, &narrated.take, false).await).await {
                Ok(output) => Ok(output),
                Err(_) => self.task("RenderPlaceholder", async |_| self.render(scene, &narrated.take, true).await).await,
            };
            scenes.push(MadeScene { take: Some(narrated.take), segment: rendered.ok().map(|output| output.segment) });
        }
        self.task("AssembleVideo", async |_| self.assemble(scenes).await).await.map(|_| ())
    }

    /// A task of the state machine.
    async fn task<T>(&self, name: &str, call: impl AsyncFn(u64) -> Result<T, Failure>) -> Result<T, Failure> {
        let retriers = retriers(&self.machine, name).unwrap_or_else(|| panic!("there is no state `{name}`"));
        let mut tried = vec![0; retriers.len()];
        loop {
            wait(1);
            let failure = match call(tried.iter().sum()).await {
                Ok(output) => return Ok(output),
                Err(failure) => failure,
            };
            let word = failure.code.kind().word();
            let Some(at) = retriers.iter().position(|retrier| retrier.words.iter().any(|known| known == word)) else {
                return Err(failure);
            };
            if tried[at] == retriers[at].most {
                return Err(failure);
            }
            wait((retriers[at].interval_s << tried[at]).min(retriers[at].longest_s));
            tried[at] += 1;
        }
    }

    async fn write(&self, vendors: &Vendors, attempt: u64) -> Result<write_script::Output, Failure> {
        let key = Some(Secret::new(vendors.key));
        let model = ScriptProvider::new(&vendors.script, key, &signer(), PROMPTS, write_script::faults).expect("sound settings");
        let links = vec![
            Link::new(Capability::Script, vendors.script.clone(), Choice::Vendor(model)),
            Link::new(Capability::Script, ProviderSettings::new("embedded"), Choice::Embedded(Embedded)),
        ];
        let writers = Chain::new(links, self.store.clone(), self.budget, PATIENCE, now).in_attempt(attempt);
        let (jobs, made) = self.desk();
        let assets = NotedAssets::new(&self.assets, made.clone(), jobs.tally().clone());
        let work =
            write_script::handle(&assets, &jobs, &writers, jobs.meter(), write_script::Input { job: self.job.clone(), attempt });
        perform("write-script", &jobs, None, INVOCATION, &made, work).await
    }

    async fn narrate(
        &self,
        vendors: &Vendors,
        scene: u32,
        attempt: u64,
        fallback: bool,
    ) -> Result<narrate_scene::Output, Failure> {
        let input = narrate_scene::Input { job: self.job.clone(), scene, fallback, attempt };
        let key = Some(Secret::new(vendors.key));
        let voice = SpeechProvider::new(&vendors.speech, key, &signer()).expect("sound settings");
        let links = vec![
            Link::new(Capability::Speech, vendors.speech.clone(), Choice::Vendor(voice)),
            Link::new(Capability::Speech, ProviderSettings::new("embedded"), Choice::Embedded(self.voice.clone())),
        ];
        let voices = Chain::new(links, self.store.clone(), self.budget, PATIENCE, now).in_attempt(attempt);
        let (jobs, made) = self.desk();
        let assets = NotedAssets::new(&self.assets, made.clone(), jobs.tally().clone());
        let nobody: Vec<Link<Choice<Nobody, TranscriptProvider>>> = Vec::new();
        let transcribers = Chain::new(nobody, self.store.clone(), self.budget, PATIENCE, now);
        let studio = Studio { voices: &voices, transcribers: &transcribers, ffmpeg: &self.ffmpeg };
        let work = narrate_scene::handle(&assets, &jobs, &studio, jobs.meter(), now(), input);
        perform("narrate-scene", &jobs, Some(scene), INVOCATION, &made, work).await
    }

    async fn render(&self, scene: u32, take: &ContentHash, placeholder: bool) -> Result<render_scene::Output, Failure> {
        let (job, take) = (self.job.clone(), take.clone());
        let input = render_scene::Input { job, scene, take, picture: None, placeholder, without_picture: false };
        let (jobs, made) = self.desk();
        let assets = NotedAssets::new(&self.assets, made.clone(), jobs.tally().clone());
        let work = render_scene::handle(&self.uploads, &assets, &jobs, &self.ffmpeg, input);
        perform("render-scene", &jobs, Some(scene), INVOCATION, &made, work).await
    }

    async fn assemble(&self, scenes: &[MadeScene]) -> Result<assemble_video::Output, Failure> {
        let parts = |(scene, made): (u32, &MadeScene)| assemble_video::SceneParts {
            scene,
            take: made.take.clone(),
            segment: made.segment.clone(),
            dropped: made.segment.is_none(),
        };
        let input = assemble_video::Input { job: self.job.clone(), scenes: (0..).zip(scenes).map(parts).collect() };
        let (jobs, made) = self.desk();
        let assets = NotedAssets::new(&self.assets, made.clone(), jobs.tally().clone());
        let work = assemble_video::handle(&assets, &jobs, &self.ffmpeg, now(), input);
        perform("assemble-video", &jobs, None, INVOCATION, &made, work).await
    }

    fn desk(&self) -> (RunJobs<'_, MemoryJobs>, Made) {
        (RunJobs::new(&self.jobs, Run::first(self.job.clone())), Made::default())
    }

    /// A take that was made.
    pub(crate) async fn take(&self, address: &ContentHash) -> Take {
        let json = self.assets.get(&AssetKey::Take(self.owner.clone(), address.clone())).await.expect("it is stored");
        serde_json::from_slice(&json).expect("a take")
    }

    /// The document.
    pub(crate) async fn document(&self) -> Document {
        let key = AssetKey::Document(self.owner.clone(), self.job.clone());
        serde_json::from_slice(&self.assets.get(&key).await.expect("it is stored")).expect("a document")
    }

    /// The script that was written.
    pub(crate) async fn script(&self) -> domain::Script {
        let key = AssetKey::Script(self.owner.clone(), self.job.clone(), 1);
        serde_json::from_slice(&self.assets.get(&key).await.expect("it is stored")).expect("a script")
    }
}

pub(crate) fn signer() -> Arc<dyn domain::ports::RequestSigner> {
    Arc::new(SeenSigner)
}

/// How a state tries again, wherever it stands in the machine.
fn retriers(machine: &Value, name: &str) -> Option<Vec<Retrier>> {
    if let Some(state) = machine.get("States").and_then(|states| states.get(name)) {
        let number = |retrier: &Value, field: &str| retrier[field].as_u64().unwrap_or(1);
        let read = |retrier: &Value| Retrier {
            words: retrier["ErrorEquals"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
            most: number(retrier, "MaxAttempts"),
            interval_s: number(retrier, "IntervalSeconds").cast_signed(),
            longest_s: number(retrier, "MaxDelaySeconds").cast_signed(),
        };
        return Some(state["Retry"].as_array()?.iter().map(read).collect());
    }
    match machine {
        Value::Object(fields) => fields.values().find_map(|value| retriers(value, name)),
        Value::Array(items) => items.iter().find_map(|value| retriers(value, name)),
        _ => None,
    }
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where programs are")]
fn setting(name: &str) -> PathBuf {
    std::env::var_os(name).unwrap_or_else(|| panic!("the tests need `{name}`; run them by `infra/lectern test`")).into()
}
