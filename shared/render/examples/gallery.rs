//! Draws every sample in every theme and shape: `infra/lectern gallery`, or
//! `cargo run --release --workspace --example gallery -- FOLDER`.
//!
//! The folder gets `index.html`, which needs nothing from elsewhere, and the pictures beside it. Further words: `--theme` and
//! `--shape` for one of them only, `--fonts FOLDER` for samples in the scripts of the fonts layer too, `--sheet FILE` for one picture
//! of the most telling ones.

#![expect(clippy::print_stdout, reason = "this program reports to a person")]

#[path = "../tests/pictures/common.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod common;
#[path = "../tests/pictures/languages.rs"]
mod languages;
#[path = "gallery/page.rs"]
mod page;
#[path = "gallery/sheet.rs"]
mod sheet;

use domain::{Shape, Theme};
use render::Picture;
use std::error::Error;
use std::path::PathBuf;

/// One drawn sample.
struct Drawn {
    name: &'static str,
    theme: Theme,
    shape: Shape,
    frame: render::Frame,
}

impl Drawn {
    /// The file it is stored in.
    fn file(&self) -> String {
        format!("{}-{}-{}.png", self.name, self.theme.name(), self.shape.name().replace(':', "x"))
    }
}

/// What was asked for.
struct Wishes {
    folder: Option<PathBuf>,
    sheet: Option<PathBuf>,
    fonts: Option<PathBuf>,
    themes: Vec<Theme>,
    shapes: Vec<Shape>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let wishes = wishes(std::env::args().skip(1))?;
    let folder = wishes.folder.ok_or("expected a folder")?;
    std::fs::create_dir_all(&folder)?;
    let mut samples: Vec<_> = common::samples().into_iter().map(|(name, visual)| (name, "en", visual)).collect();
    if wishes.fonts.is_some_and(|folder| render::find_fonts(Some(&folder))) {
        samples.extend(languages::samples());
    }
    let mut drawn = Vec::new();
    for shape in &wishes.shapes {
        for theme in &wishes.themes {
            for &(name, language, ref visual) in &samples {
                let layout = render::lay_out(&Picture { language, ..common::picture(visual, *theme, *shape) })?;
                for violation in layout.violations() {
                    println!("{name} in {} at {}: {violation}", theme.name(), shape.name());
                }
                let frame = layout.draw()?;
                let picture = Drawn { name, theme: *theme, shape: *shape, frame };
                std::fs::write(folder.join(picture.file()), picture.frame.png()?)?;
                drawn.push(picture);
            }
        }
    }
    std::fs::write(folder.join("index.html"), page::write(&drawn))?;
    if let Some(file) = wishes.sheet {
        sheet::write(&drawn, &file)?;
    }
    println!("{} pictures, {}", drawn.len(), folder.join("index.html").display());
    Ok(())
}

fn wishes(mut words: impl Iterator<Item = String>) -> Result<Wishes, Box<dyn Error>> {
    let mut wishes = Wishes { folder: None, sheet: None, fonts: None, themes: Theme::ALL.to_vec(), shapes: Shape::ALL.to_vec() };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--theme" => wishes.themes = vec![value()?.parse()?],
            "--shape" => wishes.shapes = vec![value()?.parse()?],
            "--fonts" => wishes.fonts = Some(value()?.into()),
            "--sheet" => wishes.sheet = Some(value()?.into()),
            _ => wishes.folder = Some(word.into()),
        }
    }
    Ok(wishes)
}
