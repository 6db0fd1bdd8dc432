//! However an execution ends, its job ends with a code: by the event alone, and by the sweep alone.
//!
//! Where the emulator ends executions as AWS does, it does so here: stopped, failed, broken by their own definition. It keeps to no
//! time limit of an execution, to no limit on what states hand on, and never asks the role of a state machine. The long form has a
//! second emulator for the first two of these; else what AWS says is given to the functions on the wire, in the form of
//! `DescribeExecution` (<https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>).

use crate::cloud::Cloud;
use crate::function::Function;
use domain::ports::{ExecutionState, Executions, JobStore};
use domain::{Code, JobOptions, Phase, Run, Status, Transition};
use fakes::trials::{tell, times};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A job has this long to end after its execution did.
const AT_MOST: Duration = Duration::from_secs(60);

/// How an execution comes to its end.
#[derive(Debug, Clone, Copy)]
enum End {
    /// Somebody stops it.
    Stopped,
    /// A state ends it with what a stage said.
    Failed,
    /// Its definition asks for what is not there.
    Broken,
    /// Its definition makes it end in a way that only the second emulator knows. Where there is none, it is told on the wire.
    OnSecond(fn() -> String, Told),
    /// No emulator knows it, so it is told on the wire.
    Told(Told),
}

/// What AWS says of an execution.
#[derive(Debug, Clone, Copy)]
struct Told {
    status: &'static str,
    error: Option<&'static str>,
    cause: &'static str,
}

fn takes_too_long() -> String {
    json!({ "TimeoutSeconds": 1, "StartAt": "Only", "States": { "Only": { "Type": "Wait", "Seconds": 3000, "End": true } } })
        .to_string()
}

/// States may hand on 262,144 bytes (<https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>).
fn hands_on_too_much() -> String {
    json!({ "StartAt": "Only", "States": { "Only": { "Type": "Pass", "Result": "x".repeat(262_145), "End": true } } }).to_string()
}

/// Every end with the code of its job.
const ENDS: [(End, Code); 6] = [
    (End::Stopped, Code::Stopped),
    (End::Failed, Code::NoText),
    (End::Broken, Code::Internal),
    (End::OnSecond(takes_too_long, Told { status: "TIMED_OUT", error: None, cause: "" }), Code::TimedOut),
    (
        End::OnSecond(
            hands_on_too_much,
            Told {
                status: "FAILED",
                error: Some("States.DataLimitExceeded"),
                cause: "The state/task 'WriteScript' returned a result with a size exceeding the maximum number of bytes service limit.",
            },
        ),
        Code::Internal,
    ),
    (
        End::Told(Told {
            status: "FAILED",
            error: Some("Lambda.AWSLambdaException"),
            cause: "User: arn:aws:sts::000000000000:assumed-role/lectern is not authorized to perform: lambda:InvokeFunction",
        }),
        Code::Internal,
    ),
];

fn machine(end: End) -> String {
    let state = match end {
        End::Stopped | End::OnSecond(..) | End::Told(_) => json!({ "Type": "Wait", "Seconds": 3000, "End": true }),
        End::Failed => json!({
            "Type": "Fail",
            "Error": "InvalidInput",
            "Cause": r#"{"errorType":"InvalidInput","errorMessage":"NO_TEXT: 12 pages without text"}"#,
        }),
        End::Broken => json!({ "Type": "Pass", "InputPath": "$.there.is.none", "End": true }),
    };
    json!({ "StartAt": "Only", "States": { "Only": state } }).to_string()
}

