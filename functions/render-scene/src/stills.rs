//! What is kept of a scene beside its frames: its whole picture small, and as large as the video for the scene with which it begins.
//!
//! Both are made from the picture that was drawn for the video, stored under its address, and found again under the address of every
//! segment that is made from it.

use domain::ports::{AssetStore, PortError};
use domain::{AssetKey, Code, ContentHash, Failure, OwnerId};
use render::Frame;

/// Both as JPEG.
pub(crate) struct Stills {
    small: Vec<u8>,
    large: Option<Vec<u8>>,
}

impl Stills {
    /// The stills of a whole picture. Computes, so it belongs on a thread of its own.
    pub(crate) fn of(frame: &Frame, is_first: bool) -> Result<Self, Failure> {
        let failed = |error: render::RenderError| Failure::new(Code::Internal, error.to_string());
        let large = if is_first { Some(frame.jpeg().map_err(failed)?) } else { None };
        Ok(Self { small: frame.thumbnail().map_err(failed)?, large })
    }

    /// Stores them under the address of their picture.
    pub(crate) async fn store(self, assets: &impl AssetStore, owner: &OwnerId, picture: &ContentHash) -> Result<(), PortError> {
        assets.put(&AssetKey::Thumbnail(owner.clone(), picture.clone()), self.small).await?;
        if let Some(large) = self.large {
            assets.put(&AssetKey::Still(owner.clone(), picture.clone()), large).await?;
        }
        Ok(())
    }
}

/// Stores the stills of a picture for a segment that is made from it.
pub(crate) async fn hand_on(
    assets: &impl AssetStore,
    owner: &OwnerId,
    picture: &ContentHash,
    segment: &ContentHash,
    is_first: bool,
) -> Result<(), PortError> {
    let small: fn(OwnerId, ContentHash) -> AssetKey = AssetKey::Thumbnail;
    let kinds = if is_first { [Some(small), Some(AssetKey::Still)] } else { [Some(small), None] };
    for key in kinds.into_iter().flatten() {
        match assets.get(&key(owner.clone(), picture.clone())).await {
            Ok(jpeg) => assets.put(&key(owner.clone(), segment.clone()), jpeg).await?,
            // The picture was drawn for another place, or before stills were kept. The video is none the worse for it.
            Err(PortError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
