"""What must have happened, where only a part of the order of events is known.

Several clocks saw events, each its own; so some of them could have been in either order. A
reason says that a violation happens as soon as all orderings of one of its sets are kept. z3
decides whether there is an order of the events, within what is known, that keeps such a set,
and one that keeps none. Events have positions; nothing else of the machine is asked, so what
is found to be impossible is impossible, and what is found possible need not be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ..budget.deadline import Deadline
from .answer import Answer
from .solver import is_satisfiable
from .terms import Condition, Term, all_true, any_true, not_true, relation, script, unknown

__all__ = ["KnownOrder", "Places"]

Places = tuple[int, int]
"""An ordering of two events, by number: the first comes before the second."""


@dataclass(frozen=True)
class KnownOrder:
    """So many `events`, and pairs of them whose order is known."""

    events: int
    before: tuple[Places, ...]

    @cached_property
    def _later(self) -> list[set[int]]:
        """For each event those that surely come after it."""
        following: list[set[int]] = [set() for _ in range(self.events)]
        for first, second in self.before:
            following[first].add(second)
        found: list[set[int]] = []
        for event in range(self.events):
            reached: set[int] = set()
            todo = [event]
            while todo:
                for each in following[todo.pop()] - reached:
                    reached.add(each)
                    todo.append(each)
            found.append(reached)
        return found

    def is_open(self, ordering: Places) -> bool:
        """Whether neither order of two events is known."""
        first, second = ordering
        return second not in self._later[first] and first not in self._later[second]

    def is_certain(self, ordering: Places) -> bool:
        """Whether it is known that the first comes before the second."""
        return ordering[1] in self._later[ordering[0]]

    def can_keep(self, sets: Sequence[Sequence[Places]], deadline: Deadline) -> Answer:
        """Whether some order keeps all orderings of one of the sets; unknown if z3 does not
        know in time."""
        kept = any_true(*(self._kept(each) for each in sets))
        return is_satisfiable(script([*self._order(sets), kept]), deadline)

    def can_avoid(self, sets: Sequence[Sequence[Places]], deadline: Deadline) -> Answer:
        """Whether some order keeps none of the sets; unknown if z3 does not know in time."""
        kept = any_true(*(self._kept(each) for each in sets))
        return is_satisfiable(script([*self._order(sets), not_true(kept)]), deadline)

    def _position(self, event: int) -> Term:
        return unknown(f"event {event}", max(1, self.events.bit_length()))

    def _comes(self, first: int, second: int) -> Condition:
        return relation("bvult", self._position(first), self._position(second))

    def _kept(self, orderings: Sequence[Places]) -> Condition:
        return all_true(*(self._comes(*each) for each in orderings))

    def _order(self, sets: Sequence[Sequence[Places]]) -> list[Condition]:
        known = [self._comes(*each) for each in self.before]
        # No two events of an ordering are at the same time.
        asked = {pair for orderings in sets for pair in orderings}
        return [*known, *(any_true(self._comes(a, b), self._comes(b, a)) for a, b in sorted(asked))]
