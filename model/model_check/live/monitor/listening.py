"""MONITOR of a running server, line by line as `redis-cli monitor` prints it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from ...budget.spending import Ask, never
from ..brokers.server import Server, translated

__all__ = ["listen"]

LOOKS = 0.1
"""Seconds of silence after which it is asked whether to stop."""


def listen(
    server: Server,
    *,
    seconds: float | None,
    most: int,
    stop: Ask = never,
    patience: float,
) -> Iterator[bytes]:
    """What a server carries out from now on, at most for this many seconds and this many lines,
    until `stop` says so. Raises ServerError."""
    client: Any = server.client(patience)
    try:
        with translated(server.place, patience), client.monitor() as monitor:
            until = None if seconds is None else time.monotonic() + seconds
            count = 0
            while count < most and not stop():
                if until is not None and time.monotonic() >= until:
                    return
                if monitor.connection.can_read(timeout=LOOKS):
                    line = str(monitor.connection.read_response())
                    yield line.encode("utf-8", "surrogateescape") + b"\n"
                    count += 1
    finally:
        client.close()
