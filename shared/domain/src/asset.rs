//! Every object we store, in one list that knows each one's path and content type.
//!
//! Two prefixes: `jobs/` holds what belongs to one version of one job, `cache/` what is addressed by its content and shared
//! by all jobs of one owner. Neither is a prefix that notifies, so nothing written here can start a job.

use crate::{ContentHash, JobId, OwnerId};

/// The name of a stored object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AssetKey {
    /// What the reader made of the upload.
    Document(OwnerId, JobId),
    /// The script of one version of a job.
    Script(OwnerId, JobId, u32),
    /// A script that somebody gave us, until the version that is made from it has it as its own.
    Draft(OwnerId, JobId, ContentHash),
    /// An image: one that was embedded in the source document, under its content, or one that was made for a scene, under what it was
    /// made from.
    Image(OwnerId, ContentHash),
    /// Who made the image of a scene, under its address.
    Credit(OwnerId, ContentHash),
    /// A logo or font that came with a request.
    BrandFile(OwnerId, ContentHash),
    /// The measured take of a narration.
    Take(OwnerId, ContentHash),
    /// The sound of a narration: AAC in ADTS frames on the common grid.
    Narration(OwnerId, ContentHash),
    /// What a visual becomes in the frame of a video: its pages.
    Fitting(OwnerId, ContentHash),
    /// A picture that stands still, one closed GOP of 64 frames, or a scene that moves, only the frames that differ: H.264 in Annex B
    /// form.
    Picture(OwnerId, ContentHash),
    /// The moving picture of a scene: H.264 in Annex B form, closed GOPs on the common grid.
    Segment(OwnerId, ContentHash),
    /// The small picture of a scene, whole: JPEG. Under the address of its picture, and of each segment made from that.
    Thumbnail(OwnerId, ContentHash),
    /// The same as large as the video, for the scene with which it begins.
    Still(OwnerId, ContentHash),
    /// What a decoder found in a scene.
    Screening(OwnerId, ContentHash),
    /// The finished video.
    Video(OwnerId, JobId, u32),
    /// The captions beside it.
    Captions(OwnerId, JobId, u32, CaptionFormat),
    /// Where its chapters begin, as WebVTT.
    Chapters(OwnerId, JobId, u32),
    /// All that is said in it, as Markdown.
    Transcript(OwnerId, JobId, u32),
    /// The picture that stands for it: JPEG, as large as the video.
    Poster(OwnerId, JobId, u32),
    /// The small picture of one of its scenes, from 0: JPEG.
    SceneThumbnail(OwnerId, JobId, u32, u32),
    /// All its scenes on one sheet, with their times: JPEG.
    ContactSheet(OwnerId, JobId, u32),
}

/// The forms in which captions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CaptionFormat {
    /// Web Video Text Tracks.
    Vtt,
    /// `SubRip`.
    Srt,
}

impl CaptionFormat {
    /// The file name extension.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Vtt => "vtt",
            Self::Srt => "srt",
        }
    }
}

impl AssetKey {
    /// The path in the media bucket.
    pub fn path(&self) -> String {
        match self {
            Self::Document(owner, job) => format!("jobs/{owner}/{job}/document.json"),
            Self::Script(owner, job, version) => format!("jobs/{owner}/{job}/v{version}/script.json"),
            Self::Draft(owner, job, hash) => format!("jobs/{owner}/{job}/drafts/{hash}.json"),
            Self::Image(owner, hash) => format!("cache/{owner}/image/{hash}"),
            Self::Credit(owner, hash) => format!("cache/{owner}/credit/{hash}.json"),
            Self::BrandFile(owner, hash) => format!("cache/{owner}/brand/{hash}"),
            Self::Take(owner, hash) => format!("cache/{owner}/take/{hash}.json"),
            Self::Narration(owner, hash) => format!("cache/{owner}/narration/{hash}.aac"),
            Self::Fitting(owner, hash) => format!("cache/{owner}/fitting/{hash}.json"),
            Self::Picture(owner, hash) => format!("cache/{owner}/picture/{hash}.h264"),
            Self::Segment(owner, hash) => format!("cache/{owner}/segment/{hash}.h264"),
            Self::Thumbnail(owner, hash) => format!("cache/{owner}/thumbnail/{hash}.jpg"),
            Self::Still(owner, hash) => format!("cache/{owner}/still/{hash}.jpg"),
            Self::Screening(owner, hash) => format!("cache/{owner}/screening/{hash}.json"),
            Self::Video(owner, job, version) => format!("jobs/{owner}/{job}/v{version}/video.mp4"),
            Self::Captions(owner, job, version, format) => {
                format!("jobs/{owner}/{job}/v{version}/captions.{}", format.extension())
            }
            Self::Chapters(owner, job, version) => format!("jobs/{owner}/{job}/v{version}/chapters.vtt"),
            Self::Transcript(owner, job, version) => format!("jobs/{owner}/{job}/v{version}/transcript.md"),
            Self::Poster(owner, job, version) => format!("jobs/{owner}/{job}/v{version}/poster.jpg"),
            Self::SceneThumbnail(owner, job, version, scene) => {
                format!("jobs/{owner}/{job}/v{version}/thumbnails/{scene}.jpg")
            }
            Self::ContactSheet(owner, job, version) => format!("jobs/{owner}/{job}/v{version}/contact-sheet.jpg"),
        }
    }

