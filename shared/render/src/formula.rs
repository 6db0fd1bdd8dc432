//! Formulas: LaTeX to outlines, by `ratex`, in the look of `KaTeX`.

use ratex_font::{FontId, get_char_metrics};
use ratex_layout::{LayoutOptions, layout, to_display_list, validate_layout};
use ratex_svg::{SvgOptions, render_to_svg};
use ratex_types::color::Color;
use ratex_types::display_item::DisplayItem;
use ratex_types::math_style::MathStyle;

/// Longer sources are shown as text: nobody reads such a formula, and work stays bounded.
const MAX_LATEX_BYTES: usize = 2_000;
/// The size the SVG is written at; any would do, since it is scaled.
const UNITS_PER_EM: f64 = 40.0;
/// More lines are not read in one scene.
const MAX_LINES: usize = 6;
/// A formula that would be larger, in em, is not one that can be read.
const MAX_SIDE_EM: f64 = 400.0;

/// A formula ready to be placed. Lengths are in multiples of the font size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Formula {
    pub(crate) svg: String,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) depth: f64,
}

/// How a formula stands in its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Inline,
    Display,
}

/// Sets a formula; none where the LaTeX is wrong, too long or holds signs that formula fonts lack.
pub(crate) fn set(latex: &str, place: Place, [r, g, b]: [f32; 3]) -> Option<Formula> {
    if latex.trim().is_empty() || latex.len() > MAX_LATEX_BYTES {
        return None;
    }
    let style = match place {
        Place::Inline => MathStyle::Text,
        Place::Display => MathStyle::Display,
    };
    let options = LayoutOptions { style, color: Color::rgb(r, g, b), ..LayoutOptions::default() };
    // A hostile source may still find a case the library did not think of; it then is shown as text.
    std::panic::catch_unwind(|| {
        let boxes = layout(&ratex_parser::parse(latex).ok()?, &options);
        validate_layout(&boxes).ok()?;
        let list = to_display_list(&boxes);
        let sides = [list.width, list.height + list.depth];
        if sides.iter().any(|side| !side.is_finite() || *side <= 0.01 || *side > MAX_SIDE_EM) {
            return None;
        }
        if !list.items.iter().all(is_embedded) {
            return None;
        }
        let options = SvgOptions { font_size: UNITS_PER_EM, padding: 0.0, embed_glyphs: true, ..SvgOptions::default() };
        Some(Formula { svg: render_to_svg(&list, &options), width: list.width, height: list.height, depth: list.depth })
    })
    .ok()?
}

/// Whether the formula fonts hold the glyph. For any other the library would look among the fonts of the machine it runs on.
fn is_embedded(item: &DisplayItem) -> bool {
    let DisplayItem::GlyphPath { font, char_code, .. } = item else {
        return true;
    };
    let fonts = [FontId::parse(font), Some(FontId::MainRegular)];
    let blank = char::from_u32(*char_code).is_some_and(char::is_whitespace);
    blank || fonts.into_iter().flatten().any(|font| get_char_metrics(font, *char_code).is_some())
}

/// Breaks a formula that is too wide before its outer relations and signs, into lines of at most `line_em` where that can be
/// done; none where there is nothing to break at or a line would not be a formula.
pub(crate) fn lines(latex: &str, line_em: f64, ink: [f32; 3]) -> Vec<String> {
    let width = |latex: &str| set(latex, Place::Display, ink).map(|formula| formula.width);
    let mut lines: Vec<String> = Vec::new();
    for part in parts(latex) {
        let Some(part_width) = width(&continued(part)) else {
            return Vec::new();
        };
        let joined = lines.last().map(|line| format!("{line}{part}"));
        match (joined, lines.last_mut()) {
            (Some(joined), Some(line)) if width(&joined).is_some_and(|width| width <= line_em) => *line = joined,
            (None, _) => lines.push(part.to_owned()),
            _ if part_width > line_em * 1.5 => return Vec::new(),
            _ => lines.push(continued(part)),
        }
    }
    if (2..=MAX_LINES).contains(&lines.len()) { lines } else { Vec::new() }
}

/// What stands before the first outer relation of a line, and the rest with the relation; either may be empty.
pub(crate) fn at_relation(latex: &str) -> (&str, &str) {
    const RELATIONS: [&str; 15] = [
        "=",
        "<",
        ">",
        "\\le",
        "\\leq",
        "\\ge",
        "\\geq",
        "\\approx",
        "\\equiv",
        "\\sim",
        "\\propto",
        "\\to",
        "\\implies",
        "\\Rightarrow",
        "\\iff",
    ];
    let relation = outer_tokens(latex).find(|(_, token)| RELATIONS.contains(token));
    relation.map_or((latex.trim(), ""), |(at, _)| (latex[..at].trim(), latex[at..].trim()))
}

/// A part as it stands at the start of a line: its sign keeps the space of an operator between two terms.
pub(crate) fn continued(part: &str) -> String {
    format!("{{}}{part}")
}

/// Cuts LaTeX before each relation or sign that no bracket, group or environment encloses.
fn parts(latex: &str) -> Vec<&str> {
    let mut start = 0;
    let mut parts = Vec::new();
    for (at, token) in outer_tokens(latex) {
        if breaks_before(token) && !latex[start..at].trim().is_empty() {
            parts.push(&latex[start..at]);
            start = at;
        }
    }
    parts.push(&latex[start..]);
    parts
}

