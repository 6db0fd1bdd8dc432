//! Joins the scenes of a job into its video.
//!
//! **In**: a job, and for every scene of its script, in order, the addresses of its take and of its segment, or that it is
//! dropped. At most 180 bytes of JSON a scene:
//! `{"job": "...", "scenes": [{"scene": 0, "take": "...", "segment": "..."}, {"scene": 1, "dropped": true}]}`.
//! A scene without take or segment counts as dropped; the job gets a warning for each.
//!
//! **Out**: the length and size of the video. Stored: `AssetKey::Video`, an MP4 that plays while it loads, with what goes with it:
//! captions as WebVTT and SubRip, chapters, a transcript, a poster, a small picture of each scene and a sheet of them all. The job is
//! completed.
//!
//! Picture and sound are joined by copying packets. Every segment and every narration must have exactly the length of its take, so
//! both tracks end together at every scene. Every scene passes through a decoder once in its life; the video passes its [`gate`]. What
//! can be made anew here, loudness and the times of captions, is made anew once if it does not pass.
//!
//! **May fail**: `NO_SCENES` if every scene was dropped; `OUTPUT_REJECTED` if a scene or the whole does not pass a check, both of
//! which the message names; `TIMED_OUT` or `DEPENDENCY_UNAVAILABLE` if ffmpeg was stopped, and can then be tried again.

mod captions;
mod extras;
mod gate;
mod mend;
mod mp4;
mod screening;

use domain::captions::{Caption, Spoken, line_length};
use domain::outline::{self, Chapter, Shown};
use domain::ports::{AssetStore, JobStore, PortError};
use domain::{
    AssetKey, CaptionFormat, Cells, Code, ContentHash, Failure, Job, JobId, JobWarning, Motion, Phase, SceneOutcome, Script,
    Take, Transition, VideoSummary,
};
use gate::{Check, Rejection, Screened};
use jiff::Timestamp;
use media::sound::Loudness;
use media::{Ffmpeg, Film, TimedText, adts, h264};
use serde::{Deserialize, Serialize};

/// The name of this stage.
pub const STAGE: &str = "assemble-video";

/// What is to be joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The job.
    pub job: JobId,
    /// The scenes of the script, in order.
    pub scenes: Vec<SceneParts>,
}

/// Where the parts of a scene are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneParts {
    /// The scene, from 0.
    pub scene: u32,
    /// The address of its take and narration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<ContentHash>,
    /// The address of its segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<ContentHash>,
    /// Whether it is left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dropped: bool,
}

impl SceneParts {
    fn is_left_out(&self) -> bool {
        self.dropped || self.take.is_none() || self.segment.is_none()
    }
}

impl stage::Input for Input {}

/// The finished video in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The job.
    pub job: JobId,
    /// Length in milliseconds.
    pub duration_ms: u64,
    /// Number of video frames.
    pub frames: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
}

/// Joins the scenes, checks the result and completes the job. A job that has its video keeps it.
pub async fn handle(
    assets: &impl AssetStore,
    jobs: &impl JobStore,
    ffmpeg: &Ffmpeg,
    now: Timestamp,
    input: Input,
) -> Result<Output, Failure> {
    let job = jobs.load(&input.job).await?;
    if let Some(video) = &job.video {
        return Ok(output(&job, video));
    }
    let job = jobs.change(&job.id, &Transition::Enter(Phase::Assemble), now).await?;

    let script = load_script(assets, &job).await?;
    let scenes = load_scenes(assets, &job, &input.scenes).await?;
    for parts in input.scenes.iter().filter(|parts| parts.is_left_out()) {
        jobs.change(&job.id, &Transition::Warn(left_out(parts.scene)), now).await?;
    }

    let cut = cut(assets, ffmpeg, &job, &script, scenes).await?;

    let video = summary(&job, &cut);
    store(assets, &job, &script, cut).await?;
    // Not `now`: this is when the work is done.
    jobs.change(&job.id, &Transition::Complete(video.clone()), Timestamp::now()).await?;
    Ok(output(&job, &video))
}

/// The warning for a scene that the state machine gave up.
fn left_out(scene: u32) -> JobWarning {
    JobWarning {
        stage: STAGE.to_owned(),
        scene: Some(scene),
        outcome: SceneOutcome::Dropped,
        failure: Failure::new(Code::Internal, "the scene could not be made and is left out"),
    }
}

fn output(job: &Job, video: &VideoSummary) -> Output {
    Output { job: job.id.clone(), duration_ms: video.duration_ms, frames: video.frames, bytes: video.bytes }
}

async fn load_script(assets: &impl AssetStore, job: &Job) -> Result<Script, Failure> {
    let json = assets.get(&AssetKey::Script(job.owner.clone(), job.id.clone(), job.version)).await?;
    serde_json::from_slice(&json).map_err(|_| Failure::new(Code::Internal, "the stored script cannot be read"))
}

/// A scene with all its parts.
#[derive(Debug)]
struct Scene {
    index: u32,
    take: Take,
    narration: Vec<u8>,
    segment: Vec<u8>,
    /// The address of the segment.
    address: ContentHash,
}

async fn load_scenes(assets: &impl AssetStore, job: &Job, parts: &[SceneParts]) -> Result<Vec<Scene>, Failure> {
    let mut scenes = Vec::new();
    for parts in parts {
        if let SceneParts { scene, take: Some(take), segment: Some(segment), .. } = parts
            && !parts.is_left_out()
        {
            scenes.push(load_scene(assets, job, *scene, take, segment).await?);
        }
    }
    if scenes.is_empty() {
        return Err(Failure::new(Code::NoScenes, format!("all {} scenes were dropped", parts.len())));
    }
    Ok(scenes)
}

