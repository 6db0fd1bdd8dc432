//! Whole PDFs, made by code, to documents.

use super::read;
use super::sample::{Sheet, Type, encrypted, pdf};
use domain::{Block, Code, Document, Figure, FigureSource, Rect, Section, SectionRole};

const PROSE: [&str; 6] = [
    "The water of the oceans follows the Moon, which",
    "pulls at it from far away, and so the level of the",
    "sea rises and falls twice on every day of the year",
    "at nearly every coast of the whole wide world that",
    "we know of. Nobody who lives inland ever sees it,",
    "but sailors and fishermen have always lived by it.",
];

/// A page of prose under a heading.
fn prose() -> Sheet {
    Sheet::default().text(Type::Bold, 14.0, 72.0, 90.0, "1 Tides").rows(72.0, 120.0, &PROSE)
}

fn document(sheets: Vec<Sheet>) -> Document {
    read(pdf(sheets, "")).expect("it can be read")
}

fn code(bytes: Vec<u8>) -> Option<Code> {
    read(bytes).err().map(|failure| failure.code)
}

fn paragraphs(section: &Section) -> Vec<&str> {
    let text = |block: &'_ Block| matches!(block, Block::Paragraph { .. });
    section
        .blocks
        .iter()
        .filter(|block| text(block))
        .map(|block| match block {
            Block::Paragraph { text, .. } => text.as_str(),
            _ => "",
        })
        .collect()
}

fn all_paragraphs(document: &Document) -> Vec<&str> {
    document.sections.iter().flat_map(paragraphs).collect()
}

fn figures(document: &Document) -> Vec<(&Figure, Rect)> {
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    blocks
        .filter_map(|block| match block {
            Block::Figure { figure, .. } => match &figure.source {
                FigureSource::Page { rect, .. } => Some((figure, *rect)),
                FigureSource::Image { .. } => None,
            },
            _ => None,
        })
        .collect()
}

#[test]
fn rows_become_a_paragraph_below_its_heading() {
    let document = document(vec![prose()]);
    let section = &document.sections[0];
    assert_eq!((section.number.as_deref(), section.heading.as_deref(), section.level), (Some("1"), Some("Tides"), 1));
    assert_eq!(paragraphs(section), [PROSE.join(" ")]);
    assert_eq!(section.blocks[0].span().page, 1);
    assert_eq!((document.pages, document.language.as_deref()), (1, Some("en")));
}

#[test]
fn columns_are_read_one_after_the_other() {
    let left = [
        "First the left column is",
        "read from its top row to",
        "the bottom of the page,",
        "row by row as people do,",
        "and its last row goes on",
    ];
    let right = [
        "in the other column, so",
        "that no sentence is ever",
        "cut in two pieces by the",
        "white space in between,",
        "whatever the page holds.",
    ];
    let sheet = Sheet::default()
        .text(Type::Bold, 20.0, 130.0, 80.0, "A Title Across Both Columns")
        .rows(72.0, 120.0, &left)
        .rows(200.0, 120.0, &right);
    let document = document(vec![sheet]);
    assert_eq!(document.title.as_deref(), Some("A Title Across Both Columns"));
    assert_eq!(all_paragraphs(&document), [format!("{} {}", left.join(" "), right.join(" "))]);
}

#[test]
fn paragraphs_go_on_across_pages_without_the_running_heads() {
    let page = |number: u32, rows: &[&str]| {
        Sheet::default().text(Type::Roman, 9.0, 72.0, 40.0, "A Book of Tides").rows(72.0, 90.0, rows).text(
            Type::Roman,
            9.0,
            300.0,
            760.0,
            &number.to_string(),
        )
    };
    let first = ["The Moon pulls at the water of every ocean and the", "water follows it around the Earth, which is a repli-"];
    let second =
        ["cation of its path on the sky, seen from the ground", "by those who wait for the flood. Twice a day it comes."];
    let document = document(vec![page(1, &first), page(2, &second), page(3, &PROSE[..5]), page(4, &PROSE)]);
    let texts = all_paragraphs(&document);
    assert!(texts[0].contains("which is a replication of its path"), "{texts:?}");
    assert!(texts.iter().all(|text| !text.contains("Book of Tides")), "{texts:?}");
}

