//! The adapters against a running local AWS, whose address is the setting `LECTERN_TEST_ENDPOINT`, with its own credentials.
//!
//! Every test makes its own bucket, table or state machine under a name of its own, and deletes it at the end; what a broken run
//! left behind is deleted at the start of the next.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::types as dynamo;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::types as s3;
use domain::breaker::{self, Circuit, Ending, Permit};
use domain::ports::{
    AssetStore, Breakers, Budgets, Catalogues, ExecutionState, Executions, Housekeeping, JobStore, Links, PageRequest, PortError,
    Quotas, RememberedRequest, Ticket, Tickets, UploadForm, UploadStore,
};
use domain::{
    Account, AssetKey, Bill, Budget, CaptionFormat, Catalogue, ContentHash, Counted, DocumentKind, Event, Job, JobId, JobOptions,
    Minute, Money, Offer, OwnerId, Phase, Run, Source, Status, Transition, UploadedObject, Work,
};
use jiff::{SignedDuration, Timestamp};

#[expect(clippy::disallowed_methods, reason = "the one place where this file reads a setting")]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("the setting `{name}` is needed; `infra/lectern test` gives it"))
}

fn credentials() -> Credentials {
    Credentials::new(setting("AWS_ACCESS_KEY_ID"), setting("AWS_SECRET_ACCESS_KEY"), None, None, "test")
}

fn sdk() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(setting("LECTERN_TEST_ENDPOINT"))
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials()))
        .build()
}

fn config() -> aws::Config {
    aws::Config::from(sdk())
}

fn owner(id: &str) -> OwnerId {
    OwnerId::new(id).expect("valid")
}

fn job_id(id: &str) -> JobId {
    JobId::new(id).expect("valid")
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// A bucket with versions.
struct Bucket {
    client: aws_sdk_s3::Client,
    name: &'static str,
}

impl Bucket {
    async fn new(name: &'static str) -> Self {
        let client = aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&sdk()).force_path_style(true).build());
        let bucket = Self { client, name };
        if bucket.client.head_bucket().bucket(name).send().await.is_ok() {
            bucket.delete().await;
        }
        bucket.client.create_bucket().bucket(name).send().await.expect("a bucket is made");
        let versions = s3::VersioningConfiguration::builder().status(s3::BucketVersioningStatus::Enabled).build();
        let request = bucket.client.put_bucket_versioning().bucket(name).versioning_configuration(versions);
        request.send().await.expect("the bucket keeps versions");
        bucket
    }

    async fn put(&self, key: &str, body: &[u8]) -> String {
        let request = self.client.put_object().bucket(self.name).key(key).metadata("note", "by hand").body(body.to_vec().into());
        request.send().await.expect("an object is written").version_id.expect("the bucket keeps versions")
    }

    async fn delete(&self) {
        let listed = self.client.list_object_versions().bucket(self.name).send().await.expect("the bucket is listed");
        let versions = listed.versions().iter().map(|found| (found.key(), found.version_id()));
        let markers = listed.delete_markers().iter().map(|found| (found.key(), found.version_id()));
        for (key, version) in versions.chain(markers) {
            let request = self.client.delete_object().bucket(self.name).set_key(key.map(str::to_owned));
            request.set_version_id(version.map(str::to_owned)).send().await.expect("an object is deleted");
        }
        self.client.delete_bucket().bucket(self.name).send().await.expect("the bucket is deleted");
    }
}

/// A table as the template makes it.
struct Table {
    client: aws_sdk_dynamodb::Client,
    name: &'static str,
}

impl Table {
    async fn new(name: &'static str) -> Self {
        let table = Self { client: aws_sdk_dynamodb::Client::new(&sdk()), name };
        if table.client.describe_table().table_name(name).send().await.is_ok() {
            table.delete().await;
        }
        let mut request = table.client.create_table().table_name(name).billing_mode(dynamo::BillingMode::PayPerRequest);
        for attribute in ["pk", "sk", "owner", "created", "status_key", "updated"] {
            let definition = dynamo::AttributeDefinition::builder()
                .attribute_name(attribute)
                .attribute_type(dynamo::ScalarAttributeType::S)
                .build();
            request = request.attribute_definitions(definition.expect("complete"));
        }
        request
            .set_key_schema(Some(key_schema("pk", "sk")))
            .global_secondary_indexes(index("by-owner", "owner", "created"))
            .global_secondary_indexes(index("by-status", "status_key", "updated"))
            .send()
            .await
            .expect("a table is made");
        table
    }

    fn jobs(&self) -> aws::dynamodb::Jobs {
        config().jobs(self.name)
    }

    /// Takes something from the record of a job without which nobody can read it.
    async fn spoil(&self, job: &str) {
        let key = |value: String| dynamo::AttributeValue::S(value);
        let update =
            self.client.update_item().table_name(self.name).key("pk", key(format!("JOB#{job}"))).key("sk", key("JOB".into()));
        update.update_expression("REMOVE created_at").send().await.expect("it is written");
    }

