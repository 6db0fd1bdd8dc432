//! The two steps in which a segment is made, each found if it was made before: frames are encoded once, and placed in time as often
//! as the words of the scene move.

use crate::stills::{self, Stills};
use crate::{Drawing, find_or_store};
use domain::ports::AssetStore;
use domain::{AssetKey, ContentHash, Failure, OwnerId};
use serde::Serialize;
use std::future::Future;

/// The addresses of a segment and of the encoded frames in it.
pub(crate) struct Segment {
    owner: OwnerId,
    is_first: bool,
    picture: ContentHash,
    address: ContentHash,
}

impl Segment {
    /// The segment that places frames with the address `picture` at some `times`; `kind` is the way in which it does.
    pub(crate) fn new(kind: &str, drawing: &Drawing, picture: ContentHash, times: &impl Serialize) -> Self {
        let address = ContentHash::of_json(kind, &(&picture, times));
        Self { owner: drawing.owner.clone(), is_first: drawing.is_first, picture, address }
    }

    /// The address of the segment, which is placed unless it is there, with frames that are encoded unless they are there.
    pub(crate) async fn find_or_make(
        self,
        assets: &impl AssetStore,
        encode: impl Future<Output = Result<(Vec<u8>, Stills), Failure>>,
        place: impl FnOnce(&[u8]) -> Result<Vec<u8>, Failure>,
    ) -> Result<ContentHash, Failure> {
        let Self { owner, is_first, picture, address } = self;
        let key = AssetKey::Segment(owner.clone(), address.clone());
        if assets.exists(&key).await? {
            return Ok(address);
        }
        let frames = AssetKey::Picture(owner.clone(), picture.clone());
        let encoded = find_or_store(assets, &frames, async {
            let (encoded, stills) = encode.await?;
            stills.store(assets, &owner, &picture).await?;
            Ok(encoded)
        });
        let encoded = encoded.await?;
        stills::hand_on(assets, &owner, &picture, &address, is_first).await?;
        assets.put(&key, place(&encoded)?).await?;
        Ok(address)
    }
}
