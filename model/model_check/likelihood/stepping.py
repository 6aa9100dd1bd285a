"""What the exact methods share: which transitions a step has where, who is chosen of those that
come at one moment, what is remembered, and at which clocks nobody looks any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import fsum

from ..explore.rows import Rows
from ..language.records import dataclass
from ..language.tree.timing import Distribution, Fixed
from .chain import LOST
from .coming import coming_in
from .tally import Measured, Outcomes
from .timed_graph import TimedGraph

__all__ = ["Fate", "Stepping", "is_at_once", "outcomes"]

_Passed = tuple[int, int]
"""A node that a run comes to, and what is remembered of it there."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a `share` of all runs: the bits by which they break properties, and the kind
    of their ending."""

    broken: int
    kind: int
    share: float


def is_at_once(time: Distribution | None) -> bool:
    """Whether what takes this time takes none."""
    return time is None or time == Fixed(0)


class Stepping:
    """A timed graph, as runs of it are followed.

    `at[n]`: the steps that can come at node n, each with the places of its transitions in the rows
    of the graph; none: runs end there. `awaited[n]`: the steps, as bits, whose clocks matter at
    node n: those that can come there, or later before the clock is started anew. `possible[n]`: the
    steps, as bits, whose clocks run because they can come at node n. `unbegun[n]`: the instances,
    as bits, that have a step that can come there or later. `restarted[k]`: the steps, as bits,
    whose clocks step k starts anew, wherever it comes (see `renewed`); `begun[k]`: the instances,
    as bits, that have begun behind it.
    """

    def __init__(self, graph: TimedGraph) -> None:
        self.graph = graph
        self.at: list[tuple[tuple[int, tuple[int, ...]], ...]] = []
        moves = coming_in(graph)
        for node in range(moves.count):
            here: dict[int, list[int]] = {}
            for place in moves.of(node):
                here.setdefault(moves.steps[place], []).append(moves.places[place])
            self.at.append(tuple((step, tuple(places)) for step, places in here.items()))
        self._chances: dict[tuple[int, ...], tuple[tuple[int, Fraction], ...]] = {}
        self._settle_clocks(moves)

    def _settle_clocks(self, moves: Rows) -> None:
        graph, count = self.graph, moves.count
        of_instance: dict[int, int] = {}
        for step, instance in enumerate(graph.instance_of):
            clock = graph.clocks[step]
            if not clock.every and not clock.since_possible:
                of_instance[instance] = of_instance.get(instance, 0) | 1 << step
        self.restarted = [
            _union(of_instance.get(each, 0) for each in starts) | 1 << step
            for step, starts in enumerate(graph.starts)
        ]
        self.begun = [_union(1 << each for each in starts) for starts in graph.starts]
        self.awaited = [0] * count
        self.possible = [0] * count
        self.unbegun = [0] * count
        sources: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        for node, target, step in moves.edges():
            sources[target].append((node, step))
        places: dict[int, list[int]] = {}
        for node, here in enumerate(self.at):
            for step, _ in here:
                places.setdefault(step, []).append(node)
        for step, nodes in places.items():
            clock = graph.clocks[step]
            if is_at_once(clock.time):
                pass
            elif clock.since_possible and not clock.every:
                for node in nodes:
                    self.possible[node] |= 1 << step
            else:
                ends = 0 if clock.every else 1 << step
                _mark(self.awaited, 1 << step, self._before(sources, nodes, ends))
            instance = graph.instance_of[step]
            if not is_at_once(graph.begin_times[instance]):
                _mark(self.unbegun, 1 << instance, self._before(sources, nodes, 0))

    def _before(
        self, sources: Sequence[Sequence[tuple[int, int]]], nodes: Sequence[int], restarting: int
    ) -> bytearray:
        """1 for the nodes from which one of some nodes is reached before a step that starts anew
        the clocks of these steps. `sources`: of each node, from where it is reached, by which
        step."""
        restarted = self.restarted
        found = bytearray(len(sources))
        waiting = list(nodes)
        for node in waiting:
            found[node] = 1
        while waiting:
            for node, step in sources[waiting.pop()]:
                if not found[node] and not restarted[step] & restarting:
                    found[node] = 1
                    waiting.append(node)
        return found

    def chances(self, ready: tuple[int, ...]) -> tuple[tuple[int, Fraction], ...]:
        """How likely each of some steps is chosen that come at one moment; none that never is."""
        found = self._chances.get(ready)
        if found is None:
            found = self._chances[ready] = tuple(self._chosen(ready))
        return found

    def _chosen(self, ready: Iterable[int]) -> Iterable[tuple[int, Fraction]]:
        by_instance: dict[int, list[int]] = {}
        for step in ready:
            by_instance.setdefault(self.graph.instance_of[step], []).append(step)
        for steps in by_instance.values():
            weights = [self.graph.clocks[step].weight for step in steps]
            if not any(weights):
                weights = [1] * len(steps)
            whole = sum(weights) * len(by_instance)
            for step, weight in zip(steps, weights, strict=True):
                if weight:
                    yield step, Fraction(weight, whole)

    def renewed(self, place: int) -> int:
        """The steps, as bits, whose clocks the transition at a place of the rows starts anew beside
        those that its step does."""
        renewals = self.graph.renewals
        return 0 if renewals is None else _union(1 << each for each in renewals.at(place))

    def fate(self, passed: Iterable[_Passed], share: float) -> Fate:
        """What becomes of runs that come to some pairs of a node and a memory again and again for
        ever, or end in the only one."""
        settled, returning = self.graph.settled, self.graph.flags.returning
        often, always, kind = 0, -1, 0
        for node, memory in passed:
            if not settled.is_open(node, memory):
                return Fate(settled.broken(node, memory), self.graph.kinds[node], share)
            often |= memory
            always &= memory
            kind = self.graph.kinds[node]
        return Fate(always & ~returning | often & returning, kind, share)

    def memory_after(self, memory: int, place: int) -> int:
        """What is remembered behind the transition at a place of the rows."""
        flags, target = self.graph.flags, self.graph.targets[place]
        if flags.of_transition is not None:
            memory |= flags.of_transition[place]
        return (memory & flags.keep[target]) | flags.found[target]


def _union(sets: Iterable[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found


def _mark(sets: list[int], bit: int, where: Sequence[int]) -> None:
    for node, each in enumerate(where):
        if each:
            sets[node] |= bit


def outcomes(graph: TimedGraph, method: str, found: Iterable[Fate], note: str) -> Outcomes:
    """The answer, of what becomes of runs."""
    fates = [*found]
    whole = fsum(each.share for each in fates)  # 1, but for rounding
    broken: dict[str, Measured] = {}
    endings: dict[str, dict[int, Measured]] = {}
    for name, mask in graph.flags.masks.items():
        by_kind: dict[int, list[float]] = {}
        for each in fates:
            if each.broken & mask:
                by_kind.setdefault(each.kind, []).append(each.share / whole)
        broken[name] = _share(each for shares in by_kind.values() for each in shares)
        endings[name] = {kind: _share(shares) for kind, shares in sorted(by_kind.items())}
    means = {}
    for name, values in graph.values.items():
        parts = [(each.share / whole, values[each.kind]) for each in fates if each.share]
        known = [share * value for share, value in parts if value is not None]
        if len(known) == len(parts):
            means[name] = _exact(fsum(known))
    return Outcomes(method, broken, endings, means, note=note)


def _share(parts: Iterable[float]) -> Measured:
    """The sum of the shares of runs that do something, each of which some do: no number is too
    small for there to be such runs."""
    known = [*parts]
    whole = min(fsum(known), 1.0)
    return (0.0, 0.0, LOST) if known and not whole > 0 else _exact(whole)


def _exact(value: float) -> Measured:
    return value, value, value