    async fn delete(&self) {
        self.client.delete_table().table_name(self.name).send().await.expect("the table is deleted");
    }
}

fn key_schema(hash: &str, range: &str) -> Vec<dynamo::KeySchemaElement> {
    [(hash, dynamo::KeyType::Hash), (range, dynamo::KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| dynamo::KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("complete"))
        .collect()
}

fn index(name: &str, hash: &str, range: &str) -> dynamo::GlobalSecondaryIndex {
    dynamo::GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(key_schema(hash, range)))
        .projection(dynamo::Projection::builder().projection_type(dynamo::ProjectionType::All).build())
        .build()
        .expect("complete")
}

fn new_job(id: &str, owned_by: &str, created: Timestamp) -> Job {
    Job::new(job_id(id), owner(owned_by), JobOptions::default(), created, created + days(30))
}

fn page(status: Option<Status>, limit: u32, after: Option<String>) -> PageRequest {
    PageRequest { status, limit, after }
}

#[tokio::test]
async fn an_asset_is_written_read_and_found() {
    let bucket = Bucket::new("lectern-test-assets").await;
    let assets = config().assets(bucket.name);
    let key = AssetKey::Captions(owner("o"), job_id("j"), 1, CaptionFormat::Vtt);
    assert!(!assets.exists(&key).await.expect("S3 answers"));
    let missing = assets.get(&key).await.expect_err("it is not there");
    assert!(matches!(missing, PortError::NotFound { .. }), "{missing}");

    assets.put(&key, b"WEBVTT\n".to_vec()).await.expect("it is written");
    assert!(assets.exists(&key).await.expect("S3 answers"));
    assert_eq!(assets.get(&key).await.expect("it is there"), b"WEBVTT\n");
    let head = bucket.client.head_object().bucket(bucket.name).key(key.path()).send().await.expect("it is there");
    assert_eq!(head.content_type.as_deref(), Some("text/vtt; charset=utf-8"));
    bucket.delete().await;
}

#[tokio::test]
async fn what_is_old_is_listed_and_deleted() {
    let bucket = Bucket::new("lectern-test-housekeeping").await;
    let assets = config().assets(bucket.name);
    let (kept, old) = (AssetKey::Document(owner("o"), job_id("kept")), AssetKey::Take(owner("o"), ContentHash::of(["t"])));
    assets.put(&kept, b"{}".to_vec()).await.expect("it is written");
    assets.put(&old, b"{}".to_vec()).await.expect("it is written");
    let now = Timestamp::now();
    assert_eq!(assets.list_before(AssetKey::CACHE_PREFIX, now - days(1)).await.expect("S3 answers"), Vec::<String>::new());
    let found = assets.list_before(AssetKey::CACHE_PREFIX, now + days(1)).await.expect("S3 answers");
    assert_eq!(found, [old.path()]);
    assets.delete(&found).await.expect("it is deleted");
    assets.delete(&found).await.expect("it is gone already");
    assets.delete(&[]).await.expect("nothing to do");
    assert!(!assets.exists(&old).await.expect("S3 answers"));
    assert!(assets.exists(&kept).await.expect("S3 answers"));
    bucket.delete().await;
}

#[tokio::test]
async fn a_missing_bucket_is_not_a_missing_object() {
    let assets = config().assets("lectern-test-no-such-bucket");
    let error = assets.get(&AssetKey::Document(owner("o"), job_id("j"))).await.expect_err("there is no bucket");
    assert!(matches!(error, PortError::Misused { .. }), "{error}");
}

#[tokio::test]
async fn an_upload_is_read_in_the_version_that_is_meant() {
    let bucket = Bucket::new("lectern-test-uploads").await;
    let uploads = config().uploads(bucket.name);
    let key = "inbox/o/j/Übung 1+2 100% 🎓.txt";
    let first = bucket.put(key, b"first").await;
    let second = bucket.put(key, b"second, longer").await;
    let source = |version: &str| Source {
        key: key.to_owned(),
        version: Some(version.to_owned()),
        name: "x.txt".to_owned(),
        kind: DocumentKind::Text,
        bytes: 5,
    };
    assert_eq!(uploads.read(&source(&first)).await.expect("it is there"), b"first");
    assert_eq!(uploads.read(&source(&second)).await.expect("it is there"), b"second, longer");
    bucket.client.delete_object().bucket(bucket.name).key(key).version_id(&first).send().await.expect("it is deleted");
    let gone = uploads.read(&source(&first)).await.expect_err("that version is deleted");
    assert!(matches!(gone, PortError::NotFound { .. }), "{gone}");
    bucket.delete().await;
}

