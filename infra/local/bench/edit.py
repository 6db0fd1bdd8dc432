"""The edit case: ten scenes, one word of one scene changed; what the second version costs of the first."""

from __future__ import annotations

import copy
import tempfile
import time
from pathlib import Path
from typing import Any

from .. import places
from ..edit import Edit, edit
from ..make import Order, make
from ..target import Target, local
from .whole import processor_seconds

DOCUMENT = places.PROJECT / "events" / "samples" / "handbook.pdf"
SCENES = 10
EDITED = 4
#: What the edit may cost of the first version.
MOST = 0.12


def measure(known: dict[str, Any]) -> dict[str, Any]:
    """Processor seconds of both versions and their ratio, what was made and found, and whether stored work was touched.

    The processes are warmed by an order whose script the first version takes over, each scene asked for anew, so that it finds
    nothing that anybody made before, however often this is measured.
    """
    emulator = int(known["pid"])
    target = local(known)
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as scratch:
        folder = Path(scratch)
        warm = make(target, Order(DOCUMENT, folder / "warm.mp4", {"scenes": SCENES}), show=False)
        script = asked_for_anew(warm["script"])
        begun = processor_seconds(emulator)
        first = make(target, Order(DOCUMENT, folder / "first.mp4", script=script), show=False)
        made = processor_seconds(emulator)
        before = stored(target, known["media_bucket"])
        wish = Edit(first["job"]["id"], folder / "second.mp4", with_one_word_changed(first["script"]))
        rested = processor_seconds(emulator)
        second = edit(target, wish, show=False)
        ended = processor_seconds(emulator)
        after = stored(target, known["media_bucket"])
    first_s, second_s = made - begun, ended - rested
    return {
        "case": f"{DOCUMENT.name}, {SCENES} scenes, one word of scene {EDITED + 1} changed, warm",
        "video_s": round(second["job"]["video"]["duration_ms"] / 1000, 1),
        "first_cpu_s": round(first_s, 2),
        "second_cpu_s": round(second_s, 2),
        "ratio": round(second_s / first_s, 3),
        "at_most": MOST,
        "first_wall_s": first["timings"]["wall_ms"] / 1000,
        "second_wall_s": second["timings"]["wall_ms"] / 1000,
        "second_stages": second["timings"]["stages"],
        "first_work": first["work"],
        "second_work": second["work"],
        "objects_before": len(before),
        "objects_touched": sum(after.get(key) != tag for key, tag in before.items()),
        "objects_new": len(after.keys() - before.keys()),
    }


def asked_for_anew(script: dict[str, Any]) -> dict[str, Any]:
    """The script with addresses of its own for all that is made of it."""
    retake = int(time.time()) % 2**32
    return {**script, "scenes": [{**scene, "retake": retake} for scene in script["scenes"]]}


def with_one_word_changed(script: dict[str, Any]) -> dict[str, Any]:
    """The script with another last word in one scene."""
    edited = copy.deepcopy(script)
    scene = edited["scenes"][EDITED]
    scene["narration"] = scene["narration"].rstrip(".!?").rsplit(" ", 1)[0] + " indeed."
    return edited


def stored(target: Target, bucket: str) -> dict[str, str]:
    """Every take, narration, picture and segment with the entity tag of its content."""
    pages = target.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="cache/")
    return {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", [])}
