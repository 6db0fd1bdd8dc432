//! Finds ffmpeg, says which version it is, and runs it within limits.

use crate::MediaError;
use crate::process::{ChildError, Finished, Limits, all_at_once, run_fed, run_limited, run_logged, run_streamed};
use ffmpeg_sidecar::command::FfmpegCommand;
use ffmpeg_sidecar::event::{FfmpegEvent, LogLevel};
use ffmpeg_sidecar::log_parser::FfmpegLogParser;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{OnceCell, mpsc};

/// Where ffmpeg is looked for when no setting says it: the layer first, then where systems put it.
const USUAL_PLACES: [&str; 4] = ["/opt/bin/ffmpeg", "/usr/local/bin/ffmpeg", "/usr/bin/ffmpeg", "/bin/ffmpeg"];

/// An ffmpeg that was found.
#[derive(Debug, Clone)]
pub struct Ffmpeg {
    program: PathBuf,
    version: OnceCell<String>,
}

impl Ffmpeg {
    /// Finds ffmpeg where the setting says, else in the layer, else in the usual places. It is not run yet, so this costs
    /// nothing at a cold start.
    ///
    /// # Errors
    /// [`MediaError::NotFound`] if there is none.
    pub fn locate(setting: Option<&Path>) -> Result<Self, MediaError> {
        let program = match setting {
            Some(path) => path.to_owned(),
            None => USUAL_PLACES.iter().map(PathBuf::from).find(|path| path.is_file()).ok_or(MediaError::NotFound)?,
        };
        Ok(Self { program, version: OnceCell::new() })
    }

    /// The version as ffmpeg names it, such as `n9.0.2`. Part of the address of everything it makes. Asked once.
    ///
    /// # Errors
    /// [`MediaError::NotFound`] if the program names no version; [`MediaError::Child`] if it does not run.
    pub async fn version(&self) -> Result<&str, MediaError> {
        Ok(self.version.get_or_try_init(|| self.ask_version()).await?)
    }

    async fn ask_version(&self) -> Result<String, MediaError> {
        let limits = limits(Duration::from_secs(10), 1 << 20);
        let said = run_limited(&self.program, &["-version".into()], Vec::new(), &limits).await?;
        let version = events(&said).find_map(|event| match event {
            FfmpegEvent::ParsedVersion(parsed) => Some(parsed.version),
            _ => None,
        });
        version.ok_or(MediaError::NotFound)
    }

    /// What tells the work of one ffmpeg from another's: its version and how we call it, where `calls` names our settings.
    pub(crate) async fn identity(&self, calls: &str) -> Result<String, MediaError> {
        Ok(format!("{calls} ffmpeg {}", self.version().await?))
    }

    /// A command with what every call has in common: no terminal, no banner, and only files and pipes to read from.
    pub(crate) fn command(&self) -> FfmpegCommand {
        let mut command = FfmpegCommand::new_with_path(&self.program);
        command.args(["-nostdin", "-nostats", "-protocol_whitelist", "file,pipe"]).hide_banner();
        command
    }

    /// As [`Self::run`], but hands standard output on piece by piece and gives back the complaints alone.
    pub(crate) async fn run_streamed(
        &self,
        command: &FfmpegCommand,
        input: Vec<u8>,
        limits: &Limits,
        take: &mut (dyn FnMut(&[u8]) + Send),
    ) -> Result<Vec<String>, MediaError> {
        let arguments: Vec<OsString> = command.get_args().map(OsString::from).collect();
        let log = run_streamed(&self.program, &arguments, all_at_once(input), limits, take).await.map_err(failed)?;
        Ok(complaints(&log))
    }

    /// Runs a command to its end and gives back its standard output. The command reads `input` from its standard input.
    pub(crate) async fn run(&self, command: &FfmpegCommand, input: Vec<u8>, limits: &Limits) -> Result<Report, MediaError> {
        let arguments: Vec<OsString> = command.get_args().map(OsString::from).collect();
        let Finished { output, log } = run_logged(&self.program, &arguments, input, limits).await.map_err(failed)?;
        Ok(Report { output, complaints: complaints(&log) })
    }

