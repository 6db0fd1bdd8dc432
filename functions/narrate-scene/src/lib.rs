//! Speaks one scene.
//!
//! **In**: a job whose script is written, and the scene from 0. With `fallback` the embedded voice speaks instead of the
//! chosen provider.
//!
//! **Out**: the scene and the address of its take. Stored: `AssetKey::Narration`, the sound on the common grid at -16 LUFS, and
//! `AssetKey::Take`, its length and when each word is heard. The address depends on the text, the voice, the language, the
//! provider and the way sound is made, so the same words are never spoken twice for one owner.
//!
//! A voice that does not know the language speaks all the same, and the job is warned with `NO_VOICE`.
//!
//! **May fail** with what the provider says (`RATE_LIMITED`, `DEPENDENCY_UNAVAILABLE`, `CONTENT_REJECTED`): the state machine
//! tries again and then comes back with `fallback`. `INVALID_REQUEST` if there is no such voice; the message names some that
//! there are. `INTERNAL` if the script has no such scene or the speech is no sound.

mod words;

use domain::ports::{AssetStore, JobStore, PortError, Speech, SpeechClip, SpeechRequest};
use domain::{
    AssetKey, Cells, Code, ContentHash, Failure, Job, JobId, JobWarning, SAMPLE_RATE_HZ, Scene, SceneOutcome, Script, Take,
    Transition, Visual,
};
use jiff::Timestamp;
use media::sound::Narration;
use media::{Ffmpeg, sound};
use serde::{Deserialize, Serialize};

/// The name of this stage.
pub const STAGE: &str = "narrate-scene";

/// Changes whenever the form of a take changes.
const TAKE_FORM: &str = "take-1";

/// Which scene is to be spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The job.
    pub job: JobId,
    /// The scene, from 0.
    pub scene: u32,
    /// Whether the embedded voice takes over from the provider.
    #[serde(default)]
    pub fallback: bool,
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

