//! Many uploads at once: none is lost, none is doubled, and the API answers meanwhile. What the stages would do is left out: every
//! execution ends as that of a document without text does.

use crate::cloud::Cloud;
use crate::function::Function;
use domain::{Code, Status};
use fakes::trials::{tell, times};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// 99 of 100 answers of the API come within this.
const P99: Duration = Duration::from_millis(500);

const ENDS_AT_ONCE: &str = r#"{"StartAt": "Only", "States": {"Only": {"Type": "Fail", "Error": "InvalidInput", "Cause": "{\"errorType\":\"InvalidInput\",\"errorMessage\":\"NO_TEXT: 12 pages without text\"}"}}}"#;

/// A request as API Gateway hands it on, of somebody whose token it has checked.
fn request(owner: &str, method: &str, path: &str, body: Option<&Value>) -> Value {
    let mut event: Value = serde_json::from_str(&tests::read("events/api/create-job.json")).expect("the sample is JSON");
    event["rawPath"] = json!(path);
    event["requestContext"]["http"]["method"] = json!(method);
    event["requestContext"]["http"]["path"] = json!(path);
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = json!(owner);
    let headers = event["headers"].as_object_mut().expect("there are headers");
    headers.retain(|name, _| !["idempotency-key", "content-length"].contains(&name.as_str()));
    event["body"] = body.map_or(Value::Null, |body| json!(body.to_string()));
    event
}

/// Uploads one document after the other, as many clients do at once, and follows each to its end.
async fn client(cloud: &Cloud, waiting: Arc<Mutex<Vec<usize>>>, took: Arc<Mutex<Vec<Duration>>>) {
    let mut api = Function::new(cloud, "api", &[]).await;
    let mut ingest = Function::new(cloud, "ingest-upload", &[]).await;
    let mut finish = Function::new(cloud, "finish-job", &[]).await;
    // The first answer of a process is that of a cold start.
    api.call(&request("owner", "GET", "/v1/health", None)).await.answer();
    loop {
        let Some(number) = waiting.lock().expect("nobody panicked").pop() else { return };
        let owner = format!("owner-{number}");
        let mut ask = async |method: &str, path: &str, body: Option<&Value>| {
            let begun = Instant::now();
            let answer = api.call(&request(&owner, method, path, body)).await.answer();
            took.lock().expect("nobody panicked").push(begun.elapsed());
            let body: Value = serde_json::from_str(answer["body"].as_str().unwrap_or("null")).expect("answers are JSON");
            (answer["statusCode"].as_u64().unwrap_or(0), body)
        };
        let body = json!({ "name": "tides.md", "text": format!("# Tides\n\nThe tide number {number} follows the Moon.") });
        let (status, created) = ask("POST", "/v1/jobs", Some(&body)).await;
        assert_eq!(status, 202, "{created}");
        let id = created["job"]["id"].as_str().expect("a job has an id").to_owned();
        let key = format!("inbox/{owner}/{id}/tides.md");
        let event = json!({ "detail-type": "Object Created", "detail": { "object": { "key": key, "version-id": cloud.version_of(&key).await } } });
        let ended = json!({ "detail": { "name": format!("{id}-v1") } });
        for _ in 0..2 {
            assert_eq!(ingest.call(&event).await.answer()["job"], id);
        }
        for _ in 0..2 {
            finish.call(&ended).await;
        }
        let (status, job) = ask("GET", &format!("/v1/jobs/{id}"), None).await;
        assert_eq!(status, 200, "{job}");
    }
}

/// What one owner may have under way.
const MOST_ACTIVE: usize = 10;