    /// As [`Self::run`], with an input that is still being made: piece by piece, until its sender is dropped.
    pub(crate) async fn run_fed(
        &self,
        command: &FfmpegCommand,
        input: mpsc::Receiver<Vec<u8>>,
        limits: &Limits,
    ) -> Result<Report, MediaError> {
        let arguments: Vec<OsString> = command.get_args().map(OsString::from).collect();
        let Finished { output, log } = run_fed(&self.program, &arguments, input, limits).await.map_err(failed)?;
        Ok(Report { output, complaints: complaints(&log) })
    }
}

fn failed(error: ChildError) -> MediaError {
    match error {
        ChildError::Failed { status, log, .. } => {
            MediaError::Ffmpeg { status, complaints: complaints(log.as_bytes()).join("; ") }
        }
        error => error.into(),
    }
}

/// What a command that ended well gave back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    /// Its standard output.
    pub(crate) output: Vec<u8>,
    /// Its warnings and errors, in order. Its other messages, which repeat titles and file names, are left out.
    pub(crate) complaints: Vec<String>,
}

/// Limits for one call: so long, and so much output.
pub(crate) fn limits(wall: Duration, output_bytes: usize) -> Limits {
    // Address space, not memory in use: the local build alone maps 0.5 GB.
    Limits { wall, cpu_seconds: wall.as_secs() * 2, memory_bytes: 4 << 30, output_bytes }
}

fn complaints(log: &[u8]) -> Vec<String> {
    let complaint = |event| match event {
        FfmpegEvent::Log(LogLevel::Warning | LogLevel::Error | LogLevel::Fatal, line) | FfmpegEvent::Error(line) => Some(line),
        _ => None,
    };
    events(log).filter_map(complaint).collect()
}

/// What ffmpeg said, line by line. Lines that the parser does not understand are left out.
fn events(log: &[u8]) -> impl Iterator<Item = FfmpegEvent> {
    let mut parser = FfmpegLogParser::new(log);
    std::iter::from_fn(move || match parser.parse_next_event() {
        Ok(FfmpegEvent::LogEOF) => None,
        Ok(event) => Some(Some(event)),
        Err(_) => Some(None),
    })
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ffmpeg;

    #[tokio::test]
    async fn the_version_is_known() {
        let ffmpeg = ffmpeg();
        let version = ffmpeg.version().await.expect("runs");
        assert!(version.chars().any(|c| c.is_ascii_digit()), "{version}");
    }

    #[tokio::test]
    async fn what_is_not_ffmpeg_is_not_taken_for_it() {
        let error = Ffmpeg::locate(Some(Path::new("/bin/true"))).expect("a path").version().await.expect_err("says no version");
        assert!(matches!(error, MediaError::NotFound), "{error}");
    }

    #[tokio::test]
    async fn every_call_is_quiet_and_local() {
        let command = ffmpeg().command();
        let arguments: Vec<_> = command.get_args().filter_map(|argument| argument.to_str()).collect();
        for expected in ["-nostdin", "-hide_banner"] {
            assert!(arguments.contains(&expected), "{arguments:?}");
        }
        assert!(arguments.windows(2).any(|pair| pair == ["-protocol_whitelist", "file,pipe"]), "{arguments:?}");
    }

    #[tokio::test]
    async fn a_failure_tells_what_ffmpeg_complained_about() {
        let ffmpeg = ffmpeg();
        let mut command = ffmpeg.command();
        command.format("aac").input("pipe:0").codec_audio("pcm_f32le").format("f32le").output("pipe:1");
        let error = ffmpeg
            .run(&command, b"this is not sound".repeat(100), &limits(Duration::from_secs(10), 1 << 20))
            .await
            .expect_err("not AAC");
        assert!(matches!(&error, MediaError::Ffmpeg { complaints, .. } if complaints.contains("[error]")), "{error}");
    }
}