#[tokio::test]
async fn a_peek_gives_the_start_the_size_and_the_metadata() {
    let bucket = Bucket::new("lectern-test-peek").await;
    let uploads = config().uploads(bucket.name);
    let version = bucket.put("inbox/o/j/a.txt", b"0123456789").await;
    bucket.put("inbox/o/j/empty.txt", b"").await;

    let peek = uploads.peek("inbox/o/j/a.txt", Some(&version), 4).await.expect("it is there");
    assert_eq!((peek.start.as_slice(), peek.size), (b"0123".as_slice(), 10));
    assert_eq!(peek.metadata.get("note").map(String::as_str), Some("by hand"));
    let whole = uploads.peek("inbox/o/j/a.txt", None, 100).await.expect("it is there");
    assert_eq!((whole.start.len(), whole.size), (10, 10));
    let empty = uploads.peek("inbox/o/j/empty.txt", None, 100).await.expect("it is there");
    assert_eq!((empty.start.len(), empty.size), (0, 0));
    assert!(matches!(uploads.peek("inbox/none", None, 4).await, Err(PortError::NotFound { .. })));
    bucket.delete().await;
}

#[tokio::test]
async fn uploads_are_listed_by_time_with_every_version() {
    let bucket = Bucket::new("lectern-test-list-uploads").await;
    let uploads = config().uploads(bucket.name);
    let first = bucket.put("inbox/o/a b+c.txt", b"1").await;
    let second = bucket.put("inbox/o/a b+c.txt", b"2").await;
    bucket.put("elsewhere/a.txt", b"3").await;

    let now = Timestamp::now();
    let mut found = uploads.list_between(now - days(1), now + days(1)).await.expect("S3 answers");
    found.sort_by(|a, b| a.version.cmp(&b.version));
    let mut expected =
        [first, second].map(|version| UploadedObject { key: "inbox/o/a b+c.txt".to_owned(), version: Some(version) }).to_vec();
    expected.sort_by(|a, b| a.version.cmp(&b.version));
    assert_eq!(found, expected);
    assert_eq!(uploads.list_between(now - days(2), now - days(1)).await.expect("S3 answers"), []);
    bucket.delete().await;
}

