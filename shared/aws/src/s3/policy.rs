//! Forms for uploads from a browser, signed by hand because the SDK cannot: a policy that S3 checks, and its Signature Version 4
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>).

use aws_sdk_s3::config::Credentials;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::json;
use sha2::Sha256;
use std::collections::BTreeMap;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What may be uploaded: exactly this key, this media type, and from 1 to so many bytes.
#[derive(Debug, Clone)]
pub(crate) struct UploadPolicy<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) region: &'a str,
    pub(crate) key: &'a str,
    pub(crate) media_type: &'a str,
    pub(crate) max_bytes: u64,
    pub(crate) signed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl UploadPolicy<'_> {
    /// The fields of the form, without the file.
    pub(crate) fn sign(&self, credentials: &Credentials) -> BTreeMap<String, String> {
        let time = self.signed_at.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = &time[..8];
        let mut fields = BTreeMap::from([
            ("key".to_owned(), self.key.to_owned()),
            ("Content-Type".to_owned(), self.media_type.to_owned()),
            ("success_action_status".to_owned(), "201".to_owned()),
            ("x-amz-algorithm".to_owned(), ALGORITHM.to_owned()),
            ("x-amz-credential".to_owned(), format!("{}/{day}/{}/s3/aws4_request", credentials.access_key_id(), self.region)),
            ("x-amz-date".to_owned(), time.clone()),
        ]);
        if let Some(token) = credentials.session_token() {
            fields.insert("x-amz-security-token".to_owned(), token.to_owned());
        }
        let policy = STANDARD.encode(self.document(&fields));
        let signature = signature(credentials.secret_access_key(), day, self.region, &policy);
        fields.insert("policy".to_owned(), policy);
        fields.insert("x-amz-signature".to_owned(), signature);
        fields
    }

    /// The policy in JSON: every field of the form must be there and equal, and the size in range.
    fn document(&self, fields: &BTreeMap<String, String>) -> String {
        let mut conditions = vec![json!({"bucket": self.bucket}), json!(["content-length-range", 1, self.max_bytes])];
        conditions.extend(fields.iter().map(|(name, value)| json!(["eq", format!("${name}"), value])));
        let expiration = self.expires_at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        json!({"expiration": expiration, "conditions": conditions}).to_string()
    }
}

/// The signature of a policy in its base64 form, as lower-case hexadecimal digits.
fn signature(secret: &str, day: &str, region: &str, policy: &str) -> String {
    let key = [day, region, "s3", "aws4_request", policy]
        .into_iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| mac(&key, part.as_bytes()));
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The example of <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html>.
    const EXAMPLE: [&str; 16] = [
        r#"{ "expiration": "2015-12-30T12:00:00.000Z","#,
        r#"  "conditions": ["#,
        r#"    {"bucket": "sigv4examplebucket"},"#,
        r#"    ["starts-with", "$key", "user/user1/"],"#,
        r#"    {"acl": "public-read"},"#,
        r#"    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},"#,
        r#"    ["starts-with", "$Content-Type", "image/"],"#,
        r#"    {"x-amz-meta-uuid": "14365123651274"},"#,
        r#"    {"x-amz-server-side-encryption": "AES256"},"#,
        r#"    ["starts-with", "$x-amz-meta-tag", ""],"#,
        "",
        r#"    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},"#,
        r#"    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},"#,
        r#"    {"x-amz-date": "20151229T000000Z" }"#,
        "  ]",
        "}",
    ];

    fn fields(token: Option<&str>) -> BTreeMap<String, String> {
        let policy = UploadPolicy {
            bucket: "uploads",
            region: "eu-central-1",
            key: "inbox/o/j/Übung 1.pdf",
            media_type: "application/pdf",
            max_bytes: 1000,
            signed_at: "2026-11-20T12:00:00.9Z".parse().expect("a time"),
            expires_at: "2026-11-20T12:15:00.9Z".parse().expect("a time"),
        };
        policy.sign(&Credentials::new("AKID", "secret", token.map(str::to_owned), None, "test"))
    }

    #[test]
    fn the_example_of_the_manual_is_signed_as_printed_there() {
        let policy = STANDARD.encode(EXAMPLE.join("\r\n"));
        let signature = signature("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20151229", "us-east-1", &policy);
        assert_eq!(signature, "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
    }

    #[test]
    fn the_policy_covers_every_field_of_the_form() {
        let fields = fields(Some("token"));
        let policy: Value = serde_json::from_slice(&STANDARD.decode(&fields["policy"]).expect("base64")).expect("JSON");
        let conditions = policy["conditions"].as_array().expect("a list");
        for (name, value) in fields.iter().filter(|(name, _)| !matches!(name.as_str(), "policy" | "x-amz-signature")) {
            assert!(conditions.contains(&json!(["eq", format!("${name}"), value])), "{name}");
        }
        assert!(conditions.contains(&json!({"bucket": "uploads"})));
        assert!(conditions.contains(&json!(["content-length-range", 1, 1000])));
        assert_eq!(policy["expiration"], "2026-11-20T12:15:00.000Z");
        assert_eq!(fields["x-amz-credential"], "AKID/20261120/eu-central-1/s3/aws4_request");
        assert_eq!(fields["x-amz-date"], "20261120T120000Z");
    }

    #[test]
    fn lasting_credentials_have_no_token() {
        assert!(!fields(None).contains_key("x-amz-security-token"));
        assert_eq!(fields(Some("token"))["x-amz-security-token"], "token");
    }
}
