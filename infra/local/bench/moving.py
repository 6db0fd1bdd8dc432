"""Case (e): twelve scenes in which forty parts appear with their words, three minutes; everything but speech. Once more with captions
drawn into the pictures.

What is measured: drawing every state, blending, encoding, placing, joining, and the gate's look at the key frames, by the code of the
stages. The sound is encoded before.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from .. import places
from ..build import run_cargo
from .clock import median, rounded, timed

FRAME_RATE = 30
RUNS = 3
REVEALS = 40
#: Of the captions that are drawn into the pictures: every word is a changed frame.
STYLE = "karaoke"
#: Processor seconds for a second of video.
TARGET = 0.15


def measure(known: dict[str, object]) -> dict[str, object]:
    """Wall and processor seconds, and processor seconds for each second of video."""
    run_cargo(["build", "--release", "--workspace", "--example", "moving"])
    program = places.cargo_target() / "release" / "examples" / "moving"
    ffmpeg = str(known["ffmpeg"])
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as scratch:
        folder = Path(scratch)
        timed([program, "prepare", ffmpeg, folder])
        time_ = median([timed([program, ffmpeg, folder, folder / f"moving-{run}.mp4"]) for run in range(RUNS)])
        captioned = median([timed([program, ffmpeg, folder, folder / "captioned.mp4", STYLE]) for _ in range(RUNS)])
        seconds = frames(folder / "video.h264") / FRAME_RATE
        return {
            "case": f"12 scenes, {REVEALS} reveals, {seconds:.0f} s, 1920x1080, 30 fps, everything but speech",
            "lectern": rounded(time_),
            "cpu_s_per_second_of_video": round(time_.cpu / seconds, 4),
            "with_burned_captions": rounded(captioned),
            "cpu_s_per_second_of_video_with_burned_captions": round(captioned.cpu / seconds, 4),
            "target_cpu_s_per_second_of_video": TARGET,
            "bytes": (folder / "moving-0.mp4").stat().st_size,
        }


def frames(stream: Path) -> int:
    """The pictures of an H.264 stream of one slice each."""
    units = stream.read_bytes().split(b"\0\0\1")[1:]
    return sum(1 for unit in units if unit and unit[0] & 0x1F in (1, 5))
