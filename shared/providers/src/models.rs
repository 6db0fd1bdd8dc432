//! Lists of models.

use crate::http::Endpoint;
use domain::ports::PortError;
use serde_json::Value;

/// A list is long at a router: a few thousand models, some hundred bytes for each.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Where a server lists its models.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing {
    /// The path below its base address.
    pub(crate) path: &'static str,
    /// What is asked for there.
    pub(crate) query: &'static [(&'static str, &'static str)],
    /// The field of the answer that holds the entries.
    pub(crate) entries: &'static str,
}

impl Listing {
    /// As `OpenAI` has it: <https://platform.openai.com/docs/api-reference/models/list>.
    pub(crate) const OPENAI: Self = Self { path: "models", query: &[], entries: "data" };
}

/// Asks for the list of a server that speaks as `OpenAI` does; gives the ids of its models.
pub(crate) async fn list(endpoint: &Endpoint) -> Result<Vec<String>, PortError> {
    list_at(endpoint, Listing::OPENAI, |entry| entry["id"].as_str()).await
}

/// Asks for a list; gives what `id_of` finds in its entries.
pub(crate) async fn list_at(
    endpoint: &Endpoint,
    listing: Listing,
    id_of: impl Fn(&Value) -> Option<&str>,
) -> Result<Vec<String>, PortError> {
    let answer = endpoint.get(listing.path, listing.query, MOST_BYTES).await?;
    let list: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let entries = list
        .as_ref()
        .and_then(|list| list[listing.entries].as_array())
        .ok_or_else(|| PortError::unusable(endpoint.service(), "the answer is no list of models"))?;
    Ok(entries.iter().filter_map(id_of).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;
    use wiremock::matchers::{method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    async fn models(template: ResponseTemplate) -> Result<Vec<String>, PortError> {
        let server = MockServer::start().await;
        Mock::given(method("GET")).and(path("/v1/models")).respond_with(template).expect(1).mount(&server).await;
        let base = format!("{}/v1", server.uri());
        list(&Endpoint::new("the test server", &base, None, Duration::from_secs(5)).expect("it is this machine")).await
    }

    #[tokio::test]
    async fn models_are_listed_by_their_ids() {
        let body = json!({"object": "list", "data": [{"id": "a", "object": "model"}, {"id": "b"}]});
        let listed = models(ResponseTemplate::new(200).set_body_json(body)).await.expect("it answers");
        assert_eq!(listed, ["a", "b"]);
        assert!(matches!(models(ResponseTemplate::new(200).set_body_string("<html>")).await, Err(PortError::Unusable { .. })));
        assert!(matches!(models(ResponseTemplate::new(401)).await, Err(PortError::Misused { .. })));
    }
}
