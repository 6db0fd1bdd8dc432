//! Makes a video that moves, as the stages do, for the benchmark: 12 scenes, 40 parts that appear with their words, 3 minutes.
//!
//! `moving prepare FFMPEG FOLDER` writes the sound of the scenes; `moving FFMPEG FOLDER OUT.mp4` draws, encodes, joins and checks;
//! with the name of a style behind it, captions of that style are drawn into the pictures.

#![expect(clippy::print_stdout, reason = "this program reports to a person")]

use domain::ports::{AssetStore, JobStore};
use domain::{
    AssetKey, CaptionStyle, Cells, ContentHash, Job, JobOptions, SAMPLE_RATE_HZ, SAMPLES_PER_CELL, Scene, Script, SpokenWord,
    Take, Visual,
};
use fakes::{MemoryAssets, MemoryJobs, MemoryUploads};
use media::{Ffmpeg, Film, adts, check, h264, mux, sound};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Semaphore;

const SCENES: u32 = 12;
/// With the silence at both edges 15 s for each scene.
const SPEECH_SECONDS: f64 = 14.2;
const POINTS: [&str; 4] =
    ["The Moon pulls at the oceans", "Water rises below it", "A second bulge lies opposite", "Coasts see two tides"];
/// A `static`, since words are told by their place in it: a constant may lie in several places.
static NARRATION: &str = "We look at the tides and at what makes them. The Moon pulls at the oceans all around the Earth. \
                          Water rises below it and follows it on its way. A second bulge lies opposite, on the far side. \
                          Coasts see two tides each day.";
/// As many scenes are made side by side as there are cores in the benchmark.
const SIDE_BY_SIDE: usize = 2;

type Failed = Box<dyn Error + Send + Sync>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["prepare", ffmpeg, folder] => prepare(&Ffmpeg::locate(Some(Path::new(ffmpeg)))?, Path::new(folder)).await,
        [ffmpeg, folder, output, ref style @ ..] => {
            let style_of = |name: &&str| CaptionStyle::ALL.into_iter().find(|style| style.name() == *name);
            let options = JobOptions { burned_captions: style.first().and_then(style_of), ..JobOptions::default() };
            make(Ffmpeg::locate(Some(Path::new(ffmpeg)))?, Path::new(folder), output.into(), options).await
        }
        _ => Err("expected `prepare FFMPEG FOLDER` or `FFMPEG FOLDER OUT.mp4 [STYLE]`".into()),
    }
}

/// Hums for each scene.
async fn prepare(ffmpeg: &Ffmpeg, folder: &Path) -> Result<(), Failed> {
    for scene in 0..SCENES {
        let pitch = 100.0 + 7.0 * f64::from(scene);
        let hum = |n: u32| {
            let time = f64::from(n) / f64::from(SAMPLE_RATE_HZ);
            (0.2 * (time * pitch * std::f64::consts::TAU).sin() * (time * 3.0).sin().abs()) as f32
        };
        let samples = (0..(SPEECH_SECONDS * f64::from(SAMPLE_RATE_HZ)) as u32).map(hum).collect();
        let narration = sound::encode_narration(ffmpeg, samples, SAMPLE_RATE_HZ).await?;
        std::fs::write(folder.join(format!("{scene:02}.aac")), narration.adts)?;
    }
    Ok(())
}

/// What the stages share.
struct World {
    ffmpeg: Ffmpeg,
    uploads: MemoryUploads,
    assets: MemoryAssets,
    jobs: MemoryJobs,
    job: Job,
    turns: Semaphore,
}

