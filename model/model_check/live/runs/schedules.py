"""From a space to different complete runs, to be replayed one after the other.

A run is complete when nothing can happen any more. The first ones are chosen so that
together they take as many transitions as they can, every transition where their number allows
it; the others are random, from a fixed seed.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...explore.space import Space
from ..errors import LiveError

__all__ = ["ScheduleGraph", "refuse_too_many", "schedules"]

SEED = 7
MOST_TRANSITIONS = 500_000
"""A graph that is walked as a whole; above it, covering it would take days on a server."""
TRIES = 200
"""Random runs in a row that were all known: there are hardly any others."""
DETOURS = 4
"""A run may be this many times as long as the deepest shortest one, before it heads for an end."""


def refuse_too_many(space: Space) -> None:
    """Raises LiveError for a space that is too large to choose schedules from."""
    if space.transitions > MOST_TRANSITIONS:
        raise LiveError(
            f"{space.transitions:,} transitions are too many for choosing schedules"
            f" (at most {MOST_TRANSITIONS:,}): give smaller constants with --set"
        )


@dataclass
class ScheduleGraph:
    """The transitions of a space that can still end, and which of them were taken."""

    space: Space
    successors: list[list[int]]
    steps_left: list[int]
    """To the nearest end; -1 where none can be reached."""
    taken: set[tuple[int, int]] = field(default_factory=set)

    @classmethod
    def of(cls, space: Space) -> ScheduleGraph:
        """Raises LiveError where no run is ever complete, or there are too many."""
        if not space.complete:
            raise LiveError("this space was not explored completely: its traces can be replayed")
        refuse_too_many(space)
        successors: list[list[int]] = [[] for _ in space.states]
        before: list[list[int]] = [[] for _ in space.states]
        for source, target, _ in space.edges():
            if target not in successors[source] and target != source:
                successors[source].append(target)
                before[target].append(source)
        left = [-1] * len(successors)
        waiting = deque(space.terminal)
        for end in space.terminal:
            left[end] = 0
        while waiting:
            number = waiting.popleft()
            for source in before[number]:
                if left[source] < 0:
                    left[source] = left[number] + 1
                    waiting.append(source)
        if all(left[number] < 0 for number in range(space.initial)):
            raise LiveError("no run of this model is ever complete: there is always a next step")
        ending = [[t for t in targets if left[t] >= 0] for targets in successors]
        return cls(space, ending, left)

    @property
    def transitions(self) -> int:
        """How many there are to take (of several steps from one state to another, one)."""
        return sum(
            len(targets)
            for number, targets in enumerate(self.successors)
            if self.steps_left[number] >= 0
        )

    def take(self, path: Sequence[int]) -> None:
        self.taken.update(pairwise(path))

    def starts(self) -> list[int]:
        """The initial states from which a run can end."""
        return [n for n in range(self.space.initial) if self.steps_left[n] >= 0]

    def home(self, path: list[int]) -> None:
        """Go on to the nearest end."""
        while self.steps_left[path[-1]]:
            path.append(min(self.successors[path[-1]], key=lambda n: self.steps_left[n]))

    def to_untaken(self, start: int) -> list[int] | None:
        """A shortest way on that ends with a transition that was not taken yet."""
        came: dict[int, int] = {start: start}
        waiting = deque([start])
        while waiting:
            number = waiting.popleft()
            for target in self.successors[number]:
                if (number, target) not in self.taken:
                    way = [target, number]
                    while way[-1] != start:
                        way.append(came[way[-1]])
                    way.reverse()
                    return way[1:]
                if target not in came:
                    came[target] = number
                    waiting.append(target)
        return None


def schedules(graph: ScheduleGraph) -> Iterator[list[int]]:
    """Complete runs, each as the states it passes, no two the same; ends when there seem to be
    no others. How many transitions they took so far is told by `graph.taken`."""
    known: set[tuple[int, ...]] = set()
    limit = DETOURS * (graph.space.depth + 1)
    numbers = graph.space.states
    while (path := _covering(graph, limit)) is not None:
        graph.take(path)
        known.add(tuple(path))
        yield [numbers[n] for n in path]
    chance = random.Random(SEED)
    misses = 0
    while misses < TRIES:
        path = _random(graph, chance, limit)
        if tuple(path) in known:
            misses += 1
            continue
        misses = 0
        known.add(tuple(path))
        yield [numbers[n] for n in path]


def _covering(graph: ScheduleGraph, limit: int) -> list[int] | None:
    """A run with transitions that were not taken yet; None where all were."""
    for start in graph.starts():
        way = graph.to_untaken(start)
        if way is None:
            continue
        path = [start]
        while way is not None and len(path) < limit:
            graph.take([path[-1], *way])
            path += way
            way = graph.to_untaken(path[-1])
        graph.home(path)
        return path
    return None


def _random(graph: ScheduleGraph, chance: random.Random, limit: int) -> list[int]:
    path = [chance.choice(graph.starts())]
    while graph.steps_left[path[-1]] and len(path) < limit:
        path.append(chance.choice(graph.successors[path[-1]]))
    graph.home(path)
    return path
