"""Draws every kind of visual in every theme and shape, and in many scripts, as a page."""

from __future__ import annotations

import subprocess
from pathlib import Path

from . import places
from .build import build_fonts, run_cargo
from .talk import Refusal


def gallery(folder: Path) -> int:
    """Fills a folder with `index.html` and the pictures it shows; the page needs nothing from elsewhere."""
    run_cargo(["build", "--release", "--workspace", "--example", "gallery"])
    program = places.cargo_target() / "release" / "examples" / "gallery"
    if subprocess.run([program, folder, "--fonts", build_fonts()]).returncode:
        raise Refusal("the gallery could not be drawn; see above.", exit_code=1)
    return 0
