"""The local AWS with the stack on it: started, deployed and signed in to, and nothing done twice."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from pathlib import Path
from typing import Iterator

from . import build, keys, places
from .emulator import process
from .talk import say

#: Nobody is crowded out on a laptop.
NO_QUOTAS = "jobs=100000,uploads=100000,active=100000,gigabytes=100000"
#: Settings that choose providers, and the parameters they become.
PROVIDERS = {
    "LECTERN_SCRIPT_PROVIDERS": "ScriptProviders",
    "LECTERN_SPEECH_PROVIDERS": "SpeechProviders",
    "LECTERN_IMAGE_PROVIDERS": "ImageProviders",
    "LECTERN_TRANSCRIPT_PROVIDERS": "TranscriptProviders",
}
#: A token is replaced when it lives less than this.
TOKEN_SECONDS_LEFT = 1800


def up() -> dict[str, object]:
    """Makes sure that the local AWS runs what the source says; gives what there is to know about it.

    Keys: `endpoint`, `api_url`, `uploads_bucket`, `media_bucket`, `table`, `state_machine`, `ingest_upload`, `user_pool`,
    `user_pool_client`, `log_group`, `owner`, `token`, `region`, `access_key_id`, `secret_access_key`, `ffmpeg`, `voice`,
    `fonts`, `functions`, `log`, `pid`.
    """
    places.HOME.mkdir(parents=True, exist_ok=True)
    with locked():
        functions = build.build_functions()
        tools = (build.find_ffmpeg(), build.build_voice(), build.build_fonts())
        known = remembered()
        started = {"tools": [str(tool) for tool in tools], "emulator": emulator()}
        if not serves(known, started):
            if known:
                process.end(known["pid"])
            say("starting the local AWS")
            pid, endpoint = process.start(*tools)
            known = {"pid": pid, "endpoint": endpoint, **started}
            remember(known)
        state = signature(functions)
        if known.get("signature") != state:
            from . import stack

            say("deploying the stack")
            known["outputs"] = stack.deploy(known["endpoint"], functions, parameters())
            known["signature"] = state
            known.pop("token", None)
        if known.get("keys") != (state_of_keys := keys.state()):
            keys.put(known["endpoint"])
            known["keys"] = state_of_keys
        if known.get("expires", 0) < time.time() + TOKEN_SECONDS_LEFT or "token" not in known:
            from . import users

            outputs = known["outputs"]
            password = known.setdefault("password", users.new_password())
            known.update(users.sign_in(known["endpoint"], outputs["UserPoolId"], outputs["UserPoolClientId"], password))
        remember(known)
    return description(known)


def down() -> bool:
    """Ends the local AWS and forgets what it held; tells whether there was one."""
    if not places.HOME.exists():
        return False
    with locked():
        known = remembered()
        if known:
            process.end(known["pid"])
        places.LOCAL.unlink(missing_ok=True)
        shutil.rmtree(places.SCRATCH, ignore_errors=True)
    return bool(known)


def running() -> dict[str, object] | None:
    """What there is to know about the local AWS if it runs and is deployed; see `up`."""
    known = remembered()
    return description(known) if known and "token" in known and is_running(known) else None


def is_running(known: dict) -> bool:
    """Whether the emulator we remember is alive."""
    return process.is_ours(known["pid"]) and process.answers(known["endpoint"])


def parameters() -> dict[str, str]:
    """The template's parameters on a laptop: as many scenes at once as there are processors, no quotas, and the chosen providers,
    or else the embedded voice.

    `LECTERN_PARAMETERS` overrides them: `Name=value` pairs, separated by blanks.
    """
    chosen = {"SceneConcurrency": str(max(2, os.cpu_count() or 2)), "Quotas": NO_QUOTAS, "SpeechProviders": "embedded"}
    chosen.update({parameter: os.environ[name] for name, parameter in PROVIDERS.items() if os.environ.get(name)})
    chosen.update(pair.split("=", 1) for pair in os.environ.get("LECTERN_PARAMETERS", "").split())
    return chosen


def serves(known: dict | None, started: dict) -> bool:
    """Whether the emulator we remember, if any, runs and was started as it would be now."""
    return bool(known) and is_running(known) and all(known.get(what) == value for what, value in started.items())


def emulator() -> str:
    """Tells one emulator, with what we mend of it, from another: one that still runs keeps to the rules with which it was started."""
    files = [*sorted((places.INFRA / "local" / "emulator").glob("*.py")), places.INFRA / "local" / "requirements.txt"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def signature(functions: dict[str, Path]) -> str:
    """Tells one state of template, state machines, parameters and built functions from another."""
    files = [places.TEMPLATE, *sorted(places.STATE_MACHINES.iterdir()), *(folder / "bootstrap" for folder in functions.values())]
    facts = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(json.dumps([facts, parameters()]).encode()).hexdigest()


def description(known: dict) -> dict[str, object]:
    """What others need to know."""
    outputs = known["outputs"]
    return {
        "endpoint": known["endpoint"],
        # The path form, because `*.localhost` is not a name everywhere.
        "api_url": f"{known['endpoint']}/_aws/execute-api/{outputs['ApiId']}/$default",
        "uploads_bucket": outputs["UploadsBucket"],
        "media_bucket": outputs["MediaBucket"],
        "table": outputs["TableName"],
        "state_machine": outputs["StateMachineArn"],
        "ingest_upload": outputs["IngestUploadFunction"],
        "user_pool": outputs["UserPoolId"],
        "user_pool_client": outputs["UserPoolClientId"],
        "log_group": outputs["FunctionLogGroup"],
        "owner": known["owner"],
        "token": known["token"],
        "region": process.REGION,
        "access_key_id": process.CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "secret_access_key": process.CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        "ffmpeg": known["tools"][0],
        "voice": known["tools"][1],
        "functions": os.environ.get("LECTERN_FUNCTIONS") or str(places.FUNCTIONS),
        "fonts": known["tools"][2],
        "log": str(places.LOG),
        "pid": known["pid"],
    }


def remembered() -> dict | None:
    """What was written down last."""
    try:
        return json.loads(places.LOCAL.read_text())
    except (OSError, ValueError):
        return None


def remember(known: dict) -> None:
    """Writes down what is known, readable by its owner only: there is a token in it."""
    fresh = places.LOCAL.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(known, indent=1))
    fresh.replace(places.LOCAL)


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One `up` or `down` at a time."""
    with places.LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
