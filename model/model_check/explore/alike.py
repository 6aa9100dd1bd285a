"""From many states to classes of those that are alike in some bits: what depends on these bits
alone is asked once for each class, and not once for each state.

These are the plain answers in Python; compiled code gives the same ones faster.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from ..language.records import dataclass

NUMBER = 4
"""Bytes of a state's number, but where there are more states."""
__all__ = ["Alike", "alike_in"]


@dataclass(frozen=True, slots=True)
class Alike:
    """Classes of `numbers`, numbers of states, in the order in which they appear first there.

    `places[c]` is the place of the first number of class c among them, `counts[c]` how many there
    are; `of[p]` is the class of the number at place p."""

    numbers: Sequence[int]
    places: Sequence[int]
    counts: Sequence[int]
    of: Sequence[int]
    choose: Callable[[Sequence[bool]], Sequence[int]] | None = None
    """A faster way to find the numbers of some classes."""

    def __len__(self) -> int:
        return len(self.places)

    def first(self, one: int) -> int:
        """The first number of a class."""
        return self.numbers[self.places[one]]

    def chosen(self, wanted: Sequence[bool]) -> Sequence[int]:
        """The numbers of the classes that are wanted, in their order."""
        if all(wanted):
            return self.numbers
        if not any(wanted):
            return ()
        if self.choose is not None:
            return self.choose(wanted)
        numbers = self.numbers
        kind = "Q" if isinstance(numbers, array) and numbers.itemsize > NUMBER else "I"
        return array(kind, [numbers[p] for p, each in enumerate(self.of) if wanted[each]])


def alike_in(states: Sequence[int], mask: int, numbers: Sequence[int]) -> Alike:
    """The classes of some states by the bits of a mask."""
    known: dict[int, int] = {}
    places, counts, of = array("I"), array("I"), array("I")
    for place, number in enumerate(numbers):
        one = known.setdefault(states[number] & mask, len(known))
        if one == len(places):
            places.append(place)
            counts.append(0)
        counts[one] += 1
        of.append(one)
    return Alike(numbers, places, counts, of)
