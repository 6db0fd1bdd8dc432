"""The whole test suite, set-up included."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

from . import fuzz, places, sabotage
from .emulator import second
from .stack import client
from .talk import Refusal, say
from .up import up

#: What tests read; each names one thing the set-up has made.
FFMPEG, VOICE, FONTS = "LECTERN_FFMPEG", "LECTERN_VOICE", "LECTERN_FONTS"
LOCAL, ENDPOINT = "LECTERN_LOCAL", "LECTERN_TEST_ENDPOINT"
#: Asks the tests for their long form.
SOAK = "LECTERN_SOAK"
#: Where the second emulator is.
SECOND = "LECTERN_SECOND_EMULATOR"
CHROMIUM = "LECTERN_CHROMIUM"
#: The role of the state machines of tests.
ROLE = "lectern-test"
#: The names of a browser that plays H.264.
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable")


def test(arguments: list[str]) -> int:
    """Starts the local AWS and runs the tests of the command and of the workspace; further arguments go to the latter."""
    environment = {**settings(up()), **browser()}
    say("testing the command")
    command = [sys.executable, "-m", "unittest", "discover", "--start-directory", "local/tests", "--top-level-directory", "."]
    failed = subprocess.run(command, cwd=places.INFRA, env=environment).returncode
    say("testing the workspace")
    failed |= subprocess.run([*runner(), *arguments], cwd=places.PROJECT, env=environment).returncode
    return 1 if failed else 0


def soak(arguments: list[str]) -> int:
    """The long form of the tests about failure, one after the other, with what they counted; then deliberate bugs, each of which
    the suite must catch; then the fuzzers. Further arguments go to the tests."""
    known = up()
    environment = {**settings(known), SOAK: "1"}
    long = ["bars", "vendors", "bad_days", "hostile"]
    command = [cargo(), "test", "--release", "--workspace", "--no-fail-fast", *(word for name in long for word in ("--test", name))]
    say("testing the long form")
    with second.running() as endpoint:
        environment.update({SECOND: endpoint} if endpoint else {})
        long_form = subprocess.run([*command, *arguments, "--", "--nocapture", "--test-threads=1"], cwd=places.PROJECT, env=environment)
    results: dict[str, bool | None] = {"long form": long_form.returncode == 0}
    say("looking for deliberate bugs")
    results["deliberate bugs"] = sabotage.all_are_caught(environment)
    say("fuzzing")
    results["fuzzing"] = fuzz.finds_nothing()
    failed = [name for name, passed in results.items() if passed is False]
    skipped = [name for name, passed in results.items() if passed is None]
    say(f"failed: {', '.join(failed)}" if failed else "the long form passed")
    say(f"skipped: {', '.join(skipped) or 'nothing'}")
    return 1 if failed else 0


def sabotaged() -> int:
    """Puts deliberate bugs into a copy of the project, one at a time, each of which the suite must catch."""
    return 0 if sabotage.all_are_caught(settings(up())) else 1


def settings(known: dict[str, object]) -> dict[str, str]:
    """The environment of the tests, with what they read."""
    make_role(str(known["endpoint"]))
    description = places.HOME / "up.json"
    description.touch(mode=0o600)
    description.write_text(json.dumps(known))
    made = {FFMPEG: str(known["ffmpeg"]), VOICE: str(known["voice"]), FONTS: str(known["fonts"]), LOCAL: str(description)}
    return {**os.environ, **aws_settings(known), **made}


def make_role(endpoint: str) -> None:
    """Makes the role in which the state machines of tests run, in which nothing is allowed."""
    iam = client("iam", endpoint)
    trusts = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    try:
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusts]}))
    except iam.exceptions.EntityAlreadyExistsException:
        pass


def aws_settings(known: dict[str, object]) -> dict[str, str]:
    """What points the AWS tools and our adapters at the local AWS."""
    return {
        "AWS_ENDPOINT_URL": str(known["endpoint"]),
        "AWS_REGION": str(known["region"]),
        "AWS_ACCESS_KEY_ID": str(known["access_key_id"]),
        "AWS_SECRET_ACCESS_KEY": str(known["secret_access_key"]),
        ENDPOINT: str(known["endpoint"]),
    }


def cargo() -> str:
    """Where cargo is."""
    found = shutil.which("cargo")
    if not found:
        raise Refusal("Rust is not installed (no `cargo` found); install it from https://rustup.rs and try again.")
    return found


def browser() -> dict[str, str]:
    """The setting that names a browser, if there is one."""
    found = os.environ.get(CHROMIUM) or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        say(f"skipped: no browser plays a video, because there is none of {', '.join(BROWSERS)}; `apt install chromium` brings one")
    return {CHROMIUM: found} if found else {}


def runner() -> list[str]:
    """The fastest test runner there is; both run the same tests."""
    has_nextest = shutil.which("cargo-nextest") is not None
    return [cargo(), *(["nextest", "run"] if has_nextest else ["test"]), "--release", "--workspace"]
