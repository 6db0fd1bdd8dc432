//! Objects in S3: what we derive, what users upload, and addresses that can be given to a browser.
//!
//! A missing object is only told from a forbidden one where the role may list the bucket (`s3:ListBucket`); without it S3
//! answers 403 to both.

mod assets;
mod disposition;
mod housekeeping;
mod links;
mod policy;
mod uploads;

pub use assets::Assets;
pub use links::Links;
pub use uploads::Uploads;

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use domain::ports::PortError;
use jiff::Timestamp;
use std::time::Duration;

const SERVICE: &str = "S3";

/// How long the body of an object may take to arrive.
const BODY: Duration = Duration::from_secs(60);

async fn read_body(body: ByteStream, what: &str) -> Result<Vec<u8>, PortError> {
    let collected = tokio::time::timeout(BODY, body.collect()).await.map_err(|_| broken("the body took too long", what))?;
    Ok(collected.map_err(|error| broken(&error.to_string(), what))?.to_vec())
}

/// Reads at most so many bytes; a server may send more than the range that it was asked for.
async fn read_start(mut body: ByteStream, bytes: u32, what: &str) -> Result<Vec<u8>, PortError> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let mut start = Vec::new();
    while start.len() < bytes {
        let chunk = tokio::time::timeout(BODY, body.next()).await.map_err(|_| broken("the body took too long", what))?;
        match chunk {
            None => break,
            Some(chunk) => start.extend_from_slice(&chunk.map_err(|error| broken(&error.to_string(), what))?),
        }
    }
    start.truncate(bytes);
    Ok(start)
}

fn timestamp(date: &DateTime) -> Option<Timestamp> {
    Timestamp::from_nanosecond(date.as_nanos()).ok()
}

fn broken(message: &str, what: &str) -> PortError {
    PortError::Unavailable { service: SERVICE, message: format!("{message} ({what})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_sends_too_much_is_cut_off() {
        let body = ByteStream::from_static(b"0123456789");
        assert_eq!(read_start(body, 4, "x").await.expect("it is read"), b"0123");
        assert_eq!(read_start(ByteStream::from_static(b"01"), 4, "x").await.expect("it is read"), b"01");
    }
}
