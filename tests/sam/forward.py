"""A door from the containers to the local AWS, which listens on the loopback address only."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Iterator

BLOCK = 1 << 16


@contextlib.contextmanager
def forwarded(address: str, target: tuple[str, int]) -> Iterator[int]:
    """Listens on a free port of `address` and passes every connection on to `target`; gives the port."""
    with socket.create_server((address, 0)) as door:
        threading.Thread(target=accept, args=(door, target), daemon=True).start()
        yield door.getsockname()[1]
        # Wakes the thread that waits for the next connection.
        door.shutdown(socket.SHUT_RDWR)


def accept(door: socket.socket, target: tuple[str, int]) -> None:
    """Passes on connections until the door is shut."""
    while True:
        try:
            caller, _ = door.accept()
        except OSError:
            return
        try:
            callee = socket.create_connection(target)
        except OSError:
            caller.close()
            continue
        for source, sink in ((caller, callee), (callee, caller)):
            threading.Thread(target=pump, args=(source, sink), daemon=True).start()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Copies bytes one way until the source has no more."""
    with contextlib.suppress(OSError):
        while block := source.recv(BLOCK):
            sink.sendall(block)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
