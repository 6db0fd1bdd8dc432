//! Texts on their way to the page: cleaned of what cannot be drawn, taken apart into runs, cut to a length people read.

use crate::fonts::{self, Face};
use crate::formula::{self, Formula, Place};
use crate::{layer, reading};
use domain::inline::{self, Inline};
use icu_segmenter::options::LineBreakOptions;
use icu_segmenter::{LineSegmenter, LineSegmenterBorrowed};
use serde::Serialize;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// A text as templates read it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Text {
    /// What it consists of.
    pub(crate) runs: Vec<Run>,
    /// The width of the widest part that no line breaks in, in multiples of the font size.
    pub(crate) widest: f64,
    /// The mark that sets it apart from what may be read the other way around it, or nothing; U+2069 ends what it begins.
    pub(crate) isolate: &'static str,
    /// How much further apart its lines stand than those of Latin letters, in multiples of the font size.
    #[serde(skip)]
    pub(crate) line_air: f64,
}

impl Text {
    /// An upper estimate of how many lines it takes in a column, in multiples of the font size.
    pub(crate) fn lines(&self, width_em: f64) -> usize {
        let (mut lines, mut used) = (1, 0.0);
        for part in self.runs.iter().flat_map(|run| part_widths(run, "")) {
            let part = part.min(self.widest);
            if used > 0.0 && used + part > width_em {
                lines += 1;
                used = 0.0;
            }
            used += part;
        }
        lines
    }

    /// An upper estimate of its width on one line, in multiples of the font size.
    pub(crate) fn width(&self) -> f64 {
        self.runs.iter().flat_map(|run| part_widths(run, "")).map(|part| part.min(self.widest)).sum()
    }

    /// How much higher than lines of prose its formulas are together, in multiples of the font size.
    pub(crate) fn formulas_height(&self) -> f64 {
        const PROSE: f64 = 0.9;
        const HIGHEST: f64 = 3.4;
        let over = |run: &Run| match run {
            Run::Math { height, depth, .. } => (((height + depth) * MATH_SCALE).min(HIGHEST) - PROSE).max(0.0),
            Run::Prose { .. } | Run::Code { .. } => 0.0,
        };
        self.runs.iter().map(over).sum()
    }

    /// Whether there is nothing to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// One run of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Run {
    /// Prose.
    Prose {
        /// The text.
        text: String,
    },
    /// Code or a name from it.
    Code {
        /// The text.
        text: String,
    },
    /// A formula, found under its number. Lengths are in multiples of the font size.
    Math { number: usize, width: f64, height: f64, depth: f64 },
}

/// A line of a calculation, parted where all its lines are aligned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Aligned {
    before: Option<Run>,
    behind: Option<Run>,
}

/// How much of a text is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The most characters; the rest gives way to an ellipsis.
    pub(crate) characters: usize,
    /// The widest word, in multiples of the font size, that the column holds at the smallest size; wider ones may be broken
    /// anywhere.
    pub(crate) word_em: f64,
}

/// How much larger inline formulas are set than the text around them; `base.typ` has the same number.
pub(crate) const MATH_SCALE: f64 = 1.18;
/// The room beside code in a line of prose, in multiples of the font size.
const CHIP_AIR: f64 = 0.4;
/// The most formulas of one picture; what comes after is shown as text.
const MAX_FORMULAS: usize = 48;
/// Three marks on one letter occur in real writing; more only climb out of the line.
const MAX_MARKS: usize = 3;
/// A place where a line may break, without any width.
const BREAK: char = '\u{200B}';
/// What stands for a sign that no font has.
const MISSING: char = '□';
/// What stands for the rest of a text.
pub(crate) const ELLIPSIS: char = '…';

/// Sets texts and collects their formulas.
pub(crate) struct Setter {
    ink: [f32; 3],
    /// The column as a share of the widest one, for which limits are.
    column: f64,
    /// Whether what its texts stand in is read from right to left.
    right_to_left: bool,
    line_air: f64,
    formulas: Vec<(Place, String, Formula)>,
}

impl Setter {
    /// A setter whose formulas have a colour (red, green, blue, 0 to 1).
    pub(crate) fn new(ink: [f32; 3]) -> Self {
        Self { ink, column: 1.0, right_to_left: false, line_air: 0.0, formulas: Vec::new() }
    }

