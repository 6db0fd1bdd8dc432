"""Tools of developers, each in an environment of its own, because their dependencies exclude each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from . import places
from .talk import Refusal, say

#: Environment, and what is installed into it. `cfn-lint` is the one that `sam validate --lint` uses.
ENVIRONMENTS = {
    "sam": ["aws-sam-cli==1.170.0", "cfn-lint==1.58.0", "setuptools<81"],
    "checkov": ["checkov==3.3.30"],
    "moviepy": ["moviepy==2.2.1"],
    "typst": ["typst==0.15.0"],
    "cargo-lambda": ["cargo-lambda==1.9.2", "ziglang==0.17.0"],
}


def tool(environment: str, program: str) -> Path:
    """The path of a program; its environment is made on first use."""
    folder = places.TOOLS / environment
    marker = folder / "installed"
    wanted = "\n".join(ENVIRONMENTS[environment])
    if not (marker.exists() and marker.read_text() == wanted):
        say(f"installing {environment} (once)")
        folder.parent.mkdir(parents=True, exist_ok=True)
        run([sys.executable, "-m", "venv", "--clear", str(folder)])
        run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *ENVIRONMENTS[environment]])
        marker.write_text(wanted)
    return folder / "bin" / program


def run(command: list[str]) -> None:
    """Runs a step of an installation."""
    if subprocess.run(command, stdout=2).returncode:
        raise Refusal(f"`{' '.join(command[:4])} ...` failed; see above.", exit_code=1)
