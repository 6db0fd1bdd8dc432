//! Draws every sample in every theme and shape: `infra/lectern gallery`, or
//! `cargo run --release --workspace --example gallery -- FOLDER`.
//!
//! The folder gets `index.html`, which needs nothing from elsewhere, and the pictures beside it. Further words: `--theme` and
//! `--shape` for one of them only, `--sheet FILE` for one picture of the most telling ones.

#![expect(clippy::print_stdout, reason = "this program reports to a person")]

#[path = "../tests/pictures/common.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod common;
#[path = "gallery/page.rs"]
mod page;
#[path = "gallery/sheet.rs"]
mod sheet;

use domain::{Shape, Theme};
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
    themes: Vec<Theme>,
    shapes: Vec<Shape>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let wishes = wishes(std::env::args().skip(1))?;
    let folder = wishes.folder.ok_or("expected a folder")?;
    std::fs::create_dir_all(&folder)?;
    let mut drawn = Vec::new();
    for shape in &wishes.shapes {
        for theme in &wishes.themes {
            for (name, visual) in common::samples() {
                let layout = render::lay_out(&common::picture(&visual, *theme, *shape))?;
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
    let mut wishes = Wishes { folder: None, sheet: None, themes: Theme::ALL.to_vec(), shapes: Shape::ALL.to_vec() };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--theme" => wishes.themes = vec![value()?.parse()?],
            "--shape" => wishes.shapes = vec![value()?.parse()?],
            "--sheet" => wishes.sheet = Some(value()?.into()),
            _ => wishes.folder = Some(word.into()),
        }
    }
    Ok(wishes)
}
