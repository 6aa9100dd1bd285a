"""From a lasso that an automaton accepts to the lasso of the fewest steps that it accepts.

The shortest way round among pairs of a state and a place of the automaton is not always the
shortest of the states: these may go round already while the automaton is still on its way to where
it accepts, and comes there after some rounds. So the states are looked at once more, each with all
places that the automaton can be at; and around a cycle, with what the cycle as a whole does to a
place: from which it leads to which, by way of which acceptance sets. As long as few are looked at,
the answer is exact.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence

from ..explore.letters import Reading
from ..language.records import dataclass
from .automaton import Automaton
from .lasso import CycleFinder

__all__ = ["MOST_LOOKED_AT", "LassoRun", "Shorter", "WordReader", "run_of_states"]

MOST_LOOKED_AT = 20_000
"""Transitions, for all cycles together: some tenths of a second. Where there are more pairs of a
state and a place, nobody looks."""

_Ways = tuple[frozenset[tuple[int, int]], ...]
"""For each place, to which ones a piece of a run leads from there, with its acceptance sets."""
_Around = tuple[int, int, int, int, _Ways]
"""A state on the way around, the marks of the way there as `Demands` asks for them, and what it
does to places."""


@dataclass(frozen=True, slots=True)
class LassoRun:
    """A run without an end: the numbers of its `states`, the last one the same as that at
    `loop_from`, where it begins to go round; `steps` lead around from there. What nobody reads any
    more may be another in the last one (see `lasso_space`)."""

    states: tuple[int, ...]
    steps: tuple[int, ...]
    loop_from: int


def run_of_states(
    way: Sequence[int],
    around: Sequence[int],
    steps: Sequence[int],
    may_begin: Callable[[int], bool],
) -> LassoRun:
    """A lasso of pairs as a run of their states, with the shortest way and cycle: an automaton may
    still change where the states go round already. `way`: the states to where it begins to go
    round; `around`: those after each of the `steps` of the cycle. `may_begin`: whether a cycle may
    begin at a state."""
    moves = [*zip(around, steps, strict=True)]
    size = next(
        size
        for size in range(1, len(moves) + 1)
        if len(moves) % size == 0 and moves == moves[:size] * (len(moves) // size)
    )
    cycle = moves[:size]
    found = LassoRun((*way, *around[:size]), tuple(steps[:size]), len(way) - 1)
    # As long as the way in comes by where it goes round later: it may begin there already.
    for place in range(len(way) - 1, 0, -1):
        if way[place - 1] != [way[place], *(state for state, _ in cycle)][-2]:
            break
        cycle = [cycle[-1], *cycle[:-1]]
        if may_begin(way[place - 1]):
            states = (*way[:place], *(state for state, _ in cycle))
            found = LassoRun(states, tuple(step for _, step in cycle), place - 1)
    return found


class WordReader:
    """How an automaton goes on at the states of a space."""

    def __init__(
        self, automaton: Automaton, readings: Sequence[Sequence[Reading]], letters: Sequence[int]
    ) -> None:
        """`readings`: what may be read at each place; `letters`: that of each state."""
        self.initial = automaton.initial
        self.places = len(automaton.edges)
        self._all_marks = automaton.all_marks
        self._readings = readings
        self._letters = letters
        self._known: dict[int, _Ways] = {}

    def after(self, state: int) -> _Ways:
        """Where it goes from each place, when it reads a state."""
        letter = self._letters[state]
        if letter not in self._known:
            self._known[letter] = tuple(
                frozenset((place, marks) for want, place, marks in each if letter & want == want)
                for each in self._readings
            )
        return self._known[letter]

    def accepts(self, ways: _Ways, places: int) -> bool:
        """Whether rounds without an end, each of which does this, are accepted from one of some
        places, the bits of a number."""
        come_to = [n for n in range(len(ways)) if places >> n & 1]
        for place in come_to:
            come_to += {target for target, _ in ways[place]} - {*come_to}
        return any(self._comes_back(ways, place) for place in come_to)

    def _comes_back(self, ways: _Ways, start: int) -> bool:
        """Whether some rounds lead back to a place, by way of all acceptance sets."""
        todo = [(start, 0)]
        seen: set[tuple[int, int]] = set()
        while todo:
            place, taken = todo.pop()
            for target, marks in ways[place]:
                following = (target, taken | marks)
                if following == (start, self._all_marks):
                    return True
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
        return False


class Shorter:
    """Looks for short lassos in the rows of a space."""

    def __init__(self, finder: CycleFinder, reader: WordReader) -> None:
        """`finder` of the space's own rows, where nothing is asked of acceptance: that the
        `reader` tells."""
        self._rows = finder.rows
        self._marks = finder.marks
        self._of_step = finder.of_step
        self._demands = finder.demands
        self._reader = reader
        self._left = MOST_LOOKED_AT

    def than(
        self, found: LassoRun, initial: int, around: Collection[int], starts: Collection[int]
    ) -> LassoRun:
        """A lasso of the fewest steps, that goes round among the states `around`, and begins to at
        one of `starts`; what was found already, where there is no shorter one, or too much would
        have to be looked at. The first `initial` states are the initial ones."""
        first = [(state, 1 << self._reader.initial) for state in range(initial)]
        before: dict[tuple[int, int], tuple[int, int] | None] = dict.fromkeys(first)
        todo = deque((node, 0) for node in first)
        while todo:
            node, distance = todo.popleft()
            most = len(found.states) - 2 - distance
            if most < 1 or self._left < 0:
                break
            if node[0] in starts:
                cycle = self._cycle(*node, around, most)
                found = self._run(before, node, cycle) if cycle else found
            for target, _, following in self._onwards(*node):
                if (target, following) not in before:
                    before[target, following] = node
                    todo.append(((target, following), distance + 1))
        return found

    def _onwards(self, state: int, places: int) -> Iterator[tuple[int, int, int]]:
        """(successor, place in the rows, places of the automaton there)."""
        ways = self._reader.after(state)
        targets = {target for n, each in enumerate(ways) if places >> n & 1 for target, _ in each}
        following = sum(1 << target for target in targets)
        if following:
            for place in self._rows.of(state):
                self._left -= 1
                yield self._rows.targets[place], place, following

    def _run(
        self,
        before: dict[tuple[int, int], tuple[int, int] | None],
        start: tuple[int, int],
        cycle: Sequence[int],
    ) -> LassoRun:
        way = [start[0]]
        node = before[start]
        while node is not None:
            way.append(node[0])
            node = before[node]
        rows = self._rows
        states = (*reversed(way), *(rows.targets[place] for place in cycle))
        return LassoRun(states, tuple(rows.steps[place] for place in cycle), len(way) - 1)

    def _cycle(
        self, start: int, places: int, around: Collection[int], most: int
    ) -> tuple[int, ...]:
        """The places in the rows of a shortest cycle that is fair and, begun at one of these
        places, accepted; of at most so many transitions, else none."""
        rows, weak, strong = self._rows, self._demands.weak, self._demands.strong
        nothing = tuple(frozenset({(n, 0)}) for n in range(self._reader.places))
        first: _Around = (start, self._marks[start] & weak, self._marks[start] & strong, 0, nothing)
        before: dict[_Around, tuple[_Around, int] | None] = {first: None}
        todo = deque([(first, 0)])
        while todo:
            found, length = todo.popleft()
            state, always, sometimes, taken, ways = found
            if length == most:
                break
            passed = _joined(ways, self._reader.after(state))
            for place in rows.of(state):
                self._left -= 1
                if self._left < 0:
                    return ()
                target = rows.targets[place]
                kept = taken | self._of_step[rows.steps[place]] & (weak | strong)
                if (
                    target == start
                    and self._demands.met(always, sometimes, kept)
                    and self._reader.accepts(passed, places)
                ):
                    return _back(before, found, place)
                marks = self._marks[target]
                following = (target, always & marks, sometimes | marks & strong, kept, passed)
                if target in around and following not in before:
                    before[following] = (found, place)
                    todo.append((following, length + 1))
        return ()


def _joined(ways: _Ways, more: _Ways) -> _Ways:
    """One piece of a run after another."""
    return tuple(
        frozenset((last, one | other) for place, one in each for last, other in more[place])
        for each in ways
    )


def _back(
    before: dict[_Around, tuple[_Around, int] | None], last: _Around, place: int
) -> tuple[int, ...]:
    found = [place]
    way = before[last]
    while way is not None:
        last, place = way
        found.append(place)
        way = before[last]
    return tuple(reversed(found))
