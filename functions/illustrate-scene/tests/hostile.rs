//! Images that came with a document or from a vendor and are not what they seem: none is unpacked beyond the limits, read from
//! elsewhere or shown.

use domain::ports::{AssetStore, Errand, Illustration, Illustrator, ImageRequest, JobStore, PortError, Ticket};
use domain::{
    AssetKey, Budget, Capability, Code, ContentHash, Figure, FigureSource, Job, Meter, Money, Scene, SceneOutcome, Script, Visual,
};
use fakes::trials::tell;
use fakes::{MemoryAssets, MemoryProviders, MemoryTickets};
use illustrate_scene::{Input, handle};
use image::{DynamicImage, ImageFormat};
use providers::chain::{Chain, Choice, Link};
use providers::settings::ProviderSettings;
use std::io::Cursor;
use std::net::TcpListener;
use std::time::{Duration, Instant};

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(64, 36).write_to(&mut bytes, format).expect("encodes");
    bytes.into_inner()
}

/// The same image with other bytes somewhere.
fn with(format: ImageFormat, at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut image = encoded(format);
    image[at..at + bytes.len()].copy_from_slice(bytes);
    image
}

/// Where the size stands in a JPEG: behind the marker of its frame (ITU-T T.81, B.2.2).
fn jpeg_size_at(image: &[u8]) -> usize {
    image.windows(2).position(|marker| marker == b"\xff\xc0").expect("it is a baseline JPEG") + 5
}

