//! Draws one scene and makes its segment: the H.264 of exactly the frames for which the scene is heard.
//!
//! In: the job, the scene from 0 and the address of its take, which says how long the scene lasts; and the address of the picture that
//! somebody else made for it, where there is one. An illustration without such a picture is drawn by us.
//! Out: the scene and the address of its segment. Beside it lies a small picture of the scene.
//!
//! Pictures and segments are found by what makes them. A picture that was drawn before is not drawn again, and a scene whose
//! narration changed keeps its picture, also one that moves: only packets are copied, to the places where its words are now.
//!
//! Captions that are drawn into the picture belong to one spoken take, so a scene with them is made anew with its take.
//!
//! What no font can draw is a box on the picture, and the job is warned with `NO_FONT`.
//!
//! Where a picture was asked for and nobody came back with an answer, the job is warned that ours stands in.
//!
//! Fails with `INTERNAL` if the visual cannot be drawn; the state machine then asks again with `placeholder`, which draws the
//! heading and a sentence instead and notes that on the job.

mod burned;
mod drifting;
mod fit;
mod held;
mod moving;
mod placeholder;
mod segment;
mod sources;
mod stills;

use domain::ports::{AssetStore, JobStore, PortError, UploadStore};
use domain::{
    AssetKey, Brand, Code, ContentHash, Credit, Failure, FrameSize, Job, JobId, JobOptions, JobWarning, OwnerId, Scene,
    SceneOutcome, Script, Shape, Take, Theme, Transition, Visual,
};
use jiff::Timestamp;
use media::Ffmpeg;
use render::{Footer, Frame, Kit, Layout, Picture};
use serde::{Deserialize, Serialize};
use sources::{Shown, SourceBytes};
use std::future::Future;

/// Which scene, and how long it is heard.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Input {
    /// The job.
    pub job: JobId,
    /// The scene from 0.
    pub scene: u32,
    /// The address of its take.
    pub take: ContentHash,
    /// The address of its picture, where somebody else made it.
    #[serde(default)]
    pub picture: Option<ContentHash>,
    /// Whether `illustrate-scene` broke off, so that nobody knows about its picture.
    #[serde(default)]
    pub without_picture: bool,
    /// Whether the intended visual could not be drawn and a placeholder is to stand in.
    #[serde(default)]
    pub placeholder: bool,
}

impl stage::Input for Input {
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
    let (language, scene) = read_scene(assets, &job, input.scene).await?;
    let Shown { visual, source, credit } = match (&scene.visual, &input.picture) {
        _ if input.placeholder => Shown::without_credit(placeholder::of(&scene), SourceBytes::None),
        (Visual::Illustration { title, .. }, Some(picture)) => sources::read_made(assets, &job, title, picture).await?,
        (visual, _) => Shown::without_credit(visual.clone(), sources::read(uploads, assets, &job, visual).await?),
    };
    let (kit, missing) = sources::read_kit(assets, &job).await?;
    let drawing = Drawing {
        owner: job.owner.clone(),
        is_first: input.scene == 0,
        footer: footer(&job, &scene, &visual, credit.as_ref()),
        pages: vec![visual],
        language,
        retake: scene.retake,
        source,
        look: Look::of(&job.options),
        kit,
    };
    // Of the visual as a whole: what stands on every page of it, such as the heading, counts once.
    let unwritten = unwritten(input.scene, &drawing);
    let (drawing, fitting) = fit::find_or_make(assets, drawing).await?;
    let loss = fitting.loss();
    let drawing = Drawing { pages: fitting.pages, ..drawing };
    let course = moving::Course::of(&job, input.scene, &scene, &drawing, &take);
    let drift = drifting::Course::of(input.scene, job.options.motion, course.movement(), &take);
    let segment = if let Some(style) = job.options.burned_captions {
        // A picture that drifts would change in every frame under captions that change in few.
        let captions = burned::Captions::of(&scene.narration, &take, &drawing.language, job.options.shape, style);
        burned::find_or_make(assets, ffmpeg, drawing, course, captions).await?
    } else if let Some(drift) = drift.filter(|_| drifting::is_of(&drawing.pages[0])) {
        drifting::find_or_make(assets, ffmpeg, drawing, drift, &take).await?
    } else if course.stands_still() {
        held::find_or_make(assets, ffmpeg, drawing, take.duration).await?
    } else {
        moving::find_or_make(assets, ffmpeg, drawing, course).await?
    };
    let changed = if input.placeholder { Some(replaced(input.scene)) } else { loss.map(|loss| shortened(input.scene, loss)) };
    let is_ours = matches!(scene.visual, Visual::Illustration { .. }) && !input.placeholder;
    let unillustrated = (input.without_picture && is_ours).then(|| unillustrated(input.scene));
    for warning in missing.then(unbranded).into_iter().chain(changed).chain(unwritten).chain(unillustrated) {
        jobs.change(&job.id, &Transition::Warn(warning), Timestamp::now()).await?;
    }
    jobs.change(&job.id, &Transition::Rendered(input.scene), Timestamp::now()).await?;
    Ok(Output { scene: input.scene, segment })
}

