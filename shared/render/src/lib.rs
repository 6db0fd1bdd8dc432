//! Pictures of scenes: the only crate that knows pixels and fonts.
//!
//! In comes a [`domain::Visual`], which says what is shown, with a theme, a size, a footer and, for figures, the bytes of the
//! source. Out comes a [`Frame`] of exactly that size. The same input gives the same pixels on every machine: fonts, themes
//! and templates are part of the crate, and nothing of the machine is read but the fonts layer, whose fonts of other scripts are
//! the same everywhere too ([`find_fonts`]).
//!
//! Texts are data to the end. They reach Typst as JSON strings, which it never parses; formulas are turned into outlines and
//! figures into plain pixels before. So no text can run anything, read anything, or break the page.
//!
//! A visual is drawn in three steps: `scene` decides what is shown and sets texts, formulas and figures; the template of its
//! kind in `templates/` measures and places them; Typst draws. A new kind of visual is a variant of `scene::Content` and a
//! template.
//!
//! ```
//! use domain::{FrameSize, Shape, Theme, Visual};
//! use render::{Footer, Picture, PictureSource};
//!
//! let visual = Visual::Title { title: "Gradient descent".into(), subtitle: None, byline: None };
//! let footer = Footer { source: None, position: Some((1, 6)) };
//! let (theme, size, shape) = (Theme::Paper, FrameSize::P480, Shape::Wide);
//! let (source, step, marked, kit, leaves_room_for_captions) = (PictureSource::None, None, None, None, false);
//! let picture = Picture {
//!     visual: &visual, language: "en", theme, brand: None, size, shape, footer, source, step, marked, kit, leaves_room_for_captions,
//! };
//! let frame = render::draw(&picture)?;
//! assert_eq!((frame.width, frame.height), (854, 480));
//! # Ok::<(), render::RenderError>(())
//! ```

mod area;
mod brand;
mod captions;
mod check;
mod code;
mod diagram;
mod error;
mod figure;
mod fonts;
mod formula;
mod frame;
mod graph;
mod illustration;
mod kit;
mod layer;
mod number;
mod reading;
mod scene;
mod sheet;
mod spread;
mod table;
mod text;
mod theme;
mod version;
mod world;

pub use captions::{CaptionPicture, CaptionStrip, draw_caption};
pub use check::Violation;
pub use error::RenderError;
pub use frame::Frame;
pub use kit::Kit;
pub use layer::find_fonts;
pub use sheet::{Sheet, Tile, draw_sheet};

use domain::{Brand, FrameSize, Shape, Theme, Visual};
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use typst::layout::Abs;
use typst_layout::PagedDocument;
use typst_render::RenderOptions;
use world::Scene;

/// Identifies what is drawn: part of content addresses. Changes whenever a picture may change, with the fonts layer too.
pub fn identity() -> String {
    format!("{} {}", version::VERSION, layer::identity())
}

/// After how many further pictures what was remembered about one is dropped: templates and fonts stay warm, memory bounded.
const REMEMBERED_PICTURES: usize = 4;

/// What to draw.
#[derive(Debug, Clone)]
pub struct Picture<'a> {
    /// What is shown.
    pub visual: &'a Visual,
    /// The language of its texts, a BCP 47 tag such as `en`.
    pub language: &'a str,
    /// The colours.
    pub theme: Theme,
    /// Colours in place of the theme's; its footer is up to the caller.
    pub brand: Option<&'a Brand>,
    /// The size of the frame.
    pub size: FrameSize,
    /// The shape of the frame; everything is laid out anew for each.
    pub shape: Shape,
    /// The line at the bottom.
    pub footer: Footer,
    /// The bytes behind a figure.
    pub source: PictureSource<'a>,
    /// How many of its [`steps`] are shown; all of them where none is given. What is not shown yet keeps its place.
    pub step: Option<u32>,
    /// Whether room is left for captions that are drawn into it.
    pub leaves_room_for_captions: bool,
    /// The one of its [`parts`] that is spoken of, from 1: it stands out, and the others are softened. None of them where none is given.
    pub marked: Option<u32>,
    /// The logo and the fonts of the brand.
    pub kit: Option<&'a Kit>,
}

/// The line at the bottom of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Footer {
    /// Where the content comes from, such as `Smith 2024, p. 4`. Plain text.
    pub source: Option<String>,
    /// The number of the scene, from 1, and how many there are.
    pub position: Option<(u32, u32)>,
}

/// The bytes behind a [`domain::Figure`].
#[derive(Debug, Clone, Copy)]
pub enum PictureSource<'a> {
    /// None, as for every other kind of visual.
    None,
    /// The PDF whose page the figure is a region of.
    Pdf(&'a [u8]),
    /// The image: PNG, JPEG, WebP or GIF.
    Image(&'a [u8]),
}

/// Draws a picture.
///
/// Any text gives a frame of exactly the size asked for: what does not fit is set smaller, then cut with an ellipsis. Errors
/// are about figures whose source is missing or cannot be drawn, and about our own mistakes. It computes for 5 to 50 ms, so
/// keep it off threads that wait for others.
pub fn draw(picture: &Picture<'_>) -> Result<Frame, RenderError> {
    lay_out(picture)?.draw()
}

/// Looks where everything in a picture stands, without drawing it: nothing is found where all is well. Errors are those of
/// [`draw`].
pub fn check(picture: &Picture<'_>) -> Result<Vec<Violation>, RenderError> {
    Ok(lay_out(picture)?.violations())
}

/// A picture before it becomes pixels.
pub struct Layout {
    document: PagedDocument,
    scale: f64,
    shape: Shape,
    /// The rows that are kept for captions.
    captions: Option<Range<f64>>,
    template: &'static str,
}

/// Signs of a script that no font can draw. A box stands in for each, or nothing for an emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unwritten {
    /// The script, such as `Thai`, or `emoji` or `symbols`.
    pub script: &'static str,
    /// How many signs.
    pub signs: usize,
}

