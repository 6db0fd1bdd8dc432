//! Signs requests that others send: adapters of vendors speak HTTP by themselves, and some of those vendors are services of AWS.

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest as ToSign, SigningSettings, sign};
use aws_sigv4::sign::v4;
use domain::ports::{PortError, RequestSigner, SignableRequest, Signature};
use std::time::SystemTime;

const SERVICE: &str = "the signer of AWS";

/// Signs with the rights of the function (Signature Version 4).
#[derive(Debug, Clone)]
pub struct Signer {
    credentials: Option<SharedCredentialsProvider>,
    region: String,
}

impl Signer {
    pub(crate) fn new(credentials: Option<SharedCredentialsProvider>, region: String) -> Self {
        Self { credentials, region }
    }

    async fn headers(&self, request: SignableRequest<'_>) -> Result<Vec<(String, String)>, PortError> {
        let provider = self.credentials.as_ref().ok_or_else(|| misused("there are no credentials"))?;
        let credentials = provider.provide_credentials().await.map_err(|_| misused("the credentials cannot be read"))?;
        signed(request, credentials, &self.region, SystemTime::now())
    }
}

impl RequestSigner for Signer {
    fn region(&self) -> &str {
        &self.region
    }

    fn sign<'a>(&'a self, request: SignableRequest<'a>) -> Signature<'a> {
        Box::pin(self.headers(request))
    }
}

fn signed(
    request: SignableRequest<'_>,
    credentials: aws_credential_types::Credentials,
    region: &str,
    now: SystemTime,
) -> Result<Vec<(String, String)>, PortError> {
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(request.service)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| misused("the signature cannot be made"))?;
    let to_sign = ToSign::new(request.method, request.url, std::iter::empty(), SignableBody::Bytes(request.body));
    let to_sign = to_sign.map_err(|_| misused("the request cannot be signed"))?;
    let (instructions, _) = sign(to_sign, &parameters.into()).map_err(|_| misused("the signature cannot be made"))?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

fn misused(message: &str) -> PortError {
    PortError::Misused { service: SERVICE, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::Credentials;
    use std::time::Duration;

    fn request() -> SignableRequest<'static> {
        SignableRequest { service: "service", method: "POST", url: "https://example.amazonaws.com/", body: b"" }
    }

    /// The vector `post-vanilla` of AWS: <https://github.com/smithy-lang/smithy-rs/tree/main/aws/rust-runtime/aws-sigv4>.
    #[test]
    fn a_request_is_signed_as_aws_wants_it() {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None, None, "test");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        let headers = signed(request(), credentials, "us-east-1", at).expect("it is signed");
        let header = |name: &str| headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
        assert_eq!(header("x-amz-date"), Some("20150830T123600Z"));
        assert_eq!(
            header("authorization"),
            Some(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
            )
        );
    }

    #[test]
    fn the_session_of_a_role_is_told() {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("session".to_owned()), None, "test");
        let headers = signed(request(), credentials, "us-east-1", SystemTime::UNIX_EPOCH).expect("it is signed");
        assert!(headers.iter().any(|(name, value)| name == "x-amz-security-token" && value == "session"));
        assert!(headers.iter().all(|(_, value)| !value.contains("secret")));
    }

    #[tokio::test]
    async fn without_credentials_nothing_is_signed() {
        let signer = Signer::new(None, "eu-central-1".to_owned());
        assert!(matches!(signer.sign(request()).await, Err(PortError::Misused { .. })));
    }
}
