//! Markdown and plain text, as nobody should write them.

use crate::{Hostile, PROSE, read, refused};
use domain::Code;

pub(crate) fn corpus() -> Vec<Hostile> {
    let mut files = markdown();
    files.extend(plain());
    files
}

/// Prose behind something odd.
fn after(odd: &str) -> String {
    format!("{odd}\n\n{PROSE}\n")
}

fn markdown() -> Vec<Hostile> {
    let wide_row = format!("|{}\n", " x |".repeat(1000));
    let table = format!("{wide_row}|{}\n{}", "---|".repeat(1000), wide_row.repeat(200));
    vec![
        read("quotes-in-quotes.md", after(&format!("{} deep", ">".repeat(20_000)))),
        read("lists-in-lists.md", after(&(0..2_000).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect::<String>())),
        read("brackets.md", after(&"[".repeat(200_000))),
        read("links-in-links.md", after(&format!("{}x{}", "[".repeat(20_000), "](y)".repeat(20_000)))),
        read("stars.md", after(&"*a **b ".repeat(50_000))),
        read("backticks.md", after(&(1..1_200).map(|run| format!("{} ", "`".repeat(run))).collect::<String>())),
        read("tildes-open.md", format!("{PROSE}\n\n~~~\n{}", "code\n".repeat(10_000))),
        read("wide-table.md", after(&table)),
        read("long-table.md", after(&format!("|a|b|\n|---|---|\n{}", "|1|2|\n".repeat(100_000)))),
        read("many-headings.md", after(&"# A heading\n\n".repeat(20_000))),
        read("many-references.md", after(&(0..50_000).map(|n| format!("[r{n}]: http://127.0.0.1:9/{n}\n")).collect::<String>())),
        read("many-footnotes.md", after(&(0..20_000).map(|n| format!("[^{n}] ")).collect::<String>())),
        read(
            "html.md",
            after("<script>alert(1)</script>\n<img src=x onerror=alert(1)>\n<!-- hidden -->\n<details open ontoggle=alert(1)>"),
        ),
        read("html-open.md", format!("{PROSE}\n\n<!-- never closed {}", "x".repeat(100_000))),
        read("html-nested.md", after(&"<div>".repeat(50_000))),
        read(
            "foreign-images.md",
            after("![a](http://127.0.0.1:9/x.png) ![b](file:///etc/passwd) ![c](../../../etc/passwd) ![d](//h/x)"),
        ),
        read(
            "broken-data-url.md",
            after("![a](data:image/png;base64,@@@@) ![b](data:image/png;base64,) ![c](data:;base64,AAAA)"),
        ),
        read("large-data-url.md", after(&format!("![a](data:image/png;base64,{})", "iVBORw0KGgoA".repeat(500_000)))),
        read("svg-data-url.md", after("![a](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)")),
        read("front-matter-bomb.md", {
            let bomb: String = (1..30).map(|n| format!("a{n}: &a{n} [{}]\n", format!("*a{},", n - 1).repeat(9))).collect();
            format!("---\na0: &a0 lol\n{bomb}---\n\n{PROSE}\n")
        }),
        read("front-matter-open.md", format!("---\ntitle: x\n\n{PROSE}\n")),
        read("front-matter-deep.md", format!("---\na: {}\n---\n\n{PROSE}\n", "[".repeat(50_000))),
        read("entities.md", after(&"&amp;&#0;&#x110000;&#xD800;&lt;".repeat(10_000))),
        read("formulas.md", after(&"$x$ $$y$$ $ ".repeat(30_000))),
        read("mermaid.md", after(&format!("```mermaid\ngraph TD\n{}```", "A-->B;\n".repeat(20_000)))),
        read("bidi.md", after("# \u{202e}gnp.exe\u{202c} \u{2066}x\u{2069}")),
        read("tags.md", after(&format!("# Tides{}", "\u{e0041}\u{e0042}".repeat(1_000)))),
        read("zero-width.md", after(&"\u{200b}\u{200d}\u{feff}".repeat(10_000))),
        refused(Code::UnsupportedType, "nul-first.md", format!("a\0b {PROSE}")),
        refused(Code::UnsupportedType, "nul-late.md", format!("{PROSE}\n\n{}\0", "x ".repeat(5_000))),
        refused(Code::TooShort, "only-html.md", "<p>".repeat(1_000)),
        refused(Code::TooShort, "only-headings.md", "# A heading of four words\n\n".repeat(100)),
        refused(Code::TooShort, "only-code.md", format!("```\n{PROSE}\n```\n")),
        refused(Code::TooLarge, "endless.md", format!("{PROSE}\n\n").repeat(12_000)),
    ]
}

