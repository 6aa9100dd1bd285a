"""Which runs of the model the services are steered through: from a space to schedules.

    distinct_schedules(space, visible, *, faults=False, ask=never) -> Schedules
    all_orders(space, visible, *, faults=False, ask=never) -> Orders

`visible(source, target, step)` says what a proxy sees of a transition (see `Visible` in
`complete_runs`). `Schedules` is an iterator of `Schedule`s, no two of which look the same to the
proxy; whoever wants N of them takes the first N (`itertools.islice`), and asks `all_found` whether
these were all. `Orders` has a `count()`, and iterating over it gives one `Schedule` of each order
of what is seen, in which steps that have nothing to do with each other stand in one way.

Only complete runs count: those in which nothing can happen any more but faults. Steps that are
faults, which a proxy cannot bring about, are left out, as long as runs are complete without them.
The space must have been explored to its end, and should forget nothing (`forget_from=None`), so
that `visible` can tell what a step sends. Everything is the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...budget.spending import Ask, never
from ...explore.space import Space
from ...machine.core import StateVariable
from .complete_runs import CompleteRuns, Schedule, Visible
from .distinct import Schedules
from .partial_orders import Place as Known
from .partial_orders import Read, Seen, VisibleOrders, sequences_of
from .sequences import Counted, Sequences

__all__ = ["Orders", "Schedules", "all_orders", "distinct_schedules"]

MOST_COUNTED = 100_000
"""Places of the automaton that are remembered while orders are counted: about a hundred megabytes,
and two seconds. What takes longer to count takes far too long to try."""


class Orders:
    """The orders in which what a proxy sees can come in complete runs.

    Two runs have one order where the same is seen, and each visible step comes after the same
    visible ones that it depends on, directly or by way of others that are seen or not. Whether a
    step depends on another is said by `dependence`: it does where both touch the same (but for
    queues), and one of them writes it. So two orders may still come to the same; and of two runs
    with the same sequence of what is seen, one step may depend on another in one of them alone:
    these are two orders, which a proxy cannot bring about one by one."""

    def __init__(self, runs: CompleteRuns, ask: Ask) -> None:
        self.runs = runs
        self.stopped = ""
        """Why the last iteration ended before all were gone through; "" where it did not."""
        self.repeats = 0
        """How many of the last iteration's schedules repeat another one."""
        self._ask = ask
        self._automaton = VisibleOrders(runs)

    @property
    def longest(self) -> int | None:
        """None: there are finitely many orders, and all are meant. Else something that is seen can
        go round before an end, there are infinitely many, and those with so many visible steps or
        fewer are meant: the least number such that each transition lies on such a run."""
        return self.runs.longest

    @property
    def queues(self) -> tuple[StateVariable, ...]:
        """The lists to which and from which nothing is done but to put and to take."""
        return self._automaton.dependence.queues

    def _sequences(self) -> Sequences[Known, Seen, Read]:
        return Sequences(self._automaton, self.longest, self._ask)

    def count(self, most: int = MOST_COUNTED) -> Counted:
        """How many orders there are; none is listed for this. `most`: how much may be remembered;
        beyond it, or when `ask` says so, the number is not exact: there are so many, or more."""
        return self._sequences().count(most)

    def __iter__(self) -> Iterator[Schedule]:
        """One schedule of each order; of those that begin alike, the ones in which the next step
        depends on more come first, for they leave less to choose. Where the proxy saw its sequence
        in an earlier order, some other sequences of the same order are tried; if it saw all of
        them, the schedule `repeats`. Ends early where it is `stopped`."""
        self.stopped = ""
        self.repeats = 0
        sequences = self._sequences()
        given: set[tuple[int, ...]] = set()
        for letters in sequences:
            new = (each for each in sequences_of(letters) if _labels(each) not in given)
            chosen = letters if _labels(letters) not in given else next(new, letters)
            repeats = _labels(chosen) in given
            self.repeats += repeats
            given.add(_labels(chosen))
            way = sequences.path(chosen)
            path = [(place[0], number) for place, number in way[:-1]]
            yield self.runs.schedule(path, way[-1][0][0], repeats=repeats)
        self.stopped = sequences.stopped


def _labels(letters: Sequence[Seen]) -> tuple[int, ...]:
    return tuple(label for _, label, _ in letters)


def distinct_schedules(
    space: Space, visible: Visible, *, faults: bool = False, ask: Ask = never
) -> Schedules:
    """Complete runs of a space, no two of which look the same to a proxy.

    `faults`: with steps that are faults, too; without, only where no run is complete otherwise.
    `ask`: says why to stop, or "". Raises LiveError where no run is ever complete, or there are too
    many transitions."""
    return Schedules(CompleteRuns(space, visible, faults=faults), ask)


def all_orders(space: Space, visible: Visible, *, faults: bool = False, ask: Ask = never) -> Orders:
    """The orders of what a proxy sees of a space's complete runs; as `distinct_schedules`."""
    return Orders(CompleteRuns(space, visible, faults=faults), ask)
