//! The page that shows the pictures: one section for every sample, one row for every shape.

use super::Drawn;
use domain::Shape;
use std::fmt::Write;

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Lectern: gallery</title>
<style>
  body { margin: 2rem auto; max-width: 100rem; padding: 0 1.5rem; font: 16px/1.5 system-ui, sans-serif; background: #f4f4f2; color: #222 }
  nav a { margin-right: .8em }
  h2 { margin: 2.5rem 0 .5rem }
  div { display: flex; flex-wrap: wrap; gap: .8rem; margin: .8rem 0 }
  figure { margin: 0 }
  img { display: block; height: 13.5rem; border-radius: 4px; box-shadow: 0 1px 4px #0004 }
  .tall img { height: 24rem }
  figcaption { font-size: .8rem; color: #666 }
</style>
<h1>Lectern: gallery</h1>
<p>Every kind of visual in every theme and shape, drawn by the renderer from one sample each. The names link to the sections.</p>
";

/// The page as HTML. Pictures are named relative to it.
pub(crate) fn write(drawn: &[Drawn]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for picture in drawn {
        if !names.contains(&picture.name) {
            names.push(picture.name);
        }
    }
    let mut page = HEAD.to_owned();
    let links: Vec<String> = names.iter().map(|name| format!("<a href=\"#{name}\">{name}</a>")).collect();
    page += &format!("<nav>{}</nav>\n", links.join(" "));
    for name in names {
        page += &format!("<h2 id=\"{name}\">{name}</h2>\n");
        for shape in Shape::ALL {
            page += &row(drawn.iter().filter(|picture| picture.name == name && picture.shape == shape), shape);
        }
    }
    page
}

fn row<'a>(drawn: impl Iterator<Item = &'a Drawn>, shape: Shape) -> String {
    let mut row = format!("<div{}>\n", if shape == Shape::Tall { " class=\"tall\"" } else { "" });
    for picture in drawn {
        let (file, theme, frame) = (picture.file(), picture.theme.name(), &picture.frame);
        let (width, height, ratio) = (frame.width, frame.height, shape.name());
        writeln!(
            row,
            "<figure><a href=\"{file}\"><img src=\"{file}\" alt=\"{} in {theme} at {ratio}\" loading=\"lazy\" width=\"{width}\" \
             height=\"{height}\" style=\"width: auto\"></a><figcaption>{theme}, {ratio}</figcaption></figure>",
            picture.name
        )
        .expect("a string takes whatever is written");
    }
    row + "</div>\n"
}
