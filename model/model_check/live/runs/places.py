"""Where the processes of a free run are, and how fast they go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..brokers.contract import Request
from ..brokers.inbox import Inbox
from ..brokers.payload import Value
from .open_system import Way
from .workers import Worker

__all__ = ["MOMENT", "ON_THE_WAY", "Pace", "Place"]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a system goes, in seconds: `interval` before each turn of a publisher, `gap`
    between the steps of a turn, `window` between the commands of a process that connects, which
    begins after `delay`; at most `pause` before each step, where something may go wrong there."""

    interval: float
    gap: float
    window: float
    delay: float = 0.0
    pause: float = 0.0

    @property
    def timeout(self) -> float:
        """The longest that anybody waits who may wait too long."""
        return 2 * (self.interval + self.window)


ON_THE_WAY = 2
"""Windows that a command takes at most which nobody waits for."""
MOMENT = 0.0005
"""Seconds from one look at the processes to the next."""


@dataclass
class Place:
    """One process while it runs, or what runs beside it (`beside`: it never ends, but may begin
    anew). `idle`: it waits for something to come; `waits_at_server`: the server has its command
    and will answer it later; `between`: it is in the middle of no step; `dead`: it has crashed, and
    this is set when it is there again."""

    instance: int
    worker: Worker
    paced: bool
    beside: bool = False
    sends: bool = False
    between: bool = True
    work: asyncio.Task[None] | None = None
    dead: asyncio.Event | None = None
    idle: bool = False
    waits_at_server: bool = False
    ended: bool = False
    serves: bool = False
    commands: int = 0
    turn: tuple[Value, ...] = ()
    answered: list[float] = field(default_factory=list)
    inboxes: Sequence[Inbox] = field(default_factory=tuple)

    def is_command(self, request: Request) -> bool:
        """Whether a command goes to a server."""
        return bool(self.worker.store(request).key) and self.worker.inbox(request) is None

    def is_ready(self, way: Way) -> bool:
        """Whether what a way begins with is there, or is known not to come any more."""
        inbox = self.worker.inbox(way.calls[0]) if way.calls else None
        return inbox is None or bool(inbox.items) or inbox.is_over

    def asks_to_wait(self, request: Request) -> bool:
        """Whether the server answers a command later."""
        waits = self.worker.command(request).blocking and not request.call.sending
        return waits and self.worker.inbox(request) is None
