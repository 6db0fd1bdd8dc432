"""What to talk to: the local stack, or one on AWS by its name."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from typing import Any

from .talk import Refusal


@dataclass
class Target:
    """A deployed Lectern and the right to use it."""

    api_url: str
    token: str
    log_group: str
    #: Of the local AWS; none where AWS itself is meant.
    endpoint: str | None = None

    def is_local(self) -> bool:
        """Whether it runs on this machine."""
        return self.endpoint is not None

    def client(self, service: str) -> Any:
        """A client for one of its services."""
        if self.endpoint:
            from .stack import client

            return client(service, self.endpoint)
        import boto3

        return boto3.client(service)


def local(known: dict[str, Any]) -> Target:
    """The local stack, from what `up` gives."""
    return Target(known["api_url"], known["token"], known["log_group"], known["endpoint"])


def deployed(name: str) -> Target:
    """A stack on AWS, found with the usual AWS credentials.

    The user signs in by `LECTERN_TOKEN`, by `LECTERN_USER` and `LECTERN_PASSWORD`, or is asked.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        stack = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        token = os.environ.get("LECTERN_TOKEN") or sign_in(outputs["UserPoolClientId"])
    except (BotoCoreError, ClientError) as refused:
        raise Refusal(f"stack `{name}`: {refused}", advice="Check the AWS credentials, the region and the stack's name.") from refused
    return Target(outputs["ApiUrl"], token, outputs["FunctionLogGroup"])


def sign_in(app: str) -> str:
    """An access token of a user of a deployed stack."""
    import boto3

    from .users import token_for

    name, password = os.environ.get("LECTERN_USER"), os.environ.get("LECTERN_PASSWORD")
    if not (name and password):
        if not sys.stdin.isatty():
            raise Refusal("set LECTERN_TOKEN, or LECTERN_USER and LECTERN_PASSWORD, to sign in to a deployed stack.")
        print("User (e-mail): ", end="", file=sys.stderr, flush=True)
        name = sys.stdin.readline().strip()
        password = getpass.getpass("Password: ")
    return str(token_for(boto3.client("cognito-idp"), app, name, password)["token"])
