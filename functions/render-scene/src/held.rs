//! Scenes that stand still: one encoded frame, held for as long as the take.

use crate::segment::Segment;
use crate::stills::Stills;
use crate::{Drawing, View, computed};
use domain::ports::AssetStore;
use domain::{Cells, ContentHash, Failure};
use media::{Ffmpeg, MediaError, h264, picture};

/// The address of the segment, which is made unless it is there.
pub(crate) async fn find_or_make(
    assets: &impl AssetStore,
    ffmpeg: &Ffmpeg,
    drawing: Drawing,
    duration: Cells,
) -> Result<ContentHash, Failure> {
    let picture = drawing.address(&picture::identity(ffmpeg).await?, &());
    let segment = Segment::new("held", &drawing, picture, &duration);
    let place = |frame: &[u8]| Ok(h264::hold(frame, duration).map_err(MediaError::from)?);
    segment.find_or_make(assets, encode(ffmpeg, drawing), place).await
}

async fn encode(ffmpeg: &Ffmpeg, drawing: Drawing) -> Result<(Vec<u8>, Stills), Failure> {
    let (frame, stills) = computed(move || {
        let frame = drawing.draw(View::WHOLE)?;
        let stills = Stills::of(&frame, drawing.is_first)?;
        Ok((frame, stills))
    })
    .await?;
    Ok((picture::encode_held(ffmpeg, &frame.rgba, frame.width, frame.height).await?, stills))
}
