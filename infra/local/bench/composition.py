"""Cases (a): six finished pictures and finished speech become one video, beside MoviePy doing the same.

What is measured is composition alone: speech encoding, picture encoding, joining. Both read the same pictures and the same
sound, in the form in which they take them fastest (raw pixels here, PNG there), and write 1080p at 30 frames a second. The long case
has the same pictures and more speech: what grows with it should be the sound alone.
"""

from __future__ import annotations

import array
import json
import math
import random
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

from .. import places
from ..build import run_cargo
from ..tools import tool
from .clock import Time, median, rounded, timed

WIDTH, HEIGHT = 1920, 1080
SCENES = 6
#: Of each scene: 72 s in all, and ten minutes.
STANDARD_SECONDS, LONG_SECONDS = 12, 100
#: A speech repeats after so long.
PATTERN_SECONDS = 12
RATE_HZ = 22_050
RUNS = 3
MOVIEPY = Path(__file__).with_name("with_moviepy.py")
#: How the stages encode sound: at 48 kHz, mono, by the fast coder without its shaping and substitution of noise.
AAC = ["-ar", "48000", "-ac", "1", "-c:a", "aac", "-aac_coder", "fast", "-aac_tns", "0", "-aac_pns", "0", "-b:a", "64k"]
#: How many times less than MoviePy: wall and processor time.
STANDARD_TARGETS, LONG_TARGETS = (12, 14), (30, 40)
#: How much more work the pictures of the long case may be than those of the standard one.
MOST_GROWTH = 1.3
#: Seconds for joining ten minutes.
MOST_ASSEMBLY_S = 0.5


def standard(known: dict[str, object]) -> dict[str, object]:
    """Wall and processor seconds of each, and the ratios of one run."""
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as scratch:
        return compared(Material(Path(scratch), str(known["ffmpeg"]), STANDARD_SECONDS), STANDARD_TARGETS)


def long(known: dict[str, object]) -> dict[str, object]:
    """As the standard case, and how the work on pictures grows."""
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as scratch:
        material = Material(Path(scratch), str(known["ffmpeg"]), LONG_SECONDS)
        result = compared(material, LONG_TARGETS)
        before, after = (picture_work(material, seconds) for seconds in (STANDARD_SECONDS, LONG_SECONDS))
        growth = {"standard": rounded(before), "long": rounded(after), "growth_cpu": round(after.cpu / before.cpu, 2), "at_most": MOST_GROWTH}
        return {**result, "picture_work": growth}


def assembly(known: dict[str, object]) -> dict[str, object]:
    """Joining the finished streams of ten minutes by copying packets."""
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as scratch:
        material = Material(Path(scratch), str(known["ffmpeg"]), LONG_SECONDS)
        whole = material.folder / "whole.mp4"
        material.compose(whole)
        words = [examples() / "assemble", whole.with_suffix(".h264"), whole.with_suffix(".aac")]
        time = median([timed([*words, material.folder / f"joined-{run}.mp4"]) for run in range(RUNS)])
        return {"case": f"{SCENES * LONG_SECONDS} s of finished streams, packets copied", "lectern": rounded(time), "target_wall_s": MOST_ASSEMBLY_S}


def compared(material: "Material", targets: tuple[int, int]) -> dict[str, object]:
    """One case beside MoviePy, with the encoding of its sound alone."""
    folder = material.folder
    ours = median([material.compose(folder / f"ours-{run}.mp4") for run in range(RUNS)])
    sound = material.join()
    aac = median([timed([material.ffmpeg, "-v", "error", "-i", sound, *AAC, "-f", "adts", folder / f"sound-{run}.aac"]) for run in range(RUNS)])
    theirs = moviepy(material)
    return {
        "case": f"{SCENES} pictures, {SCENES * material.seconds} s of speech, {WIDTH}x{HEIGHT}, 30 fps, no movement",
        "lectern": rounded(ours),
        "moviepy": rounded(theirs),
        "aac_alone": rounded(aac),
        "times_less_wall_than_moviepy": round(theirs.wall / ours.wall, 1),
        "times_less_cpu_than_moviepy": round(theirs.cpu / ours.cpu, 1),
        "targets_wall_cpu": targets,
        "cpu_over_aac_alone": round(ours.cpu / aac.cpu, 2),
        "bytes": {"lectern": (folder / "ours-0.mp4").stat().st_size, "moviepy": (folder / "moviepy.mp4").stat().st_size},
    }


