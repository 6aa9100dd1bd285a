"""From fair components to the lasso that is shown: the shortest way in, then a short fair cycle.

For a node, the shortest fair cycle through it is found breadth-first over pairs of a node and the
marks that the way there has. Where there are too many of those, what is missing is fetched one
mark after the other, each by the shortest way: a fair cycle still, and not always a shortest one.
Nodes are tried in the order of their distance, as long as a shorter lasso may still be found; the
nearest ones alone, where a great many could do. Where some are preferred, these are found among all
of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from ..explore.demands import Aim, Demands
from ..explore.rows import Reached, Rows
from ..language.records import dataclass
from .fair_cycles import FairComponent, FairComponents
from .preferences import Preferred

__all__ = ["CycleFinder", "Lasso", "shortest_lasso"]

MOST_LOOKED_AT = 300_000
"""Pairs of nodes and marks, for all cycles together: about a second."""
MOST_STARTS = 20_000
"""Nodes, the nearest, that a cycle is looked for at."""

ANY_LENGTH = 1 << 62


@dataclass(frozen=True, slots=True)
class Lasso:
    """`way`: nodes from a root to where the cycle begins, both included. `cycle`: the places of
    the transitions that lead around, back to there."""

    way: tuple[int, ...]
    cycle: tuple[int, ...]

    @property
    def length(self) -> int:
        """Steps until all of it was shown once."""
        return len(self.way) - 1 + len(self.cycle)


class CycleFinder:
    """Fair cycles in rows; `left` is what may still be looked at."""

    def __init__(
        self, rows: Rows, marks: Sequence[int], of_step: Sequence[int], demands: Demands
    ) -> None:
        self.rows = rows
        self.marks = marks
        self.of_step = of_step
        self.demands = demands
        self.left = MOST_LOOKED_AT

    def shortest(self, start: int, inside: FairComponent, most: int) -> tuple[int, ...] | None:
        """The places of a shortest fair cycle through a node, of at most this many transitions;
        None if there is none, or too much was looked at."""
        rows, marks, of_step = self.rows, self.marks, self.of_step
        weak, strong = self.demands.weak, self.demands.strong
        relevant = weak | strong | self.demands.acceptance
        first = (start, marks[start] & weak, marks[start] & strong, 0)
        before: dict[tuple[int, int, int, int], tuple[tuple[int, int, int, int], int]] = {}
        todo = deque([(first, 0)])
        while todo:
            found, length = todo.popleft()
            node, always, sometimes, taken = found
            if length == most:
                continue
            for place in rows.of(node):
                target = rows.targets[place]
                if target not in inside:
                    continue
                self.left -= 1
                if self.left < 0:
                    return None
                kept = taken | (of_step[rows.steps[place]] | marks[node] & self.demands.acceptance)
                kept &= relevant
                if target == start and self.demands.met(always, sometimes, kept):
                    return self._back(before, first, found, place)
                following = (
                    target, always & marks[target], sometimes | marks[target] & strong, kept
                )  # fmt: skip
                if following not in before and following != first:
                    before[following] = (found, place)
                    todo.append((following, length + 1))
        return None

    def _back(
        self,
        before: dict[tuple[int, int, int, int], tuple[tuple[int, int, int, int], int]],
        first: tuple[int, int, int, int],
        last: tuple[int, int, int, int],
        place: int,
    ) -> tuple[int, ...]:
        found = [place]
        while last != first:
            last, place = before[last]
            found.append(place)
        return tuple(reversed(found))

    def some(self, start: int, inside: FairComponent) -> tuple[int, ...]:
        """The places of some fair cycle through a node: every promise that can be kept in the
        component is kept, or a node is visited in which it is not possible."""
        cycle: list[int] = []
        node = start
        always, taken = self.marks[start], 0
        summary, demands = inside.summary, self.demands
        wanted = summary.taken & (demands.strong | demands.acceptance)

        def lacks() -> int:
            return (wanted | always & demands.weak | demands.acceptance) & ~taken

        while missing := lacks():
            way = self._nearest(node, inside, missing)
            for place in way:
                taken |= self.of_step[self.rows.steps[place]]
                taken |= self.marks[node] & demands.acceptance
                node = self.rows.targets[place]
                always &= self.marks[node]
            taken |= self.marks[node] & demands.acceptance
            cycle += way
        if node != start or not cycle:
            cycle += self._way(node, inside, Aim(node=start))
        return tuple(cycle)

    def _nearest(self, node: int, inside: FairComponent, missing: int) -> list[int]:
        """The shortest way to something that is missing: it is kept, or not possible there."""
        weak, accepting = missing & self.demands.weak, missing & self.demands.acceptance
        return self._way(node, inside, Aim(taken=missing, has=accepting, lacks=weak))

    def _way(self, node: int, inside: FairComponent, aim: Aim) -> list[int]:
        found = self.rows.way(node, inside.components, aim, self.marks, self.of_step)
        if not found:
            raise AssertionError("a component is strongly connected, and has what its summary says")
        return found


def shortest_lasso(
    finder: CycleFinder,
    found: Iterable[FairComponents],
    reached: Reached,
    way_to: Callable[[int], Sequence[int]],
    preferred: Preferred | None = None,
) -> Lasso:
    """The lasso of the fewest steps that goes round in one of some fair components, of which there
    is one at least. `way_to`: the nodes on a shortest way to one, as far as `reached` says.
    `preferred`: of the nodes at which a cycle can begin, those with the smallest numbers count
    alone."""
    starts = _starts(finder.rows, found, reached, preferred)
    best: Lasso | None = None
    for distance, node, some in starts:
        if best is not None and distance + 1 >= best.length:
            break
        most = best.length - distance - 1 if best is not None else ANY_LENGTH
        component = some.at(node)
        cycle = finder.shortest(node, component, most)
        if cycle is None and best is None and finder.left < 0:
            cycle = finder.some(node, component)
        if cycle is not None:
            best = Lasso(tuple(way_to(node)), cycle)
        if finder.left < 0:
            break
    assert best is not None, "through each node of a fair component goes a fair cycle"
    return best


def _starts(
    rows: Rows, found: Iterable[FairComponents], reached: Reached, preferred: Preferred | None
) -> list[tuple[int, int, FairComponents]]:
    """The nodes at which a cycle may begin, each with its distance: the nearest first; of those
    that are preferred, where some are, all are known, and else MOST_STARTS."""
    starts: list[tuple[int, int, FairComponents]] = []
    best: tuple[int, ...] | None = None
    most = MOST_STARTS if preferred is None else rows.count
    for some in found:
        for place in rows.nearest(some.components, some.fairness, reached.order, most):
            node = reached.order[place]
            numbers = preferred(node) if preferred is not None else ()
            if best is None or numbers < best:
                best = numbers
                starts.clear()
            if numbers == best:
                starts.append((reached.distance(place), node, some))
    starts.sort(key=lambda each: each[:2])
    return starts