fn corpus(canary: &str) -> Vec<(&'static str, Vec<u8>)> {
    let huge = 60_000_u32.to_be_bytes();
    let jpeg = encoded(ImageFormat::Jpeg);
    let text = |text: String| text.into_bytes();
    vec![
        ("a PNG 60,000 pixels wide", with(ImageFormat::Png, 16, &huge)),
        ("a PNG 60,000 pixels wide and high", with(ImageFormat::Png, 16, &[huge, huge].concat())),
        ("a PNG of no size", with(ImageFormat::Png, 16, &[0; 8])),
        ("a PNG cut in half", encoded(ImageFormat::Png)[..40].to_vec()),
        ("a PNG of noise", [b"\x89PNG\r\n\x1a\n".as_slice(), &[0x5a; 10_000]].concat()),
        ("a JPEG of 65,500 by 65,500 pixels", with(ImageFormat::Jpeg, jpeg_size_at(&jpeg), b"\xff\xdc\xff\xdc")),
        ("a JPEG of no size", with(ImageFormat::Jpeg, jpeg_size_at(&jpeg), b"\0\0\0\0")),
        ("a JPEG cut short", jpeg[..30].to_vec()),
        ("a GIF of 65,535 by 65,535 pixels", with(ImageFormat::Gif, 6, b"\xff\xff\xff\xff")),
        ("a WebP of 16,384 by 16,384 pixels", b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0\0\0\0".to_vec()),
        ("a WebP of nothing", b"RIFF\0\0\0\0WEBP".to_vec()),
        ("an SVG", text(format!("<svg xmlns='http://www.w3.org/2000/svg'><image href='{canary}/a.png'/></svg>"))),
        ("an SVG with entities", text("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><svg>&e;</svg>".to_owned())),
        ("a playlist", text(format!("#EXTM3U\n#EXTINF:1,\n{canary}/a.ts\n"))),
        ("a list of files", text("ffconcat version 1.0\nfile /etc/passwd\n".to_owned())),
        ("drawing commands", text(format!("push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 '{canary}/a.png'\n"))),
        ("a page of PostScript", text("%!PS\n(/etc/passwd) (r) file\n".to_owned())),
        ("a PDF", text("%PDF-1.7\n".to_owned())),
        ("an archive", text("PK\x03\x04 and more".to_owned())),
        ("a TIFF", b"II*\0\x08\0\0\0\xff\xff".to_vec()),
        ("a BMP of 2^31 pixels", b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\xff\xff\xff\x7f\xff\xff\xff\x7f\x01\0\x18\0".to_vec()),
        ("an icon", b"\0\0\x01\0\x01\0\0\0\0\0\x01\0\x20\0".to_vec()),
        ("a video", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec()),
        ("one byte", vec![0]),
        ("nothing", Vec::new()),
    ]
}

/// A vendor who delivers whatever it likes.
struct Painter(Vec<u8>);

impl Illustrator for Painter {
    fn identity(&self) -> String {
        "painter".to_owned()
    }

    fn model(&self) -> Option<&str> {
        None
    }

    async fn illustrate(&self, _: &ImageRequest, _: &impl Errand, _: &Meter) -> Result<Illustration, PortError> {
        Ok(Illustration { bytes: self.0.clone(), media_type: "image/png" })
    }

    async fn give_up(&self, _: &Ticket) -> Result<(), PortError> {
        Ok(())
    }
}

/// Has the picture of the only scene brought into its form; gives what came of it, and the job.
async fn illustrate(visual: Visual, image: &[u8], assets: &MemoryAssets) -> (Result<Option<ContentHash>, Code>, Job) {
    let script = Script { scenes: vec![Scene { visual, ..fakes::scene("One.") }], ..fakes::script(&[]) };
    let (jobs, id) = fakes::scripted_job(&script).await;
    let json = serde_json::to_vec(&script).expect("serializes");
    assets.put(&AssetKey::Script(fakes::owner_id(), id.clone(), 1), json).await.expect("memory does not fail");
    let link = |name: &str, provider| Link::new(Capability::Image, ProviderSettings::new(name), provider);
    let links = vec![link("painter", Choice::Vendor(Painter(image.to_vec()))), link("embedded", Choice::Embedded(()))];
    let budget = Budget { job: Money::usd(1.0), day: Money::usd(1.0) };
    let painters = Chain::new(links, MemoryProviders::default(), budget, Duration::from_secs(60), || fakes::at(0));
    let input = Input { job: id.clone(), scene: 0, attempt: 0 };
    let (tickets, meter) = (MemoryTickets::default(), Meter::default());
    let result = handle(assets, &jobs, &tickets, &painters, &meter, fakes::at(7), input).await;
    (result.map(|output| output.picture).map_err(|failure| failure.code), jobs.load(&id).await.expect("there"))
}

/// Prepares an image of the document as the picture of a scene.
async fn prepare(image: Vec<u8>) -> (Result<(), Code>, Vec<u8>) {
    let hash = ContentHash::of([&image]);
    let source = FigureSource::Image { hash: hash.clone(), media_type: "image/png".to_owned() };
    let visual = Visual::Image { figure: Figure { caption: None, label: None, source }, title: String::new() };
    let assets = MemoryAssets::default();
    let key = AssetKey::Image(fakes::owner_id(), hash);
    assets.put(&key, image.clone()).await.expect("memory does not fail");
    let (result, _) = illustrate(visual, &image, &assets).await;
    (result.map(|_| ()), assets.get(&key).await.expect("there"))
}

#[tokio::test]
async fn hostile_images_are_refused_before_they_cost_anything() {
    let canary = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    canary.set_nonblocking(true).expect("it can be asked");
    let corpus = corpus(&format!("http://{}", canary.local_addr().expect("it is bound")));
    let (count, mut slowest) = (corpus.len(), Duration::ZERO);
    for (name, image) in corpus {
        let begun = Instant::now();
        let (result, stored) = prepare(image.clone()).await;
        slowest = slowest.max(begun.elapsed());
        assert_eq!(result, Err(Code::Internal), "{name}");
        assert_eq!(stored, image, "{name} was changed");
    }
    tell(&format!("{count} images refused, the slowest within {slowest:?}"));
    assert!(slowest < Duration::from_secs(5));
    assert!(canary.accept().is_err(), "a connection was made");
    let (result, _) = prepare(encoded(ImageFormat::Png)).await;
    assert_eq!(result, Ok(()), "a good one is taken");
}

#[tokio::test]
async fn hostile_pictures_of_vendors_are_not_shown_and_ours_stands_in() {
    let visual = || Visual::Illustration { title: "Tides".to_owned(), description: "A harbour at low tide".to_owned() };
    let mut slowest = Duration::ZERO;
    for (name, image) in corpus("http://127.0.0.1:9") {
        let (begun, assets) = (Instant::now(), MemoryAssets::default());
        let (result, job) = illustrate(visual(), &image, &assets).await;
        slowest = slowest.max(begun.elapsed());
        assert_eq!((result, assets.writes()), (Ok(None), 1), "{name}: the script alone is stored");
        let [warning] = job.warnings.as_slice() else { panic!("{name}: {:?}", job.warnings) };
        assert_eq!(warning.outcome, SceneOutcome::Fallback, "{name}");
    }
    assert!(slowest < Duration::from_secs(5));
    let mut good = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(640, 360).write_to(&mut good, ImageFormat::Png).expect("encodes");
    let (result, job) = illustrate(visual(), good.get_ref(), &MemoryAssets::default()).await;
    assert!(result.is_ok_and(|picture| picture.is_some()) && job.warnings.is_empty(), "a good one is taken");
}
