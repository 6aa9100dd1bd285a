"""What goes to the server over all connections, in the order in which it was let through.

Commands of one pipeline are written in one go, as the service has sent them: each by itself costs
the server a wake-up. But nothing that is let through later, over another connection, may come
before.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Outbox"]


class _Writer(Protocol):
    def write(self, data: bytes) -> None: ...


class Outbox:
    """Takes bytes for a connection (`put`), which are written by `flush` at the latest."""

    def __init__(self) -> None:
        self._to: _Writer | None = None
        self._parts: list[bytes] = []

    def put(self, to: _Writer, data: bytes) -> None:
        """Take bytes; those for another connection are written first."""
        if to is not self._to:
            self.flush()
            self._to = to
        self._parts.append(data)

    def flush(self) -> None:
        """Write what there is."""
        to, parts = self._to, self._parts
        if to is not None and parts:
            self._to, self._parts = None, []
            to.write(parts[0] if len(parts) == 1 else b"".join(parts))
