"""An hour of video: joined exactly, silent at every seam, in time to its end; how long that takes, and in how much memory.

Four scenes are repeated until the hour is full. So the sound of a scene at the end must be that of the same scene at the start, sample
by sample, wherever it lies.
"""

from __future__ import annotations

import array
import math
import random
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Iterator

from ..make import Order, make
from ..target import local
from . import book
from .whole import Memory, somebody_new

DISTINCT = 4
SECONDS = 3600
#: Characters that a scene may say.
MOST_NARRATION = 1000
RATE_HZ, FRAME_RATE = 48_000, 30
#: No sample is louder than this so near a seam: what sounds there is a click.
SILENT, AROUND = 1e-3, 2048
#: Where a word begins, no quieter.
AUDIBLE = 0.01
#: How far the first caption of a scene may be from its first sound.
MOST_CAPTION_MS = 100
#: How little a scene may differ from its repetition.
MOST_DIFFERENCE_DB = -40


def measure(known: dict[str, Any]) -> dict[str, Any]:
    """The figures of joining, and the checks of the finished file."""
    target = local({**known, **somebody_new(known)})
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as scratch:
        folder = Path(scratch)
        document = book.write(3, folder / "book.pdf")
        first = make(target, Order(document, folder / "first.mp4", script=script(DISTINCT)), show=False)
        repeats = round(SECONDS * 1000 / first["job"]["video"]["duration_ms"])
        with Memory(int(known["pid"])) as memory:
            record = make(target, Order(document, folder / "hour.mp4", script=script(DISTINCT * repeats)), show=False)
        video = record["job"]["video"]
        return {
            "case": f"{DISTINCT * repeats} scenes, {video['duration_ms'] / 60_000:.1f} minutes at 1080p, {DISTINCT} different ones repeated",
            "bytes": video["bytes"],
            "assemble_s": sum(stage["sum_ms"] for stage in record["timings"]["stages"] if stage["stage"] == "assemble-video") / 1000,
            "assemble_peak_memory_mb": round(memory.peaks["assemble-video"] / 1e6, 1),
            **checked(str(known["ffmpeg"]), folder / "hour.mp4", video),
        }


def script(scenes: int) -> dict[str, Any]:
    """So many scenes of about a minute, every fourth the same but for its number on the screen."""
    def scene(number: int) -> dict[str, Any]:
        chance, subject = random.Random(number % DISTINCT), book.SUBJECTS[number % DISTINCT]
        said = book.paragraph(chance, subject)
        while len(longer := f"{said} {book.paragraph(chance, subject)}") <= MOST_NARRATION:
            said = longer
        points = [f"{aspect} of the {subject}" for aspect in book.ASPECTS[:3]]
        return {"narration": said.replace("\n", ""), "visual": {"kind": "slide", "eyebrow": None, "title": f"The {subject}", "bullets": points}}

    writer = {"provider": "embedded", "model": None, "fallback": None}
    return {"schema": 1, "title": "An hour", "language": "en", "writer": writer, "scenes": [scene(number) for number in range(scenes)]}


def checked(ffmpeg: str, video: Path, summary: dict[str, Any]) -> dict[str, Any]:
    """What a decoder finds: counts, seams, gaps between packets, and times at the end."""
    starts = [round(start * FRAME_RATE / 1000) * RATE_HZ // FRAME_RATE for start in summary["scene_starts_ms"]]
    samples = decode(ffmpeg, video)
    seams = [max(map(abs, samples[start - AROUND : start + AROUND])) for start in starts[1:]]
    captions = first_captions(video.with_suffix(".vtt"), starts)
    sounds = [onset(samples, start, end) for start, end in zip(starts, [*starts[1:], len(samples)])]
    off = [abs(caption - sound * 1000 / RATE_HZ) for caption, sound in zip(captions, sounds)]
    return {
        "samples": len(samples),
        "samples_exact": len(samples) == summary["frames"] * RATE_HZ // FRAME_RATE,
        "loudest_at_a_seam": round(max(seams), 6),
        "no_click": max(seams) < SILENT,
        "difference_of_a_repetition_db": round(apart := difference(samples, starts), 1),
        "in_time_to_the_end": apart < MOST_DIFFERENCE_DB,
        "caption_from_sound_ms": {"first_scenes": round(max(off[:DISTINCT]), 1), "last_scenes": round(max(off[-DISTINCT:]), 1), "most": round(max(off), 1)},
        "captions_in_time": max(off) <= MOST_CAPTION_MS,
        "gaps_between_packets": gaps(ffmpeg, video),
    }


def decode(ffmpeg: str, video: Path) -> array.array:
    """All samples."""
    samples = array.array("f")
    command = [ffmpeg, "-v", "error", "-i", video, "-map", "0:a", "-f", "f32le", "pipe:1"]
    samples.frombytes(subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True).stdout)
    return samples


def onset(samples: array.array, start: int, end: int) -> int:
    """The first sample of a scene that is heard."""
    return next(at for at in range(start, end) if abs(samples[at]) > AUDIBLE)


def first_captions(file: Path, starts: list[int]) -> list[float]:
    """Where the first caption of each scene begins, in milliseconds."""
    begins = sorted(
        ((int(h or 0) * 60 + int(m)) * 60 + int(s)) * 1000 + int(ms)
        for h, m, s, ms in re.findall(r"(?:(\d+):)?(\d\d):(\d\d)\.(\d{3}) --> ", file.read_text())
    )
    return [next(begin for begin in begins if begin >= start * 1000 // RATE_HZ) for start in starts]


def difference(samples: array.array, starts: list[int]) -> float:
    """The power of what differs between the last scenes and the same of the first ones, in decibels of theirs; the seams left out.

    What was encoded as noise is decoded as other noise each time. A voice that lies one sample elsewhere differs by -25 dB.
    """
    length = min(starts[1] - starts[0], len(samples) - starts[-DISTINCT]) - 2 * AROUND
    last = starts[-DISTINCT] + AROUND
    first, repeated = samples[AROUND : AROUND + length], samples[last : last + length]
    power = sum(sample * sample for sample in first)
    return 10 * math.log10(max(sum((one - other) ** 2 for one, other in zip(first, repeated)) / power, 1e-12))


def gaps(ffmpeg: str, video: Path) -> int:
    """How many packets of picture or sound do not begin where the one before ended, or are shown at another time than decoded."""
    found = 0
    for stream in ("0:v", "0:a"):
        expected = 0
        for decoded, shown, duration in packets(ffmpeg, video, stream):
            found += decoded != expected or shown != decoded
            expected = decoded + duration
    return found


def packets(ffmpeg: str, video: Path, stream: str) -> Iterator[tuple[int, int, int]]:
    """When each packet is decoded and shown, and how long it lasts, in the ticks of its track."""
    command = [ffmpeg, "-v", "error", "-i", video, "-map", stream, "-c", "copy", "-f", "framecrc", "pipe:1"]
    lines = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True, text=True).stdout.splitlines()
    for line in lines:
        if not line.startswith("#"):
            _, decoded, shown, duration, *_ = (part.strip() for part in line.split(","))
            yield int(decoded), int(shown), int(duration)
