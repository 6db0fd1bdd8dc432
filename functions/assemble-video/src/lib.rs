//! Joins the scenes of a job into its video.
//!
//! **In**: a job, and for every scene of its script, in order, the addresses of its take and of its segment, or that it is
//! dropped. At most 180 bytes of JSON a scene:
//! `{"job": "...", "scenes": [{"scene": 0, "take": "...", "segment": "..."}, {"scene": 1, "dropped": true}]}`.
//! A scene without take or segment counts as dropped; the job gets a warning for each.
//!
//! **Out**: the length and size of the video. Stored: `AssetKey::Video`, an MP4 that plays while it loads, and
//! `AssetKey::Captions` as WebVTT and SubRip. The job is completed.
//!
//! Picture and sound are joined by copying packets; nothing is encoded here. Every segment and every narration must have
//! exactly the length of its take, so both tracks end together at every scene.
//!
//! **May fail**: `NO_SCENES` if every scene was dropped; `OUTPUT_REJECTED` if a part or the whole does not pass a check, which
//! the message names; `TIMED_OUT` or `DEPENDENCY_UNAVAILABLE` if ffmpeg was stopped, and can then be tried again.

mod captions;
mod gate;
mod mp4;

use captions::Caption;
use domain::ports::{AssetStore, JobStore, PortError};
use domain::{
    AssetKey, CaptionFormat, Cells, Code, ContentHash, Failure, Job, JobId, JobWarning, Phase, SceneOutcome, Script, Shape, Take,
    Transition, VideoSummary,
};
use jiff::Timestamp;
use media::sound::Loudness;
use media::{Ffmpeg, MediaError, Tracks, adts, h264};
use serde::{Deserialize, Serialize};
use std::path::Path;

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
    let programme = join(&scenes, &script, job.options.shape)?;

    let (file, loudness) = make_video(ffmpeg, &job, &script, &programme).await?;

    let video = summary(&job, &programme, &file, loudness);
    store(assets, &job, file, &programme.captions).await?;
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
    let keys = (
        AssetKey::Take(job.owner.clone(), take.clone()),
        AssetKey::Narration(job.owner.clone(), take.clone()),
        AssetKey::Segment(job.owner.clone(), segment.clone()),
    );
    let (take, narration, segment) = tokio::try_join!(assets.get(&keys.0), assets.get(&keys.1), assets.get(&keys.2))?;
    let take = serde_json::from_slice(&take)
        .map_err(|_| Failure::new(Code::Internal, format!("the stored take of scene {index} cannot be read")))?;
    Ok(Scene { index, take, narration, segment })
}

/// All scenes one behind the other.
#[derive(Debug)]
struct Programme {
    video: Vec<u8>,
    audio: Vec<u8>,
    duration: Cells,
    scene_starts_ms: Vec<u64>,
    captions: Vec<Caption>,
    longest_silence_ms: u64,
}

fn join(scenes: &[Scene], script: &Script, shape: Shape) -> Result<Programme, Failure> {
    let mut programme = Programme {
        video: vec![],
        audio: vec![],
        duration: Cells(0),
        scene_starts_ms: vec![],
        captions: vec![],
        longest_silence_ms: 0,
    };
    for scene in scenes {
        check_parts(scene, &scenes[0])?;
        let begin_ms = programme.duration.milliseconds();
        let duration = programme.duration + scene.take.duration;
        let narration = script.scenes.get(scene.index as usize).map_or("", |scene| &scene.narration);
        let length_ms = duration.milliseconds() - begin_ms;
        if narration.is_empty() {
            programme.longest_silence_ms = programme.longest_silence_ms.max(length_ms);
        }
        let line = captions::line_length(shape);
        programme.captions.extend(captions::captions(narration, &scene.take.words, line, begin_ms, length_ms));
        programme.scene_starts_ms.push(begin_ms);
        programme.video.extend_from_slice(&scene.segment);
        programme.audio.extend_from_slice(&scene.narration);
        programme.duration = duration;
    }
    Ok(programme)
}

/// Checks that picture and sound of a scene last as long as its take, and that its picture can follow the first one's.
fn check_parts(scene: &Scene, first: &Scene) -> Result<(), Failure> {
    let reject = |found: String| Failure::new(Code::OutputRejected, format!("scene {}: {found}", scene.index));
    let frames = h264::count_frames(&scene.segment);
    if frames != scene.take.duration.frames() {
        return Err(reject(format!("the segment has {frames} frames, expected {}", scene.take.duration.frames())));
    }
    let samples = adts::count_samples(&scene.narration).map_err(|error| reject(error.to_string()))?;
    if samples != scene.take.duration.samples() {
        return Err(reject(format!("the narration has {samples} samples, expected {}", scene.take.duration.samples())));
    }
    if !parameter_sets(&scene.segment).eq(parameter_sets(&first.segment).take(2)) {
        return Err(reject("the segment was encoded with other settings than the first".to_owned()));
    }
    Ok(())
}

/// The first parameter sets of a segment. Later ones repeat them.
fn parameter_sets(segment: &[u8]) -> impl Iterator<Item = &[u8]> {
    h264::nals(segment).filter(|nal| matches!(nal.kind(), h264::kind::SPS | h264::kind::PPS)).map(|nal| nal.unit).take(2)
}

