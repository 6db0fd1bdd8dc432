//! Who is configured, how they are, and what they offer.

use crate::world::{World, get, now};
use domain::breaker::{self, Ending, FAILURES_TO_OPEN};
use domain::ports::Catalogues;
use domain::{Catalogue, Code, EMBEDDED_VOICES, Failure, Offer};
use serde_json::{Value, json};

const NAME: &str = "script/anthropic";

async fn fail(world: &World, times: u32) {
    for _ in 0..times {
        let permit = breaker::enter(&world.api.providers, NAME, now()).await.expect("it is closed");
        breaker::leave(&world.api.providers, NAME, permit, Ending::Failed, now()).await;
    }
}

async fn health(world: &World) -> (u16, Value, Value) {
    let answer = world.send(get("/v1/health").with_claims(Value::Null)).await;
    let body = answer.json();
    (answer.status.as_u16(), body["status"].clone(), body["providers"][0]["status"].clone())
}

#[tokio::test]
async fn providers_are_shown_in_order_with_what_they_offer() {
    let world = World::that_speaks();
    let offer = Offer { models: vec!["claude-haiku-5-5".to_owned()], voices: vec![] };
    let catalogue = Catalogue { at: now(), offer, failure: None };
    world.api.providers.save(NAME, &catalogue).await.expect("memory does not fail");
    let offer = Offer { models: vec!["neural".to_owned()], voices: vec!["Joanna".to_owned(), "Vicki".to_owned()] };
    world.api.providers.save("speech/polly", &Catalogue { at: now(), offer, failure: None }).await.expect("memory does not fail");
    let listed = world.send(get("/v1/providers")).await.json();
    assert_eq!(
        listed["providers"][0],
        json!({"capability": "script", "name": "anthropic", "provider": "anthropic", "model": "claude-haiku-5-5", "status": "healthy",
               "left_alone_until": null, "models": ["claude-haiku-5-5"], "voices": [], "asked_at": "1970-01-02T03:46:40Z"})
    );
    let names = |at: usize, what: &str| listed["providers"][at][what].clone();
    assert_eq!((names(1, "name"), names(1, "models"), names(1, "voices")), (json!("embedded"), json!([]), json!([])));
    assert_eq!((names(2, "name"), names(2, "voices")), (json!("polly"), json!(["Joanna", "Vicki"])));
    let own: Vec<&str> = EMBEDDED_VOICES.split_whitespace().collect();
    assert_eq!((names(3, "name"), names(3, "voices")), (json!("embedded"), json!(own)));
}

#[tokio::test]
async fn an_open_breaker_is_told_and_the_service_is_only_degraded() {
    let world = World::new();
    fail(&world, FAILURES_TO_OPEN).await;
    assert_eq!(health(&world).await, (200, json!("degraded"), json!("circuit_open")));
    let listed = world.send(get("/v1/providers")).await.json();
    assert_eq!(listed["providers"][0]["left_alone_until"], "1970-01-02T03:47:10Z");
}

#[tokio::test]
async fn a_provider_that_did_not_answer_when_asked_is_degraded() {
    let world = World::new();
    let failure = Some(Failure::new(Code::DependencyUnavailable, "no answer"));
    let catalogue = Catalogue { at: now(), offer: Offer::default(), failure };
    world.api.providers.save(NAME, &catalogue).await.expect("memory does not fail");
    assert_eq!(health(&world).await, (200, json!("degraded"), json!("degraded")));
}

#[tokio::test]
async fn health_tells_of_every_provider_of_every_capability() {
    let world = World::that_speaks();
    let failure = Some(Failure::new(Code::DependencyUnavailable, "no answer"));
    let silent = Catalogue { at: now(), offer: Offer::default(), failure };
    world.api.providers.save("transcript/whispercpp", &silent).await.expect("memory does not fail");
    for _ in 0..FAILURES_TO_OPEN {
        let permit = breaker::enter(&world.api.providers, "speech/polly", now()).await.expect("it is closed");
        breaker::leave(&world.api.providers, "speech/polly", permit, Ending::Failed, now()).await;
    }
    let health = world.send(get("/v1/health").with_claims(Value::Null)).await.json();
    let of = |capability: &str, name: &str, status: &str| json!({"capability": capability, "name": name, "status": status});
    let expected = [
        of("script", "anthropic", "healthy"),
        of("script", "embedded", "healthy"),
        of("speech", "polly", "circuit_open"),
        of("speech", "embedded", "healthy"),
        of("transcript", "whispercpp", "degraded"),
    ];
    assert_eq!((&health["status"], &health["providers"]), (&json!("degraded"), &json!(expected)));
}

#[tokio::test]
async fn what_was_seen_is_shown_again_for_a_few_seconds() {
    let world = World::new();
    assert_eq!(health(&world).await.2, "healthy");
    fail(&world, FAILURES_TO_OPEN).await;
    assert_eq!(health(&world).await.2, "healthy", "the clock of this world stands still");
}

#[tokio::test]
async fn nobody_knows_how_providers_are_while_their_records_are_away() {
    let world = World::new();
    world.api.providers.be_away(true);
    assert_eq!(health(&world).await, (200, json!("degraded"), json!("unknown")));
}
