"""The finished sample videos: every document of events/samples by the embedded writer and voice, ready to be looked at and listened to.

Videos, records and one frame for each scene, as it stands at its end, are left in the folder `samples` of everything that is made.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from .. import places
from ..make import Order, make
from ..target import local

SAMPLES = places.PROJECT / "events" / "samples"
#: What nobody hears, for the longest pause.
SILENT_DB = -50
#: A frame is taken so long before a scene leaves, in seconds.
BEFORE_END = 0.5


def measure(known: dict[str, Any]) -> dict[str, Any]:
    """For each document what was made, how fast it speaks, how loud it is and how long it pauses."""
    folder = places.HOME / "samples"
    folder.mkdir(exist_ok=True)
    documents = sorted(path for path in SAMPLES.iterdir() if path.is_file() and path.name != "README.md")
    return {"folder": str(folder), **{document.name: of_document(known, document, folder) for document in documents}}


def of_document(known: dict[str, Any], document: Path, folder: Path) -> dict[str, Any]:
    """Makes one video and measures it."""
    video = folder / f"{document.stem}.mp4"
    record = make(local(known), Order(document, video, extras=True), show=False)
    summary = record["job"]["video"]
    seconds = summary["duration_ms"] / 1000
    words = sum(len(scene["narration"].split()) for scene in record["script"]["scenes"])
    frames(str(known["ffmpeg"]), video, [*summary["scene_starts_ms"][1:], summary["duration_ms"]])
    return {
        "status": record["job"]["status"],
        "visuals": [scene["visual"]["kind"] for scene in record["script"]["scenes"]],
        "video_s": round(seconds, 1),
        "words_per_minute": round(words / seconds * 60),
        "loudness_lufs": round(summary["loudness_lufs"], 1),
        "true_peak_dbtp": round(summary["true_peak_dbtp"], 1),
        "longest_pause_s": longest_pause(str(known["ffmpeg"]), video),
    }


def frames(ffmpeg: str, video: Path, ends_ms: list[int]) -> None:
    """Writes a picture of each scene beside the video."""
    for number, end in enumerate(ends_ms, 1):
        picture = video.with_name(f"{video.stem}-{number:02}.png")
        at = ["-ss", f"{end / 1000 - BEFORE_END:.3f}"]
        subprocess.run([ffmpeg, "-v", "error", "-y", *at, "-i", video, "-frames:v", "1", picture], check=True, stdin=subprocess.DEVNULL)


def longest_pause(ffmpeg: str, video: Path) -> float:
    """The longest silence, in seconds."""
    command = [ffmpeg, "-nostats", "-i", video, "-map", "0:a", "-af", f"silencedetect=noise={SILENT_DB}dB:d=0.3", "-f", "null", "-"]
    said = subprocess.run(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True, text=True).stderr
    return max((round(float(length), 2) for length in re.findall(r"silence_duration: ([\d.]+)", said)), default=0.0)
