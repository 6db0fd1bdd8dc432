//! Buckets, a table and a state machine that belong to one test, on the local AWS.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::types as dynamo;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::types as s3;
use aws_sdk_sfn::types::ExecutionStatus;
use domain::ports::{Executions, JobStore};
use domain::{DocumentKind, Job, JobId, JobOptions, OwnerId, Phase, Run, Source, Status, Transition};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// Executions wait here until somebody ends them; what the stages do is the test's own business.
const WAITS: &str = r#"{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3000, "End": true}}}"#;

pub(crate) struct Cloud {
    pub(crate) name: String,
    sdk: SdkConfig,
    known: Value,
    state_machine: String,
}

impl Cloud {
    /// A cloud of its own for a test, whose executions wait.
    pub(crate) async fn new(name: &str) -> Self {
        Self::with_machine(name, WAITS).await
    }

    /// A cloud whose state machine does this.
    pub(crate) async fn with_machine(name: &str, definition: &str) -> Self {
        // What a broken run left behind bears another name.
        let name = format!("bars-{name}-{}", Timestamp::now().as_millisecond());
        let known = known();
        let text = |key: &str| known[key].as_str().unwrap_or_else(|| panic!("the local AWS has a `{key}`")).to_owned();
        let credentials = Credentials::new(text("access_key_id"), text("secret_access_key"), None, None, "test");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(text("endpoint"))
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let mut cloud = Self { name, sdk, known, state_machine: String::new() };
        for bucket in [cloud.uploads_bucket(), cloud.media_bucket()] {
            cloud.make_bucket(&bucket).await;
        }
        cloud.make_table().await;
        let machines = aws_sdk_sfn::Client::new(&cloud.sdk);
        let role = "arn:aws:iam::000000000000:role/lectern-test";
        let request = machines.create_state_machine().name(&cloud.name).definition(definition).role_arn(role);
        cloud.state_machine = request.send().await.expect("a state machine is made").state_machine_arn;
        cloud
    }

    pub(crate) fn config(&self) -> aws::Config {
        aws::Config::from(self.sdk.clone())
    }

    pub(crate) fn jobs(&self) -> aws::dynamodb::Jobs {
        self.config().jobs(&self.name)
    }

    pub(crate) fn assets(&self) -> aws::s3::Assets {
        self.config().assets(self.media_bucket())
    }

    pub(crate) fn executions(&self) -> aws::sfn::StateMachine {
        self.config().state_machine(&self.state_machine).expect("it is an ARN")
    }

    pub(crate) fn machine_arn(&self) -> &str {
        &self.state_machine
    }

    /// A state machine of this cloud on another emulator, whose executions may take a second and want an hour.
    pub(crate) async fn second_machine(&self, endpoint: &str) -> String {
        const TAKES_TOO_LONG: &str =
            r#"{"TimeoutSeconds": 1, "StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3000, "End": true}}}"#;
        let machines = self.second_machines(endpoint);
        let role = "arn:aws:iam::000000000000:role/lectern-test";
        let request = machines.create_state_machine().name(&self.name).definition(TAKES_TOO_LONG).role_arn(role);
        request.send().await.expect("a state machine is made").state_machine_arn
    }

    /// Starts the execution of a run there and waits until it is ended.
    pub(crate) async fn take_too_long(&self, endpoint: &str, run: &Run) {
        let machines = self.second_machines(endpoint);
        let machine = self.second_machine(endpoint).await;
        let started =
            machines.start_execution().state_machine_arn(machine).name(run.to_string()).send().await.expect("it starts");
        loop {
            let described = machines.describe_execution().execution_arn(&started.execution_arn).send().await.expect("it answers");
            match described.status {
                ExecutionStatus::Running => tokio::time::sleep(Duration::from_millis(100)).await,
                status => return assert_eq!(status, ExecutionStatus::TimedOut),
            }
        }
    }

    fn second_machines(&self, endpoint: &str) -> aws_sdk_sfn::Client {
        aws_sdk_sfn::Client::new(&self.sdk.clone().into_builder().endpoint_url(endpoint).build())
    }

    pub(crate) fn endpoint(&self) -> &str {
        self.known["endpoint"].as_str().expect("the local AWS has an address")
    }

    pub(crate) fn uploads_bucket(&self) -> String {
        format!("{}-uploads", self.name)
    }

    pub(crate) fn media_bucket(&self) -> String {
        format!("{}-media", self.name)
    }

    /// The program of a function.
    pub(crate) fn program(&self, function: &str) -> PathBuf {
        PathBuf::from(self.known["functions"].as_str().expect("the functions lie somewhere")).join(function).join("bootstrap")
    }

