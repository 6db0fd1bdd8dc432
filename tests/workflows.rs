//! Whole workflows on the local AWS, with the function binaries that are deployed and the template they are deployed by.
//!
//! `infra/lectern test` starts the local AWS and says where it is: `LECTERN_LOCAL` names a file with what `infra/lectern up
//! --json` prints, and the usual variables of AWS point at it.

#[path = "player.rs"]
mod player;

use domain::ports::{Executions, JobStore, Links, PageRequest};
use domain::{JobId, OwnerId, Run};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

/// How long any job of these tests may take; several run at once on two cores.
const PATIENCE: Duration = Duration::from_secs(240);

/// The local AWS and a user of it.
struct Local {
    known: Value,
    http: Client,
}

impl Local {
    #[expect(clippy::disallowed_methods, reason = "the tests are told where the local AWS is")]
    fn find() -> Self {
        let path = std::env::var("LECTERN_LOCAL").expect("the tests need `LECTERN_LOCAL`; run them by `infra/lectern test`");
        let known = fs::read_to_string(path).expect("`LECTERN_LOCAL` names a file");
        let http =
            Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("a client can be made");
        Self { known: serde_json::from_str(&known).expect("the file is JSON"), http }
    }

    fn name(&self, key: &str) -> &str {
        self.known[key].as_str().unwrap_or_else(|| panic!("the local AWS has a `{key}`"))
    }

    async fn get(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.name("api_url"));
        self.http.get(url).bearer_auth(self.name("token")).send().await.expect("the API answers")
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        let url = format!("{}{path}", self.name("api_url"));
        self.http.post(url).bearer_auth(self.name("token")).json(body).send().await.expect("the API answers")
    }

    /// Asks for a job, uploads the document by the form, and gives the id of the job.
    async fn upload(&self, name: &str, document: Vec<u8>, options: Value) -> String {
        let answer = self.post("/v1/jobs", &json!({ "name": name, "options": options })).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let answer: Value = answer.json().await.expect("is JSON");
        let fields = answer["upload"]["fields"].as_object().expect("a form has fields");
        let form = fields.iter().fold(Form::new(), |form, (name, value)| {
            form.text(name.clone(), value.as_str().expect("fields are text").to_owned())
        });
        let form = form.part("file", Part::bytes(document).file_name("file"));
        let url = answer["upload"]["url"].as_str().expect("a form has an address");
        let uploaded = self.http.post(url).multipart(form).send().await.expect("S3 answers");
        assert!(uploaded.status().is_success(), "{}", uploaded.status());
        answer["job"]["id"].as_str().expect("a job has an id").to_owned()
    }

    async fn patch(&self, path: &str, tag: &str, body: &Value) -> Response {
        let url = format!("{}{path}", self.name("api_url"));
        let request = self.http.patch(url).bearer_auth(self.name("token")).header("if-match", tag).json(body);
        request.send().await.expect("the API answers")
    }

    /// The kinds of objects that a version of a job made, with the scene each is of.
    async fn made(&self, id: &str, version: u32) -> Vec<(String, u64)> {
        let log: Value = self.get(&format!("/v1/jobs/{id}/events")).await.json().await.expect("is JSON");
        let events = log["events"].as_array().cloned().unwrap_or_default();
        let of_scenes = events.iter().filter(|event| event["version"] == version && event["scene"].is_u64());
        let mut made: Vec<(String, u64)> = of_scenes
            .flat_map(|event| {
                let kinds = event["made"].as_array().cloned().unwrap_or_default();
                let scene = event["scene"].as_u64().unwrap_or_default();
                kinds.into_iter().map(move |kind| (kind.as_str().unwrap_or_default().to_owned(), scene))
            })
            .collect();
        made.sort();
        made
    }

    async fn job(&self, id: &str) -> Value {
        self.get(&format!("/v1/jobs/{id}")).await.json().await.expect("is JSON")
    }

    /// Waits until a job is as wished.
    async fn wait(&self, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let job = self.job(id).await;
            if is_so(&job) {
                return job;
            }
            assert!(begun.elapsed() < PATIENCE, "job `{id}` stays {job}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn wait_for_end(&self, id: &str) -> Value {
        self.wait(id, |job| !["pending", "processing"].contains(&job["status"].as_str().unwrap_or_default())).await
    }

    /// Follows the redirection to the video and reads it.
    async fn video(&self, id: &str) -> Vec<u8> {
        self.found(id, "video", "video/mp4").await
    }

    /// Follows the redirection to something that a job made, and reads it.
    async fn found(&self, id: &str, what: &str, media_type: &str) -> Vec<u8> {
        let answer = self.get(&format!("/v1/jobs/{id}/{what}")).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        let address = answer.headers()["location"].to_str().expect("is text").to_owned();
        let stored = self.http.get(address).send().await.expect("S3 answers");
        assert_eq!(stored.headers()["content-type"], media_type);
        stored.bytes().await.expect("arrives").to_vec()
    }

    async fn invoke(&self, function: &str, event: &Value) -> Value {
        let url = format!("{}/2015-03-31/functions/{}/invocations", self.name("endpoint"), self.name(function));
        self.http.post(url).json(event).send().await.expect("the function answers").json().await.expect("is JSON")
    }
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(tests::root().join("events/samples").join(name)).expect("the sample is there")
}

