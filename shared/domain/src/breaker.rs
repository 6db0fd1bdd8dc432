//! The circuit breaker of a provider, as a pure state machine: time and outcomes come in, the next state comes out.
//!
//! ```text
//! closed -- three failures in a row --> open -- 30 s later, one caller --> half open
//!    ^                                    ^                                   |
//!    |                                    `---- its call fails ---------------|
//!    `----------------------------------------- its call is answered ---------'
//! ```
//!
//! Half open, one call is on its way and everybody else is refused. Who may make it is settled by whoever stores the state:
//! only one of many can write the next revision. A caller that never comes back loses its lease, and the next one probes.
//! [`enter`] and [`leave`] are what a caller does before and after a call; a store that cannot be reached lets calls through.

use crate::ports::Breakers;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A write that somebody else came before is tried again so often. Each round somebody gets through, and after three failures
/// nobody has anything left to write.
const WRITES: u32 = 10;

/// So many failures in a row open a breaker.
pub const FAILURES_TO_OPEN: u32 = 3;

/// How long an open breaker refuses.
pub const OPEN_FOR: SignedDuration = SignedDuration::from_secs(30);

/// How long a probe may take. No function of ours waits longer for a provider.
pub const PROBE_LEASE: SignedDuration = SignedDuration::from_secs(120);

/// Asks for leave to call a provider; refused until a time.
///
/// # Errors
/// When the breaker is to be asked again.
pub async fn enter(breakers: &impl Breakers, name: &str, now: Timestamp) -> Result<Permit, Timestamp> {
    let Ok(breaker) = breakers.read(name).await else { return Ok(Permit::Unwatched) };
    match breaker.enter(now) {
        Entry::Pass => Ok(Permit::Call { has_failures: breaker.circuit != Circuit::default() }),
        Entry::Refused(until) => Err(until),
        Entry::Probe(leased) => match breakers.write(name, &leased).await {
            Ok(true) => Ok(Permit::Probe { revision: leased.revision }),
            Ok(false) => Err(later(now, PROBE_LEASE)),
            Err(_) => Ok(Permit::Unwatched),
        },
    }
}

/// Gives leave back with how the call ended, and gives the state that this has made. That it cannot be written is no failure: the
/// next caller says the same.
pub async fn leave(breakers: &impl Breakers, name: &str, permit: Permit, ending: Ending, now: Timestamp) -> Option<Circuit> {
    let says_nothing = matches!((permit, ending), (Permit::Call { has_failures: false }, Ending::Answered | Ending::Throttled));
    if permit == Permit::Unwatched || says_nothing {
        return None;
    }
    for _ in 0..WRITES {
        let next = breakers.read(name).await.ok()?.leave(permit, ending, now)?;
        match breakers.write(name, &next).await {
            Ok(false) => {}
            Ok(true) => return Some(next.circuit),
            Err(_) => return None,
        }
    }
    None
}

/// The state of a breaker, with the number of its writes, from 0 for one that was never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Breaker {
    /// How many times it was written; a write counts only if nobody else wrote in between.
    pub revision: u64,
    /// How it stands.
    pub circuit: Circuit,
}

/// How a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Circuit {
    /// Calls go through.
    Closed {
        /// Failures since the last answer.
        failures: u32,
    },
    /// Calls are refused.
    Open {
        /// Until when.
        until: Timestamp,
    },
    /// One call is on its way to see whether the provider is back; the others are refused.
    HalfOpen {
        /// Until when that call is waited for.
        until: Timestamp,
    },
}

impl Default for Circuit {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// It may call.
    Pass,
    /// It may call, as the one probe, if it is the one to write this state.
    Probe(Breaker),
    /// It may not call before this time.
    Refused(Timestamp),
}

/// Leave to call a provider, given back with how the call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// An ordinary call, and whether the breaker has counted failures that an answer takes back.
    Call {
        /// Whether there are any.
        has_failures: bool,
    },
    /// The probe, by the revision that its lease wrote.
    Probe {
        /// The revision.
        revision: u64,
    },
    /// The breaker could not be asked, so nothing is told to it either.
    Unwatched,
}

