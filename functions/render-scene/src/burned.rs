//! Captions that are drawn into the picture: a frame for every word that begins to be said, and for every caption.

use crate::moving::{self, Course};
use crate::stills::Stills;
use crate::{Drawing, Look, computed};
use domain::captions::{Caption, CaptionWord, Spoken, captions, line_length};
use domain::ports::AssetStore;
use domain::{AssetKey, Brand, CaptionStyle, Code, ContentHash, Failure, FrameSize, Shape, Take, Theme, frame_at};
use media::overlaid::{self, Overlays};
use media::{Ffmpeg, Overlay};
use render::{CaptionPicture, Kit};
use serde::Serialize;
use tokio::sync::mpsc;

/// A word stands out until the next one begins, if that is so soon; else until it has been heard.
const LONGEST_WAIT_MS: u64 = 250;

/// The captions of a scene and when they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Captions {
    style: CaptionStyle,
    captions: Vec<Vec<Vec<CaptionWord>>>,
    changes: Vec<Change>,
}

/// What is shown from a frame of the scene on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Change {
    frame: u64,
    /// The caption, and the words of it that stand out.
    shown: Option<(usize, Vec<usize>)>,
}

impl Captions {
    pub(crate) fn of(narration: &str, take: &Take, language: &str, shape: Shape, style: CaptionStyle) -> Self {
        let spoken = Spoken { narration, words: &take.words, language, duration: take.duration };
        let captions = captions(&spoken, line_length(shape));
        let changes = changes(&captions, take.duration.frames());
        Self { style, captions: captions.into_iter().map(|caption| caption.lines).collect(), changes }
    }
}

/// When what is shown changes, frame by frame as they rise.
fn changes(captions: &[Caption], end: u64) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for (number, caption) in captions.iter().enumerate() {
        let (first, last) = (frame(caption.begin_ms), frame(caption.end_ms).min(end));
        let said = said(caption);
        let edges = said.iter().flat_map(|&(from, until)| [from, until]).chain([first]);
        let mut edges: Vec<u64> = edges.filter(|edge| (first..last).contains(edge)).collect();
        edges.sort_unstable();
        edges.dedup();
        for edge in edges {
            let words = (0..said.len()).filter(|&word| (said[word].0..said[word].1).contains(&edge)).collect();
            show(&mut changes, edge, Some((number, words)));
        }
        if last > first && last < end {
            show(&mut changes, last, None);
        }
    }
    changes
}

/// Shows something from a frame on, in place of what would begin there.
fn show(changes: &mut Vec<Change>, frame: u64, shown: Option<(usize, Vec<usize>)>) {
    changes.pop_if(|last| last.frame == frame);
    if changes.last().map_or(shown.is_some(), |last| last.shown != shown) {
        changes.push(Change { frame, shown });
    }
}

/// From which frame until which each word of a caption stands out.
fn said(caption: &Caption) -> Vec<(u64, u64)> {
    let words: Vec<&CaptionWord> = caption.lines.iter().flatten().collect();
    let until = |at: usize| {
        let next = words.iter().skip(at + 1).find(|next| next.begin_ms > words[at].begin_ms);
        let is_soon = |next: &&&CaptionWord| next.begin_ms < words[at].end_ms + LONGEST_WAIT_MS;
        next.filter(is_soon).map_or(words[at].end_ms, |next| next.begin_ms)
    };
    words.iter().enumerate().map(|(at, word)| (frame(word.begin_ms), frame(until(at)))).collect()
}

fn frame(milliseconds: u64) -> u64 {
    frame_at(u32::try_from(milliseconds).unwrap_or(u32::MAX))
}

/// The address of the segment, which is made unless it is there.
pub(crate) async fn find_or_make(
    assets: &impl AssetStore,
    ffmpeg: &Ffmpeg,
    drawing: Drawing,
    course: Course,
    captions: Captions,
) -> Result<ContentHash, Failure> {
    let address = drawing.address(&overlaid::identity(ffmpeg).await?, &(course.identity(), &captions));
    let key = AssetKey::Segment(drawing.owner.clone(), address.clone());
    if !assets.exists(&key).await? {
        let owner = drawing.owner.clone();
        let (encoded, stills) = encode(ffmpeg, drawing, course, captions).await?;
        stills.store(assets, &owner, &address).await?;
        assets.put(&key, encoded).await?;
    }
    Ok(address)
}

