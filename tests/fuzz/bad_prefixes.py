"""Runs that no continuation whatever could make right, found without an automaton.

In: a formula in normal form, and what the states of a graph of runs say of its atoms. Out: the
states at which a run goes wrong for good, each with the fewest moves; and whether one run has.

What could follow is any infinite word of letters, each of which says of every atom whether it is
true. Such words are the runs of a graph of letters, in which everything may follow everything; the
greatest fixed point of `recurrence` says which claims some word keeps. Along a run, all claims are
carried that fit it so far and say that the formula is true: where none of them can be kept by a
word any more, the run is bad.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product

from .ltl import Formula, Letter
from .recurrence import Claims, Node
from .run_graph import RunGraph
from .states import Explored, Move

__all__ = ["BadPrefixes"]

ANYBODY = ("anybody", 0)


class BadPrefixes:
    """Of one formula: the bad prefixes among the runs of a graph. `letters`, by state: what it
    says of each atom; of None both may be so."""

    def __init__(self, graph: RunGraph, formula: Formula, letters: Sequence[Letter]) -> None:
        self.graph = graph
        self.formula = formula
        names = sorted({name for letter in letters for name in letter})
        ways = [*product((False, True), repeat=len(names))]
        self._said = [dict(zip(names, way, strict=True)) for way in ways]
        self._fits = [
            [
                number
                for number, said in enumerate(self._said)
                if all(letter[name] in (None, said[name]) for name in names)
            ]
            for letter in letters
        ]

    @cached_property
    def _words(self) -> Claims:
        """All words, whatever is claimed of them."""
        count = len(self._said)
        every = Explored(
            initial=count,
            moves=[Move(a, ANYBODY, "", b) for a in range(count) for b in range(count)],
        )
        letters = [frozenset(said.items()) for said in self._said]
        anything = ("|", self.formula, ("true",))
        return Claims(RunGraph(every, ()), anything, letters)

    @cached_property
    def _kept(self) -> set[Node]:
        """The claims, each with a letter, that some word keeps."""
        return self._words.kept_for_ever()

    def _begun(self, state: int) -> frozenset[Node]:
        return frozenset(
            node for node in self._kept
            if node[0] in self._fits[state] and self._words.is_so(self.formula, *node)
        )  # fmt: skip

    @cached_property
    def _ways(self) -> dict[Node, set[Node]]:
        """From claims that are kept to those that are kept next."""
        ways: dict[Node, set[Node]] = {node: set() for node in self._kept}
        for one, other in self._words.edges:
            if one in ways and other in ways:
                ways[one].add(other)
        return ways

    def _after(self, claims: frozenset[Node], state: int) -> frozenset[Node]:
        fits = self._fits[state]
        return frozenset(other for one in claims for other in self._ways[one] if other[0] in fits)

    def is_bad(self, states: Sequence[int]) -> bool:
        """Whether a run through these states can have no right continuation."""
        claims = self._begun(states[0])
        for state in states[1:]:
            claims = self._after(claims, state)
        return not claims

    def nearest(self) -> Mapping[int, int]:
        """The states at which some run goes wrong for good, with the fewest moves."""
        found: dict[int, int] = {}
        first = [(n, self._begun(n)) for n in range(self.graph.explored.initial)]
        distances = dict.fromkeys(first, 0)
        todo = deque(first)
        while todo:
            state, claims = node = todo.popleft()
            if not claims:
                found.setdefault(state, distances[node])
                continue
            for following in self._onwards(state, claims):
                if following not in distances:
                    distances[following] = distances[node] + 1
                    todo.append(following)
        return found

    def _onwards(
        self, state: int, claims: frozenset[Node]
    ) -> Iterator[tuple[int, frozenset[Node]]]:
        for target in {move.target for move in self.graph.moves[state]}:
            yield target, self._after(claims, target)