def picture_work(material: "Material", seconds: int) -> Time:
    """What is left of a composition whose sound is encoded before: pictures encoded and held, packets copied."""
    whole = material.folder / f"sounded-{seconds}.mp4"
    material.compose(whole, seconds)
    encoded = [whole.with_suffix(f".{number}.aac") for number in range(SCENES)]
    return median([material.compose(material.folder / f"pictures-{seconds}-{run}.mp4", seconds, encoded) for run in range(RUNS)])


def examples() -> Path:
    return places.cargo_target() / "release" / "examples"


@dataclass
class Material:
    """Pictures and speech in a folder of their own."""

    folder: Path
    ffmpeg: str
    #: Of each scene.
    seconds: int

    def __post_init__(self) -> None:
        run_cargo(["build", "--release", "--workspace", "--example", "compose", "--example", "assemble", "--example", "draw"])
        self.pictures = draw(examples() / "draw", self.folder, self.ffmpeg)
        self.patterns = [speak(number) for number in range(SCENES)]

    def speeches(self, seconds: int) -> list[Path]:
        """The speech of each scene as WAV, with the raw samples beside it."""
        return [self.speech(number, seconds) for number in range(SCENES)]

    def speech(self, number: int, seconds: int) -> Path:
        path = self.folder / f"speech-{number}-{seconds}.wav"
        if not path.exists():
            samples = (self.patterns[number] * math.ceil(seconds / PATTERN_SECONDS))[: seconds * RATE_HZ]
            path.with_suffix(".f32").write_bytes(samples.tobytes())
            write_wav(path, samples)
        return path

    def compose(self, output: Path, seconds: int | None = None, encoded: list[Path] | None = None) -> Time:
        """The stages' own code; narrations that are encoded already are taken as they are."""
        sounds = encoded or [speech.with_suffix(".f32") for speech in self.speeches(seconds or self.seconds)]
        pairs = [word for picture, sound in zip(self.pictures, sounds) for word in (picture.with_suffix(".rgba"), sound)]
        return timed([examples() / "compose", self.ffmpeg, str(WIDTH), str(HEIGHT), output, *pairs])

    def join(self) -> Path:
        """All speeches in one file."""
        samples = array.array("f")
        for speech in self.speeches(self.seconds):
            samples.frombytes(speech.with_suffix(".f32").read_bytes())
        write_wav(self.folder / "whole.wav", samples)
        return self.folder / "whole.wav"


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


def speak(seed: int) -> array.array:
    """Twelve seconds like speech: syllables of a rich tone with breath between sentences."""
    chance = random.Random(seed)
    samples = array.array("f")
    while len(samples) < PATTERN_SECONDS * RATE_HZ:
        pitch, length = chance.uniform(95, 180), chance.uniform(0.12, 0.3)
        for n in range(int(length * RATE_HZ)):
            t = n / RATE_HZ
            swell = math.sin(math.pi * t / length) ** 2
            samples.append(0.12 * swell * sum(math.sin(2 * math.pi * pitch * h * t) / h for h in range(1, 9)))
        samples.extend([0.0] * int(chance.choice([0.02, 0.04, 0.3]) * RATE_HZ))
    return samples[: PATTERN_SECONDS * RATE_HZ]


def write_wav(path: Path, samples: array.array) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(array.array("h", (int(32767 * sample) for sample in samples)).tobytes())


def moviepy(material: Material) -> Time:
    """MoviePy as its own documentation shows it."""
    python = tool("moviepy", "python")
    words = [word for pair in zip(material.pictures, material.speeches(material.seconds)) for word in pair]
    programs = {"FFMPEG_BINARY": material.ffmpeg, "IMAGEIO_FFMPEG_EXE": material.ffmpeg}
    return timed([python, MOVIEPY, material.folder / "moviepy.mp4", *words], programs)
