//! A server of one function that answers well or badly, down to single bytes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What was asked.
#[derive(Debug)]
pub struct Question {
    /// The path with its query.
    pub path: String,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// How it is answered.
#[derive(Debug)]
pub enum Reply {
    /// Whole.
    Answer(Answer),
    /// Up to so many bytes of the body, of which the head promises more.
    BreaksOff(Answer, usize),
    /// One byte of the body after the other, a second apart.
    Drips(Answer),
    /// The connection is closed without a word.
    HangsUp,
    /// Nobody ever says a word.
    Silence,
}

/// An answer as HTTP has it.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, without those of the connection.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer of one media type.
    pub fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type", media_type.to_owned())], body: body.into() }
    }

    /// The answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: u32) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} -\r\nconnection: close\r\ncontent-length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head + "\r\n"
    }
}

/// A server, until it is dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts one on a free port of this machine.
    pub async fn start(answer: impl Fn(&Question) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let answer = Arc::new(answer);
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move { serve(connection, answer.as_ref()).await });
            }
        });
        Self { url, task }
    }

    /// Its address, without a path.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// An address at which nobody listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    format!("http://{}", listener.local_addr().expect("it is bound"))
}

/// Answers one question. Whoever asks may hang up at any time.
async fn serve(mut connection: TcpStream, answer: &(impl Fn(&Question) -> Reply + Sync)) {
    let Some(question) = read(&mut connection).await else { return };
    let (answer, bytes) = match answer(&question) {
        Reply::HangsUp => return,
        Reply::Silence => {
            // Until the other side hangs up.
            let _ = connection.read(&mut [0]).await;
            return;
        }
        Reply::Answer(answer) => {
            let bytes = answer.body.len();
            (answer, bytes)
        }
        Reply::BreaksOff(answer, bytes) => (answer, bytes),
        Reply::Drips(answer) => {
            if connection.write_all(answer.head().as_bytes()).await.is_ok() {
                for byte in &answer.body {
                    if connection.write_all(&[*byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
            return;
        }
    };
    if connection.write_all(answer.head().as_bytes()).await.is_ok() {
        let _ = connection.write_all(&answer.body[..bytes]).await;
        let _ = connection.shutdown().await;
    }
}

async fn read(connection: &mut TcpStream) -> Option<Question> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if connection.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        if connection.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Question { path, headers, body })
}
