//! Objects in memory.

use domain::ports::{AssetStore, Housekeeping, Peek, PortError, UploadStore};
use domain::{AssetKey, Source, UploadedObject};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The media bucket.
#[derive(Debug, Default)]
pub struct MemoryAssets {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    written_at: Mutex<BTreeMap<String, Timestamp>>,
    writes: Mutex<u32>,
}

impl MemoryAssets {
    /// The paths of all objects, in order.
    pub fn paths(&self) -> Vec<String> {
        lock(&self.objects).keys().cloned().collect()
    }

    /// The paths of the objects that hold these bytes, in order.
    pub fn holding(&self, bytes: &[u8]) -> Vec<String> {
        let objects = lock(&self.objects);
        let holding = objects.iter().filter(|(_, body)| body.windows(bytes.len()).any(|window| window == bytes));
        holding.map(|(path, _)| path.clone()).collect()
    }

    /// How often something was written, to show that finished work is not done again.
    pub fn writes(&self) -> u32 {
        *lock(&self.writes)
    }

    /// Puts an object that was written at a time; others count as old.
    pub fn put_at(&self, path: &str, at: Timestamp) {
        lock(&self.objects).insert(path.to_owned(), vec![0]);
        lock(&self.written_at).insert(path.to_owned(), at);
    }

    /// Takes an object away.
    pub fn remove(&self, key: &AssetKey) {
        lock(&self.objects).remove(&key.path());
    }
}

impl AssetStore for MemoryAssets {
    async fn get(&self, key: &AssetKey) -> Result<Vec<u8>, PortError> {
        lock(&self.objects)
            .get(&key.path())
            .cloned()
            .ok_or_else(|| PortError::NotFound { what: format!("object `{}`", key.path()) })
    }

    async fn put(&self, key: &AssetKey, body: Vec<u8>) -> Result<(), PortError> {
        *lock(&self.writes) += 1;
        lock(&self.objects).insert(key.path(), body);
        Ok(())
    }

    async fn exists(&self, key: &AssetKey) -> Result<bool, PortError> {
        Ok(lock(&self.objects).contains_key(&key.path()))
    }
}

impl Housekeeping for MemoryAssets {
    async fn list_before(&self, prefix: &str, before: Timestamp) -> Result<Vec<String>, PortError> {
        let written = lock(&self.written_at).clone();
        let objects = lock(&self.objects);
        let is_old = |path: &String| written.get(path).is_none_or(|at| *at < before);
        Ok(objects.keys().filter(|path| path.starts_with(prefix) && is_old(path)).cloned().collect())
    }

    async fn delete(&self, paths: &[String]) -> Result<(), PortError> {
        lock(&self.objects).retain(|path, _| !paths.contains(path));
        Ok(())
    }
}

/// The uploads bucket, versioned.
#[derive(Debug, Default)]
pub struct MemoryUploads {
    objects: Mutex<Vec<Upload>>,
}

#[derive(Debug)]
struct Upload {
    key: String,
    version: String,
    body: Vec<u8>,
    metadata: BTreeMap<String, String>,
    at: Timestamp,
}

impl MemoryUploads {
    /// Uploads an object at a time and gives its version.
    pub fn upload(&self, key: &str, body: &[u8], at: Timestamp) -> String {
        self.upload_with(key, body, BTreeMap::new(), at)
    }

    /// Uploads an object with user metadata.
    pub fn upload_with(&self, key: &str, body: &[u8], metadata: BTreeMap<String, String>, at: Timestamp) -> String {
        let mut objects = lock(&self.objects);
        let version = format!("v{}", objects.len() + 1);
        objects.push(Upload { key: key.to_owned(), version: version.clone(), body: body.to_vec(), metadata, at });
        version
    }

    /// Deletes every version of an object.
    pub fn delete(&self, key: &str) {
        lock(&self.objects).retain(|upload| upload.key != key);
    }

    fn find<T>(&self, key: &str, version: Option<&str>, read: impl Fn(&Upload) -> T) -> Result<T, PortError> {
        lock(&self.objects)
            .iter()
            .rev()
            .find(|upload| upload.key == key && version.is_none_or(|version| version == upload.version))
            .map(read)
            .ok_or_else(|| PortError::NotFound { what: format!("upload `{key}`") })
    }
}

impl UploadStore for MemoryUploads {
    async fn read(&self, source: &Source) -> Result<Vec<u8>, PortError> {
        self.find(&source.key, source.version.as_deref(), |upload| upload.body.clone())
    }

    async fn peek(&self, key: &str, version: Option<&str>, bytes: u32) -> Result<Peek, PortError> {
        self.find(key, version, |upload| Peek {
            start: upload.body.iter().copied().take(bytes as usize).collect(),
            size: upload.body.len() as u64,
            metadata: upload.metadata.clone(),
        })
    }

    async fn list_between(&self, from: Timestamp, to: Timestamp) -> Result<Vec<UploadedObject>, PortError> {
        Ok(lock(&self.objects)
            .iter()
            .filter(|upload| (from..to).contains(&upload.at))
            .map(|upload| UploadedObject { key: upload.key.clone(), version: Some(upload.version.clone()) })
            .collect())
    }
}

/// A test that panicked while it held the lock has failed already; the others may go on.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
