use crate::world::{World, bound, now, post};
use domain::ports::{JobStore, PageRequest};
use domain::{JobId, OwnerId, Status, Transition};
use jiff::SignedDuration;
use serde_json::{Value, json};

async fn jobs_of(world: &World, user: &str) -> Vec<domain::Job> {
    let page = PageRequest { status: None, limit: 100, after: None };
    world.api.jobs.list(&OwnerId::new(user).expect("valid"), &page).await.expect("memory does not fail").jobs
}

#[tokio::test]
async fn a_file_gets_a_form_for_its_upload() {
    let world = World::new();
    let answer = world.send(post("/v1/jobs").json(&json!({"name": "paper.pdf", "bytes": 12_345}))).await;
    assert_eq!(answer.status, 201);
    let body = answer.json();
    let id = body["job"]["id"].as_str().expect("a job has an id");
    assert_eq!(answer.header("location"), format!("/v1/jobs/{id}"));
    assert_eq!(body["upload"]["fields"]["key"], format!("inbox/ann/{id}/paper.pdf"));
    assert_eq!(body["upload"]["fields"]["Content-Type"], "application/pdf");
    assert_eq!(body["upload"]["fields"]["max-bytes"], "52428800");
    assert_eq!(body["upload"]["expires_at"], "1970-01-02T04:01:40Z");
    assert_eq!((body["job"]["status"].as_str(), body["job"]["phase"].as_str()), (Some("pending"), Some("upload")));

    let stored = world.api.jobs.load(&JobId::new(id).expect("valid")).await.expect("it is stored");
    assert_eq!((stored.owner.as_str(), stored.status), ("ann", Status::Pending));
    assert_eq!(stored.expires_at, now() + SignedDuration::from_hours(24 * 30));
}

#[tokio::test]
async fn a_text_is_sent_on_its_way_at_once() {
    let world = World::new();
    let answer = world.send(post("/v1/jobs").json(&json!({"name": "notes.md", "text": "# Tides\n\nThe Moon pulls."}))).await;
    assert_eq!(answer.status, 202);
    let body = answer.json();
    assert_eq!(body["upload"], Value::Null);
    let key = format!("inbox/ann/{}/notes.md", body["job"]["id"].as_str().expect("a job has an id"));
    assert_eq!(world.api.links.texts(), [(key, "# Tides\n\nThe Moon pulls.".to_owned())].into());
}

#[tokio::test]
async fn wishes_are_kept_with_the_job() {
    let world = World::new();
    let options = json!({
        "scenes": 5, "voice": "en-gb", "size": "720p", "shape": "1:1", "theme": "paper", "motion": "calm", "captions": false,
        "burned_captions": "bar"
    });
    let answer = world.send(post("/v1/jobs").json(&json!({"name": "a.txt", "options": options}))).await;
    assert_eq!(answer.json()["job"]["options"], options);
}

#[tokio::test]
async fn a_name_keeps_its_letters_but_not_its_folders() {
    let world = World::new();
    let answer = world.send(post("/v1/jobs").json(&json!({"name": "../bob/Übung 1+2 🎓.PDF"}))).await;
    let body = answer.json();
    let id = body["job"]["id"].as_str().expect("a job has an id");
    assert_eq!(body["upload"]["fields"]["key"], format!("inbox/ann/{id}/Übung 1+2 🎓.PDF"));
}

#[tokio::test]
async fn what_cannot_become_a_video_is_refused_at_once() {
    let world = World::new();
    let long = "a".repeat(1024 * 1024 + 1);
    for (body, expected) in [
        (json!({"name": "slides.pptx"}), (415, "UNSUPPORTED_TYPE")),
        (json!({"name": "pdf"}), (415, "UNSUPPORTED_TYPE")),
        (json!({"name": ""}), (415, "UNSUPPORTED_TYPE")),
        (json!({"name": "a.pdf", "text": "%PDF"}), (415, "UNSUPPORTED_TYPE")),
        (json!({"name": "a.pdf", "bytes": 52_428_801}), (413, "TOO_LARGE")),
        (json!({"name": "a.md", "text": long}), (413, "TOO_LARGE")),
        (json!({"name": "a.pdf", "bytes": 0}), (422, "EMPTY")),
        (json!({"name": "a.md", "text": " \n"}), (422, "EMPTY")),
        (json!({"name": "a.md", "text": "x", "bytes": 1}), (400, "INVALID_REQUEST")),
        (json!({"name": "a.md", "bytes": -1}), (400, "INVALID_REQUEST")),
        (json!({"name": "a.md", "options": {"scenes": 2}}), (400, "INVALID_REQUEST")),
        (json!({"name": "a.md", "options": {"scene": 5}}), (400, "INVALID_REQUEST")),
        (json!({"name": "a.md", "options": {"voice": "../x"}}), (400, "INVALID_REQUEST")),
        (json!({"name": "a.md", "titel": "x"}), (400, "INVALID_REQUEST")),
        (json!({}), (400, "INVALID_REQUEST")),
        (json!([]), (400, "INVALID_REQUEST")),
    ] {
        let answer = world.send(post("/v1/jobs").json(&body)).await;
        let (status, code) = answer.problem();
        assert_eq!((status, code.as_str()), expected, "{}", answer.text);
    }
    assert_eq!(jobs_of(&world, "ann").await, []);
}

