//! Brings the picture of a scene that somebody else made into the form in which we show it, or has one made.
//!
//! **In**: the job and the scene from 0.
//!
//! **Out**: the scene, and the address of the picture if it has one; what we draw ourselves is drawn by `render-scene`. Stored:
//! `AssetKey::Image`, and `AssetKey::Credit` where it was made for the scene. An image that came with the document takes the place of the
//! original under the same address. One that is made lies under what it is made from: who makes it, the description, the shape of the
//! frame and how often it was asked for anew. So doing it twice changes nothing and is paid once.
//!
//! A scene that wants a picture which nobody has made gets it from the first of the list who can. What comes is hostile until decoded,
//! as images of documents are: its type is told by its first bytes, its size is bounded before anything is unpacked. Work that a vendor
//! does while we wait has a ticket from before the wait until the picture is stored; who is called again goes on waiting.
//!
//! Where another than the preferred one makes it, or we draw it ourselves, a warning of the job says why.
//!
//! **May fail** with `RATE_LIMITED`, which the state machine tries again, with `CANCELLED` as soon as the job is seen to be, and with
//! `INTERNAL` if an image of the document cannot be used; `render-scene` then shows a placeholder.

mod errand;
mod made;

use domain::ports::{AssetStore, Breakers, Budgets, Illustrator, JobStore, Tickets};
use domain::{AssetKey, Code, ContentHash, Failure, FigureSource, Job, JobId, Meter, Scene, Script, Visual};
use foreign::Prepared;
use jiff::Timestamp;
use providers::chain::{Chain, Choice};
use serde::{Deserialize, Serialize};

/// The name of this stage.
pub const STAGE: &str = "illustrate-scene";

/// The largest frame, width and height; more pixels than that are never seen.
const LARGEST_FRAME: (u32, u32) = (3840, 2160);

/// Who may make pictures, our own drawing included, which `render-scene` does.
pub type Painters<V, S> = Chain<Choice<(), V>, S>;

/// Which scene.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Input {
    /// The job.
    pub job: JobId,
    /// The scene from 0.
    pub scene: u32,
    /// How often the state machine has tried before.
    #[serde(default)]
    pub attempt: u64,
}

impl stage::Input for Input {
    fn scene(&self) -> Option<u32> {
        Some(self.scene)
    }
}

/// Where the picture is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The scene from 0.
    pub scene: u32,
    /// The address of its picture; none if we draw it ourselves.
    pub picture: Option<ContentHash>,
}

/// Prepares the image of a scene, or has it made.
pub async fn handle<V: Illustrator>(
    assets: &impl AssetStore,
    jobs: &impl JobStore,
    tickets: &impl Tickets,
    painters: &Painters<V, impl Breakers + Budgets>,
    meter: &Meter,
    now: Timestamp,
    input: Input,
) -> Result<Output, Failure> {
    let job = jobs.load(&input.job).await?;
    let scene = read_scene(assets, &job, input.scene).await?;
    let picture = match scene.map(|scene| (scene.visual, scene.retake)) {
        Some((Visual::Figure { figure, .. } | Visual::Image { figure, .. }, _)) => match figure.source {
            FigureSource::Image { hash, .. } => Some(prepare(assets, &job, hash).await?),
            FigureSource::Page { .. } => None,
        },
        Some((Visual::Illustration { description, .. }, retake)) => {
            let wish = made::Wish { job: &job, scene: input.scene, description, retake };
            made::find_or_make(assets, jobs, tickets, painters, meter, now, wish).await?
        }
        _ => None,
    };
    Ok(Output { scene: input.scene, picture })
}