/// Three short scenes in a small picture: enough of a workflow, and quick.
fn small() -> Value {
    json!({ "scenes": 3, "size": "480p" })
}

async fn becomes_a_video(name: &str) {
    let local = Local::find();
    let id = local.upload(name, sample(name), small()).await;
    let job = local.wait_for_end(&id).await;
    assert_eq!(job["status"], "completed", "{job}");
    assert_eq!(job["progress"], json!({ "percent": 100, "scenes": 3, "narrated": 3, "rendered": 3 }));

    let video = local.video(&id).await;
    assert_eq!(&video[4..8], b"ftyp");
    assert_eq!(job["video"]["bytes"], video.len());
    let (frames, duration_ms) = (job["video"]["frames"].as_u64().unwrap_or(0), job["video"]["duration_ms"].as_u64().unwrap_or(0));
    assert!(frames > 0 && frames.is_multiple_of(16), "{frames}");
    assert!(duration_ms.abs_diff(frames * 1000 / 30) <= 34, "{duration_ms} ms for {frames} frames");

    let captions = local.get(&format!("/v1/jobs/{id}/captions")).await.text().await.expect("arrives");
    assert!(captions.starts_with("WEBVTT") && captions.contains(" --> "));
    for (what, start) in [("chapters", "WEBVTT"), ("transcript", "# ")] {
        let text = local.get(&format!("/v1/jobs/{id}/{what}")).await.text().await.expect("arrives");
        assert!(text.starts_with(start), "{what}: {text}");
    }
    for what in ["poster", "contact-sheet", "thumbnails/0", "thumbnails/2"] {
        assert!(local.found(&id, what, "image/jpeg").await.starts_with(&[0xff, 0xd8, 0xff]), "{what}");
    }
    let script: Value = local.get(&format!("/v1/jobs/{id}/script")).await.json().await.expect("is JSON");
    assert_eq!(script["scenes"].as_array().map(Vec::len), Some(3));
    let events: Value = local.get(&format!("/v1/jobs/{id}/events")).await.json().await.expect("is JSON");
    assert_eq!(stages(&events), expected_stages());
}

fn stages(events: &Value) -> BTreeSet<String> {
    let events = events["events"].as_array().expect("events are a list");
    events
        .iter()
        .filter(|event| event["name"] == "finished")
        .filter_map(|event| event["stage"].as_str())
        .map(str::to_owned)
        .collect()
}

fn expected_stages() -> BTreeSet<String> {
    ["read-document", "write-script", "narrate-scene", "illustrate-scene", "render-scene", "assemble-video"]
        .map(str::to_owned)
        .into()
}

#[tokio::test]
async fn a_text_becomes_a_video() {
    becomes_a_video("story.txt").await;
}