/// Sends a form as a browser does; gives the status.
async fn post(form: &UploadForm, changed: &[(&str, &str)], file: &[u8]) -> u16 {
    const BOUNDARY: &str = "lectern-boundary";
    let mut fields = form.fields.clone();
    fields.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let mut body = Vec::new();
    for (name, value) in &fields {
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n").bytes());
    body.extend(file);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    let request =
        reqwest::Client::new().post(&form.url).header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    request.body(body).send().await.expect("S3 answers").status().as_u16()
}

#[tokio::test]
async fn a_form_takes_only_what_it_was_made_for() {
    let bucket = Bucket::new("lectern-test-form").await;
    let links = config().links("lectern-test-none", bucket.name);
    let key = "inbox/o/j/Übung 1+2 100%.pdf";
    let now = Timestamp::now();
    let form = links.upload(key, "application/pdf", 10, now).await.expect("it is signed");
    assert_eq!(form.expires_at, now + SignedDuration::from_mins(15));

    assert_eq!(post(&form, &[], b"12345678901").await, 400, "too large");
    assert_eq!(post(&form, &[], b"").await, 400, "empty");
    assert_eq!(post(&form, &[("Content-Type", "text/html")], b"x").await, 403, "another type");
    assert_eq!(post(&form, &[("key", "inbox/other/j/x.pdf")], b"x").await, 403, "another key");
    assert_eq!(post(&form, &[], b"1234567890").await, 201);
    let object = bucket.client.get_object().bucket(bucket.name).key(key).send().await.expect("it was written");
    assert_eq!(object.content_type.as_deref(), Some("application/pdf"));
    assert_eq!(object.body.collect().await.expect("it is read").to_vec(), b"1234567890");

    let late = links.upload(key, "application/pdf", 10, now - SignedDuration::from_mins(16)).await.expect("it is signed");
    assert_eq!(post(&late, &[], b"x").await, 403, "too late");
    bucket.delete().await;
}

#[tokio::test]
async fn a_link_is_saved_or_shown_and_serves_ranges() {
    let bucket = Bucket::new("lectern-test-download").await;
    let key = AssetKey::Video(owner("o"), job_id("j"), 1);
    config().assets(bucket.name).put(&key, b"0123456789".to_vec()).await.expect("it is written");
    let links = config().links(bucket.name, "lectern-test-none");

    let shown = links.download(&key, None).await.expect("it is signed");
    let part = reqwest::Client::new().get(&shown).header("range", "bytes=2-4").send().await.expect("S3 answers");
    assert_eq!(part.status().as_u16(), 206);
    assert_eq!(part.headers()["content-disposition"], "inline");
    assert_eq!(part.headers()["content-type"], "video/mp4");
    assert_eq!(part.bytes().await.expect("a body").as_ref(), b"234");

    let saved = links.download(&key, Some("Über \"uns\".mp4")).await.expect("it is signed");
    let whole = reqwest::get(&saved).await.expect("S3 answers");
    let disposition = whole.headers()["content-disposition"].to_str().expect("ASCII").to_owned();
    assert_eq!(disposition, "attachment; filename=\"_ber _uns_.mp4\"; filename*=UTF-8''%C3%9Cber%20%22uns%22.mp4");
    bucket.delete().await;
}

#[tokio::test]
async fn a_text_is_uploaded_once() {
    let bucket = Bucket::new("lectern-test-text").await;
    let links = config().links("lectern-test-none", bucket.name);
    links.upload_text("inbox/o/j/n.md", "text/markdown", "# One").await.expect("it is written");
    links.upload_text("inbox/o/j/n.md", "text/markdown", "# One").await.expect("it is there");
    let now = Timestamp::now();
    let uploads = config().uploads(bucket.name).list_between(now - days(1), now + days(1)).await.expect("S3 answers");
    assert_eq!(uploads.len(), 1);
    bucket.delete().await;
}

#[tokio::test]
async fn a_job_is_created_once_and_read_back() {
    let table = Table::new("lectern-test-create").await;
    let jobs = table.jobs();
    let job = new_job("j1", "o1", Timestamp::now());
    assert!(matches!(jobs.load(&job.id).await, Err(PortError::NotFound { .. })));
    assert!(jobs.create(&job).await.expect("it is written"));
    assert!(!jobs.create(&new_job("j1", "o2", Timestamp::now())).await.expect("the table answers"));
    assert_eq!(jobs.load(&job.id).await.expect("it is there"), job);
    table.delete().await;
}

#[tokio::test]
async fn a_job_ends_on_time_whether_deleted_or_not() {
    let table = Table::new("lectern-test-expiry").await;
    let jobs = table.jobs();
    let old = new_job("j1", "o1", Timestamp::now() - days(31));
    jobs.create(&old).await.expect("it is written");
    assert!(matches!(jobs.load(&old.id).await, Err(PortError::NotFound { .. })));
    assert_eq!(jobs.list(&owner("o1"), &page(None, 10, None)).await.expect("the table answers").jobs, []);
    table.delete().await;
}

#[tokio::test]
async fn no_change_is_lost_when_scenes_end_together() {
    let table = Table::new("lectern-test-changes").await;
    let jobs = table.jobs();
    let job = new_job("j1", "o1", Timestamp::now());
    jobs.create(&job).await.expect("it is written");
    let now = Timestamp::now();
    let changes: Vec<_> = (0..20)
        .map(|scene| {
            let (jobs, id) = (jobs.clone(), job.id.clone());
            tokio::spawn(async move { jobs.change(&id, &Transition::Narrated(scene), now).await })
        })
        .collect();
    for change in changes {
        change.await.expect("no panic").expect("it gets through");
    }
    let changed = jobs.load(&job.id).await.expect("it is there");
    assert_eq!((changed.narrated.len(), changed.revision), (20, 20));
    table.delete().await;
}

#[tokio::test]
async fn a_change_that_does_not_fit_is_refused_and_the_same_one_is_not_written_twice() {
    let table = Table::new("lectern-test-refused").await;
    let jobs = table.jobs();
    let job = new_job("j1", "o1", Timestamp::now());
    jobs.create(&job).await.expect("it is written");
    let now = Timestamp::now();
    let once = jobs.change(&job.id, &Transition::Cancel, now).await.expect("it fits");
    assert_eq!(jobs.change(&job.id, &Transition::Cancel, now + days(1)).await.expect("it fits"), once);
    let refused = jobs.change(&job.id, &Transition::Enter(Phase::Scenes), now).await.expect_err("it is cancelled");
    assert!(matches!(refused, PortError::Transition(_)), "{refused}");
    assert!(matches!(jobs.change(&job_id("none"), &Transition::Cancel, now).await, Err(PortError::NotFound { .. })));
    table.delete().await;
}

#[tokio::test]
async fn a_field_of_a_newer_version_survives_a_change() {
    let table = Table::new("lectern-test-newer").await;
    let jobs = table.jobs();
    let job = new_job("j1", "o1", Timestamp::now());
    jobs.create(&job).await.expect("it is written");
    let keys =
        || [("pk", "JOB#j1"), ("sk", "JOB")].map(|(name, value)| (name.to_owned(), dynamo::AttributeValue::S(value.to_owned())));
    let update =
        table.client.update_item().table_name(table.name).set_key(Some(keys().into())).update_expression("SET newer = :n");
    update.expression_attribute_values(":n", dynamo::AttributeValue::S("x".to_owned())).send().await.expect("it is written");

    jobs.change(&job.id, &Transition::Enter(Phase::Extract), Timestamp::now()).await.expect("it fits");
    let stored = table.client.get_item().table_name(table.name).set_key(Some(keys().into())).send().await.expect("it is there");
    let stored = stored.item.expect("it is there");
    assert_eq!(stored["newer"], dynamo::AttributeValue::S("x".to_owned()));
    assert_eq!(stored["status_key"], dynamo::AttributeValue::S("processing".to_owned()));
    table.delete().await;
}

#[tokio::test]
async fn a_list_is_newest_first_and_comes_in_pages() {
    let table = Table::new("lectern-test-list").await;
    let jobs = table.jobs();
    let start = Timestamp::now() - days(1);
    for number in 0..7_i64 {
        let job = new_job(&format!("j{number}"), "o1", start + SignedDuration::from_millis(100 * number));
        jobs.create(&job).await.expect("it is written");
        if number % 2 == 0 {
            jobs.change(&job.id, &Transition::Cancel, Timestamp::now()).await.expect("it fits");
        }
    }
    jobs.create(&new_job("other", "o2", start)).await.expect("it is written");

    let walk = async |status: Option<Status>| {
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let found = jobs.list(&owner("o1"), &page(status, 3, after)).await.expect("the table answers");
            pages.push(found.jobs.iter().map(|job| job.id.to_string()).collect::<Vec<_>>().join(" "));
            after = found.next;
            if after.is_none() {
                return pages;
            }
        }
    };
    assert_eq!(walk(None).await, ["j6 j5 j4", "j3 j2 j1", "j0"]);
    assert_eq!(walk(Some(Status::Cancelled)).await, ["j6 j4 j2", "j0"]);
    assert_eq!(walk(Some(Status::Pending)).await, ["j5 j3 j1"]);
    assert_eq!(walk(Some(Status::Completed)).await, [""]);

    table.spoil("j5").await;
    assert_eq!(walk(None).await, ["j6 j4 j3", "j2 j1 j0"]);
    let found = jobs.list(&owner("o1"), &page(None, 3, None)).await.expect("the table answers");
    assert!(matches!(found.unreadable.as_slice(), [broken] if broken.starts_with("`JOB#j5`: ")), "{:?}", found.unreadable);

    let next = found.next;
    let foreign = jobs.list(&owner("o2"), &page(None, 3, next)).await.expect_err("it is another's");
    assert!(matches!(foreign, PortError::Misused { .. }), "{foreign}");
    table.delete().await;
}

