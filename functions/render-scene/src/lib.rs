//! Draws one scene and makes its segment: the H.264 of exactly the frames for which the scene is heard.
//!
//! In: the job, the scene from 0 and the address of its take, which says how long the scene lasts.
//! Out: the scene and the address of its segment.
//!
//! Pictures and segments are found by what makes them. A picture that was drawn before is not drawn again, and a scene whose
//! narration changed keeps its picture: only packets are copied.
//!
//! Fails with `INTERNAL` if the visual cannot be drawn; the state machine then asks again with `placeholder`, which draws the
//! heading and a sentence instead and notes that on the job.

mod fit;
mod placeholder;
mod sources;

use domain::ports::{AssetStore, JobStore, PortError, UploadStore};
use domain::{
    AssetKey, Cells, Code, ContentHash, Failure, Job, JobId, JobWarning, Scene, SceneOutcome, Script, Take, Transition, Visual,
};
use jiff::Timestamp;
use media::{Ffmpeg, h264, picture};
use render::{Footer, Frame, Picture};
use serde::{Deserialize, Serialize};
use sources::SourceBytes;

/// Which scene, and how long it is heard.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Input {
    /// The job.
    pub job: JobId,
    /// The scene from 0.
    pub scene: u32,
    /// The address of its take.
    pub take: ContentHash,
    /// Whether the intended visual could not be drawn and a placeholder is to stand in.
    #[serde(default)]
    pub placeholder: bool,
}

impl stage::Input for Input {
    fn job(&self) -> &JobId {
        &self.job
    }

    fn scene(&self) -> Option<u32> {
        Some(self.scene)
    }
}

/// Where the segment is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The scene from 0.
    pub scene: u32,
    /// The address of its segment.
    pub segment: ContentHash,
}

/// Draws a scene and makes its segment, or finds them.
pub async fn handle(
    uploads: &impl UploadStore,
    assets: &impl AssetStore,
    jobs: &impl JobStore,
    ffmpeg: &Ffmpeg,
    input: Input,
) -> Result<Output, Failure> {
    let job = jobs.load(&input.job).await?;
    let take: Take = read_json(assets, &AssetKey::Take(job.owner.clone(), input.take.clone())).await?;
    let scene = read_scene(assets, &job, input.scene).await?;
    let visual = if input.placeholder { placeholder::of(&scene) } else { scene.visual.clone() };
    let source = sources::read(uploads, assets, &job, &visual).await?;
    let drawing = Drawing { footer: footer(&job, &scene, &visual), visual, source, job: &job };

    let address = drawing.address(&picture::identity(ffmpeg).await?);
    let group = find_or_draw(assets, ffmpeg, drawing, &address).await?;
    let segment = find_or_hold(assets, &job, &group, &address, take.duration).await?;
    if input.placeholder {
        jobs.change(&job.id, &Transition::Warn(warning(input.scene)), Timestamp::now()).await?;
    }
    jobs.change(&job.id, &Transition::Rendered(input.scene), Timestamp::now()).await?;
    Ok(Output { scene: input.scene, segment })
}

/// All that makes a picture.
struct Drawing<'a> {
    job: &'a Job,
    visual: Visual,
    footer: Footer,
    source: SourceBytes,
}

impl Drawing<'_> {
    fn address(&self, encoder: &str) -> ContentHash {
        let options = &self.job.options;
        let look = (options.theme, &options.brand, options.size, options.shape);
        let made_from = (&self.visual, &self.footer.source, &self.footer.position, look, self.source.address());
        ContentHash::of_json(&format!("{} {encoder}", render::VERSION), &made_from)
    }

    /// Draws on a thread of its own, so that the job's log is kept alive meanwhile.
    async fn draw(self) -> Result<Frame, Failure> {
        let (theme, size, shape) = (self.job.options.theme, self.job.options.size, self.job.options.shape);
        let brand = self.job.options.brand.clone();
        let (visual, footer, source) = (self.visual, self.footer, self.source);
        let drawn = tokio::task::spawn_blocking(move || {
            let source = source.as_picture_source();
            fit::draw(&Picture { visual: &visual, theme, brand: brand.as_ref(), size, shape, footer, source, step: None })
        });
        drawn.await.map_err(|error| Failure::new(Code::Internal, format!("drawing broke off: {error}")))?
    }
}

