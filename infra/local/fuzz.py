"""Runs the fuzzers of `tests/fuzz/`, each for a while. They need cargo-fuzz, and no other compiler than ours: the flags that cargo-fuzz
passes on are unlocked by RUSTC_BOOTSTRAP."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from . import places
from .talk import say

FOLDER = places.PROJECT / "tests" / "fuzz"
SECONDS = 60
#: A document has 10 s and 512 MB; the sanitizer takes as much again.
LIMITS = [f"-max_total_time={SECONDS}", "-timeout=20", "-rss_limit_mb=2048", "-max_len=65536", "-print_final_stats=1"]


def finds_nothing() -> bool | None:
    """Whether no fuzzer finds anything; none where they cannot run, which is said."""
    if not shutil.which("cargo-fuzz"):
        say("cargo-fuzz is not installed (`cargo install cargo-fuzz`); the fuzzers were not run")
        return None
    environment = {**os.environ, "RUSTC_BOOTSTRAP": "1", "CARGO_TARGET_DIR": str(places.cargo_target() / "fuzz")}
    return all([run(target, environment) for target in targets()])


def targets() -> list[str]:
    """The names of the fuzzers."""
    return re.findall(r'^name = "(\w+)"\npath', (FOLDER / "Cargo.toml").read_text(), re.MULTILINE)


def run(target: str, environment: dict[str, str]) -> bool:
    """Whether one fuzzer finds nothing within its time."""
    say(f"fuzzing: {target}")
    # What it learns lies outside the project; the samples are where it begins.
    learned = places.HOME / "fuzz" / target
    learned.mkdir(parents=True, exist_ok=True)
    seeds = places.PROJECT / "events" / "samples"
    command = ["cargo", "fuzz", "run", "--fuzz-dir", str(FOLDER), "--release", target, str(learned), str(seeds), "--", *LIMITS]
    return subprocess.run(command, cwd=places.PROJECT, env=environment).returncode == 0