async fn load_scene(
    assets: &impl AssetStore,
    job: &Job,
    index: u32,
    take: &ContentHash,
    segment: &ContentHash,
) -> Result<Scene, Failure> {
    let address = segment.clone();
    let keys = (
        AssetKey::Take(job.owner.clone(), take.clone()),
        AssetKey::Narration(job.owner.clone(), take.clone()),
        AssetKey::Segment(job.owner.clone(), segment.clone()),
    );
    let (take, narration, segment) = tokio::try_join!(assets.get(&keys.0), assets.get(&keys.1), assets.get(&keys.2))?;
    let take = serde_json::from_slice(&take)
        .map_err(|_| Failure::new(Code::Internal, format!("the stored take of scene {index} cannot be read")))?;
    Ok(Scene { index, take, narration, segment, address })
}

/// A video that passed its gate.
#[derive(Debug)]
struct Cut {
    scenes: Vec<Scene>,
    programme: Programme,
    loudness: Loudness,
    file: Vec<u8>,
}

/// Joins the scenes to a video that passes its gate. What does not pass at first is mended once, where it can be.
async fn cut(
    assets: &impl AssetStore,
    ffmpeg: &Ffmpeg,
    job: &Job,
    script: &Script,
    mut scenes: Vec<Scene>,
) -> Result<Cut, Failure> {
    let mut mending = mend::Mending::default();
    loop {
        let rejection = match try_cut(assets, ffmpeg, job, script, &scenes, &mending).await? {
            Ok((programme, loudness, file)) => return Ok(Cut { scenes, programme, loudness, file }),
            Err(rejection) => rejection,
        };
        tracing::warn!(job = job.id.as_str(), check = %rejection.check, scene = rejection.scene, found = rejection.found, "rejected");
        if !mending.takes_up(&rejection) {
            return Err(rejection.into());
        }
        mend::level(ffmpeg, &rejection, &mut scenes).await?;
    }
}

/// Joins the scenes and checks the result: first each scene, then the whole.
async fn try_cut(
    assets: &impl AssetStore,
    ffmpeg: &Ffmpeg,
    job: &Job,
    script: &Script,
    scenes: &[Scene],
    mending: &mend::Mending,
) -> Result<Result<(Programme, Loudness, Vec<u8>), Rejection>, Failure> {
    for scene in scenes {
        if let Err(rejection) = check_parts(scene, &scenes[0]) {
            return Ok(Err(rejection));
        }
    }
    let screenings = match screening::screen(assets, ffmpeg, &job.owner, scenes).await? {
        Ok(screenings) => screenings,
        Err(rejection) => return Ok(Err(rejection)),
    };
    let screened = scenes.iter().zip(screenings).map(|(scene, found)| Screened {
        scene: scene.index,
        should_move: should_move(job, script, scene),
        is_silent: script.scenes.get(scene.index as usize).is_some_and(domain::Scene::is_card),
        found,
    });
    let loudness = match gate::check_scenes(&screened.collect::<Vec<_>>()) {
        Ok(loudness) => loudness,
        Err(rejection) => return Ok(Err(rejection)),
    };
    let mut programme = join(scenes, script, line_length(job.options.shape));
    if mending.retimes_captions() {
        programme.captions = mend::retimed(programme.captions, programme.duration.milliseconds());
    }
    let file = mux(job, script, &programme)?;
    Ok(gate::check_file(&file, expected(job, &programme)).map(|()| (programme, loudness, file)))
}

/// Checks that picture and sound of a scene last as long as its take, and that its picture can follow the first one's.
fn check_parts(scene: &Scene, first: &Scene) -> Result<(), Rejection> {
    let reject = |check, found: String| Err(Rejection { check, scene: Some(scene.index), found });
    let (frames, expected) = (h264::count_frames(&scene.segment), scene.take.duration.frames());
    if frames != expected {
        return reject(Check::FrameCount, format!("the segment has {frames} frames, expected {expected}"));
    }
    let expected = scene.take.duration.samples();
    match adts::count_samples(&scene.narration) {
        Ok(samples) if samples == expected => {}
        Ok(samples) => return reject(Check::SoundLength, format!("the narration has {samples} samples, expected {expected}")),
        Err(error) => return reject(Check::SoundDecodes, error.to_string()),
    }
    let begins_anew =
        h264::nals(&scene.segment).find(h264::Nal::begins_picture).is_some_and(|nal| nal.kind() == h264::kind::IDR_SLICE);
    if !begins_anew || !parameter_sets(&scene.segment).eq(parameter_sets(&first.segment)) {
        return reject(Check::Seams, "the segment cannot follow the first one".to_owned());
    }
    Ok(())
}

/// The first parameter sets of a segment. Later ones repeat them, see [`gate::check_file`].
fn parameter_sets(segment: &[u8]) -> impl Iterator<Item = &[u8]> {
    h264::nals(segment).filter(|nal| matches!(nal.kind(), h264::kind::SPS | h264::kind::PPS)).map(|nal| nal.unit).take(2)
}

