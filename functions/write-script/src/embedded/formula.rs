//! Formulas as a teacher says them: LaTeX in, words out. What cannot be said briefly is not said at all.

use super::language::Language;
use super::phrases::Phrases;

/// How many words a formula may take inside a sentence; a longer one is for the eye.
pub(crate) const INLINE_WORDS: usize = 12;

/// How many words a displayed formula may take.
pub(crate) const DISPLAYED_WORDS: usize = 26;

/// Says a formula in at most so many words; none if it takes more or holds what has no short name.
pub(crate) fn speak(latex: &str, language: Language, most_words: usize) -> Option<String> {
    let tokens = tokens(latex)?;
    let mut speaker =
        Speaker { tokens: &tokens, at: 0, phrases: language.phrases(), english: language == Language::English, depth: 0 };
    let words = speaker.expression(None)?;
    let text = words.join(" ").replace(" ,", ",");
    let text = text.trim_matches([',', ' ']).to_owned();
    let count = text.split_whitespace().count();
    (1..=most_words).contains(&count).then_some(text)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Command(String),
    Open,
    Close,
    Sign(char),
    Letter(char),
    Number(String),
}

fn tokens(latex: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = latex.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let mut name = String::new();
                while let Some(letter) = chars.next_if(char::is_ascii_alphabetic) {
                    name.push(letter);
                }
                if name.is_empty() {
                    // `\,` and its like are space, `\{` and its like are signs that are not said.
                    chars.next()?;
                } else {
                    tokens.push(Token::Command(name));
                }
            }
            '{' => tokens.push(Token::Open),
            '}' => tokens.push(Token::Close),
            '0'..='9' => {
                let mut number = c.to_string();
                while let Some(digit) = chars.next_if(|d| d.is_ascii_digit() || *d == '.') {
                    number.push(digit);
                }
                let stops = number.ends_with('.');
                tokens.push(Token::Number(number.trim_end_matches('.').to_owned()));
                if stops {
                    tokens.push(Token::Sign(','));
                }
            }
            _ if c.is_whitespace() || matches!(c, '~' | '&') => {}
            _ if c.is_alphabetic() => tokens.push(Token::Letter(c)),
            _ => tokens.push(Token::Sign(c)),
        }
    }
    Some(tokens)
}

struct Speaker<'a> {
    tokens: &'a [Token],
    at: usize,
    phrases: &'static Phrases,
    english: bool,
    depth: u8,
}

type Words = Vec<String>;

