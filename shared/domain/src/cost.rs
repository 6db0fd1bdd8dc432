//! What a job costs: estimated before, entered while stages work, summed up for its owner.

use crate::{
    Capability, Charge, DocumentKind, JobId, JobOptions, Money, OwnerId, Scene, Script, Usage, Visual, Work, price, price_of,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One invocation of a stage, as it is billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// When it ended.
    pub at: Timestamp,
    /// The version of the job that was worked on.
    pub version: u32,
    /// The stage.
    pub stage: String,
    /// The scene from 0, where it concerns one.
    pub scene: Option<u32>,
    /// Calls to vendors, and those that were saved.
    pub charges: Vec<Charge>,
    /// What AWS counts.
    pub work: Work,
}

/// What something costs, by whom it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Costs {
    /// What each vendor asks.
    pub vendors: BTreeMap<String, Money>,
    /// What AWS asks, by list prices and from what ran.
    pub aws: Money,
    /// What would have been paid for calls whose results were found.
    pub saved: Money,
    /// Vendors that were asked and whose prices nobody knows.
    pub unpriced: BTreeSet<String>,
}

impl Costs {
    /// Sums bills up.
    pub fn of<'a>(bills: impl IntoIterator<Item = &'a Bill>) -> Self {
        let mut costs = Self::default();
        let mut work = Work::default();
        for bill in bills {
            work += bill.work;
            for charge in &bill.charges {
                costs.add(charge);
            }
        }
        costs.aws = work.price();
        costs
    }

    fn add(&mut self, charge: &Charge) {
        match price(charge) {
            Some(amount) if charge.saved => self.saved += amount,
            Some(amount) => *self.vendors.entry(charge.provider.clone()).or_default() += amount,
            None if charge.saved => {}
            None => {
                self.unpriced.insert(charge.provider.clone());
            }
        }
    }

    /// All that is paid.
    pub fn total(&self) -> Money {
        self.aws + self.vendors.values().copied().sum::<Money>()
    }

    /// Whether it is a fifth more than was expected, and more than a tenth of a cent.
    pub fn is_well_over(&self, estimate: &Self) -> bool {
        let (actual, expected) = (self.total().0, estimate.total().0);
        actual > expected + expected / 5 && actual > expected + Money::usd(0.001).0
    }
}

/// What is known of a video before it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// Characters of text in the document.
    pub characters: u64,
    /// Scenes, title and summary included.
    pub scenes: u64,
    /// Scenes that show a picture that nobody has made yet.
    pub illustrations: u64,
}

/// A document of which nothing is known yet.
const USUAL_CHARACTERS: u64 = 20_000;

/// A PDF holds so many bytes for each character of its text; figures and fonts are the most of it.
const PDF_BYTES_PER_CHARACTER: u64 = 20;

/// A model is sent no more of a document at once; a longer one is condensed first.
const MOST_CHARACTERS_SENT: u64 = 120_000;

/// A document is condensed in so many parts at most.
const MOST_PARTS: u64 = 8;

/// The notes to a document may take this share of what is sent at once.
const SHARE_OF_NOTES: (u64, u64) = (2, 3);

/// A long document is sent with the numbers and headings of its sections, which are about a quarter more where they are many.
const PERCENT_OF_PARTS: u64 = 125;

/// English prose, as vendors of models count it: <https://platform.openai.com/tokenizer>.
const CHARACTERS_PER_TOKEN: u64 = 4;

/// Our instructions and the schema of an answer.
const TOKENS_OF_INSTRUCTIONS: u64 = 3_000;

/// A scene in the JSON of an answer: its narration, its visual, and the fields that are null.
const TOKENS_PER_SCENE: u64 = 230;

/// A narration of 25 to 65 words, as they are asked for.
const CHARACTERS_PER_SCENE: u64 = 280;

/// A model is told to ask for pictures rarely: one in so many scenes, begun ones counted.
const SCENES_PER_ILLUSTRATION: u64 = 8;

/// A description of 5 to 40 words and what we say around it.
const TOKENS_PER_DESCRIPTION: u64 = 90;

/// 1536 x 1024 pixels at medium quality: <https://platform.openai.com/docs/guides/image-generation#calculating-costs>.
const TOKENS_PER_PICTURE: u64 = 1_584;

/// Sound, at 15 characters a second.
const MS_PER_SCENE: u64 = CHARACTERS_PER_SCENE * 1000 / 15;

impl Usage {
    /// What so many pictures are expected to use: vendors bill pictures, or the tokens of a description and of a picture.
    pub fn of_pictures(images: u64) -> Self {
        let (input_tokens, output_tokens) = (images * TOKENS_PER_DESCRIPTION, images * TOKENS_PER_PICTURE);
        Self { images, input_tokens, output_tokens, ..Self::default() }
    }
}

