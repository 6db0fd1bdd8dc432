"""The progress of a job on a terminal: one live line, or plain lines where there is no terminal."""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO

WIDTH = 24
PHASES = {
    "upload": "uploading",
    "extract": "reading the document",
    "script": "writing the script",
    "scenes": "making the scenes",
    "assemble": "joining the scenes",
    "done": "done",
}


def describe(job: dict[str, Any]) -> str:
    """What is being done, such as `making the scenes, 3 of 5 spoken, 2 drawn`."""
    progress = job.get("progress") or {}
    text = PHASES.get(str(job.get("phase")), str(job.get("phase")))
    if job.get("phase") == "scenes" and progress.get("scenes"):
        text += f", {progress['narrated']} of {progress['scenes']} spoken, {progress['rendered']} drawn"
    return text


def bar(percent: int) -> str:
    """A bar of fixed width."""
    full = max(0, min(100, percent)) * WIDTH // 100
    return "█" * full + "░" * (WIDTH - full)


class Progress:
    """Shows a job as it changes."""

    def __init__(self, out: TextIO = sys.stderr) -> None:
        self.out = out
        self.is_live = out.isatty()
        self.started = time.monotonic()
        self.last = ""

    def show(self, job: dict[str, Any]) -> None:
        """Shows the job; on a terminal at every call, elsewhere when something changed."""
        percent = int((job.get("progress") or {}).get("percent", 0))
        text = describe(job)
        if self.is_live:
            seconds = time.monotonic() - self.started
            self.out.write(f"\r\x1b[K{bar(percent)} {percent:3d}%  {text}  {seconds:.0f} s")
        elif text != self.last:
            self.out.write(f"{percent:3d}%  {text}\n")
        self.out.flush()
        self.last = text

    def close(self) -> None:
        """Leaves the line for what comes next."""
        if self.is_live and self.last:
            self.out.write("\n")
            self.out.flush()
