//! Exactly one job for every version of every upload, whatever events come, on the local AWS.

use crate::cloud::Cloud;
use crate::function::{Function, Outcome};
use domain::ports::JobStore;
use domain::{Code, Job, JobId, JobOptions, OwnerId, Status};
use fakes::trials::{seeds, tell};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// How many events are handled at once.
const AT_ONCE: usize = 6;

/// File names as people have them, and as they should not; the last brings the key to the 1,024 bytes that it may have.
fn key(number: usize) -> String {
    let folder = if number.is_multiple_of(2) { "inbox/owner-1".to_owned() } else { format!("inbox/owner-1/reserved-{number}") };
    let names = ["notes", "a b", "a+b", "100%25", "é", "🚲", "%2e%2e%2fx", "tab\there", "\u{202e}fdp", "q?x=1&y#z"];
    match names.get(number % (names.len() + 1)) {
        Some(name) => format!("{folder}/{name}-{number}.txt"),
        None => {
            let start = format!("{folder}/{number}-");
            let filler = "x".repeat(1024 - start.len() - ".txt".len());
            format!("{start}{filler}.txt")
        }
    }
}

fn created(key: &str, version: &str) -> Value {
    json!({
        "detail-type": "Object Created",
        "source": "aws.s3",
        "detail": { "bucket": { "name": "uploads" }, "object": { "key": key, "version-id": version, "etag": "e", "sequencer": "00" } },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_version_of_every_upload_has_exactly_one_job_and_one_execution() {
    let (uploads, overwrites, deletions) = (200, 40, 20);
    let seed = seeds(1, 1)[0];
    let mut rng = Rng::with_seed(seed);
    let cloud = Arc::new(Cloud::new("uploads").await);
    let now = Timestamp::now();
    let mut events = Vec::new();
    for number in 0..uploads {
        if number % 2 == 1 {
            let id = JobId::new(format!("reserved-{number}")).expect("well formed");
            let owner = OwnerId::new("owner-1").expect("well formed");
            let job = Job::new(id, owner, JobOptions::default(), now, now + SignedDuration::from_hours(24));
            assert!(cloud.jobs().create(&job).await.expect("is written"));
        }
        let times_written = 1 + usize::from(number < overwrites);
        let mut versions = Vec::new();
        for _ in 0..times_written {
            versions.push(cloud.upload(&key(number), b"some words about the tides").await);
        }
        for version in &versions {
            events.extend(vec![created(&key(number), version); rng.usize(1..=5)]);
        }
        if number >= uploads - deletions {
            cloud.delete_upload(&key(number), &versions).await;
            events.push(
                json!({ "detail-type": "Object Deleted", "source": "aws.s3", "detail": { "object": { "key": key(number) } } }),
            );
        }
    }
    rng.shuffle(&mut events);
    let delivered = events.len();
    let waiting = Arc::new(Mutex::new(events));
    let mut handlers = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let (cloud, waiting) = (cloud.clone(), waiting.clone());
        handlers.spawn(async move {
            let mut function = Function::new(&cloud, "ingest-upload", &[]).await;
            loop {
                let Some(event) = waiting.lock().expect("nobody panicked").pop() else { return };
                // Lambda tries again; what is refused stays refused.
                if let Outcome::Failed(error) = function.call(&event).await {
                    assert_eq!(error["errorType"], "Unavailable", "{error}");
                    waiting.lock().expect("nobody panicked").insert(0, event);
                }
            }
        });
    }
    handlers.join_all().await;

    let jobs = cloud.all_jobs().await;
    let takers: BTreeSet<_> = jobs.iter().filter_map(Job::upload).collect();
    let refused = jobs.iter().filter(|job| job.status == Status::Failed).count();
    let executions = cloud.execution_names().await;
    tell(&format!(
        "seed {seed}: {uploads} uploads, {overwrites} overwrites, {deletions} deletions, {delivered} deliveries, {AT_ONCE} at once: \
         {} jobs, {} executions, {refused} refused",
        jobs.len(),
        executions.len()
    ));
    assert_eq!((jobs.len(), takers.len()), (uploads + overwrites, uploads + overwrites));
    assert_eq!(executions.len() + refused, jobs.len());
    let started: BTreeSet<String> =
        jobs.iter().filter(|job| job.status != Status::Failed).map(|job| job.run().to_string()).collect();
    assert_eq!(executions.into_iter().collect::<BTreeSet<_>>(), started, "one execution each");
    assert!(jobs.iter().all(|job| job.failure.as_ref().is_none_or(|failure| failure.code == Code::SourceGone)));
    Arc::into_inner(cloud).expect("nobody else is left").delete().await;
}