/// What is written in a picture and no font can draw, by script: nothing where all is well.
pub fn unwritten(picture: &Picture<'_>) -> Vec<Unwritten> {
    scene::unwritten(picture)
}

/// Lays a picture out. Errors are those of [`draw`].
pub fn lay_out(picture: &Picture<'_>) -> Result<Layout, RenderError> {
    let template = picture.visual.kind();
    let layout = unbroken(template, || {
        let data = scene::data(picture)?;
        let document = compile(&Scene::new(template, data, picture.kit), template)?;
        let captions = scene::captions(picture);
        Ok(Layout { document, scale: scene::scale(picture), shape: picture.shape, captions, template })
    });
    typst::comemo::evict(REMEMBERED_PICTURES);
    layout
}

impl Layout {
    /// How many texts of the content are cut, with an ellipsis in place of what has no room.
    pub fn cut_texts(&self) -> usize {
        self.document.pages().iter().map(|page| check::cut_texts(&page.frame, self.shape)).sum()
    }

    /// Where the figure or image is seen in the frame, in whole pixels: left, upper, right and lower edge, the latter two just
    /// outside. None where there is none that is made of pixels.
    pub fn figure_area(&self) -> Option<[u32; 4]> {
        let rect = check::largest_raster(&self.document.pages().first()?.frame)?;
        // Edges that lie between pixels are left to stand still.
        let (inner, outer) = (|at: Abs| (at.to_pt() * self.scale).ceil(), |at: Abs| (at.to_pt() * self.scale).floor());
        let edges = [inner(rect.min.x), inner(rect.min.y), outer(rect.max.x), outer(rect.max.y)];
        (edges[2] > edges[0] && edges[3] > edges[1]).then(|| edges.map(|edge| edge.max(0.0) as u32))
    }

    /// Everything that is wrong with where things stand.
    pub fn violations(&self) -> Vec<Violation> {
        self.document.pages().iter().flat_map(|page| check::violations(&page.frame, self.shape, self.captions.clone())).collect()
    }

    /// Draws the picture.
    pub fn draw(&self) -> Result<Frame, RenderError> {
        unbroken(self.template, || rasterize(&self.document, self.scale, self.template))
    }
}

/// What a library gives up on is an error of ours.
fn unbroken<T>(template: &'static str, work: impl FnOnce() -> Result<T, RenderError>) -> Result<T, RenderError> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(RenderError::Panicked { template }))
}

/// How many parts of a visual can appear one after another; 0 where it stands as a whole. Before the first step only its heading
/// is shown, and what it stands in, such as axes.
pub fn steps(visual: &Visual) -> u32 {
    scene::steps(visual)
}

/// How many parts of a visual can be marked: those that appear one after another, or the rows of a table and the lines of a listing.
/// What is one part alone has none.
pub fn parts(visual: &Visual) -> u32 {
    scene::parts(visual)
}

/// Loads fonts, templates and syntaxes ahead, so that the first picture is as fast as the others.
pub fn warm() {
    world::warm();
    let visual = Visual::Code {
        eyebrow: None,
        title: "Warm".to_owned(),
        language: Some("python".to_owned()),
        text: "pass".to_owned(),
        highlight: Vec::new(),
    };
    let footer = Footer::default();
    let picture = Picture {
        visual: &visual,
        language: "en",
        theme: Theme::Midnight,
        brand: None,
        size: FrameSize::P480,
        shape: Shape::Wide,
        footer,
        source: PictureSource::None,
        step: None,
        leaves_room_for_captions: false,
        marked: None,
        kit: None,
    };
    // A failure here is the failure of every later picture, which then is reported.
    let _ = draw(&picture);
}

fn compile(scene: &Scene, template: &'static str) -> Result<PagedDocument, RenderError> {
    let document: PagedDocument = typst::compile(scene).output.map_err(|errors| RenderError::Template {
        template,
        message: errors.first().map(|error| error.message.to_string()).unwrap_or_default(),
    })?;
    match document.pages().len() {
        1 => Ok(document),
        pages => Err(RenderError::Pages { template, pages }),
    }
}

fn rasterize(document: &PagedDocument, scale: f64, template: &'static str) -> Result<Frame, RenderError> {
    let page = document.pages().first().ok_or(RenderError::Pages { template, pages: 0 })?;
    let pixmap = typst_render::render(page, &RenderOptions { pixel_per_pt: scale.into(), render_bleed: false });
    // The ground is opaque, so premultiplied and straight are the same.
    Ok(Frame { width: pixmap.width(), height: pixmap.height(), rgba: pixmap.take() })
}
