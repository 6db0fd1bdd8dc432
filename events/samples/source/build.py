#!/usr/bin/env python3
"""Makes ../paper.pdf and ../handbook.pdf from the Typst sources beside this file.

Needs the PyPI package `typst` (0.15) and nothing else: fonts come with it, the numbers and the raster figure of the
paper come from the simulation below, and equal sources give equal bytes.

    python3 -m venv /tmp/typst && /tmp/typst/bin/pip install typst==0.15.0 && /tmp/typst/bin/python build.py
"""

import json
import pathlib
import random
import shutil
import struct
import tempfile
import zlib

import typst

HERE = pathlib.Path(__file__).resolve().parent
SLOTS = 1 << 16
TABLES = 12
LOADS = [0.10, 0.25, 0.40, 0.50, 0.60, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95]


def fill(loads, seed):
    """Yields (load, table) as one linear-probing table fills up; a slot holds its key's home slot or None."""
    draw = random.Random(seed)
    table, used = [None] * SLOTS, 0
    for load in loads:
        while used < load * SLOTS:
            home = slot = draw.randrange(SLOTS)
            while table[slot] is not None:
                slot = (slot + 1) % SLOTS
            table[slot] = home
            used += 1
        yield load, table


def measure(table):
    """Mean slots looked at: for keys that are present, and for absent keys with every home slot equally likely."""
    hits = [(slot - home) % SLOTS + 1 for slot, home in enumerate(table) if home is not None]
    misses, distance = 0, 1
    for slot in range(2 * SLOTS - 1, -1, -1):
        distance = 1 if table[slot % SLOTS] is None else distance + 1
        if slot < SLOTS:
            misses += distance
    return sum(hits) / len(hits), misses / SLOTS


def simulate():
    """The mean of TABLES tables at each load, and the clusters of the first table at half, three quarters and 90 percent."""
    sums, panels = {load: [0.0, 0.0] for load in LOADS}, []
    for seed in range(TABLES):
        for load, table in fill(LOADS, 1953 + seed):
            hit, miss = measure(table)
            sums[load][0] += hit / TABLES
            sums[load][1] += miss / TABLES
            if seed == 0 and load in (0.50, 0.75, 0.90):
                panels.append(clusters(table))
    return [{"load": load, "hit": hit, "miss": miss} for load, (hit, miss) in sums.items()], panels


def clusters(table):
    """The length of the run of taken slots around each slot, 0 where the slot is free (runs do not wrap)."""
    lengths, start = [0] * SLOTS, None
    for slot in range(SLOTS + 1):
        taken = slot < SLOTS and table[slot] is not None
        if taken and start is None:
            start = slot
        if not taken and start is not None:
            lengths[start:slot] = [slot - start] * (slot - start)
            start = None
    return lengths


def colour(length):
    """Pale for a free slot, then from blue to deep red as the run around it gets longer."""
    if length == 0:
        return (236, 239, 244)
    steps = [(1, (120, 170, 220)), (8, (70, 110, 190)), (32, (230, 160, 70)), (128, (200, 60, 50)), (SLOTS, (120, 15, 40))]
    return next(rgb for limit, rgb in steps if length <= limit)


def picture(path, panels, columns=176, rows=26, cell=5, gap=14):
    """Writes an RGB PNG: the first slots of each panel as rows of cells, panels below each other."""
    width = columns * cell
    lines = []
    for index, lengths in enumerate(panels):
        lines += [bytes([255, 255, 255] * width)] * (gap if index else 0)
        for row in range(rows):
            pixels = bytearray()
            for length in lengths[row * columns:(row + 1) * columns]:
                pixels += bytes([255, 255, 255]) + bytes(colour(length)) * (cell - 1)
            lines += [bytes([255, 255, 255] * width)] + [bytes(pixels)] * (cell - 1)
    raw = b"".join(b"\0" + line for line in lines)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, len(lines), 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for source in HERE.glob("*.typ"):
            shutil.copy(source, work)
        rows, panels = simulate()
        (work / "probes.json").write_text(json.dumps(rows))
        picture(work / "clusters.png", panels)
        for name in ("paper", "handbook"):
            typst.compile(str(work / f"{name}.typ"), output=str(HERE.parent / f"{name}.pdf"), ignore_system_fonts=True)


if __name__ == "__main__":
    main()
