"""Making a video against an API of our own: what is asked, how it is followed, what is written."""

import contextlib
import io
import json
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from local import make
from local.talk import Refusal
from local.target import Target


class FakeApi(ThreadingHTTPServer):
    """An API with one job that goes through `states`, one per question, and stays in the last."""

    def __init__(self, states):
        super().__init__(("127.0.0.1", 0), Handler)
        self.states = states
        self.seen = []
        self.uploaded = b""
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append(("POST", self.path, self.headers.get("authorization")))
        if self.path == "/upload":
            self.server.uploaded = body
            return self.answer(204)
        self.server.request = json.loads(body)
        if self.server.request["name"].endswith(".exe"):
            return self.answer(415, {"code": "UNSUPPORTED_TYPE", "detail": "cannot read `.exe`", "advice": "Send a PDF."})
        form = {"url": f"{self.server.url}/upload", "fields": {"key": "k", "policy": "p"}}
        self.answer(201, {"job": {"id": "j1", "status": "pending", "phase": "upload"}, "upload": form})

    def do_GET(self):
        self.server.seen.append(("GET", self.path, self.headers.get("authorization")))
        if self.path == "/v1/jobs/j1":
            state = self.server.states[0]
            if self.headers.get("if-none-match") == state["status"] and len(self.server.states) == 1:
                return self.answer(304, etag=state["status"])
            if len(self.server.states) > 1:
                self.server.states.pop(0)
            return self.answer(200, {"id": "j1", "warnings": [], **state}, etag=state["status"])
        if self.path == "/v1/jobs/j1/video":
            return self.answer(302, location=f"{self.server.url}/stored")
        if self.path.startswith(("/v1/jobs/j1/poster", "/v1/jobs/j1/contact-sheet", "/v1/jobs/j1/thumbnails/")):
            return self.answer(302, location=f"{self.server.url}/picture?{self.path.rpartition('/')[2]}")
        if self.path.startswith("/picture?"):
            return self.answer(200, self.path.encode())
        bodies = {
            "/v1/jobs/j1/chapters": b"WEBVTT\n",
            "/v1/jobs/j1/transcript": b"# T\n",
            "/stored": b"video",
            "/v1/jobs/j1/captions": b"WEBVTT\n",
            "/v1/jobs/j1/script": {"title": "T"},
            "/v1/jobs/j1/events": {"events": [{"stage": "render-scene", "name": "finished", "duration_ms": 7, "at": "2026-01-01T00:00:00Z"}]},
        }
        self.answer(200, bodies[self.path])


@contextlib.contextmanager
def api(states):
    server = FakeApi(states)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(server, folder, name="a.md", extras=False):
    """Makes a video of a small document; gives the record."""
    document = Path(folder) / name
    document.write_text("# Hello")
    order = make.Order(document, Path(folder) / "out.mp4", {"scenes": 4}, extras=extras)
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        return make.make(Target(server.url, "secret", "logs", server.url), order, show=True)


DONE = {"status": "completed", "phase": "done", "created_at": "2026-01-01T00:00:00Z", "finished_at": "2026-01-01T00:00:02.5Z"}


class Make(unittest.TestCase):
    def test_video_captions_and_record_are_written(self):
        with tempfile.TemporaryDirectory() as folder, api([{"status": "processing", "phase": "scenes"}, DONE]) as server:
            record = run(server, folder)
            self.assertEqual((Path(folder) / "out.mp4").read_bytes(), b"video")
            self.assertEqual((Path(folder) / "out.vtt").read_bytes(), b"WEBVTT\n")
            self.assertEqual(json.loads((Path(folder) / "out.json").read_text()), record)
        self.assertEqual(record["timings"]["wall_ms"], 2500)
        self.assertEqual(record["timings"]["stages"][0]["sum_ms"], 7)

    def test_extras_lie_beside_the_video_and_a_scene_that_was_left_out_has_none(self):
        dropped = {"stage": "assemble-video", "scene": 1, "outcome": "dropped", "code": "INTERNAL", "message": "gone"}
        done = {**DONE, "status": "completed_with_errors", "script": {"scenes": 3}, "warnings": [dropped]}
        with tempfile.TemporaryDirectory() as folder, api([done]) as server:
            run(server, folder, extras=True)
            written = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        self.assertEqual(written["out.transcript.md"], b"# T\n")
        self.assertEqual(written["out.poster.jpg"], b"/picture?poster")
        self.assertEqual(written["out.contact-sheet.jpg"], b"/picture?contact-sheet")
        self.assertEqual((written["out.01.jpg"], written["out.03.jpg"]), (b"/picture?0", b"/picture?2"))
        self.assertIn("out.chapters.vtt", written)
        self.assertNotIn("out.02.jpg", written)

    def test_the_order_is_passed_on_as_it_was_given(self):
        with tempfile.TemporaryDirectory() as folder, api([DONE]) as server:
            run(server, folder)
        self.assertEqual(server.request, {"name": "a.md", "bytes": 7, "options": {"scenes": 4}})

    def test_the_file_is_the_last_field_of_the_form(self):
        with tempfile.TemporaryDirectory() as folder, api([DONE]) as server:
            run(server, folder)
        names = [line.split(b'name="')[1].split(b'"')[0] for line in server.uploaded.split(b"\r\n") if b'name="' in line]
        self.assertEqual(names, [b"key", b"policy", b"file"])

    def test_the_token_goes_to_the_api_only(self):
        with tempfile.TemporaryDirectory() as folder, api([DONE]) as server:
            run(server, folder)
        for _, path, authorization in server.seen:
            self.assertEqual(authorization, "Bearer secret" if path.startswith("/v1") else None, path)

    def test_a_failed_job_ends_with_its_code_and_advice(self):
        failure = {"code": "ENCRYPTED", "message": "the PDF asks for a password", "advice": "Remove it."}
        with tempfile.TemporaryDirectory() as folder, api([{"status": "failed", "phase": "extract", "failure": failure}]) as server:
            with self.assertRaises(Refusal) as caught:
                run(server, folder)
            self.assertFalse((Path(folder) / "out.mp4").exists())
        self.assertEqual((caught.exception.code, caught.exception.advice, caught.exception.exit_code), ("ENCRYPTED", "Remove it.", 1))

    def test_input_the_api_refuses_ends_with_exit_code_2(self):
        with tempfile.TemporaryDirectory() as folder, api([DONE]) as server:
            with self.assertRaises(Refusal) as caught:
                run(server, folder, "a.exe")
        self.assertEqual((caught.exception.code, caught.exception.exit_code), ("UNSUPPORTED_TYPE", 2))

    def test_elsewhere_the_api_says_when_to_ask_again(self):
        self.assertTrue(4 <= make.pause("4", is_local=False) < 5)
        self.assertTrue(2 <= make.pause("soon", is_local=False) < 3)
        self.assertLess(make.pause("4", is_local=True), 1)


if __name__ == "__main__":
    unittest.main()
