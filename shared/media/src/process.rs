//! Runs a program that may misbehave: in its own process group, with limits on time, memory and output, and with an empty
//! environment.
//!
//! ```no_run
//! # async fn example() -> Result<(), media::process::ChildError> {
//! use media::process::{Limits, run_limited};
//! use std::{path::Path, time::Duration};
//!
//! let limits = Limits { wall: Duration::from_secs(5), cpu_seconds: 5, memory_bytes: 1 << 28, output_bytes: 1 << 20 };
//! let answer = run_limited(Path::new("/bin/cat"), &[], b"hello".to_vec(), &limits).await?;
//! assert_eq!(answer, b"hello");
//! # Ok(())
//! # }
//! ```

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process_group, prlimit};
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;

/// How much of what a program writes to its standard error is kept: the end of it, for messages and measurements.
const LOG_TAIL_BYTES: usize = 64 * 1024;

/// How much of a program's output is read at once: what a pipe of Linux holds.
const PIECE_BYTES: usize = 64 * 1024;

/// How much of the log goes into an error message.
const MESSAGE_TAIL_BYTES: usize = 2 * 1024;

/// What a program may use up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Time until it is killed.
    pub wall: Duration,
    /// Processor time, all its threads together.
    pub cpu_seconds: u64,
    /// Address space (`RLIMIT_AS`).
    pub memory_bytes: u64,
    /// The most it may write to its standard output.
    pub output_bytes: usize,
}

/// Why a program did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It could not be started, or not be spoken to.
    #[error("`{program}` cannot be run")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It ran longer than it may.
    #[error("`{program}` was killed after {limit:?}")]
    TimedOut {
        /// The program.
        program: String,
        /// How long it might run.
        limit: Duration,
    },
    /// A signal ended it: its own crash, the limit on processor time, or the kernel.
    #[error("`{program}` was ended by signal {signal}")]
    Killed {
        /// The program.
        program: String,
        /// The number of the signal.
        signal: i32,
    },
    /// It wrote more than it may, and was killed.
    #[error("`{program}` wrote more than {limit} bytes")]
    OutputTooLarge {
        /// The program.
        program: String,
        /// How much it might write.
        limit: usize,
    },
    /// It said itself that it failed.
    #[error("`{program}` failed with status {status}: {log}")]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: i32,
        /// The end of its log. May repeat what it was given, so it belongs into our log and not into a job's record.
        log: String,
    },
}

/// What a program left behind that ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finished {
    /// Its standard output, whole.
    pub(crate) output: Vec<u8>,
    /// The last 64 KiB of its standard error.
    pub(crate) log: Vec<u8>,
}

/// Runs a program to its end and gives back what it wrote to its standard output.
///
/// The program is killed with everything it started when it exceeds a limit or when the returned future is dropped. The
/// limits are set before it receives its first byte of input, so a program that reads its input first never works without them.
pub async fn run_limited(program: &Path, arguments: &[OsString], stdin: Vec<u8>, limits: &Limits) -> Result<Vec<u8>, ChildError> {
    Ok(run_logged(program, arguments, stdin, limits).await?.output)
}

/// As [`run_limited`], with the log as well.
pub(crate) async fn run_logged(
    program: &Path,
    arguments: &[OsString],
    stdin: Vec<u8>,
    limits: &Limits,
) -> Result<Finished, ChildError> {
    run_fed(program, arguments, all_at_once(stdin), limits).await
}

/// An input that is there already.
pub(crate) fn all_at_once(stdin: Vec<u8>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, input) = mpsc::channel(1);
    sender.try_send(stdin).expect("a new channel has room");
    input
}

/// As [`run_logged`], with an input that is still being made: piece by piece, until its sender is dropped. Sending fails once the
/// program reads no more.
pub(crate) async fn run_fed(
    program: &Path,
    arguments: &[OsString],
    input: mpsc::Receiver<Vec<u8>>,
    limits: &Limits,
) -> Result<Finished, ChildError> {
    let mut output = Vec::new();
    let log = run_streamed(program, arguments, input, limits, &mut |piece| output.extend_from_slice(piece)).await?;
    Ok(Finished { output, log })
}

/// As [`run_fed`], but what the program writes to its standard output is handed on piece by piece and kept by nobody. Gives the
/// last 64 KiB of its standard error.
pub(crate) async fn run_streamed(
    program: &Path,
    arguments: &[OsString],
    input: mpsc::Receiver<Vec<u8>>,
    limits: &Limits,
    take: &mut (dyn FnMut(&[u8]) + Send),
) -> Result<Vec<u8>, ChildError> {
    let name = program.display().to_string();
    let start_error = |source| ChildError::Start { program: name.clone(), source };

    let mut child = start(program, arguments).map_err(start_error)?;
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("a child that was not waited for has an id");
    // Behind `child`, so dropped before it: the group is ended while its leader's id cannot have been given away.
    let group = Group(Some(pid));
    set_limits(pid, limits).map_err(start_error)?;

    match tokio::time::timeout(limits.wall, converse(&mut child, input, limits.output_bytes, take)).await {
        Err(_) => Err(ChildError::TimedOut { program: name, limit: limits.wall }),
        Ok(Err(Interruption::Io(source))) => Err(ChildError::Start { program: name, source }),
        Ok(Err(Interruption::TooLarge)) => Err(ChildError::OutputTooLarge { program: name, limit: limits.output_bytes }),
        Ok(Ok((status, log))) => {
            group.has_ended();
            judge(name, status, log)
        }
    }
}

