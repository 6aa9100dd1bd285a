"""The plain search that every oracle shares: breadth-first over hashable states.

The oracles know nothing of the checker they are compared with: a state is a tuple written by
hand, a protocol is a function from a state to the states one step away. A step that leads to
a state already known is a transition all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Losses", "Space", "explore"]

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True)
class Space(Generic[State]):
    """Everything reachable. `depth_of` gives each state's distance from the start."""

    depth_of: dict[State, int]
    transitions: int
    finals: tuple[State, ...]

    @property
    def states(self) -> int:
        return len(self.depth_of)

    @property
    def depth(self) -> int:
        return max(self.depth_of.values())

    def nearest(self, wanted: Callable[[State], bool]) -> int | None:
        """The distance of the nearest state that is `wanted`; None where none is."""
        return min((d for s, d in self.depth_of.items() if wanted(s)), default=None)

    def count(self, wanted: Callable[[State], bool]) -> int:
        return sum(1 for s in self.depth_of if wanted(s))

    def losses(self, missing: Callable[[State], Hashable]) -> Losses:
        """The final states that miss something: `missing` is falsy where nothing is."""
        endings: dict[Hashable, list[int]] = {}
        for final in self.finals:
            if lost := missing(final):
                endings.setdefault(lost, []).append(self.depth_of[final])
        return Losses(
            states=sum(len(lengths) for lengths in endings.values()),
            shortest={lost: min(lengths) for lost, lengths in endings.items()},
        )


@dataclass(frozen=True)
class Losses:
    """The violating final states: how many, and for each different loss the shortest run."""

    states: int
    shortest: dict[Hashable, int]

    @property
    def length(self) -> int:
        """Steps of the shortest run that loses anything."""
        return min(self.shortest.values())


def explore(
    initial: Iterable[State], successors: Callable[[State], Iterable[State]]
) -> Space[State]:
    """Search everything reachable from the initial states, level by level."""
    depth_of = dict.fromkeys(initial, 0)
    frontier = list(depth_of)
    finals = []
    transitions = 0
    depth = 0
    while frontier:
        depth += 1
        following = []
        for state in frontier:
            stuck = True
            for successor in successors(state):
                stuck = False
                transitions += 1
                if successor not in depth_of:
                    depth_of[successor] = depth
                    following.append(successor)
            if stuck:
                finals.append(state)
        frontier = following
    return Space(depth_of, transitions, tuple(finals))
