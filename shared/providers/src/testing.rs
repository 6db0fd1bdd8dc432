//! For tests: servers that play vendors, well and badly, and what every adapter must stand.

use crate::settings::ProviderSettings;
use boon::{Compiler, Schemas};
use domain::ports::{PortError, RequestSigner};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::LevelFilter;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A key that must be seen nowhere but in its header.
pub(crate) const KEY: &str = "sk-never-to-be-seen";

/// A signer whose signatures tests can read.
pub(crate) fn signer() -> Arc<dyn RequestSigner> {
    Arc::new(fakes::SeenSigner)
}

/// Settings as an operator writes them, for a server at an address.
pub(crate) fn settings(written: &Value, base_url: &str) -> ProviderSettings {
    let mut settings: ProviderSettings = serde_json::from_value(written.clone()).expect("settings");
    settings.base_url = Some(base_url.to_owned());
    settings.timeout_s = Some(1);
    settings
}

/// Says what in a request is not as a contract has it, if anything.
pub(crate) fn breach(contract: &str, body: &Value) -> Option<String> {
    let schema: Value = serde_json::from_str(contract).expect("contracts are JSON");
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("contract.json", schema).expect("it is a schema");
    let index = compiler.compile("contract.json", &mut schemas).expect("it is a schema");
    schemas.validate(body, index).err().map(|error| error.to_string())
}

/// How a server fails beneath HTTP, or in a way HTTP does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Badness {
    /// It takes the question and closes the connection.
    Closes,
    /// It takes the question and never says a word.
    KeepsSilent,
    /// It stops in the middle of an answer whose length it gave.
    BreaksOff,
    /// It sends one byte after another and never ends.
    Drips,
}

impl Badness {
    const ALL: [Self; 4] = [Self::Closes, Self::KeepsSilent, Self::BreaksOff, Self::Drips];
}

/// A server that fails, and counts how often it is asked.
pub(crate) struct BadServer {
    uri: String,
    asked: Arc<AtomicU32>,
    was_left: Arc<AtomicBool>,
}

impl BadServer {
    /// Starts one on a free port of this machine. It ends with the test.
    pub(crate) fn start(badness: Badness) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let uri = format!("http://{}", listener.local_addr().expect("it has an address"));
        let (asked, was_left) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let server = Self { uri, asked: Arc::clone(&asked), was_left: Arc::clone(&was_left) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                asked.fetch_add(1, Ordering::SeqCst);
                let was_left = Arc::clone(&was_left);
                std::thread::spawn(move || fail(stream, badness, &was_left));
            }
        });
        server
    }
}

fn fail(mut stream: TcpStream, badness: Badness, was_left: &AtomicBool) {
    let mut question = [0; 64 * 1024];
    let _ = stream.read(&mut question).is_ok();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    match badness {
        Badness::Closes => {}
        Badness::KeepsSilent => while stream.read(&mut question).is_ok_and(|count| count > 0) {},
        Badness::BreaksOff => {
            let _ = stream.write_all(format!("{head}content-length: 1000\r\n\r\n{{\"choices\":").as_bytes()).is_ok();
        }
        Badness::Drips => {
            let _ = stream.write_all(format!("{head}content-length: 1000000\r\n\r\n").as_bytes()).is_ok();
            while stream.write_all(b" ").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    was_left.store(true, Ordering::SeqCst);
}

/// Lets a call meet every fault a server may have, and checks that each ends in our words, within its time, after one question, with
/// neither key nor content in the message. `call` is given the address of the server. Where nothing came back the failure is of the
/// kind `nothing`.
pub(crate) async fn check_faults(name: &str, nothing: &str, call: impl AsyncFn(String) -> Result<(), PortError>) {
    for (status, expected) in [
        (400, "misused"),
        (401, "misused"),
        (402, "misused"),
        (403, "misused"),
        (404, "misused"),
        (413, "misused"),
        (422, "misused"),
        (302, "misused"),
        (408, nothing),
        (429, "throttled"),
        (500, nothing),
        (502, nothing),
        (503, nothing),
        (504, nothing),
        (529, nothing),
    ] {
        let prose = json!({"error": {"message": "prose of the vendor"}, "detail": "prose of the vendor"});
        check_answer(name, &call, ResponseTemplate::new(status).set_body_json(prose), expected).await;
    }
    let ok = |body: &str, media_type: &str| ResponseTemplate::new(200).set_body_raw(body.as_bytes(), media_type);
    for answer in [
        ok("", "application/json"),
        ok("{}", "application/json"),
        ok("[", "application/json"),
        ok("<html>sorry, prose of the vendor</html>", "text/html"),
        ok("<html>sorry, prose of the vendor</html>", "audio/wav"),
        ok("\u{0}\u{1}\u{2}", "image/png"),
    ] {
        check_answer(name, &call, answer, "unusable").await;
    }
    for badness in Badness::ALL {
        let server = BadServer::start(badness);
        let error = call(server.uri.clone()).await.expect_err("it fails");
        let expected = if matches!(badness, Badness::Closes | Badness::KeepsSilent) { nothing } else { "unusable" };
        assert_eq!((kind(&error), server.asked.load(Ordering::SeqCst)), (expected, 1), "{name} {badness:?}: {error}");
    }
}

async fn check_answer(
    name: &str,
    call: &impl AsyncFn(String) -> Result<(), PortError>,
    answer: ResponseTemplate,
    expected: &str,
) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let error = call(server.uri()).await.expect_err("it fails");
    let asked = server.received_requests().await.expect("they are recorded").len();
    assert_eq!((kind(&error), asked), (expected, 1), "{name}: {error}");
    let said = format!("{error} {error:?}");
    assert!(!said.contains(KEY) && !said.contains("prose"), "{name}: {said}");
}

/// Drops a call while the server thinks, and checks that the connection is closed and nothing is asked again.
pub(crate) async fn check_cancelled(name: &str, call: impl AsyncFn(String) -> Result<(), PortError>) {
    let server = BadServer::start(Badness::KeepsSilent);
    let cancelled = tokio::time::timeout(Duration::from_millis(200), call(server.uri.clone())).await;
    assert!(cancelled.is_err(), "{name}");
    for _ in 0..100 {
        if server.was_left.load(Ordering::SeqCst) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(server.was_left.load(Ordering::SeqCst), "{name}: the connection stays open");
    assert_eq!(server.asked.load(Ordering::SeqCst), 1, "{name}");
}

fn kind(error: &PortError) -> &'static str {
    match error {
        PortError::Unavailable { .. } => "away",
        PortError::Unusable { .. } => "unusable",
        PortError::Throttled { .. } => "throttled",
        PortError::Misused { .. } => "misused",
        PortError::Rejected { .. } => "rejected",
        _ => "other",
    }
}

/// What is logged from now on in this thread, down to the last detail of every library.
pub(crate) fn listen_to_logs() -> (Log, DefaultGuard) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone()).finish();
    (log, tracing::subscriber::set_default(subscriber))
}

/// Lines that were logged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nobody panicked")).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
