//! What Typst sees while it lays out one picture: our templates, our fonts, and the picture as data. Nothing else exists:
//! no file system, no packages, no clock.

use crate::scene::Data;
use crate::{Kit, fonts, theme};
use std::collections::HashMap;
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

/// Where templates find the picture.
const PICTURE: &str = "/picture.json";
/// Where templates find the pixels of a figure.
const FIGURE: &str = "/figure.rgba";
/// Where they find those of a logo.
const LOGO: &str = "/logo.rgba";

/// The templates: one per kind of visual, named after it, one for sheets, one for captions, and their common base.
const TEMPLATES: &[(&str, &str)] = &[
    ("/base.typ", include_str!("../templates/base.typ")),
    ("/title.typ", include_str!("../templates/title.typ")),
    ("/slide.typ", include_str!("../templates/slide.typ")),
    ("/figure.typ", include_str!("../templates/figure.typ")),
    ("/code.typ", include_str!("../templates/code.typ")),
    ("/formula.typ", include_str!("../templates/formula.typ")),
    ("/table.typ", include_str!("../templates/table.typ")),
    ("/graph.typ", include_str!("../templates/graph.typ")),
    ("/diagram.typ", include_str!("../templates/diagram.typ")),
    ("/quote.typ", include_str!("../templates/quote.typ")),
    ("/number.typ", include_str!("../templates/number.typ")),
    ("/definition.typ", include_str!("../templates/definition.typ")),
    ("/columns.typ", include_str!("../templates/columns.typ")),
    ("/banner.typ", include_str!("../templates/banner.typ")),
    ("/image.typ", include_str!("../templates/image.typ")),
    ("/card.typ", include_str!("../templates/card.typ")),
    ("/illustration.typ", include_str!("../templates/illustration.typ")),
    ("/summary.typ", include_str!("../templates/summary.typ")),
    ("/sheet.typ", include_str!("../templates/sheet.typ")),
    ("/captions.typ", include_str!("../templates/captions.typ")),
    ("/placeholder.typ", include_str!("../templates/placeholder.typ")),
];

/// What stays the same from picture to picture.
struct Ground {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    sources: HashMap<FileId, Source>,
    themes: HashMap<FileId, Bytes>,
}

static GROUND: LazyLock<Ground> = LazyLock::new(|| Ground {
    library: LazyHash::new(Library::default()),
    book: LazyHash::new(FontBook::from_fonts(fonts::all())),
    sources: TEMPLATES.iter().map(|(path, text)| (file(path), Source::new(file(path), (*text).to_owned()))).collect(),
    themes: theme::CODE_THEMES.iter().map(|(path, xml)| (file(path), Bytes::from_string(*xml))).collect(),
});

/// Loads what every picture needs.
pub(crate) fn warm() {
    LazyLock::force(&GROUND);
}

/// One picture, as Typst sees it.
pub(crate) struct Scene {
    main: FileId,
    files: HashMap<FileId, Bytes>,
    /// The fonts that this picture needs and others do not, behind the embedded ones: of the layer, then of a brand.
    further: Vec<Font>,
    /// What there is to choose from, where that is more than the embedded fonts.
    book: Option<LazyHash<FontBook>>,
}

impl Scene {
    /// A picture of a kind of visual, with its data.
    pub(crate) fn new(kind: &str, data: Data, kit: Option<&Kit>) -> Self {
        let mut files = HashMap::from([(file(PICTURE), Bytes::new(data.json))]);
        for (folder, formulas) in [("formulas", data.formulas), ("soft-formulas", data.soft_formulas)] {
            for (number, svg) in formulas.into_iter().enumerate() {
                files.insert(file(&format!("/{folder}/{number}.svg")), Bytes::from_string(svg));
            }
        }
        if let Some(pixels) = data.pixels {
            files.insert(file(FIGURE), Bytes::new(pixels));
        }
        if let Some(logo) = kit.and_then(|kit| kit.logo.as_ref()) {
            files.insert(file(LOGO), Bytes::new(logo.rgba.clone()));
        }
        let of_layer = data.fonts.into_iter().map(|font| (font.info().clone(), font));
        let (infos, further): (Vec<_>, Vec<_>) = of_layer.chain(kit.into_iter().flat_map(Kit::fonts)).unzip();
        let book = (!further.is_empty()).then(|| {
            let mut book = FontBook::from_fonts(fonts::all());
            infos.into_iter().for_each(|info| book.push(info));
            LazyHash::new(book)
        });
        Self { main: file(&format!("/{kind}.typ")), files, further, book }
    }
}

/// The number Typst knows a path by. It never forgets one, and there are only 65,535: paths here come from a small fixed set.
fn file(path: &str) -> FileId {
    RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).expect("our own paths are plain")).intern()
}

impl World for Scene {
    fn library(&self) -> &LazyHash<Library> {
        &GROUND.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.book.as_ref().unwrap_or(&GROUND.book)
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        GROUND.sources.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).or_else(|| GROUND.themes.get(&id)).cloned().ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        let embedded = fonts::all();
        embedded.get(index).or_else(|| self.further.get(index.checked_sub(embedded.len())?)).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
