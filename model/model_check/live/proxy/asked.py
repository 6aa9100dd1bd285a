"""Requests and pushes as the proxy has them: what the gate sees, and where they stand here."""

from __future__ import annotations

import time
from typing import Protocol

from .delivery import Item
from .gate import Connection, Push, Request

__all__ = ["Asked", "Desk", "Pushed"]

Words = tuple[bytes, ...]


WEIGHT = 700
"""Bytes of memory that a request takes beside its words."""


class Desk(Protocol):
    """Who lets things through."""

    def go(self, asked: Asked) -> None:
        """To the server."""

    def let(self, items: list[Item]) -> None:
        """To the service."""


class Asked(Request):
    """A request; also one that takes no effect, of which the gate is not asked (not `offered`)."""

    __slots__ = (
        "desk",
        "freed",
        "gone",
        "items",
        "left",
        "name",
        "offered",
        "quiet",
        "raw",
        "told",
        "weight",
    )

    def __init__(
        self, desk: Desk, connection: Connection, name: bytes, raw: bytes, *, offered: bool = True
    ) -> None:
        self.desk = desk
        self.connection = connection
        self.name = name
        """Of the command, in capital letters."""
        self.raw = raw
        self.weight = len(raw) + WEIGHT
        """Bytes of memory that it takes, about."""
        self.offered = offered
        self.commands: tuple[Words, ...] = ()
        self.transaction = False
        self.came = time.monotonic()
        self.sent: float | None = None
        self.answered: float | None = None
        self.answer = b""
        self.keep_answer = False
        self.gone = False
        self.quiet = False
        """The server answers nothing (CLIENT REPLY OFF)."""
        self.left = 0
        """Answers that have not come; 0: none has."""
        self.freed = False
        self.told = False
        """The gate knows that its answer is kept here."""
        self.items: list[Item] = []

    def go(self) -> None:
        self.desk.go(self)

    def answer_goes(self) -> None:
        self.freed = True
        self.desk.let(self.items)


class Pushed(Push):
    """A message to a subscriber."""

    __slots__ = ("desk", "item")

    def __init__(self, desk: Desk, connection: Connection, words: tuple[str, bytes, bytes, bytes]):
        self.desk = desk
        self.connection = connection
        self.kind, self.pattern, self.channel, self.payload = words
        self.came = time.monotonic()
        self.item = Item()

    def deliver(self) -> None:
        self.desk.let([self.item])
