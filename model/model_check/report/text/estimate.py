"""How many states a search may find in all, while it goes on.

Nobody knows before the end. But the levels of a breadth-first search grow, and then shrink, mostly
faster and faster: where they shrink, they are taken to go on as in the last one, which is a sum
that ends.
"""

from __future__ import annotations

import math

__all__ = ["Estimate"]

SLOWEST = 0.97
"""Levels that shrink more slowly tell nothing."""
DIGITS = 2
"""Of which something can be said."""
LEAST = 100_000
"""A search of fewer states is over soon."""


class Estimate:
    """Told of the states that wait to be explored, it estimates how many there are in all."""

    def __init__(self) -> None:
        self._depth = -1
        self._waiting = 0
        """States that waited when this depth was reached."""
        self._ratio = math.inf

    def update(self, depth: int, waiting: int) -> None:
        """At a depth, so many states wait to be explored."""
        if depth != self._depth:
            later = depth - self._depth
            known = self._depth >= 0 and later > 0 and self._waiting
            self._ratio = (waiting / self._waiting) ** (1 / later) if known else math.inf
            self._depth, self._waiting = depth, waiting

    def of(self, states: int) -> int | None:
        """Of so many states that were found, all that there may be, rounded; None where nothing can
        be said."""
        if self._ratio > SLOWEST or states < LEAST:
            return None
        total = states + int(self._waiting * self._ratio / (1 - self._ratio))
        return round(total, DIGITS - len(str(total)))
