//! Gets the bytes behind a figure.

use domain::ports::{AssetStore, UploadStore};
use domain::{AssetKey, Code, ContentHash, Failure, FigureSource, Job, Visual};
use render::PictureSource;

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