/// Speaks one scene, unless the same words were spoken before.
pub async fn handle(
    assets: &impl AssetStore,
    jobs: &impl JobStore,
    speech: &impl Speech,
    embedded: &impl Speech,
    ffmpeg: &Ffmpeg,
    now: Timestamp,
    input: Input,
) -> Result<Output, Failure> {
    let job = jobs.load(&input.job).await?;
    let script = load_script(assets, &job).await?;
    let scene = scene_of(&script, input.scene)?;
    if let Visual::Card { seconds, .. } = scene.visual {
        let address = keep_silent(assets, &job, ffmpeg, seconds).await?;
        jobs.change(&input.job, &Transition::Narrated(input.scene), now).await?;
        return Ok(Output { scene: input.scene, take: address });
    }

    let request = request(&job, &script, scene, input.fallback);
    let voice = if input.fallback { embedded.identity() } else { speech.identity() };
    let made_by = sound::identity(ffmpeg).await?;
    let address = address(&request, scene.retake, &voice, &made_by, input.fallback);

    if !is_stored(assets, &job, &address).await? {
        let clip = if input.fallback { embedded.speak(&request).await } else { speech.speak(&request).await };
        let clip = clip.map_err(|error| voice_failure(error, &request))?;
        let narration = sound::encode_narration(ffmpeg, clip.samples.clone(), clip.sample_rate_hz).await?;
        let fallback = input.fallback.then(|| reason(speech));
        let take = take(&request, provider_name(&voice), &clip, &narration, fallback);
        store(assets, &job, &address, &take, narration).await?;
    }
    let speaks = if input.fallback { embedded.speaks(&script.language) } else { speech.speaks(&script.language) };
    if !speaks {
        jobs.change(&input.job, &Transition::Warn(unspoken(input.scene, &voice, &script.language)), now).await?;
    }
    report(jobs, now, &input, speech).await?;
    Ok(Output { scene: input.scene, take: address })
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

fn request(job: &Job, script: &Script, scene: &Scene, fallback: bool) -> SpeechRequest {
    SpeechRequest {
        text: scene.narration.clone(),
        // Voices have other names at other providers.
        voice: if fallback { None } else { job.options.voice.clone() },
        language: script.language.clone(),
    }
}

/// The address of a take: everything that is heard in it, how often it was asked for anew, and whether it stands in for another
/// voice.
fn address(request: &SpeechRequest, retake: u32, voice: &str, made_by: &str, fallback: bool) -> ContentHash {
    let asked = (&request.text, &request.voice, &request.language, retake);
    ContentHash::of_json(TAKE_FORM, &(asked, voice, made_by, fallback))
}

async fn is_stored(assets: &impl AssetStore, job: &Job, take: &ContentHash) -> Result<bool, PortError> {
    // The take is written last, so where it lies the narration was written too; retention may have taken either since.
    Ok(assets.exists(&AssetKey::Take(job.owner.clone(), take.clone())).await?
        && assets.exists(&AssetKey::Narration(job.owner.clone(), take.clone())).await?)
}

/// A voice that the user asked for and that does not exist is the user's to correct.
fn voice_failure(error: PortError, request: &SpeechRequest) -> Failure {
    match error {
        PortError::Misused { message, .. } if request.voice.is_some() => Failure::new(Code::InvalidRequest, message),
        error => error.into(),
    }
}

fn reason(speech: &impl Speech) -> String {
    format!("the voice of `{}` could not be used", provider_name(&speech.identity()))
}

/// The provider's name, which is the first word of its identity.
fn provider_name(identity: &str) -> &str {
    identity.split_whitespace().next().unwrap_or(identity)
}

fn take(request: &SpeechRequest, provider: &str, clip: &SpeechClip, narration: &Narration, fallback: Option<String>) -> Take {
    Take {
        provider: provider.to_owned(),
        voice: clip.voice.clone(),
        duration: narration.duration,
        words: words::spoken_words(&request.text, clip, &narration.clock),
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

async fn report(jobs: &impl JobStore, now: Timestamp, input: &Input, speech: &impl Speech) -> Result<(), PortError> {
    if input.fallback {
        let warning = JobWarning {
            stage: STAGE.to_owned(),
            scene: Some(input.scene),
            outcome: SceneOutcome::Fallback,
            failure: Failure::new(Code::DependencyUnavailable, reason(speech)),
        };
        jobs.change(&input.job, &Transition::Warn(warning), now).await?;
    }
    jobs.change(&input.job, &Transition::Narrated(input.scene), now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Status;
    use fakes::{MemoryAssets, MemoryJobs, ToneSpeech, at, job_id, owner_id, script, scripted_job};
    use media::voice::EspeakVoice;
    use std::path::PathBuf;

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

    fn input(scene: u32, fallback: bool) -> Input {
        Input { job: job_id(), scene, fallback }
    }

    async fn take_at(assets: &MemoryAssets, address: &ContentHash) -> Take {
        let json = assets.get(&AssetKey::Take(owner_id(), address.clone())).await.expect("stored");
        serde_json::from_slice(&json).expect("a take")
    }

    #[tokio::test]
    async fn a_scene_is_spoken_stored_and_reported() {
        let (assets, jobs) = scripted().await;
        let voice = ToneSpeech::default();
        let output = handle(&assets, &jobs, &voice, &voice, &ffmpeg(), at(7), input(1, false)).await.expect("speaks");
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
        let voice = ToneSpeech::default();
        let output = handle(&assets, &jobs, &voice, &voice, &ffmpeg(), at(7), input(0, false)).await.expect("is silent");
        let take = take_at(&assets, &output.take).await;
        assert_eq!((take.duration, take.words.len()), (Cells::covering(3 * 48_000), 0));
        let sound = assets.get(&AssetKey::Narration(owner_id(), output.take)).await.expect("stored");
        assert_eq!(media::adts::count_samples(&sound), Ok(take.duration.samples()));
    }

    #[tokio::test]
    async fn what_was_spoken_before_is_not_spoken_again() {
        let (assets, jobs) = scripted().await;
        let voice = ToneSpeech::default();
        let first = handle(&assets, &jobs, &voice, &voice, &ffmpeg(), at(7), input(0, false)).await.expect("speaks");
        let writes = assets.writes();
        let second = handle(&assets, &jobs, &voice, &voice, &ffmpeg(), at(8), input(0, false)).await.expect("finds it");
        assert_eq!((first, 1, writes), (second, voice.calls(), assets.writes()));
    }

    #[tokio::test]
    async fn a_lost_narration_is_made_again() {
        let (assets, jobs) = scripted().await;
        let voice = ToneSpeech::default();
        let first = handle(&assets, &jobs, &voice, &voice, &ffmpeg(), at(7), input(0, false)).await.expect("speaks");
        let key = AssetKey::Narration(owner_id(), first.take.clone());
        assets.remove(&key);
        let second = handle(&assets, &jobs, &voice, &voice, &ffmpeg(), at(8), input(0, false)).await.expect("speaks");
        assert_eq!(first, second);
        assert_eq!(assets.exists(&key).await.ok(), Some(true));
    }

    #[tokio::test]
    async fn a_provider_that_is_away_is_told_and_then_stood_in_for() {
        let (assets, jobs) = scripted().await;
        let (voice, embedded) = (ToneSpeech::default(), ToneSpeech::default());
        voice.be_away(true);
        let failure = handle(&assets, &jobs, &voice, &embedded, &ffmpeg(), at(7), input(0, false)).await.expect_err("it is away");
        assert_eq!(failure.code, Code::DependencyUnavailable);
        assert!(jobs.load(&job_id()).await.expect("there").narrated.is_empty());

        let output = handle(&assets, &jobs, &voice, &embedded, &ffmpeg(), at(8), input(0, true)).await.expect("speaks");
        assert!(take_at(&assets, &output.take).await.fallback.is_some_and(|reason| reason.contains("tone")));
        let job = jobs.load(&job_id()).await.expect("there");
        assert_eq!(job.warnings.len(), 1);
        assert_eq!((job.warnings[0].outcome, job.warnings[0].scene), (SceneOutcome::Fallback, Some(0)));
        assert_eq!((job.status, job.narrated.len()), (Status::Processing, 1));
    }

    #[tokio::test]
    async fn a_scene_that_is_not_in_the_script_is_a_bug() {
        let (assets, jobs) = scripted().await;
        let voice = ToneSpeech::default();
        let failure = handle(&assets, &jobs, &voice, &voice, &ffmpeg(), at(7), input(9, false)).await.expect_err("no scene 9");
        assert_eq!(failure, Failure::new(Code::Internal, "the script has no scene 9"));
    }

    #[tokio::test]
    async fn a_voice_that_does_not_exist_is_the_users_to_correct() {
        let voice = EspeakVoice::locate(Some(&setting("LECTERN_VOICE"))).expect("LECTERN_VOICE names the folder of the voice");
        let request = SpeechRequest { text: "Hello".to_owned(), voice: Some("nobody".to_owned()), language: "en".to_owned() };
        let failure = voice_failure(voice.speak(&request).await.expect_err("no such voice"), &request);
        assert_eq!(failure.code, Code::InvalidRequest);
        assert!(failure.message.contains("en-us"), "{failure}");
    }

    #[tokio::test]
    async fn the_embedded_voice_places_every_word_inside_the_scene() {
        let (assets, jobs) = scripted().await;
        let voice = EspeakVoice::locate(Some(&setting("LECTERN_VOICE"))).expect("LECTERN_VOICE names the folder of the voice");
        let output = handle(&assets, &jobs, &voice, &voice, &ffmpeg(), at(7), input(0, false)).await.expect("speaks");
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
        handle(&assets, &jobs, &voice, &voice, &ffmpeg(), at(7), input(0, false)).await.expect("something is heard all the same");
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
