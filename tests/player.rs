//! A made video in the player of a browser: headless Chromium plays it over its seams and jumps to each chapter.
//!
//! `LECTERN_CHROMIUM` names the browser; without it nothing is played, and `infra/lectern test` says so. The browser gets a page, the
//! video in the ranges it asks for, and gives back what it saw, all over one port of the loopback.

use super::{Local, sample, small};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

const PAGE: &str = include_str!("player.html");
/// How long the browser may take, its start included.
const PATIENCE: Duration = Duration::from_secs(90);
/// Seconds between two frames.
const FRAME: f64 = 1.0 / 30.0;
/// On a busy machine a browser leaves frames out; a gap in the video is longer than this.
const LONGEST_GAP: f64 = 0.2;

#[tokio::test]
async fn a_browser_plays_over_seams_without_a_gap_and_jumps_to_each_chapter() {
    let Some(browser) = browser() else { return };
    let local = Local::find();
    let id = local.upload("story.txt", sample("story.txt"), small()).await;
    let job = local.wait_for_end(&id).await;
    let seconds = |milliseconds: &Value| milliseconds.as_f64().expect("is a number") / 1000.0;
    let chapters: Vec<f64> = job["video"]["scene_starts_ms"].as_array().expect("scenes begin").iter().map(seconds).collect();
    assert_eq!(chapters.len(), 3, "{job}");

    let wanted = json!({ "chapters": chapters, "seams": chapters[1..] });
    let video = local.video(&id).await;
    let seen = tokio::task::spawn_blocking(move || play(&browser, video, &wanted)).await.expect("the browser answers");

    assert_eq!((&seen["width"], &seen["height"]), (&job["video"]["width"], &job["video"]["height"]), "{seen}");
    let duration = seen["duration"].as_f64().expect("the video has a length");
    assert!((duration - seconds(&job["video"]["duration_ms"])).abs() < 0.001, "{seen}");
    let jumps = seen["chapters"].as_array().expect("it jumps");
    assert_eq!(jumps.len(), chapters.len());
    for (jump, chapter) in jumps.iter().zip(&chapters) {
        let shown = jump["frame"].as_f64().expect("a frame is shown");
        // Milliseconds are cut off, so a time may lie just before the frame it means.
        assert!((shown - chapter).abs() <= FRAME + 0.001, "{jump}");
    }
    let seams = seen["seams"].as_array().expect("it plays");
    assert_eq!(seams.len(), chapters.len() - 1);
    seams.iter().for_each(check_seam);
}

/// Checks that frames and time went on over a seam as before and after it.
fn check_seam(seen: &Value) {
    let seam = seen["seam"].as_f64().expect("a seam has a time");
    let numbers = |name: &str| -> Vec<f64> { seen[name].as_array().into_iter().flatten().filter_map(Value::as_f64).collect() };
    let (frames, times) = (numbers("frames"), numbers("times"));
    assert_eq!(seen["troubles"], json!([]), "{seen}");
    assert!(times.is_sorted() && frames.is_sorted(), "{seen}");
    assert!(frames.first().is_some_and(|first| *first < seam) && frames.last().is_some_and(|last| *last > seam), "{seen}");
    let longest = frames.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    assert!(longest < LONGEST_GAP, "{longest} s between two frames: {seen}");
}

#[expect(clippy::disallowed_methods, reason = "the tests are told which browser there is")]
fn browser() -> Option<PathBuf> {
    std::env::var_os("LECTERN_CHROMIUM").map(PathBuf::from)
}

/// Lets the browser play a video as wished and gives back what it saw.
fn play(browser: &Path, video: Vec<u8>, wanted: &Value) -> Value {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let address = format!("http://{}/", listener.local_addr().expect("it is bound"));
    let (sender, seen) = channel();
    let shown = Arc::new(Shown { video, wanted: wanted.to_string(), over: OnceLock::new() });
    let serving = std::thread::spawn({
        let shown = shown.clone();
        move || serve(&listener, &shown, &sender)
    });
    let seen = wait_for(browser, &address, &seen);
    shown.over.set(()).expect("it ends once");
    // Wakes the server, so that it sees that it is over.
    drop(TcpStream::connect(address.trim_start_matches("http://").trim_end_matches('/')));
    serving.join().expect("it served to the end");
    seen
}

/// Starts the browser, waits for what it saw, and ends it.
fn wait_for(browser: &Path, address: &str, seen: &Receiver<Value>) -> Value {
    let folder = std::env::temp_dir().join(format!("lectern-player-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let _browser = Browser { process: start(browser, address, &folder), folder };
    let seen = seen.recv_timeout(PATIENCE).expect("the browser tells what it saw in time");
    assert!(seen.get("error").is_none(), "{seen}");
    seen
}

#[expect(clippy::disallowed_methods, reason = "this test is about a browser")]
fn start(browser: &Path, address: &str, folder: &Path) -> Child {
    Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--mute-audio"])
        .args(["--autoplay-policy=no-user-gesture-required", "--proxy-server=direct://"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(address)
        // Where it keeps the socket by which a second browser would find it.
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the browser starts")
}

/// A browser that ends, and forgets all, when this is dropped.
struct Browser {
    process: Child,
    /// All that it writes.
    folder: PathBuf,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its own children end soon after it, and write as long as they live.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let begun = Instant::now();
        while std::fs::remove_dir_all(&self.folder).is_err() && self.folder.exists() && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// What the browser is shown.
struct Shown {
    video: Vec<u8>,
    wanted: String,
    over: OnceLock<()>,
}

fn serve(listener: &TcpListener, shown: &Arc<Shown>, seen: &Sender<Value>) {
    for stream in listener.incoming().filter_map(Result::ok) {
        if shown.over.get().is_some() {
            return;
        }
        let (shown, seen) = (shown.clone(), seen.clone());
        // A browser that does not read on, because it has enough, is no failure.
        std::thread::spawn(move || answer(&stream, &shown, &seen));
    }
}

/// Answers one request.
fn answer(mut stream: &TcpStream, shown: &Shown, seen: &Sender<Value>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let (mut length, mut begin) = (0, 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "range" => {
                begin = value.trim_start_matches("bytes=").split('-').next().and_then(|from| from.parse().ok()).unwrap_or(0)
            }
            _ => {}
        }
    }
    let all = shown.video.len();
    let (status, kind, body) = match request.split(' ').nth(1).unwrap_or_default() {
        "/" => ("200 OK".to_owned(), "text/html", PAGE.as_bytes()),
        "/wanted" => ("200 OK".to_owned(), "application/json", shown.wanted.as_bytes()),
        "/video.mp4" => {
            let range = format!("206 Partial Content\r\nAccept-Ranges: bytes\r\nContent-Range: bytes {begin}-{}/{all}", all - 1);
            (range, "video/mp4", shown.video.get(begin..).unwrap_or_default())
        }
        "/seen" => {
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            // Nobody listens any more once the test has given up.
            let _ = seen.send(serde_json::from_slice(&body).unwrap_or(Value::Null));
            ("204 No Content".to_owned(), "text/plain", &[][..])
        }
        _ => ("404 Not Found".to_owned(), "text/plain", &[][..]),
    };
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}
