//! Draws every scene of a script to PNG files: `cargo run --release -p render --example draw -- script.json folder`.
//!
//! Further words: `--theme NAME`, `--brand FILE`, `--logo FILE`, `--heading-font FILE`, `--body-font FILE`,
//! `--size 480p|720p|1080p|2160p`, `--shape 16:9|9:16|1:1|4:3`, `--pdf FILE` and `--image FILE` for figures, `--fonts FOLDER` for
//! other scripts, `--step N` and `--marked N` for what is shown and spoken of, `--repeat N` to time each picture N times.

#![expect(clippy::print_stdout, reason = "this program reports to a person")]

use domain::{Brand, FigureSource, FrameSize, Script, Shape, Theme, Visual};
use render::{Footer, Kit, Picture, PictureSource};
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

/// What was asked for.
#[derive(Default)]
struct Wishes {
    paths: Vec<PathBuf>,
    theme: Theme,
    brand: Option<Brand>,
    logo: Option<Vec<u8>>,
    heading_font: Option<Vec<u8>>,
    body_font: Option<Vec<u8>>,
    step: Option<u32>,
    marked: Option<u32>,
    size: FrameSize,
    shape: Shape,
    pdf: Option<Vec<u8>>,
    image: Option<Vec<u8>>,
    repeat: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let wishes = wishes(std::env::args().skip(1))?;
    let [script, folder] = wishes.paths.as_slice() else {
        return Err("expected a script and a folder".into());
    };
    let script: Script = serde_json::from_slice(&std::fs::read(script)?)?;
    std::fs::create_dir_all(folder)?;

    let start = Instant::now();
    render::warm();
    println!("warm        {:7.1} ms", start.elapsed().as_secs_f64() * 1e3);

    let kit = Kit::read(wishes.logo.as_deref(), wishes.heading_font.clone(), wishes.body_font.clone())?;
    let scenes = script.scenes.len() as u32;
    for (index, scene) in script.scenes.iter().enumerate() {
        let footer = Footer {
            source: scene.sources.first().map(|span| format!("{}, p. {}", script.title, span.page)),
            position: Some((index as u32 + 1, scenes)),
        };
        let source = source(&scene.visual, &wishes);
        let picture = Picture {
            visual: &scene.visual,
            language: &script.language,
            theme: wishes.theme,
            brand: wishes.brand.as_ref(),
            size: wishes.size,
            shape: wishes.shape,
            footer,
            source,
            step: wishes.step,
            marked: wishes.marked,
            kit: Some(&kit),
            leaves_room_for_captions: false,
        };
        let start = Instant::now();
        let frame = render::draw(&picture)?;
        let first = start.elapsed().as_secs_f64() * 1e3;
        let start = Instant::now();
        for at in 0..wishes.repeat {
            // Another footer makes it another picture, as in a real video.
            let footer = Footer { source: Some(format!("{at}")), ..picture.footer.clone() };
            render::draw(&Picture { footer, ..picture.clone() })?;
        }
        let later = start.elapsed().as_secs_f64() * 1e3 / f64::from(wishes.repeat.max(1));
        let start = Instant::now();
        let png = frame.png()?;
        let encoded = start.elapsed().as_secs_f64() * 1e3;
        let name = format!("{:02}-{}-{}.png", index + 1, scene.visual.kind(), wishes.theme.name());
        println!("{name:36} first {first:6.1} ms  later {later:6.1} ms  png {encoded:5.1} ms {:5} kB", png.len() / 1024);
        std::fs::write(folder.join(name), png)?;
    }
    Ok(())
}

fn wishes(mut words: impl Iterator<Item = String>) -> Result<Wishes, Box<dyn Error>> {
    let mut wishes = Wishes::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--theme" => wishes.theme = value()?.parse()?,
            "--brand" => wishes.brand = Some(serde_json::from_slice(&std::fs::read(value()?)?)?),
            "--logo" => wishes.logo = Some(std::fs::read(value()?)?),
            "--heading-font" => wishes.heading_font = Some(std::fs::read(value()?)?),
            "--body-font" => wishes.body_font = Some(std::fs::read(value()?)?),
            "--step" => wishes.step = Some(value()?.parse()?),
            "--marked" => wishes.marked = Some(value()?.parse()?),
            "--size" => wishes.size = value()?.parse()?,
            "--shape" => wishes.shape = value()?.parse()?,
            "--pdf" => wishes.pdf = Some(std::fs::read(value()?)?),
            "--image" => wishes.image = Some(std::fs::read(value()?)?),
            "--fonts" => {
                render::find_fonts(Some(value()?.as_ref()));
            }
            "--repeat" => wishes.repeat = value()?.parse()?,
            _ => wishes.paths.push(word.into()),
        }
    }
    Ok(wishes)
}

fn source<'a>(visual: &Visual, wishes: &'a Wishes) -> PictureSource<'a> {
    let (Visual::Figure { figure, .. } | Visual::Image { figure, .. }) = visual else { return PictureSource::None };
    let (bytes, source): (_, fn(&'a [u8]) -> PictureSource<'a>) = match figure.source {
        FigureSource::Page { .. } => (&wishes.pdf, PictureSource::Pdf),
        FigureSource::Image { .. } => (&wishes.image, PictureSource::Image),
    };
    bytes.as_deref().map_or(PictureSource::None, source)
}
