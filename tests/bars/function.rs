//! A small Lambda: one process of one function, called by the Runtime API
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>), started again after it was killed.

use crate::cloud::Cloud;
use crate::http::{Request, Server, reply};
use crate::wire::Wire;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// How long a function may work.
const DEADLINE: Duration = Duration::from_secs(60);

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// It was answered.
    Answered(Value),
    /// The function says that it failed: `{errorType, errorMessage}`.
    Failed(Value),
    /// The process ended without an answer.
    Died,
}

impl Outcome {
    pub(crate) fn answer(self) -> Value {
        match self {
            Self::Answered(value) => value,
            other => panic!("expected an answer, got {other:?}"),
        }
    }
}

pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) wire: Wire,
    /// Where its temporary files lie.
    pub(crate) folder: TempDir,
    settings: Vec<(String, String)>,
    program: std::path::PathBuf,
    process: Option<Process>,
}

struct Process {
    child: Child,
    calls: mpsc::UnboundedSender<Value>,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    _runtime: Server,
}

impl Function {
    /// A function on a wire of its own, set as in the template. `more` are settings beside those that every function has; `{wire}` in
    /// one is the address of the wire.
    pub(crate) async fn new(cloud: &Cloud, name: &'static str, more: &[(&'static str, &str)]) -> Self {
        let wire = Wire::new(cloud.endpoint()).await;
        let own = more.iter().map(|(name, value)| (*name, value.replace("{wire}", &wire.url())));
        let own = cloud.settings(&wire.url()).into_iter().chain(own).map(|(name, value)| (name.to_owned(), value));
        let settings = tests::resources::fixed_settings(name).into_iter().chain(own).collect();
        let folder = tempfile::tempdir().expect("a folder");
        Self { name, wire, folder, settings, program: cloud.program(name), process: None }
    }

    /// Calls the function once and kills its process after so long, if it still works.
    pub(crate) async fn call_killed_after(&mut self, payload: &Value, time: Duration) -> Outcome {
        if self.process.is_none() {
            self.process = Some(self.start().await);
        }
        let pid = self.pid().expect("it was started");
        let mut call = std::pin::pin!(self.call(payload));
        tokio::select! {
            outcome = &mut call => return outcome,
            () = tokio::time::sleep(time) => kill(pid),
        }
        call.await
    }

    /// Calls the function once.
    pub(crate) async fn call(&mut self, payload: &Value) -> Outcome {
        if self.process.is_none() {
            self.process = Some(self.start().await);
        }
        let process = self.process.as_mut().expect("it was started");
        process.calls.send(payload.clone()).expect("the runtime waits for calls");
        let outcome = tokio::select! {
            Some(outcome) = process.outcomes.recv() => outcome,
            _ = process.child.wait() => Outcome::Died,
            () = tokio::time::sleep(DEADLINE) => panic!("`{}` hangs", self.name),
        };
        if outcome == Outcome::Died {
            self.process = None;
            // The next one finds a new machine.
            for entry in fs::read_dir(self.folder.path()).expect("it is there").filter_map(Result::ok) {
                fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path())).expect("can be removed");
            }
        }
        outcome
    }

    /// The process, if it runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.as_ref().and_then(|process| process.child.id())
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> std::path::PathBuf {
        self.folder.path().with_extension("log")
    }

    #[expect(clippy::disallowed_methods, reason = "this is our Lambda, and Lambda starts processes")]
    async fn start(&self) -> Process {
        let (calls, waiting) = mpsc::unbounded_channel();
        let (ended, outcomes) = mpsc::unbounded_channel();
        let runtime = runtime(waiting, ended).await;
        let log = fs::File::options().create(true).append(true).open(self.log_path()).expect("a log can be written");
        let child = Command::new(&self.program)
            .env_clear()
            .envs(self.settings.iter().cloned())
            .env("TMPDIR", self.folder.path())
            .env("AWS_LAMBDA_RUNTIME_API", runtime.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", self.name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a handle can be copied"))
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("`{}`: {error}", self.program.display()));
        self.wire.watch(child.id().expect("it was just started"));
        Process { child, calls, outcomes, _runtime: runtime }
    }
}

/// Ends a process as the out-of-memory killer would.
pub(crate) fn kill(pid: u32) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process has an id");
    // It may just have ended by itself.
    let _ = kill_process(pid, Signal::KILL);
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.log_path());
    }
}

async fn runtime(waiting: mpsc::UnboundedReceiver<Value>, ended: mpsc::UnboundedSender<Outcome>) -> Server {
    let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
    let number = Arc::new(Mutex::new(0_u64));
    Server::start(move |request: Request| {
        let (waiting, ended, number) = (waiting.clone(), ended.clone(), number.clone());
        async move {
            let body = || serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            if request.path.ends_with("/invocation/next") {
                let payload = waiting.lock().await.recv().await?;
                let id = {
                    let mut number = number.lock().expect("nobody panicked");
                    *number += 1;
                    *number
                };
                let deadline = SystemTime::now() + DEADLINE;
                let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970").as_millis();
                let mut answer = reply(200, payload.to_string());
                let mut put = |name: &'static str, value: String| {
                    answer.headers_mut().insert(name, value.parse().expect("plain text"));
                };
                put("lambda-runtime-aws-request-id", format!("request-{id}"));
                put("lambda-runtime-deadline-ms", deadline.to_string());
                put("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:test".to_owned());
                return Some(answer);
            }
            let outcome = if request.path.ends_with("/response") { Outcome::Answered(body()) } else { Outcome::Failed(body()) };
            // Nobody waits any more where the test has ended.
            let _ = ended.send(outcome);
            Some(reply(202, json!({ "status": "OK" }).to_string()))
        }
    })
    .await
}
