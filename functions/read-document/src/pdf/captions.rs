//! Labels of figures and tables, such as `Figure 3:`, and the rest of the caption behind them.

/// What a caption belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Captioned {
    Figure,
    Table,
}

/// A caption taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caption<'t> {
    pub(crate) kind: Captioned,
    /// Such as `Figure 3`.
    pub(crate) label: String,
    /// What follows the label.
    pub(crate) rest: &'t str,
    /// Whether a mark separates the label from the rest, as prose that only begins with a reference does not have.
    pub(crate) marked: bool,
}

const LABELS: &[(&str, Captioned, &str)] = &[
    ("figure", Captioned::Figure, "Figure"),
    ("fig", Captioned::Figure, "Figure"),
    ("abbildung", Captioned::Figure, "Abbildung"),
    ("abb", Captioned::Figure, "Abbildung"),
    ("figura", Captioned::Figure, "Figura"),
    ("scheme", Captioned::Figure, "Scheme"),
    ("chart", Captioned::Figure, "Chart"),
    ("algorithm", Captioned::Figure, "Algorithm"),
    ("listing", Captioned::Figure, "Listing"),
    ("table", Captioned::Table, "Table"),
    ("tabelle", Captioned::Table, "Tabelle"),
    ("tab", Captioned::Table, "Table"),
    ("tabla", Captioned::Table, "Tabla"),
    ("tableau", Captioned::Table, "Tableau"),
];

/// Reads a caption from the start of a text.
pub(crate) fn parse(text: &str) -> Option<Caption<'_>> {
    let text = text.trim_start();
    let word_end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let word = text[..word_end].to_lowercase();
    if !text.starts_with(char::is_uppercase) {
        return None;
    }
    let (_, kind, name) = LABELS.iter().find(|(label, ..)| *label == word)?;
    let rest = text[word_end..].trim_start_matches(['.', ' ', '\u{A0}']);
    let number_end = rest.find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-')).unwrap_or(rest.len());
    let number = rest[..number_end].trim_end_matches(['.', '-']);
    let is_roman = !number.is_empty() && number.chars().all(|c| "IVX".contains(c));
    if !(number.contains(|c: char| c.is_ascii_digit()) || is_roman) || number.len() > 8 {
        return None;
    }
    let behind = &rest[number.len()..];
    let after = behind.trim_start_matches([' ', '\u{A0}', ':', '.', '|', '–', '—']);
    let marks = &behind[..behind.len() - after.len()];
    let marked = after.is_empty() || marks.contains([':', '.', '|', '–', '—']);
    Some(Caption { kind: *kind, label: format!("{name} {number}"), rest: after, marked })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_taken_apart() {
        let check = |text: &str, label: &str, rest: &str, marked: bool| {
            let caption = parse(text).unwrap_or_else(|| panic!("{text} is a caption"));
            assert_eq!((caption.label.as_str(), caption.rest, caption.marked), (label, rest, marked));
        };
        check("Figure 3: A tide.", "Figure 3", "A tide.", true);
        check("Fig. 3. A tide.", "Figure 3", "A tide.", true);
        check("FIGURE 2.1 A tide", "Figure 2.1", "A tide", false);
        check("Table IV", "Table IV", "", true);
        check("Figure 3 shows a tide", "Figure 3", "shows a tide", false);
    }

    #[test]
    fn prose_is_no_caption() {
        for text in ["Figures show", "figure 3: x", "Table of contents", "Tables 2 and 3", "Figure"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
