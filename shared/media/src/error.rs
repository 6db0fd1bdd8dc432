//! What can go wrong with sound and pictures.

use crate::adts::AdtsError;
use crate::h264::H264Error;
use crate::process::ChildError;
use crate::sound::SoundError;
use domain::{Code, Failure};
use std::io;
use std::path::PathBuf;

/// Why a medium could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// There is no ffmpeg where it was looked for.
    #[error("ffmpeg was not found")]
    NotFound,
    /// There is no voice where it was looked for.
    #[error("there is no voice in `{}`", folder.display())]
    NoVoice {
        /// Where it was looked for.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A program did not end well.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// ffmpeg said that it failed.
    #[error("ffmpeg failed with status {status}: {complaints}")]
    Ffmpeg {
        /// Its exit status.
        status: i32,
        /// Its warnings and errors. May name files, so it belongs into our log and not into a job's record.
        complaints: String,
    },
    /// The bytes of a picture do not fit its size.
    #[error("{bytes} bytes are no RGBA picture of {width} x {height} with even sides")]
    FrameSize {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// How many bytes there are.
        bytes: usize,
    },
    /// A video stream is not as expected.
    #[error(transparent)]
    H264(#[from] H264Error),
    /// An audio stream is not as expected.
    #[error(transparent)]
    Adts(#[from] AdtsError),
    /// A narration cannot be used.
    #[error(transparent)]
    Sound(#[from] SoundError),
    /// A video would be larger than its index can say.
    #[error("a video of {bytes} bytes is too large")]
    TooLarge {
        /// How many bytes it would have.
        bytes: usize,
    },
    /// The folder for the work in progress cannot be used.
    #[error("the work folder cannot be used")]
    WorkFolder(#[from] io::Error),
}

impl From<MediaError> for Failure {
    /// Logs the whole error, because a failure carries nothing that a program said.
    fn from(error: MediaError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "media failed");
        match &error {
            MediaError::Child(ChildError::TimedOut { limit, .. }) => {
                Self::new(Code::TimedOut, format!("a media program was killed after {limit:?}"))
            }
            // The kernel or a limit, such as on memory: may go well another time.
            MediaError::Child(ChildError::Killed { signal, .. }) => {
                Self::new(Code::DependencyUnavailable, format!("a media program was ended by signal {signal}"))
            }
            MediaError::Ffmpeg { status, .. } => Self::new(Code::Internal, format!("ffmpeg failed with status {status}")),
            MediaError::Child(_) => Self::new(Code::Internal, "a media program did not end well"),
            MediaError::WorkFolder(cause) => {
                Self::new(Code::Internal, format!("the work folder cannot be used: {}", cause.kind()))
            }
            _ => Self::new(Code::Internal, error.to_string()),
        }
    }
}
