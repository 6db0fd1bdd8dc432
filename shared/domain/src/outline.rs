//! What a finished video says, scene by scene: chapters for players, a transcript for readers.

use crate::{Scene, inline, webvtt};
use std::fmt::Write;

/// A scene of the video.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown<'a> {
    /// When it begins, in milliseconds.
    pub begin_ms: u64,
    /// The scene.
    pub scene: &'a Scene,
}

/// A part of the video that a player can jump to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// When it begins, in milliseconds.
    pub begin_ms: u64,
    /// When it ends, in milliseconds: with the beginning of the next.
    pub end_ms: u64,
    /// Its heading, plain text on one line.
    pub title: String,
}

/// The chapters of a video that lasts so long: one for each scene, one behind the other.
pub fn chapters(scenes: &[Shown<'_>], duration_ms: u64) -> Vec<Chapter> {
    let ends = scenes.iter().skip(1).map(|next| next.begin_ms).chain([duration_ms]);
    let chapter = |(shown, end_ms): (&Shown<'_>, u64)| Chapter { begin_ms: shown.begin_ms, end_ms, title: heading(shown.scene) };
    scenes.iter().zip(ends).map(chapter).collect()
}

/// Chapters as a file of WebVTT.
pub fn write_chapters(chapters: &[Chapter]) -> String {
    let mut file = "WEBVTT\n\n".to_owned();
    for (number, chapter) in (1..).zip(chapters) {
        let (begin, end) = (webvtt::stamp(chapter.begin_ms), webvtt::stamp(chapter.end_ms));
        let title = webvtt::escape(&chapter.title);
        writeln!(file, "{number}\n{begin} --> {end}\n{title}\n").expect("a string takes whatever is written");
    }
    file
}

/// All that is said as Markdown: a heading for each scene with its time, its narration, and the pages it came from where the
/// document has pages.
pub fn transcript(title: &str, scenes: &[Shown<'_>], has_pages: bool) -> String {
    let mut text = format!("# {}\n", literal(title));
    for Shown { begin_ms, scene } in scenes {
        write!(text, "\n## {} ({})\n\n{}\n", literal(&heading(scene)), clock(*begin_ms), literal(&scene.narration))
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

/// A text in Markdown that brings no HTML, link or image with it, whoever wrote it
/// (<https://spec.commonmark.org/0.31.2/#backslash-escapes>).
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('<', "\\<").replace('[', "\\[")
}

/// The heading of a scene on one line, as people read it.
pub fn heading(scene: &Scene) -> String {
    inline::plain(scene.visual.title()).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A time in milliseconds as people write it: `1:05`, or `1:02:05` with hours.
pub fn clock(ms: u64) -> String {
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    if hours == 0 { format!("{minutes}:{seconds:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Span, Visual};

    fn scene(title: &str, pages: &[u32]) -> Scene {
        Scene {
            narration: "The Moon pulls.".to_owned(),
            visual: Visual::Slide { eyebrow: None, title: title.to_owned(), bullets: Vec::new() },
            cues: Vec::new(),
            sources: pages.iter().map(|page| Span { page: *page, start: 0, end: 1 }).collect(),
            retake: 0,
        }
    }

    fn shown(begin_ms: u64, scene: &Scene) -> Shown<'_> {
        Shown { begin_ms, scene }
    }

    #[test]
    fn chapters_follow_each_other_without_a_gap() {
        let (one, two) = (scene("Tides", &[]), scene("Why `a < b`", &[]));
        let chapters = chapters(&[shown(0, &one), shown(65_500, &two)], 3_600_000);
        assert_eq!(chapters[1], Chapter { begin_ms: 65_500, end_ms: 3_600_000, title: "Why a < b".to_owned() });
        let expected = "WEBVTT\n\n1\n00:00:00.000 --> 00:01:05.500\nTides\n\n2\n00:01:05.500 --> 01:00:00.000\nWhy a &lt; b\n\n";
        assert_eq!(write_chapters(&chapters), expected);
    }

    #[test]
    fn a_transcript_names_times_and_pages() {
        let (one, two) = (scene("Tides", &[]), scene("The Moon", &[4, 3]));
        let scenes = [shown(0, &one), shown(3_665_500, &two)];
        let text = transcript("Tides", &scenes, true);
        assert_eq!(
            text,
            "# Tides\n\n## Tides (0:00)\n\nThe Moon pulls.\n\n## The Moon (1:01:05)\n\nThe Moon pulls.\n\n*Pages 3–4*\n"
        );
        assert!(!transcript("Tides", &scenes, false).contains("Page"));
    }

    #[test]
    fn a_transcript_holds_no_markup_but_its_own() {
        let scene = scene("<b>[x](y)", &[]);
        let text = transcript("a\\<i>", &[shown(0, &scene)], false);
        assert_eq!(text, "# a\\\\\\<i>\n\n## \\<b>\\[x](y) (0:00)\n\nThe Moon pulls.\n");
    }
}
