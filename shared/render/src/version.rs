//! The identity of what this crate draws.

/// The versions of the libraries that decide what a picture looks like; a test holds them to what is built in.
const LIBRARIES: &[u8] = b"typst 0.15.1, ratex-layout 0.1.15, hayro 0.7.1, syntect 5.3.0, image 0.25.10";

/// Everything of ours that decides it: code, templates and themes, and the fonts by their lengths.
const PARTS: &[&[u8]] = &[
    LIBRARIES,
    include_bytes!("area.rs"),
    include_bytes!("brand.rs"),
    include_bytes!("captions.rs"),
    include_bytes!("code.rs"),
    include_bytes!("diagram.rs"),
    include_bytes!("diagram/cycle.rs"),
    include_bytes!("diagram/flow.rs"),
    include_bytes!("diagram/marks.rs"),
    include_bytes!("diagram/sequence.rs"),
    include_bytes!("diagram/timeline.rs"),
    include_bytes!("diagram/tree.rs"),
    include_bytes!("figure.rs"),
    include_bytes!("fonts.rs"),
    include_bytes!("formula.rs"),
    include_bytes!("graph.rs"),
    include_bytes!("kit.rs"),
    include_bytes!("illustration.rs"),
    include_bytes!("layer.rs"),
    include_bytes!("lib.rs"),
    include_bytes!("number.rs"),
    include_bytes!("reading.rs"),
    include_bytes!("scene.rs"),
    include_bytes!("spread.rs"),
    include_bytes!("table.rs"),
    include_bytes!("text.rs"),
    include_bytes!("../templates/base.typ"),
    include_bytes!("../templates/title.typ"),
    include_bytes!("../templates/slide.typ"),
    include_bytes!("../templates/figure.typ"),
    include_bytes!("../templates/code.typ"),
    include_bytes!("../templates/formula.typ"),
    include_bytes!("../templates/table.typ"),
    include_bytes!("../templates/graph.typ"),
    include_bytes!("../templates/diagram.typ"),
    include_bytes!("../templates/quote.typ"),
    include_bytes!("../templates/number.typ"),
    include_bytes!("../templates/definition.typ"),
    include_bytes!("../templates/columns.typ"),
    include_bytes!("../templates/banner.typ"),
    include_bytes!("../templates/image.typ"),
    include_bytes!("../templates/card.typ"),
    include_bytes!("../templates/illustration.typ"),
    include_bytes!("../templates/summary.typ"),
    include_bytes!("../templates/placeholder.typ"),
    include_bytes!("../templates/sheet.typ"),
    include_bytes!("../templates/captions.typ"),
    include_bytes!("../themes/midnight.json"),
    include_bytes!("../themes/paper.json"),
    include_bytes!("../themes/chalk.json"),
    include_bytes!("../themes/daylight.json"),
    include_bytes!("../themes/midnight.tmTheme"),
    include_bytes!("../themes/paper.tmTheme"),
    include_bytes!("../themes/chalk.tmTheme"),
    include_bytes!("../themes/daylight.tmTheme"),
];

const DIGITS: [u8; 16] = hexadecimal(hash(PARTS));

/// Identifies the renderer's output; part of content addresses. Changes whenever a picture may change.
pub(crate) const VERSION: &str = match std::str::from_utf8(&DIGITS) {
    Ok(digits) => digits,
    Err(_) => unreachable!(),
};

/// FNV-1a with 64 bits, over all parts and where they end: <http://www.isthe.com/chongo/tech/comp/fnv/>.
const fn hash(parts: &[&[u8]]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut part = 0;
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() {
            hash = (hash ^ parts[part][at] as u64).wrapping_mul(0x0100_0000_01b3);
            at += 1;
        }
        hash = (hash ^ at as u64).wrapping_mul(0x0100_0000_01b3);
        part += 1;
    }
    hash
}

const fn hexadecimal(number: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    let mut at = 0;
    while at < 16 {
        digits[at] = b"0123456789abcdef"[(number >> (60 - 4 * at)) as usize & 15];
        at += 1;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_a_hash_in_digits() {
        assert_eq!(VERSION.len(), 16);
        assert_eq!(hash(&[]), 0xcbf2_9ce4_8422_2325);
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
    }

    #[test]
    fn the_named_libraries_are_those_built_in() {
        let lock = include_str!("../../../Cargo.lock");
        for library in std::str::from_utf8(LIBRARIES).expect("plain").split(", ") {
            let (name, version) = library.split_once(' ').expect("name and version");
            assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"")), "{library}");
        }
    }

    #[test]
    fn every_template_and_theme_counts() {
        let counted = include_str!("version.rs");
        for folder in ["templates", "themes"] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            for entry in std::fs::read_dir(path).expect("the folder is there") {
                let name = entry.expect("readable").file_name().into_string().expect("plain name");
                assert!(counted.contains(&format!("../{folder}/{name}")), "{folder}/{name}");
            }
        }
    }
}
