"""Choosing providers on a laptop, and keeping their keys."""

import io
import stat
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from local import keys, places, up
from local.talk import Refusal


class Choosing(unittest.TestCase):
    def test_settings_become_parameters_and_a_laptop_speaks_for_itself(self):
        listed = '[{"provider": "openai", "model": "m"}, {"provider": "embedded"}]'
        settings = {
            "LECTERN_SCRIPT_PROVIDERS": listed,
            "LECTERN_SPEECH_PROVIDERS": "",
            "LECTERN_TRANSCRIPT_PROVIDERS": "whispercpp",
            "LECTERN_IMAGE_PROVIDERS": "replicate",
        }
        with mock.patch.dict("os.environ", settings):
            chosen = up.parameters()
        self.assertEqual(chosen["ScriptProviders"], listed)
        self.assertEqual(chosen["SpeechProviders"], "embedded")
        self.assertEqual(chosen["TranscriptProviders"], "whispercpp")
        self.assertEqual(chosen["ImageProviders"], "replicate")


class Keeping(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        home = Path(folder.name)
        patched = mock.patch.multiple(places, HOME=home, KEYS=home / "keys.json")
        patched.start()
        self.addCleanup(patched.stop)

    def test_a_key_is_kept_for_its_owner_only(self):
        before = keys.state()
        with mock.patch("sys.stdin", io.StringIO(" sk-123 \n")):
            self.assertEqual(keys.keep("script/anthropic", None), "lectern/script/anthropic")
        self.assertEqual(keys.known(), {"lectern/script/anthropic": "sk-123"})
        self.assertEqual(stat.S_IMODE(places.KEYS.stat().st_mode), 0o600)
        self.assertNotEqual(keys.state(), before)
        self.assertNotIn("sk-123", keys.state())

    def test_a_key_needs_a_name_and_a_value(self):
        for name, value in (("anthropic", "sk-1"), ("script/a b", "sk-1"), ("script/anthropic", "\n")):
            with mock.patch("sys.stdin", io.StringIO(value)), self.assertRaises(Refusal) as refused:
                keys.keep(name, None)
            self.assertNotIn("sk-1", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
