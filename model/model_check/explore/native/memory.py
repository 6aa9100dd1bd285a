"""Arrays in memory of their own: larger than Python's, and only taken where written."""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Iterator, Sequence
from typing import overload

from ..engine import NUMBER

__all__ = ["NUMBER", "Arena", "Memory", "Numbers", "Rooms", "States", "reserve"]

SMALLEST_RESERVE = 1 << 28
NO_RESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
"""Do not count what is only reserved as taken: Linux lets no process fork that has more than the
machine's memory (`man 5 proc`, overcommit_memory). Python has named the flag since 3.13."""


class Memory:
    """Zeroed memory, taken from the system where it is written. Raises OSError where the
    system gives none (Windows has no memory that is taken only where it is written)."""

    def __init__(self, size: int) -> None:
        if not hasattr(mmap, "MAP_PRIVATE"):
            raise OSError("this system takes all memory at once")
        self.map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NO_RESERVE)
        if hasattr(mmap, "MADV_HUGEPAGE"):
            self.map.madvise(mmap.MADV_HUGEPAGE)
        self.size = size
        anchor = ctypes.c_char.from_buffer(self.map)
        self.address = ctypes.addressof(anchor)
        # The address stays right until the map is closed; the anchor would forbid closing.
        del anchor

    def grow(self, wanted: int) -> None:
        """Have room for at least so many bytes: there is room for all."""

    def close(self) -> None:
        """Give it back; nothing may use its address afterwards."""
        self.map.close()


class Rooms:
    """Where the memory comes from that questions to a search need: from the system."""

    in_files = False
    """Whether some of it may be files, of which any part is there as soon as it is read."""

    def take(self, size: int, first: int | None = None) -> Memory:
        """Zeroed memory of so many bytes; `first`: it may grow from so many on, see `Memory.grow`
        (None: there is to be room for all of it at once). Raises OSError where the system gives
        none."""
        return Memory(size)

    def grow(self, memory: Memory, wanted: int) -> None:
        """Have room for so many bytes of what was taken here, before they are written."""

    def relieve(self) -> None:
        """Asked between two short pieces of work: give back what can be had again, if memory is
        scarce."""


def reserve(wanted: int) -> Memory:
    """Address space for an array that grows; less of it where the system refuses so much."""
    while True:
        try:
            return Memory(wanted)
        except (OSError, ValueError, OverflowError):
            wanted //= 2
            if wanted < SMALLEST_RESERVE:
                raise


class Arena:
    """The arrays of a search, `size` bytes a state, with address space for `most` states.

    Memory that a search has written once is there for the next one in the same arena, which
    saves the system clearing it. Raises OSError where the system gives none.
    """

    def __init__(self, size: int, most: int) -> None:
        self.size = size
        self.states = reserve(most * size)
        self.parents = reserve(most * NUMBER)
        self.terminal = reserve(most * NUMBER)
        self.errors = reserve(most * NUMBER)
        self.levels = reserve(most * NUMBER)
        self.table = reserve(max(most * 16, SMALLEST_RESERVE))
        self._written = 0
        numbers = (self.parents, self.terminal, self.errors, self.levels)
        self.room = min(self.states.size // size, *(each.size // NUMBER for each in numbers))
        """States that there is address space for."""

    def clear_table(self, size: int) -> None:
        """Make the first `size` bytes of the table zero again."""
        ctypes.memset(self.table.address, 0, min(size, self._written))
        self._written = max(size, self._written)

    def close(self) -> None:
        """Give all of it back."""
        for each in (
            self.states, self.parents, self.terminal, self.errors, self.levels, self.table,
        ):  # fmt: skip
            each.close()


class _Items(Sequence[int]):
    """Numbers of `size` bytes each in memory, the first `count` of them."""

    def __init__(self, memory: Memory, size: int, count: int) -> None:
        self._memory = memory
        self._size = size
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, key: int) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> list[int]: ...
    def __getitem__(self, key: int | slice) -> int | list[int]:
        if isinstance(key, slice):
            return [self[i] for i in range(*key.indices(self._count))]
        if not -self._count <= key < self._count:
            raise IndexError(key)
        start = (key % self._count) * self._size
        return int.from_bytes(self._memory.map[start : start + self._size], "little")


class Numbers(_Items):
    """Numbers of states, 32 bits each."""

    def __init__(self, memory: Memory, count: int) -> None:
        super().__init__(memory, NUMBER, count)

    @property
    def view(self) -> memoryview:
        """The same numbers, for compiled code; while it is there, the memory cannot be closed."""
        return memoryview(self._memory.map)[: self._count * NUMBER].cast("I")

    def __iter__(self) -> Iterator[int]:
        return iter(self.view)


class States(_Items):
    """States of `words` 64-bit words each."""

    def __init__(self, memory: Memory, words: int, count: int) -> None:
        super().__init__(memory, 8 * words, count)