/// Changes whenever what is kept beside a picture changes.
const STILLS: &str = "stills-1";

/// All that makes a picture.
struct Drawing {
    owner: OwnerId,
    /// Whether the video begins with it.
    is_first: bool,
    /// What is shown one after another; one visual where all of it has room.
    pages: Vec<Visual>,
    /// The language of its texts, a BCP 47 tag.
    language: String,
    retake: u32,
    footer: Footer,
    source: SourceBytes,
    look: Look,
    /// The logo and fonts of the brand, which the look names by their addresses.
    kit: Option<Kit>,
}

/// What a job wishes its pictures to look like.
struct Look {
    theme: Theme,
    brand: Option<Brand>,
    size: FrameSize,
    shape: Shape,
    leaves_room_for_captions: bool,
}

impl Look {
    fn of(options: &JobOptions) -> Self {
        Self {
            theme: options.theme,
            brand: options.brand.clone(),
            size: options.size,
            shape: options.shape,
            leaves_room_for_captions: options.burned_captions.is_some(),
        }
    }
}

impl Drawing {
    fn address(&self, encoder: &str, movement: &impl Serialize) -> ContentHash {
        let Look { theme, brand, size, shape, leaves_room_for_captions } = &self.look;
        let has_kit = self.kit.is_some();
        let footer = (&self.footer.source, &self.footer.position);
        let shown = (&self.pages, &self.language, has_kit, self.retake, footer, self.source.address());
        let made_by = format!("{STILLS} {} {encoder}", render::identity());
        ContentHash::of_json(&made_by, &(shown, theme, brand, size, shape, leaves_room_for_captions, movement))
    }

    /// How many of its parts can appear one after another, and how many can be marked.
    fn parts(&self) -> (u32, u32) {
        match self.pages.as_slice() {
            [page] => (render::steps(page), render::parts(page)),
            pages => {
                let steps = pages.iter().map(steps_of_page).sum();
                (steps, steps)
            }
        }
    }

    /// What is seen when so many of its steps are shown and one of its parts is marked. A part is marked on its own page only.
    fn view(&self, shown: Option<u32>, marked: Option<u32>) -> View {
        let Some(shown) = shown.filter(|_| self.pages.len() > 1) else { return View { page: 0, step: shown, marked } };
        let mut before = 0;
        for (page, visual) in self.pages.iter().enumerate() {
            let steps = steps_of_page(visual);
            if shown <= before + steps || page + 1 == self.pages.len() {
                let stands_whole = render::steps(visual) == 0;
                let on_page = |part: u32| part.checked_sub(before).filter(|part| (1..=render::steps(visual)).contains(part));
                let step = (!stands_whole).then_some(shown - before);
                return View { page, step, marked: marked.and_then(on_page) };
            }
            before += steps;
        }
        View::WHOLE
    }

    /// Draws what is seen of it. Computes, so it belongs on a thread of its own.
    fn draw(&self, view: View) -> Result<Frame, Failure> {
        self.lay_out(view)?.draw().map_err(|error| Failure::new(Code::Internal, error.to_string()))
    }

    fn lay_out(&self, view: View) -> Result<Layout, Failure> {
        render::lay_out(&self.picture(view)).map_err(|error| Failure::new(Code::Internal, error.to_string()))
    }

