//! The files of a brand that come with a request: checked, stored under their content, and named by that from then on.

use crate::problem::{Answer, Problem};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::ports::AssetStore;
use domain::{AssetKey, BrandFile, Code, ContentHash, JobOptions, OwnerId};
use foreign::{ForeignError, Prepared};

/// The largest logo that is taken.
const MAX_LOGO_BYTES: usize = 512 * 1024;
/// The largest font that is taken; a Latin one with Greek and Cyrillic has some 300 kB.
const MAX_FONT_BYTES: usize = 1024 * 1024;
/// The most pixels of a logo that are ever seen, on the card of a video of 2160p.
const LARGEST_LOGO: (u32, u32) = (2400, 800);

/// The options with all files of the brand stored. Addresses must be those of files that are there.
pub(crate) async fn keep_files(assets: &impl AssetStore, owner: &OwnerId, mut options: JobOptions) -> Answer<JobOptions> {
    let Some(brand) = &mut options.brand else { return Ok(options) };
    for (name, file) in brand.files_mut() {
        match file {
            None => {}
            Some(BrandFile::Stored(address)) => {
                let is_there = assets.exists(&AssetKey::BrandFile(owner.clone(), address.clone())).await?;
                let gone = || Problem::invalid(format!("`brand.{name}` is not stored any more; send the file again"));
                is_there.then_some(()).ok_or_else(gone)?;
            }
            Some(BrandFile::Given { base64 }) => {
                let bytes = decoded(name, base64)?;
                let checked = tokio::task::spawn_blocking(move || check(name, bytes)).await;
                let bytes = checked
                    .map_err(|error| {
                        Problem::new(Code::Internal, format!("a file of the brand could not be looked at: {error}"))
                    })?
                    .map_err(|error| Problem::invalid(format!("`brand.{name}` cannot be used: {error}")))?;
                let address = ContentHash::of([&bytes]);
                assets.put(&AssetKey::BrandFile(owner.clone(), address.clone()), bytes).await?;
                *file = Some(BrandFile::Stored(address));
            }
        }
    }
    Ok(options)
}

fn decoded(name: &str, base64: &str) -> Answer<Vec<u8>> {
    let most = if name == "logo" { MAX_LOGO_BYTES } else { MAX_FONT_BYTES };
    let bytes = STANDARD.decode(base64).map_err(|_| Problem::invalid(format!("`brand.{name}` is not in standard base64")))?;
    if bytes.len() > most {
        let detail = format!("`brand.{name}` has {} bytes, at most {most} are taken", bytes.len());
        return Err(Problem::new(Code::TooLarge, detail));
    }
    Ok(bytes)
}

/// The file in the form in which it is kept.
fn check(name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, ForeignError> {
    if name != "logo" {
        return foreign::check_font(&bytes).map(|()| bytes);
    }
    Ok(match foreign::prepare_image(&bytes, LARGEST_LOGO)? {
        Prepared::AsItIs => bytes,
        Prepared::Png(png) => png,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Brand;
    use fakes::{MemoryAssets, owner_id};

    const FONT: &[u8] = include_bytes!("../../../shared/render/fonts/JetBrainsMono-Regular.ttf");
    /// A red dot, 1 x 1.
    const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

    fn options(brand: Brand) -> JobOptions {
        JobOptions { brand: Some(brand), ..JobOptions::default() }
    }

    fn given(base64: &str) -> Option<BrandFile> {
        Some(BrandFile::Given { base64: base64.to_owned() })
    }

    async fn refused(brand: Brand) -> String {
        let problem = keep_files(&MemoryAssets::default(), &owner_id(), options(brand)).await.expect_err("is refused");
        format!("{problem:?}")
    }

    #[tokio::test]
    async fn files_are_stored_under_their_content_and_named_by_it() {
        let assets = MemoryAssets::default();
        let brand = Brand { logo: given(PNG), body_font: given(&STANDARD.encode(FONT)), ..Brand::default() };
        let kept = keep_files(&assets, &owner_id(), options(brand)).await.expect("are files");
        let brand = kept.brand.clone().expect("is there");
        let address = brand.body_font.as_ref().and_then(BrandFile::address).expect("is stored").clone();
        assert_eq!(assets.get(&AssetKey::BrandFile(owner_id(), address)).await.expect("there"), FONT);
        let again = keep_files(&assets, &owner_id(), kept.clone()).await.expect("addresses are taken as well");
        assert_eq!(again, kept);
    }

    #[tokio::test]
    async fn what_cannot_be_shown_is_refused_by_name() {
        let svg = STANDARD.encode("<svg onload=alert(1)>");
        assert!(refused(Brand { logo: given(&svg), ..Brand::default() }).await.contains("brand.logo"));
        assert!(refused(Brand { heading_font: given(PNG), ..Brand::default() }).await.contains("brand.heading_font"));
        assert!(refused(Brand { logo: given("%%%"), ..Brand::default() }).await.contains("base64"));
        let large = STANDARD.encode(vec![0; MAX_LOGO_BYTES + 1]);
        assert!(refused(Brand { logo: given(&large), ..Brand::default() }).await.contains("at most"));
        let gone = Some(BrandFile::Stored(ContentHash::of(["gone"])));
        assert!(refused(Brand { logo: gone, ..Brand::default() }).await.contains("send the file again"));
    }
}
