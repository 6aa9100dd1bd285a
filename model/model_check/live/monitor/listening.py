"""MONITOR of a running server, line by line as `redis-cli monitor` prints it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from ...budget.spending import Ask, never
from ..brokers.server import Server, translated
from .inquiry import Inquiry

__all__ = ["LOOKS", "heard", "listen"]

LOOKS = 0.1
"""Seconds of silence after which it is asked whether to stop."""


def listen(
    server: Server,
    *,
    seconds: float | None,
    most: int,
    stop: Ask = never,
    patience: float,
    inquiry: Inquiry | None = None,
    ready: Callable[[], object] = lambda: None,
) -> Iterator[bytes]:
    """What a server carries out from now on, at most for this many seconds and this many lines,
    until `stop` says so. An `inquiry` hears each line, and asks; `ready` is called when it is
    listened to. Raises ServerError."""
    client: Any = server.client(patience)
    try:
        with translated(server.place, patience), client.monitor() as monitor:
            ready()
            until = None if seconds is None else time.monotonic() + seconds
            count = 0
            while count < most and not stop():
                if until is not None and time.monotonic() >= until:
                    return
                if monitor.connection.can_read(timeout=LOOKS):
                    text = str(monitor.connection.read_response())
                    line = text.encode("utf-8", "surrogateescape") + b"\n"
                    if inquiry is None or inquiry.hear(line, count + 1):
                        yield line
                        count += 1
    finally:
        client.close()


def heard(
    server: Server,
    seconds: float | None,
    most: int,
    stop: Ask,
    tell: Callable[[str], None] | None,
    patience: float,
    inquiry: Inquiry | None = None,
) -> tuple[str, list[bytes]]:
    """A log, as `monitor` reads it: the name of the server, and what it carried out. `tell` hears
    how it goes on. Raises ServerError."""
    found: list[bytes] = []
    listening = listen(
        server, seconds=seconds, most=most, stop=stop, patience=patience, inquiry=inquiry
    )
    for line in listening:
        found.append(line)
        if tell is not None:
            tell(f"{len(found):,} commands heard")
    return server.place, found
