//! Addresses that lead nowhere, but say what they would lead to.

use crate::store::lock;
use domain::AssetKey;
use domain::ports::{Links, PortError, UploadForm};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The signer of addresses.
#[derive(Debug, Default)]
pub struct MemoryLinks {
    texts: Mutex<BTreeMap<String, String>>,
}

impl MemoryLinks {
    /// The texts that were uploaded, by key.
    pub fn texts(&self) -> BTreeMap<String, String> {
        lock(&self.texts).clone()
    }
}

impl Links for MemoryLinks {
    async fn upload(&self, key: &str, media_type: &str, max_bytes: u64, now: Timestamp) -> Result<UploadForm, PortError> {
        let fields = [("key", key), ("Content-Type", media_type), ("max-bytes", &max_bytes.to_string())];
        Ok(UploadForm {
            url: "https://uploads.example/".to_owned(),
            fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            expires_at: now + SignedDuration::from_mins(15),
        })
    }

    async fn download(&self, key: &AssetKey, save_as: Option<&str>) -> Result<String, PortError> {
        let path = key.path();
        Ok(match save_as {
            Some(name) => format!("https://media.example/{path}?save_as={name}"),
            None => format!("https://media.example/{path}"),
        })
    }

    async fn upload_text(&self, key: &str, _media_type: &str, text: &str) -> Result<(), PortError> {
        lock(&self.texts).insert(key.to_owned(), text.to_owned());
        Ok(())
    }
}
