"""The HTTP API, as a program uses it: JSON in and out, uploads by form, downloads by redirect."""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

from .talk import Refusal

SECONDS = 60
CHUNK = 1 << 20


@dataclass
class Answer:
    """What came back: the status, the headers (any case) and the body."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to the caller, because the token must not travel to a presigned address."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Api:
    """The API of one stack, as one user."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.opener = urllib.request.build_opener(NoRedirect)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """Calls the API. Statuses below 400 are answers, the others are refusals with the API's own code and advice."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Bearer {self.token}", "content-type": "application/json", **(headers or {})},
        )
        try:
            with self.opener.open(request, timeout=SECONDS) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                answer = Answer(error.code, error.headers, error.read())
        except (urllib.error.URLError, OSError) as error:
            raise Refusal(f"the API does not answer: {reason(error)}", advice="Try `infra/lectern up`.", exit_code=1) from error
        if answer.status < 400:
            return answer
        raise refusal(answer)

    def upload(self, form: dict[str, Any], path: Path) -> None:
        """Sends a file by the form the API gave, the file last as S3 wants it."""
        boundary = uuid.uuid4().hex
        body = multipart(form["fields"], path.name, path.read_bytes(), boundary)
        request = urllib.request.Request(
            form["url"], method="POST", data=body, headers={"content-type": f"multipart/form-data; boundary={boundary}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10 * SECONDS):
                pass
        except urllib.error.HTTPError as error:
            with error:
                raise Refusal(f"the upload was refused: {error.read().decode(errors='replace')[:500]}") from error
        except (urllib.error.URLError, OSError) as error:
            raise Refusal(f"the upload failed: {reason(error)}", exit_code=1) from error

    def download(self, path: str, target: Path) -> None:
        """Saves what a path gives or redirects to; the file is there whole or not at all."""
        answer = self.call("GET", path)
        part = target.with_name(target.name + ".part")
        address = answer.headers.get("location")
        try:
            if address is None:
                part.write_bytes(answer.body)
            else:
                with urllib.request.urlopen(address, timeout=SECONDS) as source, part.open("wb") as file:
                    shutil.copyfileobj(source, file, CHUNK)
            part.replace(target)
        except (urllib.error.URLError, OSError) as error:
            part.unlink(missing_ok=True)
            raise Refusal(f"`{target}` could not be written: {reason(error)}", exit_code=1) from error


def refusal(answer: Answer) -> Refusal:
    """The API's problem as a sentence (RFC 9457, with our `code` and `advice`)."""
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    sentence = problem.get("detail") or problem.get("title") or problem.get("message") or f"the API answered {answer.status}"
    advice = problem.get("advice") or ""
    correlation = problem.get("correlation_id")
    if correlation and answer.status >= 500:
        advice = f"{advice} (correlation id {correlation})".strip()
    return Refusal(sentence, code=problem.get("code", ""), advice=advice, exit_code=1 if answer.status >= 500 else 2)


def multipart(fields: dict[str, str], name: str, content: bytes, boundary: str) -> bytes:
    """The body of a form (RFC 7578): the fields, then the file as `file`."""
    quoted = name.replace("\\", "_").replace('"', "_").replace("\r", "_").replace("\n", "_")
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'
    return "".join([*parts, file]).encode() + content + f"\r\n--{boundary}--\r\n".encode()


def reason(error: BaseException) -> str:
    """What a network or file error says, in short."""
    return str(getattr(error, "reason", None) or error)
