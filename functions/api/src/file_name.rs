//! Names that are safe in a key and on a disk, and what their extensions say.

use crate::problem::{Answer, Problem};
use domain::{Code, DocumentKind};

/// The most bytes of a name; with its prefix a key stays far below the 1024 bytes of S3.
const MAX_BYTES: usize = 200;

/// The kind a name speaks of. The content decides later; this only spares an upload that would be refused.
pub(crate) fn kind_of(name: &str) -> Answer<DocumentKind> {
    match extension(name).map(str::to_ascii_lowercase).as_deref() {
        Some("pdf") => Ok(DocumentKind::Pdf),
        Some("md" | "markdown") => Ok(DocumentKind::Markdown),
        Some("txt") => Ok(DocumentKind::Text),
        _ => Err(Problem::new(Code::UnsupportedType, "the name does not end in `.pdf`, `.md`, `.markdown` or `.txt`")),
    }
}

/// The name without folders, control characters and marks that turn the direction of writing, at most 200 bytes long.
pub(crate) fn sanitize(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = name.chars().filter(|c| !c.is_control() && !turns_direction(*c)).collect();
    // S3 would put the name of the browser's file in place of `${filename}`.
    let literal = if visible.contains("${") { visible.replace(['{', '}'], "") } else { visible };
    let (stem, extension) = literal.rsplit_once('.').unwrap_or((&literal, ""));
    let stem = stem.trim().trim_start_matches('.').trim_start();
    let stem = if stem.is_empty() { "document" } else { stem };
    let extension = shorten(extension.trim(), 20);
    format!("{}.{extension}", shorten(stem, MAX_BYTES - 1 - extension.len()).trim_end())
}

/// The name of a video made from something with this title.
pub(crate) fn video_name(title: &str) -> String {
    sanitize(&format!("{}.mp4", title.replace(['/', '\\'], " ")))
}

fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, extension)| extension.trim_end())
}

/// Marks and overrides of direction, by which `fdp.exe` can look like `exe.pdf` (Unicode Standard Annex #9, 2).
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn shorten(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_letters_and_loses_its_tricks() {
        for (name, expected) in [
            ("paper.pdf", "paper.pdf"),
            ("Übung 1+2 100% 🎓.pdf", "Übung 1+2 100% 🎓.pdf"),
            ("../../etc/passwd.txt", "passwd.txt"),
            ("C:\\Users\\me\\notes.md", "notes.md"),
            ("a\r\nb\0.txt", "ab.txt"),
            (".hidden.md", "hidden.md"),
            ("  .pdf", "document.pdf"),
            ("report\u{202E}fdp.pdf", "reportfdp.pdf"),
            ("${filename}.pdf", "$filename.pdf"),
            ("$${{filename}.pdf", "$$filename.pdf"),
            ("{x}.pdf", "{x}.pdf"),
            ("notes.md ", "notes.md"),
        ] {
            assert_eq!(sanitize(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = sanitize(&format!("{}.markdown", "é".repeat(300)));
        assert!(name.len() <= MAX_BYTES && name.ends_with("é.markdown"), "{name}");
    }

    #[test]
    fn the_extension_says_what_is_coming() {
        for (name, expected) in [
            ("a.PDF", DocumentKind::Pdf),
            ("a.md", DocumentKind::Markdown),
            ("a.Markdown", DocumentKind::Markdown),
            ("a.txt", DocumentKind::Text),
        ] {
            assert_eq!(kind_of(name).expect("it is one of ours"), expected);
        }
        for name in ["a.docx", "pdf", "", "a.pdf.exe"] {
            assert_eq!(kind_of(name).expect_err("it is none of ours").code, Code::UnsupportedType, "{name}");
        }
    }

    #[test]
    fn a_video_is_named_after_its_title() {
        assert_eq!(video_name("TCP/IP: what, why?"), "TCP IP: what, why?.mp4");
        assert_eq!(video_name(""), "document.mp4");
    }
}
