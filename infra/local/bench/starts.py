"""Case (c): how long a function takes from the start of its process to the first question for work, and how large it is."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .. import places
from ..talk import Refusal

RUNS = 15
SECONDS = 10


def measure(known: dict[str, object]) -> dict[str, object]:
    """Per function: milliseconds (fastest, median of the runs) and bytes."""
    return {name: of_function(name, places.FUNCTIONS / name / "bootstrap", known) for name in places.function_names()}


def of_function(name: str, program: Path, known: dict[str, object]) -> dict[str, object]:
    times = [start_once(program, known) for _ in range(RUNS)]
    milliseconds = {"fastest": round(min(times) * 1000, 1), "median": round(statistics.median(times) * 1000, 1)}
    return {"start_ms": milliseconds, "bytes": stripped_size(program)}


def stripped_size(program: Path) -> int:
    """The size as deployed: without symbols."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "stripped"
        if subprocess.run(["strip", "-s", "-o", str(target), str(program)], stderr=subprocess.DEVNULL).returncode:
            return program.stat().st_size
        return target.stat().st_size


def start_once(program: Path, known: dict[str, object]) -> float:
    """Seconds from the start of the process to its first poll of the runtime API."""
    polled = threading.Event()
    moment = 0.0

    class Runtime(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            nonlocal moment
            moment = moment or time.monotonic()
            polled.set()
            # No work ever comes: the process is ended while it waits.
            ended.wait(SECONDS)

        def log_message(self, *_: object) -> None:
            pass

    ended = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Runtime)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    begun = time.monotonic()
    process = subprocess.Popen([str(program)], env=environment(known, server.server_port), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        if not polled.wait(SECONDS):
            raise Refusal(f"`{program.parent.name}` did not ask for work: {process.stderr.read1().decode()[-500:]}", exit_code=1)
        return moment - begun
    finally:
        process.kill()
        process.wait()
        ended.set()
        server.shutdown()
        server.server_close()


def environment(known: dict[str, object], port: int) -> dict[str, str]:
    """What Lambda gives a function, and the settings of the template."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_ENDPOINT_URL": str(known["endpoint"]),
        "AWS_REGION": str(known["region"]),
        "AWS_ACCESS_KEY_ID": str(known["access_key_id"]),
        "AWS_SECRET_ACCESS_KEY": str(known["secret_access_key"]),
        "LECTERN_TABLE": str(known["table"]),
        "LECTERN_UPLOADS_BUCKET": str(known["uploads_bucket"]),
        "LECTERN_MEDIA_BUCKET": str(known["media_bucket"]),
        "LECTERN_STATE_MACHINE": str(known["state_machine"]),
        "LECTERN_FFMPEG": str(known["ffmpeg"]),
        "LECTERN_VOICE": str(known["voice"]),
        "LECTERN_FONTS": str(known["fonts"]),
    }