    /// The same for a page that is read from right to left, or not, and whose lines stand further apart.
    pub(crate) fn reading(self, right_to_left: bool, line_air: f64) -> Self {
        Self { right_to_left, line_air, ..self }
    }

    /// Whether the page is read from right to left.
    pub(crate) fn is_right_to_left(&self) -> bool {
        self.right_to_left
    }

    /// The same for a column that is a share of the widest one: long words and displayed formulas break earlier.
    pub(crate) fn within(self, column: f64) -> Self {
        Self { column, ..self }
    }

    /// Sets a text in inline notation.
    pub(crate) fn text(&mut self, text: &str, limits: Limits) -> Text {
        // Narrow templates give texts the whole column, so their words need less than its share.
        let limits = Limits { word_em: limits.word_em * self.column.clamp(0.8, 1.0), ..limits };
        let mut runs = Vec::new();
        let mut left = limits.characters;
        // Notation takes room too, so a text is cut before it is parsed only where it is far too long.
        for run in inline::parse(head(text, limits.characters.saturating_mul(8))) {
            if left == 0 {
                break;
            }
            let (run, taken) = self.run(run, left, limits.word_em);
            left = left.saturating_sub(taken);
            runs.extend(run);
        }
        if left == 0 && !ends_in_ellipsis(&runs) && text.chars().count() > limits.characters {
            runs.push(Run::Prose { text: ELLIPSIS.to_string() });
        }
        trim_edges(&mut runs);
        let (runs, widest) = joined(runs, limits.word_em);
        Text { isolate: self.isolate(&runs), runs, widest: widest.min(limits.word_em), line_air: self.line_air }
    }

    /// What sets a text apart that is read the other way than what it may stand in. Without letters it is a number, which is read
    /// from left to right (left-to-right isolate U+2066, right-to-left isolate U+2067, <https://www.unicode.org/reports/tr9/>).
    fn isolate(&self, runs: &[Run]) -> &'static str {
        let first = runs.iter().find_map(|run| match run {
            Run::Prose { text } => reading::begins_right_to_left(text),
            Run::Code { .. } | Run::Math { .. } => None,
        });
        match first {
            Some(true) => "\u{2067}",
            Some(false) | None if self.right_to_left => "\u{2066}",
            Some(false) | None => "",
        }
    }

    /// Sets a displayed formula, on several lines where it would be wider than `line_em`; none where it is not a formula.
    pub(crate) fn display(&mut self, latex: &str, line_em: f64) -> Vec<Run> {
        let line_em = line_em * self.column;
        let Some(whole) = formula::set(latex, Place::Display, self.ink) else {
            return Vec::new();
        };
        if whole.width > line_em {
            let lines = formula::lines(latex, line_em, self.ink);
            if !lines.is_empty() {
                return lines.iter().filter_map(|line| self.math(line, Place::Display)).collect();
            }
        }
        self.math(latex, Place::Display).into_iter().collect()
    }

    /// Sets lines that follow from each other, each in two parts: what stands before its first relation, and the rest. None
    /// where one of them is not a formula.
    pub(crate) fn aligned(&mut self, lines: &[String]) -> Vec<Aligned> {
        let mut set = |line: &str| {
            let (before, behind) = formula::at_relation(line);
            let mut part = |latex: &str| if latex.is_empty() { Some(None) } else { self.math(latex, Place::Display).map(Some) };
            let aligned = Aligned {
                before: part(before)?,
                behind: part(&if behind.is_empty() { String::new() } else { formula::continued(behind) })?,
            };
            (aligned.before.is_some() || aligned.behind.is_some()).then_some(aligned)
        };
        lines.iter().map(|line| set(line)).collect::<Option<_>>().unwrap_or_default()
    }

    /// The formulas in another colour, in the order of their numbers.
    pub(crate) fn formulas_in(&self, ink: [f32; 3]) -> Vec<String> {
        let set = |(place, latex, drawn): &(Place, String, Formula)| {
            formula::set(latex, *place, ink).map_or_else(|| drawn.svg.clone(), |formula| formula.svg)
        };
        self.formulas.iter().map(set).collect()
    }

    /// The drawn formulas in the order of their numbers.
    pub(crate) fn into_formulas(self) -> impl Iterator<Item = String> {
        self.formulas.into_iter().map(|(_, _, formula)| formula.svg)
    }

    fn run(&mut self, run: Inline, left: usize, word_em: f64) -> (Option<Run>, usize) {
        let (text, face) = match run {
            Inline::Math(latex) => match self.math(&latex, Place::Inline) {
                Some(math) => return (Some(math), latex.chars().count().min(left)),
                None => (latex, Face::Code),
            },
            Inline::Text(text) => (text, Face::Prose),
            Inline::Code(text) => (text, Face::Code),
        };
        let text = clean(&text);
        let characters = text.chars().count();
        let room = if face == Face::Code { word_em - CHIP_AIR } else { word_em };
        let text = breakable(&shortened(&text, left), room, face);
        let run = match face {
            _ if text.is_empty() => None,
            Face::Prose => Some(Run::Prose { text }),
            Face::Code => Some(Run::Code { text }),
        };
        (run, characters.min(left))
    }

    fn math(&mut self, latex: &str, place: Place) -> Option<Run> {
        let known = self.formulas.iter().position(|(at, source, _)| *at == place && source == latex);
        let number = match known {
            Some(number) => number,
            None if self.formulas.len() == MAX_FORMULAS => return None,
            None => {
                self.formulas.push((place, latex.to_owned(), formula::set(latex, place, self.ink)?));
                self.formulas.len() - 1
            }
        };
        let Formula { width, height, depth, .. } = self.formulas[number].2;
        Some(Run::Math { number, width, height, depth })
    }
}

