//! The front matter of a Markdown file: the few lines of YAML that name title, authors and language. Other keys are skipped.

/// What the front matter states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FrontMatter {
    pub(crate) title: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) language: Option<String>,
}

/// Reads `title`, `author` or `authors` (a name, a list, or a list of mappings with `name`), and `lang` or `language`.
pub(crate) fn parse(yaml: &str) -> FrontMatter {
    let mut front = FrontMatter::default();
    let mut in_authors = false;
    for line in yaml.lines() {
        let nested = line.starts_with([' ', '\t', '-']);
        let line = line.trim();
        if nested && in_authors {
            let entry = line.trim_start_matches('-').trim();
            let name = entry.strip_prefix("name:").unwrap_or(entry);
            let is_name = entry.starts_with("name:") || (line.starts_with('-') && !entry.contains(':'));
            front.authors.extend(scalar(name).filter(|_| is_name));
            continue;
        }
        let Some((key, value)) = line.split_once(':').filter(|_| !nested) else { continue };
        in_authors = false;
        match key.trim() {
            "title" => front.title = scalar(value),
            "lang" | "language" => front.language = scalar(value).filter(|tag| tag.len() <= 12),
            "author" | "authors" if value.trim().is_empty() => in_authors = true,
            "author" | "authors" => {
                let inner = value.trim().trim_start_matches('[').trim_end_matches(']');
                front.authors = inner.split(',').filter_map(scalar).collect();
            }
            _ => {}
        }
    }
    front
}

fn scalar(value: &str) -> Option<String> {
    let value = value.trim();
    let quoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    let value = quoted.unwrap_or(value).trim();
    (!value.is_empty() && !["|", ">", "~", "null"].contains(&value)).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_authors_is_read() {
        let authors = |yaml: &str| parse(yaml).authors;
        assert_eq!(authors("author: Ann Lee"), ["Ann Lee"]);
        assert_eq!(authors("authors: [Ann Lee, 'Bo Ray']"), ["Ann Lee", "Bo Ray"]);
        assert_eq!(authors("authors:\n  - Ann Lee\n  - name: Bo Ray\n    email: b@x.org\ntitle: T"), ["Ann Lee", "Bo Ray"]);
        assert!(authors("title: T").is_empty());
    }
}
