//! What things cost: dated list prices of vendors and of AWS, kept as data in `prices/`.

use crate::{Charge, Usage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::sync::LazyLock;

/// An amount in billionths of a US dollar, so that the cheapest token is a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub u64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount in US dollars; nothing where it is none.
    pub fn usd(dollars: f64) -> Self {
        Self((dollars.max(0.0) * 1e9).round() as u64)
    }

    /// The amount in US dollars.
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// What is left after another amount is taken away.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Money {
    /// In dollars, with as many digits as tell it from nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.0 >= 1_000_000_000 { 2 } else { 4 };
        write!(f, "${:.digits$}", self.as_usd())
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// The prices of one model, in US dollars: a million tokens or characters, one image, one hour of sound.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rates {
    input: f64,
    cached: Option<f64>,
    output: f64,
    characters: f64,
    image: f64,
    audio_hour: f64,
    above: Option<Above>,
}

/// The prices of a question with more tokens than these. What is not named stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Above {
    input_tokens: u64,
    input: Option<f64>,
    cached: Option<f64>,
    output: Option<f64>,
}

impl Rates {
    fn price(&self, usage: &Usage) -> Money {
        let question = usage.input_tokens + usage.cached_input_tokens;
        let above = self.above.filter(|above| question > above.input_tokens);
        let input = above.and_then(|above| above.input).unwrap_or(self.input);
        let cached = above.and_then(|above| above.cached).or(self.cached).unwrap_or(input);
        let output = above.and_then(|above| above.output).unwrap_or(self.output);
        let million = |count: u64, rate: f64| count as f64 * rate / 1e6;
        Money::usd(
            million(usage.input_tokens, input)
                + million(usage.cached_input_tokens, cached)
                + million(usage.output_tokens, output)
                + million(usage.characters, self.characters)
                + usage.images as f64 * self.image
                + usage.audio_ms as f64 / 3_600_000.0 * self.audio_hour,
        )
    }
}

#[derive(Deserialize)]
struct Vendors {
    vendors: BTreeMap<String, Vendor>,
}

#[derive(Deserialize)]
struct Vendor {
    date: String,
    models: BTreeMap<String, Rates>,
}

static VENDORS: LazyLock<Vendors> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../prices/vendors.json")).expect("a test reads the prices as they are compiled in")
});

/// The price of what a call used or would have used; none if nobody knows it.
///
/// A model is found by its name, or by the longest name that its own begins with (`m-1` for `m-1-20261101`). A provider that is
/// no vendor of ours, such as a gateway, is taken to cost what the dearest vendor of a model of that name asks.
pub fn price(charge: &Charge) -> Option<Money> {
    price_of(&charge.provider, charge.model.as_deref(), &charge.usage)
}

/// As [`price`], for a call that is not made yet.
pub fn price_of(provider: &str, model: Option<&str>, usage: &Usage) -> Option<Money> {
    let model = model.unwrap_or_default();
    match VENDORS.vendors.get(provider) {
        Some(vendor) => vendor.rates(model).map(|rates| rates.price(usage)),
        None => VENDORS.vendors.values().filter_map(|vendor| vendor.named(model)).map(|rates| rates.price(usage)).max(),
    }
}

/// The day of the oldest prices, as a date.
pub fn price_date() -> &'static str {
    VENDORS.vendors.values().map(|vendor| vendor.date.as_str()).min().unwrap_or_default()
}

impl Vendor {
    /// The rates of a model, or those of a vendor that has only one.
    fn rates(&self, model: &str) -> Option<&Rates> {
        self.named(model).or_else(|| self.regional(model)).or_else(|| self.models.get(""))
    }

    /// The rates of an inference profile of Bedrock, such as `eu.amazon.nova-lite-v1:0`: those of its model in any region
    /// (<https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>).
    fn regional(&self, model: &str) -> Option<&Rates> {
        let (group, model) = model.split_once('.')?;
        let is_group = ["us", "eu", "apac", "jp", "au", "ca", "us-gov"].contains(&group);
        let rates = || self.named(&format!("regional.{model}")).or_else(|| self.named(model));
        is_group.then(rates).flatten()
    }

    fn named(&self, model: &str) -> Option<&Rates> {
        let begins =
            |name: &str| model.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '@', ':', '.']));
        self.models
            .iter()
            .filter(|(name, _)| !name.is_empty() && begins(name))
            .max_by_key(|(name, _)| name.len())
            .map(|(_, rates)| rates)
    }
}

