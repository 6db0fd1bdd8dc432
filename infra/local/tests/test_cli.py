"""The words of the command line: what becomes of them in the API's options."""

import unittest

from local.cli import options_of, parser


def options(*words):
    return options_of(parser().parse_args(words))


class Captions(unittest.TestCase):
    def test_captions_are_drawn_in_the_style_that_is_named(self):
        self.assertEqual(options("make", "a.pdf"), {})
        self.assertEqual(options("make", "a.pdf", "--burn-captions", "karaoke"), {"burned_captions": "karaoke"})
        self.assertEqual(options("make", "a.pdf", "--no-captions", "--burn-captions", "bar"), {"captions": False, "burned_captions": "bar"})

    def test_an_edit_can_take_them_out_again(self):
        self.assertEqual(options("edit", "j1", "-o", "b.mp4", "--burn-captions", "none"), {"burned_captions": None})