#[tokio::test]
async fn notes_in_markdown_become_a_video() {
    becomes_a_video("lecture-notes.md").await;
}

#[tokio::test]
async fn a_paper_becomes_a_video() {
    becomes_a_video("paper.pdf").await;
}

#[tokio::test]
async fn documents_in_any_script_become_videos() {
    let local = Local::find();
    for (name, language, codes) in [
        ("arabic.md", "ar", vec![]),
        ("chinese.md", "zh", vec![]),
        ("thai.md", "th", vec![]),
        // It is spoken, but not well, and the job says so for each of its scenes.
        ("japanese.md", "ja", vec!["NO_VOICE"; 3]),
    ] {
        let id = local.upload(name, sample(&format!("languages/{name}")), small()).await;
        let job = local.wait_for_end(&id).await;
        let warnings = job["warnings"].as_array().cloned().unwrap_or_default();
        assert_eq!(warnings.iter().map(|warning| &warning["code"]).collect::<Vec<_>>(), codes, "{job}");
        assert_eq!(job["status"], if codes.is_empty() { "completed" } else { "completed_with_errors" }, "{job}");
        let script: Value = local.get(&format!("/v1/jobs/{id}/script")).await.json().await.expect("is JSON");
        assert_eq!(script["language"], language);
        assert_eq!(&local.video(&id).await[4..8], b"ftyp");
    }
}