    fn picture(&self, View { page, step, marked }: View) -> Picture<'_> {
        let Look { theme, brand, size, shape, leaves_room_for_captions } = &self.look;
        Picture {
            visual: &self.pages[page],
            language: &self.language,
            theme: *theme,
            brand: brand.as_ref(),
            size: *size,
            shape: *shape,
            footer: self.footer.clone(),
            source: self.source.as_picture_source(),
            step,
            leaves_room_for_captions: *leaves_room_for_captions,
            marked,
            kit: self.kit.as_ref(),
        }
    }
}

/// What is seen of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct View {
    /// The page, from 0.
    page: usize,
    /// How many steps of the page are shown; none where all are.
    step: Option<u32>,
    /// The part of the page that is marked.
    marked: Option<u32>,
}

impl View {
    /// The first page, and all of it.
    const WHOLE: Self = Self { page: 0, step: None, marked: None };
}

/// How many steps one of several pages counts for: what stands as a whole appears as the page does.
fn steps_of_page(page: &Visual) -> u32 {
    render::steps(page).max(1)
}

/// What a thread of its own came to, so that the job's log is kept alive meanwhile.
async fn computed<T: Send + 'static>(compute: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    let ended = tokio::task::spawn_blocking(compute).await;
    ended.map_err(|error| Failure::new(Code::Internal, format!("drawing broke off: {error}")))?
}

/// What is stored under a key, or what is made and stored now.
async fn find_or_store(
    assets: &impl AssetStore,
    key: &AssetKey,
    make: impl Future<Output = Result<Vec<u8>, Failure>>,
) -> Result<Vec<u8>, Failure> {
    match assets.get(key).await {
        Err(PortError::NotFound { .. }) => {}
        found => return Ok(found?),
    }
    let made = make.await?;
    assets.put(key, made.clone()).await?;
    Ok(made)
}

/// Says where the content of a scene comes from: the document, and the page where it has pages; and who made its picture, where
/// that is neither the document nor us.
fn footer(job: &Job, scene: &Scene, visual: &Visual, credit: Option<&Credit>) -> Footer {
    let title = job.script.as_ref().map_or("", |script| script.title.as_str());
    let is_framing = matches!(visual, Visual::Title { .. } | Visual::Summary { .. });
    let has_pages = job.source.as_ref().is_some_and(|source| source.kind == domain::DocumentKind::Pdf);
    let source = match scene.pages() {
        _ if is_framing || title.is_empty() => None,
        Some((first, last)) if has_pages && first == last => Some(format!("{title}, p. {first}")),
        Some((first, last)) if has_pages => Some(format!("{title}, pp. {first}–{last}")),
        _ => Some(title.to_owned()),
    };
    let brand = job.options.brand.as_ref().and_then(|brand| brand.footer.clone());
    let source = match (brand, source) {
        (Some(brand), Some(source)) => Some(format!("{brand}  ·  {source}")),
        (brand, source) => brand.or(source),
    };
    let source = match (source, credit) {
        (Some(source), Some(credit)) => Some(format!("{source}  ·  {credit}")),
        (source, credit) => source.or_else(|| credit.map(ToString::to_string)),
    };
    // The number of the scene would make every picture depend on how many scenes there are.
    Footer { source, position: None }
}

fn replaced(scene: u32) -> JobWarning {
    JobWarning {
        stage: "render-scene".to_owned(),
        scene: Some(scene),
        outcome: SceneOutcome::Placeholder,
        failure: Failure::new(Code::Internal, "the visual of the scene could not be drawn"),
    }
}

fn unillustrated(scene: u32) -> JobWarning {
    let message = "the picture that was asked for did not come in time or its maker broke off; `embedded` took over";
    let failure = Failure::new(Code::DependencyUnavailable, message);
    JobWarning { stage: "render-scene".to_owned(), scene: Some(scene), outcome: SceneOutcome::Fallback, failure }
}

/// The same for every scene, so the job is told once.
fn unbranded() -> JobWarning {
    let message = "the logo or a font of the brand is no longer stored, and the pictures are drawn without it";
    let failure = Failure::new(Code::SourceGone, message);
    JobWarning { stage: "render-scene".to_owned(), scene: None, outcome: SceneOutcome::Shortened, failure }
}

