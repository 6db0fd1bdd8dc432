"""Measures what users wait for and hosts pay for; prints JSON. Times are of this machine, ratios hold elsewhere too."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys

from ..up import up
from . import composition, edit, hour, moving, pictures, samples, scale, starts, whole


def bench(arguments: list[str]) -> int:
    """Runs the cases that are asked for; by default all but the samples."""
    cases = {
        "composition": composition.standard,
        "long": composition.long,
        "assembly": composition.assembly,
        "moving": moving.measure,
        "pictures": pictures.measure,
        "edit": edit.measure,
        "whole": whole.measure,
        "scale": scale.measure,
        "hour": hour.measure,
        "starts": starts.measure,
        "samples": samples.measure,
    }
    # Made to be looked at; only when asked for.
    measured = sorted(set(cases) - {"samples"})
    grammar = argparse.ArgumentParser(prog="infra/lectern bench", allow_abbrev=False)
    grammar.add_argument("--only", choices=sorted(cases), action="append", help="measure only this; may be repeated")
    chosen = grammar.parse_args(arguments).only or measured
    known = up()
    result: dict[str, object] = {"machine": {"cores": os.cpu_count(), "processor": platform.processor() or platform.machine()}}
    for name in chosen:
        result[name] = cases[name](known)
    json.dump(result, sys.stdout, indent=1)
    print()
    return 0
