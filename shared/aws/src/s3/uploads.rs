//! What users upload, read only. Every read names the version it means, where there is one.

use super::{SERVICE, read_body, read_start, timestamp};
use crate::error::port_error;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::ObjectVersion;
use domain::ports::{Peek, PortError, UploadStore};
use domain::{Source, UploadedObject};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The only prefix that notifies.
const INBOX: &str = "inbox/";

/// The uploads bucket.
#[derive(Debug, Clone)]
pub struct Uploads {
    client: Client,
    bucket: String,
}

impl Uploads {
    pub(crate) fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    async fn peek_at_nothing(&self, key: &str, version: Option<&str>) -> Result<Peek, PortError> {
        let head = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key)
            .set_version_id(version.map(str::to_owned))
            .send()
            .await
            .map_err(|error| port_error(SERVICE, &what(key), &error))?;
        Ok(Peek { start: Vec::new(), size: unsigned(head.content_length), metadata: sorted(head.metadata) })
    }
}

impl UploadStore for Uploads {
    async fn read(&self, source: &Source) -> Result<Vec<u8>, PortError> {
        let object = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&source.key)
            .set_version_id(source.version.clone())
            .send()
            .await
            .map_err(|error| port_error(SERVICE, &what(&source.key), &error))?;
        read_body(object.body, &what(&source.key)).await
    }

    async fn peek(&self, key: &str, version: Option<&str>, bytes: u32) -> Result<Peek, PortError> {
        let Some(last) = bytes.checked_sub(1) else {
            return self.peek_at_nothing(key, version).await;
        };
        let answer = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .set_version_id(version.map(str::to_owned))
            .range(format!("bytes=0-{last}"))
            .send()
            .await;
        let object = match answer {
            Ok(object) => object,
            // An empty object has no first byte.
            Err(error) if error.raw_response().is_some_and(|raw| raw.status().as_u16() == 416) => {
                return self.peek_at_nothing(key, version).await;
            }
            Err(error) => return Err(port_error(SERVICE, &what(key), &error)),
        };
        let size = object.content_range.as_deref().and_then(whole_size).unwrap_or(unsigned(object.content_length));
        let metadata = sorted(object.metadata);
        Ok(Peek { start: read_start(object.body, last + 1, &what(key)).await?, size, metadata })
    }

    async fn list_between(&self, from: Timestamp, to: Timestamp) -> Result<Vec<UploadedObject>, PortError> {
        let mut found = Vec::new();
        let (mut next_key, mut next_version) = (None, None);
        loop {
            let page = self
                .client
                .list_object_versions()
                .bucket(&self.bucket)
                .prefix(INBOX)
                .set_key_marker(next_key)
                .set_version_id_marker(next_version)
                .send()
                .await
                .map_err(|error| port_error(SERVICE, "list of uploads", &error))?;
            let versions = page.versions.unwrap_or_default();
            found.extend(versions.into_iter().filter(|version| written_between(version, from, to)).filter_map(uploaded));
            if page.is_truncated != Some(true) {
                return Ok(found);
            }
            (next_key, next_version) = (page.next_key_marker, page.next_version_id_marker);
        }
    }
}

fn what(key: &str) -> String {
    format!("upload `{key}`")
}

fn unsigned(length: Option<i64>) -> u64 {
    length.and_then(|length| u64::try_from(length).ok()).unwrap_or(0)
}

fn sorted(metadata: Option<std::collections::HashMap<String, String>>) -> BTreeMap<String, String> {
    metadata.unwrap_or_default().into_iter().collect()
}

/// The size behind the slash of `bytes 0-99/1234` (RFC 9110, 14.4).
fn whole_size(content_range: &str) -> Option<u64> {
    content_range.rsplit_once('/')?.1.parse().ok()
}

fn written_between(version: &ObjectVersion, from: Timestamp, to: Timestamp) -> bool {
    version.last_modified.as_ref().and_then(timestamp).is_some_and(|written| from <= written && written < to)
}

/// The object, unless it is only a folder that a console made.
fn uploaded(version: ObjectVersion) -> Option<UploadedObject> {
    let key = version.key.filter(|key| !key.ends_with('/'))?;
    // Objects of a bucket without versions bear the word `null`.
    Some(UploadedObject { key, version: version.version_id.filter(|id| id != "null") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::primitives::DateTime;

    fn version(key: &str, id: &str, second: i64) -> ObjectVersion {
        ObjectVersion::builder().key(key).version_id(id).last_modified(DateTime::from_secs(second)).build()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn the_whole_size_stands_behind_the_slash() {
        assert_eq!(whole_size("bytes 0-99/1234"), Some(1234));
        assert_eq!(whole_size("bytes 0-99/*"), None);
        assert_eq!(whole_size(""), None);
    }

    #[test]
    fn a_span_of_time_holds_its_start_but_not_its_end() {
        for (second, expected) in [(9, false), (10, true), (19, true), (20, false)] {
            assert_eq!(written_between(&version("k", "1", second), at(10), at(20)), expected, "{second}");
        }
    }

    #[test]
    fn a_bucket_without_versions_has_none() {
        assert_eq!(uploaded(version("k", "null", 0)).expect("an object").version, None);
        assert_eq!(uploaded(version("k", "v7", 0)).expect("an object").version.as_deref(), Some("v7"));
        assert_eq!(uploaded(version("inbox/owner/", "v7", 0)), None);
    }
}
