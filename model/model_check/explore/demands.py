"""What a cycle must have to be fair and accepted, and what a component has of it.

What fairness promises, and what an automaton accepts by, are marks, the bits of a number: a node
has the marks of the promises that could be kept from it, a transition those that it keeps and the
acceptance sets that it is in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..language.records import dataclass

__all__ = ["AGAIN", "FAIR", "Demands", "Fairness", "Summary"]

FAIR = 1
"""A component through all of which a fair, accepted run can go round for ever ..."""
AGAIN = 2
"""... and one in which that may be so in a part."""


@dataclass(frozen=True, slots=True)
class Demands:
    """Which marks a cycle must have: those of `weak` that all of its nodes have, those of
    `strong` that one has, and all of `acceptance`, be it of a node or of a transition."""

    weak: int
    strong: int
    acceptance: int

    @property
    def all_of_them(self) -> int:
        """All marks that may be asked for."""
        return self.weak | self.strong | self.acceptance

    def missing(self, always: int, sometimes: int, taken: int) -> bool:
        """Whether something is missing that no part of these nodes has either."""
        lacks = always & self.weak & ~taken
        return bool(lacks or self.acceptance & ~(taken | sometimes))

    def unkept(self, sometimes: int, taken: int) -> int:
        """The strong promises that are possible, and not kept."""
        return sometimes & self.strong & ~taken

    def met(self, always: int, sometimes: int, taken: int) -> bool:
        """Whether a cycle that has these marks is fair and accepted."""
        return not self.missing(always, sometimes, taken) and not self.unkept(sometimes, taken)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a component has. Of the marks of its nodes: `always` those that all have, `sometimes`
    those that one has. `taken`: the marks of the transitions within it."""

    always: int
    sometimes: int
    taken: int


@dataclass(frozen=True, slots=True)
class Fairness:
    """`of[c]` says of component c whether it is FAIR, or to be looked at AGAIN; `fair` and `again`
    are how many are. `summary` of a component."""

    of: Sequence[int]
    fair: int
    again: int
    summary: Callable[[int], Summary]
    task: object = None
    """What compiled code found, for it to go on with."""
