"""Wall and processor time of a command, its children included."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ..talk import Refusal


@dataclass
class Time:
    """Seconds."""

    wall: float
    cpu: float


def timed(command: list[str | Path], environment: dict[str, str] | None = None) -> Time:
    """Runs a command to its end; its output is shown only if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
    )
    wall = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise Refusal(f"`{command[0]}` failed:\n{done.stdout.decode(errors='replace')[-2000:]}", exit_code=1)
    return Time(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def median(times: list[Time]) -> Time:
    """The median of both, each for itself."""
    return Time(statistics.median(t.wall for t in times), statistics.median(t.cpu for t in times))


def rounded(time_: Time) -> dict[str, float]:
    """As JSON."""
    return {"wall_s": round(time_.wall, 3), "cpu_s": round(time_.cpu, 3)}
