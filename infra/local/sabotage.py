"""Puts deliberate bugs into a copy of the project, one at a time: the suite must catch each of them, or its green means little.

`tests/sabotage.json` lists them: a file, what stands there, what stands there instead, and the tests that must fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import places
from .talk import say

BUGS = places.PROJECT / "tests" / "sabotage.json"


def all_are_caught(environment: dict[str, str]) -> bool:
    """Whether the suite catches every bug, and passes without any."""
    bugs = json.loads(BUGS.read_text())
    with tempfile.TemporaryDirectory(prefix="lectern-sabotage-") as folder:
        copy = Path(folder) / "lectern"
        copy_project(copy)
        sound = [command for command in {tuple(bug["test"]) for bug in bugs} if not passes(list(command), copy, environment)]
        for command in sound:
            say(f"fails without any bug: {' '.join(command)}")
        caught = [bug for bug in bugs if is_caught(bug, copy, environment)]
    say(f"{len(caught)} of {len(bugs)} deliberate bugs were caught")
    return not sound and len(caught) == len(bugs)


def copy_project(target: Path) -> None:
    """Copies what belongs to the project, with its times, so that nothing is built twice for that."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=places.PROJECT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        source = places.PROJECT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def is_caught(bug: dict, copy: Path, environment: dict[str, str]) -> bool:
    """Whether a bug is caught."""
    file = copy / bug["file"]
    sound = file.read_text()
    if sound.count(bug["from"]) != 1:
        say(f"not there any more: {bug['bug']}")
        return False
    file.write_text(sound.replace(bug["from"], bug["to"]))
    try:
        # What does not compile is no bug that a test could catch.
        builds = passes([*bug["test"], "--no-run"], copy, environment)
        caught = builds and not passes(bug["test"], copy, environment)
    finally:
        file.write_text(sound)
    say(f"{'caught' if caught else 'MISSED' if builds else 'does not compile'}: {bug['bug']}")
    return caught


def passes(arguments: list[str], folder: Path, environment: dict[str, str]) -> bool:
    """Whether a call of `cargo test` succeeds."""
    command = ["cargo", "test", "--quiet", "--release", *arguments]
    # A target of its own: cargo takes what is built of the copy for what is built of the project, bugs included, and the other way round.
    settings = {**environment, "CARGO_TARGET_DIR": str(places.cargo_target() / "sabotage")}
    return subprocess.run(command, cwd=folder, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
