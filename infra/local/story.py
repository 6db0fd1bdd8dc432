"""The story of a job, its cause of failure first: the record, the events, and what the functions logged about it.

Scenes are counted from 1 here, as `edit --scene` does; in the records they are counted from 0.
"""

from __future__ import annotations

import json
from typing import Any, Iterator

from .client import Api
from .make import cost
from .talk import Refusal
from .target import Target

#: Fields of a log line that say more than its message; the others are noise in a story.
NOISE = ("timestamp", "level", "message", "fields", "target", "span", "spans", "threadId", "threadName", "requestId", "xrayTraceId")


def tell(target: Target, job_id: str) -> None:
    """Prints the story on stdout."""
    api = Api(target.api_url, target.token)
    lines = list(log_lines(target, job_id))
    try:
        job = api.call("GET", f"/v1/jobs/{job_id}").json()
        job = job.get("job", job)
        events = api.call("GET", f"/v1/jobs/{job_id}/events").json()
        events = events.get("events", events) if isinstance(events, dict) else events
    except Refusal as refused:
        if not lines:
            raise
        refused.show()
        job, events = None, []
    for part in (cause(job), timeline(events), logs(lines)):
        for line in part:
            print(line)


def cause(job: dict[str, Any] | None) -> Iterator[str]:
    """How the job stands and why."""
    if job is None:
        return
    yield f"{job['id']}: {job['status']} in phase {job['phase']}"
    why = job.get("failure")
    if why:
        yield f"  {why['code']}: {why['message']}"
        if why.get("advice"):
            yield f"  {why['advice']}"
    if job.get("cost"):
        yield f"  {cost(job['cost'])}"
    for warning in job.get("warnings") or []:
        yield f"  {warning['stage']}{scene(warning)}: {warning['outcome']}, {warning['code']}: {warning['message']}"


def timeline(events: list[dict[str, Any]]) -> Iterator[str]:
    """The events, failed ones marked."""
    if events:
        yield "\nEvents"
    for event in events:
        took = f" {event['duration_ms']} ms" if event.get("duration_ms") is not None else ""
        failed = event.get("failure")
        why = f"  {failed['code']}: {failed['message']}" if failed else ""
        yield f"{'!' if failed else ' '} {event['at']} {event['stage']}{scene(event)} {event['name']}{took}{why}"


def scene(entry: dict[str, Any]) -> str:
    """The scene that an entry is about, if it is about one."""
    return f" scene {entry['scene'] + 1}" if entry.get("scene") is not None else ""


def logs(lines: list[tuple[str, str]]) -> Iterator[str]:
    """Log lines, errors first."""
    if lines:
        yield "\nLogs"
    order = {"ERROR": 0, "WARN": 1}
    for level, text in sorted(lines, key=lambda line: order.get(line[0], 2)):
        yield f"{'!' if level == 'ERROR' else ' '} {text}"


def log_lines(target: Target, job_id: str) -> Iterator[tuple[str, str]]:
    """What the functions logged about the job: level and text, in order of time."""
    pages = target.client("logs").get_paginator("filter_log_events").paginate(
        logGroupName=target.log_group, filterPattern=f'"{job_id}"'
    )
    for page in pages:
        for event in page["events"]:
            yield read_line(event["message"])


def read_line(message: str) -> tuple[str, str]:
    """Level and text of a log line, which is JSON if a function of ours wrote it."""
    try:
        line = json.loads(message)
    except ValueError:
        return "", message.rstrip()
    if not isinstance(line, dict):
        return "", message.rstrip()
    fields = dict(line.get("fields") or {})
    text = line.get("message") or fields.pop("message", "")
    rest = {**{key: value for key, value in line.items() if key not in NOISE}, **fields}
    if isinstance(rest.get("scene"), int):
        rest["scene"] += 1
    shown = " ".join(f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in rest.items())
    return str(line.get("level", "")).upper(), f"{line.get('timestamp', '')} {text} {shown}".strip()
