"""A piece of some work on numbers in a row, in the restricted Python that `restricted` compiles.

Whoever asks may stop between two pieces: limits and Ctrl-C hold. Where the work has come to stands
in memory, in the `POSITION` of a task.
"""

from __future__ import annotations

from collections.abc import Iterator

from .row_places import LAST, PIECE, POSITION
from .words import load, store

__all__ = ["INLINED"]

INLINED = ("is_done", "piece")
"""Put in where they are called."""


def piece(position: int, last: int) -> Iterator[int]:
    """The numbers from the one at the address `position` on, a piece of those before `last`;
    then where it came to stands there."""
    number = load(position)
    stop = number + PIECE
    if stop > last:
        stop = last
    while number < stop:
        yield number
        number += 1
    store(position, number)


def is_done(task: int) -> int:
    """Whether a task has come to its last number."""
    return load(task + POSITION) == load(task + LAST)
