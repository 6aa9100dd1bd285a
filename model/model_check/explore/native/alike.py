"""Classes of states that are alike in some bits, sorted by compiled code: see `explore.alike`."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence

from ..alike import Alike
from . import sorting_places as k
from .library import Library
from .memory import NUMBER, Numbers
from .work import Buffer, Places, Work, is_buffer

__all__ = ["native_alike"]

FIRST_BITS = 10
GROWS_BY = 3
"""Bits: a table that is full grows eightfold."""
FULL = 0.6
"""A table fuller than this is."""


def native_alike(
    library: Library, work: Work, states: int, mask: int, numbers: Sequence[int], most: int | None
) -> Alike | None:
    """The classes of some states, which stand at the address `states`, by the bits of a mask; None
    if there are more than `most`. Raises StopNow at a limit."""
    count = len(numbers)
    places, counts, of = (work.room(count, NUMBER) for _ in range(3))
    task = Places(
        k.SORTING_SIZE,
        {
            k.LAST: count, k.SORTED: states, k.NUMBERS: _in_memory(numbers),
            k.MASK: (ctypes.c_uint64 * library.words)(
                *(mask >> 64 * i & (1 << 64) - 1 for i in range(library.words))
            ),
            k.PLACES: places, k.COUNTS: counts, k.CLASS_OF: of,
        },
    )  # fmt: skip
    sorting = library.kernel.sorting
    bits = FIRST_BITS

    def use_table() -> None:
        task[k.SLOTS], task[k.SLOT_SHIFT] = work.room(1 << bits, 8), 64 - bits
        task[k.ROOM_FOR] = int(FULL * (1 << bits))
        sorting["enter_classes"](task.address, 0)

    def piece(first: int, second: int) -> int:
        nonlocal bits
        answer = sorting["sort_states"](first, second)
        if answer != k.TOO_SMALL or (most is not None and task[k.CLASSES] > most):
            return answer
        bits += GROWS_BY
        use_table()
        return k.GOES_ON

    use_table()
    if count:
        work.go(piece, task.address, 0)

    if most is not None and task[k.CLASSES] > most:
        return None

    def choose(wanted: Sequence[bool]) -> Buffer:
        chosen = work.room(count, NUMBER)
        task[k.WANTED], task[k.CHOSEN] = bytearray(wanted), chosen
        task[k.POSITION] = task[k.CHOSEN_COUNT] = 0
        work.go(sorting["choose_states"], task.address, 0)
        return chosen[: task[k.CHOSEN_COUNT]]

    classes = task[k.CLASSES]
    return Alike(numbers, places[:classes], counts[:classes], of, choose)


def _in_memory(numbers: Sequence[int]) -> Buffer | array[int] | int:
    """Numbers for compiled code to read; 0 where they are their own places."""
    if isinstance(numbers, range) and numbers == range(len(numbers)):
        return 0
    if isinstance(numbers, Numbers):
        return numbers.view
    is_there = is_buffer(numbers) and memoryview(numbers).itemsize == NUMBER
    return numbers if is_there else array("I", numbers)  # type: ignore[return-value]
