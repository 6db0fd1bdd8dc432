"""What is said to people: on stderr, so that stdout stays for results."""

from __future__ import annotations

import sys


class Refusal(Exception):
    """A failure that is a sentence for a person, with the exit code it ends in.

    `code` is one of the API's error codes or a word of our own; `advice` says what to do next.
    """

    def __init__(self, sentence: str, *, code: str = "", advice: str = "", exit_code: int = 2) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.advice = advice
        self.exit_code = exit_code

    def show(self) -> None:
        """Prints it: the code and the sentence, then the advice."""
        print(f"{self.code or 'lectern'}: {self.sentence}", file=sys.stderr)
        if self.advice:
            print(self.advice, file=sys.stderr)


def say(sentence: str) -> None:
    """Tells what is being done."""
    print(f"lectern: {sentence}", file=sys.stderr, flush=True)
