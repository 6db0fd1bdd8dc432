//! Signs, units, ranges and sums of money in words. Digits stay digits.

use super::formula;
use super::language::Language;
use super::phrases::Phrases;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Units behind a number: sign, one of them, several of them. Said in English only; elsewhere the sign stays.
const UNITS: &[(&str, &str, &str)] = &[
    ("ns", "nanosecond", "nanoseconds"),
    ("µs", "microsecond", "microseconds"),
    ("μs", "microsecond", "microseconds"),
    ("us", "microsecond", "microseconds"),
    ("ms", "millisecond", "milliseconds"),
    ("sec", "second", "seconds"),
    ("min", "minute", "minutes"),
    ("hrs", "hour", "hours"),
    ("hr", "hour", "hours"),
    ("yrs", "year", "years"),
    ("kB", "kilobyte", "kilobytes"),
    ("KB", "kilobyte", "kilobytes"),
    ("MB", "megabyte", "megabytes"),
    ("GB", "gigabyte", "gigabytes"),
    ("TB", "terabyte", "terabytes"),
    ("PB", "petabyte", "petabytes"),
    ("KiB", "kibibyte", "kibibytes"),
    ("MiB", "mebibyte", "mebibytes"),
    ("GiB", "gibibyte", "gibibytes"),
    ("TiB", "tebibyte", "tebibytes"),
    ("kB/s", "kilobyte per second", "kilobytes per second"),
    ("MB/s", "megabyte per second", "megabytes per second"),
    ("GB/s", "gigabyte per second", "gigabytes per second"),
    ("kbps", "kilobit per second", "kilobits per second"),
    ("kbit/s", "kilobit per second", "kilobits per second"),
    ("Mbps", "megabit per second", "megabits per second"),
    ("Mbit/s", "megabit per second", "megabits per second"),
    ("Gbps", "gigabit per second", "gigabits per second"),
    ("Gbit/s", "gigabit per second", "gigabits per second"),
    ("Hz", "hertz", "hertz"),
    ("kHz", "kilohertz", "kilohertz"),
    ("MHz", "megahertz", "megahertz"),
    ("GHz", "gigahertz", "gigahertz"),
    ("nm", "nanometer", "nanometers"),
    ("µm", "micrometer", "micrometers"),
    ("μm", "micrometer", "micrometers"),
    ("mm", "millimeter", "millimeters"),
    ("cm", "centimeter", "centimeters"),
    ("km", "kilometer", "kilometers"),
    ("km/h", "kilometer per hour", "kilometers per hour"),
    ("m/s", "meter per second", "meters per second"),
    ("m²", "square meter", "square meters"),
    ("cm²", "square centimeter", "square centimeters"),
    ("km²", "square kilometer", "square kilometers"),
    ("m³", "cubic meter", "cubic meters"),
    ("cm³", "cubic centimeter", "cubic centimeters"),
    ("mg", "milligram", "milligrams"),
    ("µg", "microgram", "micrograms"),
    ("μg", "microgram", "micrograms"),
    ("kg", "kilogram", "kilograms"),
    ("ml", "milliliter", "milliliters"),
    ("mL", "milliliter", "milliliters"),
    ("mV", "millivolt", "millivolts"),
    ("kV", "kilovolt", "kilovolts"),
    ("mW", "milliwatt", "milliwatts"),
    ("kW", "kilowatt", "kilowatts"),
    ("MW", "megawatt", "megawatts"),
    ("GW", "gigawatt", "gigawatts"),
    ("kWh", "kilowatt-hour", "kilowatt-hours"),
    ("mA", "milliampere", "milliamperes"),
    ("dB", "decibel", "decibels"),
    ("dBm", "decibel-milliwatt", "decibel-milliwatts"),
    ("kJ", "kilojoule", "kilojoules"),
    ("eV", "electronvolt", "electronvolts"),
    ("keV", "kiloelectronvolt", "kiloelectronvolts"),
    ("px", "pixel", "pixels"),
    ("fps", "frame per second", "frames per second"),
    ("rpm", "revolution per minute", "revolutions per minute"),
    ("ppm", "part per million", "parts per million"),
    ("ft", "foot", "feet"),
    ("lbs", "pound", "pounds"),
    ("mph", "mile per hour", "miles per hour"),
    ("GFLOPS", "gigaflop per second", "gigaflops per second"),
    ("TFLOPS", "teraflop per second", "teraflops per second"),
];

