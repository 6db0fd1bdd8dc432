"""SAM, and the template as it runs here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

INVOKE_SECONDS = 300


class Sam:
    """`sam local invoke` for one copy of the template."""

    def __init__(self, program: Path, home: Path, environment: dict[str, str]) -> None:
        self.program = program
        self.home = home
        self.environment = {
            **environment,
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(home / "settings"),
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self.folder = home

    @classmethod
    def installed(cls, project: Path, home: Path, environment: dict[str, str]) -> Sam:
        """The SAM that the `lectern` command installs for its checks; its version is fixed there."""
        subprocess.run([str(project / "infra" / "lectern"), "--help"], check=True, stdout=subprocess.DEVNULL)
        command = [str(home.parent / "venv" / "bin" / "python"), "-c", "from local.tools import tool; print(tool('sam', 'sam'))"]
        told = subprocess.run(command, cwd=project / "infra", check=True, stdout=subprocess.PIPE, text=True)
        return cls(Path(told.stdout.strip()), home, environment)

    def deploy(self, project: Path, folder: Path, settings: dict[str, str]) -> None:
        """Lays out the template beside the functions and layers it names, with the settings of this machine."""
        self.folder = folder
        template = (project / "template.yaml").read_text()
        # SAM passes only such settings on as the template names.
        template, count = re.subn(r"(?m)^(\s+)LECTERN_TABLE: .*$", r"\g<0>\n\1AWS_ENDPOINT_URL: none", template, count=1)
        if count != 1:
            raise RuntimeError("the template names no settings for all functions")
        (folder / "template.yaml").write_text(template)
        target = Path(os.environ.get("CARGO_TARGET_DIR") or project / "target") / "release"
        for path in re.findall(r"(?m)^\s+CodeUri: (\S+)$", template):
            place = folder / path
            place.mkdir(parents=True)
            shutil.copy2(target / place.name, place / "bootstrap")
        for path in re.findall(r"(?m)^\s+ContentUri: (\S+)$", template):
            shutil.copytree(project / path, folder / path, symlinks=True)
        shutil.copytree(project / "infra" / "state-machines", folder / "infra" / "state-machines")
        (folder / "settings.json").write_text(json.dumps({"Parameters": settings}))

    def invoke(self, function: str, event: dict) -> dict:
        """The answer of a function to an event; an error is an answer too, with `errorType`."""
        event_file = self.folder / "event.json"
        event_file.write_text(json.dumps(event))
        logical_id = "".join(word.capitalize() for word in function.split("-"))
        done = subprocess.run(
            [str(self.program), "local", "invoke", logical_id, "--template", "template.yaml", "--event", str(event_file),
             "--env-vars", "settings.json", "--skip-pull-image", "--layer-cache-basedir", str(self.home / "layers")],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=INVOKE_SECONDS,
        )  # fmt: skip
        lines = done.stdout.strip().splitlines()
        answer = next((json.loads(line) for line in reversed(lines) if is_object(line)), None)
        if answer is None:
            raise AssertionError(f"no answer; SAM says:\n{done.stdout}{done.stderr}")
        return answer


def is_object(line: str) -> bool:
    """Whether a line is a JSON object, as the answer is."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