/// Writes the video in a folder of its own, which is gone afterwards, checks it, and gives it back with its loudness.
async fn make_video(ffmpeg: &Ffmpeg, job: &Job, script: &Script, programme: &Programme) -> Result<(Vec<u8>, Loudness), Failure> {
    let folder = tempfile::tempdir().map_err(MediaError::from)?;
    let has_captions = job.options.captions && !programme.captions.is_empty();
    let tracks = lay_out(folder.path(), script, has_captions);
    write_inputs(&tracks, programme).await.map_err(MediaError::from)?;
    media::mux(ffmpeg, &tracks).await?;
    let file = tokio::fs::read(&tracks.output).await.map_err(MediaError::from)?;
    let expected = gate::Expected {
        video: &programme.video,
        audio: &programme.audio,
        duration: programme.duration,
        width: job.options.size.width(job.options.shape),
        height: job.options.size.height(job.options.shape),
        has_captions,
        captions: &programme.captions,
        caption_line: captions::line_length(job.options.shape),
        longest_silence_ms: programme.longest_silence_ms,
    };
    let loudness = gate::check(ffmpeg, &tracks.output, &file, expected).await?;
    Ok((file, loudness))
}

fn lay_out(folder: &Path, script: &Script, has_captions: bool) -> Tracks {
    Tracks {
        video: folder.join("picture.h264"),
        audio: folder.join("sound.aac"),
        captions: has_captions.then(|| folder.join("captions.vtt")),
        title: script.title.clone(),
        language: script.language.clone(),
        output: folder.join("video.mp4"),
    }
}

async fn write_inputs(tracks: &Tracks, programme: &Programme) -> std::io::Result<()> {
    tokio::fs::write(&tracks.video, &programme.video).await?;
    tokio::fs::write(&tracks.audio, &programme.audio).await?;
    if let Some(file) = &tracks.captions {
        tokio::fs::write(file, captions::write(&programme.captions, CaptionFormat::Vtt)).await?;
    }
    Ok(())
}

fn summary(job: &Job, programme: &Programme, file: &[u8], loudness: Loudness) -> VideoSummary {
    VideoSummary {
        duration_ms: programme.duration.milliseconds(),
        frames: programme.duration.frames(),
        width: job.options.size.width(job.options.shape),
        height: job.options.size.height(job.options.shape),
        bytes: file.len() as u64,
        loudness_lufs: loudness.integrated_lufs,
        true_peak_dbtp: loudness.true_peak_dbtp,
        scene_starts_ms: programme.scene_starts_ms.clone(),
    }
}

async fn store(assets: &impl AssetStore, job: &Job, file: Vec<u8>, captions: &[Caption]) -> Result<(), PortError> {
    for format in [CaptionFormat::Vtt, CaptionFormat::Srt] {
        let key = AssetKey::Captions(job.owner.clone(), job.id.clone(), job.version, format);
        assets.put(&key, captions::write(captions, format).into_bytes()).await?;
    }
    assets.put(&AssetKey::Video(job.owner.clone(), job.id.clone(), job.version), file).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{FrameSize, JobOptions, SpokenWord, Status};
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
        let options = JobOptions { size: FrameSize::P480, captions, ..JobOptions::default() };
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
        assert_eq!(movie.tracks.len(), 3);
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
        assert_eq!(movie.tracks.len(), 2, "no caption track was asked for");
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

    /// Checks that a segment in place of the first one is rejected.
    async fn check_segment_rejected(segment: Vec<u8>, expected: &str) {
        let made = made(true).await;
        let address = made.scenes[1].segment.clone().expect("drawn");
        made.assets.put(&AssetKey::Segment(owner_id(), address), segment).await.expect("memory does not fail");
        let failure = made.assemble().await.expect_err("does not fit");
        assert_eq!(failure.code, Code::OutputRejected);
        assert!(failure.message.contains(expected), "{failure}");
        assert_eq!(made.assets.exists(&video_key()).await.ok(), Some(false));
    }

    #[tokio::test]
    async fn a_segment_of_another_length_is_rejected() {
        check_segment_rejected(segment([90, 90, 90], FrameSize::P480, Cells(1)).await, "scene 1: the segment has 16 frames")
            .await;
    }

    #[tokio::test]
    async fn a_segment_of_another_size_is_rejected() {
        let duration = made(true).await.duration_of_second();
        let other = segment([90, 90, 90], FrameSize::P720, duration).await;
        check_segment_rejected(other, "other settings").await;
    }

    #[tokio::test]
    async fn a_black_picture_is_rejected() {
        let duration = made(true).await.duration_of_second();
        check_segment_rejected(segment([0, 0, 0], FrameSize::P480, duration).await, "`no black picture`").await;
    }

    #[tokio::test]
    async fn a_damaged_picture_is_rejected() {
        let duration = made(true).await.duration_of_second();
        let mut damaged = segment([90, 90, 90], FrameSize::P480, duration).await;
        let key_frame = h264::nals(&damaged).find(|nal| nal.kind() == h264::kind::IDR_SLICE).expect("one").unit;
        let middle = key_frame.as_ptr() as usize - damaged.as_ptr() as usize + key_frame.len() / 2;
        damaged[middle..middle + 20].fill(0xff);
        check_segment_rejected(damaged, "`picture decodes`").await;
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
