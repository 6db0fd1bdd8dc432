//! The providers of a capability, in the order in which they are tried, each under its circuit breaker.
//!
//! ```text
//! for each provider:  breaker open? --> next     answers --> done     anything else --> next
//! ```
//!
//! In the first attempts at a task, a provider that is throttled or away for a moment is left to the state machine, which asks the
//! same one again a little later: a video should have one voice. It does so only where that costs nothing: nothing came back, soon, and
//! no part of the work that is of use is paid. After that the next takes over.
//!
//! Whoever did it is named, and of those before it is told why they did not. What a vendor is expected to ask is set aside from the
//! budgets before it is called, and corrected after: a call that would overdraw them is not made.

use crate::Secret;
use crate::settings::{InvalidSettings, ProviderSettings};
use domain::breaker::{self, Circuit, Ending};
use domain::ports::{Breakers, Budgets, PortError, ScriptWriter, Speech, SpeechClip, SpeechRequest, Transcriber};
use domain::{Account, Budget, Capability, Charge, Document, Failure, JobOptions, Meter, Money, Script, Usage, price, price_of};
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

const SERVICE: &str = "the provider";

/// So many attempts of the state machine are for the same provider, with about 15 s between them all together.
const ATTEMPTS_WITH_ONE: u64 = 4;

/// Who keeps one waiting for longer before failing is not asked again.
const SOON: Duration = Duration::from_secs(10);

/// Our own provider, a vendor's, or one that cannot be had.
#[derive(Debug, Clone)]
pub enum Choice<E, V> {
    /// Our own.
    Embedded(E),
    /// A vendor's.
    Vendor(V),
    /// None: what it needs at the start, such as its key, could not be had, which this says. The others go on.
    Absent(String),
}

/// Stands in a [`Choice`] where we have none of our own.
#[derive(Debug, Clone, Copy)]
pub enum Nobody {}

/// One provider of a chain.
#[derive(Debug, Clone)]
pub struct Link<P> {
    /// What for.
    pub capability: Capability,
    /// How it is set.
    pub settings: ProviderSettings,
    /// The provider.
    pub provider: P,
}

impl<P> Link<P> {
    /// A provider and how it is set.
    pub fn new(capability: Capability, settings: ProviderSettings, provider: P) -> Self {
        Self { capability, settings, provider }
    }

    /// What it is called in records.
    pub fn name(&self) -> &str {
        self.settings.name()
    }

    /// What such calls would cost; none for our own, or if nobody knows.
    fn price(&self, calls: &[Usage]) -> Option<Money> {
        let settings = (!self.settings.is_embedded()).then_some(&self.settings)?;
        calls.iter().map(|usage| price_of(&settings.provider, settings.model.as_deref(), usage)).sum()
    }

    /// Notes calls that need not be made.
    fn note_saved(&self, meter: &Meter, calls: &[Usage]) {
        for usage in calls.iter().filter(|_| !self.settings.is_embedded()) {
            meter.note(Charge {
                capability: self.capability,
                provider: self.settings.provider.clone(),
                model: self.settings.model.clone(),
                usage: *usage,
                request_id: None,
                saved: true,
            });
        }
    }
}

/// The providers of a list, each made with its key. One whose key cannot be read is there to be passed over.
///
/// # Errors
/// What `make` does not accept.
pub async fn links<E: Clone, V>(
    capability: Capability,
    list: &[ProviderSettings],
    embedded: Option<&E>,
    key: impl AsyncFn(&ProviderSettings) -> Result<Option<String>, PortError>,
    make: impl Fn(&ProviderSettings, Option<Secret>) -> Result<V, InvalidSettings>,
) -> Result<Vec<Link<Choice<E, V>>>, InvalidSettings> {
    let mut links = Vec::new();
    for settings in list {
        let provider = match embedded.filter(|_| settings.is_embedded()) {
            Some(own) => Choice::Embedded(own.clone()),
            None => match key(settings).await {
                Ok(key) => Choice::Vendor(make(settings, key.map(Secret::new))?),
                Err(error) => Choice::Absent(format!("its key cannot be read: {error}")),
            },
        };
        links.push(Link::new(capability, settings.clone(), provider));
    }
    Ok(links)
}

/// What the breaker of a provider is called, such as `script/anthropic`.
pub fn breaker_name(capability: Capability, settings: &ProviderSettings) -> String {
    format!("{capability}/{}", settings.name())
}

