"""The brand of a video, as the command line reads it."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from local.cli import brand_of
from local.talk import Refusal


class BrandTest(unittest.TestCase):
    """A JSON file and the files it names."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def brand(self, **fields: object) -> dict[str, object]:
        file = self.folder / "brand.json"
        file.write_text(json.dumps(fields))
        return brand_of(file)

    def test_files_are_found_beside_the_brand_and_sent_along(self) -> None:
        (self.folder / "logo.png").write_bytes(b"hi")
        brand = self.brand(logo="logo.png", accent="#c81e5a", intro={"title": "ACME"})
        self.assertEqual(brand["logo"], "data:application/octet-stream;base64,aGk=")
        self.assertEqual((brand["accent"], brand["intro"]), ("#c81e5a", {"title": "ACME"}))

    def test_what_is_data_already_stays_as_it_is(self) -> None:
        self.assertEqual(self.brand(logo="data:image/png;base64,aGk=")["logo"], "data:image/png;base64,aGk=")

    def test_a_file_that_is_not_there_is_named(self) -> None:
        with self.assertRaisesRegex(Refusal, "heading_font"):
            self.brand(heading_font="gone.ttf")


if __name__ == "__main__":
    unittest.main()