/// A text without notation: cleaned, cut and breakable.
pub(crate) fn plain(text: &str, limits: Limits) -> String {
    let text = clean(head(text, limits.characters.saturating_mul(8)));
    breakable(&shortened(text.trim(), limits.characters), limits.word_em, Face::Prose)
}

/// Cuts a text to a number of characters at the end of a word, with an ellipsis.
pub(crate) fn shortened(text: &str, characters: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(characters) else {
        return text.to_owned();
    };
    let kept = &text[..end];
    let whole_words = match kept.rfind(char::is_whitespace) {
        Some(space) if space > end / 2 => &kept[..space],
        _ => kept,
    };
    let mut short =
        whole_words.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | '-')).to_owned();
    short.push(ELLIPSIS);
    short
}

/// Turns any string into signs that can be drawn: white space to spaces, no controls, no direction overrides, ligatures and
/// mathematical letters as letters, no towers of marks, emoji without a glyph left out.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    let mut base = ' ';
    for sign in text.chars().flat_map(decomposed) {
        // The vowels AM of Thai and Lao begin with a mark, although they count as letters.
        if unicode_normalization::char::is_combining_mark(sign) || matches!(sign, '\u{E33}' | '\u{EB3}') {
            marks += 1;
        } else {
            (marks, base) = (0, drawable(sign).unwrap_or(base));
        }
        match drawable(sign) {
            Some(' ') if out.ends_with(' ') => {}
            // A mark needs a letter to stand on.
            _ if marks > 0 && base == ' ' => {}
            // Fonts have no place for Latin accents on letters read from right to left.
            Some('\u{300}'..='\u{36F}') if reading::is_right_to_left_letter(base) => {}
            Some(drawn) if marks <= MAX_MARKS => out.push(drawn),
            _ => {}
        }
    }
    out
}

/// Whether a sign says something and no font can draw it.
pub(crate) fn is_lost(sign: char) -> bool {
    let is_changer = ('\u{1F3FB}'..='\u{1F3FF}').contains(&sign);
    decomposed(sign).any(|sign| match drawable(sign) {
        Some(drawn) => drawn == MISSING && sign != MISSING,
        None => layer::is_emoji(sign) && !is_changer && !fonts::can_draw(sign),
    })
}

/// Mathematical alphabets, full-width letters and presentation forms as the letters they stand for; full-width punctuation too where
/// no font has it.
fn decomposed(sign: char) -> impl Iterator<Item = char> {
    let compatible = match sign {
        '\u{1D400}'..='\u{1D7FF}' | '\u{FB00}'..='\u{FB06}' | '\u{FDF0}'..='\u{FDFD}' => true,
        '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => true,
        '\u{FF01}'..='\u{FF5E}' => !fonts::can_draw(sign),
        _ => false,
    };
    let folded = compatible.then(|| std::iter::once(sign).nfkc());
    folded.into_iter().flatten().chain((!compatible).then_some(sign))
}