fn shortened(scene: u32, loss: String) -> JobWarning {
    JobWarning {
        stage: "render-scene".to_owned(),
        scene: Some(scene),
        outcome: SceneOutcome::Shortened,
        failure: Failure::new(Code::DoesNotFit, loss),
    }
}

/// Says which scripts are in a scene that no font has, if any.
fn unwritten(scene: u32, drawing: &Drawing) -> Option<JobWarning> {
    let unwritten = render::unwritten(&drawing.picture(View::WHOLE));
    let found: Vec<String> = unwritten.iter().map(|found| format!("{} ({} signs)", found.script, found.signs)).collect();
    (!found.is_empty()).then(|| JobWarning {
        stage: "render-scene".to_owned(),
        scene: Some(scene),
        outcome: SceneOutcome::Incomplete,
        failure: Failure::new(Code::NoFont, format!("there is no font for {}", found.join(", "))),
    })
}

/// The language of the script, and the scene.
async fn read_scene(assets: &impl AssetStore, job: &Job, scene: u32) -> Result<(String, Scene), Failure> {
    let script: Script = read_json(assets, &AssetKey::Script(job.owner.clone(), job.id.clone(), job.version)).await?;
    let count = script.scenes.len();
    let found = script.scenes.into_iter().nth(scene as usize);
    let found = found.ok_or_else(|| Failure::new(Code::Internal, format!("there is no scene {scene} among {count}")))?;
    Ok((script.language, found))
}

