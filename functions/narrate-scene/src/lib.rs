//! Speaks one scene.
//!
//! **In**: a job whose script is written, and the scene from 0. With `fallback` only the last voice of the list is asked:
//! something went wrong that the list could not catch, such as a crash or a timeout.
//!
//! **Out**: the scene and the address of its take. Stored: `AssetKey::Narration`, the sound on the common grid at -16 LUFS, and
//! `AssetKey::Take`, its length and when each word is heard. The address depends on the text, the voice, the language, the
//! provider and the way sound is made, so the same words are never spoken twice for one owner.
//!
//! Words of the job's lexicon are spoken as it says and written as they are. A voice that is away for a moment is asked again by the
//! state machine before another takes over: the voices of one video should not differ. Every take is listened to; one that sounds wrong
//! is spoken once more, and then the next voice is asked. Where a transcriber is configured, a take that says other words than its text
//! sounds wrong too; a transcriber that fails is noted in the job's log (`unchecked`) and does no harm.
//!
//! Where another voice than the preferred one speaks, the take and a warning of the job say why. A voice that does not know the language
//! speaks all the same, and the job is warned with `NO_VOICE`.
//!
//! **May fail** with what a voice says (`RATE_LIMITED`, `DEPENDENCY_UNAVAILABLE`, of the last one also `CONTENT_REJECTED`): the state
//! machine tries again and then comes back with `fallback`. `INVALID_REQUEST` if there is no such voice; the message names some that
//! there are. `INTERNAL` if the script has no such scene or the speech is no sound.

mod listen;
mod words;

use domain::ports::{AssetStore, Breakers, Budgets, JobStore, PortError, Speech, SpeechClip, SpeechRequest, Transcriber};
use domain::{
    Account, AssetKey, Cells, Code, ContentHash, Event, Failure, Job, JobId, JobWarning, Meter, Pronounced, SAMPLE_RATE_HZ,
    Scene, SceneOutcome, Script, Take, Transition, Usage, Visual,
};
use jiff::Timestamp;
use listen::{Heard, Listeners};
use media::sound::Narration;
use media::{Ffmpeg, sound};
use providers::chain::{Chain, Link, Payer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The name of this stage.
pub const STAGE: &str = "narrate-scene";

/// Changes whenever the form of a take changes.
const TAKE_FORM: &str = "take-2";

/// Which scene is to be spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The job.
    pub job: JobId,
    /// The scene, from 0.
    pub scene: u32,
    /// Whether only the last voice of the list is to speak.
    #[serde(default)]
    pub fallback: bool,
    /// How often the state machine has tried before.
    #[serde(default)]
    pub attempt: u64,
}

impl stage::Input for Input {
    fn scene(&self) -> Option<u32> {
        Some(self.scene)
    }
}

/// Where the take is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The scene, from 0.
    pub scene: u32,
    /// The address of take and narration.
    pub take: ContentHash,
}

/// Those who make a take together.
#[derive(Debug)]
pub struct Studio<'a, S, T, P> {
    /// Who speaks, the preferred one first.
    pub voices: &'a Chain<S, P>,
    /// Who writes down what was said, the preferred one first; nobody where takes are not held against their text.
    pub transcribers: &'a Chain<T, P>,
    /// What encodes it.
    pub ffmpeg: &'a Ffmpeg,
}

/// A scene that was spoken before, or now.
enum Spoken {
    Found(ContentHash),
    Made(ContentHash, SpeechRequest, Box<Heard>),
}

