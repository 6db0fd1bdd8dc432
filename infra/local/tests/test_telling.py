"""What people read: progress, timings, stories."""

import io
import json
import unittest

from local import make, progress, story, timings


class Telling(unittest.TestCase):
    def test_progress_without_a_terminal_is_one_line_per_change(self):
        out = io.StringIO()
        shown = progress.Progress(out)
        for narrated in (1, 1, 2):
            counts = {"percent": 20, "scenes": 5, "narrated": narrated, "rendered": 0}
            shown.show({"phase": "scenes", "progress": counts})
        shown.close()
        self.assertEqual(
            out.getvalue(), " 20%  making the scenes, 1 of 5 spoken, 0 drawn\n 20%  making the scenes, 2 of 5 spoken, 0 drawn\n"
        )

    def test_a_bar_keeps_its_width(self):
        self.assertEqual({len(progress.bar(percent)) for percent in (-1, 0, 33, 100, 120)}, {progress.WIDTH})

    def test_stages_are_summed_and_failures_counted(self):
        events = [
            {"stage": "narrate-scene", "name": "started", "duration_ms": None},
            {"stage": "narrate-scene", "name": "failed", "duration_ms": 5},
            {"stage": "narrate-scene", "name": "finished", "duration_ms": 20},
        ]
        job = {"created_at": "2026-01-01T00:00:00.123456789Z", "finished_at": "2026-01-01T00:00:01Z"}
        times = timings.timings(job, events)
        self.assertEqual(
            times["stages"], [{"stage": "narrate-scene", "count": 2, "failed": 1, "sum_ms": 25, "longest_ms": 20}]
        )
        self.assertEqual(times["wall_ms"], 877)

    def test_a_story_begins_with_the_cause(self):
        failure = {"code": "NO_TEXT", "message": "12 pages without text", "advice": "Run OCR."}
        job = {"id": "j1", "status": "failed", "phase": "extract", "failure": failure, "warnings": []}
        self.assertEqual(
            list(story.cause(job)), ["j1: failed in phase extract", "  NO_TEXT: 12 pages without text", "  Run OCR."]
        )

    def test_a_story_tells_who_was_passed_over(self):
        warning = {"stage": "narrate-scene", "scene": 2, "outcome": "fallback", "code": "DEPENDENCY_UNAVAILABLE"}
        warning["message"] = "`polly` was passed over: no answer; `embedded` took over"
        job = {"id": "j1", "status": "completed_with_errors", "phase": "done", "failure": None, "warnings": [warning]}
        told = "  narrate-scene scene 3: fallback, DEPENDENCY_UNAVAILABLE: `polly` was passed over: no answer; `embedded` took over"
        self.assertEqual(list(story.cause(job)), ["j1: completed_with_errors in phase done", told])

    def test_the_cost_is_one_line(self):
        costs = {"estimate_usd": 0.002, "actual_usd": 0.0051, "saved_usd": 0, "vendors": {"anthropic": 0.004}, "aws_usd": 0.0011}
        costs |= {"unpriced": [], "warning": None, "prices_of": "2026-11-20"}
        self.assertEqual(make.cost(costs), "cost $0.0051 (anthropic $0.0040, AWS $0.0011; expected $0.0020)")
        costs |= {"saved_usd": 1.5, "unpriced": ["a-gateway"], "warning": "it cost more"}
        told = ", $1.50 saved by what was found; the prices of a-gateway are not known\nit cost more"
        self.assertTrue(make.cost(costs).endswith(told), make.cost(costs))

    def test_errors_come_before_other_log_lines(self):
        fields = {"message": "stage failed", "scene": 0, "code": "CORRUPT"}
        line = json.dumps({"timestamp": "t", "level": "ERROR", "fields": fields})
        told = list(story.logs([("INFO", "started"), story.read_line(line)]))
        self.assertEqual(told, ["\nLogs", "! t stage failed scene=1 code=CORRUPT", "  started"])

    def test_a_line_that_is_not_json_is_shown_as_it_is(self):
        self.assertEqual(story.read_line("START RequestId: 1\n"), ("", "START RequestId: 1"))


if __name__ == "__main__":
    unittest.main()
