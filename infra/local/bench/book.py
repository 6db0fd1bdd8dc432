"""A book of any length: chapters, sections, paragraphs, tables and listings, set as PDF. The same length gives the same book.

What it says is made of patterns; what it is made for is its size. Run by itself it writes one: `python -m local.bench.book PAGES OUT.pdf`
in `infra`, with the environment that `infra/lectern` made.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from ..tools import tool

#: Chapters of about ten pages, whose sections fill about two each.
PAGES_OF_A_CHAPTER = 10
SECTIONS_OF_A_CHAPTER = 5
PARAGRAPHS_OF_A_SECTION = 8
#: A section has a table, a listing, or neither.
TABLE_EVERY, LISTING_EVERY = 3, 4

SUBJECTS = [
    "river gauge", "tide pole", "rain gauge", "snow pillow", "lake buoy", "ice core", "wind vane", "weather balloon", "soil probe", "star tracker",
    "pendulum clock", "ship's log", "canal lock", "water mill", "harbour crane", "lighthouse lamp", "signal mast", "rope bridge", "stone arch", "timber roof",
    "brick kiln", "glass furnace", "paper press", "printing plate", "weaving loom", "spinning wheel", "bread oven", "salt pan", "copper mine", "forest railway",
]  # fmt: skip
ASPECTS = ["Where it stands", "How it is read", "What disturbs it", "How it is kept in order", "What it taught us"]
WHO = ["The keeper", "A careful observer", "The oldest record", "Every inspector", "A second instrument", "The district office", "A good apprentice"]
DOES = [
    "compares the {subject} with its neighbours", "writes down what the {subject} shows", "shields the {subject} from the weather",
    "notices when the {subject} begins to drift", "explains why the {subject} needs a firm ground", "measures how far the {subject} has moved",
    "finds the same error in the {subject} year after year", "trusts the {subject} only after three equal readings",
]  # fmt: skip
WHEN = [
    "before the first frost of the year", "in the {ordinal} hour of the morning", "after {number} days without rain", "because a small error grows with every season",
    "while the river carries {number} tonnes of silt", "so that nobody has to guess later", "although the manual asks for it only {number} times a year",
    "when the pressure falls below {number} millibar", "as long as the wind stays under {number} knots",
]  # fmt: skip
WHY = [
    "A reading that is not written down is lost, and {number} lost readings cost a whole season.",
    "This is why the {subject} is checked {number} times before anybody believes it.",
    "The reason is simple: the {subject} answers slowly, and haste only measures the haste.",
    "In {number} of a hundred cases the fault lies with the reader and not with the {subject}.",
    "Good practice means that two people read the {subject} and neither knows what the other wrote.",
]
ORDINALS = ["second", "third", "fourth", "fifth", "sixth"]
LISTING = """def corrected(reading, drift, days):
    # The reading of a {subject} without what it drifted in so many days.
    if days < 0:
        raise ValueError("days run forward")
    return reading - drift * days / {number}
"""
HEAD = """#set document(title: "The Book of Instruments", author: "The Lectern Authors")
#set page(paper: "a5", margin: 1.9cm, numbering: "1")
#set text(font: "Libertinus Serif", size: 10.3pt, lang: "en")
#set par(justify: true, spacing: 0.9em)
#set heading(numbering: "1.1")
#show heading.where(level: 1): it => { pagebreak(weak: true); it }
#align(center, text(24pt, weight: "bold")[The Book of Instruments])

This book explains thirty instruments and machines, how they are read, what disturbs them, and what they taught the people who kept them.

"""


def write(pages: int, path: Path) -> Path:
    """Writes a book of about so many pages."""
    source = path.with_suffix(".typ")
    source.write_text(HEAD + "".join(chapter(number, pages_of) for number, pages_of in enumerate(chapters(pages))))
    python = tool("typst", "python")
    program = "import sys, typst; typst.compile(sys.argv[1], output=sys.argv[2], ignore_system_fonts=True)"
    subprocess.run([python, "-c", program, source, path], check=True, stdin=subprocess.DEVNULL)
    return path


def chapters(pages: int) -> list[int]:
    """How many pages each chapter has."""
    whole, rest = divmod(pages, PAGES_OF_A_CHAPTER)
    return [PAGES_OF_A_CHAPTER] * whole + ([rest] if rest else [])


def chapter(number: int, pages: int) -> str:
    """A chapter in Typst's markup."""
    chance = random.Random(number)
    subject = SUBJECTS[number % len(SUBJECTS)]
    sections = max(1, round(SECTIONS_OF_A_CHAPTER * pages / PAGES_OF_A_CHAPTER))
    paragraphs = PARAGRAPHS_OF_A_SECTION if pages >= 2 else PARAGRAPHS_OF_A_SECTION // 2
    text = f"= The {subject}\n\n{paragraph(chance, subject)}"
    for at in range(sections):
        text += f"== {ASPECTS[at]}\n\n" + "".join(paragraph(chance, subject) for _ in range(paragraphs))
        running = number * SECTIONS_OF_A_CHAPTER + at
        if running % TABLE_EVERY == 0:
            text += table(chance, subject)
        elif running % LISTING_EVERY == 0:
            text += f"```python\n{fill(chance, LISTING, subject)}```\n\n"
    return text


def paragraph(chance: random.Random, subject: str) -> str:
    """Four to six sentences."""
    sentences = [f"{chance.choice(WHO)} {chance.choice(DOES)} {chance.choice(WHEN)}." for _ in range(chance.randint(3, 5))]
    sentences.insert(chance.randint(1, 3), chance.choice(WHY))
    return fill(chance, " ".join(sentences), subject) + "\n\n"


def table(chance: random.Random, subject: str) -> str:
    """Four stations and what they read."""
    cells = "".join(f"[{name}], [{chance.randint(12, 97)}], [{chance.randint(2, 9)}.{chance.randint(0, 9)}], " for name in ("North", "East", "South", "West"))
    head = "table.header([*Station*], [*Readings*], [*Error*]), "
    return f"#figure(table(columns: 3, {head}{cells}), caption: [Readings of the {subject} at four stations])\n\n"


def fill(chance: random.Random, pattern: str, subject: str) -> str:
    """A pattern with its blanks filled, each by itself."""
    while "{number}" in pattern:
        pattern = pattern.replace("{number}", str(chance.randint(3, 96)), 1)
    while "{ordinal}" in pattern:
        pattern = pattern.replace("{ordinal}", chance.choice(ORDINALS), 1)
    return pattern.replace("{subject}", subject)


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