/// What AWS counts while a stage works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Work {
    /// Memory times time of functions, in megabytes times milliseconds.
    pub mb_ms: u64,
    /// Invocations of functions.
    pub requests: u64,
    /// Transitions of the state machine.
    pub transitions: u64,
    /// Objects written.
    pub object_writes: u64,
    /// Objects read or looked for.
    pub object_reads: u64,
    /// Records written.
    pub table_writes: u64,
    /// Records read.
    pub table_reads: u64,
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        self.mb_ms += other.mb_ms;
        self.requests += other.requests;
        self.transitions += other.transitions;
        self.object_writes += other.object_writes;
        self.object_reads += other.object_reads;
        self.table_writes += other.table_writes;
        self.table_reads += other.table_reads;
    }
}

#[derive(Deserialize)]
struct Aws {
    gb_second: f64,
    request: f64,
    transition: f64,
    object_write: f64,
    object_read: f64,
    table_write: f64,
    table_read: f64,
}

static AWS: LazyLock<Aws> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../prices/aws.json")).expect("a test reads the prices as they are compiled in")
});

impl Work {
    /// What AWS asks for it by list prices, without free tiers.
    pub fn price(&self) -> Money {
        Money::usd(
            self.mb_ms as f64 / 1024.0 / 1000.0 * AWS.gb_second
                + self.requests as f64 * AWS.request
                + self.transitions as f64 * AWS.transition
                + self.object_writes as f64 * AWS.object_write
                + self.object_reads as f64 * AWS.object_read
                + self.table_writes as f64 * AWS.table_write
                + self.table_reads as f64 * AWS.table_read,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(input_tokens: u64, cached_input_tokens: u64, output_tokens: u64) -> Usage {
        Usage { input_tokens, cached_input_tokens, output_tokens, ..Usage::default() }
    }

    #[test]
    fn calls_cost_what_the_list_says() {
        for (provider, model, usage, expected) in [
            ("anthropic", "claude-haiku-5-5", tokens(10_000, 0, 2_000), Some(0.002)),
            ("anthropic", "claude-haiku-5-5-20261001", tokens(10_000, 0, 2_000), Some(0.002)),
            ("anthropic", "claude-haiku-5-5", tokens(0, 10_000, 0), Some(0.0001)),
            ("anthropic", "claude-haiku-5-5", tokens(200_000, 0, 2_000), Some(0.105)),
            ("anthropic", "claude-unheard-of", tokens(1, 0, 0), None),
            ("a-gateway", "gpt-6-luna", tokens(1_000_000, 0, 0), Some(0.2)),
            ("a-gateway", "m", tokens(1, 0, 0), None),
            ("ollama", "llama3.3:70b", tokens(9_000, 0, 9_000), Some(0.0)),
            ("polly", "neural", Usage { characters: 1_000_000, ..Usage::default() }, Some(32.0)),
            ("bedrock", "amazon.nova-lite-v1:0", tokens(1_000_000, 0, 0), Some(0.06)),
            ("bedrock", "eu.amazon.nova-lite-v1:0", tokens(1_000_000, 0, 0), Some(0.06)),
            ("bedrock", "somewhere.amazon.nova-lite-v1:0", tokens(1, 0, 0), None),
            ("replicate", "black-forest-labs/flux-schnell", Usage { images: 2, ..Usage::default() }, Some(0.006)),
            ("openai", "gpt-image-1-mini", tokens(50, 0, 1_584), Some(0.012_772)),
            ("openai", "gpt-transcribe", Usage { audio_ms: 60_000, ..Usage::default() }, Some(0.0045)),
            ("zyphra", "zonos-v0.1", Usage { audio_ms: 60_000, ..Usage::default() }, Some(0.02)),
        ] {
            assert_eq!(price_of(provider, Some(model), &usage), expected.map(Money::usd), "{provider} {model}");
        }
    }

    #[test]
    fn work_costs_what_the_list_says() {
        let work = Work { mb_ms: 1024 * 12_000, transitions: 39, ..Work::default() };
        assert_eq!(work.price(), Money::usd(12.0 * 0.000_016_666_7 + 39.0 * 0.000_025));
        assert_eq!(work.price().to_string(), "$0.0012");
    }

    #[test]
    fn prices_have_a_date() {
        assert!(VENDORS.vendors.values().all(|vendor| vendor.date.parse::<jiff::civil::Date>().is_ok()));
        assert_eq!(price_date(), "2025-06-01");
    }
}
