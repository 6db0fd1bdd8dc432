"""A user for the local stack, and tokens."""

from __future__ import annotations

import base64
import json
import secrets
import time

from botocore.exceptions import ClientError

from .stack import client

NAME = "somebody@lectern.local"


def sign_in(endpoint: str, pool: str, app: str, password: str, name: str = NAME) -> dict[str, object]:
    """An access token for a local user, who is created if need be: `{token, owner, expires}`, the last in epoch seconds."""
    cognito = client("cognito-idp", endpoint)
    try:
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": name}, {"Name": "email_verified", "Value": "true"}],
        )
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "UsernameExistsException":
            raise
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    return token_for(cognito, app, name, password)


def token_for(cognito, app: str, name: str, password: str) -> dict[str, object]:
    """Signs a user in by password."""
    answer = cognito.initiate_auth(
        ClientId=app,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    token = answer["AuthenticationResult"]["AccessToken"]
    claims = claims_of(token)
    return {"token": token, "owner": claims["sub"], "expires": claims.get("exp", time.time() + 3600)}


def claims_of(token: str) -> dict[str, object]:
    """What a token says, unchecked: the API checks it."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def new_password() -> str:
    """A password that meets the pool's policy."""
    return f"Aa1{secrets.token_urlsafe(24)}"
