"""Finds the numbers of states, in the restricted Python that `restricted` compiles.

Those that the table knows are found there; where DISK is 1, the others lie on disk: see
`disk.recalling`.
"""

from __future__ import annotations

from .disk.recalling import spilled
from .places import TABLE
from .table import entry_at, hash_of, seek
from .words import DISK, SIZE, load, store32

__all__ = ["INLINED"]

INLINED = ()
"""Put in where they are called; the others are functions of their own."""


def find(context: int, state: int) -> int:
    """The number of a state, or -1."""
    h = hash_of(state)
    slot = seek(context, state, h)
    if slot < 0:
        if DISK:
            return spilled(context, state, h)
        return -1
    return (entry_at(load(context + TABLE), slot) & 4294967295) - 1


def find_all(context: int, states: int, count: int, found: int) -> int:
    """Write the numbers of states that stand one after the other; each is in the table."""
    j = 0
    while j < count:
        store32(found + j * 4, find(context, states + j * SIZE))
        j += 1
    return 0
