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
from ..limits import Limits
from .memory import Memory

__all__ = ["Buffer", "Places", "Work", "address_of", "is_buffer", "width_for"]

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


class Work:
    """What is done for one space, within `limits`. `tell` is called now and then, for a user to
    see that it goes on."""

    def __init__(self, limits: Limits, tell: Callable[[], None], *, grace: float = 0.0) -> None:
        """`grace`: seconds for which it goes on beyond a limit, for what is quick to tell of what
        a search has found that a limit ended."""
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
        try:
            memory = Memory(max(count, 1) * width + AHEAD)
        except (OSError, ValueError, OverflowError) as error:
            why = f"the system gave no memory for {count:,} numbers ({error})"
            raise StopNow(why) from error
        return memoryview(memory.map)[: max(count, 1) * width].cast(FORMATS[width])[:count]

    def go(self, piece: Callable[[int, int], int], first: int, second: int) -> None:
        """Call compiled code until it says that all is done. Raises StopNow at a limit."""
        done = 0
        while not done:
            with self._budget.held():
                done = piece(first, second)
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