/// Speaks one scene, unless the same words were spoken before.
pub async fn handle<S: Speech>(
    assets: &impl AssetStore,
    jobs: &impl JobStore,
    studio: &Studio<'_, S, impl Transcriber, impl Breakers + Budgets>,
    meter: &Meter,
    now: Timestamp,
    input: Input,
) -> Result<Output, Failure> {
    let Studio { voices, transcribers, ffmpeg } = *studio;
    let job = jobs.load(&input.job).await?;
    let script = load_script(assets, &job).await?;
    let scene = scene_of(&script, input.scene)?;
    if let Visual::Card { seconds, .. } = scene.visual {
        let address = keep_silent(assets, &job, ffmpeg, seconds).await?;
        jobs.change(&input.job, &Transition::Narrated(input.scene), now).await?;
        return Ok(Output { scene: input.scene, take: address });
    }
    let made_by = sound::identity(ffmpeg).await?;

    let preferred = voices.links().first().map(Link::name).filter(|_| !input.fallback);
    let is_preferred = |voice: &Link<S>| preferred == Some(voice.name());
    let last = voices.links().last().map(Link::name);
    let pronounced = job.options.lexicon.pronounce(&scene.narration);
    let request = |voice: &Link<S>| request(&job, &script, &pronounced, is_preferred(voice));
    let address = |voice: &Link<S>| address(scene, &request(voice), &voice.provider.identity(), &made_by, !is_preferred(voice));
    let find = async |voice: &Link<S>| {
        let address = address(voice);
        Ok(is_stored(assets, &job, &address).await?.then_some(Spoken::Found(address)))
    };
    let payer = Payer { account: Account::new(job.owner.clone(), job.id.clone(), now), meter };
    let ask = async |voice: &Link<S>| {
        let request = request(voice);
        let listeners = Listeners { transcribers, payer: &payer, written: &scene.narration };
        let heard = listen::speak(voice, &request, &listeners, last != Some(voice.name())).await?;
        Ok(Spoken::Made(address(voice), request, Box::new(heard)))
    };
    let expected = [expected(&pronounced.text)];
    let served = if input.fallback {
        voices.last(&payer, &expected, find, ask).await
    } else {
        voices.first(&payer, &expected, find, ask).await
    };
    let served = served.map_err(|error| voice_failure(error, &job))?;

    let fallback = if input.fallback { Some(last_resort(served.by.name())) } else { served.fallback() };
    let take = match served.value {
        Spoken::Found(address) => address,
        Spoken::Made(address, request, heard) => {
            let Heard { mut clip, unchecked } = *heard;
            if let Some(failure) = unchecked {
                note_unchecked(jobs, &job, now, input.scene, failure).await;
            }
            as_written(&mut clip, &pronounced);
            let narration = sound::encode_narration(ffmpeg, clip.samples.clone(), clip.sample_rate_hz).await?;
            let reason = fallback.as_ref().map(ToString::to_string);
            let take = take(scene, &request, provider_name(&served.by.provider.identity()), &clip, &narration, reason);
            store(assets, &job, &address, &take, narration).await?;
            address
        }
    };
    let speaker = &served.by.provider;
    if !speaker.speaks(&script.language) {
        let warning = unspoken(input.scene, &speaker.identity(), &script.language);
        jobs.change(&input.job, &Transition::Warn(warning), now).await?;
    }
    report(jobs, now, &input, fallback).await?;
    Ok(Output { scene: input.scene, take })
}

/// What a voice will use: vendors bill characters, or the time they take at about 15 a second.
fn expected(narration: &str) -> Usage {
    let characters = narration.chars().count() as u64;
    Usage { characters, audio_ms: characters * 1000 / 15, ..Usage::default() }
}

/// The address of a take in which nothing is heard, which is made unless it is there.
async fn keep_silent(assets: &impl AssetStore, job: &Job, ffmpeg: &Ffmpeg, seconds: u8) -> Result<ContentHash, Failure> {
    let duration = Cells::covering(u64::from(seconds) * u64::from(SAMPLE_RATE_HZ));
    let address = ContentHash::of_json(TAKE_FORM, &("silence", duration, sound::identity(ffmpeg).await?));
    if !is_stored(assets, job, &address).await? {
        let narration = sound::encode_silence(ffmpeg, duration).await?;
        let take = Take {
            provider: "none".to_owned(),
            voice: "none".to_owned(),
            duration,
            words: Vec::new(),
            loudness_lufs: narration.loudness.integrated_lufs,
            true_peak_dbtp: narration.loudness.true_peak_dbtp,
            characters: 0,
            fallback: None,
        };
        store(assets, job, &address, &take, narration).await?;
    }
    Ok(address)
}

