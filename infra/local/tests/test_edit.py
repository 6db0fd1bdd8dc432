"""Editing a video: what is asked of the API, and how versions are told."""

import json
import tempfile
import unittest
from pathlib import Path

from local import edit
from local.client import Answer
from local.talk import Refusal
from local.timings import made_and_found, wall_ms, work


class FakeApi:
    """An API that remembers what it was asked."""

    def __init__(self):
        self.seen = []

    def call(self, method, path, body=None, headers=None):
        self.seen.append((method, path, body, headers))
        return Answer(200, {"etag": '"s1"'}, json.dumps({"id": "j1"}).encode())


def asked(**wish):
    api = FakeApi()
    edit.begin(api, "/v1/jobs/j1", edit.Edit("j1", Path("out.mp4"), **wish))
    return api.seen


class Begin(unittest.TestCase):
    def test_an_edited_script_goes_with_the_tag_of_the_one_it_replaces(self):
        seen = asked(script={"scenes": []})
        self.assertEqual(seen[1], ("PATCH", "/v1/jobs/j1/script", {"scenes": []}, {"if-match": '"s1"'}))

    def test_each_change_has_its_route(self):
        for wish, route in [
            ({"scene": 0}, "/v1/jobs/j1/scenes/0/regenerate"),
            ({"restore": 2}, "/v1/jobs/j1/versions/2/restore"),
            ({"options": {"theme": "paper"}}, "/v1/jobs/j1/render"),
        ]:
            self.assertEqual([(method, path) for method, path, *_ in asked(**wish)], [("POST", route)])


class Files(unittest.TestCase):
    def test_a_script_is_read_by_itself_or_from_a_record(self):
        script = {"title": "T", "scenes": []}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "r.json"
            for content in (script, {"job": {"id": "j1"}, "script": script}):
                path.write_text(json.dumps(content))
                self.assertEqual(edit.read_script(path), script)
            self.assertEqual(edit.job_of(str(path)), "j1")
            for content in ("[]", "{}", "no JSON"):
                path.write_text(content)
                with self.assertRaises(Refusal):
                    edit.read_script(path)
                with self.assertRaises(Refusal):
                    edit.job_of(str(path))
        self.assertEqual(edit.job_of("j2"), "j2")


class Told(unittest.TestCase):
    def test_changes_are_told_in_words(self):
        for change, expected in [
            ({"kind": "created"}, "first version"),
            ({"kind": "script", "scenes": [0, 4]}, "script edited: scene 1, 5"),
            ({"kind": "script", "scenes": []}, "script edited: no scene is new"),
            ({"kind": "scene", "scene": 2}, "scene 3 made anew"),
            ({"kind": "options"}, "other options"),
            ({"kind": "restored", "version": 1}, "version 1 restored"),
        ]:
            self.assertEqual(edit.words(change), expected)

    def test_what_was_made_is_told_from_what_was_found(self):
        def finished(stage, *made):
            return {"stage": stage, "name": "finished", "made": list(made)}

        events = [
            finished("narrate-scene", "narration", "take"),
            finished("narrate-scene"),
            finished("render-scene", "segment"),
            finished("render-scene"),
            {"stage": "render-scene", "name": "started"},
        ]
        self.assertEqual(
            made_and_found(work(events)),
            "takes: 1 made, 1 found; pictures: 0 made, 2 found; segments: 1 made, 1 found",
        )

    def test_a_version_takes_as_long_as_since_it_was_asked_for(self):
        job = {"created_at": "2026-01-01T00:00:00Z", "revised_at": "2026-01-01T01:00:00Z", "finished_at": "2026-01-01T01:00:02Z"}
        self.assertEqual(wall_ms(job), 2000)


if __name__ == "__main__":
    unittest.main()
