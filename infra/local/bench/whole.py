"""Cases (b) and (d): a ten-page PDF becomes a video on the warm local AWS; seconds, processor seconds, and memory per stage."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from .. import places
from ..make import Order, make
from ..target import local
from ..users import new_password, sign_in

DOCUMENT = places.PROJECT / "events" / "samples" / "handbook.pdf"
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK_EVERY_SECONDS = 0.02


def measure(known: dict[str, object]) -> dict[str, object]:
    """The plain figures of the second of two runs: the first warms the processes, the second is counted.

    What is made is found again by its owner alone, so the second run is that of a user for whom nothing was made before.
    """
    emulator = int(known["pid"])
    stranger = {**known, **somebody_new(known)}
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as scratch:
        make(local(known), Order(DOCUMENT, Path(scratch) / "warm.mp4"), show=False)
        memory = Memory(emulator)
        before = processor_seconds(emulator)
        with memory:
            begun = time.monotonic()
            record = make(local(stranger), Order(DOCUMENT, Path(scratch) / "counted.mp4"), show=False)
            wall = time.monotonic() - begun
        cpu = processor_seconds(emulator) - before
    minutes = record["job"]["video"]["duration_ms"] / 60_000
    return {
        "case": f"{DOCUMENT.name}, 10 pages, {minutes * 60:.0f} s of video, warm",
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "wall_s_per_minute_of_video": round(wall / minutes, 2),
        "cpu_s_per_minute_of_video": round(cpu / minutes, 2),
        "stages": record["timings"]["stages"],
        "work": record["work"],
        "peak_memory_mb": {stage: round(peak / 1e6, 1) for stage, peak in sorted(memory.peaks.items())},
    }


def somebody_new(known: dict[str, object]) -> dict[str, object]:
    """A user who was not there before, signed in."""
    name = f"bench-{time.time_ns()}@lectern.local"
    return sign_in(str(known["endpoint"]), str(known["user_pool"]), str(known["user_pool_client"]), new_password(), name)


def processes() -> dict[int, tuple[int, list[str]]]:
    """Every process: its parent and the fields of its `stat` behind the name."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            found[int(entry.name)] = (int(fields[1]), fields)
    return found


def tree(root: int, known: dict[int, tuple[int, list[str]]]) -> set[int]:
    """A process and all below it."""
    children = defaultdict(list)
    for pid, (parent, _) in known.items():
        children[parent].append(pid)
    found, open_ = set(), [root]
    while open_:
        pid = open_.pop()
        found.add(pid)
        open_.extend(children[pid])
    return found


def processor_seconds(root: int) -> float:
    """Of a process and all below it, those included that have ended and were waited for."""
    known = processes()
    return sum(sum(map(int, known[pid][1][11:15])) for pid in tree(root, known) if pid in known) / TICKS


def ticks_of(pid: int) -> float:
    """Processor seconds of a process alone."""
    known = processes()
    return sum(map(int, known[pid][1][11:13])) / TICKS


class Memory:
    """Looks at the resident memory of each function with its children while it runs, as Lambda counts it."""

    def __init__(self, root: int) -> None:
        self.root = root
        #: Bytes, by function.
        self.peaks: dict[str, int] = defaultdict(int)
        self.names: dict[int, str | None] = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def __enter__(self) -> "Memory":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def look(self) -> None:
        while not self.over.wait(LOOK_EVERY_SECONDS):
            known = processes()
            for pid in tree(self.root, known) & known.keys():
                name = self.name(pid)
                if name and self.name(known[pid][0]) != name:
                    # A child that has not become another program yet still shares the memory of its parent.
                    apart = [below for below in tree(pid, known) & known.keys() if below == pid or function_of(below) != name]
                    total = sum(int(known[below][1][21]) * PAGE for below in apart)
                    self.peaks[name] = max(self.peaks[name], total)

    def name(self, pid: int) -> str | None:
        """The function a process belongs to; none for the emulator itself."""
        if pid not in self.names:
            self.names[pid] = function_of(pid)
        return self.names[pid]


def function_of(pid: int) -> str | None:
    """The function whose binary a process runs; none for other programs, also those that a function starts."""
    try:
        target = os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None
    names = [name for name in places.function_names() if f"/{name}/bootstrap" in target or target.endswith(f"/{name}")]
    return names[0] if names else None
