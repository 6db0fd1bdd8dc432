//! A signature that can be read.

use domain::ports::{RequestSigner, SignableRequest, Signature};

/// Signs by saying what it signs.
#[derive(Debug, Clone, Copy, Default)]
pub struct SeenSigner;

impl RequestSigner for SeenSigner {
    fn region(&self) -> &'static str {
        "eu-test-1"
    }

    fn sign<'a>(&'a self, request: SignableRequest<'a>) -> Signature<'a> {
        let signature = format!("signed {} for {} with {} bytes", request.method, request.service, request.body.len());
        Box::pin(async move { Ok(vec![("authorization".to_owned(), signature)]) })
    }
}
