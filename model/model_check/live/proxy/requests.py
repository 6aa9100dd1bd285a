"""What a service asks, in its order: offered to the gate one by one, written when it may go."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from .asked import Asked, Desk, Words
from .commands import Command, Commands, ProtocolError
from .gate import Connection, Gate
from .redacting import redacted

__all__ = ["Requests"]

_AWAITED = frozenset({b"MULTI", b"SELECT", b"RESET", b"DISCARD"})
"""Commands whose answer says what those behind them mean: these wait for it."""
_ENDING = frozenset({b"RESET", b"DISCARD"})
"""What ends a transaction without any effect of it."""
_NOT_QUEUED = frozenset({b"MULTI", b"WATCH", b"QUIT"})
"""What a server carries out, or refuses, at once in a transaction, which goes on all the same."""
QUEUED = b""
"""The name of a command that is only queued: its answer says nothing else."""


class _Sink(Protocol):
    """Whom answers are matched by."""

    def expect(self, asked: Asked) -> None: ...

    @property
    def is_idle(self) -> bool: ...

    @property
    def is_full(self) -> bool: ...

    @property
    def only_listens(self) -> bool: ...


class Requests:
    """`write` is called with bytes for the server, `sink` told what will be answered."""

    def __init__(
        self,
        gate: Gate,
        connection: Connection,
        desk: Desk,
        sink: _Sink,
        write: Callable[[bytes], None],
    ) -> None:
        self._gate = gate
        self._connection = connection
        self._desk = desk
        self._sink = sink
        self._write = write
        self._commands = Commands()
        self._held: Asked | None = None
        self._awaited: Asked | None = None
        self._last: Command | None = None
        """What waits until everything before it is answered."""
        self._streams = False
        """The rest of a large command follows."""
        self._queued: list[Words] | None = None
        """The commands of the transaction; None: there is none."""
        self._spoiled = False
        """The server has refused to queue one of them."""
        self._silent = False
        self._skips = False

    @property
    def backlog(self) -> int:
        """Bytes that wait."""
        return self._commands.backlog

    @property
    def is_stopped(self) -> bool:
        """Whether nothing behind goes on before something else happens."""
        if self._held or self._awaited or self._sink.is_full:
            return True
        return self._last is not None and not self._sink.is_idle

    def feed(self, data: bytes) -> None:
        """Take bytes of the service."""
        self._commands.feed(data)

    def pump(self, may_go_on: Callable[[], bool]) -> None:
        """Let go what may go. Raises ProtocolError."""
        while not self.is_stopped and may_go_on():
            if self._streams:
                raw, ended = self._commands.rest()
                if raw:
                    self._write(raw)
                if not ended:
                    return
                self._streams = False
            command = self._last or self._commands.take()
            if command is None:
                return
            self._take(command)

    def _take(self, command: Command) -> None:
        name = command.words[0].upper()
        if not self._sink.is_idle and self._comes_last(name, command.words):
            self._last = command
            return
        self._last = None
        if self._queued is not None:
            asked = self._in_transaction(name, command)
        else:
            asked = self._asked(name, command, offered=name != b"MULTI")
        self._streams = command.more
        if not asked.offered or self._gate.asks(asked) or asked.gone:
            self._send(asked)
        else:
            self._held = asked

    def _asked(self, name: bytes, command: Command, *, offered: bool) -> Asked:
        asked = Asked(self._desk, self._connection, name, command.raw, offered=offered)
        asked.commands = (redacted(name, command.words),)
        return asked

    def _comes_last(self, name: bytes, words: Words) -> bool:
        """Whether only the answers to what was asked before say what a command does."""
        if name == b"EXEC":
            return self._queued is not None
        return name == b"CLIENT" and _silences(words)

    def _in_transaction(self, name: bytes, command: Command) -> Asked:
        """A command within a transaction."""
        assert self._queued is not None
        if name != b"EXEC":
            asked = self._asked(name, command, offered=name == b"RESET")
            if name not in _ENDING and name not in _NOT_QUEUED:
                self._queued += asked.commands
                asked.name = QUEUED
                if name == b"CLIENT" and _silences(command.words):
                    raise ProtocolError("CLIENT REPLY in a transaction takes its answer away")
            return asked
        effective = bool(self._queued) and not self._spoiled and len(command.words) == 1
        asked = self._asked(name, command, offered=effective)
        asked.transaction = True
        asked.commands = tuple(self._queued) if effective else ()
        self._queued = None
        return asked

    def go(self, asked: Asked) -> bool:
        """Let through what was held; whether it goes now."""
        if asked.gone:
            return False
        if asked is not self._held:
            asked.gone = True  # Within `asks`, which says whether it may.
            return False
        self._held = None
        self._forward(asked)
        return True

    def _send(self, asked: Asked) -> None:
        self._forward(asked)
        self.tell(asked)

    def _forward(self, asked: Asked) -> None:
        asked.gone = True
        self._follow(asked)
        self._sink.expect(asked)
        raw, asked.raw = asked.raw, b""
        asked.sent = time.monotonic()
        self._write(raw)

    def tell(self, asked: Asked) -> None:
        """Tell the gate that a request was written."""
        if asked.offered:
            self._gate.sent(asked)
            if asked.quiet:
                self._gate.answered(asked)

    def _follow(self, asked: Asked) -> None:
        """What the command does to those behind it."""
        name = asked.name
        asked.quiet = self._silent or self._skips
        self._skips = False
        if name == b"CLIENT":
            self._follow_reply(asked)
        elif name == b"RESET" and len(asked.commands[0]) == 1 and self._silent:
            self._silent = asked.quiet = False
        if name in _AWAITED or (name == b"EXEC" and any(_selects(c) for c in asked.commands)):
            if asked.quiet:
                self.answered(asked, refused=False)
            else:
                self._awaited = asked

    def _follow_reply(self, asked: Asked) -> None:
        words = asked.commands[0]
        if not _silences(words) or self._sink.only_listens:
            return
        how = words[2].upper()
        if how == b"ON":
            self._silent = asked.quiet = False
        elif how == b"OFF":
            self._silent = asked.quiet = True
        elif how == b"SKIP":
            self._skips = not self._silent
            asked.quiet = True

    def answered(self, asked: Asked, *, refused: bool) -> None:
        """The server has answered."""
        if asked is self._awaited:
            self._awaited = None
        name = asked.name
        if self._queued is None:
            if name == b"MULTI" and not refused:
                self._queued, self._spoiled = [], False
        elif refused:
            self._spoiled |= name not in _NOT_QUEUED
        elif name in _ENDING:
            self._queued = None


def _silences(words: Words) -> bool:
    return len(words) == 3 and words[1].upper() == b"REPLY"


def _selects(words: Words) -> bool:
    return words[0].upper() == b"SELECT"
