//! Who asks. API Gateway has checked the token; here its claims are read.

use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{Code, OwnerId};
use lambda_http::request::RequestContext;
use std::collections::HashMap;

/// The owner on whose behalf a request comes.
pub(crate) struct Caller(pub(crate) OwnerId);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let claims = parts.extensions.get::<RequestContext>().and_then(claims);
        let claims = claims.ok_or_else(|| Problem::new(Code::Unauthorized, "no token came with the request"))?;
        owner(claims).map(Self)
    }
}

fn claims(context: &RequestContext) -> Option<&HashMap<String, String>> {
    match context {
        RequestContext::ApiGatewayV2(context) => Some(&context.authorizer.as_ref()?.jwt.as_ref()?.claims),
        _ => None,
    }
}

/// The `sub` of an access token. An identity token says who somebody is, not what they may do here.
fn owner(claims: &HashMap<String, String>) -> Result<OwnerId, Problem> {
    if claims.get("token_use").map(String::as_str) != Some("access") {
        return Err(Problem::new(Code::Unauthorized, "the token is not an access token"));
    }
    claims
        .get("sub")
        .and_then(|sub| OwnerId::new(sub.as_str()).ok())
        .ok_or_else(|| Problem::new(Code::Unauthorized, "the token names no user"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(claims: &[(&str, &str)], expected: Option<&str>) {
        let claims = claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        match owner(&claims) {
            Ok(owner) => assert_eq!(Some(owner.as_str()), expected),
            Err(problem) => assert_eq!((problem.code, None), (Code::Unauthorized, expected)),
        }
    }

    #[test]
    fn only_an_access_token_names_an_owner() {
        check(&[("sub", "u-1"), ("token_use", "access")], Some("u-1"));
        check(&[("sub", "u-1"), ("token_use", "id")], None);
        check(&[("sub", "u-1")], None);
        check(&[("token_use", "access")], None);
        check(&[("sub", "../u"), ("token_use", "access")], None);
    }
}