fn drawable(sign: char) -> Option<char> {
    match sign {
        sign if sign.is_whitespace() => Some(' '),
        // They decide how letters of Persian or Hindi meet, and which emoji are one.
        '\u{200C}' | '\u{200D}' => Some(sign),
        // Soft hyphen, joiners and marks of direction, variation selectors, tags, private use: nothing to see.
        '\u{AD}'
        | '\u{61C}'
        | '\u{180E}'
        | '\u{200B}'
        | '\u{200E}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' => None,
        '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' | '\u{20E3}' | '\u{E000}'..='\u{F8FF}' => None,
        '\u{E0000}'..='\u{10FFFF}' => None,
        sign if sign.is_control() => None,
        '\u{2705}' => Some('✔'),
        '\u{274C}' | '\u{274E}' => Some('✘'),
        '\u{2B50}' => Some('★'),
        '\u{1F449}' => Some('→'),
        '\u{1F448}' => Some('←'),
        '\u{1F000}'..='\u{1FBFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' if !fonts::can_draw(sign) => None,
        sign if fonts::can_draw(sign) => Some(sign),
        sign if unicode_normalization::char::is_combining_mark(sign) => None,
        _ => Some(MISSING),
    }
}

/// Lets what is wider than the column break: words at the joints of paths and names first, else anywhere, and rows of signs
/// between which lines never break, such as `, , ,`. Words of scripts without blanks are set apart, because Typst does not look for
/// them on pages in Chinese or Japanese.
fn breakable(text: &str, word_em: f64, face: Face) -> String {
    static MODELS: LazyLock<LineSegmenterBorrowed<'static>> =
        LazyLock::new(|| LineSegmenter::new_lstm(LineBreakOptions::default()));
    let mut out = String::with_capacity(text.len());
    let mut unbroken = 0.0;
    for word in line_parts(text, &MODELS) {
        let width = fonts::width_em(word, face);
        if out.ends_with(needs_model) && word.starts_with(needs_model) {
            out.push(BREAK);
            unbroken = 0.0;
        } else if !is_joined(&out, word) {
            unbroken = 0.0;
        } else if unbroken + width > word_em {
            out.push(BREAK);
            unbroken = 0.0;
        }
        unbroken += width;
        if width <= word_em || fonts::width_em(word.trim_end(), face) <= word_em {
            out.push_str(word);
        } else {
            push_broken(&mut out, word, word_em, face);
        }
    }
    out
}

/// The parts of a text between which lines may break: words with the blank behind them, and in scripts without blanks what a
/// segmenter says.
fn line_parts<'a>(text: &'a str, segmenter: &LineSegmenterBorrowed<'_>) -> Vec<&'a str> {
    let mut parts = Vec::new();
    for word in text.split_inclusive([' ', BREAK]) {
        if word.contains(|sign: char| domain::is_unspaced(sign) || layer::is_east_asian(sign)) {
            let ends: Vec<usize> = segmenter.segment_str(word).collect();
            parts.extend(ends.windows(2).map(|edge| &word[edge[0]..edge[1]]));
        } else {
            parts.push(word);
        }
    }
    parts
}

/// Whether a letter is of a script in which only a model finds the words: Thai, Lao, Burmese or Khmer.
fn needs_model(letter: char) -> bool {
    domain::is_unspaced(letter) && !layer::is_east_asian(letter)
}

/// Whether a line may not break between two words in spite of the space: some punctuation holds on to its neighbours
/// (rules LB13 to LB17 of <https://www.unicode.org/reports/tr14/>).
fn is_joined(before: &str, word: &str) -> bool {
    const LETS_BREAK_BEFORE: &str = "([{$#-–—+=<>&*~@|“‘\"'•×±≈→";
    const LETS_BREAK_BEHIND: &str = ".,;:!?)]}>*%_/";
    let is_letter = |c: char| c.is_alphanumeric() || layer::is_east_asian(c) || unicode_normalization::char::is_combining_mark(c);
    let holds = |sign: Option<char>, harmless: &str| sign.is_some_and(|c| !is_letter(c) && !harmless.contains(c));
    holds(word.chars().next(), LETS_BREAK_BEFORE) || holds(before.trim_end().chars().next_back(), LETS_BREAK_BEHIND)
}

