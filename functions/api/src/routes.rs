//! Every route with the codes it may answer with, and the document that describes them all.

use crate::problem::{self, Problem, ProblemDetails};
use crate::{Api, Ports, cost, create, extract, health, jobs, observe, outline, providers, results, revise, versions, webhooks};
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use axum::{Json, Router, middleware};
use domain::Code;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::__dev::SchemaReferences;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, Info, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Response as Described, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::PathItemExt;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// The name of the scheme by which callers prove who they are.
const TOKEN: &str = "access_token";

/// What any route may answer with that looks at a store.
const OF_STORES: &[Code] = &[Code::RateLimited, Code::Internal, Code::DependencyUnavailable];

/// What any route may answer with that belongs to a user.
const OF_USERS: &[Code] = &[Code::Unauthorized];

/// The router of the API.
pub fn router<P: Ports>(api: Arc<Api<P>>) -> Router {
    Router::from(described::<P>())
        .fallback(async || Problem::new(Code::NotFound, "there is no such route"))
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(extract::MAX_BODY_BYTES))
        .layer(middleware::from_fn(observe::observe))
        .with_state(api)
}

/// The document that describes the API.
pub fn openapi<P: Ports>() -> OpenApi {
    described::<P>().into_openapi()
}

fn described<P: Ports>() -> OpenApiRouter<Arc<Api<P>>> {
    use Code::{Conflict, Empty, IdempotencyMismatch, InvalidRequest, NotFound, NotReady, Stale, TooLarge, UnsupportedType};
    use cost::__path_estimate_job;
    use create::__path_create_job;
    use health::__path_get_health;
    use jobs::{__path_cancel_job, __path_get_job, __path_list_jobs};
    use outline::{
        __path_get_chapters, __path_get_contact_sheet, __path_get_poster, __path_get_thumbnail, __path_get_transcript,
    };
    use providers::__path_list_providers;
    use results::{__path_get_captions, __path_get_script, __path_get_video, __path_list_events};
    use revise::{__path_edit_script, __path_regenerate_scene, __path_render_job, __path_restore_version};
    use versions::__path_list_versions;
    use webhooks::__path_take_replicate_webhook;

    let creation = [InvalidRequest, TooLarge, UnsupportedType, Empty, IdempotencyMismatch];
    OpenApiRouter::with_openapi(head())
        .routes(route::<__path_create_job, _, _, _>(create::create_job::<P>, &[&creation, OF_USERS, OF_STORES]))
        .routes(route::<__path_estimate_job, _, _, _>(
            cost::estimate_job::<P>,
            &[&[InvalidRequest, TooLarge, UnsupportedType, Empty], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_list_jobs, _, _, _>(jobs::list_jobs::<P>, &[&[InvalidRequest], OF_USERS, OF_STORES]))
        .routes(route::<__path_get_job, _, _, _>(jobs::get_job::<P>, &[&[NotFound], OF_USERS, OF_STORES]))
        .routes(route::<__path_cancel_job, _, _, _>(jobs::cancel_job::<P>, &[&[NotFound, Conflict], OF_USERS, OF_STORES]))
        .routes(route::<__path_get_video, _, _, _>(
            results::get_video::<P>,
            &[&[InvalidRequest, NotFound, NotReady], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_get_captions, _, _, _>(
            results::get_captions::<P>,
            &[&[InvalidRequest, NotFound, NotReady], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_get_chapters, _, _, _>(
            outline::get_chapters::<P>,
            &[&[InvalidRequest, NotFound, NotReady], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_get_transcript, _, _, _>(
            outline::get_transcript::<P>,
            &[&[InvalidRequest, NotFound, NotReady], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_get_poster, _, _, _>(
            outline::get_poster::<P>,
            &[&[InvalidRequest, NotFound, NotReady], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_get_thumbnail, _, _, _>(
            outline::get_thumbnail::<P>,
            &[&[InvalidRequest, NotFound, NotReady], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_get_contact_sheet, _, _, _>(
            outline::get_contact_sheet::<P>,
            &[&[InvalidRequest, NotFound, NotReady], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_get_script, _, _, _>(
            results::get_script::<P>,
            &[&[InvalidRequest, NotFound, NotReady], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_edit_script, _, _, _>(
            revise::edit_script::<P>,
            &[&[InvalidRequest, NotFound, Conflict, Stale, TooLarge], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_regenerate_scene, _, _, _>(
            revise::regenerate_scene::<P>,
            &[&[NotFound, Conflict], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_render_job, _, _, _>(
            revise::render_job::<P>,
            &[&[InvalidRequest, NotFound, Conflict, TooLarge], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_list_versions, _, _, _>(versions::list_versions::<P>, &[&[NotFound], OF_USERS, OF_STORES]))
        .routes(route::<__path_restore_version, _, _, _>(
            revise::restore_version::<P>,
            &[&[NotFound, Conflict], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_list_events, _, _, _>(results::list_events::<P>, &[&[NotFound], OF_USERS, OF_STORES]))
        .routes(route::<__path_list_providers, _, _, _>(providers::list_providers::<P>, &[OF_USERS, OF_STORES]))
        .routes(route::<__path_take_replicate_webhook, _, _, _>(
            webhooks::take_replicate_webhook::<P>,
            &[&[InvalidRequest, NotFound], OF_USERS, OF_STORES],
        ))
        .routes(route::<__path_get_health, _, _, _>(health::get_health::<P>, &[]))
        .routes(route::<__path_get_openapi, _, _, _>(get_openapi::<P>, &[]))
}

/// A handler at the path and method of its description, with the codes it may answer with.
fn route<D, H, T, S>(handler: H, codes: &[&[Code]]) -> UtoipaMethodRouter<S>
where
    D: utoipa::Path + SchemaReferences,
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let methods = D::methods();
    let mut operation = D::operation();
    for (status, codes) in by_status(codes) {
        operation.responses.responses.insert(status.to_string(), RefOr::T(describe(&codes)));
    }
    let filter = methods.iter().map(PathItemExt::to_method_filter).reduce(MethodFilter::or);
    let router = MethodRouter::new().on(filter.expect("a description names a method"), handler);
    let mut paths = Paths::new();
    paths.add_path_operation(D::path(), methods, operation);
    let mut schemas = Vec::new();
    D::schemas(&mut schemas);
    (schemas, paths, router)
}

fn by_status(codes: &[&[Code]]) -> BTreeMap<u16, Vec<Code>> {
    let mut by_status = BTreeMap::<u16, Vec<Code>>::new();
    for code in codes.iter().copied().flatten() {
        by_status.entry(code.http_status()).or_default().push(*code);
    }
    by_status
}

fn describe(codes: &[Code]) -> Described {
    let description: Vec<String> = codes.iter().map(|code| format!("`{code}`: {}", code.advice())).collect();
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemDetails::name()))).build();
    ResponseBuilder::new().description(description.join(" ")).content(problem::MEDIA_TYPE, content).build()
}

fn head() -> OpenApi {
    let mut info = Info::new("Lectern", env!("CARGO_PKG_VERSION"));
    info.description = Some("Turns documents into narrated, captioned videos.".to_owned());
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let mut problem_parts = Vec::new();
    ProblemDetails::schemas(&mut problem_parts);
    let components = ComponentsBuilder::new()
        .security_scheme(TOKEN, SecurityScheme::Http(token))
        .schema(ProblemDetails::name(), ProblemDetails::schema())
        .schemas_from_iter(problem_parts)
        .build();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some([SecurityRequirement::new(TOKEN, Vec::<String>::new())]))
        .build()
}

/// Shows this document. Needs no token.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "get_openapi",
    security(()),
    responses((status = 200, description = "This document", body = serde_json::Value))
)]
async fn get_openapi<P: Ports>() -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(openapi::<P>())).into_response()
}

/// A route that exists, asked in a way it does not answer.
async fn not_allowed(method: Method) -> Problem {
    Problem::invalid(format!("this route does not answer to {method}")).with_status(StatusCode::METHOD_NOT_ALLOWED)
}
