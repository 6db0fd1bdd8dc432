use crate::world::{Request, World, ask, configured, get, now, post};
use api::{Api, Ports};
use domain::ports::{JobStore, Page, PageRequest, PortError, Quotas, RememberedRequest, StalePage};
use domain::{Bill, Counted, Event, Job, JobId, Limits, Minute, OwnerId, Status, Transition};
use fakes::{MemoryAssets, MemoryExecutions, MemoryLinks, MemoryProviders, MemorySecrets, MemoryTickets};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_problem_says_everything_in_one_form() {
    let world = World::new();
    let answer = world.send(get("/v1/jobs/none")).await;
    assert_eq!(
        answer.json(),
        json!({
            "type": "urn:lectern:error:NOT_FOUND", "title": "Not found", "status": 404, "detail": "there is no such job",
            "code": "NOT_FOUND", "advice": "Check the address; what belongs to another user is not shown.",
            "instance": "/v1/jobs/none", "correlation_id": "request-1",
        })
    );
    assert_eq!(answer.header("x-correlation-id"), "request-1");
}

#[tokio::test]
async fn without_an_access_token_nothing_is_done() {
    let world = World::new();
    world.completed_job().await;
    let routes = [
        ("POST", "/v1/jobs"),
        ("GET", "/v1/jobs"),
        ("GET", "/v1/jobs/done-1"),
        ("POST", "/v1/jobs/done-1/cancel"),
        ("GET", "/v1/jobs/done-1/video"),
        ("GET", "/v1/jobs/done-1/captions"),
        ("GET", "/v1/jobs/done-1/chapters"),
        ("GET", "/v1/jobs/done-1/transcript"),
        ("GET", "/v1/jobs/done-1/script"),
        ("GET", "/v1/jobs/done-1/events"),
        ("GET", "/v1/jobs/done-1/versions"),
        ("PATCH", "/v1/jobs/done-1/script"),
        ("POST", "/v1/jobs/done-1/render"),
        ("POST", "/v1/jobs/done-1/scenes/0/regenerate"),
        ("POST", "/v1/jobs/done-1/versions/1/restore"),
    ];
    for (method, address) in routes {
        for claims in [Value::Null, json!({"sub": "ann", "token_use": "id"}), json!({"token_use": "access"})] {
            let answer = world.send(Request::new(method, address).with_claims(claims).json(&json!({"name": "a.pdf"}))).await;
            assert_eq!(answer.problem(), (401, "UNAUTHORIZED".to_owned()), "{method} {address}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
}

#[tokio::test]
async fn unknown_routes_are_problems_too() {
    let world = World::new();
    for address in ["/", "/v1", "/v1/job", "/v1/jobs/", "/v1/jobs/j1/poster", "/v2/jobs"] {
        assert_eq!(world.send(get(address)).await.problem(), (404, "NOT_FOUND".to_owned()), "{address}");
    }
}

#[tokio::test]
async fn a_malformed_id_names_no_job() {
    let world = World::new();
    for id in ["a%2Fb", "%00", "a b", "%FF", &"x".repeat(65), "..%2F..%2Fx"] {
        let id = id.replace(' ', "%20");
        assert_eq!(world.send(get(&format!("/v1/jobs/{id}"))).await.problem(), (404, "NOT_FOUND".to_owned()), "{id}");
    }
}

#[tokio::test]
async fn a_route_says_which_methods_it_answers() {
    let world = World::new();
    for (method, address, allowed) in [
        ("DELETE", "/v1/jobs", "GET,HEAD,POST"),
        ("PUT", "/v1/jobs/j1", "GET,HEAD"),
        ("GET", "/v1/jobs/j1/cancel", "POST"),
        ("POST", "/v1/health", "GET,HEAD"),
        ("POST", "/openapi.json", "GET,HEAD"),
    ] {
        let answer = world.send(Request::new(method, address)).await;
        assert_eq!(answer.problem(), (405, "INVALID_REQUEST".to_owned()), "{method} {address}");
        let mut methods: Vec<_> = answer.header("allow").split(',').collect();
        methods.sort_unstable();
        assert_eq!(methods.join(","), allowed, "{method} {address}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_a_problem() {
    let world = World::new();
    for body in ["", "{", "name=a.pdf", "{\"name\": \"a.pdf\"} x"] {
        let answer = world.send(post("/v1/jobs").body(body)).await;
        assert_eq!(answer.problem(), (400, "INVALID_REQUEST".to_owned()), "{body:?}");
    }
    let huge = format!("{{\"name\": \"a.md\", \"text\": \"{}\"}}", "a".repeat(4 * 1024 * 1024));
    assert_eq!(world.send(post("/v1/jobs").body(&huge)).await.problem(), (413, "TOO_LARGE".to_owned()));
}

#[tokio::test]
async fn every_answer_is_kept_out_of_shared_caches_and_guesses() {
    let world = World::new();
    world.completed_job().await;
    for address in ["/v1/jobs", "/v1/jobs/done-1", "/v1/jobs/done-1/video", "/v1/jobs/none", "/v1/health", "/nowhere"] {
        let answer = world.send(get(address)).await;
        assert!(answer.header("cache-control").starts_with("private"), "{address}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{address}");
    }
}

/// A table that says the same to everybody.
struct Broken(fn() -> PortError);

impl JobStore for Broken {
    async fn create(&self, _: &Job) -> Result<bool, PortError> {
        Err((self.0)())
    }
    async fn load(&self, _: &JobId) -> Result<Job, PortError> {
        Err((self.0)())
    }
    async fn change(&self, _: &JobId, _: &Transition, _: Timestamp) -> Result<Job, PortError> {
        Err((self.0)())
    }
    async fn former_versions(&self, _: &JobId) -> Result<Vec<Job>, PortError> {
        Err((self.0)())
    }
    async fn record(&self, _: &JobId, _: &Event) -> Result<(), PortError> {
        Err((self.0)())
    }
    async fn events(&self, _: &JobId) -> Result<Vec<Event>, PortError> {
        Err((self.0)())
    }
    async fn bill(&self, _: &JobId, _: &Bill) -> Result<(), PortError> {
        Err((self.0)())
    }
    async fn bills(&self, _: &JobId) -> Result<Vec<Bill>, PortError> {
        Err((self.0)())
    }
    async fn list(&self, _: &OwnerId, _: &PageRequest) -> Result<Page, PortError> {
        Err((self.0)())
    }
    async fn list_stale(&self, _: Status, _: Timestamp, _: Option<&str>) -> Result<StalePage, PortError> {
        Err((self.0)())
    }
    async fn remember(&self, _: &OwnerId, _: &str, _: &RememberedRequest) -> Result<Option<RememberedRequest>, PortError> {
        Err((self.0)())
    }
}

impl Quotas for Broken {
    async fn count(&self, _: &OwnerId, _: Counted, _: Minute, _: u32) -> Result<bool, PortError> {
        Err((self.0)())
    }
    async fn uncount(&self, _: &OwnerId, _: Counted, _: Minute) -> Result<(), PortError> {
        Err((self.0)())
    }
    async fn hold(&self, _: &OwnerId, _: &JobId, _: u32) -> Result<bool, PortError> {
        Err((self.0)())
    }
    async fn held(&self, _: &OwnerId) -> Result<Vec<JobId>, PortError> {
        Err((self.0)())
    }
    async fn release(&self, _: &OwnerId, _: &JobId) -> Result<(), PortError> {
        Err((self.0)())
    }
}

enum WithBrokenTable {}

impl Ports for WithBrokenTable {
    type Jobs = Broken;
    type Assets = MemoryAssets;
    type Executions = MemoryExecutions;
    type Links = MemoryLinks;
    type Providers = MemoryProviders;
    type Tickets = MemoryTickets;
    type Secrets = MemorySecrets;
}

async fn ask_broken(error: fn() -> PortError, request: Request) -> crate::world::Answer {
    let api = Api::<WithBrokenTable> {
        jobs: Broken(error),
        assets: MemoryAssets::default(),
        executions: MemoryExecutions::default(),
        links: MemoryLinks::default(),
        providers: MemoryProviders::default(),
        tickets: MemoryTickets::default(),
        secrets: MemorySecrets::default(),
        configured: configured(),
        expects_webhooks: false,
        last_seen: api::LastSeen::default(),
        limits: Limits::default(),
        kept: api::Kept::default(),
        retention: SignedDuration::from_hours(1),
        now,
    };
    let answer = ask(&api::router(Arc::new(api)), &request.payload()).await;
    crate::schema::check_answer(request.method(), request.path(), &answer);
    answer
}

#[tokio::test]
async fn what_breaks_behind_us_is_told_without_its_names() {
    let away: fn() -> PortError = || PortError::Unavailable { service: "DynamoDB", message: "secret-table".to_owned() };
    let throttled: fn() -> PortError = || PortError::Throttled { service: "DynamoDB", retry_after: Some(Duration::from_secs(7)) };
    let misused: fn() -> PortError = || PortError::Misused { service: "DynamoDB", message: "secret-table".to_owned() };
    let requests: [fn() -> Request; 5] = [
        || get("/v1/jobs"),
        || get("/v1/jobs/j1"),
        || post("/v1/jobs/j1/cancel"),
        || get("/v1/jobs/j1/events"),
        || post("/v1/jobs").json(&json!({"name": "a.pdf"})),
    ];
    for request in requests {
        for (error, expected, retry_after) in [
            (away, (503, "DEPENDENCY_UNAVAILABLE"), "2"),
            (throttled, (429, "RATE_LIMITED"), "7"),
            (misused, (500, "INTERNAL"), ""),
        ] {
            let answer = ask_broken(error, request()).await;
            let (status, code) = answer.problem();
            assert_eq!((status, code.as_str()), expected);
            assert_eq!(answer.header("retry-after"), retry_after);
            assert!(!answer.text.contains("secret") && !answer.text.contains("Dynamo"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn health_is_told_to_everybody() {
    let world = World::new();
    let answer = world.send(get("/v1/health").with_claims(Value::Null)).await;
    assert_eq!(answer.status, 200);
    let providers = json!([
        {"capability": "script", "name": "anthropic", "status": "healthy"},
        {"capability": "script", "name": "embedded", "status": "healthy"},
    ]);
    let checks = json!({"table": "healthy", "media": "healthy"});
    assert_eq!(answer.json(), json!({"status": "healthy", "checks": checks, "providers": providers}));

    let away: fn() -> PortError = || PortError::Unavailable { service: "DynamoDB", message: "x".to_owned() };
    let answer = ask_broken(away, get("/v1/health")).await;
    assert_eq!(answer.status, 503);
    let checks = json!({"table": "unhealthy", "media": "healthy"});
    assert_eq!(answer.json(), json!({"status": "unhealthy", "checks": checks, "providers": providers}));
}
