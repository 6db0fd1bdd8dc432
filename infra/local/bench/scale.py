"""Books of 3, 30 and 300 pages, a scene for each: what a scene costs, and what an execution takes of the limits of Step Functions."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from ..make import Order, make
from ..target import Target, local
from . import book
from .whole import Memory, processor_seconds, somebody_new, ticks_of

SIZES = (3, 30, 300)
#: How much more or less a scene may cost than in the book of middle size.
MOST_DEVIATION = 0.2
MOST_EVENTS, MOST_PAYLOAD = 25_000, 262_144
OPTIONS = {"size": "480p"}


def measure(known: dict[str, Any]) -> dict[str, Any]:
    """For each size: seconds and processor seconds a scene, events, the largest payload, and peak memory."""
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as scratch:
        folder = Path(scratch)
        make(local(known), Order(book.write(SIZES[0], folder / "warm.pdf"), folder / "warm.mp4", options(SIZES[0])), show=False)
        books = {str(pages): of_book(known, book.write(pages, folder / f"book-{pages}.pdf"), pages) for pages in SIZES}
    def relative(cost: str) -> dict[str, float]:
        return {pages: round(found[cost] / books[str(SIZES[1])][cost], 2) for pages, found in books.items()}

    return {
        "case": f"books of {', '.join(map(str, SIZES))} pages, a scene for each, {OPTIONS['size']}, warm",
        "books": books,
        # Of three scenes one is a title and one a summary, which say less than others.
        "cost_per_scene_of_that_in_the_middle": relative("functions_cpu_s_per_scene"),
        "cost_per_minute_of_that_in_the_middle": relative("functions_cpu_s_per_minute_of_video"),
        "between": [1 - MOST_DEVIATION, 1 + MOST_DEVIATION],
        "limits": {"events": MOST_EVENTS, "payload_characters": MOST_PAYLOAD},
    }


def options(scenes: int) -> dict[str, Any]:
    return {**OPTIONS, "scenes": scenes}


def of_book(known: dict[str, Any], document: Path, scenes: int) -> dict[str, Any]:
    """One book, made for a user for whom nothing was made before."""
    emulator = int(known["pid"])
    target = local({**known, **somebody_new(known)})
    memory = Memory(emulator)
    before, own = processor_seconds(emulator), ticks_of(emulator)
    with memory:
        begun = time.monotonic()
        record = make(target, Order(document, document.with_suffix(".mp4"), options(scenes)), show=False)
        wall = time.monotonic() - begun
    # The emulator stands for services that somebody else runs.
    cpu = processor_seconds(emulator) - before - (ticks_of(emulator) - own)
    job = record["job"]
    made, seconds = job["progress"]["scenes"], job["video"]["duration_ms"] / 1000
    return {
        "status": job["status"],
        "scenes": made,
        "video_s": round(seconds, 1),
        "wall_s": round(wall, 1),
        "wall_s_per_scene": round(wall / made, 3),
        "functions_cpu_s": round(cpu, 1),
        "functions_cpu_s_per_scene": round(cpu / made, 3),
        "functions_cpu_s_per_minute_of_video": round(cpu / seconds * 60, 2),
        "assemble_ms": sum(stage["sum_ms"] for stage in record["timings"]["stages"] if stage["stage"] == "assemble-video"),
        **history(target, known, job),
        "peak_memory_mb": {stage: round(peak / 1e6, 1) for stage, peak in sorted(memory.peaks.items())},
    }


def history(target: Target, known: dict[str, Any], job: dict[str, Any]) -> dict[str, int]:
    """The events of the execution, and the longest JSON that a state took or gave."""
    execution = known["state_machine"].replace(":stateMachine:", ":execution:") + f":{job['id']}-v{job.get('version', 1)}"
    pages = target.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    details = [value for event in events for value in event.values() if isinstance(value, dict)]
    longest = max(len(text) for detail in details for text in (detail.get("input"), detail.get("output"), "") if text is not None)
    return {"events": len(events), "largest_payload_characters": longest}
