//! The objects we derive, each under the path and with the media type its key knows.

use super::{SERVICE, read_body};
use crate::error::port_error;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use domain::AssetKey;
use domain::ports::{AssetStore, PortError};

/// The media bucket.
#[derive(Debug, Clone)]
pub struct Assets {
    pub(super) client: Client,
    pub(super) bucket: String,
}

impl Assets {
    pub(crate) fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

impl AssetStore for Assets {
    async fn get(&self, key: &AssetKey) -> Result<Vec<u8>, PortError> {
        let what = format!("object `{}`", key.path());
        let object = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key.path())
            .send()
            .await
            .map_err(|error| port_error(SERVICE, &what, &error))?;
        read_body(object.body, &what).await
    }

    async fn put(&self, key: &AssetKey, body: Vec<u8>) -> Result<(), PortError> {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key.path())
            .content_type(key.media_type())
            .body(ByteStream::from(body))
            .send()
            .await
            .map_err(|error| port_error(SERVICE, &format!("object `{}`", key.path()), &error))?;
        Ok(())
    }

    async fn exists(&self, key: &AssetKey) -> Result<bool, PortError> {
        match self.client.head_object().bucket(&self.bucket).key(key.path()).send().await {
            Ok(_) => Ok(true),
            Err(error) => match port_error(SERVICE, &format!("object `{}`", key.path()), &error) {
                PortError::NotFound { .. } => Ok(false),
                other => Err(other),
            },
        }
    }
}