/// Units of one letter need a space before them, so that `the 1990s` and `step 3b` stay what they are.
const LETTER_UNITS: &[(&str, &str, &str)] = &[
    ("s", "second", "seconds"),
    ("h", "hour", "hours"),
    ("m", "meter", "meters"),
    ("g", "gram", "grams"),
    ("V", "volt", "volts"),
    ("W", "watt", "watts"),
];

struct Rules {
    money: Regex,
    money_behind: Regex,
    magnitude: Regex,
    unit: Regex,
    letter_unit: Regex,
    rate: Regex,
    between: Regex,
    below: Regex,
    celsius: Regex,
    fahrenheit: Regex,
    range: Regex,
    negative: Regex,
    lengths: Regex,
    factor: Regex,
    power: Regex,
    leading_point: Regex,
    quotient: Regex,
    squared: Regex,
    cubed: Regex,
    roman: Regex,
    count: Regex,
    file: Regex,
    either: Regex,
    spaced_sign: Regex,
    greek: Regex,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("the patterns are constants, each is used in a test");
    let alternatives = |units: &[(&str, &str, &str)]| {
        let mut signs: Vec<String> = units.iter().map(|(sign, ..)| regex::escape(sign)).collect();
        signs.sort_by_key(|sign| std::cmp::Reverse(sign.len()));
        signs.join("|")
    };
    const AMOUNT: &str = r"\d[\d,.]*\d|\d";
    Rules {
        money: regex(&format!(
            r"(?:US|A|C)?([$€£])\s?({AMOUNT})(?:\s?(thousand|million|billion|trillion|Millionen|Milliarden|k|K|M|B|bn)\b)?"
        )),
        money_behind: regex(&format!(r"({AMOUNT})\s?([$€£])")),
        magnitude: regex(r"(\d)(k|M|B)\b"),
        unit: regex(&format!(r"({AMOUNT})[\s\u{{a0}}-]?({})(\s|[.,;:)!?]|$)", alternatives(UNITS))),
        letter_unit: regex(&format!(r"({AMOUNT})[ \u{{a0}}]({})(\s|[.,;:)!?]|$)", alternatives(LETTER_UNITS))),
        rate: regex(&format!(
            r"({AMOUNT})[\s\u{{a0}}]?({}|{})/(second|minute|hour|day|week|month|year|sec|min|s|h|d|byte|bit|request|node|core|frame)\b",
            alternatives(UNITS),
            alternatives(LETTER_UNITS)
        )),
        between: regex(r"(\d)\s?[–‒]\s?(\d)"),
        below: regex(r"([\p{L}\d])([₀-₉ᵢⱼₐₑₒₓₕₖₗₘₙₚₛₜᵣᵤᵥ]+)"),
        celsius: regex(r"\s?(?:°\s?C\b|℃)"),
        fahrenheit: regex(r"\s?°\s?F\b"),
        range: regex(r"(^|[^\d.,/-])(\d[\d.,]*\s?%?)\s?([–—‒-])\s?(\d[\d.,]*)([^\d/–-]|$)"),
        negative: regex(r"(^|[\s(])[−-](\d)"),
        lengths: regex(r"(\d)\s?[×x]\s?(\d)"),
        factor: regex(r"(\d)\s?(?:×|x\b)"),
        power: regex(r"(\d|\b\p{L})(?:\^\{?([−-]?\d+)\}?|([⁻]?[⁰¹⁴-⁹²³]{2,}|[⁻][¹²³⁴-⁹]|[⁴-⁹]))"),
        leading_point: regex(r"(^|[\s(=<>≤≥≈~])\.(\d)"),
        quotient: regex(r"([²³]|\b\p{L}|\p{L}\^\d)\s?/\s?(\d)"),
        squared: regex(r"(\d|\b\p{L}|\))(?:²|\^2\b)"),
        cubed: regex(r"(\d|\b\p{L}|\))(?:³|\^3\b)"),
        roman: regex(
            r"\b(Chapter|Part|Section|Volume|Phase|Type|Act|Stage|Table|Figure|Kapitel|Teil|Chapitre|Partie|Capítulo|Parte)\s+(X{0,2}(?:IX|IV|V?I{0,3}))\b",
        ),
        count: regex(r"#(\d)"),
        file: regex(r"(\p{L}[\w-]*)/(\p{L}[\w-]*)(\s(?:files?|director(?:y|ies)|folders?|scripts?|package)\b)"),
        either: regex(r"(\p{L}{2,})\s?/\s?(\p{L}{2,})"),
        spaced_sign: regex(r"\s*([≤≥≠≈≅≃∼→⇒⟶±×·∈∞√∑]|(?:^|\s)(?:<=|>=|!=|==|->|=>|[<>=+&~*])(?:\s|$))\s*"),
        greek: regex(r"(^|[^\p{L}])([\p{Greek}&&\p{L}])($|[^\p{L}])"),
    }
});

