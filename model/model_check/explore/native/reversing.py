"""Rows the other way round, in the restricted Python that `restricted` compiles: for each node
those that it is a successor of. A call looks at some nodes or transitions and answers 0, or 1 when
all is done.

`NEW_BEGINS` has room for two numbers more than there are nodes. Of node n it counts at n + 2, so
that after the sum n's sources begin where n + 1 says; and when all are filled in, they end there,
and begin where n says.
"""

from __future__ import annotations

from .pieces import is_done, piece
from .row_places import BEGINS, LAST, NEW_BEGINS, NEW_TARGETS, POSITION, TARGETS
from .words import load, load32, prefetch, store, store32

__all__ = ["INLINED"]

INLINED = ()
"""Put in where they are called; the others are functions of their own."""


def count_sources(rows: int, task: int) -> int:
    """Count the transitions to each node."""
    targets = load(rows + TARGETS)
    counts = load(task + NEW_BEGINS) + 16
    for place in piece(task + POSITION, load(task + LAST)):
        at = counts + load32(targets + place * 4) * 8
        store(at, load(at) + 1)
    return is_done(task)


def sum_sources(rows: int, task: int) -> int:
    """From the counts to where each node's sources begin."""
    counts = load(task + NEW_BEGINS) + 8
    for node in piece(task + POSITION, load(task + LAST)):
        store(counts + node * 8 + 8, load(counts + node * 8) + load(counts + node * 8 + 8))
    return is_done(task)


def fill_sources(rows: int, task: int) -> int:
    """Write the sources of each node, ascending."""
    begins = load(rows + BEGINS)
    targets = load(rows + TARGETS)
    counts = load(task + NEW_BEGINS) + 8
    sources = load(task + NEW_TARGETS)
    for node in piece(task + POSITION, load(task + LAST)):
        place = load(begins + node * 8)
        end = load(begins + node * 8 + 8)
        while place < end:
            prefetch(counts + load32(targets + (place + 8) * 4) * 8)
            at = counts + load32(targets + place * 4) * 8
            free = load(at)
            store32(sources + free * 4, node)
            store(at, free + 1)
            place += 1
    return is_done(task)
