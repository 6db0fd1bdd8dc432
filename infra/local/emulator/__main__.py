"""Runs the emulator in the foreground, repaired. Settings come from the environment (see `process.py`)."""

from ministack.app import main

from local.emulator import repairs

repairs.apply_all()
main()
