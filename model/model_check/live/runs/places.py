"""Where the processes of a free run are, and how fast they go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..brokers.contract import Request
from ..brokers.inbox import Inbox
from ..brokers.payload import Value
from .open_system import Way
from .wholeness import Needs
from .workers import Worker

__all__ = ["MOMENT", "ON_THE_WAY", "Arrival", "Pace", "Place"]


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


@dataclass(frozen=True, slots=True)
class Arrival:
    """What somebody waits for: that there is something in an inbox, besides the first `beyond` that
    ever came there."""

    inbox: Inbox[Any]
    beyond: int = -1

    @property
    def is_there(self) -> bool:
        """Whether it has come, or is known not to come."""
        return self.inbox.is_there(self.beyond)


@dataclass
class Place:
    """One process while it runs (`main`), or what runs beside it; `beside`: it never ends, but may
    begin anew. `needs`: of each step, by its number; `idle`: it waits for something to come;
    `waits_at`: the resource at whose server its command is, to be answered later; `between`: it is
    in the middle of no step; `dead`: it has crashed, and this is set when it is there again;
    `stuck`: the steps that it has tried in vain, until something happens, each with what may come
    meanwhile; `late`: it may say that it has waited too long, `overdue`: it is to; `limited`: what
    it asked that waits at the server for a limited time."""

    instance: int
    worker: Worker
    paced: bool
    needs: Sequence[Needs] = ()
    main: bool = True
    beside: bool = False
    sends: bool = False
    between: bool = True
    work: asyncio.Task[None] | None = None
    dead: asyncio.Event | None = None
    idle: bool = False
    waits_at: str | None = None
    ended: bool = False
    serves: bool = False
    commands: int = 0
    turn: tuple[Value, ...] = ()
    late: bool = False
    overdue: bool = False
    limited: Request | None = None
    stuck: dict[int, list[Arrival]] = field(default_factory=dict)
    answered: list[float] = field(default_factory=list)
    awaited: Sequence[Arrival] = ()

    def is_command(self, request: Request) -> bool:
        """Whether a command goes to a server."""
        return bool(self.worker.store(request).key) and self.worker.inbox(request) is None

    def is_ready(self, way: Way) -> bool:
        """Whether what a way begins with is there, or is known not to come any more; and the
        process has not found out that it is not enough."""
        if way.step.index in self.stuck:
            return False
        return not way.calls or self.would_answer(way.calls[0])

    def would_answer(self, request: Request) -> bool:
        """Whether a command that waits for others of this session need not wait."""
        inbox = self.worker.inbox(request)
        return self.worker.is_ready(request) if inbox is None else inbox.is_there()

    def asks_to_wait(self, request: Request) -> bool:
        """Whether the server answers a command later."""
        waits = self.worker.command(request).blocking and not request.call.sending
        return waits and self.is_command(request)
