"""From which states, and which histories, some fair run still keeps what must be so in time.

In: a `Space` and a property that speaks of runs. Out: where a trace becomes lost, and the states
that are lost whatever came before: no fair run goes on from there of which the property is true.
A run that runs into an error ends there, and breaks only what it has broken by then.

The pairs of a state and a place of the automaton of the property are looked at; its places are
what is left to come after each history. A pair is hopeful if a fair run that the automaton accepts
goes on from it: found backwards from the fair components, the ends and the errors.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..explore.space import Space
from ..language.tree.spec import Property
from ..results.check import PropertyResult
from .asking import letters_for
from .automaton import AutomatonTooLargeError, Edge
from .fair_runs import FairRuns
from .reading import reads

__all__ = ["MOST_TRANSITIONS", "FairContinuations", "lost_in_time", "too_large"]

MOST_TRANSITIONS = 1_000_000
"""Of a space, above which nobody waits for the answer of Python: some seconds."""


def too_large(space: Space) -> bool:
    """Whether nobody waits for what follows."""
    return space.rows is None and space.transitions > MOST_TRANSITIONS


class FairContinuations:
    """Which pairs are hopeful, for one property of a space that is not `too_large`. States that
    were not looked into are hopeful: nothing is known of them. `failing`: so are those in which a
    step can fail."""

    def __init__(self, space: Space, result: PropertyResult, *, failing: bool = True) -> None:
        name = result.name
        each: Property = next(p for p in space.machine.spec.properties if p.name == name)
        from .temporal import keeping  # most specs ask nothing of whole runs

        self._automaton = keeping(each)
        self._letters = letters_for(space, name, doubted=True)
        self._pairs, hopeful = FairRuns(space).hopeful(self._automaton, self._letters)
        errors = space.failing if failing else ()
        open_ended = sorted({*errors, *space.outside, *range(space.expanded, len(space.states))})
        for node in self._pairs.ending(open_ended, None) if open_ended else ():
            # Unless this state is one too many: then no continuation could be right.
            state, place = self._pairs.states[node], self._pairs.places[node]
            hopeful[node] |= bool(self._edges(state, place))
        self._hopeful = self._pairs.leading_to(hopeful)
        """Whatever leads to a hopeful node is hopeful."""

    def doomed(self) -> frozenset[int]:
        """The numbers of the states that are lost, whatever came before."""
        states = self._pairs.states
        hopeful = {states[node] for node, is_hopeful in enumerate(self._hopeful) if is_hopeful}
        return frozenset(states) - hopeful

    @property
    def doubtful(self) -> bool:
        """Whether the property has no value in some state, so that a pair may only seem
        hopeful."""
        return len(self._letters.unanswered) > 0

    def lost_from(self, path: Sequence[int], loop_from: int | None = None) -> int | None:
        """The first place of a run at which its history is hopeful no more; None if it always is.
        `path`: the numbers of its states; one without an end goes on from `loop_from`, which is
        the last of them."""
        places = frozenset({self._automaton.initial})
        seen: set[tuple[int, frozenset[int]]] = set()
        at = 0
        while True:
            around = at >= len(path)
            if around and loop_from is None:
                return None
            size = len(path) - 1 - (loop_from or 0)
            turn = at if not around else (loop_from or 0) + 1 + (at - len(path)) % size
            if around and (turn, places) in seen:
                return None
            seen.add((turn, places))
            if not any(self._is_hopeful(path[turn], place) for place in places):
                return at
            places = frozenset(
                edge.target for place in places for edge in self._edges(path[turn], place)
            )
            at += 1

    def _edges(self, state: int, place: int) -> list[Edge]:
        """What the automaton can do at a place when it reads a state."""
        letters = self._letters
        edges = self._automaton.edges[place]
        return [each for each in edges if reads(each, letters.of[state], letters.atoms)]

    def _is_hopeful(self, state: int, place: int) -> bool:
        node = self._pairs.numbers(state, place)
        return node >= 0 and bool(self._hopeful[node])


def lost_in_time(space: Space, result: PropertyResult) -> frozenset[int]:
    """The states that are lost for certain, whatever came before; none where that is too much to
    look for."""
    if too_large(space):
        return frozenset()
    try:
        return FairContinuations(space, result).doomed()
    except AutomatonTooLargeError:
        return frozenset()
