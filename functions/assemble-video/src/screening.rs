//! What a decoder sees and hears in each scene. A scene is looked at once: what was found is stored under the bytes of its picture and
//! its sound, so an edit costs the look at what changed and nothing more.

use crate::Scene;
use crate::gate::{Check, Rejection};
use domain::ports::{AssetStore, PortError};
use domain::{AssetKey, ContentHash, Failure, OwnerId, TRANSITION_FRAMES};
use media::check::{Decoded, Glimpse, Heard, decode_key_frames, decode_sounds};
use media::{Ffmpeg, MediaError, adts, h264};
use serde::{Deserialize, Serialize};

/// Changes whenever what is looked for below changes.
const LOOK: &str = "screening-1";
/// What nobody hears: -50 dBFS.
const SILENCE: f32 = 0.003_16;
/// What compression alone may change between two pictures of the same, of 255.
const NOISE: u8 = 2;

/// What was found in a scene. All of it decoded without complaint, every frame of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Screening {
    /// The mean brightness of its darkest key frame, from 0 (black) to 255 (white).
    pub(crate) darkest: f64,
    /// How often a picture follows that differs from the one before; its entrance aside.
    pub(crate) changes: u32,
    /// What is heard.
    pub(crate) sound: Heard,
}

/// What a look at scenes came to: what was found in each, and the first that cannot be decoded.
type Looked = Result<Vec<Screening>, Rejection>;

/// Looks at all scenes that were not looked at before, and remembers what was found.
///
/// # Errors
/// An inner [`Rejection`] that names the first scene that cannot be decoded whole.
pub(crate) async fn screen(
    assets: &impl AssetStore,
    ffmpeg: &Ffmpeg,
    owner: &OwnerId,
    scenes: &[Scene],
) -> Result<Looked, Failure> {
    let mut found = Vec::with_capacity(scenes.len());
    for scene in scenes {
        found.push(remembered(assets, &key(owner, scene)).await?);
    }
    let new: Vec<&Scene> = scenes.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(scene, _)| scene).collect();
    let looked = match look(ffmpeg, &new).await? {
        Ok(looked) => looked,
        Err(rejection) => return Ok(Err(rejection)),
    };
    for (scene, screening) in new.iter().zip(&looked) {
        // What is silent has no peak, and JSON no infinity. It passes no check, so it need not be remembered.
        if screening.sound.true_peak_dbtp.is_finite() {
            let json = serde_json::to_vec(screening).expect("our own data types always have a JSON form");
            assets.put(&key(owner, scene), json).await?;
        }
    }
    let mut looked = looked.into_iter();
    Ok(Ok(found.into_iter().filter_map(|found| found.or_else(|| looked.next())).collect()))
}

fn key(owner: &OwnerId, scene: &Scene) -> AssetKey {
    AssetKey::Screening(owner.clone(), ContentHash::of([LOOK.as_bytes(), &scene.segment, &scene.narration]))
}

async fn remembered(assets: &impl AssetStore, key: &AssetKey) -> Result<Option<Screening>, Failure> {
    match assets.get(key).await {
        // One of another form is made anew.
        Ok(json) => Ok(serde_json::from_slice(&json).ok()),
        Err(PortError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Looks at scenes together, and where something is wrong at each alone, to find in which.
async fn look(ffmpeg: &Ffmpeg, scenes: &[&Scene]) -> Result<Looked, MediaError> {
    if scenes.is_empty() {
        return Ok(Ok(vec![]));
    }
    let together = look_together(ffmpeg, scenes).await?;
    let [_, _, ..] = scenes else { return Ok(together) };
    let Err(rejection) = together else { return Ok(together) };
    for scene in scenes {
        if let Err(rejection) = look_together(ffmpeg, &[scene]).await? {
            return Ok(Err(rejection));
        }
    }
    Ok(Err(rejection))
}

async fn look_together(ffmpeg: &Ffmpeg, scenes: &[&Scene]) -> Result<Looked, MediaError> {
    let segments: Vec<&[u8]> = scenes.iter().map(|scene| scene.segment.as_slice()).collect();
    let narrations: Vec<&[u8]> = scenes.iter().map(|scene| scene.narration.as_slice()).collect();
    let (seen, heard) = tokio::try_join!(decode_key_frames(ffmpeg, &segments), decode_sounds(ffmpeg, &narrations, SILENCE))?;
    Ok(judge(scenes, &seen, heard))
}

/// What was found in each scene, if all of it was decoded.
fn judge(scenes: &[&Scene], seen: &Decoded<Vec<Glimpse>>, heard: Decoded<Heard>) -> Looked {
    let reject = |scene: &Scene, check, found| Err(Rejection { check, scene: Some(scene.index), found });
    if let Some(complaint) = seen.complaints.first() {
        return reject(scenes[0], Check::PictureDecodes, complaint.clone());
    }
    if let Some(complaint) = heard.complaints.first() {
        return reject(scenes[0], Check::SoundDecodes, complaint.clone());
    }
    let mut screenings = Vec::with_capacity(scenes.len());
    for ((scene, glimpses), sound) in scenes.iter().zip(&seen.scenes).zip(heard.scenes) {
        let groups = h264::count_groups(&scene.segment);
        if glimpses.len() != groups {
            return reject(scene, Check::PictureDecodes, format!("{} of {groups} key frames", glimpses.len()));
        }
        let samples = adts::count_samples(&scene.narration).unwrap_or(0);
        if sound.samples != samples {
            return reject(scene, Check::SoundDecodes, format!("{} of {samples} samples", sound.samples));
        }
        let darkest = glimpses.iter().map(Glimpse::brightness).fold(f64::INFINITY, f64::min);
        screenings.push(Screening { darkest, changes: changes(&scene.segment, glimpses), sound });
    }
    Ok(screenings)
}

/// How often a state follows that differs from the one before. The first key frame of a scene that comes in is no state yet.
fn changes(segment: &[u8], glimpses: &[Glimpse]) -> u32 {
    let frames = h264::nals(segment).filter(h264::Nal::begins_picture).enumerate();
    let second_key_frame = frames.filter(|(_, nal)| nal.kind() == h264::kind::IDR_SLICE).map(|(at, _)| at).nth(1);
    let enters = second_key_frame.is_some_and(|at| at <= TRANSITION_FRAMES as usize);
    let states = &glimpses[usize::from(enters)..];
    states.windows(2).filter(|pair| pair[0].difference(&pair[1]) > NOISE).count() as u32
}