    /// The media type it is stored and served with.
    pub fn media_type(&self) -> &'static str {
        match self {
            Self::Document(..)
            | Self::Script(..)
            | Self::Draft(..)
            | Self::Credit(..)
            | Self::Take(..)
            | Self::Fitting(..)
            | Self::Screening(..) => "application/json",
            Self::Image(..) | Self::BrandFile(..) => "application/octet-stream",
            Self::Narration(..) => "audio/aac",
            Self::Picture(..) | Self::Segment(..) => "video/h264",
            Self::Video(..) => "video/mp4",
            Self::Thumbnail(..) | Self::Still(..) | Self::Poster(..) | Self::SceneThumbnail(..) | Self::ContactSheet(..) => {
                "image/jpeg"
            }
            Self::Transcript(..) => "text/markdown; charset=utf-8",
            Self::Captions(.., CaptionFormat::Vtt) | Self::Chapters(..) => "text/vtt; charset=utf-8",
            Self::Captions(.., CaptionFormat::Srt) => "application/x-subrip; charset=utf-8",
        }
    }

    /// The word of its kind, as the log of a job names what a stage made.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Document(..) => "document",
            Self::Script(..) => "script",
            Self::Draft(..) => "draft",
            Self::Image(..) => "image",
            Self::Credit(..) => "credit",
            Self::BrandFile(..) => "brand-file",
            Self::Take(..) => "take",
            Self::Narration(..) => "narration",
            Self::Fitting(..) => "fitting",
            Self::Picture(..) => "picture",
            Self::Segment(..) => "segment",
            Self::Video(..) => "video",
            Self::Captions(..) => "captions",
            Self::Thumbnail(..) | Self::SceneThumbnail(..) => "thumbnail",
            Self::Still(..) => "still",
            Self::Screening(..) => "screening",
            Self::Chapters(..) => "chapters",
            Self::Transcript(..) => "transcript",
            Self::Poster(..) => "poster",
            Self::ContactSheet(..) => "contact_sheet",
        }
    }

    /// The prefix under which everything of one job lies.
    pub fn job_prefix(owner: &OwnerId, job: &JobId) -> String {
        format!("jobs/{owner}/{job}/")
    }

    /// The prefix of all content-addressed work.
    pub const CACHE_PREFIX: &str = "cache/";

    /// The prefix of everything that belongs to jobs.
    pub const JOBS_PREFIX: &str = "jobs/";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_asset_lies_under_a_prefix_that_notifies() {
        let owner = || OwnerId::new("inbox").expect("valid");
        let job = || JobId::new("j").expect("valid");
        let hash = || ContentHash::of(["x"]);
        for key in [
            AssetKey::Document(owner(), job()),
            AssetKey::Script(owner(), job(), 1),
            AssetKey::Draft(owner(), job(), hash()),
            AssetKey::Image(owner(), hash()),
            AssetKey::Credit(owner(), hash()),
            AssetKey::BrandFile(owner(), hash()),
            AssetKey::Take(owner(), hash()),
            AssetKey::Narration(owner(), hash()),
            AssetKey::Fitting(owner(), hash()),
            AssetKey::Picture(owner(), hash()),
            AssetKey::Segment(owner(), hash()),
            AssetKey::Video(owner(), job(), 1),
            AssetKey::Captions(owner(), job(), 1, CaptionFormat::Vtt),
            AssetKey::Thumbnail(owner(), hash()),
            AssetKey::Still(owner(), hash()),
            AssetKey::Screening(owner(), hash()),
            AssetKey::Chapters(owner(), job(), 1),
            AssetKey::Transcript(owner(), job(), 1),
            AssetKey::Poster(owner(), job(), 1),
            AssetKey::SceneThumbnail(owner(), job(), 1, 0),
            AssetKey::ContactSheet(owner(), job(), 1),
        ] {
            assert!(key.path().starts_with("jobs/") || key.path().starts_with("cache/"), "{key:?}");
        }
    }
}
