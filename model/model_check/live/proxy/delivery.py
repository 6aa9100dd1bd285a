"""What goes to a service, in the order in which the server sent it: what waits keeps back what
is behind it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

__all__ = ["Delivery", "Item"]

T = TypeVar("T")


class Item:
    """A value for the service. `free`: nothing keeps it back; `ended`: all of it has come."""

    __slots__ = ("chunks", "ended", "free", "of")

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.free = False
        self.ended = False
        self.of: object = None
        """What has come to its end with it."""


class Delivery(Generic[T]):
    """`write` is called with bytes, `told` with what came to its end (after it was written)."""

    def __init__(self, write: Callable[[bytes], None], told: Callable[[T], None]) -> None:
        self._write = write
        self._told = told
        self._queue: deque[Item] = deque()
        self._out: list[bytes] = []
        self._done: deque[T] = deque()
        self.size = 0
        """Bytes that wait."""

    @property
    def is_empty(self) -> bool:
        return not self._queue and not self._out

    def whole(self, raw: bytes, done: T | None = None) -> None:
        """Take a value that nothing keeps back but those before it."""
        if self._queue:
            item = Item()
            item.free = True
            self.begin(item)
            self.more(item, raw)
            self.end(item, done)
            return
        self._out.append(raw)
        if done is not None:
            self._done.append(done)

    def begin(self, item: Item) -> None:
        """Take a value of which nothing is there yet."""
        self._queue.append(item)

    def more(self, item: Item, raw: bytes) -> None:
        """Take bytes of the last value that has begun."""
        item.chunks.append(raw)
        self.size += len(raw)

    def end(self, item: Item, done: T | None = None) -> None:
        """The value is whole."""
        item.ended = True
        item.of = done

    def let(self, items: Iterable[Item]) -> None:
        """Keep values back no more, and write what may be; `tell` is to follow."""
        for item in items:
            item.free = True
        self.write()

    def write(self) -> None:
        """Write what may be written."""
        queue, out = self._queue, self._out
        while queue and queue[0].free:
            item = queue[0]
            out += item.chunks
            self.size -= sum(map(len, item.chunks))
            item.chunks.clear()
            if not item.ended:
                break
            queue.popleft()
            if item.of is not None:
                self._done.append(item.of)  # type: ignore[arg-type]  # of `end`
        if out:
            data = out[0] if len(out) == 1 else b"".join(out)
            out.clear()
            self._write(data)

    def tell(self) -> None:
        """Tell of what was written to its end."""
        while self._done:
            self._told(self._done.popleft())

    def drop(self) -> None:
        """Forget what waits behind something that is kept back."""
        self._queue.clear()
        self._done.clear()
        self.size = 0
