"""A second emulator for what the first does not model: it ends executions that take longer than they may. Only the long form of the
tests uses it, and only where there is a Python that is new enough for it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

from .. import places
from ..talk import say
from .process import free_port

PACKAGE = "localemu==1.3.2"
#: https://pypi.org/project/localemu/
OLDEST_PYTHON = 12
START_SECONDS = 180


@contextlib.contextmanager
def running() -> Iterator[str | None]:
    """The endpoint of the second emulator while it runs; none where it cannot."""
    python = new_enough_python()
    if python is None:
        say(f"there is no Python 3.{OLDEST_PYTHON} or newer; what only the second emulator models is told on the wire")
        yield None
        return
    port, scratch = free_port(), places.HOME / "second"
    scratch.mkdir(parents=True, exist_ok=True)
    with (scratch / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(installed(python)), "start", "--host", "127.0.0.1", "--port", str(port)],
            env={"PATH": os.environ["PATH"], "HOME": str(scratch), "TMPDIR": str(scratch)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(scratch, ignore_errors=True)


def new_enough_python() -> str | None:
    """A Python that the emulator runs on: this one, or one found by its name."""
    if sys.version_info >= (3, OLDEST_PYTHON):
        return sys.executable
    names = [f"python3.{minor}" for minor in range(14, OLDEST_PYTHON - 1, -1)]
    found = [path for path in map(shutil.which, names) if path]
    return next((path for path in found if subprocess.run([path, "--version"], capture_output=True).returncode == 0), None)


def installed(python: str) -> Path:
    """The emulator's program; its environment is made on first use."""
    folder = places.TOOLS / "localemu"
    marker = folder / "installed"
    if not (marker.exists() and marker.read_text() == PACKAGE):
        say("installing localemu (once)")
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", PACKAGE], check=True, stdout=2)
        marker.write_text(PACKAGE)
    return folder / "bin" / "localemu"


def wait_for(port: int) -> None:
    """Waits until somebody listens."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the second emulator did not start")
