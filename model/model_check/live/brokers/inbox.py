"""What has arrived for somebody: items in their order, and a way to wait for them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ..errors import ServerError

__all__ = ["Inbox"]

T = TypeVar("T")


class Inbox(Generic[T]):
    """What has arrived and nobody has read: frames, or messages with the channel that each is of.
    `arrivals` counts what ever came."""

    def __init__(self) -> None:
        self.items: deque[T] = deque()
        self.arrivals = 0
        self._changed = asyncio.Event()
        self._failure: ServerError | None = None
        self._retired = False

    @property
    def is_over(self) -> bool:
        """Whether nothing comes any more: whoever takes then learns why."""
        return self._failure is not None

    def put(self, item: T) -> None:
        self.items.append(item)
        self.arrivals += 1
        self._changed.set()

    def undo(self) -> Callable[[], Awaitable[bool]]:
        """How what is taken next is put back: it is the oldest again."""
        oldest = list(self.items)[:1]

        async def put_back() -> bool:
            self.items.extendleft(oldest)
            return True

        return put_back

    def fail(self, failure: ServerError) -> None:
        """Nothing will come any more, and that is not as it should be."""
        self._failure = failure
        self._changed.set()

    def retire(self) -> None:
        """Nothing will come here any more: there is another one, and whoever waits looks there."""
        self._retired = True
        self._changed.set()

    def is_there(self, beyond: int = -1) -> bool:
        """Whether there is something to take, or something has come that was not among the first
        `beyond`; or nothing comes any more."""
        return self.is_over or (bool(self.items) and self.arrivals > beyond)

    async def wait(self, beyond: int = -1) -> None:
        """Until there is something, beyond the first so many that came, or another inbox. Raises
        the ServerError that ended the connection."""
        while not (self.items and self.arrivals > beyond) and not self._retired:
            if self._failure is not None:
                raise self._failure
            self._changed.clear()
            await self._changed.wait()

    async def take(self) -> T:
        """The oldest item, when there is one. Raises what `wait` does."""
        await self.wait()
        if not self.items:
            raise ServerError("what was waited for comes over another connection now")
        return self.items.popleft()
