//! The header that tells a browser to show a file or to save it under a name (RFC 6266).

use std::fmt::Write;

/// `inline`, or `attachment` with the name twice: in ASCII for old readers, and whole in UTF-8 (RFC 8187).
pub(crate) fn content_disposition(save_as: Option<&str>) -> String {
    match save_as {
        None => "inline".to_owned(),
        Some(name) => format!("attachment; filename=\"{}\"; filename*=UTF-8''{}", ascii(name), percent_encoded(name)),
    }
}

/// The name with `_` for what is not printable ASCII, or would end the quotes, or separate folders.
fn ascii(name: &str) -> String {
    name.chars().map(|c| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '/' | '%' | ';') { c } else { '_' }).collect()
}

/// All but the `attr-char` of RFC 8187 as `%XX`; what is not printable is left out.
fn percent_encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.chars().filter(|c| !c.is_control()).collect::<String>().bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes everything");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_the_file_is_shown() {
        assert_eq!(content_disposition(None), "inline");
    }

    #[test]
    fn any_name_is_safe_in_a_header() {
        for (name, expected) in [
            ("paper.mp4", "attachment; filename=\"paper.mp4\"; filename*=UTF-8''paper.mp4"),
            ("Über uns.mp4", "attachment; filename=\"_ber uns.mp4\"; filename*=UTF-8''%C3%9Cber%20uns.mp4"),
            ("a\"b\\c;d\r\ne.mp4", "attachment; filename=\"a_b_c_d__e.mp4\"; filename*=UTF-8''a%22b%5Cc%3Bde.mp4"),
            ("50%.mp4", "attachment; filename=\"50_.mp4\"; filename*=UTF-8''50%25.mp4"),
        ] {
            let header = content_disposition(Some(name));
            assert_eq!(header, expected);
            assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        }
    }
}
