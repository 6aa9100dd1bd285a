"""What the parts of a search found, in one machine's memory: it is told as any other search."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

from ..engine import NUMBER, Task
from ..native import places as k
from ..native.engine import FULL, NativeRun
from ..native.library import Library
from ..native.memory import Memory
from ..native.work import address_of
from .parcel import Parcel
from .part import LONG, Mark
from .windows import Windows

__all__ = ["Gathered", "blocks_of", "gathered_from", "in_order"]


class Gathered(NativeRun):
    """A native search that is over, and was made by others."""

    def __init__(self, task: Task, library: Library) -> None:
        super().__init__(task, library)
        self._scatter = library.kernel.parts["scatter"]

    def gather(self, pieces: Iterable[Parcel], marks: Sequence[Mark]) -> None:
        """Put all states where they belong; `marks`: what each part counted."""
        arena, each = self.arena, 2 * LONG + self._size
        for piece in pieces:
            count = len(piece) // each
            if count:
                self._scatter(0, count, piece.address, arena.states.address, arena.parents.address)
        for place, value in (
            (k.COUNT, sum(mark.states for mark in marks)),
            (k.NEXT, sum(mark.expanded for mark in marks)),
            (k.TRANSITIONS, sum(mark.transitions for mark in marks)),
            (k.LEFT_OUT, sum(mark.left_out for mark in marks)),
            (k.BACKWARD, int(any(mark.backward for mark in marks))),
        ):  # fmt: skip
            self._set(place, value)
        while FULL * (1 << self._bits) < self._get(k.COUNT):
            self._bits += 1
        self._use_table()
        self._has_table = True

    def note(self, ends: Iterable[Parcel], failing: Iterable[Parcel]) -> None:
        """The states without successors, and those that run into a run-time error."""
        self._set(k.TERMINALS, _put(self.arena.terminal, ends))
        self._set(k.ERROR_COUNT, _put(self.arena.errors, failing))

    def begin_levels(self, starts: Sequence[int], end: int) -> None:
        """Where each level begins, and where the last one ends."""
        self.arena.levels.map[: len(starts) * NUMBER] = array("I", starts).tobytes()
        self._set(k.LEVEL_COUNT, len(starts))
        self._set(k.LEVEL_END, end)


def _put(memory: Memory, parcels: Iterable[Parcel]) -> int:
    """Write the numbers of all parts in their order; how many there are."""
    numbers = in_order(parcels)
    memory.map[: len(numbers)] = numbers
    return len(numbers) // NUMBER


def in_order(parcels: Iterable[Parcel]) -> bytes:
    """The numbers of all parts in their order, 32 bits each."""
    return array(
        "I", sorted(each for parcel in parcels for each in parcel.view.cast("q"))
    ).tobytes()


def gathered_from(
    library: Library, windows: Windows, first: int, count: int
) -> tuple[bytearray, bytearray]:
    """The words of the states from `first` to before `count`, and their parents."""
    size = 8 * library.words
    states, parents = bytearray((count - first) * size), bytearray((count - first) * NUMBER)
    scatter = library.kernel.parts["scatter"]
    base = address_of(states) - first * size, address_of(parents) - first * NUMBER
    for piece in windows.pieces(first, count):
        scatter(0, len(piece) // (2 * LONG + size), piece.address, *base)
    return states, parents


def blocks_of(pieces: Iterable[bytes], size: int) -> Iterator[bytearray]:
    """The same bytes in blocks of this size; the last one may have fewer."""
    block = bytearray()
    for piece in pieces:
        block += piece
        while len(block) >= size:
            yield block[:size]
            block = block[size:]
    if block:
        yield block
