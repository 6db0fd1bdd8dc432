//! What an event says about an upload.

use domain::{JobId, OwnerId, UploadedObject};
use serde::Deserialize;
use serde_json::Value;

/// An object that arrived in the inbox: `inbox/{owner}/[{reserved job}/]{name}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The key, as it is. Events by way of EventBridge do not encode it.
    pub key: String,
    /// The version of the object; none in a bucket without versions.
    pub version: Option<String>,
    /// What tells this version from others where there are no versions: the tag of its content and its place in the order of
    /// events of the key.
    pub fingerprint: String,
    /// Whose inbox it is.
    pub owner: OwnerId,
    /// The job the upload was reserved for, by the form of its key. Whether there is such a job is another matter.
    pub reserved: Option<JobId>,
    /// The file name.
    pub name: String,
}

/// Why an event is none of our business.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnUpload {
    /// It is another kind of event.
    #[error("it is not an `Object Created` event")]
    OtherEvent,
    /// The object does not lie in the inbox of an owner.
    #[error("the key is not of the form `inbox/{{owner}}/{{name}}`")]
    OtherPlace,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Event {
    detail_type: String,
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    object: Object,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Object {
    key: String,
    version_id: Option<String>,
    #[serde(default)]
    etag: String,
    #[serde(default)]
    sequencer: String,
}

impl Arrival {
    /// Reads an event of EventBridge. Unknown fields are passed over, since the form may grow.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>
    pub fn from_event(event: &Value) -> Result<Self, NotAnUpload> {
        let event = Event::deserialize(event).map_err(|_| NotAnUpload::OtherEvent)?;
        if event.detail_type != "Object Created" {
            return Err(NotAnUpload::OtherEvent);
        }
        let object = event.detail.object;
        // A bucket without versions says `null`.
        let version = object.version_id.filter(|version| !version.is_empty() && version != "null");
        Self::new(object.key, version, format!("{}/{}", object.etag, object.sequencer))
    }

    /// The object that arrived.
    pub fn object(&self) -> UploadedObject {
        UploadedObject { key: self.key.clone(), version: self.version.clone() }
    }

    /// Takes a key apart.
    pub fn new(key: String, version: Option<String>, fingerprint: String) -> Result<Self, NotAnUpload> {
        let mut parts = key.split('/');
        let (Some("inbox"), Some(owner)) = (parts.next(), parts.next()) else { return Err(NotAnUpload::OtherPlace) };
        let owner = OwnerId::new(owner).map_err(|_| NotAnUpload::OtherPlace)?;
        let rest: Vec<&str> = parts.collect();
        let name = match rest.last() {
            // A key that ends with a slash is what consoles make for a folder.
            None | Some(&"") => return Err(NotAnUpload::OtherPlace),
            Some(name) => (*name).to_owned(),
        };
        let reserved = if rest.len() == 2 { JobId::new(rest[0]).ok() } else { None };
        Ok(Self { version, fingerprint, owner, reserved, name, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(key: &str) -> Arrival {
        Arrival::new(key.to_owned(), Some("v".to_owned()), String::new()).expect("an upload")
    }

    #[test]
    fn names_are_taken_as_they_are() {
        // A key has at most 1,024 bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
        let longest = "ü".repeat((1024 - "inbox/o/".len()) / 2);
        for name in
            ["a b.pdf", "a+b.pdf", "100%25.pdf", "é.pdf", "🚲.md", "a..pdf", "..", "%2e%2e%2fb", "a\nb\u{202e}.pdf", &longest]
        {
            assert_eq!(arrival(&format!("inbox/o/{name}")).name, name);
        }
    }

    #[test]
    fn a_folder_may_name_a_reserved_job() {
        assert_eq!(arrival("inbox/o/job-1/a.pdf").reserved.map(|id| id.to_string()), Some("job-1".to_owned()));
        assert_eq!(arrival("inbox/o/a.pdf").reserved, None);
        assert_eq!(arrival("inbox/o/x/job-1/a.pdf").reserved, None);
        assert_eq!(arrival("inbox/o/my notes/a.pdf").reserved, None);
    }
}
