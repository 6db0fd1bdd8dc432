//! What goes with a video: chapters and a transcript to read, pictures to find it by. The pictures were stored as the scenes were
//! drawn; nothing is decoded for them.

use crate::{Cut, Scene, shown};
use domain::outline::{self, Shown};
use domain::ports::{AssetStore, PortError};
use domain::{AssetKey, DocumentKind, Job, Script};
use render::{Sheet, Tile};

/// Stores all of it under the version of the job.
pub(crate) async fn store(assets: &impl AssetStore, job: &Job, script: &Script, cut: &Cut) -> Result<(), PortError> {
    let (owner, id, version) = (|| job.owner.clone(), || job.id.clone(), job.version);
    let programme = &cut.programme;
    let scenes = shown(&cut.scenes, script, &programme.scene_starts_ms);

    let chapters = outline::write_chapters(&programme.chapters);
    assets.put(&AssetKey::Chapters(owner(), id(), version), chapters.into_bytes()).await?;
    let has_pages = job.source.as_ref().is_some_and(|source| source.kind == DocumentKind::Pdf);
    let transcript = outline::transcript(&script.title, &scenes, has_pages);
    assets.put(&AssetKey::Transcript(owner(), id(), version), transcript.into_bytes()).await?;

    let mut thumbnails = Vec::with_capacity(cut.scenes.len());
    for scene in &cut.scenes {
        let thumbnail = found(assets, &AssetKey::Thumbnail(owner(), scene.address.clone())).await?;
        if let Some(jpeg) = &thumbnail {
            assets.put(&AssetKey::SceneThumbnail(owner(), id(), version, scene.index), jpeg.clone()).await?;
        }
        thumbnails.push(thumbnail);
    }
    if let Some(jpeg) = poster(assets, job, &cut.scenes, &thumbnails).await? {
        assets.put(&AssetKey::Poster(owner(), id(), version), jpeg).await?;
    }
    if let Some(jpeg) = contact_sheet(job, script, &scenes, &thumbnails, programme.duration.milliseconds()).await {
        assets.put(&AssetKey::ContactSheet(owner(), id(), version), jpeg).await?;
    }
    Ok(())
}

async fn found(assets: &impl AssetStore, key: &AssetKey) -> Result<Option<Vec<u8>>, PortError> {
    match assets.get(key).await {
        Ok(body) => Ok(Some(body)),
        Err(PortError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The first scene, whole: it says what the video is about, and the video begins with it. In its full size where it was drawn as the
/// first, else the first small picture there is.
async fn poster(
    assets: &impl AssetStore,
    job: &Job,
    scenes: &[Scene],
    thumbnails: &[Option<Vec<u8>>],
) -> Result<Option<Vec<u8>>, PortError> {
    let still = match scenes.first() {
        Some(first) => found(assets, &AssetKey::Still(job.owner.clone(), first.address.clone())).await?,
        None => None,
    };
    Ok(still.or_else(|| thumbnails.iter().flatten().next().cloned()))
}

/// The sheet of all scenes. A video is none the worse without it, so that it cannot be drawn is only noted.
async fn contact_sheet(
    job: &Job,
    script: &Script,
    scenes: &[Shown<'_>],
    thumbnails: &[Option<Vec<u8>>],
    duration_ms: u64,
) -> Option<Vec<u8>> {
    let tile =
        |(shown, thumbnail): (&Shown<'_>, &Option<Vec<u8>>)| (outline::heading(shown.scene), shown.begin_ms, thumbnail.clone());
    let tiles: Vec<(String, u64, Option<Vec<u8>>)> = scenes.iter().zip(thumbnails).map(tile).collect();
    let (title, options) = (script.title.clone(), job.options.clone());
    let drawn = tokio::task::spawn_blocking(move || {
        let tiles = tiles.iter().map(|(heading, begin_ms, picture)| Tile {
            heading: heading.clone(),
            begin_ms: *begin_ms,
            picture: picture.as_deref(),
        });
        let sheet = Sheet {
            title: &title,
            duration_ms,
            theme: options.theme,
            brand: options.brand.as_ref(),
            shape: options.shape,
            tiles: tiles.collect(),
        };
        render::draw_sheet(&sheet)?.jpeg()
    });
    match drawn.await {
        Ok(Ok(jpeg)) => Some(jpeg),
        Ok(Err(error)) => {
            tracing::error!(job = job.id.as_str(), error = &error as &dyn std::error::Error, "no contact sheet");
            None
        }
        Err(error) => {
            tracing::error!(job = job.id.as_str(), %error, "no contact sheet");
            None
        }
    }
}