#[tokio::test]
async fn the_largest_file_and_text_are_taken() {
    let world = World::new();
    assert_eq!(world.send(post("/v1/jobs").json(&json!({"name": "a.pdf", "bytes": 52_428_800}))).await.status, 201);
    let text = "\u{1}".repeat(1024 * 1024 / 3);
    assert_eq!(world.send(post("/v1/jobs").json(&json!({"name": "a.md", "text": text}))).await.status, 202);
}

#[tokio::test]
async fn the_same_key_and_request_give_the_same_job() {
    let world = World::new();
    let request = || post("/v1/jobs").header("idempotency-key", "k 1").json(&json!({"name": "a.pdf"}));
    let (first, second) = (world.send(request()).await, world.send(request()).await);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.json()["job"], second.json()["job"]);
    assert!(second.json()["upload"].is_object(), "a new form, as the file is still awaited");
    let spaced = post("/v1/jobs").header("idempotency-key", "k 1").body("{ \"options\": {},\n\"name\":\"a.pdf\" }");
    assert_eq!(
        world.send(spaced).await.json()["job"]["id"],
        first.json()["job"]["id"],
        "spaces and defaults make no other request"
    );
    assert_eq!(jobs_of(&world, "ann").await.len(), 1);
}

#[tokio::test]
async fn a_job_whose_file_has_arrived_gets_no_new_form() {
    let world = World::new();
    let request = || post("/v1/jobs").header("idempotency-key", "k").json(&json!({"name": "a.pdf"}));
    let first = world.send(request()).await.json();
    let id = JobId::new(first["job"]["id"].as_str().expect("a job has an id")).expect("valid");
    world.api.jobs.change(&id, &bound(), now()).await.expect("it fits");
    let second = world.send(request()).await;
    assert_eq!((second.status.as_u16(), &second.json()["upload"]), (201, &Value::Null));
}

#[tokio::test]
async fn a_cancelled_text_is_not_sent_again() {
    let world = World::new();
    let request = || post("/v1/jobs").header("idempotency-key", "k").json(&json!({"name": "a.md", "text": "x"}));
    let first = world.send(request()).await.json();
    let id = first["job"]["id"].as_str().expect("a job has an id").to_owned();
    world.api.jobs.change(&JobId::new(&id).expect("valid"), &Transition::Cancel, now()).await.expect("it fits");
    let second = world.send(request()).await;
    assert_eq!((second.status.as_u16(), second.json()["job"]["status"].as_str()), (202, Some("cancelled")));
    assert_eq!(world.api.links.texts().len(), 1);
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() {
    let world = World::new();
    let request = |name: &str| post("/v1/jobs").header("idempotency-key", "k").json(&json!({"name": name}));
    assert_eq!(world.send(request("a.pdf")).await.status, 201);
    let other = world.send(request("b.pdf")).await;
    assert_eq!(other.problem(), (422, "IDEMPOTENCY_MISMATCH".to_owned()));
    assert_eq!(jobs_of(&world, "ann").await.len(), 1);
}

#[tokio::test]
async fn keys_of_two_users_do_not_meet() {
    let world = World::new();
    let request = |user: &str| post("/v1/jobs").by(user).header("idempotency-key", "k").json(&json!({"name": "a.pdf"}));
    let (anns, bobs) = (world.send(request("ann")).await.json(), world.send(request("bob")).await.json());
    assert_ne!(anns["job"]["id"], bobs["job"]["id"]);
    assert_eq!((jobs_of(&world, "ann").await.len(), jobs_of(&world, "bob").await.len()), (1, 1));
}

#[tokio::test]
async fn a_key_is_short_and_printable() {
    let world = World::new();
    for key in ["", &"k".repeat(256), "schlüssel"] {
        let answer = world.send(post("/v1/jobs").header("idempotency-key", key).json(&json!({"name": "a.pdf"}))).await;
        assert_eq!(answer.problem(), (400, "INVALID_REQUEST".to_owned()), "{key}");
    }
}
