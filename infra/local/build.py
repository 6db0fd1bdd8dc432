"""Builds what the local AWS runs: the functions by one cargo call, the voice, ffmpeg and the fonts from their wheels."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from . import places
from .talk import Refusal, say


def build_functions() -> dict[str, Path]:
    """Builds the workspace's default members in release mode and gives each function's folder with its `bootstrap`.

    `LECTERN_FUNCTIONS` names a folder of such folders that is used as it is, without cargo.
    """
    ready = os.environ.get("LECTERN_FUNCTIONS")
    if ready:
        return {name: Path(ready) / name for name in places.function_names()}
    release = places.cargo_target() / "release"
    if (release / "api").exists():
        # An unchanged tree builds in silence.
        run_cargo(["build", "--release", "--quiet"])
    else:
        say("building the functions in release mode (the first time takes some minutes)")
        run_cargo(["build", "--release"])
    for name in places.function_names():
        place(release / name, places.FUNCTIONS / name / "bootstrap")
    return {name: places.FUNCTIONS / name for name in places.function_names()}


def run_cargo(arguments: list[str]) -> None:
    """Runs cargo in the project; what it says goes to stderr."""
    cargo = shutil.which("cargo")
    if not cargo:
        raise Refusal("Rust is not installed (no `cargo` found); install it from https://rustup.rs and try again.")
    if subprocess.run([cargo, *arguments], cwd=places.PROJECT, stdout=2).returncode:
        raise Refusal("the functions could not be built; the compiler says why above.", exit_code=1)


def build_voice() -> Path:
    """The folder of the embedded voice: the program built here, the engine and its data from the wheel."""
    import espeakng_loader

    wheel = Path(espeakng_loader.__file__).parent
    place(wheel / "libespeak-ng.so", places.VOICE / "libespeak-ng.so")
    data = places.VOICE / "espeak-ng-data"
    if not data.exists():
        shutil.copytree(wheel / "espeak-ng-data", data)
    if not os.environ.get("LECTERN_FUNCTIONS"):
        place(places.cargo_target() / "release" / "espeak-voice", places.VOICE / "espeak-voice")
    return places.VOICE


def build_fonts() -> Path:
    """The folder of the fonts of other scripts: `LECTERN_FONTS` if set, else put together as for their layer, once."""
    chosen = os.environ.get("LECTERN_FONTS")
    if chosen:
        return Path(chosen).resolve()
    script = places.INFRA / "layers" / "fonts" / "build.sh"
    # The Python of our environment has pip, whatever the system's has.
    environment = {**os.environ, "PATH": f"{places.VENV_PYTHON.parent}{os.pathsep}{os.environ['PATH']}"}
    if subprocess.run(["bash", str(script), str(places.FONTS)], env=environment, stdout=2).returncode:
        raise Refusal("the fonts could not be fetched; check the network or pip's settings and try again.", exit_code=1)
    return places.FONTS / "fonts"


def find_ffmpeg() -> Path:
    """The ffmpeg of the local run: `LECTERN_FFMPEG` if set, else the one in the wheel."""
    chosen = os.environ.get("LECTERN_FFMPEG")
    if chosen:
        return Path(chosen).resolve()
    import imageio_ffmpeg

    return Path(imageio_ffmpeg.get_ffmpeg_exe())


def place(source: Path, target: Path) -> None:
    """Puts a file somewhere else without copying where possible; does nothing if it is there already."""
    if not source.exists():
        raise Refusal(f"`{source}` was not built.", exit_code=1)
    if target.exists() and same_file(source, target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    fresh.unlink(missing_ok=True)
    try:
        os.link(source, fresh)
    except OSError:
        shutil.copy2(source, fresh)
    fresh.replace(target)


def same_file(one: Path, other: Path) -> bool:
    """Whether two files are one, or a copy of each other by size and time."""
    a, b = one.stat(), other.stat()
    return (a.st_ino, a.st_dev) == (b.st_ino, b.st_dev) or (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)

