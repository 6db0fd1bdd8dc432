//! Scenes that move: their states and the frames between them encoded once, placed where the words of the take are.

use crate::segment::Segment;
use crate::stills::Stills;
use crate::{Drawing, Look, View, computed};
use domain::ports::AssetStore;
use domain::{Beat, Cells, ContentHash, Failure, Job, Motion, Scene, SceneTransition, TRANSITION_FRAMES, Take, Visual};
use media::Ffmpeg;
use media::moving::{self, Change, Movement, State, Way};
use serde::Serialize;
use tokio::sync::mpsc;

/// How a scene moves, and when.
pub(crate) struct Course {
    movement: Movement,
    motion: Motion,
    /// What is seen at first.
    first: View,
    /// What is seen from which frame on.
    beats: Vec<(u64, View)>,
    duration: Cells,
}

impl Course {
    /// The first scene is there at once and the last one stays, because a video is known by its first frame and left with its last.
    pub(crate) fn of(job: &Job, index: u32, scene: &Scene, drawing: &Drawing, take: &Take) -> Self {
        let is_last = job.script.as_ref().is_some_and(|script| index + 1 >= script.scenes);
        let (motion, transition) = (job.options.motion, job.options.transition());
        let moves = transition != SceneTransition::Cut;
        let slides = transition == SceneTransition::Slide;
        let movement = Movement { enters: moves && index > 0, leaves: moves && !is_last, slides };
        let mut beats = match scene.visual {
            Visual::Card { .. } => unspoken(drawing.parts().0),
            _ => domain::beats(&scene.cues, drawing.parts(), &scene.narration, &take.words, take.duration),
        };
        if is_last {
            domain::release(&mut beats, &take.words, take.duration);
        }
        let (first, beats) = match motion {
            Motion::None => turns(drawing, &beats, take.duration),
            Motion::Calm | Motion::Full if beats.is_empty() => turns(drawing, &[], take.duration),
            Motion::Calm | Motion::Full => {
                let first = drawing.view(beats[0].shown.map(|_| 0), None);
                (first, beats.iter().map(|beat| (beat.frame, drawing.view(beat.shown, beat.marked))).collect())
            }
        };
        Self { movement, motion, first, beats, duration: take.duration }
    }

    /// How it comes in and leaves.
    pub(crate) fn movement(&self) -> Movement {
        self.movement
    }

    /// How long the scene lasts.
    pub(crate) fn duration(&self) -> Cells {
        self.duration
    }

    /// All that makes one course different from another.
    pub(crate) fn identity(&self) -> impl Serialize {
        (self.movement, self.motion, self.views().collect::<Vec<_>>(), self.changes(), self.duration)
    }

    /// Whether the scene is one picture from its first frame to its last.
    pub(crate) fn stands_still(&self) -> bool {
        self.beats.is_empty() && !self.movement.enters && !self.movement.leaves
    }

    /// When what is seen changes.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let takes = if self.motion == Motion::None { 0 } else { TRANSITION_FRAMES };
        self.beats.iter().map(|(frame, _)| Change { frame: *frame, takes }).collect()
    }

    fn views(&self) -> impl Iterator<Item = View> {
        std::iter::once(self.first).chain(self.beats.iter().map(|(_, view)| *view))
    }
}

/// When the steps of a card appear, in which nothing is said: the first after a second, the others after one more.
fn unspoken(steps: u32) -> Vec<Beat> {
    let beat = |step| Beat { frame: u64::from(step * domain::FRAME_RATE), shown: Some(step), marked: None };
    (1..=steps).map(beat).collect()
}

/// The pages of a drawing one after another, each whole: from the beat on with which its first part would appear, else equally long.
fn turns(drawing: &Drawing, beats: &[Beat], duration: Cells) -> (View, Vec<(u64, View)>) {
    let count = drawing.pages.len() as u64;
    let whole = |page: u64| View { page: page as usize, ..View::WHOLE };
    let begin = |page: u64| {
        let of_page = |beat: &&Beat| drawing.view(beat.shown, None).page == page as usize;
        beats.iter().find(of_page).map_or(duration.frames() * page / count, |beat| beat.frame)
    };
    (whole(0), (1..count).map(|page| (begin(page), whole(page))).collect())
}

/// The address of the segment, which is made unless it is there.
pub(crate) async fn find_or_make(
    assets: &impl AssetStore,
    ffmpeg: &Ffmpeg,
    drawing: Drawing,
    course: Course,
) -> Result<ContentHash, Failure> {
    let (movement, duration, changes) = (course.movement, course.duration, course.changes());
    let views: Vec<View> = course.views().collect();
    let picture = drawing.address(&moving::identity(ffmpeg).await?, &(movement, course.motion, views));
    let segment = Segment::new("moving", &drawing, picture, &(&changes, duration));
    let place = |frames: &[u8]| Ok(moving::schedule(frames, movement, &changes, duration)?);
    segment.find_or_make(assets, encode(ffmpeg, drawing, course), place).await
}

/// Draws one state after the other while those before are encoded. The stills show the last one without a mark: all that is shown.
async fn encode(ffmpeg: &Ffmpeg, drawing: Drawing, course: Course) -> Result<(Vec<u8>, Stills), Failure> {
    let (sender, drawn) = mpsc::channel(1);
    let Look { size, shape, .. } = drawing.look;
    let (size, movement) = ((size.width(shape), size.height(shape)), course.movement);
    let ways: Vec<u32> = course.changes().iter().map(|change| change.takes).collect();
    let draw = computed(move || draw(&drawing, &course, sender));
    let (drawn, encoded) = tokio::join!(draw, moving::encode(ffmpeg, size, movement, &ways, drawn));
    let stills = drawn?;
    Ok((encoded?, stills))
}

/// Draws one state after the other as they are taken. The stills show the last one without a mark: all that is shown. Computes, so it
/// belongs on a thread of its own.
pub(crate) fn draw(drawing: &Drawing, course: &Course, sender: mpsc::Sender<State>) -> Result<Stills, Failure> {
    let mut before = None;
    for view in course.views() {
        let way = before.map_or(Ok(Way::Cut), |before| way(drawing, course.motion, before, view))?;
        if sender.blocking_send(State { rgba: drawing.draw(view)?.rgba, way }).is_err() {
            break; // The encoder has failed, and says why.
        }
        before = Some(view);
    }
    // Nothing more comes, which the encoder need not wait for the stills to learn.
    drop(sender);
    let shown = View { marked: None, ..before.unwrap_or(View::WHOLE) };
    Stills::of(&drawing.draw(shown)?, drawing.is_first)
}

/// How one view becomes the next: what is new rises while others are softened, all else fades over.
fn way(drawing: &Drawing, motion: Motion, before: View, view: View) -> Result<Way, Failure> {
    Ok(match motion {
        Motion::None => Way::Cut,
        Motion::Full if before.page == view.page && before.step < view.step => {
            let behind = View { marked: view.marked, ..before };
            Way::Rise { behind: if behind == before { None } else { Some(drawing.draw(behind)?.rgba) } }
        }
        Motion::Full | Motion::Calm => Way::Fade,
    })
}
