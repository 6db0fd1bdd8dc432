//! Sound, moving pictures and the programs that make them: the only crate that starts processes.
//!
//! - [`picture::encode_held`] makes a picture that stands still into 64 frames of H.264, of which one is encoded;
//!   [`h264::hold`] lets it last exactly as long as its scene.
//! - [`moving::encode`] makes the states of a scene that moves into one stream of what differs; [`moving::schedule`] places it in time.
//! - [`overlaid::encode`] makes the same scene with captions over it, placed in time at once.
//! - [`sound::encode_narration`] makes speech into AAC at -16 LUFS on the common grid of `domain::Cells`.
//! - [`mux()`] joins both with captions and chapters by copying packets; [`check`] decodes scenes as a player would.
//! - [`voice::EspeakVoice`] is the embedded voice; [`process::run_limited`] runs any program that may misbehave.
//!
//! Nothing here decides what is said or shown, opens a socket or reads the environment: programs are found by paths that are
//! handed in. Every stream of one picture size has the same parameter sets ([`picture`] says which), so that moving pictures
//! can be joined with held ones.
//!
//! ```no_run
//! # async fn example(rgba: &[u8], speech: Vec<f32>) -> Result<(), media::MediaError> {
//! let ffmpeg = media::Ffmpeg::locate(None)?;
//! let narration = media::sound::encode_narration(&ffmpeg, speech, 22_050).await?;
//! let group = media::picture::encode_held(&ffmpeg, rgba, 1920, 1080).await?;
//! let segment = media::h264::hold(&group, narration.duration)?;
//! assert_eq!(media::h264::count_frames(&segment), narration.duration.frames());
//! # Ok(())
//! # }
//! ```
//!
//! # What ffmpeg must be able to do
//!
//! The list from which a small ffmpeg is built. Nothing else is ever asked of it; all calls read and write files and pipes
//! only, name the format of every input, and have limits on time, memory and output.
//!
//! | Kind | Names |
//! |---|---|
//! | program, libraries | `ffmpeg`; avutil, avcodec, avformat, avfilter, swscale, swresample; libx264 (GPL) |
//! | protocols | `file`, `pipe` |
//! | demuxers | `rawvideo`, `pcm_f32le`, `h264`, `aac` |
//! | muxers | `h264`, `adts`, `pcm_f32le`, `rawvideo`, `null` |
//! | encoders | `libx264`, `aac`, `pcm_f32le`, `rawvideo` |
//! | decoders | `rawvideo`, `pcm_f32le`, `h264`, `aac` |
//! | parsers | `h264`, `aac` |
//! | bitstream filters | `extract_extradata`, `null` |
//! | filters | `scale`, `format`, `aformat`, `aresample`, `null`, `anull` |

pub mod adts;
mod blend;
pub mod check;
mod colour;
mod error;
mod ffmpeg;
pub mod h264;
pub mod moving;
mod mux;
pub mod overlaid;
mod overlay;
pub mod picture;
pub mod process;
#[cfg(test)]
mod seams;
pub mod sound;
#[cfg(test)]
mod testing;
pub mod voice;

pub use error::MediaError;
pub use ffmpeg::Ffmpeg;
pub use mux::{Film, TimedText, mux};
pub use overlay::Overlay;
