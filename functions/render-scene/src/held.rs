//! Scenes that stand still: one encoded frame, held for as long as the take.

use crate::stills::{self, Stills};
use crate::{Drawing, computed, find_or_store};
use domain::ports::AssetStore;
use domain::{AssetKey, Cells, ContentHash, Failure};
use media::{Ffmpeg, MediaError, h264, picture};

/// The address of the segment, which is made unless it is there.
pub(crate) async fn find_or_make(
    assets: &impl AssetStore,
    ffmpeg: &Ffmpeg,
    drawing: Drawing,
    duration: Cells,
) -> Result<ContentHash, Failure> {
    let picture = drawing.address(&picture::identity(ffmpeg).await?, &());
    let address = ContentHash::of_json("held", &(&picture, duration));
    let key = AssetKey::Segment(drawing.owner.clone(), address.clone());
    if assets.exists(&key).await? {
        return Ok(address);
    }
    let (owner, is_first) = (drawing.owner.clone(), drawing.is_first);
    let group_key = AssetKey::Picture(owner.clone(), picture.clone());
    let group = find_or_store(assets, &group_key, async {
        let (frame, stills) = computed(move || {
            let frame = drawing.fitted()?.draw(None)?;
            let stills = Stills::of(&frame, is_first)?;
            Ok((frame, stills))
        })
        .await?;
        stills.store(assets, &owner, &picture).await?;
        Ok(picture::encode_held(ffmpeg, &frame.rgba, frame.width, frame.height).await?)
    });
    let segment = h264::hold(&group.await?, duration).map_err(MediaError::from)?;
    stills::hand_on(assets, &owner, &picture, &address, is_first).await?;
    assets.put(&key, segment).await?;
    Ok(address)
}