async fn load_script(assets: &impl AssetStore, job: &Job) -> Result<Script, Failure> {
    let key = AssetKey::Script(job.owner.clone(), job.id.clone(), job.version);
    let json = assets.get(&key).await?;
    serde_json::from_slice(&json).map_err(|_| Failure::new(Code::Internal, "the stored script cannot be read"))
}

fn scene_of(script: &Script, index: u32) -> Result<&Scene, Failure> {
    let missing = || Failure::new(Code::Internal, format!("the script has no scene {index}"));
    script.scenes.get(index as usize).ok_or_else(missing)
}

fn request(job: &Job, script: &Script, pronounced: &Pronounced, is_preferred: bool) -> SpeechRequest {
    SpeechRequest {
        text: pronounced.text.clone(),
        phonemes: pronounced.phonemes.clone(),
        // Voices have other names at other providers.
        voice: job.options.voice.clone().filter(|_| is_preferred),
        language: script.language.clone(),
    }
}

/// The address of a take: everything that is heard in it, how often it was asked for anew, and whether it stands in for another
/// voice.
fn address(scene: &Scene, request: &SpeechRequest, voice: &str, made_by: &str, fallback: bool) -> ContentHash {
    // The same sound may be written in two ways, and a take tells where each word is written.
    let asked = (&scene.narration, &request.text, &request.phonemes, &request.voice, &request.language, scene.retake);
    ContentHash::of_json(TAKE_FORM, &(asked, voice, made_by, fallback))
}

async fn is_stored(assets: &impl AssetStore, job: &Job, take: &ContentHash) -> Result<bool, PortError> {
    // The take is written last, so where it lies the narration was written too; retention may have taken either since.
    Ok(assets.exists(&AssetKey::Take(job.owner.clone(), take.clone())).await?
        && assets.exists(&AssetKey::Narration(job.owner.clone(), take.clone())).await?)
}

/// A voice that the user asked for and that does not exist is the user's to correct.
fn voice_failure(error: PortError, job: &Job) -> Failure {
    match error {
        PortError::Misused { message, .. } if job.options.voice.is_some() => Failure::new(Code::InvalidRequest, message),
        error => error.into(),
    }
}

/// Why the last voice speaks although nobody before it was asked.
fn last_resort(voice: &str) -> Failure {
    Failure::new(Code::DependencyUnavailable, format!("the scene could not be spoken as usual; `{voice}` took over"))
}

/// The provider's name, which is the first word of its identity.
fn provider_name(identity: &str) -> &str {
    identity.split_whitespace().next().unwrap_or(identity)
}

/// Tells where words begin in the narration as it is written, not as it was spoken.
fn as_written(clip: &mut SpeechClip, pronounced: &Pronounced) {
    for word in &mut clip.words {
        word.text_offset = u32::try_from(pronounced.written(word.text_offset as usize)).unwrap_or(u32::MAX);
    }
}

fn take(
    scene: &Scene,
    request: &SpeechRequest,
    provider: &str,
    clip: &SpeechClip,
    narration: &Narration,
    fallback: Option<String>,
) -> Take {
    Take {
        provider: provider.to_owned(),
        voice: clip.voice.clone(),
        duration: narration.duration,
        words: words::spoken_words(&scene.narration, clip, &narration.clock),
        loudness_lufs: narration.loudness.integrated_lufs,
        true_peak_dbtp: narration.loudness.true_peak_dbtp,
        characters: u32::try_from(request.text.chars().count()).unwrap_or(u32::MAX),
        fallback,
    }
}

async fn store(
    assets: &impl AssetStore,
    job: &Job,
    address: &ContentHash,
    take: &Take,
    narration: Narration,
) -> Result<(), Failure> {
    let json = serde_json::to_vec(take).map_err(|_| Failure::new(Code::Internal, "the take has no JSON form"))?;
    assets.put(&AssetKey::Narration(job.owner.clone(), address.clone()), narration.adts).await?;
    assets.put(&AssetKey::Take(job.owner.clone(), address.clone()), json).await?;
    Ok(())
}

/// Says that the voice does not know the language.
fn unspoken(scene: u32, voice: &str, language: &str) -> JobWarning {
    let voice = provider_name(voice);
    JobWarning {
        stage: STAGE.to_owned(),
        scene: Some(scene),
        outcome: SceneOutcome::Incomplete,
        failure: Failure::new(Code::NoVoice, format!("the voice of `{voice}` does not speak the language `{language}`")),
    }
}

