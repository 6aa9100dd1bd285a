"""Brute force over complete runs: every one of them, and which of them have one order.

Two steps that come one after the other, of different processes, may change places if they share
nothing (by what whoever drew the spec says of them) or if one puts into a queue and the other takes
something else out of it. Runs that come out of each other so are one class. A step comes before
another in a class where it does in all runs of it (Szpilrajn: an order is what its linear
extensions have in common); its visible steps and this relation between them are what counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from model_check.explore.space import Space
from model_check.live.steer.complete_runs import Visible

__all__ = ["Judge", "Move", "Order", "TooManyError", "complete_runs"]

Move = tuple[int, int, int]
"""(state, step, state)."""
Order = frozenset[tuple[object, frozenset[object]]]
"""Each visible step, with the visible ones that always come before it."""


MOST_VISITS = 20_000


class TooManyError(Exception):
    """There are more runs than can be gone through."""


def complete_runs(space: Space, most: int, longest: int | None) -> list[tuple[Move, ...]]:
    """All of a space, with no steps that are faults; of those that go on for ever, the ones with so
    many steps or fewer."""
    found: list[tuple[Move, ...]] = []
    steps = space.machine.steps
    left = [MOST_VISITS]

    def go_on(state: int, way: list[Move]) -> None:
        left[0] -= 1
        moves = [(t, s) for t, s in space.successors(state) if not steps[s].fault]
        if space.program.is_end(state):
            found.append(tuple(way))
        if len(found) > most or left[0] < 0:
            raise TooManyError
        if len(way) == longest:
            return
        for target, step in dict.fromkeys(moves):
            way.append((state, step, target))
            go_on(target, way)
            way.pop()

    for state in space.states[: space.initial]:
        go_on(state, [])
    return found


@dataclass
class Judge:
    """Judges complete runs. `may_swap(before, first, second)`: whether two moves that come one
    after the other in a run, behind the moves `before`, have nothing to do with each other."""

    space: Space
    visible: Visible
    runs: list[tuple[Move, ...]]
    may_swap: Callable[[tuple[Move, ...], Move, Move], bool]

    def instance(self, move: Move) -> int:
        return self.space.machine.steps[move[1]].instance

    def looks(self, move: Move) -> object:
        label = self.visible(move[0], move[2], move[1])
        return None if label is None else (self.instance(move), label)

    def classes(self) -> list[list[tuple[Move, ...]]]:
        """The runs, those together that come out of each other by swaps."""
        numbers = {run: number for number, run in enumerate(self.runs)}
        above = list(range(len(self.runs)))

        def root(number: int) -> int:
            while above[number] != number:
                number = above[number]
            return number

        for run, number in numbers.items():
            for other in self._swapped(run):
                above[root(number)] = root(numbers[other])
        found: dict[int, list[tuple[Move, ...]]] = defaultdict(list)
        for run, number in numbers.items():
            found[root(number)].append(run)
        return list(found.values())

    def _swapped(self, run: tuple[Move, ...]) -> Iterator[tuple[Move, ...]]:
        for place, (first, second) in enumerate(pairwise(run)):
            if self.instance(first) == self.instance(second):
                continue
            if not self.may_swap(run[:place], first, second):
                continue
            yield from self.swaps(run, place)

    def swaps(self, run: tuple[Move, ...], place: int) -> Iterator[tuple[Move, ...]]:
        """The runs in which two moves really come the other way round, and look the same."""
        first, second = run[place : place + 2]
        for middle, step in dict.fromkeys(self.space.successors(first[0])):
            early = (first[0], step, middle)
            if step != second[1] or self.looks(early) != self.looks(second):
                continue
            late = (middle, first[1], second[2])
            if (late[2], late[1]) in self.space.successors(middle):
                if self.looks(late) != self.looks(first):
                    continue
                yield (*run[:place], early, late, *run[place + 2 :])

    def word(self, run: tuple[Move, ...]) -> tuple[object, ...]:
        """What is seen of a run, each step with how many of its instance came before it."""
        times: Counter[int] = Counter()
        found = []
        for move in run:
            if (looks := self.looks(move)) is not None:
                times[self.instance(move)] += 1
                found.append((looks, times[self.instance(move)]))
        return tuple(found)

    def order(self, runs: list[tuple[Move, ...]]) -> Order:
        """What all runs of a class have in common."""
        words = [self.word(run) for run in runs]
        before: dict[object, frozenset[object]] = {}
        for word in words:
            for place, each in enumerate(word):
                earlier = frozenset(word[:place])
                before[each] = before.get(each, earlier) & earlier
        assert all(set(word) == set(before) for word in words)
        return frozenset(before.items())

    def orders(self) -> dict[tuple[Move, ...], Order]:
        """The order of each run."""
        return {
            run: order for runs in self.classes() for order in [self.order(runs)] for run in runs
        }
