//! Our records as items of the table and back. A record's own fields stand beside the keys, so that a field written by a newer
//! version survives a change by an older one.

use super::keys;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::breaker::Breaker;
use domain::ports::{PortError, RememberedRequest, Ticket};
use domain::{Bill, Catalogue, ContentHash, Event, Job, JobId, OwnerId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// How long a line of a log is kept: as long as the longest retention of a video that we offer by default.
const LOG_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(crate) fn job_keys(id: &JobId) -> [(&'static str, AttributeValue); 2] {
    [("pk", text(keys::partition(id))), ("sk", text(keys::JOB))]
}

/// The fields of a job without its keys: its own, and those by which it is found and forgotten.
pub(crate) fn job_fields(job: &Job) -> Result<Item, PortError> {
    let mut item = fields(job)?;
    item.insert("created".to_owned(), text(keys::created(job)));
    item.insert("status_key".to_owned(), text(job.status.word()));
    item.insert("updated".to_owned(), text(keys::time(job.updated_at)));
    item.insert("ttl".to_owned(), ttl(job.expires_at));
    Ok(item)
}

/// A version of a job as it ended. It has none of the fields by which jobs are found, so it stands in no list.
pub(crate) fn version_item(job: &Job) -> Result<Item, PortError> {
    let mut item = fields(job)?;
    item.insert("pk".to_owned(), text(keys::partition(&job.id)));
    item.insert("sk".to_owned(), text(keys::version(job.version)));
    item.insert("ttl".to_owned(), ttl(job.expires_at));
    Ok(item)
}

pub(crate) fn job(item: Item) -> Result<Job, PortError> {
    record("a job", item)
}

/// Where the `by-owner` index goes on behind a place that [`keys::created`] made.
pub(crate) fn by_owner_position(owner: &OwnerId, created: &str) -> Item {
    let id = created.rsplit_once('#').map_or(created, |(_, id)| id);
    [("pk", format!("JOB#{id}")), ("sk", keys::JOB.to_owned()), ("owner", owner.to_string()), ("created", created.to_owned())]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), text(value)))
        .collect()
}

pub(crate) fn event_item(id: &JobId, event: &Event) -> Result<Item, PortError> {
    let mut item = fields(event)?;
    item.insert("pk".to_owned(), text(keys::partition(id)));
    item.insert("sk".to_owned(), text(keys::event(event)));
    item.insert("ttl".to_owned(), ttl(event.at.saturating_add(LOG_KEPT).unwrap_or(Timestamp::MAX)));
    Ok(item)
}

pub(crate) fn event(item: Item) -> Result<Event, PortError> {
    record("a line of a log", item)
}

pub(crate) fn bill_item(id: &JobId, bill: &Bill) -> Result<Item, PortError> {
    let mut item = fields(bill)?;
    item.insert("pk".to_owned(), text(keys::partition(id)));
    item.insert("sk".to_owned(), text(keys::bill(bill)));
    item.insert("ttl".to_owned(), ttl(bill.at.saturating_add(LOG_KEPT).unwrap_or(Timestamp::MAX)));
    Ok(item)
}

pub(crate) fn bill(item: Item) -> Result<Bill, PortError> {
    record("a bill", item)
}

/// A remembered request as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredRequest {
    hash: ContentHash,
    job: JobId,
    expires: String,
}

pub(crate) fn request_item(owner: &OwnerId, key: &str, request: &RememberedRequest) -> Result<Item, PortError> {
    let stored = StoredRequest { hash: request.hash.clone(), job: request.job.clone(), expires: keys::time(request.expires_at) };
    let mut item = fields(&stored)?;
    item.insert("pk".to_owned(), text(keys::request(owner, key)));
    item.insert("sk".to_owned(), text(keys::REQUEST));
    item.insert("ttl".to_owned(), ttl(request.expires_at));
    Ok(item)
}

pub(crate) fn request(item: Item) -> Result<RememberedRequest, PortError> {
    let stored: StoredRequest = record("a remembered request", item)?;
    let expires_at = stored.expires.parse().map_err(|error| misused(format!("a remembered request: {error}")))?;
    Ok(RememberedRequest { hash: stored.hash, job: stored.job, expires_at })
}

pub(crate) fn breaker_item(name: &str, breaker: &Breaker) -> Result<Item, PortError> {
    let mut item = fields(breaker)?;
    item.insert("pk".to_owned(), text(keys::breaker(name)));
    item.insert("sk".to_owned(), text(keys::BREAKER));
    Ok(item)
}

pub(crate) fn breaker(item: Item) -> Result<Breaker, PortError> {
    record("a circuit breaker", item)
}

pub(crate) fn catalogue_item(name: &str, catalogue: &Catalogue) -> Result<Item, PortError> {
    let mut item = fields(catalogue)?;
    item.insert("pk".to_owned(), text(keys::breaker(name)));
    item.insert("sk".to_owned(), text(keys::CATALOGUE));
    Ok(item)
}