/// The providers of a capability, the preferred one first.
#[derive(Debug)]
pub struct Chain<P, S> {
    links: Vec<Link<P>>,
    store: S,
    budget: Budget,
    patience: Duration,
    comes_again: bool,
    now: fn() -> Timestamp,
}

/// Why a provider did not do it.
struct Miss {
    error: PortError,
    /// Whether it costs neither time nor money to ask the same one again later.
    is_passing: bool,
}

impl From<PortError> for Miss {
    fn from(error: PortError) -> Self {
        Self { error, is_passing: false }
    }
}

/// A provider that was tried or refused and did not do it.
#[derive(Debug)]
pub struct PassedOver {
    /// Its name.
    pub provider: String,
    /// Why.
    pub error: PortError,
}

/// What came of it, who did it, and who did not.
#[derive(Debug)]
pub struct Served<'a, P, T> {
    /// Who did it.
    pub by: &'a Link<P>,
    /// What came of it.
    pub value: T,
    /// Those before, in order.
    pub passed_over: Vec<PassedOver>,
}

impl<P, T> Served<'_, P, T> {
    /// Why it was not the preferred provider, with the code of the first that was passed over; none if it was.
    pub fn fallback(&self) -> Option<Failure> {
        let first = self.passed_over.first()?;
        let reasons: Vec<String> =
            self.passed_over.iter().map(|passed| format!("`{}` was passed over: {}", passed.provider, passed.error)).collect();
        Some(Failure::new(first.error.code(), format!("{}; `{}` took over", reasons.join("; "), self.by.name())))
    }
}

/// Who pays for calls, and where they are noted.
#[derive(Debug, Clone)]
pub struct Payer<'a> {
    /// Whose money it is.
    pub account: Account,
    /// Where adapters note what calls used.
    pub meter: &'a Meter,
}

impl<P, S: Breakers + Budgets> Chain<P, S> {
    /// A chain of providers, whose breakers and budgets are kept in a store. Vendors get `patience` all together, so that there is
    /// time left for our own behind them.
    pub fn new(links: Vec<Link<P>>, store: S, budget: Budget, patience: Duration, now: fn() -> Timestamp) -> Self {
        Self { links, store, budget, patience, comes_again: false, now }
    }

    /// The chain in an attempt at a task, from 0. As long as the state machine comes again, it fails with what passes by itself instead
    /// of going on to the next provider.
    pub fn in_attempt(self, attempt: u64) -> Self {
        Self { comes_again: attempt < ATTEMPTS_WITH_ONE, ..self }
    }

    /// The providers in order.
    pub fn links(&self) -> &[Link<P>] {
        &self.links
    }

