"""What makes `up` start the local AWS anew."""

from __future__ import annotations

import unittest
from unittest import mock

from local import up


class Serves(unittest.TestCase):
    STARTED = {"tools": ["ffmpeg", "voice", "fonts"], "emulator": "a"}

    def test_an_emulator_serves_as_long_as_it_would_be_started_the_same_way(self) -> None:
        known = {"pid": 1, "endpoint": "http://127.0.0.1:1", **self.STARTED}
        with mock.patch.object(up, "is_running", return_value=True):
            self.assertTrue(up.serves(known, self.STARTED))
            self.assertFalse(up.serves({**known, "emulator": "b"}, self.STARTED))
            self.assertFalse(up.serves({**known, "tools": ["another"]}, self.STARTED))
            self.assertFalse(up.serves(None, self.STARTED))
        with mock.patch.object(up, "is_running", return_value=False):
            self.assertFalse(up.serves(known, self.STARTED))
