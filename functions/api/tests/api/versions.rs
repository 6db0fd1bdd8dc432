use crate::world::{Answer, Request, World, bound, completed, get, post, scripted};
use domain::ports::{AssetStore, ExecutionState, Executions, JobStore};
use domain::{AssetKey, JobId, OwnerId, Phase, Run, Script, Transition};
use fakes::at;
use serde_json::{Value, json};

fn patch(address: &str) -> Request {
    Request::new("PATCH", address)
}

fn run(version: u32) -> Run {
    Run { job: JobId::new("done-1").expect("valid"), version }
}

/// A completed job of Ann whose document is there, so that scripts can be held against it.
async fn world() -> World {
    let world = World::new();
    let id = world.completed_job().await;
    let document = serde_json::to_vec(&fakes::document()).expect("it has a JSON form");
    let key = AssetKey::Document(OwnerId::new("ann").expect("valid"), id);
    world.api.assets.put(&key, document).await.expect("memory does not fail");
    world
}

/// The draft from which the newest version is made.
async fn draft(world: &World) -> Script {
    let job = world.api.jobs.load(&run(1).job).await.expect("it is there");
    let key = AssetKey::Draft(job.owner, job.id, job.draft.expect("a revised job has a draft"));
    serde_json::from_slice(&world.api.assets.get(&key).await.expect("it is stored")).expect("it is a script")
}

/// Lets the newest version end as its execution would.
async fn finish(world: &World) {
    let job = world.api.jobs.load(&run(1).job).await.expect("it is there");
    let script = serde_json::to_vec(&draft(world).await).expect("it has a JSON form");
    let key = AssetKey::Script(job.owner, job.id, job.version);
    world.api.assets.put(&key, script).await.expect("memory does not fail");
    for change in [Transition::Enter(Phase::Script), scripted(), completed()] {
        world.api.jobs.change(&run(1).job, &change, at(200_000)).await.expect("it is waiting");
    }
}

async fn script(world: &World) -> (Value, String) {
    let answer = world.send(get("/v1/jobs/done-1/script")).await;
    (answer.json(), answer.header("etag").to_owned())
}

async fn state(world: &World, version: u32) -> ExecutionState {
    world.api.executions.state(&run(version)).await.expect("memory does not fail")
}

fn check_begun(answer: &Answer, version: u32, change: &Value) {
    assert_eq!((answer.status.as_u16(), answer.header("location")), (202, "/v1/jobs/done-1"), "{answer:?}");
    let job = answer.json();
    assert_eq!((&job["version"], &job["status"], &job["change"]), (&json!(version), &json!("pending"), change));
    assert_eq!((&job["video"], &job["revised_at"]), (&Value::Null, &json!("1970-01-02T03:46:40Z")));
}

#[tokio::test]
async fn an_edited_script_makes_a_new_version_of_the_same_job() {
    let world = world().await;
    let (mut edited, tag) = script(&world).await;
    let added = edited["scenes"][0].clone();
    edited["scenes"].as_array_mut().expect("scenes are a list").insert(0, added);
    edited["scenes"][0]["narration"] = json!("The water rises twice a day.");
    let answer = world.send(patch("/v1/jobs/done-1/script").header("if-match", &tag).json(&edited)).await;
    check_begun(&answer, 2, &json!({"kind": "script", "scenes": [0]}));
    assert_eq!(serde_json::to_value(draft(&world).await).expect("it has a JSON form"), edited);
    assert_eq!(state(&world, 2).await, ExecutionState::Running);
    assert_eq!(script(&world).await.0, edited, "the draft is shown until it is the script");
}

#[tokio::test]
async fn a_patch_leaves_what_it_does_not_name() {
    let world = world().await;
    let before = script(&world).await.0;
    world.send(patch("/v1/jobs/done-1/script").json(&json!({"title": "High water", "writer": {"provider": "me"}}))).await;
    let after = script(&world).await.0;
    assert_eq!((&after["title"], &after["scenes"]), (&json!("High water"), &before["scenes"]));
    assert_eq!(after["writer"], before["writer"], "who wrote it is not for the editor to say");
}

