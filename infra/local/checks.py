"""Everything that judges the source without running it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Callable

from . import places
from .expand import expand
from .talk import say
from .tools import tool


def check() -> int:
    """Runs every check, also after one has failed; gives the exit code."""
    checks: dict[str, Callable[[], bool]] = {
        "format": lambda: passes(["cargo", "fmt", "--all", "--check"]),
        "clippy": lambda: passes(["cargo", "clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        "cfn-lint": lambda: passes([str(tool("sam", "cfn-lint")), str(places.TEMPLATE)]),
        "sam validate": sam_validate,
        "checkov": checkov,
    }
    failed = []
    for name, passed in checks.items():
        say(f"checking: {name}")
        if not passed():
            failed.append(name)
    say(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def passes(command: list[str], folder: Path = places.PROJECT, **settings: str) -> bool:
    """Whether a command succeeds."""
    return subprocess.run(command, cwd=folder, env={**os.environ, **settings}).returncode == 0


def sam_validate() -> bool:
    """Whether SAM takes the template."""
    command = [str(tool("sam", "sam")), "validate", "--lint", "--region", "us-east-1", "--template", str(places.TEMPLATE)]
    return passes(command, SAM_CLI_TELEMETRY="0")


def checkov() -> bool:
    """Whether the expanded template is safe; what is accepted is explained in the template's Metadata, beside the resource."""
    with tempfile.TemporaryDirectory() as folder:
        expanded = Path(folder) / "template.json"
        expanded.write_text(json.dumps(expand(), indent=1))
        command = [str(tool("checkov", "checkov")), "--file", expanded.name, "--framework", "cloudformation"]
        return passes([*command, "--compact", "--quiet", "--skip-download"], Path(folder))