impl Outline {
    /// What is known from the size of a document and the wishes that come with it.
    pub fn new(kind: DocumentKind, bytes: Option<u64>, options: &JobOptions) -> Self {
        let characters = match (kind, bytes) {
            (_, None) => USUAL_CHARACTERS,
            (DocumentKind::Pdf, Some(bytes)) => (bytes / PDF_BYTES_PER_CHARACTER).clamp(2_000, 400_000),
            (_, Some(bytes)) => bytes,
        };
        // As the embedded writer chooses, which follows the division of a document where it has one, and as a model is told to.
        let usual = match characters / 6 {
            0..=79 => 3,
            80..=199 => 4,
            200..=1199 => 6,
            _ => 7,
        };
        Self { characters, scenes: options.scenes.map_or(usual, u64::from), illustrations: 0 }
    }

    /// The same where a model writes the script, which asks for a picture now and then; our own writer never does.
    #[must_use]
    pub fn written_by_a_model(self) -> Self {
        Self { illustrations: self.scenes.div_ceil(SCENES_PER_ILLUSTRATION), ..self }
    }

    /// The same with a script that is there already.
    #[must_use]
    pub fn with_script(self, script: &Script) -> Self {
        let is_illustration = |scene: &&Scene| matches!(scene.visual, Visual::Illustration { .. });
        let illustrations = script.scenes.iter().filter(is_illustration).count() as u64;
        Self { scenes: script.scenes.len() as u64, illustrations, ..self }
    }

    /// What each call to a vendor of one capability will use; all scenes together count as one call.
    pub fn calls(&self, capability: Capability) -> Vec<Usage> {
        let audio_ms = self.scenes * MS_PER_SCENE;
        match capability {
            Capability::Script => self.questions(),
            Capability::Speech => {
                vec![Usage { characters: self.scenes * CHARACTERS_PER_SCENE, audio_ms, ..Usage::default() }]
            }
            Capability::Transcript => vec![Usage { audio_ms, ..Usage::default() }],
            Capability::Image => vec![Usage::of_pictures(self.illustrations)],
        }
    }

    /// The questions to a model: for each part of a long document, and for the script.
    fn questions(&self) -> Vec<Usage> {
        let question = |characters: u64, output_tokens: u64| Usage {
            input_tokens: characters / CHARACTERS_PER_TOKEN + TOKENS_OF_INSTRUCTIONS,
            output_tokens,
            ..Usage::default()
        };
        let script = self.scenes * TOKENS_PER_SCENE;
        if self.characters <= MOST_CHARACTERS_SENT {
            return vec![question(self.characters, script)];
        }
        let count = self.characters.div_ceil(MOST_CHARACTERS_SENT).min(MOST_PARTS);
        let (numerator, denominator) = SHARE_OF_NOTES;
        let notes = MOST_CHARACTERS_SENT * numerator / denominator / CHARACTERS_PER_TOKEN / count;
        let sent = |characters: u64| characters.min(MOST_CHARACTERS_SENT) * PERCENT_OF_PARTS / 100;
        let parts = std::iter::repeat_n(question(sent(self.characters / count), notes), usize::try_from(count).unwrap_or(0));
        parts.chain([question(sent(MOST_CHARACTERS_SENT), script)]).collect()
    }

    /// What the stages will have AWS count, as it was measured for videos of 3 to 30 scenes; they compute as for 1080p with full motion.
    pub fn work(&self) -> Work {
        let scenes = self.scenes;
        Work {
            mb_ms: 1024 * (3_000 + 4_000 * scenes),
            requests: 3 + 3 * scenes,
            transitions: 4 + 5 * scenes,
            object_writes: 11 + 9 * scenes,
            object_reads: 6 + 14 * scenes,
            table_writes: 15 + 11 * scenes,
            table_reads: 7 + 5 * scenes,
        }
    }
}

/// What a video will cost with these providers: capability, word and model of each.
pub fn estimate<'a>(outline: &Outline, providers: impl IntoIterator<Item = (Capability, &'a str, Option<&'a str>)>) -> Costs {
    let mut costs = Costs { aws: outline.work().price(), ..Costs::default() };
    for (capability, provider, model) in providers {
        // Each by itself, since a question costs more for each token where it has many.
        let prices = outline.calls(capability).into_iter().map(|usage| price_of(provider, model, &usage));
        match prices.sum::<Option<Money>>() {
            Some(amount) => *costs.vendors.entry(provider.to_owned()).or_default() += amount,
            None => {
                costs.unpriced.insert(provider.to_owned());
            }
        }
    }
    costs
}

/// The most that may be spent at vendors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// For one job, all its versions together.
    pub job: Money,
    /// For one owner on one day.
    pub day: Money,
}

/// Whose money is spent, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub owner: OwnerId,
    /// On what.
    pub job: JobId,
    /// The day, in UTC.
    pub day: Date,
}

