//! How much one owner may ask for.

use crate::world::{World, completed, get, now, post};
use domain::ports::{JobStore, Quotas};
use domain::{JobId, Limits, OwnerId, Phase, Transition};
use fakes::at;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

const PLENTY: Limits = Limits { jobs_a_minute: 1000, uploads_a_minute: 1000, active_jobs: 1000, stored_bytes: u64::MAX };

fn order(name: &str) -> Value {
    json!({ "name": name })
}

/// The statuses of so many orders at once.
async fn together(world: &Arc<World>, count: usize, text: bool) -> Vec<u16> {
    let mut asking = JoinSet::new();
    for number in 0..count {
        let world = Arc::clone(world);
        let order = if text { json!({"name": "a.md", "text": format!("# {number}")}) } else { order("a.pdf") };
        asking.spawn(async move { world.send(post("/v1/jobs").json(&order)).await.status.as_u16() });
    }
    asking.join_all().await
}

fn accepted(statuses: &[u16]) -> usize {
    assert!(statuses.iter().all(|status| [201, 202, 429].contains(status)), "{statuses:?}");
    statuses.iter().filter(|status| **status < 300).count()
}

#[tokio::test]
async fn limits_are_exact_however_many_ask_at_once() {
    for limits in
        [Limits { jobs_a_minute: 7, ..PLENTY }, Limits { uploads_a_minute: 7, ..PLENTY }, Limits { active_jobs: 7, ..PLENTY }]
    {
        let world = Arc::new(World::with(limits));
        assert_eq!(accepted(&together(&world, 64, false).await), 7, "{limits:?}");
        assert_eq!(world.send(get("/v1/jobs?limit=100")).await.json()["jobs"].as_array().map(Vec::len), Some(7));
    }
}

#[tokio::test]
async fn what_is_refused_says_which_limit_and_when_to_ask_again() {
    for (limits, retry_after, named) in [
        (Limits { jobs_a_minute: 0, ..PLENTY }, "20", "0 jobs a minute"),
        (Limits { uploads_a_minute: 0, ..PLENTY }, "20", "0 uploads a minute"),
        (Limits { active_jobs: 0, ..PLENTY }, "15", "0 jobs of one user"),
        (Limits { stored_bytes: 0, ..PLENTY }, "3600", "0 GB"),
    ] {
        let refused = World::with(limits).send(post("/v1/jobs").json(&order("a.pdf"))).await;
        assert_eq!(refused.problem(), (429, "RATE_LIMITED".to_owned()));
        assert_eq!(refused.header("retry-after"), retry_after);
        assert!(refused.json()["detail"].as_str().is_some_and(|detail| detail.contains(named)), "{}", refused.text);
    }
}

#[tokio::test]
async fn texts_are_no_uploads_and_others_are_not_counted() {
    let world = Arc::new(World::with(Limits { uploads_a_minute: 1, ..PLENTY }));
    assert_eq!(accepted(&together(&world, 5, true).await), 5);
    assert_eq!(accepted(&together(&world, 2, false).await), 1);
    assert_eq!(world.send(post("/v1/jobs").by("bob").json(&order("a.pdf"))).await.status, 201);
}

#[tokio::test]
async fn the_same_request_twice_is_counted_once() {
    let world = World::with(Limits { jobs_a_minute: 1, ..PLENTY });
    for _ in 0..3 {
        let request = post("/v1/jobs").header("idempotency-key", "k").json(&order("a.pdf"));
        assert_eq!(world.send(request).await.status, 201);
    }
}

#[tokio::test]
async fn a_job_that_has_ended_makes_place_for_another() {
    let world = World::with(Limits { active_jobs: 1, ..PLENTY });
    let created = world.send(post("/v1/jobs").json(&order("a.pdf"))).await.json();
    assert_eq!(world.send(post("/v1/jobs").json(&order("b.pdf"))).await.status, 429);
    let id = JobId::new(created["job"]["id"].as_str().expect("a job has an id")).expect("valid");
    for change in [Transition::Enter(Phase::Scenes), completed()] {
        world.api.jobs.change(&id, &change, at(100_001)).await.expect("it fits");
    }
    assert_eq!(world.send(post("/v1/jobs").json(&order("b.pdf"))).await.status, 201);
}

#[tokio::test]
async fn a_record_that_nobody_can_read_keeps_no_more_than_its_place() {
    let world = World::with(Limits { active_jobs: 2, ..PLENTY });
    let created = world.send(post("/v1/jobs").json(&order("a.pdf"))).await.json();
    let spoiled = JobId::new(created["job"]["id"].as_str().expect("a job has an id")).expect("valid");
    world.api.jobs.spoil(&spoiled);
    assert_eq!(world.send(post("/v1/jobs").json(&order("b.pdf"))).await.status, 201);
    assert_eq!(world.send(post("/v1/jobs").json(&order("c.pdf"))).await.problem().1, "RATE_LIMITED");
}

#[tokio::test]
async fn a_job_that_is_about_to_be_written_keeps_its_place_for_a_minute() {
    for (seconds_ago, expected) in [(1, 429), (61, 201)] {
        let world = World::with(Limits { active_jobs: 1, ..PLENTY });
        let made_ms = now().as_millisecond() - seconds_ago * 1000;
        let id = JobId::new(format!("{made_ms:012x}70008000000000000000")).expect("valid");
        let owner = OwnerId::new("ann").expect("valid");
        assert!(world.api.jobs.hold(&owner, &id, 1).await.expect("memory does not fail"));
        assert_eq!(world.send(post("/v1/jobs").json(&order("a.pdf"))).await.status, expected, "{seconds_ago} s ago");
    }
}

#[tokio::test]
async fn what_is_kept_counts_until_it_expires() {
    let world = World::with(Limits { stored_bytes: 99_000, ..PLENTY });
    world.job("done-1", "ann", &[Transition::Enter(Phase::Scenes), completed()]).await;
    assert_eq!(world.send(post("/v1/jobs").json(&order("a.pdf"))).await.problem().1, "RATE_LIMITED");
}
