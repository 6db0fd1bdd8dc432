//! What a file is: decided by its first bytes, and by its name only where bytes cannot tell.

use crate::{Code, DocumentKind, Failure};

/// Readers accept a PDF header anywhere within the first 1,024 bytes (PDF 1.7 reference, appendix H, note 13).
const PDF_HEADER_WITHIN: usize = 1024;

/// Tells what a file is from its first bytes (a few kilobytes, or all of it if it is shorter) and its name.
///
/// Fails with [`Code::Empty`] if there are no bytes, and with [`Code::UnsupportedType`] if the bytes are something else than
/// the name says or the name says nothing we read.
pub fn detect_kind(start: &[u8], name: &str) -> Result<DocumentKind, Failure> {
    if start.is_empty() {
        return Err(Failure::new(Code::Empty, "the file has no bytes"));
    }
    let has_header = start[..start.len().min(PDF_HEADER_WITHIN)].windows(5).any(|bytes| bytes == b"%PDF-");
    if start.starts_with(b"%PDF-") || (has_header && !is_text_named(name)) {
        return Ok(DocumentKind::Pdf);
    }
    let kind = match extension(name).as_str() {
        "txt" | "text" => DocumentKind::Text,
        "md" | "markdown" => DocumentKind::Markdown,
        "pdf" => return Err(Failure::new(Code::UnsupportedType, "the file is named like a PDF but has no PDF header")),
        _ => return Err(Failure::new(Code::UnsupportedType, "the file is neither named nor built like a document we read")),
    };
    if looks_like_text(start) {
        Ok(kind)
    } else {
        Err(Failure::new(Code::UnsupportedType, "the file is named like a text but holds binary data"))
    }
}

fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// A text may speak about PDF headers further down.
fn is_text_named(name: &str) -> bool {
    matches!(extension(name).as_str(), "txt" | "text" | "md" | "markdown")
}

/// Texts have no NUL bytes unless they are UTF-16 with a byte order mark, and hardly any other control characters.
fn looks_like_text(start: &[u8]) -> bool {
    if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return true;
    }
    const BINARY_STARTS: [&[u8]; 8] =
        [b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\x7fELF", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"];
    if BINARY_STARTS.iter().any(|magic| start.starts_with(magic)) || start.contains(&0) {
        return false;
    }
    let controls =
        start.iter().filter(|byte| **byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B | 0x08)).count();
    controls * 50 <= start.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(start: &[u8], name: &str, expected: Result<DocumentKind, Code>) {
        assert_eq!(detect_kind(start, name).map_err(|failure| failure.code), expected, "{name}");
    }

    #[test]
    fn bytes_tell_a_pdf_whatever_its_name() {
        check(b"%PDF-1.7\n", "paper.pdf", Ok(DocumentKind::Pdf));
        check(b"%PDF-1.7\n", "paper", Ok(DocumentKind::Pdf));
        check(b"%PDF-1.7\n", "paper.txt", Ok(DocumentKind::Pdf));
        let mut late = vec![b'\n'; 900];
        late.extend_from_slice(b"%PDF-1.4");
        check(&late, "late.pdf", Ok(DocumentKind::Pdf));
    }

    #[test]
    fn texts_are_told_by_name_and_content() {
        check(b"# Tides", "notes.md", Ok(DocumentKind::Markdown));
        check(b"# Tides", "NOTES.Markdown", Ok(DocumentKind::Markdown));
        check("Gezeiten täglich".as_bytes(), "notes.txt", Ok(DocumentKind::Text));
        check(b"Gezeiten t\xe4glich", "notes.txt", Ok(DocumentKind::Text));
        check(b"\xff\xfeT\0i\0", "notes.txt", Ok(DocumentKind::Text));
        check(b"\xfe\xff\0T\0i", "notes.txt", Ok(DocumentKind::Text));
        check(b"A PDF starts with %PDF-1.7.", "about.md", Ok(DocumentKind::Markdown));
    }

    #[test]
    fn renamed_files_are_refused() {
        check(b"PK\x03\x04\x14\0", "paper.pdf", Err(Code::UnsupportedType));
        check(b"PK\x03\x04\x14\0", "notes.txt", Err(Code::UnsupportedType));
        check(b"\x89PNG\r\n\x1a\n", "notes.md", Err(Code::UnsupportedType));
        check(b"MZ\x90\0\x03\0", "setup.txt", Err(Code::UnsupportedType));
        check(b"plain words", "archive.docx", Err(Code::UnsupportedType));
        check(b"plain words", "README", Err(Code::UnsupportedType));
    }

    #[test]
    fn a_file_without_bytes_is_empty() {
        check(b"", "paper.pdf", Err(Code::Empty));
    }
}