async fn make(ffmpeg: Ffmpeg, folder: &Path, output: PathBuf, options: JobOptions) -> Result<(), Failed> {
    let script = Script { scenes: (0..SCENES).map(scene).collect(), ..fakes::script(&[]) };
    let (scripted, id) = fakes::scripted_job(&script).await;
    let job = Job { options, ..scripted.load(&id).await? };
    let jobs = MemoryJobs::default();
    jobs.create(&job).await?;
    let assets = MemoryAssets::default();
    assets.put(&AssetKey::Script(job.owner.clone(), id, job.version), serde_json::to_vec(&script)?).await?;
    let (uploads, turns) = (MemoryUploads::default(), Semaphore::new(SIDE_BY_SIDE));
    let world = Arc::new(World { ffmpeg, uploads, assets, jobs, job, turns });

    let (mut sounds, mut segments) = (Vec::new(), Vec::new());
    for scene in 0..SCENES {
        let sound = std::fs::read(folder.join(format!("{scene:02}.aac")))?;
        let cells = Cells(u32::try_from(adts::count_samples(&sound)? / u64::from(SAMPLES_PER_CELL))?);
        sounds.extend(sound);
        segments.push(tokio::spawn(render(world.clone(), scene, cells)));
    }
    let mut pictures = Vec::new();
    for segment in segments {
        pictures.extend(segment.await??);
    }
    std::fs::write(folder.join("video.h264"), &pictures)?;
    join(&world.ffmpeg, &pictures, &sounds, &output).await?;
    println!("{} frames, {} bytes of picture", h264::count_frames(&pictures), pictures.len());
    Ok(())
}

/// The segment of one scene, by way of the stage.
async fn render(world: Arc<World>, scene: u32, duration: Cells) -> Result<Vec<u8>, Failed> {
    let _turn = world.turns.acquire().await?;
    let take = Take {
        provider: "hum".to_owned(),
        voice: "hum".to_owned(),
        duration,
        words: words(duration),
        loudness_lufs: -16.0,
        true_peak_dbtp: -2.0,
        characters: 0,
        fallback: None,
    };
    let address = ContentHash::of_json("take", &take);
    world.assets.put(&AssetKey::Take(world.job.owner.clone(), address.clone()), serde_json::to_vec(&take)?).await?;
    let input = render_scene::Input {
        job: world.job.id.clone(),
        scene,
        take: address,
        picture: None,
        without_picture: false,
        placeholder: false,
    };
    let made = render_scene::handle(&world.uploads, &world.assets, &world.jobs, &world.ffmpeg, input).await;
    let segment = made.map_err(|failure| failure.to_string())?.segment;
    Ok(world.assets.get(&AssetKey::Segment(world.job.owner.clone(), segment)).await?)
}

/// The words of the narration, each equally long.
fn words(duration: Cells) -> Vec<SpokenWord> {
    let offset = |part: &str| (part.as_ptr() as usize - NARRATION.as_ptr() as usize) as u32;
    let texts: Vec<&str> = NARRATION.split_whitespace().collect();
    let each = (duration.milliseconds() as u32 - 700) / texts.len() as u32;
    let word = |(at, text): (usize, &&str)| {
        let begin_ms = 250 + at as u32 * each;
        SpokenWord { start: offset(text), end: offset(text) + text.len() as u32, begin_ms, end_ms: begin_ms + each }
    };
    texts.iter().enumerate().map(word).collect()
}

/// A title, ten scenes of four points in three kinds, and a listing.
fn scene(number: u32) -> Scene {
    let title = format!("Scene {number} of the tides");
    let points = POINTS.map(|point| format!("{point}, as seen in scene {number}")).to_vec();
    let visual = match number {
        0 => Visual::Title { title, subtitle: Some("Why the water rises".to_owned()), byline: Some("A. Writer".to_owned()) },
        11 => {
            let text = "for day in year:\n    tide(day)\n".repeat(5);
            Visual::Code { eyebrow: None, title, language: Some("python".to_owned()), text, highlight: vec![2] }
        }
        number if number % 3 == 0 => Visual::Summary { title, points },
        number if number % 3 == 1 => Visual::Formula {
            eyebrow: None,
            title,
            latex: r"F = G \frac{m_1 m_2}{r^2}".to_owned(),
            steps: Vec::new(),
            explanation: points,
        },
        _ => Visual::Slide { eyebrow: Some("Tides".to_owned()), title, bullets: points },
    };
    Scene { cues: domain::propose(NARRATION, &visual), visual, ..fakes::scene(NARRATION) }
}

/// Joins picture and sound, and decodes the key frames as the gate does.
async fn join(ffmpeg: &Ffmpeg, pictures: &[u8], sounds: &[u8], output: &Path) -> Result<(), Failed> {
    let film = Film { video: pictures, audio: sounds, captions: &[], chapters: &[], title: "Tides", language: "en" };
    std::fs::write(output, mux(&film)?)?;
    let decoded = check::decode_key_frames(ffmpeg, &[pictures]).await?;
    if decoded.complaints.is_empty() { Ok(()) } else { Err(decoded.complaints.join("; ").into()) }
}
