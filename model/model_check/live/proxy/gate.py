"""What stands at the proxy and says what may go through: the contract of the two.

The proxy knows the protocol and no spec; the gate knows the spec and no protocol. All of it happens
in one thread, the event loop's. A gate is never called from within a call that it makes itself
(`go`, `answer_goes`, `deliver`), but soon after.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["MOST_KEPT", "Connection", "Gate", "OpenGate", "Push", "Request"]

Words = tuple[bytes, ...]
MOST_KEPT = 64 * 1024
"""Bytes of an answer that are kept for a gate to see."""


@dataclass(eq=False, slots=True)
class Connection:
    """A connection of a service. `number`: in the order in which they came, from 1; `address`: the
    service's end, as MONITOR shows it (`127.0.0.1:40622`); `db`: the database that is selected;
    `name`: what CLIENT SETNAME or HELLO said; `ended`: the service has closed its end and sends
    nothing more, while what it sent before still goes through."""

    number: int
    address: str
    db: int = 0
    name: str = ""
    ended: bool = False


class _Letting(Protocol):
    def __call__(self) -> None: ...


def _nothing() -> None:
    """What is not held is not let go either."""


@dataclass(eq=False, slots=True)
class Request:
    """What a service asks in one go: one command, or the whole of a transaction, whose commands
    take effect when EXEC is carried out (`commands`: those, without MULTI and EXEC; `transaction`).
    The gate is not asked of a transaction that does nothing: an empty one, or one that the server
    will refuse since it refused to queue a command. Passwords are not told, and a command of more
    than 16 MB is told up to there: its last word is cut off, and what follows that is missing.

    Times are `time.monotonic()`; None: not yet. `sent`: written to the server; `answered`: its
    answer has come here (never, where the service has asked for none: CLIENT REPLY). `answer`: what
    the server said, as it stood on the wire, cut off after `MOST_KEPT` bytes.

    `go` lets it through to the server, `answer_goes` lets its answer through to the service, where
    that was kept back (`keep_answer`, to be set before it goes). Both may be called at any time and
    any number of times, also where the connection is closed: they never fail.
    """

    connection: Connection
    commands: tuple[Words, ...]
    transaction: bool
    came: float
    sent: float | None = None
    answered: float | None = None
    answer: bytes = b""
    keep_answer: bool = False
    go: _Letting = field(default=_nothing, repr=False)
    answer_goes: _Letting = field(default=_nothing, repr=False)


@dataclass(eq=False, slots=True)
class Push:
    """What the server sends unasked to a subscriber: `kind` (`message`, `pmessage`, `smessage`),
    the `pattern` (of `pmessage`; else b""), the `channel` and the `payload`. `deliver` lets it
    through; later ones of the same connection, and later answers, wait behind it."""

    connection: Connection
    kind: str
    pattern: bytes
    channel: bytes
    payload: bytes
    came: float
    deliver: _Letting = field(default=_nothing, repr=False)


class Gate(ABC):
    """Is told what happens at the proxy, and decides. No method may raise or wait."""

    def opened(self, connection: Connection) -> None:  # noqa: B027
        """A service has connected."""

    @abstractmethod
    def asks(self, request: Request) -> bool:
        """Whether a request may go through at once; what may not, waits until its `go`. It is the
        first of its connection that has not gone: those behind it are asked of when it has."""

    def sent(self, request: Request) -> None:  # noqa: B027
        """A request is written to the server (also one that went at once): nothing that is let
        through after this can come before it."""

    def replied(self, request: Request) -> None:  # noqa: B027
        """The server has answered a request of which `keep_answer` is set: its answer waits. Of an
        answer of more than 16 MB the rest is still at the server."""

    def answered(self, request: Request) -> None:  # noqa: B027
        """The whole answer of a request was written to the service."""

    def pushes(self, push: Push) -> bool:
        """Whether a push may be delivered at once; what may not, waits until its `deliver`."""
        return True

    def closed(self, connection: Connection, why: str) -> None:  # noqa: B027
        """A connection has ended, and what it had held is gone: `why`, in words for a user (`the
        service closed it`, `the server closed it`, what about it was no Redis protocol)."""


class OpenGate(Gate):
    """Lets everything through."""

    def asks(self, request: Request) -> bool:
        return True
