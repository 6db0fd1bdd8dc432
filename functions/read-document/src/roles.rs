//! What a section is for, from the words of its heading; and the number before a heading.

use domain::SectionRole;

const ABSTRACT: &[&str] =
    &["abstract", "summary", "executive summary", "zusammenfassung", "kurzfassung", "résumé", "resumen", "synopsis"];
const REFERENCES: &[&str] = &[
    "references",
    "bibliography",
    "works cited",
    "literature",
    "literature cited",
    "literatur",
    "literaturverzeichnis",
    "références",
    "bibliographie",
    "referencias",
    "further reading",
    "references and notes",
    "cited literature",
];
const BOILERPLATE: &[&str] = &[
    "contents",
    "table of contents",
    "inhalt",
    "inhaltsverzeichnis",
    "table des matières",
    "acknowledgements",
    "acknowledgments",
    "acknowledgement",
    "acknowledgment",
    "danksagung",
    "remerciements",
    "license",
    "licence",
    "licensing",
    "lizenz",
    "copyright",
    "author contributions",
    "authors",
    "author",
    "about the author",
    "about the authors",
    "funding",
    "conflict of interest",
    "conflicts of interest",
    "competing interests",
    "data availability",
    "disclaimer",
    "contributing",
    "contributors",
    "credits",
    "keywords",
    "key words",
    "index terms",
    "general terms",
    "ccs concepts",
    "categories and subject descriptors",
    "index",
    "list of figures",
    "list of tables",
    "preface",
    "colophon",
    "changelog",
    "change log",
    "affiliation",
    "affiliations",
    "sponsors",
    "code of conduct",
    "badges",
    "legal",
    "trademarks",
    "acm reference format",
    "availability",
    "notes",
    "stichwortverzeichnis",
    "legal notice",
    "outline",
    "agenda",
    "list of acronyms",
    "acronyms",
    "copyright notice",
    "endnotes",
    "credit",
    "backers",
    "support us",
];
const APPENDIX: &[&str] = &["appendix", "appendices", "anhang", "annexe", "supplementary material", "supplement"];

/// What a section is for, by its heading without number.
pub(crate) fn role(heading: &str) -> SectionRole {
    let name = heading.trim().trim_end_matches([':', '.']).to_lowercase();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    // Small capitals and letter-spaced headings come apart: `R eferences`.
    let tight: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    let is = |names: &[&str]| names.iter().any(|known| *known == name || (known.len() > 5 && known.replace(' ', "") == tight));
    match () {
        () if is(ABSTRACT) => SectionRole::Abstract,
        () if is(REFERENCES) => SectionRole::References,
        () if is(BOILERPLATE) => SectionRole::Boilerplate,
        () if is(APPENDIX) || APPENDIX.iter().any(|known| name.starts_with(&format!("{known} "))) => SectionRole::Appendix,
        () => SectionRole::Body,
    }
}

/// Whether a heading has one of the names that sections usually have, so that it needs no other sign to be one.
pub(crate) fn is_usual_name(heading: &str) -> bool {
    const BODY: &[&str] = &[
        "introduction",
        "conclusion",
        "conclusions",
        "related work",
        "background",
        "discussion",
        "evaluation",
        "results",
        "methods",
        "method",
        "motivation",
        "overview",
        "experiments",
        "implementation",
        "future work",
        "einleitung",
        "fazit",
        "preliminaries",
        "concluding remarks",
        "conclusions and future work",
        "materials and methods",
        "model",
        "analysis",
        "problem statement",
    ];
    role(heading) != SectionRole::Body || BODY.contains(&heading.trim().to_lowercase().as_str())
}

/// Splits the number from a heading: `2.1 Tides` gives `2.1` and `Tides`. The number has no closing mark.
pub(crate) fn split_number(heading: &str) -> (Option<&str>, &str) {
    let heading = heading.trim();
    let (chapter_word, rest) = match heading.split_once(char::is_whitespace) {
        Some((word, rest))
            if ["chapter", "section", "appendix", "part", "kapitel", "anhang", "lecture"]
                .contains(&word.to_lowercase().as_str()) =>
        {
            (true, rest.trim_start())
        }
        _ => (false, heading),
    };
    let Some(mark_end) = rest.find(char::is_whitespace).or(chapter_word.then_some(rest.len())) else { return (None, heading) };
    let mark = &rest[..mark_end];
    let title = rest[mark_end..].trim_start_matches([' ', '\u{A0}', '–', '—', '-', ':', '|', '.']).trim();
    let number = mark.trim_start_matches('§').trim_end_matches(['.', ':', ')']);
    // Initials are no numbers.
    let initials = number.len() == 1
        && !chapter_word
        && title.split(' ').next().is_some_and(|word| word.chars().count() <= 2 && word.ends_with('.'));
    if initials || !is_number(number, mark.len() > number.len() || chapter_word) || (title.is_empty() && !chapter_word) {
        return (None, heading);
    }
    if title.is_empty() { (Some(number), heading) } else { (Some(number), title) }
}

fn is_number(number: &str, marked: bool) -> bool {
    let parts: Vec<&str> = number.split('.').collect();
    let decimal = |part: &str| (1..=3).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit());
    let roman = number.len() <= 5 && !number.is_empty() && number.chars().all(|c| "IVX".contains(c));
    let letter = parts[0].len() == 1 && parts[0].chars().all(|c| c.is_ascii_uppercase());
    match parts.len() {
        0 => false,
        1 => decimal(parts[0]) || (marked && (roman || letter)),
        2..=5 => (decimal(parts[0]) || letter) && parts[1..].iter().all(|part| decimal(part)),
        _ => false,
    }
}

/// How deep a number is nested: 1 for `3`, 2 for `3.1` and for `B` below Roman numbers.
pub(crate) fn depth(number: &str) -> u8 {
    u8::try_from(number.split('.').filter(|part| !part.is_empty()).count()).unwrap_or(u8::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_tell_what_sections_are_for() {
        assert_eq!(role("REFERENCES"), SectionRole::References);
        assert_eq!(role("Acknowledgments"), SectionRole::Boilerplate);
        assert_eq!(role("R EFERENCES"), SectionRole::References);
        assert_eq!(role("Abstract."), SectionRole::Abstract);
        assert_eq!(role("Appendix A"), SectionRole::Appendix);
        assert_eq!(role("The indexing of tides"), SectionRole::Body);
    }

    #[test]
    fn numbers_are_split_from_headings() {
        let check = |heading: &str, number: Option<&str>, title: &str| assert_eq!(split_number(heading), (number, title));
        check("2.1 Tides", Some("2.1"), "Tides");
        check("3. Moon", Some("3"), "Moon");
        check("IV. Results", Some("IV"), "Results");
        check("A.2 Proofs", Some("A.2"), "Proofs");
        check("Chapter 4: Waves", Some("4"), "Waves");
        check("A tide", None, "A tide");
        check("I think", None, "I think");
        check("J. C. Author", None, "J. C. Author");
        check("Tides", None, "Tides");
        check("1984", None, "1984");
    }
}
