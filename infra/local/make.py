"""Making a video: asks the API, uploads, follows the job, and writes what was made."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .client import Api
from .progress import Progress
from .talk import Refusal, say
from .target import Target
from .timings import made_and_found, table, timings, work

FINAL = ("completed", "completed_with_errors", "failed", "cancelled", "expired")
MADE = ("completed", "completed_with_errors")
#: The local API may be asked as often as we like; elsewhere Retry-After counts.
LOCAL_POLL_SECONDS = 0.25
LONGEST_POLL_SECONDS = 10.0


@dataclass
class Order:
    """What is to be made, and where it goes."""

    document: Path
    video: Path
    #: The API's `options`, only those that were given.
    options: dict[str, Any] = field(default_factory=dict)
    #: The script to use instead of writing one.
    script: dict[str, Any] | None = None
    #: Whether all that goes with a video is wanted too.
    extras: bool = False


def check(order: Order) -> None:
    """Refuses what cannot be sent or written, before anything is started."""
    if not order.document.is_file():
        raise Refusal(f"there is no file `{order.document}`.", code="NOT_FOUND", advice="Give the path of a PDF, Markdown or text file.")
    if not order.video.parent.is_dir():
        raise Refusal(f"there is no folder `{order.video.parent}` to write to.", code="NOT_FOUND")


def make(target: Target, order: Order, show: bool) -> dict[str, Any]:
    """Makes the video; gives the record: `{job, script, events, timings, work}`.

    Interrupted, it cancels the job. What is written is said at `finish`.
    """
    api = Api(target.api_url, target.token)
    job, form = ask(api, order)
    api.upload(form, order.document)
    try:
        job = follow(api, job, target.is_local())
    except KeyboardInterrupt:
        api.call("POST", f"/v1/jobs/{job['id']}/cancel")
        raise Refusal(f"job {job['id']} was cancelled.", code="CANCELLED", exit_code=130) from None
    return finish(api, job, order.video, order.extras, show)


def finish(api: Api, job: dict[str, Any], video: Path, extras: bool, show: bool) -> dict[str, Any]:
    """Writes the video of a job that has ended, beside it the captions (`.vtt`) and the record (`.json`), and with `extras` what
    `save_extras` says; gives the record. Refuses a job that has no video."""
    if job["status"] not in MADE:
        raise failure(job)
    record = save(api, job, video)
    if extras:
        save_extras(api, job, video)
    if show:
        tell(record, video)
    return record


def ask(api: Api, order: Order) -> tuple[dict[str, Any], dict[str, Any]]:
    """Asks for a job; gives it and the form for its document."""
    request: dict[str, Any] = {"name": order.document.name, "bytes": order.document.stat().st_size, "options": order.options}
    if order.script is not None:
        request["script"] = order.script
    answer = api.call("POST", "/v1/jobs", request).json()
    return answer["job"], answer["upload"]


def follow(api: Api, job: dict[str, Any], is_local: bool) -> dict[str, Any]:
    """Asks how the job is until it has ended, and shows its progress."""
    progress = Progress()
    tag = None
    try:
        while True:
            answer = api.call("GET", f"/v1/jobs/{job['id']}", headers={"if-none-match": tag} if tag else {})
            tag = answer.headers.get("etag")
            if answer.status != 304:
                job = answer.json()
                job = job.get("job", job)
            progress.show(job)
            if job["status"] in FINAL:
                return job
            time.sleep(pause(answer.headers.get("retry-after"), is_local))
    finally:
        progress.close()


def pause(retry_after: str | None, is_local: bool) -> float:
    """How long to wait before asking again, in seconds."""
    if is_local:
        return LOCAL_POLL_SECONDS
    try:
        asked = float(retry_after or 2)
    except ValueError:
        asked = 2.0
    return min(asked, LONGEST_POLL_SECONDS) + random.uniform(0, 0.2)


def failure(job: dict[str, Any]) -> Refusal:
    """Why there is no video."""
    why = job.get("failure") or {}
    return Refusal(
        f"{why.get('message') or 'there is no video'} (job {job['id']} is {job['status']})",
        code=why.get("code") or job["status"].upper(),
        advice=why.get("advice") or "",
        exit_code=1,
    )


def save(api: Api, job: dict[str, Any], video: Path) -> dict[str, Any]:
    """Writes video, captions and record."""
    path = f"/v1/jobs/{job['id']}"
    api.download(f"{path}/video", video)
    api.download(f"{path}/captions", video.with_suffix(".vtt"))
    script = fetch_json(api, f"{path}/script")
    events = fetch_json(api, f"{path}/events")
    events = events.get("events", events) if isinstance(events, dict) else events
    # The log holds all versions; the record is of this one.
    events = [event for event in events if event.get("version", 1) == job.get("version", 1)]
    record = {"job": job, "script": script, "events": events, "timings": timings(job, events), "work": work(events)}
    video.with_suffix(".json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    return record


#: What goes with a video: where the API has it, and how it is named beside the video.
EXTRAS = {"chapters": ".chapters.vtt", "transcript": ".transcript.md", "poster": ".poster.jpg", "contact-sheet": ".contact-sheet.jpg"}


def save_extras(api: Api, job: dict[str, Any], video: Path) -> None:
    """Writes chapters (`.chapters.vtt`), transcript (`.transcript.md`), poster (`.poster.jpg`), contact sheet (`.contact-sheet.jpg`),
    and a picture of each scene, counted from 1 (`.01.jpg`). Scenes that were left out have none."""
    path = f"/v1/jobs/{job['id']}"
    for what, ending in EXTRAS.items():
        api.download(f"{path}/{what}", video.with_suffix(ending))
    left_out = {warning.get("scene") for warning in job.get("warnings") or [] if warning["outcome"] == "dropped"}
    for scene in range(job["script"]["scenes"]):
        if scene not in left_out:
            api.download(f"{path}/thumbnails/{scene}", video.with_suffix(f".{scene + 1:02}.jpg"))


def fetch_json(api: Api, path: str) -> Any:
    """JSON that a path gives or redirects to."""
    answer = api.call("GET", path)
    address = answer.headers.get("location")
    if address is None:
        return answer.json()
    import urllib.request

    with urllib.request.urlopen(address, timeout=60) as response:
        return json.loads(response.read())


def tell(record: dict[str, Any], video: Path) -> None:
    """Says what was made and where the time went."""
    job = record["job"]
    for warning in job.get("warnings") or []:
        scene = f", scene {warning['scene'] + 1}" if warning.get("scene") is not None else ""
        say(f"{warning['stage']}{scene}: {warning['outcome']} ({warning['code']}: {warning['message']})")
    summary = job.get("video") or {}
    if summary:
        print(f"{video}: {summary['duration_ms'] / 1000:.1f} s, {summary['width']} x {summary['height']}, {summary['bytes'] / 1e6:.1f} MB")
    if job.get("cost"):
        print(cost(job["cost"]))
    print(table(record["timings"]))
    print(made_and_found(record["work"]))


def cost(costs: dict[str, Any]) -> str:
    """What it cost, in one line: by whom it is asked, what was expected, and what was saved."""
    asked = {**costs["vendors"], "AWS": costs["aws_usd"]}
    parts = ", ".join(f"{name} {dollars(amount)}" for name, amount in asked.items())
    line = f"cost {dollars(costs['actual_usd'])} ({parts}; expected {dollars(costs['estimate_usd'])})"
    if costs["saved_usd"]:
        line += f", {dollars(costs['saved_usd'])} saved by what was found"
    if costs["unpriced"]:
        line += f"; the prices of {', '.join(costs['unpriced'])} are not known"
    return f"{line}\n{costs['warning']}" if costs["warning"] else line


def dollars(amount: float) -> str:
    """An amount with as many digits as tell it from nothing."""
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.4f}"
