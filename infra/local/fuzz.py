"""Runs the fuzzers of `tests/fuzz/`, each for a while. They are built by our own compiler, with counters of what was reached, which
libFuzzer reads; that is C++ and is built with them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import places
from .talk import say

FOLDER = places.PROJECT / "tests" / "fuzz"
#: How long each runs in the long form.
SECONDS = 60
#: A document has 10 s and 512 MB; the counters take as much again.
LIMITS = ["-timeout=20", "-rss_limit_mb=2048", "-max_len=65536", "-print_final_stats=1"]
#: What cargo-fuzz passes on, of which our compiler takes all but the sanitizers
#: (https://clang.llvm.org/docs/SanitizerCoverage.html).
COUNTERS = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    *(f"-Cllvm-args=-sanitizer-coverage-{what}" for what in ("level=4", "inline-8bit-counters", "pc-table", "trace-compares")),
]
#: Where each begins, beside what lies in `tests/fuzz/seeds/`; documents where nothing is said.
SEEDS = {
    "image": ["infra/pictures"],
    "font": ["shared/render/fonts"],
    "upload_event": ["events/ingest-upload"],
    "mermaid": [],
    "script": [],
}


def finds_nothing(seconds: int = SECONDS) -> bool | None:
    """Whether no fuzzer finds anything; none where they cannot be built, which is said."""
    if not shutil.which("c++"):
        say("there is no C++ compiler, which libFuzzer is built by (`apt install g++`); the fuzzers were not run")
        return None
    programs = build()
    return programs is not None and all([run(name, program, seconds) for name, program in programs.items()])


def build() -> dict[str, Path] | None:
    """Builds the fuzzers; gives their programs, or none if they cannot be built."""
    say("building the fuzzers")
    host = re.search(r"^host: (\S+)$", subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout, re.MULTILINE)
    assert host
    target = places.cargo_target() / "fuzz"
    # With a target named, what runs while building is built without counters.
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", str(FOLDER / "Cargo.toml"), "--target", host[1]]
    settings = {"CARGO_TARGET_DIR": str(target), "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(COUNTERS)}
    if subprocess.run(command, env={**os.environ, **settings}).returncode:
        return None
    return {name: target / host[1] / "release" / name for name in targets()}


def targets() -> list[str]:
    """The names of the fuzzers."""
    return re.findall(r'^name = "(\w+)"\npath', (FOLDER / "Cargo.toml").read_text(), re.MULTILINE)


def run(name: str, program: Path, seconds: int) -> bool:
    """Whether one fuzzer finds nothing within its time. What it learns is kept beside the local AWS, and so is what it finds."""
    folder = places.HOME / "fuzz" / name
    learned = folder / "learned"
    learned.mkdir(parents=True, exist_ok=True)
    # 0 is another seed each time.
    seed = f"-seed={os.environ.get('LECTERN_SEED', '0')}"
    command = [str(program), str(learned), *seeds(name), f"-artifact_prefix={folder}/", f"-max_total_time={seconds}", seed, *LIMITS]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    log = done.stderr.decode(errors="replace")
    inputs = re.search(r"^stat::number_of_executed_units:\s*(\d+)$", log, re.MULTILINE)
    if done.returncode or not inputs:
        say(f"fuzzing {name} found something, which lies in `{folder}`:\n" + "\n".join(log.splitlines()[-40:]))
        return False
    say(f"fuzzing {name}: nothing found by {int(inputs[1]):,} inputs within {seconds} s")
    return True


def seeds(name: str) -> list[str]:
    """The folders in which a fuzzer finds inputs to begin with."""
    own = FOLDER / "seeds" / name
    return [str(places.PROJECT / path) for path in SEEDS.get(name, ["events/samples"])] + ([str(own)] if own.is_dir() else [])