/// Draws states and captions, one of each after the other, while those before are encoded.
async fn encode(ffmpeg: &Ffmpeg, drawing: Drawing, course: Course, captions: Captions) -> Result<(Vec<u8>, Stills), Failure> {
    let (state_sender, states) = mpsc::channel(1);
    let (caption_sender, drawn) = mpsc::channel(1);
    let overlays = Overlays { starts: captions.changes.iter().map(|change| change.frame).collect(), drawn };
    let look = CaptionLook::of(&drawing);
    let size = (look.size.width(look.shape), look.size.height(look.shape));
    let (movement, changes, duration) = (course.movement(), course.changes(), course.duration());
    let draw_states = computed(move || moving::draw(&drawing, &course, state_sender));
    let draw_captions = computed(move || draw(&captions, &look, &caption_sender));
    let encode = overlaid::encode(ffmpeg, size, movement, &changes, duration, states, overlays);
    let (states_drawn, captions_drawn, encoded) = tokio::join!(draw_states, draw_captions, encode);
    let encoded = encoded?;
    captions_drawn?;
    Ok((encoded, states_drawn?))
}

/// What captions look like besides their style.
struct CaptionLook {
    theme: Theme,
    brand: Option<Brand>,
    size: FrameSize,
    shape: Shape,
    language: String,
    kit: Option<Kit>,
}

impl CaptionLook {
    fn of(Drawing { look, language, kit, .. }: &Drawing) -> Self {
        let Look { theme, brand, size, shape, .. } = look;
        Self { theme: *theme, brand: brand.clone(), size: *size, shape: *shape, language: language.clone(), kit: kit.clone() }
    }
}

/// Draws each caption once, and sends it as often as another word stands out.
fn draw(captions: &Captions, look: &CaptionLook, sender: &mpsc::Sender<Option<Overlay>>) -> Result<(), Failure> {
    let mut current = None;
    for Change { shown, .. } in &captions.changes {
        let overlay = match shown {
            None => None,
            Some((number, said)) => {
                if current.as_ref().is_none_or(|(drawn, _)| drawn != number) {
                    current = Some((*number, draw_caption(captions, *number, look)?));
                }
                current.as_ref().map(|(_, strip)| Overlay { top: strip.top, rgba: strip.saying(said) })
            }
        };
        if sender.blocking_send(overlay).is_err() {
            break; // The encoder has failed, and says why.
        }
    }
    Ok(())
}

fn draw_caption(captions: &Captions, number: usize, look: &CaptionLook) -> Result<render::CaptionStrip, Failure> {
    let picture = CaptionPicture {
        lines: &captions.captions[number],
        style: captions.style,
        theme: look.theme,
        brand: look.brand.as_ref(),
        size: look.size,
        shape: look.shape,
        language: &look.language,
        kit: look.kit.as_ref(),
    };
    render::draw_caption(&picture).map_err(|error| Failure::new(Code::Internal, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, begin_ms: u64, end_ms: u64) -> CaptionWord {
        CaptionWord { text: text.to_owned(), after_blank: true, begin_ms, end_ms }
    }

    /// Two captions, the second of which has a long pause in it.
    fn captions() -> Vec<Caption> {
        let caption = |begin_ms, end_ms, words| Caption { begin_ms, end_ms, lines: vec![words] };
        vec![
            caption(250, 1500, vec![word("The", 250, 400), word("Moon", 400, 900), word("pulls.", 930, 1300)]),
            caption(1600, 4000, vec![word("Water", 1600, 2000), word("follows.", 3000, 3500)]),
        ]
    }

    #[test]
    fn a_word_stands_out_from_the_frame_nearest_to_its_beginning() {
        let caption = |number, words: &[usize]| Some((number, words.to_vec()));
        assert_eq!(
            changes(&captions(), 200),
            [
                (8, caption(0, &[0])),
                (12, caption(0, &[1])),
                (28, caption(0, &[2])),
                (39, caption(0, &[])),
                (45, None),
                (48, caption(1, &[0])),
                (60, caption(1, &[])),
                (90, caption(1, &[1])),
                (105, caption(1, &[])),
                (120, None),
            ]
            .map(|(frame, shown)| Change { frame, shown })
        );
    }

    #[test]
    fn nothing_changes_behind_the_end_of_the_scene() {
        let frames: Vec<u64> = changes(&captions(), 100).iter().map(|change| change.frame).collect();
        assert_eq!(frames.last(), Some(&90));
        assert_eq!(changes(&[], 100), []);
    }

    #[test]
    fn words_that_begin_at_once_stand_out_at_once() {
        let lines = vec![vec![word("a", 100, 300), word("b", 100, 300), word("c", 400, 500)]];
        let changes = changes(&[Caption { begin_ms: 100, end_ms: 1100, lines }], 100);
        assert_eq!(changes[0].shown, Some((0, vec![0, 1])));
    }
}