#[tokio::test]
async fn an_edit_of_what_somebody_else_has_edited_is_refused() {
    let world = world().await;
    let (_, tag) = script(&world).await;
    let edit = |title: &str, tag: &str| patch("/v1/jobs/done-1/script").header("if-match", tag).json(&json!({"title": title}));
    check_begun(&world.send(edit("One", &tag)).await, 2, &json!({"kind": "script", "scenes": []}));
    assert_eq!(world.send(edit("Two", &tag)).await.problem(), (412, "STALE".to_owned()));
    let (_, tag) = script(&world).await;
    assert_eq!(world.send(edit("Two", &tag)).await.problem(), (409, "CONFLICT".to_owned()), "it is being worked on");
    assert_eq!(draft(&world).await.title, "One");
    finish(&world).await;
}

#[tokio::test]
async fn an_edit_passes_the_check_that_scripts_of_models_pass() {
    let world = world().await;
    for (edit, expected) in [
        (json!({"scenes": []}), "there are 0 scenes"),
        (
            json!({"scenes": [{"narration": "short", "visual": {"kind": "slide", "title": "T", "bullets": ["B"]}}]}),
            "5 characters",
        ),
        (json!({"scenes": [{"narration": "Long enough.", "visual": {"kind": "film"}}]}), "not as documented"),
        (json!({"title": null}), "`title`"),
    ] {
        let answer = world.send(patch("/v1/jobs/done-1/script").json(&edit)).await;
        assert_eq!(answer.problem(), (400, "INVALID_REQUEST".to_owned()), "{edit}");
        assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.contains(expected)), "{}", answer.text);
    }
    assert_eq!(world.send(get("/v1/jobs/done-1")).await.json()["version"], 1);
}

#[tokio::test]
async fn a_scene_is_made_anew() {
    let world = world().await;
    let answer = world.send(post("/v1/jobs/done-1/scenes/0/regenerate")).await;
    check_begun(&answer, 2, &json!({"kind": "scene", "scene": 0}));
    assert_eq!(draft(&world).await.scenes[0].retake, 1);
    finish(&world).await;
    for scene in ["7", "x", "-1"] {
        let answer = world.send(post(&format!("/v1/jobs/done-1/scenes/{scene}/regenerate"))).await;
        assert_eq!(answer.status, 404, "{scene}");
    }
}

#[tokio::test]
async fn the_same_script_is_made_with_other_options() {
    let world = world().await;
    let answer = world.send(post("/v1/jobs/done-1/render").json(&json!({"theme": "paper", "voice": "en-gb"}))).await;
    check_begun(&answer, 2, &json!({"kind": "options"}));
    let options = &answer.json()["options"];
    assert_eq!((&options["theme"], &options["voice"], &options["size"]), (&json!("paper"), &json!("en-gb"), &json!("1080p")));
    finish(&world).await;
    for wish in [json!({"scenes": 4}), json!({"colour": "red"}), json!({"voice": "../etc"}), json!([])] {
        let answer = world.send(post("/v1/jobs/done-1/render").json(&wish)).await;
        assert_eq!(answer.problem(), (400, "INVALID_REQUEST".to_owned()), "{wish}");
    }
}