/// The tokens that no bracket, group or environment encloses, and where they begin.
fn outer_tokens(latex: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut depth = 0_i32;
    tokens(latex).filter(move |(_, token)| {
        match *token {
            "{" | "(" | "[" | "\\left" | "\\begin" | "\\{" => depth += 1,
            "}" | ")" | "]" | "\\right" | "\\end" | "\\}" => depth -= 1,
            _ => return depth == 0,
        }
        false
    })
}

fn breaks_before(token: &str) -> bool {
    const SIGNS: [&str; 18] = [
        "=",
        "+",
        "-",
        "<",
        ">",
        "\\le",
        "\\leq",
        "\\ge",
        "\\geq",
        "\\approx",
        "\\equiv",
        "\\sim",
        "\\propto",
        "\\pm",
        "\\to",
        "\\implies",
        "\\Rightarrow",
        "\\iff",
    ];
    SIGNS.contains(&token)
}

/// Commands and single signs with their byte offsets.
fn tokens(latex: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = latex.get(at..).filter(|rest| !rest.is_empty())?;
        let letters = rest.strip_prefix('\\').map(|name| name.chars().take_while(char::is_ascii_alphabetic).count());
        let length = match letters {
            Some(0) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            Some(letters) => 1 + letters,
            None => rest.chars().next().map_or(1, char::len_utf8),
        };
        let token = (at, &rest[..length]);
        at += length;
        Some(token)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display(latex: &str) -> Option<Formula> {
        set(latex, Place::Display, [0.0; 3])
    }

    #[test]
    fn a_formula_is_drawn_in_outlines() {
        let formula = display(r"\sum_{i=1}^n \frac{x_i}{\sqrt{d_k}}").expect("valid");
        assert!(formula.svg.contains("<path") && !formula.svg.contains("<text"));
        assert!(formula.width > 1.0 && formula.height > formula.depth);
    }

    #[test]
    fn what_papers_write_can_be_set() {
        for latex in [
            r"\left\{\begin{array}{c|c} a & b \\ \hline c & d \end{array}\right\}",
            r"f(x) = \begin{cases} x^2 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}",
            r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \\ 5 & 6 \\ 7 & 8 \end{pmatrix}",
            r"\begin{aligned} a &= b + c \\ &\leq d \end{aligned}",
            r"\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}",
            r"\sqrt[3]{\frac{a}{\sqrt{\frac{b}{\sqrt{c}}}}}",
            r"\mathcal{L}, \mathbb{E}, \mathscr{F}, \mathfrak{g}, \mathbf{x}, \boldsymbol{\theta}, \hat{y}, \vec{v}, \overline{AB}",
            r"\underbrace{a + b}_{n} \xrightarrow{f} \overset{!}{=} \lVert x \rVert_2 \hbar \ell \Re \aleph",
            r"\ce{2H2 + O2 -> 2H2O}",
            r"\operatorname*{arg\,max}_\theta \log p(x \mid \theta) \quad \forall x \in \mathbb{R}^n",
            r"\Biggl( \sum_{k} \binom{n}{k} \Biggr) \iff P \not\subseteq Q \wedge \neg R",
            r"\color{red} x \cancel{y} \boxed{z} \text{naïve café} α ≤ β → ∞",
            r"E = mc^2 \tag{1}",
        ] {
            assert!(display(latex).is_some(), "{latex}");
        }
    }

    #[test]
    fn inline_formulas_are_lower() {
        let inline = set(r"\sum_{i=1}^n x_i", Place::Inline, [0.0; 3]).expect("valid");
        assert!(inline.height < display(r"\sum_{i=1}^n x_i").expect("valid").height);
    }

    #[test]
    fn wide_formulas_break_before_outer_signs() {
        let sum = (0..15).map(|i| format!(r"\frac{{x_{{{i}}}}}{{(y + {i})}}")).collect::<Vec<_>>().join(" + ");
        let lines = lines(&format!("f(a + b) = {sum}"), 20.0, [0.0; 3]);
        assert!((2..=MAX_LINES).contains(&lines.len()), "{lines:?}");
        assert!(lines[0].starts_with("f(a + b) = ") && lines[1].starts_with("{}+"), "{lines:?}");
        assert!(lines.iter().all(|line| display(line).expect("valid").width <= 20.0));
    }

    #[test]
    fn a_line_is_parted_at_its_first_outer_relation() {
        assert_eq!(at_relation("f(a = b) = c = d"), ("f(a = b)", "= c = d"));
        assert_eq!(at_relation(r"\leq x"), ("", r"\leq x"));
        assert_eq!(at_relation(r"\sum_{i=1}^n x"), (r"\sum_{i=1}^n x", ""));
    }

    #[test]
    fn what_is_enclosed_is_not_broken() {
        assert_eq!(parts(r"\left(a + b\right) c"), [r"\left(a + b\right) c"]);
        assert_eq!(parts(r"a \leq \{b + c\} = d"), ["a ", r"\leq \{b + c\} ", "= d"]);
        assert_eq!(parts("-x"), ["-x"]);
    }

    #[test]
    fn what_is_no_formula_is_refused() {
        let deep = "{".repeat(900) + &"}".repeat(900);
        let long = "x+".repeat(1_001);
        for latex in
            ["", "  ", r"\frac{", r"\nonsense", r"\text{中文}", r"x \text{Ж 🚀}", &deep, &long, r"\newcommand{\a}{\a\a}\a"]
        {
            assert_eq!(display(latex), None, "{latex:.20}");
        }
    }
}