fn plain() -> Vec<Hostile> {
    let utf16 = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        let mut file = mark.to_vec();
        file.extend(PROSE.encode_utf16().flat_map(bytes));
        file
    };
    let latin =
        format!("Gr\u{f6}\u{df}e. {PROSE}").chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect::<Vec<u8>>();
    let with = |bytes: &[u8]| [PROSE.as_bytes(), b" ", bytes].concat();
    vec![
        read("utf16-le.txt", utf16(b"\xff\xfe", u16::to_le_bytes)),
        read("utf16-be.txt", utf16(b"\xfe\xff", u16::to_be_bytes)),
        read("utf16-odd.txt", {
            let mut odd = utf16(b"\xff\xfe", u16::to_le_bytes);
            odd.push(0x41);
            odd
        }),
        read("utf16-half-pair.txt", [utf16(b"\xff\xfe", u16::to_le_bytes), vec![0x00, 0xd8, 0x41, 0x00]].concat()),
        refused(Code::UnsupportedType, "utf16-unmarked.txt", utf16(b"", u16::to_le_bytes)),
        refused(Code::UnsupportedType, "utf32.txt", {
            let mut file = b"\xff\xfe\0\0".to_vec();
            file.extend(PROSE.chars().flat_map(|c| u32::from(c).to_le_bytes()));
            file
        }),
        read("latin-1.txt", latin),
        read("broken-utf8.txt", with(b"\xc3\x28 \xf0\x9f\x9a \xff\xfe \xed\xa0\x80")),
        read("shift-jis.txt", with(b"\x92\xaa\x82\xcc\x96\x9e\x82\xbf\x88\xf8\x82\xab")),
        read("byte-order-marks.txt", format!("\u{feff}\u{feff}{PROSE}")),
        read("long-word.txt", after(&"x".repeat(1_000_000))),
        read("long-line.txt", after(&"word ".repeat(300_000))),
        read("combining.txt", after(&format!("Z{}", "\u{335}\u{311}\u{34a}".repeat(30_000)))),
        read("joined-emoji.txt", after(&"\u{1f469}\u{200d}".repeat(30_000))),
        read("carriage-returns.txt", format!("Tides\r\r{PROSE}\r\r{PROSE}")),
        read("blank-lines.txt", format!("{}{PROSE}", "\n".repeat(1_000_000))),
        read("form-feeds.txt", format!("{}{PROSE}", "\u{c}".repeat(1_000))),
        read("many-items.txt", after(&"- an item\n".repeat(50_000))),
        read("indents.txt", after(&(0..1_000).map(|depth| format!("{}x\n", "\t".repeat(depth))).collect::<String>())),
        read("rules.txt", after(&"=====\n-----\n".repeat(20_000))),
        read("escapes.txt", after("\u{1b}[2J\u{1b}]0;title\u{7} \u{8}\u{8}")),
        refused(
            Code::UnsupportedType,
            "controls.txt",
            [PROSE.as_bytes(), b"\x01\x02\x03\x04\x05\x06\x07".repeat(100).as_slice()].concat(),
        ),
        refused(Code::UnsupportedType, "archive.txt", [b"PK\x03\x04".as_slice(), PROSE.as_bytes()].concat()),
        refused(Code::UnsupportedType, "picture.md", [b"\x89PNG\r\n\x1a\n".as_slice(), PROSE.as_bytes()].concat()),
        refused(Code::UnsupportedType, "program.txt", [b"\x7fELF\x02\x01\x01\x00".as_slice(), PROSE.as_bytes()].concat()),
        refused(Code::UnsupportedType, "playlist.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n".as_slice()),
        refused(Code::Empty, "nothing.txt", b"".as_slice()),
        refused(Code::Empty, "blank.txt", " \t\n\u{a0}\u{2003}\n".repeat(1_000)),
        refused(Code::TooShort, "marks-only.txt", "!!! ??? ... --- ".repeat(1_000)),
        refused(Code::TooShort, "few-words.txt", "Only a handful of words."),
        refused(Code::TooLarge, "endless.txt", "word ".repeat(500_000)),
    ]
}