fn push_broken(out: &mut String, word: &str, word_em: f64, face: Face) {
    const JOINTS: &str = "/_.,:;=&?-)}]|@#";
    for part in word.split_inclusive(|c| JOINTS.contains(c)) {
        if fonts::width_em(part.trim_end(), face) <= word_em {
            out.push_str(part);
        } else {
            for cluster in part.graphemes(true) {
                out.push_str(cluster);
                out.push(BREAK);
            }
        }
        out.push(BREAK);
    }
}

/// Lets lines break between runs that cling together and are too wide for that, and measures the widest part of all.
fn joined(runs: Vec<Run>, word_em: f64) -> (Vec<Run>, f64) {
    let mut out: Vec<Run> = Vec::with_capacity(runs.len());
    let mut widest = 0.0_f64;
    let mut unbroken = 0.0;
    let mut before = String::new();
    for run in runs {
        let widths = part_widths(&run, &before);
        let (first, last) = (widths.first().copied().unwrap_or(0.0), widths.last().copied().unwrap_or(0.0));
        let clings = !out.is_empty() && is_joined(&before, visible(&run));
        if clings && unbroken + first > word_em {
            out.push(Run::Prose { text: BREAK.to_string() });
        } else if clings {
            unbroken += first;
            widest = widest.max(unbroken);
        }
        widest = widths.iter().copied().fold(widest, f64::max);
        unbroken = if clings && widths.len() == 1 && unbroken > first { unbroken } else { last };
        // A blank between two runs does not part what holds on to each other.
        if !visible(&run).trim().is_empty() {
            before = visible(&run).to_owned();
        }
        out.push(run);
    }
    (out, widest)
}

/// The text of a run, as far as breaking lines goes; a formula is like a letter.
fn visible(run: &Run) -> &str {
    match run {
        Run::Math { .. } => "x",
        Run::Prose { text } | Run::Code { text } => text.trim_matches(BREAK),
    }
}

/// The widths of the parts of a run between which a line may break on any page, in multiples of the font size. What stands before
/// the run decides whether a line may break behind the blank that it begins with.
fn part_widths(run: &Run, before: &str) -> Vec<f64> {
    static RULES: LazyLock<LineSegmenterBorrowed<'static>> =
        LazyLock::new(|| LineSegmenter::new_for_non_complex_scripts(LineBreakOptions::default()));
    let (text, face, air) = match run {
        Run::Math { width, .. } => return vec![width * MATH_SCALE],
        Run::Prose { text } => (text, Face::Prose, 0.0),
        Run::Code { text } => (text, Face::Code, CHIP_AIR),
    };
    let mut widths: Vec<f64> = Vec::new();
    let mut before = before;
    for part in line_parts(text, &RULES) {
        let width = fonts::width_em(part, face);
        match widths.last_mut() {
            Some(last) if !before.ends_with(BREAK) && is_joined(before, part) => *last += width,
            _ => widths.push(width + air),
        }
        if !part.trim().is_empty() {
            before = part;
        }
    }
    widths
}

