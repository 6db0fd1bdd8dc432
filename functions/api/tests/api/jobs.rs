use crate::world::{World, bound, completed, failed, get, now, post, scripted};
use domain::ports::{ExecutionState, Executions, JobStore};
use domain::{Code, Failure, JobId, JobWarning, Phase, Run, SceneOutcome, Status, Transition};
use serde_json::{Value, json};

#[tokio::test]
async fn a_job_is_shown_whole() {
    let world = World::new();
    let warning = JobWarning {
        stage: "render-scene".to_owned(),
        scene: Some(0),
        outcome: SceneOutcome::Placeholder,
        failure: Failure::new(Code::Internal, "no page"),
    };
    let changes = [bound(), Transition::Enter(Phase::Scenes), scripted(), Transition::Narrated(0), Transition::Warn(warning)];
    world.job("j1", "ann", &changes).await;
    let job = world.send(get("/v1/jobs/j1")).await.json();
    assert_eq!(job["progress"], json!({"percent": 52, "scenes": 1, "narrated": 1, "rendered": 0}));
    assert_eq!(job["source"], json!({"name": "tides.md", "kind": "markdown", "bytes": 1234}));
    assert_eq!(job["script"], json!({"title": "Tides: why/how?", "scenes": 1, "writer": "embedded", "fallback": null}));
    assert_eq!(job["warnings"][0]["advice"], Code::Internal.advice());
    assert_eq!(
        job["links"],
        json!({"self": "/v1/jobs/j1", "events": "/v1/jobs/j1/events", "versions": "/v1/jobs/j1/versions", "script": "/v1/jobs/j1/script", "video": null, "captions": null})
    );
}

#[tokio::test]
async fn a_failed_job_says_what_to_do() {
    let world = World::new();
    world.job("j1", "ann", &[failed()]).await;
    let answer = world.send(get("/v1/jobs/j1")).await;
    let failure = &answer.json()["failure"];
    assert_eq!(failure["code"], "ENCRYPTED");
    assert_eq!(failure["advice"], Code::Encrypted.advice());
    assert_eq!(answer.header("retry-after"), "", "nothing will change");
}

#[tokio::test]
async fn an_unchanged_job_costs_no_body() {
    let world = World::new();
    let id = world.job("j1", "ann", &[]).await;
    let first = world.send(get("/v1/jobs/j1")).await;
    assert_eq!(first.header("etag"), "\"3-0-0\"");
    assert_eq!(first.header("retry-after"), "1");
    assert_eq!(first.header("cache-control"), "private, no-cache");

    let again = || get("/v1/jobs/j1").header("if-none-match", "\"3-0-0\"");
    let same = world.send(again()).await;
    assert_eq!((same.status.as_u16(), same.text.as_str(), same.header("etag")), (304, "", "\"3-0-0\""));
    assert_eq!(same.header("retry-after"), "1");

    world.api.jobs.change(&id, &Transition::Enter(Phase::Extract), now()).await.expect("it fits");
    let changed = world.send(again()).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, "\"3-1-0\""));
}

#[tokio::test]
async fn a_cancelled_job_is_stopped_and_stays_so() {
    let world = World::new();
    let id = world.job("j1", "ann", &[bound(), Transition::Enter(Phase::Scenes)]).await;
    world.api.executions.start(&Run::first(id.clone())).await.expect("memory does not fail");
    let first = world.send(post("/v1/jobs/j1/cancel")).await;
    assert_eq!((first.status.as_u16(), first.json()["status"].as_str()), (200, Some("cancelled")));
    assert_eq!(world.api.executions.state(&Run::first(id)).await.expect("memory does not fail"), ExecutionState::Aborted);
    let second = world.send(post("/v1/jobs/j1/cancel")).await;
    assert_eq!((second.status.as_u16(), second.json()), (200, first.json()));
}

#[tokio::test]
async fn a_job_is_cancelled_even_if_its_execution_cannot_be_reached() {
    let world = World::new();
    let id = world.job("j1", "ann", &[bound()]).await;
    world.api.executions.be_away(true);
    assert_eq!(world.send(post("/v1/jobs/j1/cancel")).await.status, 200);
    assert_eq!(world.api.jobs.load(&id).await.expect("it is there").status, Status::Cancelled);
}

