"""The template with its local folders put into an artefact bucket, as `sam package` does, but fast.

The emulator keeps every zip in memory and unpacks it before a function's first call, which takes seconds for programs of this
size. So the zip of a function holds a `bootstrap` that becomes the program where it was built.
"""

from __future__ import annotations

import hashlib
import io
import re
import shlex
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import places

URI = re.compile(r"^(?P<indent>\s*)(?P<property>CodeUri|ContentUri|DefinitionUri): (?P<path>\S+)$", re.MULTILINE)
#: The emulator mounts no layers, so their content does not matter; ffmpeg, voice and fonts are found by setting.
EMPTY_LAYER = "layer content is not used by the local AWS\n"


@dataclass
class Artefact:
    """Something to store: its key tells its content apart, `body` makes the bytes when they are needed."""

    key: str
    body: Callable[[], bytes]


def package(functions: dict[str, Path], bucket: str) -> tuple[str, list[Artefact]]:
    """The template's text with addresses in the bucket, and what must lie there."""
    artefacts: list[Artefact] = []

    def replace(match: re.Match[str]) -> str:
        artefact = artefact_of(match["property"], match["path"], functions)
        artefacts.append(artefact)
        return f"{match['indent']}{match['property']}: s3://{bucket}/{artefact.key}"

    return URI.sub(replace, places.TEMPLATE.read_text()), artefacts


def artefact_of(kind: str, path: str, functions: dict[str, Path]) -> Artefact:
    """What a path in the template stands for."""
    if kind == "DefinitionUri":
        text = (places.PROJECT / path).read_bytes()
        return Artefact(f"{Path(path).name}-{digest(text)}", lambda: text)
    if kind == "ContentUri":
        return Artefact("empty-layer.zip", lambda: zip_text("README", EMPTY_LAYER))
    name = Path(path).name
    pointer = pointer_to(functions[name] / "bootstrap")
    return Artefact(f"{name}-{digest(pointer)}.zip", lambda: zip_program(pointer))


def pointer_to(program: Path) -> bytes:
    """A script that becomes a program. It names the program's state, so that a rebuilt program has another script."""
    state = program.stat()
    return f"#!/bin/sh\n# {state.st_size} bytes, {state.st_mtime_ns}\nexec {shlex.quote(str(program.resolve()))}\n".encode()


def digest(content: bytes) -> str:
    """A short name for content."""
    return hashlib.sha256(content).hexdigest()[:24]


def zip_program(content: bytes) -> bytes:
    """A function's zip: its executable `bootstrap`."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o100755 << 16
    return zip_of(entry, content)


def zip_text(name: str, text: str) -> bytes:
    """A zip with one text."""
    return zip_of(zipfile.ZipInfo(name), text.encode())


def zip_of(entry: zipfile.ZipInfo, content: bytes) -> bytes:
    """A zip with one stored entry."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(entry, content)
    return buffer.getvalue()