/// Whether parts of a scene should appear one after another: they do where the words leave time for it, and not in a placeholder.
fn should_move(job: &Job, script: &Script, scene: &Scene) -> bool {
    let stands_in = |warning: &JobWarning| warning.outcome == SceneOutcome::Placeholder && warning.scene == Some(scene.index);
    if job.options.motion == Motion::None || job.warnings.iter().any(stands_in) {
        return false;
    }
    script.scenes.get(scene.index as usize).is_some_and(|written| {
        let steps = render::steps(&written.visual);
        !domain::settle(&written.cues, steps, &written.narration, &scene.take.words, scene.take.duration).is_empty()
    })
}

/// All scenes one behind the other.
#[derive(Debug)]
struct Programme {
    video: Vec<u8>,
    audio: Vec<u8>,
    duration: Cells,
    scene_starts_ms: Vec<u64>,
    captions: Vec<Caption>,
    chapters: Vec<Chapter>,
}

/// Lays the scenes one behind the other, with captions in lines of at most so many columns.
fn join(scenes: &[Scene], script: &Script, line: usize) -> Programme {
    let (mut video, mut audio, mut captions, mut scene_starts_ms) = (vec![], vec![], vec![], vec![]);
    let mut duration = Cells(0);
    for scene in scenes {
        let begin_ms = duration.milliseconds();
        duration = duration + scene.take.duration;
        let narration = script.scenes.get(scene.index as usize).map_or("", |scene| &scene.narration);
        let spoken = Spoken { narration, words: &scene.take.words, language: &script.language, duration: scene.take.duration };
        captions.extend(domain::captions::captions(&spoken, line).into_iter().map(|caption| caption.later_by(begin_ms)));
        scene_starts_ms.push(begin_ms);
        video.extend_from_slice(&scene.segment);
        audio.extend_from_slice(&scene.narration);
    }
    let chapters = outline::chapters(&shown(scenes, script, &scene_starts_ms), duration.milliseconds());
    Programme { video, audio, duration, scene_starts_ms, captions, chapters }
}

/// The scenes of the video as they were written. Cards, in which nothing is said, belong to the scene beside them.
fn shown<'a>(scenes: &[Scene], script: &'a Script, starts_ms: &[u64]) -> Vec<Shown<'a>> {
    let written =
        |(scene, &begin_ms): (&Scene, &u64)| script.scenes.get(scene.index as usize).map(|scene| Shown { begin_ms, scene });
    let mut shown: Vec<Shown<'a>> =
        scenes.iter().zip(starts_ms).filter_map(written).filter(|shown| !shown.scene.is_card()).collect();
    if let Some(first) = shown.first_mut() {
        first.begin_ms = 0;
    }
    shown
}

fn mux(job: &Job, script: &Script, programme: &Programme) -> Result<Vec<u8>, Failure> {
    let captions: Vec<TimedText> = programme
        .captions
        .iter()
        .filter(|_| job.options.captions)
        .map(|caption| TimedText { begin_ms: caption.begin_ms, end_ms: caption.end_ms, text: caption.text() })
        .collect();
    let chapters: Vec<TimedText> = programme
        .chapters
        .iter()
        .map(|chapter| TimedText { begin_ms: chapter.begin_ms, end_ms: chapter.end_ms, text: chapter.title.clone() })
        .collect();
    Ok(media::mux(&Film {
        video: &programme.video,
        audio: &programme.audio,
        captions: &captions,
        chapters: &chapters,
        title: &script.title,
        language: &script.language,
    })?)
}

fn expected<'a>(job: &Job, programme: &'a Programme) -> gate::Expected<'a> {
    gate::Expected {
        video: &programme.video,
        audio: &programme.audio,
        duration: programme.duration,
        width: job.options.size.width(job.options.shape),
        height: job.options.size.height(job.options.shape),
        has_captions: job.options.captions && !programme.captions.is_empty(),
        captions: &programme.captions,
        caption_line: line_length(job.options.shape),
        chapters: &programme.chapters,
    }
}

fn summary(job: &Job, cut: &Cut) -> VideoSummary {
    VideoSummary {
        duration_ms: cut.programme.duration.milliseconds(),
        frames: cut.programme.duration.frames(),
        width: job.options.size.width(job.options.shape),
        height: job.options.size.height(job.options.shape),
        bytes: cut.file.len() as u64,
        loudness_lufs: cut.loudness.integrated_lufs,
        true_peak_dbtp: cut.loudness.true_peak_dbtp,
        scene_starts_ms: cut.programme.scene_starts_ms.clone(),
    }
}