/// Notes in the job's log that nobody held a take against its text, and why. That it cannot be written does no harm either.
async fn note_unchecked(jobs: &impl JobStore, job: &Job, now: Timestamp, scene: u32, failure: Failure) {
    let id = job.id.as_str();
    tracing::warn!(stage = STAGE, job = id, scene, code = failure.code.word(), message = failure.message, "unchecked");
    let event = Event {
        at: now,
        stage: STAGE.to_owned(),
        scene: Some(scene),
        name: "unchecked".to_owned(),
        duration_ms: None,
        failure: Some(failure),
        version: job.version,
        made: BTreeSet::new(),
    };
    if let Err(error) = jobs.record(&job.id, &event).await {
        tracing::warn!(stage = STAGE, job = id, %error, "the job's log cannot be written");
    }
}

async fn report(jobs: &impl JobStore, now: Timestamp, input: &Input, fallback: Option<Failure>) -> Result<(), PortError> {
    if let Some(failure) = fallback {
        let warning = JobWarning { stage: STAGE.to_owned(), scene: Some(input.scene), outcome: SceneOutcome::Fallback, failure };
        jobs.change(&input.job, &Transition::Warn(warning), now).await?;
    }
    jobs.change(&input.job, &Transition::Narrated(input.scene), now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Budget, Capability, JobOptions, Money, Status};
    use fakes::{MemoryAssets, MemoryJobs, MemoryProviders, ToneSpeech, at, job_id, owner_id, script, scripted_job};
    use media::voice::EspeakVoice;
    use providers::settings::ProviderSettings;
    use std::path::PathBuf;
    use std::time::Duration;

    #[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
    fn setting(name: &str) -> PathBuf {
        std::env::var_os(name).unwrap_or_else(|| panic!("the tests need `{name}`, see README")).into()
    }

    fn ffmpeg() -> Ffmpeg {
        Ffmpeg::locate(Some(&setting("LECTERN_FFMPEG"))).expect("a path is taken as it is")
    }

    const NARRATIONS: [&str; 2] = ["The Moon pulls at the water of the oceans.", "The water follows."];

    async fn scripted() -> (MemoryAssets, MemoryJobs) {
        let script = script(&NARRATIONS);
        let assets = MemoryAssets::default();
        let json = serde_json::to_vec(&script).expect("a script has a JSON form");
        assets.put(&AssetKey::Script(owner_id(), job_id(), 1), json).await.expect("memory does not fail");
        (assets, scripted_job(&script).await.0)
    }

    const BUDGET: Budget = Budget { job: Money(1_000_000_000), day: Money(1_000_000_000) };
    const MINUTE: Duration = Duration::from_secs(60);

    /// The voices of a list, each with its name.
    fn voices<S>(voices: Vec<(&str, S)>) -> Chain<S, MemoryProviders> {
        let link = |(name, voice)| Link::new(Capability::Speech, ProviderSettings::new(name), voice);
        Chain::new(voices.into_iter().map(link).collect(), MemoryProviders::default(), BUDGET, MINUTE, || at(0))
    }

    /// A transcriber that does not answer.
    struct Away;

    impl Transcriber for Away {
        async fn transcribe(&self, _clip: &SpeechClip, _language: &str, _meter: &Meter) -> Result<String, PortError> {
            Err(PortError::Unavailable { service: "the transcriber", message: "no connection".to_owned() })
        }
    }

    fn humming() -> Chain<ToneSpeech, MemoryProviders> {
        voices(vec![("embedded", ToneSpeech::default())])
    }

    async fn speak(
        assets: &MemoryAssets,
        jobs: &MemoryJobs,
        voices: &Chain<impl Speech, MemoryProviders>,
        input: Input,
    ) -> Result<Output, Failure> {
        let transcribers = Chain::<Away, MemoryProviders>::new(vec![], MemoryProviders::default(), BUDGET, MINUTE, || at(0));
        let studio = Studio { voices, transcribers: &transcribers, ffmpeg: &ffmpeg() };
        handle(assets, jobs, &studio, &Meter::default(), at(7), input).await
    }

    fn input(scene: u32, fallback: bool) -> Input {
        Input { job: job_id(), scene, fallback, attempt: 0 }
    }

    /// The first scene of another job with the same script and other options.
    async fn with_options(assets: &MemoryAssets, jobs: &MemoryJobs, options: JobOptions) -> Input {
        let id = JobId::new("job-2").expect("well formed");
        let job = Job { id: id.clone(), options, ..jobs.load(&job_id()).await.expect("there") };
        jobs.create(&job).await.expect("memory does not fail");
        let json = assets.get(&AssetKey::Script(owner_id(), job_id(), 1)).await.expect("stored");
        assets.put(&AssetKey::Script(owner_id(), id.clone(), 1), json).await.expect("memory does not fail");
        Input { job: id, scene: 0, fallback: false, attempt: 0 }
    }

    async fn take_at(assets: &MemoryAssets, address: &ContentHash) -> Take {
        let json = assets.get(&AssetKey::Take(owner_id(), address.clone())).await.expect("stored");
        serde_json::from_slice(&json).expect("a take")
    }

    #[tokio::test]
    async fn a_scene_is_spoken_stored_and_reported() {
        let (assets, jobs) = scripted().await;
        let voice = humming();
        let output = speak(&assets, &jobs, &voice, input(1, false)).await.expect("speaks");
        let take = take_at(&assets, &output.take).await;
        assert_eq!((take.provider.as_str(), take.voice.as_str(), take.words.len(), take.fallback), ("tone", "hum", 3, None));
        let sound = assets.get(&AssetKey::Narration(owner_id(), output.take)).await.expect("stored");
        assert_eq!(media::adts::count_samples(&sound), Ok(take.duration.samples()));
        assert!(take.duration > Cells(2));
        let job = jobs.load(&job_id()).await.expect("there");
        assert!(job.narrated.contains(&1) && job.warnings.is_empty());
    }

    #[tokio::test]
    async fn nothing_is_heard_of_a_card_for_as_long_as_it_is_seen() {
        let (assets, jobs) = scripted().await;
        let card = domain::BrandCard { title: Some("ACME".to_owned()), text: None, seconds: Some(3) };
        let brand = domain::Brand { intro: Some(card), ..domain::Brand::default() };
        let framed = script(&NARRATIONS).between_cards(Some(&brand));
        let json = serde_json::to_vec(&framed).expect("a script has a JSON form");
        assets.put(&AssetKey::Script(owner_id(), job_id(), 1), json).await.expect("memory does not fail");
        let voice = humming();
        let output = speak(&assets, &jobs, &voice, input(0, false)).await.expect("is silent");
        assert_eq!(voice.links()[0].provider.calls(), 0);
        let take = take_at(&assets, &output.take).await;
        assert_eq!((take.duration, take.words.len()), (Cells::covering(3 * 48_000), 0));
        let sound = assets.get(&AssetKey::Narration(owner_id(), output.take)).await.expect("stored");
        assert_eq!(media::adts::count_samples(&sound), Ok(take.duration.samples()));
    }

    #[tokio::test]
    async fn what_was_spoken_before_is_not_spoken_again() {
        let (assets, jobs) = scripted().await;
        let voice = humming();
        let first = speak(&assets, &jobs, &voice, input(0, false)).await.expect("speaks");
        let writes = assets.writes();
        let second = speak(&assets, &jobs, &voice, input(0, false)).await.expect("finds it");
        assert_eq!((first, 1, writes), (second, voice.links()[0].provider.calls(), assets.writes()));
    }

    #[tokio::test]
    async fn words_of_the_lexicon_are_spoken_as_it_says_and_written_as_they_are() {
        let (assets, jobs) = scripted().await;
        let lexicon = serde_json::from_str(r#"{"water": "the wet substance", "Moon": "moo-oon"}"#).expect("a lexicon");
        let input = with_options(&assets, &jobs, JobOptions { lexicon, ..JobOptions::default() }).await;
        let output = speak(&assets, &jobs, &humming(), input).await.expect("speaks");
        let take = take_at(&assets, &output.take).await;
        let words: Vec<&str> = take.words.iter().map(|word| &NARRATIONS[0][word.start as usize..word.end as usize]).collect();
        assert_eq!(words, NARRATIONS[0].split(' ').collect::<Vec<_>>());
        // `the wet substance` is hummed for longer than any word of the narration.
        let lasts = |at: usize| take.words[at + 1].begin_ms - take.words[at].begin_ms;
        assert!(lasts(5) > 1000 && (0..5).all(|at| lasts(at) < 700), "{:?}", take.words);
    }

    #[tokio::test]
    async fn a_lost_narration_is_made_again() {
        let (assets, jobs) = scripted().await;
        let voice = humming();
        let first = speak(&assets, &jobs, &voice, input(0, false)).await.expect("speaks");
        let key = AssetKey::Narration(owner_id(), first.take.clone());
        assets.remove(&key);
        let second = speak(&assets, &jobs, &voice, input(0, false)).await.expect("speaks");
        assert_eq!(first, second);
        assert_eq!(assets.exists(&key).await.ok(), Some(true));
    }

    #[tokio::test]
    async fn the_next_voice_stands_in_for_one_that_is_away() {
        let (assets, jobs) = scripted().await;
        let voices = voices(vec![("polly", ToneSpeech::default()), ("embedded", ToneSpeech::default())]);
        voices.links()[0].provider.be_away(true);
        let output = speak(&assets, &jobs, &voices, input(0, false)).await.expect("speaks");
        let reason = "DEPENDENCY_UNAVAILABLE: `polly` was passed over: the humming voice does not answer: it is away; `embedded` took over";
        assert_eq!(take_at(&assets, &output.take).await.fallback.as_deref(), Some(reason));
        let job = jobs.load(&job_id()).await.expect("there");
        assert_eq!(job.warnings.len(), 1);
        assert_eq!((job.warnings[0].outcome, job.warnings[0].scene), (SceneOutcome::Fallback, Some(0)));
        assert_eq!((job.status, job.narrated.len()), (Status::Processing, 1));

        voices.links()[0].provider.be_away(false);
        let again = speak(&assets, &jobs, &voices, input(0, false)).await.expect("speaks");
        assert_eq!(take_at(&assets, &again.take).await.fallback, None);
    }

    #[tokio::test]
    async fn a_scene_that_nobody_could_listen_to_is_made_and_the_log_of_the_job_says_so() {
        let (assets, jobs) = scripted().await;
        let voices = voices(vec![("polly", ToneSpeech::default())]);
        let link = Link::new(Capability::Transcript, ProviderSettings::new("whispercpp"), Away);
        let transcribers = Chain::new(vec![link], MemoryProviders::default(), BUDGET, MINUTE, || at(0));
        let studio = Studio { voices: &voices, transcribers: &transcribers, ffmpeg: &ffmpeg() };
        handle(&assets, &jobs, &studio, &Meter::default(), at(7), input(0, false)).await.expect("speaks");
        let [event] = jobs.events(&job_id()).await.expect("there").try_into().expect("one event");
        assert_eq!((event.name.as_str(), event.scene, event.version), ("unchecked", Some(0), 1));
        assert_eq!(event.failure.map(|failure| failure.code), Some(Code::DependencyUnavailable));
        let job = jobs.load(&job_id()).await.expect("there");
        assert!(job.narrated.contains(&0) && job.warnings.is_empty());
    }

    #[tokio::test]
    async fn a_voice_without_another_behind_it_is_the_state_machine_s_to_try_again() {
        let (assets, jobs) = scripted().await;
        let voices = voices(vec![("polly", ToneSpeech::default())]);
        voices.links()[0].provider.be_away(true);
        let failure = speak(&assets, &jobs, &voices, input(0, false)).await.expect_err("it is away");
        assert_eq!(failure.code, Code::DependencyUnavailable);
        assert!(jobs.load(&job_id()).await.expect("there").narrated.is_empty());
    }

    #[tokio::test]
    async fn after_a_crash_only_the_last_voice_is_asked() {
        let (assets, jobs) = scripted().await;
        let voices = voices(vec![("polly", ToneSpeech::default()), ("embedded", ToneSpeech::default())]);
        let output = speak(&assets, &jobs, &voices, input(0, true)).await.expect("speaks");
        assert!(take_at(&assets, &output.take).await.fallback.is_some_and(|reason| reason.contains("`embedded` took over")));
        assert_eq!(voices.links().iter().map(|voice| voice.provider.calls()).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(jobs.load(&job_id()).await.expect("there").warnings.len(), 1);
    }

    #[tokio::test]
    async fn a_scene_that_is_not_in_the_script_is_a_bug() {
        let (assets, jobs) = scripted().await;
        let voice = humming();
        let failure = speak(&assets, &jobs, &voice, input(9, false)).await.expect_err("no scene 9");
        assert_eq!(failure, Failure::new(Code::Internal, "the script has no scene 9"));
    }

    #[tokio::test]
    async fn a_voice_that_does_not_exist_is_the_users_to_correct() {
        let voice = EspeakVoice::locate(Some(&setting("LECTERN_VOICE"))).expect("LECTERN_VOICE names the folder of the voice");
        let (assets, jobs) = scripted().await;
        let options = JobOptions { voice: Some("nobody".to_owned()), ..JobOptions::default() };
        let input = with_options(&assets, &jobs, options).await;
        let voices = voices(vec![("embedded", voice)]);
        let failure = speak(&assets, &jobs, &voices, input).await.expect_err("no such voice");
        assert_eq!(failure.code, Code::InvalidRequest);
        assert!(failure.message.contains("en-us"), "{failure}");
    }

    #[tokio::test]
    async fn the_embedded_voice_places_every_word_inside_the_scene() {
        let (assets, jobs) = scripted().await;
        let voice = EspeakVoice::locate(Some(&setting("LECTERN_VOICE"))).expect("LECTERN_VOICE names the folder of the voice");
        let voice = voices(vec![("embedded", voice)]);
        let output = speak(&assets, &jobs, &voice, input(0, false)).await.expect("speaks");
        let take = take_at(&assets, &output.take).await;
        let words: Vec<&str> = take.words.iter().map(|word| &NARRATIONS[0][word.start as usize..word.end as usize]).collect();
        assert_eq!(words, NARRATIONS[0].split(' ').collect::<Vec<_>>());
        assert!(take.words.iter().all(|word| u64::from(word.end_ms) < take.duration.milliseconds()));
        assert!((take.loudness_lufs + 16.0).abs() < 0.5, "{}", take.loudness_lufs);
        assert!(take.true_peak_dbtp <= -1.5, "{}", take.true_peak_dbtp);
    }

    #[tokio::test]
    async fn a_language_that_the_voice_does_not_speak_is_noted() {
        let script = Script { language: "ja".to_owned(), ..script(&["月が海の水を引きます。"]) };
        let assets = MemoryAssets::default();
        let json = serde_json::to_vec(&script).expect("a script has a JSON form");
        assets.put(&AssetKey::Script(owner_id(), job_id(), 1), json).await.expect("memory does not fail");
        let jobs = scripted_job(&script).await.0;
        let voice = EspeakVoice::locate(Some(&setting("LECTERN_VOICE"))).expect("LECTERN_VOICE names the folder of the voice");
        let voice = voices(vec![("embedded", voice)]);
        speak(&assets, &jobs, &voice, input(0, false)).await.expect("something is heard all the same");
        let warnings = jobs.load(&job_id()).await.expect("there").warnings;
        assert_eq!(warnings.len(), 1);
        assert_eq!((warnings[0].outcome, warnings[0].failure.code), (SceneOutcome::Incomplete, Code::NoVoice));
        assert!(warnings[0].failure.message.contains("`espeak-ng`"), "{}", warnings[0].failure);
    }

    #[test]
    fn the_samples_are_inputs() {
        let scene: Input = serde_json::from_str(include_str!("../../../events/narrate-scene/scene.json")).expect("parses");
        let fallback: Input = serde_json::from_str(include_str!("../../../events/narrate-scene/fallback.json")).expect("parses");
        assert_eq!((scene.scene, scene.fallback, fallback.fallback), (2, false, true));
    }
}
