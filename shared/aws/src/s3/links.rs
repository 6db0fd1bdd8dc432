//! Addresses that can be given to a browser, each for one thing and a quarter of an hour.

use super::SERVICE;
use super::disposition::content_disposition;
use super::policy::UploadPolicy;
use crate::error::port_error;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use domain::AssetKey;
use domain::ports::{Links as LinksPort, PortError, UploadForm};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How long an address is good: enough to send 50 MB over a slow line, or to open a video; a player asks for a new one.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The uploads bucket to write to, and the media bucket to read from.
#[derive(Debug, Clone)]
pub struct Links {
    client: Client,
    credentials: Option<SharedCredentialsProvider>,
    media: String,
    uploads: String,
}

impl Links {
    pub(crate) fn new(client: Client, credentials: Option<SharedCredentialsProvider>, media: String, uploads: String) -> Self {
        Self { client, credentials, media, uploads }
    }

    async fn credentials(&self) -> Result<Credentials, PortError> {
        let missing = |message: String| PortError::Unavailable { service: SERVICE, message };
        let provider = self.credentials.as_ref().ok_or_else(|| missing("there are no credentials".to_owned()))?;
        provider.provide_credentials().await.map_err(|error| missing(format!("there are no credentials: {error}")))
    }

    /// The address of the uploads bucket, by the endpoint rules of the SDK: region, partition, path style.
    async fn uploads_url(&self) -> Result<String, PortError> {
        const PROBE: &str = "x";
        let signed = self.client.get_object().bucket(&self.uploads).key(PROBE).presigned(lifetime()).await;
        let signed = signed.map_err(|error| port_error(SERVICE, "address of the uploads", &error))?;
        Ok(bucket_url(signed.uri(), PROBE))
    }

    async fn signed_download(&self, key: &AssetKey, save_as: Option<&str>) -> Result<PresignedRequest, PortError> {
        self.client
            .get_object()
            .bucket(&self.media)
            .key(key.path())
            .response_content_type(key.media_type())
            .response_content_disposition(content_disposition(save_as))
            .presigned(lifetime())
            .await
            .map_err(|error| port_error(SERVICE, &format!("address of `{}`", key.path()), &error))
    }
}

impl LinksPort for Links {
    async fn upload(&self, key: &str, media_type: &str, max_bytes: u64, now: Timestamp) -> Result<UploadForm, PortError> {
        let credentials = self.credentials().await?;
        let expires_at = now + SignedDuration::try_from(LIFETIME).expect("a quarter of an hour is in range");
        let region = self.client.config().region().map_or("us-east-1", AsRef::as_ref);
        let policy = UploadPolicy { bucket: &self.uploads, region, key, media_type, max_bytes, signed_at: now, expires_at };
        Ok(UploadForm { url: self.uploads_url().await?, fields: policy.sign(&credentials), expires_at })
    }

    async fn download(&self, key: &AssetKey, save_as: Option<&str>) -> Result<String, PortError> {
        Ok(self.signed_download(key, save_as).await?.uri().to_owned())
    }

    async fn upload_text(&self, key: &str, media_type: &str, text: &str) -> Result<(), PortError> {
        let written = self
            .client
            .put_object()
            .bucket(&self.uploads)
            .key(key)
            .content_type(media_type)
            // Written twice it would be two versions, and each version is a job of its own.
            .if_none_match("*")
            .body(ByteStream::from(text.as_bytes().to_vec()))
            .send()
            .await;
        match written {
            Ok(_) => Ok(()),
            Err(error) if error.raw_response().is_some_and(|raw| raw.status().as_u16() == 412) => Ok(()),
            Err(error) => Err(port_error(SERVICE, &format!("upload `{key}`"), &error)),
        }
    }
}

fn lifetime() -> PresigningConfig {
    PresigningConfig::expires_in(LIFETIME).expect("a quarter of an hour is less than a week")
}

/// The address of a bucket, taken from the signed address of one of its objects.
fn bucket_url(signed: &str, key: &str) -> String {
    let address = signed.split('?').next().unwrap_or(signed);
    address.strip_suffix(key).unwrap_or(address).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_bucket_ends_before_the_key() {
        for (signed, expected) in [
            ("https://box.s3.eu-west-1.amazonaws.com/x?X-Amz-Date=1&a=/x", "https://box.s3.eu-west-1.amazonaws.com/"),
            ("http://127.0.0.1:4566/box/x?X-Amz-Date=1", "http://127.0.0.1:4566/box/"),
        ] {
            assert_eq!(bucket_url(signed, "x"), expected);
        }
    }
}
