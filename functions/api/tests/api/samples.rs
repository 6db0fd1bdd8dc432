use crate::world::World;
use serde_json::Value;

const HEALTH: &str = include_str!("../../../../events/api/health.json");
const CREATE_JOB: &str = include_str!("../../../../events/api/create-job.json");
const GET_JOB: &str = include_str!("../../../../events/api/get-job.json");

#[tokio::test]
async fn the_sample_of_health_is_answered() {
    let answer = World::new().send_payload(HEALTH).await;
    assert_eq!((answer.status.as_u16(), answer.json()["status"].as_str()), (200, Some("healthy")));
}

#[tokio::test]
async fn the_sample_of_a_new_job_is_answered() {
    let answer = World::new().send_payload(CREATE_JOB).await;
    assert_eq!((answer.status.as_u16(), answer.json()["job"]["options"]["scenes"].as_u64()), (201, Some(5)));
}

#[tokio::test]
async fn the_sample_of_a_job_is_answered() {
    let world = World::new();
    assert_eq!(world.send_payload(GET_JOB).await.problem(), (404, "NOT_FOUND".to_owned()));
    let payload: Value = serde_json::from_str(GET_JOB).expect("the sample is JSON");
    let user = payload["requestContext"]["authorizer"]["jwt"]["claims"]["sub"].as_str().expect("the sample names a user");
    let path = payload["rawPath"].as_str().expect("the sample has a path");
    world.job(path.rsplit('/').next().expect("the path names a job"), user, &[]).await;
    assert_eq!(world.send_payload(GET_JOB).await.status, 304);
}
