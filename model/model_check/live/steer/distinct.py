"""From complete runs to schedules that look different to a proxy, one after the other.

The first ones are chosen so that together they take as many transitions as they can, every
transition where their number allows it. Then random ones follow, from a fixed seed, and when these
bring hardly anything new, all that are left are gone through in order.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator

from ...budget.spending import Ask, why_of
from .complete_runs import CompleteRuns, Path, Schedule
from .partial_orders import VisibleWords
from .sequences import Sequences

__all__ = ["Schedules"]

SEED = 7
TRIES = 200
"""Random runs in a row that look like known ones: then there are hardly any others."""
DETOURS = 4
"""A run may be this many times as long as the deepest shortest one, before it heads for an end."""


class Schedules(Iterator[Schedule]):
    """Complete runs that look different to a proxy: the order of what it sees is another one.

    `all_taken`: every transition that lies on a complete run was taken by one that looks like one
    of these. `all_found`: no other complete run looks different from all of these, or, where
    something that is seen can go round (`longest`), none with so many visible steps or fewer.
    `stopped`: why they ended before; "" where they did not."""

    def __init__(self, runs: CompleteRuns, ask: Ask) -> None:
        self.runs = runs
        self.all_taken = self.all_found = False
        self.stopped = ""
        self._ask = ask
        self._known: set[tuple[int, ...]] = set()
        self._limit = DETOURS * (runs.space.depth + 1)
        self._taken: set[int] = set()
        self._sequences = Sequences(VisibleWords(runs), runs.longest, ask)
        self._found = self._all()

    @property
    def longest(self) -> int | None:
        """None: there are finitely many. Else the most visible steps of those that are gone
        through in order: the least number such that every transition lies on a complete run with
        so many."""
        return self.runs.longest

    def __next__(self) -> Schedule:
        return next(self._found)

    def _all(self) -> Iterator[Schedule]:
        for path, last in self._chosen():
            if self._is_new(path):
                yield self.runs.schedule(path, last)
            if self._is_over():
                return
        sequences = self._sequences
        for word in sequences:
            if word not in self._known:
                way = sequences.path(word)
                self._known.add(word)
                yield self.runs.schedule(way[:-1], way[-1][0])
        self.stopped = sequences.stopped
        self.all_found = not self.stopped

    def _chosen(self) -> Iterator[tuple[Path, int]]:
        while (found := self._covering()) is not None:
            self.all_taken = len(self._taken) == len(self.runs.targets)
            yield found
        chance = random.Random(SEED)
        misses = 0
        while misses < TRIES:
            known = len(self._known)
            yield self._random(chance)
            misses = misses + 1 if len(self._known) == known else 0

    def _is_over(self) -> bool:
        self.stopped = why_of(self._ask)
        return bool(self.stopped)

    def _is_new(self, path: Path) -> bool:
        known = len(self._known)
        self._known.add(self.runs.word(path))
        return len(self._known) > known

    # --- runs that take what was not taken ----------------------------------------------------

    def _covering(self) -> tuple[Path, int] | None:
        """A run with transitions that were not taken yet; None where all were."""
        for start in self.runs.starts:
            way = self._to_untaken(start)
            if way is None:
                continue
            path: Path = []
            last = start
            while way is not None and len(path) < self._limit:
                path += way
                self._taken.update(place for _, place in way)
                last = self.runs.targets[path[-1][1]]
                way = self._to_untaken(last)
            end = self._home(path, last)
            # What a proxy does for this run it does for all that look like it.
            self._taken |= self._sequences.transitions(self.runs.word(path))
            return path, end
        return None

    def _to_untaken(self, start: int) -> Path | None:
        """A shortest way on that ends with a transition that was not taken yet."""
        runs = self.runs
        came: dict[int, tuple[int, int] | None] = {start: None}
        waiting = deque([start])
        while waiting:
            number = waiting.popleft()
            for place in runs.moves(number):
                if place not in self._taken:
                    way = [(number, place)]
                    while (before := came[way[-1][0]]) is not None:
                        way.append(before)
                    return way[::-1]
                if runs.targets[place] not in came:
                    came[runs.targets[place]] = (number, place)
                    waiting.append(runs.targets[place])
        return None

    def _home(self, path: Path, last: int) -> int:
        """Go on to the nearest end, which is the answer."""
        runs = self.runs
        while runs.left[last]:
            place = min(runs.moves(last), key=lambda each: runs.left[runs.targets[each]])
            path.append((last, place))
            last = runs.targets[place]
        return last

    def _random(self, chance: random.Random) -> tuple[Path, int]:
        runs = self.runs
        path: Path = []
        last = chance.choice(runs.starts)
        while runs.left[last] and len(path) < self._limit:
            place = chance.choice(runs.moves(last))
            path.append((last, place))
            last = runs.targets[place]
        return path, self._home(path, last)
