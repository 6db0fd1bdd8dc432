"""How long one picture takes at 1080p, warm: every sample of the gallery, by kind of visual."""

from __future__ import annotations

import json
import subprocess

from .. import places
from ..build import run_cargo
from ..talk import Refusal

REPEATS = 15
#: Milliseconds. Other kinds are set like slides, or hold a picture of the document, and take what that takes.
MOST_MS = {"slide": 25, "graph": 40, "diagram": 40}


def measure(_: dict[str, object]) -> dict[str, object]:
    """The median of each sample, the slowest of each kind, and the kinds that take longer than they should."""
    run_cargo(["build", "--release", "--workspace", "--example", "timing"])
    program = places.cargo_target() / "release" / "examples" / "timing"
    done = subprocess.run([program, str(REPEATS)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Refusal("the pictures could not be timed; see above.", exit_code=1)
    kinds = json.loads(done.stdout)
    slowest = {kind: max(samples.values()) for kind, samples in kinds.items()}
    return {
        "case": f"every sample at 1080p, the median of {REPEATS}, in milliseconds",
        "samples": kinds,
        "slowest_of_kind": slowest,
        "at_most": MOST_MS,
        "too_slow": [kind for kind, most in MOST_MS.items() if slowest[kind] > most],
    }
