use crate::world::{World, bound, completed, failed, get, scripted};
use domain::ports::{AssetStore, JobStore};
use domain::{AssetKey, Code, Event, Failure, JobWarning, SceneOutcome, Transition};
use fakes::at;
use serde_json::json;

#[tokio::test]
async fn a_video_is_shown_or_saved() {
    let world = World::new();
    world.completed_job().await;
    for (query, expected) in [
        ("", "https://media.example/jobs/ann/done-1/v1/video.mp4"),
        ("?download=0", "https://media.example/jobs/ann/done-1/v1/video.mp4"),
        ("?download=1", "https://media.example/jobs/ann/done-1/v1/video.mp4?save_as=Tides: why how?.mp4"),
    ] {
        let answer = world.send(get(&format!("/v1/jobs/done-1/video{query}"))).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, expected));
        assert_eq!(answer.header("cache-control"), "private, no-store", "the address is good for a while only");
    }
}

#[tokio::test]
async fn what_is_not_made_yet_is_worth_waiting_for() {
    let world = World::new();
    world.job("waits", "ann", &[bound()]).await;
    for what in ["video", "captions", "chapters", "transcript", "poster", "thumbnails/0", "contact-sheet", "script"] {
        let answer = world.send(get(&format!("/v1/jobs/waits/{what}"))).await;
        assert_eq!(answer.problem(), (409, "NOT_READY".to_owned()), "{what}");
        assert_eq!(answer.header("retry-after"), "1");
    }
}

#[tokio::test]
async fn what_will_never_be_made_is_missing_with_the_reason() {
    let world = World::new();
    world.job("failed", "ann", &[failed()]).await;
    world.job("cancelled", "ann", &[Transition::Cancel]).await;
    for what in ["video", "captions", "chapters", "transcript", "poster", "thumbnails/0", "contact-sheet", "script"] {
        let answer = world.send(get(&format!("/v1/jobs/failed/{what}"))).await;
        assert_eq!(answer.problem(), (404, "NOT_FOUND".to_owned()), "{what}");
        let detail = answer.json()["detail"].as_str().expect("a problem has a detail").to_owned();
        assert!(detail.contains("ENCRYPTED") && detail.contains("password"), "{detail}");
    }
    let answer = world.send(get("/v1/jobs/cancelled/video")).await;
    assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.contains("cancelled")), "{}", answer.text);
}

#[tokio::test]
async fn captions_come_in_two_forms() {
    let world = World::new();
    world.completed_job().await;
    for (query, media_type, start) in [
        ("", "text/vtt; charset=utf-8", "WEBVTT"),
        ("?format=vtt", "text/vtt; charset=utf-8", "WEBVTT"),
        ("?format=srt", "application/x-subrip; charset=utf-8", "1\n00:00:00,000"),
    ] {
        let answer = world.send(get(&format!("/v1/jobs/done-1/captions{query}"))).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, media_type));
        assert!(answer.text.starts_with(start), "{}", answer.text);
    }
}

#[tokio::test]
async fn chapters_and_transcript_tell_what_the_video_says() {
    let world = World::new();
    world.completed_job().await;
    for (what, media_type, start) in [
        ("chapters", "text/vtt; charset=utf-8", "WEBVTT\n\n1\n00:00:00.000 --> "),
        ("transcript", "text/markdown; charset=utf-8", "# "),
    ] {
        let answer = world.send(get(&format!("/v1/jobs/done-1/{what}"))).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, media_type), "{}", answer.text);
        assert!(answer.text.starts_with(start), "{}", answer.text);
    }
}

#[tokio::test]
async fn pictures_are_led_to() {
    let world = World::new();
    world.completed_job().await;
    for (what, stored) in [
        ("poster", "poster.jpg"),
        ("thumbnails/0", "thumbnails/0.jpg"),
        ("contact-sheet", "contact-sheet.jpg"),
        ("poster?version=1", "poster.jpg"),
    ] {
        let answer = world.send(get(&format!("/v1/jobs/done-1/{what}"))).await;
        let expected = format!("https://media.example/jobs/ann/done-1/v1/{stored}");
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, expected.as_str()), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_scene_that_is_not_in_the_video_has_no_picture() {
    let world = World::new();
    world.completed_job().await;
    let warning = JobWarning {
        stage: "assemble-video".to_owned(),
        scene: Some(0),
        outcome: SceneOutcome::Dropped,
        failure: Failure::new(Code::Internal, "the scene could not be made and is left out"),
    };
    world.job("shorter", "ann", &[bound(), scripted(), Transition::Warn(warning), completed()]).await;
    for address in ["done-1/thumbnails/1", "done-1/thumbnails/x", "shorter/thumbnails/0"] {
        let answer = world.send(get(&format!("/v1/jobs/{address}"))).await;
        assert_eq!(answer.problem(), (404, "NOT_FOUND".to_owned()), "{address}");
    }
}

#[tokio::test]
async fn unknown_parameters_are_refused() {
    let world = World::new();
    world.completed_job().await;
    for address in ["captions?format=ass", "captions?fmt=srt", "video?download=yes", "video?save=1"] {
        let answer = world.send(get(&format!("/v1/jobs/done-1/{address}"))).await;
        assert_eq!(answer.problem(), (400, "INVALID_REQUEST".to_owned()), "{address}");
    }
}

#[tokio::test]
async fn a_script_is_shown_as_soon_as_it_is_written() {
    let world = World::new();
    let id = world.job("writes", "ann", &[bound(), scripted()]).await;
    let script = fakes::script(&["The Moon pulls at the water."]);
    let key = AssetKey::Script(domain::OwnerId::new("ann").expect("valid"), id, 1);
    world.api.assets.put(&key, serde_json::to_vec(&script).expect("it has a JSON form")).await.expect("memory does not fail");
    let answer = world.send(get("/v1/jobs/writes/script")).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json(), serde_json::to_value(script).expect("it has a JSON form"));
}

#[tokio::test]
async fn what_was_deleted_is_missing() {
    let world = World::new();
    world.job("old", "ann", &[bound(), scripted(), completed()]).await;
    for what in ["captions", "chapters", "transcript", "script"] {
        let answer = world.send(get(&format!("/v1/jobs/old/{what}"))).await;
        assert_eq!(answer.problem(), (404, "NOT_FOUND".to_owned()), "{what}");
        assert!(!answer.text.contains("jobs/ann"), "paths of the store are nobody's business: {}", answer.text);
    }
}

#[tokio::test]
async fn the_log_is_shown_with_advice() {
    let world = World::new();
    let id = world.job("j1", "ann", &[bound()]).await;
    let started = Event {
        at: at(1),
        stage: "read-document".to_owned(),
        scene: None,
        name: "started".to_owned(),
        duration_ms: None,
        failure: None,
        version: 1,
        made: ["document".to_owned()].into(),
    };
    let failure = Some(Failure::new(Code::Corrupt, "no cross-reference table"));
    let failed = Event { at: at(2), name: "failed".to_owned(), duration_ms: Some(9), failure, ..started.clone() };
    for event in [&started, &failed] {
        world.api.jobs.record(&id, event).await.expect("memory does not fail");
    }
    let log = world.send(get("/v1/jobs/j1/events")).await.json();
    assert_eq!(log["events"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        log["events"][1],
        json!({
            "at": "1970-01-01T00:00:02Z", "stage": "read-document", "scene": null, "name": "failed", "duration_ms": 9,
            "failure": {"code": "CORRUPT", "message": "no cross-reference table", "advice": Code::Corrupt.advice()},
            "version": 1, "made": ["document"],
        })
    );
}