#[test]
fn a_figure_has_its_labels_and_not_its_caption() {
    let sheet = prose()
        .plot(100.0, 260.0, 300.0, 100.0)
        .text(Type::Roman, 8.0, 200.0, 372.0, "hours of the day")
        .text(Type::Roman, 10.0, 100.0, 396.0, "Figure 1: The level of the sea.")
        .rows(72.0, 450.0, &PROSE);
    let document = document(vec![sheet]);
    let figures = figures(&document);
    assert_eq!(figures.len(), 1);
    let (figure, rect) = figures[0];
    assert_eq!((figure.label.as_deref(), figure.caption.as_deref()), (Some("Figure 1"), Some("The level of the sea.")));
    assert!(rect.y < 260.0 && rect.y + rect.height > 372.0 && rect.y + rect.height < 389.0, "{rect:?}");
    assert!(rect.x < 100.0 && rect.x + rect.width > 395.0, "{rect:?}");
    assert!(all_paragraphs(&document).iter().all(|text| !text.contains("hours") && !text.contains("level of the sea.")));
}

#[test]
fn one_row_of_boxes_with_numbers_around_it_is_a_figure() {
    let sheet = (0..8).fold(prose(), |sheet, slot| {
        let x = 100.0 + 30.0 * slot as f32;
        let number = |sheet: Sheet, y: f32| sheet.text(Type::Roman, 7.0, x + 12.0, y, &format!("{}", 11 + slot));
        number(number(number(sheet.bar(x, 260.0, 30.0, 16.0), 271.0), 256.0), 285.0)
    });
    let sheet = sheet.text(Type::Roman, 10.0, 100.0, 306.0, "Figure 1: The sea in eight slots.").rows(72.0, 450.0, &PROSE);
    let document = document(vec![sheet]);
    let figures = figures(&document);
    assert_eq!(figures.len(), 1);
    let (figure, rect) = figures[0];
    assert_eq!(figure.label.as_deref(), Some("Figure 1"));
    assert!(rect.y < 252.0 && rect.y + rect.height > 284.0 && rect.y + rect.height < 299.0, "{rect:?}");
    assert_eq!(all_paragraphs(&document), [PROSE.join(" "), PROSE.join(" ")]);
}

/// A bar chart of 240 by 150 points with lines behind its bars, numbers at its axes and names above and below it.
fn chart(sheet: Sheet, x: f32, y: f32) -> Sheet {
    let lines = (0..4).fold(sheet, |sheet, line| {
        let at = y + 150.0 - 40.0 * line as f32;
        sheet.bar(x, at, 240.0, 0.0).text(Type::Roman, 8.0, x - 26.0, at + 3.0, &format!("{} %", 25 * line))
    });
    (0..3)
        .fold(lines, |sheet, bar| {
            let (at, height) = (x + 20.0 + 80.0 * bar as f32, 140.0 - 20.0 * bar as f32);
            sheet.bar(at, y + 150.0 - height, 40.0, height).text(Type::Roman, 8.0, at + 10.0, y + 161.0, "week")
        })
        .text(Type::Roman, 8.0, x, y - 10.0, "tides seen")
        .text(Type::Roman, 8.0, x + 90.0, y + 180.0, "time at sea")
}

#[test]
fn a_chart_has_its_bars_its_numbers_and_the_names_of_its_axes() {
    let sheet = chart(prose(), 120.0, 240.0)
        .text(Type::Roman, 10.0, 100.0, 446.0, "Figure 1: What sailors see of the tides.")
        .rows(72.0, 490.0, &PROSE);
    let document = document(vec![sheet]);
    let figures = figures(&document);
    assert_eq!(figures.len(), 1);
    let rect = figures[0].1;
    assert!(rect.x < 94.0 && rect.x + rect.width > 360.0, "{rect:?}");
    assert!(rect.y < 224.0 && rect.y > 184.0, "{rect:?}");
    assert!(rect.y + rect.height > 420.0 && rect.y + rect.height < 439.0, "{rect:?}");
    let texts = all_paragraphs(&document);
    assert_eq!(texts, [PROSE.join(" "), PROSE.join(" ")]);
}

#[test]
fn the_end_of_a_caption_is_no_name_of_an_axis_below_it() {
    let sheet = prose()
        .plot(100.0, 220.0, 240.0, 80.0)
        .text(Type::Roman, 9.0, 100.0, 320.0, "Figure 1: The level of the sea on a day without any")
        .text(Type::Roman, 9.0, 160.0, 331.0, "wind at all.")
        .plot(100.0, 348.0, 240.0, 80.0)
        .text(Type::Roman, 9.0, 100.0, 448.0, "Figure 2: The level of the sea in a storm.")
        .rows(72.0, 490.0, &PROSE);
    let document = document(vec![sheet]);
    let figures = figures(&document);
    assert_eq!(figures.len(), 2);
    assert!(figures[1].1.y > 333.0, "{:?}", figures[1].1);
    assert!(figures[0].0.caption.as_deref().is_some_and(|caption| caption.ends_with("wind at all.")), "{figures:?}");
}

