"""Each role of the deployed stack may do what the template says, and nothing else: every role asks for everything there is to ask for,
and the local AWS, which judges by the policies, grants it to those who are named here and to nobody else.
"""

import json
import unittest
from typing import Any, Callable

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local import stack, up
from local.emulator.process import REGION

ALL = {
    "IngestUpload", "ReadDocument", "WriteScript", "NarrateScene", "IllustrateScene", "RenderScene", "AssembleVideo",
    "FinishJob", "Sweep", "ProbeProviders", "Api", "Produce",
}
STAGES = {"ReadDocument", "WriteScript", "NarrateScene", "IllustrateScene", "RenderScene", "AssembleVideo"}
KEEPERS_OF_JOBS = ALL - {"ProbeProviders", "Produce"}
READERS_OF_UPLOADS = {"IngestUpload", "ReadDocument", "RenderScene", "Sweep"}

#: The words by which services refuse.
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "NotAuthorizedException"}


class Clients:
    """Clients that act as one role."""

    def __init__(self, endpoint: str, credentials: dict[str, str]) -> None:
        self.settings = {
            "endpoint_url": endpoint,
            "region_name": REGION,
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
            "config": Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        }

    def __call__(self, service: str) -> Any:
        return boto3.client(service, **self.settings)


def probes(known: dict[str, Any], ours: dict[str, str]) -> dict[str, tuple[set[str], Callable[[Clients], Any]]]:
    """What is asked for: by its name, who may do it, and how it is asked."""
    uploads, media, table = str(known["uploads_bucket"]), str(known["media_bucket"]), str(known["table"])
    machine = str(known["state_machine"])
    execution = machine.replace(":stateMachine:", ":execution:") + ":nobody-v1"
    function, role = ours["Api"], f"arn:aws:iam::000000000000:role/{ours['role']}"
    item = {"pk": {"S": "JOB#nobody"}, "sk": {"S": "JOB"}}
    body = b"{}"
    query = {"TableName": table, "ExpressionAttributeValues": {":x": {"S": "x"}}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    return {
        # What some may.
        "read an upload": (READERS_OF_UPLOADS, lambda c: c("s3").get_object(Bucket=uploads, Key="inbox/nobody/x")),
        "list uploads": (READERS_OF_UPLOADS, lambda c: c("s3").list_objects_v2(Bucket=uploads, Prefix="inbox/")),
        "write an upload": ({"Api"}, lambda c: c("s3").put_object(Bucket=uploads, Key="inbox/nobody", Body=body)),
        "read a result": (STAGES | {"Api"}, lambda c: c("s3").get_object(Bucket=media, Key="jobs/nobody/x")),
        "read what can be made again": (STAGES, lambda c: c("s3").get_object(Bucket=media, Key="cache/nobody/take/x")),
        "write a result": (STAGES, lambda c: c("s3").put_object(Bucket=media, Key="jobs/nobody/x/v1/video.mp4", Body=body)),
        "write a draft": (STAGES | {"Api"}, lambda c: c("s3").put_object(Bucket=media, Key="jobs/nobody/x/drafts/x", Body=body)),
        "delete a result": ({"Sweep"}, lambda c: c("s3").delete_object(Bucket=media, Key="jobs/nobody/x")),
        "read a job": (KEEPERS_OF_JOBS | {"ProbeProviders"}, lambda c: c("dynamodb").get_item(TableName=table, Key=item)),
        "write a job": (KEEPERS_OF_JOBS | {"ProbeProviders"}, lambda c: c("dynamodb").put_item(TableName=table, Item=item)),
        "change a job": (KEEPERS_OF_JOBS, lambda c: c("dynamodb").update_item(TableName=table, Key=item)),
        "list the jobs of an owner": ({"Api"}, lambda c: c("dynamodb").query(IndexName="by-owner", KeyConditionExpression="owner = :x", **query)),
        "list the jobs of a status": ({"Sweep"}, lambda c: c("dynamodb").query(IndexName="by-status", KeyConditionExpression="status_key = :x", **query)),
        "start an execution": ({"IngestUpload", "Sweep", "Api"}, lambda c: c("stepfunctions").start_execution(stateMachineArn=machine, name="nobody", input="[")),
        "stop an execution": ({"Sweep", "Api"}, lambda c: c("stepfunctions").stop_execution(executionArn=execution)),
        "look at an execution": ({"FinishJob", "Sweep", "Api"}, lambda c: c("stepfunctions").describe_execution(executionArn=execution)),
        "read the key of a writer": ({"WriteScript", "ProbeProviders"}, lambda c: c("secretsmanager").get_secret_value(SecretId="lectern/script/nobody")),
        "read the key of a voice": ({"NarrateScene", "ProbeProviders"}, lambda c: c("secretsmanager").get_secret_value(SecretId="lectern/speech/nobody")),
        "read the key of a listener": ({"NarrateScene", "ProbeProviders"}, lambda c: c("secretsmanager").get_secret_value(SecretId="lectern/transcript/nobody")),
        "read the parameter of a writer": ({"WriteScript", "ProbeProviders"}, lambda c: c("ssm").get_parameter(Name="/lectern/script/nobody")),
        "call a stage": ({"Produce"}, lambda c: c("lambda").invoke(FunctionName=ours["ReadDocument"], Payload=body)),
        # What nobody may.
        "read another secret": (set(), lambda c: c("secretsmanager").get_secret_value(SecretId="somebody/else")),
        "list secrets": (set(), lambda c: c("secretsmanager").list_secrets()),
        "change a key": (set(), lambda c: c("secretsmanager").put_secret_value(SecretId="lectern/script/nobody", SecretString="x")),
        "read another parameter": (set(), lambda c: c("ssm").get_parameter(Name="/somebody/else")),
        "delete an upload": (set(), lambda c: c("s3").delete_object(Bucket=uploads, Key="inbox/nobody/x")),
        "write beside the inbox": (set(), lambda c: c("s3").put_object(Bucket=uploads, Key="elsewhere/x", Body=body)),
        "write beside jobs and cache": (set(), lambda c: c("s3").put_object(Bucket=media, Key="elsewhere/x", Body=body)),
        "read what functions are made of": (set(), lambda c: c("s3").list_objects_v2(Bucket=stack.ARTEFACTS)),
        "open a bucket to everybody": (set(), lambda c: c("s3").delete_public_access_block(Bucket=media)),
        "change the policy of a bucket": (set(), lambda c: c("s3").delete_bucket_policy(Bucket=uploads)),
        "delete a bucket": (set(), lambda c: c("s3").delete_bucket(Bucket="nobody")),
        "list all buckets": (set(), lambda c: c("s3").list_buckets()),
        "read the whole table": (set(), lambda c: c("dynamodb").scan(TableName=table)),
        "delete a job": (set(), lambda c: c("dynamodb").delete_item(TableName=table, Key=item)),
        "delete the table": (set(), lambda c: c("dynamodb").delete_table(TableName="nobody")),
        "list the executions": (set(), lambda c: c("stepfunctions").list_executions(stateMachineArn=machine)),
        "change the machine": (set(), lambda c: c("stepfunctions").update_state_machine(stateMachineArn=machine, definition="{}")),
        "call the API's function": (set(), lambda c: c("lambda").invoke(FunctionName=function, Payload=body)),
        "change the code of a function": (set(), lambda c: c("lambda").update_function_code(FunctionName=function, ZipFile=body)),
        "change a role": (set(), lambda c: c("iam").put_role_policy(RoleName=ours["role"], PolicyName="x", PolicyDocument=trust)),
        "make a user": (set(), lambda c: c("iam").create_user(UserName="nobody")),
        "become another role": (set(), lambda c: c("sts").assume_role(RoleArn=role, RoleSessionName="nobody")),
        "read lost events": (set(), lambda c: c("sqs").receive_message(QueueUrl=ours["LostEvents"])),
        "list the users": (set(), lambda c: c("cognito-idp").list_users(UserPoolId=str(known["user_pool"]))),
        "change a rule": (set(), lambda c: c("events").put_rule(Name="nobody", ScheduleExpression="rate(5 minutes)")),
        "delete logs": (set(), lambda c: c("logs").delete_log_group(logGroupName="nobody")),
        "change the stack": (set(), lambda c: c("cloudformation").delete_stack(StackName="nobody")),
    }


def is_granted(ask: Callable[[Clients], Any], clients: Clients) -> bool:
    """Whether the call got past its role. That it then fails, since nobody is there, is another matter."""
    try:
        ask(clients)
    except ClientError as refused:
        return refused.response["Error"]["Code"] not in DENIED
    return True


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.known = up.running()
        assert cls.known, "the local AWS does not run; `infra/lectern test` starts it"
        resources = stack.client("cloudformation", cls.known["endpoint"]).list_stack_resources(StackName=stack.NAME)
        cls.names = {found["LogicalResourceId"]: found["PhysicalResourceId"] for found in resources["StackResourceSummaries"]}

    @classmethod
    def tearDownClass(cls) -> None:
        s3, dynamodb = (stack.client(service, cls.known["endpoint"]) for service in ("s3", "dynamodb"))
        s3.delete_object(Bucket=cls.known["uploads_bucket"], Key="inbox/nobody")
        for path in ("jobs/nobody/x/v1/video.mp4", "jobs/nobody/x/drafts/x"):
            s3.delete_object(Bucket=cls.known["media_bucket"], Key=path)
        dynamodb.delete_item(TableName=cls.known["table"], Key={"pk": {"S": "JOB#nobody"}, "sk": {"S": "JOB"}})

    def clients(self, owner: str) -> Clients:
        role = f"arn:aws:iam::000000000000:role/{self.names[f'{owner}Role']}"
        sts = stack.client("sts", self.known["endpoint"])
        return Clients(self.known["endpoint"], sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"])

    def test_every_role_of_the_template_is_here(self):
        self.assertEqual({name.removesuffix("Role") for name in self.names if name.endswith("Role")}, ALL)

    def test_each_role_may_do_its_own_and_nothing_else(self):
        ours = {**self.names, "role": self.names["SweepRole"]}
        asked = probes(self.known, ours)
        wrong, denials = [], {}
        for owner in sorted(ALL):
            clients = self.clients(owner)
            granted = {name for name, (_, ask) in asked.items() if is_granted(ask, clients)}
            expected = {name for name, (may, _) in asked.items() if owner in may}
            wrong += [f"{owner} may {name}" for name in sorted(granted - expected)]
            wrong += [f"{owner} may not {name}" for name in sorted(expected - granted)]
            denials[owner] = len(asked) - len(granted)
        print(f"{len(ALL)} roles asked for {len(asked)} things each; denied: {denials}")
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(min(denials.values()), 20)