async fn read_json<T: serde::de::DeserializeOwned>(assets: &impl AssetStore, key: &AssetKey) -> Result<T, Failure> {
    let bytes = assets.get(key).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::new(Code::Internal, format!("`{}` has another form: {error}", key.path())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{CaptionStyle, Cells, FigureSource, JobOptions, Motion, SceneTransition, SpokenWord};
    use fakes::{MemoryAssets, MemoryJobs, MemoryUploads};
    use media::h264;
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

        /// The same scenes for a job with other wishes.
        async fn moving(self, motion: Motion) -> Self {
            let options = JobOptions { motion, size: FrameSize::P480, ..JobOptions::default() };
            let job = Job { options, ..self.job };
            let jobs = MemoryJobs::default();
            jobs.create(&job).await.expect("memory does not fail");
            Self { jobs, job, ..self }
        }

        async fn take(&self, cells: u32) -> ContentHash {
            self.take_of(cells, &[250]).await
        }

        /// A take whose words begin at these milliseconds.
        async fn take_of(&self, cells: u32, begins: &[u32]) -> ContentHash {
            let words = begins.iter().map(|&begin_ms| SpokenWord { start: 0, end: 1, begin_ms, end_ms: begin_ms + 100 });
            self.stored(cells, words.collect()).await
        }

        async fn stored(&self, cells: u32, words: Vec<SpokenWord>) -> ContentHash {
            let take = Take {
                provider: "tone".to_owned(),
                voice: "hum".to_owned(),
                duration: Cells(cells),
                words,
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
            self.handle(Input { placeholder, ..self.input(scene, take) }).await
        }

        fn input(&self, scene: u32, take: &ContentHash) -> Input {
            let (job, take) = (self.job.id.clone(), take.clone());
            Input { job, scene, take, picture: None, without_picture: false, placeholder: false }
        }

        async fn handle(&self, input: Input) -> Result<Output, Failure> {
            handle(&self.uploads, &self.assets, &self.jobs, &self.ffmpeg, input).await
        }

        /// Stores a picture that somebody made.
        async fn made(&self, file: &[u8]) -> ContentHash {
            let (address, owner) = (ContentHash::of([file]), self.job.owner.clone());
            let credit = Credit { provider: "replicate".to_owned(), model: Some("a/flux-schnell".to_owned()) };
            let credit = serde_json::to_vec(&credit).expect("serializes");
            for (key, body) in [
                (AssetKey::Image(owner.clone(), address.clone()), file.to_vec()),
                (AssetKey::Credit(owner, address.clone()), credit),
            ] {
                self.assets.put(&key, body).await.expect("memory does not fail");
            }
            address
        }

        async fn segment(&self, output: &Output) -> Vec<u8> {
            let key = AssetKey::Segment(self.job.owner.clone(), output.segment.clone());
            self.assets.get(&key).await.expect("is stored")
        }

        /// The same scenes with captions in their pictures.
        async fn captioned(self, motion: Motion, style: CaptionStyle) -> Self {
            let options = JobOptions { motion, size: FrameSize::P480, burned_captions: Some(style), ..JobOptions::default() };
            let job = Job { options, ..self.job };
            let jobs = MemoryJobs::default();
            jobs.create(&job).await.expect("memory does not fail");
            Self { jobs, job, ..self }
        }

        /// A take of `Moon water tides.`, each word 0.4 s long.
        async fn take_of_words(&self, begins: [u32; 3]) -> ContentHash {
            let words = [(0, 4), (5, 10), (11, 17)].iter().zip(begins);
            let words = words.map(|(&(start, end), begin_ms)| SpokenWord { start, end, begin_ms, end_ms: begin_ms + 400 });
            self.stored(16, words.collect()).await
        }

        /// The frames that are not skipped.
        async fn encoded_frames_of(&self, output: &Output) -> Vec<usize> {
            let segment = self.segment(output).await;
            let frames = h264::nals(&segment).filter(h264::Nal::begins_picture).enumerate();
            frames.filter(|(_, nal)| nal.framed.len() > 24).map(|(at, _)| at).collect()
        }

        async fn frames_of(&self, output: &Output) -> u64 {
            h264::count_frames(&self.segment(output).await)
        }

        /// The frames with which a player can begin.
        async fn key_frames_of(&self, output: &Output) -> Vec<usize> {
            let segment = self.segment(output).await;
            let frames = h264::nals(&segment).filter(h264::Nal::begins_picture).enumerate();
            frames.filter(|(_, nal)| nal.kind() == h264::kind::IDR_SLICE).map(|(at, _)| at).collect()
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
        assert_eq!(world.assets.writes(), writes + 3, "a longer take costs a segment with its stills, but no picture");
    }

    /// Three points, each named by a word.
    fn three_points() -> Scene {
        let bullets = ["The Moon pulls", "The water rises", "Tides come twice"].map(str::to_owned).to_vec();
        let visual = Visual::Slide { eyebrow: None, title: "Tides".to_owned(), bullets };
        let cues = (0..3).map(|at| domain::Cue { word: at, step: at + 1 }).collect();
        Scene { visual, cues, ..fakes::scene("Moon water tides.") }
    }

    #[tokio::test]
    async fn parts_appear_at_their_words_and_move_with_them() {
        for motion in [Motion::Calm, Motion::Full] {
            let world = World::with(vec![fakes::scene("One."), three_points(), fakes::scene("Two.")]).await.moving(motion).await;
            let take = world.take_of(16, &[250, 1000, 2000]).await;
            let output = world.render(1, &take, false).await.expect("renders");
            assert_eq!(world.frames_of(&output).await, 256);
            // A state stands seven frames after its word, and is repeated while it stands.
            assert_eq!(world.key_frames_of(&output).await, [0, 5, 15, 37, 67, 159]);
            let writes = world.assets.writes();
            let later = world.take_of(16, &[250, 1100, 2000]).await;
            let output = world.render(1, &later, false).await.expect("renders");
            assert_eq!(world.key_frames_of(&output).await[3], 40);
            assert_eq!(world.assets.writes(), writes + 3, "a take, a segment and its thumbnail, but no picture");
        }
    }

    #[tokio::test]
    async fn the_first_scene_is_there_at_once_and_the_last_one_stays() {
        let world = World::with(vec![three_points(), three_points()]).await.moving(Motion::Calm).await;
        let take = world.take_of(16, &[250, 1000, 2000]).await;
        let first = world.render(0, &take, false).await.expect("renders");
        let last = world.render(1, &take, false).await.expect("renders");
        assert_eq!(world.key_frames_of(&first).await[..2], [0, 15]);
        assert_eq!(world.key_frames_of(&last).await[..3], [0, 5, 15]);
        let last_frame = h264::nals(&world.segment(&last).await).last().expect("has frames").framed.len();
        assert!(last_frame < 20, "it is a skipped one");
    }

    #[tokio::test]
    async fn scenes_that_cut_neither_come_in_nor_leave() {
        let mut world = World::with(vec![three_points(), three_points(), three_points()]).await;
        world.job.options.transition = Some(SceneTransition::Cut);
        let world = World { jobs: MemoryJobs::default(), ..world };
        let job = Job { options: JobOptions { size: FrameSize::P480, ..world.job.options.clone() }, ..world.job.clone() };
        world.jobs.create(&job).await.expect("memory does not fail");
        let take = world.take_of(16, &[250, 1000, 2000]).await;
        let output = world.render(1, &take, false).await.expect("renders");
        assert_eq!(world.key_frames_of(&output).await[..4], [0, 15, 37, 67]);
    }

    #[tokio::test]
    async fn too_many_points_go_on_in_a_second_picture_even_without_motion() {
        let bullets = (0..9).map(|at| format!("Point number {at}")).collect();
        let visual = Visual::Slide { eyebrow: None, title: "Tides".to_owned(), bullets };
        let cues = (0..9).map(|at| domain::Cue { word: at, step: at + 1 }).collect();
        let scene = Scene { visual, cues, ..fakes::scene("One two three four five six seven eight nine.") };
        let world = World::with(vec![scene.clone(), scene]).await.moving(Motion::None).await;
        let begins: Vec<u32> = (0..9).map(|word| 250 + 500 * word).collect();
        let take = world.take_of(24, &begins).await;
        let output = world.render(1, &take, false).await.expect("renders");
        // The fifth point is the first of the second picture.
        assert_eq!(world.key_frames_of(&output).await[..2], [0, 68]);
        assert_eq!(world.jobs.load(&world.job.id).await.expect("there").warnings, []);
    }

    #[tokio::test]
    async fn what_has_no_room_is_said_each_time() {
        let visual = Visual::Summary { title: "Tides".to_owned(), points: vec!["The Moon pulls at all waters. ".repeat(20)] };
        let world = World::with(vec![Scene { visual, ..fakes::scene("One.") }]).await.moving(Motion::None).await;
        let take = world.take(4).await;
        for _ in 0..2 {
            world.render(0, &take, false).await.expect("renders");
            let warnings = world.jobs.load(&world.job.id).await.expect("there").warnings;
            assert_eq!(warnings.iter().map(|warning| warning.failure.code).collect::<Vec<_>>(), [Code::DoesNotFit]);
        }
    }

    #[tokio::test]
    async fn an_image_drifts_and_then_rests() {
        let mut png = std::io::Cursor::new(Vec::new());
        let pixel = |x, y| image::Rgb([(x % 251) as u8, (y % 241) as u8, ((x * y) % 239) as u8]);
        image::RgbImage::from_fn(640, 400, pixel).write_to(&mut png, image::ImageFormat::Png).expect("in memory");
        let png = png.into_inner();
        let hash = ContentHash::of([&png]);
        let source = FigureSource::Image { hash: hash.clone(), media_type: "image/png".to_owned() };
        let visual = Visual::Image { title: "Tides".to_owned(), figure: domain::Figure { caption: None, label: None, source } };
        let scene = Scene { visual, ..fakes::scene("One.") };
        let world = World::with(vec![scene.clone(), scene.clone(), scene]).await.moving(Motion::Full).await;
        world.assets.put(&AssetKey::Image(world.job.owner.clone(), hash), png).await.expect("memory does not fail");
        let take = world.take(20).await;
        let output = world.render(1, &take, false).await.expect("renders");
        assert_eq!(world.frames_of(&output).await, 320);
        assert_eq!(world.key_frames_of(&output).await[..4], [0, 5, 55, 105]);
        let writes = world.assets.writes();
        let longer = world.take(24).await;
        world.render(1, &longer, false).await.expect("renders");
        assert_eq!(world.assets.writes(), writes + 3, "a take, a segment and its thumbnail, but no picture");
    }

    fn illustration() -> Scene {
        let description = "A harbour at low tide".to_owned();
        Scene { visual: Visual::Illustration { title: "Tides".to_owned(), description }, ..fakes::scene("One.") }
    }

    #[tokio::test]
    async fn a_picture_that_was_made_for_a_scene_is_shown_as_an_image() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(640, 360, image::Rgb([200, 40, 40]))
            .write_to(&mut png, image::ImageFormat::Png)
            .expect("in memory");
        let world = World::with(vec![illustration(), illustration()]).await.moving(Motion::Full).await;
        let take = world.take(20).await;
        let ours = world.render(0, &take, false).await.expect("we draw it");
        let slides = include_bytes!("../../../events/samples/paper.pdf");
        for file in [png.get_ref().as_slice(), slides] {
            let picture = Some(world.made(file).await);
            let output = world.handle(Input { picture, ..world.input(0, &take) }).await.expect("it is shown");
            assert_ne!(output, ours);
            assert_eq!(world.key_frames_of(&output).await[1..3], [50, 100], "it drifts as images do");
        }
        assert_eq!(world.jobs.load(&world.job.id).await.expect("there").warnings, []);
    }

    #[tokio::test]
    async fn a_picture_that_nobody_answered_for_is_ours_and_noted() {
        let world = World::with(vec![illustration(), fakes::scene("Two.")]).await.moving(Motion::None).await;
        let take = world.take(4).await;
        let ours = world.render(0, &take, false).await.expect("we draw it");
        for scene in [0, 1] {
            world.handle(Input { without_picture: true, ..world.input(scene, &take) }).await.expect("we draw it");
        }
        assert_eq!(world.handle(Input { without_picture: true, ..world.input(0, &take) }).await, Ok(ours));
        let warnings = world.jobs.load(&world.job.id).await.expect("there").warnings;
        let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
        assert_eq!((warning.scene, warning.outcome), (Some(0), SceneOutcome::Fallback));
    }

    #[tokio::test]
    async fn a_picture_that_was_made_and_is_gone_has_a_placeholder() {
        let world = World::with(vec![illustration()]).await.moving(Motion::None).await;
        let (take, picture) = (world.take(4).await, Some(ContentHash::of(["gone"])));
        let input = Input { picture, ..world.input(0, &take) };
        assert!(world.handle(input.clone()).await.is_err());
        world.handle(Input { placeholder: true, ..input }).await.expect("it can always be drawn");
        let warnings = world.jobs.load(&world.job.id).await.expect("there").warnings;
        assert_eq!(warnings.iter().map(|warning| warning.outcome).collect::<Vec<_>>(), [SceneOutcome::Placeholder]);
    }

    #[tokio::test]
    async fn without_motion_a_scene_stands_whole() {
        let world = World::with(vec![three_points(), three_points()]).await.moving(Motion::None).await;
        let take = world.take_of(16, &[250, 1000, 2000]).await;
        let output = world.render(1, &take, false).await.expect("renders");
        assert_eq!(world.key_frames_of(&output).await, [0, 64, 128, 192]);
    }

    /// The brightness of a stored JPEG and its size; none where it is not stored.
    async fn still(world: &World, key: AssetKey) -> Option<(Vec<u8>, usize)> {
        let jpeg = world.assets.get(&key).await.ok()?;
        Some((jpeg[..3].to_vec(), jpeg.len()))
    }

    #[tokio::test]
    async fn a_small_picture_lies_beside_every_segment_and_a_large_one_beside_the_first() {
        for motion in [Motion::None, Motion::Full] {
            let world = World::with(vec![three_points(), three_points()]).await.moving(motion).await;
            let owner = || world.job.owner.clone();
            let take = world.take_of(16, &[250, 1000, 2000]).await;
            let first = world.render(0, &take, false).await.expect("renders");
            let later = world.take_of(20, &[250, 1100, 2000]).await;
            let spoken_anew = world.render(0, &later, false).await.expect("renders");
            for output in [&first, &spoken_anew] {
                let small = still(&world, AssetKey::Thumbnail(owner(), output.segment.clone())).await.expect("is stored");
                let large = still(&world, AssetKey::Still(owner(), output.segment.clone())).await.expect("is stored");
                assert_eq!((&small.0[..], &large.0[..]), (&[0xff, 0xd8, 0xff][..], &[0xff, 0xd8, 0xff][..]), "both are JPEG");
                assert!(small.1 < large.1, "{small:?}, {large:?}");
            }
        }
        let world = World::with(vec![three_points(), three_points()]).await.moving(Motion::Calm).await;
        let take = world.take_of(16, &[250, 1000, 2000]).await;
        let second = world.render(1, &take, false).await.expect("renders");
        let owner = || world.job.owner.clone();
        assert!(still(&world, AssetKey::Thumbnail(owner(), second.segment.clone())).await.is_some());
        assert!(still(&world, AssetKey::Still(owner(), second.segment)).await.is_none());
    }

    #[tokio::test]
    async fn captions_in_the_picture_change_with_the_frames_of_their_words() {
        for style in CaptionStyle::ALL {
            let world = World::with(vec![three_points(), three_points()]).await.captioned(Motion::None, style).await;
            let take = world.take_of_words([250, 1000, 2000]).await;
            let output = world.render(1, &take, false).await.expect("renders");
            assert_eq!(world.frames_of(&output).await, 256);
            // A word stands out for its 0.4 s; the caption goes 0.3 s after the last one, and its picture is repeated.
            assert_eq!(world.encoded_frames_of(&output).await, [0, 8, 20, 30, 42, 60, 72, 81, 168]);
        }
    }

    #[tokio::test]
    async fn words_stand_out_while_parts_appear() {
        let world = World::with(vec![three_points(), three_points()]).await.captioned(Motion::Full, CaptionStyle::Karaoke).await;
        let take = world.take_of_words([250, 1000, 2000]).await;
        let output = world.render(0, &take, false).await.expect("renders");
        let encoded = world.encoded_frames_of(&output).await;
        for frame in [8, 15, 20, 30, 37, 42, 60, 67, 72, 81] {
            assert!(encoded.contains(&frame), "frame {frame} of {encoded:?}");
        }
        assert!(encoded.len() < 60, "{encoded:?}");
    }

    #[tokio::test]
    async fn a_scene_with_captions_is_made_once_for_its_words_and_style() {
        let world = World::with(vec![three_points(), three_points()]).await.captioned(Motion::Calm, CaptionStyle::Bar).await;
        let (take, later) = (world.take_of_words([250, 1000, 2000]).await, world.take_of_words([250, 1100, 2000]).await);
        let first = world.render(1, &take, false).await.expect("renders");
        let writes = world.assets.writes();
        assert_eq!(world.render(1, &take, false).await, Ok(first.clone()));
        assert_eq!(world.assets.writes(), writes, "it is found");
        let moved = world.render(1, &later, false).await.expect("renders");
        assert_ne!(moved.segment, first.segment);
        let world = world.captioned(Motion::Calm, CaptionStyle::Outline).await;
        let other = world.render(1, &take, false).await.expect("renders");
        assert_ne!(other.segment, first.segment);
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
    async fn signs_that_no_font_has_are_noted() {
        let visual = Visual::Slide { eyebrow: None, title: "Scripts".to_owned(), bullets: vec!["ᏣᎳᎩ".to_owned()] };
        let world = World::with(vec![fakes::scene("One."), Scene { visual, ..fakes::scene("Two.") }]).await;
        let take = world.take(2).await;
        world.render(0, &take, false).await.expect("renders");
        assert_eq!(world.jobs.load(&world.job.id).await.expect("there").warnings, []);
        for _ in 0..2 {
            world.render(1, &take, false).await.expect("renders with boxes");
            let warnings = world.jobs.load(&world.job.id).await.expect("there").warnings;
            let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
            assert_eq!((warning.scene, warning.outcome), (Some(1), SceneOutcome::Incomplete));
            assert_eq!(warning.failure, Failure::new(Code::NoFont, "there is no font for Cherokee (3 signs)"));
        }
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
        assert_eq!(footer(&job, &scene, &scene.visual, None).source.as_deref(), Some("Tides"));
        job.source.as_mut().expect("is bound").kind = domain::DocumentKind::Pdf;
        assert_eq!(footer(&job, &scene, &scene.visual, None).source.as_deref(), Some("Tides, p. 1"));
        let credit = Credit { provider: "replicate".to_owned(), model: Some("a/flux-schnell".to_owned()) };
        let credited = footer(&job, &scene, &scene.visual, Some(&credit));
        assert_eq!(credited.source.as_deref(), Some("Tides, p. 1  ·  flux-schnell (replicate)"));
        assert_eq!(job.options.size, FrameSize::P1080);
    }

    #[test]
    fn the_sample_is_an_input() {
        let input: Input = serde_json::from_str(include_str!("../../../events/render-scene/scene.json")).expect("parses");
        assert_eq!((input.scene, input.placeholder, input.picture, input.without_picture), (2, false, None, false));
    }
}