#[test]
fn a_rule_over_footnotes_is_no_figure() {
    let sheet = prose()
        .text(Type::Roman, 10.0, 72.0, 216.0, "Figure 1: The level of the sea.")
        .bar(72.0, 250.0, 120.0, 0.0)
        .text(Type::Roman, 8.0, 72.0, 262.0, "1 Seen from the harbour.");
    assert_eq!(figures(&document(vec![sheet])).len(), 0);
}

#[test]
fn a_figure_of_one_column_ends_there_also_below_a_title_across_both() {
    let rows: Vec<&str> = PROSE.iter().map(|row| &row[..42]).collect();
    let sheet = Sheet::default()
        .rows(
            72.0,
            90.0,
            &["This abstract runs over both of the columns, as it does in papers, and tells what they hold in a few words"],
        )
        .rows(72.0, 120.0, &rows)
        .plot(72.0, 200.0, 200.0, 80.0)
        .rows(72.0, 300.0, &["Figure 1: The level of the sea."])
        .rows(72.0, 330.0, &rows)
        .rows(320.0, 120.0, &rows)
        .bar(380.0, 240.0, 12.0, 0.0)
        .rows(320.0, 256.0, &rows)
        .rows(320.0, 330.0, &rows);
    let document = document(vec![sheet]);
    let figures = figures(&document);
    assert_eq!(figures.len(), 1);
    assert!(figures[0].1.x + figures[0].1.width < 300.0, "{:?}", figures[0].1);
}

#[test]
fn an_image_without_a_caption_is_a_figure() {
    let document = document(vec![prose().image(100.0, 300.0, 200.0, 150.0)]);
    let figures = figures(&document);
    assert_eq!(figures.len(), 1);
    assert!((figures[0].1.width - 206.0).abs() < 1.0, "{:?}", figures[0].1);
}

#[test]
fn a_formula_is_cut_out_below_the_deepest_letters_of_the_row_above() {
    // The last row of prose has its base line at 180, and the formula at 191.
    let sheet = prose().text(Type::Roman, 10.0, 140.0, 191.0, "m = 2 + 3 + 4 < 12").rows(72.0, 230.0, &PROSE);
    let document = document(vec![sheet]);
    let rect = document.sections[0].blocks.iter().find_map(|block| match block {
        Block::Formula { figure: Some(Figure { source: FigureSource::Page { rect, .. }, .. }), .. } => Some(*rect),
        _ => None,
    });
    let rect = rect.expect("the formula is seen on its page");
    assert!(rect.y >= 180.0 + 2.75 && rect.y <= 191.0 - 7.0, "{rect:?}");
    assert!(rect.y + rect.height > 191.0 + 3.0, "{rect:?}");
}

#[test]
fn the_same_picture_on_every_page_is_decoration() {
    let sheets = (0..4).map(|_| prose().image(480.0, 600.0, 80.0, 60.0)).collect();
    assert_eq!(figures(&document(sheets)).len(), 0);
}

