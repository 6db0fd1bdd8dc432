//! What the SDK reports, in our words: the one place where error names of AWS are known.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use domain::ports::PortError;

/// Names by which services ask to slow down
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).
const THROTTLING: [&str; 14] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "ExecutionLimitExceeded",
    "PriorRequestNotComplete",
    "SlowDown",
];

/// What a caller does about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    NotFound,
    Throttled,
    Unavailable,
    Misused,
}

/// Turns an error of a call into one of a port. `what` names the thing that was asked for, as in `object jobs/x/video.mp4`.
pub(crate) fn port_error<E>(service: &'static str, what: &str, error: &SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata,
{
    let unavailable = |message: String| PortError::Unavailable { service, message: format!("{message} ({what})") };
    match error {
        SdkError::TimeoutError(_) => unavailable("no answer in time".to_owned()),
        SdkError::DispatchFailure(failure) => {
            unavailable(failure.as_connector_error().map_or_else(|| "no connection".to_owned(), ToString::to_string))
        }
        SdkError::ResponseError(_) => unavailable("the answer cannot be read".to_owned()),
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().unwrap_or_default();
            let status = answer.raw().status().as_u16();
            let message = format!("{status} {code}: {} ({what})", answer.err().message().unwrap_or("no message"));
            match verdict(code, status) {
                Verdict::NotFound => PortError::NotFound { what: what.to_owned() },
                Verdict::Throttled => PortError::Throttled { service, retry_after: None },
                Verdict::Unavailable => PortError::Unavailable { service, message },
                Verdict::Misused => PortError::Misused { service, message },
            }
        }
        _ => PortError::Misused { service, message: format!("the request could not be made ({what})") },
    }
}

fn verdict(code: &str, status: u16) -> Verdict {
    match (code, status) {
        (code, _) if THROTTLING.contains(&code) => Verdict::Throttled,
        (_, 429) => Verdict::Throttled,
        // A missing bucket is a mistake in our settings, not a missing object.
        ("NoSuchBucket", _) => Verdict::Misused,
        // A version that is a delete marker answers 405 to GET and HEAD.
        (_, 404) | ("MethodNotAllowed", 405) => Verdict::NotFound,
        // Two conditional writes of one object at once: the one that lost may simply be tried again.
        ("RequestTimeout" | "ConditionalRequestConflict" | "OperationAborted", _) => Verdict::Unavailable,
        (_, 500..) => Verdict::Unavailable,
        _ => Verdict::Misused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_judged_by_name_and_status() {
        for (code, status, expected) in [
            ("NoSuchKey", 404, Verdict::NotFound),
            ("NoSuchVersion", 404, Verdict::NotFound),
            ("", 404, Verdict::NotFound),
            ("MethodNotAllowed", 405, Verdict::NotFound),
            ("NoSuchBucket", 404, Verdict::Misused),
            ("SlowDown", 503, Verdict::Throttled),
            ("ProvisionedThroughputExceededException", 400, Verdict::Throttled),
            ("ThrottlingException", 400, Verdict::Throttled),
            ("", 429, Verdict::Throttled),
            ("InternalError", 500, Verdict::Unavailable),
            ("ServiceUnavailable", 503, Verdict::Unavailable),
            ("RequestTimeout", 400, Verdict::Unavailable),
            ("ConditionalRequestConflict", 409, Verdict::Unavailable),
            ("AccessDenied", 403, Verdict::Misused),
            ("ValidationException", 400, Verdict::Misused),
            ("ResourceNotFoundException", 400, Verdict::Misused),
        ] {
            assert_eq!(verdict(code, status), expected, "{code} {status}");
        }
    }
}
