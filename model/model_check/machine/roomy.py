"""A layout with room to ask what is so of any state: see `symbolic.accord`.

What is shown of the states of one layout says nothing of longer lists, but where a step looks at
the first items alone and there is room for a few more (`symbolic.queues`). So there is here.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..language.types import Type
from .shapes import Layout

__all__ = ["RoomyLayout"]

ITEMS = 6
"""One or two are looked at, one or two are added, two more are left. More would cost z3 time."""
INTEGERS = (-256, 255)


@dataclass(frozen=True)
class RoomyLayout(Layout):
    """At least so much room for every list and number without a bound."""

    def capacity(self, slot: str, item: Type) -> int:
        """How many items of a type the list in a slot has room for."""
        return max(super().capacity(slot, item), ITEMS)

    def range(self, slot: str) -> tuple[int, int]:
        """Between which numbers the integer in a slot has room."""
        low, high = super().range(slot)
        return min(low, INTEGERS[0]), max(high, INTEGERS[1])
