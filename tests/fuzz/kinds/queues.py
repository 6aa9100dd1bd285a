"""What a queue of Python's says to the same commands: asyncio.Queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from model_check.language.tree.spec import Spec
from model_check.live.brokers.contract import Request

from .model import Event, Said
from .sequences import Value
from .servers import DifferentError
from .subject import Subject

__all__ = ["RealQueue"]


class RealQueue:
    """Queues as a subject has them."""

    def __init__(self, subject: Subject) -> None:
        self._bound = int(subject.options.partition("bound: ")[2] or 0)

    def check(self, spec: Spec, said: Said) -> None:
        """Do what the clients do in a sequence, on a new queue. Raises DifferentError where it
        says something else."""
        queue: asyncio.Queue[Value] = asyncio.Queue(self._bound)
        for event in said.events:
            self._happen(queue, event)
        found = [queue.get_nowait() for _ in range(queue.qsize())]
        (expected,) = said.content.values()
        if found != expected:
            raise DifferentError(f"there is {found} in it in the end, {expected} by the kind")

    def _happen(self, queue: asyncio.Queue[Value], event: Event) -> None:
        (asked,) = event.asked
        try:
            found = _COMMANDS[asked.call.command](queue, asked.arguments)
        except (asyncio.QueueEmpty, asyncio.QueueFull) as error:
            if not event.waits:
                raise DifferentError(f"{_told(asked)} waits really, not by the kind") from error
            return
        if event.waits:
            raise DifferentError(f"{_told(asked)} waits by the kind, really it answers {found}")
        if found != event.results[0]:
            raise DifferentError(
                f"{_told(asked)} answers {found} really, {event.results[0]} by the kind"
            )


def _told(asked: Request) -> str:
    return asked.call.command


def _try(queue: asyncio.Queue[Value]) -> Value:
    return queue.get_nowait() if queue.qsize() else None


# `put_nowait` and `get_nowait` do what `put` and `get` do where those need not wait.
_COMMANDS: Mapping[str, Callable[[asyncio.Queue[Value], Mapping[str, Value]], Value]] = {
    "put": lambda queue, given: queue.put_nowait(given["item"]),
    "get": lambda queue, given: queue.get_nowait(),
    "try_get": lambda queue, given: _try(queue),
    "size": lambda queue, given: queue.qsize(),
}