/// Asks for jobs of one owner, again and again, as several programs do at once, until so many were asked for. Gives the ids of those
/// that were made, and counts the refusals.
async fn ask_for_jobs(api: &mut Function, waiting: &Mutex<usize>, made: &Mutex<Vec<String>>, refused: &Mutex<usize>) {
    let body = json!({ "name": "tides.md", "text": "# Tides\n\nThe tide follows the Moon." });
    loop {
        {
            let mut waiting = waiting.lock().expect("nobody panicked");
            let Some(left) = waiting.checked_sub(1) else { return };
            *waiting = left;
        }
        let answer = api.call(&request("greedy", "POST", "/v1/jobs", Some(&body))).await.answer();
        let (status, text) = (answer["statusCode"].as_u64().unwrap_or(0), answer["body"].as_str().unwrap_or("null"));
        let body: Value = serde_json::from_str(text).expect("answers are JSON");
        match status {
            202 => made.lock().expect("nobody panicked").push(body["job"]["id"].as_str().expect("a job has an id").to_owned()),
            429 => {
                assert_eq!(body["code"], "RATE_LIMITED");
                assert!(answer["headers"]["retry-after"].is_string(), "{answer}");
                *refused.lock().expect("nobody panicked") += 1;
            }
            _ => panic!("{answer}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_who_asks_for_everything_at_once_has_no_more_under_way_than_allowed() {
    let asked = times(60, 600);
    let cloud = Cloud::new("greedy").await;
    let quotas = format!("jobs=100000,uploads=100000,active={MOST_ACTIVE}");
    let mut apis = Vec::new();
    for _ in 0..4 {
        apis.push(Function::new(&cloud, "api", &[("LECTERN_QUOTAS", &quotas)]).await);
    }
    let [one, two, three, four] = apis.as_mut_slice() else { unreachable!("there are four") };
    let (made, refused) = (Mutex::new(Vec::new()), Mutex::new(0));
    for round in 0..2 {
        let waiting = Mutex::new(asked / 2);
        tokio::join!(
            ask_for_jobs(one, &waiting, &made, &refused),
            ask_for_jobs(two, &waiting, &made, &refused),
            ask_for_jobs(three, &waiting, &made, &refused),
            ask_for_jobs(four, &waiting, &made, &refused),
        );
        assert_eq!(made.lock().expect("nobody panicked").len(), MOST_ACTIVE * (round + 1));
        if round == 0 {
            // What has ended makes room.
            let ended = made.lock().expect("nobody panicked").clone();
            for id in ended {
                let answer = one.call(&request("greedy", "POST", &format!("/v1/jobs/{id}/cancel"), None)).await.answer();
                assert_eq!(answer["statusCode"], 200, "{answer}");
            }
        }
    }
    let active = cloud.all_jobs().await.iter().filter(|job| !job.status.is_final()).count();
    let (made, refused) = (made.into_inner().expect("nobody panicked"), refused.into_inner().expect("nobody panicked"));
    tell(&format!(
        "{asked} jobs asked for at once by one owner, twice: {} made, {refused} refused, {active} under way",
        made.len()
    ));
    assert_eq!((made.len() + refused, active), (asked, MOST_ACTIVE));
    drop(apis);
    cloud.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_uploads_at_once_have_one_job_each() {
    let uploads = times(60, 1000);
    let cloud = Cloud::with_machine("load", ENDS_AT_ONCE).await;
    let waiting = Arc::new(Mutex::new((0..uploads).collect::<Vec<_>>()));
    let took = Arc::new(Mutex::new(Vec::new()));
    let begun = Instant::now();
    let client = || client(&cloud, waiting.clone(), took.clone());
    tokio::join!(client(), client(), client(), client());
    // Whose end was not heard is ended by the sweep.
    for job in cloud.all_jobs().await.iter().filter(|job| !job.status.is_final()) {
        cloud.age(&job.id, job.created_at - jiff::SignedDuration::from_mins(2)).await;
    }
    let swept = Function::new(&cloud, "sweep", &[]).await.call(&json!({ "task": "reconcile" })).await.answer();
    let jobs = cloud.all_jobs().await;
    let mut by_status: BTreeMap<Status, usize> = BTreeMap::new();
    for job in &jobs {
        *by_status.entry(job.status).or_default() += 1;
    }
    let owners: BTreeSet<&str> = jobs.iter().map(|job| job.owner.as_str()).collect();
    let mut took = Arc::into_inner(took).expect("all clients are gone").into_inner().expect("nobody panicked");
    took.sort();
    let p99 = took[took.len() * 99 / 100];
    let executions = cloud.execution_names().await.len();
    tell(&format!(
        "{uploads} uploads by four clients in {:?}: {} jobs of {} owners, {executions} executions, {by_status:?}, {swept}; \
         {} answers of the API, half within {:?}, 99 of 100 within {p99:?}",
        begun.elapsed(),
        jobs.len(),
        owners.len(),
        took.len(),
        took[took.len() / 2]
    ));
    assert_eq!((jobs.len(), owners.len(), executions), (uploads, uploads, uploads));
    assert_eq!(by_status, [(Status::Failed, uploads)].into());
    assert!(jobs.iter().all(|job| job.failure.as_ref().is_some_and(|failure| failure.code == Code::NoText)));
    assert!(p99 < P99, "{p99:?}");
    cloud.delete().await;
}
