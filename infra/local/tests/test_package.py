"""The template must be packaged as SAM would, without building anything twice."""

import io
import re
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

from local import package, places


def built(folder: str) -> dict[str, Path]:
    """Functions with a bootstrap each, as a build leaves them."""
    functions = {}
    for name in places.function_names():
        functions[name] = Path(folder) / name
        functions[name].mkdir()
        (functions[name] / "bootstrap").write_bytes(name.encode())
    return functions


class Package(unittest.TestCase):
    def test_every_folder_of_the_template_becomes_an_address_in_the_bucket(self):
        with tempfile.TemporaryDirectory() as folder:
            text, artefacts = package.package(built(folder), "artefacts")
        addresses = re.findall(r"(?:CodeUri|ContentUri|DefinitionUri): (\S+)", text)
        self.assertEqual(addresses, [f"s3://artefacts/{artefact.key}" for artefact in artefacts])

    def test_every_function_of_the_workspace_is_in_the_template(self):
        text = places.TEMPLATE.read_text()
        self.assertEqual(sorted(re.findall(r"CodeUri: target/lambda/([a-z-]+)/", text)), places.function_names())

    def test_what_is_unpacked_becomes_the_program(self):
        with tempfile.TemporaryDirectory(prefix="with blank ") as folder:
            program = Path(folder) / "bootstrap"
            program.write_text('#!/bin/sh\necho "program $$"\n')
            program.chmod(0o755)
            archive = zipfile.ZipFile(io.BytesIO(package.zip_program(package.pointer_to(program))))
            unpacked = Path(folder) / "unpacked"
            unpacked.write_bytes(archive.read("bootstrap"))
            unpacked.chmod(archive.getinfo("bootstrap").external_attr >> 16)
            process = subprocess.Popen([unpacked], stdout=subprocess.PIPE, text=True)
            said, _ = process.communicate()
        self.assertEqual(said, f"program {process.pid}\n")

    def test_a_changed_program_gets_another_address(self):
        with tempfile.TemporaryDirectory() as folder:
            functions = built(folder)
            before, _ = package.package(functions, "artefacts")
            (functions["api"] / "bootstrap").write_bytes(b"changed")
            after, _ = package.package(functions, "artefacts")
        changed = [line for line, was in zip(after.splitlines(), before.splitlines()) if line != was]
        self.assertEqual(len(changed), 1)
        self.assertIn("api-", changed[0])


if __name__ == "__main__":
    unittest.main()