    /// Asks one provider after the other until one answers. What `find` gives for a provider is neither asked for nor judged
    /// by its breaker: it is there, and noted as saved. `expected` is what each call to a vendor will use.
    ///
    /// # Errors
    /// What `find` fails with, or what the last provider said.
    pub async fn first<T>(
        &self,
        payer: &Payer<'_>,
        expected: &[Usage],
        find: impl AsyncFn(&Link<P>) -> Result<Option<T>, PortError>,
        ask: impl AsyncFn(&Link<P>) -> Result<T, PortError>,
    ) -> Result<Served<'_, P, T>, PortError> {
        self.first_of(&self.links, payer, expected, find, ask).await
    }

    /// Asks the last provider only, as [`Chain::first`] does.
    ///
    /// # Errors
    /// As [`Chain::first`].
    pub async fn last<T>(
        &self,
        payer: &Payer<'_>,
        expected: &[Usage],
        find: impl AsyncFn(&Link<P>) -> Result<Option<T>, PortError>,
        ask: impl AsyncFn(&Link<P>) -> Result<T, PortError>,
    ) -> Result<Served<'_, P, T>, PortError> {
        self.first_of(self.links.last().map_or(&[], std::slice::from_ref), payer, expected, find, ask).await
    }

    async fn first_of<'a, T>(
        &self,
        links: &'a [Link<P>],
        payer: &Payer<'_>,
        expected: &[Usage],
        find: impl AsyncFn(&Link<P>) -> Result<Option<T>, PortError>,
        ask: impl AsyncFn(&Link<P>) -> Result<T, PortError>,
    ) -> Result<Served<'a, P, T>, PortError> {
        let deadline = Instant::now() + self.patience;
        let mut passed_over = Vec::new();
        for by in links {
            if let Some(value) = find(by).await? {
                by.note_saved(payer.meter, expected);
                return Ok(Served { by, value, passed_over });
            }
            match self.pay(by, deadline, payer, expected, &ask).await {
                Ok(value) => return Ok(Served { by, value, passed_over }),
                Err(Miss { error, is_passing: true }) if self.comes_again => return Err(error),
                // Nobody wants it any more, from whomever.
                Err(Miss { error: error @ PortError::Transition(_), .. }) => return Err(error),
                Err(Miss { error, .. }) => {
                    tracing::warn!(provider = by.name(), %error, "passed over");
                    passed_over.push(PassedOver { provider: by.name().to_owned(), error });
                }
            }
        }
        let nobody = || PortError::Misused { service: SERVICE, message: "there is none in the list".to_owned() };
        Err(passed_over.pop().map_or_else(nobody, |last| last.error))
    }

    /// Asks one provider, if the budgets let it, and corrects them by what it used.
    async fn pay<T>(
        &self,
        link: &Link<P>,
        deadline: Instant,
        payer: &Payer<'_>,
        expected: &[Usage],
        ask: impl AsyncFn(&Link<P>) -> Result<T, PortError>,
    ) -> Result<T, Miss> {
        if link.settings.is_embedded() {
            return Ok(ask(link).await?);
        }
        let Payer { account, meter } = payer;
        // A price that nobody knows is nothing that could be set aside.
        let reserved = link.price(expected).unwrap_or_default();
        if reserved > Money::ZERO && !self.store.reserve(account, reserved, &self.budget).await? {
            return Err(self.over_budget(reserved).into());
        }
        let noted = meter.count();
        let answer = self.ask(link, deadline, ask).await;
        // Whoever speaks may have been listened to meanwhile, which is another capability's to settle.
        let charges = meter.after(noted).into_iter().filter(|charge| charge.capability == link.capability);
        let spent = charges.filter_map(|charge| price(&charge)).sum();
        if let Err(error) = self.store.settle(account, reserved, spent).await {
            tracing::warn!(job = account.job.as_str(), provider = link.name(), %error, "the budget keeps what was set aside");
        }
        answer.map_err(|miss| Miss { is_passing: miss.is_passing && !meter.has_bought_after(noted), ..miss })
    }

    /// Asks one provider, if its breaker lets it, and tells the breaker how it ended.
    async fn ask<T>(
        &self,
        link: &Link<P>,
        deadline: Instant,
        ask: impl AsyncFn(&Link<P>) -> Result<T, PortError>,
    ) -> Result<T, Miss> {
        let name = breaker_name(link.capability, &link.settings);
        let permit = breaker::enter(&self.store, &name, (self.now)()).await.map_err(|_| resting())?;
        let begun = Instant::now();
        let answer = timeout_at(deadline, ask(link)).await.unwrap_or_else(|_| Err(too_slow()));
        let circuit = breaker::leave(&self.store, &name, permit, ending(&answer), (self.now)()).await;
        if let Some(Circuit::Open { until }) = circuit {
            // An alarm counts these lines, see the template.
            tracing::warn!(provider = name, %until, "a breaker opened");
        }
        answer.map_err(|error| Miss { is_passing: passes(&error) && begun.elapsed() < SOON, error })
    }
}

impl<P, S> Chain<P, S> {
    fn over_budget(&self, amount: Money) -> PortError {
        let Budget { job, day } = self.budget;
        let message = format!("the call would cost about {amount}; {job} may be spent on a job and {day} a day");
        PortError::OverBudget { message }
    }
}

/// Says nothing about when it ends, so that the same thing twice is said in the same words.
fn resting() -> PortError {
    PortError::Unavailable {
        service: SERVICE,
        message: "it failed several times in a row and is left alone for a while".to_owned(),
    }
}

fn too_slow() -> PortError {
    PortError::Unavailable { service: SERVICE, message: "the time for all of them is over".to_owned() }
}

/// Whether it may be otherwise in a moment, and nothing came back.
fn passes(error: &PortError) -> bool {
    matches!(error, PortError::Throttled { .. } | PortError::Unavailable { .. })
}

/// Whoever refuses is there. Only silence and rubbish open a breaker.
fn ending<T>(answer: &Result<T, PortError>) -> Ending {
    match answer {
        Err(PortError::Unavailable { .. } | PortError::Unusable { .. }) => Ending::Failed,
        Err(PortError::Throttled { .. }) => Ending::Throttled,
        Ok(_) | Err(_) => Ending::Answered,
    }
}