#[tokio::test]
async fn a_file_that_is_just_copied_becomes_a_video() {
    let local = Local::find();
    let owner = OwnerId::new(local.name("owner")).expect("well formed");
    let aws = aws::Config::load().await;
    // Its own name each time, so that no job of a former run is taken for this one.
    let name = format!("Zoë's notes + 100% 🚲 {}.txt", jiff::Timestamp::now().as_millisecond());
    let key = format!("inbox/{owner}/{name}");
    let text = String::from_utf8(sample("story.txt")).expect("is UTF-8");
    let links = aws.links(local.name("media_bucket"), local.name("uploads_bucket"));
    links.upload_text(&key, "text/plain", &text).await.expect("is stored");
    let begun = Instant::now();
    let id = loop {
        let list: Value = local.get("/v1/jobs?limit=50").await.json().await.expect("is JSON");
        let jobs = list["jobs"].as_array().cloned().unwrap_or_default();
        if let Some(job) = jobs.iter().find(|job| job["source"]["name"] == name) {
            break job["id"].as_str().expect("a job has an id").to_owned();
        }
        assert!(begun.elapsed() < PATIENCE, "the copied file has no job");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(local.wait_for_end(&id).await["status"], "completed");
}

#[tokio::test]
async fn what_cannot_become_a_video_ends_with_its_code() {
    let local = Local::find();
    let cut = sample("paper.pdf")[..2000].to_vec();
    for (name, document, code) in [
        ("short.txt", b"Only four words here.".to_vec(), "TOO_SHORT"),
        ("empty.md", b"   \n\n ".to_vec(), "EMPTY"),
        ("renamed.pdf", b"PK\x03\x04 this is a zip".to_vec(), "UNSUPPORTED_TYPE"),
        ("cut.pdf", cut, "CORRUPT"),
    ] {
        let id = local.upload(name, document, json!({})).await;
        let job = local.wait_for_end(&id).await;
        assert_eq!((&job["status"], &job["failure"]["code"]), (&json!("failed"), &json!(code)), "{name}: {job}");
        assert!(job["failure"]["advice"].as_str().is_some_and(|advice| advice.ends_with('.')), "{job}");
        assert_eq!(local.get(&format!("/v1/jobs/{id}/video")).await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn events_that_come_twice_and_in_any_order_make_one_job_a_version() {
    let local = Local::find();
    let aws = aws::Config::load().await;
    let owner = OwnerId::new(format!("order-{}", jiff::Timestamp::now().as_nanosecond())).expect("well formed");
    // Versions that nobody can read: what counts here is which jobs are made, not what becomes of them.
    let event = |version: u32| {
        json!({
            "detail-type": "Object Created",
            "source": "aws.s3",
            "detail": {
                "bucket": { "name": local.name("uploads_bucket") },
                "object": { "key": format!("inbox/{owner}/a b.txt"), "version-id": format!("v{version}"), "sequencer": format!("{version:04}") },
            },
        })
    };
    for version in [2, 0, 1, 1, 0, 2, 2] {
        let answer = local.invoke("ingest_upload", &event(version)).await;
        assert_eq!(answer["outcome"], "refused", "{answer}");
    }
    let page = PageRequest { status: None, limit: 100, after: None };
    let jobs = aws.jobs(local.name("table")).list(&owner, &page).await.expect("can be listed").jobs;
    assert_eq!(jobs.len(), 3);
    assert!(jobs.iter().all(|job| job.failure.as_ref().is_some_and(|failure| failure.code == domain::Code::SourceGone)));
}

#[tokio::test]
async fn a_cancelled_job_stays_cancelled_and_its_execution_stops() {
    let local = Local::find();
    let id = local.upload("handbook.pdf", sample("handbook.pdf"), json!({ "scenes": 12 })).await;
    local.wait(&id, |job| job["phase"] == "scenes").await;
    let answer = local.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let job = local.wait_for_end(&id).await;
    assert_eq!(job["status"], "cancelled");
    let again = local.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).await;
    assert_eq!(again.status(), StatusCode::OK);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(local.job(&id).await["status"], "cancelled");
}

#[tokio::test]
async fn a_stopped_execution_ends_its_job() {
    let local = Local::find();
    let id = local.upload("handbook.pdf", sample("handbook.pdf"), json!({ "scenes": 12 })).await;
    local.wait(&id, |job| job["phase"] == "scenes").await;
    let executions = aws::Config::load().await.state_machine(local.name("state_machine")).expect("is an ARN");
    executions.stop(&Run::first(JobId::new(id.clone()).expect("well formed"))).await.expect("can be stopped");
    let job = local.wait_for_end(&id).await;
    assert_eq!((&job["status"], &job["failure"]["code"]), (&json!("failed"), &json!("STOPPED")));
}

#[tokio::test]
async fn a_stage_that_is_killed_is_run_again() {
    let local = Local::find();
    let id = local.upload("handbook.pdf", sample("handbook.pdf"), json!({ "scenes": 8, "size": "480p" })).await;
    local.wait(&id, |job| job["phase"] == "scenes").await;
    kill_one_working_stage(&["NarrateScene", "RenderScene"]);
    let job = local.wait_for_end(&id).await;
    assert_eq!(job["status"], "completed", "{job}");
    assert_eq!(job["progress"]["rendered"], 8);
}

/// Ends one process of the functions whose names hold one of these words, as the out-of-memory killer would.
fn kill_one_working_stage(names: &[&str]) {
    let processes = fs::read_dir("/proc").expect("processes can be listed").filter_map(Result::ok);
    let pid = processes
        .filter(|entry| {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let environment = String::from_utf8_lossy(&environment);
            let function = environment.split('\0').find_map(|variable| variable.strip_prefix("AWS_LAMBDA_FUNCTION_NAME="));
            function.is_some_and(|function| names.iter().any(|name| function.contains(name)))
        })
        .find_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok())
        .expect("a stage is at work");
    #[expect(clippy::disallowed_methods, reason = "this test is about processes")]
    let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().expect("`kill` runs");
    assert!(killed.success());
}

#[tokio::test]
async fn an_edit_makes_only_what_it_changes_and_a_former_version_can_be_restored() {
    let local = Local::find();
    let id = local.upload("story.txt", sample("story.txt"), small()).await;
    let first = local.wait_for_end(&id).await;
    assert_eq!(first["status"], "completed", "{first}");
    let first_video = local.video(&id).await;

    let answer = local.get(&format!("/v1/jobs/{id}/script")).await;
    let tag = answer.headers()["etag"].to_str().expect("is text").to_owned();
    let mut script: Value = answer.json().await.expect("is JSON");
    // A sentence that nobody had spoken before, however often this runs.
    let number = jiff::Timestamp::now().as_millisecond() % 1_000_000;
    script["scenes"][1]["narration"] = json!(format!("This sentence was written by somebody who edits. It is number {number}."));
    let path = format!("/v1/jobs/{id}/script");
    assert_eq!(local.patch(&path, &tag, &script).await.status(), StatusCode::ACCEPTED);
    let second = local.wait_for_end(&id).await;
    assert_eq!((&second["status"], &second["version"]), (&json!("completed"), &json!(2)), "{second}");
    let of_scene = |kind: &str| (kind.to_owned(), 1);
    assert_eq!(local.made(&id, 2).await, ["narration", "segment", "take", "thumbnail"].map(of_scene));
    let captions = local.get(&format!("/v1/jobs/{id}/captions")).await.text().await.expect("arrives");
    let said: Vec<&str> = captions.lines().filter(|line| !line.is_empty() && !line.contains("-->")).collect();
    assert!(said.join(" ").contains("This sentence was written by somebody who edits."), "{captions}");
    assert_ne!(local.video(&id).await, first_video);
    assert_eq!(local.patch(&path, &tag, &script).await.status(), StatusCode::PRECONDITION_FAILED);

    let restored = local.post(&format!("/v1/jobs/{id}/versions/1/restore"), &json!({})).await;
    assert_eq!(restored.status(), StatusCode::OK);
    assert_eq!(local.job(&id).await["version"], 3);
    assert_eq!(local.video(&id).await, first_video);
    assert_eq!(local.made(&id, 3).await, []);
    let list: Value = local.get(&format!("/v1/jobs/{id}/versions")).await.json().await.expect("is JSON");
    let changes: Vec<&Value> =
        list["versions"].as_array().into_iter().flatten().map(|version| &version["change"]["kind"]).collect();
    assert_eq!(changes, ["restored", "script", "created"]);
}

#[tokio::test]
async fn a_cancelled_version_leaves_the_former_one_and_can_be_followed_by_another() {
    let local = Local::find();
    let id = local.upload("story.txt", sample("story.txt"), small()).await;
    assert_eq!(local.wait_for_end(&id).await["status"], "completed");
    let render = async |options: Value| local.post(&format!("/v1/jobs/{id}/render"), &options).await.status();
    assert_eq!(render(json!({ "size": "720p", "theme": "paper" })).await, StatusCode::ACCEPTED);
    assert_eq!(local.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).await.status(), StatusCode::OK);
    assert_eq!(render(json!({ "size": "480p", "theme": "paper" })).await, StatusCode::ACCEPTED);
    let third = local.wait_for_end(&id).await;
    assert_eq!((&third["status"], &third["version"], &third["video"]["height"]), (&json!("completed"), &json!(3), &json!(480)));
    let former = local.get(&format!("/v1/jobs/{id}/video?version=1")).await;
    assert_eq!(former.status(), StatusCode::FOUND);
}

#[tokio::test]
async fn nobody_comes_in_without_a_token_and_strangers_see_nothing() {
    let local = Local::find();
    let url = |path: &str| format!("{}{path}", local.name("api_url"));
    for token in ["", "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."] {
        let answer = local.http.get(url("/v1/jobs")).bearer_auth(token).send().await.expect("the API answers");
        assert!([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status()), "{token:?}: {}", answer.status());
    }
    let stranger = JobId::new(format!("stranger-{}", jiff::Timestamp::now().as_nanosecond())).expect("well formed");
    let owner = OwnerId::new("somebody-else").expect("well formed");
    let now = jiff::Timestamp::now();
    let job = domain::Job::new(stranger.clone(), owner, domain::JobOptions::default(), now, now);
    aws::Config::load().await.jobs(local.name("table")).create(&job).await.expect("is stored");
    let foreign = local.get(&format!("/v1/jobs/{stranger}")).await;
    let missing = local.get("/v1/jobs/there-is-none").await;
    assert_eq!((foreign.status(), missing.status()), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    let health = local.http.get(url("/v1/health")).send().await.expect("the API answers");
    assert_eq!(health.status(), StatusCode::OK);
}
