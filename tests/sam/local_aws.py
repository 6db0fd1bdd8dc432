"""A local AWS of our own with the stack on it, and its storage as the tests see it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Iterator


class LocalAws:
    """What `lectern up --json` tells."""

    def __init__(self, project: Path, environment: dict[str, str], facts: dict[str, str]) -> None:
        self.project = project
        self.environment = environment
        self.facts = facts
        self.owner = facts["owner"]

    @classmethod
    @contextlib.contextmanager
    def up(cls, project: Path, home: Path, ffmpeg: Path) -> Iterator[LocalAws]:
        """Starts one beside any that runs already, with the layer's ffmpeg, and ends it afterwards."""
        own = home / "local-aws"
        own.mkdir(exist_ok=True)
        if not (own / "venv").is_symlink():
            (own / "venv").symlink_to("../../venv")
        environment = {**os.environ, "LECTERN_HOME": str(own), "LECTERN_FFMPEG": str(ffmpeg)}
        lectern = str(project / "infra" / "lectern")
        try:
            told = subprocess.run([lectern, "up", "--json"], env=environment, check=True, stdout=subprocess.PIPE, text=True)
            yield cls(project, environment, json.loads(told.stdout))
        finally:
            subprocess.run([lectern, "down"], env=environment, stdout=subprocess.DEVNULL)

    def address(self) -> tuple[str, int]:
        """Where it listens."""
        url = urllib.parse.urlsplit(self.facts["endpoint"])
        return url.hostname or "127.0.0.1", url.port or 80

    def settings(self) -> dict[str, str]:
        """What the template's references stand for here."""
        return {
            "LECTERN_TABLE": self.facts["table"],
            "LECTERN_UPLOADS_BUCKET": self.facts["uploads_bucket"],
            "LECTERN_MEDIA_BUCKET": self.facts["media_bucket"],
            "LECTERN_STATE_MACHINE": self.facts["state_machine"],
        }

    def make(self, document: Path) -> str:
        """Makes a video of a document; gives the job's id."""
        with tempfile.TemporaryDirectory(prefix="lectern-sam-") as folder:
            command = [str(self.project / "infra" / "lectern"), "make", str(document), "-o", f"{folder}/video.mp4"]
            subprocess.run(command, env=self.environment, check=True, stdout=2)
        (key,) = [key for key in self.keys(f"jobs/{self.owner}/") if key.endswith("/video.mp4")]
        return key.split("/")[2]

    def keys(self, prefix: str) -> list[str]:
        """The keys of the media bucket with a prefix, in order."""
        query = urllib.parse.urlencode({"list-type": "2", "prefix": prefix})
        listing = self.ask("GET", f"?{query}").decode()
        return re.findall(r"<Key>([^<]*)</Key>", listing)

    def read(self, key: str) -> bytes:
        """An object of the media bucket."""
        return self.ask("GET", f"/{urllib.parse.quote(key)}")

    def take_away(self, key: str) -> bytes:
        """Deletes an object of the media bucket; gives what it was."""
        content = self.read(key)
        self.ask("DELETE", f"/{urllib.parse.quote(key)}")
        return content

    def reopen(self, job: str) -> None:
        """Sets a finished job back to where its scenes are made: a stage does nothing for a job that has ended."""
        change = {
            "TableName": self.facts["table"],
            "Key": {"pk": {"S": f"JOB#{job}"}, "sk": {"S": "JOB"}},
            "ConditionExpression": "attribute_exists(pk)",
            "UpdateExpression": "SET #status = :processing, status_key = :processing, phase = :scenes",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {":processing": {"S": "processing"}, ":scenes": {"S": "scenes"}},
        }
        headers = {"X-Amz-Target": "DynamoDB_20120810.UpdateItem", "Content-Type": "application/x-amz-json-1.0"}
        self.send(urllib.request.Request(self.facts["endpoint"], json.dumps(change).encode(), headers, method="POST"))

    def ask(self, method: str, rest: str) -> bytes:
        """Speaks S3 about the media bucket."""
        url = f"{self.facts['endpoint']}/{self.facts['media_bucket']}{rest}"
        return self.send(urllib.request.Request(url, method=method))

    def send(self, request: urllib.request.Request) -> bytes:
        """Sends a request as the administrator, of whom the local AWS wants a name and checks no signature."""
        scope = f"{self.facts['access_key_id']}/20260101/{self.facts['region']}/service/aws4_request"
        request.add_header("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"`{request.method} {request.full_url}` is answered with {error.code}: {error.read()[:300]!r}") from error