async fn find_or_draw(
    assets: &impl AssetStore,
    ffmpeg: &Ffmpeg,
    drawing: Drawing<'_>,
    address: &ContentHash,
) -> Result<Vec<u8>, Failure> {
    let key = AssetKey::Picture(drawing.job.owner.clone(), address.clone());
    match assets.get(&key).await {
        Err(PortError::NotFound { .. }) => {}
        found => return Ok(found?),
    }
    let frame = drawing.draw().await?;
    let group = picture::encode_held(ffmpeg, &frame.rgba, frame.width, frame.height).await?;
    assets.put(&key, group.clone()).await?;
    Ok(group)
}

async fn find_or_hold(
    assets: &impl AssetStore,
    job: &Job,
    group: &[u8],
    picture: &ContentHash,
    duration: Cells,
) -> Result<ContentHash, Failure> {
    let address = ContentHash::of_json("held", &(picture, duration));
    let key = AssetKey::Segment(job.owner.clone(), address.clone());
    if !assets.exists(&key).await? {
        let segment = h264::hold(group, duration).map_err(media::MediaError::from)?;
        assets.put(&key, segment).await?;
    }
    Ok(address)
}

/// Says where the content of a scene comes from: the document, and the page where it has pages.
fn footer(job: &Job, scene: &Scene, visual: &Visual) -> Footer {
    let title = job.script.as_ref().map_or("", |script| script.title.as_str());
    let is_framing = matches!(visual, Visual::Title { .. } | Visual::Summary { .. });
    let pages = scene.sources.iter().map(|span| span.page);
    let has_pages = job.source.as_ref().is_some_and(|source| source.kind == domain::DocumentKind::Pdf);
    let source = match (pages.clone().min(), pages.max()) {
        _ if is_framing || title.is_empty() => None,
        (Some(first), Some(last)) if has_pages && first == last => Some(format!("{title}, p. {first}")),
        (Some(first), Some(last)) if has_pages => Some(format!("{title}, pp. {first}–{last}")),
        _ => Some(title.to_owned()),
    };
    let brand = job.options.brand.as_ref().and_then(|brand| brand.footer.clone());
    let source = match (brand, source) {
        (Some(brand), Some(source)) => Some(format!("{brand}  ·  {source}")),
        (brand, source) => brand.or(source),
    };
    // The number of the scene would make every picture depend on how many scenes there are.
    Footer { source, position: None }
}

fn warning(scene: u32) -> JobWarning {
    JobWarning {
        stage: "render-scene".to_owned(),
        scene: Some(scene),
        outcome: SceneOutcome::Placeholder,
        failure: Failure::new(Code::Internal, "the visual of the scene could not be drawn"),
    }
}

async fn read_scene(assets: &impl AssetStore, job: &Job, scene: u32) -> Result<Scene, Failure> {
    let script: Script = read_json(assets, &AssetKey::Script(job.owner.clone(), job.id.clone(), job.version)).await?;
    let count = script.scenes.len();
    let found = script.scenes.into_iter().nth(scene as usize);
    found.ok_or_else(|| Failure::new(Code::Internal, format!("there is no scene {scene} among {count}")))
}