#[tokio::test]
async fn what_has_ended_cannot_be_cancelled() {
    let world = World::new();
    world.job("done", "ann", &[completed()]).await;
    world.job("failed", "ann", &[failed()]).await;
    for id in ["done", "failed"] {
        let answer = world.send(post(&format!("/v1/jobs/{id}/cancel"))).await;
        assert_eq!(answer.problem(), (409, "CONFLICT".to_owned()), "{id}");
    }
}

#[tokio::test]
async fn the_list_is_newest_first_and_comes_in_pages() {
    let world = World::new();
    for id in ["a", "b", "c", "d", "e"] {
        world.job(id, "ann", &[]).await;
    }
    world.job("x", "bob", &[]).await;
    let (mut address, mut seen) = ("/v1/jobs?limit=2".to_owned(), Vec::new());
    loop {
        let page = world.send(get(&address)).await.json();
        let ids: Vec<_> =
            page["jobs"].as_array().expect("a list").iter().map(|job| job["id"].as_str().expect("an id").to_owned()).collect();
        seen.push(ids.join(" "));
        match page["next"].as_str() {
            Some(next) => address = format!("/v1/jobs?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["e d", "c b", "a"]);
}

#[tokio::test]
async fn a_record_that_nobody_can_read_stands_in_nobody_s_way() {
    let world = World::new();
    for id in ["a", "b", "c"] {
        world.job(id, "ann", &[]).await;
    }
    world.api.jobs.spoil(&JobId::new("b").expect("valid"));
    let page = world.send(get("/v1/jobs")).await.json();
    let ids: Vec<_> = page["jobs"].as_array().expect("a list").iter().map(|job| job["id"].as_str()).collect();
    assert_eq!(ids, [Some("c"), Some("a")]);
}

#[tokio::test]
async fn the_list_is_filtered_by_status() {
    let world = World::new();
    world.job("waits", "ann", &[]).await;
    world.job("fails", "ann", &[failed()]).await;
    let page = world.send(get("/v1/jobs?status=failed")).await.json();
    assert_eq!(page["jobs"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["jobs"][0]["id"], "fails");
    assert_eq!(world.send(get("/v1/jobs?status=expired")).await.json(), json!({"jobs": [], "next": null}));
}

#[tokio::test]
async fn a_malformed_question_about_the_list_is_refused() {
    let world = World::new();
    for query in ["limit=0", "limit=101", "limit=x", "status=done", "after=nonsense", "sort=name", "limit=1&limit=2"] {
        let answer = world.send(get(&format!("/v1/jobs?{query}"))).await;
        assert_eq!(answer.problem(), (400, "INVALID_REQUEST".to_owned()), "{query}");
    }
}

#[tokio::test]
async fn another_users_job_is_as_missing_as_none() {
    let world = World::new();
    world.completed_job().await;
    world.job("runs", "ann", &[bound()]).await;
    let without_address = |text: &str| -> Value {
        let mut problem: Value = serde_json::from_str(text).expect("a problem is JSON");
        problem["instance"].take();
        problem
    };
    for id in ["done-1", "runs"] {
        for (method, rest) in [
            ("GET", ""),
            ("POST", "/cancel"),
            ("GET", "/video"),
            ("GET", "/captions"),
            ("GET", "/chapters"),
            ("GET", "/transcript"),
            ("GET", "/script"),
            ("GET", "/events"),
            ("GET", "/versions"),
            ("GET", "/video?version=1"),
            ("PATCH", "/script"),
            ("POST", "/render"),
            ("POST", "/scenes/0/regenerate"),
            ("POST", "/versions/1/restore"),
        ] {
            let ask = |id: &str| {
                crate::world::Request::new(method, &format!("/v1/jobs/{id}{rest}")).by("bob").json(&json!({"title": "T"}))
            };
            let (foreign, missing) = (world.send(ask(id)).await, world.send(ask(&"x".repeat(id.len()))).await);
            assert_eq!(foreign.problem(), (404, "NOT_FOUND".to_owned()), "{method} {rest}");
            assert_eq!(foreign.headers, missing.headers);
            assert_eq!(without_address(&foreign.text), without_address(&missing.text));
        }
    }
    assert_eq!(world.send(get("/v1/jobs").by("bob")).await.json()["jobs"], json!([]));
    assert_eq!(world.send(get("/v1/jobs/runs")).await.json()["status"], "pending", "nobody has cancelled it");
}