#[tokio::test]
async fn stale_jobs_are_found_by_status_and_time() {
    let table = Table::new("lectern-test-stale").await;
    let jobs = table.jobs();
    let now = Timestamp::now();
    jobs.create(&new_job("old", "o1", now - days(2))).await.expect("it is written");
    jobs.create(&new_job("new", "o2", now)).await.expect("it is written");
    jobs.create(&new_job("ended", "o2", now - days(2))).await.expect("it is written");
    jobs.change(&job_id("ended"), &Transition::Cancel, now - days(2)).await.expect("it fits");
    let stale = jobs.list_stale(Status::Pending, now - days(1), None).await.expect("the table answers");
    assert_eq!(stale.jobs.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(), ["old"]);
    assert_eq!((stale.unreadable, stale.next), (vec![], None));
    // A record that nobody can read stands in nobody's way.
    table.spoil("old").await;
    jobs.create(&new_job("older", "o1", now - days(3))).await.expect("it is written");
    let stale = jobs.list_stale(Status::Pending, now - days(1), None).await.expect("the table answers");
    assert_eq!(stale.jobs.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(), ["older"]);
    assert!(matches!(stale.unreadable.as_slice(), [found] if found.starts_with("`JOB#old`: ")), "{:?}", stale.unreadable);
    table.delete().await;
}

