"""Repairs of the emulator where it behaves unlike AWS in ways our workflows meet.

Each function mends one fault of the version fixed in requirements.txt and names the AWS page that says how it should be.
They change the emulator's modules in memory; a missing name fails the start, so that a new version is looked at.
"""

from __future__ import annotations

import contextvars
import json

from ministack import app
from ministack.services import apigateway, eventbridge, lambda_svc, s3, stepfunctions


def apply_all() -> None:
    """Applies every repair."""
    tell_versions_of_uploads()
    retry_events()
    keep_aborted_executions_aborted()
    answer_browsers()
    take_loopback_for_tls()


def tell_versions_of_uploads() -> None:
    """S3 events through EventBridge carry `version-id` for versioned buckets; the emulator leaves it out.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    version: contextvars.ContextVar[str | None] = contextvars.ContextVar("version", default=None)
    fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event

    def fire_with_version(*arguments, version_id=None, **named):
        version.set(version_id)
        return fire(*arguments, version_id=version_id, **named)

    def dispatch_with_version(event, view=None):
        if event.get("Source") == "aws.s3" and version.get() and view is None:
            detail = json.loads(event["Detail"])
            detail["object"].setdefault("version-id", version.get())
            event = {**event, "Detail": json.dumps(detail)}
        return dispatch(event, view)

    s3._fire_s3_event = fire_with_version
    eventbridge._dispatch_event = dispatch_with_version


def retry_events() -> None:
    """EventBridge invokes functions asynchronously, which Lambda tries again and then hands to the failure destination;
    the emulator tries once.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """

    def dispatch_to_lambda(arn, payload):
        function, configuration, name = lambda_svc._get_func_record_for_ref(arn)
        if not function or not configuration:
            eventbridge.logger.warning("EventBridge: function %s not found", name)
            return
        record = lambda_svc._execution_record_for_config(function, configuration)
        lambda_svc.invoke_async_with_retry(record, json.loads(payload))

    assert eventbridge._dispatch_to_lambda
    eventbridge._dispatch_to_lambda = dispatch_to_lambda


def keep_aborted_executions_aborted() -> None:
    """A stopped execution starts no further state and its status is final; the emulator runs a Map to its end and then
    overwrites ABORTED by FAILED or SUCCEEDED.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
    """
    fail, task = stepfunctions._fail_execution, stepfunctions._execute_task

    def fail_if_running(execution, error, cause):
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    def task_if_running(state, raw_input, execution, context):
        if execution["status"] != "RUNNING":
            raise stepfunctions._ExecutionError("States.Runtime", "the execution was stopped")
        return task(state, raw_input, execution, context)

    stepfunctions._fail_execution = fail_if_running
    stepfunctions._execute_task = task_if_running


def answer_browsers() -> None:
    """An HTTP API answers browsers by its CorsConfiguration; the emulator reads that of a template in the wrong case.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigatewayv2-api-cors.html
    """

    def reading(answer):
        return lambda cors, origin: answer({key[0].lower() + key[1:]: value for key, value in cors.items()}, origin)

    apigateway._cors_response_headers = reading(apigateway._cors_response_headers)
    apigateway._cors_preflight_response = reading(apigateway._cors_preflight_response)


def take_loopback_for_tls() -> None:
    """AWS is reached by TLS, which bucket policies insist on; here it is reached on loopback, in clear text.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
    """
    pin = app.pin_request_origin
    app.pin_request_origin = lambda address, secure: pin(address, True)