/// Writes signs out as the words of a language.
pub(crate) fn spell(text: &str, language: Language) -> String {
    let rules = &*RULES;
    let p = language.phrases();
    let english = matches!(language, Language::English | Language::Other);
    let mut text = text.replace('\u{a0}', " ").replace(['\u{2009}', '\u{202f}'], " ");
    text = rules.leading_point.replace_all(&text, "${1}0.$2").into_owned();
    text = rules.money.replace_all(&text, |found: &Captures<'_>| money(found, p)).into_owned();
    text = rules
        .money_behind
        .replace_all(&text, |found: &Captures<'_>| format!("{} {}", &found[1], currency(&found[2], p)))
        .into_owned();
    text = rules.range.replace_all(&text, |found: &Captures<'_>| range(found, p)).into_owned();
    text = rules.celsius.replace_all(&text, format!(" {}", p.celsius)).into_owned();
    text = rules.fahrenheit.replace_all(&text, format!(" {} Fahrenheit", p.degrees)).into_owned();
    if english {
        text = rules.rate.replace_all(&text, |found: &Captures<'_>| rate(found)).into_owned();
        text = rules.unit.replace_all(&text, |found: &Captures<'_>| unit(found, UNITS)).into_owned();
        text = rules.letter_unit.replace_all(&text, |found: &Captures<'_>| unit(found, LETTER_UNITS)).into_owned();
        text = rules
            .magnitude
            .replace_all(&text, |found: &Captures<'_>| format!("{} {}", &found[1], magnitude(&found[2])))
            .into_owned();
        text = rules.count.replace_all(&text, "number $1").into_owned();
    }
    text = rules.lengths.replace_all(&text, format!("$1 {} $2", p.by)).into_owned();
    text = rules.factor.replace_all(&text, format!("$1 {}", p.times)).into_owned();
    text = rules.quotient.replace_all(&text, format!("$1 {} $2", p.over)).into_owned();
    text = rules.squared.replace_all(&text, format!("$1 {}", p.squared)).into_owned();
    text = rules.cubed.replace_all(&text, format!("$1 {}", p.cubed)).into_owned();
    text = rules.power.replace_all(&text, |found: &Captures<'_>| power(found, p)).into_owned();
    text = rules.between.replace_all(&text, format!("$1 {} $2", p.to)).into_owned();
    text = rules.below.replace_all(&text, |found: &Captures<'_>| index(found, p)).into_owned();
    text = rules.negative.replace_all(&text, format!("${{1}}{} $2", p.minus)).into_owned();
    text = rules.roman.replace_all(&text, |found: &Captures<'_>| roman(found)).into_owned();
    text = either(&text, p);
    text = rules.spaced_sign.replace_all(&text, |found: &Captures<'_>| sign(found[1].trim(), p)).into_owned();
    text = rules.greek.replace_all(&text, |found: &Captures<'_>| greek(found)).into_owned();
    for (from, to) in [("%", p.percent), ("§", p.section), ("°", p.degrees), ("‰", "per mille")] {
        if text.contains(from) {
            text = text.replace(from, &format!(" {to} "));
        }
    }
    text
}

fn money(found: &Captures<'_>, p: &Phrases) -> String {
    let amount = &found[2];
    let name = currency(&found[1], p);
    match found.get(3).map(|scale| scale.as_str()) {
        Some(scale) => format!("{amount} {} {name}", magnitude(scale)),
        None if amount == "1" && name == "dollars" => "1 dollar".to_owned(),
        None => format!("{amount} {name}"),
    }
}

fn currency(sign: &str, p: &Phrases) -> &'static str {
    match sign {
        "€" => p.euros,
        "£" => p.pounds,
        _ => p.dollars,
    }
}

fn magnitude(scale: &str) -> &str {
    match scale {
        "k" | "K" => "thousand",
        "M" => "million",
        "B" | "bn" => "billion",
        word => word,
    }
}

/// `5 ms/day` is 5 milliseconds per day.
fn rate(found: &Captures<'_>) -> String {
    let named = |sign: &str, many: bool| {
        let all = UNITS.iter().chain(LETTER_UNITS);
        all.into_iter()
            .find(|(s, ..)| *s == sign)
            .map_or(sign.to_owned(), |(_, one, several)| (if many { several } else { one }).to_string())
    };
    let per = if &found[3] == "d" { "day".to_owned() } else { named(&found[3], false) };
    format!("{} {} per {per}", &found[1], named(&found[2], &found[1] != "1"))
}

/// `Xᵢ` is X sub i, `X₁` is X 1.
fn index(found: &Captures<'_>, p: &Phrases) -> String {
    const LOWERED: &str = "₀₁₂₃₄₅₆₇₈₉ᵢⱼₐₑₒₓₕₖₗₘₙₚₛₜᵣᵤᵥ";
    const PLAIN: &str = "0123456789ijaeoxhklmnpstruv";
    let plain = |c: char| LOWERED.chars().position(|lowered| lowered == c).and_then(|at| PLAIN.chars().nth(at)).unwrap_or(c);
    let said: String = found[2].chars().map(plain).collect();
    if said.chars().all(|c| c.is_ascii_digit()) {
        format!("{} {said}", &found[1])
    } else {
        format!("{} {} {said}", &found[1], p.sub)
    }
}

fn unit(found: &Captures<'_>, units: &[(&str, &str, &str)]) -> String {
    let (amount, sign, behind) = (&found[1], &found[2], &found[3]);
    let name = units.iter().find(|(s, ..)| *s == sign).map_or(sign, |(_, one, many)| if amount == "1" { one } else { many });
    format!("{amount} {name}{behind}")
}

/// `3–5` is 3 to 5; a hyphen between longer or more numbers may be a date or an identifier and stays.
fn range(found: &Captures<'_>, p: &Phrases) -> String {
    let (from, dash, to) = (&found[2], &found[3], &found[4]);
    if dash == "-" && (from.len() > 4 || to.len() > 4 || to.ends_with('.') && found[5].starts_with(char::is_alphanumeric)) {
        return found[0].to_owned();
    }
    format!("{}{from} {} {to}{}", &found[1], p.to, &found[5])
}

fn power(found: &Captures<'_>, p: &Phrases) -> String {
    let raised: String = found.get(2).or_else(|| found.get(3)).map_or("", |m| m.as_str()).chars().map(lowered).collect();
    let said = raised.replace(['-', '−'], &format!("{} ", p.minus));
    format!("{} {} {said}", &found[1], p.power)
}

fn lowered(digit: char) -> char {
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    match RAISED.chars().position(|raised| raised == digit) {
        Some(value) => char::from_digit(u32::try_from(value).unwrap_or(0), 10).unwrap_or('0'),
        None if digit == '⁻' => '-',
        None => digit,
    }
}

fn roman(found: &Captures<'_>) -> String {
    let value = |digit| match digit {
        'X' => 10,
        'V' => 5,
        _ => 1,
    };
    let digits: Vec<i32> = found[2].chars().map(value).collect();
    let number: i32 = digits
        .iter()
        .enumerate()
        .map(|(at, digit)| if digits.get(at + 1).is_some_and(|next| next > digit) { -digit } else { *digit })
        .sum();
    if number == 0 { found[0].to_owned() } else { format!("{} {number}", &found[1]) }
}

/// Words that a slash joins into one thing.
const PAIRS: &[(&str, &str)] = &[
    ("key", "value"),
    ("client", "server"),
    ("input", "output"),
    ("read", "write"),
    ("request", "response"),
    ("publish", "subscribe"),
    ("encoder", "decoder"),
    ("name", "value"),
    ("producer", "consumer"),
    ("master", "slave"),
    ("train", "test"),
    ("add", "remove"),
    ("host", "device"),
    ("sender", "receiver"),
    ("signal", "noise"),
    ("cost", "benefit"),
];

/// `and/or` is or, `key/value` is key-value, `cats/dogs` is cats or dogs, `TCP/IP` is TCP IP.
fn either(text: &str, p: &Phrases) -> String {
    let said = text.replace("and/or", p.or).replace("und/oder", p.or).replace("I/O", "I O").replace("N/A", "not available");
    let said = RULES.file.replace_all(&said, "$1 $2$3");
    RULES
        .either
        .replace_all(&said, |found: &Captures<'_>| {
            let shouted = found[1].chars().all(char::is_uppercase) || found[2].chars().all(char::is_uppercase);
            let pair = PAIRS.contains(&(&*found[1].to_lowercase(), &*found[2].to_lowercase()));
            if pair {
                format!("{}-{}", &found[1], &found[2])
            } else if shouted {
                format!("{} {}", &found[1], &found[2])
            } else {
                format!("{} {} {}", &found[1], p.or, &found[2])
            }
        })
        .into_owned()
}

fn sign(sign: &str, p: &Phrases) -> String {
    let words = match sign {
        "≤" | "<=" => p.at_most,
        "≥" | ">=" => p.at_least,
        "≠" | "!=" => p.not_equal,
        "≈" | "≅" | "≃" | "∼" | "~" => p.about,
        "→" | "⟶" | "->" | "=>" | "⇒" => p.to,
        "±" => p.plus_minus,
        "×" | "·" | "*" => p.times,
        "∈" => p.in_set,
        "∞" => p.infinity,
        "√" => p.root,
        "∑" => p.sum,
        "<" => p.less_than,
        ">" => p.more_than,
        "=" | "==" => p.equals,
        "+" => p.plus,
        "&" => p.and,
        other => other,
    };
    format!(" {words} ")
}

fn greek(found: &Captures<'_>) -> String {
    let name = found[2].chars().next().and_then(formula::greek_letter);
    match name {
        Some(name) => format!("{}{name}{}", &found[1], &found[3]),
        None => found[0].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, text: &str, expected: &str) {
        assert_eq!(spell(text, language).split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", "."), expected, "{text}");
    }

    #[test]
    fn signs_are_said() {
        for (text, expected) in [
            ("It grew by 5% today.", "It grew by 5 percent today."),
            ("With n ≤ 10 items.", "With n at most 10 items."),
            ("It is 5 ± 1.", "It is 5 plus or minus 1."),
            ("A → B", "A to B"),
            ("A 3×3 grid is 10× faster, not 2x.", "A 3 by 3 grid is 10 times faster, not 2 times."),
            ("Cats & dogs of AT&T.", "Cats and dogs of AT&T."),
            ("At 20 °C or 68°F.", "At 20 degrees Celsius or 68 degrees Fahrenheit."),
            ("Turn by 90°.", "Turn by 90 degrees."),
            ("See § 3.", "See section 3."),
            ("About ≈ 5.", "About about 5."),
            ("x = 5 and y > 3", "x equals 5 and y more than 3".replace("more", "greater").as_str()),
            ("C++ and C# are languages.", "C++ and C# are languages."),
            ("The angle θ is small.", "The angle theta is small."),
            ("It is −5 there.", "It is minus 5 there."),
        ] {
            check(Language::English, text, expected);
        }
        check(Language::German, "Es wuchs um 5 % auf 20 °C.", "Es wuchs um 5 Prozent auf 20 Grad Celsius.");
    }

    #[test]
    fn units_are_said_behind_numbers_only() {
        for (text, expected) in [
            ("It takes 5 ms.", "It takes 5 milliseconds."),
            ("It takes 1 s.", "It takes 1 second."),
            ("A 64KB page at 3.5 GHz.", "A 64 kilobytes page at 3.5 gigahertz."),
            ("In the 1990s it took 3b.", "In the 1990s it took 3b."),
            ("It has 7B parameters.", "It has 7 billion parameters."),
            ("MS and GB are letters.", "MS and GB are letters."),
            ("It runs at 100 km/h.", "It runs at 100 kilometers per hour."),
            ("It grows by 5.92 ms/day and 1 GB/node.", "It grows by 5.92 milliseconds per day and 1 gigabyte per node."),
        ] {
            check(Language::English, text, expected);
        }
    }

    #[test]
    fn money_names_its_currency_last() {
        check(Language::English, "It costs $5 million.", "It costs 5 million dollars.");
        check(Language::English, "It costs $3.50 or €4.", "It costs 3.50 dollars or 4 euros.");
        check(Language::English, "It costs $1.", "It costs 1 dollar.");
        check(Language::German, "Es kostet 5 €.", "Es kostet 5 Euro.");
    }

    #[test]
    fn ranges_are_said_and_dates_kept() {
        check(Language::English, "It takes 3–5 days.", "It takes 3 to 5 days.");
        check(Language::English, "It takes 3-5 days.", "It takes 3 to 5 days.");
        check(Language::English, "On 2019-03-04 it began.", "On 2019-03-04 it began.");
        check(Language::English, "From 1914–1918.", "From 1914 to 1918.");
        check(Language::English, "COVID-19 and UTF-8.", "COVID-19 and UTF-8.");
        check(Language::English, "Between 5%–10% of it.", "Between 5 percent to 10 percent of it.");
    }

    #[test]
    fn powers_and_numerals_are_said() {
        check(
            Language::English,
            "About 10⁻³ of x² and 10^6.",
            "About 10 to the power of minus 3 of x squared and 10 to the power of 6.",
        );
        check(
            Language::English,
            "From 10⁴–10⁶ of Xᵢ and X₁.",
            "From 10 to the power of 4 to 10 to the power of 6 of X sub i and X 1.",
        );
        check(Language::English, "With a width of .75 it fits.", "With a width of 0.75 it fits.");
        check(Language::English, "About n²/2 or n/2 steps.", "About n squared over 2 or n over 2 steps.");
        check(Language::English, "Chapter IV follows Part I.", "Chapter 4 follows Part 1.");
    }

    #[test]
    fn slashes_become_words() {
        check(
            Language::English,
            "Cats and/or dogs use client/server TCP/IP for I/O.",
            "Cats or dogs use client-server TCP IP for I O.",
        );
    }
}
