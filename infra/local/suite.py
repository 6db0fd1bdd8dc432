"""The whole test suite, set-up included."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

from . import places
from .talk import Refusal, say
from .up import up

#: What tests read; each names one thing the set-up has made.
FFMPEG, VOICE, LOCAL, ENDPOINT = "LECTERN_FFMPEG", "LECTERN_VOICE", "LECTERN_LOCAL", "LECTERN_TEST_ENDPOINT"
CHROMIUM = "LECTERN_CHROMIUM"
#: The names of a browser that plays H.264.
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable")


def test(arguments: list[str]) -> int:
    """Starts the local AWS and runs the tests of the command and of the workspace; further arguments go to the latter."""
    known = up()
    description = places.HOME / "up.json"
    description.touch(mode=0o600)
    description.write_text(json.dumps(known))
    environment = {**os.environ, **aws_settings(known), FFMPEG: str(known["ffmpeg"]), VOICE: str(known["voice"]), LOCAL: str(description)}
    environment.update(browser())
    say("testing the command")
    command = [sys.executable, "-m", "unittest", "discover", "--start-directory", "local/tests", "--top-level-directory", "."]
    failed = subprocess.run(command, cwd=places.INFRA, env=environment).returncode
    say("testing the workspace")
    failed |= subprocess.run([*runner(), *arguments], cwd=places.PROJECT, env=environment).returncode
    return 1 if failed else 0


def aws_settings(known: dict[str, object]) -> dict[str, str]:
    """What points the AWS tools and our adapters at the local AWS."""
    return {
        "AWS_ENDPOINT_URL": str(known["endpoint"]),
        "AWS_REGION": str(known["region"]),
        "AWS_ACCESS_KEY_ID": str(known["access_key_id"]),
        "AWS_SECRET_ACCESS_KEY": str(known["secret_access_key"]),
        ENDPOINT: str(known["endpoint"]),
    }


def browser() -> dict[str, str]:
    """The setting that names a browser, if there is one."""
    found = os.environ.get(CHROMIUM) or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        say(f"skipped: no browser plays a video, because there is none of {', '.join(BROWSERS)}; `apt install chromium` brings one")
    return {CHROMIUM: found} if found else {}


def runner() -> list[str]:
    """The fastest test runner there is; both run the same tests."""
    cargo = shutil.which("cargo")
    if not cargo:
        raise Refusal("Rust is not installed (no `cargo` found); install it from https://rustup.rs and try again.")
    has_nextest = shutil.which("cargo-nextest") is not None
    return [cargo, *(["nextest", "run"] if has_nextest else ["test"]), "--release", "--workspace"]
