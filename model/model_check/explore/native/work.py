"""Runs compiled code on rows of transitions piece by piece, with memory of its own.

A piece takes some ten milliseconds. Between two of them it is asked whether the work must end, and
told how long it takes; in the middle of one nothing is raised.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeGuard

from ...budget.memory import MEGABYTE, is_beyond, most_memory
from ...budget.spending import StopNow, is_telling
from ...errors import raise_if_callers
from ..limits import Limits
from .memory import Memory, Rooms

__all__ = ["Buffer", "Growing", "Places", "Work", "address_of", "is_buffer", "width_for"]

Buffer = memoryview
"""Numbers of one size in memory."""
FORMATS: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}
AHEAD = 64
"""Bytes behind some numbers that compiled code may read: it looks ahead."""
OFTEN = 0.01
"""Seconds between two looks at the limits."""


def width_for(largest: int) -> int:
    """The bytes of a number that may be as large as this."""
    return next(width for width in FORMATS if largest < 1 << 8 * width)


def is_buffer(numbers: Sequence[int]) -> TypeGuard[Buffer]:
    """Whether compiled code can read these numbers where they are."""
    return hasattr(numbers, "itemsize") or isinstance(numbers, bytearray)


def address_of(numbers: Any) -> int:
    """Where numbers lie; 0 for none."""
    return ctypes.addressof(ctypes.c_char.from_buffer(numbers)) if len(numbers) else 0


class Places:
    """64-bit numbers by their place in bytes, for compiled code to read and write. A buffer stands
    for its address, and is kept."""

    def __init__(self, size: int, values: dict[int, Any]) -> None:
        self._array = (ctypes.c_int64 * (size // 8))()
        self._kept: list[Any] = []
        self.address = ctypes.addressof(self._array)
        for place, value in values.items():
            self[place] = value

    def __getitem__(self, place: int) -> int:
        return int(self._array[place // 8])

    def __setitem__(self, place: int, value: Any) -> None:
        if not isinstance(value, int):
            self._kept.append(value)
            value = address_of(value)
        self._array[place // 8] = value

    def keep(self, what: object) -> None:
        """Let something live as long as these."""
        self._kept.append(what)


class Growing:
    """Numbers that are written one after the other, and of which nobody knows how many there will
    be: `numbers` has a place for `most`."""

    def __init__(self, rooms: Rooms, memory: Memory, numbers: Buffer) -> None:
        self._rooms = rooms
        self._memory = memory
        self.numbers = numbers
        self._most = len(numbers) * numbers.itemsize

    def up_to(self, count: int) -> None:
        """Have room for the first `count`, before they are written. Raises StopNow where there is
        none."""
        wanted = min(count * self.numbers.itemsize + AHEAD, self._most + AHEAD)
        self._rooms.grow(self._memory, wanted)


class Work:
    """What is done for one space, within `limits`. `tell` is called now and then, for a user to
    see that it goes on."""

    def __init__(
        self,
        limits: Limits,
        tell: Callable[[], None],
        *,
        grace: float = 0.0,
        rooms: Rooms | None = None,
    ) -> None:
        """`grace`: seconds for which it goes on beyond a limit, for what is quick to tell of what
        a search has found that a limit ended. `rooms`: where memory comes from."""
        self.rooms = rooms or Rooms()
        self._budget = limits.budget
        self._grace = grace
        self._late: float | None = None
        """Since when it goes on beyond a limit."""
        self._tell = tell
        self._next = 0.0
        asked = limits.memory
        self._most = most_memory() if asked is None else asked

    def room(self, count: int, width: int) -> Buffer:
        """Room for so many numbers of `width` bytes each, all 0. Raises StopNow where there is
        none."""
        return _numbers_in(self._memory(count, width), count, width)

    def growing(self, count: int, width: int) -> Growing:
        """The same, where so many are the most that there may be; there is room for none yet."""
        memory = self._memory(count, width, AHEAD)
        return Growing(self.rooms, memory, _numbers_in(memory, count, width))

    def _memory(self, count: int, width: int, first: int | None = None) -> Memory:
        try:
            return self.rooms.take(max(count, 1) * width + AHEAD, first)
        except (OSError, ValueError, OverflowError) as error:
            if isinstance(error, OSError):
                raise_if_callers(error)
            why = f"the system gave no memory for {count:,} numbers ({error})"
            raise StopNow(why) from error

    def go(
        self,
        piece: Callable[[int, int], int],
        first: int,
        second: int,
        before: Callable[[], None] | None = None,
    ) -> None:
        """Call compiled code until it says that all is done; `before`: called before each time.
        Raises StopNow at a limit."""
        done = 0
        while not done:
            if before is not None:
                before()
            with self._budget.held():
                done = piece(first, second)
            self.rooms.relieve()
            if time.monotonic() >= self._next:
                self._look_up()
                self._next = time.monotonic() + OFTEN

    def _look_up(self) -> None:
        """Tell that the work goes on, and end it at a limit."""
        self._tell()
        if not is_telling() and (why := self.why()):
            now = time.monotonic()
            self._late = now if self._late is None else self._late
            if now - self._late >= self._grace:
                raise StopNow(why)

    def why(self, more: int = 0) -> str:
        """Why the work must end, in words; "" if it need not. `more`: bytes that it is about to
        take."""
        why = self._budget.exceeded(more)
        if not why and self._most is not None and is_beyond(self._most, more):
            return f"the memory limit of {self._most // MEGABYTE:,} MB was reached"
        return why


def _numbers_in(memory: Memory, count: int, width: int) -> Buffer:
    """Numbers in memory, which is there as long as they are."""
    size = max(count, 1) * width
    there = (ctypes.c_ubyte * size).from_buffer(memory.map)
    # A view of the map would keep the map alone.
    there.memory = memory  # type: ignore[attr-defined]
    return memoryview(there).cast("B").cast(FORMATS[width])[:count]
