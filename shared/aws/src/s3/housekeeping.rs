//! Keeping house in the media bucket: what is old, and away with it.

use super::{Assets, SERVICE, timestamp};
use crate::error::port_error;
use aws_sdk_s3::types::{Delete, Object, ObjectIdentifier};
use domain::ports::{Housekeeping, PortError};
use jiff::Timestamp;

/// The most objects that one call may delete.
const AT_ONCE: usize = 1000;

impl Housekeeping for Assets {
    async fn list_before(&self, prefix: &str, before: Timestamp) -> Result<Vec<String>, PortError> {
        let mut found = Vec::new();
        let mut pages = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| port_error(SERVICE, &format!("list of `{prefix}`"), &error))?;
            found.extend(
                page.contents.unwrap_or_default().into_iter().filter(|object| is_before(object, before)).filter_map(|o| o.key),
            );
        }
        Ok(found)
    }

    async fn delete(&self, paths: &[String]) -> Result<(), PortError> {
        for some in paths.chunks(AT_ONCE) {
            let answer = self
                .client
                .delete_objects()
                .bucket(&self.bucket)
                .delete(deletion(some)?)
                .send()
                .await
                .map_err(|error| port_error(SERVICE, "deletion of objects", &error))?;
            if let Some(first) = answer.errors().first() {
                let message = format!("{} objects were not deleted: {}", answer.errors().len(), first.code().unwrap_or_default());
                return Err(PortError::Unavailable { service: SERVICE, message });
            }
        }
        Ok(())
    }
}

fn is_before(object: &Object, before: Timestamp) -> bool {
    object.last_modified.as_ref().and_then(timestamp).is_some_and(|written| written < before)
}

fn deletion(paths: &[String]) -> Result<Delete, PortError> {
    let malformed = |error: aws_sdk_s3::error::BuildError| PortError::Misused { service: SERVICE, message: error.to_string() };
    let objects = paths.iter().map(|path| ObjectIdentifier::builder().key(path).build()).collect::<Result<Vec<_>, _>>();
    Delete::builder().set_objects(Some(objects.map_err(malformed)?)).quiet(true).build().map_err(malformed)
}
