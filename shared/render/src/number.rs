//! Numbers on axes and beside bars: round steps, and figures as people write them.

/// Larger numbers are not drawn as they are; nothing that is measured needs them.
const LARGEST: f64 = 1e15;
/// Currencies, which stand before a number.
const CURRENCIES: [&str; 6] = ["$", "€", "£", "¥", "₹", "US$"];

/// A number that can be drawn: finite and not larger than anything that is measured.
pub(crate) fn drawable(value: f64) -> Option<f64> {
    (value.is_finite() && value.abs() <= LARGEST).then_some(value)
}

/// The range of an axis and its marks, all multiples of one round step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) step: f64,
}

impl Scale {
    /// The scale over values with about so many marks; it reaches from zero on where `from_zero` is set.
    pub(crate) fn over(values: impl Iterator<Item = f64>, from_zero: bool, marks: u32) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let (low, high) = if from_zero { (low.min(0.0), high.max(0.0)) } else { (low, high) };
        let (low, high) = if high - low > high.abs().max(low.abs()) * 1e-9 {
            (low, high)
        } else if high == 0.0 {
            (0.0, 1.0)
        } else {
            (low - low.abs() * 0.1, high + high.abs() * 0.1)
        };
        let step = round_step((high - low) / f64::from(marks.max(1)));
        Self { low: (low / step + 1e-9).floor() * step, high: (high / step - 1e-9).ceil() * step, step }
    }

    /// Where a value lies between both ends, 0 to 1.
    pub(crate) fn share(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The values of the marks, from the low end to the high one.
    pub(crate) fn marks(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round().clamp(1.0, 20.0) as u32;
        (0..=count).map(|at| self.low + f64::from(at) * self.step).collect()
    }
}

/// The next of 1, 2, 2.5 and 5 times a power of ten.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| step <= factor * power * (1.0 + 1e-9)).unwrap_or(10.0);
    factor * power
}

/// How the numbers of an axis are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Format {
    before: String,
    behind: String,
    /// The power of ten they are divided by: 0, 6 or 9.
    power: i32,
}

impl Format {
    /// The format for numbers up to a size, in a unit.
    pub(crate) fn of(largest: f64, unit: Option<&str>) -> Self {
        let (power, word) = match largest.abs() {
            large if large >= 1e9 => (9, "\u{a0}bn"),
            large if large >= 1e6 => (6, "\u{a0}M"),
            _ => (0, ""),
        };
        let unit = unit.map(str::trim).unwrap_or_default();
        let before = CURRENCIES.into_iter().find(|currency| *currency == unit).unwrap_or_default();
        let percent = if unit == "%" { "\u{a0}%" } else { "" };
        Self { before: before.to_owned(), behind: format!("{word}{percent}"), power }
    }

    /// Whether a unit stands at every number, so that it need not stand at the title.
    pub(crate) fn takes(unit: &str) -> bool {
        unit.trim() == "%" || CURRENCIES.contains(&unit.trim())
    }

    /// Writes a number with as many decimals as it needs to be told from its neighbours, at most three significant ones.
    pub(crate) fn value(&self, value: f64) -> String {
        let scaled = value / 10_f64.powi(self.power);
        let needed = (0..=4).find(|decimals| {
            let unit = 10_f64.powi(*decimals);
            ((scaled * unit).round() / unit - scaled).abs() <= scaled.abs() * 5e-4
        });
        match needed {
            Some(decimals) => self.written(scaled, decimals as usize),
            None if scaled.abs() < 1e-4 => format!("{}{scaled:.1e}{}", self.before, self.behind),
            None => self.written(scaled, 4),
        }
    }

    /// Writes the marks of a scale, all with the same number of decimals.
    pub(crate) fn mark(&self, value: f64, step: f64) -> String {
        let (scaled, step) = (value / 10_f64.powi(self.power), step / 10_f64.powi(self.power));
        let decimals = (0..=8)
            .find(|decimals| ((step * 10_f64.powi(*decimals)).round() / 10_f64.powi(*decimals) - step).abs() < step * 1e-6);
        match decimals {
            Some(decimals) => self.written(if scaled.abs() < step * 1e-6 { 0.0 } else { scaled }, decimals as usize),
            None => format!("{}{scaled:.1e}{}", self.before, self.behind),
        }
    }

    fn written(&self, scaled: f64, decimals: usize) -> String {
        let digits = format!("{:.decimals$}", scaled.abs());
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let is_negative = scaled < 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
        let sign = if is_negative { "−" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{}{}{point}{fraction}{}", self.before, grouped(whole), self.behind)
    }
}

/// Sets commas between thousands.
fn grouped(whole: &str) -> String {
    let mut out = String::with_capacity(whole.len() + whole.len() / 3);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_value(value: f64, largest: f64, unit: Option<&str>, expected: &str) {
        assert_eq!(Format::of(largest, unit).value(value).replace('\u{a0}', " "), expected);
    }

    #[test]
    fn numbers_are_written_as_people_write_them() {
        check_value(1200.0, 1200.0, None, "1,200");
        check_value(1_234_567.0, 3.5e6, None, "1.235 M");
        check_value(3.5e6, 3.5e6, None, "3.5 M");
        check_value(12.0, 40.0, Some("%"), "12 %");
        check_value(-7.25, 10.0, None, "−7.25");
        check_value(120.5, 200.0, Some("$"), "$120.5");
        check_value(-3e9, 3e9, Some("€"), "−€3 bn");
        check_value(0.0, 1.0, Some("ms"), "0");
        check_value(1.0 / 3.0, 1.0, None, "0.3333");
        check_value(0.000_012, 0.000_02, None, "1.2e-5");
    }

    fn check_scale(values: &[f64], from_zero: bool, expected: &[&str]) {
        let scale = Scale::over(values.iter().copied(), from_zero, 5);
        let format = Format::of(scale.high, None);
        let marks: Vec<String> = scale.marks().into_iter().map(|mark| format.mark(mark, scale.step)).collect();
        assert_eq!(marks, expected);
    }

    #[test]
    fn scales_have_round_marks_and_hold_every_value() {
        check_scale(&[120.5, 234.0], true, &["0", "50", "100", "150", "200", "250"]);
        check_scale(&[-3.0, 8.0], true, &["−5.0", "−2.5", "0.0", "2.5", "5.0", "7.5", "10.0"]);
        check_scale(&[0.61, 0.68], false, &["0.60", "0.62", "0.64", "0.66", "0.68"]);
        check_scale(&[5.0], true, &["0", "1", "2", "3", "4", "5"]);
        check_scale(&[], true, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    }

    #[test]
    fn no_scale_is_empty() {
        for values in [vec![0.0], vec![-1e15, 1e15], vec![1e-12], vec![1e15, 1e15], vec![-2.0, -2.0]] {
            for from_zero in [true, false] {
                let scale = Scale::over(values.iter().copied(), from_zero, 5);
                assert!(scale.high > scale.low && scale.step > 0.0, "{values:?}: {scale:?}");
                assert!(values.iter().all(|value| (0.0..=1.0).contains(&scale.share(*value))));
                assert!((2..=21).contains(&scale.marks().len()));
            }
        }
    }
}