pub(crate) fn catalogue(item: Item) -> Result<Catalogue, PortError> {
    record("a catalogue", item)
}

/// A ticket as it is stored. Without an id it was forgotten.
#[derive(Serialize, Deserialize)]
struct StoredTicket {
    asked: ContentHash,
    provider: String,
    version: u32,
    ticket: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    expires: String,
}

pub(crate) fn ticket_item(
    job: &JobId,
    asked: &ContentHash,
    ticket: Option<&Ticket>,
    expires_at: Timestamp,
) -> Result<Item, PortError> {
    let nothing = Ticket { provider: String::new(), version: 0, id: String::new(), end: None };
    let Ticket { provider, version, id, end } = ticket.cloned().unwrap_or(nothing);
    let (asked, expires) = (asked.clone(), keys::time(expires_at));
    let mut item = fields(&StoredTicket { asked: asked.clone(), provider, version, ticket: id, end, expires })?;
    item.insert("pk".to_owned(), text(keys::partition(job)));
    item.insert("sk".to_owned(), text(keys::ticket(&asked)));
    item.insert("ttl".to_owned(), ttl(expires_at));
    Ok(item)
}

/// A ticket and what is asked for; none where it was forgotten or means nothing any more. The table deletes late; for readers a
/// ticket ends on time.
pub(crate) fn ticket(item: Item, now: Timestamp) -> Result<Option<(ContentHash, Ticket)>, PortError> {
    let stored: StoredTicket = record("a ticket", item)?;
    let expires_at: Timestamp = stored.expires.parse().map_err(|error| misused(format!("a ticket: {error}")))?;
    let StoredTicket { asked, provider, version, ticket: id, end, .. } = stored;
    let is_kept = !id.is_empty() && expires_at > now;
    Ok(is_kept.then_some((asked, Ticket { provider, version, id, end })))
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn ttl(expires_at: Timestamp) -> AttributeValue {
    AttributeValue::N(expires_at.as_second().to_string())
}

fn fields(record: &impl Serialize) -> Result<Item, PortError> {
    serde_dynamo::to_item(record).map_err(|error| misused(format!("a record has no form as an item: {error}")))
}

fn record<'a, T: Deserialize<'a>>(what: &str, item: Item) -> Result<T, PortError> {
    serde_dynamo::from_item(item).map_err(|error| misused(format!("{what} has another form: {error}")))
}

fn misused(message: String) -> PortError {
    PortError::Misused { service: super::SERVICE, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        Code, DocumentKind, Failure, JobOptions, JobWarning, Phase, SceneOutcome, ScriptSummary, Source, Transition, VideoSummary,
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn full_job() -> Job {
        let id = JobId::new("j1").expect("valid");
        let owner = OwnerId::new("o1").expect("valid");
        let options = JobOptions { scenes: Some(5), voice: Some("en-gb".to_owned()), ..JobOptions::default() };
        let source = Source {
            key: "inbox/o1/j1/Übung 1+2%.pdf".to_owned(),
            version: Some("v".to_owned()),
            name: "Übung 1+2%.pdf".to_owned(),
            kind: DocumentKind::Pdf,
            bytes: 52_428_800,
        };
        let script = ScriptSummary {
            title: "T".to_owned(),
            scenes: 5,
            hash: ContentHash::of(["s"]),
            writer: "embedded".to_owned(),
            fallback: Some("no answer".to_owned()),
        };
        let warning = JobWarning {
            stage: "render-scene".to_owned(),
            scene: Some(2),
            outcome: SceneOutcome::Placeholder,
            failure: Failure::new(Code::Internal, "no page"),
        };
        let video = VideoSummary {
            duration_ms: 1600,
            frames: 48,
            width: 1920,
            height: 1080,
            bytes: 9,
            loudness_lufs: -16.04,
            true_peak_dbtp: -1.5,
            scene_starts_ms: vec![0, 533],
        };
        [
            Transition::Bind(source),
            Transition::Scripted(script),
            Transition::Enter(Phase::Scenes),
            Transition::Narrated(0),
            Transition::Narrated(4),
            Transition::Rendered(4),
            Transition::Warn(warning),
            Transition::Complete(video),
        ]
        .iter()
        .fold(Job::new(id, owner, options, at(10), at(86_400)), |job, change| job.apply(change, at(20)).expect("fits"))
    }

    #[test]
    fn a_job_comes_back_as_it_was_stored() {
        let full = full_job();
        let fresh = Job::new(full.id.clone(), full.owner.clone(), JobOptions::default(), at(10), at(86_400));
        for stored in [full, fresh] {
            assert_eq!(job(job_fields(&stored).expect("has a form")).expect("has our form"), stored);
        }
    }

    /// The size of a value as the service counts it:
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>.
    fn size(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::N(digits) => digits.len() / 2 + 2,
            AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + size(value)).sum::<usize>(),
            AttributeValue::M(fields) => 3 + fields.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>(),
            _ => 1,
        }
    }

    #[test]
    fn the_record_of_the_longest_video_fits_an_item_whatever_goes_wrong() {
        const MOST_ITEM_BYTES: usize = 400 * 1024;
        let scenes = 0..u32::from(domain::MAX_SCENES);
        let failure = Failure::new(Code::DependencyUnavailable, "what a vendor says ".repeat(100));
        let outcomes = [SceneOutcome::Fallback, SceneOutcome::Placeholder, SceneOutcome::Dropped];
        let mut changes = vec![Transition::Enter(Phase::Scenes)];
        for scene in scenes.clone() {
            changes.extend([Transition::Narrated(scene), Transition::Rendered(scene)]);
            changes.extend(outcomes.map(|outcome| {
                Transition::Warn(JobWarning {
                    stage: "illustrate-scene".to_owned(),
                    scene: Some(scene),
                    outcome,
                    failure: failure.clone(),
                })
            }));
        }
        let scene_starts_ms = scenes.map(|scene| u64::from(scene) * 60_000).collect();
        changes.push(Transition::Complete(VideoSummary { scene_starts_ms, ..full_job().video.expect("it has one") }));
        let fresh = Job::new(full_job().id, full_job().owner, JobOptions::default(), at(10), at(86_400));
        let job = changes.iter().fold(fresh, |job, change| job.apply(change, at(20)).expect("fits"));
        assert_eq!(job.warnings.len(), 900);
        let bytes: usize = job_fields(&job).expect("has a form").iter().map(|(name, value)| name.len() + size(value)).sum();
        assert!((200_000..MOST_ITEM_BYTES).contains(&bytes), "{bytes}");
    }

    #[test]
    fn a_job_carries_what_it_is_found_by() {
        let item = job_fields(&full_job()).expect("has a form");
        assert_eq!(item["owner"], text("o1"));
        assert_eq!(item["created"], text("1970-01-01T00:00:10.000000000Z#j1"));
        assert_eq!(item["status_key"], text("completed_with_errors"));
        assert_eq!(item["updated"], text("1970-01-01T00:00:20.000000000Z"));
        assert_eq!(item["ttl"], number(86_400));
        assert_eq!(item["revision"], number(full_job().revision));
        assert_eq!(item["schema"], number(1));
    }

    #[test]
    fn a_field_of_a_newer_version_does_no_harm() {
        let mut item = job_fields(&full_job()).expect("has a form");
        item.insert("of_a_newer_version".to_owned(), text("x"));
        assert_eq!(job(item).expect("has our form"), full_job());
    }

    #[test]
    fn a_former_version_comes_back_as_it_ended_and_stands_in_no_list() {
        let item = version_item(&full_job()).expect("has a form");
        assert_eq!((&item["sk"], &item["ttl"]), (&text("VERSION#000001"), &number(86_400)));
        assert!(["created", "status_key", "updated"].iter().all(|name| !item.contains_key(*name)));
        assert_eq!(job(item).expect("has our form"), full_job());
    }

    #[test]
    fn a_line_of_the_log_comes_back_as_it_was_stored() {
        let line = Event {
            at: at(7),
            stage: "render-scene".to_owned(),
            scene: None,
            name: "failed".to_owned(),
            duration_ms: Some(12),
            failure: Some(Failure::new(Code::Corrupt, "no cross-reference table")),
            version: 2,
            made: ["picture", "segment"].map(str::to_owned).into(),
        };
        let item = event_item(&JobId::new("j1").expect("valid"), &line).expect("has a form");
        assert_eq!(item["ttl"], number(7 + 30 * 86_400));
        assert_eq!(event(item).expect("has our form"), line);
    }

    #[test]
    fn a_breaker_comes_back_as_it_was_stored() {
        use domain::breaker::{Breaker, Circuit};
        for (revision, circuit) in [
            (1, Circuit::Closed { failures: 2 }),
            (3, Circuit::Open { until: at(30) }),
            (4, Circuit::HalfOpen { until: at(150) }),
        ] {
            let stored = Breaker { revision, circuit };
            let item = breaker_item("script/anthropic", &stored).expect("has a form");
            assert_eq!((&item["revision"], item.contains_key("ttl")), (&number(revision), false));
            assert_eq!(breaker(item).expect("has our form"), stored);
        }
    }

    #[test]
    fn a_remembered_request_comes_back_as_it_was_stored() {
        let remembered = RememberedRequest {
            hash: ContentHash::of(["r"]),
            job: JobId::new("j1").expect("valid"),
            expires_at: "2026-11-20T12:00:00.123456789Z".parse().expect("a time"),
        };
        let item = request_item(&OwnerId::new("o1").expect("valid"), "k", &remembered).expect("has a form");
        assert_eq!(request(item).expect("has our form"), remembered);
    }
}
