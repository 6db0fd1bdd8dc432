"""New versions of a job: the script edited, a scene made anew, other options, a former version restored; and the list of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .client import Api
from .make import fetch_json, finish, follow
from .talk import Refusal
from .target import Target


@dataclass
class Edit:
    """What is to be another, exactly one of the four, and where the video goes."""

    #: The id of a job, or the record that `make` wrote beside its video.
    job: str
    video: Path
    script: dict[str, Any] | None = None
    #: A scene to make anew, from 0.
    scene: int | None = None
    #: The API's `options`, only those that change.
    options: dict[str, Any] = field(default_factory=dict)
    #: A former version to restore.
    restore: int | None = None
    #: Whether what goes with a video is wanted too.
    extras: bool = False


def read_script(path: Path) -> dict[str, Any]:
    """The script in a file: a script itself, or the record of a job, whose script is taken."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise Refusal(f"there is no file `{path}`.", code="NOT_FOUND") from None
    except (OSError, ValueError) as broken:
        raise Refusal(f"`{path}` is not JSON: {broken}", code="INVALID_REQUEST") from broken
    script = content.get("script", content) if isinstance(content, dict) else None
    if not isinstance(script, dict) or "scenes" not in script:
        raise Refusal(f"`{path}` holds no script.", code="INVALID_REQUEST", advice="Give a record that `make` wrote, or its `script`.")
    return script


def job_of(name: str) -> str:
    """The id of the job that is meant: the name itself, or what the record of that name says."""
    path = Path(name)
    if path.suffix != ".json":
        return name
    try:
        return json.loads(path.read_text())["job"]["id"]
    except FileNotFoundError:
        raise Refusal(f"there is no file `{path}`.", code="NOT_FOUND") from None
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise Refusal(f"`{path}` is not the record of a job.", code="INVALID_REQUEST") from broken


def edit(target: Target, wish: Edit, show: bool) -> dict[str, Any]:
    """Makes the new version and writes its video, captions and record as `make` does; gives the record."""
    api = Api(target.api_url, target.token)
    job = follow(api, begin(api, f"/v1/jobs/{job_of(wish.job)}", wish), target.is_local())
    return finish(api, job, wish.video, wish.extras, show)


def begin(api: Api, path: str, wish: Edit) -> dict[str, Any]:
    """Asks for the new version; gives the job."""
    if wish.script is not None:
        tag = api.call("GET", f"{path}/script").headers.get("etag")
        return api.call("PATCH", f"{path}/script", wish.script, {"if-match": tag} if tag else {}).json()
    if wish.scene is not None:
        return api.call("POST", f"{path}/scenes/{wish.scene}/regenerate", {}).json()
    if wish.restore is not None:
        return api.call("POST", f"{path}/versions/{wish.restore}/restore", {}).json()
    return api.call("POST", f"{path}/render", wish.options).json()


def versions(target: Target, job: str) -> None:
    """Prints the versions of a job, newest first."""
    api = Api(target.api_url, target.token)
    for version in fetch_json(api, f"/v1/jobs/{job_of(job)}/versions")["versions"]:
        video = version.get("video")
        length = f"{video['duration_ms'] / 1000:.1f} s" if video else "no video"
        print(f"{version['version']:>4}  {version['created_at']}  {version['status']:<22}{length:<10}{words(version['change'])}")


def words(change: dict[str, Any]) -> str:
    """A change in words, its scenes counted from 1 as people do."""
    kind = change["kind"]
    if kind == "script":
        scenes = ", ".join(str(scene + 1) for scene in change["scenes"])
        return f"script edited: scene {scenes}" if scenes else "script edited: no scene is new"
    if kind == "scene":
        return f"scene {change['scene'] + 1} made anew"
    if kind == "restored":
        return f"version {change['version']} restored"
    return {"created": "first version", "options": "other options"}.get(kind, kind)
