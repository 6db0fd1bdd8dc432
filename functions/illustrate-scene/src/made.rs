//! Pictures that are made for a scene.

use crate::errand::SceneErrand;
use crate::{Painters, STAGE, computed};
use domain::ports::{
    AssetStore, Breakers, Budgets, Errand, Illustration, Illustrator, ImageRequest, JobStore, PortError, Tickets,
};
use domain::{
    Account, AssetKey, ContentHash, Credit, Failure, FrameSize, Job, JobWarning, Meter, SceneOutcome, Transition, Usage,
};
use jiff::Timestamp;
use providers::chain::{Choice, Link, Payer, absent};
use std::sync::atomic::AtomicBool;

/// Changes whenever the form of a made picture changes.
const FORM: &str = "made-picture-1";

/// Pictures are made for frames of one size, so that a video in another size shows the same and nobody pays again.
const SIZE: FrameSize = FrameSize::P1080;

/// A page of PDF, which is drawn like a figure of a document, has no pixels yet.
const PDF: &str = "application/pdf";

/// What a scene wants.
pub(crate) struct Wish<'a> {
    pub(crate) job: &'a Job,
    /// From 0.
    pub(crate) scene: u32,
    /// What is to be seen.
    pub(crate) description: String,
    /// How often it was asked for anew.
    pub(crate) retake: u32,
}

/// A picture that was made before, now, or is left to us.
enum Picture {
    Found(ContentHash),
    Fresh(Fresh),
    Ours,
}

/// A picture that is not stored yet.
struct Fresh {
    address: ContentHash,
    file: Vec<u8>,
    credit: Credit,
    /// Whether it was work with a ticket.
    has_ticket: bool,
}

/// The address of the picture that a vendor made, now or before; none if we draw it ourselves.
pub(crate) async fn find_or_make<V: Illustrator>(
    assets: &impl AssetStore,
    jobs: &impl JobStore,
    tickets: &impl Tickets,
    painters: &Painters<V, impl Breakers + Budgets>,
    meter: &Meter,
    now: Timestamp,
    wish: Wish<'_>,
) -> Result<Option<ContentHash>, Failure> {
    let Wish { job, scene, description, retake } = wish;
    let (width, height) = (SIZE.width(job.options.shape), SIZE.height(job.options.shape));
    let request = ImageRequest { description, width, height, retake };
    let find = async |painter: &Link<Choice<(), V>>| match &painter.provider {
        Choice::Vendor(vendor) => {
            let address = address(vendor, &request);
            Ok(is_stored(assets, job, &address).await?.then_some(Picture::Found(address)))
        }
        Choice::Embedded(()) | Choice::Absent(_) => Ok(None),
    };
    let ask = async |painter: &Link<Choice<(), V>>| match &painter.provider {
        Choice::Vendor(vendor) => {
            let asked = address(vendor, &request);
            let is_open = AtomicBool::new(false);
            let errand = SceneErrand { jobs, tickets, job, provider: painter.name(), asked: &asked, is_open };
            let illustration = vendor.illustrate(&request, &errand, meter).await?;
            let credit = Credit { provider: painter.settings.provider.clone(), model: vendor.model().map(str::to_owned) };
            let file = match shown(illustration, (width, height)).await {
                Ok(file) => file,
                Err(error) => {
                    // It is paid all the same, and would be no better the second time.
                    errand.close().await?;
                    return Err(error);
                }
            };
            let has_ticket = errand.is_open.into_inner();
            Ok(Picture::Fresh(Fresh { address: asked, file, credit, has_ticket }))
        }
        Choice::Embedded(()) => Ok(Picture::Ours),
        Choice::Absent(reason) => Err(absent(reason)),
    };
    let payer = Payer { account: Account::new(job.owner.clone(), job.id.clone(), now), meter };
    let served = painters.first(&payer, &[Usage::of_pictures(1)], find, ask).await?;
    if let Some(failure) = served.fallback() {
        let warning = JobWarning { stage: STAGE.to_owned(), scene: Some(scene), outcome: SceneOutcome::Fallback, failure };
        jobs.change(&job.id, &Transition::Warn(warning), now).await?;
    }
    Ok(match served.value {
        Picture::Found(address) => Some(address),
        Picture::Fresh(Fresh { address, file, credit, has_ticket }) => {
            store(assets, job, &address, file, &credit).await?;
            if has_ticket {
                tickets.forget(&job.id, &address).await?;
            }
            Some(address)
        }
        Picture::Ours => None,
    })
}

/// The address of a picture: all that it is made from.
pub(crate) fn address(vendor: &impl Illustrator, request: &ImageRequest) -> ContentHash {
    ContentHash::of_json(FORM, &(vendor.identity(), request))
}

async fn is_stored(assets: &impl AssetStore, job: &Job, address: &ContentHash) -> Result<bool, PortError> {
    // The credit is written last, so where it lies the image was written too; retention may have taken either since.
    Ok(assets.exists(&AssetKey::Credit(job.owner.clone(), address.clone())).await?
        && assets.exists(&AssetKey::Image(job.owner.clone(), address.clone())).await?)
}

/// The picture as it is shown, if it can be.
async fn shown(Illustration { bytes, media_type }: Illustration, frame: (u32, u32)) -> Result<Vec<u8>, PortError> {
    let refused = |reason: &str| PortError::unusable("the painter", reason);
    if media_type == PDF {
        return Ok(bytes);
    }
    let filled = computed(move || foreign::fill_frame(&bytes, frame)).await.map_err(|broken| refused(&broken.message))?;
    filled.map_err(|error| {
        tracing::info!(stage = STAGE, %error, "a picture was refused");
        refused("what it drew cannot be shown")
    })
}

async fn store(
    assets: &impl AssetStore,
    job: &Job,
    address: &ContentHash,
    file: Vec<u8>,
    credit: &Credit,
) -> Result<(), PortError> {
    let json = serde_json::to_vec(credit).expect("our own data types always have a JSON form");
    assets.put(&AssetKey::Image(job.owner.clone(), address.clone()), file).await?;
    assets.put(&AssetKey::Credit(job.owner.clone(), address.clone()), json).await
}