/// The only variable of a child: its allocator gives blocks of 1 MB and more, such as frames, back to the system as soon as they are
/// free. Otherwise it keeps what it has once used, at 1080p 15 MB in ffmpeg (glibc's manual, "Memory Allocation Tunables").
const RETURNS_BLOCKS: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "1048576");

#[expect(clippy::disallowed_methods, reason = "this is the one place where processes are started")]
fn start(program: &Path, arguments: &[OsString]) -> io::Result<Child> {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .envs([RETURNS_BLOCKS])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

fn set_limits(pid: Pid, limits: &Limits) -> io::Result<()> {
    for (resource, value) in [(Resource::As, limits.memory_bytes), (Resource::Cpu, limits.cpu_seconds), (Resource::Core, 0)] {
        let inherited = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let value = Some(value.min(inherited));
        match prlimit(Some(pid), resource, Rlimit { current: value, maximum: value }) {
            // It ended before it could be limited.
            Ok(_) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// A process group that is killed when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn has_ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0
            && let Err(error) = kill_process_group(pid, Signal::KILL)
            && error != rustix::io::Errno::SRCH
        {
            tracing::warn!(%error, "a process group could not be killed");
        }
    }
}

enum Interruption {
    Io(io::Error),
    TooLarge,
}

impl From<io::Error> for Interruption {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

async fn converse(
    child: &mut Child,
    input: mpsc::Receiver<Vec<u8>>,
    output_bytes: usize,
    take: &mut (dyn FnMut(&[u8]) + Send),
) -> Result<(ExitStatus, Vec<u8>), Interruption> {
    let stdin = child.stdin.take().expect("asked for at the start");
    let stdout = child.stdout.take().expect("asked for at the start");
    let stderr = child.stderr.take().expect("asked for at the start");
    let ((), (), log) = tokio::try_join!(send(stdin, input), hand_on(stdout, output_bytes, take), read_tail(stderr))?;
    let status = child.wait().await?;
    Ok((status, log))
}

async fn send(mut stdin: ChildStdin, mut input: mpsc::Receiver<Vec<u8>>) -> Result<(), Interruption> {
    while let Some(piece) = input.recv().await {
        match stdin.write_all(&piece).await {
            Ok(()) => {}
            // It has read as much as it wants.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn hand_on(
    mut stream: impl AsyncRead + Unpin,
    limit: usize,
    take: &mut (dyn FnMut(&[u8]) + Send),
) -> Result<(), Interruption> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut left = limit;
    loop {
        match stream.read(&mut piece).await? {
            0 => return Ok(()),
            read if read > left => return Err(Interruption::TooLarge),
            read => {
                take(&piece[..read]);
                left -= read;
            }
        }
    }
}

async fn read_tail(mut stream: impl AsyncRead + Unpin) -> Result<Vec<u8>, Interruption> {
    let mut tail = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        match stream.read(&mut chunk).await? {
            0 => return Ok(tail),
            read => tail.extend_from_slice(&chunk[..read]),
        }
        let surplus = tail.len().saturating_sub(LOG_TAIL_BYTES);
        tail.drain(..surplus);
    }
}

/// The log of a program that ended well.
fn judge(program: String, status: ExitStatus, log: Vec<u8>) -> Result<Vec<u8>, ChildError> {
    if let Some(signal) = status.signal() {
        return Err(ChildError::Killed { program, signal });
    }
    match status.code() {
        Some(0) => Ok(log),
        code => {
            let log = &log[log.len().saturating_sub(MESSAGE_TAIL_BYTES)..];
            let log = String::from_utf8_lossy(log).trim().to_owned();
            Err(ChildError::Failed { program, status: code.unwrap_or(-1), log })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn limits() -> Limits {
        Limits { wall: Duration::from_secs(120), cpu_seconds: 120, memory_bytes: 1 << 30, output_bytes: 1 << 20 }
    }

    async fn shell(script: &str, stdin: Vec<u8>, limits: &Limits) -> Result<Finished, ChildError> {
        run_logged(Path::new("/bin/sh"), &["-c".into(), script.into()], stdin, limits).await
    }

    #[tokio::test]
    async fn a_program_gives_back_what_it_wrote() {
        let finished = shell("cat; echo aside >&2", b"whole".to_vec(), &limits()).await.expect("ends well");
        assert_eq!(finished, Finished { output: b"whole".to_vec(), log: b"aside\n".to_vec() });
    }

    #[tokio::test]
    async fn input_and_output_larger_than_a_pipe_do_not_block_each_other() {
        let sent = vec![7; 900_000];
        let output = run_limited(Path::new("/bin/cat"), &[], sent.clone(), &limits()).await.expect("ends well");
        assert_eq!(output, sent);
    }

    #[tokio::test]
    async fn a_program_may_leave_its_input_unread() {
        let output = shell("exec echo done", vec![0; 900_000], &limits()).await.expect("ends well").output;
        assert_eq!(output, b"done\n");
    }

    #[tokio::test]
    async fn input_may_come_piece_by_piece() {
        let (sender, input) = mpsc::channel(1);
        let feed = async move {
            for piece in [b"one ".to_vec(), b"two ".to_vec(), b"three".to_vec()] {
                sender.send(piece).await.expect("is read");
            }
        };
        let limits = limits();
        let (finished, ()) = tokio::join!(run_fed(Path::new("/bin/cat"), &[], input, &limits), feed);
        assert_eq!(finished.expect("ends well").output, b"one two three");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let error = run_limited(Path::new("/nowhere/program"), &[], Vec::new(), &limits()).await.expect_err("cannot start");
        assert!(matches!(&error, ChildError::Start { program, .. } if program == "/nowhere/program"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_killed_with_all_it_started() {
        let begin = Instant::now();
        let error = shell("sleep 60 & sleep 60", Vec::new(), &Limits { wall: Duration::from_millis(200), ..limits() })
            .await
            .expect_err("takes too long");
        assert!(matches!(error, ChildError::TimedOut { .. }), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(30));
    }

    #[tokio::test]
    async fn a_program_that_will_not_end_is_killed_at_its_deadline_with_its_children() {
        let folder = tempfile::tempdir().expect("a folder");
        let pids = folder.path().join("pids");
        let script = format!("trap '' TERM INT HUP; (trap '' TERM INT HUP; sleep 60) & echo $$ $! > '{}'; wait", pids.display());
        let error =
            shell(&script, Vec::new(), &Limits { wall: Duration::from_millis(500), ..limits() }).await.expect_err("it stays");
        assert!(matches!(error, ChildError::TimedOut { .. }), "{error}");
        let pids = std::fs::read_to_string(pids).expect("it had begun");
        let is_alive = |pid: &&str| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            !status.is_empty() && !status.contains("State:\tZ")
        };
        let begin = Instant::now();
        while pids.split_whitespace().any(|pid| is_alive(&pid)) {
            assert!(begin.elapsed() < Duration::from_secs(5), "one of {pids} lives on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn a_program_does_not_outlive_the_one_who_waits_for_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let sign = folder.path().join("sign");
        let script = format!("(sleep 0.6; echo late > '{}') & wait", sign.display());
        let limits = limits();
        let run = shell(&script, Vec::new(), &limits);
        assert!(tokio::time::timeout(Duration::from_millis(100), run).await.is_err());
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert!(!sign.exists());
    }

    #[tokio::test]
    async fn endless_output_is_cut_short() {
        let error = shell("yes", Vec::new(), &Limits { output_bytes: 1000, ..limits() }).await.expect_err("too large");
        assert!(matches!(error, ChildError::OutputTooLarge { limit: 1000, .. }), "{error}");
    }

    #[tokio::test]
    async fn an_endless_log_is_cut_to_its_end() {
        let finished = shell("yes noise | head -c 200000 >&2; echo last >&2", Vec::new(), &limits()).await.expect("ends well");
        assert_eq!(finished.log.len(), LOG_TAIL_BYTES);
        assert!(finished.log.ends_with(b"last\n"));
    }

    #[tokio::test]
    async fn processor_time_is_limited() {
        let error = shell("read go; while :; do :; done", b"go\n".to_vec(), &Limits { cpu_seconds: 1, ..limits() })
            .await
            .expect_err("computes too long");
        assert!(matches!(error, ChildError::Killed { .. }), "{error}");
    }

    #[tokio::test]
    async fn memory_is_limited_before_the_input_arrives() {
        let limited = shell("read go; ulimit -v; ulimit -c", b"go\n".to_vec(), &limits()).await.expect("ends well").output;
        assert_eq!(String::from_utf8(limited).expect("digits"), format!("{}\n0\n", (1 << 30) / 1024));
    }

    #[tokio::test]
    async fn a_failure_carries_its_status_and_the_end_of_the_log() {
        let error = shell("echo reason >&2; exit 3", Vec::new(), &limits()).await.expect_err("fails");
        assert!(matches!(&error, ChildError::Failed { status: 3, log, .. } if log == "reason"), "{error}");
    }

    #[tokio::test]
    async fn a_crash_is_told_by_its_signal() {
        let error = shell("kill -SEGV $$", Vec::new(), &limits()).await.expect_err("crashes");
        assert!(matches!(error, ChildError::Killed { signal: 11, .. }), "{error}");
    }

    #[tokio::test]
    async fn our_environment_stays_ours() {
        let output = run_limited(Path::new("/usr/bin/env"), &[], Vec::new(), &limits()).await.expect("ends well");
        assert_eq!(output, b"MALLOC_MMAP_THRESHOLD_=1048576\n");
    }
}