/// Stores the video and what goes with it; the video last.
async fn store(assets: &impl AssetStore, job: &Job, script: &Script, cut: Cut) -> Result<(), PortError> {
    let (owner, id, version) = (&job.owner, &job.id, job.version);
    for format in [CaptionFormat::Vtt, CaptionFormat::Srt] {
        let key = AssetKey::Captions(owner.clone(), id.clone(), version, format);
        assets.put(&key, captions::write(&cut.programme.captions, format).into_bytes()).await?;
    }
    extras::store(assets, job, script, &cut).await?;
    assets.put(&AssetKey::Video(owner.clone(), id.clone(), version), cut.file).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{FrameSize, JobOptions, Shape, SpokenWord, Status, Visual};
    use fakes::{MemoryAssets, MemoryJobs, at, job_id, owner_id, pending_job, script};
    use media::{picture, sound};
    use std::path::PathBuf;

    #[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
    fn setting(name: &str) -> PathBuf {
        std::env::var_os(name).unwrap_or_else(|| panic!("the tests need `{name}`, see README")).into()
    }

    fn ffmpeg() -> Ffmpeg {
        Ffmpeg::locate(Some(&setting("LECTERN_FFMPEG"))).expect("a path is taken as it is")
    }

    const NARRATIONS: [&str; 3] = ["The Moon pulls at the water.", "The water follows & rises.", "So there are two tides a day."];

    /// A job whose scenes are spoken and drawn, each in another colour.
    struct Made {
        assets: MemoryAssets,
        jobs: MemoryJobs,
        scenes: Vec<SceneParts>,
        duration: Cells,
    }

    async fn made(captions: bool) -> Made {
        let (assets, jobs) = (MemoryAssets::default(), MemoryJobs::default());
        let options = JobOptions { size: FrameSize::P480, motion: Motion::None, captions, ..JobOptions::default() };
        jobs.create(&Job { options, ..pending_job() }).await.expect("memory does not fail");
        jobs.change(&job_id(), &Transition::Enter(Phase::Scenes), at(0)).await.expect("it is pending");
        put(&assets, &AssetKey::Script(owner_id(), job_id(), 1), &script(&NARRATIONS)).await;
        let mut made = Made { assets, jobs, scenes: vec![], duration: Cells(0) };
        for (index, narration) in (0..).zip(NARRATIONS) {
            let parts = made.add_scene(index, narration).await;
            made.scenes.push(parts);
        }
        made
    }

    async fn put(assets: &MemoryAssets, key: &AssetKey, value: &impl Serialize) {
        let json = serde_json::to_vec(value).expect("our types have a JSON form");
        assets.put(key, json).await.expect("memory does not fail");
    }

    impl Made {
        async fn add_scene(&mut self, index: u32, narration: &str) -> SceneParts {
            let narrated = sound::encode_narration(&ffmpeg(), hum(narration), 24_000).await.expect("encodes");
            let take = Take {
                provider: "tone".to_owned(),
                voice: "hum".to_owned(),
                duration: narrated.duration,
                words: words(narration),
                loudness_lufs: narrated.loudness.integrated_lufs,
                true_peak_dbtp: narrated.loudness.true_peak_dbtp,
                characters: 1,
                fallback: None,
            };
            let address = ContentHash::of([narration]);
            put(&self.assets, &AssetKey::Take(owner_id(), address.clone()), &take).await;
            let narration_key = AssetKey::Narration(owner_id(), address.clone());
            self.assets.put(&narration_key, narrated.adts).await.expect("memory does not fail");
            let segment = segment([60 + index as u8 * 60, 80, 120], FrameSize::P480, narrated.duration).await;
            self.assets.put(&AssetKey::Segment(owner_id(), address.clone()), segment).await.expect("memory does not fail");
            self.duration = self.duration + narrated.duration;
            SceneParts { scene: index, take: Some(address.clone()), segment: Some(address), dropped: false }
        }

        async fn assemble(&self) -> Result<Output, Failure> {
            let input = Input { job: job_id(), scenes: self.scenes.clone() };
            handle(&self.assets, &self.jobs, &ffmpeg(), at(9), input).await
        }

        async fn text(&self, key: &AssetKey) -> String {
            String::from_utf8(self.assets.get(key).await.expect("stored")).expect("text")
        }
    }

    async fn segment(colour: [u8; 3], size: FrameSize, duration: Cells) -> Vec<u8> {
        let pixel = [colour[0], colour[1], colour[2], 255];
        let rgba = pixel.repeat((size.width(Shape::Wide) * size.height(Shape::Wide)) as usize);
        let group =
            picture::encode_held(&ffmpeg(), &rgba, size.width(Shape::Wide), size.height(Shape::Wide)).await.expect("encodes");
        h264::hold(&group, duration).expect("a group")
    }

    /// A tone that comes and goes, 80 ms for every character.
    fn hum(narration: &str) -> Vec<f32> {
        let length = narration.len() * 24_000 * 8 / 100;
        let at = |n: usize| n as f32 / 24_000.0;
        (0..length).map(|n| 0.3 * (at(n) * 1400.0).sin() * (at(n) * 12.0).sin()).collect()
    }

    fn words(narration: &str) -> Vec<SpokenWord> {
        let word = |word: &str| {
            let start = (word.as_ptr() as usize - narration.as_ptr() as usize) as u32;
            let end = start + word.len() as u32;
            SpokenWord { start, end, begin_ms: 250 + start * 80, end_ms: 250 + end * 80 }
        };
        narration.split(' ').map(word).collect()
    }

    fn video_key() -> AssetKey {
        AssetKey::Video(owner_id(), job_id(), 1)
    }

    #[tokio::test]
    async fn scenes_become_a_video_that_passes_its_checks() {
        let made = made(true).await;
        let output = made.assemble().await.expect("joins");
        assert_eq!((output.frames, output.duration_ms), (made.duration.frames(), made.duration.milliseconds()));
        let job = made.jobs.load(&job_id()).await.expect("there");
        assert_eq!(job.status, Status::Completed);
        let video = job.video.expect("completed");
        assert_eq!((video.scene_starts_ms.len(), video.scene_starts_ms[0]), (3, 0));
        assert_eq!((video.width, video.height), (854, 480));
        let file = made.assets.get(&video_key()).await.expect("stored");
        let movie = mp4::read(&file).expect("an MP4");
        assert_eq!(movie.tracks.iter().map(|track| track.samples.len() as u64).next(), Some(output.frames));
        assert_eq!(movie.tracks.len(), 4);
    }

    #[tokio::test]
    async fn captions_lie_beside_the_video_and_follow_their_scene() {
        let made = made(false).await;
        made.assemble().await.expect("joins");
        let vtt = made.text(&AssetKey::Captions(owner_id(), job_id(), 1, CaptionFormat::Vtt)).await;
        assert!(vtt.starts_with("WEBVTT\n\n1\n00:00:00.250 --> "), "{vtt}");
        assert!(vtt.contains("The water follows &amp; rises."), "{vtt}");
        let srt = made.text(&AssetKey::Captions(owner_id(), job_id(), 1, CaptionFormat::Srt)).await;
        assert!(srt.contains("The water follows & rises."), "{srt}");
        let second = made.jobs.load(&job_id()).await.expect("there").video.expect("completed").scene_starts_ms[1] + 250;
        assert!(srt.contains(&format!("00:00:{:02},{:03} --> ", second / 1000, second % 1000)), "{srt}");
        let movie = mp4::read(&made.assets.get(&video_key()).await.expect("stored")).expect("an MP4");
        assert_eq!(movie.tracks.len(), 3, "no caption track was asked for");
    }

    #[tokio::test]
    async fn a_dropped_scene_is_left_out_and_the_job_says_so() {
        let mut made = made(true).await;
        made.scenes[1] = SceneParts { scene: 1, take: None, segment: None, dropped: true };
        let output = made.assemble().await.expect("joins two");
        assert!(output.frames < made.duration.frames());
        let vtt = made.text(&AssetKey::Captions(owner_id(), job_id(), 1, CaptionFormat::Vtt)).await;
        assert!(!vtt.contains("follows") && vtt.contains("two tides"), "{vtt}");
        let job = made.jobs.load(&job_id()).await.expect("there");
        assert_eq!(job.status, domain::Status::CompletedWithErrors);
        let warned: Vec<_> = job.warnings.iter().map(|warning| (warning.scene, warning.outcome)).collect();
        assert_eq!(warned, [(Some(1), SceneOutcome::Dropped)]);
    }

    #[tokio::test]
    async fn no_scenes_make_no_video() {
        let mut made = made(true).await;
        made.scenes.iter_mut().for_each(|parts| parts.dropped = true);
        assert_eq!(made.assemble().await.expect_err("nothing is left").code, Code::NoScenes);
    }

    #[tokio::test]
    async fn a_finished_job_keeps_its_video() {
        let made = made(true).await;
        let first = made.assemble().await.expect("joins");
        let writes = made.assets.writes();
        assert_eq!((made.assemble().await, made.assets.writes()), (Ok(first), writes));
    }

    #[tokio::test]
    async fn what_was_looked_at_before_is_not_looked_at_again() {
        let made = made(true).await;
        made.assemble().await.expect("joins");
        let screenings = |made: &Made| made.assets.paths().into_iter().filter(|path| path.contains("/screening/")).count();
        assert_eq!(screenings(&made), 3);
        // Two of the scenes for another job: an ffmpeg that cannot run is not missed.
        let jobs = MemoryJobs::default();
        let options = JobOptions { size: FrameSize::P480, motion: Motion::None, ..JobOptions::default() };
        jobs.create(&Job { options, ..pending_job() }).await.expect("memory does not fail");
        let scenes = vec![made.scenes[0].clone(), made.scenes[2].clone()];
        let nothing = Ffmpeg::locate(Some(std::path::Path::new("/bin/false"))).expect("a path is taken as it is");
        let again = handle(&made.assets, &jobs, &nothing, at(11), Input { job: job_id(), scenes }).await.expect("joins");
        assert!(again.frames < made.duration.frames());
        assert_eq!(screenings(&made), 3);
    }

    #[tokio::test]
    async fn what_goes_with_a_video_is_stored_beside_it() {
        let made = made(true).await;
        let jpeg = still([10, 60, 120]);
        for (number, parts) in (0..).zip(&made.scenes) {
            let address = parts.segment.clone().expect("drawn");
            made.assets.put(&AssetKey::Thumbnail(owner_id(), address.clone()), jpeg.clone()).await.expect("memory does not fail");
            if number == 0 {
                made.assets.put(&AssetKey::Still(owner_id(), address), still([9, 9, 9])).await.expect("memory does not fail");
            }
        }
        made.assemble().await.expect("joins");
        let chapters = made.text(&AssetKey::Chapters(owner_id(), job_id(), 1)).await;
        assert_eq!(chapters.matches(" --> ").count(), 3, "{chapters}");
        let transcript = made.text(&AssetKey::Transcript(owner_id(), job_id(), 1)).await;
        assert!(NARRATIONS.iter().all(|narration| transcript.contains(narration)), "{transcript}");
        for scene in 0..3 {
            let key = AssetKey::SceneThumbnail(owner_id(), job_id(), 1, scene);
            assert_eq!(made.assets.get(&key).await.expect("stored"), jpeg);
        }
        let poster = made.assets.get(&AssetKey::Poster(owner_id(), job_id(), 1)).await.expect("stored");
        assert_eq!(poster, still([9, 9, 9]), "the large picture of the first scene");
        let sheet = made.assets.get(&AssetKey::ContactSheet(owner_id(), job_id(), 1)).await.expect("stored");
        assert!(sheet.starts_with(&[0xff, 0xd8, 0xff]) && sheet.len() > 10_000, "{} bytes", sheet.len());
    }

    #[tokio::test]
    async fn a_video_without_stored_pictures_is_none_the_worse() {
        let made = made(true).await;
        made.assemble().await.expect("joins");
        assert_eq!(made.assets.exists(&AssetKey::Poster(owner_id(), job_id(), 1)).await.ok(), Some(false));
        assert_eq!(made.assets.exists(&AssetKey::ContactSheet(owner_id(), job_id(), 1)).await.ok(), Some(true));
    }

    fn still(colour: [u8; 3]) -> Vec<u8> {
        let rgba = [colour[0], colour[1], colour[2], 255].repeat(640 * 360);
        render::Frame { width: 640, height: 360, rgba }.jpeg().expect("writes")
    }

    impl Made {
        /// Puts a segment in place of that of the second scene.
        async fn with_segment(self, segment: Vec<u8>) -> Self {
            let address = self.scenes[1].segment.clone().expect("drawn");
            self.assets.put(&AssetKey::Segment(owner_id(), address), segment).await.expect("memory does not fail");
            self
        }

        /// Changes the narration of a scene.
        async fn with_narration(self, scene: usize, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Self {
            let key = AssetKey::Narration(owner_id(), self.scenes[scene].take.clone().expect("spoken"));
            let narration = self.assets.get(&key).await.expect("stored");
            self.assets.put(&key, change(narration)).await.expect("memory does not fail");
            self
        }

        async fn check_rejected(&self, expected: &str) {
            let failure = self.assemble().await.expect_err("does not fit");
            assert_eq!(failure.code, Code::OutputRejected);
            assert!(failure.message.contains(expected), "{failure}");
            assert_eq!(self.assets.exists(&video_key()).await.ok(), Some(false));
        }
    }

    #[tokio::test]
    async fn a_segment_of_another_length_is_rejected() {
        let other = segment([90, 90, 90], FrameSize::P480, Cells(1)).await;
        let made = made(true).await.with_segment(other).await;
        made.check_rejected("scene 2 does not pass the check `frame count`: the segment has 16 frames").await;
    }

    #[tokio::test]
    async fn a_segment_of_another_size_is_rejected() {
        let made = made(true).await;
        let other = segment([90, 90, 90], FrameSize::P720, made.duration_of_second()).await;
        made.with_segment(other).await.check_rejected("scene 2 does not pass the check `silent seams`").await;
    }

    #[tokio::test]
    async fn a_black_picture_is_rejected() {
        let made = made(true).await;
        let black = segment([0, 0, 0], FrameSize::P480, made.duration_of_second()).await;
        made.with_segment(black).await.check_rejected("scene 2 does not pass the check `no black picture`").await;
    }

    #[tokio::test]
    async fn a_damaged_picture_is_rejected() {
        let made = made(true).await;
        let mut damaged = segment([90, 90, 90], FrameSize::P480, made.duration_of_second()).await;
        let key_frame = h264::nals(&damaged).find(|nal| nal.kind() == h264::kind::IDR_SLICE).expect("one").unit;
        let middle = key_frame.as_ptr() as usize - damaged.as_ptr() as usize + key_frame.len() / 2;
        damaged[middle..middle + 20].fill(0xff);
        made.with_segment(damaged).await.check_rejected("scene 2 does not pass the check `picture decodes`").await;
    }

    #[tokio::test]
    async fn a_segment_that_cannot_stand_alone_is_rejected() {
        let made = made(true).await;
        let whole = segment([90, 90, 90], FrameSize::P480, made.duration_of_second()).await;
        let repeated = h264::nals(&whole).last().expect("has frames").framed.to_vec();
        let sets = h264::nals(&whole).take(2).flat_map(|nal| nal.framed.to_vec());
        let headless: Vec<u8> = sets.chain(repeated.repeat(made.duration_of_second().frames() as usize)).collect();
        made.with_segment(headless).await.check_rejected("scene 2 does not pass the check `silent seams`").await;
    }

    #[tokio::test]
    async fn a_missing_frame_of_sound_is_rejected() {
        let cut = |narration: Vec<u8>| {
            let frames = adts::frames(&narration).expect("whole");
            frames[..frames.len() - 1].concat()
        };
        let made = made(true).await.with_narration(2, cut).await;
        made.check_rejected("scene 3 does not pass the check `sound length`").await;
    }

    #[tokio::test]
    async fn damaged_sound_is_rejected() {
        let damage = |mut narration: Vec<u8>| {
            let frame = adts::frames(&narration).expect("whole")[20];
            let begin = frame.as_ptr() as usize - narration.as_ptr() as usize + 7;
            let end = begin + frame.len() - 7;
            narration[begin..end].fill(0xff);
            narration
        };
        let made = made(true).await.with_narration(1, damage).await;
        made.check_rejected("scene 2 does not pass the check `sound decodes`").await;
    }

    #[tokio::test]
    async fn a_silent_take_is_rejected() {
        // The silence before the speech, again and again.
        let silence = |narration: Vec<u8>| {
            let frames = adts::frames(&narration).expect("whole");
            frames[4].repeat(frames.len())
        };
        let made = made(true).await.with_narration(0, silence).await;
        made.check_rejected("scene 1 does not pass the check `no silence`").await;
    }

    #[tokio::test]
    async fn sound_that_reaches_the_edge_of_its_scene_is_rejected() {
        let shifted = |narration: Vec<u8>| {
            let mut frames = adts::frames(&narration).expect("whole");
            frames.rotate_left(20);
            frames.concat()
        };
        let made = made(true).await.with_narration(1, shifted).await;
        made.check_rejected("scene 2 does not pass the check `silent seams`").await;
    }

    /// A job whose second scene has two points that should appear with their words.
    async fn should_move() -> Made {
        let mut made = made(true).await;
        let options = JobOptions { size: FrameSize::P480, ..JobOptions::default() };
        let job = Job { options, ..made.jobs.load(&job_id()).await.expect("there") };
        made.jobs = MemoryJobs::default();
        made.jobs.create(&job).await.expect("memory does not fail");
        let mut written = script(&NARRATIONS);
        let bullets = ["The water follows", "The water rises"].map(str::to_owned).to_vec();
        written.scenes[1].visual = Visual::Slide { eyebrow: None, title: "Tides".to_owned(), bullets };
        put(&made.assets, &AssetKey::Script(owner_id(), job_id(), 1), &written).await;
        made
    }

    #[tokio::test]
    async fn a_scene_that_should_move_and_does_not_is_rejected() {
        should_move().await.check_rejected("scene 2 does not pass the check `no freeze`").await;
    }

    #[tokio::test]
    async fn a_scene_that_moves_as_it_should_passes_and_so_does_a_placeholder_that_stands() {
        let made = should_move().await;
        let (width, height) = (FrameSize::P480.width(Shape::Wide), FrameSize::P480.height(Shape::Wide));
        let movement = media::moving::Movement { enters: true, leaves: true, slides: true };
        let (sender, states) = tokio::sync::mpsc::channel(3);
        for bars in 0..3 {
            let pixel = |at: u32| if at / width < bars * 40 { [200, 200, 200, 255] } else { [40, 60, 90, 255] };
            let rgba = (0..width * height).flat_map(pixel).collect();
            sender.send(media::moving::State { rgba, way: media::moving::Way::Fade }).await.expect("has room");
        }
        drop(sender);
        let encoded = media::moving::encode(&ffmpeg(), (width, height), movement, &[domain::TRANSITION_FRAMES; 2], states)
            .await
            .expect("encodes");
        let changes = [10, 40].map(|frame| media::moving::Change { frame, takes: domain::TRANSITION_FRAMES });
        let moving = media::moving::schedule(&encoded, movement, &changes, made.duration_of_second()).expect("there is time");
        made.with_segment(moving).await.assemble().await.expect("joins");

        let stands = should_move().await;
        let warning = JobWarning {
            stage: "render-scene".to_owned(),
            scene: Some(1),
            outcome: SceneOutcome::Placeholder,
            failure: Failure::new(Code::Internal, "the visual of the scene could not be drawn"),
        };
        stands.jobs.change(&job_id(), &Transition::Warn(warning), at(3)).await.expect("it is being made");
        stands.assemble().await.expect("joins");
    }

    /// The same sound by so many steps of 1.5 dB louder: the gain of every frame stands in the eight bits behind the first seven.
    fn louder(narration: &[u8], steps: i16) -> Vec<u8> {
        let frames = adts::frames(narration).expect("whole");
        let change = |frame: &&[u8]| {
            let mut frame = frame.to_vec();
            let at = frame.len() - adts::payload(&frame).len();
            let gain = i16::from(frame[at] & 1) << 7 | i16::from(frame[at + 1] >> 1);
            let gain = (gain + steps).clamp(0, 255) as u8;
            frame[at] = frame[at] & 0xfe | gain >> 7;
            frame[at + 1] = gain << 1 | frame[at + 1] & 1;
            frame
        };
        frames.iter().flat_map(change).collect()
    }

    #[tokio::test]
    async fn a_video_that_is_too_quiet_is_levelled_once() {
        let mut made = made(true).await;
        for scene in 0..3 {
            made = made.with_narration(scene, |narration| louder(&narration, -4)).await;
        }
        made.assemble().await.expect("is mended");
        let video = made.jobs.load(&job_id()).await.expect("there").video.expect("completed");
        assert!((video.loudness_lufs + 16.0).abs() < 1.0 && video.true_peak_dbtp <= -1.4, "{video:?}");
    }

    #[tokio::test]
    async fn scenes_with_too_high_peaks_are_levelled_once_each() {
        let mut made = made(true).await;
        for scene in [0, 1] {
            made = made.with_narration(scene, |narration| louder(&narration, 9)).await;
        }
        made.assemble().await.expect("is mended");
        let video = made.jobs.load(&job_id()).await.expect("there").video.expect("completed");
        assert!((video.loudness_lufs + 16.0).abs() < 1.0 && video.true_peak_dbtp <= -1.4, "{video:?}");
    }

    #[tokio::test]
    async fn captions_that_overlap_are_retimed_once() {
        let made = made(true).await;
        let key = AssetKey::Take(owner_id(), made.scenes[1].take.clone().expect("spoken"));
        let mut take: Take = serde_json::from_slice(&made.assets.get(&key).await.expect("stored")).expect("reads");
        // A voice that names times behind the end of the scene.
        for word in &mut take.words {
            (word.begin_ms, word.end_ms) = (word.begin_ms + 60_000, word.end_ms + 60_000);
        }
        put(&made.assets, &key, &take).await;
        made.assemble().await.expect("is mended");
        let file = made.assets.get(&video_key()).await.expect("stored");
        assert_eq!(mp4::read(&file).expect("an MP4").tracks.len(), 4);
        let vtt = made.text(&AssetKey::Captions(owner_id(), job_id(), 1, CaptionFormat::Vtt)).await;
        assert!(vtt.contains("two tides") && !vtt.contains("00:01:"), "{vtt}");
    }

    /// A finished file and what it was made from.
    async fn finished() -> (Vec<u8>, Programme, Job) {
        let made = made(true).await;
        let job = made.jobs.load(&job_id()).await.expect("there");
        let script = script(&NARRATIONS);
        let scenes = load_scenes(&made.assets, &job, &made.scenes).await.expect("stored");
        let cut = cut(&made.assets, &ffmpeg(), &job, &script, scenes).await.expect("passes");
        (cut.file, cut.programme, job)
    }

    /// Where a box begins.
    fn place(file: &[u8], kind: &[u8; 4]) -> usize {
        file.windows(4).position(|four| four == kind).expect("is there") - 4
    }

    fn number_at(file: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(*file[at..].first_chunk().expect("four bytes"))
    }

    /// The file with bytes behind a place in its first track, and all lengths and places right again.
    fn with_inserted(file: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
        let mut changed = [&file[..at], bytes, &file[at..]].concat();
        for kind in [b"moov", b"trak"] {
            let begin = place(&changed, kind);
            let length = number_at(&changed, begin) + bytes.len() as u32;
            changed[begin..begin + 4].copy_from_slice(&length.to_be_bytes());
        }
        changed
    }

    #[tokio::test]
    async fn every_damage_to_a_finished_file_is_found() {
        let (file, programme, job) = finished().await;
        let check = |file: &[u8]| gate::check_file(file, expected(&job, &programme)).map_err(|rejection| rejection.check);
        assert_eq!(check(&file), Ok(()));
        assert_eq!(check(&file[..file.len() / 2]), Err(Check::Container));

        let (index, data) = (place(&file, b"moov"), place(&file, b"mdat"));
        let index_last = [&file[..index], &file[data..], &file[index..data]].concat();
        assert_eq!(check(&index_last), Err(Check::IndexFirst));

        // An edit list that begins with a tenth of a second of nothing.
        let mut edits = vec![0, 0, 0, 0, 0, 0, 0, 2];
        edits.extend([300_u32.to_be_bytes(), u32::MAX.to_be_bytes(), 0x1_0000_u32.to_be_bytes()].concat());
        edits.extend([4_800_u32.to_be_bytes(), 0_u32.to_be_bytes(), 0x1_0000_u32.to_be_bytes()].concat());
        let list = [&(edits.len() as u32 + 8).to_be_bytes(), b"elst".as_slice(), &edits].concat();
        let shift = [&(list.len() as u32 + 8).to_be_bytes(), b"edts".as_slice(), &list].concat();
        assert_eq!(check(&with_inserted(&file, place(&file, b"mdia"), &shift)), Err(Check::Start));

        let picture = data + 8 + 200;
        let sound = file.len() - 10;
        for (at, found) in [(picture, Check::PicturePackets), (sound, Check::SoundPackets)] {
            let mut changed = file.clone();
            changed[at] ^= 0x55;
            assert_eq!(check(&changed), Err(found), "byte {at}");
        }

        for (text, found) in [("follows", Check::Captions), ("Tides", Check::Chapters)] {
            let at = data + file[data..].windows(text.len()).position(|window| window == text.as_bytes()).expect("is there");
            let mut changed = file.clone();
            changed[at] ^= 0x20;
            assert_eq!(check(&changed), Err(found), "{text}");
        }

        let mut key_frames = file.clone();
        let listed = place(&file, b"stss") + 20;
        key_frames[listed..listed + 4].copy_from_slice(&2_u32.to_be_bytes());
        assert_eq!(check(&key_frames), Err(Check::PicturePackets));
    }

    #[tokio::test]
    async fn a_file_of_another_length_than_its_scenes_is_found() {
        let (_, programme, job) = finished().await;
        let frames: Vec<_> = h264::nals(&programme.video).collect();
        let first_cell = frames.iter().take(18).flat_map(|nal| nal.framed.to_vec()).collect::<Vec<u8>>();
        let longer = [first_cell, programme.video.clone()].concat();
        let sound = [adts::frames(&programme.audio).expect("whole")[..25].concat(), programme.audio.clone()].concat();
        let film = Film { video: &longer, audio: &sound, captions: &[], chapters: &[], title: "Tides", language: "en" };
        let file = media::mux(&film).expect("fits");
        let expected = gate::Expected { has_captions: false, chapters: &[], ..expected(&job, &programme) };
        let rejection = gate::check_file(&file, expected).expect_err("16 frames more");
        assert_eq!(rejection.check, Check::FrameCount);
    }

    impl Made {
        /// The second scene lasts as long as its sound and the silence around it.
        fn duration_of_second(&self) -> Cells {
            Cells::covering((NARRATIONS[1].len() * 48_000 * 8 / 100 + 48_000 * 70 / 100) as u64)
        }
    }

    #[test]
    fn the_parts_of_a_scene_fit_the_payload_of_the_state_machine() {
        let address = Some(ContentHash::of(["x"]));
        let parts = SceneParts { scene: 59, take: address.clone(), segment: address, dropped: false };
        assert!(serde_json::to_string(&parts).expect("plain data").len() < 200);
        let dropped: SceneParts = serde_json::from_str("{\"scene\":1,\"dropped\":true}").expect("as documented");
        assert!(dropped.dropped);
    }

    #[test]
    fn the_sample_is_an_input() {
        let input: Input = serde_json::from_str(include_str!("../../../events/assemble-video/scenes.json")).expect("parses");
        assert_eq!(input.scenes.iter().map(SceneParts::is_left_out).collect::<Vec<_>>(), [false, true, false]);
    }
}