impl Speaker<'_> {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// Says everything up to a token, which is consumed, or up to the end.
    fn expression(&mut self, until: Option<&Token>) -> Option<Words> {
        self.depth += 1;
        if self.depth > 12 {
            return None;
        }
        let mut words = Words::new();
        loop {
            match self.next() {
                None if until.is_none() => break,
                None => return None,
                Some(token) if Some(&token) == until => break,
                Some(token) => {
                    let is_letter = matches!(token, Token::Letter(_));
                    let closes = token == Token::Sign(')');
                    let mut said = self.atom(token)?;
                    self.scripts(&mut said)?;
                    words.append(&mut said);
                    if is_letter && self.peek() == Some(&Token::Sign('(')) {
                        words.push(self.phrases.of.to_owned());
                    }
                    if closes && self.is_factor_next() {
                        words.push(self.phrases.times.to_owned());
                    }
                }
            }
        }
        self.depth -= 1;
        Some(words)
    }

    /// Whether what stands behind a bracket multiplies it.
    fn is_factor_next(&self) -> bool {
        match self.peek() {
            Some(Token::Letter(_) | Token::Number(_) | Token::Sign('(')) => true,
            Some(Token::Command(name)) => ["frac", "dfrac", "tfrac", "sqrt"].contains(&name.as_str()),
            _ => false,
        }
    }

    /// The sign of what is nearly equal; at the start of a formula it is said of nothing.
    fn nearly(&self) -> &'static str {
        if self.english && self.at > 1 { "is about" } else { self.phrases.about }
    }

    /// One group in braces, or one token.
    fn argument(&mut self) -> Option<Words> {
        match self.next()? {
            Token::Open => self.expression(Some(&Token::Close)),
            token => self.atom(token),
        }
    }

    fn atom(&mut self, token: Token) -> Option<Words> {
        let p = self.phrases;
        let word = |word: &str| Some(vec![word.to_owned()]);
        match token {
            Token::Open => self.expression(Some(&Token::Close)),
            Token::Close => None,
            Token::Letter(letter) => greek_letter(letter).map_or_else(|| word(&letter.to_string()), word),
            Token::Number(number) => word(&number),
            Token::Sign(sign) => match sign {
                '=' => word(p.equals),
                '+' => word(p.plus),
                '-' | '−' => word(p.minus),
                '*' | '·' | '×' => word(p.times),
                '/' => word(p.over),
                '<' => word(p.less_than),
                '>' => word(p.more_than),
                '≤' => word(p.at_most),
                '≥' => word(p.at_least),
                '≠' => word(p.not_equal),
                '≈' => word(self.nearly()),
                '±' => word(p.plus_minus),
                '→' => word(p.to),
                '∈' => word(p.in_set),
                '∞' => word(p.infinity),
                '%' => word(p.percent),
                '!' if self.english => word("factorial"),
                '\'' | '′' if self.english => word("prime"),
                '|' if self.english => word("given"),
                ',' | ';' | ':' => word(","),
                '(' | ')' | '[' | ']' | '.' => Some(Words::new()),
                _ => None,
            },
            Token::Command(name) => self.command(&name),
        }
    }

    fn command(&mut self, name: &str) -> Option<Words> {
        let p = self.phrases;
        let word = |word: &str| Some(vec![word.to_owned()]);
        match name {
            "frac" | "dfrac" | "tfrac" => {
                let mut words = self.argument()?;
                words.push(p.over.to_owned());
                words.append(&mut self.argument()?);
                Some(words)
            }
            "sqrt" if self.peek() != Some(&Token::Sign('[')) => {
                let mut words = vec![p.root.to_owned()];
                words.append(&mut self.argument()?);
                Some(words)
            }
            "sum" => self.with_limits(p.sum),
            "prod" => self.with_limits(p.product),
            "int" => word(p.integral),
            "mathbb" | "mathbf" | "mathrm" | "mathcal" | "mathit" | "mathsf" | "mathtt" | "boldsymbol" | "bm" | "vec"
            | "tilde" | "overline" | "underline" | "mathfrak" => self.argument(),
            "text" | "operatorname" | "textrm" | "textit" | "textbf" | "texttt" => self.name(),
            "hat" | "bar" | "dot" => {
                let mut words = self.argument()?;
                if self.english {
                    words.push(name.to_owned());
                }
                Some(words)
            }
            "left" | "right" | "big" | "Big" | "bigl" | "bigr" | "Bigl" | "Bigr" => match self.next()? {
                Token::Sign('(' | ')' | '[' | ']' | '.') => Some(Words::new()),
                _ => None,
            },
            "quad" | "qquad" | "limits" | "nolimits" | "displaystyle" | "textstyle" => Some(Words::new()),
            "cdot" | "times" => word(p.times),
            "pm" => word(p.plus_minus),
            "le" | "leq" | "leqslant" => word(p.at_most),
            "ge" | "geq" | "geqslant" => word(p.at_least),
            "lt" => word(p.less_than),
            "gt" => word(p.more_than),
            "ne" | "neq" => word(p.not_equal),
            "approx" | "simeq" | "sim" => word(self.nearly()),
            "to" | "rightarrow" | "mapsto" | "longrightarrow" => word(p.to),
            "in" => word(p.in_set),
            "infty" => word(p.infinity),
            "ldots" | "dots" | "cdots" => word(","),
            "mid" if self.english => word("given"),
            "nabla" | "log" | "ln" | "exp" | "sin" | "cos" | "tan" | "max" | "min" | "det" | "lim" => word(name),
            "partial" => word("d"),
            "ell" => word("l"),
            "varepsilon" => word("epsilon"),
            "varphi" => word("phi"),
            "vartheta" => word("theta"),
            _ => {
                let lower = name.to_ascii_lowercase();
                GREEK.iter().any(|(_, greek)| *greek == lower).then(|| vec![lower])
            }
        }
    }

    /// A sum or product with what stands below and above it.
    fn with_limits(&mut self, name: &str) -> Option<Words> {
        let mut words = vec![name.to_owned()];
        let mut limited = false;
        while let Some(Token::Sign(mark @ ('_' | '^'))) = self.peek().cloned() {
            self.next();
            if mark == '^' {
                words.push(self.phrases.to.to_owned());
            } else {
                words.push(",".to_owned());
            }
            words.append(&mut self.argument()?);
            limited = true;
        }
        if limited {
            words.push(",".to_owned());
        }
        words.push(self.phrases.of.to_owned());
        Some(words)
    }

    /// Letters that make one word, such as a text or the name of a function.
    fn name(&mut self) -> Option<Words> {
        if self.next()? != Token::Open {
            return None;
        }
        let mut name = String::new();
        loop {
            match self.next()? {
                Token::Close => break,
                Token::Letter(letter) => name.push(letter),
                Token::Number(number) => name.push_str(&number),
                Token::Sign('-' | '_') => name.push(' '),
                _ => return None,
            }
        }
        Some(vec![name])
    }

    /// What is raised or lowered behind an atom.
    fn scripts(&mut self, words: &mut Words) -> Option<()> {
        let p = self.phrases;
        while let Some(Token::Sign(mark @ ('^' | '_'))) = self.peek().cloned() {
            self.next();
            let index = self.argument()?;
            let said = index.join(" ");
            match (mark, said.as_str()) {
                ('^', "2") => words.push(p.squared.to_owned()),
                ('^', "3") => words.push(p.cubed.to_owned()),
                ('^', "T" | "top") if self.english => words.push("transpose".to_owned()),
                ('^', "prime") => words.push(said),
                ('^', times) if times == p.times && self.english => words.push("star".to_owned()),
                ('^', _) => words.extend([p.power.to_owned(), said]),
                (_, digits) if digits.chars().all(|c| c.is_ascii_digit()) => words.push(said),
                (_, _) if words.last().is_some_and(|word| matches!(word.as_str(), "max" | "min" | "log" | "lim")) => {
                    words.extend([",".to_owned(), said, ",".to_owned()]);
                }
                _ => words.extend([p.sub.to_owned(), said]),
            }
        }
        Some(())
    }
}