/// That a provider of a list could not be had from the start, and why.
pub fn absent(reason: &str) -> PortError {
    PortError::Misused { service: SERVICE, message: reason.to_owned() }
}

impl<E: ScriptWriter, V: ScriptWriter> ScriptWriter for Choice<E, V> {
    async fn write(&self, document: &Document, options: &JobOptions, meter: &Meter) -> Result<Script, PortError> {
        match self {
            Self::Embedded(own) => own.write(document, options, meter).await,
            Self::Vendor(vendor) => vendor.write(document, options, meter).await,
            Self::Absent(reason) => Err(absent(reason)),
        }
    }
}

impl<E: Speech, V: Speech> Speech for Choice<E, V> {
    fn identity(&self) -> String {
        match self {
            Self::Embedded(own) => own.identity(),
            Self::Vendor(vendor) => vendor.identity(),
            Self::Absent(_) => "absent".to_owned(),
        }
    }

    fn speaks(&self, language: &str) -> bool {
        match self {
            Self::Embedded(own) => own.speaks(language),
            Self::Vendor(vendor) => vendor.speaks(language),
            Self::Absent(_) => false,
        }
    }

    async fn speak(&self, request: &SpeechRequest, meter: &Meter) -> Result<SpeechClip, PortError> {
        match self {
            Self::Embedded(own) => own.speak(request, meter).await,
            Self::Vendor(vendor) => vendor.speak(request, meter).await,
            Self::Absent(reason) => Err(absent(reason)),
        }
    }
}

impl<V: Transcriber> Transcriber for Choice<Nobody, V> {
    fn hears_embedded(&self) -> bool {
        matches!(self, Self::Vendor(vendor) if vendor.hears_embedded())
    }

