//! The inline notation of our texts: `` `code` `` and `$formula$` inside plain prose, `\` before a literal `` ` ``, `$` or `\`.
//!
//! Readers of documents produce it, writers and renderers take it apart again. It is data: nothing here is ever evaluated.

/// One run of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Prose.
    Text(String),
    /// Source code or a name from it, to be set in a fixed-width face.
    Code(String),
    /// A formula in LaTeX, without its dollar signs.
    Math(String),
}

/// Takes a text apart. A mark without its partner is prose, so every string has a reading.
pub fn parse(text: &str) -> Vec<Inline> {
    let mut runs = Vec::new();
    let mut prose = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        match first {
            '\\' if after.starts_with(['`', '$', '\\']) => {
                prose.push_str(&after[..1]);
                rest = &after[1..];
            }
            '`' | '$' => match find_unescaped(after, first).filter(|end| *end > 0) {
                Some(end) => {
                    if !prose.is_empty() {
                        runs.push(Inline::Text(std::mem::take(&mut prose)));
                    }
                    let inner = after[..end].to_owned();
                    runs.push(if first == '`' { Inline::Code(unescape_code(&inner)) } else { Inline::Math(inner) });
                    rest = &after[end + 1..];
                }
                None => {
                    prose.push(first);
                    rest = after;
                }
            },
            other => {
                prose.push(other);
                rest = after;
            }
        }
    }
    if !prose.is_empty() {
        runs.push(Inline::Text(prose));
    }
    runs
}

/// Writes prose so that [`parse`] gives it back as one text run.
pub fn escape(prose: &str) -> String {
    let mut out = String::with_capacity(prose.len());
    for c in prose.chars() {
        if matches!(c, '`' | '$' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Writes code so that [`parse`] gives it back as one code run.
pub fn code(code: &str) -> String {
    format!("`{}`", escape(code).replace("\\$", "$"))
}

/// The text without its notation: what a person would read, formulas in their source form.
pub fn plain(text: &str) -> String {
    parse(text)
        .into_iter()
        .map(|run| match run {
            Inline::Text(t) | Inline::Code(t) | Inline::Math(t) => t,
        })
        .collect()
}

fn find_unescaped(text: &str, mark: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return Some(at),
            _ => {}
        }
    }
    None
}

fn unescape_code(code: &str) -> String {
    code.replace("\\`", "`").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &str) -> Inline {
        Inline::Text(s.to_owned())
    }

    #[test]
    fn code_and_formulas_are_taken_out_of_prose() {
        assert_eq!(
            parse("call `f(x)` when $x^2 > 0$."),
            vec![text("call "), Inline::Code("f(x)".to_owned()), text(" when "), Inline::Math("x^2 > 0".to_owned()), text("."),]
        );
    }

    #[test]
    fn a_lone_mark_is_prose() {
        assert_eq!(parse("costs $5"), vec![text("costs $5")]);
        assert_eq!(parse("$$"), vec![text("$$")]);
    }

    #[test]
    fn escaped_prose_comes_back_whole() {
        for prose in ["$5 and $6", "a\\b", "`x`", "tail\\", ""] {
            assert_eq!(plain(&escape(prose)), prose);
        }
        assert_eq!(parse(&code("a`b\\c$d")), vec![Inline::Code("a`b\\c$d".to_owned())]);
    }
}