fn head(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

fn ends_in_ellipsis(runs: &[Run]) -> bool {
    matches!(runs.last(), Some(Run::Prose { text } | Run::Code { text }) if text.trim_end_matches(BREAK).ends_with(ELLIPSIS))
}

fn trim_edges(runs: &mut Vec<Run>) {
    if let Some(Run::Prose { text }) = runs.first_mut() {
        *text = text.trim_start().to_owned();
    }
    if let Some(Run::Prose { text }) = runs.last_mut() {
        *text = text.trim_end().to_owned();
    }
    runs.retain(|run| !matches!(run, Run::Prose { text } if text.is_empty()));
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Limits = Limits { characters: 100, word_em: 20.0 };

    fn set(text: &str) -> Vec<Run> {
        Setter::new([0.0; 3]).text(text, WIDE).runs
    }

    fn prose(text: &str) -> Run {
        Run::Prose { text: text.to_owned() }
    }

    #[test]
    fn runs_keep_their_kind() {
        let runs = set("call `f(x)` when $x^2$.");
        assert_eq!(runs[..2], [prose("call "), Run::Code { text: "f(x)".to_owned() }]);
        assert!(matches!(runs[3], Run::Math { number: 0, .. }));
    }

    #[test]
    fn a_wrong_formula_is_shown_as_it_was_written() {
        assert_eq!(set(r"so $\frac{$"), [prose("so "), Run::Code { text: r"\frac{".to_owned() }]);
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let cases = [
            ("a\u{0}b\tc\r\nd", "ab c d"),
            ("\u{202E}evil\u{202C}", "evil"),
            ("ﬁnd 𝑥 ∈ 𝔼", "find x ∈ E"),
            ("done ✅ \u{1F022}", "done ✔ "),
            ("Z\u{301}\u{301}\u{301}\u{301}\u{301}", "Z\u{301}\u{301}\u{301}"),
            ("\u{301}a \u{eb3}b", "a b"),
            ("א\u{301}\u{5b8}", "א\u{5b8}"),
            ("مرحبا ཀཁ", "مرحبا □□"),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(text), expected);
        }
    }

    #[test]
    fn long_texts_end_at_a_word_with_an_ellipsis() {
        assert_eq!(shortened("one two, three four", 9), "one two…");
        assert_eq!(shortened("abcdefghij", 4), "abcd…");
        assert_eq!(shortened("as it is", 8), "as it is");
        let runs = Setter::new([0.0; 3]).text("one `two three` four five six", Limits { characters: 20, word_em: 20.0 });
        assert_eq!(runs.runs.last(), Some(&prose(" four…")));
    }

    #[test]
    fn only_words_wider_than_the_column_may_break() {
        assert_eq!(set("a common sentence"), [prose("a common sentence")]);
        let runs = set(&"x".repeat(60));
        assert!(matches!(&runs[0], Run::Prose { text } if text.matches(BREAK).count() >= 60));
    }

    #[test]
    fn rows_of_punctuation_may_break_where_they_are_too_wide() {
        let row = breakable(&", ".repeat(80), 10.0, Face::Prose);
        assert!(row.split(BREAK).all(|part| fonts::width_em(part, Face::Prose) <= 10.5) && row.contains(BREAK));
        for whole in ["one — two, “three” (four)", "Latency (ms)", "a + b = c, $5"] {
            assert_eq!(breakable(whole, 12.0, Face::Prose), whole);
        }
    }

    #[test]
    fn words_without_blanks_may_break_in_any_language() {
        let thai = "การเรียนรู้ของเครื่องจักร";
        let broken = breakable(&format!("{thai} and 机器学习"), 12.0, Face::Prose);
        assert_eq!(broken.replace(BREAK, ""), format!("{thai} and 机器学习"));
        assert!(broken.split(BREAK).count() > 3 && broken.ends_with(" and 机器学习"), "{broken:?}");
    }

    #[test]
    fn the_widest_part_is_that_between_two_breaks() {
        let widest = |text: &str| Setter::new([0.0; 3]).text(text, WIDE).widest;
        assert_eq!(widest("a common sentence"), widest("sentence"));
        assert!(widest(&"x".repeat(90)) < 2.0);
        assert!(widest("`abcde` and more") > 5.0 * 0.6);
        assert_eq!(widest(""), 0.0);
        assert!(widest("see `abcde`/fghij") > widest("`abcde`") + 2.0);
        assert!(widest("`abcde{` fghij") > widest("`abcde{`") + 2.0);
        assert!(widest("`abcde{` `fghij`") > widest("`abcde{`") + 2.0);
        assert!(widest("`abcdefghijklmnopqrst{` fghijklmnopqrst") < WIDE.word_em);
    }

    #[test]
    fn what_is_read_the_other_way_is_set_apart() {
        let isolate =
            |right_to_left: bool, text: &str| Setter::new([0.0; 3]).reading(right_to_left, 0.0).text(text, WIDE).isolate;
        assert_eq!([isolate(false, "left"), isolate(false, "-3.5 %"), isolate(false, "ימין.")], ["", "", "\u{2067}"]);
        assert_eq!(
            [isolate(true, "ימין."), isolate(true, "-3.5 %"), isolate(true, "left.")],
            ["\u{2067}", "\u{2066}", "\u{2066}"]
        );
    }

    #[test]
    fn a_formula_is_drawn_once() {
        let mut setter = Setter::new([0.0; 3]);
        setter.text("$x$ and $x$ and $y$", WIDE);
        assert_eq!(setter.into_formulas().count(), 2);
    }
}
