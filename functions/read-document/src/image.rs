//! Images inside a document: `data:` addresses taken apart (RFC 2397) and base64 decoded (RFC 4648).

use domain::ContentHash;
use serde::{Deserialize, Serialize};

/// An image that was embedded in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EmbeddedImage {
    /// The address of its bytes.
    pub(crate) hash: ContentHash,
    /// Such as `image/png`.
    pub(crate) media_type: String,
    /// Its bytes in base64.
    pub(crate) base64: String,
}

/// Reads an image from a `data:` address. None for other addresses, other types and bytes that are not what the type says.
pub(crate) fn from_data_address(address: &str) -> Option<EmbeddedImage> {
    let (media_type, base64) = address.strip_prefix("data:")?.split_once(";base64,")?;
    let base64: String = base64.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=").split_whitespace().collect();
    let bytes = decode(&base64)?;
    let magic: &[u8] = match media_type {
        "image/png" => b"\x89PNG",
        "image/jpeg" => b"\xFF\xD8\xFF",
        "image/gif" => b"GIF8",
        "image/webp" => b"RIFF",
        _ => return None,
    };
    bytes.starts_with(magic).then(|| EmbeddedImage { hash: ContentHash::of([&bytes]), media_type: media_type.to_owned(), base64 })
}

/// Decodes base64. None if a character is not of its alphabet.
pub(crate) fn decode(base64: &str) -> Option<Vec<u8>> {
    let digits = base64.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 3);
    for group in digits.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            bits = bits << 6 | u32::from(value(*digit)?);
        }
        bits <<= 6 * (4 - group.len());
        let [_, first, second, third] = bits.to_be_bytes();
        match group.len() {
            4 => bytes.extend([first, second, third]),
            3 => bytes.extend([first, second]),
            2 => bytes.push(first),
            _ => return None,
        }
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded() {
        // RFC 4648, section 10.
        for (base64, text) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(decode(base64).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(decode("Z!=="), None);
    }

    #[test]
    fn only_images_are_taken() {
        let png = from_data_address("data:image/png;base64,iVBORw0KGgo=").expect("an image");
        assert_eq!(png.media_type, "image/png");
        assert_eq!(from_data_address("data:image/png;base64,Zm9v"), None);
        assert_eq!(from_data_address("data:text/html;base64,Zm9v"), None);
        assert_eq!(from_data_address("https://example.org/x.png"), None);
    }
}
