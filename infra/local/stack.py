"""The stack on the local AWS: deployed by CloudFormation with the SAM transform, the way it is on AWS."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from .emulator.process import CREDENTIALS, REGION
from .package import Artefact, package
from .talk import Refusal

NAME = "lectern"
ARTEFACTS = "lectern-artefacts"
DEPLOY_SECONDS = 60


def client(service: str, endpoint: str):
    """A client for the local AWS."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=60),
    )


def deploy(endpoint: str, functions: dict[str, Path], parameters: dict[str, str]) -> dict[str, str]:
    """Makes the stack what the template and the built functions say; gives its outputs."""
    template, artefacts = package(functions, ARTEFACTS)
    store(endpoint, artefacts)
    formation = client("cloudformation", endpoint)
    request = {
        "StackName": NAME,
        "TemplateBody": template,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    }
    if exists(formation):
        try:
            formation.update_stack(**request)
        except ClientError as refused:
            if "No updates are to be performed" not in str(refused):
                raise
    else:
        formation.create_stack(**request)
    return wait(formation)


def store(endpoint: str, artefacts: list[Artefact]) -> None:
    """Puts artefacts into the bucket that are not there yet."""
    s3 = client("s3", endpoint)
    s3.create_bucket(Bucket=ARTEFACTS)
    stored = {found["Key"] for found in s3.list_objects_v2(Bucket=ARTEFACTS).get("Contents", [])}
    missing = {artefact.key: artefact for artefact in artefacts if artefact.key not in stored}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda artefact: s3.put_object(Bucket=ARTEFACTS, Key=artefact.key, Body=artefact.body()), missing.values()))


def exists(formation) -> bool:
    """Whether the stack is there."""
    try:
        formation.describe_stacks(StackName=NAME)
        return True
    except ClientError:
        return False


def wait(formation) -> dict[str, str]:
    """Waits for the stack to settle; gives its outputs."""
    deadline = time.monotonic() + DEPLOY_SECONDS
    while time.monotonic() < deadline:
        stack = formation.describe_stacks(StackName=NAME)["Stacks"][0]
        status = stack["StackStatus"]
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        if not status.endswith("_IN_PROGRESS"):
            raise Refusal(f"the stack could not be deployed: {first_failure(formation)}", exit_code=1)
        time.sleep(0.05)
    raise Refusal("the stack was not deployed in time.", exit_code=1)


def first_failure(formation) -> str:
    """What went wrong first."""
    events = formation.describe_stack_events(StackName=NAME)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    if not failed:
        return "no reason was given"
    return f"{failed[-1]['LogicalResourceId']}: {failed[-1].get('ResourceStatusReason', '')}"
