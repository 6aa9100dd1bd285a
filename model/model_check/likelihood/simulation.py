"""How likely runs go wrong, by simulating many of them.

Runs are numbered, and each has random numbers of its own, so that the same ones are taken whoever
takes them. They are taken in batches, until each share has an interval as narrow as was asked, or
there are as many as may be. An end that comes before tells of the batches that are whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..budget.spending import Ask, StopNow, never
from ..explore.search import cores
from ..language.records import dataclass, replace
from ..results.shares import share_interval
from .crowd import Crowd
from .intervals import mean_interval, runs_needed
from .runs.runner import Runner, Tables
from .tally import Measured, Outcomes
from .timed_graph import TimedGraph

__all__ = ["FIRST_RUNS", "MOST_RUNS", "Counts", "outcomes_of", "simulate"]

FIRST_RUNS = 1_000
"""Of the first batch."""
MOST_RUNS = 1_000_000
"""Where nobody asks for more: some seconds."""
SHARE = 4
"""A batch is at most so much of all runs before it, one in four, so that little is lost where it
is not finished."""
LONG = 2_000_000
"""Steps of one run: some tenths of a second of compiled code."""
CHUNK = 256
"""Runs that a thread takes at once, at least ..."""
CHUNKS = 8
"""... and of a batch a thread takes one part in so many at once."""
Progress = Callable[[int, int], None]
"""Told now and then: how many runs were taken, of how many at most."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How simulated runs ended. `broken[name][kind]`: how many broke a property and ended so;
    `ended[kind]`: how many ended so."""

    broken: Mapping[str, Sequence[int]]
    ended: Sequence[int]
    runs: int
    steps: int


def simulate(
    tables: Tables,
    *,
    precision: float | None = None,
    most: int = MOST_RUNS,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
    long: Callable[[int], None] | None = None,
    interrupted: Ask = never,
) -> Outcomes:
    """Take runs until the interval of each property's share is at most `precision` wide to either
    side (None: never), or `most` were taken.

    seed: from 0 to below 2 ** 64; the result is the same with the same one, whatever the number of
    `workers` (None: one a core). long: told now and then how many steps one run has taken, where
    that takes a while; interrupted: asked some times in a second. Raises EndlessRunError, and
    StopNow where not even the first batch was finished.
    """
    simulation = _Simulation(tables, seed, workers, interrupted, long)
    done = 0
    counts: Counts | None = None
    wanted = min(FIRST_RUNS, most)
    note = ""
    while done < wanted:
        stopped = simulation.take(range(done, wanted))
        if stopped:
            if counts is None:
                raise StopNow(stopped)
            note = f"{stopped} after {counts.runs:,} runs"
            break
        done = wanted
        counts = simulation.counts(done)
        if progress is not None:
            progress(done, most)
        if simulation.are_alike:
            return _certain(outcomes_of(counts, tables.graph, seed))
        needed = done if precision is None else _needed(counts, precision)
        if precision is None or needed > done:
            wanted = min(
                most, max(needed, done + FIRST_RUNS), done + max(done // SHARE, FIRST_RUNS)
            )
    assert counts is not None
    return replace(outcomes_of(counts, tables.graph, seed), note=note)


def _certain(found: Outcomes) -> Outcomes:
    """What came of runs that are all the same: it is what comes of every run."""
    return replace(
        found,
        broken={name: (share,) * 3 for name, (share, _, _) in found.broken.items()},
        endings={
            name: {kind: (share,) * 3 for kind, (share, _, _) in each.items()}
            for name, each in found.endings.items()
        },
        means={name: (mean,) * 3 for name, (mean, _, _) in found.means.items()},
        are_alike=True,
    )


def _needed(counts: Counts, precision: float) -> int:
    """How many runs it takes until the interval of each share is narrow enough."""
    return max(
        (runs_needed(sum(each), counts.runs, precision) for each in counts.broken.values()),
        default=counts.runs,
    )


def outcomes_of(counts: Counts, graph: TimedGraph, seed: int) -> Outcomes:
    """What came of simulated runs."""
    runs = counts.runs
    broken: dict[str, Measured] = {}
    endings: dict[str, Mapping[int, Measured]] = {}
    totals: dict[str, int] = {}
    for name, each in counts.broken.items():
        totals[name] = sum(each)
        broken[name] = share_interval(totals[name], runs)
        endings[name] = {
            kind: share_interval(found, runs) for kind, found in enumerate(each) if found
        }
    means = {}
    for name, values in graph.values.items():
        known = [(value, count) for value, count in zip(values, counts.ended, strict=True) if count]
        lasting = [(value, count) for value, count in known if value is not None]
        if len(lasting) == len(known):
            possible = [value for value in values if value is not None]
            seen, often = zip(*lasting, strict=True)
            means[name] = mean_interval(seen, often, min(possible), max(possible))
    return Outcomes("simulation", broken, endings, means, runs, counts.steps, seed, totals)


class _Simulation:
    """Runs that were taken by several runners."""

    def __init__(
        self,
        tables: Tables,
        seed: int,
        workers: int | None,
        interrupted: Ask,
        long: Callable[[int], None] | None,
    ) -> None:
        self._tables = tables
        number = (workers or cores()) if tables.native else 1
        self._runners = [Runner(tables, seed) for _ in range(number)]

        def asked() -> bool | str:
            steps = max(each.steps_under_way for each in self._runners)
            if long is not None and steps >= LONG:
                long(steps)
            return interrupted()

        self._crowd = Crowd(self._runners, asked)

    @property
    def are_alike(self) -> bool:
        """Whether all runs are the same: chance has no part in them."""
        return any(each.alike for each in self._runners)

    def take(self, numbers: range) -> str:
        """Take some runs; why not all were taken, in words, or "". Raises EndlessRunError."""
        size = max(CHUNK, -(-len(numbers) // (CHUNKS * len(self._runners))))
        starts = range(numbers.start, numbers.stop, size)
        chunks = [range(first, min(first + size, numbers.stop)) for first in starts]
        return self._crowd.do(Runner.take, chunks)

    def counts(self, runs: int) -> Counts:
        """What was counted, of so many runs."""
        kinds = self._tables.graph.kind_count
        summed = [sum(each) for each in zip(*(one.counts for one in self._runners), strict=True)]
        rows = [summed[first : first + kinds] for first in range(0, len(summed), kinds)]
        broken = dict(zip(self._tables.properties, rows, strict=False))
        return Counts(broken, rows[-1], runs, sum(each.steps for each in self._runners))