/// A job whose execution has come to this end.
async fn ended(cloud: &Cloud, id: &str, end: End, function: &Function) -> Run {
    let job = cloud.text_job(id, "owner-1", "# Tides\n", JobOptions::default()).await;
    cloud.jobs().change(&job.id, &Transition::Enter(Phase::Scenes), job.created_at).await.expect("it waits");
    let executions = cloud.executions();
    executions.start(&job.run()).await.expect("it starts");
    match end {
        End::Stopped => executions.stop(&job.run()).await.expect("it stops"),
        End::Failed | End::Broken => {
            while executions.state(&job.run()).await.expect("it answers") == ExecutionState::Running {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        End::OnSecond(definition, told) => match second_emulator() {
            Some(second) => {
                let ended = cloud.run_on_second(&second, &definition(), &job.run()).await;
                assert_eq!(ended, format!("{} {}", told.status, told.error.unwrap_or_default()).trim_end());
            }
            None => tell_end(cloud, function, &job.run(), told),
        },
        End::Told(told) => tell_end(cloud, function, &job.run(), told),
    }
    job.run()
}

fn tell_end(cloud: &Cloud, function: &Function, run: &Run, told: Told) {
    let arn = cloud.machine_arn();
    function.wire.tell(
        "DescribeExecution",
        json!({
            "executionArn": format!("{}:{run}", arn.replace(":stateMachine:", ":execution:")),
            "stateMachineArn": arn,
            "name": run.to_string(),
            "status": told.status,
            "startDate": 1_764_000_000.0,
            "stopDate": 1_764_003_600.0,
            "error": told.error,
            "cause": told.cause,
        }),
    );
}

#[expect(clippy::disallowed_methods, reason = "the tests are told where the emulators are")]
fn second_emulator() -> Option<String> {
    std::env::var("LECTERN_SECOND_EMULATOR").ok()
}

/// A function that asks the second emulator about executions that only it ends.
async fn function(cloud: &Cloud, name: &'static str, end: End) -> Function {
    match (end, second_emulator()) {
        (End::OnSecond(definition, _), Some(second)) => {
            let machine = cloud.second_machine(&second, &definition()).await;
            Function::new(cloud, name, &[("AWS_ENDPOINT_URL_SFN", &second), ("LECTERN_STATE_MACHINE", &machine)]).await
        }
        _ => Function::new(cloud, name, &[]).await,
    }
}

fn status_change(run: &Run) -> Value {
    json!({
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "detail": { "name": run.to_string(), "status": "FAILED" },
    })
}

#[tokio::test]
async fn every_end_of_an_execution_ends_its_job_by_the_event_alone() {
    let trials = times(2, 20);
    let mut counted = 0;
    for (end, code) in ENDS {
        let cloud = Cloud::with_machine("ends", &machine(end)).await;
        let mut finish = function(&cloud, "finish-job", end).await;
        for trial in 0..trials {
            let run = ended(&cloud, &format!("job-{trial}"), end, &finish).await;
            let begun = Instant::now();
            // Events come at least once.
            for _ in 0..2 {
                assert_eq!(finish.call(&status_change(&run)).await.answer(), json!({ "status": "failed" }), "{end:?}");
            }
            assert!(begun.elapsed() < AT_MOST);
            let job = cloud.jobs().load(&run.job).await.expect("there");
            assert_eq!((job.status, job.failure.map(|failure| failure.code)), (Status::Failed, Some(code)), "{end:?}");
            counted += 1;
        }
        drop(finish);
        cloud.delete().await;
    }
    let limits = if second_emulator().is_some() { "ended by the second emulator" } else { "told on the wire" };
    tell(&format!(
        "{counted} of {} executions in {} ways, limits of time and size {limits}: each job ended with its code",
        trials * ENDS.len(),
        ENDS.len()
    ));
}

#[tokio::test]
async fn every_end_of_an_execution_ends_its_job_by_the_sweep_alone() {
    let mut counted = 0;
    for (end, code) in ENDS {
        let cloud = Cloud::with_machine("swept", &machine(end)).await;
        let mut sweeps = [function(&cloud, "sweep", end).await, function(&cloud, "sweep", end).await];
        let trials = times(2, 9);
        for trial in 0..trials {
            // `text_job` has just changed the record, and the sweep leaves to events what changed within the last minute.
            let run = ended(&cloud, &format!("job-{trial}"), end, &sweeps[0]).await;
            if let End::Told(_) | End::OnSecond(..) = end {
                sweeps[1].wire.tell_as(&sweeps[0].wire);
            }
            cloud.age(&run.job, Timestamp::now() - jiff::SignedDuration::from_mins(2)).await;
        }
        let [one, other] = &mut sweeps;
        let reconcile = json!({ "task": "reconcile" });
        let (first, second) = tokio::join!(one.call(&reconcile), other.call(&reconcile));
        let (first, second) = (first.answer(), second.answer());
        for trial in 0..trials {
            let id = domain::JobId::new(format!("job-{trial}")).expect("well formed");
            let job = cloud.jobs().load(&id).await.expect("there");
            assert_eq!(
                (job.status, job.failure.map(|failure| failure.code)),
                (Status::Failed, Some(code)),
                "{end:?}: {first} {second}"
            );
            counted += 1;
        }
        drop(sweeps);
        cloud.delete().await;
    }
    tell(&format!("{counted} jobs whose events were all lost, two sweeps at once: each ended with its code"));
}