/// How a call ended, as far as a breaker cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The provider answered, be it with a refusal: it is there.
    Answered,
    /// The provider asks to slow down: no sign of being away, but none that a probe may trust.
    Throttled,
    /// The provider did not answer, or not usably.
    Failed,
}

impl Breaker {
    /// What a caller may do now.
    pub fn enter(self, now: Timestamp) -> Entry {
        match self.circuit {
            Circuit::Closed { .. } => Entry::Pass,
            Circuit::Open { until } | Circuit::HalfOpen { until } if now < until => Entry::Refused(until),
            Circuit::Open { .. } | Circuit::HalfOpen { .. } => {
                Entry::Probe(self.next(Circuit::HalfOpen { until: later(now, PROBE_LEASE) }))
            }
        }
    }

    /// The state after a call has ended; none where it says nothing new, such as a call that began before the breaker opened.
    pub fn leave(self, permit: Permit, ending: Ending, now: Timestamp) -> Option<Self> {
        let open = Circuit::Open { until: later(now, OPEN_FOR) };
        let circuit = match (permit, self.circuit, ending) {
            (Permit::Call { .. }, Circuit::Closed { failures: 1.. }, Ending::Answered) => Circuit::default(),
            (Permit::Call { .. }, Circuit::Closed { failures }, Ending::Failed) if failures + 1 >= FAILURES_TO_OPEN => open,
            (Permit::Call { .. }, Circuit::Closed { failures }, Ending::Failed) => Circuit::Closed { failures: failures + 1 },
            (Permit::Probe { revision }, Circuit::HalfOpen { .. }, ending) if revision == self.revision => match ending {
                Ending::Answered => Circuit::default(),
                Ending::Throttled | Ending::Failed => open,
            },
            _ => return None,
        };
        Some(self.next(circuit))
    }

    fn next(self, circuit: Circuit) -> Self {
        Self { revision: self.revision + 1, circuit }
    }
}

