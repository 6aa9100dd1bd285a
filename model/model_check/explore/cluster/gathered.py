"""What the parts of a search found, in one machine's memory: then it is told as any other search."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from ..engine import Task
from ..native import places as k
from ..native.engine import FULL, NativeRun
from ..native.library import Library
from ..native.memory import NUMBER, Memory
from .parcel import Parcel
from .part import LONG, Mark

__all__ = ["Gathered"]


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
    numbers = sorted(number for each in parcels for number in each.view.cast("q"))
    memory.map[: len(numbers) * NUMBER] = array("I", numbers).tobytes()
    return len(numbers)
