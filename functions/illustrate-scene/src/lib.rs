//! Brings the picture of a scene that somebody else made into the form in which we show it.
//!
//! In: the job and the scene from 0. Asked only for scenes whose visual shows an image that came with the document; what we draw
//! ourselves is drawn by `render-scene`.
//! Out: the scene, and the address of the picture if it has one.
//!
//! Images of documents are hostile until decoded: their type is told by their first bytes, their size is bounded before anything
//! is unpacked. The prepared picture takes the place of the original under the same address, so doing it twice changes nothing.
//! Fails with `INTERNAL` if the image cannot be used; `render-scene` then shows a placeholder.

use domain::ports::{AssetStore, JobStore};
use domain::{AssetKey, Code, ContentHash, Failure, FigureSource, JobId, Script, Visual};
use foreign::Prepared;
use serde::{Deserialize, Serialize};

/// The largest frame, width and height; more pixels than that are never seen.
const LARGEST_FRAME: (u32, u32) = (3840, 2160);

/// Which scene.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Input {
    /// The job.
    pub job: JobId,
    /// The scene from 0.
    pub scene: u32,
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

/// Prepares the image of a scene.
pub async fn handle(assets: &impl AssetStore, jobs: &impl JobStore, input: Input) -> Result<Output, Failure> {
    let job = jobs.load(&input.job).await?;
    let script = assets.get(&AssetKey::Script(job.owner.clone(), job.id.clone(), job.version)).await?;
    let Some(hash) = image_of(&script, input.scene)? else { return Ok(Output { scene: input.scene, picture: None }) };
    let key = AssetKey::Image(job.owner, hash.clone());
    let original = assets.get(&key).await?;
    // Decoding may take a second; the job's log is kept alive meanwhile.
    let prepared = tokio::task::spawn_blocking(move || foreign::prepare_image(&original, LARGEST_FRAME)).await;
    let prepared = prepared.map_err(|error| Failure::new(Code::Internal, format!("preparing an image broke off: {error}")))?;
    match prepared.map_err(|error| Failure::new(Code::Internal, format!("an image of the document cannot be used: {error}")))? {
        Prepared::AsItIs => {}
        Prepared::Png(png) => assets.put(&key, png).await?,
    }
    Ok(Output { scene: input.scene, picture: Some(hash) })
}

fn image_of(script: &[u8], scene: u32) -> Result<Option<ContentHash>, Failure> {
    let script: Script = serde_json::from_slice(script)
        .map_err(|error| Failure::new(Code::Internal, format!("the script has another form: {error}")))?;
    Ok(match script.scenes.into_iter().nth(scene as usize).map(|scene| scene.visual) {
        Some(Visual::Figure { figure, .. } | Visual::Image { figure, .. }) => match figure.source {
            FigureSource::Image { hash, .. } => Some(hash),
            FigureSource::Page { .. } => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Figure, Scene};
    use fakes::MemoryAssets;
    use image::{ImageFormat, Rgb, RgbImage};
    use std::io::Cursor;

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
        let input = Input { job: id, scene: 0 };
        let first = handle(&assets, &jobs, input.clone()).await;
        let second = handle(&assets, &jobs, input).await;
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

    #[test]
    fn the_sample_is_an_input() {
        let input: Input = serde_json::from_str(include_str!("../../../events/illustrate-scene/scene.json")).expect("parses");
        assert_eq!(input.scene, 2);
    }
}
