//! Images that came with a document and are not what they seem: none is unpacked beyond the limits, read from elsewhere or shown.

use domain::ports::AssetStore;
use domain::{AssetKey, Code, ContentHash, Figure, FigureSource, Scene, Script, Visual};
use fakes::MemoryAssets;
use fakes::trials::tell;
use illustrate_scene::{Input, handle};
use image::{DynamicImage, ImageFormat};
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

/// Prepares an image as the picture of a scene.
async fn illustrate(image: Vec<u8>) -> (Result<(), Code>, Vec<u8>) {
    let hash = ContentHash::of([&image]);
    let source = FigureSource::Image { hash: hash.clone(), media_type: "image/png".to_owned() };
    let visual = Visual::Image { figure: Figure { caption: None, label: None, source }, title: String::new() };
    let script = Script { scenes: vec![Scene { visual, ..fakes::scene("One.") }], ..fakes::script(&[]) };
    let (jobs, id) = fakes::scripted_job(&script).await;
    let assets = MemoryAssets::default();
    let json = serde_json::to_vec(&script).expect("serializes");
    assets.put(&AssetKey::Script(fakes::owner_id(), id.clone(), 1), json).await.expect("memory does not fail");
    let key = AssetKey::Image(fakes::owner_id(), hash);
    assets.put(&key, image).await.expect("memory does not fail");
    let result = handle(&assets, &jobs, Input { job: id, scene: 0 }).await;
    (result.map(|_| ()).map_err(|failure| failure.code), assets.get(&key).await.expect("there"))
}

#[tokio::test]
async fn hostile_images_are_refused_before_they_cost_anything() {
    let canary = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    canary.set_nonblocking(true).expect("it can be asked");
    let corpus = corpus(&format!("http://{}", canary.local_addr().expect("it is bound")));
    let (count, mut slowest) = (corpus.len(), Duration::ZERO);
    for (name, image) in corpus {
        let begun = Instant::now();
        let (result, stored) = illustrate(image.clone()).await;
        slowest = slowest.max(begun.elapsed());
        assert_eq!(result, Err(Code::Internal), "{name}");
        assert_eq!(stored, image, "{name} was changed");
    }
    tell(&format!("{count} images refused, the slowest within {slowest:?}"));
    assert!(slowest < Duration::from_secs(5));
    assert!(canary.accept().is_err(), "a connection was made");
    let (result, _) = illustrate(encoded(ImageFormat::Png)).await;
    assert_eq!(result, Ok(()), "a good one is taken");
}
