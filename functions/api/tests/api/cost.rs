//! What a job costs, and would cost.

use crate::world::{World, bound, completed, get, post, scripted};
use api::Configured;
use domain::ports::JobStore;
use domain::{Bill, Capability, Charge, Phase, Scene, Script, Transition, Usage, Visual, Work};
use fakes::at;
use serde_json::json;

fn charge(input_tokens: u64, saved: bool) -> Charge {
    Charge {
        capability: Capability::Script,
        provider: "anthropic".to_owned(),
        model: Some("claude-haiku-5-5".to_owned()),
        usage: Usage { input_tokens, ..Usage::default() },
        request_id: None,
        saved,
    }
}

fn bill(charges: Vec<Charge>) -> Bill {
    let work = Work { transitions: 40, ..Work::default() };
    Bill { at: at(7), version: 1, stage: "write-script".to_owned(), scene: None, charges, work }
}

#[tokio::test]
async fn a_job_tells_what_it_costs_and_what_was_saved() {
    let world = World::new();
    let id = world.job("done-1", "ann", &[bound(), Transition::Enter(Phase::Script), scripted(), completed()]).await;
    let before = world.send(get("/v1/jobs/done-1")).await;
    assert_eq!(before.json()["cost"]["actual_usd"], 0.0);
    world.api.jobs.bill(&id, &bill(vec![charge(20_000, false), charge(10_000, true)])).await.expect("memory does not fail");
    let after = world.send(get("/v1/jobs/done-1").header("if-none-match", before.header("etag"))).await;
    let cost = after.json()["cost"].clone();
    assert_eq!(
        (&cost["actual_usd"], &cost["aws_usd"], &cost["saved_usd"], &cost["vendors"]),
        (&json!(0.003), &json!(0.001), &json!(0.001), &json!({"anthropic": 0.002}))
    );
    assert_eq!((&cost["unpriced"], &cost["warning"]), (&json!([]), &json!(null)));
    assert!(cost["estimate_usd"].as_f64().is_some_and(|estimate| (0.001..0.005).contains(&estimate)), "{cost}");
    // Another has one bill that is far above what was expected.
    world.api.jobs.bill(&id, &bill(vec![charge(90_000, false)])).await.expect("memory does not fail");
    let cost = world.send(get("/v1/jobs/done-1")).await.json()["cost"].clone();
    assert!(cost["warning"].as_str().is_some_and(|warning| warning.starts_with("it cost $0.0130 so far")), "{cost}");
}

#[tokio::test]
async fn what_is_spoken_and_written_down_is_part_of_an_estimate() {
    let order = json!({"name": "notes.md", "bytes": 9_000, "options": {"scenes": 7}});
    let estimate = World::that_speaks().send(post("/v1/estimates").json(&order)).await.json();
    let vendors = estimate["vendors"].as_object().expect("vendors").keys().cloned().collect::<Vec<_>>();
    assert_eq!(vendors, ["anthropic", "polly", "whispercpp"]);
}

#[tokio::test]
async fn an_estimate_makes_nothing() {
    let world = World::new();
    let order = json!({"name": "paper.pdf", "bytes": 900_000, "options": {"scenes": 7}});
    let answer = world.send(post("/v1/estimates").json(&order)).await;
    assert_eq!(answer.status, 200);
    let estimate = answer.json();
    assert_eq!(estimate["scenes"], 7);
    let (total, vendor, aws) = (&estimate["total_usd"], &estimate["vendors"]["anthropic"], &estimate["aws_usd"]);
    let sum = vendor.as_f64().unwrap_or_default() + aws.as_f64().unwrap_or_default();
    assert!(sum > 0.002 && (total.as_f64().unwrap_or_default() - sum).abs() < 2e-6, "{estimate}");
    assert_eq!(world.send(get("/v1/jobs")).await.json()["jobs"], json!([]));
    for wrong in
        [json!({"name": "a.exe"}), json!({"name": "a.md", "text": ""}), json!({"name": "a.pdf", "options": {"scenes": 1}})]
    {
        assert!(world.send(post("/v1/estimates").json(&wrong)).await.status.is_client_error(), "{wrong}");
    }
}

#[tokio::test]
async fn an_estimate_counts_the_pictures_of_a_script_or_expects_some_of_a_model() {
    let world = World::with_provider(Configured {
        capability: Capability::Image,
        name: "replicate".to_owned(),
        provider: "replicate".to_owned(),
        model: Some("black-forest-labs/flux-schnell".to_owned()),
        breaker: Some("image/replicate".to_owned()),
    });
    let pictures = async |order: serde_json::Value| {
        let estimate = world.send(post("/v1/estimates").json(&order)).await.json();
        estimate["vendors"]["replicate"].clone()
    };
    let order = json!({"name": "paper.pdf", "options": {"scenes": 9}});
    assert_eq!(pictures(order.clone()).await, json!(0.006), "one in eight scenes, begun ones counted");
    let scene = |kind: &str| match kind {
        "illustration" => Visual::Illustration { title: "Tides".to_owned(), description: "A harbour".to_owned() },
        _ => Visual::Slide { eyebrow: None, title: "Tides".to_owned(), bullets: vec![] },
    };
    for (kinds, expected) in [
        (vec!["illustration", "slide", "illustration", "illustration"], json!(0.009)),
        (vec!["slide", "slide", "slide"], json!(null)),
    ] {
        let scenes = kinds.into_iter().map(|kind| Scene { visual: scene(kind), ..fakes::scene("One.") }).collect();
        let with_script = json!({"name": "paper.pdf", "script": Script { scenes, ..fakes::script(&[]) }});
        assert_eq!(pictures(with_script).await, expected);
    }
}