#[test]
fn code_keeps_its_indentation() {
    let sheet = prose().text(Type::Mono, 10.0, 90.0, 220.0, "if flood {").text(Type::Mono, 10.0, 114.0, 232.0, "sail();").text(
        Type::Mono,
        10.0,
        90.0,
        244.0,
        "}",
    );
    let document = document(vec![sheet]);
    let listing = document.sections[0].blocks.iter().find_map(|block| match block {
        Block::Code { text, .. } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(listing, Some("if flood {\n    sail();\n}"));
}

#[test]
fn a_typewritten_document_is_prose() {
    let sheet = PROSE
        .iter()
        .enumerate()
        .fold(Sheet::default(), |sheet, (row, text)| sheet.text(Type::Mono, 10.0, 72.0, 90.0 + 12.0 * row as f32, text));
    assert_eq!(all_paragraphs(&document(vec![sheet])), [PROSE.join(" ")]);
}

#[test]
fn items_become_a_list() {
    let sheet = prose().rows(72.0, 220.0, &["1. The Moon is near and so it", "    pulls strongly.", "2. The Sun is far."]);
    let document = document(vec![sheet]);
    let items = document.sections[0].blocks.iter().find_map(|block| match block {
        Block::List { items, ordered: true, .. } => Some(items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(items, Some(vec!["The Moon is near and so it pulls strongly.", "The Sun is far."]));
}

#[test]
fn references_are_told_apart() {
    let sheet =
        prose().text(Type::Bold, 14.0, 72.0, 240.0, "References").rows(72.0, 262.0, &["[1] A. Author. On Tides. Press, 1984."]);
    let document = document(vec![sheet]);
    let last = document.sections.last().expect("there are sections");
    assert_eq!(last.role, SectionRole::References);
    assert_eq!(document.words, document_words(&PROSE));
}

fn document_words(rows: &[&str]) -> u32 {
    u32::try_from(rows.join(" ").split(' ').count()).expect("few")
}

#[test]
fn stamps_that_run_upward_are_no_text() {
    let document = document(vec![prose().upward(30.0, 500.0, "arXiv:1234.5678v1 [tides] 1 Jan 2020")]);
    assert!(all_paragraphs(&document).iter().all(|text| !text.contains("arXiv")));
}

#[test]
fn letters_drawn_twice_are_read_once() {
    let sheet = prose().rows(72.0, 230.0, &["The flood comes twice."]).rows(72.3, 230.0, &["The flood comes twice."]);
    let document = document(vec![sheet]);
    assert!(all_paragraphs(&document).contains(&"The flood comes twice."), "{:?}", all_paragraphs(&document));
}

#[test]
fn the_stated_title_yields_to_the_printed_one() {
    let sheet = || Sheet::default().text(Type::Bold, 24.0, 72.0, 80.0, "The Book of Tides").rows(72.0, 150.0, &PROSE);
    let title = |stated: &str| read(pdf(vec![sheet()], stated)).expect("it can be read").title;
    assert_eq!(title("Microsoft Word - tides.doc").as_deref(), Some("The Book of Tides"));
    assert_eq!(title("System Model").as_deref(), Some("The Book of Tides"));
}

#[test]
fn the_same_bytes_give_the_same_document() {
    let bytes = pdf(vec![prose().plot(100.0, 260.0, 300.0, 100.0)], "");
    assert_eq!(read(bytes.clone()), read(bytes));
}

#[test]
fn a_password_is_asked_for_only_if_reading_needs_it() {
    assert_eq!(code(encrypted(vec![prose()], "secret")), Some(Code::Encrypted));
    let restricted = read(encrypted(vec![prose()], "")).expect("owner passwords do not matter");
    assert_eq!(paragraphs(&restricted.sections[0]), [PROSE.join(" ")]);
}

#[test]
fn a_scan_has_no_text() {
    assert_eq!(code(pdf(vec![Sheet::default().image(0.0, 0.0, 612.0, 792.0)], "")), Some(Code::NoText));
}

#[test]
fn nothing_is_empty_and_never_a_success() {
    assert_eq!(code(Vec::new()), Some(Code::Empty));
    assert_eq!(code(b" \n\n ".to_vec()), Some(Code::Empty));
    assert_eq!(code(pdf(vec![Sheet::default()], "")), Some(Code::Empty));
    assert_eq!(code(pdf(vec![], "")), Some(Code::Empty));
}

#[test]
fn few_words_are_too_short() {
    assert_eq!(code(pdf(vec![Sheet::default().rows(72.0, 90.0, &["Only a handful of words."])], "")), Some(Code::TooShort));
}

#[test]
fn damage_is_told() {
    assert_eq!(code(b"%PDF-1.7\nnothing of a PDF follows".to_vec()), Some(Code::Corrupt));
    let whole = pdf(vec![prose()], "");
    assert_eq!(code(whole[..40].to_vec()), Some(Code::Corrupt));
}

#[test]
fn a_file_without_its_end_is_read_with_a_warning() {
    let whole = pdf(vec![prose()], "");
    let end = whole.windows(4).position(|bytes| bytes == b"xref").expect("it has a table");
    let document = read(whole[..end].to_vec()).expect("its objects are whole");
    assert_eq!(paragraphs(&document.sections[0]), [PROSE.join(" ")]);
}

#[test]
fn no_flipped_byte_breaks_the_reader() {
    let whole = pdf(vec![prose().plot(100.0, 260.0, 300.0, 100.0)], "");
    for at in (0..whole.len()).step_by(whole.len() / 97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        if let Err(failure) = read(bytes) {
            assert_ne!(failure.code, Code::Internal, "byte {at}: {failure}");
        }
    }
}