#[tokio::test]
async fn a_log_is_read_oldest_first() {
    let table = Table::new("lectern-test-log").await;
    let jobs = table.jobs();
    let start = Timestamp::now();
    let line = |millis: i64, name: &str| Event {
        at: start + SignedDuration::from_millis(millis),
        stage: "render-scene".to_owned(),
        scene: Some(1),
        name: name.to_owned(),
        duration_ms: None,
        failure: None,
        version: 1,
        made: Default::default(),
    };
    for event in [line(500, "finished"), line(0, "started"), line(250, "working"), line(0, "started")] {
        jobs.record(&job_id("j1"), &event).await.expect("it is written");
    }
    let log = jobs.events(&job_id("j1")).await.expect("the table answers");
    assert_eq!(log, [line(0, "started"), line(250, "working"), line(500, "finished")]);
    assert_eq!(jobs.events(&job_id("j2")).await.expect("the table answers"), []);
    table.delete().await;
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_request_until_it_expires() {
    let table = Table::new("lectern-test-remember").await;
    let jobs = table.jobs();
    let now = Timestamp::now();
    let request =
        |job: &str, expires_at: Timestamp| RememberedRequest { hash: ContentHash::of([job]), job: job_id(job), expires_at };
    let first = request("j1", now + days(1));
    assert_eq!(jobs.remember(&owner("o1"), "k", &first).await.expect("the table answers"), None);
    assert_eq!(jobs.remember(&owner("o1"), "k", &request("j2", now + days(1))).await.expect("the table answers"), Some(first));
    assert_eq!(jobs.remember(&owner("o2"), "k", &request("j3", now + days(1))).await.expect("the table answers"), None);

    assert_eq!(jobs.remember(&owner("o1"), "old", &request("j4", now - days(1))).await.expect("the table answers"), None);
    let anew = request("j5", now + days(1));
    assert_eq!(jobs.remember(&owner("o1"), "old", &anew).await.expect("the table answers"), None);
    assert_eq!(jobs.remember(&owner("o1"), "old", &anew).await.expect("the table answers"), Some(anew));
    table.delete().await;
}

/// What so many callers at once are told.
async fn enter_together(
    callers: usize,
    breakers: &aws::dynamodb::ProviderTable,
    now: Timestamp,
) -> Vec<Result<Permit, Timestamp>> {
    let mut entering = tokio::task::JoinSet::new();
    for _ in 0..callers {
        let breakers = breakers.clone();
        entering.spawn(async move { breaker::enter(&breakers, "script/anthropic", now).await });
    }
    entering.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_hundred_callers_probes_a_provider() {
    let table = Table::new("test-breakers").await;
    let breakers = config().providers(table.name);
    let begun = Timestamp::now();
    let after = |seconds| begun + SignedDuration::from_secs(seconds);
    // Two hundred calls fail together: three of them are counted, and the breaker is open.
    let permits = enter_together(200, &breakers, begun).await;
    assert!(permits.iter().all(|permit| matches!(permit, Ok(Permit::Call { .. }))), "{permits:?}");
    let mut leaving = tokio::task::JoinSet::new();
    for permit in permits.into_iter().flatten() {
        let breakers = breakers.clone();
        leaving.spawn(async move { breaker::leave(&breakers, "script/anthropic", permit, Ending::Failed, begun).await });
    }
    leaving.join_all().await;
    let open = breakers.read("script/anthropic").await.expect("it is there");
    assert_eq!((open.revision, open.circuit), (3, Circuit::Open { until: after(30) }));

    assert!(enter_together(50, &breakers, after(29)).await.iter().all(|permit| *permit == Err(after(30))));
    let permits = enter_together(200, &breakers, after(30)).await;
    let probes: Vec<Permit> = permits.into_iter().flatten().collect();
    assert_eq!(probes, [Permit::Probe { revision: 4 }]);
    breaker::leave(&breakers, "script/anthropic", probes[0], Ending::Answered, after(31)).await;
    let permits = enter_together(50, &breakers, after(31)).await;
    assert!(permits.iter().all(|permit| *permit == Ok(Permit::Call { has_failures: false })), "{permits:?}");
    table.delete().await;
}

#[tokio::test]
async fn a_breaker_that_cannot_be_reached_lets_calls_through() {
    let sdk = sdk().into_builder().endpoint_url("http://127.0.0.1:9").build();
    let breakers = aws::Config::from(sdk).providers("test-none");
    let permit = breaker::enter(&breakers, "script/anthropic", Timestamp::now()).await;
    assert_eq!(permit, Ok(Permit::Unwatched));
    breaker::leave(&breakers, "script/anthropic", Permit::Call { has_failures: true }, Ending::Failed, Timestamp::now()).await;
}

#[tokio::test]
async fn what_a_provider_offers_is_kept() {
    let table = Table::new("test-catalogues").await;
    let providers = config().providers(table.name);
    assert_eq!(providers.load("script/anthropic").await.expect("the table is there"), None);
    let offer = Offer { models: vec!["m-1".to_owned()], voices: vec!["ada".to_owned()] };
    let catalogue = Catalogue { at: Timestamp::now(), offer, failure: None };
    providers.save("script/anthropic", &catalogue).await.expect("it is written");
    assert_eq!(providers.load("script/anthropic").await.expect("it is read"), Some(catalogue));
    table.delete().await;
}

#[tokio::test]
async fn a_ticket_is_found_until_it_is_forgotten() {
    let table = Table::new("test-tickets").await;
    let tickets = config().tickets(table.name);
    let (one, other) = (JobId::new("job-1").expect("valid"), JobId::new("job-2").expect("valid"));
    let asked = ContentHash::of(["a picture"]);
    let ticket = Ticket { provider: "replicate".to_owned(), version: 2, id: "prediction-1".to_owned(), end: None };
    assert_eq!(tickets.find(&one, &asked).await.expect("the table is there"), None);
    tickets.save(&one, &asked, &ticket).await.expect("it is written");
    assert_eq!(tickets.find(&one, &asked).await.expect("it is read"), Some(ticket.clone()));
    assert_eq!(tickets.open(&one).await.expect("they are read"), [(asked.clone(), ticket.clone())]);
    assert_eq!(tickets.find(&other, &asked).await.expect("it is read"), None);
    assert_eq!(tickets.open(&other).await.expect("they are read"), []);
    for (id, is_kept) in [("prediction-2", false), ("prediction-1", true), ("prediction-1", true)] {
        assert_eq!(tickets.note_end(&one, &asked, id, "done").await.expect("it is written"), is_kept, "{id}");
    }
    assert!(!tickets.note_end(&other, &asked, "prediction-1", "done").await.expect("it is looked at"));
    let ended = Ticket { end: Some("done".to_owned()), ..ticket };
    assert_eq!(tickets.find(&one, &asked).await.expect("it is read"), Some(ended));
    tickets.forget(&one, &asked).await.expect("it is written");
    assert_eq!(tickets.find(&one, &asked).await.expect("it is read"), None);
    assert_eq!(tickets.open(&one).await.expect("they are read"), []);
    assert!(!tickets.note_end(&one, &asked, "prediction-1", "done").await.expect("it is looked at"));
    table.delete().await;
}

#[tokio::test]
async fn a_key_is_read_by_its_reference() {
    let secrets = aws_sdk_secretsmanager::Client::new(&sdk());
    let parameters = aws_sdk_ssm::Client::new(&sdk());
    let name = "lectern/script/test-key";
    let _ = secrets.delete_secret().secret_id(name).force_delete_without_recovery(true).send().await;
    secrets.create_secret().name(name).secret_string("from a secret").send().await.expect("a secret is made");
    let put = parameters.put_parameter().name(format!("/{name}")).value("from a parameter").overwrite(true);
    put.r#type(aws_sdk_ssm::types::ParameterType::SecureString).send().await.expect("a parameter is made");
    let config = config();
    assert_eq!(config.secret(name).await.expect("it is there"), "from a secret");
    assert_eq!(config.secret(&format!("ssm:/{name}")).await.expect("it is there"), "from a parameter");
    for missing in ["lectern/script/test-none", "ssm:/lectern/script/test-none"] {
        let error = config.secret(missing).await.expect_err("there is none").to_string();
        assert!(error.contains("test-none"), "{error}");
    }
    secrets.delete_secret().secret_id(name).force_delete_without_recovery(true).send().await.expect("it is deleted");
    parameters.delete_parameter().name(format!("/{name}")).send().await.expect("it is deleted");
}

/// How many of so many callers at once are let through.
async fn let_through<F: Future<Output = Result<bool, PortError>> + Send + 'static>(
    callers: usize,
    call: impl Fn(usize) -> F,
) -> usize {
    let mut calling = tokio::task::JoinSet::new();
    for caller in 0..callers {
        calling.spawn(call(caller));
    }
    calling.join_all().await.into_iter().filter(|answer| *answer.as_ref().expect("the table is there")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_are_exact_under_sixty_four_callers() {
    let table = Table::new("test-quotas").await;
    let minute = Minute::of(Timestamp::now());
    let counted = let_through(64, |_| {
        let jobs = table.jobs();
        async move { jobs.count(&owner("ann"), Counted::Jobs, minute, 10).await }
    });
    assert_eq!(counted.await, 10);
    let held = let_through(64, |caller| {
        let jobs = table.jobs();
        async move { jobs.hold(&owner("ann"), &job_id(&format!("job-{caller}")), 10).await }
    });
    assert_eq!(held.await, 10);

    let jobs = table.jobs();
    let first = jobs.held(&owner("ann")).await.expect("the table is there")[0].clone();
    assert!(jobs.hold(&owner("ann"), &first, 10).await.expect("the table is there"), "it has its place already");
    for _ in 0..2 {
        jobs.release(&owner("ann"), &first).await.expect("it is given back once");
    }
    assert_eq!(jobs.held(&owner("ann")).await.expect("the table is there").len(), 9);
    assert!(jobs.hold(&owner("ann"), &job_id("another"), 10).await.expect("the table is there"));
    assert!(!jobs.hold(&owner("ann"), &job_id("one-more"), 10).await.expect("the table is there"));
    jobs.uncount(&owner("ann"), Counted::Jobs, minute).await.expect("the table is there");
    assert!(jobs.count(&owner("ann"), Counted::Jobs, minute, 10).await.expect("the table is there"));
    assert!(!jobs.count(&owner("ann"), Counted::Jobs, minute, 10).await.expect("the table is there"));
    table.delete().await;
}

#[tokio::test]
async fn a_job_that_ends_is_no_longer_under_way() {
    let table = Table::new("test-active").await;
    let jobs = table.jobs();
    let job = new_job("j1", "ann", Timestamp::now());
    jobs.create(&job).await.expect("it is made");
    assert!(jobs.hold(&job.owner, &job.id, 1).await.expect("the table is there"));
    jobs.change(&job.id, &Transition::Cancel, Timestamp::now()).await.expect("it is pending");
    assert!(jobs.held(&job.owner).await.expect("the table is there").is_empty());
    table.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_are_never_overdrawn() {
    let table = Table::new("test-budgets").await;
    let account = |job: &str| Account::new(owner("ann"), job_id(job), Timestamp::now());
    let budget = Budget { job: Money(100), day: Money(250) };
    let reserved = let_through(16, |_| {
        let (store, account) = (config().providers("test-budgets"), account("a"));
        async move { store.reserve(&account, Money(30), &budget).await }
    });
    assert_eq!(reserved.await, 3);
    let store = config().providers(table.name);
    store.settle(&account("a"), Money(30), Money(10)).await.expect("it is corrected");
    assert!(store.reserve(&account("a"), Money(30), &budget).await.expect("the table is there"), "80 of 100");
    assert!(!store.reserve(&account("a"), Money(30), &budget).await.expect("the table is there"));
    assert!(store.reserve(&account("b"), Money(100), &budget).await.expect("the table is there"), "200 of the day's 250");
    assert!(!store.reserve(&account("c"), Money(60), &budget).await.expect("the table is there"));
    assert!(store.reserve(&account("c"), Money(50), &budget).await.expect("the table is there"));
    assert!(!store.reserve(&account("d"), Money(101), &budget).await.expect("the table is there"));
    table.delete().await;
}

#[tokio::test]
async fn bills_are_read_oldest_first() {
    let table = Table::new("test-bills").await;
    let jobs = table.jobs();
    let bill = |second: i64, scene| Bill {
        at: Timestamp::from_second(second).expect("in range"),
        version: 1,
        stage: "narrate-scene".to_owned(),
        scene,
        charges: vec![],
        work: Work { requests: 1, ..Work::default() },
    };
    for bill in [bill(2_000_000_009, Some(1)), bill(2_000_000_001, None)] {
        jobs.bill(&job_id("j1"), &bill).await.expect("it is written");
    }
    let read = jobs.bills(&job_id("j1")).await.expect("they are read");
    assert_eq!(read, [bill(2_000_000_001, None), bill(2_000_000_009, Some(1))]);
    table.delete().await;
}

#[tokio::test]
async fn a_missing_table_is_a_mistake_of_ours() {
    let error = config().jobs("lectern-test-no-such-table").load(&job_id("j")).await.expect_err("there is no table");
    assert!(matches!(error, PortError::Misused { .. }), "{error}");
}

#[tokio::test]
async fn nobody_at_the_address_is_unavailable() {
    let nobody = sdk().into_builder().endpoint_url("http://127.0.0.1:9").build();
    let error = aws::Config::from(nobody).jobs("any").load(&job_id("j")).await.expect_err("nobody listens");
    assert!(matches!(error, PortError::Unavailable { .. }), "{error}");
}

async fn make_state_machine(client: &aws_sdk_sfn::Client, name: &str, definition: &str) -> String {
    let role = "arn:aws:iam::000000000000:role/lectern-test";
    let request = client.create_state_machine().name(name).definition(definition).role_arn(role);
    request.send().await.expect("a state machine is made").state_machine_arn
}

#[tokio::test]
async fn an_execution_is_started_once_and_stopped() {
    let client = aws_sdk_sfn::Client::new(&sdk());
    let waits = r#"{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": true}}}"#;
    let arn = make_state_machine(&client, "lectern-test-stop", waits).await;
    let executions = config().state_machine(&arn).expect("it is an ARN");
    // The name of an execution is taken for good, so each run needs one of its own.
    let run = Run::first(job_id(&format!("stop-{}", Timestamp::now().as_nanosecond())));
    assert_eq!(executions.state(&run).await.expect("it answers"), ExecutionState::Missing);
    executions.stop(&run).await.expect("nothing to stop");
    executions.start(&run).await.expect("it starts");
    executions.start(&run).await.expect("it was started");
    assert_eq!(executions.state(&run).await.expect("it answers"), ExecutionState::Running);
    executions.stop(&run).await.expect("it stops");
    executions.stop(&run).await.expect("it was stopped");
    assert_eq!(executions.state(&run).await.expect("it answers"), ExecutionState::Aborted);
    client.delete_state_machine().state_machine_arn(arn).send().await.expect("it is deleted");
}

#[tokio::test]
async fn the_end_of_an_execution_is_told_with_its_cause() {
    let client = aws_sdk_sfn::Client::new(&sdk());
    let fails = r#"{"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "Bug", "Cause": "INTERNAL: x"}}}"#;
    let arn = make_state_machine(&client, "lectern-test-fail", fails).await;
    let executions = config().state_machine(&arn).expect("it is an ARN");
    let run = Run::first(job_id(&format!("fail-{}", Timestamp::now().as_nanosecond())));
    executions.start(&run).await.expect("it starts");
    let mut state = ExecutionState::Running;
    for _ in 0..100 {
        state = executions.state(&run).await.expect("it answers");
        if state != ExecutionState::Running {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(state, ExecutionState::Failed { error: "Bug".to_owned(), cause: "INTERNAL: x".to_owned() });
    executions.stop(&run).await.expect("nothing to stop");
    client.delete_state_machine().state_machine_arn(arn).send().await.expect("it is deleted");
}
