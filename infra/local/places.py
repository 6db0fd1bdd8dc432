"""Where things lie: the project, and one folder for everything the command makes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
INFRA = PROJECT / "infra"
TEMPLATE = PROJECT / "template.yaml"
STATE_MACHINES = INFRA / "state-machines"

HOME = Path(os.environ.get("LECTERN_HOME") or PROJECT / ".lectern").resolve()
#: What `up` knows about the running local AWS, as JSON.
LOCAL = HOME / "local.json"
LOCK = HOME / "lock"
#: The keys of providers, as JSON, for their owner only.
KEYS = HOME / "keys.json"
FUNCTIONS = HOME / "functions"
VOICE = HOME / "voice"
#: The fonts layer as the local AWS has it.
FONTS = HOME / "fonts"
#: What the emulator and the functions say.
LOG = HOME / "local-aws.log"
#: Scratch space of the emulator and the functions.
SCRATCH = HOME / "tmp"
TOOLS = HOME / "tools"
VENV_PYTHON = Path(sys.executable)


def cargo_target() -> Path:
    """Cargo's target folder."""
    return Path(os.environ.get("CARGO_TARGET_DIR") or PROJECT / "target").resolve()


def function_names() -> list[str]:
    """The functions: folders of that name with a manifest, in order."""
    return sorted(manifest.parent.name for manifest in (PROJECT / "functions").glob("*/Cargo.toml"))
