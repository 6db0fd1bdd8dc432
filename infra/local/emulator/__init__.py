"""The local AWS: the emulator as a process of its own, and the repairs it needs to behave like AWS here."""
