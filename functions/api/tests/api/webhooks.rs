//! What vendors tell by themselves.

use crate::world::{NOW, World, post};
use domain::ports::{Ticket, Tickets};
use domain::{ContentHash, JobId};
use providers::image::webhook::KEY_REFERENCE;
use serde_json::Value;

const DELIVERY: &str = include_str!("../../../../events/api/replicate-webhook.json");

/// The key with which the sample is signed.
const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The sample as it is, or with something else in it.
fn delivery(change: impl Fn(&mut Value)) -> String {
    let mut delivery: Value = serde_json::from_str(DELIVERY).expect("the sample is JSON");
    change(&mut delivery);
    delivery.to_string()
}

/// The work that the sample is about.
fn errand() -> (JobId, ContentHash) {
    let delivery: Value = serde_json::from_str(DELIVERY).expect("the sample is JSON");
    let named = |name: &str| delivery["queryStringParameters"][name].as_str().expect("the sample names it");
    (JobId::new(named("job")).expect("valid"), ContentHash::parse(named("asked")).expect("digits"))
}

/// A world in which somebody waits for a prediction.
async fn waiting(prediction: &str) -> World {
    let world = World::new();
    world.api.secrets.put(KEY_REFERENCE, KEY);
    let (job, asked) = errand();
    let ticket = Ticket { provider: "replicate".to_owned(), version: 1, id: prediction.to_owned(), end: None };
    world.api.tickets.save(&job, &asked, &ticket).await.expect("memory does not fail");
    world
}

async fn noted(world: &World) -> Option<String> {
    let (job, asked) = errand();
    world.api.tickets.find(&job, &asked).await.expect("memory does not fail").and_then(|ticket| ticket.end)
}

#[tokio::test]
async fn an_end_that_is_told_is_noted_as_often_as_it_is_told() {
    let world = waiting("gm3qorzdhgbfurvjtvhg6dckhu").await;
    for _ in 0..2 {
        assert_eq!(world.send_payload(DELIVERY).await.status, 204);
        let end = noted(&world).await.expect("it is noted");
        assert!(end.contains("out-0.png") && !end.contains("harbour"), "{end}");
    }
}

#[tokio::test]
async fn nobody_else_can_tell_an_end() {
    let world = waiting("gm3qorzdhgbfurvjtvhg6dckhu").await;
    let forged = |delivery: &mut Value| delivery["body"] = "{\"id\":\"gm3qorzdhgbfurvjtvhg6dckhu\",\"status\":\"failed\"}".into();
    let unsigned = |delivery: &mut Value| drop(delivery["headers"].as_object_mut().expect("headers").remove("webhook-signature"));
    let old = |delivery: &mut Value| delivery["headers"]["webhook-timestamp"] = (NOW - 301).to_string().into();
    for payload in [delivery(forged), delivery(unsigned), delivery(old)] {
        assert_eq!(world.send_payload(&payload).await.problem(), (401, "UNAUTHORIZED".to_owned()));
        assert_eq!(noted(&world).await, None);
    }
}

#[tokio::test]
async fn what_nobody_waits_for_changes_nothing() {
    let world = waiting("another").await;
    assert_eq!(world.send_payload(DELIVERY).await.status, 204);
    assert_eq!(noted(&world).await, None);
    let elsewhere =
        delivery(|delivery| delivery["rawQueryString"] = "job=job-9&asked=0000000000000000000000000000000000000000".into());
    assert_eq!(world.send_payload(&elsewhere).await.status, 204);
}

#[tokio::test]
async fn where_no_key_is_kept_no_webhooks_are_expected() {
    let answer = World::new().send_payload(DELIVERY).await;
    assert_eq!(answer.problem(), (404, "NOT_FOUND".to_owned()));
    let world = waiting("another").await;
    assert_eq!(world.send(post("/v1/webhooks/replicate")).await.problem(), (400, "INVALID_REQUEST".to_owned()));
}
