"""Starting, finding and ending the emulator's process, which is the leader of a group with all functions in it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .. import places
from ..talk import Refusal

REGION = "us-east-1"
#: Credentials the emulator takes; nothing else knows them.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
#: Settings of the person's shell that functions may see.
PASSED_ON = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "RUST_LOG", "RUST_BACKTRACE", "SFN_WAIT_SCALE")
START_SECONDS = 30
END_SECONDS = 3


def start(ffmpeg: Path, voice: Path, fonts: Path) -> tuple[int, str]:
    """Starts the emulator on a free loopback port; gives its process id and endpoint once it answers."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    places.SCRATCH.mkdir(parents=True, exist_ok=True)
    with places.LOG.open("wb") as log:
        process = subprocess.Popen(
            [str(places.VENV_PYTHON), "-m", "local.emulator"],
            cwd=places.INFRA,
            env=environment(port, endpoint, ffmpeg, voice, fonts),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if answers(endpoint):
            return process.pid, endpoint
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise Refusal(f"the local AWS did not start; `{places.LOG}` says why.", exit_code=1)


def environment(port: int, endpoint: str, ffmpeg: Path, voice: Path, fonts: Path) -> dict[str, str]:
    """The emulator's settings. Functions inherit them, which is how they find ffmpeg, voice and fonts: it mounts no layers."""
    return {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": endpoint,
        "GATEWAY_PORT": str(port),
        # Every function acts as its own role and may do what that may.
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "TMPDIR": str(places.SCRATCH),
        "STATE_DIR": str(places.SCRATCH / "state"),
        "S3_DATA_DIR": str(places.SCRATCH / "s3"),
        # Never touch a Docker engine, nor open ports nobody needs.
        "DOCKER_HOST": f"unix://{places.SCRATCH}/no-docker.sock",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LECTERN_FFMPEG": str(ffmpeg),
        "LECTERN_VOICE": str(voice),
        "LECTERN_FONTS": str(fonts),
    }


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(endpoint: str) -> bool:
    """Whether an emulator answers there."""
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def is_ours(pid: int) -> bool:
    """Whether a process is an emulator that this command started, and not a stranger who got its number."""
    return "local.emulator" in command_line(pid)


def end(pid: int) -> None:
    """Ends the emulator and its functions; does nothing if it is gone."""
    if not is_ours(pid):
        return
    os.killpg(pid, signal.SIGTERM)
    deadline = time.monotonic() + END_SECONDS
    while is_ours(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def command_line(pid: int) -> str:
    """The command line of a living process, else nothing. Zombies have none."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(["ps", "-p", str(pid), "-o", "args="], capture_output=True, text=True).stdout