async fn read_json<T: serde::de::DeserializeOwned>(assets: &impl AssetStore, key: &AssetKey) -> Result<T, Failure> {
    let bytes = assets.get(key).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::new(Code::Internal, format!("`{}` has another form: {error}", key.path())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{FigureSource, FrameSize, SpokenWord};
    use fakes::{MemoryAssets, MemoryJobs, MemoryUploads};
    use std::path::PathBuf;

    struct World {
        uploads: MemoryUploads,
        assets: MemoryAssets,
        jobs: MemoryJobs,
        job: Job,
        ffmpeg: Ffmpeg,
    }

    impl World {
        async fn with(scenes: Vec<Scene>) -> Self {
            let script = Script { scenes, ..fakes::script(&[]) };
            let (jobs, id) = fakes::scripted_job(&script).await;
            let job = jobs.load(&id).await.expect("there");
            let assets = MemoryAssets::default();
            let key = AssetKey::Script(job.owner.clone(), id, job.version);
            assets.put(&key, serde_json::to_vec(&script).expect("serializes")).await.expect("memory does not fail");
            let ffmpeg = Ffmpeg::locate(Some(&ffmpeg_path())).expect("LECTERN_FFMPEG names an ffmpeg");
            Self { uploads: MemoryUploads::default(), assets, jobs, job, ffmpeg }
        }

        async fn take(&self, cells: u32) -> ContentHash {
            let take = Take {
                provider: "tone".to_owned(),
                voice: "hum".to_owned(),
                duration: Cells(cells),
                words: vec![SpokenWord { start: 0, end: 1, begin_ms: 0, end_ms: 100 }],
                loudness_lufs: -16.0,
                true_peak_dbtp: -2.0,
                characters: 1,
                fallback: None,
            };
            let address = ContentHash::of_json("take", &take);
            let key = AssetKey::Take(self.job.owner.clone(), address.clone());
            self.assets.put(&key, serde_json::to_vec(&take).expect("serializes")).await.expect("memory does not fail");
            address
        }

        async fn render(&self, scene: u32, take: &ContentHash, placeholder: bool) -> Result<Output, Failure> {
            let input = Input { job: self.job.id.clone(), scene, take: take.clone(), placeholder };
            handle(&self.uploads, &self.assets, &self.jobs, &self.ffmpeg, input).await
        }

        async fn frames_of(&self, output: &Output) -> u64 {
            let key = AssetKey::Segment(self.job.owner.clone(), output.segment.clone());
            h264::count_frames(&self.assets.get(&key).await.expect("is stored"))
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the tests are told where ffmpeg is")]
    fn ffmpeg_path() -> PathBuf {
        std::env::var_os("LECTERN_FFMPEG").expect("the tests need `LECTERN_FFMPEG`, see README").into()
    }

    #[tokio::test]
    async fn a_segment_lasts_exactly_as_long_as_its_take() {
        let world = World::with(vec![fakes::scene("The Moon pulls at the water.")]).await;
        for cells in [1, 4, 5, 23] {
            let take = world.take(cells).await;
            let output = world.render(0, &take, false).await.expect("renders");
            assert_eq!(world.frames_of(&output).await, Cells(cells).frames());
        }
        assert!(world.jobs.load(&world.job.id).await.expect("there").rendered.contains(&0));
    }

    #[tokio::test]
    async fn finished_work_is_not_done_again() {
        let world = World::with(vec![fakes::scene("The Moon pulls at the water.")]).await;
        let (short, long) = (world.take(3).await, world.take(9).await);
        let first = world.render(0, &short, false).await.expect("renders");
        let writes = world.assets.writes();
        assert_eq!(world.render(0, &short, false).await, Ok(first));
        assert_eq!(world.assets.writes(), writes);
        world.render(0, &long, false).await.expect("renders");
        assert_eq!(world.assets.writes(), writes + 1, "a longer take costs a segment but no picture");
    }

    #[tokio::test]
    async fn a_figure_without_its_source_fails_and_its_placeholder_is_noted() {
        let source = FigureSource::Image { hash: ContentHash::of(["gone"]), media_type: "image/png".to_owned() };
        let figure = domain::Figure { caption: None, label: None, source };
        let visual = Visual::Figure { eyebrow: None, title: "Tides".to_owned(), figure, bullets: vec![] };
        let world = World::with(vec![Scene { visual, ..fakes::scene("The Moon pulls at the water.") }]).await;
        let take = world.take(2).await;
        assert!(world.render(0, &take, false).await.is_err());
        let output = world.render(0, &take, true).await.expect("a placeholder can always be drawn");
        assert_eq!(world.frames_of(&output).await, 32);
        let job = world.jobs.load(&world.job.id).await.expect("there");
        assert_eq!(job.warnings.iter().map(|warning| warning.outcome).collect::<Vec<_>>(), [SceneOutcome::Placeholder]);
    }

    #[tokio::test]
    async fn a_scene_that_is_not_there_is_an_error() {
        let world = World::with(vec![fakes::scene("One.")]).await;
        let take = world.take(1).await;
        assert_eq!(world.render(7, &take, false).await.expect_err("there is no scene 7").code, Code::Internal);
    }

    #[tokio::test]
    async fn the_footer_names_the_page_of_a_pdf() {
        let world = World::with(vec![fakes::scene("One.")]).await;
        let mut job = world.job.clone();
        let scene = fakes::scene("One.");
        assert_eq!(footer(&job, &scene, &scene.visual).source.as_deref(), Some("Tides"));
        job.source.as_mut().expect("is bound").kind = domain::DocumentKind::Pdf;
        assert_eq!(footer(&job, &scene, &scene.visual).source.as_deref(), Some("Tides, p. 1"));
        assert_eq!(job.options.size, FrameSize::P1080);
    }

    #[test]
    fn the_sample_is_an_input() {
        let input: Input = serde_json::from_str(include_str!("../../../events/render-scene/scene.json")).expect("parses");
        assert_eq!((input.scene, input.placeholder), (2, false));
    }
}
