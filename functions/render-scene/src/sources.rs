//! Gets the bytes behind a figure.

use crate::read_json;
use domain::ports::{AssetStore, PortError, UploadStore};
use domain::{AssetKey, BrandFile, Code, ContentHash, Credit, Failure, Figure, FigureSource, Job, Rect, Visual};
use render::{Kit, PictureSource};

/// The bytes behind a figure.
pub(crate) enum SourceBytes {
    None,
    Pdf(Vec<u8>),
    Image(Vec<u8>),
}

impl SourceBytes {
    /// Part of the address of the picture.
    pub(crate) fn address(&self) -> Option<ContentHash> {
        match self {
            Self::None => None,
            Self::Pdf(bytes) | Self::Image(bytes) => Some(ContentHash::of([bytes])),
        }
    }

    pub(crate) fn as_picture_source(&self) -> PictureSource<'_> {
        match self {
            Self::None => PictureSource::None,
            Self::Pdf(bytes) => PictureSource::Pdf(bytes),
            Self::Image(bytes) => PictureSource::Image(bytes),
        }
    }
}

/// What is shown, and who made it where that is to be told.
pub(crate) struct Shown {
    pub(crate) visual: Visual,
    pub(crate) source: SourceBytes,
    pub(crate) credit: Option<Credit>,
}

impl Shown {
    pub(crate) fn without_credit(visual: Visual, source: SourceBytes) -> Self {
        Self { visual, source, credit: None }
    }
}

/// Reads a picture that was made for a scene: an image, or a page of PDF, which is drawn as one.
pub(crate) async fn read_made(assets: &impl AssetStore, job: &Job, title: &str, picture: &ContentHash) -> Result<Shown, Failure> {
    let credit: Credit = read_json(assets, &AssetKey::Credit(job.owner.clone(), picture.clone())).await?;
    let bytes = assets.get(&AssetKey::Image(job.owner.clone(), picture.clone())).await?;
    let (source, bytes) = if bytes.starts_with(b"%PDF") {
        let whole = Rect { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        (FigureSource::Page { page: 1, page_width: 1.0, page_height: 1.0, rect: whole }, SourceBytes::Pdf(bytes))
    } else {
        let media_type = "image/png".to_owned();
        (FigureSource::Image { hash: picture.clone(), media_type }, SourceBytes::Image(bytes))
    };
    let figure = Figure { caption: None, label: None, source };
    Ok(Shown { visual: Visual::Image { title: title.to_owned(), figure }, source: bytes, credit: Some(credit) })
}

/// Reads what the visual shows a part of.
pub(crate) async fn read(
    uploads: &impl UploadStore,
    assets: &impl AssetStore,
    job: &Job,
    visual: &Visual,
) -> Result<SourceBytes, Failure> {
    let (Visual::Figure { figure, .. } | Visual::Image { figure, .. }) = visual else { return Ok(SourceBytes::None) };
    match &figure.source {
        FigureSource::Page { .. } => {
            let source = job.source.as_ref().ok_or_else(|| Failure::new(Code::Internal, "the job has no upload"))?;
            Ok(SourceBytes::Pdf(uploads.read(source).await?))
        }
        FigureSource::Image { hash, .. } => {
            let key = AssetKey::Image(job.owner.clone(), hash.clone());
            Ok(SourceBytes::Image(assets.get(&key).await?))
        }
    }
}

/// Reads the logo and the fonts of the job's brand, if it has any; and whether one of them is no longer there. All of them are left out
/// then, so that the pictures of a video go together.
pub(crate) async fn read_kit(assets: &impl AssetStore, job: &Job) -> Result<(Option<Kit>, bool), Failure> {
    let Some(brand) = &job.options.brand else { return Ok((None, false)) };
    let mut files = [None, None, None];
    for (file, (_, named)) in files.iter_mut().zip(brand.files()) {
        let Some(address) = named.and_then(BrandFile::address) else { continue };
        match assets.get(&AssetKey::BrandFile(job.owner.clone(), address.clone())).await {
            Err(PortError::NotFound { .. }) => return Ok((None, true)),
            found => *file = Some(found?),
        }
    }
    if files.iter().all(Option::is_none) {
        return Ok((None, false));
    }
    let [logo, heading, body] = files;
    let kit = Kit::read(logo.as_deref(), heading, body).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    Ok((Some(kit), false))
}
