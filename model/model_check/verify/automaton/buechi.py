"""Generalised Buechi automata with acceptance on edges: what they are, and when one is too large.

A run of an automaton over an infinite word of letters takes one edge for each letter, beginning
in the initial state. It accepts if it takes edges of every acceptance set again and again; without
acceptance sets, every infinite run accepts. A letter says which atoms are true: bit i of it is
set if atom i is.
"""

from __future__ import annotations

from ...errors import ModelCheckError
from ...language.records import dataclass

__all__ = [
    "MOST_EDGES", "MOST_STATES", "MOST_WORK", "Automaton", "AutomatonTooLargeError", "Edge",
]  # fmt: skip

MOST_STATES = 2_000
"""Of an automaton, before it is made smaller."""
MOST_EDGES = 20_000
"""Of an automaton, before it is made smaller."""
MOST_WORK = 10_000_000
"""Pairs of ways to make formulas true that are looked at while an automaton is made: a second."""


class AutomatonTooLargeError(ModelCheckError):
    """The automaton of a formula would go beyond a limit; the text says which."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Taken on every letter that has all bits of `must` and none of `must_not`; `marks` is a mask
    of the acceptance sets that it belongs to."""

    must: int
    must_not: int
    target: int
    marks: int


@dataclass(frozen=True, slots=True)
class Automaton:
    """States are numbers from 0; `edges[n]` leave state n. A state may have none, or several for
    one letter. `atoms` are their names, by bit."""

    atoms: tuple[str, ...]
    initial: int
    edges: tuple[tuple[Edge, ...], ...]
    acceptance: int
    """How many acceptance sets there are."""

    @property
    def all_marks(self) -> int:
        """The mask of all acceptance sets."""
        return (1 << self.acceptance) - 1
