//! What a PDF says about itself: title, authors, language and outline.

use lopdf::{Dictionary, LoadOptions, Object, decode_text_string};

/// What the file states besides its pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Statements {
    pub(crate) title: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) language: Option<String>,
    pub(crate) outline: Vec<OutlineEntry>,
}

/// An entry of the outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutlineEntry {
    /// 1 for the outermost.
    pub(crate) level: u8,
    pub(crate) title: String,
    /// Page number from 1.
    pub(crate) page: u32,
}

/// Streams of objects larger than this when unpacked are not read.
const LARGEST_STREAM_BYTES: usize = 64 * 1024 * 1024;

/// Loads the structure of the file. Owner passwords need not be known.
pub(crate) fn load(bytes: &[u8]) -> Result<lopdf::Document, lopdf::Error> {
    lopdf::Document::load_mem_with_options(bytes, LoadOptions::with_max_decompressed_size(LARGEST_STREAM_BYTES))
}

/// Whether the page tree names any page, be it there or not.
pub(crate) fn names_pages(file: &lopdf::Document) -> bool {
    let tree = file.catalog().and_then(|catalog| catalog.get(b"Pages")).and_then(|pages| file.dereference(pages));
    let kids = tree.and_then(|(_, tree)| tree.as_dict()?.get(b"Kids")).and_then(|kids| file.dereference(kids));
    kids.and_then(|(_, kids)| kids.as_array()).is_ok_and(|kids| !kids.is_empty())
}

/// Reads what the file states. Broken parts count as not stated.
pub(crate) fn statements(file: &lopdf::Document) -> Statements {
    let information =
        file.trailer.get(b"Info").ok().and_then(|info| file.dereference(info).ok()).and_then(|(_, info)| info.as_dict().ok());
    let stated = |key: &[u8]| information.and_then(|info| text(file, info, key));
    let language = file.catalog().ok().and_then(|catalog| text(file, catalog, b"Lang")).filter(|tag| is_language_tag(tag));
    let outline = file.get_toc().map(|toc| toc.toc).unwrap_or_default();
    Statements {
        title: stated(b"Title").filter(|title| !is_junk_title(title)),
        authors: stated(b"Author").map(|author| split_authors(&author)).unwrap_or_default(),
        language,
        outline: outline
            .into_iter()
            .map(|entry| OutlineEntry {
                level: u8::try_from(entry.level).unwrap_or(u8::MAX),
                title: entry.title.split_whitespace().collect::<Vec<_>>().join(" "),
                page: u32::try_from(entry.page).unwrap_or(0),
            })
            .collect(),
    }
}

fn text(file: &lopdf::Document, dictionary: &Dictionary, key: &[u8]) -> Option<String> {
    let (_, value) = file.dereference(dictionary.get(key).ok()?).ok()?;
    let text = match value {
        Object::String(..) => decode_text_string(value).ok()?,
        Object::Name(name) => String::from_utf8_lossy(name).into_owned(),
        _ => return None,
    };
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

fn is_language_tag(tag: &str) -> bool {
    (2..=12).contains(&tag.len()) && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Titles that programs write when nobody gave one.
fn is_junk_title(title: &str) -> bool {
    let lower = title.to_lowercase();
    let file_like =
        [".doc", ".docx", ".dvi", ".tex", ".ps", ".pdf", ".rtf", ".odt", ".indd", ".qxd", ".fm", ".eps", ".pptx", ".ppt"];
    lower.starts_with("microsoft ")
        || lower.starts_with("untitled")
        || ["title", "document", "no title", "paper", "main", "ms", "template", "slide 1", "presentation"]
            .contains(&lower.as_str())
        || file_like.iter().any(|ending| lower.ends_with(ending))
        || lower.contains('\\')
        || !title.contains(char::is_alphabetic)
        || (!title.contains(' ') && title.contains(|c: char| c == '_' || c.is_ascii_digit()))
}

fn split_authors(stated: &str) -> Vec<String> {
    let lower = stated.to_lowercase();
    if ["unknown", "author", "administrator", "user", "owner", "admin", "root", "anonymous"].contains(&lower.as_str())
        || stated.contains('@')
    {
        return Vec::new();
    }
    let separated = stated.replace(" and ", ";").replace(" & ", ";");
    let separator = if separated.contains(';') { [';', ';'] } else { [',', ','] };
    let separated = if separated.contains(';') { separated.replace(',', ";") } else { separated };
    let names = separated.split(separator).map(|name| name.trim().to_owned());
    names.filter(|name| name.contains(char::is_alphabetic) && name.chars().count() > 2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_programs_are_no_titles() {
        for title in ["Microsoft Word - x.doc", "untitled", "paper.dvi", "C:\\x", "icml_2019", "12"] {
            assert!(is_junk_title(title), "{title}");
        }
        for title in ["Tides", "On the Tides of 1984", "Dynamo: a store"] {
            assert!(!is_junk_title(title), "{title}");
        }
    }

    #[test]
    fn authors_are_split() {
        assert_eq!(split_authors("Ann Lee, Bo Ray and Cy Poe"), ["Ann Lee", "Bo Ray", "Cy Poe"]);
        assert_eq!(split_authors("Ann Lee; Bo Ray"), ["Ann Lee", "Bo Ray"]);
        assert!(split_authors("Administrator").is_empty());
    }
}
