//! What a finished video says, scene by scene: chapters for players, a transcript for readers. Both follow from the script and from
//! where the scenes begin, so nothing is stored for them.

use crate::caller::Caller;
use crate::extract::{JobPath, Parameters};
use crate::problem::{Answer, Problem};
use crate::results::{ScriptParameters, check_finished, read_script};
use crate::versions::owned_version;
use crate::{Api, Ports};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::{Code, DocumentKind, Job, Scene, SceneOutcome, Script, VideoSummary, inline, webvtt};
use std::fmt::Write;
use std::sync::Arc;

/// Reads the chapters, one for each scene, as WebVTT.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/chapters",
    operation_id = "get_chapters",
    params(("id" = String, Path), ScriptParameters),
    responses((status = 200, description = "The chapters", content((String = "text/vtt"))))
)]
pub(crate) async fn get_chapters<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    Parameters(parameters): Parameters<ScriptParameters>,
) -> Answer<Response> {
    let job = owned_version(&api.jobs, &owner, &id, parameters.version).await?;
    let (script, video) = finished(&api, &job).await?;
    let body = chapters(&shown(&job, &script, video), video.duration_ms);
    Ok(([(header::CONTENT_TYPE, "text/vtt; charset=utf-8")], body).into_response())
}

/// Reads all that is said as Markdown: a heading for each scene with its time, its narration, and the pages it came from.
#[utoipa::path(
    get,
    path = "/v1/jobs/{id}/transcript",
    operation_id = "get_transcript",
    params(("id" = String, Path), ScriptParameters),
    responses((status = 200, description = "The transcript", content((String = "text/markdown"))))
)]
pub(crate) async fn get_transcript<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Caller(owner): Caller,
    JobPath(id): JobPath,
    Parameters(parameters): Parameters<ScriptParameters>,
) -> Answer<Response> {
    let job = owned_version(&api.jobs, &owner, &id, parameters.version).await?;
    let (script, video) = finished(&api, &job).await?;
    let has_pages = job.source.as_ref().is_some_and(|source| source.kind == DocumentKind::Pdf);
    let body = transcript(&script.title, &shown(&job, &script, video), has_pages);
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], body).into_response())
}

/// The script of a job with a video, and the video.
async fn finished<'a, P: Ports>(api: &Api<P>, job: &'a Job) -> Answer<(Script, &'a VideoSummary)> {
    check_finished(job, (api.now)())?;
    let script = read_script(&api.assets, job).await?;
    let script = serde_json::from_slice(&script)
        .map_err(|error| Problem::new(Code::Internal, format!("the stored script has another form: {error}")))?;
    let video = job.video.as_ref().ok_or_else(|| Problem::new(Code::NotFound, "the job has no video"))?;
    Ok((script, video))
}

/// A scene of the video, and when it begins, in milliseconds.
type Shown<'a> = (u64, &'a Scene);

/// The scenes that are in the video: those that were left out have no beginning. Cards, in which nothing is said, belong to the scene
/// beside them.
fn shown<'a>(job: &Job, script: &'a Script, video: &VideoSummary) -> Vec<Shown<'a>> {
    let is_left_out =
        |at: u32| job.warnings.iter().any(|warning| warning.outcome == SceneOutcome::Dropped && warning.scene == Some(at));
    let scenes = (0..).zip(&script.scenes).filter(|(at, _)| !is_left_out(*at)).map(|(_, scene)| scene);
    let mut shown: Vec<Shown<'_>> =
        video.scene_starts_ms.iter().copied().zip(scenes).filter(|(_, scene)| !scene.is_card()).collect();
    if let Some(first) = shown.first_mut() {
        first.0 = 0;
    }
    shown
}

fn chapters(scenes: &[Shown<'_>], duration_ms: u64) -> String {
    let mut file = "WEBVTT\n\n".to_owned();
    let ends = scenes.iter().skip(1).map(|(begin_ms, _)| *begin_ms).chain([duration_ms]);
    for (number, ((begin_ms, scene), end_ms)) in (1..).zip(scenes.iter().zip(ends)) {
        let (begin, end, title) = (webvtt::stamp(*begin_ms), webvtt::stamp(end_ms), webvtt::escape(&heading(scene)));
        writeln!(file, "{number}\n{begin} --> {end}\n{title}\n").expect("a string takes whatever is written");
    }
    file
}

fn transcript(title: &str, scenes: &[Shown<'_>], has_pages: bool) -> String {
    let mut text = format!("# {title}\n");
    for (begin_ms, scene) in scenes {
        let (minutes, seconds) = (begin_ms / 60_000, begin_ms / 1000 % 60);
        write!(text, "\n## {} ({minutes}:{seconds:02})\n\n{}\n", heading(scene), scene.narration)
            .expect("a string takes whatever is written");
        let from = match scene.pages() {
            Some((first, last)) if has_pages && first == last => format!("\n*Page {first}*\n"),
            Some((first, last)) if has_pages => format!("\n*Pages {first}–{last}*\n"),
            _ => String::new(),
        };
        text.push_str(&from);
    }
    text
}

/// The heading of a scene on one line, as people read it.
fn heading(scene: &Scene) -> String {
    inline::plain(scene.visual.title()).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Span, Visual};

    fn scene(title: &str, pages: &[u32]) -> Scene {
        Scene {
            visual: Visual::Slide { eyebrow: None, title: title.to_owned(), bullets: Vec::new() },
            sources: pages.iter().map(|page| Span { page: *page, start: 0, end: 1 }).collect(),
            ..fakes::scene("The Moon pulls.")
        }
    }

    #[test]
    fn chapters_follow_each_other_without_a_gap() {
        let (one, two) = (scene("Tides", &[]), scene("Why `a < b`", &[]));
        let expected = "WEBVTT\n\n1\n00:00:00.000 --> 00:01:05.500\nTides\n\n2\n00:01:05.500 --> 01:00:00.000\nWhy a &lt; b\n\n";
        assert_eq!(chapters(&[(0, &one), (65_500, &two)], 3_600_000), expected);
    }

    #[test]
    fn a_transcript_names_times_and_pages() {
        let (one, two) = (scene("Tides", &[]), scene("The Moon", &[4, 3]));
        let scenes = [(0, &one), (65_500, &two)];
        let text = transcript("Tides", &scenes, true);
        assert_eq!(
            text,
            "# Tides\n\n## Tides (0:00)\n\nThe Moon pulls.\n\n## The Moon (1:05)\n\nThe Moon pulls.\n\n*Pages 3–4*\n"
        );
        assert!(!transcript("Tides", &scenes, false).contains("Page"));
    }
}
