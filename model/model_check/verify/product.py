"""A space and an automaton that reads its runs, taken together: rows whose nodes are pairs.

A run of the automaton reads the letter of each state of a run, one after the other. A node (s, q)
says that the automaton is at place q when the run comes to s, which it has not read yet.

A letter is what a state says of the atoms: bit i is set where atom i is true, bit i + MOST_ATOMS
where it is false. Where that is not known, neither is, and the run of the automaton may only take
what does not ask; or both are, and it may take whatever is possible.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from ..explore.rows import Rows
from ..language.temporal import MOST_ATOMS
from .automaton import Automaton, Edge

__all__ = ["MOST_ATOMS", "Product", "reads"]


def reads(edge: Edge, letter: int) -> bool:
    """Whether an edge can be taken on a letter."""
    wanted = edge.must | edge.must_not << MOST_ATOMS
    return letter & wanted == wanted


class Product(Rows):
    """The pairs that can be reached from the initial states, breadth-first. `states[n]` and
    `places[n]` are those of node n; the first `initial` nodes are the initial ones. A transition
    of kind k takes step k % `kinds`, and is in the acceptance sets of the bits of k // `kinds`."""

    def __init__(
        self,
        rows: Rows,
        automaton: Automaton,
        letters: Sequence[int],
        initial: Iterable[int],
        kinds: int,
    ) -> None:
        """`letters[s]`: that of state s. `initial`: the initial states. `kinds`: how many kinds of
        steps the rows have."""
        self.begins = array("q", [0])
        self.targets = array("I")
        self.steps = array("I")
        self.states = array("I")
        self.places = array("I")
        self.kinds = kinds
        self._numbers: dict[tuple[int, int], int] = {}
        for state in initial:
            self._number(state, automaton.initial)
        self.initial = len(self.states)
        node = 0
        while node < len(self.states):
            state, letter = self.states[node], letters[self.states[node]]
            for edge in automaton.edges[self.places[node]]:
                if reads(edge, letter):
                    for each in rows.of(state):
                        self.targets.append(self._number(rows.targets[each], edge.target))
                        self.steps.append(edge.marks * kinds + rows.steps[each])
            self.begins.append(len(self.steps))
            node += 1

    def number_of(self, state: int, place: int) -> int | None:
        """The node of a pair; None for one that cannot be reached."""
        return self._numbers.get((state, place))

    def _number(self, state: int, place: int) -> int:
        found = self._numbers.setdefault((state, place), len(self.states))
        if found == len(self.states):
            self.states.append(state)
            self.places.append(place)
        return found