    /// The settings of a function that reaches this cloud at an address.
    pub(crate) fn settings(&self, address: &str) -> Vec<(&'static str, String)> {
        let text = |key: &str| self.known[key].as_str().unwrap_or_default().to_owned();
        vec![
            ("AWS_ENDPOINT_URL", address.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", text("access_key_id")),
            ("AWS_SECRET_ACCESS_KEY", text("secret_access_key")),
            ("LECTERN_TABLE", self.name.clone()),
            ("LECTERN_UPLOADS_BUCKET", self.uploads_bucket()),
            ("LECTERN_MEDIA_BUCKET", self.media_bucket()),
            ("LECTERN_STATE_MACHINE", self.state_machine.clone()),
            ("LECTERN_FFMPEG", text("ffmpeg")),
            ("LECTERN_VOICE", text("voice")),
        ]
    }

    /// Uploads an object and gives its version.
    pub(crate) async fn upload(&self, key: &str, body: &[u8]) -> String {
        let request = self.s3().put_object().bucket(self.uploads_bucket()).key(key).body(body.to_vec().into());
        request.send().await.expect("an object is written").version_id.expect("the bucket keeps versions")
    }

    /// The newest version of an upload.
    pub(crate) async fn version_of(&self, key: &str) -> String {
        let request = self.s3().head_object().bucket(self.uploads_bucket()).key(key);
        request.send().await.expect("it is there").version_id.expect("the bucket keeps versions")
    }

    /// Deletes every version of an upload.
    pub(crate) async fn delete_upload(&self, key: &str, versions: &[String]) {
        for version in versions {
            let request = self.s3().delete_object().bucket(self.uploads_bucket()).key(key).version_id(version);
            request.send().await.expect("an object is deleted");
        }
    }

    /// A job with this text as its document, as far as it is when its execution begins.
    pub(crate) async fn text_job(&self, id: &str, owner: &str, text: &str, options: JobOptions) -> Job {
        let key = format!("inbox/{owner}/{id}/notes.md");
        let version = self.upload(&key, text.as_bytes()).await;
        let now = Timestamp::now();
        let (id, owner) = (JobId::new(id).expect("well formed"), OwnerId::new(owner).expect("well formed"));
        let job = Job::new(id, owner, options, now, now + SignedDuration::from_hours(24));
        assert!(self.jobs().create(&job).await.expect("is written"));
        let name = "notes.md".to_owned();
        let source = Source { key, version: Some(version), name, kind: DocumentKind::Markdown, bytes: text.len() as u64 };
        self.jobs().change(&job.id, &Transition::Bind(source), now).await.expect("it waits")
    }

    /// A job that has been worked on for longer than any may, or waits for its execution since then.
    pub(crate) async fn old_job(&self, id: &JobId, is_begun: bool) -> Job {
        let then = Timestamp::now() - SignedDuration::from_mins(90);
        let owner = OwnerId::new("owner-1").expect("well formed");
        let job = Job::new(id.clone(), owner, JobOptions::default(), then, then + SignedDuration::from_hours(24));
        assert!(self.jobs().create(&job).await.expect("is written"));
        let (key, name) = (format!("elsewhere/{id}.txt"), "notes.txt".to_owned());
        let source = Source { key, version: None, name, kind: DocumentKind::Text, bytes: 9 };
        let job = self.jobs().change(id, &Transition::Bind(source), then).await.expect("it waits");
        if !is_begun {
            return job;
        }
        self.executions().start(&job.run()).await.expect("it starts");
        self.jobs().change(id, &Transition::Enter(Phase::Scenes), then).await.expect("it waits")
    }

    /// Makes a record look as if it had last changed then.
    pub(crate) async fn age(&self, id: &JobId, changed: Timestamp) {
        let text = |value: String| dynamo::AttributeValue::S(value);
        let request = aws_sdk_dynamodb::Client::new(&self.sdk).update_item().table_name(&self.name);
        let request = request.key("pk", text(format!("JOB#{id}"))).key("sk", text("JOB".to_owned()));
        let request =
            request.update_expression("SET updated = :then").expression_attribute_values(":then", text(format!("{changed:.9}")));
        request.send().await.expect("is written");
    }

    /// Every job that there is.
    pub(crate) async fn all_jobs(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        let later = Timestamp::now() + SignedDuration::from_hours(1);
        for status in Status::ALL {
            let mut after = None;
            loop {
                let page = self.jobs().list_stale(status, later, after.as_deref()).await.expect("can be listed");
                assert_eq!(page.unreadable, Vec::<String>::new());
                jobs.extend(page.jobs);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        jobs
    }

    /// The names of all executions.
    pub(crate) async fn execution_names(&self) -> Vec<String> {
        let machines = aws_sdk_sfn::Client::new(&self.sdk);
        let mut pages = machines.list_executions().state_machine_arn(&self.state_machine).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            names.extend(page.expect("executions are listed").executions.into_iter().map(|execution| execution.name));
        }
        names
    }

    /// The paths of all objects that were derived.
    pub(crate) async fn media_paths(&self) -> Vec<String> {
        let mut pages = self.s3().list_objects_v2().bucket(self.media_bucket()).into_paginator().send();
        let mut paths = Vec::new();
        while let Some(page) = pages.next().await {
            paths
                .extend(page.expect("objects are listed").contents.unwrap_or_default().into_iter().filter_map(|found| found.key));
        }
        paths
    }

    /// An object that was derived.
    pub(crate) async fn media(&self, path: &str) -> Vec<u8> {
        let answer = self.s3().get_object().bucket(self.media_bucket()).key(path).send().await.expect("it is there");
        answer.body.collect().await.expect("it arrives").to_vec()
    }

    /// Leaves nothing behind.
    pub(crate) async fn delete(self) {
        let machines = aws_sdk_sfn::Client::new(&self.sdk);
        for name in self.execution_names().await {
            let arn = format!("{}:{name}", self.state_machine.replace(":stateMachine:", ":execution:"));
            // It may have ended.
            let _ = machines.stop_execution().execution_arn(arn).send().await;
        }
        machines.delete_state_machine().state_machine_arn(&self.state_machine).send().await.expect("it is deleted");
        aws_sdk_dynamodb::Client::new(&self.sdk).delete_table().table_name(&self.name).send().await.expect("it is deleted");
        for bucket in [self.uploads_bucket(), self.media_bucket()] {
            self.delete_bucket(&bucket).await;
        }
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(true).build())
    }

    async fn make_bucket(&self, name: &str) {
        self.s3().create_bucket().bucket(name).send().await.expect("a bucket is made");
        let versions = s3::VersioningConfiguration::builder().status(s3::BucketVersioningStatus::Enabled).build();
        let request = self.s3().put_bucket_versioning().bucket(name).versioning_configuration(versions);
        request.send().await.expect("the bucket keeps versions");
    }

    async fn delete_bucket(&self, name: &str) {
        loop {
            let listed = self.s3().list_object_versions().bucket(name).send().await.expect("the bucket is listed");
            let versions = listed.versions().iter().map(|found| (found.key(), found.version_id()));
            let markers = listed.delete_markers().iter().map(|found| (found.key(), found.version_id()));
            let all: Vec<s3::ObjectIdentifier> = versions
                .chain(markers)
                .map(|(key, version)| {
                    let object = s3::ObjectIdentifier::builder()
                        .set_key(key.map(str::to_owned))
                        .set_version_id(version.map(str::to_owned));
                    object.build().expect("complete")
                })
                .collect();
            if all.is_empty() {
                break;
            }
            let some = s3::Delete::builder().set_objects(Some(all)).build().expect("complete");
            self.s3().delete_objects().bucket(name).delete(some).send().await.expect("objects are deleted");
        }
        self.s3().delete_bucket().bucket(name).send().await.expect("the bucket is deleted");
    }

    async fn make_table(&self) {
        let client = aws_sdk_dynamodb::Client::new(&self.sdk);
        let mut request = client.create_table().table_name(&self.name).billing_mode(dynamo::BillingMode::PayPerRequest);
        for attribute in ["pk", "sk", "owner", "created", "status_key", "updated"] {
            let definition =
                dynamo::AttributeDefinition::builder().attribute_name(attribute).attribute_type(dynamo::ScalarAttributeType::S);
            request = request.attribute_definitions(definition.build().expect("complete"));
        }
        let request = request
            .set_key_schema(Some(key_schema("pk", "sk")))
            .global_secondary_indexes(index("by-owner", "owner", "created"))
            .global_secondary_indexes(index("by-status", "status_key", "updated"));
        request.send().await.expect("a table is made");
    }
}

fn key_schema(hash: &str, range: &str) -> Vec<dynamo::KeySchemaElement> {
    [(hash, dynamo::KeyType::Hash), (range, dynamo::KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| dynamo::KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("complete"))
        .collect()
}

fn index(name: &str, hash: &str, range: &str) -> dynamo::GlobalSecondaryIndex {
    let all = dynamo::Projection::builder().projection_type(dynamo::ProjectionType::All).build();
    let index = dynamo::GlobalSecondaryIndex::builder().index_name(name).set_key_schema(Some(key_schema(hash, range)));
    index.projection(all).build().expect("complete")
}

/// What `infra/lectern up --json` says.
#[expect(clippy::disallowed_methods, reason = "the tests are told where the local AWS is")]
fn known() -> Value {
    let path = std::env::var("LECTERN_LOCAL").expect("the tests need `LECTERN_LOCAL`; run them by `infra/lectern test`");
    serde_json::from_str(&std::fs::read_to_string(path).expect("`LECTERN_LOCAL` names a file")).expect("the file is JSON")
}
