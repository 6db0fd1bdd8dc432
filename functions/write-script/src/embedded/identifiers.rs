//! Names from source code as people say them.

use regex::Regex;
use std::sync::LazyLock;

/// A listing inside a sentence is said in at most so many words.
const MOST_WORDS: usize = 6;

/// Says a name or a short expression from source code; none if only the eye can read it.
pub(crate) fn speak(code: &str) -> Option<String> {
    let code = code.trim();
    if let Some((_, name)) = SIGNS.iter().find(|(sign, _)| *sign == code) {
        return Some((*name).to_owned());
    }
    if code.len() > 60 || code.contains('\n') {
        return None;
    }
    let code = without_arguments(code);
    let code = last_component(code);
    let mut text = code.trim_start_matches(['-', '$', '#', '@', '&', '*', '.', '/', '~', ':', '!', ' ']).to_owned();
    for (from, to) in [
        ("::", " "),
        ("->", " to "),
        ("=>", " to "),
        ("==", " equals "),
        ("!=", " is not "),
        ("<=", " at most "),
        (">=", " at least "),
        ("&&", " and "),
        ("||", " or "),
        ("()", ""),
        ("[]", ""),
        (" --", " "),
        (" -", " "),
        (" = ", " equals "),
        ("=.", " equals 0."),
        (" < ", " less than "),
        (" > ", " greater than "),
        (" + ", " plus "),
        (" * ", " times "),
        ("=", " equals "),
        ("<", " of "),
        (">", ""),
        ("\"", ""),
        ("'", ""),
    ] {
        text = text.replace(from, to);
    }
    let words: Vec<String> = text.split_whitespace().flat_map(name_words).collect();
    let said = words.join(" ");
    let sayable = said.chars().any(char::is_alphanumeric)
        && said.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '.' | '+' | '-' | ','));
    (sayable && words.len() <= MOST_WORDS).then(|| said.trim_matches([',', '.', '-', ' ']).to_owned())
}

/// Whether a code is a single sign, said by its name.
pub(crate) fn is_sign(code: &str) -> bool {
    SIGNS.iter().any(|(sign, _)| *sign == code.trim())
}

/// The words of one name: `read_file` and `readFile` are read file; `HashMap` and `main.rs` stay as they are.
pub(crate) fn name_words(name: &str) -> Vec<String> {
    let parts = name.split('_').filter(|part| !part.is_empty());
    if name.contains('_') {
        return parts.map(|part| if is_shouted(name) { part.to_lowercase() } else { part.to_owned() }).collect();
    }
    let begins_small = name.starts_with(|c: char| c.is_lowercase());
    let mut words: Vec<String> = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let hump = begins_small && before.is_lowercase() && c.is_uppercase();
        if hump {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(if begins_small && c.is_uppercase() { c.to_lowercase().collect::<Vec<_>>() } else { vec![c] });
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_shouted(name: &str) -> bool {
    !name.chars().any(char::is_lowercase)
}

fn without_arguments(code: &str) -> &str {
    static CALL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^([\w.:]+!?)\s?\(.*\)$").expect("a constant"));
    CALL.captures(code).and_then(|found| found.get(1)).map_or(code, |name| name.as_str().trim_end_matches('!'))
}

/// The last component of a path; anything else stays whole.
fn last_component(code: &str) -> &str {
    if code.contains('/') && !code.contains(' ') { code.trim_end_matches('/').rsplit('/').next().unwrap_or(code) } else { code }
}

/// Signs people have a name for.
const SIGNS: &[(&str, &str)] = &[
    ("=", "the equals sign"),
    ("?", "the question mark"),
    ("!", "the exclamation mark"),
    ("&", "the ampersand"),
    ("|", "the pipe"),
    ("||", "the double pipe"),
    ("#", "the hash sign"),
    ("*", "the asterisk"),
    ("**", "the double asterisk"),
    (";", "the semicolon"),
    (":", "the colon"),
    ("::", "the double colon"),
    (",", "the comma"),
    (".", "the dot"),
    ("..", "two dots"),
    ("...", "three dots"),
    ("_", "the underscore"),
    ("-", "the hyphen"),
    ("+", "the plus sign"),
    ("@", "the at sign"),
    ("$", "the dollar sign"),
    ("%", "the percent sign"),
    ("~", "the tilde"),
    ("^", "the caret"),
    ("\\", "the backslash"),
    ("/", "the slash"),
    ("->", "the arrow"),
    ("=>", "the double arrow"),
    ("{}", "braces"),
    ("()", "parentheses"),
    ("[]", "square brackets"),
    ("<>", "angle brackets"),
    ("\"", "the double quote"),
    ("'", "the single quote"),
    ("`", "the backtick"),
    ("\\n", "the newline"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_said_as_words() {
        for (code, expected) in [
            ("read_file", Some("read file")),
            ("readFile()", Some("read file")),
            ("MAX_SIZE", Some("max size")),
            ("HashMap", Some("HashMap")),
            ("std::fs::read(path)", Some("std fs read")),
            ("println!(\"hi\")", Some("println")),
            ("--verbose", Some("verbose")),
            ("cargo build --release", Some("cargo build release")),
            ("/etc/hosts", Some("hosts")),
            ("src/main.rs", Some("main.rs")),
            (".gitignore", Some("gitignore")),
            ("Vec<T>", Some("Vec of T")),
            ("x = 5", Some("x equals 5")),
            ("width=.75", Some("width equals 0.75")),
            ("?", Some("the question mark")),
            ("{ a: { b } }", None),
            ("for (;;) { i++; }", None),
            ("a b c d e f g", None),
            ("", None),
        ] {
            assert_eq!(speak(code).as_deref(), expected, "{code}");
        }
    }
}