impl Account {
    /// The account of a job at a time.
    pub fn new(owner: OwnerId, job: JobId, now: Timestamp) -> Self {
        Self { owner, job, day: now.to_zoned(jiff::tz::TimeZone::UTC).date() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(provider: &str, model: &str, usage: Usage, saved: bool) -> Charge {
        let (provider, model) = (provider.to_owned(), Some(model.to_owned()));
        Charge { capability: Capability::Script, provider, model, usage, request_id: None, saved }
    }

    fn bill(charges: Vec<Charge>, work: Work) -> Bill {
        Bill { at: Timestamp::UNIX_EPOCH, version: 1, stage: "write-script".to_owned(), scene: None, charges, work }
    }

    fn tokens(input_tokens: u64, output_tokens: u64) -> Usage {
        Usage { input_tokens, output_tokens, ..Usage::default() }
    }

    #[test]
    fn bills_are_summed_up_by_vendor() {
        let speech = |saved| charge("polly", "neural", Usage { characters: 1000, ..Usage::default() }, saved);
        let bills = [
            bill(vec![charge("anthropic", "claude-haiku-5-5", tokens(10_000, 2_000), false)], Work::default()),
            bill(vec![speech(false), speech(true)], Work { transitions: 40, ..Work::default() }),
            bill(vec![charge("a-gateway", "m", tokens(1, 1), false)], Work::default()),
        ];
        let costs = Costs::of(&bills);
        assert_eq!(costs.vendors["anthropic"], Money::usd(0.002));
        assert_eq!((costs.vendors["polly"], costs.saved), (Money::usd(0.032), Money::usd(0.032)));
        assert_eq!((costs.aws, costs.total()), (Money::usd(0.001), Money::usd(0.035)));
        assert_eq!(costs.unpriced, ["a-gateway".to_owned()].into());
    }

    #[test]
    fn twenty_per_cent_over_is_well_over() {
        let costs = |dollars| Costs { aws: Money::usd(dollars), ..Costs::default() };
        assert!(!costs(0.0119).is_well_over(&costs(0.01)));
        assert!(costs(0.0121).is_well_over(&costs(0.01)));
        assert!(!costs(0.0009).is_well_over(&costs(0.0001)), "a tenth of a cent is nobody's concern");
    }

    /// What vendors and AWS ask for a video, counted from what they would have been asked, not from the estimate's own means:
    /// words of narrations as the prompt asks for them, and the work that was measured.
    fn simulated(characters: u64, scenes: u64, work: Work) -> Costs {
        const TOKENS_PER_WORD: f64 = 1.35;
        let narration_words = scenes * 46;
        let visual_words = scenes * 95;
        let asked = |characters: u64, output: f64| {
            let input = characters as f64 / 4.1 + 2_900.0;
            charge("anthropic", "claude-sonnet-5-5", tokens(input as u64, output as u64), false)
        };
        // What is longer than 120,000 characters is condensed in parts, to notes of 80,000 at most together; they and the headings
        // are what the script is written from.
        let parts = if characters > 120_000 { characters.div_ceil(120_000) } else { 0 };
        let headings = 1.15;
        let mut charges: Vec<Charge> =
            (0..parts).map(|_| asked((characters as f64 * headings) as u64 / parts, 75_000.0 / 4.1 / parts as f64)).collect();
        let written_from = if parts > 0 { (120_000.0 * headings) as u64 } else { characters };
        charges.push(asked(written_from, (narration_words + visual_words) as f64 * TOKENS_PER_WORD + scenes as f64 * 40.0));
        let spoken = Usage { characters: narration_words * 6, ..Usage::default() };
        charges.push(charge("polly", "neural", spoken, false));
        Costs::of(&[bill(charges, work)])
    }

    #[test]
    fn an_estimate_is_within_fifteen_per_cent_of_the_simulated_bill() {
        let measured = Work {
            mb_ms: 1024 * 12_000,
            requests: 25,
            transitions: 39,
            object_writes: 60,
            object_reads: 150,
            table_writes: 150,
            table_reads: 150,
        };
        let mut worst: f64 = 0.0;
        for (kind, bytes, scenes, characters) in [
            (DocumentKind::Text, 2_400, None, 2_400),
            (DocumentKind::Markdown, 9_000, Some(7), 9_000),
            (DocumentKind::Markdown, 60_000, Some(12), 60_000),
            (DocumentKind::Text, 110_000, Some(30), 110_000),
            (DocumentKind::Text, 400_000, Some(30), 400_000),
            (DocumentKind::Pdf, 900_000, None, 42_000),
        ] {
            let options = JobOptions { scenes, ..JobOptions::default() };
            let outline = Outline::new(kind, Some(bytes), &options);
            let providers =
                [(Capability::Script, "anthropic", Some("claude-sonnet-5-5")), (Capability::Speech, "polly", Some("neural"))];
            let estimated = estimate(&outline, providers).total().as_usd();
            let share = |count: u64| count * outline.scenes / 7;
            let work = Work {
                mb_ms: share(measured.mb_ms),
                requests: share(measured.requests),
                transitions: 4 + 5 * outline.scenes,
                object_writes: share(measured.object_writes),
                object_reads: share(measured.object_reads),
                table_writes: share(measured.table_writes),
                table_reads: share(measured.table_reads),
            };
            let billed = simulated(characters, outline.scenes, work).total().as_usd();
            let off = (estimated - billed).abs() / billed;
            worst = worst.max(off);
            assert!(off < 0.15, "{kind:?} of {bytes} bytes: {estimated:.4} estimated, {billed:.4} billed");
        }
        assert!(worst > 0.0, "an estimate that is never off was not held against anything");
    }
}
