//! The keys of the table.

use domain::{Account, Bill, ContentHash, Counted, Event, Job, JobId, Minute, OwnerId};
use jiff::Timestamp;

pub(crate) const JOB: &str = "JOB";
pub(crate) const VERSION_PREFIX: &str = "VERSION#";
pub(crate) const EVENT_PREFIX: &str = "EVENT#";
pub(crate) const BILL_PREFIX: &str = "BILL#";
pub(crate) const ACTIVE: &str = "ACTIVE";
pub(crate) const SPENT: &str = "SPENT";
pub(crate) const REQUEST: &str = "REQUEST";
pub(crate) const BREAKER: &str = "BREAKER";
pub(crate) const CATALOGUE: &str = "CATALOGUE";
pub(crate) const TICKET_PREFIX: &str = "TICKET#";
pub(crate) const BY_OWNER: &str = "by-owner";
pub(crate) const BY_STATUS: &str = "by-status";

/// The partition of a job and its log.
pub(crate) fn partition(id: &JobId) -> String {
    format!("JOB#{id}")
}

/// The place of a former version of a job; six digits, so that their order as text is their order in time.
pub(crate) fn version(number: u32) -> String {
    format!("{VERSION_PREFIX}{number:06}")
}

/// The place of a line in the log. A line written twice is one line.
pub(crate) fn event(event: &Event) -> String {
    let scene = event.scene.map_or_else(|| "-".to_owned(), |scene| scene.to_string());
    format!("{EVENT_PREFIX}{}#{}#{scene}#{}", time(event.at), event.stage, event.name)
}

/// The place of a bill among those of its job.
pub(crate) fn bill(bill: &Bill) -> String {
    let scene = bill.scene.map_or_else(|| "-".to_owned(), |scene| scene.to_string());
    format!("{BILL_PREFIX}{}#{}#{scene}", time(bill.at), bill.stage)
}

/// The partition of what an owner spends on a day; what a job spends lies in the job's own.
pub(crate) fn spent_by_day(account: &Account) -> String {
    format!("SPENT#{}#{}", account.owner, account.day)
}

/// The partition of what an owner asked for.
pub(crate) fn quota(owner: &OwnerId) -> String {
    format!("QUOTA#{owner}")
}

/// The place of what was counted in a minute.
pub(crate) fn minute(what: Counted, minute: Minute) -> String {
    format!("MINUTE#{}#{}", minute.0, what.word())
}

/// The partition of an idempotency key. Keys are hashed: they may hold anything.
pub(crate) fn request(owner: &OwnerId, key: &str) -> String {
    format!("REQUEST#{owner}#{}", ContentHash::of([key]))
}

/// The partition of a provider's circuit breaker and catalogue.
pub(crate) fn breaker(name: &str) -> String {
    format!("BREAKER#{name}")
}

/// The place of a ticket. What is asked for may be the same for two jobs; the work is not, so that one can be given up.
pub(crate) fn ticket(asked: &ContentHash) -> String {
    format!("{TICKET_PREFIX}{asked}")
}

/// The place of a job among those of its owner: by time, and by id within the same instant.
pub(crate) fn created(job: &Job) -> String {
    format!("{}#{}", time(job.created_at), job.id)
}

/// A time whose order as text is its order in time.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_as_text() {
        let mut times = ["2026-11-20T12:00:00Z", "2026-11-20T12:00:00.5Z", "2026-11-20T12:00:00.45Z", "2026-11-20T11:59:59.999Z"]
            .map(|text| text.parse::<Timestamp>().expect("a time"));
        let mut texts = times.map(time);
        times.sort();
        texts.sort();
        assert_eq!(texts, times.map(time));
        assert_eq!(texts[1], "2026-11-20T12:00:00.000000000Z");
    }

    #[test]
    fn an_idempotency_key_cannot_reach_another_owner() {
        let owner = |id| OwnerId::new(id).expect("valid");
        assert_ne!(request(&owner("a"), "k"), request(&owner("b"), "k"));
        assert!(request(&owner("a"), "x#REQUEST#b").starts_with("REQUEST#a#"));
        assert_eq!(request(&owner("a"), &"#".repeat(999)).len(), "REQUEST#a#".len() + 40);
    }

    #[test]
    fn a_line_of_the_log_has_one_place() {
        let line = Event {
            at: "2026-11-20T12:00:00.25Z".parse().expect("a time"),
            stage: "render-scene".to_owned(),
            scene: Some(3),
            name: "finished".to_owned(),
            duration_ms: Some(9),
            failure: None,
            version: 1,
            made: Default::default(),
        };
        assert_eq!(event(&line), "EVENT#2026-11-20T12:00:00.250000000Z#render-scene#3#finished");
        assert!(event(&Event { scene: None, ..line }).ends_with("#-#finished"));
    }
}
