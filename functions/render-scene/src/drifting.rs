//! Scenes whose picture drifts, as a camera would over a photograph: encoded once, placed in the scene as it comes in.

use crate::segment::Segment;
use crate::stills::Stills;
use crate::{Drawing, Look, View, computed};
use domain::ports::AssetStore;
use domain::{Code, ContentHash, Failure, FigureSource, Motion, Take, Visual};
use media::Ffmpeg;
use media::drift::{self, Drift, PIECE_FRAMES, Window};
use media::moving::{self, Change, Movement};

/// The most pieces: 3.3 s. It then rests, since what moves all the time tires, and costs as long as it moves.
const MOST_PIECES: u64 = 2;
/// A smaller picture, in pixels of its shorter side at 1080p, is better left alone.
const LEAST_SIDE: u32 = 200;

/// Whether a picture is one that drifts: an image that fills the frame, or a photograph or drawing that stands by itself.
pub(crate) fn is_of(visual: &Visual) -> bool {
    match visual {
        Visual::Image { .. } => true,
        Visual::Figure { figure, bullets, .. } => bullets.is_empty() && matches!(figure.source, FigureSource::Image { .. }),
        _ => false,
    }
}

/// How a drifting scene moves, and for how long.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct Course {
    movement: Movement,
    motion: Motion,
    pieces: u32,
    /// The side from which it comes, so that one scene after another differs.
    from_right: bool,
}

impl Course {
    /// The course of a scene from 0; none where it does not last long enough for anything to drift.
    pub(crate) fn of(index: u32, motion: Motion, movement: Movement, take: &Take) -> Option<Self> {
        let frames = take.duration.frames().saturating_sub(u64::from(2 * domain::SCENE_FRAMES + 2));
        let pieces = (frames / u64::from(PIECE_FRAMES + 1)).min(MOST_PIECES) as u32;
        (motion != Motion::None && pieces > 0).then_some(Self { movement, motion, pieces, from_right: index % 2 == 1 })
    }

    /// Full: from closer and from one side. Calm: from a little closer only.
    fn drift(self, window: Window) -> Drift {
        let side = if self.from_right { 1.0 } else { -1.0 };
        let (closer, towards) = if self.motion == Motion::Full { (0.09, (side, -0.4)) } else { (0.04, (0.0, 0.0)) };
        Drift { window, closer, towards, pieces: self.pieces }
    }

    /// One piece begins where the other ends, with the first whole frame of the scene.
    fn changes(self) -> Vec<Change> {
        let begin = if self.movement.enters { domain::SCENE_FRAMES } else { 0 };
        let piece = |nth| Change { frame: u64::from(begin + 1 + nth * (PIECE_FRAMES + 1)), takes: PIECE_FRAMES };
        (0..self.pieces).map(piece).collect()
    }
}

/// The address of the segment, which is made unless it is there.
pub(crate) async fn find_or_make(
    assets: &impl AssetStore,
    ffmpeg: &Ffmpeg,
    drawing: Drawing,
    course: Course,
    take: &Take,
) -> Result<ContentHash, Failure> {
    let picture = drawing.address(&drift::identity(ffmpeg).await?, &course);
    let segment = Segment::new("drifting", &drawing, picture, &take.duration);
    let place = |frames: &[u8]| Ok(moving::schedule(frames, course.movement, &course.changes(), take.duration)?);
    segment.find_or_make(assets, encode(ffmpeg, drawing, course), place).await
}

async fn encode(ffmpeg: &Ffmpeg, drawing: Drawing, course: Course) -> Result<(Vec<u8>, Stills), Failure> {
    let Look { size, shape, .. } = drawing.look;
    let (frame, window, stills) = computed(move || {
        let layout = drawing.lay_out(View::WHOLE)?;
        let least = LEAST_SIDE * size.shorter_side() / 1080;
        let window = layout.figure_area().map(even).filter(|window| window.width.min(window.height) >= least);
        let frame = layout.draw().map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        let stills = Stills::of(&frame, drawing.is_first)?;
        Ok((frame, window, stills))
    })
    .await?;
    let (width, height) = (size.width(shape), size.height(shape));
    let drift = match window {
        Some(window) => course.drift(window),
        // There is no picture that is large enough: the frame stands.
        None => Drift { closer: 0.0, ..course.drift(Window { left: 0, top: 0, width, height }) },
    };
    Ok((drift::encode(ffmpeg, (width, height), course.movement, drift, frame.rgba).await?, stills))
}

/// The largest window with even edges in a rectangle.
fn even([left, top, right, bottom]: [u32; 4]) -> Window {
    let (left, top) = (left.next_multiple_of(2), top.next_multiple_of(2));
    Window { left, top, width: right.saturating_sub(left) / 2 * 2, height: bottom.saturating_sub(top) / 2 * 2 }
}
