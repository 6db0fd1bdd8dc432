//! A picture at a vendor that takes its time: whoever cancels the job cancels it there too, also where the stage that waited is dead.

use crate::cloud::Cloud;
use crate::function::{Function, Outcome};
use domain::ports::{AssetStore, Executions, JobStore, Tickets};
use domain::{AssetKey, Job, JobOptions, Phase, Scene, Script, Transition, Visual};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

const PROVIDERS: &str =
    r#"[{"provider": "replicate", "model": "a/never", "base_url": "{wire}/provider", "with": {"poll_s": 0.2}}]"#;

/// A function to whom the vendor's key is given.
async fn function(cloud: &Cloud, name: &'static str) -> Function {
    let function = Function::new(cloud, name, &[("LECTERN_IMAGE_PROVIDERS", PROVIDERS)]).await;
    function.wire.tell("GetSecretValue", json!({ "Name": "lectern/image/replicate", "SecretString": "r8_test" }));
    function
}

/// A job whose only scene wants a picture.
async fn wish(cloud: &Cloud, name: &str) -> Job {
    let job = cloud.text_job(name, "owner-1", "# Tides\n\nThe Moon pulls.", JobOptions::default()).await;
    let visual = Visual::Illustration { title: "Tides".to_owned(), description: format!("A harbour, {name}") };
    let script = Script { scenes: vec![Scene { visual, ..fakes::scene("One.") }], ..fakes::script(&[]) };
    let key = AssetKey::Script(job.owner, job.id.clone(), job.version);
    cloud.assets().put(&key, serde_json::to_vec(&script).expect("it has a JSON form")).await.expect("is written");
    cloud.jobs().change(&job.id, &Transition::Enter(Phase::Scenes), Timestamp::now()).await.expect("it is bound")
}

fn payload(job: &Job) -> Value {
    json!({ "job": job.id, "version": job.version, "scene": 0 })
}

/// How many tickets of a job there are.
async fn open(cloud: &Cloud, job: &Job) -> usize {
    cloud.config().tickets(&cloud.name).open(&job.id).await.expect("they are read").len()
}

/// How often the vendor was told to give up.
fn given_up(function: &Function) -> usize {
    function.wire.effects().iter().filter(|effect| *effect == "provider cancel").count()
}

#[tokio::test]
async fn whoever_cancels_a_job_cancels_its_pictures_at_the_vendor() {
    let cloud = Cloud::new("errands").await;
    let mut illustrate = function(&cloud, "illustrate-scene").await;
    let waiting = wish(&cloud, "waiting").await;
    let cancel = async {
        while open(&cloud, &waiting).await == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        cloud.jobs().change(&waiting.id, &Transition::Cancel, Timestamp::now()).await.expect("it is processing");
    };
    illustrate.wire.begin(None);
    let payload = payload(&waiting);
    let (outcome, ()) = tokio::join!(illustrate.call(&payload), cancel);
    assert!(matches!(&outcome, Outcome::Failed(failure) if failure["errorType"] == "Cancelled"), "{outcome:?}");
    assert_eq!((given_up(&illustrate), open(&cloud, &waiting).await), (1, 0));
    cloud.delete().await;
}

#[tokio::test]
async fn what_a_dead_stage_waited_for_is_given_up_when_its_job_ends() {
    let cloud = Cloud::new("errands-left").await;
    let mut illustrate = function(&cloud, "illustrate-scene").await;
    let job = wish(&cloud, "left").await;
    cloud.executions().start(&job.run()).await.expect("it starts");
    let outcome = illustrate.call_killed_after(&payload(&job), Duration::from_secs(3)).await;
    assert_eq!((outcome, open(&cloud, &job).await), (Outcome::Died, 1));
    cloud.jobs().change(&job.id, &Transition::Cancel, Timestamp::now()).await.expect("it is processing");
    cloud.executions().stop(&job.run()).await.expect("it stops");
    let mut finish = function(&cloud, "finish-job").await;
    finish.wire.begin(None);
    let ended = finish.call(&json!({ "detail": { "name": job.run().to_string() } })).await.answer();
    assert_eq!(ended["status"], "cancelled");
    assert_eq!((given_up(&finish), open(&cloud, &job).await), (1, 0));
    cloud.delete().await;
}