#[tokio::test]
async fn versions_are_listed_and_each_is_read_by_its_number() {
    let world = world().await;
    world.send(post("/v1/jobs/done-1/render").json(&json!({"theme": "paper"}))).await;
    let versions = world.send(get("/v1/jobs/done-1/versions")).await.json()["versions"].clone();
    let summary: Vec<_> =
        versions.as_array().expect("a list").iter().map(|v| (&v["version"], &v["status"], &v["change"]["kind"])).collect();
    assert_eq!(summary, [(&json!(2), &json!("pending"), &json!("options")), (&json!(1), &json!("completed"), &json!("created"))]);
    assert_eq!((&versions[0]["video"], &versions[1]["video"]["frames"]), (&Value::Null, &json!(48)));
    assert_eq!(versions[1]["links"]["video"], "/v1/jobs/done-1/video?version=1");
    assert_eq!(world.send(get("/v1/jobs/done-1/video")).await.problem(), (409, "NOT_READY".to_owned()));
    let former = world.send(get("/v1/jobs/done-1/video?version=1")).await;
    assert_eq!(former.header("location"), "https://media.example/jobs/ann/done-1/v1/video.mp4");
    for what in ["captions", "script"] {
        assert_eq!(world.send(get(&format!("/v1/jobs/done-1/{what}?version=1"))).await.status, 200, "{what}");
    }
    finish(&world).await;
    let newest = world.send(get("/v1/jobs/done-1/video")).await;
    assert_eq!(newest.header("location"), "https://media.example/jobs/ann/done-1/v2/video.mp4");
    assert_eq!(world.send(get("/v1/jobs/done-1/video?version=3")).await.problem(), (404, "NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn a_restored_version_is_shown_as_it_was_stored_and_nothing_runs() {
    let world = world().await;
    world.send(post("/v1/jobs/done-1/render").json(&json!({"theme": "paper"}))).await;
    let busy = world.send(post("/v1/jobs/done-1/versions/1/restore")).await;
    assert_eq!(busy.problem(), (409, "CONFLICT".to_owned()));
    finish(&world).await;
    let job = world.send(post("/v1/jobs/done-1/versions/1/restore")).await.json();
    assert_eq!((&job["version"], &job["status"], &job["options"]["theme"]), (&json!(3), &json!("completed"), &json!("midnight")));
    assert_eq!(job["change"], json!({"kind": "restored", "version": 1}));
    let video = world.send(get("/v1/jobs/done-1/video")).await;
    assert_eq!(video.header("location"), "https://media.example/jobs/ann/done-1/v1/video.mp4");
    assert_eq!(world.send(get("/v1/jobs/done-1/script")).await.status, 200);
    assert_eq!(state(&world, 3).await, ExecutionState::Missing);
    assert_eq!(world.send(post("/v1/jobs/done-1/versions/9/restore")).await.problem(), (404, "NOT_FOUND".to_owned()));
    world.send(post("/v1/jobs/done-1/scenes/0/regenerate")).await;
    assert_eq!(draft(&world).await.scenes[0].retake, 1, "an edit builds on the restored script");
}

#[tokio::test]
async fn what_has_not_ended_or_was_never_read_cannot_be_revised() {
    let world = world().await;
    world.job("runs", "ann", &[bound(), Transition::Enter(Phase::Scenes), scripted()]).await;
    world.job("unread", "ann", &[bound(), crate::world::failed()]).await;
    for job in ["runs", "unread"] {
        for request in [
            patch(&format!("/v1/jobs/{job}/script")).json(&json!({"title": "T"})),
            post(&format!("/v1/jobs/{job}/scenes/0/regenerate")),
            post(&format!("/v1/jobs/{job}/render")).json(&json!({"theme": "paper"})),
        ] {
            assert_eq!(world.send(request).await.problem(), (409, "CONFLICT".to_owned()), "{job}");
        }
    }
}

#[tokio::test]
async fn a_version_whose_start_fails_waits_for_the_sweep() {
    let world = world().await;
    world.api.executions.be_away(true);
    let answer = world.send(post("/v1/jobs/done-1/render").json(&json!({"theme": "paper"}))).await;
    check_begun(&answer, 2, &json!({"kind": "options"}));
}

#[tokio::test]
async fn a_job_can_come_with_its_script() {
    let world = World::new();
    let script = fakes::script(&["The Moon pulls at the water."]);
    let answer = world.send(post("/v1/jobs").json(&json!({"name": "a.md", "text": "# Tides", "script": script}))).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let id = JobId::new(answer.json()["job"]["id"].as_str().expect("a job has an id")).expect("valid");
    let job = world.api.jobs.load(&id).await.expect("it is there");
    assert_eq!(job.draft, Some(script.address()));
    let shown = world.send(get(&format!("/v1/jobs/{id}/script"))).await;
    assert_eq!(shown.json(), serde_json::to_value(script).expect("it has a JSON form"));
}
