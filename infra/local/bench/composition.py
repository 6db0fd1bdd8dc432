"""Case (a): six finished pictures and 72 s of finished speech become one video, beside MoviePy doing the same.

What is measured is composition alone: speech encoding, picture encoding, joining. Both read the same pictures and the same
sound, in the form in which they take them fastest (raw pixels here, PNG there), and write 1080p at 30 frames a second.
"""

from __future__ import annotations

import array
import json
import math
import random
import subprocess
import tempfile
import wave
from pathlib import Path

from .. import places
from ..build import run_cargo
from ..tools import tool
from .clock import Time, median, rounded, timed

WIDTH, HEIGHT = 1920, 1080
SCENES, SECONDS = 6, 12
RATE_HZ = 22_050
RUNS = 3
MOVIEPY = Path(__file__).with_name("with_moviepy.py")


def measure(known: dict[str, object]) -> dict[str, object]:
    """Wall and processor seconds of each, and the ratios of one run."""
    run_cargo(["build", "--release", "--workspace", "--example", "compose", "--example", "draw"])
    examples = places.cargo_target() / "release" / "examples"
    ffmpeg = str(known["ffmpeg"])
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as scratch:
        folder = Path(scratch)
        pictures = draw(examples / "draw", folder, ffmpeg)
        speeches = [speak(folder / f"speech-{number}", number) for number in range(SCENES)]
        pairs = [word for picture, speech in zip(pictures, speeches) for word in (picture.with_suffix(".rgba"), speech.with_suffix(".f32"))]
        joined = join(folder / "whole.wav", speeches)

        ours, aac, theirs = [], [], []
        for run in range(RUNS):
            ours.append(timed([examples / "compose", ffmpeg, str(WIDTH), str(HEIGHT), folder / f"ours-{run}.mp4", *pairs]))
            aac.append(timed([ffmpeg, "-v", "error", "-i", joined, *AAC, "-f", "adts", folder / f"sound-{run}.aac"]))
        theirs.append(moviepy(folder, pictures, speeches, ffmpeg))
        return report(median(ours), median(aac), median(theirs), folder)


#: How the stages encode sound: at 48 kHz, mono, by the fast coder.
AAC = ["-ar", "48000", "-ac", "1", "-c:a", "aac", "-aac_coder", "fast", "-b:a", "96k"]


def report(ours: Time, aac: Time, theirs: Time, folder: Path) -> dict[str, object]:
    return {
        "case": f"{SCENES} pictures, {SCENES * SECONDS} s of speech, {WIDTH}x{HEIGHT}, 30 fps, no movement",
        "lectern": rounded(ours),
        "moviepy": rounded(theirs),
        "aac_alone": rounded(aac),
        "times_less_wall_than_moviepy": round(theirs.wall / ours.wall, 1),
        "times_less_cpu_than_moviepy": round(theirs.cpu / ours.cpu, 1),
        "cpu_over_aac_alone": round(ours.cpu / aac.cpu, 2),
        "bytes": {"lectern": (folder / "ours-0.mp4").stat().st_size, "moviepy": (folder / "moviepy.mp4").stat().st_size},
    }


def draw(program: Path, folder: Path, ffmpeg: str) -> list[Path]:
    """The pictures, as PNG and beside it as raw RGBA."""
    bullets = [f"Point {number} of a slide, long enough to be read by a class" for number in range(1, 5)]
    scenes = [
        {"narration": "x", "visual": {"kind": "slide", "eyebrow": None, "title": f"Slide {number}", "bullets": bullets[: 2 + number % 3]}}
        for number in range(1, SCENES + 1)
    ]
    writer = {"provider": "embedded", "model": None, "fallback": None}
    script = {"schema": 1, "title": "Benchmark", "language": "en", "writer": writer, "scenes": scenes}
    (folder / "script.json").write_text(json.dumps(script))
    timed([program, folder / "script.json", folder / "pictures"])
    pictures = sorted((folder / "pictures").glob("*.png"))
    for picture in pictures:
        raw = ["-f", "rawvideo", "-pix_fmt", "rgba", picture.with_suffix(".rgba")]
        subprocess.run([ffmpeg, "-v", "error", "-i", picture, *raw], check=True, stdin=subprocess.DEVNULL)
    return pictures


def speak(path: Path, seed: int) -> Path:
    """Twelve seconds like speech, as WAV and as raw floats: syllables of a rich tone with breath between sentences."""
    chance = random.Random(seed)
    samples = array.array("f")
    while len(samples) < SECONDS * RATE_HZ:
        pitch, length = chance.uniform(95, 180), chance.uniform(0.12, 0.3)
        for n in range(int(length * RATE_HZ)):
            t = n / RATE_HZ
            swell = math.sin(math.pi * t / length) ** 2
            samples.append(0.12 * swell * sum(math.sin(2 * math.pi * pitch * h * t) / h for h in range(1, 9)))
        samples.extend([0.0] * int(chance.choice([0.02, 0.04, 0.3]) * RATE_HZ))
    samples = samples[: SECONDS * RATE_HZ]
    path.with_suffix(".f32").write_bytes(samples.tobytes())
    write_wav(path.with_suffix(".wav"), samples)
    return path.with_suffix(".wav")


def write_wav(path: Path, samples: array.array) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(array.array("h", (int(32767 * sample) for sample in samples)).tobytes())


def join(path: Path, speeches: list[Path]) -> Path:
    """All speeches in one file."""
    samples = array.array("f")
    for speech in speeches:
        samples.frombytes(speech.with_suffix(".f32").read_bytes())
    write_wav(path, samples)
    return path


def moviepy(folder: Path, pictures: list[Path], speeches: list[Path], ffmpeg: str) -> Time:
    """MoviePy as its own documentation shows it."""
    python = tool("moviepy", "python")
    words = [word for pair in zip(pictures, speeches) for word in pair]
    return timed([python, MOVIEPY, folder / "moviepy.mp4", *words], {"FFMPEG_BINARY": ffmpeg, "IMAGEIO_FFMPEG_EXE": ffmpeg})
