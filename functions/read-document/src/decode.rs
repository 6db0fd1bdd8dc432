//! Bytes to text: UTF-8, UTF-16 with a byte order mark, else Windows-1252, which holds Latin-1.

use domain::{Code, Failure};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// A text and how many bytes of the file lie before it. Offsets in a text that was not UTF-8 count its UTF-8 form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) before: usize,
}

/// Decodes a file. Fails with [`Code::Empty`] if nothing but white space is in it and with [`Code::UnsupportedType`] if it is
/// no text.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, Failure> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or_else(|| {
        let encoding = if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 };
        (encoding, 0)
    });
    let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
    if text.trim().is_empty() {
        return Err(Failure::new(Code::Empty, "the file holds only white space"));
    }
    if text.contains('\0') {
        return Err(Failure::new(Code::UnsupportedType, "the file holds binary data"));
    }
    Ok(Decoded { text: text.into_owned(), before: if encoding == UTF_8 { mark } else { 0 } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let check = |bytes: &[u8], before| {
            assert_eq!(decode(bytes), Ok(Decoded { text: "Größe".to_owned(), before }));
        };
        check("Größe".as_bytes(), 0);
        check(b"\xEF\xBB\xBFGr\xC3\xB6\xC3\x9Fe", 3);
        check(b"Gr\xF6\xDFe", 0);
        check(b"\xFF\xFEG\0r\0\xF6\0\xDF\0e\0", 0);
        check(b"\xFE\xFF\0G\0r\0\xF6\0\xDF\0e", 0);
    }

    #[test]
    fn nothing_and_no_text_are_refused() {
        let code = |bytes: &[u8]| decode(bytes).map_err(|failure| failure.code);
        assert_eq!(code(b""), Err(Code::Empty));
        assert_eq!(code(b" \n\t\r\n"), Err(Code::Empty));
        assert_eq!(code(b"\xEF\xBB\xBF \n"), Err(Code::Empty));
        assert_eq!(code(b"MZ\0\0"), Err(Code::UnsupportedType));
    }
}
