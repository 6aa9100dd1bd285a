"""What has arrived for somebody: items in their order, and a way to wait for them."""

from __future__ import annotations

import asyncio
from collections import deque

from ..errors import ServerError

__all__ = ["Inbox"]


class Inbox:
    """What has arrived and nobody has read. `arrivals` counts what ever came."""

    def __init__(self) -> None:
        self.items: deque[str] = deque()
        self.arrivals = 0
        self._changed = asyncio.Event()
        self._failure: ServerError | None = None

    def put(self, item: str) -> None:
        self.items.append(item)
        self.arrivals += 1
        self._changed.set()

    def fail(self, failure: ServerError) -> None:
        """Nothing will come any more, and that is not as it should be."""
        self._failure = failure
        self._changed.set()

    async def wait(self) -> None:
        """Until there is something. Raises the ServerError that ended the connection."""
        while not self.items:
            if self._failure is not None:
                raise self._failure
            self._changed.clear()
            await self._changed.wait()

    async def take(self) -> str:
        """The oldest item, when there is one."""
        await self.wait()
        return self.items.popleft()