    async fn transcribe(&self, clip: &SpeechClip, language: &str, meter: &Meter) -> Result<String, PortError> {
        match self {
            Self::Embedded(nobody) => match *nobody {},
            Self::Vendor(vendor) => vendor.transcribe(clip, language, meter).await,
            Self::Absent(reason) => Err(absent(reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Code;
    use fakes::{MemoryProviders, at, job_id, owner_id};
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::task::LocalSet;

    const BUDGET: Budget = Budget { job: Money(10_000_000), day: Money(1_000_000_000) };
    const NOTHING: Usage =
        Usage { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, characters: 0, images: 0, audio_ms: 0 };
    const MINUTE: Duration = Duration::from_secs(60);

    type Answer = fn() -> Result<u32, PortError>;

    fn away() -> Result<u32, PortError> {
        Err(PortError::Unavailable { service: "the model", message: "timeout".to_owned() })
    }

    fn refuses() -> Result<u32, PortError> {
        Err(PortError::Rejected { service: "the model", message: "content_filter".to_owned() })
    }

    fn chain(links: &[(&str, Answer)]) -> Chain<Answer, MemoryProviders> {
        let link = |(name, answer): &(&str, Answer)| Link::new(Capability::Script, ProviderSettings::new(*name), *answer);
        Chain::new(links.iter().map(link).collect(), MemoryProviders::default(), BUDGET, MINUTE, || at(0))
    }

    /// Somebody who pays; what is noted is of no interest.
    fn payer(meter: &Meter) -> Payer<'_> {
        Payer { account: Account::new(owner_id(), job_id(), at(0)), meter }
    }

    async fn first(chain: &Chain<Answer, MemoryProviders>) -> Result<Served<'_, Answer, u32>, PortError> {
        chain.first(&payer(&Meter::default()), &[NOTHING], async |_| Ok(None), async |link| (link.provider)()).await
    }

    #[tokio::test]
    async fn the_first_that_answers_does_it_and_the_others_are_told_of() {
        let chain = chain(&[("anthropic", away), ("gemini", refuses), ("embedded", || Ok(7))]);
        let served = first(&chain).await.expect("the last one does it");
        assert_eq!((served.by.name(), served.value), ("embedded", 7));
        let fallback = served.fallback().expect("it was not the preferred one");
        assert_eq!(fallback.code, Code::DependencyUnavailable);
        assert_eq!(
            fallback.message,
            "`anthropic` was passed over: the model does not answer: timeout; \
             `gemini` was passed over: the model refuses the content: content_filter; `embedded` took over"
        );
    }

    #[tokio::test]
    async fn the_preferred_one_is_no_fallback() {
        let chain = chain(&[("anthropic", || Ok(1)), ("embedded", || panic!("it is asked although the first one answered"))]);
        assert_eq!(first(&chain).await.expect("it answers").fallback(), None);
    }

    #[tokio::test]
    async fn the_last_one_s_failure_is_the_chain_s() {
        let chain = chain(&[("anthropic", away), ("gemini", refuses)]);
        assert!(matches!(first(&chain).await, Err(PortError::Rejected { .. })));
    }

    #[tokio::test]
    async fn what_is_found_is_not_asked_for_even_where_a_breaker_is_open() {
        let chain = chain(&[("anthropic", away), ("embedded", || Ok(7))]);
        for _ in 0..3 {
            first(&chain).await.expect("the last one does it");
        }
        let found = chain
            .first(
                &payer(&Meter::default()),
                &[NOTHING],
                async |link| Ok((link.name() == "anthropic").then_some(9)),
                async |_| panic!("it is asked"),
            )
            .await;
        assert_eq!(found.expect("it is found").value, 9);
    }

    #[tokio::test]
    async fn a_provider_that_keeps_failing_is_left_alone() {
        static CALLS: AtomicU32 = AtomicU32::new(0);
        let chain = chain(&[
            ("anthropic", || {
                CALLS.fetch_add(1, Ordering::SeqCst);
                away()
            }),
            ("embedded", || Ok(7)),
        ]);
        for _ in 0..10 {
            first(&chain).await.expect("the last one does it");
        }
        assert_eq!(CALLS.load(Ordering::SeqCst), breaker::FAILURES_TO_OPEN);
        let served = first(&chain).await.expect("the last one does it");
        assert!(served.fallback().is_some_and(|fallback| fallback.message.contains("left alone")));
    }

    #[tokio::test(start_paused = true)]
    async fn vendors_that_take_for_ever_leave_time_for_our_own() {
        let chain = chain(&[("anthropic", || Ok(1)), ("gemini", || Ok(2)), ("embedded", || Ok(7))]);
        let started = Instant::now();
        let ask = async |link: &Link<Answer>| {
            if !link.settings.is_embedded() {
                tokio::time::sleep(100 * MINUTE).await;
            }
            (link.provider)()
        };
        let served = chain.first(&payer(&Meter::default()), &[NOTHING], async |_| Ok(None), ask).await.expect("our own does it");
        assert_eq!((served.value, started.elapsed()), (7, MINUTE));
    }

    /// What comes of an attempt in which the first of two providers answers so, and the second with 7.
    async fn in_attempt(attempt: u64, answer: Answer) -> Result<u32, PortError> {
        let chain = chain(&[("polly", answer), ("embedded", || Ok(7))]).in_attempt(attempt);
        first(&chain).await.map(|served| served.value)
    }

    #[tokio::test]
    async fn what_passes_by_itself_is_left_to_the_next_attempt_as_long_as_there_is_one() {
        let throttles: Answer = || Err(PortError::Throttled { service: "the voice", retry_after: None });
        let babbles: Answer = || Err(PortError::unusable("the voice", "no sound"));
        for attempt in 0..ATTEMPTS_WITH_ONE {
            assert!(matches!(in_attempt(attempt, throttles).await, Err(PortError::Throttled { .. })));
            assert!(matches!(in_attempt(attempt, away).await, Err(PortError::Unavailable { .. })));
            for other in [babbles, refuses] {
                assert_eq!(in_attempt(attempt, other).await.expect("the next does it"), 7);
            }
        }
        for answer in [throttles, away] {
            assert_eq!(in_attempt(ATTEMPTS_WITH_ONE, answer).await.expect("the next does it"), 7);
        }
    }

    #[tokio::test]
    async fn whose_breaker_is_open_is_not_waited_for() {
        let chain = chain(&[("polly", away), ("embedded", || Ok(7))]).in_attempt(0);
        for _ in 0..breaker::FAILURES_TO_OPEN {
            first(&chain).await.expect_err("it is asked again later");
        }
        assert_eq!(first(&chain).await.expect("our own does it").value, 7);
    }

    #[tokio::test(start_paused = true)]
    async fn who_keeps_one_waiting_is_not_asked_again() {
        let chain = chain(&[("polly", away), ("embedded", || Ok(7))]).in_attempt(0);
        let ask = async |link: &Link<Answer>| {
            tokio::time::sleep(SOON).await;
            (link.provider)()
        };
        let served = chain.first(&payer(&Meter::default()), &[NOTHING], async |_| Ok(None), ask).await.expect("our own does it");
        assert_eq!(served.value, 7);
    }

    #[tokio::test]
    async fn work_that_is_paid_in_part_is_not_begun_again() {
        let chain = chain(&[("polly", away), ("embedded", || Ok(7))]).in_attempt(0);
        let meter = Meter::default();
        let ask = async |link: &Link<Answer>| {
            let (provider, model) = (link.name().to_owned(), None);
            meter.note(Charge {
                capability: Capability::Script,
                provider,
                model,
                usage: NOTHING,
                request_id: None,
                saved: false,
            });
            (link.provider)()
        };
        let served = chain.first(&payer(&meter), &[NOTHING], async |_| Ok(None), &ask).await.expect("our own does it");
        assert_eq!(served.value, 7);
        let in_vain = async |link: &Link<Answer>| ask(link).await.inspect_err(|_| meter.write_off());
        chain
            .first(&payer(&meter), &[NOTHING], async |_| Ok(None), in_vain)
            .await
            .expect_err("nothing is lost by another attempt");
    }

    #[tokio::test]
    async fn nobody_else_is_asked_for_what_is_not_wanted_any_more() {
        let unwanted: Answer = || {
            let status = domain::Status::Cancelled;
            let refused = domain::InvalidTransition { job: job_id(), status, phase: domain::Phase::Scenes, change: "be drawn" };
            Err(refused.into())
        };
        let chain = chain(&[("replicate", unwanted), ("embedded", || panic!("it is asked"))]);
        let error = first(&chain).await.expect_err("it is cancelled");
        assert_eq!(error.code(), Code::CancelledByUser);
    }

    #[tokio::test]
    async fn refusals_open_no_breaker() {
        let chain = chain(&[("anthropic", refuses), ("embedded", || Ok(7))]);
        for _ in 0..10 {
            let served = first(&chain).await.expect("the last one does it");
            assert!(matches!(served.passed_over[0].error, PortError::Rejected { .. }));
        }
    }

    #[tokio::test]
    async fn breakers_that_are_away_stand_in_nobody_s_way() {
        let chain = chain(&[("anthropic", || Ok(1)), ("embedded", || Ok(7))]);
        chain.store.be_away(true);
        assert_eq!(first(&chain).await.expect("it answers").value, 1);
    }

    /// A voice that costs 1.6 cents for a thousand characters, and needs as many as it is told.
    fn neural(characters: u64) -> Chain<u64, MemoryProviders> {
        let polly = ProviderSettings { model: Some("neural".to_owned()), ..ProviderSettings::new("polly") };
        let links = vec![
            Link::new(Capability::Speech, polly, characters),
            Link::new(Capability::Speech, ProviderSettings::new("embedded"), 0),
        ];
        let budget = Budget { job: Money::usd(0.02), day: Money::usd(0.03) };
        Chain::new(links, MemoryProviders::default(), budget, MINUTE, || at(0))
    }

    /// Speaks a thousand characters for a job; gives who did it.
    async fn speak(chain: &Chain<u64, MemoryProviders>, job: &str, found: bool) -> (String, Meter) {
        let meter = Meter::default();
        let job = domain::JobId::new(job).expect("well formed");
        let payer = Payer { account: Account::new(owner_id(), job, at(0)), meter: &meter };
        let characters = |characters| Usage { characters, ..Usage::default() };
        let ask = async |link: &Link<u64>| {
            let settings = &link.settings;
            if !settings.is_embedded() {
                let (provider, model) = (settings.provider.clone(), settings.model.clone());
                let usage = characters(link.provider);
                meter.note(Charge { capability: Capability::Speech, provider, model, usage, request_id: None, saved: false });
            }
            Ok(())
        };
        let find = async |_: &Link<u64>| Ok(found.then_some(()));
        let served = chain.first(&payer, &[characters(500)], find, ask).await.expect("our own is always there");
        (served.by.name().to_owned(), meter.clone())
    }

    #[tokio::test]
    async fn a_call_that_would_overdraw_the_budget_is_not_made() {
        let chain = neural(500);
        let mut spoken = Vec::new();
        for job in ["a", "a", "b", "c"] {
            spoken.push(speak(&chain, job, false).await.0);
        }
        // The second call would overdraw the budget of the job, those of other jobs that of the day.
        assert_eq!(spoken, ["polly", "embedded", "embedded", "embedded"]);
        assert_eq!(chain.store.spent(&domain::JobId::new("a").expect("well formed")), Money::usd(0.016));
    }

    #[tokio::test]
    async fn what_was_set_aside_is_corrected_by_what_was_used() {
        let chain = neural(50);
        for _ in 0..3 {
            assert_eq!(speak(&chain, "a", false).await.0, "polly");
        }
        assert_eq!(chain.store.spent(&domain::JobId::new("a").expect("well formed")), Money::usd(0.0048));
        assert_eq!(speak(&chain, "a", false).await.0, "embedded");
    }

    #[tokio::test]
    async fn what_is_found_is_noted_as_saved_and_costs_nothing() {
        let chain = neural(500);
        let (_, meter) = speak(&chain, "a", true).await;
        let charges = meter.take();
        assert_eq!((charges.len(), charges[0].saved, charges[0].usage.characters), (1, true, 500));
        assert_eq!(chain.store.spent(&domain::JobId::new("a").expect("well formed")), Money::ZERO);
    }

    #[tokio::test]
    async fn what_another_capability_used_meanwhile_is_not_settled_twice() {
        let chain = neural(500);
        let meter = Meter::default();
        let job = domain::JobId::new("a").expect("well formed");
        let payer = Payer { account: Account::new(owner_id(), job.clone(), at(0)), meter: &meter };
        let usage = Usage { characters: 100, ..Usage::default() };
        let note = |capability, provider: &str| {
            let (provider, model) = (provider.to_owned(), None);
            meter.note(Charge { capability, provider, model, usage, request_id: None, saved: false });
        };
        let ask = async |_: &Link<u64>| {
            note(Capability::Speech, "polly");
            note(Capability::Transcript, "polly");
            Ok(())
        };
        chain.first(&payer, &[usage], async |_| Ok(None), ask).await.expect("it speaks");
        assert_eq!(chain.store.spent(&job), Money::usd(0.0032));
    }

    #[tokio::test]
    async fn whoever_is_over_budget_says_so() {
        let chain = neural(500);
        speak(&chain, "a", false).await;
        let meter = Meter::default();
        let job = domain::JobId::new("a").expect("well formed");
        let payer = Payer { account: Account::new(owner_id(), job, at(0)), meter: &meter };
        let usage = Usage { characters: 500, ..Usage::default() };
        let served = chain.first(&payer, &[usage], async |_| Ok(None), async |_| Ok(())).await.expect("our own is always there");
        let fallback = served.fallback().expect("it was not the preferred one");
        assert_eq!(fallback.code, Code::OverBudget);
        assert!(fallback.message.contains("about $0.0160; $0.0200 may be spent on a job and $0.0300 a day"), "{fallback}");
    }

    thread_local! {
        /// The time in the test of two hundred callers, in seconds.
        static CLOCK: Cell<i64> = const { Cell::new(0) };
    }

    /// A provider that is slow to say that it is away, and counts.
    async fn call(chain: Rc<Chain<Cell<u32>, MemoryProviders>>) {
        let ask = async |link: &Link<Cell<u32>>| {
            link.provider.set(link.provider.get() + 1);
            // All that come in the meantime find the probe on its way.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            away()
        };
        chain
            .first(&payer(&Meter::default()), &[NOTHING], async |_| Ok(None), ask)
            .await
            .map(|served| served.value)
            .expect_err("it is away");
    }

    #[tokio::test]
    async fn one_of_two_hundred_callers_probes() {
        let link = Link::new(Capability::Speech, ProviderSettings::new("polly"), Cell::new(0));
        let chain = Rc::new(Chain::new(vec![link], MemoryProviders::default(), BUDGET, MINUTE, || at(CLOCK.get())));
        for _ in 0..3 {
            call(Rc::clone(&chain)).await;
        }
        for (second, expected) in [(29, 3), (30, 4), (59, 4), (60, 5)] {
            CLOCK.set(second);
            let callers = LocalSet::new();
            for _ in 0..200 {
                callers.spawn_local(call(Rc::clone(&chain)));
            }
            callers.await;
            assert_eq!(chain.links[0].provider.get(), expected, "after {second} s");
        }
        assert!(matches!(chain.store.read("speech/polly").await.expect("it is there").circuit, Circuit::Open { .. }));
    }
}
