//! Scenes that move: their states and the frames between them encoded once, placed where the words of the take are.

use crate::stills::{self, Stills};
use crate::{Drawing, Look, computed, find_or_store};
use domain::ports::AssetStore;
use domain::{AssetKey, Cells, Code, ContentHash, Failure, Job, Motion};
use media::Ffmpeg;
use media::moving::{self, Movement};
use tokio::sync::mpsc;

/// How a scene moves, and when.
pub(crate) struct Course {
    pub(crate) movement: Movement,
    /// The frame at which each step begins to appear; none where the picture stands whole.
    pub(crate) changes: Vec<u64>,
    pub(crate) duration: Cells,
}

impl Course {
    /// The first scene is there at once and the last one stays, because a video is known by its first frame and left with its last.
    pub(crate) fn of(job: &Job, scene: u32, changes: Vec<u64>, duration: Cells) -> Self {
        let is_last = job.script.as_ref().is_some_and(|script| scene + 1 >= script.scenes);
        let glides = job.options.motion == Motion::Full;
        Self { movement: Movement { enters: scene > 0, leaves: !is_last, glides }, changes, duration }
    }

    /// A scene that stands whole from its first frame to its last.
    pub(crate) fn still(duration: Cells) -> Self {
        Self { movement: Movement { enters: false, leaves: false, glides: false }, changes: Vec::new(), duration }
    }

    /// What is drawn: every step, beginning with none; or the whole.
    pub(crate) fn states(&self) -> Vec<Option<u32>> {
        match self.changes.len() as u32 {
            0 => vec![None],
            steps => (0..=steps).map(Some).collect(),
        }
    }
}

/// The address of the segment, which is made unless it is there.
pub(crate) async fn find_or_make(
    assets: &impl AssetStore,
    ffmpeg: &Ffmpeg,
    drawing: Drawing,
    course: Course,
) -> Result<ContentHash, Failure> {
    let Course { movement, changes, duration } = &course;
    let picture = drawing.address(&moving::identity(ffmpeg).await?, &(movement, changes.len()));
    let address = ContentHash::of_json("moving", &(&picture, changes, duration));
    let key = AssetKey::Segment(drawing.owner.clone(), address.clone());
    if assets.exists(&key).await? {
        return Ok(address);
    }
    let (owner, is_first) = (drawing.owner.clone(), drawing.is_first);
    let parts = AssetKey::Picture(owner.clone(), picture.clone());
    let encoded = find_or_store(assets, &parts, async {
        let (encoded, stills) = encode(ffmpeg, drawing, *movement, course.states()).await?;
        stills.store(assets, &owner, &picture).await?;
        Ok(encoded)
    });
    let encoded = encoded.await?;
    stills::hand_on(assets, &owner, &picture, &address, is_first).await?;
    assets.put(&key, moving::schedule(&encoded, *movement, changes, *duration)?).await?;
    Ok(address)
}

/// Draws one state after the other while those before are encoded. The last one is the whole picture.
async fn encode(
    ffmpeg: &Ffmpeg,
    drawing: Drawing,
    movement: Movement,
    states: Vec<Option<u32>>,
) -> Result<(Vec<u8>, Stills), Failure> {
    let (sender, drawn) = mpsc::channel(1);
    let Look { size, shape, .. } = drawing.look;
    let (size, count) = ((size.width(shape), size.height(shape)), states.len() as u32);
    let draw = computed(move || draw(drawing, states, &sender));
    let (drawn, encoded) = tokio::join!(draw, moving::encode(ffmpeg, size, movement, count, drawn));
    let stills = drawn?;
    Ok((encoded?, stills))
}

/// Draws one state after the other as they are taken, and keeps stills of the last. Computes, so it belongs on a thread of its own.
pub(crate) fn draw(drawing: Drawing, states: Vec<Option<u32>>, sender: &mpsc::Sender<Vec<u8>>) -> Result<Stills, Failure> {
    let drawing = drawing.fitted()?;
    let count = states.len();
    for (number, state) in (1..).zip(states) {
        let frame = drawing.draw(state)?;
        let stills = if number == count { Some(Stills::of(&frame, drawing.is_first)?) } else { None };
        let is_taken = sender.blocking_send(frame.rgba).is_ok();
        match stills {
            Some(stills) => return Ok(stills),
            None if is_taken => {}
            None => break,
        }
    }
    Err(Failure::new(Code::Internal, "the scene was given up before its last state"))
}
