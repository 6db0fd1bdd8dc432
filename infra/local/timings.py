"""Where the time of a job went, and what was made and what was found, from its events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Iterable


def timings(job: dict[str, Any], events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Per stage, in order of first finish: how often it ran and how long in sum; and the job's wall time.

    `{"wall_ms": 8120, "stages": [{"stage": "render-scene", "count": 5, "failed": 0, "sum_ms": 6400, "longest_ms": 1900}]}`
    """
    stages: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.get("name") not in ("finished", "failed") or event.get("duration_ms") is None:
            continue
        stage = stages.setdefault(
            event["stage"], {"stage": event["stage"], "count": 0, "failed": 0, "sum_ms": 0, "longest_ms": 0}
        )
        stage["count"] += 1
        stage["failed"] += event["name"] == "failed"
        stage["sum_ms"] += event["duration_ms"]
        stage["longest_ms"] = max(stage["longest_ms"], event["duration_ms"])
    return {"wall_ms": wall_ms(job), "stages": list(stages.values())}


def wall_ms(job: dict[str, Any]) -> int | None:
    """From asking for this version to its end, in milliseconds; none if the job has not ended."""
    begun = job.get("revised_at") or job.get("created_at")
    if not (begun and job.get("finished_at")):
        return None
    return round((moment(job["finished_at"]) - moment(begun)).total_seconds() * 1000)


#: What an edit saves, and the stage that makes it, once for each scene.
WORK = {"take": "narrate-scene", "picture": "render-scene", "segment": "render-scene"}


def work(events: Iterable[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """How many takes, pictures and segments were made, and how many found: `{"take": {"made": 1, "found": 9}, ...}`."""
    events = [event for event in events if event.get("name") == "finished"]
    counts = {}
    for kind, stage in WORK.items():
        runs = [kind in event.get("made", []) for event in events if event["stage"] == stage]
        counts[kind] = {"made": sum(runs), "found": len(runs) - sum(runs)}
    return counts


def made_and_found(counts: dict[str, dict[str, int]]) -> str:
    """The work as a line for a person."""
    return "; ".join(f"{kind}s: {count['made']} made, {count['found']} found" for kind, count in counts.items())


def moment(text: str) -> datetime:
    """An RFC 3339 time. Digits beyond microseconds are cut, which Python 3.10 does not take."""
    head, dot, tail = text.replace("Z", "+00:00").partition(".")
    if not dot:
        return datetime.fromisoformat(head)
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return datetime.fromisoformat(f"{head}.{tail[:digits][:6].ljust(6, '0')}{tail[digits:]}")


def table(times: dict[str, Any]) -> str:
    """The timings as lines for a person."""
    lines = [f"{'stage':<18}{'runs':>5}{'sum':>10}{'longest':>10}"]
    for stage in times["stages"]:
        lines.append(f"{stage['stage']:<18}{stage['count']:>5}{seconds(stage['sum_ms']):>10}{seconds(stage['longest_ms']):>10}")
    if times["wall_ms"] is not None:
        lines.append(f"{'from start to end':<23}{seconds(times['wall_ms']):>10}")
    return "\n".join(lines)


def seconds(milliseconds: int) -> str:
    """Milliseconds as seconds with their unit."""
    return f"{milliseconds / 1000:.2f} s"
