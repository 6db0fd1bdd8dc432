//! Listings: which lines are shown, and how their language is called.

use crate::text;

/// The most lines of one picture; more cannot be read in the time a scene lasts.
pub(crate) const MAX_LINES: usize = 18;
/// The most characters of one line.
const MAX_CHARACTERS: usize = 240;
/// The longest word of code that stays whole: what a line of an upright frame holds at the smallest size.
const MAX_WORD: usize = 40;
/// How many lines before the first stressed one are kept as context.
const CONTEXT: usize = 4;
const TAB: &str = "    ";

/// The lines of a listing that are shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Excerpt {
    /// The lines, without their common indentation.
    pub(crate) lines: Vec<String>,
    /// The number of the first line, from 1.
    pub(crate) first: usize,
    /// How many lines there are before it.
    pub(crate) before: usize,
    /// How many lines there are behind the last one.
    pub(crate) behind: usize,
    /// The numbers of the stressed lines.
    pub(crate) stressed: Vec<u32>,
}

/// Chooses the lines to show: from the first, or around the first stressed one where it would not be seen; up to a blank
/// line where one is near the end.
pub(crate) fn excerpt(code: &str, highlight: &[u32]) -> Excerpt {
    let mut lines: Vec<String> = code.lines().map(drawable_line).collect();
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    let total = lines.len();
    let stressed: Vec<u32> = highlight.iter().copied().filter(|line| (1..=total).contains(&(*line as usize))).collect();
    let start = first_line(total, stressed.iter().min().map(|line| *line as usize - 1));
    let end = last_line(&lines, start);
    let mut lines = lines[start..end].to_vec();
    dedent(&mut lines);
    Excerpt { lines, first: start + 1, before: start, behind: total - end, stressed }
}

/// Index of the first line that is shown.
fn first_line(total: usize, stressed: Option<usize>) -> usize {
    match stressed {
        Some(stressed) if total > MAX_LINES && stressed >= MAX_LINES - CONTEXT => (stressed - CONTEXT).min(total - MAX_LINES),
        _ => 0,
    }
}

/// Index behind the last line that is shown.
fn last_line(lines: &[String], start: usize) -> usize {
    let end = (start + MAX_LINES).min(lines.len());
    if end == lines.len() {
        return end;
    }
    // Rather stop before a blank line than within the next paragraph, if little is lost.
    (end - CONTEXT..end).rev().find(|at| lines[*at].trim().is_empty()).unwrap_or(end)
}

fn drawable_line(line: &str) -> String {
    let line = line.replace('\t', TAB);
    let kept = line.trim_end();
    let mut out = String::with_capacity(kept.len());
    let mut word = 0;
    for sign in kept.chars().take(MAX_CHARACTERS).filter(|sign| !sign.is_control()) {
        // What lets long words break is invisible and does not disturb the colours much.
        word = if sign.is_whitespace() { 0 } else { word + 1 };
        if word > MAX_WORD {
            out.push('\u{200B}');
        }
        out.push(sign);
    }
    if kept.chars().count() > MAX_CHARACTERS {
        out.push(text::ELLIPSIS);
    }
    out
}

fn dedent(lines: &mut [String]) {
    let indentation = |line: &String| line.len() - line.trim_start_matches(' ').len();
    let common = lines.iter().filter(|line| !line.trim().is_empty()).map(indentation).min().unwrap_or(0);
    for line in lines {
        line.drain(..common.min(indentation(line)));
    }
}

/// The name under which the syntax of a language is known, and the one it is shown by.
pub(crate) fn language(name: Option<&str>) -> Option<(String, String)> {
    let name = name?.trim().to_lowercase();
    let (syntax, shown) = match name.as_str() {
        "" | "text" | "txt" | "plain" | "plaintext" | "none" => return None,
        "python" | "python3" | "py" | "python2" => ("python", "Python"),
        "rust" | "rs" => ("rust", "Rust"),
        "javascript" | "js" | "jsx" | "node" => ("js", "JavaScript"),
        "typescript" | "ts" | "tsx" => ("ts", "TypeScript"),
        "c++" | "cpp" | "cxx" => ("cpp", "C++"),
        "c" => ("c", "C"),
        "c#" | "csharp" | "cs" => ("cs", "C#"),
        "java" => ("java", "Java"),
        "go" | "golang" => ("go", "Go"),
        "sh" | "bash" | "shell" | "zsh" | "console" => ("bash", "Shell"),
        "sql" => ("sql", "SQL"),
        "json" => ("json", "JSON"),
        "yaml" | "yml" => ("yaml", "YAML"),
        "toml" => ("toml", "TOML"),
        "html" => ("html", "HTML"),
        "css" => ("css", "CSS"),
        "xml" => ("xml", "XML"),
        "latex" | "tex" => ("latex", "LaTeX"),
        "r" => ("r", "R"),
        "matlab" | "octave" => ("matlab", "MATLAB"),
        "php" => ("php", "PHP"),
        other => {
            let shown: String = text::clean(other).chars().take(16).collect();
            return Some((other.chars().filter(|c| c.is_ascii_graphic()).take(16).collect(), shown));
        }
    };
    Some((syntax.to_owned(), shown.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: usize) -> String {
        (1..=count).map(|n| format!("line {n}\n")).collect()
    }

    #[test]
    fn short_listings_are_shown_whole() {
        let shown = excerpt("  a\n\n    b\n\n\n", &[3, 9]);
        assert_eq!(shown.lines, ["a", "", "  b"]);
        assert_eq!((shown.first, shown.before, shown.behind, shown.stressed), (1, 0, 0, vec![3]));
    }

    #[test]
    fn long_listings_are_cut_and_say_how_much_is_missing() {
        let shown = excerpt(&numbered(40), &[]);
        assert_eq!((shown.lines.len(), shown.before, shown.behind), (MAX_LINES, 0, 40 - MAX_LINES));
    }

    #[test]
    fn stressed_lines_are_always_among_those_shown() {
        for stressed in 1..=60 {
            let shown = excerpt(&numbered(60), &[stressed]);
            let last = shown.first + shown.lines.len();
            assert!((shown.first..last).contains(&(stressed as usize)), "{stressed} not in {}..{last}", shown.first);
            assert_eq!(shown.before + shown.lines.len() + shown.behind, 60);
        }
    }

    #[test]
    fn a_cut_prefers_a_blank_line() {
        let code = format!("{}\n{}", numbered(15), numbered(20));
        assert_eq!(excerpt(&code, &[]).lines.len(), 15);
    }

    #[test]
    fn languages_go_by_the_name_people_use() {
        assert_eq!(language(Some("Python3")), Some(("python".to_owned(), "Python".to_owned())));
        assert_eq!(language(Some("text")), None);
        assert_eq!(language(Some("Zig")), Some(("zig".to_owned(), "zig".to_owned())));
    }
}