/// The Greek letters and their names, which the languages we speak share.
const GREEK: &[(char, &str)] = &[
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "epsilon"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('ι', "iota"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('π', "pi"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('τ', "tau"),
    ('υ', "upsilon"),
    ('φ', "phi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('ω', "omega"),
];

/// The name of a Greek letter.
pub(crate) fn greek_letter(letter: char) -> Option<&'static str> {
    let letter = match letter {
        'ϵ' => 'ε',
        'ϕ' => 'φ',
        'ς' => 'σ',
        'µ' => 'μ',
        other => other.to_lowercase().next().unwrap_or(other),
    };
    GREEK.iter().find_map(|(greek, name)| (*greek == letter).then_some(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(latex: &str, expected: Option<&str>) {
        assert_eq!(speak(latex, Language::English, INLINE_WORDS).as_deref(), expected, "{latex}");
    }

    #[test]
    fn simple_formulas_are_said() {
        check("x^2", Some("x squared"));
        check("\\alpha", Some("alpha"));
        check("\\Delta t", Some("delta t"));
        check("a^3 + b_1", Some("a cubed plus b 1"));
        check("x_i", Some("x sub i"));
        check("n \\leq 10", Some("n at most 10"));
        check("\\frac{a}{b}", Some("a over b"));
        check("E = mc^2", Some("E equals m c squared"));
        check("O(n \\log n)", Some("O of n log n"));
        check("\\sum_{i=1}^{n} x_i", Some("the sum, i equals 1 to n, of x sub i"));
        check("\\sqrt{d_k}", Some("the square root of d sub k"));
        check("2^{n}", Some("2 to the power of n"));
        check("\\text{softmax}(z)", Some("softmax z"));
        check("3.14", Some("3.14"));
        check("W^T", Some("W transpose"));
        check("P(A \\mid B)", Some("P of A given B"));
        check("P(A \\mid B) \\, P(B)", Some("P of A given B times P of B"));
        check("e \\approx 2.7", Some("e is about 2.7"));
        check("\\approx 5", Some("about 5"));
    }

    #[test]
    fn what_has_no_short_name_is_not_said() {
        check("\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}", None);
        check("\\oint_C \\vec{F}", None);
        check("a + b + c + d + e + f + g + h", None);
        check("{", None);
        check("", None);
        check("x^", None);
        check(&"{".repeat(500), None);
    }

    #[test]
    fn every_language_has_its_words() {
        assert_eq!(speak("x^2 + 1", Language::German, 9).as_deref(), Some("x zum Quadrat plus 1"));
        assert_eq!(speak("\\frac{a}{b}", Language::French, 9).as_deref(), Some("a sur b"));
    }
}
