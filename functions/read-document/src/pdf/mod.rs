//! PDF to document: what is drawn on each page, put together again to what was written.
//!
//! `source` reads what the file states and `device` takes down what each page draws. On each page `lines` makes segments of
//! letters, `furniture` removes running heads, `figures` takes out pictures (`regions` those with captions, `clusters` others,
//! `ruled` tables), `columns` finds the reading order and `blocks` cuts it. Then `structure` gives every block of the document
//! its part (`headings`, `front`, `matching` for captions), `pieces` joins what a column or page broke, and `sections` is the
//! end.

mod blocks;
mod captions;
mod clusters;
mod columns;
mod device;
mod figures;
mod fonts;
mod front;
mod furniture;
mod geometry;
mod headings;
mod lines;
mod logos;
mod matching;
mod pieces;
mod prose;
mod regions;
mod rows;
mod ruled;
#[cfg(test)]
mod sample;
mod sections;
mod source;
mod structure;
#[cfg(test)]
mod tests;

use crate::{language, measure};
use device::DrawnPage;
use domain::{Code, Document, DocumentKind, Failure};
use figures::{Graphic, take_graphics};
use fonts::Fonts;
use furniture::{Sheet, remove_running_heads};
use hayro_interpret::InterpreterCache;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use headings::Usual;
use lines::{Segment, Word, segments};
use source::Statements;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use structure::Sheets;

/// Pages behind this one are left out, with a warning: reading them could take longer than the child may.
const MOST_PAGES: usize = 1000;

/// One page as far as it is understood by itself.
pub(crate) struct PageText {
    pub(crate) number: u32,
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) segments: Vec<Segment>,
    pub(crate) graphics: Vec<Graphic>,
    drawn: DrawnPage,
}

/// Reads a PDF.
pub(crate) fn read(bytes: Vec<u8>) -> Result<Document, Failure> {
    let bytes = Arc::new(bytes);
    let structure = source::load(&bytes);
    let pdf = open(&bytes, structure.is_ok())?;
    let mut warnings = Vec::new();
    let statements = match &structure {
        Ok(file) => source::statements(file),
        Err(_) => {
            warnings.push("The file is damaged; what could be found in it was read.".to_owned());
            Statements::default()
        }
    };
    drop(structure);
    let mut pages = draw_pages(&pdf, &mut warnings);
    refuse_without_text(&pages)?;
    forget_typewriter(&mut pages);
    let usual = usual_type(&pages);
    let mut sheets: Vec<Sheet<'_>> =
        pages.iter_mut().map(|page| Sheet { height: page.height, segments: &mut page.segments }).collect();
    remove_running_heads(&mut sheets, usual.size);
    for page in &mut pages {
        page.graphics = take_graphics(&page.drawn, &mut page.segments, usual.size);
    }
    figures::drop_decoration(&mut pages);
    let count = u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX);
    let written = structure::assemble(Sheets { pages, usual, statements: &statements });
    let texts: Vec<&str> = written.sections.iter().flat_map(|section| &section.blocks).flat_map(measure::texts).collect();
    let language = language::detect(&texts).or(statements.language);
    let document = Document {
        kind: DocumentKind::Pdf,
        title: written.title,
        authors: written.authors,
        language,
        pages: count,
        words: measure::words(&written.sections),
        sections: written.sections,
        warnings,
    };
    measure::accept(document)
}

fn open(bytes: &Arc<Vec<u8>>, has_structure: bool) -> Result<Pdf, Failure> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::new(Code::Empty, "the file holds nothing"));
    }
    let pdf = match Pdf::new(Arc::clone(bytes)) {
        Ok(pdf) => pdf,
        Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => {
            return Err(Failure::new(Code::Encrypted, "the PDF asks for a password"));
        }
        Err(LoadPdfError::Decryption(_)) => {
            return Err(Failure::new(Code::Encrypted, "the PDF is encrypted in a way that cannot be opened"));
        }
        Err(LoadPdfError::Invalid) => return Err(without_pages(bytes, has_structure)),
    };
    if pdf.pages().is_empty() { Err(without_pages(bytes, has_structure)) } else { Ok(pdf) }
}

/// A file whose page tree is empty holds nothing; one whose tree names pages that are not there is damaged.
fn without_pages(bytes: &[u8], has_structure: bool) -> Failure {
    if has_structure && source::load(bytes).is_ok_and(|file| !source::names_pages(&file)) {
        Failure::new(Code::Empty, "the PDF has no pages")
    } else {
        Failure::new(Code::Corrupt, "the PDF cannot be opened")
    }
}

fn draw_pages(pdf: &Pdf, warnings: &mut Vec<String>) -> Vec<PageText> {
    let cache = InterpreterCache::new();
    let mut fonts = Fonts::new();
    let all = pdf.pages();
    if all.len() > MOST_PAGES {
        warnings.push(format!("The document has {} pages; only the first {MOST_PAGES} were read.", all.len()));
    }
    let mut pages = Vec::new();
    for (number, page) in (1..).zip(&all[..all.len().min(MOST_PAGES)]) {
        match catch_unwind(AssertUnwindSafe(|| device::draw(page, number, &cache, &mut fonts))) {
            Ok(drawn) => pages.push(page_text(drawn)),
            Err(_) => warnings.push(format!("Page {number} is damaged and was left out.")),
        }
    }
    pages
}

fn page_text(mut drawn: DrawnPage) -> PageText {
    let segments = segments(&mut drawn);
    PageText { number: drawn.number, width: drawn.width, height: drawn.height, segments, graphics: Vec::new(), drawn }
}

/// A scan has pages and pictures but no letters; some fonts have shapes but do not tell which letters they are.
fn refuse_without_text(pages: &[PageText]) -> Result<(), Failure> {
    let letters: usize = pages.iter().map(|page| page.drawn.glyph_count).sum();
    let unknown: usize = pages.iter().map(|page| page.drawn.unknown as usize).sum();
    let has_pictures = pages.iter().any(|page| !page.drawn.images.is_empty() || page.drawn.paths.len() > 50);
    let few = letters < 20 * pages.len().min(10);
    if few && has_pictures {
        return Err(Failure::new(Code::NoText, format!("{} pages hold {letters} letters", pages.len())));
    }
    if letters == 0 {
        return Err(Failure::new(Code::Empty, "the pages are blank"));
    }
    if unknown * 2 > letters {
        return Err(Failure::new(Code::NoText, "the fonts do not tell which letters they show"));
    }
    Ok(())
}

/// Where all text is set in a face of fixed width, as on a typewriter or behind a scan, that face does not mean code.
fn forget_typewriter(pages: &mut [PageText]) {
    let words = pages.iter_mut().flat_map(|page| &mut page.segments).flat_map(|segment| &mut segment.words);
    let mut words: Vec<&mut Word> = words.collect();
    let length =
        |fixed: bool| words.iter().filter(|word| !fixed || word.face.monospace).map(|word| word.text.len()).sum::<usize>();
    if length(true) * 10 > length(false) * 7 {
        words.iter_mut().for_each(|word| word.face.monospace = false);
    }
}

fn usual_type(pages: &[PageText]) -> Usual {
    let segments = pages.iter().flat_map(|page| &page.segments);
    Usual::of(segments.map(|segment| {
        let letters = segment.words.iter().map(|word| word.text.chars().filter(|c| c.is_alphabetic()).count()).sum();
        (segment.size, segment.share(|word| word.face.bold) > 0.9, letters)
    }))
}