/// Brings an image of the document into its form, and gives its address.
async fn prepare(assets: &impl AssetStore, job: &Job, hash: ContentHash) -> Result<ContentHash, Failure> {
    let key = AssetKey::Image(job.owner.clone(), hash.clone());
    let original = assets.get(&key).await?;
    let prepared = computed(move || foreign::prepare_image(&original, LARGEST_FRAME)).await?;
    match prepared.map_err(|error| Failure::new(Code::Internal, format!("an image of the document cannot be used: {error}")))? {
        Prepared::AsItIs => {}
        Prepared::Png(png) => assets.put(&key, png).await?,
    }
    Ok(hash)
}

/// What a thread of its own came to: decoding may take a second, and the job's log is kept alive meanwhile.
async fn computed<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let ended = tokio::task::spawn_blocking(compute).await;
    ended.map_err(|error| Failure::new(Code::Internal, format!("preparing an image broke off: {error}")))
}

async fn read_scene(assets: &impl AssetStore, job: &Job, scene: u32) -> Result<Option<Scene>, Failure> {
    let script = assets.get(&AssetKey::Script(job.owner.clone(), job.id.clone(), job.version)).await?;
    let script: Script = serde_json::from_slice(&script)
        .map_err(|error| Failure::new(Code::Internal, format!("the script has another form: {error}")))?;
    Ok(script.scenes.into_iter().nth(scene as usize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ports::{Errand, Illustration, ImageRequest, PortError, Ticket};
    use domain::{Budget, Capability, Charge, Credit, Figure, JobWarning, Money, SceneOutcome, Status, Transition, Usage};
    use fakes::{MemoryAssets, MemoryJobs, MemoryProviders, MemoryTickets, at, owner_id};
    use image::{ImageFormat, Rgb, RgbImage};
    use providers::chain::Link;
    use providers::settings::ProviderSettings;
    use std::io::Cursor;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::from_pixel(width, height, Rgb([200, 40, 40])).write_to(&mut bytes, ImageFormat::Jpeg).expect("encodes");
        bytes.into_inner()
    }

    async fn illustrate(image: &[u8]) -> (Result<Output, Failure>, Vec<u8>, u32) {
        let hash = ContentHash::of([image]);
        let source = FigureSource::Image { hash: hash.clone(), media_type: "image/jpeg".to_owned() };
        let figure = Figure { caption: None, label: None, source };
        let visual = Visual::Figure { eyebrow: None, title: "Tides".to_owned(), figure, bullets: vec![] };
        let script = Script { scenes: vec![Scene { visual, ..fakes::scene("One.") }], ..fakes::script(&[]) };
        let (jobs, id) = fakes::scripted_job(&script).await;
        let assets = MemoryAssets::default();
        let owner = fakes::owner_id();
        let script = serde_json::to_vec(&script).expect("serializes");
        assets.put(&AssetKey::Script(owner.clone(), id.clone(), 1), script).await.expect("memory does not fail");
        let key = AssetKey::Image(owner, hash);
        assets.put(&key, image.to_vec()).await.expect("memory does not fail");
        let input = Input { job: id, scene: 0, attempt: 0 };
        let painters = painters(vec![], 1.0);
        let prepare =
            async |input| handle(&assets, &jobs, &MemoryTickets::default(), &painters, &Meter::default(), at(7), input).await;
        let first = prepare(input.clone()).await;
        let second = prepare(input).await;
        assert_eq!(first, second);
        (first, assets.get(&key).await.expect("there"), assets.writes())
    }

    #[tokio::test]
    async fn a_large_image_is_brought_to_the_size_of_a_frame_once() {
        let (output, stored, writes) = illustrate(&jpeg(5000, 1000)).await;
        assert!(output.expect("is an image").picture.is_some());
        let stored = image::load_from_memory(&stored).expect("is an image");
        assert_eq!((stored.width(), stored.height()), (3840, 768));
        assert_eq!(writes, 3, "script, original, prepared image");
    }

    #[tokio::test]
    async fn what_is_no_image_is_refused() {
        let (output, _, _) = illustrate(b"<svg onload=alert(1)>").await;
        assert_eq!(output.expect_err("is no image").code, Code::Internal);
    }

    const DESCRIPTION: &str = "A harbour at low tide, boats on the sand";

    /// Draws one picture, or fails.
    struct Painter {
        name: &'static str,
        outcome: fn() -> Result<Vec<u8>, PortError>,
        calls: AtomicU32,
        given_up: Mutex<Vec<String>>,
    }

    impl Painter {
        fn new(name: &'static str, outcome: fn() -> Result<Vec<u8>, PortError>) -> Self {
            Self { name, outcome, calls: AtomicU32::default(), given_up: Mutex::default() }
        }
    }

    impl Illustrator for Painter {
        fn identity(&self) -> String {
            self.name.to_owned()
        }

        fn model(&self) -> Option<&str> {
            Some("black-forest-labs/flux-schnell")
        }

        /// Works with a ticket, as a vendor that takes its time.
        async fn illustrate(&self, _: &ImageRequest, errand: &impl Errand, meter: &Meter) -> Result<Illustration, PortError> {
            if errand.ticket().await?.is_none() {
                self.calls.fetch_add(1, Ordering::SeqCst);
                errand.keep("prediction-1").await?;
            }
            errand.check_wanted().await?;
            let (provider, model) = (self.name.to_owned(), self.model().map(str::to_owned));
            let usage = Usage { images: 1, ..Usage::default() };
            meter.note(Charge { capability: Capability::Image, provider, model, usage, request_id: None, saved: false });
            let bytes = (self.outcome)()?;
            let media_type = if bytes.starts_with(b"%PDF") { "application/pdf" } else { "image/jpeg" };
            Ok(Illustration { bytes, media_type })
        }

        async fn give_up(&self, ticket: &Ticket) -> Result<(), PortError> {
            self.given_up.lock().expect("nobody panicked").push(ticket.id.clone());
            Ok(())
        }
    }

    fn photograph() -> Result<Vec<u8>, PortError> {
        Ok(jpeg(1536, 1024))
    }

    fn away() -> Result<Vec<u8>, PortError> {
        Err(PortError::Unavailable { service: "the painter", message: "no connection".to_owned() })
    }

    fn nonsense() -> Result<Vec<u8>, PortError> {
        Ok(b"\xff\xd8\xff and nothing else".to_vec())
    }

    /// Vendors with our own drawing behind them, on whom so many dollars may be spent.
    fn painters(vendors: Vec<Painter>, dollars: f64) -> Painters<Painter, MemoryProviders> {
        let vendor = |vendor: Painter| {
            let model = vendor.model().map(str::to_owned);
            let settings = ProviderSettings { model, ..ProviderSettings::new(vendor.name) };
            Link::new(Capability::Image, settings, Choice::Vendor(vendor))
        };
        let own = Link::new(Capability::Image, ProviderSettings::new("embedded"), Choice::Embedded(()));
        let links = vendors.into_iter().map(vendor).chain([own]).collect();
        let budget = Budget { job: Money::usd(dollars), day: Money::usd(dollars) };
        Chain::new(links, MemoryProviders::default(), budget, Duration::from_secs(60), || at(0))
    }

    fn vendor(painters: &Painters<Painter, MemoryProviders>) -> &Painter {
        match &painters.links()[0].provider {
            Choice::Vendor(vendor) => vendor,
            _ => panic!("the first is no vendor"),
        }
    }

    /// A job with one scene that wants a picture.
    struct World {
        assets: MemoryAssets,
        jobs: MemoryJobs,
        tickets: MemoryTickets,
        meter: Meter,
        input: Input,
    }

    impl World {
        async fn new() -> Self {
            let visual = Visual::Illustration { title: "Tides".to_owned(), description: DESCRIPTION.to_owned() };
            let script = Script { scenes: vec![Scene { visual, ..fakes::scene("One.") }], ..fakes::script(&[]) };
            let (jobs, id) = fakes::scripted_job(&script).await;
            let assets = MemoryAssets::default();
            let world = Self {
                assets,
                jobs,
                tickets: MemoryTickets::default(),
                meter: Meter::default(),
                input: Input { job: id, scene: 0, attempt: 0 },
            };
            world.write(&script).await;
            world
        }

        async fn write(&self, script: &Script) {
            let json = serde_json::to_vec(script).expect("serializes");
            let key = AssetKey::Script(owner_id(), self.input.job.clone(), 1);
            self.assets.put(&key, json).await.expect("memory does not fail");
        }

        async fn illustrate(&self, painters: &Painters<Painter, MemoryProviders>) -> Result<Output, Failure> {
            handle(&self.assets, &self.jobs, &self.tickets, painters, &self.meter, at(7), self.input.clone()).await
        }

        async fn image(&self, output: &Output) -> Vec<u8> {
            let picture = output.picture.clone().expect("somebody made one");
            self.assets.get(&AssetKey::Image(owner_id(), picture)).await.expect("it is stored")
        }

        async fn warnings(&self) -> Vec<JobWarning> {
            self.jobs.load(&self.input.job).await.expect("there").warnings
        }
    }

    #[tokio::test]
    async fn a_picture_is_made_once_cut_to_the_frame_and_credited() {
        let (world, painters) = (World::new().await, painters(vec![Painter::new("replicate", photograph)], 1.0));
        let first = world.illustrate(&painters).await.expect("it is made");
        let image = image::load_from_memory(&world.image(&first).await).expect("it is an image");
        assert_eq!((image.width(), image.height()), (1536, 864));
        let credit = AssetKey::Credit(owner_id(), first.picture.clone().expect("somebody made it"));
        let credit = world.assets.get(&credit).await.expect("it is stored");
        let credit: Credit = serde_json::from_slice(&credit).expect("it is one");
        assert_eq!(credit.to_string(), "flux-schnell (replicate)");
        assert_eq!(world.tickets.open(&world.input.job).await.expect("memory does not fail"), []);
        let writes = world.assets.writes();
        assert_eq!(world.illustrate(&painters).await, Ok(first));
        assert_eq!((world.assets.writes(), vendor(&painters).calls.load(Ordering::SeqCst)), (writes, 1));
        let saved: Vec<bool> = world.meter.take().iter().map(|charge| charge.saved).collect();
        assert_eq!(saved, [false, true]);
        assert_eq!(world.warnings().await, []);
    }

    #[tokio::test]
    async fn a_scene_that_is_made_anew_gets_another_picture() {
        let (world, painters) = (World::new().await, painters(vec![Painter::new("replicate", photograph)], 1.0));
        let first = world.illustrate(&painters).await.expect("it is made");
        let visual = Visual::Illustration { title: "Another heading".to_owned(), description: DESCRIPTION.to_owned() };
        let scene = Scene { visual, ..fakes::scene("Other words.") };
        world.write(&Script { scenes: vec![scene.clone()], ..fakes::script(&[]) }).await;
        assert_eq!(world.illustrate(&painters).await.expect("it is found"), first);
        world.write(&Script { scenes: vec![Scene { retake: 1, ..scene }], ..fakes::script(&[]) }).await;
        assert_ne!(world.illustrate(&painters).await.expect("it is made"), first);
        let request = |retake| ImageRequest { description: DESCRIPTION.to_owned(), width: 1920, height: 1080, retake };
        assert_eq!(request(0).seed(), request(0).seed());
        assert_ne!(request(0).seed(), request(1).seed());
    }

    #[tokio::test]
    async fn where_nobody_can_we_draw_it_and_say_why() {
        for (outcome, reason) in [(away as fn() -> _, "no connection"), (nonsense, "cannot be shown")] {
            let (world, painters) = (World::new().await, painters(vec![Painter::new("replicate", outcome)], 1.0));
            assert_eq!(world.illustrate(&painters).await.expect("we do").picture, None);
            let warnings = world.warnings().await;
            assert_eq!((warnings.len(), warnings[0].outcome, warnings[0].scene), (1, SceneOutcome::Fallback, Some(0)));
            let message = &warnings[0].failure.message;
            assert!(message.contains(reason) && message.contains("`embedded` took over"), "{message}");
        }
    }

    #[tokio::test]
    async fn the_next_in_the_list_takes_over() {
        let list = vec![Painter::new("replicate", away), Painter::new("openai", photograph)];
        let (world, painters) = (World::new().await, painters(list, 1.0));
        assert!(world.illustrate(&painters).await.expect("the second one does").picture.is_some());
        assert!(world.warnings().await[0].failure.message.ends_with("`openai` took over"));
    }

    #[tokio::test]
    async fn a_picture_that_costs_too_much_is_not_asked_for() {
        let (world, painters) = (World::new().await, painters(vec![Painter::new("replicate", photograph)], 0.002));
        assert_eq!(world.illustrate(&painters).await.expect("we draw it").picture, None);
        assert_eq!(vendor(&painters).calls.load(Ordering::SeqCst), 0);
        assert_eq!(world.warnings().await[0].failure.code, Code::OverBudget);
    }

    #[tokio::test]
    async fn with_our_own_alone_nothing_is_noted() {
        let (world, painters) = (World::new().await, painters(vec![], 1.0));
        assert_eq!(world.illustrate(&painters).await.expect("we draw it").picture, None);
        assert_eq!((world.meter.count(), world.warnings().await.len()), (0, 0));
    }

    #[tokio::test]
    async fn a_slide_of_pdf_is_kept_as_it_is() {
        let slide = || Ok(b"%PDF-1.7 and more".to_vec());
        let (world, painters) = (World::new().await, painters(vec![Painter::new("presenton", slide)], 1.0));
        let output = world.illustrate(&painters).await.expect("it is made");
        assert_eq!(world.image(&output).await, b"%PDF-1.7 and more");
    }

    /// The ticket of a picture that was begun, and by whom it is wanted.
    async fn begun(world: &World, version: u32, painters: &Painters<Painter, MemoryProviders>) -> ContentHash {
        let description = DESCRIPTION.to_owned();
        let request = ImageRequest { description, width: 1920, height: 1080, retake: 0 };
        let asked = made::address(vendor(painters), &request);
        let ticket = Ticket { provider: "replicate".to_owned(), version, id: "prediction-1".to_owned(), end: None };
        world.tickets.save(&world.input.job, &asked, &ticket).await.expect("memory does not fail");
        asked
    }

    #[tokio::test]
    async fn whoever_comes_after_one_that_was_killed_waits_for_the_same_work() {
        let (world, painters) = (World::new().await, painters(vec![Painter::new("replicate", photograph)], 1.0));
        let asked = begun(&world, 1, &painters).await;
        let output = world.illustrate(&painters).await.expect("it is made");
        assert_eq!((output.picture, vendor(&painters).calls.load(Ordering::SeqCst)), (Some(asked), 0));
        assert_eq!(world.tickets.open(&world.input.job).await.expect("memory does not fail"), []);
    }

    #[tokio::test]
    async fn a_cancelled_job_is_illustrated_no_further() {
        let (world, painters) = (World::new().await, painters(vec![Painter::new("replicate", photograph)], 1.0));
        world.jobs.change(&world.input.job, &Transition::Cancel, at(3)).await.expect("it is processing");
        let failure = world.illustrate(&painters).await.expect_err("nobody wants it");
        assert_eq!(failure.code, Code::CancelledByUser);
        assert_eq!(world.jobs.load(&world.input.job).await.expect("there").status, Status::Cancelled);
        assert_eq!(world.warnings().await, []);
    }

    #[test]
    fn the_sample_is_an_input() {
        let input: Input = serde_json::from_str(include_str!("../../../events/illustrate-scene/scene.json")).expect("parses");
        assert_eq!(input.scene, 2);
    }
}