fn later(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.saturating_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    const CALL: Permit = Permit::Call { has_failures: true };

    fn after(endings: &[Ending]) -> Breaker {
        endings.iter().fold(Breaker::default(), |breaker, ending| breaker.leave(CALL, *ending, at(0)).unwrap_or(breaker))
    }

    #[test]
    fn three_failures_in_a_row_open_it() {
        use Ending::{Answered, Failed, Throttled};
        for (endings, is_open) in [
            (&[Failed, Failed][..], false),
            (&[Failed, Failed, Failed], true),
            (&[Failed, Failed, Answered, Failed, Failed], false),
            (&[Failed, Throttled, Failed, Throttled, Failed], true),
            (&[Throttled; 9], false),
        ] {
            assert_eq!(matches!(after(endings).circuit, Circuit::Open { .. }), is_open, "{endings:?}");
        }
    }

    #[test]
    fn it_refuses_for_thirty_seconds_and_then_lets_one_call_probe() {
        let open = after(&[Ending::Failed; 3]);
        assert_eq!(open.enter(at(29)), Entry::Refused(at(30)));
        let Entry::Probe(leased) = open.enter(at(30)) else { panic!("it does not probe") };
        assert_eq!(leased.enter(at(31)), Entry::Refused(at(150)));
        let probe = Permit::Probe { revision: leased.revision };
        let closed = leased.leave(probe, Ending::Answered, at(32)).expect("it says something");
        assert_eq!((closed.circuit, closed.enter(at(32))), (Circuit::default(), Entry::Pass));
        for ending in [Ending::Failed, Ending::Throttled] {
            let again = leased.leave(probe, ending, at(32)).expect("it says something");
            assert_eq!(again.circuit, Circuit::Open { until: at(62) });
        }
    }

    #[test]
    fn a_probe_that_never_comes_back_is_followed_by_another_and_too_late_to_speak() {
        let Entry::Probe(first) = after(&[Ending::Failed; 3]).enter(at(30)) else { panic!("it does not probe") };
        let Entry::Probe(second) = first.enter(at(150)) else { panic!("it does not probe again") };
        assert_eq!(second.leave(Permit::Probe { revision: first.revision }, Ending::Answered, at(151)), None);
    }

    #[test]
    fn a_call_from_before_it_opened_changes_nothing() {
        let open = after(&[Ending::Failed; 3]);
        for ending in [Ending::Answered, Ending::Failed] {
            assert_eq!(open.leave(CALL, ending, at(5)), None);
        }
    }

    /// A caller, as far as it has come.
    #[derive(Debug, Clone, Copy)]
    enum Caller {
        Outside,
        /// Has read the state and knows what it says.
        Read(Breaker),
        /// Is calling.
        Inside(Permit, Timestamp),
        /// Has read the state to write how its call ended.
        Leaving(Permit, Ending, Breaker),
    }

    /// One caller takes its next step after some seconds, or dies.
    #[derive(Debug, Clone, Copy)]
    struct Step {
        caller: usize,
        seconds: i64,
        ending: Ending,
        dies: bool,
    }

    fn step() -> impl Strategy<Value = Step> {
        let ending = prop_oneof![6 => Just(Ending::Failed), 3 => Just(Ending::Answered), 1 => Just(Ending::Throttled)];
        let seconds = prop_oneof![6 => 0..2_i64, 2 => 2..40_i64, 1 => 100..200_i64];
        (0..6_usize, seconds, ending, prop::bool::weighted(0.05)).prop_map(|(caller, seconds, ending, dies)| Step {
            caller,
            seconds,
            ending,
            dies,
        })
    }

    /// Runs callers side by side against one stored state, as a store with conditional writes has it, and holds every step
    /// against what a breaker promises.
    fn run(steps: &[Step]) -> Result<(), TestCaseError> {
        let mut stored = Breaker::default();
        let mut callers = [Caller::Outside; 6];
        let mut now = at(0);
        let mut opened = None;
        for step in steps {
            now = later(now, SignedDuration::from_secs(step.seconds));
            let write = |stored: &mut Breaker, next: Breaker| {
                let is_first = stored.revision + 1 == next.revision;
                if is_first {
                    *stored = next;
                }
                is_first
            };
            callers[step.caller] = match callers[step.caller] {
                _ if step.dies => Caller::Outside,
                Caller::Outside => Caller::Read(stored),
                Caller::Read(seen) => match seen.enter(now) {
                    Entry::Pass => Caller::Inside(CALL, now),
                    Entry::Refused(until) => {
                        prop_assert!(until > now && until <= later(now, PROBE_LEASE), "refused for too long");
                        Caller::Outside
                    }
                    Entry::Probe(leased) if write(&mut stored, leased) => {
                        let is_probing = |caller: &Caller| matches!(caller, Caller::Inside(Permit::Probe { .. }, since) if now < later(*since, PROBE_LEASE));
                        prop_assert!(!callers.iter().any(is_probing), "two probes at once");
                        prop_assert!(opened.is_none_or(|since| now >= later(since, OPEN_FOR)), "a probe too early");
                        Caller::Inside(Permit::Probe { revision: leased.revision }, now)
                    }
                    Entry::Probe(_) => Caller::Outside,
                },
                Caller::Inside(permit, _) => Caller::Leaving(permit, step.ending, stored),
                Caller::Leaving(permit, ending, seen) => match seen.leave(permit, ending, now) {
                    None => Caller::Outside,
                    Some(next) if write(&mut stored, next) => {
                        if let Circuit::Open { until } = next.circuit {
                            prop_assert_eq!(until, later(now, OPEN_FOR));
                            opened = Some(now);
                        }
                        Caller::Outside
                    }
                    Some(_) => Caller::Leaving(permit, ending, stored),
                },
            };
        }
        // Whatever happened, somebody gets through once every lease is over.
        let end = later(now, PROBE_LEASE);
        prop_assert!(!matches!(stored.enter(end), Entry::Refused(_)), "it refuses for ever");
        Ok(())
    }

    #[test]
    fn a_breaker_keeps_its_promises_in_five_thousand_schedules() {
        let config = Config { cases: 5000, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..Config::default() };
        proptest::test_runner::TestRunner::new(config)
            .run(&prop::collection::vec(step(), 1..120), |steps| run(&steps))
            .unwrap_or_else(|broken| panic!("{broken}"));
    }
}
