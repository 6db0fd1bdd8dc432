//! The list of models of a server that speaks as `OpenAI` does:
//! <https://platform.openai.com/docs/api-reference/models/list>.

use crate::http::Endpoint;
use domain::ports::PortError;
use serde::Deserialize;

/// A list of a few thousand models.
const MOST_BYTES: usize = 4 * 1024 * 1024;

#[derive(Deserialize)]
struct Models {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

/// Asks for `models` below the base address; gives their ids.
pub(crate) async fn list(endpoint: &Endpoint) -> Result<Vec<String>, PortError> {
    let answer = endpoint.get("models", &[], MOST_BYTES).await?;
    let models: Models = serde_json::from_slice(&answer.body).map_err(|_| PortError::Unavailable {
        service: endpoint.service(),
        message: "the answer is no list of models".to_owned(),
    })?;
    Ok(models.data.into_iter().map(|model| model.id).collect())
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
        assert!(matches!(models(ResponseTemplate::new(200).set_body_string("<html>")).await, Err(PortError::Unavailable { .. })));
        assert!(matches!(models(ResponseTemplate::new(401)).await, Err(PortError::Misused { .. })));
    }
}
