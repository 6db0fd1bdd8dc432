"""Keys of providers: kept on this machine in a file that only its owner reads, and in Secrets Manager, local or on AWS."""

from __future__ import annotations

import getpass
import hashlib
import json
import re
import sys
from typing import Any

from . import places
from .talk import Refusal

#: A name is a capability and whatever the settings call it.
NAME = re.compile(r"(script|speech|image|transcript)/[A-Za-z0-9/_+=.@-]{1,200}")


def keep(name: str, stack: str | None) -> str:
    """Asks for a key and keeps it under `lectern/NAME`; gives that reference."""
    name = name.removeprefix("lectern/")
    if not NAME.fullmatch(name):
        raise Refusal(f"`{name}` is not the name of a key.", advice="Give capability and provider, such as `script/anthropic`.")
    value = read()
    if stack:
        import boto3

        write(boto3.client("secretsmanager"), f"lectern/{name}", value)
    else:
        save({**known(), f"lectern/{name}": value})
    return f"lectern/{name}"


def read() -> str:
    """The key, typed without being shown, or from stdin."""
    value = (getpass.getpass("Key: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if not value:
        raise Refusal("no key was given.", advice="Type it, or pipe it in.")
    return value


def put(endpoint: str) -> None:
    """Writes all keys into the local AWS."""
    from .stack import client

    for reference, value in known().items():
        write(client("secretsmanager", endpoint), reference, value)


def write(secrets: Any, reference: str, value: str) -> None:
    """Makes a secret, or gives it another value."""
    try:
        secrets.create_secret(Name=reference, SecretString=value)
    except secrets.exceptions.ResourceExistsException:
        secrets.put_secret_value(SecretId=reference, SecretString=value)


def known() -> dict[str, str]:
    """The keys on this machine, by reference."""
    try:
        return json.loads(places.KEYS.read_text())
    except (OSError, ValueError):
        return {}


def save(values: dict[str, str]) -> None:
    """Writes the keys down, readable by their owner only."""
    places.HOME.mkdir(parents=True, exist_ok=True)
    fresh = places.KEYS.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(values))
    fresh.replace(places.KEYS)


def state() -> str:
    """Tells one state of the keys from another without telling them."""
    return hashlib.sha256(json.dumps(known(), sort_keys=True).encode()).hexdigest()
